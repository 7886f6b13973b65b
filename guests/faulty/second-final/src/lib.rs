//! Wrong: a tape takes a second `final`.
//! Caught by `tasks/one-final-only` (`tasks.append.after-final`).

use faulty_base::faulty;
use faulty_base::late::Late;
use wirt_sdk::contract::tasks::EventKind;

fn defect() -> Late {
    Late::new(|kind| matches!(kind, EventKind::Final(_)))
}

wirt_sdk::export_store!(|| faulty("faulty-second-final", defect()));
