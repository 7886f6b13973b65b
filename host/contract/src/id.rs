//! Names that callers give. A name's bound is the store's to enforce (`store.id.bound`), so these
//! types keep kinds of names apart and promise nothing about their form.

use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the name as it is.
            pub fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }

            /// The name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self::new(name)
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self(name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// A namespace inside one plugin (`store.id.isolation`).
    StoreId
}
name! {
    /// A task's name within its store id.
    TaskId
}
name! {
    /// Lower-case hex SHA-256 of an attachment's bytes, or whatever a caller asks for.
    AttachmentId
}

name! {
    /// A session's name.
    SessionId
}
name! {
    /// A frame's name within its session.
    FrameId
}
name! {
    /// A node's name within its session's graph.
    NodeId
}
name! {
    /// A turn's name within its session.
    TurnId
}
name! {
    /// Lower-case hex SHA-256 of a blob's bytes, or whatever a caller asks for.
    BlobName
}
name! {
    /// A queue entry's name, chosen by the store.
    EntryId
}
name! {
    /// A claim's name, chosen by the store.
    ClaimId
}
name! {
    /// `module:sha256:` and the digest of an artifact's content, or whatever a caller asks for.
    ModuleRef
}

impl BlobName {
    /// The name of these bytes (`sessions.blob.content-addressed`).
    pub fn of(bytes: &[u8]) -> Self {
        Self(crate::json::sha256_hex(bytes))
    }
}

impl ModuleRef {
    /// The name of this content (`artifacts.put.content-addressed`).
    pub fn of(content: &[u8]) -> Self {
        Self(format!("module:sha256:{}", crate::json::sha256_hex(content)))
    }
}

impl AttachmentId {
    /// The id of these bytes (`attachments.put.content-addressed`).
    pub fn of(bytes: &[u8]) -> Self {
        Self(crate::json::sha256_hex(bytes))
    }
}
