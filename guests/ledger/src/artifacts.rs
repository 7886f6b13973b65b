//! `wirt:persistence/artifacts`: compiled modules under the name of their content.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wirt_contract::artifacts::{Artifact, Artifacts, ProcessExport};
use wirt_contract::{Answer, Error, ModuleRef, StoreId};

use crate::Ledger;
use crate::call::Call;
use crate::keys::{Entry, Key, Space};
use crate::kv::KeyValue;
use crate::limits::{self, Id, page, shown};

/// An artifact as it is kept, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) required_surface_ref: String,
    pub(crate) exports: Vec<ProcessExport>,
}

/// Keeps an artifact, or sees that it is kept.
pub(crate) fn keep(
    call: &mut Call<'_>,
    space: Space<'_>,
    artifact: &Artifact,
) -> Result<(), Error> {
    bounds(artifact)?;
    let module = artifact.module_ref.as_str();
    let row = Row {
        required_surface_ref: artifact.required_surface_ref.clone(),
        exports: artifact.exports.clone(),
    };
    let key = space.key(Entry::Artifact(module));
    match call.value::<Row>(&key)? {
        Some(kept) if kept != row => {
            return Err(Error::Conflict(format!(
                "artifact {} is kept with another surface or other exports; delete it first",
                shown(module)
            )));
        }
        Some(_) => {}
        None => call.put(key, &row)?,
    }
    // Compared, not only looked up: a second put heals damaged content.
    let key = space.key(Entry::Content(module));
    if call.bytes(&key)?.as_ref() != Some(&artifact.content) {
        call.put_bytes(key, artifact.content.clone());
    }
    Ok(())
}

fn bounds(artifact: &Artifact) -> Result<(), Error> {
    limits::bytes("the artifact's content", &artifact.content)?;
    let name = ModuleRef::of(&artifact.content);
    if artifact.module_ref != name {
        return Err(Error::Invalid(format!(
            "the artifact is named {}, and its content {name}; put it under that name",
            shown(artifact.module_ref.as_str())
        )));
    }
    Id::new("the required surface", &artifact.required_surface_ref)?;
    limits::list("the artifact's list of exports", artifact.exports.len())?;
    let mut names = BTreeSet::new();
    for export in &artifact.exports {
        let name = Id::new("the export's name", &export.name)?;
        Id::new("the process ref", &export.process_ref)?;
        if !names.insert(name) {
            return Err(Error::Invalid(format!(
                "the artifact exports {name} twice, and each name comes once"
            )));
        }
    }
    Ok(())
}

/// An artifact, verified. Names of any form that name nothing give none.
pub(crate) fn whole(
    call: &mut Call<'_>,
    space: Space<'_>,
    module: &ModuleRef,
) -> Result<Option<Artifact>, Error> {
    let name = module.as_str();
    let Some(row) = call.value::<Row>(&space.key(Entry::Artifact(name)))? else { return Ok(None) };
    let content = call.bytes(&space.key(Entry::Content(name)))?.ok_or_else(|| {
        Error::backend(format!("artifact {} has lost its content; put it again", shown(name)))
    })?;
    let found = ModuleRef::of(&content);
    if found != *module {
        return Err(Error::backend(format!(
            "artifact {} is damaged: its content is that of {found}; put it again",
            shown(name)
        )));
    }
    Ok(Some(Artifact {
        module_ref: found,
        required_surface_ref: row.required_surface_ref,
        exports: row.exports,
        content,
    }))
}

impl<K: KeyValue> Artifacts for Ledger<K> {
    fn put(&mut self, store: &StoreId, artifact: &Artifact) -> Answer<()> {
        self.call(|call| keep(call, Space::new(store)?, artifact))
    }

    fn get(&mut self, store: &StoreId, module: &ModuleRef) -> Answer<Option<Artifact>> {
        self.call(|call| whole(call, Space::new(store)?, module))
    }

    fn delete(&mut self, store: &StoreId, module: &ModuleRef) -> Answer<bool> {
        self.call(|call| {
            let space = Space::new(store)?;
            let name = module.as_str();
            let mut there = false;
            for entry in [Entry::Artifact(name), Entry::Content(name)] {
                let key = space.key(entry);
                if call.has(&key)? {
                    there = true;
                    call.remove(key);
                }
            }
            Ok(there)
        })
    }

    fn list(
        &mut self,
        store: &StoreId,
        after: Option<&ModuleRef>,
        limit: u32,
    ) -> Answer<Vec<ModuleRef>> {
        self.call(|call| {
            let space = Space::new(store)?;
            let after = after.map(|module| space.key(Entry::Artifact(module.as_str())));
            let name = |key: &Key| match key.parse() {
                Some((_, Entry::Artifact(module))) => Ok(module.into()),
                _ => Err(Error::backend(format!("the list of artifacts holds {key}; run a check"))),
            };
            let keys = call.keys(&space.artifacts().after(after.as_ref()), page(limit)?)?;
            keys.iter().map(name).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{error, ledger, ledger_over, store};
    use crate::{LIMITS, Memory};

    fn artifact(content: &[u8]) -> Artifact {
        let export = |name: &str| ProcessExport { name: name.into(), process_ref: "p".into() };
        Artifact {
            module_ref: ModuleRef::of(content),
            required_surface_ref: "surface".into(),
            exports: vec![export("b"), export("a")],
            content: content.to_vec(),
        }
    }

    /// Writes past the contract.
    fn damage(memory: &mut Memory, entry: Entry<&str>, value: Option<&[u8]>) {
        let store = store();
        let key = Space::new(&store).unwrap().key(entry).into_bytes();
        memory.write([(key, value.map(<[u8]>::to_vec))].into()).unwrap();
        memory.commit().unwrap();
    }

    #[test]
    fn damaged_content_is_an_error_that_names_it_until_it_is_put_again() {
        let mut memory = Memory::default();
        let artifact = artifact(b"content");
        let name = artifact.module_ref.as_str();
        ledger_over(&memory).put(&store(), &artifact).unwrap();
        for value in [Some(b"contend".as_slice()), Some(b""), None] {
            damage(&mut memory, Entry::Content(name), value);
            let mut ledger = ledger_over(&memory);
            let Error::Backend { message, .. } =
                error(Artifacts::get(&mut ledger, &store(), &artifact.module_ref))
            else {
                panic!("damage is a backend error");
            };
            assert!(message.contains(name), "{message}");
            ledger.put(&store(), &artifact).unwrap();
            let found = Artifacts::get(&mut ledger, &store(), &artifact.module_ref);
            assert_eq!(found, Ok(Some(artifact.clone())));
        }
    }

    #[test]
    fn what_is_left_of_an_artifact_can_be_deleted_and_is_no_artifact() {
        let artifact = artifact(b"content");
        let name = artifact.module_ref.as_str();
        for half in [Entry::Artifact(name), Entry::Content(name)] {
            let mut memory = Memory::default();
            ledger_over(&memory).put(&store(), &artifact).unwrap();
            damage(&mut memory, half, None);
            let mut ledger = ledger_over(&memory);
            let delete = |ledger: &mut Ledger<Memory>| {
                Artifacts::delete(ledger, &store(), &artifact.module_ref)
            };
            assert_eq!(delete(&mut ledger), Ok(true), "{half:?}");
            assert_eq!(delete(&mut ledger), Ok(false), "{half:?}");
            let found = Artifacts::get(&mut ledger, &store(), &artifact.module_ref);
            assert_eq!(found, Ok(None), "{half:?}");
        }
    }

    #[test]
    fn putting_it_again_writes_nothing() {
        let memory = Memory::default();
        let artifact = artifact(b"content");
        ledger_over(&memory).put(&store(), &artifact).unwrap();
        let (mut kept, store) = (memory.reopen(), store());
        let mut call = Call::new(&mut kept, crate::tests::clock());
        keep(&mut call, Space::new(&store).unwrap(), &artifact).unwrap();
        assert!(call.into_writes().is_empty());
    }

    #[test]
    fn names_that_no_content_has_are_unknown_and_cut_where_they_are_told() {
        let mut ledger = ledger();
        let long = "x".repeat(100_000);
        for name in ["", "\0", "../..", &long] {
            let module = ModuleRef::new(name);
            assert_eq!(Artifacts::get(&mut ledger, &store(), &module), Ok(None));
            assert_eq!(Artifacts::delete(&mut ledger, &store(), &module), Ok(false));
            assert_eq!(Artifacts::list(&mut ledger, &store(), Some(&module), 1), Ok(vec![]));
            let misnamed = Artifact { module_ref: module, ..artifact(b"content") };
            let Error::Invalid(message) = error(ledger.put(&store(), &misnamed)) else {
                panic!("another name is invalid");
            };
            assert!(message.len() < 300, "the name is cut: {message}");
        }
    }

    #[test]
    fn the_largest_of_everything_fits_a_call() {
        let mut ledger = ledger();
        let id = |number| format!("{number:0>width$}", width = 512);
        let export = |number| ProcessExport { name: id(number), process_ref: id(number) };
        let content = vec![7; usize::try_from(LIMITS.max_attachment_bytes).unwrap()];
        let largest = Artifact {
            exports: (0..LIMITS.max_list).map(export).collect(),
            required_surface_ref: id(0),
            ..artifact(&content)
        };
        ledger.put(&store(), &largest).unwrap();
        let found = Artifacts::get(&mut ledger, &store(), &largest.module_ref);
        assert!(found == Ok(Some(largest)));
    }
}
