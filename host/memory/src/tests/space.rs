//! What edits do to the disk.

use super::Random;
use crate::testing::Trial;

const EDITS: u64 = 120;

fn edit(trial: &mut Trial, random: &mut Random) {
    for _ in 0..EDITS {
        let note = random.below(60);
        trial.write(&format!("{note}.md"), random.words(60, 400));
        trial.sync();
    }
}

fn bytes(trial: &Trial) -> u64 {
    trial.memory.state.join("index/data.mdb").metadata().unwrap().len()
}

#[test]
fn edits_reuse_the_space_of_what_they_replace() {
    let mut trial = Trial::new();
    let mut random = Random(5);
    for note in 0..60 {
        trial.write(&format!("{note}.md"), random.words(60, 400));
    }
    trial.sync();
    edit(&mut trial, &mut random);
    let settled = bytes(&trial);
    edit(&mut trial, &mut random);
    let after = bytes(&trial);
    assert!(after * 10 <= settled * 11, "{settled} bytes grew to {after}");
    // The measure is one that tells: whoever holds on to a state keeps all its space in use.
    let held = trial.memory.entries().unwrap();
    edit(&mut trial, &mut random);
    let pinned = bytes(&trial);
    assert!(pinned > after * 2, "{after} bytes, {pinned} beside a reader");
    assert_eq!(held.count(), 60);
}
