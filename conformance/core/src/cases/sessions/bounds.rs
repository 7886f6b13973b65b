//! What a call may hold, one value at a time: ids, payloads, parts. The largest that is allowed
//! passes, and the next one up is `invalid` and leaves nothing.

use wirt_contract::sessions::{
    Frame, GraphChange, Meta, NewCommit, Node, Nodes, Part, Parts, Relation, Sessions, Stamp,
    Usage, UsageCursor,
};
use wirt_contract::{Answer, FrameId, NodeId, SessionId, StoreId, TurnId};

use super::case;
use super::meta::described;
use super::stage::{
    PAGE, append, commit, frame, node, nodes, part, plain, planted, session_id, session_of, stamp,
    used,
};
use crate::expect::{Kind, refused, same};
use crate::{Case, Probe, Show, Stop};

const BOUND: &str = "sessions.commit.bound";

pub(super) const CASES: &[Case] = &[
    case("sessions/frame-id-twice-is-invalid", BOUND, "wirt", frame_twice),
    case("sessions/commit-id-bound", BOUND, "wirt", ids).extended(),
    case("sessions/reason-bound", BOUND, "wirt", reason),
    case("sessions/config-and-body-bound", BOUND, "wirt", payloads).extended(),
    case("sessions/part-bound", BOUND, "wirt", parts).extended(),
    case("sessions/commit-of-the-floor", BOUND, "wirt", floor).extended(),
    case("sessions/meta-id-bound", "store.id.bound", "wirt", meta_ids),
    case("sessions/meta-payload-bound", "sessions.meta", "wirt", meta_payloads).extended(),
    case("sessions/read-id-bound", "store.id.bound", "wirt", read_ids),
    case("sessions/store-id-bound", "store.id.bound", "wirt", store_id),
];

/// Longest id, in bytes, this suite makes; a store that takes longer ones is tried up to here.
const MAX_ID: u32 = 65_536;
/// Longest payload, in bytes, this suite makes.
const MAX_PAYLOAD: u32 = 4 << 20;
/// Largest part, in bytes, this suite makes.
const MAX_PART: u32 = 64 << 20;

fn size(bytes: u32) -> usize {
    usize::try_from(bytes).unwrap_or(0)
}

/// One place of a commit, filled with a text.
type Fill = fn(&mut NewCommit, String);

/// A commit with something in every place; `made` is drawn once.
fn full(probe: &mut Probe<'_>, session: &SessionId) -> NewCommit {
    NewCommit {
        frames: vec![Frame { previous_frame_id: Some("before".into()), ..frame(probe, "frame-1") }],
        usage: vec![used("turn", "m", [1, 0, 0, 0])],
        graph: append(&[("a", None), ("b", Some("a"))], Some("b")),
        stamp: Some(stamp(session, "turn", "hash")),
        ..plain(probe, session)
    }
}

fn first_frame(commit: &mut NewCommit, change: impl FnOnce(&mut Frame<Part>)) {
    if let Some(frame) = commit.frames.first_mut() {
        change(frame);
    }
}

fn grown(commit: &mut NewCommit, change: impl FnOnce(&mut Nodes)) {
    if let GraphChange::Append(nodes) = &mut commit.graph {
        change(nodes);
    }
}

/// Each place for an id.
const IDS: [(&str, Fill); 13] = [
    ("session-id", |it, id| {
        it.session_id = SessionId::new(id.clone());
        it.stamp = it.stamp.take().map(|stamp| Stamp { session_id: SessionId::new(id), ..stamp });
    }),
    ("frame-id", |it, id| first_frame(it, |frame| frame.frame_id = FrameId::new(id))),
    ("previous-frame-id", |it, id| {
        first_frame(it, |frame| frame.previous_frame_id = Some(FrameId::new(id)));
    }),
    ("current-frame-id", |it, id| it.current_frame_id = FrameId::new(id)),
    ("usage source", |it, id| it.usage = of(UsageCursor { source: id, model: "m".into() })),
    ("usage model", |it, id| it.usage = of(UsageCursor { source: "turn".into(), model: id })),
    ("node-id", |it, id| {
        grown(it, |nodes| nodes.nodes.push(Node { node_id: NodeId::new(id), ..node("", None) }));
    }),
    ("parent-node-id", |it, id| {
        grown(it, |nodes| {
            nodes.nodes.extend([node(&id, None), node("z", Some(&id))]);
        });
    }),
    ("agent-frame-id", |it, id| {
        grown(it, |nodes| {
            nodes.nodes.push(Node { agent_frame_id: Some(FrameId::new(id)), ..node("z", None) });
        });
    }),
    ("leaf of nodes", |it, id| {
        grown(it, |nodes| {
            nodes.nodes.push(node(&id, None));
            nodes.leaf = Some(NodeId::new(id));
        });
    }),
    ("turn-id", |it, id| {
        it.stamp = it.stamp.take().map(|stamp| Stamp { turn_id: TurnId::new(id), ..stamp });
    }),
    ("turn-hash", |it, id| {
        it.stamp = it.stamp.take().map(|stamp| Stamp { turn_hash: id, ..stamp });
    }),
    ("attachment", |it, id| it.attachments = vec![id.into()]),
];

/// Places for an id of something that is there, and here is not: beyond its bound it is `invalid`
/// before it is unknown.
const NAMED: [(&str, Fill); 3] = [
    ("unknown parent-node-id", |it, id| {
        grown(it, |nodes| nodes.nodes.push(node("z", Some(&id))));
    }),
    ("unknown leaf of nodes", |it, id| grown(it, |nodes| nodes.leaf = Some(NodeId::new(id)))),
    ("unknown leaf", |it, id| it.graph = GraphChange::Unchanged(Some(NodeId::new(id)))),
];

fn of(of: UsageCursor) -> Vec<Usage> {
    vec![Usage { of, ..used("", "", [1, 0, 0, 0]) }]
}

/// The commit, which has to be `invalid` and to leave nothing.
fn is_invalid(
    probe: &mut Probe<'_>,
    store: &StoreId,
    what: &str,
    turn: &NewCommit,
) -> Result<(), Stop> {
    refused(&format!("a commit with {what}"), probe.commit(store, turn), Kind::Invalid)?;
    same("the session", &probe.load(store)?, &None)?;
    same("the graph", &super::stage::graph(probe, store)?, &Vec::new())
}

/// Each of these places with the longest text that is allowed, and with one byte more.
fn longest(
    probe: &mut Probe<'_>,
    places: &[(&str, Fill)],
    most: u32,
    made: u32,
) -> Result<(), Stop> {
    let text = probe.text(size(most.min(made)));
    for (what, fill) in places {
        let store = probe.store_id();
        let session = session_id(probe);
        let turn = full(probe, &session);
        if most < made {
            let mut longer = turn.clone();
            fill(&mut longer, format!("{text}0"));
            is_invalid(probe, &store, &format!("a {what} of {} bytes", most + 1), &longer)?;
        }
        let mut turn = turn;
        fill(&mut turn, text.clone());
        commit(probe, &store, &turn)?;
        same("the session", &super::stage::loaded(probe, &store)?, &session_of(&turn, 1))?;
    }
    Ok(())
}

fn frame_twice(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let same_frame = frame(probe, "f");
    for frames in [
        vec![same_frame.clone(), same_frame.clone()],
        vec![frame(probe, "f"), frame(probe, "g"), frame(probe, "f")],
    ] {
        let turn = NewCommit { frames, ..plain(probe, &session) };
        is_invalid(probe, &store, "a frame's id twice", &turn)?;
    }
    let turn = NewCommit { frames: vec![same_frame], ..plain(probe, &session) };
    commit(probe, &store, &turn).map(drop)
}

fn ids(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = probe.limits().max_id_bytes;
    let long = probe.text(size(most.min(MAX_ID)) + 1);
    for (what, fill) in IDS.into_iter().chain(NAMED) {
        let store = probe.store_id();
        let session = session_id(probe);
        let turn = full(probe, &session);
        let mut empty = turn.clone();
        fill(&mut empty, String::new());
        is_invalid(probe, &store, &format!("an empty {what}"), &empty)?;
        if most < MAX_ID {
            let mut longer = turn;
            fill(&mut longer, long.clone());
            is_invalid(probe, &store, &format!("a {what} of {} bytes", long.len()), &longer)?;
        }
    }
    longest(probe, &IDS, most, MAX_ID)
}

fn reason(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let reason: [(&str, Fill); 1] =
        [("reason", |it, text| first_frame(it, |frame| frame.reason = text))];
    longest(probe, &reason, probe.limits().max_id_bytes, MAX_ID)
}

fn payloads(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let bodies: [(&str, Fill); 3] = [
        ("config", |it, text| it.config = text),
        ("frame's body", |it, text| first_frame(it, |frame| frame.body = text)),
        ("node's body", |it, text| {
            grown(it, |nodes| nodes.nodes.push(Node { body: text, ..node("z", None) }));
        }),
    ];
    let most = probe.limits().max_payload_bytes;
    if most >= MAX_PAYLOAD {
        return Err(Stop::Skip(format!("a payload of {most} bytes is more than this case makes")));
    }
    longest(probe, &bodies, most, MAX_PAYLOAD)
}

fn parts(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let limits = probe.limits();
    let most = limits.max_attachment_bytes;
    // A commit may write no more than a batch; what goes along with the part is small.
    if most >= MAX_PART || most.saturating_add(65_536) > limits.max_batch_bytes {
        return Err(Stop::Skip(format!("a part of {most} bytes is more than this case commits")));
    }
    let longest = probe.bytes(size(most));
    let mut longer = longest.clone();
    longer.push(0);
    for in_frame in [false, true] {
        let store = probe.store_id();
        let session = session_id(probe);
        let base = plain(probe, &session);
        let turn = |state: &[u8]| {
            let state = Part::Bytes(state.to_vec());
            let mut turn = base.clone();
            if in_frame {
                turn.frames = vec![Frame {
                    frame_id: "f".into(),
                    previous_frame_id: None,
                    superseded: false,
                    reason: String::new(),
                    created_at: wirt_contract::EpochMs(0),
                    body: String::new(),
                    execution_state: Some(state),
                }];
            } else {
                turn.checkpoint = Parts { turn_state: state, ..turn.checkpoint };
            }
            turn
        };
        is_invalid(probe, &store, &format!("a part of {} bytes", longer.len()), &turn(&longer))?;
        commit(probe, &store, &turn(&longest))?;
        let name = wirt_contract::BlobName::of(&longest);
        same("the part", &probe.load_blob(&store, &name)?, &longest)?;
    }
    Ok(())
}

/// What every store takes at least, all in one commit.
fn floor(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let floor = wirt_contract::store::Limits::FLOOR;
    let store = probe.store_id();
    let session = SessionId::new(probe.text(size(floor.max_id_bytes)));
    let payload = probe.text(size(floor.max_payload_bytes));
    let mut frames = Vec::new();
    let mut tree = nodes(&[], None);
    let mut usage = Vec::new();
    let mut attachments = Vec::new();
    for number in 0..floor.max_list {
        frames.push(Frame { body: "{}".into(), ..frame(probe, &format!("f{number}")) });
        let parent = number.checked_sub(1).map(|before| format!("n{before}"));
        tree.nodes.push(node(&format!("n{number}"), parent.as_deref()));
        usage.push(used("turn", &format!("m{number:03}"), [1, 1, 1, 1]));
        attachments.push(probe.word().into());
    }
    if let Some(node) = tree.nodes.last_mut() {
        node.body.clone_from(&payload);
    }
    let turn = NewCommit {
        config: payload,
        frames,
        usage: usage.clone(),
        graph: GraphChange::Append(tree.clone()),
        attachments,
        ..plain(probe, &session)
    };
    commit(probe, &store, &turn)?;
    same("the session", &super::stage::loaded(probe, &store)?, &session_of(&turn, 1))?;
    same("the graph", &super::stage::graph(probe, &store)?, &tree.nodes)?;
    same("the usage", &super::stage::usage(probe, &store)?, &usage)
}

/// One place of a description, filled with a text.
type Describe = fn(&mut Meta, String);

/// The description with each of these places too long, and then with the longest that fits.
fn longest_meta(
    probe: &mut Probe<'_>,
    places: &[(&str, Describe)],
    most: u32,
    made: u32,
) -> Result<(), Stop> {
    let text = probe.text(size(most.min(made)));
    for (what, fill) in places {
        let store = probe.store_id();
        let session = session_id(probe);
        let mut meta = described(probe, &session);
        if most < made {
            let mut longer = meta.clone();
            fill(&mut longer, format!("{text}0"));
            let answer = probe.save_meta(&store, &longer);
            refused(&format!("a {what} of {} bytes", most + 1), answer, Kind::Invalid)?;
            same("the description", &probe.load_meta(&store)?, &None)?;
        }
        fill(&mut meta, text.clone());
        probe.save_meta(&store, &meta)?;
        same("the description", &probe.load_meta(&store)?, &Some(meta))?;
    }
    Ok(())
}

fn parent_of(meta: &mut Meta, change: impl FnOnce(&mut SessionId, &mut Option<String>)) {
    if let Relation::Child { session_id, caused_by } = &mut meta.relation {
        change(session_id, caused_by);
    }
}

fn meta_ids(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let ids: [(&str, Describe); 2] = [
        ("session-id", |it, id| it.session_id = SessionId::new(id)),
        ("parent's session-id", |it, id| {
            parent_of(it, |parent, _| *parent = SessionId::new(id));
        }),
    ];
    for (what, fill) in ids {
        let store = probe.store_id();
        let session = session_id(probe);
        let mut meta = described(probe, &session);
        fill(&mut meta, String::new());
        let answer = probe.save_meta(&store, &meta);
        refused(&format!("an empty {what}"), answer, Kind::Invalid)?;
        same("the description", &probe.load_meta(&store)?, &None)?;
    }
    longest_meta(probe, &ids, probe.limits().max_id_bytes, MAX_ID)
}

fn meta_payloads(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let payloads: [(&str, Describe); 4] = [
        ("name", |it, text| it.name = text),
        ("model", |it, text| it.model = text),
        ("cwd", |it, text| it.cwd = Some(text)),
        ("caused-by", |it, text| parent_of(it, |_, caused_by| *caused_by = Some(text))),
    ];
    let most = probe.limits().max_payload_bytes;
    longest_meta(probe, &payloads, most, MAX_PAYLOAD)
}

fn invalid<T: Show>(what: &str, answer: Answer<T>) -> Result<(), Stop> {
    refused(what, answer, Kind::Invalid)
}

fn read_ids(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    planted(probe, &store, append(&[("a", None)], Some("a")))?;
    let most = probe.limits().max_id_bytes;
    let mut outside = vec![String::new()];
    if most < MAX_ID {
        outside.push(probe.text(size(most) + 1));
    }
    for id in outside {
        let node = NodeId::new(id);
        invalid("load-node of such an id", probe.load_node(&store, &node))?;
        invalid("load-path of such a leaf", probe.load_path(&store, Some(&node), PAGE))?;
        let ids = ["a".into(), node];
        invalid("tombstone-nodes of such an id", probe.tombstone_nodes(&store, &ids))?;
        let a = probe.load_node(&store, &"a".into())?.is_some();
        same("whether a is there", &a, &true)?;
    }
    Ok(())
}

fn store_id(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = probe.limits().max_id_bytes;
    let session = session_id(probe);
    let turn = NewCommit {
        checkpoint: Parts { turn_state: part(probe), ..plain(probe, &session).checkpoint },
        ..plain(probe, &session)
    };
    let meta = described(probe, &session);
    let mut outside = vec![StoreId::new("")];
    if most < MAX_ID {
        outside.push(StoreId::new(probe.text(size(most) + 1)));
    }
    for store in outside {
        invalid("commit under such a store id", probe.commit(&store, &turn))?;
        invalid("load under such a store id", probe.load(&store))?;
        invalid("load-graph", probe.load_graph(&store, None, PAGE))?;
        invalid("load-path", probe.load_path(&store, None, PAGE))?;
        invalid("load-node", probe.load_node(&store, &"a".into()))?;
        invalid("load-usage", probe.load_usage(&store, None, PAGE))?;
        invalid("save-meta", probe.save_meta(&store, &meta))?;
        invalid("load-meta", probe.load_meta(&store))?;
        invalid("tombstone-nodes", probe.tombstone_nodes(&store, &["a".into()]))?;
        invalid("vacuum", probe.vacuum(&store, PAGE))?;
        invalid("gc-unreachable", probe.gc_unreachable(&store, None, PAGE))?;
    }
    let longest = StoreId::new(probe.text(size(most.min(MAX_ID))));
    commit(probe, &longest, &turn)?;
    same("the session", &super::stage::loaded(probe, &longest)?, &session_of(&turn, 1))
}
