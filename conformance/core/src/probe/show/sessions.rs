//! Values of `sessions`.

use wirt_contract::sessions::{
    Checkpoint, Collected, CommitAnswer, Committed, Frame, GraphChange, GraphPage, Meta, NewCommit,
    Node, Nodes, Part, Parts, Refusal, Relation, Session, Stamp, Tokens, Usage, UsageCursor,
    Vacuumed,
};

use super::{Show, fields, maybe};

impl Show for Part {
    fn show(&self) -> String {
        match self {
            Self::Bytes(bytes) => bytes.show(),
            Self::Kept(name) => format!("kept({})", name.show()),
        }
    }
}

impl<P: Show> Show for Frame<P> {
    fn show(&self) -> String {
        fields(&[
            ("id", Some(self.frame_id.show())),
            ("previous", maybe(self.previous_frame_id.as_ref())),
            ("superseded", Some(self.superseded.show())),
            ("reason", Some(self.reason.show())),
            ("created-at", Some(self.created_at.show())),
            ("body", Some(self.body.show())),
            ("execution-state", maybe(self.execution_state.as_ref())),
        ])
    }
}

impl<P: Show> Show for Parts<P> {
    fn show(&self) -> String {
        fields(&[
            ("turn-state", Some(self.turn_state.show())),
            ("tool-state", maybe(self.tool_state.as_ref())),
            ("plugins", maybe(self.plugins.as_ref())),
            ("plugin-revision", maybe(self.plugin_revision.as_ref())),
            ("execution-state", maybe(self.execution_state.as_ref())),
        ])
    }
}

impl Show for Checkpoint {
    fn show(&self) -> String {
        format!("{} of {}", self.checkpoint_ref.show(), self.parts.show())
    }
}

impl Show for Node {
    fn show(&self) -> String {
        fields(&[
            ("id", Some(self.node_id.show())),
            ("parent", maybe(self.parent_node_id.as_ref())),
            ("frame", maybe(self.agent_frame_id.as_ref())),
            ("at", Some(self.at.show())),
            ("body", Some(self.body.show())),
        ])
    }
}

impl Show for Nodes {
    fn show(&self) -> String {
        format!("{} leaf {}", self.nodes.show(), self.leaf.show())
    }
}

impl Show for GraphChange {
    fn show(&self) -> String {
        match self {
            Self::Unchanged(leaf) => format!("unchanged(leaf {})", leaf.show()),
            Self::Append(nodes) => format!("append({})", nodes.show()),
            Self::Replace(nodes) => format!("replace({})", nodes.show()),
        }
    }
}

impl Show for UsageCursor {
    fn show(&self) -> String {
        format!("{}/{}", self.source.show(), self.model.show())
    }
}

impl Show for Tokens {
    fn show(&self) -> String {
        let Self { input, output, cached_input, reasoning } = self;
        format!("{input} in, {output} out, {cached_input} cached, {reasoning} reasoning")
    }
}

impl Show for Usage {
    fn show(&self) -> String {
        format!("{}: {}", self.of.show(), self.tokens.show())
    }
}

impl Show for Stamp {
    fn show(&self) -> String {
        format!(
            "{} of {} hash {}",
            self.turn_id.show(),
            self.session_id.show(),
            self.turn_hash.show()
        )
    }
}

/// A list, where there is something in it.
fn filled<T: Show>(list: &Vec<T>) -> Option<String> {
    (!list.is_empty()).then(|| list.show())
}

impl Show for NewCommit {
    fn show(&self) -> String {
        fields(&[
            ("session", Some(self.session_id.show())),
            ("expected-revision", maybe(self.expected_revision.as_ref())),
            ("config", Some(self.config.show())),
            ("frames", Some(self.frames.show())),
            ("current", Some(self.current_frame_id.show())),
            ("checkpoint", Some(self.checkpoint.show())),
            ("usage", filled(&self.usage)),
            ("graph", Some(self.graph.show())),
            ("completed", filled(&self.completed)),
            ("attachments", filled(&self.attachments)),
            ("stamp", maybe(self.stamp.as_ref())),
        ])
    }
}

impl Show for Committed {
    fn show(&self) -> String {
        format!("revision {} checkpoint {}", self.revision, self.checkpoint.show())
    }
}

impl Show for Refusal {
    fn show(&self) -> String {
        match self {
            Self::BoundTo(session) => format!("bound-to({})", session.show()),
            Self::StampConflict => "stamp-conflict".into(),
            Self::HeadMoved(revision) => format!("head-moved({revision})"),
            Self::ClaimLost(claim) => format!("claim-lost({})", claim.show()),
            Self::BlobUnknown(name) => format!("blob-unknown({})", name.show()),
            Self::UsageOverflow(of) => format!("usage-overflow({})", of.show()),
            Self::NodeExists(node) => format!("node-exists({})", node.show()),
            Self::ParentUnknown(node) => format!("parent-unknown({})", node.show()),
            Self::LeafUnknown(node) => format!("leaf-unknown({})", node.show()),
        }
    }
}

impl Show for CommitAnswer {
    fn show(&self) -> String {
        match self {
            Self::Committed(committed) => format!("committed({})", committed.show()),
            Self::Refused(refusal) => format!("refused({})", refusal.show()),
        }
    }
}

impl Show for Session {
    fn show(&self) -> String {
        fields(&[
            ("id", Some(self.session_id.show())),
            ("revision", Some(self.revision.show())),
            ("config", Some(self.config.show())),
            ("frames", Some(self.frames.show())),
            ("current", Some(self.current_frame_id.show())),
            ("checkpoint", Some(self.checkpoint.show())),
            ("leaf", maybe(self.leaf.as_ref())),
        ])
    }
}

impl Show for GraphPage {
    fn show(&self) -> String {
        format!("{} next {}", self.nodes.show(), self.next.show())
    }
}

impl Show for Relation {
    fn show(&self) -> String {
        match self {
            Self::Root => "root".into(),
            Self::Child { session_id, caused_by } => {
                format!("child of {} caused by {}", session_id.show(), caused_by.show())
            }
        }
    }
}

impl Show for Meta {
    fn show(&self) -> String {
        fields(&[
            ("session", Some(self.session_id.show())),
            ("name", Some(self.name.show())),
            ("created-at", Some(self.created_at.show())),
            ("model", Some(self.model.show())),
            ("cwd", maybe(self.cwd.as_ref())),
            ("relation", Some(self.relation.show())),
        ])
    }
}

impl Show for Vacuumed {
    fn show(&self) -> String {
        format!("removed {} more {}", self.removed, self.more)
    }
}

impl Show for Collected {
    fn show(&self) -> String {
        let Self { roots, retained, deleted, next } = self;
        format!("roots {roots} retained {retained} deleted {deleted} next {}", next.show())
    }
}
