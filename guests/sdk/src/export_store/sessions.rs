//! `wirt:persistence/sessions`.

use wirt_contract::{BlobName, NodeId, Plugin, StoreId};

use crate::Holds;
use crate::bindings::store::exports::wirt::persistence::sessions;
use crate::bindings::store::wirt::persistence::types::Error;

impl<G: Holds<dyn Plugin>> sessions::Guest for G {
    fn commit(store: String, commit: sessions::NewCommit) -> Result<sessions::CommitAnswer, Error> {
        G::with(|plugin| {
            Ok(plugin.sessions()?.commit(&StoreId::new(store), &commit.into())?.into())
        })
    }

    fn load(store: String) -> Result<Option<sessions::Session>, Error> {
        G::with(|plugin| Ok(plugin.sessions()?.load(&StoreId::new(store))?.map(Into::into)))
    }

    fn load_graph(
        store: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<sessions::GraphPage, Error> {
        let after = after.map(NodeId::new);
        G::with(|plugin| {
            let sessions = plugin.sessions()?;
            Ok(sessions.load_graph(&StoreId::new(store), after.as_ref(), limit)?.into())
        })
    }

    fn load_path(
        store: String,
        leaf: Option<String>,
        limit: u32,
    ) -> Result<sessions::GraphPage, Error> {
        let leaf = leaf.map(NodeId::new);
        G::with(|plugin| {
            let sessions = plugin.sessions()?;
            Ok(sessions.load_path(&StoreId::new(store), leaf.as_ref(), limit)?.into())
        })
    }

    fn load_node(store: String, node_id: String) -> Result<Option<sessions::Node>, Error> {
        G::with(|plugin| {
            let sessions = plugin.sessions()?;
            let found = sessions.load_node(&StoreId::new(store), &NodeId::new(node_id))?;
            Ok(found.map(Into::into))
        })
    }

    fn load_blob(store: String, name: String) -> Result<Vec<u8>, Error> {
        G::with(|plugin| {
            Ok(plugin.sessions()?.load_blob(&StoreId::new(store), &BlobName::new(name))?)
        })
    }

    fn load_usage(
        store: String,
        after: Option<sessions::UsageCursor>,
        limit: u32,
    ) -> Result<Vec<sessions::Usage>, Error> {
        let after = after.map(Into::into);
        G::with(|plugin| {
            let sessions = plugin.sessions()?;
            let page = sessions.load_usage(&StoreId::new(store), after.as_ref(), limit)?;
            Ok(page.into_iter().map(Into::into).collect())
        })
    }

    fn save_meta(store: String, meta: sessions::Meta) -> Result<(), Error> {
        G::with(|plugin| Ok(plugin.sessions()?.save_meta(&StoreId::new(store), &meta.into())?))
    }

    fn load_meta(store: String) -> Result<Option<sessions::Meta>, Error> {
        G::with(|plugin| Ok(plugin.sessions()?.load_meta(&StoreId::new(store))?.map(Into::into)))
    }

    fn tombstone_nodes(store: String, node_ids: Vec<String>) -> Result<(), Error> {
        let nodes: Vec<NodeId> = node_ids.into_iter().map(NodeId::new).collect();
        G::with(|plugin| Ok(plugin.sessions()?.tombstone_nodes(&StoreId::new(store), &nodes)?))
    }

    fn vacuum(store: String, budget: u32) -> Result<sessions::Vacuumed, Error> {
        G::with(|plugin| Ok(plugin.sessions()?.vacuum(&StoreId::new(store), budget)?.into()))
    }

    fn gc_unreachable(
        store: String,
        after: Option<String>,
        budget: u32,
    ) -> Result<sessions::Collected, Error> {
        let after = after.map(BlobName::new);
        G::with(|plugin| {
            let sessions = plugin.sessions()?;
            Ok(sessions.gc_unreachable(&StoreId::new(store), after.as_ref(), budget)?.into())
        })
    }
}
