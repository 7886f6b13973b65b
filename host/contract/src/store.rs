//! `wirt:persistence/store`: what every store offers.

use serde::{Deserialize, Serialize};

use crate::Answer;

/// What survives the end of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Durability {
    /// Nothing: a fresh instance starts empty.
    Inline,
    /// Whatever was acknowledged.
    Durable,
}

impl std::fmt::Display for Durability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Inline => "inline",
            Self::Durable => "durable",
        })
    }
}

/// A store's bounds (`store.limits.floor`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest id in bytes.
    pub max_id_bytes: u32,
    /// Longest opaque payload in bytes.
    pub max_payload_bytes: u32,
    /// Largest attachment in bytes.
    pub max_attachment_bytes: u32,
    /// Most items a page may hold.
    pub max_page: u32,
    /// Most calls a batch may hold.
    pub max_batch_calls: u32,
    /// Most bytes a batch, or a call alone, may write.
    pub max_batch_bytes: u32,
    /// Most items a list in a call may hold.
    pub max_list: u32,
    /// Most nodes on a path of a session's graph.
    pub max_graph_depth: u32,
    /// Most entries a session's queue may hold.
    pub max_queued: u32,
}

impl Limits {
    /// The smallest bounds a store may have (`store.limits.floor`).
    pub const FLOOR: Self = Self {
        max_id_bytes: 128,
        max_payload_bytes: 65_536,
        max_attachment_bytes: 1_048_576,
        max_page: 100,
        max_batch_calls: 64,
        max_batch_bytes: 1_048_576,
        max_list: 256,
        max_graph_depth: 100_000,
        max_queued: 1_000,
    };
}

/// What a store says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The plugin's name.
    pub name: String,
    /// The plugin's version.
    pub version: String,
    /// Version of its data's layout.
    pub data_format: u32,
    /// What a reopen shows (`store.describe.tier`).
    pub durability: Durability,
    /// Its bounds.
    pub limits: Limits,
}

/// Part of a self-check.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CheckPage {
    /// One line for each thing found wrong.
    pub problems: Vec<String>,
    /// Where to go on; none at the end.
    pub next: Option<String>,
}

/// Rules: `store.*` in `wit/persistence/types.wit`.
pub trait Store {
    /// What this store is.
    fn describe(&mut self) -> Answer<Description>;

    /// Ends the instance's work. May be repeated.
    fn close(&mut self) -> Answer<()>;

    /// Compares about `budget` stored items with each other, from after the place given.
    fn check(&mut self, after: Option<&str>, budget: u32) -> Answer<CheckPage>;
}
