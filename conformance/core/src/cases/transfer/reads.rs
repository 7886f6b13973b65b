//! Everything the other interfaces show of what was put into a plugin.

use wirt_contract::artifacts::Artifacts;
use wirt_contract::attachment_manifest::AttachmentManifest;
use wirt_contract::attachments::Attachments;
use wirt_contract::sessions::{GraphPage, Session, Sessions};
use wirt_contract::tasks::{Ending, Status, TaskFilter, Tasks};
use wirt_contract::work_queue::WorkQueue;
use wirt_contract::{Answer, AttachmentId, EpochMs, Failure, Interface, NodeId};

use super::super::tasks::stage::{PAGE, pages, tape};
use super::stage::Shelf;
use crate::expect::failed;
use crate::{Probe, Stop};

/// Pages after which a list is taken for one without an end.
const MAX_PAGES: usize = 400;
/// Characters shown on each side of a difference.
const AROUND: usize = 60;
/// Attachments of the manifest, and one that is not in it.
const ATTACHMENTS: [&str; 4] = ["picture", "page", "pages", "p"];

/// What a read was, and what it answered, in full.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Read {
    what: String,
    answer: String,
}

/// Reads as they come in.
struct Reads<'p, 'a> {
    probe: &'p mut Probe<'a>,
    reads: Vec<Read>,
}

impl Reads<'_, '_> {
    /// Writes an answer down. Which error it is counts, and not its words.
    fn note<T: std::fmt::Debug>(
        &mut self,
        what: impl Into<String>,
        answer: Answer<T>,
    ) -> Result<(), Stop> {
        let answer = match answer {
            Ok(value) => format!("{value:?}"),
            Err(Failure::Error(error)) => {
                let text = error.to_string();
                text.split(':').next().unwrap_or_default().to_owned()
            }
            Err(Failure::Fault(fault)) => return Err(Stop::Fault(fault)),
        };
        self.reads.push(Read { what: what.into(), answer });
        Ok(())
    }

    /// Every item of a list, page by page, until a page is empty.
    fn all<T: Clone + std::fmt::Debug>(
        &mut self,
        what: impl Into<String>,
        mut page: impl FnMut(&mut Probe<'_>, Option<&T>) -> Answer<Vec<T>>,
    ) -> Result<(), Stop> {
        let mut found: Vec<T> = Vec::new();
        for _ in 0..MAX_PAGES {
            let more = page(self.probe, found.last())?;
            if more.is_empty() {
                return self.note(what, Ok(found));
            }
            found.extend(more);
        }
        failed("a list with an end", format!("{}: still more", what.into()))
    }

    /// Every node of a graph or path.
    fn nodes(
        &mut self,
        what: impl Into<String>,
        mut page: impl FnMut(&mut Probe<'_>, Option<&NodeId>) -> Answer<GraphPage>,
    ) -> Result<(), Stop> {
        let mut found = Vec::new();
        let mut next = None;
        for _ in 0..MAX_PAGES {
            let more = page(self.probe, next.as_ref())?;
            found.extend(more.nodes);
            next = more.next;
            if next.is_none() {
                return self.note(what, Ok(found));
            }
        }
        failed("a graph with an end", format!("{}: still more", what.into()))
    }

    fn tasks(&mut self, shelf: &Shelf) -> Result<(), Stop> {
        let store = &shelf.store;
        for task in &shelf.names.tasks {
            let row = Tasks::get(self.probe, store, task);
            self.note(format!("the row of {task}"), row)?;
            let tape = tape(self.probe, store, task)?;
            self.note(format!("the tape of {task}"), Ok(tape))?;
            let last = self.probe.max_seq(store, task);
            self.note(format!("the last number of {task}"), last)?;
        }
        let statuses = [None, Some(Status::Pending), Some(Status::Running)];
        let statuses = statuses.into_iter().chain(Ending::ALL.map(|it| Some(Status::Ended(it))));
        for status in statuses {
            let filter = TaskFilter { status, op: None };
            let listed = pages(self.probe, store, &filter, PAGE, |_| Ok(()))?;
            self.note(format!("tasks that fit {filter:?}"), Ok(listed))?;
        }
        self.all("unclosed tasks", |probe, after| probe.list_unclosed(store, after, PAGE))
    }

    fn attachments(&mut self, shelf: &Shelf) -> Result<(), Stop> {
        let store = &shelf.store;
        for id in &shelf.names.attachments {
            let bytes = Attachments::get(self.probe, store, id);
            self.note(format!("attachment {id}"), bytes)?;
            let head = self.probe.head(store, id);
            self.note(format!("the head of attachment {id}"), head)?;
        }
        self.all("attachments", |probe, after: Option<&wirt_contract::attachments::Attachment>| {
            Attachments::list(probe, store, after.map(|last| &last.id), PAGE)
        })
    }

    fn artifacts(&mut self, shelf: &Shelf) -> Result<(), Stop> {
        let store = &shelf.store;
        for name in &shelf.names.artifacts {
            let artifact = Artifacts::get(self.probe, store, name);
            self.note(format!("artifact {name}"), artifact)?;
        }
        self.all("artifacts", |probe, after| Artifacts::list(probe, store, after, PAGE))
    }

    fn session(&mut self, shelf: &Shelf) -> Result<(), Stop> {
        let store = &shelf.store;
        let session = self.probe.load(store)?;
        for name in session.iter().flat_map(Session::blobs) {
            let blob = self.probe.load_blob(store, name);
            self.note(format!("blob {name}"), blob)?;
        }
        self.note("the session", Ok(session))?;
        let meta = self.probe.load_meta(store);
        self.note("the session's description", meta)?;
        self.all("usage", |probe, after: Option<&wirt_contract::sessions::Usage>| {
            probe.load_usage(store, after.map(|last| &last.of), PAGE)
        })?;
        self.nodes("the graph", |probe, after| probe.load_graph(store, after, PAGE))?;
        self.nodes("the path", |probe, next| probe.load_path(store, next, PAGE))?;
        for id in &shelf.names.nodes {
            let node = self.probe.load_node(store, id);
            self.note(format!("node {id}"), node)?;
            self.nodes(format!("the path of {id}"), |probe, next| {
                probe.load_path(store, next.or(Some(id)), PAGE)
            })?;
        }
        Ok(())
    }

    fn queues(&mut self, shelf: &Shelf) -> Result<(), Stop> {
        let store = &shelf.store;
        let seq = |last: Option<&wirt_contract::work_queue::Entry>| last.map(|it| it.enqueue_seq);
        for session in &shelf.names.sessions {
            self.all(format!("entries of {session}"), |probe, after| {
                probe.list_entries(store, session, seq(after), PAGE)
            })?;
            self.all(format!("pending entries of {session}"), |probe, after| {
                probe.list_pending(store, session, seq(after), PAGE)
            })?;
        }
        Ok(())
    }

    fn manifest(&mut self, shelf: &Shelf) -> Result<(), Stop> {
        let store = &shelf.store;
        for attachment in ATTACHMENTS.map(AttachmentId::from) {
            let referenced = self.probe.is_referenced(store, &attachment);
            self.note(format!("whether {attachment} is referenced"), referenced)?;
            for session in &shelf.names.sessions {
                let row = AttachmentManifest::get(self.probe, store, session, &attachment);
                self.note(format!("the intent of {session} for {attachment}"), row)?;
            }
        }
        let (end, none) = (EpochMs(u64::MAX), None);
        let uncommitted = self.probe.list_uncommitted(store, end, none, PAGE);
        self.note("uncommitted intents", uncommitted)
    }
}

/// Reads all there is to read of a shelf.
pub(super) fn reads(probe: &mut Probe<'_>, shelf: &Shelf) -> Result<Vec<Read>, Stop> {
    let mut reads = Reads { probe, reads: Vec::new() };
    if reads.probe.offers(Interface::Tasks) {
        reads.tasks(shelf)?;
    }
    if reads.probe.offers(Interface::Attachments) {
        reads.attachments(shelf)?;
    }
    if reads.probe.offers(Interface::Artifacts) {
        reads.artifacts(shelf)?;
    }
    if reads.probe.offers(Interface::Sessions) {
        reads.session(shelf)?;
        reads.queues(shelf)?;
        reads.manifest(shelf)?;
    }
    Ok(reads.reads)
}

/// The same reads gave the same answers.
pub(super) fn same_reads(found: &[Read], expected: &[Read]) -> Result<(), Stop> {
    for (found, expected) in found.iter().zip(expected) {
        if found != expected {
            let (wanted, had) = around_difference(&expected.answer, &found.answer);
            let what = &expected.what;
            return failed(format!("{what}: {wanted}"), format!("{what}: {had}"));
        }
    }
    crate::expect::same("reads", &found.len(), &expected.len())
}

/// The part of each text where they begin to differ.
fn around_difference(one: &str, other: &str) -> (String, String) {
    let alike = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let part = |text: &str| {
        let start = alike.saturating_sub(AROUND);
        let part: String = text.chars().skip(start).take(AROUND * 2).collect();
        let before = if start > 0 { "…" } else { "" };
        format!("{before}{part}")
    };
    (part(one), part(other))
}
