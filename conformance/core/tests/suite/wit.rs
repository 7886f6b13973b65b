//! The normative text and the suite name each other: every rule has a case, every case a rule.

use std::collections::BTreeSet;
use std::path::Path;

use wirt_conformance::cases;

/// Rules no case of this suite can show, and who shows them.
const SHOWN_ELSEWHERE: [(&str, &str); 1] = [(
    "batching.flush.failed",
    "a flush fails only where storage does, which a driver's case brings about",
)];

/// Every `[rule.id]` of the text.
fn rules() -> BTreeSet<String> {
    let mut rules = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    for package in std::fs::read_dir(root).unwrap() {
        for file in std::fs::read_dir(package.unwrap().path()).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for piece in text.split('[').skip(1) {
                let (id, _) = piece.split_once(']').unwrap_or_default();
                let is_id = id.contains('.')
                    && id.chars().all(|c| c.is_ascii_lowercase() || c == '.' || c == '-');
                if is_id {
                    rules.insert(id.to_owned());
                }
            }
        }
    }
    rules
}

#[test]
fn every_rule_has_a_case() {
    let rules = rules();
    assert!(rules.len() > 60, "only {} rules were read", rules.len());
    let cited: BTreeSet<_> = cases::all().map(|case| case.rule).collect();
    for rule in &rules {
        let elsewhere = SHOWN_ELSEWHERE.iter().any(|(id, _)| id == rule);
        assert!(
            cited.contains(rule.as_str()) != elsewhere,
            "{rule} has no case, or has one and is said to have none"
        );
    }
}

#[test]
fn every_case_cites_a_rule_that_stands_in_the_text() {
    let rules = rules();
    for case in cases::all() {
        assert!(rules.contains(case.rule), "{} cites {}", case.id, case.rule);
    }
    for (rule, _) in SHOWN_ELSEWHERE {
        assert!(rules.contains(rule), "{rule} stands in no text");
    }
}
