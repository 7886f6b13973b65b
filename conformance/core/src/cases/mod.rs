//! Every case there is, one room an area.
//!
//! A case is short on purpose: it stops at the first answer that breaks its rule, so that the
//! history of a failure holds little else than what matters.

mod artifacts;
mod attachment_manifest;
mod attachments;
mod batching;
mod embedder;
mod made;
mod sessions;
mod store;
mod tasks;
mod tokenizer;
mod transfer;
mod work_queue;

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
    include_str!("sessions/blobs.rs"),
    include_str!("sessions/bounds.rs"),
    include_str!("sessions/claims.rs"),
    include_str!("sessions/commit.rs"),
    include_str!("sessions/gc.rs"),
    include_str!("sessions/graph.rs"),
    include_str!("sessions/growth.rs"),
    include_str!("sessions/limits.rs"),
    include_str!("sessions/meta.rs"),
    include_str!("sessions/mod.rs"),
    include_str!("sessions/order.rs"),
    include_str!("sessions/paths.rs"),
    include_str!("sessions/prune.rs"),
    include_str!("sessions/seed.rs"),
    include_str!("sessions/stage.rs"),
    include_str!("sessions/stamps.rs"),
    include_str!("sessions/usage.rs"),
    include_str!("work_queue/batches.rs"),
    include_str!("work_queue/bounds.rs"),
    include_str!("work_queue/claims.rs"),
    include_str!("work_queue/entries.rs"),
    include_str!("work_queue/exact.rs"),
    include_str!("work_queue/giving.rs"),
    include_str!("work_queue/holding.rs"),
    include_str!("work_queue/joins.rs"),
    include_str!("work_queue/lists.rs"),
    include_str!("work_queue/mod.rs"),
    include_str!("work_queue/model.rs"),
    include_str!("work_queue/seed.rs"),
    include_str!("work_queue/seed_claims.rs"),
    include_str!("work_queue/stage.rs"),
    include_str!("work_queue/time.rs"),
    include_str!("attachment_manifest/bounds.rs"),
    include_str!("attachment_manifest/commits.rs"),
    include_str!("attachment_manifest/list.rs"),
    include_str!("attachment_manifest/mod.rs"),
    include_str!("attachment_manifest/rows.rs"),
    include_str!("attachment_manifest/seed.rs"),
    include_str!("attachment_manifest/stage.rs"),
    include_str!("artifacts/bounds.rs"),
    include_str!("artifacts/mod.rs"),
    include_str!("transfer/afterwards.rs"),
    include_str!("transfer/export.rs"),
    include_str!("transfer/import.rs"),
    include_str!("transfer/mod.rs"),
    include_str!("transfer/reads.rs"),
    include_str!("transfer/rows.rs"),
    include_str!("transfer/stage.rs"),
    include_str!("transfer/unsound.rs"),
    include_str!("tokenizer.rs"),
    include_str!("embedder.rs"),
    include_str!("made.rs"),
    include_str!("../expect.rs"),
    include_str!("../probe/chance.rs"),
    include_str!("../probe/delegate/artifacts.rs"),
    include_str!("../probe/delegate/attachment_manifest.rs"),
    include_str!("../probe/delegate/attachments.rs"),
    include_str!("../probe/delegate/mod.rs"),
    include_str!("../probe/delegate/sessions.rs"),
    include_str!("../probe/delegate/stores.rs"),
    include_str!("../probe/delegate/tasks.rs"),
    include_str!("../probe/delegate/text.rs"),
    include_str!("../probe/delegate/transfer.rs"),
    include_str!("../probe/delegate/work_queue.rs"),
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
    .chain(sessions::CASES.iter().copied())
    .chain(work_queue::CASES.iter().copied())
    .chain(attachment_manifest::CASES.iter().copied())
    .chain([artifacts::CASES, artifacts::BOUNDS])
    .chain(transfer::CASES.iter().copied())
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
