//! What can go wrong before a plugin runs. What goes wrong while it runs is a
//! [`wirt_contract::Fault`].

use std::path::PathBuf;

use wirt_contract::Interface;

/// The engine itself cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// wasmtime refused its configuration.
    #[error("this machine cannot run the wasm engine: {0}")]
    Wasmtime(String),
    /// The cache folder cannot be made or is not private.
    #[error(
        "the cache of compiled plugins {path} cannot be used: {detail}; make it a folder that only you can write to"
    )]
    Cache {
        /// The folder.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
}

/// A file is no plugin this host can run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error("{name} cannot be read: {detail}; check the path")]
    Unreadable {
        /// The plugin.
        name: String,
        /// The system's word.
        detail: String,
    },
    /// It is larger than any plugin should be.
    #[error("{name} has {found} bytes, expected at most {limit}; strip debug information from it")]
    TooLarge {
        /// The plugin.
        name: String,
        /// Its size in bytes.
        found: u64,
        /// The bound in bytes.
        limit: u64,
    },
    /// It is something else.
    #[error("{name} is {found}, expected a WebAssembly component; {remedy}")]
    NotAComponent {
        /// The plugin.
        name: String,
        /// What it looks like.
        found: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// It starts like a component but is not a valid one.
    #[error("{name} is a damaged component: {detail}; build or download it again")]
    Damaged {
        /// The plugin.
        name: String,
        /// The validator's word.
        detail: String,
    },
    /// It wants something from the host that no plugin is given.
    #[error(
        "{name} imports {import}, which a plugin is not given (only wasi 0.2 without http); rebuild it without that import"
    )]
    UnknownImport {
        /// The plugin.
        name: String,
        /// The import's name.
        import: String,
    },
    /// It exports nothing this host knows.
    #[error(
        "{name} exports {found}, expected at least one of {expected}; build it against one of the worlds in wit/"
    )]
    NoInterface {
        /// The plugin.
        name: String,
        /// What it exports.
        found: String,
        /// What would do.
        expected: String,
    },
    /// It exports a part of what shares one transaction domain.
    #[error(
        "{name} exports {found} without {missing}, expected all of sessions, work-queue and attachment-manifest or none (they share one transaction domain); export the missing as well"
    )]
    PartOfDomain {
        /// The plugin.
        name: String,
        /// What it exports of the domain.
        found: String,
        /// What it lacks.
        missing: String,
    },
    /// It exports an interface in a version this host does not speak.
    #[error(
        "{name} exports {package}/{interface} in version {found}, this host speaks {expected}; {remedy}"
    )]
    Version {
        /// The plugin.
        name: String,
        /// The WIT package.
        package: &'static str,
        /// The interface.
        interface: Interface,
        /// The plugin's version.
        found: String,
        /// The host's version.
        expected: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// An interface of the right version has another shape.
    #[error(
        "{name} exports {interface} but its function `{function}` is {found}; rebuild the plugin against this host's wit/"
    )]
    Shape {
        /// The plugin.
        name: String,
        /// The interface with its version.
        interface: String,
        /// The function.
        function: String,
        /// What is wrong with it.
        found: String,
    },
}

/// What was to be granted to a plugin cannot be.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// The folder cannot be opened or made.
    #[error(
        "the folder {path} cannot be granted: {detail}; make it a folder that you can read and write"
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's word.
        detail: String,
    },
    /// Another host has it.
    #[error(
        "the folder {path} is held by {holder}; stop that process or use another folder (two hosts on one store would damage it)"
    )]
    Held {
        /// The folder.
        path: PathBuf,
        /// Who holds it, as far as it is known.
        holder: String,
    },
    /// The system gives no randomness.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
}
