//! Linear memory to begin with: growing it later costs a system call each time, and an instance
//! whose store is of some size needs this much anyhow.

/// In bytes.
const INITIAL_MEMORY: u32 = 4 << 20;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_TARGET_OS").is_some_and(|os| os == "wasi") {
        println!("cargo::rustc-link-arg-cdylib=--initial-memory={INITIAL_MEMORY}");
    }
}
