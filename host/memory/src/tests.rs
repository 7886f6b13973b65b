//! The whole way: files → index → search, with native plugins.

mod base;
mod filters;
mod model;
mod reach;
mod rebuild;
mod space;

use std::{collections::BTreeMap, fs};

use wirt_contract::EpochMs;

use crate::{
    Filter, IndexError, Memory, Mode, NewContent, NewEntry, OpenError, PendingKind, Query,
    SearchError, SyncError, append,
    testing::{LATER, Trial, buckets, words},
};

const LOG: &str = "a/p/users/u/.atomic_facts/atomic_fact-2026-05-18.md";

fn log(owner: &str, facts: &[(u32, &str)]) -> String {
    let mut text = format!("---\nuser_id: {owner}\nentry_count: {}\n---\n", facts.len());
    for (number, fact) in facts {
        let id = format!("af_20260518_{number:08}");
        text.push_str(&format!(
            "<!-- entry:{id} -->\n**timestamp**: 2026-05-18T07:04:26+00:00\n### \
             Fact\n{fact}\n<!-- /entry:{id} -->\n"
        ));
    }
    text
}

fn sets<const N: usize>(paths: [&str; N]) -> std::collections::BTreeSet<String> {
    paths.into_iter().map(str::to_owned).collect()
}

#[test]
fn notes_are_found_by_word_with_path_and_line() {
    let mut trial = Trial::new();
    trial.write("guide.md", "# Guide\n\nIntro.\n\n## Install\n\nUse the red button.\n");
    trial.write("other.md", "# Other\n\nNothing to see.\n");
    let report = trial.sync();
    assert_eq!((report.files, report.new, report.entries), (2, 2, 3));
    assert!(report.failed.is_empty() && report.nothing_found().is_none());
    for mode in [Mode::Keyword, Mode::Hybrid] {
        let hits = trial.search("RED button", mode);
        assert_eq!((hits[0].path.as_str(), hits[0].line), ("guide.md", 5), "{mode:?}");
        assert_eq!(hits[0].entry_id, "#guide/install");
        assert_eq!(hits[0].headings, ["Guide", "Install"]);
        assert_eq!(hits[0].snippet.marked("[", "]"), "Use the [red] [button].");
    }
    assert_eq!(trial.search("install", Mode::Keyword)[0].snippet.text, "Use the red button.");
    assert!(trial.verify().is_equal());
}

#[test]
fn the_index_follows_every_change_of_the_files() {
    let mut trial = Trial::new();
    for name in ["a.md", "b.md", "c.md"] {
        trial.write(name, format!("# {name}\ncommon {}\n", &name[..1]));
    }
    trial.sync();
    assert_eq!(trial.paths("common"), sets(["a.md", "b.md", "c.md"]));
    trial.write("a.md", "# a.md\ncommon apple\n");
    fs::rename(trial.at("b.md"), trial.at("d.md")).unwrap();
    fs::remove_file(trial.at("c.md")).unwrap();
    let kinds: Vec<_> =
        trial.status().pending.into_iter().map(|pending| (pending.path, pending.kind)).collect();
    let pending = |path: &str, kind| (path.to_owned(), kind);
    assert_eq!(
        kinds,
        [
            pending("a.md", PendingKind::Changed),
            pending("b.md", PendingKind::Deleted),
            pending("c.md", PendingKind::Deleted),
            pending("d.md", PendingKind::New),
        ]
    );
    let report = trial.sync();
    assert_eq!((report.files, report.new, report.changed, report.deleted), (2, 1, 1, 2));
    assert_eq!(trial.paths("common"), sets(["a.md", "d.md"]));
    assert_eq!(trial.paths("apple"), sets(["a.md"]));
    assert_eq!(trial.paths("c"), sets([]));
    let status = trial.status();
    assert_eq!((status.pending.len(), status.done, status.entries), (0, 2, 2));
    assert!(trial.verify().is_equal());
}

#[test]
fn what_says_the_same_is_not_embedded_again() {
    let mut trial = Trial::new();
    trial.write("a.md", "# A\none\n# B\ntwo\n# C\nthree\n");
    assert_eq!(trial.sync().embedded, 3);
    let report = trial.sync();
    assert_eq!((report.embedded, report.unchanged, report.entries_written), (0, 1, 0));
    trial.write("a.md", "# A\none and a\nhalf\n# B\ntwo\n# C\nthree\n");
    let report = trial.sync();
    assert_eq!((report.embedded, report.changed, report.entries_written), (1, 1, 3));
    assert_eq!(trial.embedder.embedded, 4);
    assert_eq!(trial.search("three", Mode::Keyword)[0].line, 6);
    assert!(trial.verify().is_equal());
}

#[test]
fn an_edit_that_keeps_size_and_mtime_is_seen() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    trial.sync();
    let modified = fs::metadata(trial.at("a.md")).unwrap().modified().unwrap();
    trial.write("a.md", "viola");
    fs::File::options().write(true).open(trial.at("a.md")).unwrap().set_modified(modified).unwrap();
    assert_eq!(trial.sync().changed, 1);
    assert_eq!(trial.paths("viola"), sets(["a.md"]));
}

#[test]
fn a_file_that_changed_just_now_is_read_again() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    let sync = |trial: &mut Trial, now| {
        let mut plugins = crate::Plugins {
            tokenizer: &mut crate::testing::Words,
            tokenizer_digest: "t1",
            embedder: &mut trial.embedder,
            embedder_digest: "e1",
        };
        trial.memory.sync(&mut plugins, now, &mut |_| ()).unwrap();
        trial.memory.index.read().unwrap().file("a.md").unwrap().unwrap().stat
    };
    let modified = fs::metadata(trial.at("a.md")).unwrap().modified().unwrap();
    let ms = modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let ms = u64::try_from(ms).unwrap();
    assert_eq!(sync(&mut trial, EpochMs(ms + 100)), None, "its stat is not trusted yet");
    assert!(sync(&mut trial, EpochMs(ms + 5_000)).is_some());
}

#[test]
fn a_broken_file_keeps_what_it_had_and_stops_nothing() {
    let mut trial = Trial::new();
    trial.write(LOG, log("u", &[(1, "cello"), (2, "piano")]));
    trial.sync();
    let good = log("u", &[(1, "viola"), (2, "piano")]);
    let other = LOG.replace("users/u/", "users/w/");
    for (number, (broken, error)) in [
        (good.replace("00000002", "00000001").into_bytes(), "stands on line 5 already"),
        (good.replacen("<!-- /entry", "<!-- entry", 1).into_bytes(), "is never closed"),
        (good.replace("**timestamp**: 2026-05-18T07:04:26+00:00\n", "").into_bytes(), "timestamp"),
        (good.replace("user_id: u", "user_id: [").into_bytes(), "broken frontmatter"),
        ([good.as_bytes(), b"\xff"].concat(), "not UTF-8 from byte"),
    ]
    .into_iter()
    .enumerate()
    {
        trial.write(LOG, broken);
        trial.write(&other, log("w", &[(1, &format!("fresh{number}"))]));
        let report = trial.sync();
        assert_eq!(report.failed.len(), 1, "{error}");
        assert_eq!(report.failed[0].path, LOG);
        assert!(report.failed[0].error.contains(error), "{}", report.failed[0].error);
        assert_eq!(report.failed[0].error.lines().count(), 1);
        assert_eq!(trial.paths("cello"), sets([LOG]), "{error}");
        assert_eq!(trial.paths("viola"), sets([]));
        assert_eq!(trial.paths(&format!("fresh{number}")), sets([other.as_str()]));
        let status = trial.status();
        assert_eq!((status.failed, status.pending.len(), status.done), (report.failed, 0, 1));
        let verdict = trial.verify();
        assert!(verdict.is_equal(), "{:?}", verdict.differences);
        assert_eq!(verdict.failed[0].path, LOG);
    }
    trial.write(LOG, &good);
    assert_eq!(trial.status().pending[0].kind, PendingKind::Changed);
    assert!(trial.sync().failed.is_empty());
    assert_eq!(trial.paths("viola"), sets([LOG]));
    assert_eq!(trial.paths("cello"), sets([]));
    assert_eq!(trial.verify().failed, []);
}

#[test]
fn a_folder_where_a_file_was_is_an_error_of_that_path() {
    for path in [LOG, "note.md"] {
        let mut trial = Trial::with_notes(&["**/*.md"]);
        trial.write("beside.txt", "A root without any file is refused.");
        trial.write(path, log("u", &[(1, "cello")]));
        trial.sync();
        fs::remove_file(trial.at(path)).unwrap();
        fs::create_dir(trial.at(path)).unwrap();
        let report = trial.sync();
        assert_eq!(report.failed[0].path, path);
        assert!(report.failed[0].error.starts_with("expected a file, found a folder"));
        assert_eq!(trial.paths("cello"), sets([path]));
        assert_eq!(trial.status().failed, report.failed);
        fs::remove_dir(trial.at(path)).unwrap();
        assert_eq!(trial.sync().deleted, 1);
        assert_eq!(trial.paths("cello"), sets([]));
    }
}

#[test]
fn a_failed_path_without_content_is_forgotten_once_it_is_gone() {
    let mut trial = Trial::new();
    trial.write("bad.md", b"\xff");
    trial.write("good.md", "x");
    assert_eq!(trial.sync().failed.len(), 1);
    fs::remove_file(trial.at("bad.md")).unwrap();
    let report = trial.sync();
    assert_eq!((report.failed.len(), report.deleted), (0, 0));
    assert_eq!(trial.memory.index.read().unwrap().files().unwrap().len(), 1);
}

#[test]
fn a_plugin_that_fails_on_a_file_is_asked_again() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    trial.write("b.md", "piano");
    trial.embedder.fails_on = Some("cello");
    let report = trial.sync();
    assert_eq!((report.failed.len(), report.new), (1, 1));
    assert!(report.failed[0].error.starts_with("the embedder failed: backend: away"));
    assert_eq!(trial.status().failed, report.failed);
    trial.embedder.fails_on = None;
    assert!(trial.sync().failed.is_empty());
    assert_eq!(trial.paths("cello"), sets(["a.md"]));
}

#[test]
fn another_tokenizer_means_a_rebuild_and_never_a_mix() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    assert!(trial.sync().rebuilt.is_some());
    assert_eq!(trial.sync().rebuilt, None);
    trial.tokenizer_digest = "t2";
    let query = Query { text: "cello", k: 1, mode: Mode::Keyword, filter: None };
    let error = trial.try_search(&query).unwrap_err();
    assert!(
        matches!(&error, SearchError::Index(IndexError::OtherPlugin { role: "tokenizer", .. })),
        "{error}"
    );
    let report = trial.sync();
    assert_eq!((report.embedded, report.new), (1, 1));
    assert!(report.rebuilt.unwrap().contains("`words` (t1)"));
    assert_eq!(trial.try_search(&query).unwrap().len(), 1);
}

#[test]
fn roots_that_hold_nothing_say_so() {
    let mut trial = Trial::new();
    let nothing = trial.sync().nothing_found().unwrap().to_string();
    assert!(nothing.contains("no entries in 0 files; expected markdown"), "{nothing}");
    trial.write("blank.md", "\n");
    let report = trial.sync();
    assert_eq!(report.files, 1);
    assert!(report.nothing_found().unwrap().to_string().contains("no entries in 1 files"));
    let state = tempfile::tempdir().unwrap();
    for (root, found) in [("none", "No such file"), ("blank.md", "found a file")] {
        let error = Memory::open(&trial.at(root), state.path(), &[]).err().unwrap();
        assert!(matches!(error, OpenError::Root { .. }));
        assert!(error.to_string().contains(found), "{error}");
    }
    let globs = ["[".to_owned()];
    let error = Memory::open(trial.root.path(), state.path(), &globs).err().unwrap();
    assert!(error.to_string().starts_with("notes glob `[`: "), "{error}");
}

#[test]
fn a_root_that_vanishes_deletes_nothing() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    trial.sync();
    let (root, away) = (trial.root.path().to_owned(), trial.root.path().with_extension("away"));
    fs::rename(&root, &away).unwrap();
    let mut plugins = crate::Plugins {
        tokenizer: &mut crate::testing::Words,
        tokenizer_digest: "t1",
        embedder: &mut trial.embedder,
        embedder_digest: "e1",
    };
    let error = trial.memory.sync(&mut plugins, LATER, &mut |_| ()).unwrap_err();
    assert!(matches!(error, SyncError::Root { .. }), "{error}");
    fs::rename(&away, &root).unwrap();
    assert_eq!(trial.sync().unchanged, 1);
    assert_eq!(trial.paths("cello"), sets(["a.md"]));
}

#[test]
fn one_writes_and_others_read() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    trial.sync();
    let turn = trial.memory.lock().unwrap();
    assert!(matches!(trial.memory.lock(), Err(SyncError::Busy { .. })));
    assert_eq!(trial.paths("cello"), sets(["a.md"]));
    drop(turn);
    trial.memory.lock().unwrap();
}

#[test]
fn queries_out_of_bounds_are_refused() {
    let mut trial = Trial::new();
    let query = Query { text: "x", k: 1, mode: Mode::Keyword, filter: None };
    let unsynced = trial.try_search(&query).unwrap_err();
    assert!(matches!(unsynced, SearchError::Index(IndexError::Unsynced { .. })), "{unsynced}");
    trial.write("a.md", "cello");
    trial.sync();
    for mode in [Mode::Keyword, Mode::Vector, Mode::Hybrid] {
        let error = trial.try_search(&Query { text: " ?! ", mode, ..query }).unwrap_err();
        assert_eq!(error.to_string(), "the query `?!` has no words; give at least one");
    }
    for k in [0, 1_001] {
        let error = trial.try_search(&Query { k, ..query }).unwrap_err();
        assert!(matches!(error, SearchError::Limit { .. }), "{error}");
    }
    let long = "x ".repeat(40_000);
    let error = trial.try_search(&Query { text: &long, ..query }).unwrap_err();
    assert!(matches!(error, SearchError::QueryTooLong { unit: "bytes", .. }), "{error}");
    let many: String = (0..2_000).map(|number| format!("w{number} ")).collect();
    let error = trial.try_search(&Query { text: &many, ..query }).unwrap_err();
    assert!(matches!(error, SearchError::QueryTooLong { max: 1_024, .. }), "{error}");
}

#[test]
fn an_owner_sees_only_what_is_theirs() {
    let mut trial = Trial::new();
    for user in ["u", "w"] {
        let path = LOG.replace("users/u/", &format!("users/{user}/"));
        trial.write(&path, log(user, &[(1, "plays the cello"), (2, "likes tea")]));
    }
    trial.sync();
    for mode in [Mode::Keyword, Mode::Vector, Mode::Hybrid] {
        for (owner, count) in [("u", 2), ("w", 2), ("nobody", 0)] {
            let query =
                Query { text: "the cello tea", k: 10, mode, filter: Some(&Filter::owner(owner)) };
            let hits = trial.try_search(&query).unwrap();
            assert_eq!(hits.len(), count, "{mode:?} {owner}");
            assert!(hits.iter().all(|hit| hit.owner_id.as_deref() == Some(owner)));
        }
    }
    trial.write(LOG, log("w", &[(1, "plays the cello")]));
    trial.sync();
    let query =
        Query { text: "cello", k: 10, mode: Mode::Keyword, filter: Some(&Filter::owner("u")) };
    assert_eq!(trial.try_search(&query).unwrap().len(), 0);
    assert!(trial.verify().is_equal());
}

#[test]
fn equal_scores_are_in_order_of_path_and_line() {
    let mut trial = Trial::new();
    // Documents are numbered against the order of paths.
    for name in ["d", "c", "b", "a"] {
        trial.write(&format!("{name}.md"), "---\ntitle: T\n---\n# H\ncello\n# H\ncello\n");
        trial.sync();
    }
    for mode in [Mode::Keyword, Mode::Vector, Mode::Hybrid] {
        let query = Query { text: "cello", k: 5, mode, filter: None };
        let places: Vec<_> = trial
            .try_search(&query)
            .unwrap()
            .into_iter()
            .map(|hit| format!("{}:{}", hit.path, hit.line))
            .collect();
        assert_eq!(places, ["a.md:4", "a.md:6", "b.md:4", "b.md:6", "c.md:4"], "{mode:?}");
    }
}

#[test]
fn scores_are_those_of_a_plain_computation() {
    let mut trial = Trial::new();
    let mut random = Random(7);
    for file in 0..60 {
        let count = 1 + random.below(40);
        trial.write(&format!("{file:02}.md"), random.words(count, 25));
    }
    trial.sync();
    let texts: Vec<(String, String)> = trial
        .memory
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.path.clone(), entry.indexed_text()))
        .collect();
    assert_eq!(texts.len(), 60);
    for query in ["w1", "w2 w3 w2", "w4 nothing w24"] {
        let all = Query { text: query, k: 100, mode: Mode::Keyword, filter: None };
        let found = trial.try_search(&all).unwrap();
        let expected = plain_bm25(&texts, query);
        assert_eq!(found.len(), expected.len(), "{query}");
        for hit in found {
            assert!((hit.score - expected[&hit.path]).abs() < 1e-9, "{query} {}", hit.path);
        }
        let all = Query { mode: Mode::Vector, ..all };
        let found = trial.try_search(&all).unwrap();
        assert_eq!(found.len(), 60);
        for hit in found {
            let (_, text) = texts.iter().find(|(path, _)| *path == hit.path).unwrap();
            let expected = plain_cosine(&buckets(query), &buckets(text));
            assert!((hit.score - expected).abs() < 1e-5, "{query} {}", hit.path);
        }
    }
}

fn plain_bm25(texts: &[(String, String)], query: &str) -> BTreeMap<String, f64> {
    let cut = |text: &str| words(text).into_iter().map(|token| token.term).collect::<Vec<_>>();
    let entries: Vec<(&String, Vec<String>)> =
        texts.iter().map(|(path, text)| (path, cut(text))).collect();
    let count = entries.len() as f64;
    let average = entries.iter().map(|(_, terms)| terms.len()).sum::<usize>() as f64 / count;
    let mut wanted = cut(query);
    wanted.sort();
    wanted.dedup();
    let mut scores = BTreeMap::new();
    for term in wanted {
        let has = entries.iter().filter(|(_, terms)| terms.contains(&term)).count() as f64;
        let weight = (1.0 + (count - has + 0.5) / (has + 0.5)).ln();
        for (path, terms) in &entries {
            let times = terms.iter().filter(|other| **other == term).count() as f64;
            if times > 0.0 {
                let norm = 1.2 * (0.25 + 0.75 * terms.len() as f64 / average);
                *scores.entry((*path).clone()).or_insert(0.0) +=
                    weight * times * 2.2 / (times + norm);
            }
        }
    }
    scores
}

fn plain_cosine(left: &[f32], right: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let lengths = (dot(left, left) * dot(right, right)).sqrt();
    if lengths == 0.0 { 0.0 } else { dot(left, right) / lengths }
}

#[test]
fn hybrid_beats_either_ranking_where_they_disagree() {
    let mut trial = Trial::new();
    trial.write("both.md", "---\ntitle: T\n---\ncello concert");
    trial.write("one.md", "---\ntitle: T\n---\ncello cello garden house winter river");
    trial.sync();
    let hits = trial.search("cello concert", Mode::Hybrid);
    assert_eq!((hits[0].path.as_str(), hits[0].score), ("both.md", 1.0));
    assert_eq!((hits[1].path.as_str(), hits[1].score), ("one.md", 0.0));
}

#[test]
fn long_paths_and_words_are_indexed() {
    let mut trial = Trial::new();
    let folder = ["long"; 50].map(|name| format!("{name}-folder-name")).join("/");
    let (one, two) = (format!("{folder}/1.md"), format!("{folder}/2.md"));
    let word = "ab".repeat(600);
    trial.write(&one, format!("{word} one"));
    trial.write(&two, format!("{word}c two"));
    trial.sync();
    assert_eq!(trial.paths(&word), sets([one.as_str()]));
    assert_eq!(trial.paths("two"), sets([two.as_str()]));
    let hit = trial.search(&word, Mode::Keyword).remove(0);
    assert!(trial.verify().is_equal());
    assert_eq!(hit.snippet.highlights, [], "the word is longer than a snippet");
    fs::remove_file(trial.at(&one)).unwrap();
    trial.sync();
    assert_eq!(trial.paths(&word), sets([]));
    assert_eq!(trial.memory.entries().unwrap().count(), 1);
}

#[test]
fn an_appended_fact_is_found() {
    let mut trial = Trial::new();
    let says = |fact: &str| NewContent::AtomicFact { sender_ids: vec![], fact: fact.into() };
    let mut fact = NewEntry {
        app_id: "default".into(),
        project_id: "p".into(),
        owner_id: "u_alice".into(),
        timestamp: EpochMs(1_779_087_866_000),
        session_id: Some("s_0".into()),
        parent_type: None,
        parent_id: None,
        content: says("Alice plays the cello."),
    };
    append(trial.root.path(), &fact, LATER).unwrap();
    assert_eq!(trial.sync().embedded, 1);
    fact.content = says("Bob plays the harp.");
    let second = append(trial.root.path(), &fact, LATER).unwrap();
    assert_eq!(trial.sync().embedded, 1);
    let hits = trial.search("harp", Mode::Keyword);
    assert_eq!((&hits[0].path, &hits[0].entry_id), (&second.path, &second.entry_id));
    let entries: Vec<_> = trial.memory.entries().unwrap().map(|entry| entry.unwrap()).collect();
    let json = serde_json::to_value(&entries[1]).unwrap();
    assert_eq!(json["kind"], "atomic_fact");
    assert_eq!(json["app_id"], "default");
    assert_eq!(json["owner_type"], "user");
    assert_eq!(json["timestamp"], 1_779_087_866_000_u64);
    assert_eq!(json["content_sha256"].as_str().unwrap().len(), 64);
    assert_ne!(entries[0].content_sha256, entries[1].content_sha256);
}

/// A small generator, so that a failing seed can be run again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        self.0 >> 33
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn words(&mut self, count: u64, vocabulary: u64) -> String {
        (0..count).map(|_| format!("w{} ", self.below(vocabulary))).collect()
    }
}
