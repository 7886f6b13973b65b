//! Wrong: a tape takes progress, logs and partials after its `final`.
//! Caught by `tasks/nothing-after-final-on-live-row` (`tasks.append.after-final`).

use faulty_base::faulty;
use faulty_base::late::Late;
use wirt_sdk::contract::tasks::EventKind;

fn defect() -> Late {
    Late::new(|kind| !matches!(kind, EventKind::Final(_)))
}

wirt_sdk::export_store!(|| faulty("faulty-progress-after-final", defect()));
