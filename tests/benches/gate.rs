//! The gate, for each bundled plugin: the suite on a scratch instance of a compiled component
//! (goal: at most 250 ms), and a later admission, when code and verdict come from the caches
//! (goal: at most 5 ms). Compiling is measured apart.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark prints, and whoever runs it is helped by a panic"
)]

// The binary's own gate: a copy of it would be measured in vain.
#[path = "../../host/cli/src/host/gate.rs"]
mod gate;
#[expect(dead_code, reason = "nothing is compared here, each figure stands by itself")]
mod measure;
#[path = "../../host/cli/src/host/subject.rs"]
mod subject;
#[expect(dead_code, reason = "of the binary's rooms only the gate is used")]
#[path = "../../host/cli/src/terminal.rs"]
mod terminal;

use measure::{interleaved, timed};
use wirt_engine::{Component, Engine, Limits, Origin};

const ROUNDS: usize = 7;

fn main() {
    let caches = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let verdicts = caches.path().join("verdicts");
    let bare = Engine::new(None).unwrap();
    let caching = Engine::new(Some(&caches.path().join("compiled"))).unwrap();
    let untold = gate::Gate::new(&bare, None, None);
    let telling = gate::Gate::new(&caching, Some(verdicts), None);
    let admit = |gate: &gate::Gate, component: &Component| {
        gate.admit(component, Limits::default(), None).unwrap();
    };

    let engine = || vec![timed(|| Engine::new(None).unwrap()).1];
    println!("once a process");
    interleaved(ROUNDS, [("engine", Box::new(engine))]);
    for plugin in wirt_bundled::PLUGINS {
        println!("{}, {} KiB", plugin.name, plugin.bytes.len() >> 10);
        let compiled = bare.load(plugin.name, plugin.bytes).unwrap();
        let first = caching.load(plugin.name, plugin.bytes).unwrap();
        admit(&telling, &first);
        let compile = || vec![timed(|| bare.load(plugin.name, plugin.bytes).unwrap()).1];
        let cold = || vec![timed(|| admit(&untold, &compiled)).1];
        let cached = || {
            let again = || {
                let component = caching.load(plugin.name, plugin.bytes).unwrap();
                admit(&telling, &component);
                component
            };
            let (component, time) = timed(again);
            assert!(matches!(component.origin(), Origin::Cached(_)));
            vec![time]
        };
        let verdict = || vec![timed(|| admit(&telling, &first)).1];
        interleaved(
            ROUNDS,
            [
                ("  compile", Box::new(compile)),
                ("  cold, compiled (goal 250 ms)", Box::new(cold)),
                ("  cached (goal 5 ms)", Box::new(cached)),
                ("  of that the verdict", Box::new(verdict)),
            ],
        );
    }
}
