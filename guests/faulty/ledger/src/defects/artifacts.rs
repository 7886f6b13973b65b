//! Defects of `artifacts`.

use wirt_contract::artifacts::{Artifact, Artifacts};
use wirt_contract::attachments::Attachments;
use wirt_contract::batching::Batching;
use wirt_contract::store::{Description, Durability, Store};
use wirt_contract::{Answer, Error, ModuleRef, StoreId};

use super::{Defect, invalid, not_found};
use crate::{Bend, Inner, STRAIGHT};

pub(super) const DEFECTS: &[Defect] = &[
    Defect {
        name: "takes an artifact's name for its surface",
        cases: &["artifacts/artifact-put-get-round-trips"],
        bend: Bend {
            artifact_get: |it, store, module| {
                let found = Artifacts::get(&mut it.ledger, store, module)?;
                Ok(found.map(|found| Artifact {
                    required_surface_ref: found.module_ref.to_string(),
                    ..found
                }))
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "nothing there is an error",
        cases: &["artifacts/artifact-get-unknown-is-none"],
        bend: Bend {
            artifact_get: |it, store, module| {
                Artifacts::get(&mut it.ledger, store, module)?
                    .map_or_else(not_found, |it| Ok(Some(it)))
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "keeps what it says it does not",
        cases: &["artifacts/artifact-reports-declared-tier"],
        bend: Bend {
            describe: |it| {
                let described = it.ledger.describe()?;
                Ok(Description { durability: Durability::Inline, ..described })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "waits for a flush that never comes",
        cases: &["artifacts/lashlang-artifact-store-survives-reopen"],
        bend: Bend {
            artifact_put: |it, store, artifact| {
                // Where a batch is open already, that is as well.
                let _ = it.ledger.begin();
                Artifacts::put(&mut it.ledger, store, artifact)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "takes content for text",
        cases: &["artifacts/content-of-any-bytes"],
        bend: Bend {
            artifact_get: |it, store, module| {
                let found = Artifacts::get(&mut it.ledger, store, module)?;
                Ok(found.map(|found| {
                    let text = String::from_utf8_lossy(&found.content).into_owned();
                    Artifact { content: text.into_bytes(), ..found }
                }))
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "sorts exports by name",
        cases: &["artifacts/exports-keep-their-order"],
        bend: Bend {
            artifact_get: |it, store, module| {
                let mut found = Artifacts::get(&mut it.ledger, store, module)?;
                if let Some(found) = &mut found {
                    found.exports.sort_by(|one, other| one.name.cmp(&other.name));
                }
                Ok(found)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "names of any case",
        cases: &["artifacts/odd-names-are-none"],
        bend: Bend {
            artifact_get: |it, store, module| {
                let lower = module.as_str().to_lowercase().into();
                Artifacts::get(&mut it.ledger, store, &lower)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "names artifacts itself, whatever they are called",
        cases: &["artifacts/another-name-is-invalid"],
        bend: Bend {
            artifact_put: |it, store, artifact| {
                let module_ref = ModuleRef::of(&artifact.content);
                Artifacts::put(&mut it.ledger, store, &Artifact { module_ref, ..artifact.clone() })
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a second put is a conflict",
        cases: &["artifacts/put-again-changes-nothing"],
        bend: Bend {
            artifact_put: |it, store, artifact| match kept(it, store, artifact)? {
                Some(_) => Err(Error::Conflict("it is there already".into()).into()),
                None => Artifacts::put(&mut it.ledger, store, artifact),
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "the same content is the same artifact",
        cases: &["artifacts/another-surface-is-a-conflict"],
        bend: Bend {
            artifact_put: |it, store, artifact| match kept(it, store, artifact)? {
                Some(_) => Ok(()),
                None => Artifacts::put(&mut it.ledger, store, artifact),
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "compares exports in any order",
        cases: &["artifacts/other-exports-are-a-conflict"],
        bend: Bend {
            artifact_put: |it, store, artifact| {
                let alike = kept(it, store, artifact)?.is_some_and(|kept| {
                    kept.exports.len() == artifact.exports.len()
                        && kept.exports.iter().all(|export| artifact.exports.contains(export))
                });
                if alike { Ok(()) } else { Artifacts::put(&mut it.ledger, store, artifact) }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "the first export of a name counts",
        cases: &["artifacts/an-export-twice-is-invalid"],
        bend: Bend {
            artifact_put: |it, store, artifact| {
                let mut once = Artifact { exports: Vec::new(), ..artifact.clone() };
                for export in &artifact.exports {
                    if once.exports.iter().all(|it| it.name != export.name) {
                        once.exports.push(export.clone());
                    }
                }
                Artifacts::put(&mut it.ledger, store, &once)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "cuts what is too long for an id",
        cases: &["artifacts/ids-bound"],
        bend: Bend {
            artifact_put: |it, store, artifact| {
                let most = max_id_bytes(it)?;
                let cut = |text: &str| text.get(..most).unwrap_or(text).to_owned();
                let mut artifact = artifact.clone();
                artifact.required_surface_ref = cut(&artifact.required_surface_ref);
                for export in &mut artifact.exports {
                    *export = wirt_contract::artifacts::ProcessExport {
                        name: cut(&export.name),
                        process_ref: cut(&export.process_ref),
                    };
                }
                Artifacts::put(&mut it.ledger, store, &artifact)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "takes a hundred exports and no more",
        cases: &["artifacts/exports-of-the-floor-fit"],
        bend: Bend {
            artifact_put: |it, store, artifact| {
                if artifact.exports.len() > 100 {
                    return invalid();
                }
                Artifacts::put(&mut it.ledger, store, artifact)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "takes as many exports as fit and leaves the rest",
        cases: &["artifacts/exports-bound"],
        bend: Bend {
            artifact_put: |it, store, artifact| {
                let most = it.ledger.describe()?.limits.max_list;
                let mut artifact = artifact.clone();
                artifact.exports.truncate(usize::try_from(most).unwrap_or(usize::MAX));
                Artifacts::put(&mut it.ledger, store, &artifact)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "says yes to what is too large and keeps nothing",
        cases: &["artifacts/content-bound"],
        bend: Bend {
            artifact_put: |it, store, artifact| {
                let most = it.ledger.describe()?.limits.max_attachment_bytes;
                if u32::try_from(artifact.content.len()).is_ok_and(|length| length <= most) {
                    return Artifacts::put(&mut it.ledger, store, artifact);
                }
                Ok(())
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "whatever is deleted was there",
        cases: &["artifacts/delete-says-whether"],
        bend: Bend {
            artifact_delete: |it, store, module| {
                Artifacts::delete(&mut it.ledger, store, module).map(|_| true)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "what was deleted still contradicts",
        cases: &["artifacts/put-after-delete"],
        bend: Bend {
            artifact_delete: |it, store, module| {
                let gone = Artifacts::get(&mut it.ledger, store, module)?;
                it.notes.borrow_mut().of::<Vec<Artifact>>().extend(gone);
                Artifacts::delete(&mut it.ledger, store, module)
            },
            artifact_put: |it, store, artifact| {
                let gone = it.notes.borrow_mut().of::<Vec<Artifact>>().clone();
                let other = |old: &Artifact| {
                    old.module_ref == artifact.module_ref
                        && old.required_surface_ref != artifact.required_surface_ref
                };
                if gone.iter().any(other) {
                    return Err(Error::Conflict("it had another surface".into()).into());
                }
                Artifacts::put(&mut it.ledger, store, artifact)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "lists from the end",
        cases: &["artifacts/list-by-name"],
        bend: Bend {
            artifact_list: |it, store, after, limit| {
                let mut page = Artifacts::list(&mut it.ledger, store, after, limit)?;
                page.reverse();
                Ok(page)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "a limit of 0 is 1",
        cases: &["artifacts/list-limit-zero-is-invalid"],
        bend: Bend {
            artifact_list: |it, store, after, limit| {
                Artifacts::list(&mut it.ledger, store, after, limit.max(1))
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "pages without a bound",
        cases: &["artifacts/list-limit-is-cut"],
        bend: Bend {
            artifact_list: |it, store, _, _| {
                let mut all: Vec<ModuleRef> = Vec::new();
                loop {
                    let page = Artifacts::list(&mut it.ledger, store, all.last(), 1_000)?;
                    if page.is_empty() {
                        return Ok(all);
                    }
                    all.extend(page);
                }
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "keeps equal content once for all store ids",
        cases: &["artifacts/store-ids-apart"],
        bend: Bend {
            artifact_put: |it, store, artifact| {
                it.notes.borrow_mut().stores.push(store.clone());
                Artifacts::put(&mut it.ledger, store, artifact)
            },
            artifact_get: |it, _, module| {
                let stores = it.notes.borrow().stores.clone();
                for store in stores {
                    let found = Artifacts::get(&mut it.ledger, &store, module)?;
                    if found.is_some() {
                        return Ok(found);
                    }
                }
                Ok(None)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "no store id is a store id",
        cases: &["artifacts/store-id-bound"],
        bend: Bend {
            artifact_put: |it, store, artifact| {
                let default = StoreId::new("default");
                let store = if store.as_str().is_empty() { &default } else { store };
                Artifacts::put(&mut it.ledger, store, artifact)
            },
            ..STRAIGHT
        },
    },
    Defect {
        name: "equal bytes go together",
        cases: &["artifacts/an-attachment-of-equal-bytes-stays"],
        bend: Bend {
            delete: |it, store, id| {
                let module = format!("module:sha256:{id}").into();
                Artifacts::delete(&mut it.ledger, store, &module)?;
                Attachments::delete(&mut it.ledger, store, id)
            },
            ..STRAIGHT
        },
    },
];

/// What is kept under the artifact's name.
fn kept(it: &mut Inner, store: &StoreId, artifact: &Artifact) -> Answer<Option<Artifact>> {
    Artifacts::get(&mut it.ledger, store, &artifact.module_ref)
}

fn max_id_bytes(it: &mut Inner) -> Answer<usize> {
    Ok(usize::try_from(it.ledger.describe()?.limits.max_id_bytes).unwrap_or(usize::MAX))
}
