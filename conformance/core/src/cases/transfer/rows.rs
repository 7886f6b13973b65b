//! Rows out of order.

use wirt_contract::transfer::{Row, Transfer};

use super::case;
use super::import::some_rows;
use super::stage::{ALL, count, export, give, same_rows};
use crate::case::Run;
use crate::expect::{Kind, refused};
use crate::{Case, Probe, Show, Stop};

pub(super) const CASES: &[Case] = &[
    order("transfer/rows-the-wrong-way-round-are-invalid", swapped).extended(),
    order("transfer/a-row-twice-is-invalid", twice).extended(),
    order("transfer/rows-of-an-earlier-call-are-invalid", earlier).extended(),
    order("transfer/nothing-of-a-refused-call-is-kept", nothing_kept).extended(),
];

const fn order(id: &'static str, run: Run) -> Case {
    case(id, "transfer.import.order", "wirt", run)
}

/// These rows are refused, whatever is right with those before the last.
fn refuses(probe: &mut Probe<'_>, what: &str, rows: &[Row]) -> Result<(), Stop> {
    let last = rows.last().map_or_else(String::new, Show::show);
    let answer = probe.import_rows(rows);
    refused(&format!("{what}: {last}"), answer, Kind::Invalid)
}

/// Nothing of what was refused is there: the import goes on as if it had not been tried.
pub(super) fn goes_on(probe: &mut Probe<'_>, rows: &[Row], next: usize) -> Result<(), Stop> {
    give(probe, rows.get(next..).unwrap_or_default(), ALL)?;
    probe.finish_import(count(rows))?;
    same_rows("the export after the import", &export(probe, ALL)?, rows)
}

fn swapped(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    probe.begin_import()?;
    for place in 1..rows.len() {
        let mut wrong = rows.get(..=place).unwrap_or_default().to_vec();
        wrong.swap(place - 1, place);
        refuses(probe, "a row after the one it comes before", &wrong)?;
    }
    goes_on(probe, &rows, 0)
}

fn twice(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    probe.begin_import()?;
    for place in 0..rows.len() {
        let mut wrong = rows.get(..=place).unwrap_or_default().to_vec();
        wrong.extend(wrong.last().cloned());
        refuses(probe, "a row that came before", &wrong)?;
    }
    goes_on(probe, &rows, 0)
}

fn earlier(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    probe.begin_import()?;
    for (place, row) in rows.iter().enumerate() {
        let row = std::slice::from_ref(row);
        probe.import_rows(row)?;
        refuses(probe, "the row of the call before", row)?;
        let first = rows.get(..1).unwrap_or_default();
        refuses(probe, "the row of the first call", first)?;
        let before = rows.get(place.saturating_sub(1)..=place).unwrap_or_default();
        refuses(probe, "rows of calls before", before)?;
    }
    goes_on(probe, &rows, rows.len())
}

fn nothing_kept(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = some_rows(probe)?;
    probe.begin_import()?;
    let half = rows.len() / 2;
    let (first, rest) = rows.split_at(half);
    // Good rows, and after them one that was there.
    for _ in 0..2 {
        refuses(probe, "a row that came before", &[first, first].concat())?;
    }
    give(probe, first, ALL)?;
    for _ in 0..2 {
        refuses(probe, "a row that came before", &[rest, first].concat())?;
    }
    refused("a finish of all", probe.finish_import(count(&rows)), Kind::Invalid)?;
    goes_on(probe, &rows, half)
}
