//! A sync as a task: it has a row and a tape in the bound store, so that whoever looks later sees
//! what was indexed, when, and how it ended.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;
use wirt_contract::TaskId;
use wirt_contract::tasks::Ending;
use wirt_memory::{Memory, Progress, Report};
use wirt_runtime::tasks::{Report as Says, Reporter, TaskFailure};

use super::tape::{self, Tape};
use crate::commands::TextPlugins;
use crate::terminal;

/// How the index is to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// From where it is.
    Sync,
    /// From nothing.
    Rebuild,
}

impl Work {
    /// The kind of work, on the tape.
    const fn op(self) -> &'static str {
        match self {
            Self::Sync => "memory.sync",
            Self::Rebuild => "memory.rebuild",
        }
    }
}

/// Progress events of one sync; each is a durable commit.
const PROGRESS_EVENTS: u64 = 20;

/// Paths that failed, of which the tape keeps the names; a path has at most 4 KiB.
const FIRST_FAILED: usize = 10;

/// What a sync did.
pub(crate) struct Indexed {
    pub(crate) report: Report,
    pub(crate) task: TaskId,
    pub(crate) time: Duration,
}

/// Why a sync gave nothing; kept whole beside the tape's one line.
type Failed = Arc<Mutex<Option<Result<Report, wirt_memory::SyncError>>>>;

/// Makes the index follow the files, as a task on the tape.
pub(crate) fn run(
    tape: &Tape,
    work: Work,
    memory: Memory,
    mut text: TextPlugins,
    root: &Path,
    notes: &[String],
) -> anyhow::Result<Indexed> {
    let began = Instant::now();
    let bar = terminal::progress("indexing");
    let kept: Failed = Arc::default();
    let result = Arc::clone(&kept);
    let shown = bar.clone();
    let made = move |reporter: Reporter| async move {
        let (done, ended) = tokio::sync::oneshot::channel();
        // Plugins must not be called on the executor's thread: WASI blocks.
        let worker = std::thread::Builder::new().name("wirt-index".into()).spawn(move || {
            let mut told = 0;
            let mut show = |progress: Progress<'_>| {
                shown.set_length(progress.total);
                shown.set_position(progress.done);
                shown.set_message(progress.path.to_owned());
                let part = progress.done * PROGRESS_EVENTS / progress.total.max(1);
                if part > told {
                    told = part;
                    let _ = reporter.report_blocking(
                        Says::Progress,
                        &json!({"done": progress.done, "total": progress.total}),
                    );
                }
            };
            let (mut plugins, now) = (text.for_memory(), tape::now());
            let report = match work {
                Work::Sync => memory.sync(&mut plugins, now, &mut show),
                Work::Rebuild => memory.rebuild(&mut plugins, now, &mut show),
            };
            // Before the answer: whoever gets it may open this memory again.
            drop(memory);
            let _ = done.send(report);
        });
        worker.map_err(|error| TaskFailure {
            code: "no-thread".into(),
            message: error.to_string(),
        })?;
        let report = ended.await.map_err(|_| TaskFailure {
            code: "panic".into(),
            message: "the indexing thread ended without a report".into(),
        })?;
        let says = match &report {
            Ok(report) => Ok(outcome(report)),
            Err(error) => Err(TaskFailure { code: "sync".into(), message: error.to_string() }),
        };
        *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
        says
    };
    let params = json!({"root": root.display().to_string(), "notes": notes});
    let task = tape.block_on(tape.tasks.submit(work.op(), &params, made))?;
    let ending = tape.block_on(tape.tasks.ended(&task))?;
    bar.finish_and_clear();
    let report = kept.lock().unwrap_or_else(PoisonError::into_inner).take();
    let report =
        match report {
            Some(report) => report?,
            None => Err(anyhow::anyhow!("the sync ended {ending} without a report")).with_context(
                || format!("task {task} gave nothing; `wirt tasks {task}` shows its tape"),
            )?,
        };
    anyhow::ensure!(
        ending == Ending::Succeeded,
        "the files are indexed, but task {task} ended {ending}; `wirt tasks {task}` shows its tape"
    );
    Ok(Indexed { report, task, time: began.elapsed() })
}

/// What the tape keeps of a report: its counts, and the first of the paths that failed. A payload
/// has a bound, and a root of broken files would break it.
fn outcome(report: &Report) -> serde_json::Value {
    let failed = &report.failed;
    json!({
        "files": report.files,
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "deleted": report.deleted,
        "failed": failed.len(),
        "first_failed": failed.iter().take(FIRST_FAILED).map(|failed| &failed.path).collect::<Vec<_>>(),
        "entries": report.entries,
        "entries_written": report.entries_written,
        "embedded": report.embedded,
    })
}
