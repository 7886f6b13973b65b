//! `wirt sync`, `search`, `entries`, `status`, `verify`: a memory of markdown.

use std::io::{BufRead as _, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use wirt_contract::Interface;
use wirt_engine::Instance;
use wirt_memory::{Entry, Filter, Hit, Kind, Memory, OwnerType, Query};

use crate::args::{self, Mode};
use crate::config::resolve::Plan;
use crate::host::indexing::{self, Indexed};
use crate::host::plugins::Plugins;
use crate::host::state::State;
use crate::host::tape::{self, Tape};
use crate::{Exit, terminal};

/// Longest line that is read as a query.
const MAX_QUERY_LINE_BYTES: usize = 1 << 20;

/// The two plugins of an index, at work.
pub(crate) struct TextPlugins {
    tokenizer: (Instance, String),
    embedder: (Instance, String),
}

impl TextPlugins {
    pub(crate) fn open(plan: &Plan, plugins: &Plugins) -> anyhow::Result<Self> {
        Ok(Self {
            tokenizer: plugins.text(&plan.tokenizer, Interface::Tokenizer)?,
            embedder: plugins.text(&plan.embedder, Interface::Embedder)?,
        })
    }

    pub(crate) fn for_memory(&mut self) -> wirt_memory::Plugins<'_> {
        wirt_memory::Plugins {
            tokenizer: &mut self.tokenizer.0,
            tokenizer_digest: &self.tokenizer.1,
            embedder: &mut self.embedder.0,
            embedder_digest: &self.embedder.1,
        }
    }
}

pub(crate) fn sync(args: &args::Sync, plan: &Plan) -> anyhow::Result<Exit> {
    let state = State::open(&args.root.state)?;
    let folder = state.memory(&args.root.root)?;
    let notes = if args.notes.is_empty() { notes(&folder)? } else { args.notes.clone() };
    let memory = Memory::open(&args.root.root, &folder, &notes)?;
    let plugins = Plugins::new(plan.edition)?;
    let text = TextPlugins::open(plan, &plugins)?;
    let tape = Tape::open(plan, &plugins, &state)?;
    let indexed = indexing::run(&tape, memory, text, &args.root.root, &notes)?;
    tape.close()?;
    if !args.notes.is_empty() {
        remember(&folder, &notes)?;
    }
    report(args, &indexed)
}

fn report(args: &args::Sync, indexed: &Indexed) -> anyhow::Result<Exit> {
    let report = &indexed.report;
    for failed in &report.failed {
        terminal::note(format_args!("{}: {}", failed.path, failed.error));
    }
    if args.json {
        terminal::line(serde_json::to_string(report)?)?;
    } else {
        if let Some(why) = &report.rebuilt {
            terminal::line(format_args!("built from nothing: {why}"))?;
        }
        terminal::line(format_args!(
            "{} files: {} new, {} changed, {} unchanged, {} deleted, {} failed; {} entries ({} written, {} embedded) in {:.0} ms; task {}",
            report.files,
            report.new,
            report.changed,
            report.unchanged,
            report.deleted,
            report.failed.len(),
            report.entries,
            report.entries_written,
            report.embedded,
            indexed.time.as_secs_f64() * 1e3,
            indexed.task,
        ))?;
        if report.texts_cut > 0 {
            terminal::line(format_args!(
                "{} texts were cut to what a plugin takes",
                report.texts_cut
            ))?;
        }
    }
    if let Some(nothing) = report.nothing_found() {
        terminal::note(format_args!("error: {nothing}"));
        return Ok(Exit::No);
    }
    Ok(if report.failed.is_empty() { Exit::Ok } else { Exit::No })
}

/// A line of `wirt search --stdin`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryLine {
    query: String,
    owner: Option<String>,
    k: Option<usize>,
    mode: Option<Mode>,
}

/// The answer to it.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum AnswerLine {
    Hits(Vec<Hit>),
    Error(String),
}

pub(crate) fn search(args: &args::Search, plan: &Plan) -> anyhow::Result<Exit> {
    let memory = open(&args.root)?;
    let mut text = TextPlugins::open(plan, &Plugins::new(plan.edition)?)?;
    if args.stdin {
        return serve(args, &memory, &mut text);
    }
    let Some(words) = &args.query else { bail!("no query; name one, or --stdin") };
    let filter = args.owner.as_deref().map(Filter::owner);
    let query = Query { text: words, k: args.k, mode: args.mode.into(), filter: filter.as_ref() };
    let hits = memory.search(&mut text.for_memory(), &query)?;
    for hit in &hits {
        if args.json {
            terminal::line(serde_json::to_string(hit)?)?;
        } else {
            show(hit)?;
        }
    }
    if hits.is_empty() {
        terminal::note("nothing found");
    }
    Ok(Exit::Ok)
}

/// A hit for people: where it is, and the words around what matched.
pub(crate) fn show(hit: &Hit) -> anyhow::Result<()> {
    let place = terminal::plain(&format!("{}:{}", hit.path, hit.line));
    let heading = terminal::plain(&hit.headings.join(" > "));
    let heading = if heading.is_empty() { String::new() } else { format!("  {heading}") };
    let color = terminal::color();
    // Marked by characters no text has, so that control characters of the text can go first.
    let snippet = hit.snippet.marked("\u{fdd0}", "\u{fdd1}");
    let snippet = snippet.split_whitespace().collect::<Vec<_>>().join(" ");
    let (open, close) = if color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let snippet = terminal::plain(&snippet).replace('\u{fdd0}', open).replace('\u{fdd1}', close);
    let place = if color { format!("\x1b[36m{place}\x1b[0m") } else { place };
    terminal::line(format_args!("{place}  {:.3}{heading}", hit.score))?;
    Ok(terminal::line(format_args!("    {snippet}"))?)
}

/// One query a line in, one line of hits out; a line that cannot be answered gets an error line
/// and the next one is read.
fn serve(args: &args::Search, memory: &Memory, text: &mut TextPlugins) -> anyhow::Result<Exit> {
    let mut input = std::io::stdin().lock();
    loop {
        let mut line = Vec::new();
        let most = u64::try_from(MAX_QUERY_LINE_BYTES).unwrap_or(u64::MAX);
        input.by_ref().take(most).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(Exit::Ok);
        }
        if line.len() == MAX_QUERY_LINE_BYTES && line.last() != Some(&b'\n') {
            input.skip_until(b'\n')?;
            let error = format!("the line has over {MAX_QUERY_LINE_BYTES} bytes; shorten it");
            terminal::line(serde_json::to_string(&AnswerLine::Error(error))?)?;
            continue;
        }
        let line = String::from_utf8_lossy(&line);
        if line.trim().is_empty() {
            continue;
        }
        let answer = match answer(&line, args, memory, text) {
            Ok(hits) => AnswerLine::Hits(hits),
            Err(error) => AnswerLine::Error(error.to_string()),
        };
        terminal::line(serde_json::to_string(&answer)?)?;
    }
}

fn answer(
    line: &str,
    args: &args::Search,
    memory: &Memory,
    text: &mut TextPlugins,
) -> anyhow::Result<Vec<Hit>> {
    let asked: QueryLine = serde_json::from_str(line)
        .map_err(|error| anyhow::anyhow!("the line is no query: {error}; send {{\"query\": …}}"))?;
    let filter = asked.owner.as_deref().or(args.owner.as_deref()).map(Filter::owner);
    let query = Query {
        text: &asked.query,
        k: asked.k.unwrap_or(args.k),
        mode: asked.mode.unwrap_or(args.mode).into(),
        filter: filter.as_ref(),
    };
    Ok(memory.search(&mut text.for_memory(), &query)?)
}

impl From<Mode> for wirt_memory::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Keyword => Self::Keyword,
            Mode::Vector => Self::Vector,
            Mode::Hybrid => Self::Hybrid,
        }
    }
}

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
    timestamp: Option<wirt_contract::EpochMs>,
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
    let status = open(&args.root)?.status()?;
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
            terminal::line(format_args!("  outside: {}: {}", failed.path, failed.error))?;
        }
        let found = u64::try_from(verdict.differences.len()).unwrap_or(u64::MAX);
        let says = match found.saturating_add(verdict.more) {
            0 => "the index equals a rebuild".to_owned(),
            differences => format!("{differences} differences; `wirt sync` follows the files"),
        };
        terminal::line(format_args!(
            "{} files, {} entries: {says}",
            verdict.files, verdict.entries
        ))?;
    }
    Ok(if verdict.is_equal() { Exit::Ok } else { Exit::No })
}

fn open(root: &args::Root) -> anyhow::Result<Memory> {
    let folder = State::open(&root.state)?.memory(&root.root)?;
    Ok(Memory::open(&root.root, &folder, &notes(&folder)?)?)
}

fn notes_file(folder: &Path) -> PathBuf {
    folder.join("notes.json")
}

/// The globs of the last sync that named some.
fn notes(folder: &Path) -> anyhow::Result<Vec<String>> {
    let file = notes_file(folder);
    match std::fs::read(&file) {
        Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| {
            format!("{} is damaged; name the globs again with `wirt sync --notes`", file.display())
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error)
            .with_context(|| format!("{} cannot be read; check its rights", file.display())),
    }
}

fn remember(folder: &Path, notes: &[String]) -> anyhow::Result<()> {
    let file = notes_file(folder);
    let draft = file.with_extension("draft");
    std::fs::write(&draft, serde_json::to_vec(notes)?)
        .and_then(|()| std::fs::rename(&draft, &file))
        .with_context(|| format!("{} cannot be written; check its rights", file.display()))
}
