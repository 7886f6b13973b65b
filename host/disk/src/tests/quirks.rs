//! What a seed decides.

use std::collections::BTreeSet;

use crate::{Disk, Node, Profile, Quirks};

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
        // Whatever was short: ten bytes to read.
        disk.set_size(file, 10).unwrap();
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
fn a_call_for_one_byte_is_never_short() {
    let mut disk = odd(1);
    let file = disk.create(Node::ROOT, "a", true).unwrap();
    for _ in 0..200 {
        assert_eq!(disk.write(file, 0, b"x"), Ok(1));
        assert_eq!(disk.write(file, 0, b""), Ok(0));
    }
}
