//! Scenarios of a markdown memory: whether its index follows the files.
//!
//! A [`Scenario`] makes a memory of its own, does something to its files, tells the cascade of it or
//! lets a scan find it, and looks at what the index holds afterwards. It is put to a [`Subject`]: a
//! tokenizer and an embedder, so that whole-system tests run every scenario for every pair of
//! plugins. After each life of a cascade the index is compared with a rebuild.
//!
//! Suggestions and scans are the scenario's, the clock stands still until it is moved, and what has
//! to happen in the middle of a pass happens between the embedder's question and its answer:
//! nothing here waits for time.
//!
//! | Scenario | Says |
//! |---|---|
//! | `memory/rename-same-owner-kind-in-bucket` | a renamed file's entries move with it |
//! | `memory/rename-out-of-kind-glob-degrades-to-delete` | a file moved out of reach is deleted |
//! | `memory/rename-cross-owner-keeps-frontmatter-owner` | whose an entry is says the frontmatter |
//! | `memory/modify-existing-entry-content-reindexes` | a changed text is indexed under its id |
//! | `memory/concurrent-writes-different-owners-no-bleed` | writers at once do not mix |
//! | `memory/lap-append-during-handler-no-loss` | what is appended during a pass is not lost |
//! | `memory/scanner-recovers-missed-delete` | a scan finds what was deleted |
//! | `memory/scanner-indexes-preexisting-md` | a scan finds what was there before |
//! | `memory/scanner-recovers-missed-modify` | a scan finds what was made and changed |
//! | `memory/lap-of-a-long-file` | nor is it lost while a long file is analysed in slices |
//! | `memory/append-to-md-propagates` | what is appended is found |
//! | `memory/delete-md-wipes` | what is deleted is not found |
//! | `memory/modified-entry-re-embeds-only-itself` | one changed entry costs one embedding |
//! | `memory/unchanged-is-not-embedded-again` | an entry that stays as it is costs none |
//! | `memory/embedder-that-fails-is-asked-again` | a failure that may pass is tried again, in time |
//! | `memory/broken-input-stays-failed-until-it-changes` | broken input waits for its file and stops nothing |
//! | `memory/same-owner-same-day-in-two-projects-keeps-two-rows` | an entry is its path and its id |
//! | `memory/changed-skill-reference-is-seen` | a skill follows its references |
//! | `memory/another-embedder-means-a-rebuild` | vectors of two embedders are never mixed |
//!
//! The first nine are those of `cascade scenarios`, each with every observation made there; where
//! the words differ, the scenario's own text translates them.
//!
//! Not here: plugins, the watch on a real file system, the command line.

mod expect;
mod facts;
mod gate;
mod place;
mod scenario;
mod scenarios;
#[cfg(test)]
mod tests;

pub use scenario::{Faithful, Keeper, Scenario, Subject};
pub use scenarios::all;
