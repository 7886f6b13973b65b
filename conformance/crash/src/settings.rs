//! How far a run looks, and what comes in the way meanwhile.

use serde::{Deserialize, Serialize};
use wirt_contract::EpochMs;
use wirt_disk::{Fault, Faults, Profile};

/// What a plugin is run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// What a crash may leave.
    pub profile: Profile,
    /// Decides what a disk may decide, and which choices are looked at where they are many.
    pub seed: u64,
    /// What time it is as a workload begins.
    pub begins: EpochMs,
}

/// What comes in the way of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disturbance {
    /// Nothing.
    None,
    /// What no program may count on is otherwise, as the seed decides: files' numbers, the order
    /// of folders' entries, and how much a read or write does.
    Quirks,
    /// Calls fail.
    Fault(Fault),
    /// Every sync says it synced, and did not.
    DropEverySync,
    /// The sync of this number does.
    DropSync(u64),
}

/// For people.
impl std::fmt::Display for Disturbance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("nothing in the way"),
            Self::Quirks => f.write_str("another order of entries, and short reads and writes"),
            Self::Fault(fault) => write!(f, "{fault}"),
            Self::DropEverySync => f.write_str("no sync is made"),
            Self::DropSync(number) => write!(f, "sync {number} is not made"),
        }
    }
}

impl Disturbance {
    pub(crate) fn faults(self) -> Faults {
        match self {
            Self::None | Self::Quirks => Faults::none(),
            Self::Fault(fault) => Faults::planned([fault]),
            Self::DropEverySync => Faults::drop_every_sync(),
            Self::DropSync(number) => Faults::drop_sync(number),
        }
    }
}

/// How much is looked at of one workload under one profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Choices looked at of a moment, where there are more.
    pub choices: usize,
    /// Recoveries that are made, all in all.
    pub states: u64,
    /// States whose recovery is crashed once more; spread evenly over all.
    pub nested: u64,
    /// Choices looked at of a moment of a recovery.
    pub nested_choices: usize,
    /// Recoveries on a disk of which a call fails; spread evenly over those that are crashed.
    pub recovery_faults: u64,
    /// Faulty runs; spread evenly over all calls.
    pub faults: u64,
    /// Choices looked at of a moment of a faulty run.
    pub fault_choices: usize,
    /// Syncs that are dropped one at a time.
    pub sweep: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            choices: 64,
            states: 20_000,
            nested: 200,
            nested_choices: 6,
            recovery_faults: 600,
            faults: 2_000,
            fault_choices: 8,
            sweep: 16,
        }
    }
}

/// What a run looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Under which profiles, one after the other.
    pub profiles: Vec<Profile>,
    /// See [`World::seed`].
    pub seed: u64,
    /// See [`World::begins`].
    pub begins: EpochMs,
    /// For each workload and profile.
    pub budget: Budget,
}
