//! The scan: everything on disk against everything in the index, by stat.
//!
//! It only suggests. What it cannot look at hides nothing: paths below a folder that does not open
//! keep what they have, and such a folder is an error with a path of its own.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

use super::decide::Broken;
use crate::{
    entry::Kind,
    files::{self, Found},
    index::FileRow,
};

/// What a scan saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Scanned {
    /// Files of the memory on disk.
    pub files: u64,
    /// Paths on disk or in the index.
    pub paths: u64,
    /// Paths that were suggested.
    pub suggested: u64,
    /// Files that are as they were indexed, as their stat tells.
    pub unchanged: u64,
    /// Links that were passed over.
    pub links: u64,
}

/// What a scan compares.
pub(super) struct Sweep<'e, 'b> {
    pub(super) root: &'e Path,
    pub(super) found: &'e Found,
    pub(super) rows: &'e BTreeMap<String, FileRow>,
    pub(super) broken: &'b HashMap<String, Broken>,
    /// Whether each failed path is to be tried once more.
    pub(super) retries: bool,
}

impl<'e> Sweep<'e, '_> {
    /// The paths that somebody should look at, in order.
    pub(super) fn suggestions(&self, scanned: &mut Scanned) -> Vec<&'e str> {
        let found = self.found;
        let keys = found.files.keys().chain(self.rows.keys()).chain(found.trouble.keys());
        let paths: BTreeSet<&String> = keys.collect();
        scanned.files = count(found.files.len());
        scanned.paths = count(paths.len());
        scanned.links = count(found.links.len());
        let mut suggestions = Vec::new();
        for path in paths {
            let row = self.rows.get(path);
            let failed = row.and_then(|row| row.failed.as_ref());
            let differs = match (found.files.get(path), found.trouble.get(path)) {
                (Some(kind), _) => {
                    let at = self.root.join(path);
                    let is_indexed = is_as_indexed(&at, *kind, row);
                    scanned.unchanged += u64::from(is_indexed);
                    !is_indexed && (self.retries || !self.is_still_broken(path, *kind, &at))
                }
                (None, Some(error)) => {
                    self.retries || failed.is_none_or(|failed| failed.error != error.to_string())
                }
                (None, None) => {
                    // A folder where a file was stays an error for as long as it is there.
                    let is_known = failed.is_some()
                        && row.is_some_and(|row| row.digest.is_some())
                        && self.root.join(path).is_dir();
                    !found.may_hide(path) && (self.retries || !is_known)
                }
            };
            if differs {
                suggestions.push(path.as_str());
            }
        }
        scanned.suggested = count(suggestions.len());
        suggestions
    }

    fn is_still_broken(&self, path: &str, kind: Kind, at: &Path) -> bool {
        let stat = self.broken.get(path).and_then(|broken| broken.stat);
        stat.is_some_and(|stat| files::stat(kind, at) == Some(stat))
    }
}

/// Whether the file need not even be read: its stat is the one its indexed content had.
pub(crate) fn is_as_indexed(at: &Path, kind: Kind, row: Option<&FileRow>) -> bool {
    let Some(FileRow { stat: Some(stat), failed: None, kind: known, .. }) = row else {
        return false;
    };
    *known == kind && files::stat(kind, at) == Some(*stat)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
