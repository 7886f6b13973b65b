//! After any sequence of edits the index is what a rebuild gives.

use serde_json::Value;

use crate::memory::{facts, facts_path};
use crate::wirt::Home;

/// A stream of numbers from a seed (Knuth's MMIX generator).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// One change to the files: a note is written, grows, moves, goes, breaks; a fact's file changes.
fn edit(home: &Home, chance: &mut Chance) {
    let name = |chance: &mut Chance| {
        let folder = ["mem", "mem/a", "mem/a/b"][chance.below(3)];
        home.path(&format!("{folder}/n{}.md", chance.below(5)))
    };
    let words = |chance: &mut Chance| {
        let words = ["ketch", "heron", "leaf", "reed", "mast", "Straße", "\u{4e2d}\u{6587}"];
        (0..4).map(|_| words[chance.below(words.len())]).collect::<Vec<_>>().join(" ")
    };
    let path = name(chance);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    match chance.below(8) {
        0..=2 => {
            let mut text = format!("# {}\n", words(chance));
            for _ in 0..chance.below(4) {
                text.push_str(&format!("\n## {}\n\n{}\n", words(chance), words(chance)));
            }
            std::fs::write(path, text).unwrap();
        }
        3 => {
            let mut text = std::fs::read(&path).unwrap_or_default();
            text.extend(format!("\n## More\n\n{}\n", words(chance)).bytes());
            std::fs::write(path, text).unwrap();
        }
        4 => drop(std::fs::rename(path, name(chance))),
        5 => drop(std::fs::remove_file(path)),
        6 => std::fs::write(
            path,
            [b"# Broken\n\n\xff\n".as_slice(), b"---\nx: [\n---\n"][chance.below(2)],
        )
        .unwrap(),
        _ => {
            let day = format!("2026-05-1{}", chance.below(3));
            let said = [words(chance), words(chance)];
            let said: Vec<&str> =
                said.iter().take(1 + chance.below(2)).map(String::as_str).collect();
            home.write(&facts_path("u_mira", &day), facts("u_mira", &day, &said));
        }
    }
}

#[test]
fn after_any_edits_the_index_equals_a_rebuild() {
    for seed in [1, 2] {
        let home = Home::new();
        let mut chance = Chance(seed);
        home.write("mem/first.md", "# First\n\nWords.\n");
        let mut failed = 0;
        for round in 0..10 {
            for _ in 0..1 + chance.below(6) {
                edit(&home, &mut chance);
            }
            let said = home.wirt("sync").args(["mem", "--notes", "**/*.md", "--json"]).run();
            let report = said.json();
            let broken = report["failed"].as_array().unwrap().len();
            assert_eq!(
                said.code,
                Some(i32::from(broken > 0)),
                "seed {seed}, round {round}: {said}"
            );
            failed += broken;
            let verdict = home.wirt("verify").args(["mem", "--json"]).run();
            assert_eq!(verdict.code, Some(0), "seed {seed}, round {round}: {verdict}");
            // An index from nothing has the same entries, but for what broken files had before.
            let fresh = home.path(&format!("fresh-{round}"));
            home.wirt("sync").args(["mem", "--notes", "**/*.md", "--state"]).arg(&fresh).run();
            let kept: Vec<String> = report["failed"]
                .as_array()
                .unwrap()
                .iter()
                .map(|failed| failed["path"].as_str().unwrap().to_owned())
                .collect();
            let whole = |entry: &Value| !kept.iter().any(|path| entry["path"] == **path);
            let entries = |mut lines: Vec<Value>| {
                lines.retain(whole);
                lines
            };
            let ours = home.wirt("entries").args(["mem", "--json"]).ends(0).json_lines();
            let theirs =
                home.wirt("entries").args(["mem", "--json", "--state"]).arg(&fresh).ends(0);
            assert_eq!(entries(ours), entries(theirs.json_lines()), "seed {seed}, round {round}");
        }
        assert!(failed > 0, "seed {seed} breaks no file");
    }
}
