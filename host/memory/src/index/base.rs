//! The base segment: a forest over the vectors, for indexes too large to scan.
//!
//! It is derived and lies in an environment of its own, so that building it keeps no writer of the
//! index waiting, and losing it costs time and nothing else. The index keeps, for the base there is
//! and for one that is being built, which documents have changed since the vectors it was built
//! from were read: those are scanned as they are, and what the base says of them does not count.
//! The base names its generation in the transaction that holds its trees, so the two always match
//! or the base is not used. A document number is never given out again, so none means another
//! entry to the base.

mod build;

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use arroy::{
    Database,
    distances::Cosine,
    internals::{KeyCodec, NodeCodec},
};
use heed::{CommitOrAbort, Env, RoTxn, WithoutTls, types::Bytes};
use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use build::{BuildError, Job};

use super::{
    env::{self, Index, LocalTable, Reader, Table},
    length,
    rows::{Meta, decode, encode},
    scalars::{bitmap, stored},
};
use crate::{error::IndexError, turn::Turn};

/// Entries from which on a base is built. At 100,000 entries of 384 numbers the scan takes 4 ms and
/// finds all, the base takes 5 ms, 20 s to build and as much disk again (`vectors` benchmark); the
/// scan's time grows with their number, the base's hardly.
pub(crate) const BASE_FROM: u64 = 250_000;
/// One changed entry in so many makes a merge due: what has changed is scanned beside the base.
const DUE_SHARE: u64 = 100;
/// Vectors of the base that a search looks at, however many there are: arroy fetches each by
/// itself, and a share of all of them would be slower than the scan at any size.
const LOOKED_AT: NonZeroUsize = NonZeroUsize::new(12_000).unwrap();

const FOLDER: &str = "base";
const LOCK_FILE: &str = "base.lock";
const ITEMS: &str = "items";
const NOTES: &str = "notes";
const NOTE_KEY: &[u8] = b"note";
/// The only one in its environment.
const FOREST: u16 = 0;

const SEGMENT_KEY: &[u8] = b"base";
const BUILDING_KEY: &[u8] = b"base-building";
const GENERATION_KEY: &[u8] = b"base-generation";
const REVISION_KEY: &[u8] = b"revision";

/// What the index knows of a base.
#[derive(Serialize, Deserialize)]
struct Segment {
    generation: u64,
    /// Documents whose vector has changed, come or gone since the base's were read.
    changed: Vec<u8>,
}

/// What a base says of itself.
#[derive(Serialize, Deserialize)]
struct Note {
    generation: u64,
    /// The revision of the index its vectors are of.
    revision: u64,
    /// Documents that are not in the forest though they have a vector: of length 0, which it
    /// would take for the nearest to everything.
    left_out: Vec<u8>,
}

/// Where the base is, and the environment once it is open.
pub(super) struct BasePlace {
    index: PathBuf,
    open: Mutex<Option<BaseEnv>>,
}

#[derive(Clone)]
struct BaseEnv {
    env: Env<WithoutTls>,
    items: Database<'static, Cosine>,
    notes: Table,
}

impl BasePlace {
    pub(super) fn new(index: &Path) -> Arc<Self> {
        Arc::new(Self { index: index.to_owned(), open: Mutex::default() })
    }

    fn folder(&self) -> PathBuf {
        self.index.join(FOLDER)
    }

    /// The base's environment, where there is one that opens.
    fn env(&self) -> Option<BaseEnv> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() && self.folder().is_dir() {
            *open = BaseEnv::open(&self.folder(), false).ok().flatten();
        }
        open.clone()
    }

    /// The same, but made if there is none, and made anew if it does not open.
    fn env_to_write(&self) -> Result<BaseEnv, IndexError> {
        if let Some(env) = self.env().filter(|env| env.env.path().is_dir()) {
            return Ok(env);
        }
        self.close();
        let folder = self.folder();
        let made = match BaseEnv::open(&folder, true) {
            Ok(made) => made,
            Err(_) => {
                std::fs::remove_dir_all(&folder).map_err(heed::Error::Io)?;
                BaseEnv::open(&folder, true)?
            }
        };
        let made = made.ok_or(IndexError::Damaged { what: "the base's list of tables" })?;
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(made.clone());
        Ok(made)
    }

    /// Lets go of an environment that is of no use, so that the next use opens what is there.
    fn close(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Keeps other merges out until it is dropped; `None` where one is under way.
    fn lock(&self) -> Result<Option<Turn>, IndexError> {
        Ok(Turn::take(&self.index.join(LOCK_FILE)).map_err(heed::Error::Io)?)
    }
}

impl BaseEnv {
    /// Opens the environment; `None` where it is empty and is not to be made.
    fn open(folder: &Path, make: bool) -> Result<Option<Self>, IndexError> {
        let not_opened = |source| IndexError::NotOpened { folder: folder.to_owned(), source };
        if make {
            std::fs::create_dir_all(folder).map_err(|error| not_opened(heed::Error::Io(error)))?;
        }
        length::check(folder)?;
        let env = env::open_env(folder, 2).map_err(not_opened)?;
        let (items, notes) = if make {
            let txn = env.write_txn()?;
            let made = env.create_databases_and_commit(txn, |opener, txn| {
                let items = opener.create_database::<KeyCodec, NodeCodec<Cosine>>(txn, Some(ITEMS));
                let notes = opener.create_database::<Bytes, Bytes>(txn, Some(NOTES));
                Ok::<_, heed::Error>(CommitOrAbort::Commit::<_, ()>((items?, notes?)))
            })?;
            match made {
                CommitOrAbort::Commit(made) => made,
                CommitOrAbort::Abort(()) => return Ok(None),
            }
        } else {
            let txn = env.read_txn()?;
            let found = env.open_databases_and_commit(txn, |opener, txn| {
                let items =
                    opener.open_database::<KeyCodec, NodeCodec<Cosine>>(txn, Some(ITEMS))?;
                let notes: Option<LocalTable<'_>> = opener.open_database(txn, Some(NOTES))?;
                Ok::<_, heed::Error>(match (items, notes) {
                    (Some(items), Some(notes)) => CommitOrAbort::Commit((items, notes)),
                    _ => CommitOrAbort::Abort(()),
                })
            })?;
            match found {
                CommitOrAbort::Commit(found) => found,
                CommitOrAbort::Abort(()) => return Ok(None),
            }
        };
        Ok(Some(Self { env, items, notes }))
    }

    fn note(&self, txn: &RoTxn<'_>) -> Result<Option<Note>, IndexError> {
        let stored = self.notes.get(txn, NOTE_KEY)?;
        stored.map(|bytes| decode(bytes, "the base's description")).transpose()
    }
}

/// The base as one search sees it.
pub(crate) struct BaseView {
    txn: RoTxn<'static, WithoutTls>,
    items: Database<'static, Cosine>,
    /// Documents the base does not answer for.
    beside: RoaringBitmap,
}

impl BaseView {
    /// Documents that are not in the base, or not as they are; some have no vector.
    pub(crate) const fn beside(&self) -> &RoaringBitmap {
        &self.beside
    }

    /// About `count` documents with near vectors; `None` where a scan of `only` is faster, or the
    /// base does not read.
    pub(crate) fn nearest(
        &self,
        wanted: &[f32],
        only: Option<&RoaringBitmap>,
        count: usize,
    ) -> Option<Vec<u32>> {
        let reader = arroy::Reader::open(&self.txn, FOREST, self.items).ok()?;
        let mut answers_for = reader.item_ids() - &self.beside;
        if let Some(only) = only {
            answers_for &= only;
        }
        // arroy fetches each candidate by itself then.
        if answers_for.len() * 2 <= reader.n_items() {
            return None;
        }
        let mut query = reader.nns(count);
        query.search_k(LOOKED_AT).candidates(&answers_for);
        let found = query.by_vector(&self.txn, wanted).ok()?;
        Some(found.into_iter().map(|(doc, _)| doc).collect())
    }
}

impl Reader {
    /// The base, where there is one for this index as it was when the reader was made.
    pub(crate) fn base(&self, meta: &Meta) -> Result<Option<BaseView>, IndexError> {
        if meta.docs < self.base_from {
            return Ok(None);
        }
        let segments = [self.segment(SEGMENT_KEY)?, self.segment(BUILDING_KEY)?];
        if segments.iter().all(Option::is_none) {
            return Ok(None);
        }
        let Some(base) = self.base.env() else { return Ok(None) };
        // Whatever is wrong with a base, it is only not used.
        let view = || {
            let txn = base.env.clone().static_read_txn()?;
            let Some(note) = base.note(&txn)? else { return Ok(None) };
            let of_it = |segment: &Segment| segment.generation == note.generation;
            let Some(segment) = segments.into_iter().flatten().find(of_it) else {
                return Ok(None);
            };
            // It was built from a later state: it may lack what this reader still sees.
            if note.revision > self.revision()? {
                return Ok(None);
            }
            let beside = bitmap(&segment.changed)? | bitmap(&note.left_out)?;
            Ok::<_, IndexError>(Some(BaseView { txn, items: base.items, beside }))
        };
        let view = view().unwrap_or(None);
        if view.is_none() {
            // The folder may have been lost, and another built by another process.
            self.base.close();
        }
        Ok(view)
    }

    fn segment(&self, key: &[u8]) -> Result<Option<Segment>, IndexError> {
        let stored = self.tables.meta.get(&self.txn, key)?;
        stored.map(|bytes| decode(bytes, "what is known of the base")).transpose()
    }

    fn revision(&self) -> Result<u64, IndexError> {
        Ok(number(self.tables.meta.get(&self.txn, REVISION_KEY)?))
    }
}

fn number(stored: Option<&[u8]>) -> u64 {
    stored.and_then(|bytes| bytes.first_chunk::<8>()).map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

impl Index {
    /// Notes that the vectors of these documents have changed, and that the index is another.
    pub(super) fn note_changed(
        &self,
        txn: &mut heed::RwTxn<'_>,
        docs: &RoaringBitmap,
    ) -> Result<(), IndexError> {
        let meta = self.tables.meta;
        let revision = number(meta.get(txn, REVISION_KEY)?) + 1;
        meta.put(txn, REVISION_KEY, &revision.to_be_bytes())?;
        if docs.is_empty() {
            return Ok(());
        }
        for key in [SEGMENT_KEY, BUILDING_KEY] {
            let Some(bytes) = meta.get(txn, key)? else { continue };
            let Segment { generation, changed } = decode(bytes, "what is known of the base")?;
            let changed = stored(bitmap(&changed)? | docs)?;
            let segment = Segment { generation, changed };
            meta.put(txn, key, &encode(&segment, "what is known of the base")?)?;
        }
        Ok(())
    }

    /// Empties the index's description but for the numbers that only ever grow: a base that was
    /// built before must not be taken for one of what comes after.
    pub(super) fn forget_bases(&self, txn: &mut heed::RwTxn<'_>) -> Result<(), IndexError> {
        let meta = self.tables.meta;
        let kept = [GENERATION_KEY, REVISION_KEY];
        let numbers = kept.map(|key| meta.get(txn, key).map(number));
        meta.clear(txn)?;
        for (key, number) in kept.into_iter().zip(numbers) {
            meta.put(txn, key, &(number? + 1).to_be_bytes())?;
        }
        Ok(())
    }

    /// Whether a merge would make vector search faster by enough to be worth its time.
    pub(crate) fn merge_due(&self) -> Result<bool, IndexError> {
        let reader = self.read()?;
        let Some(meta) = reader.meta()?.filter(|meta| meta.docs >= self.base_from) else {
            return Ok(false);
        };
        let base = reader.base(&meta)?;
        Ok(base.is_none_or(|base| base.beside.len() * DUE_SHARE > meta.docs))
    }

    /// Builds the base, or takes into it what has changed. Off the save path: writers wait for
    /// nothing but two short notes. `cancel` is asked now and then, and leaves things as they
    /// were. Says whether there is a new base; there is none where nothing has changed, the index
    /// is small, or another merge is under way.
    pub(crate) fn merge(&self, cancel: &(dyn Fn() -> bool + Sync)) -> Result<bool, IndexError> {
        let Some(_turn) = self.base.lock()? else { return Ok(false) };
        self.build_base(cancel)?.map_or(Ok(false), |generation| self.switch_base(generation))
    }

    /// The base alone; nothing is lost where this is all that happens.
    pub(crate) fn build_base(
        &self,
        cancel: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<u64>, IndexError> {
        let is_due = |meta: &Meta| meta.docs >= self.base_from;
        if !self.read()?.meta()?.is_some_and(|meta| is_due(&meta)) || cancel() {
            return Ok(None);
        }
        let base = self.base.env_to_write()?;
        let known = { base.note(&*base.env.read_txn()?).unwrap_or(None) };
        let Some(building) = self.begin_base(known.as_ref())? else { return Ok(None) };
        // Opened after the note of what changes from here on.
        let reader = self.read()?;
        let Some(meta) = reader.meta()? else { return Ok(None) };
        let job = Job { base: &base, reader, dimension: meta.dimension, known, building, cancel };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let pool = pool.map_err(|error| IndexError::Merge {
            folder: self.base.folder(),
            source: heed::Error::Io(std::io::Error::other(error)).into(),
        })?;
        match pool.install(move || job.run()) {
            Ok(()) => {}
            Err(BuildError::Cancelled) => return Ok(None),
            Err(BuildError::Index(error)) => return Err(error),
            Err(BuildError::Arroy(source)) => {
                return Err(IndexError::Merge { folder: self.base.folder(), source });
            }
        }
        length::note(base.env.path());
        Ok(Some(building))
    }

    /// Notes that a base is being built and gives its generation; `None` where the one there is
    /// stands for all vectors as they are.
    fn begin_base(&self, known: Option<&Note>) -> Result<Option<u64>, IndexError> {
        let mut txn = self.env.write_txn()?;
        let meta = self.tables.meta;
        for key in [BUILDING_KEY, SEGMENT_KEY] {
            let Some(bytes) = meta.get(&txn, key)? else { continue };
            let bytes = bytes.to_vec();
            let segment: Segment = decode(&bytes, "what is known of the base")?;
            if known.is_none_or(|known| known.generation != segment.generation) {
                meta.delete(&mut txn, key)?;
                continue;
            }
            // A crash after the build leaves the base there is under the name of the one to come.
            meta.put(&mut txn, SEGMENT_KEY, &bytes)?;
            if bitmap(&segment.changed)?.is_empty() {
                meta.delete(&mut txn, BUILDING_KEY)?;
                self.commit(txn)?;
                return Ok(None);
            }
            break;
        }
        let generation = number(meta.get(&txn, GENERATION_KEY)?) + 1;
        meta.put(&mut txn, GENERATION_KEY, &generation.to_be_bytes())?;
        let segment = Segment { generation, changed: stored(RoaringBitmap::new())? };
        meta.put(&mut txn, BUILDING_KEY, &encode(&segment, "what is known of the base")?)?;
        self.commit(txn)?;
        Ok(Some(generation))
    }

    /// Makes the base that was built the one there is, unless the index was emptied meanwhile.
    pub(crate) fn switch_base(&self, generation: u64) -> Result<bool, IndexError> {
        let mut txn = self.env.write_txn()?;
        let meta = self.tables.meta;
        let Some(bytes) = meta.get(&txn, BUILDING_KEY)?.map(<[u8]>::to_vec) else {
            return Ok(false);
        };
        let segment: Segment = decode(&bytes, "what is known of the base")?;
        if segment.generation != generation {
            return Ok(false);
        }
        meta.put(&mut txn, SEGMENT_KEY, &bytes)?;
        meta.delete(&mut txn, BUILDING_KEY)?;
        self.commit(txn)?;
        Ok(true)
    }
}
