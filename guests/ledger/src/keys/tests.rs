use wirt_contract::EpochMs;

use super::*;

#[test]
fn every_entry_reads_back_from_its_key() {
    let store = StoreId::new("s\0\u{7f}ü");
    let space = Space::new(&store).unwrap();
    let (at, text) = (EpochMs(7), "t\0");
    let mut entries = vec![
        Entry::Row("t"),
        Entry::Outcome("t"),
        Entry::Failure("t"),
        Entry::Unclosed("\0"),
        Entry::Event(text, u64::MAX),
        Entry::Attachment(""),
        Entry::Bytes("not even hex"),
        Entry::Head,
        Entry::Frames,
        Entry::Meta,
        Entry::Blob("b"),
        Entry::Node(3, text),
        Entry::NodeAt(3, u64::MAX),
        Entry::Tombstone(3, text),
        Entry::UsedId(3, text),
        Entry::Usage(text, text),
        Entry::Turn(text),
        Entry::Counters,
        Entry::QueueLen(text),
        Entry::Queued(text, 9),
        Entry::Items(text, 9),
        Entry::ByEntryId(text, text),
        Entry::BySourceKey(text, text),
        Entry::Claim(text, text),
        Entry::Intent(text, text),
        Entry::IntentOf(text, text),
        Entry::Uncommitted(at, text, text),
        Entry::Artifact(text),
        Entry::Content(text),
    ];
    entries.extend(STATUSES.map(|status| Entry::ByStatus(status, at, "t")));
    let mut seen = std::collections::BTreeSet::new();
    for entry in entries {
        let key = space.key(entry);
        let (found_in, found) = key.parse().unwrap();
        assert_eq!(found_in, store.as_str());
        assert_eq!(format!("{found:?}"), format!("{entry:?}"));
        assert!(seen.insert(key.clone()), "two entries share {key}");
        assert!(key.to_string().ends_with(&format!("in store {}", space.id())), "{key}");
    }
    assert_eq!(Key(vec![DATA, b's', 0, 0, 99]).parse(), None);
    assert_eq!(Key(vec![DATA, b's', 0, 1, 9]).parse(), None);
    assert_eq!(Key(b"\0format".to_vec()).parse(), None);
    let mut long = space.key(Entry::<&str>::Head).into_bytes();
    long.push(1);
    assert_eq!(Key(long).parse(), None, "nothing follows a key's end");
}

#[test]
fn keys_sort_as_the_contracts_list() {
    let store = StoreId::new("s");
    let space = Space::new(&store).unwrap();
    let at = |ms, id| space.key(Entry::ByStatus(Status::Running, EpochMs(ms), id));
    assert!(at(300, "z") < at(299, "a"), "newer comes first");
    assert!(at(300, "a") < at(300, "ab"), "then by id");
    let event = |seq| space.key(Entry::Event("t", seq));
    assert!(event(255) < event(256));
    let usage = |source, model| space.key(Entry::Usage(source, model));
    let sorted =
        [("", "z"), ("\0", ""), ("\0\0", ""), ("\0a", ""), ("a", ""), ("aa", ""), ("b", "")];
    for pair in sorted.windows(2) {
        let [(a, b), (c, d)] = pair else { panic!() };
        assert!(usage(*a, *b) < usage(*c, *d), "{pair:?}");
    }
}

#[test]
fn no_store_and_no_tape_sees_into_another() {
    let inside = |span: &Span, key: &Key| {
        span.from.as_slice() <= key.as_bytes() && key.as_bytes() < span.to.as_slice()
    };
    // `b` spells what a key of `a` without an end would hold: area and id.
    let (a, b) = (StoreId::new("a"), StoreId::new("a\u{5}t"));
    let (a, b) = (Space::new(&a).unwrap(), Space::new(&b).unwrap());
    let unclosed = a.key(Entry::Unclosed("t"));
    assert!(inside(&a.unclosed(), &unclosed));
    assert!(!inside(&a.unclosed(), &b.key(Entry::Unclosed("t"))));
    assert!(!inside(&a.unclosed().after(Some(&unclosed)), &unclosed));
    assert!(!inside(&a.unclosed().before(&unclosed), &unclosed));
    assert!(!inside(&a.unclosed(), &a.key(Entry::Event("t", 1))));
    assert!(inside(&a.all(), &unclosed));
    assert!(!inside(&a.all(), &b.key(Entry::Unclosed("t"))));

    let long = "t\0\0\0\0\0\0\0\u{1}";
    assert!(inside(&a.events("t", 1), &a.key(Entry::Event("t", u64::MAX))));
    assert!(!inside(&a.events("t", 1), &a.key(Entry::Event(long, 1))));

    let nodes = a.nodes_before(2);
    assert!(inside(&nodes, &a.key(Entry::Node(1, "n"))));
    assert!(!inside(&nodes, &a.key(Entry::Node(2, ""))));
    assert!(!inside(&nodes, &a.key(Entry::<&str>::NodeAt(1, 1))));

    let until = a.uncommitted(EpochMs(5));
    assert!(inside(&until, &a.key(Entry::Uncommitted(EpochMs(5), "z", "z"))));
    assert!(!inside(&until, &a.key(Entry::Uncommitted(EpochMs(6), "", ""))));
}

#[test]
fn a_prefix_that_ends_in_the_last_byte_still_ends() {
    let span = Span::under(vec![1, 0xff]);
    assert_eq!((span.from, span.to), (vec![1, 0xff], vec![2]));
}
