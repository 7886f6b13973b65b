//! The log keeps what it should, and every defect has a name.

use wirt_ledger::{KeyValue as _, Writes};

use crate::{Defect, Log};

fn put(log: &mut Log, number: u32) {
    let key = number.to_be_bytes().to_vec();
    log.write(Writes::from([(key, Some(vec![7; 100]))])).unwrap();
    log.commit().unwrap();
}

fn keys(log: &mut Log) -> usize {
    log.keys(&[], &[0xff; 5], usize::MAX).unwrap().len()
}

#[test]
fn what_was_committed_is_there_again_also_after_a_rewrite() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::open(folder.path(), None).unwrap();
    for number in 0..100 {
        put(&mut log, number % 10);
    }
    log.write(Writes::from([(vec![9], Some(vec![]))])).unwrap();
    drop(log);
    let mut log = Log::open(folder.path(), None).unwrap();
    assert_eq!(keys(&mut log), 10, "and what was not committed is not");
    assert!(std::fs::metadata(folder.path().join("log")).unwrap().len() < 100 * 100);
}

#[test]
fn a_log_that_was_cut_short_gives_its_whole_records_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = Log::open(folder.path(), None).unwrap();
    (0..5).for_each(|number| put(&mut log, number));
    let path = folder.path().join("log");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let mut log = Log::open(folder.path(), None).unwrap();
    assert_eq!(keys(&mut log), 4);
    put(&mut log, 9);
    let mut log = Log::open(folder.path(), None).unwrap();
    assert_eq!(keys(&mut log), 5);
}

#[test]
fn every_defect_has_a_name_of_its_own() {
    for defect in Defect::ALL {
        assert_eq!(Defect::named(defect.name()), Ok(defect));
    }
    assert!(Defect::named("none").unwrap_err().contains("acknowledges-before-sync"));
}
