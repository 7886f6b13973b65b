//! The engine with real components: grants, limits, faults, the cache, and what is refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test panics where it fails")]

use std::path::Path;
use std::time::Duration;

use wirt_contract::attachment_manifest::Retention;
use wirt_contract::tasks::{NewTask, Status};
use wirt_contract::{EpochMs, Failure, FaultKind, Interface, Plugin, StoreId, TaskId};
use wirt_engine::{
    Clock, Component, Data, Engine, Folder, Grant, GrantError, Instance, Limits, LoadError, Origin,
    Seed, SharedDisk, VirtualClock,
};

fn engine() -> Engine {
    Engine::new(None).unwrap()
}

fn bundled(engine: &Engine, name: &str) -> Component {
    let plugin = wirt_bundled::plugin(name).or_else(|| wirt_bundled::faulty(name)).unwrap();
    engine.load(name, plugin.bytes).unwrap()
}

fn grant(folder: Option<&Path>) -> Grant {
    Grant {
        data: folder.map_or(Data::None, |path| Data::Folder(Folder::hold(path).unwrap())),
        env: Vec::new(),
        clock: Clock::Virtual(VirtualClock::at(EpochMs(1_000))),
        seed: Seed::from_number(7),
    }
}

fn task(id: &str) -> NewTask {
    NewTask {
        task_id: TaskId::from(id),
        op: "index".into(),
        params_digest: "0".into(),
        created_at: EpochMs(5),
    }
}

#[test]
fn a_disk_is_no_folder_and_a_folder_no_disk() {
    let home = tempfile::tempdir().unwrap();
    let folder = Data::Folder(Folder::hold(&home.path().join("data")).unwrap());
    let disk = Data::Disk(SharedDisk::new(wirt_disk::Disk::new(wirt_disk::Profile::Kill, 0)));
    let (folders, disks) = (engine(), Engine::for_disks(None).unwrap());
    for (engine, data) in [(&folders, disk), (&disks, folder)] {
        let grant = Grant { data, ..grant(None) };
        let component = bundled(engine, "store-memory");
        let mut instance = Instance::new(component, grant, Limits::default());
        let said = fault(instance.store().unwrap().describe().unwrap_err());
        assert_eq!(said.kind, FaultKind::NotStarted);
        assert!(said.detail.contains("an engine of the grant's sort"), "{said}");
    }
}

fn fault(failure: Failure) -> wirt_contract::Fault {
    match failure {
        Failure::Fault(fault) => fault,
        Failure::Error(error) => panic!("expected a fault, found the error {error}"),
    }
}

#[test]
fn a_store_answers_through_the_sandbox() {
    let engine = engine();
    let component = bundled(&engine, "store-memory");
    assert!(component.interfaces().contains_all(&[Interface::Store, Interface::Tasks]));
    assert!(!component.interfaces().contains(Interface::Tokenizer));
    let mut plugin = Instance::new(component, grant(None), Limits::default());
    let store = StoreId::from("s");
    plugin.tasks().unwrap().create(&store, &task("t")).unwrap();
    let row = plugin.tasks().unwrap().get(&store, &TaskId::from("t")).unwrap().unwrap();
    assert_eq!(row.status, Status::Pending);
    assert!(matches!(plugin.tokenizer(), Err(Failure::Error(_))));
}

#[test]
fn a_durable_store_survives_its_instance_and_its_folder_has_one_holder() {
    let engine = engine();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let grant = grant(Some(&data));
    let held = Folder::hold(&data).unwrap_err();
    assert!(
        matches!(&held, GrantError::Held { holder, .. } if holder.contains(&std::process::id().to_string())),
        "{held}"
    );
    let mut plugin = Instance::new(bundled(&engine, "store-redb"), grant, Limits::default());
    let store = StoreId::from("s");
    plugin.tasks().unwrap().create(&store, &task("t")).unwrap();
    plugin.discard();
    assert!(plugin.tasks().unwrap().get(&store, &TaskId::from("t")).unwrap().is_some());
    drop(plugin);
    Folder::hold(&data).unwrap();
}

#[test]
fn a_fault_discards_the_instance_and_the_next_call_gets_a_fresh_one() {
    let engine = engine();
    let mut plugin = Instance::new(bundled(&engine, "traps"), grant(None), Limits::default());
    let store = StoreId::from("s");
    plugin.tasks().unwrap().create(&store, &task("t")).unwrap();
    let event = wirt_contract::tasks::NewEvent {
        kind: wirt_contract::tasks::EventKind::Log,
        at: EpochMs(6),
        payload: "1".into(),
    };
    let failure =
        plugin.tasks().unwrap().append_event(&store, &TaskId::from("t"), &event).unwrap_err();
    let found = fault(failure);
    assert_eq!(found.kind, FaultKind::Trapped);
    assert_eq!(found.function, "tasks.append-event");
    assert!(found.detail.contains("panicked"), "{}", found.detail);
    assert_eq!(plugin.tasks().unwrap().get(&store, &TaskId::from("t")).unwrap(), None);
}

#[test]
fn time_is_limited() {
    let engine = engine();
    let limits = Limits { call_time: Duration::from_millis(50), ..Limits::default() };
    let mut plugin = Instance::new(bundled(&engine, "never-returns"), grant(None), limits);
    let store = StoreId::from("s");
    plugin.tasks().unwrap().create(&store, &task("t")).unwrap();
    let closing = wirt_contract::tasks::Closing {
        ending: wirt_contract::tasks::Ending::Succeeded,
        at: EpochMs(6),
        outcome: None,
        failure: None,
        payload: "{}".into(),
    };
    let failure = plugin.tasks().unwrap().finish(&store, &TaskId::from("t"), &closing).unwrap_err();
    assert_eq!(fault(failure).kind, FaultKind::OutOfTime);
}

#[test]
fn memory_is_limited() {
    let engine = engine();
    let limits = Limits { memory_bytes: 16 << 20, ..Limits::default() };
    let mut plugin = Instance::new(bundled(&engine, "eats-memory"), grant(None), limits);
    let metadata = wirt_contract::attachments::Metadata {
        media_type: "image/png".into(),
        width: None,
        height: None,
        label: None,
    };
    let failure =
        plugin.attachments().unwrap().put(&StoreId::from("s"), b"x", &metadata).unwrap_err();
    let found = fault(failure);
    assert_eq!(found.kind, FaultKind::OutOfMemory, "{found}");
}

#[test]
fn a_truncated_cache_file_is_compiled_anew() {
    let cache = tempfile::tempdir().unwrap();
    let bytes = wirt_bundled::plugin("tokenizer-unicode").unwrap().bytes;
    let load = || {
        let engine = Engine::new(Some(cache.path())).unwrap();
        engine.load("tokenizer-unicode", bytes).unwrap().origin()
    };
    assert!(matches!(load(), Origin::Compiled(_)));
    assert!(matches!(load(), Origin::Cached(_)));
    let file = std::fs::read_dir(cache.path()).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&file).unwrap();
    for broken in [&whole[..whole.len() / 2], &whole[..10], &[]] {
        std::fs::write(&file, broken).unwrap();
        assert!(matches!(load(), Origin::Compiled(_)));
        assert!(matches!(load(), Origin::Cached(_)));
    }
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    std::fs::write(&file, changed).unwrap();
    assert!(matches!(load(), Origin::Compiled(_)));
}

fn refused(bytes: &[u8]) -> LoadError {
    engine().load("plugin.wasm", bytes).map(|_| ()).unwrap_err()
}

#[test]
fn what_is_no_component_is_named() {
    for (bytes, word) in [
        (&b""[..], "an empty file"),
        (b"#!/bin/sh", "no WebAssembly"),
        (b"\x7fELF....", "precompiled"),
        (b"\0asm\x01\0\0\0", "core WebAssembly module"),
    ] {
        let error = refused(bytes).to_string();
        assert!(error.contains(word) && error.contains("plugin.wasm"), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
    let whole = wirt_bundled::plugin("embedder-hash").unwrap().bytes;
    assert!(matches!(refused(&whole[..whole.len() / 2]), LoadError::Damaged { .. }));
}

#[test]
fn an_unknown_import_is_named() {
    let bytes = wat::parse_str(
        r#"(component (import "acme:cloud/blob@1.0.0" (instance (export "put" (func)))))"#,
    )
    .unwrap();
    let error = refused(&bytes);
    assert!(
        matches!(&error, LoadError::UnknownImport { import, .. } if import == "acme:cloud/blob@1.0.0"),
        "{error}"
    );
}

#[test]
fn a_component_without_a_contract_is_refused() {
    let error = refused(&wat::parse_str("(component)").unwrap());
    assert!(matches!(error, LoadError::NoInterface { .. }), "{error}");
}

/// A component that exports one instance with one function without parameters or results.
fn exporting(interface: &str, function: &str) -> Vec<u8> {
    exporting_all(&[interface], function)
}

/// The same, under several names.
fn exporting_all(interfaces: &[&str], function: &str) -> Vec<u8> {
    let exports: String =
        interfaces.iter().map(|name| format!(r#"(export "{name}" (instance $x))"#)).collect();
    wat::parse_str(format!(
        r#"(component
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            (instance $x (export "{function}" (func $f)))
            {exports})"#
    ))
    .unwrap()
}

#[test]
fn a_later_version_names_both_versions() {
    let error = refused(&exporting("wirt:persistence/tasks@0.2.0", "create"));
    let text = error.to_string();
    assert!(matches!(error, LoadError::Version { .. }), "{text}");
    assert!(
        text.contains("0.2.0") && text.contains("0.1.0") && text.contains("newer Wirt"),
        "{text}"
    );
}

#[test]
fn a_missing_and_a_changed_function_are_named() {
    let missing = refused(&exporting("wirt:persistence/batching@0.1.0", "start"));
    assert!(
        matches!(&missing, LoadError::Shape { function, found, .. } if function == "begin" && found == "missing"),
        "{missing}"
    );
    let changed = refused(&exporting("wirt:persistence/batching@0.1.0", "begin"));
    assert!(
        matches!(&changed, LoadError::Shape { function, .. } if function == "begin"),
        "{changed}"
    );
}

#[test]
fn a_part_of_the_transaction_domain_is_refused_and_what_it_lacks_is_named() {
    let domain = [Interface::Sessions, Interface::WorkQueue, Interface::AttachmentManifest];
    let load = |interfaces: &[Interface]| {
        let names: Vec<String> = interfaces.iter().map(|it| it.qualified()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        refused(&exporting_all(&names, "f"))
    };
    for number in 1..7_usize {
        let has = |place: usize| number >> place & 1 == 1;
        let (exported, lacks): (Vec<_>, Vec<_>) =
            domain.into_iter().enumerate().partition(|(place, _)| has(*place));
        let exported: Vec<Interface> = exported.into_iter().map(|(_, it)| it).collect();
        let lacks: Vec<String> = lacks.into_iter().map(|(_, it)| it.qualified()).collect();
        let error = load(&exported);
        let text = error.to_string();
        assert!(
            matches!(&error, LoadError::PartOfDomain { missing, .. } if *missing == lacks.join(", ")),
            "{text}"
        );
        assert!(text.contains("export the missing") && !text.contains('\n'), "{text}");
    }
    // All of them get as far as their functions.
    let error = load(&domain);
    assert!(matches!(error, LoadError::Shape { .. }), "{error}");
}

#[test]
fn what_a_store_does_with_intents_is_granted_in_its_environment() {
    let engine = engine();
    let component = bundled(&engine, "store-memory");
    let store = |value: Option<&str>| {
        let env = value.map(|value| ("WIRT_ATTACHMENT_MANIFEST".to_owned(), value.to_owned()));
        let grant = Grant { env: env.into_iter().collect(), ..grant(None) };
        Instance::new(component.clone(), grant, Limits::default())
    };
    for (value, expected) in
        [(None, Retention::Kept), (Some("kept"), Retention::Kept), (Some("none"), Retention::None)]
    {
        let mut plugin = store(value);
        assert_eq!(plugin.attachment_manifest().unwrap().retention(), Ok(expected), "{value:?}");
        assert_eq!(plugin.sessions().unwrap().load(&StoreId::from("s")), Ok(None));
    }
    let mut plugin = store(Some("no"));
    plugin.store().unwrap().describe().unwrap();
    let Err(Failure::Error(error)) = plugin.sessions().unwrap().load(&StoreId::from("s")) else {
        panic!("an error was expected");
    };
    let error = error.to_string();
    for word in ["WIRT_ATTACHMENT_MANIFEST", "\"no\"", "\"kept\"", "\"none\""] {
        assert!(error.contains(word), "{error}");
    }
}
