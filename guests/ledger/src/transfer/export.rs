//! Rows out of keys.

use wirt_contract::sessions::{Tokens, Usage, UsageCursor};
use wirt_contract::tasks::Event;
use wirt_contract::transfer::{Data, Page, Row};
use wirt_contract::{Error, NodeId, StoreId};

use super::Kind;
use crate::call::Call;
use crate::keys::{Entry, Key, Space, Span};
use crate::limits::{PAGE_BYTES, at_least_one, cut_to_page};
use crate::sessions::{self, Head, Turn};
use crate::{artifacts, attachment_manifest, attachments, cursor, tasks, work_queue};

/// A page of rows that is being filled.
struct Filling {
    page: Page,
    limit: usize,
    bytes: usize,
    last: Option<Key>,
}

impl Filling {
    /// Whether it takes a row of this key; says where to go on where it does not.
    fn take(&mut self, store: &StoreId, key: Key, data: Data) -> bool {
        self.bytes += size(&data);
        let full = self.page.rows.len() == self.limit || self.bytes > PAGE_BYTES;
        if let Some(last) = &self.last
            && full
        {
            self.page.next = Some(cursor::write(last));
            return false;
        }
        self.page.rows.push(Row { store: store.clone(), data });
        self.last = Some(key);
        true
    }
}

/// What a row weighs on a page: what is long in it.
fn size(data: &Data) -> usize {
    match data {
        Data::Task(task) => {
            let payloads = [&task.outcome, &task.failure];
            payloads.into_iter().flatten().map(String::len).sum()
        }
        Data::Event { event, .. } => event.payload.len(),
        Data::Attachment { bytes, .. } | Data::Blob(bytes) => bytes.len(),
        Data::Session(session) => {
            let bodies = session.frames.iter().map(|frame| frame.body.len());
            session.config.len() + bodies.sum::<usize>()
        }
        Data::Node(node) => node.body.len(),
        Data::Queued { entry, .. } => entry.items.iter().map(|item| item.work.body.len()).sum(),
        Data::Artifact(artifact) => artifact.content.len(),
        Data::Meta(meta) => meta.name.len() + meta.model.len(),
        Data::Manifest(row) => row.intent.canonical_uri.len(),
        Data::UsedNodeId(_) | Data::Usage(_) | Data::Turn { .. } | Data::Counters { .. } => 0,
    }
}

pub(super) fn page(call: &mut Call<'_>, after: Option<&str>, budget: u32) -> Result<Page, Error> {
    at_least_one("budget", budget)?;
    let limit = cut_to_page(budget);
    let mut filling = Filling { page: Page::default(), limit, bytes: 0, last: None };
    let after = after.map(cursor::read).transpose()?;
    // The store id the walk is in, and where it begins there.
    let mut at = match &after {
        Some(key) => Some(place(key)?),
        None => next_store(call, &Span::data())?.map(|store| (store, Kind::Task)),
    };
    let mut after = after;
    while let Some((store, from)) = at {
        let space = Space::new(&store)?;
        let walk = Walk::new(call, space)?;
        for kind in Kind::ALL.into_iter().filter(|kind| *kind >= from) {
            for key in walk.keys(call, kind, after.take().as_ref(), limit + 1)? {
                let Some(data) = walk.row(call, &key)? else { continue };
                if !filling.take(&store, key, data) {
                    return Ok(filling.page);
                }
            }
        }
        let rest = Span { from: space.all().to, to: Span::data().to };
        at = next_store(call, &rest)?.map(|store| (store, Kind::Task));
    }
    Ok(filling.page)
}

/// The store id and kind a cursor stands at.
fn place(key: &Key) -> Result<(StoreId, Kind), Error> {
    key.parse()
        .and_then(|(store, entry)| Some((StoreId::new(store), Kind::walked_over(&entry)?)))
        .ok_or_else(|| {
            Error::Invalid(format!(
                "the cursor stands at {key}, where no row begins; give back the `next` of the \
                 page before, or none"
            ))
        })
}

fn next_store(call: &mut Call<'_>, span: &Span) -> Result<Option<StoreId>, Error> {
    let Some(key) = call.keys(span, 1)?.into_iter().next() else { return Ok(None) };
    match key.parse() {
        Some((store, _)) => Ok(Some(StoreId::new(store))),
        None => Err(Error::backend(format!("the store holds {key}; run a check"))),
    }
}

/// A walk over one store id's rows.
struct Walk<'a> {
    space: Space<'a>,
    head: Option<Head>,
}

impl<'a> Walk<'a> {
    fn new(call: &mut Call<'_>, space: Space<'a>) -> Result<Self, Error> {
        let head = sessions::head(call, space)?;
        Ok(Self { space, head })
    }

    /// Keys of the rows of one kind, in their order.
    fn keys(
        &self,
        call: &mut Call<'_>,
        kind: Kind,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Key>, Error> {
        let space = self.space;
        let graph = self.head.as_ref().map(|head| head.graph);
        let span = match (kind, graph) {
            (Kind::Task, _) => space.rows(),
            (Kind::Event, _) => space.tapes(),
            (Kind::Attachment, _) => space.attachments(),
            (Kind::Meta, _) => space.key(Entry::<&str>::Meta).alone(),
            (Kind::Session, _) => space.key(Entry::<&str>::Head).alone(),
            (Kind::Blob, _) => {
                let roots = sessions::roots(call, space)?;
                let keys = roots.iter().map(|name| space.key(Entry::Blob(name.as_str())));
                let rest = keys.filter(|key| after.is_none_or(|after| key > after));
                return Ok(rest.take(limit).collect());
            }
            (Kind::UsedNodeId, Some(graph)) => space.used_ids(graph),
            (Kind::Node, Some(graph)) => space.nodes_at(graph),
            (Kind::UsedNodeId | Kind::Node, None) => return Ok(Vec::new()),
            (Kind::Usage, _) => space.usage(),
            (Kind::Turn, _) => space.turns(),
            (Kind::Counters, _) => space.key(Entry::<&str>::Counters).alone(),
            (Kind::Queued, _) => space.queues(),
            (Kind::Manifest, _) => space.intents(),
            (Kind::Artifact, _) => space.artifacts(),
        };
        call.keys(&span.after(after), limit)
    }

    /// The row of a key; none where it has gone.
    fn row(&self, call: &mut Call<'_>, key: &Key) -> Result<Option<Data>, Error> {
        let space = self.space;
        let Some((_, entry)) = key.parse() else { return Ok(None) };
        Ok(match entry {
            Entry::Row(task) => tasks::whole(call, space, &task)?.map(Data::Task),
            Entry::Event(task, _) => {
                call.value::<Event>(key)?.map(|event| Data::Event { task_id: task.into(), event })
            }
            Entry::Attachment(id) => attachments::whole(call, space, &id.into())?
                .map(|(attachment, bytes)| Data::Attachment { attachment, bytes }),
            Entry::Meta => call.value(key)?.map(Data::Meta),
            Entry::Head => sessions::session(call, space)?.map(Data::Session),
            Entry::Blob(name) => Some(Data::Blob(sessions::blob(call, space, &name.into())?)),
            Entry::UsedId(_, id) => Some(Data::UsedNodeId(NodeId::new(id))),
            Entry::NodeAt(graph, _) => {
                Some(Data::Node(sessions::at_place(call, space, graph, key)?.node))
            }
            Entry::Usage(source, model) => call
                .value::<Tokens>(key)?
                .map(|tokens| Data::Usage(Usage { of: UsageCursor { source, model }, tokens })),
            Entry::Turn(turn) => call.value::<Turn>(key)?.map(|kept| Data::Turn {
                turn_id: turn.into(),
                turn_hash: kept.turn_hash,
                committed: kept.committed,
            }),
            Entry::Counters => {
                let counters = work_queue::counters(call, space)?;
                Some(Data::Counters {
                    enqueue_seq: counters.enqueue_seq,
                    fencing_token: counters.fencing_token,
                })
            }
            Entry::Queued(session, seq) => work_queue::whole(call, space, &session, seq)?
                .map(|(entry, holder)| Data::Queued { entry, holder }),
            Entry::Intent(session, attachment) => {
                attachment_manifest::row(call, space, &session, &attachment)?.map(Data::Manifest)
            }
            Entry::Artifact(module) => {
                artifacts::whole(call, space, &module.into())?.map(Data::Artifact)
            }
            _ => None,
        })
    }
}
