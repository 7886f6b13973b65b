//! How an operation is put to a plugin.

use wirt_contract::artifacts::Artifact;
use wirt_contract::sessions::NewCommit;
use wirt_contract::work_queue::ClaimRef;
use wirt_contract::{Answer, EntryId, Error, ModuleRef, Plugin, StoreId};

use super::given::{Given, Known};
use super::{Call, Content, Op, Tag};
use crate::machine::ask;

impl Op {
    /// Makes the call. Time is not the plugin's to move, so [`Op::Advance`] does nothing here.
    pub(crate) fn put(&self, plugin: &mut dyn Plugin, known: &Known) -> Answer<Given> {
        match self {
            Self::Advance(_) => Ok(Given::Nothing),
            Self::Begin => ask(|| plugin.batching()?.begin()).map(|()| Given::Nothing),
            Self::Flush => ask(|| plugin.batching()?.flush()).map(|()| Given::Nothing),
            Self::Call { store, call } => ask(|| call.put(plugin, store, known)),
        }
    }
}

impl Known {
    /// A claim that was given. Where the call that asked for it gave none, there is nothing to ask.
    fn claim(&self, tag: Tag) -> Result<&ClaimRef, Error> {
        let missing = || Error::NotFound(format!("no claim was given for tag {tag}"));
        self.claims.get(&tag).ok_or_else(missing)
    }

    fn entry(&self, tag: Tag) -> Result<&EntryId, Error> {
        let missing = || Error::NotFound(format!("no entry was given for tag {tag}"));
        self.entries.get(&tag).ok_or_else(missing)
    }
}

impl Call {
    fn put(&self, plugin: &mut dyn Plugin, store: &StoreId, known: &Known) -> Answer<Given> {
        Ok(match self {
            Self::CreateTask(task) => done(plugin.tasks()?.create(store, task)?),
            Self::StartTask { task, at, payload } => {
                Given::Started(plugin.tasks()?.start(store, task, *at, payload)?)
            }
            Self::UpdateTask { task, change } => {
                Given::Updated(plugin.tasks()?.update_status(store, task, change)?)
            }
            Self::AppendEvent { task, event } => {
                Given::Appended(plugin.tasks()?.append_event(store, task, event)?)
            }
            Self::FinishTask { task, closing } => {
                Given::Finished(plugin.tasks()?.finish(store, task, closing)?)
            }
            Self::PutAttachment { content, metadata } => {
                Given::Attachment(plugin.attachments()?.put(store, &content.bytes(), metadata)?)
            }
            Self::DeleteAttachment(id) => Given::Whether(plugin.attachments()?.delete(store, id)?),
            Self::Commit { commit, completes } => {
                let claims: Result<_, Error> =
                    completes.iter().map(|tag| known.claim(*tag).cloned()).collect();
                let commit = NewCommit { completed: claims?, ..NewCommit::clone(commit) };
                Given::Commit(plugin.sessions()?.commit(store, &commit)?)
            }
            Self::SaveMeta(meta) => done(plugin.sessions()?.save_meta(store, meta)?),
            Self::Tombstone(nodes) => done(plugin.sessions()?.tombstone_nodes(store, nodes)?),
            Self::Vacuum(budget) => Given::Vacuumed(plugin.sessions()?.vacuum(store, *budget)?),
            Self::Gc(budget) => {
                Given::Collected(plugin.sessions()?.gc_unreachable(store, None, *budget)?)
            }
            Self::Enqueue { entry, .. } => {
                Given::Entry(Some(Box::new(plugin.work_queue()?.enqueue(store, entry)?)))
            }
            Self::Claim { claimant, max, .. } => {
                Given::Claim(plugin.work_queue()?.claim(store, claimant, *max)?.map(Box::new))
            }
            Self::ClaimExact { claimant, entries, .. } => {
                let entries: Result<Vec<_>, Error> =
                    entries.iter().map(|tag| known.entry(*tag).cloned()).collect();
                let claim = plugin.work_queue()?.claim_exact(store, claimant, &entries?)?;
                Given::Claim(claim.map(Box::new))
            }
            Self::Renew { claim, ttl } => {
                let claim = plugin.work_queue()?.renew(store, known.claim(*claim)?, *ttl)?;
                Given::Claim(Some(Box::new(claim)))
            }
            Self::Abandon(claim) => {
                Given::Whether(plugin.work_queue()?.abandon(store, known.claim(*claim)?)?)
            }
            Self::Cancel { session, entry } => {
                let entry = plugin.work_queue()?.cancel(store, session, known.entry(*entry)?)?;
                Given::Entry(entry.map(Box::new))
            }
            Self::RecordIntent(intent) => {
                done(plugin.attachment_manifest()?.record_intent(store, intent)?)
            }
            Self::CommitRefs { session, attachments } => {
                done(plugin.attachment_manifest()?.commit_refs(store, session, attachments)?)
            }
            Self::Forget { session, attachment } => {
                done(plugin.attachment_manifest()?.forget(store, session, attachment)?)
            }
            Self::PutArtifact(content) => {
                done(plugin.artifacts()?.put(store, &artifact(*content))?)
            }
            Self::DeleteArtifact(name) => Given::Whether(plugin.artifacts()?.delete(store, name)?),
        })
    }
}

fn done((): ()) -> Given {
    Given::Nothing
}

fn artifact(content: Content) -> Artifact {
    let content = content.bytes();
    Artifact {
        module_ref: ModuleRef::of(&content),
        required_surface_ref: "surface".into(),
        exports: Vec::new(),
        content,
    }
}
