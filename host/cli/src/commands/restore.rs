//! `wirt restore`: a backup's rows, into a store that holds nothing.

use std::fs::File;
use std::io::{BufReader, Seek as _};
use std::path::Path;

use anyhow::{anyhow, bail};
use wirt_contract::Interface;
use wirt_contract::store::{Limits, Store as _};
use wirt_engine::Instance;
use wirt_runtime::backup::{LoadError, Verified, compare, load, verify};

use super::backup::Done;
use crate::args;
use crate::config::resolve::Plan;
use crate::host::plugins::Plugins;
use crate::host::state::State;
use crate::host::store::{self, Held};
use crate::{Exit, terminal};

pub(crate) fn run(args: &args::Restore, plan: &Plan) -> anyhow::Result<Exit> {
    let planned = store::named(plan, &args.store)?;
    // Before the store is touched: a file that is not whole costs nothing.
    let (mut file, verified) = whole(&args.file)?;
    let state = State::open(&args.state)?;
    let held = Held::hold(planned, Interface::Transfer, &Plugins::new(plan.edition)?, &state)?;
    let (mut instance, limits) = held.durable()?;
    fill(&held, &mut instance, &limits, &mut file, &verified)?;
    same(&held, &mut instance, &verified)?;
    instance.close()?;
    let summary = verified.summary();
    let done = Done { store: &held.name, file: &args.file, summary };
    terminal::line(if args.json {
        serde_json::to_string(&done)?
    } else {
        format!(
            "{}: {} rows, {} bytes from {} restored; its own backup has the same sha256 {}",
            held.name,
            summary.rows,
            summary.bytes,
            args.file.display(),
            summary.sha256
        )
    })?;
    Ok(Exit::Ok)
}

/// The file, read to its end and back at its beginning.
fn whole(path: &Path) -> anyhow::Result<(File, Verified)> {
    let unreadable = |error: std::io::Error| {
        anyhow!("{} cannot be read: {error}; check the path and its rights", path.display())
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        bail!(
            "{} is not a file; a backup is read twice, so that nothing is written of one that is not whole: name a file",
            path.display()
        );
    }
    let bar = terminal::progress("read");
    bar.set_length(metadata.len());
    let verified = verify(BufReader::new(&file), |bytes| bar.set_position(bytes));
    bar.finish_and_clear();
    let verified = verified.map_err(|error| anyhow!("{} {error}", path.display()))?;
    file.rewind().map_err(unreadable)?;
    Ok((file, verified))
}

fn fill(
    held: &Held,
    instance: &mut Instance,
    limits: &Limits,
    file: &mut File,
    verified: &Verified,
) -> anyhow::Result<()> {
    let bar = terminal::progress("restore");
    bar.set_length(verified.summary().rows);
    let filled =
        load(instance, limits, BufReader::new(file), verified, |rows| bar.set_position(rows));
    bar.finish_and_clear();
    let (name, folder) = (&held.name, held.folder.display());
    filled.map_err(|error| match error {
        LoadError::NotEmpty(error) => anyhow::Error::new(error).context(format!(
            "the store `{name}` in {folder} is not empty, expected an empty one; bind it to a new folder, or name another store or --state"
        )),
        error => anyhow!(
            "the store `{name}` in {folder} was not restored: {error}; delete that folder, then restore again"
        ),
    })
}

/// A store that took every row and answers with others would be found out too late otherwise.
fn same(held: &Held, instance: &mut Instance, verified: &Verified) -> anyhow::Result<()> {
    let bar = terminal::progress("compare");
    bar.set_length(verified.summary().rows);
    let compared = compare(instance, verified, |rows| bar.set_position(rows));
    bar.finish_and_clear();
    compared.map_err(|error| {
        anyhow!(
            "the store `{}` in {} took every row, but {error}; do not use it: delete that folder, and report it to the plugin's author",
            held.name,
            held.folder.display()
        )
    })
}
