//! A memory of its own for one scenario: files, an index, and what is done to them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use wirt_conformance::Stop;
use wirt_contract::EpochMs;
use wirt_memory::{
    AppendError, Cascade, Entry, Filter, Memory, Mode, NewEntry, Outcome, Plugins, Query, Settled,
    Step, Written, append,
};

use crate::{
    Keeper, Subject,
    expect::{failed, given, same},
    facts::fact,
};

/// When scenarios begin: so early that no file's time is trusted, and an edit within one tick of
/// the file system's clock is seen all the same, on any machine.
pub(crate) const BEGIN: EpochMs = EpochMs(1_000_000);
/// Notes are what this names; so it is, whatever other files there are.
const NOTES: &str = "notes/**/*.md";
/// Steps in which a scenario's work is done many times over.
const MAX_STEPS: u32 = 1_000;
/// Most hits that are looked at.
const HITS: usize = 50;

/// A root with its index. Gone with its last use.
pub(crate) struct Place {
    folder: TempDir,
    memory: Memory,
}

impl Place {
    pub(crate) fn new(subject: &Subject<'_>) -> Result<Self, Stop> {
        let folder = given("a folder is made", TempDir::new_in(subject.scratch))?;
        let (root, state) = (folder.path().join("root"), folder.path().join("state"));
        given("a root is made", fs::create_dir(&root))?;
        let opened = Memory::open(&root, &state, &[NOTES.to_owned()]);
        Ok(Self { folder, memory: given("the memory opens", opened)? })
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// Remembers an entry by the memory's own writer.
    pub(crate) fn append(&self, entry: &NewEntry) -> Result<Written, Stop> {
        given("an entry is appended", remember(&self.root(), entry))
    }

    /// Remembers so many facts, each `text` and its number; their log.
    pub(crate) fn append_facts(
        &self,
        owner: &str,
        count: usize,
        text: &str,
    ) -> Result<String, Stop> {
        let mut path = String::new();
        for number in 0..count {
            path = self.append(&fact(owner, number, format!("{text} {number}")))?.path;
        }
        Ok(path)
    }

    pub(crate) fn read(&self, path: &str) -> Result<String, Stop> {
        given("a file is read", fs::read_to_string(self.at(path)))
    }

    /// Writes a file as an editor does: beside it, and renamed over it.
    pub(crate) fn write(&self, path: &str, text: &str) -> Result<(), Stop> {
        let at = self.at(path);
        let beside = at.with_extension("saving");
        let written = at
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&beside, text))
            .and_then(|()| fs::rename(&beside, &at));
        given("a file is written", written)
    }

    /// Moves a file; the folders it goes to are made.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), Stop> {
        let to = self.at(to);
        let made = to.parent().map_or(Ok(()), fs::create_dir_all);
        given("a file is moved", made.and_then(|()| fs::rename(self.at(from), to)))
    }

    pub(crate) fn remove(&self, path: &str) -> Result<(), Stop> {
        given("a file is removed", fs::remove_file(self.at(path)))
    }

    /// Entries that stand in a file.
    pub(crate) fn entries_in_file(&self, path: &str) -> Result<usize, Stop> {
        Ok(self.read(path)?.lines().filter(|line| line.starts_with("<!-- entry:")).count())
    }

    /// A cascade's life: it begins with a scan, as it always does. After it, whatever happened, the
    /// index is what a rebuild from the files gives.
    pub(crate) fn live<T>(
        &self,
        subject: &mut Subject<'_>,
        life: impl FnOnce(&mut Run<'_, '_, '_, '_>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let Subject { plugins, keeper, .. } = subject;
        let cascade = given("the cascade begins", self.memory.cascade(plugins))?;
        let keeper = &mut **keeper;
        let mut run = Run { place: self, cascade, keeper, now: BEGIN, settled: Vec::new() };
        run.scan()?;
        let value = life(&mut run)?;
        drop(run);
        self.verify(&mut subject.plugins)?;
        Ok(value)
    }

    fn verify(&self, plugins: &mut Plugins<'_>) -> Result<(), Stop> {
        let verdict = given("the index is verified", self.memory.verify(plugins, BEGIN))?;
        if verdict.is_equal() {
            return Ok(());
        }
        let differences = format!("{:?}", verdict.differences);
        failed("the index is what a rebuild gives", format!("it differs: {differences}"))
    }

    /// A search by keyword.
    pub(crate) fn search(
        &self,
        subject: &mut Subject<'_>,
        text: &str,
        filter: Option<&Filter>,
    ) -> Result<Vec<wirt_memory::Hit>, wirt_memory::SearchError> {
        let query = Query { text, k: HITS, mode: Mode::Keyword, filter };
        self.memory.search(&mut subject.plugins, &query)
    }

    /// Files in which words are found.
    pub(crate) fn found(
        &self,
        subject: &mut Subject<'_>,
        text: &str,
    ) -> Result<BTreeSet<String>, Stop> {
        let hits = given("a search", self.search(subject, text, None))?;
        Ok(hits.into_iter().map(|hit| hit.path).collect())
    }
}

/// Remembers an entry; its log's time is no matter.
pub(crate) fn remember(root: &Path, entry: &NewEntry) -> Result<Written, AppendError> {
    append(root, entry, BEGIN)
}

/// A cascade at work.
pub(crate) struct Run<'r, 'm, 'p, 'a> {
    place: &'m Place,
    cascade: Cascade<'m, 'p, 'a>,
    keeper: &'r mut dyn Keeper,
    now: EpochMs,
    /// What became of paths since something was last told or scanned.
    settled: Vec<Settled>,
}

impl Run<'_, '_, '_, '_> {
    /// Tells of paths and works until nothing is left to do.
    pub(crate) fn touched<P: AsRef<str>>(&mut self, paths: &[P]) -> Result<(), Stop> {
        self.tell(paths)?;
        self.settle()?;
        Ok(())
    }

    /// Only tells of paths.
    pub(crate) fn tell<P: AsRef<str>>(&mut self, paths: &[P]) -> Result<(), Stop> {
        self.settled.clear();
        let paths: Vec<String> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
        given("paths are suggested", self.keeper.tell(&mut self.cascade, &paths, self.now))
    }

    /// Scans and works until nothing is left to do.
    pub(crate) fn scan(&mut self) -> Result<(), Stop> {
        self.settled.clear();
        given("a scan", self.keeper.scan(&mut self.cascade, self.now))?;
        self.settle()?;
        Ok(())
    }

    /// Works until nothing is left to do; when a path that failed is due again.
    pub(crate) fn settle(&mut self) -> Result<Option<EpochMs>, Stop> {
        for _ in 0..MAX_STEPS {
            if let Step::Idle { next_due } = self.step()? {
                return Ok(next_due);
            }
        }
        failed("the cascade comes to rest", format!("it still works after {MAX_STEPS} steps"))
    }

    /// One step of work.
    pub(crate) fn step(&mut self) -> Result<Step, Stop> {
        let step = given("a step", self.cascade.step(self.now))?;
        if let Step::Worked(settled) = &step {
            self.settled.extend(settled.iter().cloned());
        }
        Ok(step)
    }

    /// Sets the clock.
    pub(crate) fn at_time(&mut self, now: EpochMs) {
        self.now = now;
        self.settled.clear();
    }

    /// The clock, so many milliseconds on.
    pub(crate) fn later(&self, ms: u64) -> EpochMs {
        EpochMs(self.now.0.saturating_add(ms))
    }

    /// What became of a path in the end, since something was last told or scanned; `None` where it
    /// was not worked on.
    pub(crate) fn outcome(&self, path: &str) -> Option<&Outcome> {
        self.settled.iter().rfind(|settled| settled.path == path).map(|settled| &settled.outcome)
    }

    /// The path ended like this.
    pub(crate) fn ended(&self, path: &str, expected: &Outcome) -> Result<(), Stop> {
        same(&format!("what became of {path}"), &self.outcome(path), &Some(expected))
    }

    /// Why the index was emptied when the cascade began.
    pub(crate) fn rebuilt(&self) -> Option<&str> {
        self.cascade.rebuilt()
    }

    /// The entries that are indexed of a file, in its order.
    pub(crate) fn rows(&mut self, path: &str) -> Result<Vec<Entry>, Stop> {
        let entries = given("the index is read", self.keeper.entries(&self.place.memory))?;
        Ok(entries.into_iter().filter(|entry| entry.path == path).collect())
    }

    /// So many entries are indexed of a file; they are.
    pub(crate) fn has_rows(&mut self, path: &str, count: usize) -> Result<Vec<Entry>, Stop> {
        let rows = self.rows(path)?;
        same(&format!("entries indexed of {path}"), &rows.len(), &count)?;
        Ok(rows)
    }

    pub(crate) fn status(&self) -> Result<wirt_memory::Status, Stop> {
        given("the status", self.place.memory.status(self.now))
    }

    /// Nothing waits to be looked at, nothing failed, and no file says what is not indexed.
    pub(crate) fn is_at_rest(&self) -> Result<(), Stop> {
        let status = self.status()?;
        let queue = status.queue;
        let waits = [queue.pending, queue.processing, queue.waiting];
        same("paths pending, being worked on and waiting", &waits, &[0, 0, 0])?;
        same("paths whose file and index differ", &status.pending, &Vec::new())?;
        same("paths that failed", &status.failed, &Vec::new())
    }
}
