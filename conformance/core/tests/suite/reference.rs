//! Plugins that keep the contracts pass, all of it, and the same way every time.

use wirt_conformance::{Options, Outcome, Report, Subject, Verdict, render, run};
use wirt_contract::store::Durability;

use crate::subjects::{Cells, Native, Words, store, store_without_intents};

fn passes(mut subject: impl Subject) -> Report {
    let report = run(&mut subject, &Options::standard(), |_| {});
    assert_eq!(report.verdict, Verdict::Conformant, "{}", render(&report, false));
    report
}

#[test]
fn a_durable_ledger_passes_every_case_with_and_without_reopening() {
    let report = passes(store(Durability::Durable));
    for case in report.cases.iter().filter(|case| case.rule != KEEPS_NO_INTENTS) {
        assert_eq!(case.outcome, Outcome::Pass, "{}: {:?}", case.id, case.reason);
        assert_eq!(case.variations.len(), 3, "{}", case.id);
    }
}

/// The rule of plugins whose manifest keeps nothing; a case of it does not apply to others.
const KEEPS_NO_INTENTS: &str = "manifest.retention.none";

#[test]
fn a_ledger_that_keeps_no_intents_passes_and_skips_only_what_needs_them() {
    let report = passes(store_without_intents());
    for case in &report.cases {
        let kept = matches!(case.outcome, Outcome::Skip)
            && case.reason.as_ref().is_some_and(|reason| reason.contains("intents"));
        assert!(kept || case.outcome == Outcome::Pass, "{}: {:?}", case.id, case.reason);
        assert!(!kept || case.rule != KEEPS_NO_INTENTS, "{}", case.id);
    }
}

#[test]
fn an_inline_ledger_passes_and_skips_only_what_is_for_durable_stores() {
    let report = passes(store(Durability::Inline));
    for case in &report.cases {
        match case.outcome {
            Outcome::Skip if case.rule == KEEPS_NO_INTENTS => {}
            Outcome::Skip => {
                assert!(case.reason.as_ref().unwrap().contains("durable"), "{}", case.id)
            }
            _ => assert_eq!(case.outcome, Outcome::Pass, "{}", case.id),
        }
    }
}

#[test]
fn a_tokenizer_passes() {
    passes(Native::new("words", |_| Box::new(Words)));
}

#[test]
fn an_embedder_passes() {
    passes(Native::new("cells", |_| Box::new(Cells)));
}

#[test]
fn other_seeds_pass_too() {
    for seed in 1..=5 {
        let options = Options { seed, ..Options::load() };
        for durability in [Durability::Durable, Durability::Inline] {
            let report = run(&mut store(durability), &options, |_| {});
            assert_eq!(report.verdict, Verdict::Conformant, "{}", render(&report, false));
        }
    }
}
