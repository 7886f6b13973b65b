//! `wirt entries`, `status` and `verify`: what is indexed, what waits, whether it is right.

use std::time::Duration;

use serde::Serialize;
use wirt_contract::EpochMs;
use wirt_memory::{Details, Entry, Kind, OwnerType};

use super::{TextPlugins, open};
use crate::args;
use crate::config::resolve::Plan;
use crate::host::plugins::Plugins;
use crate::host::tape;
use crate::{Exit, terminal};

/// A line of `wirt entries --json`.
#[derive(Serialize)]
struct EntryLine<'a> {
    path: &'a str,
    entry_id: &'a str,
    kind: Kind,
    app_id: Option<&'a str>,
    project_id: Option<&'a str>,
    owner_type: Option<OwnerType>,
    owner_id: Option<&'a str>,
    session_id: Option<&'a str>,
    timestamp: Option<EpochMs>,
    parent_type: Option<&'a str>,
    parent_id: Option<&'a str>,
    sender_ids: &'a [String],
    details: &'a Details,
    title: &'a str,
    headings: &'a [String],
    tags: &'a [String],
    aliases: &'a [String],
    links: &'a [String],
    content_sha256: &'a str,
    line: u32,
}

impl<'a> From<&'a Entry> for EntryLine<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self {
            path: &entry.path,
            entry_id: &entry.entry_id,
            kind: entry.kind,
            app_id: entry.app_id.as_deref(),
            project_id: entry.project_id.as_deref(),
            owner_type: entry.owner_type,
            owner_id: entry.owner_id.as_deref(),
            session_id: entry.session_id.as_deref(),
            timestamp: entry.timestamp,
            parent_type: entry.parent_type.as_deref(),
            parent_id: entry.parent_id.as_deref(),
            sender_ids: &entry.sender_ids,
            details: &entry.details,
            title: &entry.title,
            headings: &entry.headings,
            tags: &entry.tags,
            aliases: &entry.aliases,
            links: &entry.links,
            content_sha256: &entry.content_sha256,
            line: entry.line,
        }
    }
}

pub(crate) fn entries(args: &args::Entries) -> anyhow::Result<Exit> {
    for entry in open(&args.root)?.entries()? {
        let entry = entry?;
        if args.json {
            terminal::line(serde_json::to_string(&EntryLine::from(&entry))?)?;
        } else {
            terminal::line(format_args!(
                "{}:{}  {}  {}",
                entry.path, entry.line, entry.kind, entry.entry_id
            ))?;
        }
    }
    Ok(Exit::Ok)
}

pub(crate) fn status(args: &args::Status) -> anyhow::Result<Exit> {
    let status = open(&args.root)?.status(tape::now())?;
    if args.json {
        terminal::line(serde_json::to_string(&status)?)?;
    } else {
        terminal::line(format_args!(
            "{} pending, {} done, {} failed; {} entries",
            status.pending.len(),
            status.done,
            status.failed.len(),
            status.entries
        ))?;
        let queue = &status.queue;
        let waits = Duration::from_millis(queue.oldest_pending_ms.unwrap_or(0));
        terminal::line(format_args!(
            "queue: {} to look at, {} being looked at, {} tried again later, the oldest for {:.1} s; \
             index: {} KiB",
            queue.pending,
            queue.processing,
            queue.waiting,
            waits.as_secs_f64(),
            status.index_bytes >> 10,
        ))?;
        for pending in &status.pending {
            terminal::line(format_args!("  pending  {} ({})", pending.path, pending.kind.name()))?;
        }
        for failed in &status.failed {
            terminal::line(format_args!("  failed   {}: {}", failed.path, failed.error))?;
        }
    }
    Ok(if status.failed.is_empty() { Exit::Ok } else { Exit::No })
}

pub(crate) fn verify(args: &args::Verify, plan: &Plan) -> anyhow::Result<Exit> {
    let memory = open(&args.root)?;
    let mut text = TextPlugins::open(plan, &Plugins::new(plan.edition)?)?;
    let verdict = memory.verify(&mut text.for_memory(), tape::now())?;
    if args.json {
        terminal::line(serde_json::to_string(&verdict)?)?;
    } else {
        for difference in &verdict.differences {
            let entry = difference.entry_id.as_deref().unwrap_or_default();
            terminal::line(format_args!("  {} {entry}: {}", difference.path, difference.what))?;
        }
        for failed in &verdict.failed {
            terminal::line(format_args!("  failed   {}: {}", failed.path, failed.error))?;
        }
        let found = u64::try_from(verdict.differences.len()).unwrap_or(u64::MAX);
        let says = match found.saturating_add(verdict.more) {
            0 if verdict.failed.is_empty() => "the index equals a rebuild".to_owned(),
            0 => format!(
                "the index equals a rebuild, but for {} failed paths, which keep what they had",
                verdict.failed.len()
            ),
            differences => format!(
                "{differences} differences; `wirt sync` follows the files, and where that does not \
                 help `wirt rebuild` makes the index anew"
            ),
        };
        terminal::line(format_args!(
            "{} files, {} entries: {says}",
            verdict.files, verdict.entries
        ))?;
    }
    Ok(if verdict.is_equal() { Exit::Ok } else { Exit::No })
}
