//! Drivers over built stores, in the sandbox; and the demo, which walks through every room.

use std::path::Path;

use wirt_conformance::Stop;
use wirt_contract::{EpochMs, Interface, Plugin};
use wirt_drivers::{DriverSubject, all};
use wirt_engine::{Clock, Component, Data, Folder, Grant, Instance, Limits, Seed, VirtualClock};

use crate::wirt::{Home, component};

/// Orders of events that are tried.
const SEEDS: [u64; 3] = [0, 1, 0x5eed];

/// Instances of a store over one folder, held the whole time as a host holds it.
fn subject(component: Component, data: Data) -> DriverSubject {
    let grant = Grant {
        data,
        env: Vec::new(),
        clock: Clock::Virtual(VirtualClock::at(EpochMs(1_767_225_600_000))),
        seed: Seed::from_number(1),
    };
    DriverSubject::new(move || {
        let instance = Instance::new(component.clone(), grant.clone(), Limits::default());
        Ok(Box::new(instance) as Box<dyn Plugin>)
    })
}

#[test]
fn drivers_keep_their_rules_over_the_durable_store() {
    let scratch = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let folder = Folder::hold(&scratch.path().join("data")).unwrap();
    let subject = subject(component("store-redb"), Data::Folder(folder));
    for seed in SEEDS {
        for case in all() {
            assert_eq!((case.run)(&subject, seed), Ok(()), "{} with seed {seed}", case.id);
        }
    }
}

#[test]
fn drivers_keep_their_rules_over_the_inline_store() {
    let subject = subject(component("store-memory"), Data::None);
    for seed in SEEDS {
        for case in all() {
            let end = (case.run)(&subject, seed);
            if case.id == "tasks-driver/unknown-is-repeated" {
                // What an inline store had is gone with the instance; there is nothing to repeat.
                assert!(matches!(end, Err(Stop::Skip(_))), "{} with seed {seed}: {end:?}", case.id);
            } else {
                assert_eq!(end, Ok(()), "{} with seed {seed}", case.id);
            }
        }
    }
}

#[test]
fn the_demo_walks_through_every_room() {
    let home = Home::new();
    let said = home.wirt("demo").ends(0);
    let mut rest = said.stdout.as_str();
    let mut part = |title: &str| {
        let (before, after) =
            rest.split_once(title).unwrap_or_else(|| panic!("no part `{title}`: {said}"));
        rest = after;
        before
    };
    part("Verdicts:");
    let verdicts = part("Remember:");
    for plugin in wirt_bundled::PLUGINS {
        let row = verdicts.lines().find(|line| line.contains(plugin.name));
        assert!(row.is_some_and(|row| row.contains(" conformant")), "{}: {said}", plugin.name);
    }
    let remembered = part("Survive:");
    let place = |line: &&str| line.contains(".md:") && !line.starts_with(' ');
    assert_eq!(remembered.lines().filter(place).count(), 3, "three hits: {said}");
    assert!(remembered.contains("found again at line"), "{said}");
    let survived = part("Refuse:");
    let finals: Vec<&str> = survived.lines().filter(|line| line.contains("final(")).collect();
    assert!(matches!(finals[..], [only] if only.contains("final(failed)")), "{said}");
    let refused = part("Next:");
    for told in ["is not let in", "case ", "rule ", "history ", "expected ", "found "] {
        assert!(refused.contains(told), "{told}: {said}");
    }
    assert!(rest.lines().filter(|line| line.contains("  wirt ")).count() >= 4, "{said}");
    assert!(said.stderr.is_empty(), "{said}");
    assert!(!home.state().exists(), "the demo leaves state behind");
}

#[test]
fn inspect_says_what_a_component_is() {
    let home = Home::new();
    let bytes = wirt_bundled::plugin("store-redb").unwrap().bytes;
    home.write("store.wasm", bytes);
    let json = home.wirt("inspect").args(["store.wasm", "--json"]).ends(0).json();
    assert_eq!(json["file"], "store.wasm");
    assert_eq!(json["sha256"], wirt_contract::json::sha256_hex(bytes));
    assert_eq!(json["bytes"], bytes.len());
    let exports: Vec<&str> =
        json["exports"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    let of_stores = Interface::ALL.into_iter().filter(|it| it.package() == "wirt:persistence");
    assert_eq!(exports, of_stores.map(Interface::qualified).collect::<Vec<_>>());
    let imports = json["imports"].as_array().unwrap();
    let is_known =
        |import: &str| import.starts_with("wasi:") || import == "wirt:persistence/types@0.1.0";
    assert!(imports.iter().all(|import| is_known(import.as_str().unwrap())), "{json}");
    let said = home.wirt("inspect").arg("store.wasm").ends(0);
    assert!(said.stdout.contains("exports  wirt:persistence/tasks@0.1.0"), "{said}");
    assert!(Path::new(&home.compiled()).is_dir());
}
