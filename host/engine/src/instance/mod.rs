//! A plugin at work: a component under a grant and limits, with the contracts' faces.
//!
//! Here: its life, and the one path every call takes. Not here: the faces, one a file.

mod artifacts;
mod attachment_manifest;
mod attachments;
mod sessions;
mod store;
mod tasks;
mod text;
mod transfer;
mod work_queue;

use wasmtime::{FrameInfo, Trap, WasmBacktrace};
use wirt_contract::artifacts::Artifacts;
use wirt_contract::attachment_manifest::AttachmentManifest;
use wirt_contract::attachments::Attachments;
use wirt_contract::batching::Batching;
use wirt_contract::embedder::Embedder;
use wirt_contract::sessions::Sessions;
use wirt_contract::store::Store;
use wirt_contract::tasks::Tasks;
use wirt_contract::tokenizer::Tokenizer;
use wirt_contract::transfer::Transfer;
use wirt_contract::work_queue::WorkQueue;
use wirt_contract::{Answer, Error, Failure, Fault, FaultKind, Interface, Interfaces, Plugin};

use crate::Component;
use crate::component::{Functions, one_line};
use crate::grant::{Grant, Limits};
use crate::sandbox::{Sandbox, Waits};

/// A plugin at work.
///
/// The wasm instance is made at the first call and again after a fault; each draws its own stream
/// of chance. Dropping this drops the wasm instance without a `close`.
pub struct Instance {
    component: Component,
    grant: Grant,
    limits: Limits,
    live: Option<Live>,
}

/// What wasmtime runs an instance in.
type Running = wasmtime::Store<Sandbox>;

/// One wasm instance.
struct Live {
    store: Running,
    functions: Functions,
}

impl Instance {
    /// A plugin under this grant and these limits. Nothing runs yet.
    pub fn new(component: Component, grant: Grant, limits: Limits) -> Self {
        Self { component, grant, limits, live: None }
    }

    /// Drops the wasm instance as a crash of the host would: without `close`. The next call gets
    /// a fresh one over the same folder.
    pub fn discard(&mut self) {
        self.live = None;
    }

    /// The component it runs.
    pub fn component(&self) -> &Component {
        &self.component
    }

    /// Runs one function of an interface, whose functions `of` picks. Whatever is not an answer of
    /// the plugin is a fault, and ends the instance.
    fn call<G, T>(
        &mut self,
        interface: Interface,
        function: &str,
        of: impl FnOnce(&Functions) -> Option<&G>,
        run: impl FnOnce(&G, &mut Running) -> wasmtime::Result<T>,
    ) -> Answer<T> {
        let mut live = match self.live.take() {
            Some(live) => live,
            None => self.instantiate().map_err(|detail| Fault {
                kind: FaultKind::NotStarted,
                function: format!("{interface}.{function}"),
                detail,
            })?,
        };
        let Some(guest) = of(&live.functions) else {
            self.live = Some(live);
            return Err(missing(interface));
        };
        live.store.data_mut().begin_call();
        live.store.set_epoch_deadline(1);
        match run(guest, &mut live.store) {
            Ok(answer) => {
                self.live = Some(live);
                Ok(answer)
            }
            Err(error) => Err(Fault {
                kind: kind_of(&error, live.store.data()),
                function: format!("{interface}.{function}"),
                detail: detail_of(&error, live.store.data()),
            }
            .into()),
        }
    }

    fn instantiate(&mut self) -> Result<Live, String> {
        let mut store = self
            .component
            .store(&self.grant, self.limits)
            .map_err(|error| format!("its folder cannot be opened: {error}"))?;
        let instance = self
            .component
            .pre
            .instantiate(&mut store)
            .map_err(|error| detail_of(&error, store.data()))?;
        let functions = self
            .component
            .indices
            .load(&mut store, &instance)
            .map_err(|(interface, error)| format!("{interface}: {}", one_line(&error)))?;
        Ok(Live { store, functions })
    }
}

fn missing(interface: Interface) -> Failure {
    Error::Unsupported(format!("the plugin does not export {}", interface.qualified())).into()
}

fn kind_of(error: &wasmtime::Error, sandbox: &Sandbox) -> FaultKind {
    if sandbox.out_of_memory {
        FaultKind::OutOfMemory
    } else if error.downcast_ref::<Trap>() == Some(&Trap::Interrupt) {
        FaultKind::OutOfTime
    } else if error.downcast_ref::<Waits>().is_some() {
        FaultKind::Waited
    } else {
        FaultKind::Trapped
    }
}

/// Frames of a plugin's stack that are told of, the innermost ones.
const MAX_FRAMES: usize = 32;

/// The plugin's last words where it has some (a panic's message), else the engine's. Where it was
/// stopped at a call of its disk, its stack follows, a function a line.
fn detail_of(error: &wasmtime::Error, sandbox: &Sandbox) -> String {
    if error.downcast_ref::<wirt_disk::FsError>() == Some(&wirt_disk::FsError::Stopped) {
        return stack(error);
    }
    let words = sandbox.last_words.line();
    let engine = error.root_cause().to_string();
    if words.is_empty() { engine } else { format!("{words} ({engine})") }
}

fn stack(error: &wasmtime::Error) -> String {
    let frames = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::frames);
    let name = |frame: &FrameInfo| match frame.func_name() {
        Some(name) => format!("{:#}", rustc_demangle::demangle(name)),
        None => format!("function {}", frame.func_index()),
    };
    let names = frames.unwrap_or_default().iter().take(MAX_FRAMES).map(name);
    std::iter::once(error.root_cause().to_string()).chain(names).collect::<Vec<_>>().join("\n")
}

impl Plugin for Instance {
    fn interfaces(&self) -> Interfaces {
        self.component.interfaces().clone()
    }

    fn store(&mut self) -> Result<&mut dyn Store, Failure> {
        self.offer(Interface::Store).map(|this| this as &mut dyn Store)
    }

    fn batching(&mut self) -> Result<&mut dyn Batching, Failure> {
        self.offer(Interface::Batching).map(|this| this as &mut dyn Batching)
    }

    fn tasks(&mut self) -> Result<&mut dyn Tasks, Failure> {
        self.offer(Interface::Tasks).map(|this| this as &mut dyn Tasks)
    }

    fn attachments(&mut self) -> Result<&mut dyn Attachments, Failure> {
        self.offer(Interface::Attachments).map(|this| this as &mut dyn Attachments)
    }

    fn sessions(&mut self) -> Result<&mut dyn Sessions, Failure> {
        self.offer(Interface::Sessions).map(|this| this as &mut dyn Sessions)
    }

    fn work_queue(&mut self) -> Result<&mut dyn WorkQueue, Failure> {
        self.offer(Interface::WorkQueue).map(|this| this as &mut dyn WorkQueue)
    }

    fn attachment_manifest(&mut self) -> Result<&mut dyn AttachmentManifest, Failure> {
        self.offer(Interface::AttachmentManifest).map(|this| this as &mut dyn AttachmentManifest)
    }

    fn artifacts(&mut self) -> Result<&mut dyn Artifacts, Failure> {
        self.offer(Interface::Artifacts).map(|this| this as &mut dyn Artifacts)
    }

    fn transfer(&mut self) -> Result<&mut dyn Transfer, Failure> {
        self.offer(Interface::Transfer).map(|this| this as &mut dyn Transfer)
    }

    fn tokenizer(&mut self) -> Result<&mut dyn Tokenizer, Failure> {
        self.offer(Interface::Tokenizer).map(|this| this as &mut dyn Tokenizer)
    }

    fn embedder(&mut self) -> Result<&mut dyn Embedder, Failure> {
        self.offer(Interface::Embedder).map(|this| this as &mut dyn Embedder)
    }
}

impl Instance {
    fn offer(&mut self, interface: Interface) -> Result<&mut Self, Failure> {
        if self.component.interfaces().contains(interface) {
            Ok(self)
        } else {
            Err(missing(interface))
        }
    }
}
