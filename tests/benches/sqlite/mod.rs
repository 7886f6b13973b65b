//! A store of sessions as one would write it on SQLite: WAL, `synchronous=FULL`, tables, prepared
//! statements, one transaction a commit; or, with batches, one a batch and a savepoint a call.
//!
//! It keeps the contract as far as the benchmark's turns can meet it, in the order the contract
//! gives. Not here: what they do not meet (claims, attachments, a replaced graph, and every call
//! but `commit`); that is `unsupported`.

mod commit;

use std::path::Path;

use rusqlite::Connection;
use wirt_contract::batching::Batching;
use wirt_contract::sessions::{
    Collected, CommitAnswer, GraphPage, Meta, NewCommit, Node, Session, Sessions, Usage,
    UsageCursor, Vacuumed,
};
use wirt_contract::store::{CheckPage, Description, Durability, Store};
use wirt_contract::{Answer, BlobName, Error, Interface, Interfaces, NodeId, Plugin, StoreId};
use wirt_ledger::LIMITS;

/// As many bytes as store-redb caches, in SQLite's words: so many KiB, negated.
const CACHE: i32 = -(16 << 10);

/// The ledger's rows as tables. What is long lies in the order it came, so that a batch writes few
/// pages, and is found by an index; SQLite keeps long rows badly in a table without row ids.
const TABLES: &str = "
    CREATE TABLE heads (
        store INTEGER PRIMARY KEY, store_id TEXT NOT NULL UNIQUE, session_id TEXT NOT NULL,
        revision INTEGER NOT NULL, current_frame TEXT NOT NULL, leaf TEXT,
        last_place INTEGER NOT NULL, checkpoint_ref TEXT NOT NULL, turn_state TEXT NOT NULL,
        tool_state TEXT, plugins TEXT, plugin_revision INTEGER, execution_state TEXT);
    CREATE TABLE settings (store INTEGER PRIMARY KEY, config TEXT NOT NULL, frames TEXT NOT NULL);
    CREATE TABLE blobs (store INTEGER NOT NULL, name TEXT NOT NULL, bytes BLOB NOT NULL);
    CREATE UNIQUE INDEX blobs_by_name ON blobs (store, name);
    CREATE TABLE usage (
        store INTEGER NOT NULL, source TEXT NOT NULL, model TEXT NOT NULL, input INTEGER NOT NULL,
        output INTEGER NOT NULL, cached_input INTEGER NOT NULL, reasoning INTEGER NOT NULL,
        PRIMARY KEY (store, source, model)) WITHOUT ROWID;
    CREATE TABLE nodes (
        store INTEGER NOT NULL, place INTEGER NOT NULL, node_id TEXT NOT NULL, parent TEXT,
        frame TEXT, at INTEGER NOT NULL, body TEXT NOT NULL, depth INTEGER NOT NULL);
    CREATE UNIQUE INDEX nodes_by_id ON nodes (store, node_id);
    CREATE UNIQUE INDEX nodes_by_place ON nodes (store, place);
    CREATE TABLE turns (
        store INTEGER NOT NULL, turn_id TEXT NOT NULL, turn_hash TEXT NOT NULL,
        revision INTEGER NOT NULL, checkpoint_ref TEXT NOT NULL, turn_state TEXT NOT NULL,
        tool_state TEXT, plugins TEXT, plugin_revision INTEGER, execution_state TEXT);
    CREATE UNIQUE INDEX turns_by_id ON turns (store, turn_id);
";

/// One connection.
pub(crate) struct SqliteStore {
    connection: Connection,
    batches: bool,
    in_batch: bool,
}

impl SqliteStore {
    /// A new file in this folder; `batches` says whether `batching` is offered.
    pub(crate) fn new(folder: &Path, batches: bool) -> Self {
        let connection = Connection::open(folder.join("sessions.sqlite")).unwrap();
        let mode: String = connection
            .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
        connection.pragma_update(None, "synchronous", "full").unwrap();
        connection.pragma_update(None, "cache_size", CACHE).unwrap();
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch(TABLES).unwrap();
        Self { connection, batches, in_batch: false }
    }

    fn execute(&self, sql: &str) -> Result<(), Error> {
        let run = || self.connection.prepare_cached(sql)?.execute([]);
        run().map(|_| ()).map_err(|error| failed(&error))
    }
}

fn failed(error: &rusqlite::Error) -> Error {
    Error::backend(error.to_string())
}

fn unsupported<T>() -> Answer<T> {
    Err(Error::Unsupported("this store is for commits alone".into()).into())
}

impl Plugin for SqliteStore {
    fn interfaces(&self) -> Interfaces {
        let batching = self.batches.then_some(Interface::Batching);
        [Interface::Store, Interface::Sessions].into_iter().chain(batching).collect()
    }

    fn store(&mut self) -> Answer<&mut dyn Store> {
        Ok(self)
    }

    fn batching(&mut self) -> Answer<&mut dyn Batching> {
        Ok(self)
    }

    fn sessions(&mut self) -> Answer<&mut dyn Sessions> {
        Ok(self)
    }
}

impl Store for SqliteStore {
    fn describe(&mut self) -> Answer<Description> {
        Ok(Description {
            name: "sqlite".into(),
            version: rusqlite::version().into(),
            data_format: 1,
            durability: Durability::Durable,
            limits: LIMITS,
        })
    }

    fn close(&mut self) -> Answer<()> {
        Ok(())
    }

    fn check(&mut self, _: Option<&str>, _: u32) -> Answer<CheckPage> {
        unsupported()
    }
}

impl Batching for SqliteStore {
    fn begin(&mut self) -> Answer<()> {
        self.execute("BEGIN IMMEDIATE")?;
        self.in_batch = true;
        Ok(())
    }

    fn flush(&mut self) -> Answer<()> {
        self.in_batch = false;
        Ok(self.execute("COMMIT")?)
    }
}

impl Sessions for SqliteStore {
    fn commit(&mut self, store: &StoreId, commit: &NewCommit) -> Answer<CommitAnswer> {
        let [begin, keep, undo] = if self.in_batch {
            ["SAVEPOINT call", "RELEASE call", "ROLLBACK TO call"]
        } else {
            ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"]
        };
        self.execute(begin)?;
        let answer = commit::commit(&self.connection, store, commit);
        if matches!(answer, Ok(CommitAnswer::Committed(_))) {
            self.execute(keep)?;
        } else {
            self.execute(undo)?;
            // What was rolled back to stays open until it is released.
            if self.in_batch {
                self.execute(keep)?;
            }
        }
        Ok(answer?)
    }

    fn load(&mut self, _: &StoreId) -> Answer<Option<Session>> {
        unsupported()
    }

    fn load_graph(&mut self, _: &StoreId, _: Option<&NodeId>, _: u32) -> Answer<GraphPage> {
        unsupported()
    }

    fn load_path(&mut self, _: &StoreId, _: Option<&NodeId>, _: u32) -> Answer<GraphPage> {
        unsupported()
    }

    fn load_node(&mut self, _: &StoreId, _: &NodeId) -> Answer<Option<Node>> {
        unsupported()
    }

    fn load_blob(&mut self, _: &StoreId, _: &BlobName) -> Answer<Vec<u8>> {
        unsupported()
    }

    fn load_usage(&mut self, _: &StoreId, _: Option<&UsageCursor>, _: u32) -> Answer<Vec<Usage>> {
        unsupported()
    }

    fn save_meta(&mut self, _: &StoreId, _: &Meta) -> Answer<()> {
        unsupported()
    }

    fn load_meta(&mut self, _: &StoreId) -> Answer<Option<Meta>> {
        unsupported()
    }

    fn tombstone_nodes(&mut self, _: &StoreId, _: &[NodeId]) -> Answer<()> {
        unsupported()
    }

    fn vacuum(&mut self, _: &StoreId, _: u32) -> Answer<Vacuumed> {
        unsupported()
    }

    fn gc_unreachable(&mut self, _: &StoreId, _: Option<&BlobName>, _: u32) -> Answer<Collected> {
        unsupported()
    }
}
