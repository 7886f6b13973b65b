//! Random histories of every contract, put to the store plugins in their sandbox and to the native
//! ledger alike.

#[path = "../../host/cli/src/host/subject.rs"]
mod subject;

use wirt_contract::EpochMs;
use wirt_engine::{Engine, Limits};
use wirt_model::{Settings, compare};

use crate::wirt::Home;

/// Histories for each plugin; the crate's own tests put more of them to native stores.
const HISTORIES: u32 = 48;
/// Where a scratch plugin's clock starts: 2026-01-01T00:00:00Z.
const RUN_BEGINS: EpochMs = EpochMs(1_767_225_600_000);

fn is_like_the_ledger(name: &str) {
    let engine = Engine::new(Some(&Home::new().compiled())).unwrap();
    let component = engine.load(name, wirt_bundled::plugin(name).unwrap().bytes).unwrap();
    let mut store = subject::Scratch::new(component, Limits::default(), &[], 0).unwrap();
    let settings = Settings { histories: HISTORIES, seed: 0, begins: RUN_BEGINS };
    if let Err(unlike) = compare(&mut store, &settings) {
        panic!("{name}: {unlike}");
    }
}

#[test]
fn the_durable_plugin_is_like_the_ledger() {
    is_like_the_ledger("store-redb");
}

#[test]
fn the_inline_plugin_is_like_the_ledger() {
    is_like_the_ledger("store-memory");
}
