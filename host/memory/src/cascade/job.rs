//! A file that was read and cut, on its way through the plugins.

use std::collections::HashMap;

use crate::{
    entry::Entry,
    error::PluginError,
    files::Stat,
    index::{Change, DocChange, FileRow, Member, Terms},
    plugins::{Analyst, Text},
    queue::Claim,
};

/// What a text is to the index.
pub(super) type Answer = (Terms, Option<Vec<f32>>);

/// A file whose entries are to be indexed.
pub(super) struct Job {
    pub(super) claim: Claim,
    /// What stands in the file table so far.
    pub(super) before: Option<FileRow>,
    /// What will stand there.
    pub(super) row: FileRow,
    /// Of the file when it was read, if a further change is sure to show in it.
    pub(super) stat: Option<Stat>,
    entries: Vec<(Entry, Option<Member>)>,
}

impl Job {
    pub(super) fn new(
        claim: Claim,
        before: Option<FileRow>,
        row: FileRow,
        entries: Vec<Entry>,
        members: Vec<Member>,
    ) -> Self {
        let mut members: HashMap<String, Member> =
            members.into_iter().map(|member| (member.entry_id.clone(), member)).collect();
        let entries = entries
            .into_iter()
            .map(|entry| {
                let member = members.remove(&entry.entry_id);
                (entry, member)
            })
            .collect();
        Self { claim, before, stat: row.stat, row, entries }
    }

    /// The texts that say something new, in file order.
    pub(super) fn texts(&self) -> impl Iterator<Item = Text> + '_ {
        self.entries.iter().filter(|(entry, member)| says_new(entry, member.as_ref())).map(
            |(entry, _)| Text { words: entry.indexed_text(), is_embedded: entry.is_embedded() },
        )
    }

    /// How many such texts there are, and about how many bytes they have.
    pub(super) fn size(&self) -> (usize, usize) {
        self.entries
            .iter()
            .filter(|(entry, member)| says_new(entry, member.as_ref()))
            .fold((0, 0), |(count, bytes), (entry, _)| (count + 1, bytes + entry.text.len()))
    }

    /// What becomes of the path; `answers` are those to its texts.
    pub(super) fn into_change(self, answers: impl IntoIterator<Item = Answer>) -> Change {
        let mut answers = answers.into_iter();
        let mut entries = Vec::with_capacity(self.entries.len());
        for (entry, member) in self.entries {
            let is_new = says_new(&entry, member.as_ref());
            let entry = Box::new(entry);
            entries.push(match member {
                Some(member) if !is_new && member.line == entry.line => DocChange::Keep(member),
                Some(member) if !is_new => DocChange::Move { doc: member.doc, entry },
                member => {
                    // One answer for each text that was asked about.
                    let Some((terms, vector)) = answers.next() else { break };
                    DocChange::Put { doc: member.map(|member| member.doc), entry, terms, vector }
                }
            });
        }
        Change { path: self.claim.path, row: Some(self.row), entries: Some(entries) }
    }
}

fn says_new(entry: &Entry, member: Option<&Member>) -> bool {
    member.is_none_or(|member| member.content_sha256 != entry.content_sha256)
}

/// A job with what the plugins say of its texts.
pub(super) struct Answered {
    pub(super) job: Job,
    pub(super) answers: Result<Vec<Answer>, PluginError>,
}

/// What asking came to beside the answers.
#[derive(Default)]
pub(super) struct Asked {
    /// Texts the embedder was given.
    pub(super) embedded: u64,
    pub(super) cut: u64,
}

impl Asked {
    pub(super) fn count(&mut self, answers: &[Answer], cut: u64) {
        let embedded = answers.iter().filter(|(_, vector)| vector.is_some()).count();
        self.embedded += u64::try_from(embedded).unwrap_or(u64::MAX);
        self.cut += cut;
    }
}

/// Asks about all jobs' texts in as few calls as there can be. Where that fails, each half is asked
/// about alone, so that the failure is in the end that of one file.
pub(super) fn ask(
    analyst: &mut Analyst<'_, '_>,
    mut jobs: Vec<Job>,
    asked: &mut Asked,
    answered: &mut Vec<Answered>,
) {
    let counts: Vec<usize> = jobs.iter().map(|job| job.size().0).collect();
    match analyst.documents(jobs.iter().flat_map(Job::texts).collect()) {
        Ok(analysed) => {
            asked.count(&analysed.texts, analysed.cut);
            let mut texts = analysed.texts.into_iter();
            for (job, count) in jobs.into_iter().zip(counts) {
                let answers = texts.by_ref().take(count).collect();
                answered.push(Answered { job, answers: Ok(answers) });
            }
        }
        Err(error) if jobs.len() <= 1 => {
            answered.extend(jobs.pop().map(|job| Answered { job, answers: Err(error) }));
        }
        Err(_) => {
            let rest = jobs.split_off(jobs.len() / 2);
            ask(analyst, jobs, asked, answered);
            ask(analyst, rest, asked, answered);
        }
    }
}
