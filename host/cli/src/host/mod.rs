//! What the commands work with: where state lives, plugins let in by the gate, stores at work.

pub(crate) mod gate;
pub(crate) mod indexing;
pub(crate) mod machine;
pub(crate) mod plugins;
pub(crate) mod state;
pub(crate) mod store;
pub(crate) mod subject;
pub(crate) mod tape;
