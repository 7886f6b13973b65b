//! A plugin under test, as this crate needs it: opened over a disk, again and again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wirt_contract::transfer::Row;
use wirt_contract::{Answer, EpochMs, Error, Failure, Fault, FaultKind, Plugin};
use wirt_disk::SharedDisk;

/// Rows asked for at once.
const EXPORT_ROWS: u32 = 1_000;
/// Items of a check asked for at once.
const CHECK_ITEMS: u32 = 1_000;
/// Pages after which an export or a check is taken for one without an end.
const MAX_PAGES: usize = 10_000;

/// Opens the plugin under test.
pub trait Machine {
    /// A fresh instance over what is on the disk. What it does may depend on the disk, the time and
    /// its own seed alone, not on how often this was called: a crash is looked at again by making
    /// it happen again.
    ///
    /// # Errors
    /// A fault where the plugin does not start. One that opens its data at its first call answers
    /// there.
    fn open(&mut self, disk: &SharedDisk) -> Answer<Box<dyn Plugin>>;

    /// What time it is from now on, also for an instance that is open.
    fn set_time(&mut self, now: EpochMs);
}

/// Makes a call. A panic of a plugin that runs natively is its crash, like a trap in a sandbox.
pub(crate) fn ask<T>(call: impl FnOnce() -> Answer<T>) -> Answer<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let detail = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        Err(Failure::Fault(Fault {
            kind: FaultKind::Trapped,
            function: "a call".into(),
            detail: detail.to_owned(),
        }))
    })
}

/// Everything that can be seen of the plugin.
pub(crate) fn export(plugin: &mut dyn Plugin) -> Answer<Vec<Row>> {
    let mut rows = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let page = ask(|| plugin.transfer()?.export(after.as_deref(), EXPORT_ROWS))?;
        rows.extend(page.rows);
        if page.next.is_none() {
            return Ok(rows);
        }
        after = page.next;
    }
    Err(Error::backend("the export has no end").into())
}

/// What the plugin's own check finds.
pub(crate) fn check(plugin: &mut dyn Plugin) -> Answer<Vec<String>> {
    let mut problems = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let page = ask(|| plugin.store()?.check(after.as_deref(), CHECK_ITEMS))?;
        problems.extend(page.problems);
        if page.next.is_none() {
            return Ok(problems);
        }
        after = page.next;
    }
    Err(Error::backend("the check has no end").into())
}
