//! Heads, graphs, blobs, usage and stamps.

use wirt_contract::sessions::{Meta, Tokens};
use wirt_contract::{BlobName, Error};

use super::{Loaded, Looked, load, unless};
use crate::call::Call;
use crate::keys::{Entry, Found, Key, Space};
use crate::sessions::{Head, NodeRow, Placed, Setting, Turn};

pub(super) fn look(
    call: &mut Call<'_>,
    space: Space<'_>,
    entry: &Found,
    key: &Key,
) -> Result<Looked, Error> {
    let problems = match entry {
        Entry::Head => head(call, space, key)?,
        Entry::Frames => match load::<Setting>(call, key)? {
            Loaded::Sound(setting) => {
                let mut found = has(call, &space.key(Entry::<&str>::Head), "has no head")?;
                for frame in setting.frames {
                    if let Some(state) = frame.execution_state {
                        found.extend(blob(call, space, &state)?);
                    }
                }
                found
            }
            Loaded::Absent | Loaded::Damaged => vec!["cannot be read".into()],
        },
        Entry::Blob(name) => {
            let bytes = call.bytes(key)?.unwrap_or_default();
            let hash = BlobName::of(&bytes);
            let problems =
                unless(hash.as_str() == name, || format!("is damaged: it hashes to {hash}"));
            return Ok(Looked { problems, hashed: bytes.len() });
        }
        Entry::Node(graph, id) => node(call, space, *graph, id, key)?,
        Entry::NodeAt(graph, place) => {
            let id = call.bytes(key)?.and_then(|id| String::from_utf8(id).ok());
            let row = match id {
                Some(id) => load::<NodeRow>(call, &space.key(Entry::Node(*graph, &id)))?,
                None => Loaded::Absent,
            };
            let fits =
                matches!(row, Loaded::Sound(NodeRow::Live(placed)) if placed.place == *place);
            unless(fits, || "names no node of this place".into())
        }
        Entry::Tombstone(graph, id) => {
            let row = load::<NodeRow>(call, &space.key(Entry::Node(*graph, id)))?;
            let fits = matches!(row, Loaded::Sound(NodeRow::Tombstoned(_)));
            unless(fits, || "is of no tombstoned node".into())
        }
        Entry::UsedId(graph, id) => {
            let row = load::<NodeRow>(call, &space.key(Entry::Node(*graph, id)))?;
            let fits = matches!(row, Loaded::Sound(NodeRow::Tombstoned(_) | NodeRow::Used(_)));
            unless(fits, || "is of no node that was tombstoned".into())
        }
        Entry::Usage(..) => readable::<Tokens>(call, key)?,
        Entry::Turn(_) => readable::<Turn>(call, key)?,
        Entry::Meta => readable::<Meta>(call, key)?,
        _ => Vec::new(),
    };
    Ok(problems.into())
}

fn readable<T: serde::de::DeserializeOwned>(
    call: &mut Call<'_>,
    key: &Key,
) -> Result<Vec<String>, Error> {
    let sound = matches!(load::<T>(call, key)?, Loaded::Sound(_));
    Ok(unless(sound, || "cannot be read".into()))
}

fn has(call: &mut Call<'_>, key: &Key, otherwise: &str) -> Result<Vec<String>, Error> {
    Ok(unless(call.has(key)?, || otherwise.into()))
}

fn blob(call: &mut Call<'_>, space: Space<'_>, name: &BlobName) -> Result<Vec<String>, Error> {
    let key = space.key(Entry::Blob(name.as_str()));
    has(call, &key, &format!("needs blob {name}, which is gone"))
}

fn head(call: &mut Call<'_>, space: Space<'_>, key: &Key) -> Result<Vec<String>, Error> {
    let Loaded::Sound(head) = load::<Head>(call, key)? else {
        return Ok(vec!["cannot be read".into()]);
    };
    let mut found = has(call, &space.key(Entry::<&str>::Frames), "has no frames")?;
    for part in head.checkpoint.parts.iter() {
        found.extend(blob(call, space, part)?);
    }
    let named = head.checkpoint.parts.checkpoint_ref();
    found.extend(unless(named == head.checkpoint.checkpoint_ref, || {
        format!("says its checkpoint is {}, and it is {named}", head.checkpoint.checkpoint_ref)
    }));
    let beyond = Entry::<&str>::NodeAt(head.graph, head.last_place.saturating_add(1));
    let later = space.nodes_at(head.graph).from(&space.key(beyond));
    found.extend(unless(call.keys(&later, 1)?.is_empty(), || {
        format!("says its graph ends at place {}, and there are more", head.last_place)
    }));
    Ok(found)
}

fn node(
    call: &mut Call<'_>,
    space: Space<'_>,
    graph: u64,
    id: &str,
    key: &Key,
) -> Result<Vec<String>, Error> {
    let placed = match load::<NodeRow>(call, key)? {
        Loaded::Sound(NodeRow::Live(placed)) => placed,
        Loaded::Sound(NodeRow::Tombstoned(placed)) => {
            let mut found = names(id, &placed);
            let index = space.key(Entry::Tombstone(graph, id));
            found.extend(has(call, &index, "is missing from the index of tombstoned nodes")?);
            found.extend(used(call, space, graph, id)?);
            return Ok(found);
        }
        Loaded::Sound(NodeRow::Used(_)) => return used(call, space, graph, id),
        Loaded::Absent | Loaded::Damaged => return Ok(vec!["cannot be read".into()]),
    };
    let mut found = names(id, &placed);
    let index = call.bytes(&space.key(Entry::<&str>::NodeAt(graph, placed.place)))?;
    found.extend(unless(index.as_deref() == Some(id.as_bytes()), || {
        format!("is missing from the index at place {}", placed.place)
    }));
    if let Some(parent) = &placed.node.parent_node_id {
        // A parent stands before its child, tombstoned or not; while its body is there, so is its
        // depth.
        match load::<NodeRow>(call, &space.key(Entry::Node(graph, parent.as_str())))? {
            Loaded::Sound(NodeRow::Live(above) | NodeRow::Tombstoned(above)) => {
                let fits =
                    above.place < placed.place && above.depth.checked_add(1) == Some(placed.depth);
                found.extend(unless(fits, || format!("does not stand below its parent {parent}")));
            }
            Loaded::Sound(NodeRow::Used(place)) => {
                found.extend(unless(place < placed.place, || {
                    format!("stands before its parent {parent}")
                }));
            }
            // A vacuum takes a replaced graph away in the order of ids, parents before children.
            Loaded::Absent if replaced(call, space, graph)? => {}
            Loaded::Absent => found.push(format!("has a parent {parent}, which never was")),
            Loaded::Damaged => {}
        }
    }
    Ok(found)
}

/// Whether a graph is none the head has any more.
fn replaced(call: &mut Call<'_>, space: Space<'_>, graph: u64) -> Result<bool, Error> {
    let head = load::<Head>(call, &space.key(Entry::<&str>::Head))?;
    Ok(matches!(head, Loaded::Sound(head) if head.graph > graph))
}

fn used(call: &mut Call<'_>, space: Space<'_>, graph: u64, id: &str) -> Result<Vec<String>, Error> {
    has(call, &space.key(Entry::UsedId(graph, id)), "is missing from the index of used ids")
}

fn names(id: &str, placed: &Placed) -> Vec<String> {
    let named = &placed.node.node_id;
    unless(named.as_str() == id, || format!("names {named}"))
}
