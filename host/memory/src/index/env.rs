//! Opening the environment and reading from it.

use std::{
    ops::Bound,
    path::{Path, PathBuf},
    sync::Arc,
};

use heed::{
    CommitOrAbort, Database, DatabaseOpener, Env, EnvOpenOptions, RoTxn, RwTxn, WithoutTls,
    types::Bytes,
};
use roaring::RoaringBitmap;
use wirt_contract::EpochMs;

use super::{
    base::{BASE_FROM, BasePlace},
    codes, keys, length,
    postings::PostingBlock,
    rows::{FileRow, LAYOUT, Member, Meta, PluginId, Terms, decode},
    scalars::{self, Field, bitmap},
    slots::Shape,
    vectors,
};
use crate::{
    entry::{Entry, Place},
    error::IndexError,
};

/// Address space set aside, of which the file takes what it needs. LMDB fixes it at opening;
/// a million entries with vectors take about 5 GiB.
const MAP_BYTES: usize = 64 << 30;
/// Reads at one time, over all processes. LMDB's own 126 is met by one busy server.
const MAX_READERS: u32 = 512;
/// LMDB's own name for it.
const LOCK_FILE: &str = "lock.mdb";
/// More than LMDB needs for that many readers.
const LOCK_FILE_BYTES: usize = 64 << 10;

pub(super) type LocalTable<'t> = Database<'t, Bytes, Bytes>;
pub(super) type Table = LocalTable<'static>;

/// The tables, by name and number.
const TABLES: [&str; COUNT] = [
    "meta", "files", "members", "docs", "terms", "postings", "vectors", "codes", "scalars", "times",
];
const COUNT: usize = 10;
pub(super) const LAYOUT_KEY: &[u8] = b"layout";
pub(super) const META_KEY: &[u8] = b"meta";

/// The environment and its tables.
#[derive(Clone)]
pub(crate) struct Index {
    pub(super) env: Env<WithoutTls>,
    pub(super) tables: Tables,
    pub(super) base: Arc<BasePlace>,
    /// Entries from which on a base is built and used.
    pub(super) base_from: u64,
}

#[derive(Clone, Copy)]
pub(super) struct Tables {
    /// `layout` → u32, `meta` → [`Meta`].
    pub(super) meta: Table,
    /// Path key → [`FileRow`].
    pub(super) files: Table,
    /// Path key → [`Member`]s in file order.
    pub(super) members: Table,
    /// Document → [`Entry`].
    pub(super) docs: Table,
    /// Document → [`Terms`].
    pub(super) terms: Table,
    /// Term and block → postings.
    pub(super) postings: Table,
    /// Block → vectors.
    pub(super) vectors: Table,
    /// Block → codes of the vectors.
    pub(super) codes: Table,
    /// Field, value and chunk → roaring bitmap of documents.
    pub(super) scalars: Table,
    /// Time and document → nothing.
    pub(super) times: Table,
}

impl Tables {
    fn new(tables: [Table; COUNT]) -> Self {
        let [meta, files, members, docs, terms, postings, vectors, codes, scalars, times] = tables;
        Self { meta, files, members, docs, terms, postings, vectors, codes, scalars, times }
    }

    /// All but the description.
    pub(super) fn content(&self) -> [Table; COUNT - 1] {
        [
            self.files,
            self.members,
            self.docs,
            self.terms,
            self.postings,
            self.vectors,
            self.codes,
            self.scalars,
            self.times,
        ]
    }
}

impl Index {
    /// Opens the environment in a folder, which is made if it is not there.
    pub(crate) fn open(folder: &Path) -> Result<Self, IndexError> {
        let not_opened = |source| IndexError::NotOpened { folder: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(|error| not_opened(heed::Error::Io(error)))?;
        length::check(folder)?;
        let tables = u32::try_from(COUNT).unwrap_or(u32::MAX);
        let env = open_env(folder, tables).map_err(not_opened)?;
        // A reader beside a writer must not wait for its turn to write: the tables are only looked
        // up where they are there.
        let tables = match look_up_tables(&env)? {
            Some(tables) => tables,
            None => create_tables(&env)?,
        };
        let (tables, base) = (Tables::new(tables), BasePlace::new(folder));
        Ok(Self { env, tables, base, base_from: BASE_FROM })
    }

    /// The same index, with a base from so many entries on.
    #[cfg(test)]
    pub(crate) fn with_base_from(self, base_from: u64) -> Self {
        Self { base_from, ..self }
    }

    /// Makes a transaction's changes durable.
    pub(super) fn commit(&self, txn: RwTxn<'_>) -> Result<(), IndexError> {
        txn.commit()?;
        length::note(self.env.path());
        Ok(())
    }

    /// A view of the index as it is now, whatever is written meanwhile.
    pub(crate) fn read(&self) -> Result<Reader, IndexError> {
        Ok(Reader {
            txn: self.env.clone().static_read_txn()?,
            tables: self.tables,
            base: self.base.clone(),
            base_from: self.base_from,
        })
    }
}

/// Writes LMDB's lock file before LMDB makes it. LMDB maps it and writes through the map, and where a
/// full disk has no room for a page of a map the process is killed, with no error to tell.
fn reserve_lock_file(folder: &Path) -> Result<(), heed::Error> {
    let at = folder.join(LOCK_FILE);
    if at.exists() {
        return Ok(());
    }
    // Beside it first, then given its name if nobody has it: a lock that is in use is not touched.
    let draft = folder.join(format!("{LOCK_FILE}.{}", std::process::id()));
    let made = std::fs::write(&draft, vec![0; LOCK_FILE_BYTES])
        .and_then(|()| std::fs::hard_link(&draft, &at));
    let removed = std::fs::remove_file(&draft);
    match made {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        // What has no hard links has its lock file made by LMDB.
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => Ok(()),
        made => Ok(made.and(removed)?),
    }
}

/// Opens LMDB.
#[expect(
    unsafe_code,
    reason = "LMDB maps its file: nobody else may change it. It lies in the state folder, which \
              only this program writes, under LMDB's own lock file, and no flag that lifts LMDB's \
              locking or syncing is set"
)]
pub(super) fn open_env(folder: &Path, tables: u32) -> Result<Env<WithoutTls>, heed::Error> {
    reserve_lock_file(folder)?;
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size(MAP_BYTES).max_readers(MAX_READERS).max_dbs(tables);
    // SAFETY: see the reason above.
    unsafe { options.open(folder) }
}

fn look_up_tables(env: &Env<WithoutTls>) -> Result<Option<[Table; COUNT]>, heed::Error> {
    let txn = env.read_txn()?;
    let found = env.open_databases_and_commit(txn, |opener, txn| {
        let mut tables = Vec::with_capacity(TABLES.len());
        for name in TABLES {
            match open_table(opener, txn, name)? {
                Some(table) => tables.push(table),
                None => return Ok(CommitOrAbort::Abort(())),
            }
        }
        Ok(<[LocalTable<'_>; COUNT]>::try_from(tables)
            .map_or(CommitOrAbort::Abort(()), CommitOrAbort::Commit))
    });
    found.map(CommitOrAbort::commit)
}

fn open_table<'e>(
    opener: &DatabaseOpener<'e, WithoutTls>,
    txn: &RoTxn<'e, WithoutTls>,
    name: &str,
) -> Result<Option<LocalTable<'e>>, heed::Error> {
    opener.open_database(txn, Some(name))
}

fn create_tables(env: &Env<WithoutTls>) -> Result<[Table; COUNT], IndexError> {
    let txn = env.write_txn()?;
    let made = env.create_databases_and_commit(txn, |opener, txn| {
        let mut tables = Vec::with_capacity(TABLES.len());
        for name in TABLES {
            tables.push(opener.create_database::<Bytes, Bytes>(txn, Some(name))?);
        }
        Ok::<_, heed::Error>(
            <[LocalTable<'_>; COUNT]>::try_from(tables)
                .map_or(CommitOrAbort::Abort(()), CommitOrAbort::Commit),
        )
    })?;
    made.commit().ok_or(IndexError::Damaged { what: "the list of tables" })
}

/// One read transaction.
pub(crate) struct Reader {
    pub(super) txn: RoTxn<'static, WithoutTls>,
    pub(super) tables: Tables,
    pub(super) base: Arc<BasePlace>,
    pub(super) base_from: u64,
}

impl Reader {
    /// What the index is of; `None` before the first sync, and where its layout is another one.
    pub(crate) fn meta(&self) -> Result<Option<Meta>, IndexError> {
        if self.tables.meta.get(&self.txn, LAYOUT_KEY)? != Some(&LAYOUT.to_be_bytes()) {
            return Ok(None);
        }
        let stored = self.tables.meta.get(&self.txn, META_KEY)?;
        stored.map(|bytes| decode(bytes, "the index's description")).transpose()
    }

    /// What the index is of, if it is of this root.
    pub(crate) fn meta_of(&self, root: &Path) -> Result<Meta, IndexError> {
        let meta = self.meta()?.ok_or_else(|| IndexError::Unsynced { root: root.to_owned() })?;
        if meta.root == root.to_string_lossy() {
            Ok(meta)
        } else {
            Err(IndexError::OtherRoot { root: PathBuf::from(root), found: meta.root })
        }
    }

    pub(crate) fn file(&self, path: &str) -> Result<Option<FileRow>, IndexError> {
        let stored = self.tables.files.get(&self.txn, &keys::path_key(path))?;
        stored.map(|bytes| decode(bytes, "a row of the file table")).transpose()
    }

    /// Every path of the file table, in order.
    pub(crate) fn files(&self) -> Result<Vec<FileRow>, IndexError> {
        let mut rows = Vec::new();
        for row in self.tables.files.iter(&self.txn)? {
            rows.push(decode::<FileRow>(row?.1, "a row of the file table")?);
        }
        // Keys of long paths end in a hash.
        rows.sort_unstable_by(|left, right| left.path.cmp(&right.path));
        Ok(rows)
    }

    /// The entries of a path, in file order.
    pub(crate) fn members(&self, path: &str) -> Result<Vec<Member>, IndexError> {
        let stored = self.tables.members.get(&self.txn, &keys::path_key(path))?;
        stored.map_or(Ok(Vec::new()), |bytes| decode(bytes, "a file's list of entries"))
    }

    pub(crate) fn entry(&self, doc: u32) -> Result<Entry, IndexError> {
        decode(self.doc(doc)?, "an entry")
    }

    pub(crate) fn place(&self, doc: u32) -> Result<Place<'_>, IndexError> {
        let (place, _) = postcard::take_from_bytes(self.doc(doc)?)
            .map_err(|_| IndexError::Damaged { what: "an entry" })?;
        Ok(place)
    }

    fn doc(&self, doc: u32) -> Result<&[u8], IndexError> {
        let stored = self.tables.docs.get(&self.txn, &doc.to_be_bytes())?;
        stored.ok_or(IndexError::Damaged { what: "an entry that others point at" })
    }

    /// Every document number that has an entry.
    pub(crate) fn docs(&self) -> Result<RoaringBitmap, IndexError> {
        let mut docs = RoaringBitmap::new();
        for row in self.tables.docs.iter(&self.txn)? {
            let key: [u8; 4] =
                row?.0.try_into().map_err(|_| IndexError::Damaged { what: "a document number" })?;
            docs.insert(u32::from_be_bytes(key));
        }
        Ok(docs)
    }

    pub(crate) fn terms(&self, doc: u32) -> Result<Terms, IndexError> {
        let stored = self.tables.terms.get(&self.txn, &doc.to_be_bytes())?;
        decode(stored.unwrap_or_default(), "the terms of an entry")
    }

    /// The blocks of a term's postings, by block ascending. The term is as [`keys::term_key`]
    /// gives it.
    pub(crate) fn postings(&self, term: &str) -> Result<Vec<(u32, PostingBlock<'_>)>, IndexError> {
        let prefix = keys::posting_prefix(term);
        let mut blocks = Vec::new();
        for row in self.tables.postings.prefix_iter(&self.txn, &prefix)? {
            let (key, block) = row?;
            if let Some(number) = keys::block_of(&prefix, key) {
                blocks.push((number, PostingBlock(block)));
            }
        }
        Ok(blocks)
    }

    /// Hands on every block of every term.
    pub(crate) fn all_postings(
        &self,
        mut take: impl FnMut(&str, u32, PostingBlock<'_>) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        for row in self.tables.postings.iter(&self.txn)? {
            let (key, block) = row?;
            let (term, number) = keys::split_posting_key(key)
                .ok_or(IndexError::Damaged { what: "the key of a block of postings" })?;
            take(term, number, PostingBlock(block))?;
        }
        Ok(())
    }

    /// A document's unit vector, as bytes.
    pub(crate) fn vector(&self, dimension: u32, doc: u32) -> Result<Option<&[u8]>, IndexError> {
        let shape = vectors::shape(dimension);
        let (block, slot) = shape.place(doc);
        let Some(bytes) = self.tables.vectors.get(&self.txn, &block.to_be_bytes())? else {
            return Ok(None);
        };
        Ok(shape.read(bytes)?.get(slot))
    }

    /// Hands on every document with its unit vector's bytes, by document ascending.
    pub(crate) fn vectors<'a>(
        &'a self,
        dimension: u32,
        take: impl FnMut(u32, &'a [u8]),
    ) -> Result<(), IndexError> {
        self.all_slots(self.tables.vectors, vectors::shape(dimension), take)
    }

    /// Hands on documents with their vector's code, by document ascending: all of them, or those
    /// of a set.
    pub(crate) fn codes<'a>(
        &'a self,
        dimension: u32,
        only: Option<&RoaringBitmap>,
        mut take: impl FnMut(u32, &'a [u8]),
    ) -> Result<(), IndexError> {
        let shape = codes::shape(dimension);
        let Some(only) = only else { return self.all_slots(self.tables.codes, shape, take) };
        let mut wanted = only.iter().map(|doc| shape.place(doc)).peekable();
        while let Some((block, slot)) = wanted.next() {
            let mut slots = 1_u64 << slot;
            while let Some((_, slot)) = wanted.next_if(|(next, _)| *next == block) {
                slots |= 1 << slot;
            }
            if let Some(bytes) = self.tables.codes.get(&self.txn, &block.to_be_bytes())? {
                let first = shape.first(block);
                shape.read(bytes)?.each(slots, |slot, code| take(first + slot, code));
            }
        }
        Ok(())
    }

    fn all_slots<'a>(
        &'a self,
        table: Table,
        shape: Shape,
        mut take: impl FnMut(u32, &'a [u8]),
    ) -> Result<(), IndexError> {
        for row in table.iter(&self.txn)? {
            let (key, block) = row?;
            let number: [u8; 4] = key
                .try_into()
                .map_err(|_| IndexError::Damaged { what: "the key of a block of vectors" })?;
            let first = shape.first(u32::from_be_bytes(number));
            shape.read(block)?.each(u64::MAX, |slot, bytes| take(first + slot, bytes));
        }
        Ok(())
    }

    /// The documents with a value in a field.
    pub(crate) fn docs_with(&self, field: Field, value: &str) -> Result<RoaringBitmap, IndexError> {
        let mut docs = RoaringBitmap::new();
        for row in self.tables.scalars.prefix_iter(&self.txn, &field.prefix(value))? {
            docs |= bitmap(row?.1)?;
        }
        Ok(docs)
    }

    /// The documents with a time in a range.
    pub(crate) fn docs_between(
        &self,
        from: EpochMs,
        to: EpochMs,
    ) -> Result<RoaringBitmap, IndexError> {
        let span = scalars::span(from.0, to.0);
        let mut docs = RoaringBitmap::new();
        if let Some(days) = span.days {
            let first = scalars::chunk_key(&scalars::day_prefix(*days.start()), 0);
            let last = scalars::chunk_key(&scalars::day_prefix(*days.end()), u32::MAX);
            let range = (Bound::Included(&first[..]), Bound::Included(&last[..]));
            for row in self.tables.scalars.range(&self.txn, &range)? {
                docs |= bitmap(row?.1)?;
            }
        }
        for part in span.rest {
            let first = scalars::time_key(EpochMs(*part.start()), 0);
            let last = scalars::time_key(EpochMs(*part.end()), u32::MAX);
            let range = (Bound::Included(&first[..]), Bound::Included(&last[..]));
            for row in self.tables.times.range(&self.txn, &range)? {
                let (_, doc) = scalars::split_time_key(row?.0).ok_or(DAMAGED_TIME)?;
                docs.insert(doc);
            }
        }
        Ok(docs)
    }

    /// Hands on every value's key and documents; a value may come in several parts.
    pub(crate) fn scalars(
        &self,
        mut take: impl FnMut(&[u8], RoaringBitmap),
    ) -> Result<(), IndexError> {
        for row in self.tables.scalars.iter(&self.txn)? {
            let (key, bytes) = row?;
            take(key, bitmap(bytes)?);
        }
        Ok(())
    }

    /// Hands on every time and its document.
    pub(crate) fn times(&self, mut take: impl FnMut(EpochMs, u32)) -> Result<(), IndexError> {
        for row in self.tables.times.iter(&self.txn)? {
            let (at, doc) = scalars::split_time_key(row?.0).ok_or(DAMAGED_TIME)?;
            take(at, doc);
        }
        Ok(())
    }
}

const DAMAGED_TIME: IndexError = IndexError::Damaged { what: "the time of an entry" };

impl Meta {
    /// Refuses plugins other than those the index was built with.
    pub(crate) fn check_plugins(
        &self,
        tokenizer: &PluginId,
        embedder: &PluginId,
    ) -> Result<(), IndexError> {
        for (role, found, wanted) in
            [("tokenizer", &self.tokenizer, tokenizer), ("embedder", &self.embedder, embedder)]
        {
            if found != wanted {
                let (found, wanted) = (found.to_string(), wanted.to_string());
                return Err(IndexError::OtherPlugin { role, found, wanted });
            }
        }
        Ok(())
    }
}
