//! A skill and its references are one file to the index.

use std::fs;

use super::{Outcome, quiet, suggest, told};
use crate::{
    Mode,
    testing::{LATER, Trial},
};

const SKILL: &str = "a/p/agents/b/skills/skill_x/SKILL.md";
const REFERENCES: &str = "a/p/agents/b/skills/skill_x/references";
const REFERENCE: &str = "a/p/agents/b/skills/skill_x/references/r.md";
const HEAD: &str = "---\nname: x\nagent_id: b\n---\nbody";

#[test]
fn a_reference_that_is_told_of_wakes_its_skill() {
    for globs in [&[][..], &["**/*.md"]] {
        let mut trial = Trial::with_notes(globs);
        trial.write(SKILL, HEAD);
        trial.write(REFERENCE, "cello");
        let (at, folder) = (trial.at(REFERENCE), trial.at(REFERENCES));
        let is_note = !globs.is_empty();
        trial.cascade(|cascade| {
            quiet(cascade);
            let mut assert_wakes = |path: &str, note: Outcome| {
                let mut outcomes = suggest(cascade, &[path]);
                outcomes.retain(|(_, outcome)| *outcome != Outcome::Absent);
                let note = is_note.then(|| told(REFERENCE, note));
                let skill = [told(SKILL, Outcome::Changed)];
                assert_eq!(outcomes, skill.into_iter().chain(note).collect::<Vec<_>>());
            };
            fs::write(&at, "viola").unwrap();
            assert_wakes(REFERENCE, Outcome::Changed);
            fs::remove_dir_all(&folder).unwrap();
            assert_wakes(REFERENCES, Outcome::Deleted);
            fs::create_dir(&folder).unwrap();
            fs::write(&at, "piano").unwrap();
            assert_wakes(REFERENCES, Outcome::New);
        });
        assert!(trial.paths("piano").contains(SKILL) && trial.paths("viola").is_empty());
        assert!(trial.verify().is_equal());
    }
}

#[test]
fn a_scan_sees_references_by_stat_alone() {
    let mut trial = Trial::new();
    trial.write(SKILL, HEAD);
    trial.write(REFERENCE, "cello");
    let at = trial.at(REFERENCE);
    trial.cascade(|cascade| {
        quiet(cascade);
        assert_eq!(cascade.scan(LATER).unwrap().suggested, 0, "and nothing is read again");
        fs::write(&at, "a viola").unwrap();
        assert_eq!(cascade.scan(LATER).unwrap().suggested, 1);
        assert_eq!(quiet(cascade), [told(SKILL, Outcome::Changed)]);
    });
    assert_eq!(trial.status().done, 1);
    trial.write(REFERENCE, "the piano");
    assert_eq!(trial.status().pending.len(), 1);
}

#[test]
fn a_profile_is_found_by_word_and_has_no_vector() {
    let mut trial = Trial::new();
    let path = "a/p/users/u/user.md";
    trial.write(path, "---\nuser_id: u\nsummary: cello\nexplicit_info: [rye bread]\n---\n");
    trial.write(SKILL, HEAD);
    let report = trial.sync();
    assert_eq!((report.entries, report.entries_written, report.embedded), (2, 2, 1));
    assert_eq!(trial.paths("cello rye"), [path.to_owned()].into());
    let found = trial.search("cello", Mode::Vector);
    assert!(found.iter().all(|hit| hit.path == SKILL), "{found:?}");
    assert!(trial.verify().is_equal());
}
