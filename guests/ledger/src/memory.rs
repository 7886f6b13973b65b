//! A key-value that lives as long as somebody holds it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::kv::{KeyValue, KvError, Writes};

/// A key-value in memory.
#[derive(Debug, Default)]
pub struct Memory {
    kept: Arc<Mutex<BTreeMap<Vec<u8>, Vec<u8>>>>,
    staged: Writes,
}

impl Memory {
    /// The same data as a fresh instance would find it: what was committed, and no more. One of
    /// the two is to be used from then on, as with two handles to one file.
    #[must_use]
    pub fn reopen(&self) -> Self {
        Self { kept: Arc::clone(&self.kept), staged: Writes::new() }
    }

    /// A thread that panicked leaves the map whole: `commit` applies its writes without a step
    /// that can panic in between.
    fn kept(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Vec<u8>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyValue for Memory {
    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        match self.staged.get(key) {
            Some(staged) => Ok(staged.clone()),
            None => Ok(self.kept().get(key).cloned()),
        }
    }

    fn keys(&mut self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, KvError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let bounds = || (std::ops::Bound::Included(from), std::ops::Bound::Excluded(to));
        let kept = self.kept();
        let mut old = kept
            .range::<[u8], _>(bounds())
            .map(|(key, _)| key)
            .filter(|key| !self.staged.contains_key(*key))
            .peekable();
        let mut new = self
            .staged
            .range::<[u8], _>(bounds())
            .filter_map(|(key, value)| value.as_ref().map(|_| key))
            .peekable();
        let merged = std::iter::from_fn(|| match (old.peek(), new.peek()) {
            (Some(kept), Some(staged)) if kept > staged => new.next(),
            (Some(_), _) => old.next(),
            (None, _) => new.next(),
        });
        Ok(merged.take(limit).cloned().collect())
    }

    fn write(&mut self, writes: Writes) -> Result<(), KvError> {
        self.staged.extend(writes);
        Ok(())
    }

    fn commit(&mut self) -> Result<(), KvError> {
        let staged = std::mem::take(&mut self.staged);
        let mut kept = self.kept();
        for (key, value) in staged {
            match value {
                Some(value) => kept.insert(key, value),
                None => kept.remove(&key),
            };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn puts(keys: &[&str]) -> Writes {
        keys.iter().map(|key| (key.as_bytes().to_vec(), Some(b"v".to_vec()))).collect()
    }

    #[test]
    fn a_scan_sees_what_is_staged_and_not_what_is_staged_to_go() {
        let mut memory = Memory::default();
        memory.write(puts(&["a", "c", "d", "f"])).unwrap();
        memory.commit().unwrap();
        memory.write(puts(&["b", "c", "e"])).unwrap();
        memory.write([(b"d".to_vec(), None)].into()).unwrap();

        let all = memory.keys(b"a", b"f", 9).unwrap();
        assert_eq!(all, [b"a", b"b", b"c", b"e"]);
        assert_eq!(memory.keys(b"b", b"z", 2).unwrap(), [b"b", b"c"]);
        assert_eq!(memory.keys(b"z", b"a", 9).unwrap(), Vec::<Vec<u8>>::new());
        assert_eq!(memory.get(b"d").unwrap(), None);

        let mut fresh = memory.reopen();
        assert_eq!(fresh.keys(b"a", b"z", 9).unwrap(), [b"a", b"c", b"d", b"f"]);
        memory.commit().unwrap();
        assert_eq!(fresh.keys(b"a", b"z", 9).unwrap(), [b"a", b"b", b"c", b"e", b"f"]);
    }
}
