//! `sessions`.

use wirt_contract::sessions::{
    Collected, CommitAnswer, GraphPage, Meta, NewCommit, Node, Session, Sessions, Usage,
    UsageCursor, Vacuumed,
};
use wirt_contract::{Answer, BlobName, NodeId, StoreId};

use super::super::{Probe, Show};

impl Sessions for Probe<'_> {
    fn commit(&mut self, store: &StoreId, commit: &NewCommit) -> Answer<CommitAnswer> {
        let line = format!("sessions.commit({}, {})", store.show(), commit.show());
        self.call(line, |plugin| plugin.sessions()?.commit(store, commit))
    }

    fn load(&mut self, store: &StoreId) -> Answer<Option<Session>> {
        let line = format!("sessions.load({})", store.show());
        self.call(line, |plugin| plugin.sessions()?.load(store))
    }

    fn load_graph(
        &mut self,
        store: &StoreId,
        after: Option<&NodeId>,
        limit: u32,
    ) -> Answer<GraphPage> {
        let line = format!("sessions.load-graph({}, {}, {limit})", store.show(), after.show());
        self.call(line, |plugin| plugin.sessions()?.load_graph(store, after, limit))
    }

    fn load_path(
        &mut self,
        store: &StoreId,
        leaf: Option<&NodeId>,
        limit: u32,
    ) -> Answer<GraphPage> {
        let line = format!("sessions.load-path({}, {}, {limit})", store.show(), leaf.show());
        self.call(line, |plugin| plugin.sessions()?.load_path(store, leaf, limit))
    }

    fn load_node(&mut self, store: &StoreId, node: &NodeId) -> Answer<Option<Node>> {
        let line = format!("sessions.load-node({}, {})", store.show(), node.show());
        self.call(line, |plugin| plugin.sessions()?.load_node(store, node))
    }

    fn load_blob(&mut self, store: &StoreId, name: &BlobName) -> Answer<Vec<u8>> {
        let line = format!("sessions.load-blob({}, {})", store.show(), name.show());
        self.call(line, |plugin| plugin.sessions()?.load_blob(store, name))
    }

    fn load_usage(
        &mut self,
        store: &StoreId,
        after: Option<&UsageCursor>,
        limit: u32,
    ) -> Answer<Vec<Usage>> {
        let line = format!("sessions.load-usage({}, {}, {limit})", store.show(), after.show());
        self.call(line, |plugin| plugin.sessions()?.load_usage(store, after, limit))
    }

    fn save_meta(&mut self, store: &StoreId, meta: &Meta) -> Answer<()> {
        let line = format!("sessions.save-meta({}, {})", store.show(), meta.show());
        self.call(line, |plugin| plugin.sessions()?.save_meta(store, meta))
    }

    fn load_meta(&mut self, store: &StoreId) -> Answer<Option<Meta>> {
        let line = format!("sessions.load-meta({})", store.show());
        self.call(line, |plugin| plugin.sessions()?.load_meta(store))
    }

    fn tombstone_nodes(&mut self, store: &StoreId, nodes: &[NodeId]) -> Answer<()> {
        let line = format!("sessions.tombstone-nodes({}, {})", store.show(), nodes.show());
        self.call(line, |plugin| plugin.sessions()?.tombstone_nodes(store, nodes))
    }

    fn vacuum(&mut self, store: &StoreId, budget: u32) -> Answer<Vacuumed> {
        let line = format!("sessions.vacuum({}, {budget})", store.show());
        self.call(line, |plugin| plugin.sessions()?.vacuum(store, budget))
    }

    fn gc_unreachable(
        &mut self,
        store: &StoreId,
        after: Option<&BlobName>,
        budget: u32,
    ) -> Answer<Collected> {
        let line = format!("sessions.gc-unreachable({}, {}, {budget})", store.show(), after.show());
        self.call(line, |plugin| plugin.sessions()?.gc_unreachable(store, after, budget))
    }
}
