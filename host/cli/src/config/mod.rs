//! `wirt.toml`: which plugins there are, what each is granted, and which store each contract is
//! bound to. Everything has a default; without a file the bundled plugins serve.
//!
//! Here: the file's form and its defaults. What it names is found and checked in [`resolve`].

pub(crate) mod resolve;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "wirt.toml")]
pub(crate) struct Config {
    /// Edition of the conformance suite this file was last green with. A case that is newer warns
    /// and does not refuse. Without it every case counts.
    pub(crate) edition: Option<u32>,
    /// Stores by name. Without any there is one, `main`, on the bundled `store-redb`.
    pub(crate) store: BTreeMap<String, Store>,
    /// Which store each contract is bound to. A contract that is not named is bound to `main`.
    pub(crate) bind: Bind,
    /// Cuts text into terms; the bundled `tokenizer-unicode` without it.
    pub(crate) tokenizer: Option<Text>,
    /// Turns text into vectors; the bundled `embedder-static` without it.
    pub(crate) embedder: Option<Text>,
}

/// A store.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Store {
    /// `bundled:NAME`, or a component's path, from this file's folder.
    pub(crate) plugin: String,
    /// Lower-case hex SHA-256 the component must have.
    pub(crate) sha256: Option<String>,
    /// What it may touch.
    #[serde(default)]
    pub(crate) grants: Grants,
    /// What it may use.
    #[serde(default)]
    pub(crate) limits: Limits,
    /// Lets the plugin in although the suite refuses it, for this reason, which is logged at every
    /// start.
    pub(crate) admit_despite: Option<String>,
}

/// A tokenizer or embedder. It is granted nothing.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    /// `bundled:NAME`, or a component's path, from this file's folder.
    pub(crate) plugin: String,
    /// Lower-case hex SHA-256 the component must have.
    pub(crate) sha256: Option<String>,
    /// What it may use.
    #[serde(default)]
    pub(crate) limits: Limits,
    /// As for a store.
    pub(crate) admit_despite: Option<String>,
}

/// What a store may touch.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Grants {
    /// Its folder, from this file's folder; without it `stores/NAME` in the state folder.
    pub(crate) folder: Option<String>,
    /// Its environment. A value `env:NAME` is taken from Wirt's environment and `file:PATH` from a
    /// file, so that no secret stands here.
    pub(crate) env: BTreeMap<String, String>,
}

/// What a plugin may use.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Memory of an instance, in MiB.
    #[schemars(range(min = 1, max = 4096))]
    pub(crate) memory_mib: u32,
    /// Processor time of one call, in milliseconds.
    #[schemars(range(min = 1, max = 600_000))]
    pub(crate) call_ms: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_mib: 512, call_ms: 2_000 }
    }
}

/// Which store each contract is bound to.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Bind {
    /// `wirt:persistence/tasks`.
    pub(crate) tasks: String,
    /// `wirt:persistence/attachments`.
    pub(crate) attachments: String,
}

/// The store a contract is bound to where nothing is said.
pub(crate) const MAIN: &str = "main";

impl Default for Bind {
    fn default() -> Self {
        Self { tasks: MAIN.into(), attachments: MAIN.into() }
    }
}

/// The schema of `wirt.toml`, as JSON.
///
/// # Errors
/// None is known.
pub(crate) fn schema() -> serde_json::Result<String> {
    serde_json::to_string_pretty(&schemars::schema_for!(Config))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `WIRT_BLESS=1` writes the schema anew.
    #[test]
    fn the_schema_in_the_tree_is_the_types() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/wirt.toml.schema.json");
        let schema = schema().unwrap() + "\n";
        if std::env::var_os("WIRT_BLESS").is_some() {
            std::fs::write(path, &schema).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), schema);
    }

    #[test]
    fn an_empty_file_is_whole() {
        let config: Config = toml::from_str("").unwrap();
        assert_eq!(config.bind.tasks, MAIN);
        assert!(config.store.is_empty());
    }

    #[test]
    fn a_misspelt_key_is_an_error() {
        let error = toml::from_str::<Config>("[store.main]\nplugin = 'x'\ngrant = {}").unwrap_err();
        assert!(error.to_string().contains("grant"), "{error}");
    }
}
