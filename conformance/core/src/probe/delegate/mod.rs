//! The contracts, as a case calls them: each call goes to the plugin under test, and stands in the
//! history with its answer.

mod artifacts;
mod attachment_manifest;
mod attachments;
mod sessions;
mod stores;
mod tasks;
mod text;
mod transfer;
mod work_queue;
