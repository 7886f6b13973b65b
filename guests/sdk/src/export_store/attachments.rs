//! `wirt:persistence/attachments`.

use wirt_contract::{AttachmentId, Plugin, StoreId};

use crate::Holds;
use crate::bindings::store::exports::wirt::persistence::attachments;
use crate::bindings::store::wirt::persistence::types::Error;

impl<G: Holds<dyn Plugin>> attachments::Guest for G {
    fn put(
        store: String,
        bytes: Vec<u8>,
        metadata: attachments::Metadata,
    ) -> Result<attachments::Attachment, Error> {
        G::with(|plugin| {
            let attachments = plugin.attachments()?;
            Ok(attachments.put(&StoreId::new(store), &bytes, &metadata.into())?.into())
        })
    }

    fn get(store: String, id: String) -> Result<Vec<u8>, Error> {
        G::with(|plugin| {
            Ok(plugin.attachments()?.get(&StoreId::new(store), &AttachmentId::new(id))?)
        })
    }

    fn head(store: String, id: String) -> Result<Option<attachments::Attachment>, Error> {
        G::with(|plugin| {
            let attachments = plugin.attachments()?;
            let found = attachments.head(&StoreId::new(store), &AttachmentId::new(id))?;
            Ok(found.map(Into::into))
        })
    }

    fn delete(store: String, id: String) -> Result<bool, Error> {
        G::with(|plugin| {
            Ok(plugin.attachments()?.delete(&StoreId::new(store), &AttachmentId::new(id))?)
        })
    }

    fn list(
        store: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<attachments::Attachment>, Error> {
        let after = after.map(AttachmentId::new);
        G::with(|plugin| {
            let attachments = plugin.attachments()?;
            let page = attachments.list(&StoreId::new(store), after.as_ref(), limit)?;
            Ok(page.into_iter().map(Into::into).collect())
        })
    }
}
