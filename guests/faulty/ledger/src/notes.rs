//! What bent calls remember, across the instances of one subject. A component's notes are of one
//! instance.

use std::any::{Any, TypeId};
use std::collections::HashMap;

use wirt_contract::tasks::Event;
use wirt_contract::{AttachmentId, StoreId, TaskId};

/// A defect's memory: some things many of them count, and a place for whatever else one needs.
#[derive(Default)]
pub struct Notes {
    /// Calls so far, where a bend counts them.
    pub calls: u32,
    /// Whether something is open.
    pub open: bool,
    /// How often it was closed.
    pub closed: u32,
    /// Store ids seen.
    pub stores: Vec<StoreId>,
    /// Tasks seen.
    pub tasks: Vec<TaskId>,
    /// Attachments that were deleted.
    pub gone: Vec<AttachmentId>,
    /// Events the ledger did not get.
    pub extra: Vec<(TaskId, Event)>,
    others: HashMap<TypeId, Box<dyn Any>>,
}

impl Notes {
    /// The note of this type, which begins as its default: `notes.of::<Vec<ClaimRef>>()`.
    pub fn of<T: Default + 'static>(&mut self) -> &mut T {
        let note = self.others.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(T::default()));
        note.downcast_mut().expect("a note lies under its own type")
    }
}
