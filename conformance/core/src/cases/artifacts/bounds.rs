//! Bounds of artifacts: ids, exports, content, store ids.

use wirt_contract::StoreId;
use wirt_contract::artifacts::{Artifact, Artifacts, ProcessExport};
use wirt_contract::store::Limits;

use super::{PAGE, artifact_of, case, export, new_artifact, put_and_look, put_is_invalid};
use crate::expect::{Kind, refused};
use crate::{Case, Probe, Stop};

pub(crate) const CASES: &[Case] = &[
    case("artifacts/an-export-twice-is-invalid", "artifacts.put.bound", "wirt", export_twice),
    case("artifacts/ids-bound", "artifacts.put.bound", "wirt", ids_bound),
    case("artifacts/exports-of-the-floor-fit", "artifacts.put.bound", "wirt", floor_fits),
    case("artifacts/exports-bound", "artifacts.put.bound", "wirt", exports_bound).extended(),
    case("artifacts/content-bound", "artifacts.put.bound", "wirt", content_bound).extended(),
    case("artifacts/store-id-bound", "store.id.bound", "wirt", store_id_bound).extended(),
];

/// Largest content, in bytes, this suite makes.
const MAX_CONTENT: u32 = 64 << 20;
/// Longest id, in bytes, this suite makes.
const MAX_ID: u32 = 65_536;
/// Longest list of exports this suite makes.
const MAX_EXPORTS: u32 = 65_536;

fn export_twice(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let artifact = new_artifact(probe);
    let (first, last) = (export(probe), export(probe));
    let other_ref = ProcessExport { process_ref: probe.word(), ..first.clone() };
    for exports in [
        vec![first.clone(), first.clone()],
        vec![first.clone(), other_ref.clone()],
        vec![first.clone(), last, other_ref],
    ] {
        let twice = Artifact { exports, ..artifact.clone() };
        put_is_invalid(probe, &store, "an export twice", &twice)?;
    }
    put_and_look(probe, &store, &Artifact { exports: vec![first], ..artifact })
}

/// The same artifact with one of its ids replaced.
fn with_id(artifact: &Artifact, which: &str, id: String) -> Artifact {
    let mut artifact = artifact.clone();
    match (which, artifact.exports.first_mut()) {
        ("export's name", Some(export)) => export.name = id,
        ("export's process-ref", Some(export)) => export.process_ref = id,
        _ => artifact.required_surface_ref = id,
    }
    artifact
}

fn ids_bound(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let most = probe.limits().max_id_bytes;
    for which in ["required-surface-ref", "export's name", "export's process-ref"] {
        let artifact = new_artifact(probe);
        let empty = with_id(&artifact, which, String::new());
        put_is_invalid(probe, &store, &format!("an empty {which}"), &empty)?;
        if most < MAX_ID {
            let long = probe.text(usize::try_from(most).unwrap_or(0) + 1);
            let what = format!("a {which} of {} bytes", long.len());
            put_is_invalid(probe, &store, &what, &with_id(&artifact, which, long))?;
        }
        let longest = probe.text(usize::try_from(most.min(MAX_ID)).unwrap_or(0));
        put_and_look(probe, &store, &with_id(&artifact, which, longest))?;
    }
    Ok(())
}

/// An artifact with this many exports.
fn with_exports(probe: &mut Probe<'_>, many: u32) -> Artifact {
    let exports = (0..many).map(|_| export(probe)).collect();
    Artifact { exports, ..new_artifact(probe) }
}

fn floor_fits(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let artifact = with_exports(probe, Limits::FLOOR.max_list);
    put_and_look(probe, &store, &artifact)
}

fn exports_bound(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let most = probe.limits().max_list;
    let artifact = with_exports(probe, most.min(MAX_EXPORTS));
    put_and_look(probe, &store, &artifact)?;
    if most < MAX_EXPORTS {
        let more = with_exports(probe, most + 1);
        put_is_invalid(probe, &store, &format!("{} exports", most + 1), &more)?;
    }
    Ok(())
}

fn content_bound(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let most = probe.limits().max_attachment_bytes;
    let content = probe.bytes(usize::try_from(most.min(MAX_CONTENT)).unwrap_or(0));
    let largest = artifact_of(probe, content.clone());
    put_and_look(probe, &store, &largest)?;
    if most < MAX_CONTENT {
        let more = [content, vec![0]].concat();
        let what = format!("{} bytes", more.len());
        let larger = artifact_of(probe, more);
        put_is_invalid(probe, &store, &what, &larger)?;
    }
    Ok(())
}

fn store_id_bound(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = probe.limits().max_id_bytes;
    let artifact = new_artifact(probe);
    let name = &artifact.module_ref;
    let mut outside = vec![StoreId::new("")];
    if most < MAX_ID {
        outside.push(StoreId::new(probe.text(usize::try_from(most).unwrap_or(0) + 1)));
    }
    for store in outside {
        refused("put under such a store id", probe.put(&store, &artifact), Kind::Invalid)?;
        refused("get under such a store id", probe.get(&store, name), Kind::Invalid)?;
        refused("delete under such a store id", probe.delete(&store, name), Kind::Invalid)?;
        refused("list under such a store id", probe.list(&store, None, PAGE), Kind::Invalid)?;
    }
    let longest = StoreId::new(probe.text(usize::try_from(most.min(MAX_ID)).unwrap_or(0)));
    put_and_look(probe, &longest, &artifact)
}
