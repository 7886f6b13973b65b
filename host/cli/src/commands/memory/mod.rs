//! `wirt sync`, `rebuild`, `watch`, `search`, `entries`, `status`, `verify`: a memory of markdown.
//!
//! Here: what they share, the two plugins and where the state of a root lies. Each has a room of its
//! own, but for those that only look.

mod look;
mod search;
mod sync;
mod watch;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use wirt_contract::Interface;
use wirt_engine::Instance;
use wirt_memory::Memory;

use crate::args;
use crate::config::resolve::Plan;
use crate::host::plugins::Plugins;
use crate::host::state::State;

pub(crate) use look::{entries, status, verify};
pub(crate) use search::{search, show};
pub(crate) use sync::{rebuild, sync};
pub(crate) use watch::watch;

/// The two plugins of an index, at work.
pub(crate) struct TextPlugins {
    tokenizer: (Instance, String),
    embedder: (Instance, String),
}

impl TextPlugins {
    pub(crate) fn open(plan: &Plan, plugins: &Plugins) -> anyhow::Result<Self> {
        Ok(Self {
            tokenizer: plugins.text(&plan.tokenizer, Interface::Tokenizer)?,
            embedder: plugins.text(&plan.embedder, Interface::Embedder)?,
        })
    }

    pub(crate) fn for_memory(&mut self) -> wirt_memory::Plugins<'_> {
        wirt_memory::Plugins {
            tokenizer: &mut self.tokenizer.0,
            tokenizer_digest: &self.tokenizer.1,
            embedder: &mut self.embedder.0,
            embedder_digest: &self.embedder.1,
        }
    }
}

pub(super) fn open(root: &args::Root) -> anyhow::Result<Memory> {
    let folder = State::open(&root.state)?.memory(&root.root)?;
    Ok(Memory::open(&root.root, &folder, &notes(&folder)?)?)
}

fn notes_file(folder: &Path) -> PathBuf {
    folder.join("notes.json")
}

/// The globs that are named now, or else those of the last time. An empty one names none, and so
/// forgets them.
pub(super) fn named_or_remembered(named: &[String], folder: &Path) -> anyhow::Result<Vec<String>> {
    if named.is_empty() {
        return notes(folder);
    }
    Ok(named.iter().filter(|glob| !glob.is_empty()).cloned().collect())
}

/// The globs of the last sync that named some.
fn notes(folder: &Path) -> anyhow::Result<Vec<String>> {
    let file = notes_file(folder);
    match std::fs::read(&file) {
        Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| {
            format!("{} is damaged; name the globs again with `wirt sync --notes`", file.display())
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error)
            .with_context(|| format!("{} cannot be read; check its rights", file.display())),
    }
}

pub(super) fn remember(folder: &Path, notes: &[String]) -> anyhow::Result<()> {
    let file = notes_file(folder);
    let draft = file.with_extension("draft");
    std::fs::write(&draft, serde_json::to_vec(notes)?)
        .and_then(|()| std::fs::rename(&draft, &file))
        .with_context(|| format!("{} cannot be written; check its rights", file.display()))
}
