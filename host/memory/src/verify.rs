//! Whether the index is what a rebuild from the files gives.
//!
//! The comparison is by content: document numbers depend on an index's past and do not count.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sha2::{Digest as _, Sha256};
use wirt_contract::EpochMs;

use crate::{
    entry::Entry,
    error::{FailedPath, IndexError, VerifyError},
    files::Digest,
    index::{DOCS_PER_BLOCK, Meta, Reader, value_of},
    memory::Memory,
    plugins::{Analyst, Plugins},
};

/// Differences that are told apart; of more, only their number is told.
const MAX_DIFFERENCES: usize = 100;
const SCRATCH_PREFIX: &str = "verify-";

/// One thing the index and a rebuild do not agree on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Difference {
    /// From the root; empty where it is about the index as a whole.
    pub path: String,
    /// Which entry, where it is about one.
    pub entry_id: Option<String>,
    /// What differs.
    pub what: String,
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verdict {
    /// Files that were compared.
    pub files: u64,
    /// Entries that were compared.
    pub entries: u64,
    /// What differs, by path; at most a hundred.
    pub differences: Vec<Difference>,
    /// How many more differ.
    pub more: u64,
    /// Paths that stand outside the comparison, as they cannot be indexed as they stand.
    pub failed: Vec<FailedPath>,
}

impl Verdict {
    /// Whether the index equals the rebuild.
    pub fn is_equal(&self) -> bool {
        self.differences.is_empty()
    }
}

impl Memory {
    /// Rebuilds the index beside the one there is, from the files as they are, and compares the
    /// two: file table, entries, terms, postings, vectors, their codes, and the values filters ask
    /// for. The base segment is no part of it.
    ///
    /// # Errors
    /// Where another process writes, nothing is indexed yet, or the index or the rebuild fails.
    pub fn verify(&self, plugins: &mut Plugins<'_>, now: EpochMs) -> Result<Verdict, VerifyError> {
        let _turn = self.lock()?;
        let reader = self.index.read()?;
        let meta = reader.meta_of(&self.root)?;
        let analyst = Analyst::new(plugins).map_err(crate::SyncError::from)?;
        meta.check_plugins(&analyst.tokenizer_id(), &analyst.embedder_id())?;
        let scratch = self.scratch().map_err(VerifyError::Scratch)?;
        let rebuilt = self.beside(scratch.path())?;
        let report = rebuilt.sync(plugins, now, &mut |_| ())?;
        // What failed once and can be indexed now is a difference: a sync would index it.
        let failed: BTreeMap<String, String> =
            report.failed.into_iter().map(|failed| (failed.path, failed.error)).collect();
        let mut outside = Outside { failed, replaced: BTreeMap::new() };
        for row in reader.files()? {
            // A folder where a file was is an error that a rebuild, which never saw the file, has
            // not.
            if let Some(content) = row.failed.filter(|_| row.digest.is_some())
                && !outside.holds(&row.path)
                && self.root.join(&row.path).is_dir()
            {
                outside.replaced.insert(row.path, content.error);
            }
        }
        let found = Image::of(&reader, &meta, &outside)?;
        let other = rebuilt.index.read()?;
        let expected = Image::of(&other, &other.meta_of(&self.root)?, &outside)?;
        let mut differences = found.broken.clone();
        compare(&found, &expected, &mut differences);
        differences.sort_unstable();
        let more = differences.len().saturating_sub(MAX_DIFFERENCES);
        differences.truncate(MAX_DIFFERENCES);
        Ok(Verdict {
            files: u64::try_from(found.files.len()).unwrap_or(u64::MAX),
            entries: u64::try_from(found.entries.len()).unwrap_or(u64::MAX),
            differences,
            more: u64::try_from(more).unwrap_or(u64::MAX),
            failed: outside.into_paths(),
        })
    }

    /// A folder for the rebuild, after what a killed verification left is cleared away.
    fn scratch(&self) -> Result<tempfile::TempDir, crate::OpenError> {
        let made = || {
            for left in std::fs::read_dir(&self.state)? {
                let left = left?;
                if left.file_name().to_string_lossy().starts_with(SCRATCH_PREFIX) {
                    std::fs::remove_dir_all(left.path())?;
                }
            }
            tempfile::Builder::new().prefix(SCRATCH_PREFIX).tempdir_in(&self.state)
        };
        made().map_err(|source| crate::OpenError::State { state: self.state.clone(), source })
    }
}

/// Paths that stand outside the comparison, with their errors.
struct Outside {
    /// With all that is below them.
    failed: BTreeMap<String, String>,
    /// Files in whose place a folder is; what is in that is compared.
    replaced: BTreeMap<String, String>,
}

impl Outside {
    fn holds(&self, path: &str) -> bool {
        let mut above = Some(path);
        while let Some(path) = above {
            if self.failed.contains_key(path) {
                return true;
            }
            above = path.rsplit_once('/').map(|(above, _)| above);
        }
        self.failed.contains_key("") || self.replaced.contains_key(path)
    }

    fn into_paths(mut self) -> Vec<FailedPath> {
        self.failed.append(&mut self.replaced);
        self.failed.into_iter().map(|(path, error)| FailedPath { path, error }).collect()
    }
}

/// (path, entry id).
type Identity = (String, String);

/// What an index holds, without document numbers.
#[derive(Default)]
struct Image {
    files: BTreeMap<String, Option<Digest>>,
    entries: BTreeMap<Identity, Traits>,
    /// What is wrong with the index whatever it is compared with.
    broken: Vec<Difference>,
}

/// What the index says of one entry. Postings and values are sums of hashes: the order they are
/// met in does not count, and none can be missing or too many.
#[derive(Default, Clone, PartialEq, Eq)]
struct Traits {
    row: Digest,
    terms: Digest,
    postings: u128,
    /// Of filters, times among them.
    values: u128,
    vector: Option<Digest>,
    code: Option<Digest>,
}

impl Image {
    fn of(reader: &Reader, meta: &Meta, paths: &Outside) -> Result<Self, IndexError> {
        let mut image = Self::default();
        let (mut listed, mut total_len) = (BTreeMap::new(), 0_u64);
        let mut outside = BTreeSet::new();
        for row in reader.files()? {
            let is_outside = paths.holds(&row.path);
            for member in reader.members(&row.path)? {
                let terms = reader.terms(member.doc)?;
                total_len += u64::from(terms.len);
                if is_outside {
                    outside.insert(member.doc);
                    continue;
                }
                let entry = reader.entry(member.doc)?;
                let agrees = entry.path == row.path
                    && entry.entry_id == member.entry_id
                    && entry.line == member.line
                    && entry.content_sha256 == member.content_sha256;
                if !agrees {
                    image.breaks("the file's list and the entry disagree");
                }
                let traits = Traits {
                    row: row_digest(&entry),
                    terms: terms_digest(&terms.counts, terms.len),
                    ..Traits::default()
                };
                let identity = (row.path.clone(), member.entry_id);
                image.entries.insert(identity.clone(), traits);
                if listed.insert(member.doc, identity).is_some() {
                    image.breaks("two entries share a document");
                }
            }
            if !is_outside {
                image.files.insert(row.path, row.digest);
            }
        }
        let docs: BTreeSet<u32> = listed.keys().chain(&outside).copied().collect();
        if !reader.docs()?.iter().eq(docs.iter().copied()) {
            image.breaks("there are entries that no file lists");
        }
        if meta.docs != u64::try_from(docs.len()).unwrap_or(u64::MAX) {
            image.breaks("the number of entries is wrong");
        }
        if meta.total_len != total_len {
            image.breaks("the number of terms is wrong");
        }
        image.add_derived(reader, meta, &listed, &outside)?;
        Ok(image)
    }

    fn breaks(&mut self, what: &str) {
        let difference = Difference { path: String::new(), entry_id: None, what: what.to_owned() };
        if !self.broken.contains(&difference) {
            self.broken.push(difference);
        }
    }

    /// Adds what the postings, vectors, codes and values say of each entry.
    fn add_derived(
        &mut self,
        reader: &Reader,
        meta: &Meta,
        listed: &BTreeMap<u32, Identity>,
        outside: &BTreeSet<u32>,
    ) -> Result<(), IndexError> {
        let mut derived: HashMap<u32, Traits> =
            listed.keys().map(|doc| (*doc, Traits::default())).collect();
        let mut strays = Vec::new();
        let mut add = |doc: u32, what: &'static str, change: &dyn Fn(&mut Traits)| match derived
            .get_mut(&doc)
        {
            Some(traits) => change(traits),
            None if outside.contains(&doc) => {}
            None => strays.push(what),
        };
        reader.all_postings(|term, block, postings| {
            postings.each(|posting| {
                let hash = sum_part(&[
                    term.as_bytes(),
                    &posting.count.to_le_bytes(),
                    &posting.len.to_le_bytes(),
                ]);
                let doc = block * u32::from(DOCS_PER_BLOCK) + u32::from(posting.slot);
                add(doc, "postings of no entry", &|traits| {
                    traits.postings = traits.postings.wrapping_add(hash);
                });
            })
        })?;
        reader.vectors(meta.dimension, |doc, bytes| {
            let digest = Sha256::digest(bytes).into();
            add(doc, "vectors of no entry", &|traits| traits.vector = Some(digest));
        })?;
        reader.codes(meta.dimension, None, |doc, bytes| {
            let digest = Sha256::digest(bytes).into();
            add(doc, "codes of no entry", &|traits| traits.code = Some(digest));
        })?;
        reader.scalars(|key, docs| {
            let hash = sum_part(&[value_of(key)]);
            for doc in docs {
                add(doc, "values of no entry", &|traits| {
                    traits.values = traits.values.wrapping_add(hash);
                });
            }
        })?;
        reader.times(|at, doc| {
            let hash = sum_part(&[b"time", &at.0.to_le_bytes()]);
            add(doc, "times of no entry", &|traits| {
                traits.values = traits.values.wrapping_add(hash);
            });
        })?;
        for what in strays {
            self.breaks(&format!("there are {what}"));
        }
        for (doc, identity) in listed {
            if let (Some(traits), Some(derived)) =
                (self.entries.get_mut(identity), derived.remove(doc))
            {
                let (row, terms) = (traits.row, traits.terms);
                *traits = Traits { row, terms, ..derived };
            }
        }
        Ok(())
    }
}

fn row_digest(entry: &Entry) -> Digest {
    // An entry always has this form, as it is stored in it.
    Sha256::digest(postcard::to_allocvec(entry).unwrap_or_default()).into()
}

fn terms_digest(counts: &[(String, u32)], len: u32) -> Digest {
    Sha256::digest(postcard::to_allocvec(&(counts, len)).unwrap_or_default()).into()
}

fn sum_part(fields: &[&[u8]]) -> u128 {
    let mut hash = Sha256::new();
    for field in fields {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field);
    }
    let digest: Digest = hash.finalize().into();
    digest.first_chunk::<16>().map_or(0, |head| u128::from_le_bytes(*head))
}

fn compare(found: &Image, expected: &Image, differences: &mut Vec<Difference>) {
    let mut tell = |path: &str, entry_id: Option<&String>, what: &str| {
        differences.push(Difference {
            path: path.to_owned(),
            entry_id: entry_id.cloned(),
            what: what.to_owned(),
        });
    };
    let paths: BTreeSet<&String> = found.files.keys().chain(expected.files.keys()).collect();
    for path in paths {
        match (found.files.get(path), expected.files.get(path)) {
            (Some(found), Some(expected)) if found == expected => {}
            (Some(_), Some(_)) => tell(path, None, "the file has changed since it was indexed"),
            (None, _) => tell(path, None, "the file is not indexed"),
            (_, None) => tell(path, None, "the file is indexed and gone"),
        }
    }
    let same_file = |path: &String| found.files.get(path) == expected.files.get(path);
    let identities: BTreeSet<&Identity> =
        found.entries.keys().chain(expected.entries.keys()).collect();
    for identity in identities.into_iter().filter(|(path, _)| same_file(path)) {
        let (path, id) = identity;
        match (found.entries.get(identity), expected.entries.get(identity)) {
            (Some(found), Some(expected)) => {
                for (differs, what) in [
                    (found.row != expected.row, "its row differs"),
                    (found.terms != expected.terms, "its terms differ"),
                    (found.postings != expected.postings, "its postings differ"),
                    (found.values != expected.values, "its values for filters differ"),
                    (found.vector != expected.vector, "its vector differs"),
                    (found.code != expected.code, "its vector's code differs"),
                ] {
                    if differs {
                        tell(path, Some(id), what);
                    }
                }
            }
            (None, _) => tell(path, Some(id), "it is missing"),
            (_, None) => tell(path, Some(id), "it should not be there"),
        }
    }
}
