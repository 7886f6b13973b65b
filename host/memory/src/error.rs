//! What can go wrong, one enum for each family of operations.

use std::path::PathBuf;

use wirt_contract::Failure;

use crate::queue::QueueError;

/// Why a memory did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The root is not a folder that can be read.
    #[error("{root}: expected a folder of markdown, found {found}; name a folder that exists")]
    Root {
        /// As it was given.
        root: PathBuf,
        /// What is there instead.
        found: String,
    },
    /// A notes glob does not parse.
    #[error("notes glob `{glob}`: {reason}; expected a pattern from the root such as `**/*.md`")]
    Glob {
        /// As it was given.
        glob: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The state folder cannot be made or read.
    #[error("state folder {state}: {source}; name one you may write to")]
    State {
        /// The folder.
        state: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The index does not open.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// The index failed.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// LMDB failed.
    #[error(
        "the index failed: {0}; if it does again, free disk space, or delete this root's folder below roots/ in the state folder (it is rebuilt from the files)"
    )]
    Lmdb(#[from] heed::Error),
    /// LMDB cannot open its folder.
    #[error(
        "the index {folder} cannot be opened: {source}; free disk space, or rebuild it from the files (`wirt rebuild`)"
    )]
    NotOpened {
        /// The index's folder.
        folder: PathBuf,
        /// LMDB's word.
        source: heed::Error,
    },
    /// LMDB's file has lost its end.
    #[error(
        "the index {folder} is cut short: {found} bytes, expected at least {expected}; rebuild it from the files (`wirt rebuild`)"
    )]
    CutShort {
        /// The index's folder.
        folder: PathBuf,
        /// Length in bytes.
        found: u64,
        /// Length it has had.
        expected: u64,
    },
    /// A stored value does not read back.
    #[error(
        "the index is damaged: {what} does not read back; delete this root's folder below roots/ in the state folder and sync (it is rebuilt from the files)"
    )]
    Damaged {
        /// Which value.
        what: &'static str,
    },
    /// Every document number has been given out.
    #[error(
        "the index has given out all its document numbers; delete this root's folder below roots/ in the state folder and sync"
    )]
    Full,
    /// The base segment was not built.
    #[error(
        "the base segment {folder} cannot be built: {source}; free disk space and memory (until then searches scan all vectors)"
    )]
    Merge {
        /// The base's folder.
        folder: PathBuf,
        /// What arroy said.
        source: arroy::Error,
    },
    /// Nothing has been indexed yet.
    #[error("{root}: nothing is indexed yet; run a sync first")]
    Unsynced {
        /// The root.
        root: PathBuf,
    },
    /// The index belongs to another root.
    #[error("the state folder holds the index of {found}, not of {root}; name another, or sync")]
    OtherRoot {
        /// The root that was asked for.
        root: PathBuf,
        /// The root that was indexed.
        found: String,
    },
    /// The index was built with another plugin, and the two would not agree.
    #[error("the index was built with {role} {found}, not {wanted}; sync to rebuild it")]
    OtherPlugin {
        /// `tokenizer` or `embedder`.
        role: &'static str,
        /// The one it was built with.
        found: String,
        /// The one that was given.
        wanted: String,
    },
}

/// A plugin gave no answer, or one against its contract.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// It gave none.
    #[error("the {role} failed: {failure}; try again once it works")]
    Failed {
        /// `tokenizer` or `embedder`.
        role: &'static str,
        /// How.
        failure: Failure,
    },
    /// Its answer breaks its contract.
    #[error("the {role} answered {found}, expected {expected}; use a plugin that conforms")]
    Answered {
        /// `tokenizer` or `embedder`.
        role: &'static str,
        /// What it answered.
        found: String,
        /// What its contract says.
        expected: String,
    },
}

/// Why one file is not indexed as it stands. Other files go on, and what was indexed of this one
/// stays until it is good again.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A folder lies too deep to be looked into.
    #[error("the folder lies deeper than {max} folders; move it up, nothing in it is indexed")]
    TooDeep {
        /// Folders that are looked into, one in another.
        max: usize,
    },
    /// The system refused.
    #[error("cannot be read: {0}; check its rights and that the disk is well")]
    Read(#[from] std::io::Error),
    /// A name that is not text.
    #[error("its name is not UTF-8; rename it")]
    Name,
    /// A folder, a socket or the like where a file is expected.
    #[error("expected a file, found {found}; move it away")]
    NotAFile {
        /// What is there.
        found: &'static str,
    },
    /// Too long to be read whole.
    #[error("{size} bytes, expected at most {max}; split it")]
    TooLarge {
        /// Its length in bytes.
        size: u64,
        /// The bound in bytes.
        max: u64,
    },
    /// Bytes that are not text.
    #[error("not UTF-8 from byte {offset} on; save it as UTF-8")]
    NotUtf8 {
        /// The first bad byte.
        offset: usize,
    },
    /// Frontmatter that does not read.
    #[error("broken frontmatter: {detail}; expected YAML `key: value` lines between two `---`")]
    Frontmatter {
        /// What is wrong with it, in one line.
        detail: String,
    },
    /// An entry that is never closed.
    #[error("line {line}: entry `{id}` is never closed; add `<!-- /entry:{id} -->` after it")]
    Unterminated {
        /// The entry.
        id: String,
        /// The line of its opening marker.
        line: u32,
    },
    /// A marker that opens nothing or closes nothing.
    #[error("line {line}: {found}; expected `<!-- entry:ID -->` … `<!-- /entry:ID -->`")]
    Marker {
        /// What is wrong with it.
        found: &'static str,
        /// Its line.
        line: u32,
    },
    /// Two entries of one name.
    #[error("line {line}: entry `{id}` stands on line {first} already; give one another id")]
    DuplicateEntry {
        /// The entry.
        id: String,
        /// The line of the second.
        line: u32,
        /// The line of the first.
        first: u32,
    },
    /// A value between an entry's marker and its first section that does not read.
    #[error("line {line}: entry `{id}` has {found}; expected `**{key}**: {expected}`")]
    Value {
        /// The entry.
        id: String,
        /// The line of its opening marker.
        line: u32,
        /// The key it stands behind.
        key: &'static str,
        /// What it has instead.
        found: String,
        /// An example of what reads.
        expected: &'static str,
    },
    /// A value of the frontmatter that is missing or does not read.
    #[error("the frontmatter has {found}; expected `{key}: {expected}` between the two `---`")]
    Key {
        /// The key it stands behind.
        key: &'static str,
        /// What it has instead.
        found: String,
        /// What is expected, or an example of it.
        expected: &'static str,
    },
    /// More values of a frontmatter list than are repeated in each entry of the file.
    #[error("the frontmatter has {found} {what}, expected at most {max}; take some out")]
    TooManyValues {
        /// `tags` or `aliases`.
        what: &'static str,
        /// How many.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// A file that belongs to a skill does not read.
    #[error("`{name}` in its folder `references`: {source}")]
    Reference {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        source: Box<FileError>,
    },
    /// More files than a skill may refer to.
    #[error("more than {max} markdown files in its folder `references`; put some together")]
    TooManyReferences {
        /// The bound.
        max: usize,
    },
    /// An entry without one of its texts.
    #[error("line {line}: entry `{id}` has no `### {section}` section; add one")]
    Section {
        /// The entry.
        id: String,
        /// The line of its opening marker.
        line: u32,
        /// The section that is expected.
        section: &'static str,
    },
    /// A section that stands twice in an entry.
    #[error("line {line}: entry `{id}` has two `### {section}` sections; make one of them")]
    DuplicateSection {
        /// The entry.
        id: String,
        /// The line of its opening marker.
        line: u32,
        /// Which section.
        section: &'static str,
    },
    /// More entries than one file may have.
    #[error("more than {max} entries; split the file")]
    TooManyEntries {
        /// The bound.
        max: usize,
    },
    /// A plugin failed on this file.
    #[error(transparent)]
    Plugin(#[from] PluginError),
}

/// A path that is not indexed as it stands, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FailedPath {
    /// From the root.
    pub path: String,
    /// One line: what is wrong, what was expected, what to do.
    pub error: String,
}

/// Why a sync did not run.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Another process writes to this state.
    #[error("{state} is being written by {by}; wait for it or stop it")]
    Busy {
        /// The state folder.
        state: PathBuf,
        /// `process` and its id, or `another process` where that is not known.
        by: String,
    },
    /// The root is no longer a folder; nothing is taken for deleted.
    #[error("{root}: the folder is gone, expected markdown in it; bring it back")]
    Root {
        /// The root.
        root: PathBuf,
    },
    /// The root has lost every file since it was indexed, and nobody saw it happen; nothing is taken
    /// for deleted.
    #[error(
        "{root}: nothing is in it, but {files} files of it are indexed; if its disk is not mounted, mount it; if it was emptied on purpose, rebuild the index (`wirt rebuild`)"
    )]
    Emptied {
        /// The root.
        root: PathBuf,
        /// How many files are indexed.
        files: u64,
    },
    /// The state folder cannot be locked.
    #[error("state folder {state}: {source}; name one you may write to")]
    State {
        /// The folder.
        state: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A plugin does not say what it is.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The change queue failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// A test ended the process here.
    #[cfg(test)]
    #[error("the process ends here")]
    Crashed,
}

/// Why a search gave no hits to look at.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// A query of punctuation or nothing.
    #[error("the query `{query}` has no words; give at least one")]
    NoWords {
        /// As it was given.
        query: String,
    },
    /// A query too long to answer.
    #[error("the query has {found} {unit}, expected at most {max}; shorten it")]
    QueryTooLong {
        /// How many.
        found: usize,
        /// The bound.
        max: usize,
        /// Of what.
        unit: &'static str,
    },
    /// A number of hits out of bounds.
    #[error("{found} hits asked for, expected 1 to {max}")]
    Limit {
        /// What was asked for.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// A filter of too many conditions.
    #[error("the filter has {found} conditions and values, expected at most {max}; ask for less")]
    FilterTooLarge {
        /// Conditions and values, as far as they were counted.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// A filter of conditions in conditions in conditions.
    #[error("the filter is nested deeper than {max}; write it flatter")]
    FilterTooDeep {
        /// The bound.
        max: usize,
    },
    /// A list of nothing, of which nobody knows what it should find.
    #[error("the filter has an empty `{list}`; give it at least one member, or leave it out")]
    FilterEmpty {
        /// `and`, `or` or `in`.
        list: &'static str,
    },
    /// A plugin failed on the query.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// The index failed, or is not one for these plugins.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// Why a verification did not run.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The index under test failed, or is not one for these plugins.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The state is being written, or the rebuild did not run.
    #[error(transparent)]
    Rebuild(#[from] SyncError),
    /// The rebuild has no place to be.
    #[error("the rebuild to compare with: {0}")]
    Scratch(#[from] OpenError),
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// An id or name that is no single path part.
    #[error(
        "{role} `{id}`: expected 1 to 128 of `A-Z a-z 0-9 _ . -`, and not `.`, `..`, `default_app` or `default_project`"
    )]
    Id {
        /// `app id`, `user id`, `skill name` or the like.
        role: &'static str,
        /// As it was given.
        id: String,
    },
    /// A text that would not read back as it was written.
    #[error("{field}: {found} would not read back; take it out")]
    Field {
        /// Which field of what was to be written.
        field: &'static str,
        /// What stands in it.
        found: &'static str,
    },
    /// A time that has no date.
    #[error("time {0} has no date before the year 10000")]
    Time(wirt_contract::EpochMs),
    /// The file that is there, or what would take its place, is broken; it is left as it is.
    #[error("{path}: {source}")]
    Log {
        /// From the root.
        path: String,
        /// What is wrong with it.
        source: FileError,
    },
    /// The path goes through a link, and so perhaps out of the root.
    #[error("{path}: a link stands on the way, and links are not followed; remove it")]
    Outside {
        /// From the root.
        path: String,
    },
    /// The system refused.
    #[error("{path}: {source}")]
    Write {
        /// From the root.
        path: String,
        /// What it said.
        source: std::io::Error,
    },
}
