//! What one step has done so far: changes that wait to be written together, and how claims end.

use wirt_contract::EpochMs;

use super::{
    decide::{Broken, Flaw},
    job::{Answer, Job},
    outcome::{Outcome, Settled},
};
use crate::{
    entry::Kind,
    error::{FileError, PluginError},
    index::{Change, DocChange, FailedContent, FileRow},
    queue::{Claim, Settlement, retry_at},
};

/// What one write transaction holds at most, unless a single file is more: a sync to the disk is
/// paid once for that, and memory stays bounded.
const FILES: usize = 1_024;
const ENTRIES: usize = 8_192;
const TEXT_BYTES: usize = 16 << 20;
/// Texts that are asked about together, over many files.
const GROUP_TEXTS: usize = 1_024;
const GROUP_BYTES: usize = 2 << 20;

/// The work of one step.
#[derive(Default)]
pub(super) struct Work {
    pub(super) changes: Vec<Change>,
    pub(super) ended: Vec<(Claim, Settlement)>,
    pub(super) settled: Vec<Settled>,
    /// Paths to be remembered as broken, or (`None`) no longer.
    pub(super) broken: Vec<(String, Option<Broken>)>,
    /// Jobs whose texts are still to be asked about.
    pub(super) group: Vec<Job>,
    pub(super) entries_written: u64,
    entries: usize,
    text_bytes: usize,
    group_texts: usize,
    group_bytes: usize,
}

impl Work {
    pub(super) fn is_full(&self) -> bool {
        self.changes.len() + self.group.len() >= FILES
            || self.entries + self.group_texts >= ENTRIES
            || self.text_bytes + self.group_bytes >= TEXT_BYTES
    }

    /// Adds a job to the group; whether that has to be asked about now.
    pub(super) fn gather(&mut self, job: Job) -> bool {
        let (texts, bytes) = job.size();
        self.group_texts += texts;
        self.group_bytes += bytes;
        self.group.push(job);
        self.group_texts >= GROUP_TEXTS || self.group_bytes >= GROUP_BYTES
    }

    pub(super) fn take_group(&mut self) -> Vec<Job> {
        (self.group_texts, self.group_bytes) = (0, 0);
        std::mem::take(&mut self.group)
    }

    /// Ends a claim for good.
    pub(super) fn end(&mut self, claim: Claim, outcome: Outcome) {
        self.settled.push(Settled { path: claim.path.clone(), outcome });
        self.ended.push((claim, Settlement::Done));
    }

    /// Ends a claim whose content is sound.
    pub(super) fn end_well(&mut self, claim: Claim, outcome: Outcome) {
        self.broken.push((claim.path.clone(), None));
        self.end(claim, outcome);
    }

    /// Writes a row alone.
    pub(super) fn touch(&mut self, claim: Claim, row: FileRow) {
        self.changes.push(Change { path: claim.path.clone(), row: Some(row), entries: None });
        self.end_well(claim, Outcome::Unchanged);
    }

    pub(super) fn forget(&mut self, claim: Claim, row: Option<&FileRow>) {
        let was_indexed = row.is_some_and(|row| row.digest.is_some());
        let change = Change { path: claim.path.clone(), row: None, entries: Some(Vec::new()) };
        self.changes.push(change);
        let outcome = if was_indexed { Outcome::Deleted } else { Outcome::Absent };
        self.end_well(claim, outcome);
    }

    /// Indexes a file; `answers` are those to its texts.
    pub(super) fn index(&mut self, job: Job, answers: Vec<Answer>) {
        let outcome = match &job.before {
            Some(FileRow { digest: Some(_), .. }) => Outcome::Changed,
            _ => Outcome::New,
        };
        let claim = job.claim.clone();
        let change = job.into_change(answers);
        for change in change.entries.iter().flatten() {
            self.entries += 1;
            if let DocChange::Move { entry, .. } | DocChange::Put { entry, .. } = change {
                self.entries_written += 1;
                self.text_bytes += entry.text.len();
            }
        }
        self.changes.push(change);
        self.end_well(claim, outcome);
    }

    /// A failure that was found before: by a scan, or in the same content.
    pub(super) fn still_broken(&mut self, claim: Claim, row: Option<&FileRow>, error: String) {
        let known = row.and_then(|row| row.failed.as_ref());
        if known.is_none_or(|failed| failed.error != error) {
            let failed = FailedContent { digest: None, error: error.clone() };
            self.mark(&claim, row, failed);
        }
        self.end(claim, Outcome::Failed { error, retry_at: None });
    }

    fn mark(&mut self, claim: &Claim, row: Option<&FileRow>, failed: FailedContent) {
        let failed = Some(failed);
        let file = match row {
            Some(row) => FileRow { failed, ..row.clone() },
            None => FileRow {
                path: claim.path.clone(),
                kind: Kind::Note,
                digest: None,
                stat: None,
                failed,
            },
        };
        if row != Some(&file) {
            self.changes.push(Change { path: claim.path.clone(), row: Some(file), entries: None });
        }
    }

    /// Writes down what is wrong; what is indexed of the path stays.
    pub(super) fn fail(&mut self, claim: Claim, row: Option<&FileRow>, flaw: Flaw, now: EpochMs) {
        let error = flaw.error.to_string();
        self.mark(&claim, row, FailedContent { digest: flaw.digest, error: error.clone() });
        let attempts = claim.attempts.saturating_add(1);
        let may_pass = may_pass(&flaw.error);
        let retry = if may_pass { retry_at(attempts, now) } else { None };
        self.settled.push(Settled {
            path: claim.path.clone(),
            outcome: Outcome::Failed { error: error.clone(), retry_at: retry },
        });
        let (broken, settlement) = match retry {
            Some(at) => (None, Settlement::Retry { attempts, at }),
            None => {
                let Flaw { kind, digest, stat, .. } = flaw;
                let broken = Broken { kind, digest, stat, is_input: !may_pass, error };
                (Some(broken), Settlement::Done)
            }
        };
        self.broken.push((claim.path.clone(), broken));
        self.ended.push((claim, settlement));
    }
}

/// Whether trying the same content again may go better.
fn may_pass(error: &FileError) -> bool {
    use wirt_contract::{Error, Failure};
    match error {
        FileError::Read(_) => true,
        FileError::Plugin(PluginError::Failed { failure, .. }) => match failure {
            Failure::Fault(_) => true,
            Failure::Error(Error::Backend { retryable, .. }) => *retryable,
            Failure::Error(_) => false,
        },
        _ => false,
    }
}
