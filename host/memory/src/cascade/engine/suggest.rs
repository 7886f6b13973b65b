//! Where suggestions come from: whoever was told of a path, and the scan.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use wirt_contract::EpochMs;

use super::Cascade;
use crate::{
    cascade::scan::{Scanned, Sweep},
    entry::Kind,
    error::SyncError,
    files::Sources,
    index::FileRow,
};

/// Deepest folder that a moved-in one is looked through; a scan names deeper ones.
const MAX_DEPTH: usize = 64;

impl Cascade<'_, '_, '_> {
    /// Asks that the next scan be made soon.
    pub const fn suggest_scan(&mut self) {
        self.is_scan_due = true;
    }

    /// Asks that paths, from the root, be looked at. Of a folder, what was indexed below it and the
    /// files in it now are looked at; of a skill's reference, the skill. A path that cannot be memory is
    /// passed over.
    ///
    /// # Errors
    /// Where the queue fails.
    pub fn suggest<'s>(
        &mut self,
        paths: impl IntoIterator<Item = &'s str>,
        now: EpochMs,
    ) -> Result<(), SyncError> {
        let mut suggested = BTreeSet::new();
        for path in paths {
            if path.rsplit('/').next() == Some(".gitignore") || path.is_empty() {
                self.is_scan_due = true;
                continue;
            }
            if self.known.contains(path) || self.memory.sources.may_name(path) {
                suggested.insert(path.to_owned());
            }
            suggested.extend(Sources::owner_of(path));
            let below = format!("{path}/");
            let from = (Bound::Included(below.as_str()), Bound::Unbounded);
            let known = self.known.range::<str, _>(from);
            suggested.extend(known.take_while(|known| known.starts_with(&below)).cloned());
            // What is in the seat will be known, wherever its folder is by then.
            let seated = self.slow.iter().map(|slow| slow.path().to_owned());
            suggested.extend(seated.filter(|seated| seated.starts_with(&below)));
            self.look_through(path, &mut suggested);
        }
        suggested.retain(|path| !self.memory.is_own(path));
        if suggested.is_empty() {
            return Ok(());
        }
        self.durable()?;
        let result = self.queue.suggest(suggested.iter().map(String::as_str), now);
        self.heal(result)
    }

    /// Adds the files in a folder that may be memory.
    fn look_through(&mut self, path: &str, suggested: &mut BTreeSet<String>) {
        let at = self.memory.root.join(path);
        if !at.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return;
        }
        let walk = ignore::WalkBuilder::new(&at)
            .standard_filters(false)
            .follow_links(false)
            .max_depth(Some(MAX_DEPTH))
            .build();
        for entry in walk {
            let below = entry.ok().and_then(|entry| {
                let is_file = entry.file_type().is_some_and(|kind| !kind.is_dir());
                let below = entry.path().strip_prefix(&self.memory.root).ok()?;
                let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
                Some((is_file, parts?.join("/")))
            });
            match below {
                Some((true, path)) if self.memory.sources.may_name(&path) => {
                    suggested.insert(path);
                }
                Some((_, path)) if path.ends_with("/.gitignore") => self.is_scan_due = true,
                Some(_) => {}
                // What cannot be walked or named is the scan's to tell.
                None => self.is_scan_due = true,
            }
        }
    }

    /// Compares the whole disk with the whole index, and suggests what differs.
    ///
    /// # Errors
    /// Where the root is gone or lost all its files unseen, in which case nothing is taken for
    /// deleted, or the state fails.
    pub fn scan(&mut self, now: EpochMs) -> Result<Scanned, SyncError> {
        self.memory.check_root()?;
        let found = self.memory.find();
        self.check_root()?;
        let rows: BTreeMap<String, FileRow> = self
            .memory
            .index
            .read()?
            .files()?
            .into_iter()
            .map(|row| (row.path.clone(), row))
            .collect();
        let mut scanned = Scanned::default();
        let sweep = Sweep {
            root: &self.memory.root,
            found: &found,
            rows: &rows,
            broken: &self.broken,
            retries: self.retries,
        };
        let mut suggestions = sweep.suggestions(&mut scanned);
        // What is in the seat is indexed as it was read, whatever stands there now.
        let seated = self.slow.as_ref().map(|slow| slow.path().to_owned());
        suggestions.extend(seated.as_deref());
        self.has_kinds = found.files.values().any(|kind| *kind != Kind::Note);
        self.trouble =
            found.trouble.iter().map(|(path, error)| (path.clone(), error.to_string())).collect();
        if !suggestions.is_empty() {
            self.durable()?;
            let result = self.queue.fill(suggestions, now);
            self.heal(result)?;
        }
        (self.retries, self.is_scan_due) = (false, false);
        Ok(scanned)
    }
}
