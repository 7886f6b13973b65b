//! How each call is answered, and the plugin that answers so.

use wirt_contract::artifacts::{Artifact, Artifacts};
use wirt_contract::attachment_manifest::{
    AttachmentManifest, Intent, IntentCursor, ManifestRow, Retention,
};
use wirt_contract::attachments::{Attachment, Attachments, Metadata};
use wirt_contract::batching::Batching;
use wirt_contract::sessions::{
    Collected, CommitAnswer, GraphPage, Meta, NewCommit, Node, Session, Sessions, Usage,
    UsageCursor, Vacuumed,
};
use wirt_contract::store::{CheckPage, Description, Store};
use wirt_contract::tasks::{
    Appended, Closing, Event, Finished, NewEvent, NewTask, Started, Task, TaskChange, TaskCursor,
    TaskFilter, TaskPage, Tasks, Updated,
};
use wirt_contract::transfer::{Page, Row, Transfer};
use wirt_contract::work_queue::{Claim, ClaimRef, Claimant, Entry, NewEntry, WorkQueue};
use wirt_contract::{
    Answer, AttachmentId, BlobName, EntryId, EpochMs, Error, Interfaces, ModuleRef, NodeId, Plugin,
    SessionId, StoreId, TaskId,
};

use crate::{Inner, World, defects};

macro_rules! bendable {
    ($($trait:ident { $($method:ident as $field:ident($($arg:ident: $ty:ty),*) -> $out:ty;)* })*) => {
        /// How each call is answered. A defect takes [`STRAIGHT`] and puts its own function in
        /// place of those it gets wrong.
        #[derive(Clone, Copy)]
        pub struct Bend {
            $($(
                #[doc = concat!("In place of [`", stringify!($trait), "::", stringify!($method), "`].")]
                pub $field: fn(&mut Inner, $($ty),*) -> Answer<$out>,
            )*)*
        }

        /// As the ledger answers.
        pub const STRAIGHT: Bend = Bend {
            $($($field: |it, $($arg),*| $trait::$method(&mut it.ledger, $($arg),*),)*)*
        };

        $(impl $trait for Bent {
            $(fn $method(&mut self, $($arg: $ty),*) -> Answer<$out> {
                match &self.bend {
                    Ok(bend) => (bend.$field)(&mut self.inner, $($arg),*),
                    Err(reason) => Err(Error::Unsupported(reason.clone()).into()),
                }
            })*
        })*
    };
}

bendable! {
    Store {
        describe as describe() -> Description;
        close as close() -> ();
        check as check(after: Option<&str>, budget: u32) -> CheckPage;
    }
    Batching {
        begin as begin() -> ();
        flush as flush() -> ();
    }
    Tasks {
        create as create(store: &StoreId, task: &NewTask) -> ();
        get as row(store: &StoreId, task: &TaskId) -> Option<Task>;
        list as rows(store: &StoreId, filter: &TaskFilter, after: Option<&TaskCursor>, limit: u32)
            -> TaskPage;
        list_unclosed as unclosed(store: &StoreId, after: Option<&TaskId>, limit: u32)
            -> Vec<TaskId>;
        update_status as update(store: &StoreId, task: &TaskId, change: &TaskChange) -> Updated;
        append_event as append(store: &StoreId, task: &TaskId, event: &NewEvent) -> Appended;
        start as start(store: &StoreId, task: &TaskId, at: EpochMs, payload: &str) -> Started;
        finish as finish(store: &StoreId, task: &TaskId, closing: &Closing) -> Finished;
        list_events as events(store: &StoreId, task: &TaskId, from: u64, limit: u32) -> Vec<Event>;
        max_seq as last(store: &StoreId, task: &TaskId) -> u64;
    }
    Attachments {
        put as put(store: &StoreId, bytes: &[u8], metadata: &Metadata) -> Attachment;
        get as bytes(store: &StoreId, id: &AttachmentId) -> Vec<u8>;
        head as head(store: &StoreId, id: &AttachmentId) -> Option<Attachment>;
        delete as delete(store: &StoreId, id: &AttachmentId) -> bool;
        list as attachments(store: &StoreId, after: Option<&AttachmentId>, limit: u32)
            -> Vec<Attachment>;
    }
    Sessions {
        commit as commit(store: &StoreId, commit: &NewCommit) -> CommitAnswer;
        load as load(store: &StoreId) -> Option<Session>;
        load_graph as load_graph(store: &StoreId, after: Option<&NodeId>, limit: u32) -> GraphPage;
        load_path as load_path(store: &StoreId, leaf: Option<&NodeId>, limit: u32) -> GraphPage;
        load_node as load_node(store: &StoreId, node: &NodeId) -> Option<Node>;
        load_blob as load_blob(store: &StoreId, name: &BlobName) -> Vec<u8>;
        load_usage as load_usage(store: &StoreId, after: Option<&UsageCursor>, limit: u32)
            -> Vec<Usage>;
        save_meta as save_meta(store: &StoreId, meta: &Meta) -> ();
        load_meta as load_meta(store: &StoreId) -> Option<Meta>;
        tombstone_nodes as tombstone_nodes(store: &StoreId, nodes: &[NodeId]) -> ();
        vacuum as vacuum(store: &StoreId, budget: u32) -> Vacuumed;
        gc_unreachable as gc_unreachable(store: &StoreId, after: Option<&BlobName>, budget: u32)
            -> Collected;
    }
    WorkQueue {
        enqueue as enqueue(store: &StoreId, entry: &NewEntry) -> Entry;
        claim as claim(store: &StoreId, claimant: &Claimant, max: u32) -> Option<Claim>;
        claim_exact as claim_exact(store: &StoreId, claimant: &Claimant, entries: &[EntryId])
            -> Option<Claim>;
        renew as renew(store: &StoreId, claim: &ClaimRef, ttl: u64) -> Claim;
        abandon as abandon(store: &StoreId, claim: &ClaimRef) -> bool;
        cancel as cancel(store: &StoreId, session: &SessionId, entry: &EntryId) -> Option<Entry>;
        list_entries as list_entries(store: &StoreId, session: &SessionId, after: Option<u64>,
            limit: u32) -> Vec<Entry>;
        list_pending as list_pending(store: &StoreId, session: &SessionId, after: Option<u64>,
            limit: u32) -> Vec<Entry>;
    }
    AttachmentManifest {
        retention as retention() -> Retention;
        record_intent as record_intent(store: &StoreId, intent: &Intent) -> ();
        commit_refs as commit_refs(store: &StoreId, session: &SessionId,
            attachments: &[AttachmentId]) -> ();
        get as manifest_row(store: &StoreId, session: &SessionId, attachment: &AttachmentId)
            -> Option<ManifestRow>;
        list_uncommitted as list_uncommitted(store: &StoreId, until: EpochMs,
            after: Option<&IntentCursor>, limit: u32) -> Vec<ManifestRow>;
        is_referenced as is_referenced(store: &StoreId, attachment: &AttachmentId) -> bool;
        forget as forget(store: &StoreId, session: &SessionId, attachment: &AttachmentId) -> ();
    }
    Artifacts {
        put as artifact_put(store: &StoreId, artifact: &Artifact) -> ();
        get as artifact_get(store: &StoreId, module: &ModuleRef) -> Option<Artifact>;
        delete as artifact_delete(store: &StoreId, module: &ModuleRef) -> bool;
        list as artifact_list(store: &StoreId, after: Option<&ModuleRef>, limit: u32)
            -> Vec<ModuleRef>;
    }
    Transfer {
        export as export(after: Option<&str>, budget: u32) -> Page;
        begin_import as begin_import() -> ();
        import_rows as import_rows(rows: &[Row]) -> ();
        finish_import as finish_import(rows: u64) -> ();
    }
}

/// A store with a defect.
pub struct Bent {
    inner: Inner,
    /// Or why every call errs.
    bend: Result<Bend, String>,
}

impl Bent {
    /// A fresh instance with this defect.
    pub fn new(world: World, bend: Bend) -> Self {
        Self { inner: Inner::new(world), bend: Ok(bend) }
    }

    /// A fresh instance with the defect that this case has to fail for, or with none. Where the
    /// case has no defect, every call errs and names it.
    pub fn for_case(world: World, case: Option<&str>) -> Self {
        let bend = match case {
            None => Ok(STRAIGHT),
            Some(case) => defects::of(case).map(|defect| defect.bend).ok_or_else(|| {
                format!("{case:?} has no defect here; give the id of a case that has one")
            }),
        };
        Self { inner: Inner::new(world), bend }
    }
}

impl Plugin for Bent {
    fn interfaces(&self) -> Interfaces {
        self.inner.ledger.interfaces()
    }

    fn store(&mut self) -> Answer<&mut dyn Store> {
        Ok(self)
    }

    fn batching(&mut self) -> Answer<&mut dyn Batching> {
        Ok(self)
    }

    fn tasks(&mut self) -> Answer<&mut dyn Tasks> {
        Ok(self)
    }

    fn attachments(&mut self) -> Answer<&mut dyn Attachments> {
        Ok(self)
    }

    fn sessions(&mut self) -> Answer<&mut dyn Sessions> {
        Ok(self)
    }

    fn work_queue(&mut self) -> Answer<&mut dyn WorkQueue> {
        Ok(self)
    }

    fn attachment_manifest(&mut self) -> Answer<&mut dyn AttachmentManifest> {
        Ok(self)
    }

    fn artifacts(&mut self) -> Answer<&mut dyn Artifacts> {
        Ok(self)
    }

    fn transfer(&mut self) -> Answer<&mut dyn Transfer> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use wirt_contract::store::Durability;
    use wirt_contract::{Failure, Interface};

    use super::*;
    use crate::Data;

    fn world() -> World {
        World::new(Durability::Inline, Data::default(), || EpochMs(7))
    }

    #[test]
    fn a_case_without_a_defect_is_named_by_every_call() {
        let mut store = Bent::for_case(world(), Some("sessions/no-such"));
        for answer in [store.describe().map(|_| ()), store.begin(), store.begin_import()] {
            let Err(Failure::Error(Error::Unsupported(reason))) = answer else {
                panic!("an error was due");
            };
            assert!(reason.contains("sessions/no-such"), "{reason}");
        }
    }

    #[test]
    fn without_a_case_it_answers_as_the_ledger_does() {
        let mut store = Bent::for_case(world(), None);
        assert_eq!(store.describe().unwrap().durability, Durability::Inline);
        assert!(store.interfaces().contains(Interface::Transfer));
    }

    #[test]
    fn a_case_chooses_its_defect() {
        for case in defects::all().flat_map(|defect| defect.cases) {
            assert!(Bent::for_case(world(), Some(case)).bend.is_ok(), "{case}");
        }
    }
}
