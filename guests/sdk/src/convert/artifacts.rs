//! Values of `wirt:persistence/artifacts`.

use wirt_contract::ModuleRef;
use wirt_contract::artifacts::{Artifact, ProcessExport};

use crate::bindings::store::exports::wirt::persistence::artifacts as wit;

impl From<wit::ProcessExport> for ProcessExport {
    fn from(from: wit::ProcessExport) -> Self {
        let wit::ProcessExport { name, process_ref } = from;
        Self { name, process_ref }
    }
}

impl From<ProcessExport> for wit::ProcessExport {
    fn from(from: ProcessExport) -> Self {
        let ProcessExport { name, process_ref } = from;
        Self { name, process_ref }
    }
}

impl From<wit::Artifact> for Artifact {
    fn from(from: wit::Artifact) -> Self {
        let wit::Artifact { module_ref, required_surface_ref, exports, content } = from;
        Self {
            module_ref: ModuleRef::new(module_ref),
            required_surface_ref,
            exports: exports.into_iter().map(Into::into).collect(),
            content,
        }
    }
}

impl From<Artifact> for wit::Artifact {
    fn from(from: Artifact) -> Self {
        let Artifact { module_ref, required_surface_ref, exports, content } = from;
        Self {
            module_ref: module_ref.as_str().to_owned(),
            required_surface_ref,
            exports: exports.into_iter().map(Into::into).collect(),
            content,
        }
    }
}
