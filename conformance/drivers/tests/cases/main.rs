//! The cases on the reference store, and on stores that are wrong on purpose.

mod defective;

use std::collections::BTreeSet;

use defective::{Defect, Defective};
use wirt_conformance::Stop;
use wirt_contract::attachment_manifest::Retention;
use wirt_contract::store::Durability;
use wirt_contract::{Answer, EpochMs};
use wirt_drivers::{DriverCase, DriverSubject, all};
use wirt_ledger::{Clock, Identity, Ledger, Memory};

/// Cases that no plugin can make fail, for they look at the driver's own memory.
const OF_THE_DRIVER_ALONE: [&str; 2] = ["actor/queue-bounded", "tasks-driver/live-bounded"];

fn identity(durability: Durability) -> Identity {
    let retention = Retention::Kept;
    Identity { name: "reference".into(), version: "0".into(), durability, retention }
}

/// A clock that stands still: nothing a driver does runs out.
fn stopped() -> Clock {
    Clock::new(|| EpochMs(1_767_225_600_000))
}

fn durable() -> DriverSubject {
    let data = Memory::default();
    DriverSubject::new(move || {
        let data = data.reopen();
        let mut first = Some(data);
        let open = move || Ok(first.take().expect("a ledger opens its data once"));
        Ok(Box::new(Ledger::new(identity(Durability::Durable), stopped(), open)))
    })
}

fn inline() -> DriverSubject {
    DriverSubject::new(|| {
        let open = || Ok(Memory::default());
        Ok(Box::new(Ledger::new(identity(Durability::Inline), stopped(), open)))
    })
}

fn run(case: &DriverCase, subject: &DriverSubject, seed: u64) -> Result<(), Stop> {
    (case.run)(subject, seed)
}

#[test]
fn every_case_passes_on_the_durable_reference() {
    let subject = durable();
    for seed in [0, 1, 0x5eed] {
        for case in all() {
            assert_eq!(run(case, &subject, seed), Ok(()), "{} with seed {seed}", case.id);
        }
    }
}

#[test]
fn every_case_passes_on_the_inline_reference_but_for_what_it_cannot_keep() {
    let subject = inline();
    for case in all() {
        let end = run(case, &subject, 7);
        if case.id == "tasks-driver/unknown-is-repeated" {
            assert!(matches!(end, Err(Stop::Skip(_))), "{end:?}");
        } else {
            assert_eq!(end, Ok(()), "{}", case.id);
        }
    }
}

#[test]
fn a_seed_fixes_what_a_case_does() {
    let answers = || -> Vec<Result<(), Stop>> {
        let subject = defective(Defect::TakesLateEvents);
        all().filter(|case| case.id.ends_with("/storm")).map(|it| run(it, &subject, 3)).collect()
    };
    assert_eq!(answers(), answers());
}

#[test]
fn ids_are_unique_and_the_table_names_every_case_with_its_rule() {
    let table = include_str!("../../src/lib.rs");
    let mut ids = BTreeSet::new();
    for case in all() {
        assert!(ids.insert(case.id), "{} twice", case.id);
        let named = table.lines().any(|line| {
            line.contains(&format!("`{}`", case.rule)) && line.contains(&format!("`{}`", case.id))
        });
        assert!(named, "{} with {} is not in the table", case.id, case.rule);
    }
}

fn defective(defect: Defect) -> DriverSubject {
    let data = Memory::default();
    let shared = defective::Shared::default();
    DriverSubject::new(move || -> Answer<Box<dyn wirt_contract::Plugin>> {
        Ok(Box::new(Defective::new(defect, &data, &shared)?))
    })
}

/// Each defect, and the cases that have to see it.
const DEFECTS: &[(Defect, &[&str])] = &[
    (Defect::None, &[]),
    (Defect::FlushDropsBatch, &["actor/answers-wait-for-flush"]),
    (Defect::BatchWritesThrough, &["actor/fault-reruns-others", "actor/panic-reruns-others"]),
    (Defect::InvalidEndsBatch, &["actor/bound-reruns-alone"]),
    (Defect::OneInstanceOnly, &["actor/flush-error-unknown", "actor/flush-fault-unknown"]),
    (Defect::WritesInBatchesOnly, &["actor/singly-without-batching"]),
    (Defect::CloseFails, &["actor/close-drains"]),
    (
        Defect::FinishForgetsFinal,
        &[
            "tasks-driver/test-task-span-marks-cancel-not-error",
            "tasks-driver/test-cancel-after-terminal-emits-no-contradictory-final",
            "tasks-driver/cancel-before-start",
            "tasks-driver/tapes",
            "tasks-driver/final-always-follows",
            "tasks-driver/panic-fails",
            "tasks-driver/reader-reaches-final",
            "tasks-driver/restart-cleanup",
            "tasks-driver/storm",
        ],
    ),
    (Defect::TakesLateEvents, &["tasks-driver/test-pre-cancel-via-token", "tasks-driver/storm"]),
    (Defect::RepeatsNumbers, &["tasks-driver/parallel-appends", "tasks-driver/wait-wakes"]),
    (Defect::StartsTwice, &["tasks-driver/unknown-is-repeated"]),
    (Defect::SecondEndingWins, &["tasks-driver/repair-loser-appends-nothing"]),
    (Defect::UnclosedForgetsTorn, &["tasks-driver/repair-completes"]),
    (Defect::UnclosedForgetsPending, &["tasks-driver/restart-cleanup"]),
];

#[test]
fn every_defect_fails_its_cases() {
    for (defect, named) in DEFECTS {
        let subject = defective(*defect);
        let cases: Vec<_> = all().collect();
        if named.is_empty() {
            for case in &cases {
                assert_eq!(run(case, &subject, 1), Ok(()), "{} without a defect", case.id);
            }
        }
        for id in *named {
            let case = cases.iter().find(|case| case.id == *id).expect(id);
            let end = run(case, &subject, 1);
            assert!(matches!(end, Err(Stop::Failed { .. })), "{id} with {defect:?}: {end:?}");
        }
    }
}

#[test]
fn every_case_is_failed_by_a_defect() {
    let seen: BTreeSet<_> = DEFECTS.iter().flat_map(|(_, named)| named.iter().copied()).collect();
    for case in all() {
        let expected = !OF_THE_DRIVER_ALONE.contains(&case.id);
        assert_eq!(seen.contains(case.id), expected, "{}", case.id);
    }
}
