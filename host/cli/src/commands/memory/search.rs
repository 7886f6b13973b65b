//! `wirt search`: one query, or one a line.

use std::io::{BufRead as _, Read as _};

use anyhow::bail;
use serde::{Deserialize, Serialize};
use wirt_memory::{Filter, Hit, Is, Memory, Query, When};

use super::{TextPlugins, open};
use crate::args::{self, Mode};
use crate::config::resolve::Plan;
use crate::host::plugins::Plugins;
use crate::host::tape;
use crate::{Exit, terminal};

/// Longest line that is read as a query.
const MAX_QUERY_LINE_BYTES: usize = 1 << 20;

/// A line of `wirt search --stdin`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueryLine {
    query: String,
    owner: Option<String>,
    filter: Option<Filter>,
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
    let filter = all(conditions(args));
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
        let waiting = memory.status(tape::now())?.pending.len();
        match waiting {
            0 => terminal::note("nothing found"),
            _ => terminal::note(format_args!(
                "nothing found; {waiting} files wait to be indexed, by `wirt sync` or a watch"
            )),
        }
    }
    Ok(Exit::Ok)
}

/// What the flags ask for, each for itself.
fn conditions(args: &args::Search) -> Vec<Filter> {
    let is = |value: &Option<String>, filter: fn(Is<String>) -> Filter| {
        value.clone().map(|value| filter(Is::Eq(value)))
    };
    let flags = [
        args.owner.clone().map(Filter::owner),
        is(&args.app, Filter::AppId),
        is(&args.project, Filter::ProjectId),
        is(&args.session, Filter::SessionId),
        is(&args.sender, Filter::Sender),
        args.since.map(|since| Filter::Timestamp(When::Gte(since))),
        args.until.map(|until| Filter::Timestamp(When::Lt(until))),
        args.filter.clone(),
    ];
    let kinds = (!args.kind.is_empty()).then(|| Filter::Kind(Is::In(args.kind.clone())));
    flags.into_iter().chain([kinds]).flatten().collect()
}

/// All of them; none where there are none.
fn all(mut filters: Vec<Filter>) -> Option<Filter> {
    match filters.len() {
        0 | 1 => filters.pop(),
        _ => Some(Filter::And(filters)),
    }
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
    let mut filters = conditions(args);
    filters.extend(asked.owner.map(Filter::owner));
    filters.extend(asked.filter);
    let filter = all(filters);
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
