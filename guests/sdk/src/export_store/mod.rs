//! The exports of a store plugin, over any [`Plugin`](wirt_contract::Plugin): one file an
//! interface. A call to an interface that the plugin does not offer answers `unsupported`.

mod artifacts;
mod attachment_manifest;
mod attachments;
mod sessions;
mod store;
mod tasks;
#[cfg(test)]
mod tests;
mod transfer;
mod work_queue;

/// Exports a [`Plugin`](wirt_contract::Plugin)'s interfaces of `wirt:persistence`, all of them,
/// from this crate, built as a `cdylib` for `wasm32-wasip2`. Takes an expression that can be called
/// without arguments and gives a plugin; it is called once, at the first call that reaches the
/// instance.
#[macro_export]
macro_rules! export_store {
    ($make:expr) => {
        $crate::__export!(dyn $crate::contract::Plugin, $make, store);
    };
}
