//! Defects of `transfer`.

mod afterwards;
mod export;
mod import;
mod rows;

use wirt_contract::Answer;
use wirt_contract::transfer::{Data, Row, Transfer};

pub(super) use afterwards::DEFECTS as AFTERWARDS;
pub(super) use export::DEFECTS as EXPORTS;
pub(super) use import::DEFECTS as IMPORTS;
pub(super) use rows::DEFECTS as ROWS;

use crate::Inner;

/// Where an import stands.
#[derive(Debug, Default)]
struct Import {
    /// One was begun and not finished.
    open: bool,
    /// One was finished.
    done: bool,
    /// Rows the ledger took.
    taken: u64,
    /// Rows that were left out.
    skipped: u64,
    /// The rows of the call before.
    last: Vec<Row>,
    /// A refusal was not passed on.
    hidden: bool,
}

/// Begins an import and remembers it.
fn begin(it: &mut Inner) -> Answer<()> {
    it.ledger.begin_import()?;
    *it.notes.borrow_mut().of::<Import>() = Import { open: true, ..Import::default() };
    Ok(())
}

/// Gives the ledger what is made of rows.
fn changed(it: &mut Inner, rows: &[Row], change: impl Fn(Data) -> Data) -> Answer<()> {
    let change = |row: Row| Row { data: change(row.data), ..row };
    let rows: Vec<Row> = rows.iter().cloned().map(change).collect();
    it.ledger.import_rows(&rows)
}

/// Gives the ledger some of the rows, and counts the others.
fn sifted(it: &mut Inner, rows: &[Row], stays: impl Fn(&Data) -> bool) -> Answer<()> {
    let some: Vec<Row> = rows.iter().filter(|row| stays(&row.data)).cloned().collect();
    it.ledger.import_rows(&some)?;
    it.notes.borrow_mut().of::<Import>().skipped += count(rows) - count(&some);
    Ok(())
}

/// Ends an import of which some rows were left out.
fn finish_sifted(it: &mut Inner, rows: u64) -> Answer<()> {
    let skipped = it.notes.borrow_mut().of::<Import>().skipped;
    it.ledger.finish_import(rows.saturating_sub(skipped))
}

/// Ends an import and remembers it.
fn finish(it: &mut Inner, rows: u64) -> Answer<()> {
    it.ledger.finish_import(rows)?;
    let mut notes = it.notes.borrow_mut();
    let import = notes.of::<Import>();
    (import.open, import.done) = (false, true);
    Ok(())
}

/// Whether something was imported.
fn imported(it: &Inner) -> bool {
    it.notes.borrow_mut().of::<Import>().done
}

fn count(rows: &[Row]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}
