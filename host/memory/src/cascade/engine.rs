//! The cascade itself: suggestions in, steps of work, outcomes out.

mod suggest;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use wirt_contract::EpochMs;

use super::{
    decide::{Broken, Decider, Decision, Flaw},
    job::{Asked, Job, ask},
    outcome::{Outcome, Settled, Step, Tally, Told},
    slow::{Measure, Slow},
    work::Work,
};
use crate::{
    error::{FileError, IndexError, SyncError},
    files::{Looker, known_kind},
    index::Meta,
    memory::Memory,
    plugins::{Analyst, Plugins},
    queue::{Claim, Queue, QueueError, Settlement},
    root::FolderId,
    turn::Turn,
};

/// Rows claimed at a time.
const CLAIMS: usize = 256;
/// Scans in one run to quiet: one, and those that the kind of files asks for. A root that asks for
/// more is changing faster than it can be followed.
const MAX_SCANS: u32 = 8;

/// The one writer of a memory. While it lives, every other is refused.
///
/// Nothing happens by itself: a caller suggests paths or asks for scans, then steps until it is
/// idle. Times are the caller's.
pub struct Cascade<'m, 'p, 'a> {
    memory: &'m Memory,
    analyst: Analyst<'p, 'a>,
    queue: Queue,
    /// Every path of the file table.
    known: BTreeSet<String>,
    /// What the last scan could not look at, with its error.
    trouble: BTreeMap<String, String>,
    /// Whether the root has files of a known kind, as far as the last scan knows.
    has_kinds: bool,
    broken: HashMap<String, Broken>,
    pub(crate) measure: Measure,
    slow: Option<Slow>,
    /// Claims of long files that wait for the seat.
    queueing: VecDeque<Claim>,
    /// Claims of the file in the seat: it was suggested again.
    held: Vec<Claim>,
    /// Whether the next scan tries failed paths again.
    retries: bool,
    is_scan_due: bool,
    /// Whether rows may be marked as worked on though nobody does.
    has_orphans: bool,
    tally: Tally,
    rebuilt: Option<String>,
    /// The folder in which a file was seen.
    lived: Option<FolderId>,
    #[cfg(test)]
    pub(crate) fuse: Option<u32>,
    turn: Turn,
}

impl Memory {
    /// Takes the turn to write. An index of something else is emptied.
    ///
    /// # Errors
    /// Where another process writes, the root is no folder or has lost every file that was indexed,
    /// a plugin does not describe itself, or the state cannot be opened.
    pub fn cascade<'m, 'p, 'a>(
        &'m self,
        plugins: &'p mut Plugins<'a>,
    ) -> Result<Cascade<'m, 'p, 'a>, SyncError> {
        let turn = self.lock()?;
        self.check_root()?;
        let lived = self.check_lived(None)?;
        self.begin(plugins, turn, lived)
    }

    /// The same with an index that is empty; a root without files is taken for what it is.
    pub(crate) fn cascade_from_nothing<'m, 'p, 'a>(
        &'m self,
        plugins: &'p mut Plugins<'a>,
    ) -> Result<Cascade<'m, 'p, 'a>, SyncError> {
        let turn = self.lock()?;
        self.check_root()?;
        let mut cascade = self.begin(plugins, turn, None)?;
        cascade.start_over()?;
        Ok(cascade)
    }

    fn begin<'m, 'p, 'a>(
        &'m self,
        plugins: &'p mut Plugins<'a>,
        turn: Turn,
        lived: Option<FolderId>,
    ) -> Result<Cascade<'m, 'p, 'a>, SyncError> {
        let analyst = Analyst::new(plugins)?;
        let rebuilt = self.reset_if_other(&analyst)?;
        let queue = Queue::open(&self.state)?;
        let known = self.index.read()?.files()?.into_iter().map(|row| row.path).collect();
        Ok(Cascade {
            memory: self,
            analyst,
            queue,
            known,
            trouble: BTreeMap::new(),
            has_kinds: false,
            broken: HashMap::new(),
            measure: Measure::default(),
            slow: None,
            queueing: VecDeque::new(),
            held: Vec::new(),
            retries: true,
            is_scan_due: true,
            has_orphans: false,
            tally: Tally::default(),
            rebuilt,
            lived,
            #[cfg(test)]
            fuse: None,
            turn,
        })
    }

    /// Empties the index where it is of something else; says why.
    fn reset_if_other(&self, analyst: &Analyst<'_, '_>) -> Result<Option<String>, IndexError> {
        let reader = self.index.read()?;
        let (tokenizer, embedder) = (analyst.tokenizer_id(), analyst.embedder_id());
        let reason = match reader.meta_of(&self.root) {
            Err(IndexError::Unsynced { .. }) => "there was none".to_owned(),
            Err(other @ IndexError::OtherRoot { .. }) => other.to_string(),
            Err(error) => return Err(error),
            Ok(meta) => match meta.check_plugins(&tokenizer, &embedder) {
                Err(other) => other.to_string(),
                Ok(()) if meta.dimension != analyst.dimension() => {
                    format!("vectors have {} numbers now", analyst.dimension())
                }
                Ok(()) => return Ok(None),
            },
        };
        drop(reader);
        self.empty(analyst)?;
        Ok(Some(reason))
    }

    fn empty(&self, analyst: &Analyst<'_, '_>) -> Result<(), IndexError> {
        self.index.reset(&Meta {
            root: self.root.to_string_lossy().into_owned(),
            tokenizer: analyst.tokenizer_id(),
            embedder: analyst.embedder_id(),
            dimension: analyst.dimension(),
            next_doc: 0,
            docs: 0,
            total_len: 0,
        })
    }
}

impl Cascade<'_, '_, '_> {
    /// Why the index was emptied when the cascade began, if it was.
    pub fn rebuilt(&self) -> Option<&str> {
        self.rebuilt.as_deref()
    }

    /// Fails where the state folder has gone: what is written now nobody will find.
    pub(crate) fn check_state(&self) -> Result<(), SyncError> {
        self.memory.check_state(&self.turn)
    }

    pub(crate) const fn tally(&self) -> Tally {
        self.tally
    }

    /// Whether only a scan tells what else is to be done: at the beginning, and after something
    /// changed on which other files hang.
    pub const fn is_scan_due(&self) -> bool {
        self.is_scan_due
    }

    /// Empties the index, so that the next scan fills it from nothing.
    fn start_over(&mut self) -> Result<(), SyncError> {
        self.durable()?;
        self.memory.empty(&self.analyst)?;
        self.known.clear();
        self.rebuilt = Some("it was asked for".to_owned());
        (self.retries, self.is_scan_due) = (true, true);
        Ok(())
    }

    /// Ends the waits of paths that failed.
    pub(crate) fn end_waits(&mut self) -> Result<(), SyncError> {
        self.durable()?;
        let result = self.queue.end_waits();
        self.heal(result)
    }

    /// Scans where that is due and steps until nothing is left to do now. Paths whose wait is not
    /// over stay.
    ///
    /// # Errors
    /// As [`scan`](Self::scan) and [`step`](Self::step).
    pub fn run_to_quiet(
        &mut self,
        now: EpochMs,
        on_settled: &mut dyn FnMut(Settled),
    ) -> Result<(), SyncError> {
        self.drive(now, &mut |told| {
            if let Told::Settled(settled) = told {
                on_settled(settled);
            }
        })
    }

    pub(crate) fn drive(
        &mut self,
        now: EpochMs,
        tell: &mut dyn FnMut(Told),
    ) -> Result<(), SyncError> {
        let mut scans = 0;
        loop {
            if self.is_scan_due && scans < MAX_SCANS {
                scans += 1;
                tell(Told::Scanned(self.scan(now)?));
            }
            match self.step(now)? {
                Step::Worked(settled) => {
                    settled.into_iter().map(Told::Settled).for_each(&mut *tell)
                }
                Step::Idle { .. } if self.is_scan_due && scans < MAX_SCANS => {}
                Step::Idle { .. } => return Ok(()),
            }
        }
    }

    /// Does some work: a batch of what is due, and a slice of the one long file.
    ///
    /// # Errors
    /// Where the root is gone, or the index or the queue fails. Nothing is lost: what was worked on
    /// is due again. What is wrong with one file is its outcome.
    pub fn step(&mut self, now: EpochMs) -> Result<Step, SyncError> {
        let result = self.try_step(now);
        if result.is_err() {
            self.slow = None;
            self.queueing.clear();
            self.held.clear();
            self.has_orphans = true;
        }
        match result {
            Err(SyncError::Queue(error)) => {
                self.heal(Err(error)).map(|()| Step::Worked(Vec::new()))
            }
            result => result,
        }
    }

    fn try_step(&mut self, now: EpochMs) -> Result<Step, SyncError> {
        if self.has_orphans {
            self.queue.release_all()?;
            self.has_orphans = false;
        }
        let mut work = Work::default();
        self.gather(now, &mut work)?;
        let is_idle = work.ended.is_empty() && self.slow.is_none() && self.queueing.is_empty();
        let mut settled = self.finish(work)?;
        if is_idle {
            return Ok(Step::Idle { next_due: self.queue.next_due()? });
        }
        let mut work = Work::default();
        self.advance(now, &mut work);
        settled.extend(self.finish(work)?);
        Ok(Step::Worked(settled))
    }

    /// Claims, decides and asks until the batch is full or nothing is due.
    fn gather(&mut self, now: EpochMs, work: &mut Work) -> Result<(), SyncError> {
        let memory = self.memory;
        let reader = memory.index.read()?;
        let trouble = std::mem::take(&mut self.trouble);
        let broken = std::mem::take(&mut self.broken);
        let mut decider = Decider {
            root: &memory.root,
            reader: &reader,
            looker: Looker::new(&memory.sources, &memory.root, self.has_kinds),
            trouble: &trouble,
            broken: &broken,
            now_ns: i128::from(now.0) * 1_000_000,
            saw_kind: false,
        };
        let result = self.gather_with(&mut decider, now, work);
        self.is_scan_due |= decider.saw_kind && self.changes_notes(true);
        drop(decider);
        (self.trouble, self.broken) = (trouble, broken);
        result
    }

    fn gather_with(
        &mut self,
        decider: &mut Decider<'_>,
        now: EpochMs,
        work: &mut Work,
    ) -> Result<(), SyncError> {
        if self.slow.is_none()
            && let Some(claim) = self.queueing.pop_front()
        {
            self.take_up(decider, claim, true, now, work)?;
        }
        while !work.is_full() {
            self.durable()?;
            let claims = self.queue.claim(CLAIMS, now)?;
            if claims.is_empty() {
                break;
            }
            for claim in claims {
                if self.slow.as_ref().is_some_and(|slow| slow.path() == claim.path) {
                    self.held.push(claim);
                } else if let Some(known) =
                    self.queueing.iter_mut().find(|known| known.path == claim.path)
                {
                    *known = claim;
                } else if work.is_full() {
                    work.ended.push((claim, Settlement::Release));
                } else {
                    self.take_up(decider, claim, false, now, work)?;
                }
            }
        }
        self.ask(work, now);
        Ok(())
    }

    fn take_up(
        &mut self,
        decider: &mut Decider<'_>,
        claim: Claim,
        seat: bool,
        now: EpochMs,
        work: &mut Work,
    ) -> Result<(), SyncError> {
        let row = decider.reader.file(&claim.path)?;
        let row = row.as_ref();
        match decider.decide(&claim, row, seat)? {
            Decision::Same => work.end_well(claim, Outcome::Unchanged),
            Decision::Absent => work.end_well(claim, Outcome::Absent),
            Decision::Touch(file) => work.touch(claim, file),
            Decision::Forget => work.forget(claim, row),
            Decision::Fail(flaw) => work.fail(claim, row, flaw, now),
            Decision::StillBroken(error) => work.still_broken(claim, row, error),
            Decision::Later => self.queueing.push_back(claim),
            Decision::Index(job) => {
                if job.size().0 <= self.measure.slow_texts {
                    if work.gather(*job) {
                        self.ask(work, now);
                    }
                } else if self.slow.is_none() {
                    self.slow = Some(Slow::new(*job, self.measure));
                } else {
                    self.queueing.push_back(claim);
                }
            }
        }
        Ok(())
    }

    /// Asks about the jobs that were gathered.
    fn ask(&mut self, work: &mut Work, now: EpochMs) {
        let jobs = work.take_group();
        if jobs.is_empty() {
            return;
        }
        let (mut asked, mut answered) = (Asked::default(), Vec::with_capacity(jobs.len()));
        ask(&mut self.analyst, jobs, &mut asked, &mut answered);
        self.count(&asked);
        for answer in answered {
            match answer.answers {
                Ok(answers) => work.index(answer.job, answers),
                Err(error) => fail_job(answer.job, error.into(), now, work),
            }
        }
    }

    /// Analyses a slice of the long file.
    fn advance(&mut self, now: EpochMs, work: &mut Work) {
        let Some(mut slow) = self.slow.take() else { return };
        let mut asked = Asked::default();
        let advanced = slow.advance(&mut self.analyst, &mut asked);
        self.count(&asked);
        match advanced {
            Ok(true) => {
                self.slow = Some(slow);
                return;
            }
            Ok(false) => {
                let (job, answers) = slow.finish();
                work.index(job, answers);
            }
            Err(error) => fail_job(slow.finish().0, error.into(), now, work),
        }
        work.ended.extend(self.held.drain(..).map(|claim| (claim, Settlement::Release)));
    }

    fn count(&mut self, asked: &Asked) {
        self.tally.embedded += asked.embedded;
        self.tally.texts_cut += asked.cut;
    }

    /// Makes the work durable: the index, then the queue.
    fn finish(&mut self, work: Work) -> Result<Vec<Settled>, SyncError> {
        if !work.ended.is_empty() {
            // A root that went away meanwhile made every path look deleted.
            self.check_root()?;
        }
        if !work.changes.is_empty() {
            let (kept, gone): (Vec<_>, Vec<_>) =
                work.changes.iter().partition(|change| change.row.is_some());
            let kept: Vec<String> = kept.iter().map(|change| change.path.clone()).collect();
            let gone: Vec<String> = gone.iter().map(|change| change.path.clone()).collect();
            self.durable()?;
            self.memory.index.apply(work.changes)?;
            self.known.extend(kept);
            let mut lost_kind = false;
            for path in gone {
                lost_kind |= known_kind(&path).is_some();
                self.known.remove(&path);
            }
            if lost_kind && self.changes_notes(false) {
                let is_of_kind = |path: &String| known_kind(path).is_some();
                self.is_scan_due |= !self.known.iter().any(is_of_kind);
            }
        }
        for (path, broken) in work.broken {
            match broken {
                Some(broken) => drop(self.broken.insert(path, broken)),
                None => drop(self.broken.remove(&path)),
            }
        }
        self.tally.entries_written += work.entries_written;
        if !work.ended.is_empty() {
            self.durable()?;
            self.queue.settle(&work.ended)?;
        }
        Ok(work.settled)
    }

    /// Whether other files become memory, or cease to be, once there are files of a known kind, or
    /// none.
    fn changes_notes(&self, has_kinds: bool) -> bool {
        self.has_kinds != has_kinds && self.memory.sources.notes_give_way()
    }

    /// Whether what is missing in the root may be taken for deleted.
    fn check_root(&mut self) -> Result<(), SyncError> {
        self.memory.check_root()?;
        self.lived = self.memory.check_lived(self.lived)?;
        Ok(())
    }

    /// A damaged queue is made anew; a scan finds again what it held.
    fn heal(&mut self, result: Result<(), QueueError>) -> Result<(), SyncError> {
        match result {
            Err(error) if error.is_damage() => {
                self.queue = Queue::anew(&self.memory.state)?;
                (self.retries, self.is_scan_due) = (true, true);
                Ok(())
            }
            result => Ok(result?),
        }
    }

    /// Passed before everything that is made durable: the places where a test ends the process.
    fn durable(&mut self) -> Result<(), SyncError> {
        #[cfg(test)]
        if let Some(left) = &mut self.fuse {
            *left = left.checked_sub(1).ok_or(SyncError::Crashed)?;
        }
        Ok(())
    }
}

fn fail_job(job: Job, error: FileError, now: EpochMs, work: &mut Work) {
    let Job { claim, before, row, stat, .. } = job;
    let flaw = Flaw { kind: Some(row.kind), digest: row.digest, stat, error };
    work.fail(claim, before.as_ref(), flaw, now);
}
