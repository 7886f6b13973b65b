//! Random histories of calls, put to a store and to the native ledger alike: beside the cases of
//! the suite, which each look for one thing, this looks for whatever nobody thought of.
//!
//! A history is drawn loosely: from few ids, so that its calls meet, and of all contracts at once,
//! with time, batches, fresh instances and transfers in between. After every step the two answers
//! have to be the same, and at the end the two exports. Where they differ, the history is made as
//! small as it gets. What a store names itself (entries, claims, numbers) is compared by the order
//! in which it did.
//!
//! Not here: bounds, which are the suite's cases; damage; what two callers do at once.
//!
//! # Layout
//! - `ops`: the steps, what they are drawn from, how each is put to a store;
//! - `side`: a store, and what it has told;
//! - `native`: ledgers as subjects.

pub mod native;
mod ops;
mod side;

use std::cell::RefCell;
use std::sync::atomic::Ordering;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use proptest_state_machine::ReferenceStateMachine as _;
use wirt_conformance::{HarnessError, Subject};
use wirt_contract::{EpochMs, Failure, Interface};
use wirt_ledger::Identity;

use native::{Native, Time};
use ops::{Histories, Op};
use side::{Side, shown};

/// Steps of the longest history.
const MAX_STEPS: usize = 60;
/// Smaller histories that are tried at most, once one has failed.
const MAX_SHRINKS: u32 = 2_000;

/// Characters of two answers that are shown before and after they begin to differ.
const SHOWN_BEFORE: usize = 200;
const SHOWN_AFTER: usize = 400;

/// How many histories, and which.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Histories that are tried.
    pub histories: u32,
    /// What they are drawn from.
    pub seed: u64,
    /// What time it is for the store, as the run begins.
    pub begins: EpochMs,
}

/// The smallest history found on which a store and the ledger differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its steps with their answers; the last one differs.
    pub history: Vec<String>,
    /// What the ledger answered.
    pub expected: String,
    /// What the store answered.
    pub found: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in &self.history {
            writeln!(f, "  {line}")?;
        }
        let (expected, found) = from_difference(&self.expected, &self.found);
        writeln!(f, "  the ledger: {expected}")?;
        write!(f, "  the store:  {found}")
    }
}

/// Both texts from shortly before they begin to differ.
fn from_difference(one: &str, other: &str) -> (String, String) {
    let alike = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let part = |text: &str| {
        let start = alike.saturating_sub(SHOWN_BEFORE);
        let before = if start > 0 { "…" } else { "" };
        let part: String = text.chars().skip(start).take(SHOWN_BEFORE + SHOWN_AFTER).collect();
        format!("{before}{part}")
    };
    (part(one), part(other))
}

/// Why a comparison came to no good end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlike {
    /// The two differ.
    Differs(Box<Difference>),
    /// The store could not be asked.
    Harness(String),
}

impl std::fmt::Display for Unlike {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Differs(difference) => write!(f, "they differ:\n{difference}"),
            Self::Harness(reason) => write!(f, "the store could not be asked: {reason}"),
        }
    }
}

impl std::error::Error for Unlike {}

/// Puts histories to a store and to the ledger. The store is emptied before each of them.
///
/// # Errors
/// [`Unlike::Differs`] with the smallest history on which they differ.
pub fn compare(subject: &mut dyn Subject, settings: &Settings) -> Result<(), Unlike> {
    let identity = identity(subject).map_err(Unlike::Harness)?;
    let time = Time::at(settings.begins);
    let pair = RefCell::new((subject, Native::ledger(identity, time)));
    let broken = RefCell::new(String::new());
    let strategy = Histories::sequential_strategy(1..=MAX_STEPS);
    let tried = runner(settings).run(&strategy, |(_, ops, seen)| {
        let (subject, model) = &mut *pair.borrow_mut();
        let step = || {
            if let Some(seen) = &seen {
                seen.fetch_add(1, Ordering::SeqCst);
            }
        };
        match history(*subject, model, &ops, step) {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err(TestCaseError::fail("they differ")),
            Err(error) => {
                *broken.borrow_mut() = error.to_string();
                Err(TestCaseError::reject("the harness"))
            }
        }
    });
    match tried {
        Ok(()) => Ok(()),
        Err(TestError::Abort(_)) => Err(Unlike::Harness(broken.into_inner())),
        Err(TestError::Fail(_, (_, ops, _))) => {
            let (subject, model) = &mut *pair.borrow_mut();
            let differs = |ops: &[Op]| history(*subject, model, ops, || {});
            let smallest =
                smallest(ops, differs).map_err(|error| Unlike::Harness(error.to_string()))?;
            Err(smallest.map_or_else(
                || Unlike::Harness("it differs once and not again".into()),
                |difference| Unlike::Differs(Box::new(difference)),
            ))
        }
    }
}

/// Leaves out whatever step can be left out. Proptest takes the last step for the one that shows
/// the difference, and so keeps it where only the exports afterwards differ.
fn smallest(
    mut ops: Vec<Op>,
    mut differs: impl FnMut(&[Op]) -> Result<Option<Difference>, HarnessError>,
) -> Result<Option<Difference>, HarnessError> {
    let mut found = differs(&ops)?;
    let mut place = ops.len();
    while place > 0 {
        place -= 1;
        let mut fewer = ops.clone();
        fewer.remove(place);
        if let Some(difference) = differs(&fewer)? {
            (ops, found) = (fewer, Some(difference));
        }
    }
    Ok(found)
}

/// Chance from the seed alone; nothing is read from a file or kept in one.
fn runner(settings: &Settings) -> TestRunner {
    let config = Config {
        cases: settings.histories,
        failure_persistence: None,
        max_shrink_iters: MAX_SHRINKS,
        max_global_rejects: 0,
        ..Config::default()
    };
    let mut seed = [0; 32];
    for (byte, from) in seed.iter_mut().zip(settings.seed.to_le_bytes()) {
        *byte = from;
    }
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

/// What the ledger has to be to be like the store.
fn identity(subject: &mut dyn Subject) -> Result<Identity, String> {
    let offered = subject.interfaces();
    let told = |failure: Failure| failure.to_string();
    let plugin = subject.plugin().map_err(|error| error.to_string())?;
    let described = plugin.store().and_then(|store| store.describe()).map_err(told)?;
    let retention = if offered.contains(Interface::AttachmentManifest) {
        plugin.attachment_manifest().and_then(|it| it.retention()).map_err(told)?
    } else {
        wirt_contract::attachment_manifest::Retention::Kept
    };
    Ok(Identity {
        name: "model".into(),
        version: described.version,
        durability: described.durability,
        retention,
    })
}

/// Puts one history to both, from empty data on; gives where they differ, if they do.
fn history(
    subject: &mut dyn Subject,
    model: &mut Native,
    ops: &[Op],
    mut step: impl FnMut(),
) -> Result<Option<Difference>, HarnessError> {
    let offered = subject.interfaces();
    subject.fresh()?;
    model.fresh()?;
    let (mut store, mut ledger) = (Side::new(subject), Side::new(model));
    let mut lines = Vec::new();
    for op in ops {
        step();
        if op.interface().is_some_and(|interface| !offered.contains(interface)) {
            continue;
        }
        let (expected, found) = (op.apply(&mut ledger), op.apply(&mut store));
        if expected != found {
            lines.push(format!("{op:?}"));
            return Ok(Some(Difference { history: lines, expected, found }));
        }
        lines.push(format!("{op:?} → {found}"));
    }
    if !offered.contains(Interface::Transfer) {
        return Ok(None);
    }
    let [expected, found] = [&mut ledger, &mut store].map(|side| {
        if side.in_batch && Op::Flush.apply(side) != shown(Ok(())) {
            return "a flush that failed".to_owned();
        }
        let rows = ops::export(side, u32::MAX);
        shown(rows.map(|rows| ops::named(side, rows)))
    });
    if expected == found {
        return Ok(None);
    }
    lines.push("the export afterwards".into());
    Ok(Some(Difference { history: lines, expected, found }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_made_smaller_by_whatever_it_does_not_need() {
        let ops = [Op::Begin, Op::Check, Op::Flush, Op::Advance(1), Op::Begin].to_vec();
        let difference = |ops: &[Op]| Difference {
            history: ops.iter().map(|op| format!("{op:?}")).collect(),
            expected: String::new(),
            found: String::new(),
        };
        let needed = |op: &&Op| matches!(op, Op::Check | Op::Advance(_));
        let differs =
            |ops: &[Op]| Ok((ops.iter().filter(needed).count() == 2).then(|| difference(ops)));
        let smallest = smallest(ops, differs).unwrap().unwrap();
        assert_eq!(smallest.history, ["Check", "Advance(1)"]);
    }

    #[test]
    fn two_long_answers_are_shown_where_they_differ() {
        let (one, other) = (format!("{}b", "a".repeat(900)), format!("{}c", "a".repeat(900)));
        let (shown, _) = from_difference(&one, &other);
        assert!(shown.ends_with("aab") && shown.starts_with('…'), "{shown}");
        assert_eq!(from_difference("one", "other"), ("one".into(), "other".into()));
    }
}
