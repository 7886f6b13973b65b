//! Names from other stores, and rows that no export holds.

use wirt_contract::transfer::Holder;
use wirt_contract::work_queue::Item;

use super::*;

/// An entry as another store may have named it, held by a claim that it named.
fn foreign(seq: u64, entry_id: &str, claim_id: &str) -> (Entry, Holder) {
    let entry = Entry {
        entry_id: entry_id.into(),
        session_id: "s".into(),
        source_key: Some(entry_id.into()),
        delivery: Delivery::EarliestSafeBoundary,
        slot: Slot::Join,
        merge_key: MergeKey::Never,
        available_at: EpochMs(0),
        enqueue_seq: seq,
        enqueued_at: EpochMs(1),
        items: vec![Item { item_id: format!("{entry_id}:item:0"), work: work("{}") }],
    };
    let claim = ClaimRef {
        session_id: "s".into(),
        claim_id: claim_id.into(),
        fencing_token: 1,
        lease_token: "token".into(),
    };
    let holder = Holder {
        claim,
        owner: "owner".into(),
        claimed_at: EpochMs(1),
        expires_at: EpochMs(60_000),
    };
    (entry, holder)
}

fn imported<T>(
    ledger: &mut Ledger<Memory>,
    decide: impl FnOnce(&mut Call<'_>, Space<'_>) -> Result<T, Error>,
) -> Answer<T> {
    ledger.call(|call| {
        call.see_own_writes();
        let store = store();
        let space = Space::new(&store)?;
        import_counters(call, space, 2, 1)?;
        decide(call, space)
    })
}

#[test]
fn names_that_another_store_gave_are_not_given_again() {
    let mut ledger = ledger();
    let (first, holder) = foreign(1, "entry-3", "claim-2");
    let (second, _) = foreign(2, "e", "claim-2");
    imported(&mut ledger, |call, space| {
        import(call, space, &first, Some(&holder))?;
        import(call, space, &second, Some(&holder))
    })
    .unwrap();
    assert_sound(&mut ledger);
    let read = ledger.call(|call| whole(call, Space::new(&store())?, "s", 2));
    assert_eq!(read, Ok(Some((second, Some(holder.clone())))));

    let third = ledger.enqueue(&store(), &new_entry("s", Slot::Join)).unwrap();
    assert_eq!((third.entry_id.as_str(), third.enqueue_seq), ("entry-4", 4));
    let ours = claim(&mut ledger, "s", 60_000, 9);
    assert_eq!((ours.claim.claim_id.as_str(), ours.claim.fencing_token), ("claim-3", 3));
    assert_eq!(seqs(&ours.entries), [4]);
    let renewed = ledger.renew(&store(), &holder.claim, 60_000).unwrap();
    assert_eq!(seqs(&renewed.entries), [1, 2]);
    assert_sound(&mut ledger);
}

#[test]
fn a_claim_that_has_another_stores_name_does_not_hold_what_that_one_held() {
    let mut ledger = ledger();
    let (first, holder) = foreign(1, "a", "claim-2");
    let (second, _) = foreign(2, "b", "claim-2");
    imported(&mut ledger, |call, space| {
        import(call, space, &first, Some(&holder))?;
        import(call, space, &second, Some(&holder))
    })
    .unwrap();
    assert_eq!(ledger.abandon(&store(), &holder.claim), Ok(true));
    let ours = claim(&mut ledger, "s", 60_000, 1);
    assert_eq!(ours.claim.claim_id, holder.claim.claim_id);
    assert_eq!(pending(&mut ledger, "s"), [2]);
    let read = ledger.call(|call| whole(call, Space::new(&store())?, "s", 2));
    assert_eq!(read.unwrap().unwrap().1, None);
    assert_sound(&mut ledger);
}

#[test]
fn rows_that_no_export_holds_together_are_invalid() {
    let (entry, holder) = foreign(1, "a", "c");
    let claim = &holder.claim;
    let held = |claim: ClaimRef| Some(Holder { claim, ..holder.clone() });
    let misnamed = vec![Item { item_id: "a:item:1".into(), work: work("{}") }];
    let wrong = [
        (Entry { enqueue_seq: 3, ..entry.clone() }, None),
        (Entry { items: vec![], ..entry.clone() }, None),
        (Entry { items: misnamed, ..entry.clone() }, None),
        (Entry { source_key: Some(String::new()), ..entry.clone() }, None),
        (entry.clone(), held(ClaimRef { fencing_token: 2, ..claim.clone() })),
        (entry.clone(), held(ClaimRef { session_id: "t".into(), ..claim.clone() })),
        (entry.clone(), held(ClaimRef { claim_id: "".into(), ..claim.clone() })),
        (entry.clone(), held(ClaimRef { lease_token: "l".repeat(513), ..claim.clone() })),
        (entry.clone(), Some(Holder { owner: String::new(), ..holder.clone() })),
    ];
    for (entry, holder) in wrong {
        let mut ledger = ledger();
        let refused =
            imported(&mut ledger, |call, space| import(call, space, &entry, holder.as_ref()));
        assert!(matches!(error(refused), Error::Invalid(_)), "{entry:?} {holder:?}");
    }
    let (second, _) = foreign(2, "b", "c");
    let otherwise = Holder { owner: "other".into(), ..holder.clone() };
    let same_id = Entry { entry_id: "a".into(), items: entry.items.clone(), ..second.clone() };
    let same_key = Entry { source_key: Some("a".into()), ..second.clone() };
    for (next, holder_of_next) in
        [(second, otherwise), (same_id, holder.clone()), (same_key, holder.clone())]
    {
        let mut ledger = ledger();
        let refused = imported(&mut ledger, |call, space| {
            import(call, space, &entry, Some(&holder))?;
            import(call, space, &next, Some(&holder_of_next))
        });
        assert!(matches!(error(refused), Error::Invalid(_)), "{next:?}");
    }
    let refused = ledger().call(|call| import_counters(call, Space::new(&store())?, 0, 0));
    assert!(matches!(error(refused), Error::Invalid(_)));
}
