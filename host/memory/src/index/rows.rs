//! What the tables hold, and how it is written down.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    entry::Kind,
    error::IndexError,
    files::{Digest, Stat},
};

/// Changes whenever a stored form or what is read out of a file does; another one is a rebuild.
pub(crate) const LAYOUT: u32 = 4;

/// Which plugin the index was built with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PluginId {
    /// What it calls itself.
    pub(crate) name: String,
    /// Digest of its component.
    pub(crate) digest: String,
}

impl std::fmt::Display for PluginId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` ({})", self.name, self.digest)
    }
}

/// What the whole index is of, and its totals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) root: String,
    pub(crate) tokenizer: PluginId,
    pub(crate) embedder: PluginId,
    /// Numbers in a vector.
    pub(crate) dimension: u32,
    /// The next document number; all below have been given out.
    pub(crate) next_doc: u32,
    /// Entries.
    pub(crate) docs: u64,
    /// Terms of all entries, each as often as it stands there.
    pub(crate) total_len: u64,
}

/// One path of the file table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileRow {
    pub(crate) path: String,
    pub(crate) kind: Kind,
    /// Of the content that is indexed; `None` where nothing is.
    pub(crate) digest: Option<Digest>,
    /// Of the file when that content was read; `None` where a change since then need not show.
    pub(crate) stat: Option<Stat>,
    /// Why what is on disk is not what is indexed, if so.
    pub(crate) failed: Option<FailedContent>,
}

/// A content that was not indexed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FailedContent {
    /// Its digest; `None` where it was not read.
    pub(crate) digest: Option<Digest>,
    /// One line for people.
    pub(crate) error: String,
}

/// One entry of a path, in file order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) entry_id: String,
    pub(crate) doc: u32,
    pub(crate) line: u32,
    pub(crate) content_sha256: String,
}

/// The terms of an entry: what takes it out of the postings again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// How many there are, each as often as it stands there.
    pub(crate) len: u32,
    /// Each with how often it stands there, by its key, ascending.
    pub(crate) counts: Vec<(String, u32)>,
}

pub(crate) fn encode<T: Serialize>(value: &T, what: &'static str) -> Result<Vec<u8>, IndexError> {
    postcard::to_allocvec(value).map_err(|_| IndexError::Damaged { what })
}

pub(crate) fn decode<T: DeserializeOwned>(
    bytes: &[u8],
    what: &'static str,
) -> Result<T, IndexError> {
    postcard::from_bytes(bytes).map_err(|_| IndexError::Damaged { what })
}
