//! Small workloads whose images are worked out by hand.

mod profiles;
mod quirks;

use std::collections::BTreeSet;

use crate::{
    BLOCK_BYTES, Choices, Disk, Effect, Fault, Faults, FsError, Image, Node, Profile, Snapshot,
    Span,
};

fn images(snapshot: &Snapshot) -> BTreeSet<u128> {
    Choices::of(snapshot, 10_000, 0)
        .filter(|choice| choice.torn.is_none())
        .map(|choice| snapshot.image(&choice).digest())
        .collect()
}

fn shapes(snapshot: &Snapshot) -> BTreeSet<Vec<String>> {
    Choices::of(snapshot, 10_000, 0)
        .filter(|choice| choice.torn.is_none())
        .map(|choice| {
            let image = snapshot.image(&choice);
            let describe = |path: String| match image.file(&path) {
                Some(bytes) => format!("{path}={}", String::from_utf8_lossy(&bytes)),
                None => path,
            };
            image.paths().into_iter().map(describe).collect()
        })
        .collect()
}

fn set<const N: usize>(shapes: [&[&str]; N]) -> BTreeSet<Vec<String>> {
    shapes.into_iter().map(|shape| shape.iter().map(|&text| text.to_owned()).collect()).collect()
}

/// On paper: the entry, the size and the block are each old or new. Without the entry there is
/// nothing (4 of 8); with it and the old size an empty file (2 of 8); else zeros or the bytes.
#[test]
fn a_new_file_leaves_four_images_when_everything_goes_for_itself() {
    let mut disk = Disk::new(Profile::PosixStrict, 0);
    let file = disk.create(Node::ROOT, "a", true).unwrap();
    disk.write(file, 0, b"xy").unwrap();
    let snapshot = disk.snapshot();
    assert_eq!(snapshot.objects().len(), 3);
    let choices = Choices::of(&snapshot, 100, 0);
    assert_eq!((choices.coverage().looked_at, choices.coverage().of), (8, 8));
    assert_eq!(shapes(&snapshot), set([&[], &["a="], &["a=\0\0"], &["a=xy"]]));
}

/// On paper: the size never shows what was not written, so the zeros are gone.
#[test]
fn an_ordered_disk_never_shows_a_new_block_before_its_bytes() {
    let mut disk = Disk::new(Profile::Ordered, 0);
    let file = disk.create(Node::ROOT, "a", true).unwrap();
    disk.write(file, 0, b"xy").unwrap();
    assert_eq!(shapes(&disk.snapshot()), set([&[], &["a="], &["a=xy"]]));
    disk.sync(file).unwrap();
    assert_eq!(shapes(&disk.snapshot()), set([&["a=xy"]]));
    disk.write(file, 0, b"z").unwrap();
    assert_eq!(shapes(&disk.snapshot()), set([&["a=xy"], &["a=zy"]]));
}

#[test]
fn a_killed_process_loses_nothing_it_wrote() {
    let mut disk = Disk::new(Profile::Kill, 0);
    let file = disk.create(Node::ROOT, "a", true).unwrap();
    disk.write(file, 0, b"xy").unwrap();
    assert_eq!(shapes(&disk.snapshot()), set([&["a=xy"]]));
}

#[test]
fn a_sync_keeps_the_entry_only_where_the_profile_says_so() {
    for (profile, expected) in
        [(Profile::Posix, set([&["a=xy"]])), (Profile::PosixStrict, set([&[], &["a=xy"]]))]
    {
        let mut disk = Disk::new(profile, 0);
        let file = disk.create(Node::ROOT, "a", true).unwrap();
        disk.write(file, 0, b"xy").unwrap();
        disk.sync(file).unwrap();
        assert_eq!(shapes(&disk.snapshot()), expected, "{profile}");
        disk.sync(Node::ROOT).unwrap();
        assert_eq!(shapes(&disk.snapshot()), set([&["a=xy"]]));
    }
}

/// On paper: two blocks, each with one value open, and the size stands: 2 x 2.
#[test]
fn blocks_come_and_go_each_for_itself_and_a_write_across_two_may_tear() {
    let mut disk = Disk::new(Profile::Ordered, 0);
    let file = disk.create(Node::ROOT, "a", true).unwrap();
    disk.write(file, 0, &[1; 2 * BLOCK_BYTES]).unwrap();
    disk.sync(file).unwrap();
    disk.write(file, 0, &[2; 2 * BLOCK_BYTES]).unwrap();
    let snapshot = disk.snapshot();
    assert_eq!(images(&snapshot).len(), 4);
    // Torn: each of two blocks at three places, the other one new or old.
    let torn: BTreeSet<u128> = Choices::of(&snapshot, 100, 0)
        .filter(|choice| choice.torn.is_some())
        .map(|choice| snapshot.image(&choice).digest())
        .collect();
    assert_eq!(torn.len(), 12);
    assert!(torn.is_disjoint(&images(&snapshot)));
}

#[test]
fn a_rename_is_whole() {
    let mut disk = Disk::new(Profile::PosixStrict, 0);
    let file = disk.create(Node::ROOT, "tmp", true).unwrap();
    disk.write(file, 0, b"x").unwrap();
    disk.sync(file).unwrap();
    disk.sync(Node::ROOT).unwrap();
    disk.rename(Node::ROOT, "tmp", Node::ROOT, "real").unwrap();
    assert_eq!(shapes(&disk.snapshot()), set([&["tmp=x"], &["real=x"]]));
}

#[test]
fn a_rename_over_a_file_leaves_the_old_or_the_new_one() {
    let mut disk = Disk::new(Profile::PosixStrict, 0);
    for (name, bytes) in [("real", b"old"), ("tmp", b"new")] {
        let file = disk.create(Node::ROOT, name, true).unwrap();
        disk.write(file, 0, bytes).unwrap();
        disk.sync(file).unwrap();
    }
    disk.sync(Node::ROOT).unwrap();
    disk.rename(Node::ROOT, "tmp", Node::ROOT, "real").unwrap();
    assert_eq!(shapes(&disk.snapshot()), set([&["real=old", "tmp=new"], &["real=new"]]));
}

#[test]
fn what_was_cut_does_not_come_back() {
    let mut disk = Disk::new(Profile::Kill, 0);
    let file = disk.create(Node::ROOT, "a", true).unwrap();
    disk.write(file, 0, &[7; BLOCK_BYTES + 10]).unwrap();
    disk.set_size(file, 3).unwrap();
    disk.set_size(file, 6).unwrap();
    assert_eq!(disk.read(file, 0, 100).unwrap(), [7, 7, 7, 0, 0, 0]);
}

#[test]
fn a_failed_sync_has_not_synced_and_the_next_one_does_not_make_up_for_it() {
    let mut disk = Disk::new(Profile::Posix, 0);
    let file = disk.create(Node::ROOT, "a", true).unwrap();
    disk.sync(file).unwrap();
    disk.write(file, 0, b"x").unwrap();
    let from = disk.calls() + 1;
    let mut disk =
        disk.with_faults(Faults::planned([Fault { from, effect: Effect::Io, span: Span::Once }]));
    assert_eq!(disk.sync(file), Err(FsError::Io));
    assert_eq!(disk.sync(file), Ok(()));
    assert_eq!(disk.faults().struck(), 1);
    assert!(shapes(&disk.snapshot()).contains(&vec!["a=\0".to_owned()]), "the bytes may be lost");
    disk.write(file, 0, b"y").unwrap();
    disk.sync(file).unwrap();
    assert_eq!(shapes(&disk.snapshot()), set([&["a=y"]]));
}

#[test]
fn a_full_disk_refuses_what_needs_room_and_a_short_call_does_half() {
    let fault = |effect| Fault { from: 1, effect, span: Span::ForEver };
    let mut disk =
        Disk::new(Profile::Kill, 0).with_faults(Faults::planned([fault(Effect::NoSpace)]));
    assert_eq!(disk.create(Node::ROOT, "a", true), Err(FsError::NoSpace));
    assert_eq!(disk.sync(Node::ROOT), Ok(()));
    let mut disk = Disk::new(Profile::Kill, 0).with_faults(Faults::planned([fault(Effect::Short)]));
    let file = disk.create(Node::ROOT, "a", true).unwrap();
    assert_eq!(disk.write(file, 0, b"wxyz"), Ok(2));
    assert_eq!(disk.read(file, 0, 10), Ok(b"w".to_vec()));
    assert_eq!(disk.write(file, 2, b"y"), Ok(1), "a single byte is done");
}

#[test]
fn an_image_makes_a_disk_that_shows_it() {
    let mut disk = Disk::new(Profile::Kill, 0);
    disk.create_folder(Node::ROOT, "d").unwrap();
    let file = disk.create(Node::ROOT, "d/a", true).unwrap();
    disk.write(file, 5_000, b"x").unwrap();
    let image = disk.snapshot().latest();
    let again = Disk::from_image(&image, Profile::PosixStrict, 9).snapshot();
    assert_eq!(again.objects().len(), 0);
    assert_eq!(again.latest(), image);
    assert_eq!(image.paths(), ["d/", "d/a"]);
    assert_ne!(image.digest(), Image::default().digest());
}

#[test]
fn a_larger_snapshot_is_sampled_and_says_so() {
    let mut disk = Disk::new(Profile::PosixStrict, 0);
    for name in ["a", "b", "c", "d", "e", "f"] {
        let file = disk.create(Node::ROOT, name, true).unwrap();
        disk.write(file, 0, name.as_bytes()).unwrap();
    }
    let choices = Choices::of(&disk.snapshot(), 100, 3);
    assert_eq!(choices.coverage().of, 1 << 18);
    assert!(choices.coverage().looked_at <= 100);
    let again = Choices::of(&disk.snapshot(), 100, 3);
    assert!(choices.eq(again), "the same seed draws the same");
}

#[test]
fn a_sample_always_holds_all_new_and_all_old() {
    let mut disk = Disk::new(Profile::PosixStrict, 0);
    let file = disk.create(Node::ROOT, "a", true).unwrap();
    for _ in 0..40 {
        disk.write(file, 0, &[1; 20 * BLOCK_BYTES]).unwrap();
    }
    let snapshot = disk.snapshot();
    let latest: Vec<usize> = snapshot.objects().map(|(_, open)| open).collect();
    for budget in [2, 3, 8, 50] {
        let choices: Vec<Vec<usize>> = Choices::of(&snapshot, budget, 0)
            .filter(|choice| choice.torn.is_none())
            .map(|choice| choice.versions)
            .collect();
        assert_eq!(choices.len(), budget);
        assert!(choices.contains(&latest), "{budget}");
        assert!(choices.contains(&vec![0; latest.len()]), "{budget}");
    }
}
