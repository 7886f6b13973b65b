//! A commit in SQL, its checks in the order of `sessions.commit`. The caller brackets it with a
//! transaction or a savepoint, and undoes what a refusal or an error leaves.

use std::collections::BTreeMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Params, Row, params};
use wirt_contract::sessions::{
    Checkpoint, CommitAnswer, Committed, Frame, GraphChange, NewCommit, Nodes, Part, Parts,
    Refusal, Tokens, Usage,
};
use wirt_contract::{BlobName, Error, NodeId, StoreId};
use wirt_ledger::LIMITS;

use super::failed;

/// Why a commit ends before its end.
enum Stop {
    Refused(Refusal),
    Error(Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Error(failed(&error))
    }
}

struct Head {
    store: i64,
    session: String,
    revision: i64,
    last_place: i64,
}

pub(super) fn commit(
    connection: &Connection,
    store: &StoreId,
    commit: &NewCommit,
) -> Result<CommitAnswer, Error> {
    match (Call { connection }).decide(store, commit) {
        Ok(committed) => Ok(CommitAnswer::Committed(committed)),
        Err(Stop::Refused(refusal)) => Ok(CommitAnswer::Refused(refusal)),
        Err(Stop::Error(error)) => Err(error),
    }
}

struct Call<'a> {
    connection: &'a Connection,
}

impl<'a> Call<'a> {
    fn statement(&self, sql: &str) -> Result<CachedStatement<'a>, Stop> {
        Ok(self.connection.prepare_cached(sql)?)
    }

    fn write(&self, sql: &str, params: impl Params) -> Result<(), Stop> {
        self.statement(sql)?.execute(params)?;
        Ok(())
    }

    fn read<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Stop> {
        Ok(self.statement(sql)?.query_row(params, map).optional()?)
    }

    fn decide(&self, store: &StoreId, commit: &NewCommit) -> Result<Committed, Stop> {
        check_bounds(store, commit)?;
        let head = self.read(
            "SELECT store, session_id, revision, last_place FROM heads WHERE store_id = ?1",
            [store.as_str()],
            |row| {
                Ok(Head {
                    store: row.get(0)?,
                    session: row.get(1)?,
                    revision: row.get(2)?,
                    last_place: row.get(3)?,
                })
            },
        )?;
        if let Some(head) = &head {
            if head.session != commit.session_id.as_str() {
                return Err(Refusal::BoundTo(head.session.clone().into()).into());
            }
            if let Some(committed) = self.replayed(head.store, commit)? {
                return Ok(committed);
            }
        }
        let revision = head.as_ref().map_or(0, |head| head.revision);
        let actual = natural(revision)?;
        if commit.expected_revision.is_some_and(|expected| expected != actual) {
            return Err(Refusal::HeadMoved(actual).into());
        }
        let head = match head {
            Some(head) => head,
            None => self.new_head(store, commit)?,
        };
        let (checkpoint, frames) = self.keep_parts(head.store, commit)?;
        for usage in &commit.usage {
            self.add_usage(head.store, usage)?;
        }
        let (last_place, leaf) = self.change_graph(&head, &commit.graph)?;
        let committed = Committed { revision: actual + 1, checkpoint };
        let (now, parts) = (revision + 1, &committed.checkpoint.parts);
        self.write(
            "UPDATE heads SET revision = ?2, current_frame = ?3, leaf = ?4, last_place = ?5, \
             checkpoint_ref = ?6, turn_state = ?7, tool_state = ?8, plugins = ?9, \
             plugin_revision = ?10, execution_state = ?11 WHERE store = ?1",
            params![
                head.store,
                now,
                commit.current_frame_id.as_str(),
                leaf.map(NodeId::as_str),
                last_place,
                committed.checkpoint.checkpoint_ref,
                parts.turn_state.as_str(),
                parts.tool_state.as_ref().map(BlobName::as_str),
                parts.plugins.as_ref().map(BlobName::as_str),
                parts.plugin_revision.map(whole).transpose()?,
                parts.execution_state.as_ref().map(BlobName::as_str),
            ],
        )?;
        self.keep_setting(head.store, &commit.config, &frames)?;
        if let Some(stamp) = &commit.stamp {
            self.write(
                "INSERT INTO turns VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                params![
                    head.store,
                    stamp.turn_id.as_str(),
                    stamp.turn_hash,
                    now,
                    committed.checkpoint.checkpoint_ref,
                    parts.turn_state.as_str(),
                    parts.tool_state.as_ref().map(BlobName::as_str),
                    parts.plugins.as_ref().map(BlobName::as_str),
                    parts.plugin_revision.map(whole).transpose()?,
                    parts.execution_state.as_ref().map(BlobName::as_str),
                ],
            )?;
        }
        Ok(committed)
    }

    fn replayed(&self, store: i64, commit: &NewCommit) -> Result<Option<Committed>, Stop> {
        let Some(stamp) = &commit.stamp else { return Ok(None) };
        if stamp.session_id != commit.session_id {
            return Err(Refusal::StampConflict.into());
        }
        let sql = "SELECT turn_hash, revision, checkpoint_ref, turn_state, tool_state, plugins, \
                   plugin_revision, execution_state FROM turns WHERE store = ?1 AND turn_id = ?2";
        let found = self.read(sql, params![store, stamp.turn_id.as_str()], |row| {
            let name = |at| row.get(at).map(|name: Option<String>| name.map(BlobName::new));
            let parts = Parts {
                turn_state: BlobName::new(row.get::<_, String>(3)?),
                tool_state: name(4)?,
                plugins: name(5)?,
                plugin_revision: None,
                execution_state: name(7)?,
            };
            let revisions = (row.get::<_, i64>(1)?, row.get::<_, Option<i64>>(6)?);
            Ok((row.get::<_, String>(0)?, revisions, row.get::<_, String>(2)?, parts))
        })?;
        let Some((hash, (revision, plugin_revision), checkpoint_ref, parts)) = found else {
            return Ok(None);
        };
        if hash != stamp.turn_hash {
            return Err(Refusal::StampConflict.into());
        }
        let parts = Parts { plugin_revision: plugin_revision.map(natural).transpose()?, ..parts };
        let checkpoint = Checkpoint { checkpoint_ref, parts };
        Ok(Some(Committed { revision: natural(revision)?, checkpoint }))
    }

    /// A row that gives the store its number; filled in by the end of the commit.
    fn new_head(&self, store: &StoreId, commit: &NewCommit) -> Result<Head, Stop> {
        let session = commit.session_id.as_str();
        self.write(
            "INSERT INTO heads (store_id, session_id, revision, current_frame, last_place, \
             checkpoint_ref, turn_state) VALUES (?1, ?2, 0, '', 0, '', '')",
            [store.as_str(), session],
        )?;
        let store = self.connection.last_insert_rowid();
        Ok(Head { store, session: session.to_owned(), revision: 0, last_place: 0 })
    }

    fn keep_parts(
        &self,
        store: i64,
        commit: &NewCommit,
    ) -> Result<(Checkpoint, Vec<Frame<BlobName>>), Stop> {
        let keep = |part: &Part| self.keep(store, part);
        let optional = |part: &Option<Part>| part.as_ref().map(keep).transpose();
        let new = &commit.checkpoint;
        let parts = Parts {
            turn_state: keep(&new.turn_state)?,
            tool_state: optional(&new.tool_state)?,
            plugins: optional(&new.plugins)?,
            plugin_revision: new.plugin_revision,
            execution_state: optional(&new.execution_state)?,
        };
        let mut frames = Vec::with_capacity(commit.frames.len());
        for frame in &commit.frames {
            frames.push(Frame {
                frame_id: frame.frame_id.clone(),
                previous_frame_id: frame.previous_frame_id.clone(),
                superseded: frame.superseded,
                reason: frame.reason.clone(),
                created_at: frame.created_at,
                body: frame.body.clone(),
                execution_state: optional(&frame.execution_state)?,
            });
        }
        Ok((Checkpoint { checkpoint_ref: parts.checkpoint_ref(), parts }, frames))
    }

    fn keep(&self, store: i64, part: &Part) -> Result<BlobName, Stop> {
        let name = part.name();
        let key = params![store, name.as_str()];
        match part {
            Part::Bytes(bytes) => {
                let sql = "SELECT bytes = ?3 FROM blobs WHERE store = ?1 AND name = ?2";
                let key = params![store, name.as_str(), bytes];
                if self.read(sql, key, |row| row.get(0))? != Some(true) {
                    self.write("INSERT OR REPLACE INTO blobs VALUES (?1, ?2, ?3)", key)?;
                }
            }
            Part::Kept(_) => {
                let sql = "SELECT 1 FROM blobs WHERE store = ?1 AND name = ?2";
                if self.read(sql, key, |_| Ok(()))?.is_none() {
                    return Err(Refusal::BlobUnknown(name).into());
                }
            }
        }
        Ok(name)
    }

    fn add_usage(&self, store: i64, usage: &Usage) -> Result<(), Stop> {
        let of = &usage.of;
        let sql = "SELECT input, output, cached_input, reasoning FROM usage \
                   WHERE store = ?1 AND source = ?2 AND model = ?3";
        let before = self.read(sql, params![store, of.source, of.model], |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
        })?;
        let [input, output, cached_input, reasoning] = before.unwrap_or([0_i64; 4]);
        let before = Tokens {
            input: natural(input)?,
            output: natural(output)?,
            cached_input: natural(cached_input)?,
            reasoning: natural(reasoning)?,
        };
        let sum = before.plus(usage.tokens).ok_or_else(|| Refusal::UsageOverflow(of.clone()))?;
        if sum == Tokens::default() {
            return Ok(());
        }
        self.write(
            "INSERT OR REPLACE INTO usage VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                store,
                of.source,
                of.model,
                whole(sum.input)?,
                whole(sum.output)?,
                whole(sum.cached_input)?,
                whole(sum.reasoning)?,
            ],
        )
    }

    /// The graph's last place and the leaf.
    fn change_graph<'c>(
        &self,
        head: &Head,
        change: &'c GraphChange,
    ) -> Result<(i64, Option<&'c NodeId>), Stop> {
        let mut joined = BTreeMap::new();
        let (last_place, leaf) = match change {
            GraphChange::Unchanged(leaf) => (head.last_place, leaf.as_ref()),
            GraphChange::Append(nodes) => {
                (self.append(head, nodes, &mut joined)?, nodes.leaf.as_ref())
            }
            GraphChange::Replace(_) => {
                return Err(Error::Unsupported("no graph is replaced here".into()).into());
            }
        };
        if let Some(leaf) = leaf
            && self.depth(head.store, &joined, leaf)?.is_none()
        {
            return Err(Refusal::LeafUnknown(leaf.clone()).into());
        }
        Ok((last_place, leaf))
    }

    fn append<'c>(
        &self,
        head: &Head,
        nodes: &'c Nodes,
        joined: &mut BTreeMap<&'c NodeId, u32>,
    ) -> Result<i64, Stop> {
        let mut place = head.last_place;
        for node in &nodes.nodes {
            if self.depth(head.store, joined, &node.node_id)?.is_some() {
                return Err(Refusal::NodeExists(node.node_id.clone()).into());
            }
            let above = match &node.parent_node_id {
                None => 0,
                Some(parent) => self
                    .depth(head.store, joined, parent)?
                    .ok_or_else(|| Refusal::ParentUnknown(node.node_id.clone()))?,
            };
            let depth = above + 1;
            if depth > LIMITS.max_graph_depth {
                return Err(Error::Invalid(format!("node {} is too deep", node.node_id)).into());
            }
            place += 1;
            self.write(
                "INSERT INTO nodes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    head.store,
                    place,
                    node.node_id.as_str(),
                    node.parent_node_id.as_ref().map(NodeId::as_str),
                    node.agent_frame_id.as_ref().map(|frame| frame.as_str()),
                    whole(node.at.0)?,
                    node.body,
                    depth,
                ],
            )?;
            joined.insert(&node.node_id, depth);
        }
        Ok(place)
    }

    fn depth(
        &self,
        store: i64,
        joined: &BTreeMap<&NodeId, u32>,
        node: &NodeId,
    ) -> Result<Option<u32>, Stop> {
        if let Some(depth) = joined.get(node) {
            return Ok(Some(*depth));
        }
        let sql = "SELECT depth FROM nodes WHERE store = ?1 AND node_id = ?2";
        self.read(sql, params![store, node.as_str()], |row| row.get(0))
    }

    /// Written where it is not there already.
    fn keep_setting(
        &self,
        store: i64,
        config: &str,
        frames: &[Frame<BlobName>],
    ) -> Result<(), Stop> {
        let frames = serde_json::to_string(frames)
            .map_err(|error| Error::backend(format!("the frames cannot be encoded: {error}")))?;
        let key = params![store, config, frames];
        let sql = "SELECT config = ?2 AND frames = ?3 FROM settings WHERE store = ?1";
        if self.read(sql, key, |row| row.get(0))? == Some(true) {
            return Ok(());
        }
        self.write("INSERT OR REPLACE INTO settings VALUES (?1, ?2, ?3)", key)
    }
}

fn whole(number: u64) -> Result<i64, Error> {
    i64::try_from(number)
        .map_err(|_| Error::Invalid(format!("{number} is beyond SQLite's numbers")))
}

fn natural(number: i64) -> Result<u64, Error> {
    u64::try_from(number).map_err(|_| Error::backend(format!("{number} is stored and is negative")))
}

/// `sessions.commit.bound`, and what is left out here.
fn check_bounds(store: &StoreId, commit: &NewCommit) -> Result<(), Error> {
    if !commit.completed.is_empty() || !commit.attachments.is_empty() {
        return Err(Error::Unsupported("neither claims nor attachments are kept here".into()));
    }
    let ids = [store.as_str(), commit.session_id.as_str(), commit.current_frame_id.as_str()];
    let of_frames = commit.frames.iter().map(|frame| frame.frame_id.as_str());
    let of_usage = commit.usage.iter().flat_map(|usage| [&*usage.of.source, &*usage.of.model]);
    let stamp = commit.stamp.iter();
    let of_stamp = stamp
        .flat_map(|stamp| [stamp.session_id.as_str(), stamp.turn_id.as_str(), &stamp.turn_hash]);
    let none = &[][..];
    let nodes = match &commit.graph {
        GraphChange::Unchanged(_) => none,
        GraphChange::Append(nodes) | GraphChange::Replace(nodes) => &nodes.nodes,
    };
    let of_nodes = nodes.iter().flat_map(|node| {
        [&node.node_id].into_iter().chain(&node.parent_node_id).map(NodeId::as_str)
    });
    for id in ids.into_iter().chain(of_frames).chain(of_usage).chain(of_stamp).chain(of_nodes) {
        within("an id", id.len().max(1), LIMITS.max_id_bytes)?;
        within("an empty id", usize::from(id.is_empty()), 0)?;
    }
    let bodies = commit.frames.iter().map(|frame| &frame.body).chain([&commit.config]);
    for payload in bodies.chain(nodes.iter().map(|node| &node.body)) {
        within("a payload", payload.len(), LIMITS.max_payload_bytes)?;
    }
    for part in commit.checkpoint.iter() {
        if let Part::Bytes(bytes) = part {
            within("a part", bytes.len(), LIMITS.max_attachment_bytes)?;
        }
    }
    for items in [commit.frames.len(), commit.usage.len(), nodes.len()] {
        within("a list", items, LIMITS.max_list)?;
    }
    Ok(())
}

fn within(subject: &str, found: usize, max: u32) -> Result<(), Error> {
    if u32::try_from(found).is_ok_and(|found| found <= max) {
        return Ok(());
    }
    Err(Error::Invalid(format!("{subject} has {found}, and at most {max} are allowed")))
}
