//! Where Wirt keeps what it derives, and what stores keep.
//!
//! Below the state folder: `stores/NAME` for each store's own data, `roots/DIGEST` for the index
//! of each memory. Compiled plugins and verdicts lie in the user's cache folder: they belong to
//! no root.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use wirt_contract::json::sha256_hex;

use crate::args;

/// Digits of a root's digest that name its folder.
const ROOT_DIGITS: usize = 16;

/// A folder cannot hold state.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    #[error("no home folder is known; name a folder with --state DIR")]
    NoHome,
    #[error("{path} is no folder of markdown: {detail}; name the folder that holds it")]
    Root { path: PathBuf, detail: String },
    #[error("the state folder {path} cannot be made: {detail}; name another with --state DIR")]
    Make { path: PathBuf, detail: String },
    #[error(
        "the state folder {path} lies on {kind}, where locks and memory maps do not hold; name a folder on a local disk with --state DIR"
    )]
    Remote { path: PathBuf, kind: &'static str },
}

/// The state folder.
#[derive(Debug, Clone)]
pub(crate) struct State {
    folder: PathBuf,
}

impl State {
    /// The folder given, or the user's own.
    pub(crate) fn open(args: &args::State) -> Result<Self, StateError> {
        let folder = match &args.state {
            Some(folder) => folder.clone(),
            None => {
                let strategy = etcetera::choose_base_strategy().map_err(|_| StateError::NoHome)?;
                strategy.state_dir().unwrap_or_else(|| strategy.data_dir()).join("wirt")
            }
        };
        let failed = |error: std::io::Error| StateError::Make {
            path: folder.clone(),
            detail: error.to_string(),
        };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let folder = folder.canonicalize().map_err(failed)?;
        if let Some(kind) = remote(&folder) {
            return Err(StateError::Remote { path: folder, kind });
        }
        Ok(Self { folder })
    }

    /// A store's folder, where wirt.toml names no other.
    pub(crate) fn store(&self, name: &str) -> PathBuf {
        self.folder.join("stores").join(name)
    }

    /// The folder of one root's memory.
    pub(crate) fn memory(&self, root: &Path) -> Result<PathBuf, StateError> {
        let canonical = root
            .canonicalize()
            .map_err(|error| StateError::Root { path: root.into(), detail: error.to_string() })?;
        let digest = sha256_hex(canonical.as_os_str().as_encoded_bytes());
        let name = digest.get(..ROOT_DIGITS).unwrap_or(&digest);
        Ok(self.folder.join("roots").join(name))
    }
}

/// The user's cache folder, if one is known.
pub(crate) fn cache() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.cache_dir().join("wirt"))
}

/// Why a folder is not on a local disk, if it is not.
fn remote(folder: &Path) -> Option<&'static str> {
    const SYNCED: [&str; 5] = ["Dropbox", "OneDrive", "Google Drive", "iCloudDrive", "Nextcloud"];
    if folder.components().any(|part| SYNCED.iter().any(|name| part.as_os_str() == *name)) {
        return Some("a cloud-synced folder");
    }
    network(folder)
}

#[cfg(target_os = "linux")]
fn network(folder: &Path) -> Option<&'static str> {
    // The magic numbers of statfs(2).
    match rustix::fs::statfs(folder).ok()?.f_type {
        0x6969 => Some("NFS"),
        0x517B | 0xFF53_4D42 | 0xFE53_4D42 => Some("a Windows share"),
        0x0102_1997 => Some("a 9p share"),
        0x5346_414F => Some("AFS"),
        _ => None,
    }
}

#[cfg(not(target_os = "linux"))]
fn network(_: &Path) -> Option<&'static str> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_synced_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let synced = folder.path().join("Dropbox/wirt");
        let args = args::State { state: Some(synced) };
        assert!(matches!(State::open(&args), Err(StateError::Remote { .. })));
        let args = args::State { state: Some(folder.path().join("plain")) };
        State::open(&args).unwrap();
    }

    #[test]
    fn roots_have_folders_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(&args::State { state: Some(folder.path().join("s")) }).unwrap();
        let one = folder.path().join("one");
        let two = folder.path().join("two");
        std::fs::create_dir_all(&one).unwrap();
        std::fs::create_dir_all(&two).unwrap();
        assert_ne!(state.memory(&one).unwrap(), state.memory(&two).unwrap());
        assert_eq!(state.memory(&one).unwrap(), state.memory(&one.join("../one")).unwrap());
        assert!(state.memory(&folder.path().join("none")).is_err());
    }
}
