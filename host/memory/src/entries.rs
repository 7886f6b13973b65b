//! Every entry of the index.

use std::{collections::VecDeque, path::Path};

use crate::{
    entry::Entry,
    error::IndexError,
    index::{FileRow, Reader},
};

/// Every entry that is indexed, by path, in file order, as the index was when this was made. Holds
/// one file's list of entries at a time. While it lives the index cannot give space back.
pub struct Entries {
    reader: Reader,
    files: std::vec::IntoIter<FileRow>,
    docs: VecDeque<u32>,
}

impl Entries {
    pub(crate) fn new(reader: Reader, root: &Path) -> Result<Self, IndexError> {
        reader.meta_of(root)?;
        let files = reader.files()?.into_iter();
        Ok(Self { reader, files, docs: VecDeque::new() })
    }

    fn step(&mut self) -> Result<Option<Entry>, IndexError> {
        loop {
            if let Some(doc) = self.docs.pop_front() {
                return self.reader.entry(doc).map(Some);
            }
            let Some(file) = self.files.next() else { return Ok(None) };
            let members = self.reader.members(&file.path)?;
            self.docs.extend(members.iter().map(|member| member.doc));
        }
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}
