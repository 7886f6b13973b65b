//! Calls of `transfer`, and what becomes of the plugin around them.

use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use wirt_contract::Answer;
use wirt_contract::sessions::Tokens;
use wirt_contract::transfer::{Data, Row};

use crate::side::{Side, broken, shown};

/// Rows given to an import at once, fewer than the smallest longest list.
const ROWS: usize = 200;

/// A call; an export goes on to its end.
#[derive(Debug, Clone)]
pub(crate) enum TransferOp {
    Export {
        budget: u32,
    },
    /// Exports, and remembers the rows.
    Save,
    /// Goes on with an empty plugin.
    Fresh,
    BeginImport,
    /// Goes on with an empty plugin and begins an import there.
    Reload,
    /// The next rows of those remembered, or, `back`, rows that came in already.
    ImportRows {
        many: usize,
        back: usize,
        spoiled: Option<Spoiled>,
    },
    /// Ends the import, of as many rows as came in and some `more`.
    FinishImport {
        more: u64,
    },
    /// All of it: what there is goes into an empty plugin.
    Move,
}

/// What is wrong with the last of some rows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Spoiled {
    /// It comes before the one it follows.
    Swapped,
    /// It comes twice.
    Twice,
    /// The one before it is left out.
    Without,
    /// A byte or a number of it is another.
    Other,
}

impl Spoiled {
    fn spoil(self, rows: &mut Vec<Row>) {
        let count = rows.len();
        match (self, rows.last().cloned()) {
            (Self::Swapped, Some(_)) if count > 1 => rows.swap(count - 2, count - 1),
            (Self::Without, Some(_)) if count > 1 => drop(rows.remove(count - 2)),
            (Self::Twice, Some(last)) => rows.push(last),
            (Self::Other, Some(_)) => {
                if let Some(last) = rows.last_mut() {
                    change(&mut last.data);
                }
            }
            _ => {}
        }
    }
}

fn change(data: &mut Data) {
    match data {
        Data::Task(task) => task.task_id = "".into(),
        Data::Event { event, .. } => event.seq += 1,
        Data::Attachment { bytes, .. } | Data::Blob(bytes) => bytes.push(0),
        Data::Meta(meta) => meta.session_id = "".into(),
        Data::Session(session) => session.revision = 0,
        Data::UsedNodeId(id) => *id = "".into(),
        Data::Node(node) => node.parent_node_id = Some("nobody".into()),
        Data::Usage(usage) => usage.tokens = Tokens::default(),
        Data::Turn { turn_hash, .. } => turn_hash.clear(),
        Data::Counters { enqueue_seq, fencing_token } => (*enqueue_seq, *fencing_token) = (0, 0),
        Data::Queued { entry, .. } => entry.enqueue_seq = u64::MAX,
        Data::Manifest(row) => row.intent.attachment_id = "".into(),
        Data::Artifact(artifact) => artifact.content.push(0),
    }
}

pub(super) fn any_op(saved: bool) -> impl Strategy<Value = TransferOp> {
    // Without rows to import there is little in an import.
    let reload = if saved { 4 } else { 1 };
    prop_oneof![
        3 => prop_oneof![1 => Just(0_u32), 3 => Just(1), 2 => Just(3), 3 => Just(u32::MAX)]
            .prop_map(|budget| TransferOp::Export { budget }),
        2 => Just(TransferOp::Save),
        1 => Just(TransferOp::Fresh),
        reload => Just(TransferOp::Reload),
        1 => Just(TransferOp::BeginImport),
        1 => Just(TransferOp::ImportRows { many: 1, back: 0, spoiled: None }),
        1 => Just(TransferOp::FinishImport { more: 0 }),
        4 => Just(TransferOp::Move),
    ]
}

/// What an open import goes on with, mostly.
pub(super) fn while_importing() -> impl Strategy<Value = TransferOp> {
    let many = prop_oneof![1 => Just(0_usize), 2 => Just(1), 2 => 2..9_usize, 3 => Just(200)];
    let spoiled = select(vec![Spoiled::Swapped, Spoiled::Twice, Spoiled::Without, Spoiled::Other]);
    let back = prop_oneof![5 => Just(0_usize), 1 => Just(1), 1 => Just(4)];
    prop_oneof![
        6 => (many, back, weighted(0.4, spoiled)).prop_map(|(many, back, spoiled)| {
            TransferOp::ImportRows { many, back, spoiled }
        }),
        2 => prop_oneof![4 => Just(0), 1 => Just(1), 1 => Just(u64::MAX)]
            .prop_map(|more| TransferOp::FinishImport { more }),
        1 => Just(TransferOp::BeginImport),
    ]
}

/// Everything, in pages of about `budget`.
pub(crate) fn export(side: &mut Side<'_>, budget: u32) -> Answer<Vec<Row>> {
    side.walk(None::<String>, |plugin, after| {
        let page = plugin.transfer()?.export(after.map(String::as_str), budget)?;
        Ok((page.rows, page.next))
    })
}

/// The same as two stores that did alike give it.
pub(crate) fn named(side: &mut Side<'_>, rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter().map(|row| side.names.row(row)).collect()
}

/// Goes on with an empty plugin, which may name things as the one before did.
fn fresh(side: &mut Side<'_>) -> Answer<()> {
    side.revisions.clear();
    side.forget_names();
    empty(side)
}

fn empty(side: &mut Side<'_>) -> Answer<()> {
    side.in_batch = false;
    side.given = 0;
    side.subject.fresh().map_err(|error| broken(&error.to_string()))
}

/// What was named comes along, and so do the numbers that the next ones have to be above.
fn moved(side: &mut Side<'_>) -> Answer<()> {
    let rows = export(side, u32::MAX)?;
    empty(side)?;
    side.ask(|plugin| plugin.transfer()?.begin_import())?;
    for some in rows.chunks(ROWS) {
        side.ask(|plugin| plugin.transfer()?.import_rows(some))?;
    }
    let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    side.ask(|plugin| plugin.transfer()?.finish_import(count))
}

impl TransferOp {
    pub(super) fn apply(&self, side: &mut Side<'_>) -> String {
        match self {
            Self::Export { budget } => {
                let rows = export(side, *budget);
                shown(rows.map(|rows| named(side, rows)))
            }
            Self::Save => {
                let rows = export(side, u32::MAX);
                if let Ok(rows) = &rows {
                    side.saved.clone_from(rows);
                }
                shown(rows.map(|rows| named(side, rows)))
            }
            Self::Fresh => shown(fresh(side)),
            Self::BeginImport => {
                let begun = side.ask(|plugin| plugin.transfer()?.begin_import());
                if begun.is_ok() {
                    side.given = 0;
                }
                shown(begun)
            }
            Self::Reload => {
                let begun = fresh(side);
                let begin = |()| side.ask(|plugin| plugin.transfer()?.begin_import());
                shown(begun.and_then(begin))
            }
            Self::ImportRows { many, back, spoiled } => {
                let from = side.given.saturating_sub(*back);
                let some = side.saved.iter().skip(from).take(*many);
                let mut rows: Vec<Row> = some.cloned().collect();
                if let Some(spoiled) = spoiled {
                    spoiled.spoil(&mut rows);
                }
                let answer = side.ask(|plugin| plugin.transfer()?.import_rows(&rows));
                if answer.is_ok() {
                    side.given += rows.len();
                }
                shown(answer)
            }
            Self::FinishImport { more } => {
                let rows = u64::try_from(side.given).unwrap_or(u64::MAX).wrapping_add(*more);
                shown(side.ask(|plugin| plugin.transfer()?.finish_import(rows)))
            }
            Self::Move => shown(moved(side)),
        }
    }
}
