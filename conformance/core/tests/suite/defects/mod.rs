//! Each case fails where its rule is broken: one small defect, and the cases named for it.

mod attachments;
mod batches;
mod bent;
mod embedders;
mod steps;
mod stores;
mod tapes;
mod tasks;
mod tokenizers;

use std::collections::BTreeSet;

use wirt_conformance::{CaseGlob, Options, Outcome, Subject, Verdict, cases, render, run};
use wirt_contract::store::Durability;
use wirt_contract::{Error, Failure, Interface};
use wirt_faulty_ledger::{Bend, STRAIGHT};

use crate::subjects::Native;
use bent::bent;

/// A defect and the cases that have to fail for it.
struct Defect {
    name: &'static str,
    cases: &'static [&'static str],
    make: Box<dyn Fn() -> Native>,
}

/// A store's defect; where it does not matter, of a durable one.
fn store(name: &'static str, cases: &'static [&'static str], bend: Bend) -> Defect {
    tier(name, cases, Durability::Durable, bend)
}

fn tier(
    name: &'static str,
    cases: &'static [&'static str],
    durability: Durability,
    bend: Bend,
) -> Defect {
    Defect { name, cases, make: Box::new(move || bent(name, durability, bend)) }
}

fn invalid<T>() -> Result<T, Failure> {
    Err(Error::Invalid("so it says".into()).into())
}

fn not_found<T>() -> Result<T, Failure> {
    Err(Error::NotFound("so it says".into()).into())
}

fn is_conflict<T>(answer: &Result<T, Failure>) -> bool {
    matches!(answer, Err(Failure::Error(Error::Conflict(_))))
}

fn is_not_found<T>(answer: &Result<T, Failure>) -> bool {
    matches!(answer, Err(Failure::Error(Error::NotFound(_))))
}

fn is_invalid<T>(answer: &Result<T, Failure>) -> bool {
    matches!(answer, Err(Failure::Error(Error::Invalid(_))))
}

/// A tokenizer that gives nothing.
pub(crate) fn finds_nothing() -> impl wirt_contract::Plugin {
    tokenizers::finds_nothing()
}

fn all() -> Vec<Defect> {
    [
        stores::defects(),
        tasks::defects(),
        steps::defects(),
        tapes::defects(),
        batches::defects(),
        attachments::defects(),
        tokenizers::defects(),
        embedders::defects(),
        wirt_faulty_ledger::defects::all().map(|it| store(it.name, it.cases, it.bend)).collect(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Areas whose defects a built component has too, by the case's id.
const BY_CASE: [Interface; 5] = [
    Interface::Sessions,
    Interface::WorkQueue,
    Interface::AttachmentManifest,
    Interface::Artifacts,
    Interface::Transfer,
];

#[test]
fn without_a_defect_a_bent_ledger_is_right() {
    for durability in [Durability::Durable, Durability::Inline] {
        let report = run(&mut bent("straight", durability, STRAIGHT), &Options::standard(), |_| {});
        assert_eq!(report.verdict, Verdict::Conformant, "{}", render(&report, false));
    }
}

#[test]
fn every_case_of_a_session_s_areas_has_a_defect_by_its_id() {
    let of_areas = || cases::all().filter(|case| BY_CASE.contains(&case.area));
    let without: Vec<_> = of_areas()
        .map(|case| case.id)
        .filter(|id| wirt_faulty_ledger::defects::of(id).is_none())
        .collect();
    assert_eq!(without, Vec::<&str>::new());
    for defect in wirt_faulty_ledger::defects::all() {
        for id in defect.cases {
            assert!(of_areas().any(|case| case.id == *id), "{} names {id}", defect.name);
        }
    }
}

#[test]
fn each_defect_fails_the_cases_named_for_it() {
    let mut missed = Vec::new();
    for defect in all() {
        for case in defect.cases {
            let mut subject = (defect.make)();
            let options =
                Options { case: Some(CaseGlob::parse(case).unwrap()), ..Options::standard() };
            let report = run(&mut subject, &options, |_| {});
            assert_eq!(report.cases.len(), 1, "{case} names no case of {}", subject.name());
            if report.cases[0].outcome != Outcome::Fail {
                missed.push(format!("{}: {}", defect.name, render(&report, false)));
            }
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn every_case_fails_for_some_defect() {
    let proven: BTreeSet<_> =
        all().iter().flat_map(|defect| defect.cases.iter().copied()).collect();
    let unproven: Vec<_> =
        cases::all().map(|case| case.id).filter(|id| !proven.contains(id)).collect();
    assert_eq!(unproven, Vec::<&str>::new());
}
