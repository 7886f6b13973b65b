//! What a commit is refused for, in which order, and that a refusal leaves nothing behind.
//!
//! All cases here set one stage and put one and the same good commit to it, wrong in one place or
//! in two.

use wirt_contract::attachment_manifest::AttachmentManifest;
use wirt_contract::sessions::{
    CommitAnswer, Committed, Frame, GraphChange, NewCommit, Node, Nodes, Part, Parts, Refusal,
    Sessions, UsageCursor,
};
use wirt_contract::work_queue::{Claim, ClaimRef};
use wirt_contract::{AttachmentId, BlobName, NodeId, SessionId, StoreId};

use super::case;
use super::stage::{
    append, commit, frame, held, intent, json, node, part, plain, row, seen, session_id, stamp,
    unchanged, used,
};
use crate::expect::{Kind, refused, same};
use crate::{Case, Probe, Stop};

const ORDER: &str = "sessions.commit.order";
const WHOLE: &str = "sessions.commit.all-or-nothing";

pub(super) const CASES: &[Case] = &[
    case("sessions/order-bounds-before-binding", ORDER, "wirt", bounds_binding),
    case("sessions/order-binding-before-stamp", ORDER, "wirt", binding_stamp),
    case("sessions/order-stamp-before-head", ORDER, "wirt", stamp_head),
    case("sessions/order-head-before-claims", ORDER, "wirt", head_claims),
    case("sessions/order-claims-before-parts", ORDER, "wirt", claims_parts),
    case("sessions/order-parts-before-usage", ORDER, "wirt", parts_usage),
    case("sessions/order-usage-before-graph", ORDER, "wirt", usage_graph),
    case("sessions/order-node-before-parent", ORDER, "wirt", node_parent).extended(),
    case("sessions/order-parent-before-leaf", ORDER, "wirt", parent_leaf).extended(),
    case("sessions/order-bounds-before-replay", ORDER, "wirt", bounds_replay),
    case("sessions/order-binding-before-replay", ORDER, "wirt", binding_replay),
    case("sessions/order-of-everything-wrong", ORDER, "wirt", everything).extended(),
    case("sessions/order-manifest-and-stamp-last", ORDER, "wirt", manifest_last),
    case("sessions/bounds-alone-leave-nothing", WHOLE, "wirt", |it| alone(it, Wrong::Bounds))
        .extended(),
    case("sessions/binding-alone-leaves-nothing", WHOLE, "wirt", |it| alone(it, Wrong::Binding))
        .extended(),
    case("sessions/stamp-alone-leaves-nothing", WHOLE, "wirt", |it| alone(it, Wrong::Stamp))
        .extended(),
    case("sessions/head-alone-leaves-nothing", WHOLE, "wirt", |it| alone(it, Wrong::Head))
        .extended(),
    case("sessions/claims-alone-leave-nothing", WHOLE, "wirt", |it| alone(it, Wrong::Claims))
        .extended(),
    case("sessions/parts-alone-leave-nothing", WHOLE, "wirt", |it| alone(it, Wrong::Parts)),
    case("sessions/usage-alone-leaves-nothing", WHOLE, "wirt", |it| alone(it, Wrong::Usage)),
    case("sessions/node-alone-leaves-nothing", WHOLE, "wirt", |it| alone(it, Wrong::Node)),
    case("sessions/parent-alone-leaves-nothing", WHOLE, "wirt", |it| alone(it, Wrong::Parent)),
    case("sessions/leaf-alone-leaves-nothing", WHOLE, "wirt", |it| alone(it, Wrong::Leaf)),
];

/// One thing wrong with a commit, in the order in which it is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    /// A frame's id twice.
    Bounds,
    /// Another session.
    Binding,
    /// The stamp of a turn that was committed with another hash.
    Stamp,
    /// A revision that is not the head's.
    Head,
    /// A claim that is not held.
    Claims,
    /// A blob that is not there.
    Parts,
    /// A sum that does not fit.
    Usage,
    /// A node's id that is in use.
    Node,
    /// A parent that is not there.
    Parent,
    /// A leaf that is not there.
    Leaf,
}

const IN_ORDER: [Wrong; 10] = [
    Wrong::Bounds,
    Wrong::Binding,
    Wrong::Stamp,
    Wrong::Head,
    Wrong::Claims,
    Wrong::Parts,
    Wrong::Usage,
    Wrong::Node,
    Wrong::Parent,
    Wrong::Leaf,
];

/// A session after its first commit, with something of everything a second one may touch.
struct Stage {
    store: StoreId,
    session: SessionId,
    /// The turn that was committed.
    first: NewCommit,
    committed: Committed,
    claim: Claim,
    attachment: AttachmentId,
    /// A good second commit.
    next: NewCommit,
    /// What nobody has made: a blob's name.
    nowhere: BlobName,
}

fn set(probe: &mut Probe<'_>) -> Result<Stage, Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let attachment = AttachmentId::new(probe.word());
    probe.record_intent(&store, &intent(&session, &attachment, 1))?;
    let first = NewCommit {
        frames: vec![frame(probe, "frame-1")],
        usage: vec![used("turn", "full", [0, u64::MAX, 0, 0]), used("turn", "m", [1, 2, 3, 4])],
        graph: append(&[("root", None), ("kid", Some("root"))], Some("kid")),
        stamp: Some(stamp(&session, "turn-1", "hash-1")),
        ..plain(probe, &session)
    };
    let committed = commit(probe, &store, &first)?;
    let claim = held(probe, &store, &session)?;
    let next = NewCommit {
        expected_revision: Some(1),
        config: json(probe),
        frames: vec![
            Frame { execution_state: Some(part(probe)), ..frame(probe, "frame-2") },
            frame(probe, "frame-3"),
        ],
        current_frame_id: "frame-3".into(),
        checkpoint: Parts {
            turn_state: part(probe),
            tool_state: Some(part(probe)),
            plugins: Some(part(probe)),
            plugin_revision: Some(2),
            execution_state: Some(part(probe)),
        },
        usage: vec![used("turn", "m", [1, 1, 1, 1]), used("turn", "n", [1, 1, 1, 1])],
        graph: GraphChange::Append(Nodes {
            nodes: vec![node("good", Some("kid")), Node { ..node("last", Some("good")) }],
            leaf: Some("last".into()),
        }),
        completed: vec![claim.claim.clone()],
        attachments: vec![attachment.clone()],
        stamp: Some(stamp(&session, "turn-2", "hash-2")),
        ..plain(probe, &session)
    };
    let nowhere = BlobName::of(&probe.bytes(40));
    Ok(Stage { store, session, first, committed, claim, attachment, next, nowhere })
}

impl Stage {
    /// The good commit, wrong in these places.
    fn spoiled(&self, wrongs: &[Wrong]) -> NewCommit {
        let mut commit = self.next.clone();
        let has = |wrong| wrongs.contains(&wrong);
        if has(Wrong::Bounds) {
            commit.frames.extend(self.next.frames.first().cloned());
        }
        if has(Wrong::Binding) {
            commit.session_id = SessionId::new(format!("{}0", self.session));
            commit.stamp = Some(stamp(&commit.session_id, "turn-2", "hash-2"));
        }
        if has(Wrong::Stamp) {
            commit.stamp = Some(stamp(&self.session, "turn-1", "hash-2"));
        }
        if has(Wrong::Head) {
            commit.expected_revision = Some(7);
        }
        if has(Wrong::Claims) {
            let lease_token = format!("{}:stale", self.claim.claim.lease_token);
            commit.completed.push(ClaimRef { lease_token, ..self.claim.claim.clone() });
        }
        if has(Wrong::Parts) {
            commit.checkpoint.execution_state = Some(Part::Kept(self.nowhere.clone()));
        }
        if has(Wrong::Usage) {
            commit.usage.push(used("turn", "full", [0, 1, 0, 0]));
        }
        if let GraphChange::Append(grown) = &mut commit.graph {
            let id = if has(Wrong::Node) { "kid" } else { "bad" };
            let parent = if has(Wrong::Parent) { "nobody" } else { "kid" };
            grown.nodes.push(node(id, Some(parent)));
            if has(Wrong::Leaf) {
                grown.leaf = Some("nobody".into());
            }
        }
        commit
    }

    /// How it has to be refused; none where it is an error.
    fn refusal(&self, wrong: Wrong) -> Option<Refusal> {
        let nobody = || NodeId::from("nobody");
        Some(match wrong {
            Wrong::Bounds => return None,
            Wrong::Binding => Refusal::BoundTo(self.session.clone()),
            Wrong::Stamp => Refusal::StampConflict,
            Wrong::Head => Refusal::HeadMoved(1),
            Wrong::Claims => Refusal::ClaimLost(self.claim.claim.claim_id.clone()),
            Wrong::Parts => Refusal::BlobUnknown(self.nowhere.clone()),
            Wrong::Usage => {
                Refusal::UsageOverflow(UsageCursor { source: "turn".into(), model: "full".into() })
            }
            Wrong::Node => Refusal::NodeExists("kid".into()),
            Wrong::Parent => Refusal::ParentUnknown("bad".into()),
            Wrong::Leaf => Refusal::LeafUnknown(nobody()),
        })
    }

    /// Puts the commit, wrong in these places, and wants the answer to the first.
    fn put(&self, probe: &mut Probe<'_>, wrongs: &[Wrong]) -> Result<(), Stop> {
        let Some(first) = wrongs.first() else { return Ok(()) };
        let answer = probe.commit(&self.store, &self.spoiled(wrongs));
        match self.refusal(*first) {
            Some(refusal) => same("the commit", &answer?, &CommitAnswer::Refused(refusal)),
            None => refused("a commit with a frame twice", answer, Kind::Invalid),
        }
    }
}

fn pair(probe: &mut Probe<'_>, first: Wrong, second: Wrong) -> Result<(), Stop> {
    let stage = set(probe)?;
    stage.put(probe, &[first, second])
}

fn bounds_binding(probe: &mut Probe<'_>) -> Result<(), Stop> {
    pair(probe, Wrong::Bounds, Wrong::Binding)?;
    // What is written last is looked at as early as the rest.
    let stage = set(probe)?;
    let attachments = vec!["".into()];
    let turn = NewCommit { attachments, ..stage.spoiled(&[Wrong::Binding]) };
    let answer = probe.commit(&stage.store, &turn);
    refused("another session's commit with an empty attachment id", answer, Kind::Invalid)
}

fn binding_stamp(probe: &mut Probe<'_>) -> Result<(), Stop> {
    pair(probe, Wrong::Binding, Wrong::Stamp)
}

fn stamp_head(probe: &mut Probe<'_>) -> Result<(), Stop> {
    pair(probe, Wrong::Stamp, Wrong::Head)
}

fn head_claims(probe: &mut Probe<'_>) -> Result<(), Stop> {
    pair(probe, Wrong::Head, Wrong::Claims)
}

fn claims_parts(probe: &mut Probe<'_>) -> Result<(), Stop> {
    pair(probe, Wrong::Claims, Wrong::Parts)
}

fn parts_usage(probe: &mut Probe<'_>) -> Result<(), Stop> {
    pair(probe, Wrong::Parts, Wrong::Usage)
}

fn usage_graph(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for graph in [Wrong::Node, Wrong::Parent, Wrong::Leaf] {
        pair(probe, Wrong::Usage, graph)?;
    }
    Ok(())
}

fn node_parent(probe: &mut Probe<'_>) -> Result<(), Stop> {
    pair(probe, Wrong::Node, Wrong::Parent)
}

fn parent_leaf(probe: &mut Probe<'_>) -> Result<(), Stop> {
    pair(probe, Wrong::Parent, Wrong::Leaf)
}

fn bounds_replay(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let stage = set(probe)?;
    let twice =
        NewCommit { frames: vec![frame(probe, "f"), frame(probe, "f")], ..stage.first.clone() };
    let answer = probe.commit(&stage.store, &twice);
    refused("a replay with a frame twice", answer, Kind::Invalid)?;
    same("the replay", &commit(probe, &stage.store, &stage.first)?, &stage.committed)
}

fn binding_replay(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let stage = set(probe)?;
    let other = session_id(probe);
    // The stamp of a turn that was committed, word for word.
    let strange = NewCommit { session_id: other, ..stage.first.clone() };
    let bound = CommitAnswer::Refused(Refusal::BoundTo(stage.session));
    same("the commit", &probe.commit(&stage.store, &strange)?, &bound)
}

fn everything(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let stage = set(probe)?;
    let mut wrongs = IN_ORDER.to_vec();
    while !wrongs.is_empty() {
        stage.put(probe, &wrongs)?;
        wrongs.remove(0);
    }
    same("the revision", &commit(probe, &stage.store, &stage.spoiled(&[]))?.revision, &2)
}

fn manifest_last(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let stage = set(probe)?;
    let before = row(probe, &stage.store, &stage.session, &stage.attachment)?;
    for wrong in IN_ORDER {
        stage.put(probe, &[wrong])?;
        let found = row(probe, &stage.store, &stage.session, &stage.attachment)?;
        same("the intent's row", &found, &before)?;
    }
    // No refusal has left the stamp: another hash is taken.
    let other =
        NewCommit { stamp: Some(stamp(&stage.session, "turn-2", "hash-3")), ..stage.spoiled(&[]) };
    same("the revision", &commit(probe, &stage.store, &other)?.revision, &2)
}

/// One thing wrong: its answer, and nothing of the rest is there.
fn alone(probe: &mut Probe<'_>, wrong: Wrong) -> Result<(), Stop> {
    let stage = set(probe)?;
    let Stage { store, session, .. } = &stage;
    let before = seen(probe, store, session)?;
    let row_before = row(probe, store, session, &stage.attachment)?;
    stage.put(probe, &[wrong])?;
    unchanged(probe, store, session, &before)?;
    same("the intent's row", &row(probe, store, session, &stage.attachment)?, &row_before)?;
    let states = stage.next.frames.iter().filter_map(|frame| frame.execution_state.as_ref());
    for part in stage.next.checkpoint.iter().chain(states) {
        let name = part.name();
        refused("a blob of the refused commit", probe.load_blob(store, &name), Kind::NotFound)?;
    }
    let stamp = Some(stamp(session, "turn-2", "hash-3"));
    let other = NewCommit { stamp, ..stage.spoiled(&[]) };
    same("the revision of the next", &commit(probe, store, &other)?.revision, &2)
}
