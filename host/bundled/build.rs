//! Builds the guests for wasm32-wasip2 and hands their bytes to the crate.
//!
//! Which guests there are is read from the tree: every folder of `guests/` (and of
//! `guests/faulty/`) whose library is a cdylib is a plugin, so none can be forgotten.
//! `WIRT_GUESTS=dir` takes components that are already built instead.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The target of every guest.
const TARGET: &str = "wasm32-wasip2";

/// What the outer build sets and the guests' build must not see: flags, wrappers and target
/// folders of another target.
const FOREIGN: [&str; 7] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_TARGET_DIR",
    "CARGO_BUILD_TARGET",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTFLAGS",
];

struct Guest {
    /// The folder's name, which is the plugin's.
    name: String,
    /// The component's file name.
    file: String,
}

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            for line in message.lines() {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let root = here.join("../..");
    let guests = root.join("guests");
    println!("cargo::rerun-if-env-changed=WIRT_GUESTS");
    for watched in ["wit", "host/contract"] {
        println!("cargo::rerun-if-changed={}", root.join(watched).display());
    }
    for entry in folders(&guests)? {
        println!("cargo::rerun-if-changed={}", entry.display());
    }
    for file in ["Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", guests.join(file).display());
    }

    let plugins = plugins_in(&guests)?;
    let faulty = plugins_in(&guests.join("faulty"))?;
    let built = match std::env::var_os("WIRT_GUESTS") {
        Some(folder) => PathBuf::from(folder),
        None => {
            ensure_target()?;
            compile(&guests, &out.join("guests"))?
        }
    };
    let code = table("PLUGINS", "The plugins Wirt ships.", &plugins, &built)?
        + &table("FAULTY", "Plugins that are wrong on purpose.", &faulty, &built)?;
    std::fs::write(out.join("plugins.rs"), code).map_err(|error| format!("plugins.rs: {error}"))
}

fn variable(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|_| format!("cargo did not set {name}"))
}

/// Folders below `parent` that are packages, sorted; build output is none.
fn folders(parent: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable = |error| format!("{} cannot be read: {error}", parent.display());
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(parent).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn plugins_in(parent: &Path) -> Result<Vec<Guest>, String> {
    let mut guests = Vec::new();
    for folder in folders(parent)? {
        let Ok(manifest) = std::fs::read_to_string(folder.join("Cargo.toml")) else { continue };
        if !manifest.contains("\"cdylib\"") {
            continue;
        }
        let package = manifest
            .lines()
            .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
            .ok_or_else(|| format!("{} names no package", folder.display()))?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        guests.push(Guest { name, file: format!("{}.wasm", package.replace('-', "_")) });
    }
    Ok(guests)
}

/// Adds the wasm target through rustup where it is missing.
fn ensure_target() -> Result<(), String> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let sysroot = Command::new(&rustc)
        .args(["--print", "sysroot"])
        .output()
        .map_err(|error| format!("{rustc} does not run: {error}"))?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    if sysroot.join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    let toolchain = sysroot.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let added = Command::new("rustup")
        .args(["target", "add", TARGET, "--toolchain", &toolchain])
        .status()
        .is_ok_and(|status| status.success());
    if added {
        return Ok(());
    }
    Err(format!(
        "the plugins need Rust's target {TARGET}, which the toolchain {toolchain} lacks and which \
         rustup could not add; run `rustup target add {TARGET} --toolchain {toolchain}` with a \
         network, or set WIRT_GUESTS to a folder of components that are already built"
    ))
}

fn compile(guests: &Path, target: &Path) -> Result<PathBuf, String> {
    let cargo = variable("CARGO")?;
    let mut command = Command::new(cargo);
    command
        .args(["build", "--release", "--locked", "--workspace", "--target", TARGET])
        .arg("--manifest-path")
        .arg(guests.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target);
    for name in FOREIGN {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PROFILE_") {
            command.env_remove(name);
        }
    }
    let output = command.output().map_err(|error| format!("cargo does not run: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "the guests do not build:\n{}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    Ok(target.join(TARGET).join("release"))
}

fn table(constant: &str, doc: &str, guests: &[Guest], built: &Path) -> Result<String, String> {
    let mut code = format!("/// {doc}\npub const {constant}: &[Bundled] = &[\n");
    for Guest { name, file } in guests {
        let path = built.join(file);
        let path = path
            .canonicalize()
            .map_err(|error| format!("{} is not built ({error})", path.display()))?;
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(code, "    Bundled {{ name: {name:?}, bytes: include_bytes!({path:?}) }},")
            .map_err(|error| error.to_string())?;
    }
    code.push_str("];\n");
    Ok(code)
}
