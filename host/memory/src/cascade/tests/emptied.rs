//! A root with nothing in it: deleted, or a disk that is not mounted?

use std::fs;

use super::{Outcome, quiet, told};
use crate::{
    Memory, SyncError,
    testing::{LATER, Trial},
};

/// A root that was indexed, and has nothing in it since.
fn emptied() -> Trial {
    let mut trial = Trial::new();
    trial.write("d/a.md", "cello");
    trial.write("b.md", "viola");
    trial.sync();
    fs::remove_dir_all(trial.at("d")).unwrap();
    fs::remove_file(trial.at("b.md")).unwrap();
    trial
}

fn refused(trial: &mut Trial) -> String {
    let result = trial.with(|memory, plugins| memory.sync(plugins, LATER, &mut |_| ()));
    let error = result.unwrap_err();
    assert!(matches!(error, SyncError::Emptied { files: 2, .. }), "{error}");
    error.to_string()
}

#[test]
fn whoever_did_not_see_it_emptied_deletes_nothing() {
    let mut trial = emptied();
    let error = refused(&mut trial);
    assert!(error.contains("mount it") && error.contains("rebuild the index"), "{error}");
    assert_eq!(trial.paths("cello"), ["d/a.md".to_owned()].into());
    // With another plugin the index would be emptied before anything is looked at.
    trial.tokenizer_digest = "t2";
    refused(&mut trial);
    trial.tokenizer_digest = "t1";
    assert_eq!(trial.paths("viola"), ["b.md".to_owned()].into());
    // Any file shows that the root is there.
    trial.write("file.txt", "no memory");
    assert_eq!(trial.sync().deleted, 2);
}

#[test]
fn a_rebuild_takes_an_empty_root_for_what_it_is() {
    let mut trial = emptied();
    refused(&mut trial);
    let report = trial.with(|memory, plugins| memory.rebuild(plugins, LATER, &mut |_| ())).unwrap();
    assert_eq!((report.files, report.entries), (0, 0));
    assert!(report.nothing_found().is_some());
    assert_eq!(trial.sync().deleted, 0, "there is nothing to lose any more");
}

#[test]
fn whoever_saw_it_emptied_follows() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    let at = trial.at("a.md");
    trial.cascade(|cascade| {
        quiet(cascade);
        fs::remove_file(&at).unwrap();
        cascade.suggest_scan();
        assert_eq!(quiet(cascade), [told("a.md", Outcome::Deleted)]);
    });
    assert_eq!(trial.sync().entries, 0);
}

#[cfg(unix)]
#[test]
fn another_folder_in_its_place_was_not_seen_emptied() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    let (root, away) = (trial.root.path().to_owned(), trial.root.path().with_extension("other"));
    trial.cascade(|cascade| {
        quiet(cascade);
        fs::rename(&root, &away).unwrap();
        fs::create_dir(&root).unwrap();
        let error = cascade.scan(LATER).unwrap_err();
        assert!(matches!(error, SyncError::Emptied { files: 1, .. }), "{error}");
        cascade.suggest(["a.md"], LATER).unwrap();
        let error = cascade.step(LATER).unwrap_err();
        assert!(matches!(error, SyncError::Emptied { files: 1, .. }), "{error}");
        fs::remove_dir(&root).unwrap();
        fs::rename(&away, &root).unwrap();
        assert_eq!(quiet(cascade), [told("a.md", Outcome::Unchanged)]);
    });
}

#[test]
fn the_state_in_the_root_is_no_file_of_it() {
    let root = crate::testing::folder();
    let state = root.path().join("state");
    let memory = Memory::open(root.path(), &state, &[]).unwrap();
    fs::write(root.path().join("a.md"), "cello").unwrap();
    let mut embedder = crate::testing::Buckets::default();
    let mut plugins = crate::Plugins {
        tokenizer: &mut crate::testing::Words,
        tokenizer_digest: "t1",
        embedder: &mut embedder,
        embedder_digest: "e1",
    };
    memory.sync(&mut plugins, LATER, &mut |_| ()).unwrap();
    fs::remove_file(root.path().join("a.md")).unwrap();
    let error = memory.sync(&mut plugins, LATER, &mut |_| ()).unwrap_err();
    assert!(matches!(error, SyncError::Emptied { files: 1, .. }), "{error}");
}
