//! The same of queues, intents and artifacts.

use wirt_contract::artifacts::{Artifact, Artifacts, ProcessExport};
use wirt_contract::attachment_manifest::{AttachmentManifest, Intent, ManifestRow};
use wirt_contract::work_queue::{
    Boundary, Claimant, Delivery, MergeKey, NewEntry, Slot, Work, WorkKind, WorkQueue,
};
use wirt_contract::{EpochMs, ModuleRef, StoreId};

use super::{problems, set};
use crate::Memory;
use crate::keys::{Entry, Space};
use crate::kv::KeyValue;
use crate::tests::{ledger_over, store};
use crate::work_queue::{ClaimRow, Counters, Header};

/// Two stores, each with a queue of four entries: 1 and 2 in a claim, 3 in one that is gone, 4
/// that nobody took; with an intent that is committed and one that is not; and an artifact.
fn stocked() -> Memory {
    let memory = Memory::default();
    let mut ledger = ledger_over(&memory);
    for store in [store(), "other".into()] {
        for number in 1..=4 {
            let entry = NewEntry {
                session_id: "s".into(),
                source_key: Some(format!("key-{number}")),
                delivery: Delivery::EarliestSafeBoundary,
                slot: Slot::Join,
                merge_key: MergeKey::Never,
                available_at: EpochMs(0),
                items: vec![Work { kind: WorkKind::TurnInput, body: "{}".into() }],
            };
            ledger.enqueue(&store, &entry).unwrap();
        }
        let claimant = Claimant {
            session_id: "s".into(),
            owner: "o".into(),
            boundary: Boundary::Idle,
            ttl: 60_000,
        };
        ledger.claim(&store, &claimant, 2).unwrap().unwrap();
        let gone = ledger.claim(&store, &claimant, 1).unwrap().unwrap();
        ledger.abandon(&store, &gone.claim).unwrap();
        for attachment in ["committed", "meant"] {
            let intent = Intent {
                attachment_id: attachment.into(),
                session_id: "s".into(),
                canonical_uri: "u".into(),
                intent_at: EpochMs(7),
            };
            ledger.record_intent(&store, &intent).unwrap();
        }
        ledger.commit_refs(&store, &"s".into(), &["committed".into()]).unwrap();
        let artifact = Artifact {
            module_ref: ModuleRef::of(b"content"),
            required_surface_ref: "surface".into(),
            exports: vec![ProcessExport { name: "n".into(), process_ref: "p".into() }],
            content: b"content".to_vec(),
        };
        ledger.put(&store, &artifact).unwrap();
    }
    memory
}

fn encode(value: &impl serde::Serialize) -> Option<Vec<u8>> {
    Some(postcard::to_allocvec(value).unwrap())
}

fn read<T: serde::de::DeserializeOwned>(memory: &mut Memory, entry: Entry<&str>) -> T {
    let store: StoreId = store();
    let key = Space::new(&store).unwrap().key(entry);
    postcard::from_bytes(&memory.get(key.as_bytes()).unwrap().unwrap()).unwrap()
}

/// Everything of one store that a check looks at.
fn entries(module: &str) -> Vec<Entry<&str>> {
    let mut entries = vec![
        Entry::Counters,
        Entry::QueueLen("s"),
        Entry::Claim("s", "claim-1"),
        Entry::Intent("s", "committed"),
        Entry::Intent("s", "meant"),
        Entry::IntentOf("committed", "s"),
        Entry::IntentOf("meant", "s"),
        Entry::Uncommitted(EpochMs(7), "s", "meant"),
        Entry::Artifact(module),
        Entry::Content(module),
    ];
    for (seq, id, key) in
        [(1, "entry-1", "key-1"), (3, "entry-3", "key-3"), (4, "entry-4", "key-4")]
    {
        entries.extend([
            Entry::Queued("s", seq),
            Entry::Items("s", seq),
            Entry::ByEntryId("s", id),
            Entry::BySourceKey("s", key),
        ]);
    }
    entries
}

#[test]
fn an_undamaged_queue_is_clean() {
    let memory = stocked();
    for budget in [1, 3, 1_000] {
        assert_eq!(problems(&memory, budget), Vec::<String>::new());
    }
}

#[test]
fn every_part_that_is_gone_is_missed() {
    let module = ModuleRef::of(b"content");
    for entry in entries(module.as_str()) {
        // A claim that is gone is one that nobody holds.
        if matches!(entry, Entry::Claim(..)) {
            continue;
        }
        let mut memory = stocked();
        set(&mut memory, entry, None);
        assert!(!problems(&memory, 1_000).is_empty(), "{entry:?}");
    }
}

#[test]
fn every_part_that_cannot_be_read_is_named() {
    let module = ModuleRef::of(b"content");
    for entry in entries(module.as_str()) {
        // These say all they say with their keys.
        if matches!(entry, Entry::IntentOf(..) | Entry::Uncommitted(..)) {
            continue;
        }
        let mut memory = stocked();
        set(&mut memory, entry, Some(vec![0xff; 3]));
        let store = store();
        let key = Space::new(&store).unwrap().key(entry).to_string();
        let found = problems(&memory, 1_000);
        assert!(found.iter().any(|line| line.starts_with(&key)), "{key}: {found:?}");
    }
}

#[test]
fn every_part_too_many_is_named() {
    let unknown = ModuleRef::of(b"unknown");
    let nothing = || Some(Vec::new());
    for (entry, value, expected) in [
        (Entry::QueueLen("t"), encode(&1_u32), "is given as 1, and 0 entries are there"),
        (Entry::QueueLen("t"), encode(&0_u32), "is given as 0, and 0 entries are there"),
        (Entry::QueueLen("s"), encode(&5_u32), "is given as 5, and 4 entries are there"),
        (Entry::Items("s", 9), encode(&Vec::<Work>::new()), "has no entry"),
        (Entry::ByEntryId("s", "x"), encode(&4_u64), "names entry 4, which has another id"),
        (Entry::ByEntryId("s", "x"), encode(&9_u64), "names entry 9, which is not there"),
        (Entry::BySourceKey("s", "x"), encode(&4_u64), "names entry 4, which has another source"),
        (Entry::BySourceKey("s", "key-4"), encode(&3_u64), "missing from the index of source keys"),
        (Entry::ByEntryId("s", "entry-4"), encode(&3_u64), "missing from the index of ids"),
        (Entry::IntentOf("x", "s"), nothing(), "has no intent"),
        (Entry::Uncommitted(EpochMs(7), "s", "x"), nothing(), "has no intent"),
        (Entry::Uncommitted(EpochMs(7), "s", "committed"), nothing(), "is committed"),
        (Entry::Uncommitted(EpochMs(8), "s", "meant"), nothing(), "lies at 8 ms, and its intent"),
        (Entry::Content(unknown.as_str()), Some(b"unknown".to_vec()), "has no artifact"),
        (Entry::Content(unknown.as_str()), Some(b"unknowm".to_vec()), "is damaged"),
    ] {
        let mut memory = stocked();
        set(&mut memory, entry, value);
        let found = problems(&memory, 1_000);
        assert!(found.iter().any(|line| line.contains(expected)), "{entry:?}: {found:?}");
    }
}

#[test]
fn counters_that_fell_back_are_named() {
    for (counters, expected) in [
        (Counters { enqueue_seq: 3, fencing_token: 2 }, "entry 4 of session \"s\""),
        (Counters { enqueue_seq: 4, fencing_token: 0 }, "claim \"claim-1\" of session \"s\""),
    ] {
        let mut memory = stocked();
        set(&mut memory, Entry::Counters, encode(&counters));
        let found = problems(&memory, 1_000);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found.iter().all(|line| line.starts_with(expected)), "{found:?}");
    }
}

#[test]
fn a_row_under_another_ones_key_is_named() {
    for (from, to, expected) in [
        (Entry::Queued("s", 4), Entry::Queued("s", 3), "says it is number 4 of session \"s\""),
        (Entry::Queued("s", 4), Entry::Queued("t", 4), "says it is number 4 of session \"s\""),
        (Entry::Queued("s", 4), Entry::Queued("t", 4), "is in a queue without a length"),
        (Entry::Claim("s", "claim-1"), Entry::Claim("s", "c"), "says it is \"claim-1\" of"),
        (Entry::Claim("s", "claim-1"), Entry::Claim("t", "claim-1"), "holds entry 1, which is not"),
        (Entry::Intent("s", "meant"), Entry::Intent("s", "x"), "is of session \"s\" for \"meant\""),
    ] {
        let mut memory = stocked();
        let store = store();
        let from = Space::new(&store).unwrap().key(from);
        let value = memory.get(from.as_bytes()).unwrap();
        assert!(value.is_some());
        set(&mut memory, to, value);
        let found = problems(&memory, 1_000);
        assert!(found.iter().any(|line| line.contains(expected)), "{to:?}: {found:?}");
    }
}

#[test]
fn claims_and_entries_that_disagree_are_named() {
    let claim = Entry::Claim("s", "claim-1");
    for (seqs, expected) in [
        (vec![], "holds nothing"),
        (vec![1], "entry 2 of session \"s\" in store \"store\" is held by claim \"claim-1\""),
        (vec![2, 1], "does not hold its entries in order"),
        (vec![1, 2, 3], "holds entry 3, which another claim took"),
        (vec![1, 2, 4], "holds entry 4, which another claim took"),
        (vec![1, 2, 9], "holds entry 9, which is not there"),
    ] {
        let mut memory = stocked();
        let row: ClaimRow = read(&mut memory, claim);
        set(&mut memory, claim, encode(&ClaimRow { seqs, ..row }));
        let found = problems(&memory, 1_000);
        assert!(found.iter().any(|line| line.contains(expected)), "{expected}: {found:?}");
    }

    let mut memory = stocked();
    let header: Header = read(&mut memory, Entry::Queued("s", 2));
    let lost = Header { taken: None, ..header };
    set(&mut memory, Entry::Queued("s", 2), encode(&lost));
    let found = problems(&memory, 1_000);
    assert_eq!(found.len(), 1, "{found:?}");

    let mut memory = stocked();
    let row: ManifestRow = read(&mut memory, Entry::Intent("s", "committed"));
    let open = ManifestRow { committed_at: None, ..row };
    set(&mut memory, Entry::Intent("s", "committed"), encode(&open));
    let found = problems(&memory, 1_000);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found.iter().all(|line| line.contains("missing from the index of uncommitted")));
}

#[test]
fn what_is_looked_at_for_one_keys_sake_counts() {
    let memory = Memory::default();
    let mut ledger = ledger_over(&memory);
    for session in ["a", "b", "c"] {
        for _ in 0..200 {
            let entry = NewEntry {
                session_id: session.into(),
                source_key: None,
                delivery: Delivery::EarliestSafeBoundary,
                slot: Slot::Join,
                merge_key: MergeKey::Never,
                available_at: EpochMs(0),
                items: vec![Work { kind: WorkKind::TurnInput, body: "{}".into() }],
            };
            ledger.enqueue(&store(), &entry).unwrap();
        }
    }
    // The counters, then each queue's length with the keys that were counted for it.
    let page = wirt_contract::store::Store::check(&mut ledger, None, 6).unwrap();
    let next = page.next.unwrap();
    let store = store();
    let second = Space::new(&store).unwrap().key(Entry::QueueLen("b"));
    assert_eq!(next, crate::cursor::write(&second));
}
