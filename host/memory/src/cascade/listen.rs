//! Listening to the system: which paths were touched, as far as it tells.

use std::{path::Path, sync::Arc};

use notify::{
    Config, Event, EventKind, EventKindMask, RecommendedWatcher, RecursiveMode, Watcher as _,
};

use super::inbox::Inbox;
use crate::{files::Sources, memory::Memory, root::FolderId};

/// A listener; the system tells it as long as it lives.
pub(super) struct Listener {
    _watcher: RecommendedWatcher,
    /// Which folder it listens to; another may stand at its path by now.
    pub(super) folder: FolderId,
}

impl Listener {
    /// Begins to listen; what is touched from now on comes into the inbox. Reading is not told of,
    /// and neither is what happens in the state folder, so that our own work wakes nobody.
    pub(super) fn new(memory: &Memory, inbox: &Arc<Inbox>) -> Result<Self, String> {
        let folder = FolderId::of(&memory.root);
        let ear = Ear {
            root: memory.root.clone(),
            state: memory.state.clone(),
            sources: memory.sources.clone(),
            inbox: Arc::clone(inbox),
        };
        let config =
            Config::default().with_follow_symlinks(false).with_event_kinds(EventKindMask::CORE);
        let told = move |event: notify::Result<Event>| ear.hear(event);
        let mut watcher =
            RecommendedWatcher::new(told, config).map_err(|error| error.to_string())?;
        watcher.watch(&memory.root, RecursiveMode::Recursive).map_err(|error| error.to_string())?;
        Ok(Self { _watcher: watcher, folder })
    }
}

struct Ear {
    root: std::path::PathBuf,
    state: std::path::PathBuf,
    sources: Sources,
    inbox: Arc<Inbox>,
}

impl Ear {
    fn hear(&self, event: notify::Result<Event>) {
        match event {
            Err(error) if matches!(error.kind, notify::ErrorKind::MaxFilesWatch) => {
                self.inbox.go_blind(error.to_string());
            }
            // Something was missed; what, only a scan tells.
            Err(_) => self.inbox.want_scan(),
            Ok(event) if event.need_rescan() => self.inbox.want_scan(),
            Ok(Event { kind: EventKind::Access(_), .. }) => {}
            Ok(event) => event.paths.iter().for_each(|path| self.touched(path)),
        }
    }

    fn touched(&self, at: &Path) {
        if at.starts_with(&self.state) {
            return;
        }
        let Ok(below) = at.strip_prefix(&self.root) else { return };
        let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
        match parts {
            Some(parts) => self.inbox.touch(parts.join("/")),
            // A name that is not text is an error that a scan reports.
            None if self.sources.may_name(&below.to_string_lossy()) => self.inbox.want_scan(),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use notify::{
        Error, ErrorKind,
        event::{AccessKind, CreateKind, Flag},
    };

    use super::*;

    fn ear() -> Ear {
        let (root, state) = ("/notes".into(), "/notes/state".into());
        Ear { root, state, sources: Sources::new(&[]).unwrap(), inbox: Arc::default() }
    }

    #[test]
    fn what_is_heard_is_a_path_a_scan_or_nothing() {
        let ear = ear();
        let created =
            |path: &str| Event::new(EventKind::Create(CreateKind::Any)).add_path(path.into());
        for path in ["/notes/state/index/data.mdb", "/elsewhere/a.md"] {
            ear.hear(Ok(created(path)));
        }
        ear.hear(Ok(Event::new(EventKind::Access(AccessKind::Any)).add_path("/notes/a.md".into())));
        let waiting = ear.inbox.take();
        assert!(waiting.paths.is_empty() && !waiting.wants_scan && waiting.blind.is_none());
        ear.hear(Ok(created("/notes/b/a.md").add_path("/notes/statement.md".into())));
        let paths: Vec<_> = ear.inbox.take().paths.into_iter().collect();
        assert_eq!(paths, ["b/a.md", "statement.md"]);
        ear.hear(Ok(Event::new(EventKind::Other).set_flag(Flag::Rescan)));
        assert!(ear.inbox.take().wants_scan);
        ear.hear(Err(Error::generic("lost")));
        assert!(ear.inbox.take().wants_scan);
        ear.hear(Err(Error::new(ErrorKind::MaxFilesWatch)));
        assert!(ear.inbox.take().blind.is_some());
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_text_wants_a_scan_where_it_could_be_memory() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
        let ear = ear();
        for (name, is_wanted) in [(&b"\xff.o"[..], false), (b"\xff.md", true), (b"a\nb.md", false)]
        {
            ear.touched(&Path::new("/notes").join(OsStr::from_bytes(name)));
            assert_eq!(ear.inbox.take().wants_scan, is_wanted);
        }
    }
}
