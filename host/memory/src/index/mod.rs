//! The index: one LMDB environment with the file table, entry rows, postings, vectors and owners.
//!
//! A path's rows, its content digest and its stat change in one write transaction, so whoever reads
//! finds a file as it was before or after, in every retriever. An entry's document number stands
//! for (path, entry id) as long as that lives and is never given out again.

mod env;
mod keys;
mod length;
mod postings;
mod rows;
mod vectors;
mod write;

pub(crate) use env::{Index, Reader};
pub(crate) use keys::term_key;
pub(crate) use postings::{DOCS_PER_BLOCK, PostingBlock};
pub(crate) use rows::{FailedContent, FileRow, Member, Meta, PluginId, Terms};
pub(crate) use vectors::unit;
pub(crate) use write::{Change, DocChange};
