//! A plugin as its callers see it: some of the contracts, behind one handle.

use crate::artifacts::Artifacts;
use crate::attachment_manifest::AttachmentManifest;
use crate::attachments::Attachments;
use crate::batching::Batching;
use crate::embedder::Embedder;
use crate::sessions::Sessions;
use crate::store::Store;
use crate::tasks::Tasks;
use crate::tokenizer::Tokenizer;
use crate::transfer::Transfer;
use crate::work_queue::WorkQueue;
use crate::{Error, Failure, Interface, Interfaces};

/// Any subset of the contracts. `wirt-engine` gives a loaded component this face; the ledger has
/// it natively, so that the suite can check the reference without a sandbox.
///
/// An accessor answers `unsupported` for an interface that is not in [`Plugin::interfaces`], and
/// never for one that is.
pub trait Plugin {
    /// The contracts this plugin offers.
    fn interfaces(&self) -> Interfaces;

    /// `wirt:persistence/store`.
    fn store(&mut self) -> Result<&mut dyn Store, Failure> {
        Err(missing(Interface::Store))
    }

    /// `wirt:persistence/batching`.
    fn batching(&mut self) -> Result<&mut dyn Batching, Failure> {
        Err(missing(Interface::Batching))
    }

    /// `wirt:persistence/tasks`.
    fn tasks(&mut self) -> Result<&mut dyn Tasks, Failure> {
        Err(missing(Interface::Tasks))
    }

    /// `wirt:persistence/attachments`.
    fn attachments(&mut self) -> Result<&mut dyn Attachments, Failure> {
        Err(missing(Interface::Attachments))
    }

    /// `wirt:persistence/sessions`.
    fn sessions(&mut self) -> Result<&mut dyn Sessions, Failure> {
        Err(missing(Interface::Sessions))
    }

    /// `wirt:persistence/work-queue`.
    fn work_queue(&mut self) -> Result<&mut dyn WorkQueue, Failure> {
        Err(missing(Interface::WorkQueue))
    }

    /// `wirt:persistence/attachment-manifest`.
    fn attachment_manifest(&mut self) -> Result<&mut dyn AttachmentManifest, Failure> {
        Err(missing(Interface::AttachmentManifest))
    }

    /// `wirt:persistence/artifacts`.
    fn artifacts(&mut self) -> Result<&mut dyn Artifacts, Failure> {
        Err(missing(Interface::Artifacts))
    }

    /// `wirt:persistence/transfer`.
    fn transfer(&mut self) -> Result<&mut dyn Transfer, Failure> {
        Err(missing(Interface::Transfer))
    }

    /// `wirt:text/tokenizer`.
    fn tokenizer(&mut self) -> Result<&mut dyn Tokenizer, Failure> {
        Err(missing(Interface::Tokenizer))
    }

    /// `wirt:text/embedder`.
    fn embedder(&mut self) -> Result<&mut dyn Embedder, Failure> {
        Err(missing(Interface::Embedder))
    }
}

fn missing(interface: Interface) -> Failure {
    Error::Unsupported(format!(
        "this plugin does not export {}; bind a plugin that does",
        interface.qualified()
    ))
    .into()
}
