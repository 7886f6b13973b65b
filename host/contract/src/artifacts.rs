//! `wirt:persistence/artifacts`: compiled modules under the name of their content, and the module
//! itself, which a store keeps without reading it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Answer, ModuleRef, StoreId, json};

/// A process a module offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessExport {
    /// Its name.
    pub name: String,
    /// Digest of the process and its place.
    pub process_ref: String,
}

/// A module as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// [`ModuleRef::of`] its content.
    pub module_ref: ModuleRef,
    /// Name of what it needs from its host.
    pub required_surface_ref: String,
    /// In the module's order, each name once.
    pub exports: Vec<ProcessExport>,
    /// The module, opaque to a store.
    #[serde(with = "crate::base64")]
    pub content: Vec<u8>,
}

/// Rules: `artifacts.*` in `wit/persistence/artifacts.wit`.
pub trait Artifacts {
    /// Keeps an artifact.
    fn put(&mut self, store: &StoreId, artifact: &Artifact) -> Answer<()>;

    /// An artifact, verified.
    fn get(&mut self, store: &StoreId, module: &ModuleRef) -> Answer<Option<Artifact>>;

    /// Removes an artifact; says whether it was there.
    fn delete(&mut self, store: &StoreId, module: &ModuleRef) -> Answer<bool>;

    /// Names ascending, in pages.
    fn list(
        &mut self,
        store: &StoreId,
        after: Option<&ModuleRef>,
        limit: u32,
    ) -> Answer<Vec<ModuleRef>>;
}

/// A compiled module. Its bytes are canonical JSON, so that equal modules have one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Modules it needs.
    pub dependencies: Vec<ModuleRef>,
    /// Digest of each process it offers, by name.
    pub exports: BTreeMap<String, String>,
    /// The program, as its compiler writes it.
    pub program: Value,
    /// What it needs from its host.
    pub required_surface: Value,
}

/// Why bytes are no module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModuleError {
    /// They cannot be read or written as one.
    #[error("codec error: {0}; compile and put the module again")]
    Codec(String),
    /// They are one, but not the one the artifact says.
    #[error(
        "the artifact's {field} is {expected}, and its content has {found}; compile and put the \
         module again"
    )]
    Mismatch {
        /// Which of the artifact's fields.
        field: &'static str,
        /// What the artifact says.
        expected: String,
        /// What its content says.
        found: String,
    },
}

impl Module {
    /// Name of what it needs: `surface:sha256:` and the digest of its canonical JSON.
    ///
    /// # Errors
    /// [`ModuleError::Codec`] where the surface has no JSON form.
    pub fn required_surface_ref(&self) -> Result<String, ModuleError> {
        let digest = json::digest(&self.required_surface).map_err(codec)?;
        Ok(format!("surface:sha256:{digest}"))
    }

    /// The artifact a store keeps of it.
    ///
    /// # Errors
    /// [`ModuleError::Codec`] where it has no JSON form.
    pub fn to_artifact(&self) -> Result<Artifact, ModuleError> {
        let content = json::canonical(self).map_err(codec)?.into_bytes();
        let exports = self.exports.iter().map(|(name, process_ref)| ProcessExport {
            name: name.clone(),
            process_ref: process_ref.clone(),
        });
        Ok(Artifact {
            module_ref: ModuleRef::of(&content),
            required_surface_ref: self.required_surface_ref()?,
            exports: exports.collect(),
            content,
        })
    }

    /// The module of an artifact; every field of the artifact is compared with its content.
    ///
    /// # Errors
    /// [`ModuleError::Codec`] where the content is no module in canonical form,
    /// [`ModuleError::Mismatch`] where a field says something else.
    pub fn from_artifact(artifact: &Artifact) -> Result<Self, ModuleError> {
        let module: Self = serde_json::from_slice(&artifact.content).map_err(codec)?;
        let made = module.to_artifact()?;
        if made.content != artifact.content {
            return Err(ModuleError::Codec("the content is not in canonical form".into()));
        }
        let mismatch = |field, expected: &dyn std::fmt::Debug, found: &dyn std::fmt::Debug| {
            Err(ModuleError::Mismatch {
                field,
                expected: format!("{expected:?}"),
                found: format!("{found:?}"),
            })
        };
        if made.module_ref != artifact.module_ref {
            return mismatch("module_ref", &artifact.module_ref, &made.module_ref);
        }
        if made.required_surface_ref != artifact.required_surface_ref {
            let (said, found) = (&artifact.required_surface_ref, &made.required_surface_ref);
            return mismatch("required_surface_ref", said, found);
        }
        if made.exports != artifact.exports {
            return mismatch("exports", &artifact.exports, &made.exports);
        }
        Ok(module)
    }
}

fn codec(cause: serde_json::Error) -> ModuleError {
    ModuleError::Codec(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn module() -> Module {
        Module {
            dependencies: vec![],
            exports: BTreeMap::from([("echo".into(), "p1".into())]),
            program: json!({"process": "echo", "finish": "value"}),
            required_surface: json!({"abilities": [], "resources": []}),
        }
    }

    #[test]
    fn a_module_comes_back_from_its_artifact() {
        let artifact = module().to_artifact().unwrap();
        assert_eq!(Module::from_artifact(&artifact), Ok(module()));
    }

    /// `seed`: module-artifact-rejects-corrupted-store-bytes.
    #[test]
    fn corrupted_bytes_are_a_codec_error() {
        let artifact = module().to_artifact().unwrap();
        let spaced = String::from_utf8(artifact.content.clone()).unwrap().replacen(':', ": ", 1);
        for content in [b"not an artifact".to_vec(), b"{}".to_vec(), spaced.into_bytes()] {
            let broken = Artifact { content, ..artifact.clone() };
            let error = Module::from_artifact(&broken).unwrap_err();
            assert!(matches!(error, ModuleError::Codec(_)), "{error}");
        }
    }

    #[test]
    fn a_field_that_says_otherwise_is_named() {
        let artifact = module().to_artifact().unwrap();
        let wrong = [
            ("module_ref", Artifact { module_ref: "module:sha256:00".into(), ..artifact.clone() }),
            (
                "required_surface_ref",
                Artifact { required_surface_ref: "x".into(), ..artifact.clone() },
            ),
            ("exports", Artifact { exports: vec![], ..artifact }),
        ];
        for (name, artifact) in wrong {
            let error = Module::from_artifact(&artifact).unwrap_err();
            assert!(matches!(error, ModuleError::Mismatch { field, .. } if field == name));
        }
    }
}
