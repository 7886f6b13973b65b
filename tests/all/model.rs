//! Random histories of every contract, put to the store plugins in their sandbox and to the native
//! ledger alike.

#[path = "../../host/cli/src/host/subject.rs"]
mod subject;

use wirt_engine::Limits;
use wirt_model::{Settings, compare};

use crate::wirt::component;

/// Histories for each plugin; the crate's own tests put more of them to native stores.
const HISTORIES: u32 = 48;

fn is_like_the_ledger(name: &str) {
    let mut store = subject::Scratch::new(component(name), Limits::default(), &[], 0).unwrap();
    let settings = Settings { histories: HISTORIES, seed: 0, begins: subject::RUN_BEGINS };
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
