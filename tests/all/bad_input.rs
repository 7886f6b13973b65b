//! Bad input, from outside: each is one line that names the thing, what was expected and the
//! remedy; nothing else stops, nothing is lost.

use std::path::PathBuf;

use crate::wirt::{Home, Said, number};

/// It ended with an error, in one line that holds all of these words.
#[track_caller]
fn refused(said: &Said, words: &[&str]) {
    assert_eq!(said.code, Some(2), "{said}");
    said.one_error("error: ", words);
}

/// A component that exports one instance with one function without parameters or results.
fn exporting(interface: &str, function: &str) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(component
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            (instance $x (export "{function}" (func $f)))
            (export "{interface}" (instance $x)))"#
    ))
    .unwrap()
}

/// Files that are no plugins, and what is said of each.
fn no_plugins() -> Vec<(&'static str, Vec<u8>, &'static [&'static str])> {
    let component = |text: &str| wat::parse_str(text).unwrap();
    let whole = wirt_bundled::plugin("embedder-hash").unwrap().bytes;
    vec![
        ("empty.wasm", Vec::new(), &["an empty file", "build or download it again"]),
        ("script.wasm", b"#!/bin/sh\n".to_vec(), &["no WebAssembly at all", "check that the path"]),
        ("native.wasm", b"\x7fELF\x02".to_vec(), &["precompiled", "hand over the .wasm file"]),
        ("core.wasm", component("(module)"), &["a core WebAssembly module", "wasm32-wasip2"]),
        (
            "half.wasm",
            whole[..whole.len() / 2].to_vec(),
            &["damaged", "build or download it again"],
        ),
        ("bare.wasm", component("(component)"), &["exports no interface", "wit/"]),
        (
            "import.wasm",
            component(
                r#"(component (import "acme:cloud/blob@1.0.0" (instance (export "put" (func)))))"#,
            ),
            &["imports acme:cloud/blob@1.0.0", "rebuild it without that import"],
        ),
        (
            "later.wasm",
            exporting("wirt:persistence/tasks@0.2.0", "create"),
            &["wirt:persistence/tasks", "0.2.0", "0.1.0", "use a newer Wirt"],
        ),
        (
            "missing.wasm",
            exporting("wirt:persistence/batching@0.1.0", "start"),
            &["wirt:persistence/batching@0.1.0", "`begin` is missing", "rebuild the plugin"],
        ),
        (
            "changed.wasm",
            exporting("wirt:persistence/batching@0.1.0", "begin"),
            &["wirt:persistence/batching@0.1.0", "`begin`", "rebuild the plugin"],
        ),
    ]
}

#[test]
fn a_file_that_is_no_plugin_is_named_with_a_remedy() {
    let home = Home::new();
    home.write("notes/a.md", "# A\n\nWords.\n");
    for (name, bytes, words) in no_plugins() {
        home.write(name, bytes);
        let words: Vec<&str> = words.iter().copied().chain([name]).collect();
        refused(&home.wirt("inspect").arg(name).run(), &words);
        refused(&home.wirt("conform").arg(name).run(), &words);
        let config = home.write("bound.toml", format!("[store.main]\nplugin = '{name}'\n"));
        refused(&home.wirt("sync").arg("notes").config(&config).run(), &words);
    }
    home.write("folder.wasm/x", "");
    refused(
        &home.wirt("inspect").arg("folder.wasm").run(),
        &["folder.wasm is a folder", "name the .wasm"],
    );
    refused(&home.wirt("inspect").arg("absent.wasm").run(), &["absent.wasm", "check the path"]);
    // Nothing of this is in the way of what works.
    home.wirt("sync").arg("notes").ends(0);
}

#[test]
fn a_damaged_compiled_plugin_is_compiled_anew() {
    let home = Home::with_own_cache();
    home.write("t.wasm", wirt_bundled::plugin("tokenizer-unicode").unwrap().bytes);
    let loaded = |from: &str| {
        let said = home.wirt("inspect").arg("t.wasm").ends(0);
        assert!(said.stdout.contains(&format!("loaded   {from} in ")), "{from}: {said}");
    };
    loaded("compiled");
    loaded("from the cache");
    let files: Vec<PathBuf> =
        std::fs::read_dir(home.compiled()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [file] = &files[..] else { panic!("one compiled plugin, found {files:?}") };
    let whole = std::fs::read(file).unwrap();
    for left in [whole.len() / 2, 40, 10, 0] {
        std::fs::write(file, &whole[..left]).unwrap();
        loaded("compiled");
        loaded("from the cache");
    }
    std::fs::remove_file(file).unwrap();
    loaded("compiled");
    assert_eq!(std::fs::read(file).unwrap().len(), whole.len());
}

#[test]
fn a_folder_that_cannot_be_used_is_named() {
    // A file stands where a folder is needed: as good as one without rights, for root too.
    let home = Home::new();
    home.write("notes/a.md", "# A\n\nWords.\n");
    home.write("file", "");
    for command in ["sync", "entries", "status", "verify"] {
        let said = home.wirt(command).args(["notes", "--state", "file/below"]).run();
        refused(&said, &["file/below", "--state DIR"]);
    }
    refused(&home.wirt("tasks").args(["--state", "file"]).run(), &["file", "--state DIR"]);
    let store = "[store.main]\nplugin = 'bundled:store-redb'\ngrants.folder = 'file/below'\n";
    let config = home.write("bound.toml", store);
    refused(&home.wirt("tasks").config(&config).run(), &["file/below", "read and write"]);
    let said = home.wirt("tasks").env("XDG_CACHE_HOME", home.path("file")).run();
    refused(&said, &["file/wirt/compiled", "a folder that only you can write to"]);
    home.wirt("sync").arg("notes").ends(0);
}

#[test]
fn a_folder_held_by_another_host_says_who_holds_it() {
    let home = Home::new();
    home.write("notes/a.md", "# A\n\nWords.\n");
    home.wirt("sync").arg("notes").ends(0);
    let folder = home.state().join("stores/main");
    let held = wirt_engine::Folder::hold(&folder).unwrap();
    let me = format!("process {}", std::process::id());
    let words = [folder.to_str().unwrap(), &me, "stop that process or use another folder"];
    refused(&home.wirt("tasks").run(), &words);
    refused(&home.wirt("sync").arg("notes").run(), &words);
    // What needs no store goes on.
    home.wirt("search").args(["notes", "words"]).ends(0);
    home.wirt("verify").arg("notes").ends(0);
    drop(held);
    home.wirt("sync").arg("notes").ends(0);
    assert_eq!(home.wirt("tasks").arg("--json").ends(0).json_lines().len(), 2);
}

/// A memory with one good note and a bad file, synced: the bad file has its line, and the good one
/// is found.
#[track_caller]
fn one_bad_file(path: &str, bytes: &[u8], words: &[&str]) {
    let home = Home::new();
    home.write("mem/good.md", "# Good\n\nThe heron stands in the reeds.\n");
    home.write(&format!("mem/{path}"), bytes);
    let said = home.wirt("sync").args(["mem", "--notes", "*.md"]).ends(1);
    said.one_error(&format!("{path}: "), words);
    assert!(
        said.stdout.contains("2 files: 1 new,") && said.stdout.contains(" 1 failed;"),
        "{said}"
    );
    let found = home.wirt("search").args(["mem", "heron"]).ends(0);
    assert!(found.stdout.contains("good.md:1 "), "{found}");
    let status = home.wirt("status").arg("mem").ends(1);
    assert!(status.stdout.contains("0 pending, 1 done, 1 failed; 1 entries"), "{status}");
    for word in words.iter().chain(&[path]) {
        assert!(status.stdout.contains(word), "status says `{word}`: {status}");
    }
    // It stands outside of what is compared, and verify says so.
    let verdict = home.wirt("verify").arg("mem").ends(0);
    assert!(verdict.stdout.contains(&format!("failed   {path}: ")), "{verdict}");
    // Made good, it is indexed and nothing is left of the error.
    home.write(&format!("mem/{path}"), GOOD_FACTS);
    home.wirt("sync").arg("mem").ends(0);
    home.wirt("status").arg("mem").ends(0);
    home.wirt("verify").arg("mem").ends(0);
}

const GOOD_FACTS: &str = "---\nuser_id: u\n---\n<!-- entry:a -->\n## a\n\n\
    **timestamp**: 2026-05-18T07:04:26+00:00\n\n### Fact\nWords.\n<!-- /entry:a -->\n";

/// Where a daily log is looked for.
const LOG: &str = "a/p/users/u/.atomic_facts/atomic_fact-2026-05-18.md";

#[test]
fn broken_frontmatter_is_its_files_error() {
    let text = b"---\nuser_id: [\n---\n\n# Words\n";
    one_bad_file("bad.md", text, &["broken frontmatter", "expected YAML"]);
    one_bad_file(LOG, text, &["broken frontmatter", "expected YAML"]);
}

#[test]
fn bytes_that_are_no_text_are_their_files_error() {
    one_bad_file("bad.md", b"# Words\n\n\xff\n", &["not UTF-8 from byte 9 on", "save it as UTF-8"]);
    one_bad_file(LOG, b"\xfe\xff", &["not UTF-8 from byte 0 on", "save it as UTF-8"]);
}

#[test]
fn a_broken_log_is_its_files_error() {
    let open = GOOD_FACTS.replace("<!-- /entry:a -->", "");
    one_bad_file(
        LOG,
        open.as_bytes(),
        &["line 4", "`a` is never closed", "add `<!-- /entry:a -->`"],
    );
    let entry = &GOOD_FACTS[GOOD_FACTS.find("<!-- entry").unwrap()..];
    let twice = format!("{GOOD_FACTS}{entry}");
    one_bad_file(LOG, twice.as_bytes(), &["stands on line 4 already", "give one another id"]);
    let timeless = GOOD_FACTS.replace("2026-05-18T", "tomorrow ");
    one_bad_file(LOG, timeless.as_bytes(), &["line 4", "expected `**timestamp**"]);
}

#[test]
fn what_was_indexed_of_a_file_stays_while_it_is_bad() {
    let home = Home::new();
    home.write("mem/a.md", "# A\n\nThe heron stands.\n");
    home.wirt("sync").arg("mem").ends(0);
    home.write("mem/a.md", b"# A\n\nThe heron flies.\n\xff");
    home.wirt("sync").arg("mem").ends(1);
    let said = home.wirt("search").args(["mem", "heron", "--mode", "keyword"]).ends(0);
    assert!(said.stdout.contains("stands"), "{said}");
    // A folder in the place of a file is the same.
    std::fs::remove_file(home.path("mem/a.md")).unwrap();
    std::fs::create_dir(home.path("mem/a.md")).unwrap();
    home.wirt("sync").arg("mem").ends(1).one_error("a.md: ", &["expected a file, found a folder"]);
    let said = home.wirt("search").args(["mem", "heron", "--mode", "keyword"]).ends(0);
    assert!(said.stdout.contains("stands"), "{said}");
    std::fs::remove_dir(home.path("mem/a.md")).unwrap();
    home.write("mem/b.md", "# B\n\nWords.\n");
    let report = home.wirt("sync").args(["mem", "--json"]).ends(0).json();
    assert_eq!((number(&report, "deleted"), number(&report, "entries")), (1, 1));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_is_its_files_error() {
    use std::os::unix::ffi::OsStrExt as _;
    let home = Home::new();
    home.write("mem/good.md", "# Good\n\nWords.\n");
    let odd = home.path("mem").join(std::ffi::OsStr::from_bytes(b"odd\xff.md"));
    std::fs::write(odd, "# Odd\n").unwrap();
    home.wirt("sync").arg("mem").ends(1).one_error("odd", &["its name is not UTF-8; rename it"]);
    home.wirt("search").args(["mem", "words"]).ends(0);
}

#[test]
fn a_query_of_punctuation_has_no_words() {
    let home = Home::new();
    home.write("mem/a.md", "# A\n\nWords.\n");
    home.wirt("sync").arg("mem").ends(0);
    for query in ["?!…", "", " \t"] {
        for mode in ["keyword", "hybrid"] {
            let said = home.wirt("search").args(["mem", query, "--mode", mode]).run();
            refused(&said, &["has no words", "give at least one"]);
        }
    }
    refused(&home.wirt("search").args(["mem", "words", "-k", "0"]).run(), &["0 hits", "1 to 1000"]);
    let long = "x ".repeat(40_000);
    refused(&home.wirt("search").args(["mem", &long]).run(), &["80000 bytes", "shorten it"]);
}

#[test]
fn an_empty_root_is_no_success() {
    let home = Home::new();
    std::fs::create_dir(home.path("mem")).unwrap();
    let said = home.wirt("sync").arg("mem").ends(1);
    said.one_error(
        "error: ",
        &[home.path("mem").to_str().unwrap(), "no entries", "name the folder"],
    );
    home.write("mem/a.txt", "No markdown.\n");
    home.wirt("sync").arg("mem").ends(1).one_error("error: ", &["no entries", "**/*.md"]);
    home.wirt("sync").args(["mem", "--json"]).ends(1).one_error("error: ", &["no entries"]);
    // A root that becomes empty is one, too.
    home.write("mem/a.md", "# A\n\nWords.\n");
    home.wirt("sync").arg("mem").ends(0);
    std::fs::remove_file(home.path("mem/a.md")).unwrap();
    home.wirt("sync").arg("mem").ends(1).one_error("error: ", &["no entries"]);
}

#[test]
fn a_missing_root_is_named() {
    let home = Home::new();
    home.write("file.md", "# A\n\nWords.\n");
    for command in ["sync", "entries", "status", "verify"] {
        refused(&home.wirt(command).arg("absent").run(), &["absent", "name"]);
        refused(&home.wirt(command).arg("file.md").run(), &["file.md", "name a folder"]);
    }
    refused(&home.wirt("search").args(["absent", "words"]).run(), &["absent", "name"]);
}

#[test]
fn what_is_not_indexed_yet_asks_for_a_sync() {
    let home = Home::new();
    home.write("mem/a.md", "# A\n\nWords.\n");
    for command in [&["entries"][..], &["verify"], &["search", "words"]] {
        let said = home.wirt(command[0]).arg("mem").args(&command[1..]).run();
        refused(&said, &[home.path("mem").to_str().unwrap(), "nothing is indexed yet", "sync"]);
    }
    refused(&home.wirt("tasks").arg("nobody").run(), &["no task `nobody`", "`wirt tasks`"]);
}

#[test]
fn a_broken_wirt_toml_says_where() {
    let home = Home::new();
    let main = "[store.main]\nplugin = 'bundled:store-memory'\n";
    let digest = "0".repeat(64);
    let cases: &[(String, &[&str])] = &[
        (format!("{main}grant = {{}}\n"), &["line 3", "grant", "`wirt config schema`"]),
        (format!("# words\n\n{main}\n[bind\n"), &["line 6", "`wirt config schema`"]),
        (format!("{main}limits.memory_mib = 'much'\n"), &["line 3", "`wirt config schema`"]),
        (format!("{main}limits.memory_mib = 0\n"), &["limits.memory_mib is 0", "1 to 4096"]),
        (format!("{main}[bind]\ntasks = 'other'\n"), &["tasks", "`other`", "expected one of main"]),
        (format!("{main}sha256 = '{digest}'\n"), &["store-memory", &digest, "`wirt inspect`"]),
        ("[store.main]\nplugin = 'bundled:none'\n".into(), &["`none`", "store-redb"]),
        ("[store.main]\nplugin = 'none.wasm'\n".into(), &["none.wasm", "check the path"]),
        ("[store.'a b']\nplugin = 'bundled:store-memory'\n".into(), &["`a b`", "use letters"]),
        (
            format!("{main}grants.env.KEY = 'env:NOT_SET'\n"),
            &["KEY = env:NOT_SET", "set it, or take the line out"],
        ),
        ("edition = 999\n".into(), &["999", "use a newer wirt"]),
    ];
    for (text, words) in cases {
        let file = home.write("given.toml", text);
        let said = home.wirt("config").arg("check").config(&file).run();
        refused(&said, words);
        refused(&home.wirt("tasks").config(&file).run(), words);
    }
    let absent = home.path("absent.toml");
    refused(
        &home.wirt("tasks").config(&absent).run(),
        &["absent.toml", "check the path after --config"],
    );
    home.write("given.toml", b"\xff");
    let said = home.wirt("tasks").config(&home.path("given.toml")).run();
    refused(&said, &["given.toml", "UTF-8"]);
}

#[test]
fn a_found_wirt_toml_is_trusted_with_nothing_outside() {
    let home = Home::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let outside = elsewhere.path().to_str().unwrap();
    for (line, words) in [
        (format!("grants.folder = '{outside}'"), &[outside, "leads outside", "--config"]),
        ("grants.folder = '../up'".into(), &["../up", "leads outside", "--config"]),
        ("grants.env.KEY = 'env:HOME'".into(), &["KEY = env:HOME", "is a secret", "--config"]),
    ] {
        let file = home
            .write("wirt.toml", format!("[store.main]\nplugin = 'bundled:store-redb'\n{line}\n"));
        refused(&home.wirt("tasks").run(), words);
        if !line.contains("..") {
            home.wirt("tasks").config(&file).ends(0);
        }
    }
    std::os::unix::fs::symlink(outside, home.path("link")).unwrap();
    home.write(
        "wirt.toml",
        "[store.main]\nplugin = 'bundled:store-redb'\ngrants.folder = 'link/x'\n",
    );
    refused(&home.wirt("tasks").run(), &["link/x", "leads outside", "--config"]);
    home.write(
        "wirt.toml",
        "[store.main]\nplugin = 'bundled:store-redb'\ngrants.folder = 'inside'\n",
    );
    home.wirt("tasks").ends(0);
    assert!(home.path("inside").is_dir());
}

#[test]
fn a_damaged_index_is_named_and_may_be_deleted() {
    let home = Home::new();
    home.write("mem/a.md", "# A\n\nWords.\n");
    home.wirt("sync").arg("mem").ends(0);
    let roots = home.state().join("roots");
    let root = std::fs::read_dir(&roots).unwrap().next().unwrap().unwrap().path();
    let data = root.join("index/data.mdb");
    let length = usize::try_from(std::fs::metadata(&data).unwrap().len()).unwrap();
    // Rubbish, and a file that was cut short, which would kill whoever maps it.
    let cut = std::fs::read(&data).unwrap()[..8_192].to_vec();
    for damaged in [vec![0x55; length], cut] {
        std::fs::write(&data, damaged).unwrap();
        for command in ["sync", "entries", "status", "verify"] {
            let said = home.wirt(command).arg("mem").run();
            // Not the whole state folder: stores lie in it, and nothing brings them back.
            refused(&said, &["the index", root.to_str().unwrap(), "wirt rebuild"]);
        }
    }
    // What is damaged need not be opened to be made anew.
    home.wirt("rebuild").arg("mem").ends(0);
    home.wirt("verify").arg("mem").ends(0);
    std::fs::write(root.join("notes.json"), "{").unwrap();
    refused(&home.wirt("sync").arg("mem").run(), &["notes.json is damaged", "--notes"]);
    std::fs::remove_dir_all(&root).unwrap();
    home.wirt("sync").arg("mem").ends(0);
    assert_eq!(home.wirt("tasks").arg("--json").ends(0).json_lines().len(), 3);
}

#[test]
fn a_damaged_store_is_named_with_its_folder() {
    let home = Home::new();
    home.write("mem/a.md", "# A\n\nWords.\n");
    home.wirt("sync").arg("mem").ends(0);
    let folder = home.state().join("stores/main");
    std::fs::write(folder.join("wirt.redb"), "garbage").unwrap();
    for said in [home.wirt("tasks").run(), home.wirt("sync").arg("mem").run()] {
        refused(&said, &["`main`", folder.to_str().unwrap(), "backup"]);
    }
    // Reading the memory needs no store.
    home.wirt("search").args(["mem", "words"]).ends(0);
}
