//! Defects of attachments.

use wirt_contract::attachments::{Attachment, Attachments, Metadata};
use wirt_contract::{AttachmentId, StoreId};
use wirt_faulty_ledger::{Bend, STRAIGHT};

use super::{Defect, invalid, is_invalid, is_not_found, not_found, store};

pub(super) fn defects() -> Vec<Defect> {
    [puts(), gets(), heads(), deletes(), lists()].into_iter().flatten().collect()
}

fn puts() -> Vec<Defect> {
    vec![
        store(
            "ids in capitals",
            &["attachments/is-content-addressed"],
            Bend {
                put: |it, store, bytes, metadata| {
                    let put = it.ledger.put(store, bytes, metadata)?;
                    Ok(Attachment { id: put.id.as_str().to_uppercase().into(), ..put })
                },
                bytes: |it, store, id| it.ledger.get(store, &id.as_str().to_lowercase().into()),
                ..STRAIGHT
            },
        ),
        store(
            "no bytes are nothing",
            &["attachments/no-bytes-are-an-attachment"],
            Bend {
                put: |it, store, bytes, metadata| {
                    if bytes.is_empty() { invalid() } else { it.ledger.put(store, bytes, metadata) }
                },
                ..STRAIGHT
            },
        ),
        store(
            "the first metadata stay",
            &["attachments/last-metadata-wins"],
            Bend {
                put: |it, store, bytes, metadata| match it
                    .ledger
                    .head(store, &AttachmentId::of(bytes))?
                {
                    Some(first) => Ok(first),
                    None => it.ledger.put(store, bytes, metadata),
                },
                ..STRAIGHT
            },
        ),
        store(
            "makes up a media type",
            &["attachments/media-type-bound"],
            Bend {
                put: |it, store, bytes, metadata| {
                    let mut metadata = metadata.clone();
                    if metadata.media_type.is_empty() {
                        metadata.media_type = "application/octet-stream".into();
                    }
                    it.ledger.put(store, bytes, &metadata)
                },
                ..STRAIGHT
            },
        ),
        store(
            "cuts long media types",
            &["attachments/long-media-type-is-invalid"],
            Bend {
                put: |it, store, bytes, metadata| {
                    let mut metadata = metadata.clone();
                    metadata.media_type.truncate(512);
                    it.ledger.put(store, bytes, &metadata)
                },
                ..STRAIGHT
            },
        ),
        store(
            "leaves out long labels",
            &["attachments/label-bound"],
            Bend {
                put: |it, store, bytes, metadata| {
                    let label = metadata.label.clone().filter(|label| label.len() <= 1 << 20);
                    it.ledger.put(store, bytes, &Metadata { label, ..metadata.clone() })
                },
                ..STRAIGHT
            },
        ),
        store(
            "keeps the bytes before it looks at the metadata",
            &["attachments/long-media-type-is-invalid", "attachments/label-bound"],
            Bend {
                put: |it, store, bytes, metadata| {
                    let answer = it.ledger.put(store, bytes, metadata);
                    if is_invalid(&answer) {
                        let media_type = "text/plain".into();
                        let plain = Metadata { media_type, width: None, height: None, label: None };
                        it.ledger.put(store, bytes, &plain)?;
                    }
                    answer
                },
                ..STRAIGHT
            },
        ),
        store(
            "small attachments only",
            &["attachments/floor-fits"],
            Bend {
                put: |it, store, bytes, metadata| {
                    if bytes.len() > 1 << 19 {
                        return invalid();
                    }
                    it.ledger.put(store, bytes, metadata)
                },
                ..STRAIGHT
            },
        ),
        store(
            "takes what it cannot keep",
            &["attachments/bound"],
            Bend {
                put: |it, store, bytes, metadata| {
                    let answer = it.ledger.put(store, bytes, metadata);
                    if is_invalid(&answer) {
                        return it.ledger.put(store, &bytes[..1_000], metadata);
                    }
                    answer
                },
                ..STRAIGHT
            },
        ),
        store(
            "cuts long store ids",
            &["attachments/store-id-bound"],
            Bend {
                put: |it, store, bytes, metadata| {
                    let most = store.as_str().len().min(512);
                    let store = StoreId::new(&store.as_str()[..most]);
                    it.ledger.put(&store, bytes, metadata)
                },
                ..STRAIGHT
            },
        ),
    ]
}

fn gets() -> Vec<Defect> {
    vec![
        store(
            "bytes are text with an end",
            &["attachments/bytes-of-any-value"],
            Bend {
                bytes: |it, store, id| {
                    let mut bytes = it.ledger.get(store, id)?;
                    if bytes.last() == Some(&0) {
                        bytes.pop();
                    }
                    Ok(bytes)
                },
                ..STRAIGHT
            },
        ),
        store(
            "what is not there is empty",
            &["attachments/get-unknown-is-not-found"],
            Bend {
                bytes: |it, store, id| {
                    let answer = it.ledger.get(store, id);
                    if is_not_found(&answer) { Ok(vec![]) } else { answer }
                },
                ..STRAIGHT
            },
        ),
        store(
            "ids of any case",
            &["attachments/odd-ids-are-not-found"],
            Bend {
                bytes: |it, store, id| it.ledger.get(store, &id.as_str().to_lowercase().into()),
                ..STRAIGHT
            },
        ),
    ]
}

fn heads() -> Vec<Defect> {
    vec![
        store(
            "loses the label",
            &[
                "attachments/put-get-round-trips-bytes-and-meta",
                "attachments/metadata-kept-exactly",
            ],
            Bend {
                head: |it, store, id| {
                    let head = it.ledger.head(store, id)?;
                    Ok(head.map(|it| Attachment {
                        metadata: Metadata { label: None, ..it.metadata.clone() },
                        ..it
                    }))
                },
                ..STRAIGHT
            },
        ),
        store(
            "an empty label is none",
            &["attachments/metadata-kept-exactly"],
            Bend {
                put: |it, store, bytes, metadata| {
                    let label = metadata.label.clone().filter(|label| !label.is_empty());
                    it.ledger.put(store, bytes, &Metadata { label, ..metadata.clone() })
                },
                ..STRAIGHT
            },
        ),
        store(
            "the head of nothing is an error",
            &["attachments/head-of-unknown-is-none"],
            Bend {
                head: |it, store, id| match it.ledger.head(store, id)? {
                    None => not_found(),
                    head => Ok(head),
                },
                ..STRAIGHT
            },
        ),
    ]
}

fn deletes() -> Vec<Defect> {
    vec![
        store(
            "always deleted something",
            &["attachments/delete-says-whether"],
            Bend { delete: |it, store, id| it.ledger.delete(store, id).map(|_| true), ..STRAIGHT },
        ),
        store(
            "deleted for ever",
            &["attachments/put-after-delete"],
            Bend {
                delete: |it, store, id| {
                    it.notes.borrow_mut().gone.push(id.clone());
                    it.ledger.delete(store, id)
                },
                bytes: |it, store, id| {
                    if it.notes.borrow().gone.contains(id) {
                        return not_found();
                    }
                    it.ledger.get(store, id)
                },
                ..STRAIGHT
            },
        ),
        store(
            "equal bytes go together",
            &["attachments/store-ids-apart"],
            Bend {
                put: |it, store, bytes, metadata| {
                    it.notes.borrow_mut().stores.push(store.clone());
                    it.ledger.put(store, bytes, metadata)
                },
                delete: |it, _, id| {
                    let mut there = false;
                    let stores = it.notes.borrow().stores.clone();
                    for store in stores {
                        there |= it.ledger.delete(&store, id)?;
                    }
                    Ok(there)
                },
                ..STRAIGHT
            },
        ),
    ]
}

fn lists() -> Vec<Defect> {
    vec![
        store(
            "lists from the end",
            &["attachments/list-by-id"],
            Bend {
                attachments: |it, store, after, limit| {
                    let mut page = it.ledger.list(store, after, limit)?;
                    page.reverse();
                    Ok(page)
                },
                ..STRAIGHT
            },
        ),
        store(
            "a limit of 0 is 1",
            &["attachments/list-limit-zero-is-invalid"],
            Bend {
                attachments: |it, store, after, limit| it.ledger.list(store, after, limit.max(1)),
                ..STRAIGHT
            },
        ),
        store(
            "pages without a bound",
            &["attachments/list-limit-is-cut"],
            Bend {
                attachments: |it, store, _, _| {
                    let mut all: Vec<Attachment> = Vec::new();
                    loop {
                        let after = all.last().map(|last| last.id.clone());
                        let page = it.ledger.list(store, after.as_ref(), 1_000)?;
                        if page.is_empty() {
                            return Ok(all);
                        }
                        all.extend(page);
                    }
                },
                ..STRAIGHT
            },
        ),
    ]
}
