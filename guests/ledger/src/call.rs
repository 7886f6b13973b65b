//! One call: what it reads, and the writes it leaves.

use serde::Serialize;
use serde::de::DeserializeOwned;
use wirt_contract::{EpochMs, Error};

use crate::Clock;
use crate::keys::{Key, Span};
use crate::kv::{KeyValue, Writes};

/// A call while it is being decided. Its reads show what was there before it, not its own writes
/// (unless it is an import's); the ledger takes those only from a call that came to an answer, so a call that errs
/// leaves nothing, also inside a batch (`batching.error-undoes-itself`).
pub(crate) struct Call<'a> {
    kv: &'a mut dyn KeyValue,
    clock: Clock,
    now: Option<EpochMs>,
    writes: Writes,
    sees_own_writes: bool,
}

impl<'a> Call<'a> {
    pub(crate) fn new(kv: &'a mut dyn KeyValue, clock: Clock) -> Self {
        Self { kv, clock, now: None, writes: Writes::new(), sees_own_writes: false }
    }

    /// The store's time; one for the whole call. Asked for by few calls, and each asking leaves
    /// the sandbox.
    pub(crate) fn now(&mut self) -> EpochMs {
        *self.now.get_or_insert_with(|| self.clock.now())
    }

    pub(crate) fn into_writes(self) -> Writes {
        self.writes
    }

    /// Drops what the call has written so far: it has come upon an answer that writes nothing.
    pub(crate) fn write_nothing(&mut self) {
        self.writes.clear();
    }

    /// From here on `bytes`, `value` and `has` show what the call has written: an import's rows
    /// rest on the ones before them. `keys` does not.
    pub(crate) fn see_own_writes(&mut self) {
        self.sees_own_writes = true;
    }

    pub(crate) fn bytes(&mut self, key: &Key) -> Result<Option<Vec<u8>>, Error> {
        if self.sees_own_writes
            && let Some(written) = self.writes.get(key.as_bytes())
        {
            return Ok(written.clone());
        }
        Ok(self.kv.get(key.as_bytes())?)
    }

    /// A value of a contract's type.
    pub(crate) fn value<T: DeserializeOwned>(&mut self, key: &Key) -> Result<Option<T>, Error> {
        let Some(bytes) = self.bytes(key)? else { return Ok(None) };
        postcard::from_bytes(&bytes).map(Some).map_err(|cause| {
            Error::backend(format!("{key} is damaged ({cause}); restore the store from a backup"))
        })
    }

    /// Whether the key is there; does not read its value.
    pub(crate) fn has(&mut self, key: &Key) -> Result<bool, Error> {
        if self.sees_own_writes
            && let Some(written) = self.writes.get(key.as_bytes())
        {
            return Ok(written.is_some());
        }
        Ok(!self.keys(&key.alone(), 1)?.is_empty())
    }

    pub(crate) fn keys(&mut self, span: &Span, limit: usize) -> Result<Vec<Key>, Error> {
        let keys = self.kv.keys(&span.from, &span.to, limit)?;
        Ok(keys.into_iter().map(Key::found).collect())
    }

    pub(crate) fn put<T: Serialize>(&mut self, key: Key, value: &T) -> Result<(), Error> {
        let bytes = encode(&key, value)?;
        self.put_bytes(key, bytes);
        Ok(())
    }

    /// As `put`, where the key does not hold this value already.
    pub(crate) fn put_changed<T: Serialize>(&mut self, key: Key, value: &T) -> Result<(), Error> {
        let bytes = encode(&key, value)?;
        if self.bytes(&key)?.as_ref() != Some(&bytes) {
            self.put_bytes(key, bytes);
        }
        Ok(())
    }

    pub(crate) fn put_bytes(&mut self, key: Key, bytes: Vec<u8>) {
        self.writes.insert(key.into_bytes(), Some(bytes));
    }

    pub(crate) fn remove(&mut self, key: Key) {
        self.writes.insert(key.into_bytes(), None);
    }
}

fn encode<T: Serialize>(key: &Key, value: &T) -> Result<Vec<u8>, Error> {
    postcard::to_allocvec(value)
        .map_err(|cause| Error::backend(format!("{key} cannot be encoded: {cause}")))
}
