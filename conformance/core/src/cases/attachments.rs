//! `wirt:persistence/attachments`. The cases `seed 53` to `seed 57` are the document's own.

use wirt_contract::attachments::{Attachment, Attachments, Metadata};
use wirt_contract::store::{Durability, Limits};
use wirt_contract::{AttachmentId, Interface, StoreId};

use crate::case::Run;
use crate::expect::{Kind, failed, holds, present, refused, same};
use crate::{Case, Probe, Reopen, Show, Stop};

pub(super) const CASES: &[Case] = &[
    case(
        "attachments/put-get-round-trips-bytes-and-meta",
        "attachments.get.round-trip",
        "seed 53",
        round_trips,
    ),
    case(
        "attachments/is-content-addressed",
        "attachments.put.content-addressed",
        "seed 54",
        content_addressed,
    ),
    case("attachments/get-unknown-is-not-found", "attachments.get.unknown", "seed 55", unknown),
    case(
        "attachments/reports-declared-persistence",
        "store.describe.tier",
        "seed 56",
        declared_persistence,
    ),
    case("attachments/store-survives-reopen", "store.close.keeps", "seed 57", survives).durable(),
    case("attachments/bytes-of-any-value", "attachments.get.round-trip", "wirt", any_bytes),
    case("attachments/no-bytes-are-an-attachment", "attachments.put.bound", "wirt", no_bytes),
    case("attachments/odd-ids-are-not-found", "attachments.get.unknown", "wirt", odd_ids),
    case("attachments/last-metadata-wins", "attachments.put.last-metadata", "wirt", last_metadata),
    case("attachments/metadata-kept-exactly", "attachments.head", "wirt", exact_metadata),
    case("attachments/head-of-unknown-is-none", "attachments.head", "wirt", head_unknown),
    case("attachments/delete-says-whether", "attachments.delete", "wirt", delete),
    case("attachments/put-after-delete", "attachments.delete", "wirt", put_after_delete),
    case("attachments/list-by-id", "attachments.list", "wirt", list),
    case("attachments/list-limit-zero-is-invalid", "attachments.list", "wirt", limit_zero),
    case("attachments/list-limit-is-cut", "attachments.list", "wirt", limit_is_cut).extended(),
    case("attachments/store-ids-apart", "store.id.isolation", "wirt", apart),
    case("attachments/store-id-bound", "store.id.bound", "wirt", store_id_bound),
    case("attachments/media-type-bound", "attachments.put.bound", "wirt", media_type_bound),
    case(
        "attachments/long-media-type-is-invalid",
        "attachments.put.bound",
        "wirt",
        long_media_type,
    )
    .since(2),
    case("attachments/label-bound", "attachments.put.bound", "wirt", label_bound)
        .extended()
        .since(2),
    case("attachments/floor-fits", "attachments.put.bound", "wirt", floor_fits),
    case("attachments/bound", "attachments.put.bound", "wirt", bound).extended(),
];

/// Largest attachment, in bytes, this suite makes.
const MAX_BYTES: u32 = 64 << 20;
/// Longest id or media type, in bytes, this suite makes.
const MAX_ID: u32 = 65_536;
/// Longest label, in bytes, this suite makes.
const MAX_LABEL: u32 = 16 << 20;
/// Attachments asked for at once: the smallest largest page.
const PAGE: u32 = 100;
/// Pages after which a list is taken for one without an end.
const MAX_PAGES: usize = 400;

/// A core case about attachments. Every store plugin offers `store` beside what else it offers.
const fn case(id: &'static str, rule: &'static str, source: &'static str, run: Run) -> Case {
    let needs = &[Interface::Store, Interface::Attachments];
    Case::core((id, rule, source), Interface::Attachments, needs, run)
}

/// What the seed gives its attachments.
fn pixel() -> Metadata {
    Metadata {
        media_type: "image/png".into(),
        width: Some(7),
        height: Some(11),
        label: Some("pixel".into()),
    }
}

fn plain() -> Metadata {
    Metadata { media_type: "text/plain".into(), width: None, height: None, label: None }
}

/// What a put of these has to answer, and every head after it.
fn attachment_of(bytes: &[u8], metadata: &Metadata) -> Attachment {
    Attachment {
        id: AttachmentId::of(bytes),
        byte_len: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        metadata: metadata.clone(),
    }
}

/// Puts, and looks at it from every side.
fn put_and_look(
    probe: &mut Probe<'_>,
    store: &StoreId,
    bytes: &Vec<u8>,
    metadata: &Metadata,
) -> Result<(), Stop> {
    let expected = attachment_of(bytes, metadata);
    same("put", &probe.put(store, bytes, metadata)?, &expected)?;
    same("the bytes", &probe.get(store, &expected.id)?, bytes)?;
    same("head", &probe.head(store, &expected.id)?, &Some(expected))
}

fn round_trips(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    put_and_look(probe, &store, &vec![1, 2, 3, 4, 5], &pixel())?;
    let bytes = probe.bytes(100);
    put_and_look(probe, &store, &bytes, &pixel())
}

fn content_addressed(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let first = probe.put(&store, &[9, 9, 9], &pixel())?;
    let again = probe.put(&store, &[9, 9, 9], &pixel())?;
    let other = probe.put(&store, &[9, 9, 8], &pixel())?;
    same("the id of equal bytes", &again.id, &first.id)?;
    holds(other.id != first.id, "another id for other bytes", || other.id.show())?;
    same("the id", &first.id, &AttachmentId::of(&[9, 9, 9]))?;
    same("the other id", &other.id, &AttachmentId::of(&[9, 9, 8]))?;
    let listed = probe.list(&store, None, PAGE)?;
    same("attachments listed", &listed.len(), &2)
}

fn nothing_there(probe: &mut Probe<'_>, store: &StoreId, id: &AttachmentId) -> Result<(), Stop> {
    let what = format!("get of {}", id.show());
    refused(&what, probe.get(store, id), Kind::NotFound)
}

fn unknown(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    nothing_there(probe, &store, &"sha256:does-not-exist".into())?;
    let bytes = probe.bytes(9);
    nothing_there(probe, &store, &AttachmentId::of(&bytes))
}

fn odd_ids(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let bytes = probe.bytes(50);
    let put = probe.put(&store, &bytes, &plain())?;
    let id = put.id.as_str();
    let half = id.get(..32).unwrap_or_default();
    let longest = "f".repeat(usize::try_from(Limits::FLOOR.max_id_bytes).unwrap_or(0));
    let odd = [
        "".into(),
        " ".into(),
        half.into(),
        id.to_uppercase(),
        format!("{id}0"),
        format!("{id}\u{0}"),
        format!("sha256:{id}"),
        format!("../{id}"),
        "ü漢𝄞".into(),
        longest.clone(),
        longest.repeat(8),
    ];
    // An id of digits alone has no upper case of its own.
    for other in odd.into_iter().filter(|other| other != id) {
        let other = AttachmentId::new(other);
        nothing_there(probe, &store, &other)?;
        same("head", &probe.head(&store, &other)?, &None)?;
        same("delete", &probe.delete(&store, &other)?, &false)?;
    }
    same("the bytes", &probe.get(&store, &put.id)?, &bytes)
}

fn declared_persistence(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for how in [Reopen::Closed, Reopen::Dropped] {
        let store = probe.store_id();
        let bytes = probe.bytes(20);
        let put = probe.put(&store, &bytes, &pixel())?;
        probe.reopen(how)?;
        let head = probe.head(&store, &put.id)?;
        match probe.durability() {
            Durability::Durable => same("a durable store's attachment", &head, &Some(put))?,
            Durability::Inline => {
                same("an inline store's attachment after its instance ended", &head, &None)?;
                nothing_there(probe, &store, &put.id)?;
            }
        }
    }
    Ok(())
}

fn survives(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for how in [Reopen::Closed, Reopen::Dropped] {
        let store = probe.store_id();
        let put = probe.put(&store, &[4, 3, 2, 1], &pixel())?;
        probe.reopen(how)?;
        same("the bytes", &probe.get(&store, &put.id)?, &vec![4, 3, 2, 1])?;
        let head = present("head", probe.head(&store, &put.id)?)?;
        same("its id", &head.id, &AttachmentId::of(&[4, 3, 2, 1]))?;
        same("its length", &head.byte_len, &4)?;
        same("its metadata", &head.metadata, &pixel())?;
    }
    Ok(())
}

fn any_bytes(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let all: Vec<u8> = (0..=u8::MAX).collect();
    // Lengths around the block and page sizes storage is cut at.
    let mut lengths = vec![all, vec![0], vec![0; 4_096], vec![0xff; 4_097]];
    lengths.extend([1, 511, 512, 4_095, 65_536, 65_537].map(|length| probe.bytes(length)));
    for bytes in lengths {
        put_and_look(probe, &store, &bytes, &plain())?;
    }
    Ok(())
}

fn no_bytes(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    put_and_look(probe, &store, &Vec::new(), &pixel())?;
    same("delete", &probe.delete(&store, &AttachmentId::of(&[]))?, &true)
}

fn last_metadata(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let bytes = probe.bytes(30);
    let label = Metadata { label: Some(probe.word()), ..plain() };
    for metadata in [pixel(), plain(), label] {
        put_and_look(probe, &store, &bytes, &metadata)?;
    }
    let listed = probe.list(&store, None, PAGE)?;
    same("attachments listed", &listed.len(), &1)
}

fn exact_metadata(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for metadata in [
        plain(),
        Metadata { width: Some(0), height: Some(u32::MAX), ..plain() },
        Metadata { width: Some(1), ..plain() },
        Metadata { height: Some(1), ..plain() },
        Metadata { label: Some(String::new()), ..plain() },
        Metadata { label: Some("ü \u{0}\n\"𝄞\"".into()), ..plain() },
        Metadata { media_type: "Text/Plain; charset=\"utf-8\" ".into(), ..plain() },
    ] {
        let bytes = probe.bytes(10);
        put_and_look(probe, &store, &bytes, &metadata)?;
    }
    Ok(())
}

fn head_unknown(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let bytes = probe.bytes(9);
    let id = AttachmentId::of(&bytes);
    same("head before put", &probe.head(&store, &id)?, &None)?;
    probe.put(&store, &bytes, &pixel())?;
    probe.delete(&store, &id)?;
    same("head after delete", &probe.head(&store, &id)?, &None)
}

fn delete(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let (gone, kept) = (probe.bytes(40), probe.bytes(40));
    let id = AttachmentId::of(&gone);
    same("delete before put", &probe.delete(&store, &id)?, &false)?;
    probe.put(&store, &gone, &pixel())?;
    let kept = probe.put(&store, &kept, &pixel())?;
    same("delete", &probe.delete(&store, &id)?, &true)?;
    same("delete again", &probe.delete(&store, &id)?, &false)?;
    nothing_there(probe, &store, &id)?;
    same("attachments listed", &probe.list(&store, None, PAGE)?, &vec![kept])
}

fn put_after_delete(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let bytes = probe.bytes(40);
    for metadata in [pixel(), plain()] {
        put_and_look(probe, &store, &bytes, &metadata)?;
        same("delete", &probe.delete(&store, &AttachmentId::of(&bytes))?, &true)?;
    }
    put_and_look(probe, &store, &bytes, &plain())
}

/// Puts this many, and gives them in the order of a list.
fn put_many(probe: &mut Probe<'_>, store: &StoreId, many: u32) -> Result<Vec<Attachment>, Stop> {
    let mut all = Vec::new();
    for _ in 0..many {
        let bytes = probe.bytes(12);
        let metadata = Metadata { label: Some(probe.word()), ..plain() };
        all.push(probe.put(store, &bytes, &metadata)?);
    }
    all.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(all)
}

fn list(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    same("the list at first", &probe.list(&store, None, PAGE)?, &Vec::new())?;
    let expected = put_many(probe, &store, 7)?;
    for limit in [1, 3, 7, PAGE] {
        let mut found: Vec<Attachment> = Vec::new();
        for _ in 0..MAX_PAGES {
            let after = found.last().map(|last| last.id.clone());
            let page = probe.list(&store, after.as_ref(), limit)?;
            if page.is_empty() {
                break;
            }
            if page.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
                return failed(format!("at most {limit} attachments"), page.show());
            }
            found.extend(page);
        }
        same(&format!("the list in pages of {limit}"), &found, &expected)?;
    }
    // `after` is a place, whether or not something is there.
    let rest = probe.list(&store, Some(&"8".into()), PAGE)?;
    let expected: Vec<_> = expected.into_iter().filter(|it| it.id.as_str() > "8").collect();
    same("what comes after `8`", &rest, &expected)
}

fn limit_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    put_many(probe, &store, 1)?;
    refused("a list of limit 0", probe.list(&store, None, 0), Kind::Invalid)
}

fn limit_is_cut(probe: &mut Probe<'_>) -> Result<(), Stop> {
    /// Attachments this case is ready to make; a store with larger pages is not tried.
    const MAX_MADE: u32 = 2_000;
    let most = probe.limits().max_page;
    if most >= MAX_MADE {
        return Err(Stop::Skip(format!("pages of {most} are more than this case makes")));
    }
    let store = probe.store_id();
    probe.bulk(u64::from(most) + 1, |probe| put_many(probe, &store, 1).map(drop))?;
    let page = probe.list(&store, None, u32::MAX)?;
    let fits = !page.is_empty() && page.len() <= usize::try_from(most).unwrap_or(usize::MAX);
    holds(fits, format!("1 to max-page = {most} attachments"), || page.len().to_string())
}

fn apart(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let here = probe.store_id();
    let there = StoreId::new(format!("{here}0"));
    let bytes = probe.bytes(25);
    let put = probe.put(&here, &bytes, &pixel())?;
    nothing_there(probe, &there, &put.id)?;
    same("head under another store id", &probe.head(&there, &put.id)?, &None)?;
    same("delete under another store id", &probe.delete(&there, &put.id)?, &false)?;
    same("list under another store id", &probe.list(&there, None, PAGE)?, &Vec::new())?;
    put_and_look(probe, &there, &bytes, &plain())?;
    same("head", &probe.head(&here, &put.id)?, &Some(put.clone()))?;
    same("delete under another store id", &probe.delete(&there, &put.id)?, &true)?;
    same("the bytes", &probe.get(&here, &put.id)?, &bytes)?;
    same("the list", &probe.list(&here, None, PAGE)?, &vec![put])
}

fn store_id_bound(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = probe.limits().max_id_bytes;
    let bytes = probe.bytes(5);
    let id = AttachmentId::of(&bytes);
    let mut outside = vec![StoreId::new("")];
    if most < MAX_ID {
        outside.push(StoreId::new(probe.text(usize::try_from(most).unwrap_or(0) + 1)));
    }
    for store in outside {
        refused("put under such a store id", probe.put(&store, &bytes, &plain()), Kind::Invalid)?;
        refused("get under such a store id", probe.get(&store, &id), Kind::Invalid)?;
    }
    let longest = StoreId::new(probe.text(usize::try_from(most.min(MAX_ID)).unwrap_or(0)));
    put_and_look(probe, &longest, &bytes, &plain())
}

fn media_type_bound(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let bytes = probe.bytes(5);
    let none = Metadata { media_type: String::new(), ..plain() };
    refused("put without a media type", probe.put(&store, &bytes, &none), Kind::Invalid)?;
    same("the list", &probe.list(&store, None, PAGE)?, &Vec::new())?;
    let length = usize::try_from(Limits::FLOOR.max_id_bytes).unwrap_or(0);
    let long = Metadata { media_type: probe.text(length), ..plain() };
    put_and_look(probe, &store, &bytes, &long)
}

/// The longest metadata are kept; longer ones are `invalid`, and what was kept stays.
fn metadata_bound(
    probe: &mut Probe<'_>,
    what: &str,
    (most, made): (u32, u32),
    metadata: fn(String) -> Metadata,
) -> Result<(), Stop> {
    let store = probe.store_id();
    let bytes = probe.bytes(5);
    let longest = metadata(probe.text(usize::try_from(most.min(made)).unwrap_or(0)));
    put_and_look(probe, &store, &bytes, &longest)?;
    if most >= made {
        return Ok(());
    }
    let length = usize::try_from(most).unwrap_or(0) + 1;
    let longer = metadata(probe.text(length));
    let kept = probe.list(&store, None, PAGE)?;
    let other = probe.bytes(6);
    for bytes in [bytes, other] {
        let answer = probe.put(&store, &bytes, &longer);
        refused(&format!("put with a {what} of {length} bytes"), answer, Kind::Invalid)?;
        same("the list", &probe.list(&store, None, PAGE)?, &kept)?;
    }
    Ok(())
}

fn long_media_type(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let bounds = (probe.limits().max_id_bytes, MAX_ID);
    metadata_bound(probe, "media type", bounds, |media_type| Metadata { media_type, ..plain() })
}

fn label_bound(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let bounds = (probe.limits().max_payload_bytes, MAX_LABEL);
    metadata_bound(probe, "label", bounds, |label| Metadata { label: Some(label), ..plain() })
}

fn floor_fits(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let length = usize::try_from(Limits::FLOOR.max_attachment_bytes).unwrap_or(0);
    let bytes = probe.bytes(length);
    put_and_look(probe, &store, &bytes, &plain())
}

fn bound(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let most = probe.limits().max_attachment_bytes;
    let mut bytes = probe.bytes(usize::try_from(most.min(MAX_BYTES)).unwrap_or(0));
    put_and_look(probe, &store, &bytes, &plain())?;
    if most < MAX_BYTES {
        bytes.push(0);
        let answer = probe.put(&store, &bytes, &plain());
        refused(&format!("put of {} bytes", bytes.len()), answer, Kind::Invalid)?;
        same("head", &probe.head(&store, &AttachmentId::of(&bytes))?, &None)?;
    }
    Ok(())
}
