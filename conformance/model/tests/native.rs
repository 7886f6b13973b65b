//! The model against ledgers of this process: those that are right are like it, those that are
//! wrong are found.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "all of this is tests; clippy's own exception covers only functions marked so"
)]

use wirt_contract::attachment_manifest::Retention;
use wirt_contract::store::Durability;
use wirt_contract::{EpochMs, Plugin};
use wirt_faulty_ledger::{Bent, Data as BentData, STRAIGHT, World, defects};
use wirt_ledger::{Identity, Ledger};
use wirt_model::native::{Data, Native, Time};
use wirt_model::{Difference, Settings, Unlike, compare};
use wirt_store_redb::kv::RedbKv;

/// Histories put to a store that is right.
const HISTORIES: u32 = 256;
/// Histories a store that is wrong is put to at most, until one shows it.
const HISTORIES_TO_FIND: u32 = 2_000;
/// 2026-01-01T00:00:00Z.
const BEGINS: EpochMs = EpochMs(1_767_225_600_000);

fn settings(histories: u32, seed: u64) -> Settings {
    Settings { histories, seed, begins: BEGINS }
}

fn identity(durability: Durability, retention: Retention) -> Identity {
    Identity { name: "ledger".into(), version: "0".into(), durability, retention }
}

fn alike(mut subject: Native, seed: u64) {
    if let Err(unlike) = compare(&mut subject, &settings(HISTORIES, seed)) {
        panic!("{unlike}");
    }
}

/// A folder in memory, where there is one.
fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

#[test]
fn a_ledger_over_redb_is_like_one_over_memory() {
    let identity = identity(Durability::Durable, Retention::Kept);
    let mut folder = scratch();
    let subject = Native::new("redb", Time::at(BEGINS), move |data, time| {
        if data == Data::Empty {
            folder = scratch();
        }
        let path = folder.path().to_owned();
        Box::new(Ledger::new(identity.clone(), time.clock(), move || RedbKv::open(&path)))
    });
    alike(subject, 1);
}

#[test]
fn an_inline_ledger_that_keeps_no_intents_is_like_another() {
    let identity = identity(Durability::Inline, Retention::None);
    let subject = Native::new("inline", Time::at(BEGINS), move |_, time| {
        Box::new(Ledger::new(identity.clone(), time.clock(), || Ok(wirt_ledger::Memory::default())))
    });
    alike(subject, 2);
}

/// A ledger with the defect of this case, or with none.
fn bent(case: Option<&str>) -> Native {
    let bend = case.map(|case| {
        defects::of(case).unwrap_or_else(|| panic!("{case} is no case with a defect")).bend
    });
    let mut data = BentData::default();
    let mut world: Option<World> = None;
    Native::new("bent", Time::at(BEGINS), move |kept, time| -> Box<dyn Plugin> {
        let time = time.clone();
        // What bends remember goes with the data, so that a history stands by itself.
        if kept == Data::Empty {
            (data, world) = (BentData::default(), None);
        }
        let new = || World::new(Durability::Durable, BentData::default(), move || time.now());
        let world = world.get_or_insert_with(new).over(data.reopen());
        Box::new(Bent::new(world, bend.unwrap_or(STRAIGHT)))
    })
}

#[test]
fn a_bent_ledger_without_a_defect_is_like_the_ledger() {
    alike(bent(None), 3);
}

fn find(case: &str) -> Difference {
    match compare(&mut bent(Some(case)), &settings(HISTORIES_TO_FIND, 4)) {
        Err(Unlike::Differs(difference)) => *difference,
        other => panic!("{case}: {other:?}"),
    }
}

/// Cases of each area whose defect no bound hides.
const FOUND: &[&str] = &[
    "artifacts/exports-keep-their-order",
    "artifacts/put-after-delete",
    "attachment-manifest/commit-is-of-its-own-session",
    "sessions/gc-of-one-store-id-alone",
    "sessions/order-head-before-claims",
    "sessions/stamp-hash-conflicts",
    "sessions/usage-without-zeros",
    "sessions/vacuum-is-not-seen",
    "transfer/claims-go-on",
    "transfer/fences-go-on",
    "transfer/rows-in-order",
    "transfer/used-node-ids-stay-used",
    "work-queue/claimed-at-the-stores-time",
    "work-queue/other-delivery-does-not-join",
    "work-queue/queued-work-completion-is-lease-guarded",
    "work-queue/source-keys-per-session",
];

#[test]
fn a_defect_is_found_and_told_by_a_short_history() {
    /// Steps that a defect of one call takes, at most.
    const SHORT: usize = 10;
    for case in FOUND {
        let difference = find(case);
        assert!(difference.history.len() <= SHORT, "{case}:\n{difference}");
    }
}

#[test]
fn the_same_seed_finds_the_same_history() {
    assert_eq!(find(FOUND[0]), find(FOUND[0]));
}
