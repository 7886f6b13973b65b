# Recipes for working on Wirt. Each one is plain cargo; `just` is a convenience, not a need.

# List the recipes
default:
    @just --list

# Show what Wirt does
[group('use')]
demo:
    cargo run -- demo

# Put the whole suite to every bundled plugin
[group('use')]
conform *ARGS:
    cargo run -- conform --bundled {{ARGS}}

# Everything that CI runs
[group('check')]
ci:
    bash .ci/run

# Tests of both workspaces
[group('check')]
test:
    cargo test --workspace && cargo test --workspace --manifest-path guests/Cargo.toml --target-dir guests/target

# The crates that build without wasmtime, in seconds
[group('check')]
quick:
    cargo test -p wirt-contract -p wirt-ledger -p wirt-conformance -p wirt-memory -p wirt-scenarios -p wirt-runtime -p wirt-drivers

# Format and lint both workspaces
[group('check')]
lint:
    cargo fmt --all
    cargo fmt --all --manifest-path guests/Cargo.toml
    cargo clippy --workspace --all-targets -- -D warnings
    cargo clippy --workspace --all-targets --manifest-path guests/Cargo.toml --target-dir guests/target -- -D warnings

# Licences and advisories of every dependency (needs cargo-deny)
[group('check')]
deny:
    cargo deny check
    cargo deny --manifest-path guests/Cargo.toml check

# Write generated files anew: schemas
[group('dev')]
bless:
    WIRT_BLESS=1 cargo test -p wirt -p wirt-conformance schema

# One benchmark: commit, group, sessions, graph, gate, memory or calls
[group('dev')]
bench NAME:
    cargo test -p wirt --bench {{NAME}}
