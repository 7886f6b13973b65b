//! The engine all plugins of a host share.

use std::hash::{Hash as _, Hasher as _};
use std::path::Path;
use std::sync::Arc;

use wasmtime::component::Linker;
use wasmtime::{Config, EngineWeak};

use crate::cache::Cache;
use crate::component::{Component, MAX_COMPONENT_BYTES};
use crate::sandbox::{self, Files, Sandbox, TICK};
use crate::{EngineError, LoadError};

/// Compiles and links plugins. Cheap to clone; keeps one thread that ticks while it lives.
#[derive(Clone)]
pub struct Engine {
    pub(crate) wasmtime: wasmtime::Engine,
    /// Behind an `Arc`: a clone of a linker copies every definition, and each instance holds one.
    pub(crate) linker: Arc<Linker<Sandbox>>,
    pub(crate) cache: Option<Cache>,
    pub(crate) fingerprint: String,
    pub(crate) files: Files,
}

impl Engine {
    /// An engine that keeps compiled plugins in `cache`, or nowhere.
    ///
    /// # Errors
    /// [`EngineError`] where this machine cannot run wasm or the cache folder is not usable.
    pub fn new(cache: Option<&Path>) -> Result<Self, EngineError> {
        Self::with(cache, Files::Machine)
    }

    /// An engine whose plugins see the disk they are granted where others see their folder.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn for_disks(cache: Option<&Path>) -> Result<Self, EngineError> {
        Self::with(cache, Files::Disk)
    }

    fn with(cache: Option<&Path>, files: Files) -> Result<Self, EngineError> {
        let broken = |error: wasmtime::Error| EngineError::Wasmtime(error.to_string());
        let mut config = Config::new();
        config.epoch_interruption(true);
        // Sync contracts need no async components, and a call costs a third without them.
        config.concurrency_support(false);
        // A ninth of the compiled code that nothing here reads: no backtraces are taken.
        config.generate_address_map(false);
        let wasmtime = wasmtime::Engine::new(&config).map_err(broken)?;
        let mut hasher = std::hash::DefaultHasher::new();
        wasmtime.precompile_compatibility_hash().hash(&mut hasher);
        crate::bindings::COMPONENT_TYPE.hash(&mut hasher);
        let fingerprint = format!("{:016x}", hasher.finish());
        let linker = Arc::new(sandbox::linker(&wasmtime, files).map_err(broken)?);
        let cache = cache.map(Cache::open).transpose()?;
        tick(wasmtime.weak()).map_err(|error| EngineError::Wasmtime(error.to_string()))?;
        Ok(Self { wasmtime, linker, cache, fingerprint, files })
    }

    /// Names this build of the engine and of the contracts: what compiled plugins and verdicts
    /// depend on.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Loads a component from a file.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load_file(&self, path: &Path) -> Result<Component, LoadError> {
        let name = path.display().to_string();
        let unreadable = |error: std::io::Error| LoadError::Unreadable {
            name: name.clone(),
            detail: error.to_string(),
        };
        let found = std::fs::metadata(path).map_err(unreadable)?;
        if found.is_dir() {
            return Err(LoadError::NotAComponent {
                name,
                found: "a folder",
                remedy: "name the .wasm file in it",
            });
        }
        if !found.is_file() {
            return Err(LoadError::NotAComponent {
                name,
                found: "a device, pipe or socket",
                remedy: "name a .wasm file",
            });
        }
        if found.len() > MAX_COMPONENT_BYTES {
            return Err(LoadError::TooLarge {
                name,
                found: found.len(),
                limit: MAX_COMPONENT_BYTES,
            });
        }
        let bytes = std::fs::read(path).map_err(unreadable)?;
        self.load(&name, &bytes)
    }

    /// Loads a component from its bytes; `name` is what errors call it.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load(&self, name: &str, bytes: &[u8]) -> Result<Component, LoadError> {
        Component::load(self, name, bytes)
    }
}

/// Ticks as long as the engine lives.
fn tick(engine: EngineWeak) -> std::io::Result<()> {
    std::thread::Builder::new().name("wirt-tick".into()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    })?;
    Ok(())
}
