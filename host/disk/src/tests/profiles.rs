//! What each profile lets a crash leave, worked out by hand.

use super::{images, set, shapes};
use crate::{BLOCK_BYTES, Choices, Disk, FsError, Node, Object, Profile};

/// A disk with a file that is durable, and its entry too.
fn durable(profile: Profile, name: &str, bytes: &[u8]) -> (Disk, Node) {
    let mut disk = Disk::new(profile, 0);
    let file = disk.create(Node::ROOT, name, true).unwrap();
    disk.write(file, 0, bytes).unwrap();
    disk.sync(file).unwrap();
    disk.sync(Node::ROOT).unwrap();
    assert_eq!(disk.snapshot().objects().len(), 0);
    (disk, file)
}

/// On paper: without the size the bytes do not show, without the bytes the size shows zeros.
#[test]
fn a_write_past_the_end_is_a_size_and_a_block() {
    let (mut disk, file) = durable(Profile::Posix, "a", b"");
    disk.write(file, 0, b"xy").unwrap();
    let snapshot = disk.snapshot();
    let objects: Vec<_> = snapshot.objects().map(|(object, open)| (object.clone(), open)).collect();
    assert_eq!(objects, [(Object::Size("a".into()), 1), (Object::Block("a".into(), 0), 1)]);
    assert_eq!(shapes(&snapshot), set([&["a="], &["a=\0\0"], &["a=xy"]]));
    // Within the file it is the block alone.
    disk.sync(file).unwrap();
    disk.write(file, 1, b"z").unwrap();
    assert_eq!(shapes(&disk.snapshot()), set([&["a=xy"], &["a=xz"]]));
}

/// On paper: with the old size each block is there or zeros, four images; with the new one nothing.
#[test]
fn what_is_cut_is_written_anew() {
    let (mut disk, file) = durable(Profile::Posix, "a", &[1; 2 * BLOCK_BYTES]);
    disk.set_size(file, 0).unwrap();
    let snapshot = disk.snapshot();
    assert_eq!(snapshot.objects().map(|(_, open)| open).collect::<Vec<_>>(), [1, 1, 1]);
    assert_eq!(images(&snapshot).len(), 5);
    // The empty one is as any empty file, whatever the disk holds beyond its end.
    let (empty, _) = durable(Profile::Kill, "a", b"");
    assert!(images(&snapshot).contains(&empty.snapshot().latest().digest()));
    // Within a block the rest of it goes.
    let (mut disk, file) = durable(Profile::Posix, "a", b"xyz");
    disk.set_size(file, 1).unwrap();
    assert_eq!(shapes(&disk.snapshot()), set([&["a=xyz"], &["a=x\0\0"], &["a=x"]]));
    // A hole has nothing to cut.
    let (mut disk, file) = durable(Profile::Posix, "a", b"x");
    disk.set_size(file, 3 * 4_096).unwrap();
    disk.sync(file).unwrap();
    disk.set_size(file, 2).unwrap();
    assert_eq!(disk.snapshot().objects().len(), 1);
}

#[test]
fn names_come_in_their_order_or_each_for_itself() {
    let made = |profile| {
        let mut disk = Disk::new(profile, 0);
        disk.create(Node::ROOT, "a", true).unwrap();
        let second = disk.create(Node::ROOT, "b", true).unwrap();
        (disk, second)
    };
    let (mut disk, second) = made(Profile::Ordered);
    assert_eq!(shapes(&disk.snapshot()), set([&[], &["a="], &["a=", "b="]]));
    // What is made durable takes all of the log before it along.
    disk.sync(second).unwrap();
    assert_eq!(shapes(&disk.snapshot()), set([&["a=", "b="]]));
    let (mut disk, second) = made(Profile::Posix);
    assert_eq!(shapes(&disk.snapshot()), set([&[], &["a="], &["b="], &["a=", "b="]]));
    disk.sync(second).unwrap();
    assert_eq!(shapes(&disk.snapshot()), set([&["b="], &["a=", "b="]]));
}

/// A file renamed before it was synced may be empty under its new name, on an ordered disk too:
/// its size need not come before the names.
#[test]
fn a_rename_may_come_before_the_bytes() {
    let mut disk = Disk::new(Profile::Ordered, 0);
    let file = disk.create(Node::ROOT, "tmp", true).unwrap();
    disk.write(file, 0, b"new").unwrap();
    disk.rename(Node::ROOT, "tmp", Node::ROOT, "real").unwrap();
    let expected = [&[] as &[&str], &["tmp="], &["tmp=new"], &["real="], &["real=new"]];
    assert_eq!(shapes(&disk.snapshot()), set(expected));
}

/// On paper: the one block is all that is torn, and it is written before the size that shows it.
#[test]
fn an_ordered_disk_tears_no_block_that_a_new_size_shows() {
    let torn = |profile| {
        let (mut disk, file) = durable(profile, "a", b"");
        disk.write(file, 0, &[1; BLOCK_BYTES]).unwrap();
        let snapshot = disk.snapshot();
        let torn = Choices::of(&snapshot, 100, 0).filter(|choice| choice.torn.is_some());
        let seen: Vec<_> = torn.map(|choice| snapshot.image(&choice).digest()).collect();
        let whole = images(&snapshot);
        seen.iter().filter(|digest| !whole.contains(digest)).count()
    };
    assert_eq!(torn(Profile::Ordered), 0);
    // With the size new: three places.
    assert_eq!(torn(Profile::Posix), 3);
}

/// A rename from one folder to another is kept whole by a sync of either.
#[test]
fn a_sync_of_one_folder_keeps_both_ends_of_a_rename() {
    for synced in ["from", "to"] {
        let mut disk = Disk::new(Profile::PosixStrict, 0);
        for folder in ["from", "to"] {
            disk.create_folder(Node::ROOT, folder).unwrap();
        }
        disk.create(Node::ROOT, "from/a", true).unwrap();
        for folder in ["from", "."] {
            let folder = disk.look(Node::ROOT, folder).unwrap();
            disk.sync(folder).unwrap();
        }
        disk.rename(Node::ROOT, "from/a", Node::ROOT, "to/b").unwrap();
        let (old, new) = (["from/", "from/a=", "to/"], ["from/", "to/", "to/b="]);
        assert_eq!(shapes(&disk.snapshot()), set([&old, &new]));
        let folder = disk.look(Node::ROOT, synced).unwrap();
        disk.sync(folder).unwrap();
        assert_eq!(shapes(&disk.snapshot()), set([&new as &[&str]]), "{synced}");
    }
}

#[test]
fn what_no_crash_can_show_is_no_object() {
    let (mut disk, file) = durable(Profile::Posix, "a", b"x");
    disk.remove_file(Node::ROOT, "a").unwrap();
    disk.write(file, 0, b"y").unwrap();
    // The entry may be there still, and then the block is old or new.
    assert_eq!(shapes(&disk.snapshot()), set([&[], &["a=x"], &["a=y"]]));
    disk.sync(Node::ROOT).unwrap();
    assert_eq!(disk.snapshot().objects().len(), 0);
    assert_eq!(disk.read(file, 0, 1).unwrap(), b"y", "whoever has it open goes on");
}

/// By what is shown: bytes that were cut, written over and synced on the way do not count.
#[test]
fn equal_images_are_equal_however_they_came_to_be() {
    let (disk, _) = durable(Profile::Posix, "a", b"xyz");
    let straight = disk.snapshot().latest();
    let (mut disk, file) = durable(Profile::Kill, "b", &[7; 3 * BLOCK_BYTES]);
    disk.rename(Node::ROOT, "b", Node::ROOT, "a").unwrap();
    assert_ne!(disk.snapshot().latest().digest(), straight.digest());
    disk.set_size(file, 2).unwrap();
    disk.sync(file).unwrap();
    disk.write(file, 0, b"xyz").unwrap();
    let around = disk.snapshot().latest();
    assert_eq!((&straight, straight.digest()), (&around, around.digest()));
    disk.write(file, 2, b"!").unwrap();
    let other = disk.snapshot().latest();
    assert_ne!(straight, other);
    assert_ne!(straight.digest(), other.digest());
    // The same bytes elsewhere, in size and in name.
    let differs = |name: &str, size: u64| {
        let (mut disk, file) = durable(Profile::Kill, name, b"xyz");
        disk.set_size(file, size).unwrap();
        disk.snapshot().latest().digest()
    };
    assert_eq!(differs("a", 3), straight.digest());
    assert_ne!(differs("a", 4), straight.digest());
    assert_ne!(differs("c", 3), straight.digest());
}

#[test]
fn only_a_disk_that_records_keeps_points_and_it_names_its_calls() {
    let run = |disk: Disk| {
        let mut disk = disk;
        let file = disk.create(Node::ROOT, "a", true).unwrap();
        disk.write(file, 2, b"xy").unwrap();
        disk.rename(Node::ROOT, "a", Node::ROOT, "b").unwrap();
        disk.set_size(file, 1).unwrap();
        disk.sync(file).unwrap();
        disk.sync(Node::ROOT).unwrap();
        disk.take_points().into_iter().map(|(call, _)| call.text).collect::<Vec<_>>()
    };
    assert!(run(Disk::new(Profile::Posix, 0)).is_empty());
    let expected = ["create a", "write a 2+2", "rename a to b", "set-size b 1", "sync b", "sync ."];
    assert_eq!(run(Disk::new(Profile::Posix, 0).recording()), expected);
}

#[test]
fn folders_go_as_deep_as_is_said_and_no_deeper() {
    let mut disk = Disk::new(Profile::Kill, 0);
    let mut path = "d".to_owned();
    for _ in 0..128 {
        disk.create_folder(Node::ROOT, &path).unwrap();
        path.push_str("/d");
    }
    assert_eq!(disk.create_folder(Node::ROOT, &path), Err(FsError::Unsupported));
    disk.create_folder(Node::ROOT, "e").unwrap();
    assert_eq!(disk.rename(Node::ROOT, "d", Node::ROOT, "e/d"), Err(FsError::Unsupported));
    assert_eq!(disk.rename(Node::ROOT, "d", Node::ROOT, "f"), Ok(()));
    assert_eq!(disk.snapshot().latest().paths().len(), 129);
}
