//! Compiled plugins, kept between runs.
//!
//! A file is named by the component's digest and the engine's fingerprint, belongs to the user
//! alone, and starts with the SHA-256 of the rest: a truncated or changed one is compiled anew.
//! Anything here may be deleted.

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use wasmtime::component::Component;

use crate::EngineError;

/// Bytes of a digest at the head of a file.
const DIGEST_BYTES: usize = 32;

#[derive(Debug, Clone)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The cache in this folder, which is made, and made private, where it is not.
    pub(crate) fn open(folder: &Path) -> Result<Self, EngineError> {
        let refused = |detail: String| EngineError::Cache { path: folder.into(), detail };
        std::fs::create_dir_all(folder).map_err(|error| refused(error.to_string()))?;
        let found = std::fs::metadata(folder).map_err(|error| refused(error.to_string()))?;
        if found.uid() != rustix::process::geteuid().as_raw() {
            return Err(refused(format!("it belongs to user {}", found.uid())));
        }
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
            .map_err(|error| refused(error.to_string()))?;
        Ok(Self { folder: folder.into() })
    }

    fn file(&self, component: &str, engine: &str) -> PathBuf {
        self.folder.join(format!("{component}-{engine}.compiled"))
    }

    /// The compiled form, if it is there and whole.
    pub(crate) fn get(
        &self,
        engine: &wasmtime::Engine,
        component: &str,
        fingerprint: &str,
    ) -> Option<Component> {
        let bytes = std::fs::read(self.file(component, fingerprint)).ok()?;
        let (digest, code) = bytes.split_at_checked(DIGEST_BYTES)?;
        if Sha256::digest(code).as_slice() != digest {
            return None;
        }
        deserialize(engine, code)
    }

    /// Keeps a compiled form. A cache that cannot be written costs time and nothing else, so
    /// failures are not reported.
    pub(crate) fn put(&self, component: &str, fingerprint: &str, code: &[u8]) {
        let target = self.file(component, fingerprint);
        let draft = target.with_extension(format!("draft-{}", std::process::id()));
        let written = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .and_then(|mut file| {
                file.write_all(&Sha256::digest(code))?;
                file.write_all(code)
            })
            .and_then(|()| std::fs::rename(&draft, &target));
        if written.is_err() {
            let _ = std::fs::remove_file(&draft);
        }
    }
}

#[expect(unsafe_code, reason = "wasmtime runs what it is handed; this is its only way in")]
fn deserialize(engine: &wasmtime::Engine, code: &[u8]) -> Option<Component> {
    // SAFETY: the bytes were written by `put` of this engine's fingerprint, are whole (their
    // digest was compared) and lie in a folder that only this user can write to.
    unsafe { Component::deserialize(engine, code) }.ok()
}
