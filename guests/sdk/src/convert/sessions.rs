//! Values of `wirt:persistence/sessions`. The contract holds a checkpoint's parts and a usage's
//! tokens as values of their own; in WIT they lie flat.

use wirt_contract::sessions::{
    Checkpoint, Collected, CommitAnswer, Committed, Frame, GraphChange, GraphPage, Meta, NewCommit,
    Node, Nodes, Part, Parts, Refusal, Relation, Session, Stamp, Tokens, Usage, UsageCursor,
    Vacuumed,
};
use wirt_contract::{AttachmentId, BlobName, EpochMs, FrameId, NodeId, SessionId, TurnId};

use crate::bindings::store::exports::wirt::persistence::sessions as wit;

impl From<wit::Part> for Part {
    fn from(from: wit::Part) -> Self {
        match from {
            wit::Part::Bytes(bytes) => Self::Bytes(bytes),
            wit::Part::Kept(name) => Self::Kept(BlobName::new(name)),
        }
    }
}

impl From<wit::NewCheckpoint> for Parts<Part> {
    fn from(from: wit::NewCheckpoint) -> Self {
        let wit::NewCheckpoint {
            turn_state,
            tool_state,
            plugins,
            plugin_revision,
            execution_state,
        } = from;
        Self {
            turn_state: turn_state.into(),
            tool_state: tool_state.map(Into::into),
            plugins: plugins.map(Into::into),
            plugin_revision,
            execution_state: execution_state.map(Into::into),
        }
    }
}

impl From<wit::Checkpoint> for Checkpoint {
    fn from(from: wit::Checkpoint) -> Self {
        let wit::Checkpoint {
            checkpoint_ref,
            turn_state,
            tool_state,
            plugins,
            plugin_revision,
            execution_state,
        } = from;
        let parts = Parts {
            turn_state: BlobName::new(turn_state),
            tool_state: tool_state.map(BlobName::new),
            plugins: plugins.map(BlobName::new),
            plugin_revision,
            execution_state: execution_state.map(BlobName::new),
        };
        Self { checkpoint_ref, parts }
    }
}

impl From<Checkpoint> for wit::Checkpoint {
    fn from(from: Checkpoint) -> Self {
        let Checkpoint { checkpoint_ref, parts } = from;
        let Parts { turn_state, tool_state, plugins, plugin_revision, execution_state } = parts;
        Self {
            checkpoint_ref,
            turn_state: turn_state.as_str().to_owned(),
            tool_state: tool_state.map(|name| name.as_str().to_owned()),
            plugins: plugins.map(|name| name.as_str().to_owned()),
            plugin_revision,
            execution_state: execution_state.map(|name| name.as_str().to_owned()),
        }
    }
}

impl From<wit::Frame> for Frame<Part> {
    fn from(from: wit::Frame) -> Self {
        let wit::Frame {
            frame_id,
            previous_frame_id,
            superseded,
            reason,
            created_at,
            body,
            execution_state,
        } = from;
        Self {
            frame_id: FrameId::new(frame_id),
            previous_frame_id: previous_frame_id.map(FrameId::new),
            superseded,
            reason,
            created_at: EpochMs(created_at),
            body,
            execution_state: execution_state.map(Into::into),
        }
    }
}

impl From<wit::KeptFrame> for Frame<BlobName> {
    fn from(from: wit::KeptFrame) -> Self {
        let wit::KeptFrame {
            frame_id,
            previous_frame_id,
            superseded,
            reason,
            created_at,
            body,
            execution_state,
        } = from;
        Self {
            frame_id: FrameId::new(frame_id),
            previous_frame_id: previous_frame_id.map(FrameId::new),
            superseded,
            reason,
            created_at: EpochMs(created_at),
            body,
            execution_state: execution_state.map(BlobName::new),
        }
    }
}

impl From<Frame<BlobName>> for wit::KeptFrame {
    fn from(from: Frame<BlobName>) -> Self {
        let Frame {
            frame_id,
            previous_frame_id,
            superseded,
            reason,
            created_at,
            body,
            execution_state,
        } = from;
        Self {
            frame_id: frame_id.as_str().to_owned(),
            previous_frame_id: previous_frame_id.map(|id| id.as_str().to_owned()),
            superseded,
            reason,
            created_at: created_at.0,
            body,
            execution_state: execution_state.map(|id| id.as_str().to_owned()),
        }
    }
}

impl From<wit::Node> for Node {
    fn from(from: wit::Node) -> Self {
        let wit::Node { node_id, parent_node_id, agent_frame_id, at, body } = from;
        Self {
            node_id: NodeId::new(node_id),
            parent_node_id: parent_node_id.map(NodeId::new),
            agent_frame_id: agent_frame_id.map(FrameId::new),
            at: EpochMs(at),
            body,
        }
    }
}

impl From<Node> for wit::Node {
    fn from(from: Node) -> Self {
        let Node { node_id, parent_node_id, agent_frame_id, at, body } = from;
        Self {
            node_id: node_id.as_str().to_owned(),
            parent_node_id: parent_node_id.map(|id| id.as_str().to_owned()),
            agent_frame_id: agent_frame_id.map(|id| id.as_str().to_owned()),
            at: at.0,
            body,
        }
    }
}

impl From<wit::Nodes> for Nodes {
    fn from(from: wit::Nodes) -> Self {
        let wit::Nodes { nodes, leaf } = from;
        Self { nodes: nodes.into_iter().map(Into::into).collect(), leaf: leaf.map(NodeId::new) }
    }
}

impl From<wit::GraphChange> for GraphChange {
    fn from(from: wit::GraphChange) -> Self {
        match from {
            wit::GraphChange::Unchanged(leaf) => Self::Unchanged(leaf.map(NodeId::new)),
            wit::GraphChange::Append(nodes) => Self::Append(nodes.into()),
            wit::GraphChange::Replace(nodes) => Self::Replace(nodes.into()),
        }
    }
}

impl From<GraphPage> for wit::GraphPage {
    fn from(from: GraphPage) -> Self {
        let GraphPage { nodes, next } = from;
        Self {
            nodes: nodes.into_iter().map(Into::into).collect(),
            next: next.map(|id| id.as_str().to_owned()),
        }
    }
}

impl From<wit::Usage> for Usage {
    fn from(from: wit::Usage) -> Self {
        let wit::Usage {
            source,
            model,
            input_tokens,
            output_tokens,
            cached_input_tokens,
            reasoning_tokens,
        } = from;
        let tokens = Tokens {
            input: input_tokens,
            output: output_tokens,
            cached_input: cached_input_tokens,
            reasoning: reasoning_tokens,
        };
        Self { of: UsageCursor { source, model }, tokens }
    }
}

impl From<Usage> for wit::Usage {
    fn from(from: Usage) -> Self {
        let Usage { of: UsageCursor { source, model }, tokens } = from;
        let Tokens { input, output, cached_input, reasoning } = tokens;
        Self {
            source,
            model,
            input_tokens: input,
            output_tokens: output,
            cached_input_tokens: cached_input,
            reasoning_tokens: reasoning,
        }
    }
}

impl From<wit::UsageCursor> for UsageCursor {
    fn from(from: wit::UsageCursor) -> Self {
        let wit::UsageCursor { source, model } = from;
        Self { source, model }
    }
}

impl From<UsageCursor> for wit::UsageCursor {
    fn from(from: UsageCursor) -> Self {
        let UsageCursor { source, model } = from;
        Self { source, model }
    }
}

impl From<wit::Stamp> for Stamp {
    fn from(from: wit::Stamp) -> Self {
        let wit::Stamp { session_id, turn_id, turn_hash } = from;
        Self { session_id: SessionId::new(session_id), turn_id: TurnId::new(turn_id), turn_hash }
    }
}

impl From<wit::NewCommit> for NewCommit {
    fn from(from: wit::NewCommit) -> Self {
        let wit::NewCommit {
            session_id,
            expected_revision,
            config,
            frames,
            current_frame_id,
            checkpoint,
            usage,
            graph,
            completed,
            attachments,
            stamp,
        } = from;
        Self {
            session_id: SessionId::new(session_id),
            expected_revision,
            config,
            frames: frames.into_iter().map(Into::into).collect(),
            current_frame_id: FrameId::new(current_frame_id),
            checkpoint: checkpoint.into(),
            usage: usage.into_iter().map(Into::into).collect(),
            graph: graph.into(),
            completed: completed.into_iter().map(Into::into).collect(),
            attachments: attachments.into_iter().map(AttachmentId::new).collect(),
            stamp: stamp.map(Into::into),
        }
    }
}

impl From<wit::Committed> for Committed {
    fn from(from: wit::Committed) -> Self {
        let wit::Committed { revision, checkpoint } = from;
        Self { revision, checkpoint: checkpoint.into() }
    }
}

impl From<Committed> for wit::Committed {
    fn from(from: Committed) -> Self {
        let Committed { revision, checkpoint } = from;
        Self { revision, checkpoint: checkpoint.into() }
    }
}

impl From<Refusal> for wit::Refusal {
    fn from(from: Refusal) -> Self {
        match from {
            Refusal::BoundTo(session) => Self::BoundTo(session.as_str().to_owned()),
            Refusal::StampConflict => Self::StampConflict,
            Refusal::HeadMoved(revision) => Self::HeadMoved(revision),
            Refusal::ClaimLost(claim) => Self::ClaimLost(claim.as_str().to_owned()),
            Refusal::BlobUnknown(name) => Self::BlobUnknown(name.as_str().to_owned()),
            Refusal::UsageOverflow(of) => Self::UsageOverflow(of.into()),
            Refusal::NodeExists(node) => Self::NodeExists(node.as_str().to_owned()),
            Refusal::ParentUnknown(node) => Self::ParentUnknown(node.as_str().to_owned()),
            Refusal::LeafUnknown(node) => Self::LeafUnknown(node.as_str().to_owned()),
        }
    }
}

impl From<CommitAnswer> for wit::CommitAnswer {
    fn from(from: CommitAnswer) -> Self {
        match from {
            CommitAnswer::Committed(committed) => Self::Committed(committed.into()),
            CommitAnswer::Refused(refusal) => Self::Refused(refusal.into()),
        }
    }
}

impl From<wit::Session> for Session {
    fn from(from: wit::Session) -> Self {
        let wit::Session {
            session_id,
            revision,
            config,
            frames,
            current_frame_id,
            checkpoint,
            leaf,
        } = from;
        Self {
            session_id: SessionId::new(session_id),
            revision,
            config,
            frames: frames.into_iter().map(Into::into).collect(),
            current_frame_id: FrameId::new(current_frame_id),
            checkpoint: checkpoint.into(),
            leaf: leaf.map(NodeId::new),
        }
    }
}

impl From<Session> for wit::Session {
    fn from(from: Session) -> Self {
        let Session { session_id, revision, config, frames, current_frame_id, checkpoint, leaf } =
            from;
        Self {
            session_id: session_id.as_str().to_owned(),
            revision,
            config,
            frames: frames.into_iter().map(Into::into).collect(),
            current_frame_id: current_frame_id.as_str().to_owned(),
            checkpoint: checkpoint.into(),
            leaf: leaf.map(|id| id.as_str().to_owned()),
        }
    }
}

impl From<wit::Relation> for Relation {
    fn from(from: wit::Relation) -> Self {
        match from {
            wit::Relation::Root => Self::Root,
            wit::Relation::Child(wit::Parent { session_id, caused_by }) => {
                Self::Child { session_id: SessionId::new(session_id), caused_by }
            }
        }
    }
}

impl From<Relation> for wit::Relation {
    fn from(from: Relation) -> Self {
        match from {
            Relation::Root => Self::Root,
            Relation::Child { session_id, caused_by } => {
                Self::Child(wit::Parent { session_id: session_id.as_str().to_owned(), caused_by })
            }
        }
    }
}

impl From<wit::Meta> for Meta {
    fn from(from: wit::Meta) -> Self {
        let wit::Meta { session_id, name, created_at, model, cwd, relation } = from;
        Self {
            session_id: SessionId::new(session_id),
            name,
            created_at: EpochMs(created_at),
            model,
            cwd,
            relation: relation.into(),
        }
    }
}

impl From<Meta> for wit::Meta {
    fn from(from: Meta) -> Self {
        let Meta { session_id, name, created_at, model, cwd, relation } = from;
        Self {
            session_id: session_id.as_str().to_owned(),
            name,
            created_at: created_at.0,
            model,
            cwd,
            relation: relation.into(),
        }
    }
}

impl From<Vacuumed> for wit::Vacuumed {
    fn from(from: Vacuumed) -> Self {
        let Vacuumed { removed, more } = from;
        Self { removed, more }
    }
}

impl From<Collected> for wit::Collected {
    fn from(from: Collected) -> Self {
        let Collected { roots, retained, deleted, next } = from;
        Self { roots, retained, deleted, next: next.map(|id| id.as_str().to_owned()) }
    }
}
