//! The binary under test, run in a home of its own.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use wirt_engine::{Component, Engine};

/// A user's home: working folder, cache and state. Gone with its last word.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    cache: PathBuf,
}

impl Home {
    /// A home whose compiled plugins and verdicts are shared with other tests.
    pub(crate) fn new() -> Self {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("system-cache");
        Self { folder: tempfile::tempdir().unwrap(), cache }
    }

    /// A home in which nothing has been compiled or tested yet.
    pub(crate) fn with_own_cache() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache");
        Self { folder, cache }
    }

    /// A path in the working folder.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Writes a file below the working folder, and the folders above it.
    pub(crate) fn write(&self, below: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Where Wirt keeps state here if nothing is said.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state/wirt")
    }

    /// Compiled plugins of this home.
    pub(crate) fn compiled(&self) -> PathBuf {
        self.cache.join("wirt/compiled")
    }

    /// Verdicts of this home.
    pub(crate) fn verdicts(&self) -> PathBuf {
        self.cache.join("wirt/verdicts")
    }

    /// `wirt COMMAND`, with more arguments to come.
    pub(crate) fn wirt(&self, command: &str) -> Wirt {
        let mut wirt = Command::new(env!("CARGO_BIN_EXE_wirt"));
        wirt.env_clear()
            .env("HOME", self.folder.path())
            .env("XDG_CACHE_HOME", &self.cache)
            .env("XDG_STATE_HOME", self.path("state"))
            .current_dir(self.folder.path())
            .arg(command);
        Wirt { command: wirt, said: format!("wirt {command}"), stdin: None }
    }
}

/// A component that ships with Wirt or is wrong on purpose.
pub(crate) fn loaded(engine: &Engine, name: &str) -> Component {
    let plugin = wirt_bundled::plugin(name).or_else(|| wirt_bundled::faulty(name)).unwrap();
    engine.load(plugin.name, plugin.bytes).unwrap()
}

/// The same, on an engine of its own that shares what other tests have compiled.
pub(crate) fn component(name: &str) -> Component {
    loaded(&Engine::new(Some(&Home::new().compiled())).unwrap(), name)
}

/// A run of the binary, not yet begun.
pub(crate) struct Wirt {
    command: Command,
    said: String,
    stdin: Option<Vec<u8>>,
}

impl Wirt {
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.said.push(' ');
        self.said.push_str(&arg.as_ref().to_string_lossy());
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(self, args: impl IntoIterator<Item = A>) -> Self {
        args.into_iter().fold(self, Wirt::arg)
    }

    pub(crate) fn config(self, file: &Path) -> Self {
        self.arg("--config").arg(file)
    }

    pub(crate) fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(text.into());
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    /// Starts it with pipes to all three streams.
    pub(crate) fn spawn(mut self) -> Child {
        let stdin = if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() };
        self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Said {
        let (said, stdin) = (self.said.clone(), self.stdin.clone());
        let mut child = self.spawn();
        if let Some(text) = stdin {
            // What is sent is small: it fits the pipe, whoever reads first.
            child.stdin.take().unwrap().write_all(&text).unwrap();
        }
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said {
            command: said,
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Runs it to its end, which must be this one.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Said {
        let said = self.run();
        assert_eq!(said.code, Some(code), "{said}");
        said
    }
}

/// What a run left.
pub(crate) struct Said {
    command: String,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} ended with {:?}", self.command, self.code)?;
        writeln!(f, "--- stdout\n{}--- stderr\n{}---", self.stdout, self.stderr)
    }
}

impl Said {
    /// Standard output as one JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// Standard output as JSON values, one a line.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let read =
            |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self}"));
        self.stdout.lines().map(read).collect()
    }

    /// Standard error is this one line, and holds all of these words.
    #[track_caller]
    pub(crate) fn one_error(&self, starts: &str, words: &[&str]) {
        assert_eq!(self.stderr.lines().count(), 1, "one line on standard error: {self}");
        assert!(self.stderr.starts_with(starts), "standard error starts with `{starts}`: {self}");
        for word in words {
            assert!(self.stderr.contains(word), "standard error says `{word}`: {self}");
        }
    }
}

/// A number in a JSON object.
#[track_caller]
pub(crate) fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("{key} is no number in {value}"))
}
