//! A workload small enough for paper.

use wirt_contract::EpochMs;
use wirt_contract::tasks::NewTask;
use wirt_crash::{Budget, Call, Op, Settings, Workload, run};
use wirt_disk::Profile;

use crate::{BEGINS, Logs};

/// One task, on an ordered disk. Choices at each moment, without tears:
///
/// | moment | open | choices |
/// |---|---|---|
/// | before anything | | 1 |
/// | create log.new | names | 2 |
/// | write its header | names, size, block 0 | 8 |
/// | sync it (and the names before it) | | 1 |
/// | rename it | names | 2 |
/// | sync the folder | | 1 |
/// | write a record | size, block 0 | 4 |
/// | sync it | | 1 |
/// | the answer | | 1 |
///
/// 21 choices at 9 moments. Each of the two writes is in flight once, and may be torn at three
/// places with the rest old or new: 12 more.
///
/// Six images are different: nothing; log.new empty; log.new with its header (its bytes come
/// before the size that shows them); log with its header; log with zeros for a record (its block
/// was there before); log with the record. Tears show no others, for all of it fits into the
/// block's first sector.
#[test]
fn the_count_is_the_one_worked_out_by_hand() {
    let task = NewTask {
        task_id: "t".into(),
        op: "o".into(),
        params_digest: "d".into(),
        created_at: EpochMs(1),
    };
    let op = Op::Call { store: "s".into(), call: Call::CreateTask(task) };
    let workload = Workload { name: "paper".into(), ops: vec![op] };
    let budget = Budget {
        choices: 1_000,
        states: 1_000,
        nested: 0,
        nested_choices: 0,
        recovery_faults: 0,
        faults: 6,
        fault_choices: 1,
        sweep: 0,
    };
    let profiles = vec![Profile::Ordered];
    let settings = Settings { profiles, seed: 1, begins: BEGINS, budget };
    let report = run(&mut Logs::with(None), &settings, &[workload], &mut || true);
    assert!(report.findings.is_empty(), "{}", crate::told(&report));
    let tally = report.workloads[0].crashes;
    assert_eq!((tally.moments, tally.moments_whole), (9, 9), "{tally:?}");
    assert_eq!((tally.covered, tally.of), (21, 21), "{tally:?}");
    assert_eq!(tally.choices, 33, "{tally:?}");
    assert_eq!((tally.images, tally.recoveries), (6, 6), "{tally:?}");
}
