//! What a suite does not see: what is written, how far a call walks, and bounds that take thousands
//! of entries.

mod moving;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wirt_contract::store::Store;
use wirt_contract::work_queue::{Boundary, Delivery, MergeKey, Slot, Work, WorkKind};
use wirt_contract::{ClaimId, EpochMs, Error};

use super::*;
use crate::call::Call;
use crate::tests::{error, identity, ledger, ledger_over, store};
use crate::{Clock, KvError, Memory, Writes};

fn new_entry(session: &str, slot: Slot) -> NewEntry {
    NewEntry {
        session_id: session.into(),
        source_key: None,
        delivery: Delivery::EarliestSafeBoundary,
        slot,
        merge_key: MergeKey::Never,
        available_at: EpochMs(0),
        items: vec![work("{}")],
    }
}

fn work(body: &str) -> Work {
    Work { kind: WorkKind::TurnInput, body: body.into() }
}

fn claimant(session: &str, ttl: u64) -> Claimant {
    Claimant { session_id: session.into(), owner: "owner".into(), boundary: Boundary::Idle, ttl }
}

fn fill<K: KeyValue>(ledger: &mut Ledger<K>, session: &str, entries: u32) {
    for _ in 0..entries {
        ledger.enqueue(&store(), &new_entry(session, Slot::Join)).unwrap();
    }
}

fn claim<K: KeyValue>(ledger: &mut Ledger<K>, session: &str, ttl: u64, max: u32) -> Claim {
    ledger.claim(&store(), &claimant(session, ttl), max).unwrap().unwrap()
}

fn seqs(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.enqueue_seq).collect()
}

fn pending<K: KeyValue>(ledger: &mut Ledger<K>, session: &str) -> Vec<u64> {
    seqs(&ledger.list_pending(&store(), &session.into(), None, 1_000).unwrap())
}

fn complete_all<K: KeyValue>(
    ledger: &mut Ledger<K>,
    claims: &[ClaimRef],
) -> Answer<Result<(), ClaimId>> {
    ledger.call(|call| complete(call, Space::new(&store())?, claims))
}

fn assert_sound<K: KeyValue>(ledger: &mut Ledger<K>) {
    let mut after = None;
    loop {
        let page = ledger.check(after.as_deref(), 1_000).unwrap();
        assert_eq!(page.problems, Vec::<String>::new());
        let Some(next) = page.next else { return };
        after = Some(next);
    }
}

/// What a call would write.
fn writes_of(memory: &Memory, decide: impl FnOnce(&mut Call<'_>, Space<'_>)) -> Writes {
    let (mut kept, store) = (memory.reopen(), store());
    let mut call = Call::new(&mut kept, Clock::new(|| EpochMs(2_000)));
    decide(&mut call, Space::new(&store).unwrap());
    call.into_writes()
}

/// Counts what is read.
struct Counting {
    memory: Memory,
    reads: Arc<AtomicU64>,
}

impl KeyValue for Counting {
    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.memory.get(key)
    }

    fn keys(&mut self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, KvError> {
        let keys = self.memory.keys(from, to, limit)?;
        let read = u64::try_from(keys.len()).unwrap();
        self.reads.fetch_add(read, Ordering::Relaxed);
        Ok(keys)
    }

    fn write(&mut self, writes: Writes) -> Result<(), KvError> {
        self.memory.write(writes)
    }

    fn commit(&mut self) -> Result<(), KvError> {
        self.memory.commit()
    }
}

#[test]
fn the_last_of_a_full_queue_is_found_behind_what_live_claims_hold() {
    let reads = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&reads);
    let mut ledger = Ledger::new(identity(), Clock::new(|| EpochMs(1_000)), move || {
        Ok(Counting { memory: Memory::default(), reads: Arc::clone(&counted) })
    });
    fill(&mut ledger, "s", LIMITS.max_queued);
    let mut held = 0;
    while held < u64::from(LIMITS.max_queued) - 1 {
        // 4,095 in claims of 63.
        held = claim(&mut ledger, "s", 60_000, 63).entries.last().unwrap().enqueue_seq;
    }

    let mut count = |look: &mut dyn FnMut(&mut Ledger<Counting>) -> Vec<u64>| {
        let before = reads.load(Ordering::Relaxed);
        assert_eq!(look(&mut ledger), [u64::from(LIMITS.max_queued)]);
        reads.load(Ordering::Relaxed) - before
    };
    // Each entry's key and header, each claim once, and what is claimed.
    let most = u64::from(LIMITS.max_queued) * 2 + 65 + 10;
    let reads = count(&mut |ledger| {
        let last = ledger.list_pending(&store(), &"s".into(), None, 1).unwrap();
        seqs(&last)
    });
    assert!(reads <= most, "{reads} reads");
    let reads = count(&mut |ledger| seqs(&claim(ledger, "s", 60_000, 5).entries));
    assert!(reads <= most, "{reads} reads");
}

#[test]
fn one_entry_taken_from_a_claim_ends_all_of_it() {
    let mut ledger = ledger();
    fill(&mut ledger, "s", 3);
    let lost = claim(&mut ledger, "s", 0, 3);
    let taken = claim(&mut ledger, "s", 60_000, 1);
    assert!(matches!(error(ledger.renew(&store(), &lost.claim, 60_000)), Error::Expired(_)));
    assert_eq!(ledger.abandon(&store(), &lost.claim), Ok(false));
    let lost = lost.claim.claim_id;
    assert_eq!(pending(&mut ledger, "s"), [2, 3]);
    assert_sound(&mut ledger);
    let rest = claim(&mut ledger, "s", 60_000, 9);
    assert_eq!(seqs(&rest.entries), [2, 3]);
    assert!(rest.claim.claim_id != lost && rest.claim.claim_id != taken.claim.claim_id);
    assert!(ledger.renew(&store(), &taken.claim, 1).is_ok());
}

#[test]
fn an_entry_cancelled_out_of_an_expired_claim_ends_all_of_it() {
    let mut ledger = ledger();
    fill(&mut ledger, "s", 3);
    let lost = claim(&mut ledger, "s", 0, 3);
    let [_, second, _] = lost.entries.as_slice() else { panic!() };
    let cancelled = ledger.cancel(&store(), &"s".into(), &second.entry_id);
    assert_eq!(cancelled, Ok(Some(second.clone())));
    assert_eq!(
        complete_all(&mut ledger, std::slice::from_ref(&lost.claim)),
        Ok(Err(lost.claim.claim_id))
    );
    assert_eq!(pending(&mut ledger, "s"), [1, 3]);
    assert_sound(&mut ledger);
}

#[test]
fn renewing_and_abandoning_write_a_claims_row_alone() {
    let memory = Memory::default();
    let mut ledger = ledger_over(&memory);
    fill(&mut ledger, "s", 20);
    let held = claim(&mut ledger, "s", 60_000, 20);
    for writes in [
        writes_of(&memory, |call, space| {
            held::renew(call, space, &held.claim, 1).unwrap();
        }),
        writes_of(&memory, |call, space| {
            assert_eq!(held::abandon(call, space, &held.claim), Ok(true));
        }),
    ] {
        assert_eq!(writes.len(), 1);
    }
}

#[test]
fn a_claim_of_nothing_writes_nothing() {
    let memory = Memory::default();
    let mut ledger = ledger_over(&memory);
    fill(&mut ledger, "s", 3);
    claim(&mut ledger, "s", 0, 3);
    let session = "s".into();
    let writes = writes_of(&memory, |call, space| {
        let queue = Queue::new(space, &session).unwrap();
        let none = claim::claim(call, queue, &claimant("s", 9), 3, |_| false);
        assert_eq!(none, Ok(None));
        assert_eq!(claim::claim(call, queue, &claimant("s", 9), 0, |_| true), Ok(None));
    });
    assert!(writes.is_empty());
}

#[test]
fn claims_complete_together_or_not_at_all() {
    let memory = Memory::default();
    let mut ledger = ledger_over(&memory);
    fill(&mut ledger, "s", 5);
    fill(&mut ledger, "t", 2);
    let first = claim(&mut ledger, "s", 0, 2).claim;
    ledger.renew(&store(), &first, 60_000).unwrap();
    let second = claim(&mut ledger, "s", 60_000, 2).claim;
    let other = claim(&mut ledger, "t", 60_000, 9).claim;
    let stale = ClaimRef { lease_token: "stale".into(), ..second.clone() };
    let elsewhere = ClaimRef { session_id: "t".into(), ..second.clone() };
    let older = ClaimRef { fencing_token: 0, ..second.clone() };
    let later = ClaimRef { lease_token: "stale".into(), ..other.clone() };

    for wrong in [&stale, &elsewhere, &older, &first] {
        let writes = writes_of(&memory, |call, space| {
            let claims = [first.clone(), wrong.clone(), later.clone()];
            let lost = complete(call, space, &claims);
            assert_eq!(lost, Ok(Err(wrong.claim_id.clone())));
        });
        assert!(writes.is_empty());
    }
    let all = [second, other, first];
    assert_eq!(complete_all(&mut ledger, &all), Ok(Ok(())));
    assert_eq!(pending(&mut ledger, "s"), [5]);
    assert!(pending(&mut ledger, "t").is_empty());
    assert_sound(&mut ledger);
    let [second, ..] = all;
    let again = complete_all(&mut ledger, std::slice::from_ref(&second));
    assert_eq!(again, Ok(Err(second.claim_id)));
}

#[test]
fn an_emptied_queue_leaves_the_counters_alone() {
    let mut memory = Memory::default();
    let mut ledger = ledger_over(&memory);
    for _ in 0..2 {
        let entry = NewEntry { source_key: Some("k".into()), ..new_entry("s", Slot::Join) };
        ledger.enqueue(&store(), &entry).unwrap();
        let claim = claim(&mut ledger, "s", 60_000, 9).claim;
        assert_eq!(complete_all(&mut ledger, &[claim]), Ok(Ok(())));
        let entry = ledger.enqueue(&store(), &entry).unwrap();
        ledger.cancel(&store(), &"s".into(), &entry.entry_id).unwrap().unwrap();
    }
    let store = store();
    let all = Space::new(&store).unwrap().all();
    assert_eq!(memory.keys(&all.from, &all.to, 99).unwrap().len(), 1);
    let last = ledger.enqueue(&store, &new_entry("s", Slot::Join)).unwrap();
    assert_eq!(last.enqueue_seq, 5);
}

#[test]
fn a_full_queue_still_answers_a_source_key() {
    let mut ledger = ledger();
    let keyed = NewEntry { source_key: Some("k".into()), ..new_entry("s", Slot::Join) };
    let first = ledger.enqueue(&store(), &keyed).unwrap();
    fill(&mut ledger, "s", LIMITS.max_queued - 1);
    let other = NewEntry { items: vec![work("other")], ..keyed };
    assert_eq!(ledger.enqueue(&store(), &other), Ok(first.clone()));
    let more = new_entry("s", Slot::Join);
    assert!(matches!(error(ledger.enqueue(&store(), &more)), Error::Invalid(_)));
    fill(&mut ledger, "t", 1);
    ledger.cancel(&store(), &"s".into(), &first.entry_id).unwrap().unwrap();
    assert_eq!(ledger.enqueue(&store(), &other).unwrap().items.len(), 1);
    assert!(matches!(error(ledger.enqueue(&store(), &more)), Error::Invalid(_)));
    assert_sound(&mut ledger);
}

#[test]
fn a_lease_token_is_of_one_claim_alone() {
    let time = Arc::new(AtomicU64::new(1_000));
    let token = |store: &str, session: &str, owner: &str| {
        let now = Arc::clone(&time);
        let clock = Clock::new(move || EpochMs(now.load(Ordering::Relaxed)));
        let mut ledger = Ledger::new(identity(), clock, || Ok(Memory::default()));
        ledger.enqueue(&store.into(), &new_entry(session, Slot::Join)).unwrap();
        let claimant = Claimant { owner: owner.into(), ..claimant(session, 9) };
        ledger.claim(&store.into(), &claimant, 1).unwrap().unwrap().claim.lease_token
    };
    let told = token("a", "b", "c");
    assert_eq!(told.len(), 32);
    assert_eq!(token("a", "b", "c"), told);
    for other in [token("ab", "c", "d"), token("a", "bc", "d"), token("a", "b", "cd")] {
        assert_ne!(other, told);
    }
    assert_ne!(token("ab", "c", "d"), token("a", "bc", "d"));
    time.store(1_001, Ordering::Relaxed);
    assert_ne!(token("a", "b", "c"), told);
}

#[test]
fn a_claim_lives_by_the_clock_and_for_ever_at_most() {
    let time = Arc::new(AtomicU64::new(1_000));
    let now = Arc::clone(&time);
    let clock = Clock::new(move || EpochMs(now.load(Ordering::Relaxed)));
    let mut ledger = Ledger::new(identity(), clock, || Ok(Memory::default()));
    fill(&mut ledger, "s", 1);
    let held = claim(&mut ledger, "s", 10, 1);
    time.store(1_009, Ordering::Relaxed);
    assert!(pending(&mut ledger, "s").is_empty());
    time.store(1_010, Ordering::Relaxed);
    assert_eq!(pending(&mut ledger, "s"), [1]);
    let renewed = ledger.renew(&store(), &held.claim, u64::MAX).unwrap();
    assert_eq!((renewed.claimed_at, renewed.expires_at), (EpochMs(1_000), EpochMs(u64::MAX)));
    time.store(u64::MAX - 1, Ordering::Relaxed);
    assert!(pending(&mut ledger, "s").is_empty());
    fill(&mut ledger, "t", 1);
    assert_eq!(claim(&mut ledger, "t", u64::MAX, 1).expires_at, EpochMs(u64::MAX));
}

#[test]
fn a_page_is_cut_by_bodies_and_by_the_number_of_items() {
    let long = "b".repeat(usize::try_from(LIMITS.max_payload_bytes).unwrap());
    let many = vec![work(""); usize::try_from(LIMITS.max_list).unwrap()];
    // 4,096 item ids of "entry-N:item:NNNN" are about 64 KiB.
    for (items, entries, least, most) in [(vec![work(&long)], 9, 7, 8), (many, 150, 100, 149)] {
        let mut ledger = ledger();
        for _ in 0..entries {
            let entry = NewEntry { items: items.clone(), ..new_entry("s", Slot::Join) };
            ledger.enqueue(&store(), &entry).unwrap();
        }
        let first = ledger.list_entries(&store(), &"s".into(), None, 1_000).unwrap();
        assert!((least..=most).contains(&first.len()), "{}", first.len());
        let last = first.last().map(|entry| entry.enqueue_seq);
        let rest = ledger.list_entries(&store(), &"s".into(), last, 1_000).unwrap();
        assert_eq!(first.len() + rest.len(), entries);
    }
}

#[test]
fn a_claim_of_too_much_work_is_refused_and_one_of_less_is_not() {
    let mut ledger = ledger();
    let long = "b".repeat(usize::try_from(LIMITS.max_payload_bytes).unwrap());
    for _ in 0..3 {
        let entry = NewEntry { items: vec![work(&long); 15], ..new_entry("s", Slot::Join) };
        ledger.enqueue(&store(), &entry).unwrap();
    }
    let claimant = claimant("s", 60_000);
    let Error::Invalid(message) = error(ledger.claim(&store(), &claimant, 3)) else {
        panic!("a breach of the bound is invalid");
    };
    assert!(message.contains("fewer"), "{message}");
    let held = claim(&mut ledger, "s", 60_000, 2);
    assert_eq!((held.entries.len(), held.claim.fencing_token), (2, 1));
}

#[test]
fn a_commit_completes_a_bounded_number_of_entries() {
    let mut ledger = ledger();
    let mut claims = Vec::new();
    for session in ["a", "b", "c", "d", "e"] {
        fill(&mut ledger, session, if session == "e" { 1 } else { LIMITS.max_queued });
        claims.push(claim(&mut ledger, session, 60_000, u32::MAX).claim);
    }
    assert!(matches!(error(complete_all(&mut ledger, &claims)), Error::Invalid(_)));
    let last = claims.pop().unwrap();
    assert_eq!(complete_all(&mut ledger, &claims), Ok(Ok(())));
    assert_eq!(complete_all(&mut ledger, &[last]), Ok(Ok(())));
    assert_sound(&mut ledger);
}

#[test]
fn a_full_queue_of_the_longest_ids_is_claimed_and_completed_in_a_call_each() {
    let mut ledger = ledger();
    let id = |number: u32| format!("{number:0>width$}", width = 512);
    let session = id(0);
    for number in 0..LIMITS.max_queued {
        let entry = NewEntry {
            source_key: Some(id(number)),
            merge_key: MergeKey::Group(id(0)),
            ..new_entry(&session, Slot::Join)
        };
        ledger.enqueue(&id(1).into(), &entry).unwrap();
    }
    let claimant = Claimant { owner: id(2), ..claimant(&session, 60_000) };
    let held = ledger.claim(&id(1).into(), &claimant, u32::MAX).unwrap().unwrap();
    assert_eq!(held.entries.len(), usize::try_from(LIMITS.max_queued).unwrap());
    let done = ledger.call(|call| complete(call, Space::new(&id(1).into())?, &[held.claim]));
    assert_eq!(done, Ok(Ok(())));
    assert_eq!(ledger.list_entries(&id(1).into(), &session.into(), None, 1), Ok(vec![]));
}

#[test]
fn numbers_that_are_used_up_are_an_error_that_leaves_all_as_it_was() {
    let mut ledger = ledger();
    ledger
        .call(|call| import_counters(call, Space::new(&store())?, u64::MAX - 1, u64::MAX))
        .unwrap();
    let entry = ledger.enqueue(&store(), &new_entry("s", Slot::Join)).unwrap();
    assert_eq!(entry.enqueue_seq, u64::MAX);
    let refused = ledger.enqueue(&store(), &new_entry("s", Slot::Join));
    assert!(matches!(error(refused), Error::Backend { .. }));
    let refused = ledger.claim(&store(), &claimant("s", 9), 1);
    assert!(matches!(error(refused), Error::Backend { .. }));
    assert_eq!(pending(&mut ledger, "s"), [u64::MAX]);
    let none = ledger.list_entries(&store(), &"s".into(), Some(u64::MAX), 1);
    assert_eq!(none, Ok(vec![]));
}
