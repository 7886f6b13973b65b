//! The whole graph and single nodes, as they are read.

use wirt_contract::EpochMs;
use wirt_contract::sessions::{GraphChange, Node, Nodes, Sessions};

use super::case;
use super::stage::{PAGE, append, graph, graph_by, grow, ids, json, node, planted, time, vacuum};
use crate::expect::{Kind, present, refused, same};
use crate::{Case, Probe, Stop};

pub(super) const CASES: &[Case] = &[
    case("sessions/graph-in-insertion-order", "sessions.graph.order", "wirt", insertion_order),
    case("sessions/graph-keeps-nodes-exactly", "sessions.graph.order", "wirt", exactly),
    case("sessions/graph-in-pages", "sessions.graph.page", "wirt", in_pages),
    case("sessions/graph-pages-end", "sessions.graph.page", "wirt", pages_end),
    case("sessions/graph-goes-on-while-nodes-come", "sessions.graph.page", "wirt", nodes_come),
    case("sessions/graph-goes-on-after-a-tombstone", "sessions.graph.page", "wirt", after_gone),
    case("sessions/graph-limit-zero-is-invalid", "sessions.graph.page", "wirt", limit_zero)
        .extended(),
    case("sessions/node-reads-back", "sessions.node", "wirt", reads_back),
    case("sessions/unknown-node-is-none", "sessions.node", "wirt", unknown_node),
    case("sessions/tombstoned-node-is-none", "sessions.node", "wirt", tombstoned_node),
];

fn insertion_order(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let nodes = [("m", None), ("b", Some("m")), ("z", Some("m"))];
    let session = planted(probe, &store, append(&nodes, Some("b")))?;
    for more in [
        append(&[("a", Some("z")), ("0", None)], Some("a")),
        GraphChange::Unchanged(Some("z".into())),
        append(&[("ü", Some("b")), ("ba", Some("ü")), ("B", Some("m"))], None),
    ] {
        grow(probe, &store, &session, more)?;
    }
    let found = graph(probe, &store)?;
    let expected = ["m", "b", "z", "a", "0", "ü", "ba", "B"];
    same("the graph", ids(&found).as_slice(), expected.as_slice())
}

/// Nodes in which every field says something, each after the one before.
fn whole_nodes(probe: &mut Probe<'_>) -> Vec<Node> {
    let mut made: Vec<Node> = Vec::new();
    for (id, at) in [("n\u{0}", 0), ("ü漢𝄞", u64::MAX), ("n", (1 << 53) + 1), ("n\u{0}n", 7)] {
        let frame = probe.word();
        made.push(Node {
            node_id: id.into(),
            parent_node_id: made.last().map(|last| last.node_id.clone()),
            agent_frame_id: Some(frame.into()).filter(|_| at != 7),
            at: EpochMs(at),
            body: if at == 0 { String::new() } else { json(probe) },
        });
    }
    made
}

fn exactly(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let expected = whole_nodes(probe);
    let all = GraphChange::Append(Nodes { nodes: expected.clone(), leaf: None });
    planted(probe, &store, all)?;
    same("the graph", &graph(probe, &store)?, &expected)?;
    let upwards: Vec<Node> = expected.iter().rev().cloned().collect();
    let path = super::stage::path(probe, &store, Some("n\u{0}n"))?;
    same("the path", &path, &upwards)
}

/// A session with nine nodes, `0` to `8`, of which `3` and `8` are tombstoned.
fn seven(probe: &mut Probe<'_>) -> Result<(wirt_contract::StoreId, Vec<String>), Stop> {
    let store = probe.store_id();
    let names: Vec<String> = (0..9).map(|number: u32| number.to_string()).collect();
    let nodes = names.iter().map(|name| node(name, None)).collect();
    planted(probe, &store, GraphChange::Append(Nodes { nodes, leaf: None }))?;
    probe.tombstone_nodes(&store, &["3".into(), "8".into()])?;
    let left = names.into_iter().filter(|name| name != "3" && name != "8").collect();
    Ok((store, left))
}

fn in_pages(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (store, expected) = seven(probe)?;
    for limit in [1, 2, 3, 6, 7, 8, PAGE, u32::MAX] {
        let found = graph_by(probe, &store, limit)?;
        let found: Vec<String> = found.iter().map(|node| node.node_id.to_string()).collect();
        same(&format!("the graph in pages of {limit}"), &found, &expected)?;
    }
    Ok(())
}

fn pages_end(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (store, _) = seven(probe)?;
    // The page that takes the last node says that there is nothing more.
    let mut after = None;
    for _ in 0..7 {
        let page = probe.load_graph(&store, after.as_ref(), 1)?;
        let last = present("a node", page.nodes.last())?.node_id.clone();
        let ends = page.next.is_none();
        same("whether the pages end", &ends, &(last.as_str() == "7"))?;
        after = Some(last);
    }
    let page = probe.load_graph(&store, after.as_ref(), 1)?;
    same("what comes after the last", &page, &wirt_contract::sessions::GraphPage::default())
}

fn nodes_come(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&[("a", None), ("b", Some("a"))], None))?;
    let page = probe.load_graph(&store, None, 1)?;
    let next = present("a next page", page.next)?;
    grow(probe, &store, &session, append(&[("0", Some("a"))], None))?;
    let rest = probe.load_graph(&store, Some(&next), PAGE)?;
    same("the rest", ids(&rest.nodes).as_slice(), ["b", "0"].as_slice())
}

fn after_gone(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let nodes = [("a", None), ("b", Some("a")), ("c", Some("b")), ("d", Some("c"))];
    planted(probe, &store, append(&nodes, Some("d")))?;
    let page = probe.load_graph(&store, None, 2)?;
    same("the first page", ids(&page.nodes).as_slice(), ["a", "b"].as_slice())?;
    let next = present("a next page", page.next)?;
    // The node where the reader stands goes before it reads on.
    probe.tombstone_nodes(&store, &["b".into()])?;
    for _ in 0..2 {
        let rest = probe.load_graph(&store, Some(&next), PAGE)?;
        same("the rest", ids(&rest.nodes).as_slice(), ["c", "d"].as_slice())?;
        vacuum(probe, &store, PAGE)?;
    }
    Ok(())
}

fn limit_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    refused("a graph of limit 0", probe.load_graph(&store, None, 0), Kind::Invalid)?;
    planted(probe, &store, append(&[("a", None)], Some("a")))?;
    refused("a graph of limit 0", probe.load_graph(&store, None, 0), Kind::Invalid)
}

fn reads_back(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let expected = whole_nodes(probe);
    let all = GraphChange::Append(Nodes { nodes: expected.clone(), leaf: None });
    planted(probe, &store, all)?;
    for node in expected {
        same("the node", &probe.load_node(&store, &node.node_id)?, &Some(node))?;
    }
    Ok(())
}

fn unknown_node(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let nobody = probe.store_id();
    let made = Node { at: time(probe), ..node("node", None) };
    let all = GraphChange::Append(Nodes { nodes: vec![made], leaf: None });
    planted(probe, &store, all)?;
    for other in ["nod", "node0", "NODE", "node\u{0}", "0"] {
        same("another id's node", &probe.load_node(&store, &other.into())?, &None)?;
    }
    same("a node where nothing is", &probe.load_node(&nobody, &"node".into())?, &None)
}

fn tombstoned_node(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    planted(probe, &store, append(&[("a", None), ("b", Some("a"))], Some("b")))?;
    probe.tombstone_nodes(&store, &["a".into()])?;
    same("the tombstoned node", &probe.load_node(&store, &"a".into())?, &None)?;
    let child = present("its child", probe.load_node(&store, &"b".into())?)?;
    same("the child's parent", &child.parent_node_id, &Some("a".into()))
}
