//! How rows travel: in pages that are bounded, and never by halves.

use wirt_contract::store::Limits;
use wirt_contract::transfer::{Row, Transfer as _};
use wirt_contract::{Error, Failure};

use super::rows::{LIMITS, Rows, every_kind, task};
use super::{verified, written};
use crate::backup::{
    CompareError, LoadError, ReadError, SaveError, WriteError, compare, load, save,
};

fn tasks(number: usize, payload: &str) -> Vec<Row> {
    (0..number).map(|number| task("wirt", number, payload)).collect()
}

/// Loads these rows' backup into this store, in order.
fn loaded(store: &mut Rows, limits: &Limits, rows: &[Row]) -> Result<Vec<u64>, LoadError> {
    let (_, file) = written(rows);
    let mut seen = Vec::new();
    load(store, limits, file.as_slice(), &verified(&file), |rows| seen.push(rows))?;
    Ok(seen)
}

#[test]
fn rows_come_back_as_they_were() {
    let many = tasks(1_234, "x");
    for rows in [Vec::new(), every_kind(), many] {
        let mut seen = Vec::new();
        let saved = save(&mut Rows::of(rows.clone()), Vec::new(), |rows| seen.push(rows)).unwrap();
        assert_eq!(seen.last(), Some(&u64::try_from(rows.len()).unwrap()));
        let mut store = Rows::default();
        load(&mut store, &LIMITS, saved.1.as_slice(), &verified(&saved.1), |_| ()).unwrap();
        assert_eq!(store.rows, rows);
        assert_eq!(save(&mut store, Vec::new(), |_| ()).unwrap(), saved);
    }
}

#[test]
fn a_store_that_is_not_what_a_backup_holds_is_seen() {
    let (_, file) = written(&every_kind());
    let verified = verified(&file);
    compare(&mut Rows::of(every_kind()), &verified, |_| ()).unwrap();
    let mut fewer = every_kind();
    fewer.pop();
    let mut other = every_kind();
    other[0].store = "other".into();
    for rows in [fewer, other] {
        let error = compare(&mut Rows::of(rows), &verified, |_| ()).unwrap_err();
        assert!(matches!(error, CompareError::Differs { expected_rows: 14, .. }), "{error}");
    }
    let mut shut = Rows { importing: true, ..Rows::default() };
    let error = compare(&mut shut, &verified, |_| ()).unwrap_err();
    assert!(matches!(error, CompareError::Save(_)), "{error}");
}

#[test]
fn an_export_that_stands_still_ends() {
    let mut store = Rows { stuck: true, ..Rows::of(tasks(2, "x")) };
    let error = save(&mut store, Vec::new(), |_| ()).unwrap_err();
    assert!(matches!(error, SaveError::StandsStill { rows: 2 }), "{error}");
    let mut store = Rows { importing: true, ..Rows::default() };
    let error = save(&mut store, Vec::new(), |_| ()).unwrap_err();
    assert!(matches!(error, SaveError::Store(Failure::Error(Error::Conflict(_)))), "{error}");
}

#[test]
fn a_full_disk_is_an_error() {
    let mut small = [0; 100];
    let error = save(&mut Rows::of(every_kind()), small.as_mut_slice(), |_| ()).unwrap_err();
    assert!(matches!(error, SaveError::Write(WriteError::Io(_))), "{error}");
}

#[test]
fn a_page_has_a_bound_in_rows() {
    let mut store = Rows::default();
    let seen = loaded(&mut store, &LIMITS, &tasks(600, "x")).unwrap();
    assert_eq!(store.imports, [256, 256, 88], "a list's bound");
    assert_eq!(seen, [256, 512, 600]);
    let mut store = Rows::default();
    loaded(&mut store, &Limits { max_list: 10_000, ..LIMITS }, &tasks(600, "x")).unwrap();
    assert_eq!(store.imports, [500, 100], "the host's own bound");
}

#[test]
fn a_page_has_a_bound_in_bytes() {
    // Rows of about 100,000 bytes: two fit into a quarter of the smallest batch.
    let mut store = Rows::default();
    loaded(&mut store, &LIMITS, &tasks(5, &"x".repeat(100_000))).unwrap();
    assert_eq!(store.imports, [2, 2, 1]);
    // One that is larger than a page comes alone.
    let mut rows = tasks(2, "x");
    rows.insert(1, task("wirt", 7, &"x".repeat(1_000_000)));
    let mut store = Rows::default();
    loaded(&mut store, &LIMITS, &rows).unwrap();
    assert_eq!(store.imports, [1, 1, 1]);
    let large = Limits { max_list: u32::MAX, max_batch_bytes: u32::MAX, ..LIMITS };
    let mut store = Rows::default();
    loaded(&mut store, &large, &tasks(9, &"x".repeat(1 << 20))).unwrap();
    assert_eq!(store.imports, [3, 3, 3], "the host's own bound");
}

#[test]
fn a_page_that_is_too_much_comes_row_by_row() {
    let mut store = Rows { most: Some(1), ..Rows::default() };
    let rows = tasks(300, "x");
    loaded(&mut store, &LIMITS, &rows).unwrap();
    assert_eq!(store.imports, vec![1; 300]);
    assert_eq!(store.rows, rows);
}

#[test]
fn a_row_that_is_not_taken_is_named_and_the_store_stays_shut() {
    let rows = tasks(300, "x");
    let mut store = Rows { refused: Some(rows[260].clone()), ..Rows::default() };
    let error = loaded(&mut store, &LIMITS, &rows).unwrap_err();
    assert!(matches!(error, LoadError::Row { row: 261, .. }), "{error}");
    assert!(store.export(None, 1).is_err(), "it is open");
}

#[test]
fn a_store_that_holds_something_is_left_alone() {
    let mut store = Rows::of(tasks(1, "x"));
    let error = loaded(&mut store, &LIMITS, &every_kind()).unwrap_err();
    assert!(matches!(error, LoadError::NotEmpty(Error::Conflict(_))), "{error}");
    assert_eq!(store.rows, tasks(1, "x"));
    assert!(!store.importing);
}

#[test]
fn a_file_that_changed_after_it_was_verified_opens_no_store() {
    let (_, file) = written(&every_kind());
    let before = verified(&file);
    let (_, other) = written(&tasks(14, "x"));
    let mut store = Rows::default();
    let error = load(&mut store, &LIMITS, other.as_slice(), &before, |_| ()).unwrap_err();
    assert!(matches!(error, LoadError::Changed), "{error}");
    assert!(store.importing, "it is open");
    let mut store = Rows::default();
    let error = load(&mut store, &LIMITS, &file[..file.len() / 2], &before, |_| ()).unwrap_err();
    assert!(matches!(error, LoadError::Read(ReadError::CutShort { .. })), "{error}");
    assert!(store.importing, "it is open");
}
