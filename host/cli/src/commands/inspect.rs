//! `wirt inspect`: what a component is.

use serde::Serialize;
use wirt_engine::{Engine, Origin};

use crate::args::Inspect;
use crate::host::state;
use crate::{Exit, terminal};

#[derive(Serialize)]
struct Inspected<'a> {
    file: String,
    sha256: &'a str,
    bytes: usize,
    exports: Vec<String>,
    /// What it asks of WASI; the contracts' own types are no import to speak of.
    imports: Vec<&'a str>,
}

pub(crate) fn run(args: &Inspect) -> anyhow::Result<Exit> {
    let cache = state::cache().map(|cache| cache.join("compiled"));
    let engine = Engine::new(cache.as_deref())?;
    let component = engine.load_file(&args.file)?;
    let inspected = Inspected {
        file: args.file.display().to_string(),
        sha256: component.digest(),
        bytes: component.size(),
        exports: component.interfaces().iter().map(|interface| interface.qualified()).collect(),
        imports: component
            .imports()
            .iter()
            .map(String::as_str)
            .filter(|import| !import.starts_with("wirt:"))
            .collect(),
    };
    if args.json {
        terminal::line(serde_json::to_string(&inspected)?)?;
        return Ok(Exit::Ok);
    }
    terminal::line(format_args!("{}", inspected.file))?;
    terminal::line(format_args!("  sha256   {}", inspected.sha256))?;
    terminal::line(format_args!("  size     {} bytes", inspected.bytes))?;
    let (origin, time) = match component.origin() {
        Origin::Compiled(time) => ("compiled", time),
        Origin::Cached(time) => ("from the cache", time),
    };
    terminal::line(format_args!("  loaded   {origin} in {:.1} ms", time.as_secs_f64() * 1e3))?;
    for export in &inspected.exports {
        terminal::line(format_args!("  exports  {export}"))?;
    }
    for import in &inspected.imports {
        terminal::line(format_args!("  imports  {import}"))?;
    }
    terminal::line("this host can run it; `wirt conform` says whether it is conformant")?;
    Ok(Exit::Ok)
}
