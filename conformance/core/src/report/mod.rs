//! What a run showed: as values and JSON here, as JUnit and as text for people next door.
//!
//! The JSON holds no time and nothing else that two runs of one seed could differ in.

mod junit;
mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wirt_contract::Interface;
use wirt_contract::store::Durability;

use crate::{Case, EDITION, HarnessError, Level, Reopen, Subject, cases};
pub use junit::junit;
pub use text::render;

/// How deep a run looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunLevel {
    /// Every core case of every contract offered.
    Load,
    /// Every case.
    Standard,
}

/// How a case was put to a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Variation {
    /// As it is.
    Plain,
    /// With a fresh instance before every call, the old one closed.
    ReopenClosed,
    /// The same, the old one just gone.
    ReopenDropped,
}

impl Variation {
    /// All of them, the simplest first: its history is the shortest.
    pub const ALL: [Self; 3] = [Self::Plain, Self::ReopenClosed, Self::ReopenDropped];

    /// How an instance ends before every call, if it does.
    pub fn reopens(self) -> Option<Reopen> {
        match self {
            Self::Plain => None,
            Self::ReopenClosed => Some(Reopen::Closed),
            Self::ReopenDropped => Some(Reopen::Dropped),
        }
    }
}

impl std::fmt::Display for Variation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::ReopenClosed => "a fresh instance before every call, after close",
            Self::ReopenDropped => "a fresh instance before every call, without close",
        })
    }
}

/// How a case ended; a later one is worse.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The rule is kept, as far as the case looks.
    Pass,
    /// The case says nothing about this plugin.
    Skip,
    /// It was not put: its area had stopped. No pass.
    NotRun,
    /// The rule is broken.
    Fail,
    /// The plugin crashed.
    Fault,
    /// The harness failed.
    Error,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Skip => "skip",
            Self::NotRun => "not run",
            Self::Fail => "fail",
            Self::Fault => "fault",
            Self::Error => "error",
        })
    }
}

/// What a run says of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every contract it offers was looked at, and every rule looked at is kept.
    Conformant,
    /// A rule is broken, or it crashed.
    NotConformant,
    /// Nothing is known to be wrong, but a contract was not looked at.
    Inconclusive,
    /// The harness failed; nothing is known.
    HarnessError,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Conformant => "conformant",
            Self::NotConformant => "not conformant",
            Self::Inconclusive => "inconclusive",
            Self::HarnessError => "harness error",
        })
    }
}

/// Which suite spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SuiteIdentity {
    /// `wirt-conformance`.
    pub name: String,
    /// [`EDITION`].
    pub edition: u32,
    /// [`cases::digest`]: changes whenever a case does.
    pub digest: String,
}

/// Which plugin it spoke about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Lower-case hex SHA-256 of its bytes, where it is a component.
    pub sha256: Option<String>,
    /// The contracts it offers, by their whole names.
    pub interfaces: Vec<String>,
    /// The durability it declares, where it is a store that said so.
    pub durability: Option<String>,
}

/// How it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// How deep.
    pub level: RunLevel,
    /// The seed: the same one gives the same report.
    pub seed: u64,
    /// The pattern for cases, where only some were taken.
    pub case: Option<String>,
    /// Whether durable stores met fresh instances before every call.
    pub reopen: bool,
}

/// What shows that a case did not pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// How the case was put.
    pub variation: Variation,
    /// Every call and its answer, up to the one that showed it.
    pub history: Vec<String>,
    /// What the rule asks for.
    pub expected: String,
    /// What was there.
    pub found: String,
}

/// What one case showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseResult {
    /// The case.
    pub id: String,
    /// The rule it proves.
    pub rule: String,
    /// Where it comes from.
    pub source: String,
    /// Which runs take it.
    pub level: Level,
    /// The suite's edition it came in.
    pub since: u32,
    /// How it ended: the worst of its variations.
    pub outcome: Outcome,
    /// The variations put, in order; the last is the one that did not pass, if one did not.
    pub variations: Vec<Variation>,
    /// Why, where it was skipped, not run, or the harness failed.
    pub reason: Option<String>,
    /// For a failure or a fault.
    pub evidence: Option<Evidence>,
}

impl CaseResult {
    pub(crate) fn passed(case: &Case) -> Self {
        Self {
            id: case.id.into(),
            rule: case.rule.into(),
            source: case.source.into(),
            level: case.level,
            since: case.since,
            outcome: Outcome::Pass,
            variations: Vec::new(),
            reason: None,
            evidence: None,
        }
    }

    pub(crate) fn without_evidence(case: &Case, outcome: Outcome, reason: String) -> Self {
        Self { outcome, reason: Some(reason), ..Self::passed(case) }
    }

    /// The part of the id before the slash.
    pub fn area(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }
}

/// Cases by how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// [`Outcome::Pass`].
    pub pass: usize,
    /// [`Outcome::Skip`].
    pub skip: usize,
    /// [`Outcome::NotRun`].
    pub not_run: usize,
    /// [`Outcome::Fail`].
    pub fail: usize,
    /// [`Outcome::Fault`].
    pub fault: usize,
    /// [`Outcome::Error`].
    pub error: usize,
}

impl Counts {
    /// Counts these.
    pub fn of<'a>(results: impl IntoIterator<Item = &'a CaseResult>) -> Self {
        let mut counts = Self::default();
        for result in results {
            *match result.outcome {
                Outcome::Pass => &mut counts.pass,
                Outcome::Skip => &mut counts.skip,
                Outcome::NotRun => &mut counts.not_run,
                Outcome::Fail => &mut counts.fail,
                Outcome::Fault => &mut counts.fault,
                Outcome::Error => &mut counts.error,
            } += 1;
        }
        counts
    }
}

/// What a run showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Which suite spoke.
    pub suite: SuiteIdentity,
    /// About which plugin.
    pub component: Component,
    /// How it was asked.
    pub settings: Settings,
    /// What it says.
    pub verdict: Verdict,
    /// Cases by how they ended.
    pub counts: Counts,
    /// Every case of every contract offered, in the suite's order.
    pub cases: Vec<CaseResult>,
    /// How long each case took. For people: it stands in no JSON, no JUnit and no digest.
    #[serde(skip)]
    pub times: BTreeMap<String, Duration>,
}

impl Report {
    pub(crate) fn new(
        subject: &dyn Subject,
        durability: Option<Durability>,
        settings: Settings,
        cases: Vec<CaseResult>,
        times: BTreeMap<String, Duration>,
    ) -> Self {
        let offered = subject.interfaces();
        let interfaces: Vec<_> = offered.iter().collect();
        let suite = SuiteIdentity {
            name: "wirt-conformance".into(),
            edition: EDITION,
            digest: cases::digest().into(),
        };
        let component = Component {
            name: subject.name().into(),
            sha256: subject.sha256(),
            interfaces: offered.iter().map(Interface::qualified).collect(),
            durability: durability.map(|durability| durability.to_string()),
        };
        let verdict = judge(&interfaces, &cases, settings.case.is_some());
        let counts = Counts::of(&cases);
        Self { suite, component, settings, verdict, counts, cases, times }
    }

    /// Every case that did not pass and was not skipped.
    pub fn troubles(&self) -> impl Iterator<Item = &CaseResult> {
        self.cases.iter().filter(|case| case.outcome > Outcome::Skip)
    }

    /// The report as JSON, by `schema/report.schema.json`: two runs of one seed give equal bytes.
    ///
    /// # Errors
    /// Where it has no JSON form; no report is known that has none.
    pub fn to_json(&self) -> Result<String, HarnessError> {
        serde_json::to_string_pretty(self)
            .map_err(|error| HarnessError::Report { form: "JSON", reason: error.to_string() })
    }
}

/// The verdict over these results. Where only some cases were taken, areas without one do not
/// count.
fn judge(offered: &[Interface], results: &[CaseResult], selected: bool) -> Verdict {
    match results.iter().map(|result| result.outcome).max() {
        None => Verdict::Inconclusive,
        Some(Outcome::Error) => Verdict::HarnessError,
        Some(Outcome::Fail | Outcome::Fault | Outcome::NotRun) => Verdict::NotConformant,
        Some(Outcome::Pass | Outcome::Skip) => {
            let looked_at = |area: &Interface| {
                let mut of_area =
                    results.iter().filter(|result| result.area() == area.name()).peekable();
                (selected && of_area.peek().is_none())
                    || of_area.any(|result| result.outcome == Outcome::Pass)
            };
            if offered.iter().all(looked_at) { Verdict::Conformant } else { Verdict::Inconclusive }
        }
    }
}

/// Whether a case speaks against letting the plugin in under a pinned edition: it broke its rule
/// or was not put, and it is no newer than the pin. A crash always does, and so does a harness
/// that failed, for nothing is known then. Without a pin every edition counts.
pub fn counts_against(case: &CaseResult, pinned: Option<u32>) -> bool {
    match case.outcome {
        Outcome::Pass | Outcome::Skip => false,
        Outcome::NotRun | Outcome::Fail => pinned.is_none_or(|edition| case.since <= edition),
        Outcome::Fault | Outcome::Error => true,
    }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use super::*;

    fn result(id: &str, outcome: Outcome) -> CaseResult {
        let case = cases::all().next().unwrap();
        CaseResult { id: id.into(), outcome, ..CaseResult::passed(case) }
    }

    #[test]
    fn skips_and_gaps_never_raise_a_verdict() {
        use Interface::{Store, Tasks};
        let pass = result("tasks/a", Outcome::Pass);
        let skip = result("tasks/b", Outcome::Skip);
        let other = result("store/a", Outcome::Pass);
        assert_eq!(judge(&[Tasks], &[], false), Verdict::Inconclusive);
        assert_eq!(judge(&[Tasks], slice::from_ref(&skip), false), Verdict::Inconclusive);
        assert_eq!(judge(&[Tasks], &[pass.clone(), skip.clone()], false), Verdict::Conformant);
        assert_eq!(judge(&[Store, Tasks], slice::from_ref(&pass), false), Verdict::Inconclusive);
        assert_eq!(judge(&[Store, Tasks], slice::from_ref(&pass), true), Verdict::Conformant);
        assert_eq!(judge(&[Store, Tasks], &[skip, other.clone()], true), Verdict::Inconclusive);
        assert_eq!(judge(&[Store, Tasks], &[pass, other], false), Verdict::Conformant);
    }

    #[test]
    fn a_failure_counts_up_to_the_pinned_edition() {
        for outcome in [Outcome::Fail, Outcome::NotRun] {
            let case = CaseResult { since: 3, ..result("tasks/a", outcome) };
            let counts = [Some(1), Some(2), Some(3), Some(4), None]
                .map(|pinned| counts_against(&case, pinned));
            assert_eq!(counts, [false, false, true, true, true], "{outcome}");
        }
    }

    #[test]
    fn crashes_and_harness_errors_always_count_and_passes_and_skips_never() {
        for (outcome, counts) in [
            (Outcome::Fault, true),
            (Outcome::Error, true),
            (Outcome::Pass, false),
            (Outcome::Skip, false),
        ] {
            let case = CaseResult { since: 3, ..result("tasks/a", outcome) };
            for pinned in [Some(2), Some(3), None] {
                assert_eq!(counts_against(&case, pinned), counts, "{outcome} at {pinned:?}");
            }
        }
    }

    #[test]
    fn the_worst_outcome_wins() {
        let verdict = |outcomes: &[Outcome]| {
            let results: Vec<_> =
                outcomes.iter().map(|outcome| result("tasks/a", *outcome)).collect();
            judge(&[Interface::Tasks], &results, false)
        };
        assert_eq!(verdict(&[Outcome::Pass, Outcome::Fail]), Verdict::NotConformant);
        assert_eq!(verdict(&[Outcome::Pass, Outcome::Fault]), Verdict::NotConformant);
        assert_eq!(verdict(&[Outcome::Pass, Outcome::NotRun]), Verdict::NotConformant);
        assert_eq!(verdict(&[Outcome::Error, Outcome::Fail]), Verdict::HarnessError);
    }
}
