//! Values of `tasks`.

use wirt_contract::tasks::{
    Appended, Closing, Event, EventKind, Finished, NewEvent, NewTask, Started, Status, Task,
    TaskChange, TaskCursor, TaskFilter, TaskPage, Updated,
};

use super::{Show, as_displayed, fields, maybe};

as_displayed!(Status, EventKind);

impl Show for NewTask {
    fn show(&self) -> String {
        fields(&[
            ("id", Some(self.task_id.show())),
            ("op", Some(self.op.show())),
            ("params-digest", Some(self.params_digest.show())),
            ("created-at", Some(self.created_at.show())),
        ])
    }
}

impl Show for Task {
    fn show(&self) -> String {
        fields(&[
            ("id", Some(self.task_id.show())),
            ("op", Some(self.op.show())),
            ("status", Some(self.status.show())),
            ("params-digest", Some(self.params_digest.show())),
            ("created-at", Some(self.created_at.show())),
            ("started-at", maybe(self.started_at.as_ref())),
            ("finished-at", maybe(self.finished_at.as_ref())),
            ("outcome", maybe(self.outcome.as_ref())),
            ("failure", maybe(self.failure.as_ref())),
        ])
    }
}

impl Show for TaskChange {
    fn show(&self) -> String {
        fields(&[
            ("status", Some(self.status.show())),
            ("started-at", maybe(self.started_at.as_ref())),
            ("finished-at", maybe(self.finished_at.as_ref())),
            ("outcome", maybe(self.outcome.as_ref())),
            ("failure", maybe(self.failure.as_ref())),
        ])
    }
}

impl Show for NewEvent {
    fn show(&self) -> String {
        format!("{} at {} {}", self.kind, self.at, self.payload.show())
    }
}

impl Show for Event {
    fn show(&self) -> String {
        format!("#{} {} at {} {}", self.seq, self.kind, self.at, self.payload.show())
    }
}

impl Show for Updated {
    fn show(&self) -> String {
        match self {
            Self::Applied => "applied".into(),
            Self::Already(ending) => format!("already({ending})"),
        }
    }
}

impl Show for Appended {
    fn show(&self) -> String {
        match self {
            Self::At(seq) => format!("at({seq})"),
            Self::Dropped(seq) => format!("dropped({seq})"),
        }
    }
}

impl Show for Started {
    fn show(&self) -> String {
        match self {
            Self::At(seq) => format!("at({seq})"),
            Self::Refused(status) => format!("refused({status})"),
        }
    }
}

impl Show for Finished {
    fn show(&self) -> String {
        match self {
            Self::At(seq) => format!("at({seq})"),
            Self::Already(ending) => format!("already({ending})"),
        }
    }
}

impl Show for Closing {
    fn show(&self) -> String {
        fields(&[
            ("ending", Some(self.ending.to_string())),
            ("at", Some(self.at.show())),
            ("outcome", maybe(self.outcome.as_ref())),
            ("failure", maybe(self.failure.as_ref())),
            ("payload", Some(self.payload.show())),
        ])
    }
}

impl Show for TaskCursor {
    fn show(&self) -> String {
        format!("after {} at {}", self.task_id.show(), self.created_at)
    }
}

impl Show for TaskFilter {
    fn show(&self) -> String {
        fields(&[("status", maybe(self.status.as_ref())), ("op", maybe(self.op.as_ref()))])
    }
}

impl Show for TaskPage {
    fn show(&self) -> String {
        format!("{} next {}", self.tasks.show(), self.next.show())
    }
}
