//! `wirt backup`: everything a store holds, in one file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{anyhow, bail};
use serde::Serialize;
use wirt_contract::Interface;
use wirt_contract::store::Store as _;
use wirt_engine::Instance;
use wirt_runtime::backup::{SaveError, Summary, save};

use crate::args;
use crate::config::resolve::Plan;
use crate::host::plugins::Plugins;
use crate::host::state::State;
use crate::host::store::{self, Held};
use crate::{Exit, terminal};

/// Stands for standard output.
const STDOUT: &str = "-";
/// What a backup is called in its folder until it is whole.
const DRAFT: &str = ".wirt-backup-";

/// What a backup or a restore did.
#[derive(Serialize)]
pub(super) struct Done<'a> {
    pub(super) store: &'a str,
    pub(super) file: &'a Path,
    #[serde(flatten)]
    pub(super) summary: &'a Summary,
}

pub(crate) fn run(args: &args::Backup, plan: &Plan) -> anyhow::Result<Exit> {
    let plain = args.file.as_os_str() == STDOUT;
    if !plain {
        may_be_written(&args.file, args.force)?;
    }
    let planned = store::named(plan, &args.store)?;
    let state = State::open(&args.state)?;
    let folder = store::folder(planned, &state);
    if !folder.is_dir() {
        bail!(
            "the store `{}` has no folder {} yet, so there is nothing to back up; check --state and the store's name",
            planned.name,
            folder.display()
        );
    }
    let held = Held::hold(planned, Interface::Transfer, &Plugins::new(plan.edition)?, &state)?;
    let (mut instance, _) = held.durable()?;
    let summary = if plain {
        saved(&held, &mut instance, &args.file, std::io::stdout().lock())?.0
    } else {
        to_file(&held, &mut instance, &args.file, args.force)?
    };
    instance.close()?;
    let done = Done { store: &held.name, file: &args.file, summary: &summary };
    let said = if args.json {
        serde_json::to_string(&done)?
    } else {
        let file = if plain { Path::new("standard output") } else { &args.file };
        format!(
            "{}: {} rows, {} bytes in {}; sha256 {}",
            held.name,
            summary.rows,
            summary.bytes,
            file.display(),
            summary.sha256
        )
    };
    // Standard output may be the backup itself.
    if plain {
        terminal::note(said)
    } else {
        terminal::line(said)?
    }
    Ok(Exit::Ok)
}

/// Looks before anything is done; the last word is had when the file is named.
fn may_be_written(file: &Path, force: bool) -> anyhow::Result<()> {
    match std::fs::symlink_metadata(file) {
        Ok(found) if !found.is_file() => {
            bail!("{} is not a file, expected a file or none; name another", file.display())
        }
        Ok(_) if !force => Err(exists(file)),
        _ => Ok(()),
    }
}

fn exists(file: &Path) -> anyhow::Error {
    anyhow!(
        "{} is there already, expected no such file; name another, or replace it by --force",
        file.display()
    )
}

/// Writes beside the file and gives the whole the name: whatever ends this process, under the name
/// there is the backup that was there, or this one, or none.
fn to_file(
    held: &Held,
    instance: &mut Instance,
    file: &Path,
    force: bool,
) -> anyhow::Result<Summary> {
    let failed = |error: std::io::Error| {
        anyhow!(
            "{} cannot be written: {error}; check its folder's space and rights",
            file.display()
        )
    };
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut draft = tempfile::Builder::new().prefix(DRAFT).tempfile_in(folder).map_err(failed)?;
    let (summary, _) = saved(held, instance, file, draft.as_file_mut())?;
    draft.as_file().sync_all().map_err(failed)?;
    let named = if force { draft.persist(file) } else { draft.persist_noclobber(file) };
    match named {
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(exists(file));
        }
        Err(error) => return Err(failed(error.error)),
        Ok(_) => {}
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(summary)
}

fn saved<W: Write>(
    held: &Held,
    instance: &mut Instance,
    file: &Path,
    into: W,
) -> anyhow::Result<(Summary, BufWriter<W>)> {
    let bar = terminal::tally("back up", "rows");
    let saved = save(instance, BufWriter::new(into), |rows| bar.set_position(rows));
    bar.finish_and_clear();
    saved.map_err(|error| match error {
        SaveError::Write(error) => anyhow!("{}: {error}", file.display()),
        SaveError::Store(error) => gave_none(held, &error),
        error @ SaveError::StandsStill { .. } => gave_none(held, &error),
    })
}

fn gave_none(held: &Held, error: &dyn std::fmt::Display) -> anyhow::Error {
    anyhow!("the store `{}` in {} gave no backup: {error}", held.name, held.folder.display())
}
