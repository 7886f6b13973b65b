//! Opening, closing, batches, and the one path every call takes.

use wirt_contract::artifacts::Artifacts;
use wirt_contract::attachment_manifest::{AttachmentManifest, Retention};
use wirt_contract::attachments::Attachments;
use wirt_contract::batching::Batching;
use wirt_contract::sessions::Sessions;
use wirt_contract::store::{CheckPage, Description, Durability, Store};
use wirt_contract::tasks::Tasks;
use wirt_contract::transfer::Transfer;
use wirt_contract::work_queue::WorkQueue;
use wirt_contract::{Answer, Error, Interface, Interfaces, Plugin};

use crate::call::Call;
use crate::keys::{DATA_FORMAT, FORMAT_KEY};
use crate::kv::{KeyValue, KvError, Writes};
use crate::transfer::{self, Import};
use crate::{Clock, LIMITS};

/// What a store says of itself beyond what the ledger knows.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The plugin's name, for people.
    pub name: String,
    /// The plugin's version, for people.
    pub version: String,
    /// What a reopen of its key-value shows.
    pub durability: Durability,
    /// What it does with intents.
    pub retention: Retention,
}

/// The store contracts over a key-value. It opens the key-value at the first call that needs
/// data; `describe` and `close` never do.
pub struct Ledger<K> {
    pub(crate) identity: Identity,
    clock: Clock,
    open: Box<dyn FnMut() -> Result<K, KvError> + Send>,
    state: State<K>,
}

enum State<K> {
    /// No call has needed data yet, or it could not be opened.
    Unopened,
    Open(Open<K>),
    /// The data has this format, which is not ours.
    Foreign(u32),
    /// Writes were lost or may have been; holds what failed.
    Failed(String),
    Closed,
}

struct Open<K> {
    kv: K,
    /// Whether the data says its format; the first write does.
    marked: bool,
    batch: Option<Batch>,
    /// An import that was begun and not finished.
    import: Option<Import>,
}

#[derive(Default)]
struct Batch {
    calls: u32,
    /// Bytes of keys and values written.
    bytes: u64,
}

impl<K: KeyValue> Ledger<K> {
    /// A ledger over what `open` opens, by this clock.
    pub fn new(
        identity: Identity,
        clock: Clock,
        open: impl FnMut() -> Result<K, KvError> + Send + 'static,
    ) -> Self {
        Self { identity, clock, open: Box::new(open), state: State::Unopened }
    }

    /// Runs a call: decides it, then hands over what it writes. Outside a batch that is durable
    /// when this returns; a call that writes nothing opens no write transaction.
    pub(crate) fn call<T>(
        &mut self,
        decide: impl FnOnce(&mut Call<'_>) -> Result<T, Error>,
    ) -> Answer<T> {
        if self.ready()?.import.is_some() {
            return Err(Error::Conflict(
                "an import into this store was not finished; finish it, or bind a new folder and \
                 import again"
                    .into(),
            )
            .into());
        }
        self.run(decide)
    }

    /// Runs the call that begins an import.
    pub(crate) fn start_importing(
        &mut self,
        decide: impl FnOnce(&mut Call<'_>) -> Result<Import, Error>,
    ) -> Answer<()> {
        let import = self.call(decide)?;
        self.ready()?.import = Some(import);
        Ok(())
    }

    /// Runs a call of an import; `decide` says whether the import goes on.
    pub(crate) fn go_on_importing(
        &mut self,
        decide: impl FnOnce(&mut Call<'_>, &mut Import) -> Result<bool, Error>,
    ) -> Answer<()> {
        let Some(mut import) = self.ready()?.import.clone() else {
            return Err(Error::Invalid("no import was begun; begin one first".into()).into());
        };
        let goes_on = self.run(|call| decide(call, &mut import))?;
        self.ready()?.import = goes_on.then_some(import);
        Ok(())
    }

    fn run<T>(&mut self, decide: impl FnOnce(&mut Call<'_>) -> Result<T, Error>) -> Answer<T> {
        let clock = self.clock.clone();
        let open = self.ready()?;
        if let Some(batch) = &mut open.batch {
            batch.count_call()?;
        }
        let mut call = Call::new(&mut open.kv, clock);
        let answer = decide(&mut call)?;
        let writes = call.into_writes();
        if writes.is_empty() {
            return Ok(answer);
        }
        if let Err(error) = open.write(writes)? {
            return Err(self.fail(&error).into());
        }
        Ok(answer)
    }

    /// The open key-value, or why this instance answers no call.
    fn ready(&mut self) -> Result<&mut Open<K>, Error> {
        if matches!(self.state, State::Unopened) {
            let mut kv = (self.open)()?;
            self.state = match read_format(&mut kv)? {
                Some(found) if found != DATA_FORMAT => State::Foreign(found),
                found => {
                    let import = transfer::unfinished(&mut kv, self.clock.clone())?;
                    State::Open(Open { kv, marked: found.is_some(), batch: None, import })
                }
            };
        }
        match &mut self.state {
            State::Open(open) => Ok(open),
            State::Foreign(found) => Err(Error::Unsupported(format!(
                "the data has format {found}, and this plugin ({} {}) reads and writes format \
                 {DATA_FORMAT}; bind the plugin that wrote the data",
                self.identity.name, self.identity.version
            ))),
            State::Failed(what) => Err(Error::backend(format!(
                "this instance ended when writing failed ({what}); open a fresh one and read back \
                 what it kept"
            ))),
            State::Unopened | State::Closed => {
                Err(Error::backend("this instance is closed; open a fresh one"))
            }
        }
    }

    /// Ends the instance: what its transaction holds is unknown, so nothing may build on it
    /// (`batching.flush.failed`).
    fn fail(&mut self, error: &KvError) -> Error {
        let what = error.to_string();
        self.state = State::Failed(what.clone());
        Error::backend(what)
    }
}

impl<K: KeyValue> Open<K> {
    /// The outer error refuses the call, the inner one ends the instance.
    fn write(&mut self, mut writes: Writes) -> Result<Result<(), KvError>, Error> {
        if !self.marked {
            writes.insert(FORMAT_KEY.to_vec(), Some(DATA_FORMAT.to_be_bytes().to_vec()));
        }
        match &mut self.batch {
            Some(batch) => batch.count_bytes(&writes)?,
            None => Batch::default().count_bytes(&writes)?,
        }
        let mut done = self.kv.write(writes);
        if self.batch.is_none() {
            done = done.and_then(|()| self.kv.commit());
        }
        self.marked |= done.is_ok();
        Ok(done)
    }
}

impl Batch {
    /// `batching.bound`.
    fn count_call(&mut self) -> Result<(), Error> {
        if self.calls >= LIMITS.max_batch_calls {
            return Err(Error::Invalid(format!(
                "the batch holds {} calls, and at most {} are allowed; flush it first",
                self.calls, LIMITS.max_batch_calls
            )));
        }
        self.calls += 1;
        Ok(())
    }

    /// `batching.bound`.
    fn count_bytes(&mut self, writes: &Writes) -> Result<(), Error> {
        let more: usize =
            writes.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len)).sum();
        let total = self.bytes.saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
        if total > u64::from(LIMITS.max_batch_bytes) {
            return Err(Error::Invalid(format!(
                "the batch would write {total} bytes, and at most {} are allowed; flush it first, \
                 or ask for less at once",
                LIMITS.max_batch_bytes
            )));
        }
        self.bytes = total;
        Ok(())
    }
}

fn read_format(kv: &mut impl KeyValue) -> Result<Option<u32>, Error> {
    let Some(bytes) = kv.get(FORMAT_KEY)? else { return Ok(None) };
    match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(bytes) => Ok(Some(u32::from_be_bytes(bytes))),
        Err(_) => Err(Error::backend(format!(
            "the data's format is kept in 4 bytes, and {} were found; restore the store from a \
             backup",
            bytes.len()
        ))),
    }
}

/// What a ledger offers.
const INTERFACES: [Interface; 9] = [
    Interface::Store,
    Interface::Batching,
    Interface::Tasks,
    Interface::Attachments,
    Interface::Sessions,
    Interface::WorkQueue,
    Interface::AttachmentManifest,
    Interface::Artifacts,
    Interface::Transfer,
];

impl<K: KeyValue> Plugin for Ledger<K> {
    fn interfaces(&self) -> Interfaces {
        INTERFACES.into_iter().collect()
    }

    fn store(&mut self) -> Answer<&mut dyn Store> {
        Ok(self)
    }

    fn batching(&mut self) -> Answer<&mut dyn Batching> {
        Ok(self)
    }

    fn tasks(&mut self) -> Answer<&mut dyn Tasks> {
        Ok(self)
    }

    fn attachments(&mut self) -> Answer<&mut dyn Attachments> {
        Ok(self)
    }

    fn sessions(&mut self) -> Answer<&mut dyn Sessions> {
        Ok(self)
    }

    fn work_queue(&mut self) -> Answer<&mut dyn WorkQueue> {
        Ok(self)
    }

    fn attachment_manifest(&mut self) -> Answer<&mut dyn AttachmentManifest> {
        Ok(self)
    }

    fn artifacts(&mut self) -> Answer<&mut dyn Artifacts> {
        Ok(self)
    }

    fn transfer(&mut self) -> Answer<&mut dyn Transfer> {
        Ok(self)
    }
}

impl<K: KeyValue> Store for Ledger<K> {
    fn describe(&mut self) -> Answer<Description> {
        Ok(Description {
            name: self.identity.name.clone(),
            version: self.identity.version.clone(),
            data_format: DATA_FORMAT,
            durability: self.identity.durability,
            limits: LIMITS,
        })
    }

    fn close(&mut self) -> Answer<()> {
        // Dropping the key-value discards an open batch and settles its files.
        self.state = State::Closed;
        Ok(())
    }

    fn check(&mut self, after: Option<&str>, budget: u32) -> Answer<CheckPage> {
        self.call(|call| crate::check::check(call, after, budget))
    }
}

impl<K: KeyValue> Batching for Ledger<K> {
    fn begin(&mut self) -> Answer<()> {
        let open = self.ready()?;
        if open.batch.is_some() {
            return Err(Error::Invalid("a batch is open already; flush it first".into()).into());
        }
        open.batch = Some(Batch::default());
        Ok(())
    }

    fn flush(&mut self) -> Answer<()> {
        let open = self.ready()?;
        if open.batch.take().is_none() {
            return Err(Error::Invalid("no batch is open; begin one first".into()).into());
        }
        if let Err(error) = open.kv.commit() {
            return Err(self.fail(&error).into());
        }
        Ok(())
    }
}
