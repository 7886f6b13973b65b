//! A case: one rule of a contract, and the calls that show whether a plugin keeps it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wirt_contract::{Error, Failure, Fault, Interface};

use crate::Probe;
use crate::probe::message;

/// Which cases a run takes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// What every plugin shows before it is let in.
    Core,
    /// What takes long or much: bounds in full size, long texts, many rows.
    Extended,
}

/// Which stores a case is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// All of them.
    Any,
    /// Those that declare to be durable.
    Durable,
}

/// What a case belongs to; the part of its id before the slash.
pub type Area = Interface;

/// One case.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// `area/slug`; never used again for another case.
    pub id: &'static str,
    /// The rule it proves, by its id in `wit/`.
    pub rule: &'static str,
    /// What it belongs to.
    pub area: Area,
    /// What a plugin has to offer for it to apply.
    pub interfaces: &'static [Interface],
    /// Where it comes from: `event tape T15`, `seed 53`, `wirt`.
    pub source: &'static str,
    /// Which runs take it.
    pub level: Level,
    /// Which stores it is for.
    pub tier: Tier,
    /// The suite's edition it came in.
    pub since: u32,
    /// The calls and what they have to show.
    pub run: Run,
}

/// What a case does with a plugin.
pub type Run = fn(&mut Probe<'_>) -> Result<(), Stop>;

impl Case {
    /// A core case for every tier, of the first edition.
    pub(crate) const fn core(
        (id, rule, source): (&'static str, &'static str, &'static str),
        area: Area,
        interfaces: &'static [Interface],
        run: Run,
    ) -> Self {
        let (level, tier) = (Level::Core, Tier::Any);
        Self { id, rule, area, interfaces, source, level, tier, since: 1, run }
    }

    /// The same, for full runs only.
    pub(crate) const fn extended(self) -> Self {
        Self { level: Level::Extended, ..self }
    }

    /// The same, for durable stores only.
    pub(crate) const fn durable(self) -> Self {
        Self { tier: Tier::Durable, ..self }
    }

    /// The same, new in this edition.
    pub(crate) const fn since(self, edition: u32) -> Self {
        Self { since: edition, ..self }
    }
}

/// Why a case ended before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The plugin breaks the rule.
    Failed {
        /// What the rule asks for.
        expected: String,
        /// What was there.
        found: String,
    },
    /// The plugin crashed.
    Fault(Fault),
    /// The case cannot show anything with this plugin, for the reason given.
    Skip(String),
}

impl From<Failure> for Stop {
    /// For a call that had to give a value.
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error(error) => error.into(),
            Failure::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed {
            expected: "an answer, for nothing is wrong with the call".into(),
            found: message(&error.to_string()),
        }
    }
}
