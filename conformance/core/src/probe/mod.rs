//! What a case holds in its hands: the plugin under test, with every call written down.
//!
//! A probe gives each case store ids and data of its own, drawn from the seed, so that cases share
//! a plugin without meeting and no plugin can know an answer beforehand. In a variation it also
//! puts a fresh instance under every call.

mod chance;
mod delegate;
mod show;

use wirt_contract::batching::Batching;
use wirt_contract::store::{Description, Durability, Limits};
use wirt_contract::{Answer, Failure, Fault, FaultKind, Interface, Interfaces, Plugin, StoreId};

use crate::{HarnessError, Reopen, Stop, Subject, Variation};
use chance::Chance;
pub use show::Show;
pub(crate) use show::message;

/// Lines a history keeps; of a longer one the first [`KEPT_FIRST`] and the last stay. A case that
/// makes more calls than this repeats one call over and over.
const MAX_HISTORY: usize = 200;
/// Lines kept from a long history's beginning, where a case sets its stage.
const KEPT_FIRST: usize = 20;

/// The plugin under test, as a case sees it. Implements every contract by asking the plugin.
pub struct Probe<'a> {
    subject: &'a mut dyn Subject,
    described: Option<&'a Description>,
    variation: Variation,
    chance: Chance,
    stores: u64,
    words: u64,
    history: Vec<String>,
    left_out: usize,
    in_batch: bool,
    closed: bool,
    emptied: bool,
    fault: Option<Fault>,
    broken: Option<HarnessError>,
}

/// What a case leaves behind in its probe.
pub(crate) struct Traces {
    /// Every call and its answer.
    pub(crate) history: Vec<String>,
    /// The first crash, even where the case took it for an error.
    pub(crate) fault: Option<Fault>,
    /// Why the harness could not go on.
    pub(crate) broken: Option<HarnessError>,
    /// The instance is in the middle of something and must not serve the next case.
    pub(crate) unsettled: bool,
    /// The case had the plugin to itself. It may be in the middle of an import, which outlives an
    /// instance, so the next case starts on an empty one.
    pub(crate) emptied: bool,
}

impl<'a> Probe<'a> {
    /// A probe for one case in one variation.
    pub(crate) fn new(
        subject: &'a mut dyn Subject,
        described: Option<&'a Description>,
        seed: u64,
        case: &str,
        variation: Variation,
    ) -> Self {
        Self {
            subject,
            described,
            variation,
            chance: Chance::new(seed, &format!("{case} {variation}")),
            stores: 0,
            words: 0,
            history: Vec::new(),
            left_out: 0,
            in_batch: false,
            closed: false,
            emptied: false,
            fault: None,
            broken: None,
        }
    }

    /// What there is to say afterwards.
    pub(crate) fn into_traces(mut self) -> Traces {
        if self.left_out > 0 {
            let note = format!("… {} calls left out …", self.left_out);
            self.history.insert(KEPT_FIRST.min(self.history.len()), note);
        }
        Traces {
            history: self.history,
            fault: self.fault,
            broken: self.broken,
            unsettled: self.in_batch || self.closed,
            emptied: self.emptied,
        }
    }

    /// The contracts the plugin offers.
    pub fn interfaces(&self) -> Interfaces {
        self.subject.interfaces()
    }

    /// Whether the plugin offers this contract.
    pub fn offers(&self, interface: Interface) -> bool {
        self.interfaces().contains(interface)
    }

    /// The bounds the store declares; the smallest allowed ones where it could not say.
    pub fn limits(&self) -> Limits {
        self.described.map_or(Limits::FLOOR, |described| described.limits)
    }

    /// What the store declares to survive an instance.
    pub fn durability(&self) -> Durability {
        self.described.map_or(Durability::Inline, |described| described.durability)
    }

    /// A store id nobody has used.
    pub fn store_id(&mut self) -> StoreId {
        self.stores += 1;
        StoreId::new(format!("s{}-{:08x}", self.stores, self.chance.next() >> 32))
    }

    /// A word of 4 to 9 small letters, with a number that makes it unlike every other of the case.
    pub fn word(&mut self) -> String {
        self.words += 1;
        let length = 4 + self.chance.below(6);
        let mut word: String = (0..length).map(|_| self.letter()).collect();
        word.push_str(&self.words.to_string());
        word
    }

    /// Bytes of any value.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length)
            .map(|_| self.chance.next().to_le_bytes().first().copied().unwrap_or(0))
            .collect()
    }

    /// A text of this many bytes, all small letters.
    pub fn text(&mut self, bytes: usize) -> String {
        (0..bytes).map(|_| self.letter()).collect()
    }

    /// A number below `bound`.
    pub fn number(&mut self, bound: u64) -> u64 {
        self.chance.below(bound)
    }

    /// One of these; none where there are none.
    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        let bound = u64::try_from(from.len()).unwrap_or(u64::MAX);
        from.get(usize::try_from(self.chance.below(bound)).unwrap_or(0))
    }

    /// Makes the same kind of call many times, to set a stage: in batches where the plugin offers
    /// them, so that a durable store does not sync for each.
    ///
    /// # Errors
    /// The first of `each`, or that of a batch that does not begin or flush.
    pub fn bulk(
        &mut self,
        times: u64,
        mut each: impl FnMut(&mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let batches = self.offers(Interface::Batching);
        let mut left = times;
        while left > 0 {
            let now = left.min(u64::from(Limits::FLOOR.max_batch_calls));
            if batches {
                self.begin()?;
            }
            for _ in 0..now {
                each(self)?;
            }
            if batches {
                self.flush()?;
            }
            left -= now;
        }
        Ok(())
    }

    /// Ends the instance and goes on with a fresh one over the same data.
    ///
    /// # Errors
    /// Where `close` fails, which has to succeed, or the harness could not reopen.
    pub fn reopen(&mut self, how: Reopen) -> Result<(), Stop> {
        self.put_fresh(how).map_err(Stop::from)
    }

    /// Lets this much of the plugin's time pass.
    ///
    /// # Errors
    /// Where the harness has no clock to move.
    pub fn advance(&mut self, ms: u64) -> Result<(), Stop> {
        self.push(format!("-- {ms} ms later --"));
        let moved = self.subject.advance(ms);
        moved.map_err(|error| self.broke(error).into())
    }

    /// Ends the instance and goes on with one over empty data, as an import needs it.
    ///
    /// # Errors
    /// Where the harness could not.
    pub fn fresh(&mut self) -> Result<(), Stop> {
        self.emptied = true;
        let emptied = self.subject.fresh();
        self.in_batch = false;
        self.closed = false;
        self.push("-- an empty plugin --".into());
        emptied.map_err(|error| self.broke(error).into())
    }

    /// The same for a call: what went wrong is the call's answer.
    fn put_fresh(&mut self, how: Reopen) -> Answer<()> {
        if how == Reopen::Closed && self.offers(Interface::Store) {
            let closing = self.ask(|plugin| plugin.store()?.close());
            self.record("store.close()", &closing);
            closing?;
        }
        let reopened = self.subject.reopen(how);
        self.in_batch = false;
        self.closed = false;
        self.push("-- a fresh instance --".into());
        reopened.map_err(|error| self.broke(error))
    }

    /// Makes one call, writes it down, and gives its answer.
    fn call<T: Show>(
        &mut self,
        line: String,
        ask: impl FnOnce(&mut dyn Plugin) -> Answer<T>,
    ) -> Answer<T> {
        if let Some(how) = self.variation.reopens()
            && !self.in_batch
            && !self.closed
        {
            self.put_fresh(how)?;
        }
        let answer = self.ask(ask);
        self.record(&line, &answer);
        answer
    }

    fn ask<T>(&mut self, ask: impl FnOnce(&mut dyn Plugin) -> Answer<T>) -> Answer<T> {
        let answer = match self.subject.plugin() {
            Ok(plugin) => ask(plugin),
            Err(error) => return Err(self.broke(error)),
        };
        if let Err(Failure::Fault(fault)) = &answer {
            // The subject goes on with a fresh instance, which has no batch and is not closed.
            self.in_batch = false;
            self.closed = false;
            self.fault.get_or_insert_with(|| fault.clone());
        }
        answer
    }

    /// Keeps a harness error, and ends the case: the fault given back never reaches a report.
    fn broke(&mut self, error: HarnessError) -> Failure {
        let detail = error.to_string();
        self.broken.get_or_insert(error);
        Fault { kind: FaultKind::NotStarted, function: "reopen".into(), detail }.into()
    }

    fn record<T: Show>(&mut self, line: &str, answer: &Answer<T>) {
        self.push(format!("{line} → {}", answer.show()));
    }

    fn push(&mut self, line: String) {
        if self.history.len() >= MAX_HISTORY {
            self.history.remove(KEPT_FIRST);
            self.left_out += 1;
        }
        self.history.push(line);
    }

    fn letter(&mut self) -> char {
        char::from(b'a' + u8::try_from(self.chance.below(26)).unwrap_or(0))
    }
}
