//! The steps of a history: what they are drawn from, and how one is put to a store.

mod bytes;
mod manifest;
mod pools;
mod queue;
mod sessions;
mod tasks;
mod transfer;

use proptest::prelude::*;
use proptest::strategy::Union;
use proptest_state_machine::ReferenceStateMachine;
use wirt_conformance::Reopen;
use wirt_contract::store::Durability;
use wirt_contract::{Answer, Interface, StoreId};

use crate::side::{Side, broken, shown};
use bytes::{ArtifactsOp, AttachmentsOp};
use manifest::ManifestOp;
use queue::QueueOp;
use sessions::SessionsOp;
use tasks::TasksOp;
use transfer::TransferOp;
pub(crate) use transfer::{export, named};

/// Pages after which a check is taken for one without an end.
const MAX_PAGES: usize = 10_000;

/// One step.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    Tasks(StoreId, TasksOp),
    Attachments(StoreId, AttachmentsOp),
    Artifacts(StoreId, ArtifactsOp),
    Sessions(StoreId, SessionsOp),
    Queue(StoreId, QueueOp),
    Manifest(StoreId, ManifestOp),
    Transfer(TransferOp),
    /// `store.check`, to its end.
    Check,
    Begin,
    Flush,
    /// Milliseconds pass.
    Advance(u64),
    /// A fresh instance; before it `close`, where `closed`.
    Reopen {
        closed: bool,
    },
}

/// What is known of a history before it is put to anything: enough to draw steps that go well with
/// those before them. Any step may follow any other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sketch {
    focus: Focus,
    in_batch: bool,
    importing: bool,
    saved: bool,
}

/// What a history is mostly about. Steps of one area meet more often than steps of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Focus {
    #[default]
    Everything,
    Tasks,
    Bytes,
    Sessions,
    Queues,
    Transfer,
}

impl Focus {
    /// How much more often steps of an area come, where it is this history's.
    const WEIGHT: u32 = 6;

    fn weight(self, area: Self, weight: u32) -> u32 {
        if self == area { weight * Self::WEIGHT } else { weight }
    }
}

/// Histories as proptest draws and shrinks them.
pub(crate) struct Histories;

impl ReferenceStateMachine for Histories {
    type State = Sketch;
    type Transition = Op;

    fn init_state() -> BoxedStrategy<Sketch> {
        let focus = prop_oneof![
            3 => Just(Focus::Everything),
            2 => Just(Focus::Tasks),
            2 => Just(Focus::Bytes),
            4 => Just(Focus::Sessions),
            4 => Just(Focus::Queues),
            3 => Just(Focus::Transfer),
        ];
        focus.prop_map(|focus| Sketch { focus, ..Sketch::default() }).boxed()
    }

    fn transitions(sketch: &Sketch) -> BoxedStrategy<Op> {
        let flush = if sketch.in_batch { 6 } else { 1 };
        let begin = if sketch.in_batch { 1 } else { 3 };
        let import = if sketch.importing { 300 } else { 0 };
        let area = |area, weight| sketch.focus.weight(area, weight);
        let weighted = vec![
            (import, transfer::while_importing().prop_map(Op::Transfer).boxed()),
            (area(Focus::Tasks, 14), of_store(tasks::any_op(), Op::Tasks)),
            (area(Focus::Bytes, 5), of_store(bytes::any_attachments_op(), Op::Attachments)),
            (area(Focus::Bytes, 5), of_store(bytes::any_artifacts_op(), Op::Artifacts)),
            (area(Focus::Sessions, 20), of_store(sessions::any_op(), Op::Sessions)),
            (area(Focus::Queues, 22), of_store(queue::any_op(), Op::Queue)),
            (area(Focus::Sessions, 8), of_store(manifest::any_op(), Op::Manifest)),
            (
                area(Focus::Transfer, 8),
                transfer::any_op(sketch.saved).prop_map(Op::Transfer).boxed(),
            ),
            (2, Just(Op::Check).boxed()),
            (begin, Just(Op::Begin).boxed()),
            (flush, Just(Op::Flush).boxed()),
            (6, prop_oneof![Just(1), Just(100), Just(1_000)].prop_map(Op::Advance).boxed()),
            (4, any::<bool>().prop_map(|closed| Op::Reopen { closed }).boxed()),
        ];
        Union::new_weighted(weighted.into_iter().filter(|(weight, _)| *weight > 0).collect())
            .boxed()
    }

    fn apply(mut sketch: Sketch, op: &Op) -> Sketch {
        match op {
            Op::Begin => sketch.in_batch = true,
            Op::Flush | Op::Reopen { .. } => sketch.in_batch = false,
            Op::Transfer(TransferOp::Save) => sketch.saved = true,
            Op::Transfer(TransferOp::BeginImport) => sketch.importing = true,
            Op::Transfer(TransferOp::FinishImport { more: 0 }) => sketch.importing = false,
            Op::Transfer(TransferOp::Reload) => {
                (sketch.in_batch, sketch.importing) = (false, true);
            }
            Op::Transfer(TransferOp::Fresh | TransferOp::Move) => {
                (sketch.in_batch, sketch.importing) = (false, false);
            }
            _ => {}
        }
        sketch
    }
}

fn of_store<T: std::fmt::Debug + Clone + 'static>(
    op: impl Strategy<Value = T> + 'static,
    wrap: fn(StoreId, T) -> Op,
) -> BoxedStrategy<Op> {
    (pools::store(), op).prop_map(move |(store, op)| wrap(store, op)).boxed()
}

impl Op {
    /// What a plugin has to offer for this step, if anything.
    pub(crate) fn interface(&self) -> Option<Interface> {
        match self {
            Self::Tasks(..) => Some(Interface::Tasks),
            Self::Attachments(..) => Some(Interface::Attachments),
            Self::Artifacts(..) => Some(Interface::Artifacts),
            Self::Sessions(..) => Some(Interface::Sessions),
            Self::Queue(..) => Some(Interface::WorkQueue),
            Self::Manifest(..) => Some(Interface::AttachmentManifest),
            Self::Transfer(_) => Some(Interface::Transfer),
            Self::Begin | Self::Flush => Some(Interface::Batching),
            Self::Check | Self::Advance(_) | Self::Reopen { .. } => None,
        }
    }

    /// Puts the step to a store, and gives the answer in full, by names that two stores share.
    pub(crate) fn apply(&self, side: &mut Side<'_>) -> String {
        match self {
            Self::Tasks(store, op) => op.apply(side, store),
            Self::Attachments(store, op) => op.apply(side, store),
            Self::Artifacts(store, op) => op.apply(side, store),
            Self::Sessions(store, op) => op.apply(side, store),
            Self::Queue(store, op) => op.apply(side, store),
            Self::Manifest(store, op) => op.apply(side, store),
            Self::Transfer(op) => op.apply(side),
            Self::Check => shown(check(side)),
            Self::Begin => {
                let begun = side.ask(|plugin| plugin.batching()?.begin());
                side.in_batch |= begun.is_ok();
                shown(begun)
            }
            Self::Flush => {
                side.in_batch = false;
                shown(side.ask(|plugin| plugin.batching()?.flush()))
            }
            Self::Advance(ms) => {
                let moved = side.subject.advance(*ms);
                shown(moved.map_err(|error| broken(&error.to_string())))
            }
            Self::Reopen { closed } => shown(reopen(side, *closed)),
        }
    }
}

/// Problems found; a sound store has none.
fn check(side: &mut Side<'_>) -> Answer<Vec<String>> {
    let mut after: Option<String> = None;
    for _ in 0..MAX_PAGES {
        let page = side.ask(|plugin| plugin.store()?.check(after.as_deref(), 100))?;
        if !page.problems.is_empty() {
            return Ok(page.problems);
        }
        after = page.next;
        if after.is_none() {
            return Ok(Vec::new());
        }
    }
    Err(broken("a check has no end"))
}

fn reopen(side: &mut Side<'_>, closed: bool) -> Answer<()> {
    if closed {
        side.ask(|plugin| plugin.store()?.close())?;
    }
    let described = side.ask(|plugin| plugin.store()?.describe())?;
    // What a store has lost it may name so again.
    if side.in_batch || described.durability == Durability::Inline {
        side.forget_names();
    }
    side.in_batch = false;
    let how = if closed { Reopen::Closed } else { Reopen::Dropped };
    side.subject.reopen(how).map_err(|error| broken(&error.to_string()))
}
