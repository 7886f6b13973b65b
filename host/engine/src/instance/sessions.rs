//! `wirt:persistence/sessions` of a plugin at work.

use wirt_contract::sessions::{
    Collected, CommitAnswer, GraphPage, Meta, NewCommit, Node, Session, Sessions, Usage,
    UsageCursor, Vacuumed,
};
use wirt_contract::{Answer, BlobName, Interface, NodeId, StoreId};

use super::{Instance, Running};
use crate::bindings::exports::wirt::persistence::sessions::Guest;
use crate::bindings::wirt::persistence::types;
use crate::convert::sessions;
use crate::convert::store::{answer, id};

impl Instance {
    fn on_sessions<T>(
        &mut self,
        function: &str,
        run: impl FnOnce(&Guest, &mut Running) -> wasmtime::Result<Result<T, types::Error>>,
    ) -> Answer<T> {
        let called =
            self.call(Interface::Sessions, function, |functions| functions.sessions.as_ref(), run)?;
        answer(called)
    }
}

impl Sessions for Instance {
    fn commit(&mut self, store_id: &StoreId, commit: &NewCommit) -> Answer<CommitAnswer> {
        let commit = sessions::new_commit(commit);
        let answered = self.on_sessions("commit", |guest, store| {
            guest.call_commit(store, &id(store_id), &commit)
        })?;
        Ok(sessions::commit_answer(answered))
    }

    fn load(&mut self, store_id: &StoreId) -> Answer<Option<Session>> {
        let found =
            self.on_sessions("load", |guest, store| guest.call_load(store, &id(store_id)))?;
        Ok(found.map(sessions::session))
    }

    fn load_graph(
        &mut self,
        store_id: &StoreId,
        after: Option<&NodeId>,
        limit: u32,
    ) -> Answer<GraphPage> {
        let page = self.on_sessions("load-graph", |guest, store| {
            guest.call_load_graph(store, &id(store_id), after.map(NodeId::as_str), limit)
        })?;
        Ok(sessions::graph_page(page))
    }

    fn load_path(
        &mut self,
        store_id: &StoreId,
        leaf: Option<&NodeId>,
        limit: u32,
    ) -> Answer<GraphPage> {
        let page = self.on_sessions("load-path", |guest, store| {
            guest.call_load_path(store, &id(store_id), leaf.map(NodeId::as_str), limit)
        })?;
        Ok(sessions::graph_page(page))
    }

    fn load_node(&mut self, store_id: &StoreId, node: &NodeId) -> Answer<Option<Node>> {
        let found = self.on_sessions("load-node", |guest, store| {
            guest.call_load_node(store, &id(store_id), node.as_str())
        })?;
        Ok(found.map(sessions::node))
    }

    fn load_blob(&mut self, store_id: &StoreId, name: &BlobName) -> Answer<Vec<u8>> {
        self.on_sessions("load-blob", |guest, store| {
            guest.call_load_blob(store, &id(store_id), name.as_str())
        })
    }

    fn load_usage(
        &mut self,
        store_id: &StoreId,
        after: Option<&UsageCursor>,
        limit: u32,
    ) -> Answer<Vec<Usage>> {
        let after = after.map(sessions::usage_cursor_to);
        let page = self.on_sessions("load-usage", |guest, store| {
            guest.call_load_usage(store, &id(store_id), after.as_ref(), limit)
        })?;
        Ok(page.into_iter().map(sessions::usage).collect())
    }

    fn save_meta(&mut self, store_id: &StoreId, meta: &Meta) -> Answer<()> {
        let meta = sessions::meta_to(meta);
        self.on_sessions("save-meta", |guest, store| {
            guest.call_save_meta(store, &id(store_id), &meta)
        })
    }

    fn load_meta(&mut self, store_id: &StoreId) -> Answer<Option<Meta>> {
        let found = self
            .on_sessions("load-meta", |guest, store| guest.call_load_meta(store, &id(store_id)))?;
        Ok(found.map(sessions::meta))
    }

    fn tombstone_nodes(&mut self, store_id: &StoreId, nodes: &[NodeId]) -> Answer<()> {
        let ids: Vec<String> = nodes.iter().map(|id| id.as_str().into()).collect();
        self.on_sessions("tombstone-nodes", |guest, store| {
            guest.call_tombstone_nodes(store, &id(store_id), &ids)
        })
    }

    fn vacuum(&mut self, store_id: &StoreId, budget: u32) -> Answer<Vacuumed> {
        let done = self.on_sessions("vacuum", |guest, store| {
            guest.call_vacuum(store, &id(store_id), budget)
        })?;
        Ok(sessions::vacuumed(done))
    }

    fn gc_unreachable(
        &mut self,
        store_id: &StoreId,
        after: Option<&BlobName>,
        budget: u32,
    ) -> Answer<Collected> {
        let done = self.on_sessions("gc-unreachable", |guest, store| {
            guest.call_gc_unreachable(store, &id(store_id), after.map(BlobName::as_str), budget)
        })?;
        Ok(sessions::collected(done))
    }
}
