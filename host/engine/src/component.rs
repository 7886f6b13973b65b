//! A loaded component: its code, and which contracts it fills.

use std::time::{Duration, Instant};

use wasmtime::component::InstancePre;
use wasmtime::component::types::ComponentItem;
use wirt_contract::json::sha256_hex;
use wirt_contract::{Interface, Interfaces};

use crate::bindings::exports::wirt::persistence::{
    artifacts, attachment_manifest, attachments, batching, sessions, store, tasks, transfer,
    work_queue,
};
use crate::bindings::exports::wirt::text::{embedder, tokenizer};
use crate::grant::{Grant, Limits};
use crate::sandbox::Sandbox;
use crate::{Engine, LoadError, shape};

/// The largest component that is loaded: a Python runtime with its libraries has some 40 MB.
pub(crate) const MAX_COMPONENT_BYTES: u64 = 256 << 20;

/// Code that has been compiled, linked and compared with the contracts. Cheap to clone.
#[derive(Clone)]
pub struct Component {
    pub(crate) engine: Engine,
    pub(crate) pre: InstancePre<Sandbox>,
    pub(crate) indices: Indices,
    name: String,
    digest: String,
    size: usize,
    interfaces: Interfaces,
    imports: Vec<String>,
    origin: Origin,
}

/// Where the compiled code came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Compiled now, in this time.
    Compiled(Duration),
    /// From the cache, in this time.
    Cached(Duration),
}

macro_rules! indices {
    ($($field:ident => $interface:ident),+ $(,)?) => {
        /// Where each exported interface's functions are.
        #[derive(Clone, Default)]
        pub(crate) struct Indices {
            $(pub(crate) $field: Option<$field::GuestIndices>,)+
        }

        /// The functions of each exported interface, in one instance.
        pub(crate) struct Functions {
            $(pub(crate) $field: Option<$field::Guest>,)+
        }

        impl Indices {
            fn add(
                &mut self,
                interface: Interface,
                pre: &InstancePre<Sandbox>,
            ) -> wasmtime::Result<()> {
                match interface {
                    $(Interface::$interface => {
                        self.$field = Some($field::GuestIndices::new(pre)?);
                    })+
                }
                Ok(())
            }

            /// Looks the functions up in an instance and compares their types. The interface
            /// whose functions are of another type is named.
            pub(crate) fn load(
                &self,
                store: &mut wasmtime::Store<Sandbox>,
                instance: &wasmtime::component::Instance,
            ) -> Result<Functions, (Interface, wasmtime::Error)> {
                Ok(Functions {
                    $($field: match &self.$field {
                        None => None,
                        Some(indices) => Some(
                            indices
                                .load(&mut *store, instance)
                                .map_err(|error| (Interface::$interface, error))?,
                        ),
                    },)+
                })
            }
        }
    };
}

indices! {
    store => Store,
    batching => Batching,
    tasks => Tasks,
    attachments => Attachments,
    sessions => Sessions,
    work_queue => WorkQueue,
    attachment_manifest => AttachmentManifest,
    artifacts => Artifacts,
    transfer => Transfer,
    tokenizer => Tokenizer,
    embedder => Embedder,
}

impl Component {
    pub(crate) fn load(engine: &Engine, name: &str, bytes: &[u8]) -> Result<Self, LoadError> {
        recognise(name, bytes)?;
        let digest = sha256_hex(bytes);
        let began = Instant::now();
        let cached = engine
            .cache
            .as_ref()
            .and_then(|cache| cache.get(&engine.wasmtime, &digest, &engine.fingerprint));
        let (code, origin) = match cached {
            Some(code) => (code, Origin::Cached(began.elapsed())),
            None => {
                let code = wasmtime::component::Component::new(&engine.wasmtime, bytes).map_err(
                    |error| LoadError::Damaged { name: name.into(), detail: one_line(&error) },
                )?;
                (code, Origin::Compiled(began.elapsed()))
            }
        };
        let pre =
            engine.linker.instantiate_pre(&code).map_err(|error| LoadError::UnknownImport {
                name: name.into(),
                import: quoted(&error).unwrap_or_else(|| one_line(&error)),
            })?;
        let interfaces = exported(name, &code, &engine.wasmtime)?;
        whole_domain(name, &interfaces)?;
        // A cached one has been compared: the fingerprint covers the contracts too.
        if matches!(origin, Origin::Compiled(_)) {
            shape::compare(name, &code, &engine.wasmtime, &interfaces)?;
        }
        if let (Origin::Compiled(_), Some(cache)) = (origin, &engine.cache)
            && let Ok(compiled) = code.serialize()
        {
            cache.put(&digest, &engine.fingerprint, &compiled);
        }
        let imports = imported(&code, &engine.wasmtime);
        let mut indices = Indices::default();
        for interface in interfaces.iter() {
            indices.add(interface, &pre).map_err(|error| LoadError::Shape {
                name: name.into(),
                interface: interface.qualified(),
                function: "?".into(),
                found: one_line(&error),
            })?;
        }
        Ok(Self {
            engine: engine.clone(),
            pre,
            indices,
            name: name.into(),
            digest,
            size: bytes.len(),
            interfaces,
            imports,
            origin,
        })
    }

    /// What errors and reports call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lower-case hex SHA-256 of its bytes.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Its size in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The contracts it fills.
    pub fn interfaces(&self) -> &Interfaces {
        &self.interfaces
    }

    /// What it asks of WASI, by interface name, in the component's order.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }

    /// Where its compiled code came from.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    pub(crate) fn store(
        &self,
        grant: &Grant,
        limits: Limits,
    ) -> std::io::Result<wasmtime::Store<Sandbox>> {
        let sandbox = Sandbox::new(grant, limits, self.engine.files)?;
        let mut store = wasmtime::Store::new(&self.engine.wasmtime, sandbox);
        store.limiter(|sandbox| sandbox);
        // What one answer may carry into the host: no more than the plugin itself may hold.
        store.set_hostcall_fuel(limits.memory_bytes);
        store.epoch_deadline_callback(|mut context| Ok(context.data_mut().look()));
        store.set_epoch_deadline(1);
        Ok(store)
    }
}

/// Tells a component from what people hand in by mistake.
fn recognise(name: &str, bytes: &[u8]) -> Result<(), LoadError> {
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
    const MODULE: &[u8] = b"\0asm\x01\0\0\0";
    let (found, remedy) = match bytes {
        _ if bytes.starts_with(COMPONENT) => return Ok(()),
        _ if bytes.starts_with(MODULE) => (
            "a core WebAssembly module",
            "build it for wasm32-wasip2, or make it a component with `wasm-tools component new`",
        ),
        _ if bytes.starts_with(b"\x7fELF") => (
            "a native or precompiled file",
            "hand over the .wasm file it was made from; Wirt compiles and caches by itself",
        ),
        [] => ("an empty file", "build or download it again"),
        _ => ("no WebAssembly at all", "check that the path names a .wasm file"),
    };
    Err(LoadError::NotAComponent { name: name.into(), found, remedy })
}

/// Reads from the component's type which contracts it fills.
fn exported(
    name: &str,
    code: &wasmtime::component::Component,
    engine: &wasmtime::Engine,
) -> Result<Interfaces, LoadError> {
    let exports: Vec<String> = code
        .component_type()
        .exports(engine)
        .filter(|(_, item)| matches!(item.ty, ComponentItem::ComponentInstance(_)))
        .map(|(export, _)| export.to_string())
        .collect();
    let mut filled = Vec::new();
    for export in &exports {
        let Some((interface, version)) = Interface::ALL.into_iter().find_map(|interface| {
            let rest = export.strip_prefix(interface.package())?.strip_prefix('/')?;
            let (found, version) = rest.split_once('@').unwrap_or((rest, "none"));
            (found == interface.name()).then_some((interface, version))
        }) else {
            continue;
        };
        if code.get_export_index(None, interface.qualified().as_str()).is_none() {
            return Err(LoadError::Version {
                name: name.into(),
                package: interface.package(),
                interface,
                found: version.into(),
                expected: interface.version(),
                remedy: if numbers(version) > numbers(interface.version()) {
                    "use a newer Wirt, or a release of the plugin for this version"
                } else {
                    "rebuild the plugin against this host's wit/"
                },
            });
        }
        filled.push(interface);
    }
    if filled.is_empty() {
        let found = if exports.is_empty() { "no interface".into() } else { exports.join(", ") };
        let expected = Interface::ALL.map(Interface::qualified).join(", ");
        return Err(LoadError::NoInterface { name: name.into(), found, expected });
    }
    Ok(filled.into_iter().collect())
}

/// Interfaces of one transaction domain: a commit takes entries from the queue and marks the
/// manifest, so one plugin has them all.
const DOMAIN: [Interface; 3] =
    [Interface::Sessions, Interface::WorkQueue, Interface::AttachmentManifest];

/// Fails where only a part of [`DOMAIN`] is exported.
fn whole_domain(name: &str, interfaces: &Interfaces) -> Result<(), LoadError> {
    let (found, missing): (Vec<_>, Vec<_>) =
        DOMAIN.into_iter().partition(|interface| interfaces.contains(*interface));
    if found.is_empty() || missing.is_empty() {
        return Ok(());
    }
    let named = |interfaces: Vec<Interface>| {
        interfaces.into_iter().map(Interface::qualified).collect::<Vec<_>>().join(", ")
    };
    Err(LoadError::PartOfDomain { name: name.into(), found: named(found), missing: named(missing) })
}

/// A version's numbers, to compare by: `0.10.0` comes after `0.2.0`.
fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map(|number| number.parse().unwrap_or_default()).collect()
}

fn imported(code: &wasmtime::component::Component, engine: &wasmtime::Engine) -> Vec<String> {
    code.component_type().imports(engine).map(|(import, _)| import.to_string()).collect()
}

/// An error's whole chain on one line.
pub(crate) fn one_line(error: &wasmtime::Error) -> String {
    format!("{error:#}").lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// The first name in back quotes of an error's chain.
fn quoted(error: &wasmtime::Error) -> Option<String> {
    format!("{error:#}").split('`').nth(1).map(str::to_owned)
}
