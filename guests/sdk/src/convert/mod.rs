//! Contract values ⇄ generated values. This is the one place on the guest's side where they meet;
//! every match names every case, so that a change of either side fails to compile here.

mod attachments;
mod store;
mod tasks;
mod text;

pub(crate) use text::TextError;
