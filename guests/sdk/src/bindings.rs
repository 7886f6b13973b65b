//! What wit-bindgen makes of `wit/`: one module for each world, so that a guest exports its own
//! world only. Not here: any meaning; `convert` and the export modules give it.

#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::allow_attributes_without_reason,
    reason = "wit-bindgen's code: its canonical ABI lives on raw pointers and checked casts, and \
              the documentation is that of the WIT text"
)]

/// The world `store-plugin`.
pub mod store {
    wit_bindgen::generate!({
        world: "store-plugin",
        path: "../../wit/persistence",
        pub_export_macro: true,
    });
}

/// The world `tokenizer-plugin`.
pub mod tokenizer {
    wit_bindgen::generate!({
        world: "tokenizer-plugin",
        path: "../../wit/text",
        pub_export_macro: true,
    });
}

/// The world `embedder-plugin`.
pub mod embedder {
    wit_bindgen::generate!({
        world: "embedder-plugin",
        path: "../../wit/text",
        pub_export_macro: true,
        with: { "wirt:text/types@0.1.0": crate::bindings::tokenizer::wirt::text::types },
    });
}
