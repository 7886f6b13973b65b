//! A stored failure happens again, and is right once the store is.

use wirt_crash::{REPLAY_VERSION, Replay, ReplayError, Replayed};
use wirt_disk::Profile;

use crate::Logs;
use crate::defects::find;
use crate::log::Defect;

#[test]
fn a_stored_failure_happens_again_and_is_right_once_it_is_mended() {
    for defect in [
        Defect::AcknowledgesBeforeSync,
        Defect::IgnoresChecksums,
        Defect::SwallowsIo,
        Defect::PanicsInRecovery,
        Defect::RecoversInPlace,
    ] {
        for finding in find(defect, Profile::Ordered) {
            let stored = serde_json::to_string(&finding.replay).unwrap();
            let replay: Replay = serde_json::from_str(&stored).unwrap();
            assert_eq!(replay, finding.replay);
            let replayed = replay.run(&mut Logs::with(defect)).unwrap();
            let wrong = Replayed::Wrong(finding.rule, finding.expected, finding.found);
            assert_eq!(replayed, wrong, "{defect:?}");
            match replay.run(&mut Logs::with(None)) {
                Ok(Replayed::Right)
                | Err(ReplayError::NoMoment { .. } | ReplayError::OtherObjects { .. }) => {}
                other => panic!("{defect:?}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_replay_of_another_version_is_refused() {
    let mut replay = find(Defect::CreatesOnce, Profile::Kill).remove(0).replay;
    replay.version = REPLAY_VERSION + 1;
    let refused = replay.run(&mut Logs::with(None));
    assert_eq!(refused, Err(ReplayError::Version(REPLAY_VERSION + 1)));
}
