//! Every case there is, one room an area.
//!
//! A case is short on purpose: it stops at the first answer that breaks its rule, so that the
//! history of a failure holds little else than what matters.

mod attachments;
mod batching;
mod embedder;
mod made;
mod store;
mod tasks;
mod tokenizer;

use std::sync::LazyLock;

use serde::Serialize;
use wirt_contract::json;

use crate::{Case, EDITION, Level, Tier};

/// What decides how cases judge, beside their ids: a change in one of these is another suite.
const SOURCES: &[&str] = &[
    include_str!("store.rs"),
    include_str!("batching/mod.rs"),
    include_str!("batching/bounds.rs"),
    include_str!("batching/model.rs"),
    include_str!("tasks/mod.rs"),
    include_str!("tasks/list.rs"),
    include_str!("tasks/rows.rs"),
    include_str!("tasks/stage.rs"),
    include_str!("tasks/steps.rs"),
    include_str!("tasks/tape.rs"),
    include_str!("attachments.rs"),
    include_str!("tokenizer.rs"),
    include_str!("embedder.rs"),
    include_str!("made.rs"),
    include_str!("../expect.rs"),
    include_str!("../probe/chance.rs"),
    include_str!("../probe/delegate.rs"),
    include_str!("../probe/mod.rs"),
    include_str!("../run.rs"),
];

/// Every case, area by area, in the order they are put.
pub fn all() -> impl Iterator<Item = &'static Case> {
    [
        store::CASES,
        batching::CASES,
        batching::BOUNDS,
        tasks::ROWS,
        tasks::LISTS,
        tasks::TAPES,
        tasks::STEPS,
        attachments::CASES,
        tokenizer::CASES,
        embedder::CASES,
    ]
    .into_iter()
    .flatten()
}

/// What the digest says of a case.
#[derive(Serialize)]
struct Entry {
    id: &'static str,
    rule: &'static str,
    level: Level,
    durable_only: bool,
    since: u32,
}

/// Lower-case hex SHA-256 of the suite: the edition, each case's id and rule, and the text of the
/// cases. A verdict that was kept under another digest is another suite's.
pub fn digest() -> &'static str {
    static DIGEST: LazyLock<String> = LazyLock::new(compute_digest);
    &DIGEST
}

fn compute_digest() -> String {
    let entries: Vec<Entry> = all()
        .map(|case| Entry {
            id: case.id,
            rule: case.rule,
            level: case.level,
            durable_only: case.tier == Tier::Durable,
            since: case.since,
        })
        .collect();
    // Text, numbers and flags always have a JSON form; without one no kept verdict would fit.
    json::digest(&(EDITION, entries, SOURCES)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_say_their_area() {
        let mut seen = BTreeSet::new();
        for case in all() {
            assert!(seen.insert(case.id), "{} is there twice", case.id);
            let (area, slug) = case.id.split_once('/').unwrap();
            assert_eq!(area, case.area.name(), "{}", case.id);
            assert!(case.interfaces.contains(&case.area), "{} needs its own area", case.id);
            assert!(
                slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{}",
                case.id
            );
        }
    }

    #[test]
    fn a_case_is_of_an_edition_there_is_and_the_newest_edition_brought_one() {
        for case in all() {
            assert!((1..=EDITION).contains(&case.since), "{} since {}", case.id, case.since);
        }
        assert_eq!(all().map(|case| case.since).max(), Some(EDITION));
    }

    #[test]
    fn every_source_of_cases_is_in_the_digest() {
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cases");
        let mut files = vec![];
        let mut folders = vec![here];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            let is_this = text.contains("const SOURCES");
            assert!(is_this || SOURCES.contains(&text.as_str()), "{} is missing", file.display());
        }
    }
}
