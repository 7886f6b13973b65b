//! The queue's table.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior,
    params,
};
use wirt_contract::EpochMs;

use super::{MAX_WAIT_MS, QueueLag};

const FILE: &str = "queue.db";
/// What SQLite keeps beside it.
const SIDE_FILES: [&str; 3] = ["queue.db-wal", "queue.db-shm", "queue.db-journal"];
/// Changes with the tables; a queue of another one is made anew.
const LAYOUT: i64 = 1;
const PENDING: i64 = 0;
const PROCESSING: i64 = 1;
const WAITING: i64 = 2;
/// How long a reader of the queue may hold up a writer before it is an error.
const BUSY: std::time::Duration = std::time::Duration::from_secs(5);

const TABLES: &str = "
    CREATE TABLE counter (last INTEGER NOT NULL);
    INSERT INTO counter VALUES (0);
    CREATE TABLE queue (
        path TEXT PRIMARY KEY,
        seq INTEGER NOT NULL,
        state INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        due INTEGER NOT NULL,
        since INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX by_state ON queue (state, due, seq);
";

/// Why the queue failed. Nothing is lost with it: a scan finds the same again.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// SQLite failed.
    #[error(
        "the change queue {file}: {source}; free disk space, or delete that file (a scan fills it again)"
    )]
    Sqlite {
        /// The queue's file.
        file: PathBuf,
        /// SQLite's word.
        source: rusqlite::Error,
    },
    /// A damaged queue cannot be made anew.
    #[error("the change queue {file} is damaged and cannot be removed: {source}; delete it")]
    Stuck {
        /// The queue's file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl QueueError {
    /// Whether only a new file helps.
    pub(crate) fn is_damage(&self) -> bool {
        let Self::Sqlite { source, .. } = self else { return false };
        match source {
            rusqlite::Error::SqliteFailure(error, _) => matches!(
                error.code,
                // A statement that no longer fits its table says `Unknown`.
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown
            ),
            rusqlite::Error::QueryReturnedNoRows
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::FromSqlConversionFailure(..) => true,
            _ => false,
        }
    }
}

/// A row that is worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) path: String,
    pub(crate) seq: i64,
    /// How often it has failed for a reason that may pass.
    pub(crate) attempts: u32,
}

/// How work on a claim ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// The index says what there is to say; the row goes.
    Done,
    /// It failed so often and is due again then.
    Retry {
        /// Failures so far.
        attempts: u32,
        /// When it is due.
        at: EpochMs,
    },
    /// Nobody looked after all.
    Release,
}

/// The queue of one state folder, opened for its one writer.
pub(crate) struct Queue {
    file: PathBuf,
    connection: Connection,
}

impl Queue {
    /// Opens the queue in the state folder. One that is not there or is damaged is made anew and
    /// empty. What was worked on when its writer ended is pending again.
    pub(crate) fn open(state: &Path) -> Result<Self, QueueError> {
        let file = state.join(FILE);
        match Self::attach(&file) {
            Err(error) if error.is_damage() => Self::anew(state),
            result => result,
        }
    }

    /// Throws away what there is.
    pub(crate) fn anew(state: &Path) -> Result<Self, QueueError> {
        let file = state.join(FILE);
        for path in SIDE_FILES.iter().map(|name| state.join(name)).chain([file.clone()]) {
            match fs::remove_file(&path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(QueueError::Stuck { file, source });
                }
                _ => {}
            }
        }
        Self::attach(&file)
    }

    fn attach(file: &Path) -> Result<Self, QueueError> {
        let opened = || -> rusqlite::Result<Connection> {
            let mut connection = Connection::open(file)?;
            connection.busy_timeout(BUSY)?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "normal")?;
            let txn = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let layout: i64 = txn.pragma_query_value(None, "user_version", |row| row.get(0))?;
            if layout != LAYOUT {
                txn.execute_batch("DROP TABLE IF EXISTS queue; DROP TABLE IF EXISTS counter;")?;
                txn.execute_batch(TABLES)?;
                txn.pragma_update(None, "user_version", LAYOUT)?;
            }
            txn.execute("UPDATE queue SET state = ?1 WHERE state = ?2", [PENDING, PROCESSING])?;
            txn.commit()?;
            Ok(connection)
        };
        let file = file.to_owned();
        match opened() {
            Ok(connection) => Ok(Self { file, connection }),
            Err(source) => Err(QueueError::Sqlite { file, source }),
        }
    }

    fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, QueueError> {
        let run = || {
            let txn = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&txn)?;
            txn.commit()?;
            Ok(result)
        };
        run().map_err(|source| QueueError::Sqlite { file: self.file.clone(), source })
    }

    /// Asks that these paths be looked at, whatever their rows say: each gets a new sequence
    /// number, in the order given, and its failures are forgotten.
    pub(crate) fn suggest<'p>(
        &mut self,
        paths: impl IntoIterator<Item = &'p str>,
        now: EpochMs,
    ) -> Result<(), QueueError> {
        self.put(paths, now, "true")
    }

    /// Asks that these paths be looked at, but leaves rows that are pending or wait already: a scan
    /// must not shorten a wait. A row that is worked on is looked at again.
    pub(crate) fn fill<'p>(
        &mut self,
        paths: impl IntoIterator<Item = &'p str>,
        now: EpochMs,
    ) -> Result<(), QueueError> {
        self.put(paths, now, "queue.state = 1")
    }

    fn put<'p>(
        &mut self,
        paths: impl IntoIterator<Item = &'p str>,
        now: EpochMs,
        replaces: &str,
    ) -> Result<(), QueueError> {
        let sql = format!(
            "INSERT INTO queue VALUES (?1, ?2, 0, 0, 0, ?3) ON CONFLICT (path) DO UPDATE SET \
             seq = excluded.seq, state = 0, attempts = 0, due = 0 WHERE {replaces}"
        );
        self.write(|txn| {
            let mut last: i64 = txn.query_row("SELECT last FROM counter", [], |row| row.get(0))?;
            let mut insert = txn.prepare_cached(&sql)?;
            for path in paths {
                last += 1;
                insert.execute(params![path, last, millis(now)])?;
            }
            txn.execute("UPDATE counter SET last = ?1", [last])?;
            Ok(())
        })
    }

    /// Takes up to `most` rows to work on: the pending ones in the order of their numbers, then
    /// those whose wait is over. A wait longer than any is over too: the clock was set back.
    pub(crate) fn claim(&mut self, most: usize, now: EpochMs) -> Result<Vec<Claim>, QueueError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.write(|txn| {
            let mut claims = Vec::new();
            let mut pending = txn.prepare_cached(
                "SELECT path, seq, attempts FROM queue WHERE state = 0 ORDER BY due, seq LIMIT ?1",
            )?;
            for claim in pending.query_map([most], claim_of)? {
                claims.push(claim?);
            }
            let left = most - i64::try_from(claims.len()).unwrap_or(most);
            let mut waiting = txn.prepare_cached(
                "SELECT path, seq, attempts FROM queue WHERE state = 2 AND (due <= ?1 OR due > ?2) \
                 ORDER BY due, seq LIMIT ?3",
            )?;
            let (now, far) = (millis(now), millis(EpochMs(now.0.saturating_add(MAX_WAIT_MS))));
            for claim in waiting.query_map([now, far, left], claim_of)? {
                claims.push(claim?);
            }
            let mut mark = txn.prepare_cached("UPDATE queue SET state = ?1 WHERE path = ?2")?;
            for claim in &claims {
                mark.execute(params![PROCESSING, claim.path])?;
            }
            Ok(claims)
        })
    }

    /// Ends the work on claims. A row whose number is another one by now stays as it is.
    pub(crate) fn settle(&mut self, ended: &[(Claim, Settlement)]) -> Result<(), QueueError> {
        self.write(|txn| {
            let mut done = txn.prepare_cached("DELETE FROM queue WHERE path = ?1 AND seq = ?2")?;
            let mut back = txn.prepare_cached(
                "UPDATE queue SET state = ?3, attempts = ?4, due = ?5 WHERE path = ?1 AND seq = ?2",
            )?;
            for (Claim { path, seq, attempts }, settlement) in ended {
                match settlement {
                    Settlement::Done => done.execute(params![path, seq])?,
                    Settlement::Retry { attempts, at } => {
                        back.execute(params![path, seq, WAITING, attempts, millis(*at)])?
                    }
                    Settlement::Release => {
                        back.execute(params![path, seq, PENDING, attempts, 0])?
                    }
                };
            }
            Ok(())
        })
    }

    /// Makes every row pending that somebody works on: nobody does any more.
    pub(crate) fn release_all(&mut self) -> Result<(), QueueError> {
        self.write(|txn| {
            txn.execute("UPDATE queue SET state = ?1 WHERE state = ?2", [PENDING, PROCESSING])?;
            Ok(())
        })
    }

    /// Ends every wait.
    pub(crate) fn end_waits(&mut self) -> Result<(), QueueError> {
        self.write(|txn| {
            txn.execute(
                "UPDATE queue SET state = ?1, attempts = 0, due = 0 WHERE state = ?2",
                [PENDING, WAITING],
            )?;
            Ok(())
        })
    }

    /// When the first of the waiting rows is due.
    pub(crate) fn next_due(&self) -> Result<Option<EpochMs>, QueueError> {
        self.connection
            .query_row("SELECT min(due) FROM queue WHERE state = 2", [], |row| {
                row.get::<_, Option<i64>>(0)
            })
            .map(|due| due.map(epoch))
            .map_err(|source| QueueError::Sqlite { file: self.file.clone(), source })
    }

    /// What waits in the queue of a state folder, which another process may be writing; nothing
    /// where there is no queue that reads.
    pub(crate) fn lag(state: &Path, now: EpochMs) -> QueueLag {
        let looked = || -> rusqlite::Result<QueueLag> {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(state.join(FILE), flags)?;
            connection.busy_timeout(BUSY)?;
            let mut lag = QueueLag::default();
            let mut states = connection
                .prepare("SELECT state, count(*), min(since) FROM queue GROUP BY state")?;
            let mut rows = states.query([])?;
            while let Some(row) = rows.next()? {
                let count = unsigned(row.get(1)?);
                match row.get(0)? {
                    PENDING => {
                        lag.pending = count;
                        let since = epoch(row.get(2)?);
                        lag.oldest_pending_ms = Some(now.0.saturating_sub(since.0));
                    }
                    PROCESSING => lag.processing = count,
                    _ => lag.waiting = count,
                }
            }
            let last = connection.query_row("SELECT last FROM counter", [], |row| row.get(0));
            lag.max_seq = unsigned(last.optional()?.unwrap_or(0));
            Ok(lag)
        };
        looked().unwrap_or_default()
    }
}

fn claim_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Claim> {
    Ok(Claim { path: row.get(0)?, seq: row.get(1)?, attempts: row.get(2)? })
}

/// As SQLite holds it; times past the year 290 million are that year.
fn millis(at: EpochMs) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

fn epoch(millis: i64) -> EpochMs {
    EpochMs(unsigned(millis))
}

/// SQLite has no unsigned numbers, and these are never below zero.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
