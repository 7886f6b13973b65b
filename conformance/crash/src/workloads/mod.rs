//! What is put to a plugin: small workloads written by hand, one for each contract, one of all, and
//! mixed ones drawn from a seed.
//!
//! Their store ids, names and times are fixed, and what they write is small but for a few bytes
//! beyond a block or two: what a crash may leave grows with what is written.

mod bytes;
mod drawn;
mod queue;
mod sessions;
mod tasks;

use serde::{Deserialize, Serialize};
use wirt_contract::StoreId;

use crate::{Call, Op};
pub use drawn::drawn;

/// Operations under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// What it is called.
    pub name: String,
    /// In order. Those of contracts a plugin does not offer are left out.
    pub ops: Vec<Op>,
}

impl Workload {
    fn new(name: &str, ops: impl IntoIterator<Item = Op>) -> Self {
        Self { name: name.into(), ops: ops.into_iter().collect() }
    }
}

/// All that are written by hand.
pub fn all() -> Vec<Workload> {
    vec![
        Workload::new("tasks", tasks::ops("tasks")),
        Workload::new("attachments", bytes::attachments("files")),
        Workload::new("artifacts", bytes::artifacts("modules")),
        Workload::new("sessions", sessions::ops("session")),
        Workload::new("work-queue", queue::ops("queue")),
        Workload::new("manifest", bytes::manifest("manifest")),
        Workload::new("batches", batches()),
        mixed(),
    ]
}

/// The one with something of everything.
pub fn mixed() -> Workload {
    let parts = [
        some(tasks::ops("tasks"), 5),
        some(sessions::ops("session"), 9),
        some(bytes::attachments("files"), 4),
        some(queue::ops("queue"), 6),
        some(bytes::manifest("manifest"), 4),
        some(bytes::artifacts("modules"), 2),
        vec![Op::Begin],
        some(tasks::ops("more"), 4),
        some(bytes::attachments("more"), 2),
        vec![Op::Flush],
    ];
    Workload::new("mixed", parts.into_iter().flatten())
}

fn some(mut ops: Vec<Op>, many: usize) -> Vec<Op> {
    ops.truncate(many);
    ops
}

/// Batches of several contracts, one of them empty, one never flushed, one with an error in it.
fn batches() -> Vec<Op> {
    let (tasks, files) = (tasks::ops("tasks"), bytes::attachments("files"));
    let mut ops = vec![Op::Begin, Op::Flush, Op::Begin];
    ops.extend(some(tasks.clone(), 4));
    ops.extend(some(files, 3));
    // The id is taken, so this one errs.
    ops.extend(some(tasks.clone(), 1));
    ops.push(Op::Flush);
    ops.extend(tasks.into_iter().skip(4).take(2));
    ops.push(Op::Begin);
    ops.extend(some(queue::ops("queue"), 4));
    ops.push(Op::Flush);
    ops.push(Op::Begin);
    ops.extend(some(bytes::artifacts("modules"), 2));
    ops
}

fn call(store: &str, call: Call) -> Op {
    Op::Call { store: StoreId::from(store), call }
}
