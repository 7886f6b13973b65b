//! The memory's scenarios over every pair of plugins that ship, and one watch on the real file
//! system.

use std::io::{BufRead as _, BufReader, Lines, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use wirt_contract::Interface;
use wirt_engine::{Component, Engine, Grant, Instance, Limits};
use wirt_memory::Plugins;
use wirt_scenarios::{Faithful, Subject, all};

use crate::memory::{facts, facts_path};
use crate::wirt::{Home, loaded, number};

/// The bundled plugins that fill this contract.
fn those_that_fill(interface: Interface, engine: &Engine) -> Vec<Component> {
    let components = wirt_bundled::PLUGINS.iter().map(|plugin| loaded(engine, plugin.name));
    components.filter(|component| component.interfaces().contains(interface)).collect()
}

fn instance(component: &Component) -> Instance {
    Instance::new(component.clone(), Grant::nothing().unwrap(), Limits::default())
}

#[test]
fn every_scenario_holds_for_every_pair_of_plugins() {
    let engine = Engine::new(Some(&Home::new().compiled())).unwrap();
    let tokenizers = those_that_fill(Interface::Tokenizer, &engine);
    let embedders = those_that_fill(Interface::Embedder, &engine);
    assert!(tokenizers.len() > 1 && embedders.len() > 1, "one pair shows little");
    let scratch = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    for tokenizer in &tokenizers {
        for embedder in &embedders {
            let (mut cuts, mut embeds) = (instance(tokenizer), instance(embedder));
            for scenario in all() {
                let plugins = Plugins {
                    tokenizer: &mut cuts,
                    tokenizer_digest: tokenizer.digest(),
                    embedder: &mut embeds,
                    embedder_digest: embedder.digest(),
                };
                let mut subject =
                    Subject { plugins, keeper: &mut Faithful, scratch: scratch.path() };
                let end = (scenario.run)(&mut subject);
                let (id, cuts, embeds) = (scenario.id, tokenizer.name(), embedder.name());
                assert_eq!(end, Ok(()), "{id} over {cuts} and {embeds}");
            }
        }
    }
}

/// A `wirt watch` at work; gone with its last use, however that comes.
struct Watch {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watch {
    /// Watches `mem` and scans so rarely that what is heard of is heard from the system.
    fn begin(home: &Home) -> Self {
        let args = ["mem", "--json", "--scan-every", "86400s"];
        let mut child = home.wirt("watch").args(args).spawn();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next event.
    fn event(&mut self) -> Value {
        let Some(line) = self.lines.next() else {
            panic!("the watch ended: {}", self.last_words())
        };
        let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
        assert!(event.get("blind").is_none() && event.get("trouble").is_none(), "{event}");
        event
    }

    /// Reads on until something becomes of a path, which must be this. The system may tell of one
    /// save twice; the second look finds nothing to do.
    fn settles(&mut self, path: &str, outcome: &str) {
        loop {
            let event = self.event();
            let settled = &event["settled"];
            let is_idle = ["unchanged", "absent"].iter().any(|idle| settled["outcome"] == *idle);
            if settled["path"] == path && !is_idle {
                assert_eq!(settled["outcome"], outcome, "{event}");
                return;
            }
        }
    }

    /// Ends it by SIGTERM, which is no error.
    fn ends(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        // What it has said but nobody has read would hold it up.
        self.lines.by_ref().for_each(drop);
        let code = self.child.wait().unwrap().code();
        let stderr = self.last_words();
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
    }

    fn last_words(&mut self) -> String {
        let mut stderr = String::new();
        if let Some(mut pipe) = self.child.stderr.take() {
            pipe.read_to_string(&mut stderr).unwrap();
        }
        stderr
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It has ended already, unless a test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Saves a file of `mem` in one go, as editors do: a watch sees all of it or nothing.
fn save(home: &Home, path: &str, text: &str) -> PathBuf {
    let draft = home.write("draft", text);
    let at = home.path("mem").join(path);
    std::fs::rename(draft, &at).unwrap();
    at
}

#[test]
fn a_watch_hears_of_a_save_and_others_search_meanwhile() {
    let home = Home::new();
    let below = |day: &str| facts_path("u_mira", day).strip_prefix("mem/").unwrap().to_owned();
    let (first, second) = (below("2026-05-18"), below("2026-05-19"));
    let first_text = facts("u_mira", "2026-05-18", &["Mira plays the cello."]);
    home.write(&facts_path("u_mira", "2026-05-18"), first_text);
    let found = |words: &str| -> Vec<String> {
        let args = ["mem", words, "--mode", "keyword", "--json"];
        let hits = home.wirt("search").args(args).ends(0).json_lines();
        hits.iter().map(|hit| hit["path"].as_str().unwrap().to_owned()).collect()
    };

    let mut watch = Watch::begin(&home);
    watch.settles(&first, "new");
    assert_eq!(found("cello"), [first.as_str()]);
    let said = facts("u_mira", "2026-05-19", &["Mira sails a ketch."]);
    let at = save(&home, &second, &said);
    watch.settles(&second, "new");
    assert_eq!(found("ketch"), [second.as_str()]);
    save(&home, &second, &said.replace("ketch", "dinghy"));
    watch.settles(&second, "changed");
    assert_eq!((found("dinghy"), found("ketch")), (vec![second.clone()], Vec::new()));

    let holder = format!("process {}", watch.child.id());
    for command in ["watch", "sync"] {
        let words = ["is being written by", holder.as_str()];
        home.wirt(command).arg("mem").ends(2).one_error("error: ", &words);
    }

    std::fs::remove_file(at).unwrap();
    watch.settles(&second, "deleted");
    assert_eq!(found("dinghy"), Vec::<String>::new());
    watch.ends();
    let report = home.wirt("sync").args(["mem", "--json"]).ends(0).json();
    assert_eq!((number(&report, "unchanged"), number(&report, "embedded")), (1, 0), "{report}");
    home.wirt("verify").arg("mem").ends(0);
}
