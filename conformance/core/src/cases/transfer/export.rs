//! What an export gives, in which order, and that all of it comes back.

use wirt_contract::sessions::{GraphChange, NewCommit, Nodes, Sessions};
use wirt_contract::store::Store;
use wirt_contract::transfer::{Data, Row, Transfer};
use wirt_contract::{BlobName, Interface, NodeId};

use super::super::work_queue::stage::Queue;
use super::reads::{reads, same_reads};
use super::stage::{
    ALL, commit, export, import, moved, node, rich_commit, same_rows, small_stock, stock,
};
use super::{SESSION, case, with};
use crate::expect::{Kind, failed, holds, present, refused, same};
use crate::{Case, Probe, Show, Stop};

pub(super) const CASES: &[Case] = &[
    case("transfer/nothing-gives-no-rows", "transfer.round-trip", "wirt", nothing).extended(),
    case("transfer/rows-come-back-as-they-came", "transfer.round-trip", "wirt", round_trip)
        .extended(),
    case("transfer/rows-one-by-one-are-the-same", "transfer.round-trip", "wirt", one_by_one)
        .extended(),
    case(
        "transfer/reads-are-the-same-afterwards",
        "transfer.export.complete",
        "wirt",
        same_answers,
    )
    .extended(),
    with(
        case(
            "transfer/what-no-call-shows-stays-behind",
            "transfer.export.complete",
            "wirt",
            stays_behind,
        ),
        SESSION,
    ),
    case("transfer/rows-in-order", "transfer.export.order", "wirt", in_order).extended(),
    with(
        case("transfer/nodes-by-insertion", "transfer.export.order", "wirt", nodes_by_insertion)
            .extended(),
        SESSION,
    ),
    case("transfer/pages-of-any-budget", "transfer.export.pages", "wirt", any_budget).extended(),
    case("transfer/budget-zero-is-invalid", "transfer.export.pages", "wirt", budget_zero),
    with(
        case("transfer/pages-of-much", "transfer.export.pages", "wirt", much).extended(),
        &[Interface::Store, Interface::Transfer, Interface::Attachments],
    ),
    case("transfer/check-finds-nothing-afterwards", "store.check.clean", "wirt", check_clean)
        .extended(),
];

fn nothing(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    same_rows("the export of an empty plugin", &export(probe, ALL)?, &[])?;
    import(probe, &[], ALL)?;
    same_rows("the export after an empty import", &export(probe, 1)?, &[])?;
    // It can be used, and still be filled by an import where it was not.
    import(probe, &[], ALL)?;
    small_stock(probe).map(drop)
}

/// The rows of a stocked plugin, which is another one afterwards.
fn stocked_rows(probe: &mut Probe<'_>) -> Result<Vec<Row>, Stop> {
    probe.fresh()?;
    stock(probe)?;
    let rows = export(probe, ALL)?;
    holds(rows.len() > 20, "a row for each thing that was put", || rows.len().show())?;
    probe.fresh()?;
    Ok(rows)
}

fn round_trip(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let rows = stocked_rows(probe)?;
    import(probe, &rows, ALL)?;
    same_rows("the export after the import", &export(probe, ALL)?, &rows)
}

fn one_by_one(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    small_stock(probe)?;
    let rows = export(probe, ALL)?;
    probe.fresh()?;
    probe.begin_import()?;
    probe.import_rows(&[])?;
    for row in &rows {
        probe.import_rows(std::slice::from_ref(row))?;
    }
    probe.import_rows(&[])?;
    probe.finish_import(super::stage::count(&rows))?;
    same_rows("the export after the import", &export(probe, ALL)?, &rows)
}

fn same_answers(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let shelves = stock(probe)?;
    let mut before = Vec::new();
    for shelf in &shelves {
        before.push(reads(probe, shelf)?);
    }
    moved(probe)?;
    for (shelf, before) in shelves.iter().zip(&before) {
        same_reads(&reads(probe, shelf)?, before)?;
    }
    Ok(())
}

fn stays_behind(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let queue = Queue::new(probe);
    let (store, session) = (&queue.store, &queue.session);
    let tree = ["a", "b", "c"].map(|id| node(probe, id, None));
    let first = rich_commit(probe, session, "first");
    let nodes = Nodes { nodes: tree.to_vec(), leaf: None };
    commit(probe, store, &NewCommit { graph: GraphChange::Append(nodes), ..first.clone() })?;
    let second = rich_commit(probe, session, "second");
    commit(probe, store, &second)?;
    probe.tombstone_nodes(store, &["b".into()])?;

    let rows = export(probe, ALL)?;
    let head = present("the session", probe.load(store)?)?;
    let mut live: Vec<&BlobName> = head.blobs().collect();
    live.sort();
    live.dedup();
    let blobs: Vec<BlobName> = rows.iter().filter_map(|row| blob_name(&row.data)).collect();
    same("blobs exported", &blobs.iter().collect::<Vec<_>>(), &live)?;
    let nodes: Vec<NodeId> = rows.iter().filter_map(|row| node_id(&row.data)).collect();
    same("nodes exported", &nodes, &vec!["a".into(), "c".into()])?;
    let hidden = tree.iter().find(|node| node.node_id.as_str() == "b");
    for row in &rows {
        let holds_body =
            hidden.is_some_and(|node| format!("{row:?}").contains(&format!("{:?}", node.body)));
        holds(!holds_body, "nothing of a tombstoned node but its id", || row.show())?;
    }
    Ok(())
}

fn blob_name(data: &Data) -> Option<BlobName> {
    match data {
        Data::Blob(bytes) => Some(BlobName::of(bytes)),
        _ => None,
    }
}

fn node_id(data: &Data) -> Option<NodeId> {
    match data {
        Data::Node(node) => Some(node.node_id.clone()),
        _ => None,
    }
}

/// Where a row stands among those of its store id: its kind's place, and then what the kind is
/// ordered by. Nodes come by insertion, which no row says.
fn place(data: &Data) -> (u8, Vec<u8>, Vec<u8>, u64) {
    let two = |kind, first: &str, second: &str| (kind, first.into(), second.into(), 0);
    let one = |kind, first: &str| two(kind, first, "");
    match data {
        Data::Task(task) => one(0, task.task_id.as_str()),
        Data::Event { task_id, event } => (1, task_id.as_str().into(), Vec::new(), event.seq),
        Data::Attachment { attachment, .. } => one(2, attachment.id.as_str()),
        Data::Meta(_) => one(3, ""),
        Data::Session(_) => one(4, ""),
        Data::Blob(bytes) => one(5, BlobName::of(bytes).as_str()),
        Data::UsedNodeId(node) => one(6, node.as_str()),
        Data::Node(_) => one(7, ""),
        Data::Usage(usage) => two(8, &usage.of.source, &usage.of.model),
        Data::Turn { turn_id, .. } => one(9, turn_id.as_str()),
        Data::Counters { .. } => one(10, ""),
        Data::Queued { entry, .. } => {
            (11, entry.session_id.as_str().into(), Vec::new(), entry.enqueue_seq)
        }
        Data::Manifest(row) => {
            two(12, row.intent.session_id.as_str(), row.intent.attachment_id.as_str())
        }
        Data::Artifact(artifact) => one(13, artifact.module_ref.as_str()),
    }
}

fn in_order(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    stock(probe)?;
    let rows = export(probe, ALL)?;
    for (one, other) in rows.iter().zip(rows.iter().skip(1)) {
        let places = [one, other].map(|row| (row.store.as_str().as_bytes(), place(&row.data)));
        let [first, second] = &places;
        let both_nodes = matches!((&one.data, &other.data), (Data::Node(_), Data::Node(_)));
        if first < second || (both_nodes && first == second) {
            continue;
        }
        return failed(
            format!("a row that comes after {}", one.show()),
            format!("next: {}", other.show()),
        );
    }
    holds(!rows.is_empty(), "rows of what was put", || "none".into())
}

fn nodes_by_insertion(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    let queue = Queue::new(probe);
    let (store, session) = (&queue.store, &queue.session);
    let mut inserted = Vec::new();
    // Out of the order of their ids and of their times, over more than one commit.
    for ids in [["z", "b", "m10"], ["m9", "a", "y"]] {
        let nodes = ids.map(|id| node(probe, id, None)).to_vec();
        inserted.extend(ids.map(NodeId::from));
        let graph = GraphChange::Append(Nodes { nodes, leaf: None });
        let next = NewCommit { graph, stamp: None, ..rich_commit(probe, session, "") };
        commit(probe, store, &next)?;
    }
    let nodes = |rows: &[Row]| rows.iter().filter_map(|row| node_id(&row.data)).collect::<Vec<_>>();
    let rows = moved(probe)?;
    same("nodes exported", &nodes(&rows), &inserted)?;
    let page = probe.load_graph(store, None, 100)?;
    let found: Vec<_> = page.nodes.into_iter().map(|node| node.node_id).collect();
    same("the graph after the import", &found, &inserted)
}

fn any_budget(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.fresh()?;
    stock(probe)?;
    let whole = export(probe, ALL)?;
    for budget in [1, 2, 7, 1_000_000] {
        let rows = export(probe, budget)?;
        same_rows(&format!("the export with a budget of {budget}"), &rows, &whole)?;
    }
    let first = probe.export(None, 1)?;
    // "About" one row: what is made for a thousand is none of it.
    let few = first.rows.len() < whole.len();
    holds(few, "about 1 row", || format!("all {} rows", first.rows.len()))
}

fn budget_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    refused("an export with a budget of 0", probe.export(None, 0), Kind::Invalid)
}

fn much(probe: &mut Probe<'_>) -> Result<(), Stop> {
    use wirt_contract::attachments::{Attachments, Metadata};
    /// More than any page should carry at once.
    const MADE: u64 = 24;
    let metadata =
        Metadata { media_type: "text/plain".into(), width: None, height: None, label: None };
    probe.fresh()?;
    let store = probe.store_id();
    for _ in 0..MADE {
        let bytes = probe.bytes(1_000_000);
        Attachments::put(probe, &store, &bytes, &metadata)?;
    }
    let first = probe.export(None, ALL)?;
    let cut = !first.rows.is_empty() && first.next.is_some();
    holds(cut, "a page cut short by its bytes", || format!("{} rows", first.rows.len()))?;
    let rows = export(probe, ALL)?;
    same("rows", &super::stage::count(&rows), &MADE)?;
    probe.fresh()?;
    import(probe, &rows, 1)?;
    same_rows("the export after the import", &export(probe, ALL)?, &rows)
}

fn check_clean(probe: &mut Probe<'_>) -> Result<(), Stop> {
    /// Pages after which a check is taken for one without an end.
    const MAX_PAGES: usize = 1_000;
    probe.fresh()?;
    stock(probe)?;
    moved(probe)?;
    let mut after = None;
    for _ in 0..MAX_PAGES {
        let found = probe.check(after.as_deref(), 1_000)?;
        same("problems of what was imported", &found.problems, &Vec::new())?;
        after = found.next;
        if after.is_none() {
            return Ok(());
        }
    }
    failed("a check with an end", format!("still a next page after {MAX_PAGES}"))
}
