//! Opening the environment and reading from it.

use std::path::{Path, PathBuf};

use heed::{
    CommitOrAbort, Database, DatabaseOpener, Env, EnvOpenOptions, RoTxn, RwTxn, WithoutTls,
    types::Bytes,
};
use roaring::RoaringBitmap;

use super::{
    keys, length,
    postings::PostingBlock,
    rows::{FileRow, LAYOUT, Member, Meta, PluginId, Terms, decode},
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

type LocalTable<'t> = Database<'t, Bytes, Bytes>;
pub(super) type Table = LocalTable<'static>;

/// The tables, by name and number.
const TABLES: [&str; 8] =
    ["meta", "files", "members", "docs", "terms", "postings", "vectors", "owners"];
pub(super) const LAYOUT_KEY: &[u8] = b"layout";
pub(super) const META_KEY: &[u8] = b"meta";

/// The environment and its tables.
#[derive(Clone)]
pub(crate) struct Index {
    pub(super) env: Env<WithoutTls>,
    pub(super) tables: Tables,
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
    /// Owner key → roaring bitmap of documents.
    pub(super) owners: Table,
}

impl Tables {
    fn new([meta, files, members, docs, terms, postings, vectors, owners]: [Table; 8]) -> Self {
        Self { meta, files, members, docs, terms, postings, vectors, owners }
    }

    pub(super) fn all(&self) -> [Table; 8] {
        [
            self.meta,
            self.files,
            self.members,
            self.docs,
            self.terms,
            self.postings,
            self.vectors,
            self.owners,
        ]
    }
}

impl Index {
    /// Opens the environment in a folder, which is made if it is not there.
    pub(crate) fn open(folder: &Path) -> Result<Self, IndexError> {
        let not_opened = |source| IndexError::NotOpened { folder: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(|error| not_opened(heed::Error::Io(error)))?;
        length::check(folder)?;
        let env = open_env(folder).map_err(not_opened)?;
        // A reader beside a writer must not wait for its turn to write: the tables are only looked
        // up where they are there.
        let tables = match look_up_tables(&env)? {
            Some(tables) => tables,
            None => create_tables(&env)?,
        };
        Ok(Self { env, tables: Tables::new(tables) })
    }

    /// Makes a transaction's changes durable.
    pub(super) fn commit(&self, txn: RwTxn<'_>) -> Result<(), IndexError> {
        txn.commit()?;
        length::note(self.env.path());
        Ok(())
    }

    /// A view of the index as it is now, whatever is written meanwhile.
    pub(crate) fn read(&self) -> Result<Reader, IndexError> {
        Ok(Reader { txn: self.env.clone().static_read_txn()?, tables: self.tables })
    }
}

/// Opens LMDB.
#[expect(
    unsafe_code,
    reason = "LMDB maps its file: nobody else may change it. It lies in the state folder, which \
              only this program writes, under LMDB's own lock file, and no flag that lifts LMDB's \
              locking or syncing is set"
)]
fn open_env(folder: &Path) -> Result<Env<WithoutTls>, heed::Error> {
    let tables = u32::try_from(TABLES.len()).unwrap_or(u32::MAX);
    let mut options = EnvOpenOptions::new().read_txn_without_tls();
    options.map_size(MAP_BYTES).max_readers(MAX_READERS).max_dbs(tables);
    // SAFETY: see the reason above.
    unsafe { options.open(folder) }
}

fn look_up_tables(env: &Env<WithoutTls>) -> Result<Option<[Table; 8]>, heed::Error> {
    let txn = env.read_txn()?;
    let found = env.open_databases_and_commit(txn, |opener, txn| {
        let mut tables = Vec::with_capacity(TABLES.len());
        for name in TABLES {
            match open_table(opener, txn, name)? {
                Some(table) => tables.push(table),
                None => return Ok(CommitOrAbort::Abort(())),
            }
        }
        Ok(<[LocalTable<'_>; 8]>::try_from(tables)
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

fn create_tables(env: &Env<WithoutTls>) -> Result<[Table; 8], IndexError> {
    let txn = env.write_txn()?;
    let made = env.create_databases_and_commit(txn, |opener, txn| {
        let mut tables = Vec::with_capacity(TABLES.len());
        for name in TABLES {
            tables.push(opener.create_database::<Bytes, Bytes>(txn, Some(name))?);
        }
        Ok::<_, heed::Error>(
            <[LocalTable<'_>; 8]>::try_from(tables)
                .map_or(CommitOrAbort::Abort(()), CommitOrAbort::Commit),
        )
    })?;
    made.commit().ok_or(IndexError::Damaged { what: "the list of tables" })
}

/// One read transaction.
pub(crate) struct Reader {
    txn: RoTxn<'static, WithoutTls>,
    tables: Tables,
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

    /// Hands on every document with its unit vector's bytes, by document ascending.
    pub(crate) fn vectors<'a>(
        &'a self,
        dimension: u32,
        mut take: impl FnMut(u32, &'a [u8]),
    ) -> Result<(), IndexError> {
        let dimension = usize::try_from(dimension).unwrap_or(usize::MAX);
        for row in self.tables.vectors.iter(&self.txn)? {
            let (key, block) = row?;
            let number: [u8; 4] = key
                .try_into()
                .map_err(|_| IndexError::Damaged { what: "the key of a block of vectors" })?;
            vectors::each(u32::from_be_bytes(number), block, dimension, &mut take)?;
        }
        Ok(())
    }

    /// The documents of an owner.
    pub(crate) fn owner(&self, owner: &str) -> Result<RoaringBitmap, IndexError> {
        let stored = self.tables.owners.get(&self.txn, &keys::owner_key(owner))?;
        stored.map_or(Ok(RoaringBitmap::new()), bitmap)
    }

    /// Hands on every owner's key and documents.
    pub(crate) fn owners(
        &self,
        mut take: impl FnMut(&[u8], RoaringBitmap),
    ) -> Result<(), IndexError> {
        for row in self.tables.owners.iter(&self.txn)? {
            let (key, bytes) = row?;
            take(key, bitmap(bytes)?);
        }
        Ok(())
    }
}

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

pub(super) fn bitmap(bytes: &[u8]) -> Result<RoaringBitmap, IndexError> {
    RoaringBitmap::deserialize_from(bytes)
        .map_err(|_| IndexError::Damaged { what: "an owner's documents" })
}
