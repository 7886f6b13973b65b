//! `wirt:persistence/artifacts`. The cases `seed 58` to `seed 61` are the document's own.

mod bounds;

use std::collections::BTreeMap;

use wirt_contract::artifacts::{Artifact, Artifacts, Module, ProcessExport};
use wirt_contract::attachments::{self, Metadata};
use wirt_contract::store::{Durability, Limits};
use wirt_contract::{AttachmentId, Interface, ModuleRef, StoreId};

use crate::case::Run;
use crate::expect::{Kind, failed, holds, present, refused, same};
use crate::{Case, Probe, Reopen, Show, Stop};

pub(super) use bounds::CASES as BOUNDS;

pub(super) const CASES: &[Case] = &[
    case(
        "artifacts/artifact-put-get-round-trips",
        "artifacts.get.round-trip",
        "seed 58",
        round_trips,
    ),
    case("artifacts/artifact-get-unknown-is-none", "artifacts.get.unknown", "seed 59", unknown),
    case(
        "artifacts/artifact-reports-declared-tier",
        "store.describe.tier",
        "seed 60",
        declared_tier,
    ),
    case(
        "artifacts/lashlang-artifact-store-survives-reopen",
        "store.close.keeps",
        "seed 61",
        survives,
    )
    .durable(),
    case("artifacts/content-of-any-bytes", "artifacts.get.round-trip", "head", any_content),
    case("artifacts/exports-keep-their-order", "artifacts.get.round-trip", "wirt", export_order),
    case("artifacts/odd-names-are-none", "artifacts.get.unknown", "wirt", odd_names),
    case(
        "artifacts/another-name-is-invalid",
        "artifacts.put.content-addressed",
        "wirt",
        another_name,
    ),
    case("artifacts/put-again-changes-nothing", "artifacts.put.repeat", "wirt", put_again),
    case("artifacts/another-surface-is-a-conflict", "artifacts.put.conflict", "wirt", surfaces),
    case("artifacts/other-exports-are-a-conflict", "artifacts.put.conflict", "wirt", exports),
    case("artifacts/delete-says-whether", "artifacts.delete", "wirt", delete),
    case("artifacts/put-after-delete", "artifacts.delete", "wirt", put_after_delete),
    case("artifacts/list-by-name", "artifacts.list", "wirt", list),
    case("artifacts/list-limit-zero-is-invalid", "artifacts.list", "wirt", limit_zero),
    case("artifacts/list-limit-is-cut", "artifacts.list", "wirt", limit_is_cut).extended(),
    case("artifacts/store-ids-apart", "store.id.isolation", "wirt", apart),
    Case {
        interfaces: &[Interface::Store, Interface::Artifacts, Interface::Attachments],
        ..case(
            "artifacts/an-attachment-of-equal-bytes-stays",
            "artifacts.get.round-trip",
            "wirt",
            beside_attachment,
        )
    },
];

/// Names asked for at once: the smallest largest page.
const PAGE: u32 = 100;
/// Pages after which a list is taken for one without an end.
const MAX_PAGES: usize = 400;

/// A core case about artifacts. Every store plugin offers `store` beside what else it offers.
const fn case(id: &'static str, rule: &'static str, source: &'static str, run: Run) -> Case {
    let needs = &[Interface::Store, Interface::Artifacts];
    Case::core((id, rule, source), Interface::Artifacts, needs, run).since(3)
}

/// A module such as the seed's: one process, and something nobody has compiled before.
fn module(probe: &mut Probe<'_>) -> Module {
    let program = serde_json::json!({
        "process": "echo", "params": ["value"], "finish": probe.word(), "lines": [1, 2.5, null],
    });
    Module {
        dependencies: vec![ModuleRef::of(probe.word().as_bytes())],
        exports: BTreeMap::from([("echo".into(), probe.word()), ("alpha".into(), probe.word())]),
        program,
        required_surface: serde_json::json!({"abilities": [probe.word()], "resources": []}),
    }
}

/// What a store keeps of it.
fn encoded(module: &Module) -> Result<Artifact, Stop> {
    let artifact = module.to_artifact();
    artifact.map_err(|error| Stop::Skip(format!("the suite's own module has no form: {error}")))
}

/// An artifact of any content: a store does not read it.
pub(super) fn artifact_of(probe: &mut Probe<'_>, content: Vec<u8>) -> Artifact {
    Artifact {
        module_ref: ModuleRef::of(&content),
        required_surface_ref: format!("surface:{}", probe.word()),
        exports: vec![export(probe), export(probe)],
        content,
    }
}

fn export(probe: &mut Probe<'_>) -> ProcessExport {
    ProcessExport { name: probe.word(), process_ref: probe.word() }
}

/// An artifact nobody has made.
pub(super) fn new_artifact(probe: &mut Probe<'_>) -> Artifact {
    let content = probe.bytes(40);
    artifact_of(probe, content)
}

/// The artifact is there, every field as it was put.
fn is_there(probe: &mut Probe<'_>, store: &StoreId, artifact: &Artifact) -> Result<(), Stop> {
    let found = probe.get(store, &artifact.module_ref)?;
    same("the artifact", &present("the artifact", found)?, artifact)
}

fn put_and_look(probe: &mut Probe<'_>, store: &StoreId, artifact: &Artifact) -> Result<(), Stop> {
    probe.put(store, artifact)?;
    is_there(probe, store, artifact)
}

/// Puts what has to be refused, and looks whether it left anything.
fn put_is_invalid(
    probe: &mut Probe<'_>,
    store: &StoreId,
    what: &str,
    artifact: &Artifact,
) -> Result<(), Stop> {
    refused(&format!("put of {what}"), probe.put(store, artifact), Kind::Invalid)?;
    let left = probe.get(store, &artifact.module_ref)?;
    same(&format!("what {what} left"), &left, &None)
}

/// The module, from the artifact that came back.
fn module_is_there(probe: &mut Probe<'_>, store: &StoreId, module: &Module) -> Result<(), Stop> {
    let put = encoded(module)?;
    let found = present("the artifact", probe.get(store, &put.module_ref)?)?;
    same("module-ref", &found.module_ref, &put.module_ref)?;
    same("required-surface-ref", &found.required_surface_ref, &put.required_surface_ref)?;
    same("exports", &found.exports, &put.exports)?;
    match Module::from_artifact(&found) {
        Ok(found) => {
            same("the module, encoded again", &encoded(&found)?.content, &put.content)?;
            holds(found == *module, "the module that was put", || format!("{found:?}"))
        }
        Err(error) => failed("an artifact that is its module", error.to_string()),
    }
}

fn round_trips(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let module = module(probe);
    probe.put(&store, &encoded(&module)?)?;
    module_is_there(probe, &store, &module)
}

fn unknown(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let artifact = encoded(&module(probe))?;
    same("an unknown artifact", &probe.get(&store, &artifact.module_ref)?, &None)
}

fn declared_tier(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for how in [Reopen::Closed, Reopen::Dropped] {
        let store = probe.store_id();
        let artifact = encoded(&module(probe))?;
        probe.put(&store, &artifact)?;
        probe.reopen(how)?;
        let found = probe.get(&store, &artifact.module_ref)?;
        match probe.durability() {
            Durability::Durable => same("a durable store's artifact", &found, &Some(artifact))?,
            Durability::Inline => {
                same("an inline store's artifact after its instance ended", &found, &None)?;
            }
        }
    }
    Ok(())
}

fn survives(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for how in [Reopen::Closed, Reopen::Dropped] {
        let store = probe.store_id();
        let module = module(probe);
        probe.put(&store, &encoded(&module)?)?;
        probe.reopen(how)?;
        module_is_there(probe, &store, &module)?;
    }
    Ok(())
}

fn any_content(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    // Nothing at all, no text, text that is no module, and lengths around a block's.
    let mut contents = vec![vec![], (0..=u8::MAX).collect(), b"not an artifact".to_vec()];
    contents.push(br#"{ "program": null, "exports": {}, "exports": [] }"#.to_vec());
    contents.extend([1, 511, 4_096, 65_537].map(|length| probe.bytes(length)));
    for content in contents {
        let artifact = artifact_of(probe, content);
        put_and_look(probe, &store, &artifact)?;
    }
    Ok(())
}

fn export_order(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let mut exports: Vec<_> = (0..5).map(|_| export(probe)).collect();
    // Neither order is the other's, and one process may have two names.
    exports.sort_by(|one, other| other.name.cmp(&one.name));
    exports.push(ProcessExport { name: "z\u{0}ü".into(), process_ref: "p".into() });
    exports.push(ProcessExport { name: "z".into(), process_ref: "p".into() });
    for exports in [Vec::new(), exports] {
        let artifact = Artifact { exports, ..new_artifact(probe) };
        put_and_look(probe, &store, &artifact)?;
    }
    Ok(())
}

fn odd_names(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let artifact = new_artifact(probe);
    probe.put(&store, &artifact)?;
    let name = artifact.module_ref.as_str();
    let hex = name.rsplit(':').next().unwrap_or_default();
    let longest = "f".repeat(usize::try_from(Limits::FLOOR.max_id_bytes).unwrap_or(0));
    let odd = [
        "".into(),
        " ".into(),
        hex.into(),
        name.to_uppercase(),
        format!("module:sha256:{}", hex.to_uppercase()),
        format!("{name}0"),
        format!("{name}\u{0}"),
        format!("../{name}"),
        name.get(..32).unwrap_or_default().into(),
        "ü漢𝄞".into(),
        longest.clone(),
        longest.repeat(8),
    ];
    // Digits alone have no upper case of their own.
    for other in odd.into_iter().filter(|other| other != name) {
        let other = ModuleRef::new(other);
        same("get of such a name", &probe.get(&store, &other)?, &None)?;
        same("delete of such a name", &probe.delete(&store, &other)?, &false)?;
    }
    is_there(probe, &store, &artifact)
}

fn another_name(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let artifact = new_artifact(probe);
    let name = artifact.module_ref.as_str();
    let hex = name.rsplit(':').next().unwrap_or_default();
    let upper = format!("module:sha256:{}", hex.to_uppercase());
    let other = ModuleRef::of(&probe.bytes(9));
    for wrong in ["", hex, &upper, &format!("{name}0"), "module:sha256:", other.as_str()] {
        if wrong == name {
            continue;
        }
        let wrong = Artifact { module_ref: wrong.into(), ..artifact.clone() };
        put_is_invalid(probe, &store, &format!("the name {}", wrong.module_ref.show()), &wrong)?;
        same("the artifact", &probe.get(&store, &artifact.module_ref)?, &None)?;
    }
    put_and_look(probe, &store, &artifact)
}

fn put_again(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let artifact = new_artifact(probe);
    for _ in 0..3 {
        put_and_look(probe, &store, &artifact)?;
    }
    same("the list", &probe.list(&store, None, PAGE)?, &vec![artifact.module_ref])
}

/// Puts one artifact, then what has its content and is a conflict with it.
fn conflicts(
    probe: &mut Probe<'_>,
    store: &StoreId,
    artifact: &Artifact,
    others: Vec<Artifact>,
) -> Result<(), Stop> {
    probe.put(store, artifact)?;
    for other in others {
        refused("put of the same content", probe.put(store, &other), Kind::Conflict)?;
        is_there(probe, store, artifact)?;
    }
    put_and_look(probe, store, artifact)
}

fn surfaces(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let artifact = new_artifact(probe);
    let longer = format!("{}0", artifact.required_surface_ref);
    let others = [longer, probe.word()]
        .map(|required_surface_ref| Artifact { required_surface_ref, ..artifact.clone() });
    conflicts(probe, &store, &artifact, others.into())
}

fn exports(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let artifact = new_artifact(probe);
    let with = |change: fn(&mut Vec<ProcessExport>)| {
        let mut exports = artifact.exports.clone();
        change(&mut exports);
        Artifact { exports, ..artifact.clone() }
    };
    let others = vec![
        with(Vec::clear),
        with(|exports| drop(exports.pop())),
        with(|exports| exports.reverse()),
        with(|exports| exports.iter_mut().for_each(|it| it.name.push('0'))),
        with(|exports| exports.iter_mut().for_each(|it| it.process_ref.push('0'))),
        with(|exports| exports.push(ProcessExport { name: "z".into(), process_ref: "z".into() })),
    ];
    conflicts(probe, &store, &artifact, others)
}

fn delete(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let (gone, kept) = (new_artifact(probe), new_artifact(probe));
    let name = &gone.module_ref;
    same("delete before put", &probe.delete(&store, name)?, &false)?;
    probe.put(&store, &gone)?;
    probe.put(&store, &kept)?;
    same("delete", &probe.delete(&store, name)?, &true)?;
    same("delete again", &probe.delete(&store, name)?, &false)?;
    same("get after delete", &probe.get(&store, name)?, &None)?;
    is_there(probe, &store, &kept)?;
    same("the list", &probe.list(&store, None, PAGE)?, &vec![kept.module_ref])
}

fn put_after_delete(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let first = new_artifact(probe);
    // What is gone contradicts nothing.
    let other = Artifact { required_surface_ref: probe.word(), exports: vec![], ..first.clone() };
    for artifact in [&first, &other, &first] {
        put_and_look(probe, &store, artifact)?;
        same("delete", &probe.delete(&store, &artifact.module_ref)?, &true)?;
    }
    put_and_look(probe, &store, &other)
}

/// Puts this many, and gives their names in the order of a list.
fn put_many(probe: &mut Probe<'_>, store: &StoreId, many: u32) -> Result<Vec<ModuleRef>, Stop> {
    let mut names = Vec::new();
    for _ in 0..many {
        let artifact = new_artifact(probe);
        probe.put(store, &artifact)?;
        names.push(artifact.module_ref);
    }
    names.sort();
    Ok(names)
}

fn list(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    same("the list at first", &probe.list(&store, None, PAGE)?, &Vec::new())?;
    let expected = put_many(probe, &store, 7)?;
    for limit in [1, 3, 7, PAGE] {
        let mut found: Vec<ModuleRef> = Vec::new();
        for _ in 0..MAX_PAGES {
            let page = probe.list(&store, found.last(), limit)?;
            if page.is_empty() {
                break;
            }
            if page.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
                return failed(format!("at most {limit} names"), page.show());
            }
            found.extend(page);
        }
        same(&format!("the list in pages of {limit}"), &found, &expected)?;
    }
    // `after` is a place, whether or not something is there.
    for after in ["module:sha256:8", "module", "n", "module:sha256:8\u{0}"].map(ModuleRef::from) {
        let found = probe.list(&store, Some(&after), PAGE)?;
        let rest: Vec<_> = expected.iter().filter(|name| **name > after).cloned().collect();
        same(&format!("what comes after {}", after.show()), &found, &rest)?;
    }
    Ok(())
}

fn limit_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    refused("a list of limit 0", probe.list(&store, None, 0), Kind::Invalid)?;
    put_many(probe, &store, 1)?;
    refused("a list of limit 0", probe.list(&store, None, 0), Kind::Invalid)
}

fn limit_is_cut(probe: &mut Probe<'_>) -> Result<(), Stop> {
    /// Artifacts this case is ready to make; a store with larger pages is not tried.
    const MAX_MADE: u32 = 2_000;
    let most = probe.limits().max_page;
    if most >= MAX_MADE {
        return Err(Stop::Skip(format!("pages of {most} are more than this case makes")));
    }
    let store = probe.store_id();
    probe.bulk(u64::from(most) + 1, |probe| put_many(probe, &store, 1).map(drop))?;
    let page = probe.list(&store, None, u32::MAX)?;
    let fits = !page.is_empty() && page.len() <= usize::try_from(most).unwrap_or(usize::MAX);
    holds(fits, format!("1 to max-page = {most} names"), || page.len().to_string())
}

fn apart(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let here = probe.store_id();
    let there = StoreId::new(format!("{here}0"));
    let artifact = new_artifact(probe);
    let name = &artifact.module_ref;
    probe.put(&here, &artifact)?;
    same("get under another store id", &probe.get(&there, name)?, &None)?;
    same("delete under another store id", &probe.delete(&there, name)?, &false)?;
    same("list under another store id", &probe.list(&there, None, PAGE)?, &Vec::new())?;
    // Under another store id the same content may have another surface.
    let other = Artifact { required_surface_ref: probe.word(), ..artifact.clone() };
    put_and_look(probe, &there, &other)?;
    is_there(probe, &here, &artifact)?;
    same("delete under another store id", &probe.delete(&there, name)?, &true)?;
    is_there(probe, &here, &artifact)?;
    same("the list", &probe.list(&here, None, PAGE)?, &vec![artifact.module_ref])
}

fn beside_attachment(probe: &mut Probe<'_>) -> Result<(), Stop> {
    use attachments::Attachments;
    let store = probe.store_id();
    let artifact = new_artifact(probe);
    let bytes = &artifact.content;
    let metadata =
        Metadata { media_type: "text/plain".into(), width: None, height: None, label: None };
    Attachments::put(probe, &store, bytes, &metadata)?;
    Artifacts::put(probe, &store, &artifact)?;
    let id = AttachmentId::of(bytes);
    same("the attachment", &Attachments::get(probe, &store, &id)?, bytes)?;
    same("delete of the attachment", &Attachments::delete(probe, &store, &id)?, &true)?;
    same(
        "the artifact",
        &Artifacts::get(probe, &store, &artifact.module_ref)?,
        &Some(artifact.clone()),
    )?;
    Attachments::put(probe, &store, bytes, &metadata)?;
    same(
        "delete of the artifact",
        &Artifacts::delete(probe, &store, &artifact.module_ref)?,
        &true,
    )?;
    same("the attachment", &Attachments::get(probe, &store, &id)?, bytes)
}
