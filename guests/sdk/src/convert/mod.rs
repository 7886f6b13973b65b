//! Contract values ⇄ generated values. This is the one place on the guest's side where they meet;
//! every match names every case, so that a change of either side fails to compile here.

mod artifacts;
mod attachment_manifest;
mod attachments;
mod sessions;
mod store;
mod tasks;
mod text;
mod transfer;
mod work_queue;

pub(crate) use text::TextError;
