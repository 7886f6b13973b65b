//! Backups of a store that is nothing but its rows, and of the ledger.

mod form;
mod ledger;
mod pages;
mod rows;

use wirt_contract::transfer::Row;

use super::{Summary, Verified, Writer, verify};

/// The backup of these rows.
fn written(rows: &[Row]) -> (Summary, Vec<u8>) {
    let mut writer = Writer::begin(Vec::new()).unwrap();
    for row in rows {
        writer.row(row).unwrap();
    }
    writer.end().unwrap()
}

fn verified(file: &[u8]) -> Verified {
    verify(file, |_| ()).unwrap()
}
