//! What a run showed. It holds no time and nothing else in which two runs of one seed differ.

use serde::{Deserialize, Serialize};
use wirt_contract::EpochMs;
use wirt_disk::{Effect, Profile};

use crate::Replay;
use crate::explore::Tally;
use crate::settings::{Budget, Disturbance};

/// Version of the report's form.
pub const REPORT_VERSION: u32 = 2;

/// What a finding is against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Rule {
    /// With no crash at all it answers or shows something else than the ledger.
    #[serde(rename = "durable.like-the-ledger")]
    LikeTheLedger,
    /// Undisturbed it does not do the same twice, so nothing can be said of it.
    #[serde(rename = "durable.repeatable")]
    Repeatable,
    /// A fresh instance opens whatever a crash leaves.
    #[serde(rename = "durable.recovers")]
    Recovers,
    /// What was acknowledged is there.
    #[serde(rename = "durable.acknowledged-survives")]
    AcknowledgedSurvives,
    /// Nothing else is there, but perhaps the call that was in flight.
    #[serde(rename = "durable.nothing-invented")]
    NothingInvented,
    /// A batch is there whole or not at all.
    #[serde(rename = "durable.batch-whole")]
    BatchWhole,
    /// The plugin's own check finds nothing.
    #[serde(rename = "durable.check-clean")]
    CheckClean,
    /// Work goes on with the answers it would have had.
    #[serde(rename = "durable.usable-after")]
    UsableAfter,
    /// A fresh instance after that shows the same.
    #[serde(rename = "durable.reopen-same")]
    ReopenSame,
    /// A call that meets a failing disk is answered rightly or by a `backend` error.
    #[serde(rename = "fault.answers-right")]
    AnswersRight,
    /// A read or write that does less than it was asked for changes nothing, nor does the order
    /// of a folder's entries.
    #[serde(rename = "fault.short-changes-nothing")]
    ShortChangesNothing,
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::LikeTheLedger => "durable.like-the-ledger",
            Self::Repeatable => "durable.repeatable",
            Self::Recovers => "durable.recovers",
            Self::AcknowledgedSurvives => "durable.acknowledged-survives",
            Self::NothingInvented => "durable.nothing-invented",
            Self::BatchWhole => "durable.batch-whole",
            Self::CheckClean => "durable.check-clean",
            Self::UsableAfter => "durable.usable-after",
            Self::ReopenSame => "durable.reopen-same",
            Self::AnswersRight => "fault.answers-right",
            Self::ShortChangesNothing => "fault.short-changes-nothing",
        })
    }
}

/// What a run says of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything looked at was right, and the run was able to find what is wrong.
    CrashTested,
    /// Something is wrong.
    Failed,
    /// Nothing wrong was found, and that says nothing; why.
    Inconclusive(String),
    /// There is nothing to look at; why.
    NotApplicable(String),
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::CrashTested => f.write_str("crash-tested"),
            Self::Failed => f.write_str("failed"),
            Self::Inconclusive(why) => write!(f, "inconclusive: {why}"),
            Self::NotApplicable(why) => write!(f, "not applicable: {why}"),
        }
    }
}

/// One thing that is wrong, by the smallest history found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Against what.
    pub rule: Rule,
    /// Of which workload.
    pub workload: String,
    /// In a line.
    pub expected: String,
    /// In a line.
    pub found: String,
    /// The call that failed first; empty where none did, or where it was one that changes nothing.
    pub struck: String,
    /// The crash, and the one in its recovery, if it took two; in a line each.
    pub crashes: Vec<String>,
    /// Who in the plugin made the call that failed or after which the power went, the innermost
    /// function first; empty where it does not tell.
    pub stack: Vec<String>,
    /// Objects that the last crash left old.
    pub left_old: Vec<String>,
    /// Makes it happen again.
    pub replay: Replay,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Replay { world, disturbance, ops, .. } = &self.replay;
        writeln!(f, "{} ({}, {})", self.rule, self.workload, world.profile)?;
        writeln!(f, "  expected: {}", self.expected)?;
        writeln!(f, "  found:    {}", self.found)?;
        if *disturbance != Disturbance::None {
            writeln!(f, "  under:    {disturbance}")?;
        }
        if !self.struck.is_empty() {
            writeln!(f, "  struck:   {}", self.struck)?;
        }
        for crash in &self.crashes {
            writeln!(f, "  crash:    {crash}")?;
        }
        for (number, function) in self.stack.iter().enumerate() {
            let label = if number == 0 { "by:" } else { "" };
            writeln!(f, "  {label:<9} {function}")?;
        }
        if let Some(fault) = self.replay.recovery {
            writeln!(f, "  recovery: {fault}")?;
        }
        for old in &self.left_old {
            writeln!(f, "  left old: {old}")?;
        }
        for (number, op) in (1..).zip(ops) {
            writeln!(f, "  {number:>3}. {op}")?;
        }
        Ok(())
    }
}

/// Faulty runs, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FaultTally {
    /// Runs made.
    pub runs: u64,
    /// Runs there are: every call, every effect, every span.
    pub of: u64,
    /// Runs in which an I/O error struck.
    pub io: u64,
    /// Runs in which the disk was full.
    pub no_space: u64,
    /// Runs in which a read or write was short.
    pub short: u64,
    /// Runs that ended because the plugin crashed.
    pub crashed: u64,
    /// What was looked at after them.
    pub states: Tally,
}

impl FaultTally {
    pub(crate) fn struck(&mut self, effect: Effect) {
        match effect {
            Effect::Io => self.io += 1,
            Effect::NoSpace => self.no_space += 1,
            Effect::Short => self.short += 1,
        }
    }
}

/// Whether the run finds what is wrong for certain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    /// Under which profile every sync was dropped.
    pub profile: Profile,
    /// The rule that was broken; none where nobody missed them.
    pub killed_by: Option<Rule>,
    /// Recoveries until then.
    pub recoveries: u64,
    /// Syncs that were dropped one at a time.
    pub swept: u64,
    /// Of these, by their numbers, those nobody missed. Not that they are needless: what is torn
    /// below a block is not looked at everywhere.
    pub unmissed: Vec<u64>,
}

/// What was looked at of one workload under one profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadReport {
    /// Its name.
    pub name: String,
    /// Under which profile.
    pub profile: Profile,
    /// Operations the plugin takes.
    pub ops: usize,
    /// Calls the plugin made to its disk.
    pub calls: u64,
    /// Syncs among them.
    pub syncs: u64,
    /// Crashes.
    pub crashes: Tally,
    /// Whether every moment was come to.
    pub whole: bool,
    /// Faults.
    pub faults: FaultTally,
    /// None where something was found before.
    pub canary: Option<Canary>,
}

/// What a run showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// [`REPORT_VERSION`].
    pub version: u32,
    /// What it comes to.
    pub verdict: Verdict,
    /// What chance was drawn from.
    pub seed: u64,
    /// What time it was as the workloads began.
    pub begins: EpochMs,
    /// How much was looked at of each workload and profile.
    pub budget: Budget,
    /// Each workload under each profile.
    pub workloads: Vec<WorkloadReport>,
    /// What is wrong: of each rule, workload, profile and kind of disturbance the first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Everything that was looked at, in one.
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        for workload in &self.workloads {
            total.add(&workload.crashes);
            total.add(&workload.faults.states);
        }
        total
    }
}
