//! Which contracts there are.

use serde::{Deserialize, Serialize};

/// One WIT interface a plugin may export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interface {
    /// `wirt:persistence/store`.
    Store,
    /// `wirt:persistence/batching`.
    Batching,
    /// `wirt:persistence/tasks`.
    Tasks,
    /// `wirt:persistence/attachments`.
    Attachments,
    /// `wirt:persistence/sessions`.
    Sessions,
    /// `wirt:persistence/work-queue`.
    WorkQueue,
    /// `wirt:persistence/attachment-manifest`.
    AttachmentManifest,
    /// `wirt:persistence/artifacts`.
    Artifacts,
    /// `wirt:persistence/transfer`.
    Transfer,
    /// `wirt:text/tokenizer`.
    Tokenizer,
    /// `wirt:text/embedder`.
    Embedder,
}

impl Interface {
    /// All of them, in the order people are shown them.
    pub const ALL: [Self; 11] = [
        Self::Store,
        Self::Batching,
        Self::Tasks,
        Self::Attachments,
        Self::Sessions,
        Self::WorkQueue,
        Self::AttachmentManifest,
        Self::Artifacts,
        Self::Transfer,
        Self::Tokenizer,
        Self::Embedder,
    ];

    /// The short name: `tasks`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Batching => "batching",
            Self::Tasks => "tasks",
            Self::Attachments => "attachments",
            Self::Sessions => "sessions",
            Self::WorkQueue => "work-queue",
            Self::AttachmentManifest => "attachment-manifest",
            Self::Artifacts => "artifacts",
            Self::Transfer => "transfer",
            Self::Tokenizer => "tokenizer",
            Self::Embedder => "embedder",
        }
    }

    /// The WIT package it belongs to: `wirt:persistence`.
    pub const fn package(self) -> &'static str {
        match self {
            Self::Tokenizer | Self::Embedder => "wirt:text",
            Self::Store
            | Self::Batching
            | Self::Tasks
            | Self::Attachments
            | Self::Sessions
            | Self::WorkQueue
            | Self::AttachmentManifest
            | Self::Artifacts
            | Self::Transfer => "wirt:persistence",
        }
    }

    /// The version of that package this host speaks.
    pub const fn version(self) -> &'static str {
        "0.1.0"
    }

    /// The whole name as a component exports it: `wirt:persistence/tasks@0.1.0`.
    pub fn qualified(self) -> String {
        format!("{}/{}@{}", self.package(), self.name(), self.version())
    }
}

impl std::fmt::Display for Interface {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of interfaces, in the order of [`Interface::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Interfaces(std::collections::BTreeSet<Interface>);

impl Interfaces {
    /// Whether the interface is among them.
    pub fn contains(&self, interface: Interface) -> bool {
        self.0.contains(&interface)
    }

    /// Whether all of these are among them.
    pub fn contains_all(&self, interfaces: &[Interface]) -> bool {
        interfaces.iter().all(|interface| self.contains(*interface))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Interface> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Interface> for Interfaces {
    fn from_iter<I: IntoIterator<Item = Interface>>(interfaces: I) -> Self {
        Self(interfaces.into_iter().collect())
    }
}

impl std::fmt::Display for Interfaces {
    /// `store, batching, tasks`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, interface) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            f.write_str(interface.name())?;
        }
        Ok(())
    }
}
