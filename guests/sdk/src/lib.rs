//! What a Rust plugin for Wirt depends on. A plugin implements the traits of [`contract`] in plain
//! Rust, which can be tested natively, and one macro of this crate makes a component of it:
//! [`export_store!`], [`export_tokenizer!`] or [`export_embedder!`].
//!
//! Not here: any logic of a contract; stores over ordered keys find it in `wirt-ledger`.
//!
//! A whole plugin, built as a `cdylib` with `cargo build --release --target wasm32-wasip2`:
//!
//! ```
//! use wirt_sdk::contract::tokenizer::{Description, MIN_MAX_BATCH, MIN_MAX_TEXT_BYTES};
//! use wirt_sdk::contract::tokenizer::{Token, Tokenizer};
//! use wirt_sdk::contract::{Answer, Error};
//!
//! /// Cuts at spaces and folds case.
//! struct Spaces;
//!
//! impl Tokenizer for Spaces {
//!     fn describe(&mut self) -> Answer<Description> {
//!         Ok(Description {
//!             id: "spaces/1".to_owned(),
//!             max_text_bytes: MIN_MAX_TEXT_BYTES,
//!             max_batch: MIN_MAX_BATCH,
//!         })
//!     }
//!
//!     fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>> {
//!         texts.iter().map(|text| self.query(text)).collect()
//!     }
//!
//!     fn query(&mut self, text: &str) -> Answer<Vec<Token>> {
//!         let (mut tokens, mut start) = (Vec::new(), 0_u32);
//!         for piece in text.split_inclusive(' ') {
//!             let too_long = |_| Error::Invalid("the text is longer than 4 GiB".to_owned());
//!             let next = start + u32::try_from(piece.len()).map_err(too_long)?;
//!             let word = piece.trim_end_matches(' ');
//!             let end = start + u32::try_from(word.len()).map_err(too_long)?;
//!             if !word.is_empty() {
//!                 tokens.push(Token { term: word.to_lowercase(), start, end });
//!             }
//!             start = next;
//!         }
//!         Ok(tokens)
//!     }
//! }
//!
//! wirt_sdk::export_tokenizer!(|| Spaces);
//! # let tokens = Spaces.query("Oh  My").unwrap();
//! # assert_eq!(tokens[1], Token { term: "my".to_owned(), start: 4, end: 6 });
//! ```

#[doc(hidden)]
pub mod bindings;
mod convert;
pub mod environment;
mod export_store;
mod export_text;

pub use wirt_contract as contract;

/// Where the exports find the plugin: the export macros implement it for a type of the guest's.
/// Its one instance lives as long as the component's instance and is never dropped, because a
/// component gets no destructor.
#[doc(hidden)]
pub trait Holds<P: ?Sized> {
    /// Calls the plugin, making it first where this is the first call.
    fn with<R>(call: impl FnOnce(&mut P) -> R) -> R;
}

/// What the three export macros share. Natively the export names would not link, so there it only
/// checks that the plugin has the type it should.
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    ($plugin:ty, $make:expr, $world:ident) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Held = $plugin;

            ::std::thread_local! {
                static PLUGIN: ::std::cell::RefCell<::std::boxed::Box<Held>> =
                    ::std::cell::RefCell::new(::std::boxed::Box::new(($make)()));
            }

            struct Exported;

            impl $crate::Holds<Held> for Exported {
                fn with<R>(call: impl ::std::ops::FnOnce(&mut Held) -> R) -> R {
                    // A component is not entered twice at a time, so the borrow holds.
                    PLUGIN.with_borrow_mut(|plugin| call(plugin.as_mut()))
                }
            }

    $crate::bindings::$world::export!(Exported with_types_in $crate::bindings::$world);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() -> ::std::boxed::Box<$plugin> = || ::std::boxed::Box::new(($make)());
    };
}

/// Ends the instance. For functions that have no error to answer with.
#[allow(clippy::panic, reason = "a trap with a message is the only answer left")]
fn trap(function: &str, failure: &contract::Failure) -> ! {
    panic!("{function} has no error to answer with: {failure}")
}
