//! `wirt:persistence/artifacts`.

use wirt_contract::ModuleRef;
use wirt_contract::artifacts::{Artifact, ProcessExport};

use crate::bindings::exports::wirt::persistence::artifacts as wit;

pub(crate) fn artifact(from: wit::Artifact) -> Artifact {
    let wit::Artifact { module_ref, required_surface_ref, exports, content } = from;
    let export = |wit::ProcessExport { name, process_ref }| ProcessExport { name, process_ref };
    Artifact {
        module_ref: ModuleRef::from(module_ref),
        required_surface_ref,
        exports: exports.into_iter().map(export).collect(),
        content,
    }
}

pub(crate) fn artifact_to(from: &Artifact) -> wit::Artifact {
    let Artifact { module_ref, required_surface_ref, exports, content } = from;
    let export = |ProcessExport { name, process_ref }: &ProcessExport| wit::ProcessExport {
        name: name.clone(),
        process_ref: process_ref.clone(),
    };
    wit::Artifact {
        module_ref: module_ref.as_str().into(),
        required_surface_ref: required_surface_ref.clone(),
        exports: exports.iter().map(export).collect(),
        content: content.clone(),
    }
}
