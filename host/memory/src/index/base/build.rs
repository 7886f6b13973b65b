//! Building the forest: all of it, or what has changed.

use arroy::distances::Cosine;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use roaring::RoaringBitmap;

use super::{BaseEnv, FOREST, NOTE_KEY, Note, SEGMENT_KEY};
use crate::{
    error::IndexError,
    index::{
        env::Reader,
        rows::encode,
        scalars::{bitmap, stored},
        vectors,
    },
};

/// Trees of a base. More of them find more for the same time, and take longer to build.
const TREES: usize = 20;
/// The same trees come of the same vectors.
const SEED: u64 = 0x77_69_72_74;

pub(super) enum BuildError {
    Cancelled,
    Index(IndexError),
    Arroy(arroy::Error),
}

impl From<arroy::Error> for BuildError {
    fn from(error: arroy::Error) -> Self {
        match error {
            arroy::Error::BuildCancelled => Self::Cancelled,
            error => Self::Arroy(error),
        }
    }
}

impl From<heed::Error> for BuildError {
    fn from(error: heed::Error) -> Self {
        Self::Arroy(error.into())
    }
}

impl From<IndexError> for BuildError {
    fn from(error: IndexError) -> Self {
        Self::Index(error)
    }
}

/// One build, on the thread of its pool.
pub(super) struct Job<'a> {
    pub(super) base: &'a BaseEnv,
    /// The vectors it is built from.
    pub(super) reader: Reader,
    pub(super) dimension: u32,
    /// What the base says of itself so far.
    pub(super) known: Option<Note>,
    pub(super) building: u64,
    pub(super) cancel: &'a (dyn Fn() -> bool + Sync),
}

impl Job<'_> {
    pub(super) fn run(&self) -> Result<(), BuildError> {
        let dimension = usize::try_from(self.dimension).unwrap_or(usize::MAX);
        let mut txn = self.base.env.write_txn()?;
        let mut writer = arroy::Writer::<Cosine>::new(self.base.items, FOREST, dimension);
        // Beside the base: the system's own folder for such may be small, or memory.
        writer.set_tmpdir(self.base.env.path());
        let segment = self.reader.segment(SEGMENT_KEY)?;
        let known = self.known.as_ref().zip(segment);
        let mut left_out;
        match known.filter(|(note, segment)| note.generation == segment.generation) {
            Some((note, segment)) => {
                let changed = bitmap(&segment.changed)?;
                left_out = bitmap(&note.left_out)? - &changed;
                for doc in changed {
                    let vector = self.reader.vector(self.dimension, doc)?;
                    if !self.put(&writer, &mut txn, doc, vector, &mut left_out)? {
                        writer.del_item(&mut txn, doc)?;
                    }
                }
            }
            None => {
                writer.clear(&mut txn)?;
                left_out = RoaringBitmap::new();
                let mut failed = Ok(());
                self.reader.vectors(self.dimension, |doc, vector| {
                    if failed.is_ok() {
                        let put = self.put(&writer, &mut txn, doc, Some(vector), &mut left_out);
                        failed = put.map(|_| ());
                    }
                })?;
                failed?;
            }
        }
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        writer.builder(&mut random).n_trees(TREES).cancel(|| (self.cancel)()).build(&mut txn)?;
        let note = Note {
            generation: self.building,
            revision: self.reader.revision()?,
            left_out: stored(left_out)?,
        };
        self.base.notes.put(&mut txn, NOTE_KEY, &encode(&note, "the base's description")?)?;
        Ok(txn.commit()?)
    }

    /// Puts a document in; says whether it is in the forest now.
    fn put(
        &self,
        writer: &arroy::Writer<Cosine>,
        txn: &mut heed::RwTxn<'_>,
        doc: u32,
        vector: Option<&[u8]>,
        left_out: &mut RoaringBitmap,
    ) -> Result<bool, BuildError> {
        if (self.cancel)() {
            return Err(BuildError::Cancelled);
        }
        let Some(vector) = vector.map(vectors::numbers) else { return Ok(false) };
        if vector.iter().all(|number| *number == 0.0) {
            left_out.insert(doc);
            return Ok(false);
        }
        writer.add_item(txn, doc, &vector)?;
        Ok(true)
    }
}
