//! What a run says, and in which words.

use wirt_conformance::{
    CaseGlob, CaseResult, HarnessError, Options, Outcome, Reopen, Report, Subject, Verdict, cases,
    render, run,
};
use wirt_contract::store::Durability;
use wirt_contract::tokenizer::{Description, Token, Tokenizer};
use wirt_contract::{Answer, Fault, FaultKind, Interface, Interfaces, Plugin};

use crate::subjects::{Native, Words, store};

fn only(glob: &str) -> Options {
    Options { case: Some(CaseGlob::parse(glob).unwrap()), ..Options::standard() }
}

/// A tokenizer that crashes at every text.
struct Crashes;

fn crash<T>() -> Answer<T> {
    let detail = "unreachable\u{1b}[31m".into();
    Err(Fault { kind: FaultKind::Trapped, function: "tokenizer.query".into(), detail }.into())
}

impl Tokenizer for Crashes {
    fn describe(&mut self) -> Answer<Description> {
        Words.describe()
    }

    fn documents(&mut self, _: &[String]) -> Answer<Vec<Vec<Token>>> {
        crash()
    }

    fn query(&mut self, _: &str) -> Answer<Vec<Token>> {
        crash()
    }
}

impl Plugin for Crashes {
    fn interfaces(&self) -> Interfaces {
        [Interface::Tokenizer].into_iter().collect()
    }

    fn tokenizer(&mut self) -> Answer<&mut dyn Tokenizer> {
        Ok(self)
    }
}

/// A subject the harness can neither reopen nor let time pass for.
struct Stuck(Native);

impl Subject for Stuck {
    fn name(&self) -> &str {
        "stuck"
    }

    fn interfaces(&self) -> Interfaces {
        self.0.interfaces()
    }

    fn plugin(&mut self) -> Result<&mut dyn Plugin, HarnessError> {
        self.0.plugin()
    }

    fn reopen(&mut self, _: Reopen) -> Result<(), HarnessError> {
        stuck("open its scratch folder", "it is gone")
    }

    fn advance(&mut self, _: u64) -> Result<(), HarnessError> {
        stuck("move its clock", "it is the machine's")
    }

    fn fresh(&mut self) -> Result<(), HarnessError> {
        self.reopen(Reopen::Dropped)
    }
}

fn stuck(doing: &str, reason: &str) -> Result<(), HarnessError> {
    let (subject, doing, reason) = ("stuck".into(), doing.into(), reason.into());
    Err(HarnessError::Subject { subject, doing, reason })
}

/// A subject for which no time passes, whatever it says.
struct Timeless(Native);

impl Subject for Timeless {
    fn name(&self) -> &str {
        "timeless"
    }

    fn interfaces(&self) -> Interfaces {
        self.0.interfaces()
    }

    fn plugin(&mut self) -> Result<&mut dyn Plugin, HarnessError> {
        self.0.plugin()
    }

    fn reopen(&mut self, how: Reopen) -> Result<(), HarnessError> {
        self.0.reopen(how)
    }

    fn advance(&mut self, _: u64) -> Result<(), HarnessError> {
        Ok(())
    }

    fn fresh(&mut self) -> Result<(), HarnessError> {
        self.0.fresh()
    }
}

/// Offers nothing.
struct Nothing;

impl Plugin for Nothing {
    fn interfaces(&self) -> Interfaces {
        Interfaces::default()
    }
}

fn crashed() -> Report {
    let mut subject = Native::new("crashes", |_| Box::new(Crashes));
    run(&mut subject, &Options::load(), |_| {})
}

#[test]
fn two_runs_of_one_seed_are_equal_bytes_and_another_seed_is_not() {
    let json = |seed| {
        let options = Options { seed, ..Options::standard() };
        let report = run(&mut store(Durability::Durable), &options, |_| {});
        assert!(!report.times.is_empty());
        (report.to_json().unwrap(), wirt_conformance::junit(std::slice::from_ref(&report)).unwrap())
    };
    assert_eq!(json(7), json(7));
    assert_ne!(json(7).0, json(8).0);
}

#[test]
fn a_report_reads_back_as_it_was_written() {
    let report = crashed();
    let read: Report = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    assert_eq!(Report { times: report.times.clone(), ..read }, report);
}

#[test]
fn an_area_stops_after_three_crashes_and_the_rest_is_no_pass() {
    let report = crashed();
    assert_eq!(report.verdict, Verdict::NotConformant);
    assert_eq!(report.counts.fault, 3);
    let rest: Vec<&CaseResult> =
        report.cases.iter().filter(|case| case.outcome == Outcome::NotRun).collect();
    assert!(rest.len() > 3);
    assert!(rest[0].reason.as_ref().unwrap().contains("stopped after 3 crashes"));
    let text = render(&report, false);
    assert!(text.contains("FAULT tokenizer/pure") && text.contains("not run (tokenizer stopped"));
    assert!(!text.contains('\u{1b}'), "a plugin's words colour no terminal");
    assert!(render(&report, true).contains("\u{1b}[31mFAULT\u{1b}[0m"));
}

#[test]
fn a_crash_in_place_of_an_error_is_a_crash() {
    let mut subject = Native::new("crashes", |_| Box::new(Crashes));
    let report = run(&mut subject, &only("tokenizer/longer-text-is-invalid"), |_| {});
    assert_eq!(report.cases[0].outcome, Outcome::Fault);
}

#[test]
fn a_harness_error_is_nobodys_failure() {
    let mut subject = Stuck(store(Durability::Durable));
    let report = run(&mut subject, &only("store/describe-stable"), |_| {});
    assert_eq!(report.verdict, Verdict::HarnessError);
    assert_eq!(report.cases[0].outcome, Outcome::Error);
    assert!(report.cases[0].reason.as_ref().unwrap().contains("scratch folder: it is gone"));
    let mut subject = Stuck(store(Durability::Durable));
    let options = Options { reopen: false, ..only(OF_TIME) };
    let report = run(&mut subject, &options, |_| {});
    assert_eq!(report.cases[0].outcome, Outcome::Error);
    let reason = report.cases[0].reason.as_ref().unwrap();
    assert!(reason.contains("move its clock: it is the machine's"), "{reason}");
}

/// A case that lets time pass.
const OF_TIME: &str = "work-queue/claim-lives-to-its-last-millisecond";

#[test]
fn time_that_passes_stands_in_the_history() {
    let report = run(&mut store(Durability::Durable), &only(OF_TIME), |_| {});
    assert_eq!(report.cases[0].outcome, Outcome::Pass, "{}", render(&report, false));
    let report = run(&mut Timeless(store(Durability::Durable)), &only(OF_TIME), |_| {});
    let case = &report.cases[0];
    assert_eq!(case.outcome, Outcome::Fail, "{}", render(&report, false));
    let history = &case.evidence.as_ref().unwrap().history;
    assert!(history.iter().any(|line| line == "-- 1 ms later --"), "{history:?}");
}

#[test]
fn nothing_to_look_at_is_inconclusive() {
    let report =
        run(&mut Native::new("nothing", |_| Box::new(Nothing)), &Options::standard(), |_| {});
    assert_eq!((report.verdict, report.cases.len()), (Verdict::Inconclusive, 0));
    let report = run(&mut store(Durability::Inline), &only("tokenizer/*"), |_| {});
    assert_eq!(report.verdict, Verdict::Inconclusive);
    let skipped = run(&mut store(Durability::Inline), &only("store/close-keeps"), |_| {});
    assert_eq!(skipped.verdict, Verdict::Inconclusive);
}

#[test]
fn a_pattern_takes_whole_ids_and_a_wrong_one_says_so() {
    let report = run(&mut store(Durability::Inline), &only("tasks/list-*"), |_| {});
    assert!(report.cases.len() > 5);
    assert!(report.cases.iter().all(|case| case.id.starts_with("tasks/list-")));
    assert!(render(&report, false).contains("as far as the cases `tasks/list-*` go"));
    let error = CaseGlob::parse("tasks/[").unwrap_err();
    assert!(error.to_string().contains("`tasks/[` is no pattern"));
}

#[test]
fn a_failure_shows_rule_history_expected_and_found() {
    let mut subject = Native::new("words", |_| Box::new(crate::defects::finds_nothing()));
    let report = run(&mut subject, &only("tokenizer/words-are-found"), |_| {});
    let text = render(&report, false);
    for part in [
        "FAIL tokenizer/words-are-found",
        "tokenizer.query.finds (wirt)",
        "1  tokenizer.query(",
        "expected  a term for",
        "found     none",
        "words: not conformant",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let junit = wirt_conformance::junit(std::slice::from_ref(&report)).unwrap();
    assert!(
        junit.contains(r#"failures="1""#) && junit.contains("tokenizer.query.finds"),
        "{junit}"
    );
}

#[test]
fn progress_tells_every_case_in_order() {
    let mut told = Vec::new();
    let report = run(&mut store(Durability::Inline), &Options::load(), |progress| {
        told.push((progress.done, progress.total, progress.case.id.clone()));
    });
    assert_eq!(told.len(), report.cases.len());
    for ((position, case), (done, total, id)) in report.cases.iter().enumerate().zip(told) {
        assert_eq!((done, total, &id), (position + 1, report.cases.len(), &case.id));
    }
}

#[test]
fn a_case_cannot_spoil_the_next() {
    // The first one leaves the instance closed, and the second needs an open one.
    let options = Options { reopen: false, ..only("store/{close-final,check-clean}") };
    let report = run(&mut store(Durability::Durable), &options, |_| {});
    let ids: Vec<_> = report.cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, ["store/close-final", "store/check-clean"]);
    assert_eq!(report.verdict, Verdict::Conformant, "{}", render(&report, false));
}

#[test]
fn the_schema_is_the_reports_own() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/report.schema.json");
    let schema = schemars::schema_for!(Report);
    let mut text = serde_json::to_string_pretty(&schema).unwrap();
    text.push('\n');
    if std::env::var_os("WIRT_BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "the schema is old; run this test once with WIRT_BLESS=1");
}

#[test]
fn the_digest_is_a_digest() {
    let digest = cases::digest();
    assert!(digest.len() == 64 && digest.chars().all(|c| c.is_ascii_hexdigit()), "{digest}");
}
