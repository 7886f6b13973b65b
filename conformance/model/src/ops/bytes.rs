//! Calls of `attachments` and of `artifacts`: both keep bytes under the name of their content.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use wirt_contract::artifacts::{Artifact, ProcessExport};
use wirt_contract::attachments::{Attachment, Metadata};
use wirt_contract::{AttachmentId, ModuleRef, StoreId};

use super::pools::{attachment, content, limit, text};
use crate::side::{Side, shown};

/// A call; lists are read to their end.
#[derive(Debug, Clone)]
pub(crate) enum AttachmentsOp {
    Put(Vec<u8>, Metadata),
    Get(AttachmentId),
    Head(AttachmentId),
    Delete(AttachmentId),
    List { after: Option<AttachmentId>, limit: u32 },
}

/// A call; lists are read to their end.
#[derive(Debug, Clone)]
pub(crate) enum ArtifactsOp {
    Put(Artifact),
    Get(ModuleRef),
    Delete(ModuleRef),
    List { after: Option<ModuleRef>, limit: u32 },
}

pub(super) fn any_attachments_op() -> impl Strategy<Value = AttachmentsOp> {
    let metadata = (weighted(0.3, 0..3_u32), weighted(0.3, text(&["", "label"])));
    let metadata = metadata.prop_map(|(width, label)| Metadata {
        media_type: "text/plain".into(),
        width,
        height: None,
        label,
    });
    prop_oneof![
        4 => (content(), metadata).prop_map(|(bytes, meta)| AttachmentsOp::Put(bytes, meta)),
        2 => attachment().prop_map(AttachmentsOp::Get),
        2 => attachment().prop_map(AttachmentsOp::Head),
        2 => attachment().prop_map(AttachmentsOp::Delete),
        1 => (weighted(0.3, attachment()), limit())
            .prop_map(|(after, limit)| AttachmentsOp::List { after, limit }),
    ]
}

fn module() -> impl Strategy<Value = ModuleRef> + Clone {
    prop_oneof![
        6 => content().prop_map(|content| ModuleRef::of(&content)),
        1 => Just(ModuleRef::from("module:sha256:8")),
    ]
}

fn artifact() -> impl Strategy<Value = Artifact> {
    let export = text(&["run", "echo"])
        .prop_map(|name| ProcessExport { process_ref: format!("{name} at 1"), name });
    let surface = prop_oneof![8 => Just("surface"), 2 => Just("other"), 1 => Just("")];
    (content(), surface, vec(export, 0..3), weighted(0.1, module())).prop_map(
        |(content, surface, exports, other_name)| Artifact {
            module_ref: other_name.unwrap_or_else(|| ModuleRef::of(&content)),
            required_surface_ref: surface.to_owned(),
            exports,
            content,
        },
    )
}

pub(super) fn any_artifacts_op() -> impl Strategy<Value = ArtifactsOp> {
    prop_oneof![
        4 => artifact().prop_map(ArtifactsOp::Put),
        2 => module().prop_map(ArtifactsOp::Get),
        2 => module().prop_map(ArtifactsOp::Delete),
        1 => (weighted(0.3, module()), limit())
            .prop_map(|(after, limit)| ArtifactsOp::List { after, limit }),
    ]
}

impl AttachmentsOp {
    pub(super) fn apply(&self, side: &mut Side<'_>, store: &StoreId) -> String {
        match self {
            Self::Put(bytes, metadata) => {
                shown(side.ask(|plugin| plugin.attachments()?.put(store, bytes, metadata)))
            }
            Self::Get(id) => shown(side.ask(|plugin| plugin.attachments()?.get(store, id))),
            Self::Head(id) => shown(side.ask(|plugin| plugin.attachments()?.head(store, id))),
            Self::Delete(id) => shown(side.ask(|plugin| plugin.attachments()?.delete(store, id))),
            Self::List { after, limit } => {
                let place = |it: &Attachment| it.id.clone();
                shown(side.walk_until_empty(after.clone(), place, |plugin, after| {
                    plugin.attachments()?.list(store, after, *limit)
                }))
            }
        }
    }
}

impl ArtifactsOp {
    pub(super) fn apply(&self, side: &mut Side<'_>, store: &StoreId) -> String {
        match self {
            Self::Put(artifact) => {
                shown(side.ask(|plugin| plugin.artifacts()?.put(store, artifact)))
            }
            Self::Get(module) => shown(side.ask(|plugin| plugin.artifacts()?.get(store, module))),
            Self::Delete(module) => {
                shown(side.ask(|plugin| plugin.artifacts()?.delete(store, module)))
            }
            Self::List { after, limit } => {
                let place = ModuleRef::clone;
                shown(side.walk_until_empty(after.clone(), place, |plugin, after| {
                    plugin.artifacts()?.list(store, after, *limit)
                }))
            }
        }
    }
}
