//! The arguments, and with them the help texts.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use wirt_contract::EpochMs;
use wirt_disk::Profile;
use wirt_memory::{Filter, Kind};

/// Hosts plugins for an agent's durable state and its markdown memory, and lets in none that has
/// not passed the conformance suite.
#[derive(Debug, Parser)]
#[command(
    name = "wirt",
    version,
    after_help = "Start with `wirt demo`. Exit codes: 0 done or conformant; 1 not conformant, a path \
failed, or the index differs; 2 wrong usage or an error; 3 inconclusive.",
    max_term_width = 100
)]
pub(crate) struct Args {
    /// Which plugins to use [default: ./wirt.toml where there is one, else the bundled plugins]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Show what lies behind an error
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show in a minute what Wirt does: verdicts, a memory, a crash survived, a plugin refused
    Demo,
    /// Put the conformance suite to plugins and say what they break
    #[command(after_help = "Exit codes: 0 all conformant; 1 one is not (a crash counts as not); \
2 wrong usage or a harness error; 3 inconclusive, also where no case applies.")]
    Conform(Conform),
    /// Make a failure of a deep run happen again
    Replay(Replay),
    /// Say what a component is: contracts, imports, digest, and whether this host can run it
    Inspect(Inspect),
    /// Make the index follow the markdown under ROOT
    Sync(Sync),
    /// Forget the index of ROOT and make it from the files anew
    Rebuild(Sync),
    /// Make the index follow the markdown under ROOT until it is stopped
    Watch(Watch),
    /// Find entries by words and meaning
    Search(Search),
    /// List every indexed entry
    Entries(Entries),
    /// Say what is indexed, what waits and what failed
    Status(Status),
    /// Compare the index with a rebuild from the files
    Verify(Verify),
    /// List tasks, or one task's tape
    Tasks(Tasks),
    /// Write everything a store holds into one file
    Backup(Backup),
    /// Fill an empty store from a backup
    Restore(Restore),
    /// Look at wirt.toml
    #[command(subcommand)]
    Config(Config),
    /// Run the demo's five-step task; it stops for good at step 3
    #[command(hide = true)]
    DemoTask(DemoTask),
    /// Make parts of a deep run: their numbers in, what they came to out
    #[command(hide = true)]
    DeepParts(Conform),
}

/// Where Wirt keeps what it derives.
#[derive(Debug, Clone, Default, ClapArgs)]
pub(crate) struct State {
    /// Folder for stores and indexes [default: wirt/ in your state folder, usually ~/.local/state]
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
}

/// A memory.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Root {
    /// The folder of markdown
    pub(crate) root: PathBuf,
    #[command(flatten)]
    pub(crate) state: State,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Conform {
    /// Components to test
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Test every plugin that ships with Wirt
    #[arg(long)]
    pub(crate) bundled: bool,
    /// load: every core case, as when a plugin is let in. standard: every case, and durable stores
    /// again with a fresh instance before every call. deep: no cases, but crashes: what a durable
    /// store shows after losing power at any moment of its work, and when its disk fails
    #[arg(long, value_enum, default_value_t = Level::Standard)]
    pub(crate) level: Level,
    /// Only cases whose id fits, for example 'tasks/*'
    #[arg(long, value_name = "GLOB")]
    pub(crate) case: Option<String>,
    /// What data and ids are drawn from; the same seed gives the same report
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Grant the plugin an environment variable while it is tested; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    pub(crate) env: Vec<(String, String)>,
    /// Write a report: json=FILE or junit=FILE; may be repeated
    #[arg(long, value_name = "FORM=FILE")]
    pub(crate) report: Vec<Report>,
    /// What a crash may leave, in a deep run: kill, ordered, posix, posix-strict; may be repeated
    /// [default: kill and ordered]
    #[arg(long, value_name = "PROFILE", value_parser = profile)]
    pub(crate) profile: Vec<Profile>,
    /// How long a deep run may take, such as 60s; one that is cut short proves nothing
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) budget: Option<Duration>,
    /// Processes that share a deep run [default: one a core]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) jobs: Option<NonZero<usize>>,
    /// Folder for the failures of a deep run [default: wirt-replays]
    #[arg(long, value_name = "DIR")]
    pub(crate) replays: Option<PathBuf>,
}

impl Conform {
    /// The profiles of a deep run.
    pub(crate) fn profiles(&self) -> Vec<Profile> {
        match &self.profile[..] {
            [] => vec![Profile::Kill, Profile::Ordered],
            named => named.to_vec(),
        }
    }

    /// A flag that was given and says nothing to other than deep runs.
    pub(crate) fn only_deep(&self) -> Option<&'static str> {
        let given = [
            (!self.profile.is_empty(), "--profile"),
            (self.budget.is_some(), "--budget"),
            (self.jobs.is_some(), "--jobs"),
            (self.replays.is_some(), "--replays"),
        ];
        given.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
    }
}

/// A failure that a deep run kept.
#[derive(Debug, ClapArgs)]
pub(crate) struct Replay {
    /// Its file
    pub(crate) file: PathBuf,
}

fn profile(text: &str) -> Result<Profile, String> {
    Profile::ALL.into_iter().find(|profile| profile.name() == text).ok_or_else(|| {
        let known = Profile::ALL.map(Profile::name).join(", ");
        format!("expected one of {known}")
    })
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.strip_suffix('s').unwrap_or(text).parse().ok().filter(|number| *number > 0);
    number.map(Duration::from_secs).ok_or_else(|| "expected seconds, such as 60s".into())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    Load,
    Standard,
    Deep,
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| {
        let known = Kind::ALL.map(Kind::name).join(", ");
        format!("expected one of {known}")
    })
}

/// A date is its first moment, in UTC.
fn time(text: &str) -> Result<EpochMs, String> {
    // A smaller number is a year, or seconds.
    const LEAST_MS: u64 = 100_000_000_000;
    if let Ok(number) = text.parse()
        && number >= LEAST_MS
    {
        return Ok(EpochMs(number));
    }
    let of_day = || {
        let date: jiff::civil::Date = text.parse().ok()?;
        date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|day| day.timestamp())
    };
    let found = text.parse::<jiff::Timestamp>().ok().or_else(of_day);
    found
        .and_then(|time| u64::try_from(time.as_millisecond()).ok())
        .map(EpochMs)
        .ok_or_else(|| "expected 2026-05-18, 2026-05-18T07:04:26Z or epoch milliseconds".into())
}

fn filter(text: &str) -> Result<Filter, String> {
    serde_json::from_str(text).map_err(|error| {
        format!(
            "no filter: {error}; an object holds one condition, such as {{\"kind\": {{\"eq\": \
             \"note\"}}}}, and `and` and `or` join them"
        )
    })
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("expected NAME=VALUE".into()),
    }
}

/// A report's form and file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Report {
    Json(PathBuf),
    Junit(PathBuf),
}

impl std::str::FromStr for Report {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some(("json", file)) if !file.is_empty() => Ok(Self::Json(file.into())),
            Some(("junit", file)) if !file.is_empty() => Ok(Self::Junit(file.into())),
            _ => Err("expected json=FILE or junit=FILE".into()),
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Inspect {
    /// The component
    pub(crate) file: PathBuf,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Sync {
    #[command(flatten)]
    pub(crate) root: Root,
    /// Index the files this glob names as plain notes, for example 'docs/**/*.md'; may be repeated.
    /// Remembered for this ROOT until other ones are given; an empty one forgets them
    #[arg(long, value_name = "GLOB")]
    pub(crate) notes: Vec<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) root: Root,
    /// Index the files this glob names as plain notes, for example 'docs/**/*.md'; may be repeated.
    /// Remembered for this ROOT until other ones are given; an empty one forgets them
    #[arg(long, value_name = "GLOB")]
    pub(crate) notes: Vec<String>,
    /// The longest time between two scans of everything
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "30s")]
    pub(crate) scan_every: Duration,
    /// Only scan: on network file systems the machine does not tell of all changes
    #[arg(long)]
    pub(crate) no_listen: bool,
    /// One JSON object an event
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "All conditions have to hold. --filter takes more of them, such as \
{\"or\": [{\"owner_id\": {\"eq\": \"ann\"}}, {\"timestamp\": {\"gte\": 1747526400000}}]}.\n\
With --stdin each line is {\"query\": …, \"owner\"?, \"filter\"?, \"k\"?, \"mode\"?} and is \
answered with one JSON line; blank ones are passed over. Highlights are byte offsets of UTF-8.")]
pub(crate) struct Search {
    #[command(flatten)]
    pub(crate) root: Root,
    /// What to look for
    #[arg(required_unless_present = "stdin", conflicts_with = "stdin")]
    pub(crate) query: Option<String>,
    /// How many hits
    #[arg(short, default_value_t = 10)]
    pub(crate) k: usize,
    /// By words, by meaning, or both
    #[arg(long, value_enum, default_value_t = Mode::Hybrid)]
    pub(crate) mode: Mode,
    /// Only this owner's entries
    #[arg(long, value_name = "ID")]
    pub(crate) owner: Option<String>,
    /// Only entries of this kind, such as note or episode; may be repeated
    #[arg(long, value_parser = kind)]
    pub(crate) kind: Vec<Kind>,
    /// Only this app's entries
    #[arg(long, value_name = "ID")]
    pub(crate) app: Option<String>,
    /// Only this project's entries
    #[arg(long, value_name = "ID")]
    pub(crate) project: Option<String>,
    /// Only this session's entries
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Only what this one said
    #[arg(long, value_name = "ID")]
    pub(crate) sender: Option<String>,
    /// Only entries of this time or later: a date, a time (RFC 3339), or epoch milliseconds
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<EpochMs>,
    /// Only entries before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) until: Option<EpochMs>,
    /// More conditions, as JSON
    #[arg(long, value_name = "JSON", value_parser = filter)]
    pub(crate) filter: Option<Filter>,
    /// One JSON object a hit
    #[arg(long)]
    pub(crate) json: bool,
    /// Read queries from standard input, one JSON object a line
    #[arg(long)]
    pub(crate) stdin: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    Keyword,
    Vector,
    Hybrid,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Entries {
    #[command(flatten)]
    pub(crate) root: Root,
    /// One JSON object an entry
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) root: Root,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) root: Root,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Tasks {
    /// Show this task's row and tape
    pub(crate) task: Option<String>,
    #[command(flatten)]
    pub(crate) state: State,
    /// One JSON object a task or event
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(
    after_help = "A backup is text, a line of JSON for each row; its last line holds the SHA-256 of \
all lines before it. Backups of a store that did not change are equal byte for byte."
)]
pub(crate) struct Backup {
    /// The store's name in wirt.toml; without one there is `main`
    pub(crate) store: String,
    /// Where to write it, or `-` for standard output
    pub(crate) file: PathBuf,
    /// Replace FILE where it is there already
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) state: State,
    /// Say what was done as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(
    after_help = "FILE is read to its end before anything is written. Afterwards the store's own \
backup is compared with it. A restore that was interrupted leaves a store that refuses every other \
command: delete its folder and restore again."
)]
pub(crate) struct Restore {
    /// A backup
    pub(crate) file: PathBuf,
    /// The store's name in wirt.toml; it must be empty
    pub(crate) store: String,
    #[command(flatten)]
    pub(crate) state: State,
    /// Say what was done as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Read wirt.toml, resolve what it names, and say what is wrong with it
    Check,
    /// Print the JSON schema of wirt.toml
    Schema,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DemoTask {
    #[command(flatten)]
    pub(crate) state: State,
}
