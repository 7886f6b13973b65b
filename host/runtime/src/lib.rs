//! Drivers over the contracts: they give a store time and concurrency.
//!
//! A store is a state machine called from one thread; it never waits. Whatever waits is here:
//! [`store`] gives each store an actor with group commit, [`tasks`] runs tasks over an actor and
//! closes their tapes, [`backup`] turns a store into a file and back.
//!
//! Not here: wasmtime (`wirt-engine` loads plugins; an actor takes any `Plugin`), clocks, ids and
//! executors (callers give them, so the same code runs on tokio and on a seeded executor).

pub mod backup;
pub mod store;
pub mod tasks;
