//! Writing: any number of paths in one transaction.
//!
//! Changes of postings and vectors are gathered over all paths first, so that a bulk write touches
//! each block once, in key order.

use std::collections::{BTreeMap, HashMap, HashSet};

use heed::RwTxn;
use roaring::RoaringBitmap;

use super::{
    codes,
    env::{Index, LAYOUT_KEY, META_KEY, Table},
    keys,
    postings::{self, Posting},
    rows::{FileRow, LAYOUT, Member, Meta, Terms, decode, encode},
    scalars::{self, bitmap, stored},
    slots::{Shape, SlotChange},
    vectors,
};
use crate::{entry::Entry, error::IndexError};

/// What becomes of one path.
pub(crate) struct Change {
    pub(crate) path: String,
    /// Its row from now on; `None` forgets the path.
    pub(crate) row: Option<FileRow>,
    /// Its entries from now on, in file order; `None` leaves those that are there.
    pub(crate) entries: Option<Vec<DocChange>>,
}

/// What becomes of one entry.
pub(crate) enum DocChange {
    /// It stays as it is.
    Keep(Member),
    /// Only its place within the file is another.
    Move {
        /// Its document.
        doc: u32,
        /// Its row from now on.
        entry: Box<Entry>,
    },
    /// It is new (no document) or says something else.
    Put {
        /// Its document, where it has one.
        doc: Option<u32>,
        /// Its row from now on.
        entry: Box<Entry>,
        /// Its terms.
        terms: Terms,
        /// Its unit vector, where it has one.
        vector: Option<Vec<f32>>,
    },
}

impl Index {
    /// Empties the index and says what it is of from now on.
    pub(crate) fn reset(&self, meta: &Meta) -> Result<(), IndexError> {
        let mut txn = self.env.write_txn()?;
        for table in self.tables.content() {
            table.clear(&mut txn)?;
        }
        self.forget_bases(&mut txn)?;
        self.tables.meta.put(&mut txn, LAYOUT_KEY, &LAYOUT.to_be_bytes())?;
        self.put_meta(&mut txn, meta)?;
        self.commit(txn)
    }

    /// Makes the changes, all or none, and durable.
    pub(crate) fn apply(&self, changes: Vec<Change>) -> Result<(), IndexError> {
        let mut txn = self.env.write_txn()?;
        let stored = self.tables.meta.get(&txn, META_KEY)?.unwrap_or_default();
        let mut edits = Edits::new(decode(stored, "the index's description")?);
        for change in changes {
            let key = keys::path_key(&change.path);
            match &change.row {
                Some(row) => {
                    self.tables.files.put(&mut txn, &key, &encode(row, "a file's row")?)?;
                }
                None => {
                    self.tables.files.delete(&mut txn, &key)?;
                }
            }
            if let Some(entries) = change.entries {
                self.replace_entries(&mut txn, &key, entries, &mut edits)?;
            }
        }
        self.write_postings(&mut txn, edits.postings)?;
        self.write_vectors(&mut txn, edits.meta.dimension, &edits.vectors)?;
        self.write_scalars(&mut txn, edits.scalars)?;
        self.write_times(&mut txn, edits.times)?;
        self.note_changed(&mut txn, &edits.vectors.into_keys().collect())?;
        self.put_meta(&mut txn, &edits.meta)?;
        self.commit(txn)
    }

    fn put_meta(&self, txn: &mut RwTxn<'_>, meta: &Meta) -> Result<(), IndexError> {
        let bytes = encode(meta, "the index's description")?;
        Ok(self.tables.meta.put(txn, META_KEY, &bytes)?)
    }

    fn replace_entries(
        &self,
        txn: &mut RwTxn<'_>,
        key: &[u8],
        entries: Vec<DocChange>,
        edits: &mut Edits,
    ) -> Result<(), IndexError> {
        let stored = self.tables.members.get(txn, key)?;
        let old: Vec<Member> =
            stored.map_or(Ok(Vec::new()), |bytes| decode(bytes, "a file's list of entries"))?;
        let mut members = Vec::with_capacity(entries.len());
        for entry in entries {
            members.push(self.put_entry(txn, entry, edits)?);
        }
        let kept: HashSet<u32> = members.iter().map(|member| member.doc).collect();
        for gone in old.iter().filter(|member| !kept.contains(&member.doc)) {
            self.take_out(txn, gone.doc, edits)?;
            self.tables.docs.delete(txn, &gone.doc.to_be_bytes())?;
            self.tables.terms.delete(txn, &gone.doc.to_be_bytes())?;
            edits.vectors.insert(gone.doc, None);
        }
        if members.is_empty() {
            self.tables.members.delete(txn, key)?;
        } else {
            self.tables.members.put(txn, key, &encode(&members, "a file's entries")?)?;
        }
        Ok(())
    }

    fn put_entry(
        &self,
        txn: &mut RwTxn<'_>,
        change: DocChange,
        edits: &mut Edits,
    ) -> Result<Member, IndexError> {
        let (doc, entry) = match change {
            DocChange::Keep(member) => return Ok(member),
            DocChange::Move { doc, entry } => (doc, entry),
            DocChange::Put { doc, entry, terms, vector } => {
                let doc = match doc {
                    Some(doc) => {
                        self.take_out(txn, doc, edits)?;
                        doc
                    }
                    None => edits.next_doc()?,
                };
                let row = encode(&terms, "the terms of an entry")?;
                self.tables.terms.put(txn, &doc.to_be_bytes(), &row)?;
                edits.put_in(doc, &entry, terms);
                edits.vectors.insert(doc, vector);
                (doc, entry)
            }
        };
        self.tables.docs.put(txn, &doc.to_be_bytes(), &encode(&entry, "an entry")?)?;
        let Entry { entry_id, line, content_sha256, .. } = *entry;
        Ok(Member { entry_id, doc, line, content_sha256 })
    }

    /// Gathers what takes a document out of postings, scalars and totals.
    fn take_out(&self, txn: &RwTxn<'_>, doc: u32, edits: &mut Edits) -> Result<(), IndexError> {
        let stored = self.tables.terms.get(txn, &doc.to_be_bytes())?.unwrap_or_default();
        let terms: Terms = decode(stored, "the terms of an entry")?;
        let stored = self.tables.docs.get(txn, &doc.to_be_bytes())?.unwrap_or_default();
        let entry: Entry = decode(stored, "an entry")?;
        edits.take_out(doc, &entry, terms);
        Ok(())
    }

    fn write_postings(
        &self,
        txn: &mut RwTxn<'_>,
        edits: HashMap<String, Vec<(u32, Option<Posting>)>>,
    ) -> Result<(), IndexError> {
        let mut terms: Vec<_> = edits.into_iter().collect();
        terms.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        let mut changes = Vec::new();
        for (term, mut edits) in terms {
            // Stable: a document's removal stays before what is put in its place.
            edits.sort_by_key(|(doc, _)| *doc);
            let prefix = keys::posting_prefix(&term);
            for run in edits.chunk_by(|left, right| block_of(left) == block_of(right)) {
                let Some(block) = run.first().map(block_of) else { continue };
                changes.clear();
                changes.extend(run.iter().map(|(doc, posting)| postings::SlotChange {
                    slot: postings::place(*doc).1,
                    posting: *posting,
                }));
                let key = keys::posting_key(&prefix, block);
                let old = self.tables.postings.get(txn, &key)?;
                match postings::merge(old, &changes)? {
                    // An edit leaves most words of an entry as they were.
                    Some(block) if old == Some(&block[..]) => {}
                    Some(block) => self.tables.postings.put(txn, &key, &block)?,
                    None => {
                        self.tables.postings.delete(txn, &key)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn write_vectors(
        &self,
        txn: &mut RwTxn<'_>,
        dimension: u32,
        edits: &BTreeMap<u32, Option<Vec<f32>>>,
    ) -> Result<(), IndexError> {
        let of = |stored: fn(&[f32]) -> Vec<u8>| {
            edits.iter().map(move |(doc, vector)| (*doc, vector.as_deref().map(stored)))
        };
        let shape = vectors::shape(dimension);
        write_slots(txn, self.tables.vectors, shape, of(vectors::bytes).collect())?;
        write_slots(txn, self.tables.codes, codes::shape(dimension), of(codes::encode).collect())
    }

    fn write_scalars(
        &self,
        txn: &mut RwTxn<'_>,
        edits: BTreeMap<Vec<u8>, BTreeMap<u32, bool>>,
    ) -> Result<(), IndexError> {
        for (key, edits) in edits {
            let old = self.tables.scalars.get(txn, &key)?;
            let old = old.map_or(Ok(RoaringBitmap::new()), bitmap)?;
            let mut docs = old.clone();
            for (doc, is_member) in edits {
                if is_member {
                    docs.insert(doc);
                } else {
                    docs.remove(doc);
                }
            }
            if docs.is_empty() {
                self.tables.scalars.delete(txn, &key)?;
            } else if docs != old {
                self.tables.scalars.put(txn, &key, &stored(docs)?)?;
            }
        }
        Ok(())
    }

    fn write_times(
        &self,
        txn: &mut RwTxn<'_>,
        edits: BTreeMap<Vec<u8>, bool>,
    ) -> Result<(), IndexError> {
        for (key, is_member) in edits {
            if is_member {
                self.tables.times.put(txn, &key, &[])?;
            } else {
                self.tables.times.delete(txn, &key)?;
            }
        }
        Ok(())
    }
}

/// Writes what documents, ascending, have in a table of slots from now on.
fn write_slots(
    txn: &mut RwTxn<'_>,
    table: Table,
    shape: Shape,
    edits: Vec<(u32, Option<Vec<u8>>)>,
) -> Result<(), IndexError> {
    let block_of = |edit: &(u32, _)| shape.place(edit.0).0;
    for run in edits.chunk_by(|left, right| block_of(left) == block_of(right)) {
        let Some(block) = run.first().map(block_of) else { continue };
        let changes: Vec<_> = run
            .iter()
            .map(|(doc, bytes)| SlotChange { slot: shape.place(*doc).1, bytes: bytes.as_deref() })
            .collect();
        let key = block.to_be_bytes();
        match shape.merge(table.get(txn, &key)?, &changes)? {
            Some(block) => table.put(txn, &key, &block)?,
            None => {
                table.delete(txn, &key)?;
            }
        }
    }
    Ok(())
}

fn block_of(edit: &(u32, Option<Posting>)) -> u32 {
    postings::place(edit.0).0
}

/// What a transaction changes beside rows.
struct Edits {
    meta: Meta,
    postings: HashMap<String, Vec<(u32, Option<Posting>)>>,
    vectors: BTreeMap<u32, Option<Vec<f32>>>,
    scalars: BTreeMap<Vec<u8>, BTreeMap<u32, bool>>,
    times: BTreeMap<Vec<u8>, bool>,
}

impl Edits {
    fn new(meta: Meta) -> Self {
        let (postings, vectors, scalars, times) = Default::default();
        Self { meta, postings, vectors, scalars, times }
    }

    fn next_doc(&mut self) -> Result<u32, IndexError> {
        let doc = self.meta.next_doc;
        self.meta.next_doc = doc.checked_add(1).ok_or(IndexError::Full)?;
        Ok(doc)
    }

    fn put_in(&mut self, doc: u32, entry: &Entry, terms: Terms) {
        self.meta.docs += 1;
        self.meta.total_len += u64::from(terms.len);
        let slot = postings::place(doc).1;
        let len = u16::try_from(terms.len).unwrap_or(u16::MAX);
        for (term, count) in terms.counts {
            let posting = Posting { slot, count: u8::try_from(count).unwrap_or(u8::MAX), len };
            self.postings.entry(term).or_default().push((doc, Some(posting)));
        }
        self.values(doc, entry, true);
    }

    fn take_out(&mut self, doc: u32, entry: &Entry, terms: Terms) {
        self.meta.docs = self.meta.docs.saturating_sub(1);
        self.meta.total_len = self.meta.total_len.saturating_sub(u64::from(terms.len));
        for (term, _) in terms.counts {
            self.postings.entry(term).or_default().push((doc, None));
        }
        self.values(doc, entry, false);
    }

    fn values(&mut self, doc: u32, entry: &Entry, is_member: bool) {
        for prefix in scalars::values(entry) {
            let key = scalars::chunk_key(&prefix, doc);
            self.scalars.entry(key).or_default().insert(doc, is_member);
        }
        if let Some(at) = entry.timestamp {
            self.times.insert(scalars::time_key(at, doc), is_member);
        }
    }
}
