//! A durable store over a log that is right, unless `WIRT_FAULT` asks for one of its [`Defect`]s:
//! each a way in which stores lose what they acknowledged. They prove that the crash harness finds
//! what it is there to find.
//!
//! Not here: defects in what a store answers; those are `faulty/ledger`'s.
//!
//! # Layout
//! - `defect`: what may be wrong;
//! - `log`: the key-value and its recovery; `record`: what stands in the log.

mod defect;
mod log;
mod record;
#[cfg(test)]
mod tests;

pub use defect::Defect;
pub use log::Log;

/// The store in its sandbox.
#[cfg(target_arch = "wasm32")]
fn plugin() -> wirt_ledger::Ledger<Log> {
    use wirt_ledger::{Clock, Identity, KvError, Ledger};
    use wirt_sdk::contract::attachment_manifest::Retention;
    use wirt_sdk::contract::store::Durability;

    let identity = Identity {
        name: "faulty-log".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        durability: Durability::Durable,
        retention: Retention::Kept,
    };
    let name = std::env::var("WIRT_FAULT").ok();
    Ledger::new(identity, Clock::system(), move || {
        let defect = name.as_deref().map(Defect::named).transpose();
        let defect = defect.map_err(|unknown| KvError::Open(unknown.into()))?;
        Log::open(std::path::Path::new("/data"), defect)
    })
}

#[cfg(target_arch = "wasm32")]
wirt_sdk::export_store!(plugin);
