//! What lies within reach of a root, and what does not.

use crate::{Memory, OpenError, testing::Trial};

#[test]
fn a_folder_too_deep_is_named_and_not_passed_over() {
    let mut trial = Trial::new();
    trial.write("near.md", "# Near\n\nfound\n");
    trial.write(&format!("{}far.md", "d/".repeat(70)), "# Far\n\nlost\n");
    let report = trial.sync();
    assert_eq!((report.files, report.failed.len()), (1, 1), "{report:?}");
    assert!(report.failed[0].error.contains("deeper than 64 folders"), "{report:?}");
}

#[test]
fn a_glob_that_leads_out_of_the_root_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for glob in ["../other/*.md", "/etc/*", "a/../../b.md"] {
        let opened = Memory::open(folder.path(), &folder.path().join("s"), &[glob.to_owned()]);
        assert!(matches!(opened, Err(OpenError::Glob { .. })), "{glob}");
    }
}

#[test]
fn an_entry_opened_inside_another_fails_its_file() {
    let mut trial = Trial::new();
    let path = "default_app/default_project/users/u/.atomic_facts/atomic_fact-2026-05-18.md";
    let fact = |id: &str, inside: &str| {
        format!(
            "<!-- entry:{id} -->\n## {id}\n\n**timestamp**: 2026-05-18T07:04:26+00:00\n\n### Fact\nx\n{inside}<!-- /entry:{id} -->\n"
        )
    };
    let log = |body: String| format!("---\nuser_id: u\n---\n{body}");
    trial.write(path, log(fact("af_20260518_00000001", &fact("af_20260518_00000002", ""))));
    let report = trial.sync();
    assert_eq!(report.failed.len(), 1, "{report:?}");
    assert!(report.failed[0].error.contains("inside another"), "{report:?}");
    trial.write(path, log(fact("af_20260518_00000001", "") + &fact("af_20260518_00000002", "")));
    assert_eq!(trial.sync().entries, 2);
}
