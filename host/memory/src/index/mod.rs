//! The index: one LMDB environment with the file table, entry rows, postings, vectors, their codes
//! and the values filters ask for; beside it a base segment, derived from the vectors.
//!
//! A path's rows, its content digest and its stat change in one write transaction, so whoever reads
//! finds a file as it was before or after, in every retriever. An entry's document number stands
//! for (path, entry id) as long as that lives and is never given out again.

mod base;
mod codes;
mod env;
mod keys;
mod length;
mod postings;
mod rows;
mod scalars;
mod slots;
mod vectors;
mod write;

pub(crate) use codes::Probe;
pub(crate) use env::{Index, Reader};
pub(crate) use keys::term_key;
pub(crate) use postings::{DOCS_PER_BLOCK, PostingBlock};
pub(crate) use rows::{FailedContent, FileRow, Member, Meta, PluginId, Terms};
pub(crate) use scalars::{Field, value_of};
pub(crate) use vectors::unit;
pub(crate) use write::{Change, DocChange};
