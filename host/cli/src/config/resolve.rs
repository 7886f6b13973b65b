//! Finds `wirt.toml` and everything it names.
//!
//! A file given by `--config` is trusted: the operator named it. One that merely lies in the
//! working folder grants nothing outside that folder, and no secrets: whoever unpacks a project
//! and runs `wirt` in it has not read its `wirt.toml`.

use std::collections::BTreeMap;
use std::path::{Component as Part, Path, PathBuf};
use std::time::Duration;

use wirt_contract::Interface;
use wirt_engine::Limits as EngineLimits;

use super::{Config, Limits, MAIN, Store, Text};

/// The file that is looked for in the working folder.
pub(crate) const FILE: &str = "wirt.toml";
/// The largest `wirt.toml`; it names a handful of plugins.
const MAX_CONFIG_BYTES: u64 = 1 << 20;
/// The largest secret taken from a file.
const MAX_SECRET_BYTES: u64 = 64 << 10;

/// What is wrong with `wirt.toml`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("{file} cannot be read: {detail}; check the path after --config")]
    Unreadable { file: PathBuf, detail: String },
    #[error("{file} has {found} bytes, expected at most {MAX_CONFIG_BYTES}; name another file")]
    TooLarge { file: PathBuf, found: u64 },
    #[error("{file}: {detail}; `wirt config schema` prints what may stand there")]
    Form { file: PathBuf, detail: String },
    #[error("{file}: {contract} is bound to the store `{store}`, expected one of {known}")]
    Unbound { file: PathBuf, contract: Interface, store: String, known: String },
    #[error(
        "{file}: `{what}` leads outside {folder}; a wirt.toml that was not named by --config grants nothing outside its folder (name it by --config if you trust it)"
    )]
    Outside { file: PathBuf, what: String, folder: PathBuf },
    #[error(
        "{file}: `{what}` is a secret; a wirt.toml that was not named by --config is given none (name it by --config if you trust it)"
    )]
    Secret { file: PathBuf, what: String },
    #[error(
        "{file}: `admit_despite` of {plugin} would open the gate; a wirt.toml that was not named by --config may not (name it by --config if you trust it)"
    )]
    Override { file: PathBuf, plugin: String },
    #[error("{file}: `{what}` cannot be resolved: {detail}; set it, or take the line out")]
    Reference { file: PathBuf, what: String, detail: String },
    #[error("{file}: the store name `{name}` is not one; use letters, digits, `-` and `_`")]
    StoreName { file: PathBuf, name: String },
    #[error("{file}: {what} is {found}, expected {expected}")]
    Limit { file: PathBuf, what: &'static str, found: u32, expected: &'static str },
    #[error(
        "{file}: edition {found} of the suite is asked for, expected 1 to {has}; use a newer wirt, or name one of these"
    )]
    Edition { file: PathBuf, found: u32, has: u32 },
}

/// A plugin's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// One that ships with Wirt.
    Bundled(String),
    /// A component's file.
    File(PathBuf),
}

/// What stands before the name of a plugin that ships with Wirt.
const BUNDLED: &str = "bundled:";

impl Source {
    /// As it is written: `bundled:NAME`, or else a component's path.
    pub(crate) fn parse(text: &str) -> Self {
        match text.strip_prefix(BUNDLED) {
            Some(name) => Self::Bundled(name.to_owned()),
            None => Self::File(text.into()),
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bundled(name) => write!(f, "{BUNDLED}{name}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// A plugin as it is to be loaded.
#[derive(Debug, Clone)]
pub(crate) struct PluginPlan {
    pub(crate) source: Source,
    pub(crate) sha256: Option<String>,
    pub(crate) limits: EngineLimits,
    pub(crate) admit_despite: Option<String>,
}

/// A store as it is to be opened.
#[derive(Debug, Clone)]
pub(crate) struct StorePlan {
    pub(crate) name: String,
    pub(crate) plugin: PluginPlan,
    /// `None` stands for the store's folder in the state folder.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) env: Vec<(String, String)>,
}

/// What `wirt.toml` comes to.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The file, if there is one.
    pub(crate) file: Option<PathBuf>,
    pub(crate) edition: Option<u32>,
    pub(crate) stores: BTreeMap<String, StorePlan>,
    /// The store each contract is bound to; all of them are in `stores`.
    pub(crate) bound: BTreeMap<Interface, String>,
    pub(crate) tokenizer: PluginPlan,
    pub(crate) embedder: PluginPlan,
}

impl Plan {
    /// Reads the file given, or the working folder's, or takes the defaults.
    pub(crate) fn load(given: Option<&Path>) -> Result<Self, ConfigError> {
        let file = match given {
            Some(file) => file.to_path_buf(),
            None if Path::new(FILE).exists() => PathBuf::from(FILE),
            None => return Self::defaults(),
        };
        let unreadable = |error: std::io::Error| ConfigError::Unreadable {
            file: file.clone(),
            detail: error.to_string(),
        };
        let metadata = std::fs::metadata(&file).map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(unreadable(std::io::Error::other("it is no file")));
        }
        let found = metadata.len();
        if found > MAX_CONFIG_BYTES {
            return Err(ConfigError::TooLarge { file, found });
        }
        let text = std::fs::read_to_string(&file).map_err(unreadable)?;
        let config: Config = toml::from_str(&text).map_err(|error| ConfigError::Form {
            file: file.clone(),
            detail: form(&text, &error),
        })?;
        Resolver::new(&file, given.is_some()).resolve(config, Some(file.clone()))
    }

    /// What there is without a file.
    pub(crate) fn defaults() -> Result<Self, ConfigError> {
        Resolver::new(Path::new(FILE), true).resolve(Config::default(), None)
    }

    /// The store a contract is bound to.
    pub(crate) fn store_of(&self, contract: Interface) -> Option<&StorePlan> {
        self.stores.get(self.bound.get(&contract)?)
    }
}

/// Where the file is wrong: `line 3: unknown field …`.
fn form(text: &str, error: &toml::de::Error) -> String {
    let line = error
        .span()
        .and_then(|span| text.get(..span.start))
        .map_or(1, |before| before.matches('\n').count() + 1);
    format!("line {line}: {}", error.message())
}

struct Resolver {
    file: PathBuf,
    folder: PathBuf,
    trusted: bool,
}

impl Resolver {
    fn new(file: &Path, trusted: bool) -> Self {
        let folder = match file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        Self { file: file.to_path_buf(), folder, trusted }
    }

    fn resolve(&self, config: Config, file: Option<PathBuf>) -> Result<Plan, ConfigError> {
        let has = wirt_conformance::EDITION;
        if let Some(found) = config.edition.filter(|edition| !(1..=has).contains(edition)) {
            return Err(ConfigError::Edition { file: self.file.clone(), found, has });
        }
        let mut stores = BTreeMap::new();
        for (name, store) in &config.store {
            stores.insert(name.clone(), self.store(name, store)?);
        }
        if stores.is_empty() {
            stores.insert(MAIN.into(), default_store());
        }
        let mut bound = BTreeMap::new();
        for (contract, store) in [
            (Interface::Tasks, config.bind.tasks),
            (Interface::Attachments, config.bind.attachments),
        ] {
            if !stores.contains_key(&store) {
                let known = stores.keys().cloned().collect::<Vec<_>>().join(", ");
                return Err(ConfigError::Unbound {
                    file: self.file.clone(),
                    contract,
                    store,
                    known,
                });
            }
            bound.insert(contract, store);
        }
        let text = |text: Option<Text>, default: &str| match text {
            None => Ok(bundled(default)),
            Some(text) => self.plugin(&text.plugin, text.sha256, text.limits, text.admit_despite),
        };
        Ok(Plan {
            file,
            edition: config.edition,
            stores,
            bound,
            tokenizer: text(config.tokenizer, "tokenizer-unicode")?,
            embedder: text(config.embedder, "embedder-static")?,
        })
    }

    fn store(&self, name: &str, store: &Store) -> Result<StorePlan, ConfigError> {
        let is_name = !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !is_name {
            return Err(ConfigError::StoreName { file: self.file.clone(), name: name.into() });
        }
        let folder = store.grants.folder.as_deref().map(|folder| self.path(folder)).transpose()?;
        let env = store
            .grants
            .env
            .iter()
            .map(|(name, value)| Ok((name.clone(), self.value(name, value)?)))
            .collect::<Result<_, ConfigError>>()?;
        let plugin = self.plugin(
            &store.plugin,
            store.sha256.clone(),
            store.limits,
            store.admit_despite.clone(),
        )?;
        Ok(StorePlan { name: name.into(), plugin, folder, env })
    }

    fn plugin(
        &self,
        plugin: &str,
        sha256: Option<String>,
        limits: Limits,
        admit_despite: Option<String>,
    ) -> Result<PluginPlan, ConfigError> {
        if !self.trusted && admit_despite.is_some() {
            return Err(ConfigError::Override { file: self.file.clone(), plugin: plugin.into() });
        }
        let source = match Source::parse(plugin) {
            Source::File(_) => Source::File(self.path(plugin)?),
            bundled @ Source::Bundled(_) => bundled,
        };
        Ok(PluginPlan { source, sha256, limits: self.limits(limits)?, admit_despite })
    }

    fn limits(&self, limits: Limits) -> Result<EngineLimits, ConfigError> {
        let check = |what, found, range: std::ops::RangeInclusive<u32>, expected| {
            if range.contains(&found) {
                return Ok(());
            }
            Err(ConfigError::Limit { file: self.file.clone(), what, found, expected })
        };
        check("limits.memory_mib", limits.memory_mib, 1..=4_096, "1 to 4096")?;
        check("limits.call_ms", limits.call_ms, 1..=600_000, "1 to 600000")?;
        Ok(EngineLimits {
            memory_bytes: usize::try_from(limits.memory_mib).unwrap_or(usize::MAX) << 20,
            call_time: Duration::from_millis(limits.call_ms.into()),
        })
    }

    fn path(&self, path: &str) -> Result<PathBuf, ConfigError> {
        let inside =
            Path::new(path).components().all(|part| matches!(part, Part::Normal(_) | Part::CurDir));
        let target = self.folder.join(path);
        // A link inside the folder must not lead out of it either, also where what it leads to is
        // still to be made: the nearest part that exists decides.
        let stays = || {
            let Ok(folder) = self.folder.canonicalize() else { return false };
            target
                .ancestors()
                .find_map(|part| part.canonicalize().ok())
                .is_some_and(|part| part.starts_with(&folder))
        };
        if self.trusted || (inside && stays()) {
            return Ok(target);
        }
        Err(ConfigError::Outside {
            file: self.file.clone(),
            what: path.into(),
            folder: self.folder.clone(),
        })
    }

    fn value(&self, name: &str, value: &str) -> Result<String, ConfigError> {
        let what = format!("{name} = {value}");
        if !value.starts_with("env:") && !value.starts_with("file:") {
            return Ok(value.into());
        }
        if !self.trusted {
            return Err(ConfigError::Secret { file: self.file.clone(), what });
        }
        let unresolved = |detail: String| ConfigError::Reference {
            file: self.file.clone(),
            what: what.clone(),
            detail,
        };
        if let Some(variable) = value.strip_prefix("env:") {
            return std::env::var(variable).map_err(|error| unresolved(error.to_string()));
        }
        let path = self.folder.join(value.trim_start_matches("file:"));
        let metadata = std::fs::metadata(&path).map_err(|error| unresolved(error.to_string()))?;
        if !metadata.is_file() {
            return Err(unresolved("it is no file".into()));
        }
        let length = metadata.len();
        if length > MAX_SECRET_BYTES {
            return Err(unresolved(format!(
                "{length} bytes, at most {MAX_SECRET_BYTES} are taken"
            )));
        }
        let secret =
            std::fs::read_to_string(path).map_err(|error| unresolved(error.to_string()))?;
        Ok(secret.trim_end_matches(['\r', '\n']).into())
    }
}

fn bundled(name: &str) -> PluginPlan {
    PluginPlan {
        source: Source::Bundled(name.into()),
        sha256: None,
        limits: EngineLimits::default(),
        admit_despite: None,
    }
}

fn default_store() -> StorePlan {
    StorePlan { name: MAIN.into(), plugin: bundled("store-redb"), folder: None, env: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_grants_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
        let resolver = Resolver::new(&folder.path().join(FILE), false);
        for path in ["link", "link/to/be/made"] {
            assert!(matches!(resolver.path(path), Err(ConfigError::Outside { .. })), "{path}");
        }
        resolver.path("inside/to/be/made").unwrap();
    }

    fn load(text: &str, trusted: bool) -> Result<Plan, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, text).unwrap();
        std::fs::write(folder.path().join("secret"), "s3\n").unwrap();
        let config: Config = toml::from_str(text).unwrap();
        Resolver::new(&file, trusted).resolve(config, Some(file.clone()))
    }

    #[test]
    fn a_found_file_grants_nothing_outside_its_folder() {
        for grant in ["/etc", "../up", "a/../../b"] {
            let text =
                format!("[store.main]\nplugin = 'bundled:store-redb'\ngrants.folder = '{grant}'");
            assert!(matches!(load(&text, false), Err(ConfigError::Outside { .. })), "{grant}");
            load(&text, true).unwrap();
        }
        load("[store.main]\nplugin = 'p.wasm'\ngrants.folder = 'data'", false).unwrap();
    }

    #[test]
    fn secrets_come_by_reference_and_to_trusted_files_only() {
        let text =
            "[store.main]\nplugin = 'x'\n[store.main.grants.env]\nK = 'file:secret'\nL = 'plain'";
        let plan = load(text, true).unwrap();
        let env = &plan.stores["main"].env;
        assert_eq!(env[..], [("K".into(), "s3".into()), ("L".into(), "plain".into())]);
        assert!(matches!(load(text, false), Err(ConfigError::Secret { .. })));
    }

    #[test]
    fn a_found_file_does_not_open_the_gate() {
        let text = "[store.main]\nplugin = 'p.wasm'\nadmit_despite = 'I say so'";
        assert!(matches!(load(text, false), Err(ConfigError::Override { .. })));
        load(text, true).unwrap();
    }

    #[test]
    fn a_binding_names_a_store_that_is_there() {
        let text = "[bind]\ntasks = 'other'";
        let error = load(text, true).unwrap_err();
        assert!(error.to_string().contains("expected one of main"), "{error}");
    }

    #[test]
    fn an_edition_that_is_none_is_refused() {
        for edition in ["0", "999"] {
            let loaded = load(&format!("edition = {edition}"), true);
            assert!(matches!(loaded, Err(ConfigError::Edition { .. })), "{edition}");
        }
        load("edition = 1", true).unwrap();
    }
}
