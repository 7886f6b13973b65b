//! What crossing into a plugin costs: a call that does nothing but answer, and text tokenized in
//! the plugin against the same tokenizer without a sandbox.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark prints, and whoever runs it is helped by a panic"
)]

mod measure;
#[expect(dead_code, reason = "each benchmark needs a part of it")]
mod setup;
mod words;

use std::time::Duration;

use measure::{interleaved, shown, timed};
use wirt_contract::Plugin;
use wirt_contract::store::Store;
use wirt_contract::tokenizer::Tokenizer;
use wirt_tokenizer_unicode::UnicodeTokenizer;

const ROUNDS: usize = 20;

fn main() {
    let folder = setup::folder();
    let mut store = setup::plugin_store(&setup::component("store-memory"), folder.path());
    let mut native = setup::native_store(folder.path());
    println!("store.describe: a call that only answers (two strings, seven numbers)");
    let [of_plugin, of_native] = interleaved(
        ROUNDS,
        [
            ("plugin", Box::new(|| many(1_000, || drop(Store::describe(&mut store).unwrap())))),
            ("native", Box::new(|| many(1_000, || drop(Store::describe(&mut native).unwrap())))),
        ],
    );
    let own = of_plugin.quantile(0.5).saturating_sub(of_native.quantile(0.5));
    println!("a call into a plugin costs {} more than one that stays\n", shown(own));

    let mut plugin = setup::text_plugin(&setup::component("tokenizer-unicode"));
    for (name, bytes, calls) in [("1 KiB", 1 << 10, 200), ("64 KiB", 64 << 10, 5)] {
        let text = words::Words::new(1).text(bytes);
        println!("tokenizer.documents: one text of {name}");
        let texts = [text];
        let tokens = UnicodeTokenizer.documents(&texts).unwrap();
        assert_eq!(plugin.tokenizer().unwrap().documents(&texts).unwrap(), tokens);
        let mut in_plugin = || drop(plugin.tokenizer().unwrap().documents(&texts).unwrap());
        let mut in_host = || drop(UnicodeTokenizer.documents(&texts).unwrap());
        let [of_plugin, of_native] = interleaved(
            ROUNDS,
            [
                ("plugin", Box::new(|| many(calls, &mut in_plugin))),
                ("native", Box::new(|| many(calls, &mut in_host))),
            ],
        );
        let ratio = of_plugin.over(&of_native);
        println!("{} tokens; plugin over native: {ratio}\n", tokens[0].len());
    }
}

fn many(calls: usize, mut call: impl FnMut()) -> Vec<Duration> {
    (0..calls).map(|_| timed(&mut call).1).collect()
}
