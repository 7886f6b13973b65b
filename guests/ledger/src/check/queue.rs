//! Queues: entries, their work, the indexes over them, and claims.

use wirt_contract::Error;
use wirt_contract::work_queue::Work;

use super::{Loaded, Looked, load, unless};
use crate::LIMITS;
use crate::call::Call;
use crate::keys::{Entry, Found, Key, Space};
use crate::limits::shown;
use crate::work_queue::{ClaimRow, Counters, Header};

/// Looking at another key for one's sake is worth hashing this many bytes.
const BYTES_PER_KEY: usize = 1 << 10;

pub(super) fn look(
    call: &mut Call<'_>,
    space: Space<'_>,
    entry: &Found,
    key: &Key,
) -> Result<Looked, Error> {
    Ok(match entry {
        Entry::Counters => readable::<Counters>(call, key)?.into(),
        Entry::QueueLen(session) => length(call, space, session, key)?,
        Entry::Queued(session, seq) => queued(call, space, session, *seq, key)?.into(),
        Entry::Items(session, seq) => {
            let mut found = readable::<Vec<Work>>(call, key)?;
            let owned = call.has(&space.key(Entry::Queued(session, *seq)))?;
            found.extend(unless(owned, || "has no entry".into()));
            found.into()
        }
        Entry::ByEntryId(session, id) => {
            index(call, space, session, key, "id", |header| header.entry.entry_id.as_str() == id)?
                .into()
        }
        Entry::BySourceKey(session, name) => {
            index(call, space, session, key, "source key", |header| {
                header.entry.source_key.as_ref() == Some(name)
            })?
            .into()
        }
        Entry::Claim(session, id) => claim(call, space, session, id, key)?,
        _ => Vec::new().into(),
    })
}

fn readable<T: serde::de::DeserializeOwned>(
    call: &mut Call<'_>,
    key: &Key,
) -> Result<Vec<String>, Error> {
    let sound = matches!(load::<T>(call, key)?, Loaded::Sound(_));
    Ok(unless(sound, || "cannot be read".into()))
}

/// Damaged ones are reported where the walk meets them.
fn counters(call: &mut Call<'_>, space: Space<'_>) -> Result<Option<Counters>, Error> {
    Ok(match load(call, &space.key(Entry::<&str>::Counters))? {
        Loaded::Sound(counters) => Some(counters),
        Loaded::Absent => Some(Counters::default()),
        Loaded::Damaged => None,
    })
}

fn length(
    call: &mut Call<'_>,
    space: Space<'_>,
    session: &str,
    key: &Key,
) -> Result<Looked, Error> {
    let Loaded::Sound(said) = load::<u32>(call, key)? else {
        return Ok(vec!["cannot be read".into()].into());
    };
    // One more than a queue may hold, so that one too long is told from a full one.
    let most = usize::try_from(LIMITS.max_queued).unwrap_or(usize::MAX).saturating_add(1);
    let there = call.keys(&space.queue(session), most)?.len();
    let right = said > 0 && usize::try_from(said) == Ok(there);
    let problems = unless(right, || format!("is given as {said}, and {there} entries are there"));
    Ok(Looked { problems, hashed: there.saturating_mul(BYTES_PER_KEY) })
}

fn queued(
    call: &mut Call<'_>,
    space: Space<'_>,
    session: &str,
    seq: u64,
    key: &Key,
) -> Result<Vec<String>, Error> {
    let Loaded::Sound(header) = load::<Header>(call, key)? else {
        return Ok(vec!["cannot be read".into()]);
    };
    let entry = &header.entry;
    let fits = entry.enqueue_seq == seq && entry.session_id.as_str() == session;
    let mut found = unless(fits, || {
        format!(
            "says it is number {} of session {}",
            entry.enqueue_seq,
            shown(entry.session_id.as_str())
        )
    });
    let work = call.has(&space.key(Entry::Items(session, seq)))?;
    found.extend(unless(work, || "has no work".into()));
    let counted = call.has(&space.key(Entry::QueueLen(session)))?;
    found.extend(unless(counted, || "is in a queue without a length".into()));
    let by_id = space.key(Entry::ByEntryId(session, entry.entry_id.as_str()));
    found.extend(indexed(call, &by_id, seq, "ids")?);
    if let Some(source_key) = &entry.source_key {
        let by_source = space.key(Entry::BySourceKey(session, source_key));
        found.extend(indexed(call, &by_source, seq, "source keys")?);
    }
    if let Some(counters) = counters(call, space)? {
        found.extend(beyond(seq, counters.enqueue_seq));
    }
    if let Some(taken) = &header.taken {
        let claim = space.key(Entry::Claim(session, taken.claim_id.as_str()));
        if let Loaded::Sound(row) = load::<ClaimRow>(call, &claim)?
            && row.taken() == *taken
        {
            found.extend(unless(row.seqs.binary_search(&seq).is_ok(), || {
                format!("is held by {claim}, which does not know it")
            }));
        }
    }
    Ok(found)
}

fn beyond(number: u64, last: u64) -> Vec<String> {
    unless(number <= last, || {
        format!("has number {number}, and the counters say that {last} was the last")
    })
}

/// An entry that is indexed under another number is reported where the walk meets the index.
fn indexed(call: &mut Call<'_>, index: &Key, seq: u64, names: &str) -> Result<Vec<String>, Error> {
    let missing = match load::<u64>(call, index)? {
        Loaded::Sound(number) => number != seq,
        Loaded::Absent => true,
        Loaded::Damaged => false,
    };
    Ok(unless(!missing, || format!("is missing from the index of {names}")))
}

fn index(
    call: &mut Call<'_>,
    space: Space<'_>,
    session: &str,
    key: &Key,
    name: &str,
    fits: impl FnOnce(&Header) -> bool,
) -> Result<Vec<String>, Error> {
    let Loaded::Sound(seq) = load::<u64>(call, key)? else {
        return Ok(vec!["cannot be read".into()]);
    };
    Ok(match load::<Header>(call, &space.key(Entry::Queued(session, seq)))? {
        Loaded::Sound(header) => {
            unless(fits(&header), || format!("names entry {seq}, which has another {name}"))
        }
        Loaded::Absent => vec![format!("names entry {seq}, which is not there")],
        Loaded::Damaged => Vec::new(),
    })
}

fn claim(
    call: &mut Call<'_>,
    space: Space<'_>,
    session: &str,
    id: &str,
    key: &Key,
) -> Result<Looked, Error> {
    let Loaded::Sound(row) = load::<ClaimRow>(call, key)? else {
        return Ok(vec!["cannot be read".into()].into());
    };
    let said = &row.holder.claim;
    let fits = said.claim_id.as_str() == id && said.session_id.as_str() == session;
    let mut problems = unless(fits, || {
        format!(
            "says it is {} of session {}",
            shown(said.claim_id.as_str()),
            shown(said.session_id.as_str())
        )
    });
    problems.extend(unless(!row.seqs.is_empty(), || "holds nothing".into()));
    problems.extend(unless(row.seqs.is_sorted_by(|a, b| a < b), || {
        "does not hold its entries in order".into()
    }));
    if let Some(counters) = counters(call, space)? {
        problems.extend(beyond(said.fencing_token, counters.fencing_token));
    }
    let taken = row.taken();
    for seq in &row.seqs {
        match load::<Header>(call, &space.key(Entry::Queued(session, *seq)))? {
            Loaded::Sound(header) => {
                problems.extend(unless(header.taken.as_ref() == Some(&taken), || {
                    format!("holds entry {seq}, which another claim took")
                }));
            }
            Loaded::Absent => problems.push(format!("holds entry {seq}, which is not there")),
            Loaded::Damaged => {}
        }
    }
    Ok(Looked { problems, hashed: row.seqs.len().saturating_mul(BYTES_PER_KEY) })
}
