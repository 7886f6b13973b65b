//! What a seed decides.

use std::collections::BTreeSet;

use crate::{Disk, Effect, Fault, Faults, FsError, Node, Profile, Quirks, Span};

const NAMES: [&str; 3] = ["a", "b", "c"];

fn with_files(disk: Disk) -> Disk {
    let mut disk = disk;
    for name in NAMES {
        disk.create(Node::ROOT, name, true).unwrap();
    }
    disk
}

fn plain() -> Disk {
    Disk::new(Profile::Kill, 3)
}

fn odd(seed: u64) -> Disk {
    plain().with_quirks(Quirks { seed })
}

fn orders(mut disk: Disk, listings: usize) -> Vec<Vec<String>> {
    let listing = |_| disk.list(Node::ROOT).unwrap().into_iter().map(|entry| entry.name).collect();
    (0..listings).map(listing).collect()
}

#[test]
fn each_listing_has_an_order_of_its_own_and_a_plain_disk_has_one() {
    let drawn = orders(with_files(odd(1)), 100);
    // Three names have six orders.
    assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), 6);
    for listing in &drawn {
        assert_eq!(BTreeSet::from_iter(listing.iter().map(String::as_str)), BTreeSet::from(NAMES));
    }
    assert_eq!(drawn, orders(with_files(odd(1)), 100), "the same seed draws the same");
    assert_ne!(drawn, orders(with_files(odd(2)), 100));
    let plain = orders(with_files(plain()), 100);
    assert_eq!(plain.iter().collect::<BTreeSet<_>>().len(), 1);
}

#[test]
fn numbers_are_unique_and_stay() {
    let numbers = |seed| {
        let mut disk = with_files(odd(seed));
        let mut number = |name: &str| {
            let node = disk.look(Node::ROOT, name).unwrap();
            disk.stat(node).unwrap().number
        };
        let (first, again) = (NAMES.map(&mut number), NAMES.map(number));
        assert_eq!(first, again);
        first
    };
    assert_eq!(BTreeSet::from(numbers(1)).len(), 3);
    assert_eq!(numbers(1), numbers(1));
    assert_ne!(numbers(1), numbers(2));
}

/// About one in eight is short, and a call does at least a byte.
#[test]
fn some_reads_and_writes_are_short_and_never_empty() {
    let run = |seed| {
        let mut disk = odd(seed);
        let file = disk.create(Node::ROOT, "a", true).unwrap();
        let mut counts = Vec::new();
        for _ in 0..800 {
            counts.push(disk.write(file, 0, &[1; 10]).unwrap());
        }
        disk.write_whole(file, 0, &[1; 10]).unwrap();
        for _ in 0..800 {
            counts.push(disk.read(file, 0, 10).unwrap().len());
        }
        counts
    };
    let counts = run(1);
    assert!(counts.iter().all(|count| (1..=10).contains(count)));
    for half in counts.chunks(800) {
        let short = half.iter().filter(|count| **count < 10).count();
        assert!((50..150).contains(&short), "{short} of 800");
    }
    assert_eq!(counts, run(1));
    assert_ne!(counts, run(2));
}

#[test]
fn what_stands_for_one_call_is_never_short_and_one_byte_neither() {
    let mut disk = odd(1);
    let file = disk.create(Node::ROOT, "a", true).unwrap();
    for nth in 0..200 {
        disk.write_whole(file, 0, &[1; 10]).unwrap();
        disk.append(file, &[2; 10]).unwrap();
        assert_eq!(disk.stat(file).unwrap().size, 10 * (nth + 2));
        assert_eq!(disk.write(file, 0, b"x"), Ok(1));
        assert_eq!(disk.write(file, 0, b""), Ok(0));
    }
    let short = Fault { from: 1, effect: Effect::Short, span: Span::ForEver };
    let full = Fault { from: 4, effect: Effect::NoSpace, span: Span::ForEver };
    let mut disk = plain().with_faults(Faults::planned([short, full]));
    let file = disk.create(Node::ROOT, "a", true).unwrap();
    disk.write_whole(file, 0, b"abc").unwrap();
    assert_eq!(disk.faults().struck(), 0, "a short call is not for it");
    disk.append(file, b"def").unwrap();
    assert_eq!(disk.append(file, b"ghi"), Err(FsError::NoSpace));
    assert_eq!(disk.snapshot().latest().file("a").unwrap(), b"abcdef");
}
