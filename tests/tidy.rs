//! The checks of the tree itself: what the compiler and clippy do not see.
//!
//! Each check is a function from text to what is wrong with it, with a test that shows it wrong
//! text. That cases and rules cite each other is checked in `conformance/core`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this is tests; clippy's own exception covers only functions marked so"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[path = "tidy/documents.rs"]
mod documents;

/// Lines of a Rust file that are too many; more than [`SOFT_LINES`] is worth a thought.
const MAX_LINES: usize = 900;
const SOFT_LINES: usize = 500;
/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 8] =
    ["utils", "util", "common", "helpers", "helper", "misc", "shared", "stuff"];
/// The functions that may hold unsafe code: the file, and how often the word stands in it.
const UNSAFE: [(&str, usize); 2] =
    [("host/engine/src/cache.rs", 1), ("host/memory/src/index/env.rs", 1)];
/// Generated bindings: `unsafe_code` is lifted, and no word of it is written by hand.
const BINDINGS: &str = "guests/sdk/src/bindings.rs";
/// Hosts whose addresses may stand in the tree.
const HOSTS: [&str; 10] = [
    "github.com",
    "docs.rs",
    "crates.io",
    "doc.rust-lang.org",
    "rustup.rs",
    "www.rust-lang.org",
    "json-schema.org",
    "www.apache.org",
    "example.org",
    "keepachangelog.com",
];

/// A file of the tree: its path from the root, with `/`, and its text.
struct TextFile {
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every text file that is not built: sorted, without version control and target folders.
fn tree() -> Vec<TextFile> {
    let root = root();
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                let is_source = name != "target" && (!name.starts_with('.') || name == ".ci");
                if is_source || name == ".atomic_facts" {
                    folders.push(path);
                }
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let path = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                files.push(TextFile { path, text });
            }
        }
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    assert!(files.len() > 150, "only {} files were read", files.len());
    files
}

fn rust_files() -> Vec<TextFile> {
    let mut files = tree();
    files.retain(|file| file.path.ends_with(".rs"));
    files
}

/// Puts a check to files; fails with everything that it found.
#[track_caller]
fn check(files: &[TextFile], wrong: impl Fn(&TextFile) -> Vec<String>) {
    let found: Vec<String> = files
        .iter()
        .flat_map(|file| wrong(file).into_iter().map(|what| format!("{}: {what}", file.path)))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The places where a word stands by itself, as byte offsets.
fn words(text: &str, word: &str) -> Vec<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .filter(|(at, _)| {
            !text[..*at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
        })
        .map(|(at, _)| at)
        .collect()
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// A file without its comment lines, with the lines kept.
fn code(text: &str) -> String {
    let bare = |line: &str| !line.trim_start().starts_with("//");
    text.lines().map(|line| if bare(line) { line } else { "" }).collect::<Vec<_>>().join("\n")
}

// ---- Crates know only those they may know (arrows point one way).

/// Which of our crates a crate may depend on.
fn may_know(package: &str, path: &str) -> Option<&'static [&'static str]> {
    Some(match package {
        "wirt-contract" | "wirt-bundled" | "wirt-disk" => &[],
        "wirt-runtime" | "wirt-memory" | "wirt-conformance" | "wirt-ledger" | "wirt-sdk" => {
            &["wirt-contract"]
        }
        "wirt-engine" => &["wirt-contract", "wirt-disk"],
        "wirt-drivers" => &["wirt-contract", "wirt-runtime", "wirt-conformance"],
        "wirt-scenarios" => &["wirt-contract", "wirt-memory", "wirt-conformance"],
        "wirt-crash" => &["wirt-contract", "wirt-conformance", "wirt-disk", "wirt-ledger"],
        "wirt-model" => &["wirt-contract", "wirt-conformance", "wirt-ledger"],
        "wirt" => &[
            "wirt-contract",
            "wirt-engine",
            "wirt-runtime",
            "wirt-memory",
            "wirt-bundled",
            "wirt-conformance",
            "wirt-crash",
            "wirt-disk",
        ],
        "wirt-faulty-ledger" => &["wirt-contract", "wirt-ledger", "wirt-sdk"],
        "faulty-base" => &["wirt-ledger", "wirt-sdk"],
        _ if path.starts_with("guests/faulty/") => &["faulty-base", "wirt-ledger", "wirt-sdk"],
        _ if path.starts_with("guests/") => &["wirt-contract", "wirt-ledger", "wirt-sdk"],
        _ => return None,
    })
}

/// A manifest's name and what it depends on: for its code, and for its tests alone.
struct Manifest {
    name: String,
    code: BTreeSet<String>,
    tests: BTreeSet<String>,
}

/// Reads a manifest; `None` where it is a workspace's.
fn manifest(text: &str) -> Option<Manifest> {
    let table: toml::Table = toml::from_str(text).unwrap();
    let name = table.get("package")?.get("name")?.as_str()?.to_owned();
    let mut manifest = Manifest { name, code: BTreeSet::new(), tests: BTreeSet::new() };
    let targets = table.get("target").and_then(toml::Value::as_table).into_iter();
    let targets = targets.flat_map(toml::Table::values).filter_map(toml::Value::as_table);
    for table in [&table].into_iter().chain(targets) {
        for (key, value) in table {
            let into = match key.as_str() {
                "dependencies" | "build-dependencies" => &mut manifest.code,
                "dev-dependencies" => &mut manifest.tests,
                _ => continue,
            };
            into.extend(value.as_table().into_iter().flat_map(toml::Table::keys).cloned());
        }
    }
    Some(manifest)
}

fn wrong_arrows(file: &TextFile, ours: &BTreeSet<String>) -> Vec<String> {
    let Some(manifest) = manifest(&file.text) else { return Vec::new() };
    let Some(known) = may_know(&manifest.name, &file.path) else {
        return vec![format!("`{}` has no place in the table of `tidy`", manifest.name)];
    };
    let mut wrong: Vec<String> = manifest
        .code
        .iter()
        .filter(|name| ours.contains(*name) && !known.contains(&name.as_str()))
        .map(|name| format!("`{}` may not depend on `{name}`", manifest.name))
        .collect();
    if manifest.tests.contains("wirt") {
        wrong.push("not even tests depend on the binary".into());
    }
    wrong
}

fn manifests() -> Vec<TextFile> {
    let mut files = tree();
    files.retain(|file| file.path.ends_with("Cargo.toml"));
    files
}

#[test]
fn arrows_point_one_way() {
    let files = manifests();
    let ours: BTreeSet<String> =
        files.iter().filter_map(|file| manifest(&file.text)).map(|it| it.name).collect();
    assert!(ours.len() > 15, "only {} manifests were read", ours.len());
    check(&files, |file| wrong_arrows(file, &ours));
}

#[test]
fn a_wrong_arrow_is_seen() {
    let ours = ["wirt", "wirt-contract", "wirt-engine", "wirt-ledger"].map(String::from).into();
    let wrong = |path: &str, text: &str| {
        wrong_arrows(&TextFile { path: path.into(), text: text.into() }, &ours)
    };
    let package = |name: &str, more: &str| format!("[package]\nname = '{name}'\n{more}");
    let good = package("wirt-engine", "[dependencies]\nwirt-contract = '1'\nserde = '1'");
    assert!(wrong("host/engine/Cargo.toml", &good).is_empty());
    for (name, more) in [
        ("wirt-contract", "[dependencies]\nwirt-engine.workspace = true"),
        ("wirt-contract", "[build-dependencies]\nwirt-engine = '1'"),
        ("wirt-engine", "[target.'cfg(unix)'.dependencies]\nwirt-ledger = '1'"),
        ("wirt-engine", "[dev-dependencies]\nwirt = '1'"),
        ("wirt-new", ""),
    ] {
        assert_eq!(wrong("host/x/Cargo.toml", &package(name, more)).len(), 1, "{name} {more}");
    }
    let guest = package("wirt-store-x", "[dependencies]\nwirt-engine = '1'");
    assert_eq!(wrong("guests/store-x/Cargo.toml", &guest).len(), 1);
}

// ---- Rooms are small and named for what is in them.

fn too_long(text: &str) -> Vec<String> {
    let lines = text.lines().count();
    if lines > MAX_LINES { vec![format!("{lines} lines; split it")] } else { Vec::new() }
}

#[test]
fn no_file_is_too_long() {
    let files = rust_files();
    let long = files.iter().filter(|file| file.text.lines().count() > SOFT_LINES);
    // Shown with a failure.
    long.for_each(|file| eprintln!("{} has {} lines", file.path, file.text.lines().count()));
    check(&files, |file| too_long(&file.text));
}

#[test]
fn a_long_file_is_seen() {
    assert!(too_long(&"x\n".repeat(MAX_LINES)).is_empty());
    assert_eq!(too_long(&"x\n".repeat(MAX_LINES + 1)).len(), 1);
}

fn empty_name(path: &str) -> Vec<String> {
    let parts = path.split('/').map(|part| part.split('.').next().unwrap_or_default());
    parts
        .filter(|part| EMPTY_NAMES.contains(part))
        .map(|part| format!("`{part}` says nothing of what is inside"))
        .collect()
}

#[test]
fn names_say_what_is_inside() {
    check(&tree(), |file| empty_name(&file.path));
}

#[test]
fn an_empty_name_is_seen() {
    assert!(empty_name("host/memory/src/sync.rs").is_empty());
    assert_eq!(empty_name("host/memory/src/utils.rs").len(), 1);
    assert_eq!(empty_name("host/common/src/lib.rs").len(), 1);
}

// ---- Nothing is left unfinished, unsafe or silenced.

fn unfinished(text: &str) -> Vec<String> {
    let text = code(text);
    ["todo", "dbg", "unimplemented"]
        .into_iter()
        .flat_map(|name| words(&text, name).into_iter().map(move |at| (name, at)))
        .filter(|(name, at)| text[at + name.len()..].starts_with("!("))
        .map(|(name, at)| format!("line {}: `{name}!`", line_of(&text, at)))
        .collect()
}

#[test]
fn nothing_is_left_unfinished() {
    check(&rust_files(), |file| unfinished(&file.text));
}

#[test]
fn what_is_unfinished_is_seen() {
    assert!(unfinished(&format!("// {}!(later)\nlet todo = 1;", "todo")).is_empty());
    for name in ["todo", "dbg", "unimplemented"] {
        assert_eq!(unfinished(&format!("\n{name}!()")), [format!("line 2: `{name}!`")]);
    }
}

fn unguarded(file: &TextFile) -> Vec<String> {
    let text = code(&file.text);
    let allowed = UNSAFE.iter().find(|(path, _)| *path == file.path).map_or(0, |(_, count)| *count);
    // In quotes it is a word like others.
    let found: Vec<usize> =
        words(&text, "unsafe").into_iter().filter(|at| !text[..*at].ends_with('"')).collect();
    let mut wrong = Vec::new();
    if found.len() != allowed {
        let lines: Vec<usize> = found.iter().map(|at| line_of(&text, *at)).collect();
        wrong.push(format!("unsafe code on lines {lines:?}, expected {allowed} times"));
    }
    let lifted =
        words(&text, concat!("unsafe", "_code")).into_iter().any(|at| !text[..at].ends_with('"'));
    if lifted && allowed == 0 && file.path != BINDINGS {
        wrong.push("it lifts the ban".into());
    }
    wrong
}

#[test]
fn unsafe_code_stands_in_two_functions() {
    let files = rust_files();
    for (path, _) in UNSAFE {
        assert!(files.iter().any(|file| file.path == path), "{path} is gone");
    }
    check(&files, unguarded);
}

#[test]
fn unsafe_code_is_seen() {
    let wrong = |path: &str, text: &str| {
        unguarded(&TextFile { path: path.into(), text: text.into() }).len()
    };
    let word = concat!("un", "safe");
    let lift = format!("#[allow({word}_code, reason = \"x\")]");
    assert_eq!(wrong("a.rs", &format!("// {word}\nlet is_{word} = 1;")), 0);
    assert_eq!(wrong("a.rs", &format!("{word} {{ f() }}")), 1);
    assert_eq!(wrong("a.rs", &lift), 1);
    assert_eq!(wrong(BINDINGS, &lift), 0);
    let twice = format!("{lift}\n{word} {{ f() }}\n{word} {{ g() }}");
    assert_eq!(wrong(UNSAFE[0].0, &twice), 1);
    assert_eq!(wrong(UNSAFE[0].0, &twice.replacen(word, "", 3).replace("_code", "")), 1);
}

fn silenced_without_reason(text: &str) -> Vec<String> {
    let text = code(text);
    let mut wrong = Vec::new();
    for opening in ["#[allow(", "#![allow(", "#[expect(", "#![expect("] {
        for (at, _) in text.match_indices(opening).filter(|(at, _)| !text[..*at].ends_with('"')) {
            let rest = &text[at..];
            let attribute = rest.split(")]").next().unwrap_or(rest);
            if words(attribute, "reason").is_empty() {
                wrong.push(format!("line {}: `{opening}…` without a reason", line_of(&text, at)));
            }
        }
    }
    wrong
}

#[test]
fn what_is_silenced_has_a_reason() {
    check(&rust_files(), |file| silenced_without_reason(&file.text));
}

#[test]
fn a_missing_reason_is_seen() {
    let allow = |inside: &str| format!("#[{}({inside})]\nfn f() {{}}", "allow");
    assert!(silenced_without_reason(&allow("x, reason = \"y\"")).is_empty());
    assert_eq!(silenced_without_reason(&allow("dead_code")).len(), 1);
    assert_eq!(silenced_without_reason(&allow("x,\n  y")).len(), 1);
}

// ---- The tree names no machine and no registry.

fn machine_paths(text: &str) -> Vec<String> {
    ["work", "root", "home", "Users"]
        .into_iter()
        .map(|folder| format!("/{folder}/"))
        .flat_map(|path| text.match_indices(&path).map(|(at, _)| at).collect::<Vec<_>>())
        // A part of a longer path from elsewhere is none.
        .filter(|at| !text[..*at].ends_with(|c: char| c.is_alphanumeric() || ".~$}_-".contains(c)))
        .map(|at| format!("line {}: a path of some machine", line_of(text, at)))
        .collect()
}

#[test]
fn no_path_of_a_machine_is_named() {
    check(&tree(), |file| machine_paths(&file.text));
}

#[test]
fn a_path_of_a_machine_is_seen() {
    assert!(machine_paths("~/work/notes, a/home/b, /data").is_empty());
    for folder in ["work", "root", "home", "Users"] {
        assert_eq!(machine_paths(&format!("x\n'/{folder}/y'")).len(), 1, "{folder}");
    }
}

/// Hosts of addresses that are not on the list, and sources of a lock file that are not crates.io.
fn foreign_hosts(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (at, _) in text.match_indices("://") {
        let rest = &text[at + 3..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || ".-:@".contains(c)));
        let host = &rest[..end.unwrap_or(rest.len())];
        if host.contains('.') && !HOSTS.contains(&host.trim_end_matches(['.', ':'])) {
            wrong.push(format!("line {}: the host `{host}`", line_of(text, at)));
        }
    }
    for (number, line) in (1..).zip(text.lines()) {
        let source = line.strip_prefix("source = \"");
        if source.is_some_and(|it| it != "registry+https://github.com/rust-lang/crates.io-index\"")
        {
            wrong.push(format!("line {number}: a source that is not crates.io"));
        }
    }
    wrong
}

#[test]
fn no_foreign_host_is_named() {
    check(&tree(), |file| foreign_hosts(&file.text));
}

#[test]
fn a_foreign_host_is_seen() {
    let index = "registry+https://github.com/rust-lang/crates.io-index";
    assert!(foreign_hosts(&format!("source = \"{index}\"\nsee https://docs.rs/redb.")).is_empty());
    assert_eq!(
        foreign_hosts(&format!("index = 'sparse+https:{}mirror.acme.dev/x'", "//")).len(),
        1
    );
    assert_eq!(foreign_hosts(&format!("http:{}10.0.0.1:3000/", "//")).len(), 1);
    assert_eq!(foreign_hosts("source = \"git+ssh\"").len(), 1);
}

// ---- A rule of the contracts has one place.

/// Rule ids that stand more than once.
fn repeated_rules(text: &str) -> Vec<String> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for piece in text.split('[').skip(1) {
        let Some((id, _)) = piece.split_once(']') else { continue };
        let is_id =
            id.contains('.') && id.chars().all(|c| c.is_ascii_lowercase() || c == '.' || c == '-');
        if is_id {
            *seen.entry(id).or_default() += 1;
        }
    }
    seen.into_iter().filter(|(_, count)| *count > 1).map(|(id, _)| id.to_owned()).collect()
}

#[test]
fn a_rule_has_one_place() {
    let mut files = tree();
    files.retain(|file| file.path.ends_with(".wit"));
    assert!(files.len() >= 4, "only {} files of WIT were read", files.len());
    let whole: String = files.iter().map(|file| file.text.as_str()).collect();
    assert_eq!(repeated_rules(&whole), Vec::<String>::new());
}

#[test]
fn a_repeated_rule_is_seen() {
    assert!(repeated_rules("[a.b] x [a.c] [n, dim] [0.1.0]").is_empty());
    assert_eq!(repeated_rules("[a.b] x\n[a.b] y"), ["a.b"]);
}
