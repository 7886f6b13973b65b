//! The index is what a rebuild from the files gives, and `verify` tells where it is not.

use std::fs;

use super::{LOG, Random, log};
use crate::{
    index::{Change, DocChange, FileRow, Terms},
    testing::{DIMENSION, Trial},
};

#[test]
fn after_any_edits_the_index_is_what_a_rebuild_gives() {
    for seed in 0..12 {
        let mut random = Random(seed);
        let mut trial = Trial::with_notes(&["notes/**/*.md"]);
        for step in 0..12 {
            for _ in 0..=random.below(3) {
                edit(&trial, &mut random);
            }
            let report = trial.sync();
            let verdict = trial.verify();
            assert!(verdict.is_equal(), "seed {seed} step {step}: {:?}", verdict.differences);
            assert_eq!(verdict.failed, report.failed, "seed {seed} step {step}");
            let status = trial.status();
            assert_eq!((status.pending.len(), status.failed), (0, report.failed));
        }
    }
}

fn edit(trial: &Trial, random: &mut Random) {
    let path = |random: &mut Random| match random.below(2) {
        0 => format!("notes/{}.md", random.below(4)),
        _ => LOG.replace("users/u/", &format!("users/{}/", random.below(3))),
    };
    let at = path(random);
    let is_log = at.ends_with("18.md");
    match random.below(8) {
        0 => drop(fs::remove_file(trial.at(&at))),
        1 => {
            let to = path(random);
            if let Ok(bytes) = fs::read(trial.at(&at)) {
                trial.write(&to, bytes);
                if random.below(2) == 0 && to != at {
                    fs::remove_file(trial.at(&at)).unwrap();
                }
            }
        }
        2 => trial.write(&at, b"bad \xff bytes"),
        3 => trial.write(&at, "---\nuser_id: [\n---\n<!-- entry:a -->"),
        _ if is_log => {
            let mut facts = Vec::new();
            for number in 0..random.below(5) {
                facts.push((u32::try_from(number).unwrap() + 1, random.words(4, 12)));
            }
            let facts: Vec<_> = facts.iter().map(|(id, text)| (*id, text.as_str())).collect();
            let owner = format!("o{}", random.below(2));
            trial.write(&at, log(&owner, &facts));
        }
        _ => {
            let mut text = String::new();
            for _ in 0..random.below(5) {
                let heading = format!("# h{}\n", random.below(3));
                text.push_str(&heading);
                text.push_str(&random.words(5, 12));
                text.push('\n');
            }
            trial.write(&at, text);
        }
    }
}

#[test]
fn verify_tells_what_differs() {
    let text = "# H\ncello one\n# G\npiano two\n";
    let told = |tamper: &dyn Fn(&Trial)| {
        let mut trial = Trial::new();
        trial.write("a.md", text);
        trial.sync();
        tamper(&trial);
        let verdict = trial.verify();
        verdict.differences.into_iter().map(|difference| difference.what).collect::<Vec<_>>()
    };
    assert_eq!(told(&|_| ()), [""; 0]);
    assert_eq!(
        told(&|trial| trial.write("a.md", "other")),
        ["the file has changed since it was indexed"]
    );
    assert_eq!(told(&|trial| trial.write("b.md", "other")), ["the file is not indexed"]);
    assert_eq!(told(&|trial| put(trial, |entry, _, _| entry.text.push('x'))), ["its row differs"]);
    assert_eq!(
        told(&|trial| put(trial, |_, terms, _| terms.counts[0].0 = "zebra".into())),
        ["its postings differ", "its terms differ"]
    );
    assert_eq!(
        told(&|trial| put(trial, |_, _, vector| vector[0] += 0.5)),
        ["its vector differs", "its vector's code differs"]
    );
    assert_eq!(told(&|trial| apply(trial, Vec::new())), ["it is missing", "it is missing"]);
}

/// Writes the first entry of `a.md` anew, with something wrong.
fn put(trial: &Trial, wrong: impl Fn(&mut crate::Entry, &mut Terms, &mut Vec<f32>)) {
    let reader = trial.memory.index.read().unwrap();
    let members = reader.members("a.md").unwrap();
    let doc = members[0].doc;
    let (mut entry, mut terms) = (reader.entry(doc).unwrap(), reader.terms(doc).unwrap());
    let (numbers, _) = reader.vector(DIMENSION, doc).unwrap().unwrap().as_chunks::<4>();
    let mut vector: Vec<f32> = numbers.iter().map(|number| f32::from_le_bytes(*number)).collect();
    wrong(&mut entry, &mut terms, &mut vector);
    let entry = Box::new(entry);
    let changes = vec![
        DocChange::Put { doc: Some(doc), entry, terms, vector: Some(vector) },
        DocChange::Keep(members[1].clone()),
    ];
    apply(trial, changes);
}

fn apply(trial: &Trial, changes: Vec<DocChange>) {
    let row: FileRow = trial.memory.index.read().unwrap().file("a.md").unwrap().unwrap();
    let change = Change { path: "a.md".into(), row: Some(row), entries: Some(changes) };
    trial.memory.index.apply(vec![change]).unwrap();
}

#[test]
fn a_folder_in_a_notes_place_is_an_error_and_no_difference() {
    let mut trial = Trial::new();
    trial.write("a.md", "cello");
    trial.write("b.md", "viola");
    trial.sync();
    fs::remove_file(trial.at("a.md")).unwrap();
    trial.write("a.md/in.md", "piano");
    assert!(!trial.verify().is_equal(), "until a sync has seen it");
    let report = trial.sync();
    assert_eq!((report.failed.len(), report.new), (1, 1), "{report:?}");
    assert_eq!(trial.paths("cello"), ["a.md".to_owned()].into(), "what was indexed stays");
    let verdict = trial.verify();
    assert!(verdict.is_equal(), "{verdict:?}");
    assert_eq!(verdict.failed, report.failed);
    trial.write("a.md/in.md", "harp");
    let verdict = trial.verify();
    assert_eq!(verdict.differences[0].path, "a.md/in.md", "what is in it is compared");
}
