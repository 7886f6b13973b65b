//! What is not committed, in order and in pages.

use wirt_contract::attachment_manifest::{AttachmentManifest, IntentCursor, ManifestRow};
use wirt_contract::{EpochMs, StoreId};

use super::super::tasks::stage::PAGE;
use super::case;
use super::stage::{
    EVER, attachment, commit_refs, in_pages, intent, kept, meant, session, uncommitted,
};
use crate::expect::{Kind, holds, refused, same};
use crate::{Case, Probe, Show, Stop};

pub(super) const CASES: &[Case] = &[
    case("attachment-manifest/oldest-first", "manifest.uncommitted", "wirt", oldest_first),
    case(
        "attachment-manifest/ties-by-session-then-attachment",
        "manifest.uncommitted",
        "wirt",
        ties,
    )
    .extended(),
    case("attachment-manifest/up-to-a-time-inclusive", "manifest.uncommitted", "wirt", until),
    case(
        "attachment-manifest/committed-rows-are-left-out",
        "manifest.uncommitted",
        "wirt",
        left_out,
    )
    .extended(),
    case("attachment-manifest/list-in-pages", "manifest.uncommitted.page", "wirt", pages),
    case(
        "attachment-manifest/list-goes-on-after-any-place",
        "manifest.uncommitted.page",
        "wirt",
        any_place,
    ),
    case(
        "attachment-manifest/list-goes-on-while-rows-go",
        "manifest.uncommitted.page",
        "wirt",
        while_rows_go,
    ),
    case(
        "attachment-manifest/list-limit-zero-is-invalid",
        "manifest.uncommitted.page",
        "wirt",
        limit_zero,
    ),
    case(
        "attachment-manifest/list-limit-is-cut",
        "manifest.uncommitted.page",
        "wirt",
        limit_is_cut,
    )
    .extended(),
];

/// Rows of several sessions at these times, in the order of a list.
fn rows_at(
    probe: &mut Probe<'_>,
    store: &StoreId,
    times: &[u64],
) -> Result<Vec<ManifestRow>, Stop> {
    let sessions = [session(probe), session(probe), session(probe)];
    let mut rows = Vec::new();
    for (at, session) in times.iter().zip(sessions.iter().cycle()) {
        rows.push(meant(probe, store, session, *at)?);
    }
    rows.sort_by_key(|row| row.intent.cursor());
    Ok(rows)
}

fn oldest_first(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    uncommitted(probe, &store, &[])?;
    // Beyond 32 bits, at the ends, and where text and numbers are ordered differently.
    let times = [256, 9, u64::MAX, 255, 10, 0, 1 << 40, 1 << 32, u64::MAX - 1, 100];
    let rows = rows_at(probe, &store, &times)?;
    uncommitted(probe, &store, &rows.iter().collect::<Vec<_>>())
}

fn ties(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let mut rows = Vec::new();
    let names = ["b", "a", "aa", "B", "é", "a\u{0}"];
    for session in names {
        for attachment in names.iter().rev() {
            let intent = intent(probe, &session.into(), &(*attachment).into(), 7);
            probe.record_intent(&store, &intent)?;
            rows.push(ManifestRow { intent, committed_at: None });
        }
    }
    rows.sort_by_key(|row| row.intent.cursor());
    uncommitted(probe, &store, &rows.iter().collect::<Vec<_>>())
}

fn until(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let rows = rows_at(probe, &store, &[0, 99, 100, 100, 101, 256, u64::MAX])?;
    for until in [0, 98, 99, 100, 101, 255, 256, u64::MAX - 1, u64::MAX] {
        let expected: Vec<ManifestRow> =
            rows.iter().filter(|row| row.intent.intent_at.0 <= until).cloned().collect();
        for limit in [2, PAGE] {
            let found = in_pages(probe, &store, EpochMs(until), limit)?;
            same(&format!("rows up to {until}"), &found, &expected)?;
        }
    }
    Ok(())
}

fn left_out(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let mut rows = rows_at(probe, &store, &[1, 2, 3, 4, 5, 6])?;
    for place in [3, 0, 3] {
        let row = rows.remove(place);
        commit_refs(probe, &store, &row.intent.session_id, &[&row])?;
        uncommitted(probe, &store, &rows.iter().collect::<Vec<_>>())?;
    }
    Ok(())
}

fn pages(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let rows = rows_at(probe, &store, &[5, 5, 5, 5, 6, 6, 7, 8, 8])?;
    for limit in [1, 2, 3, 7, PAGE] {
        let found = in_pages(probe, &store, EVER, limit)?;
        same(&format!("the list in pages of {limit}"), &found, &rows)?;
    }
    Ok(())
}

/// A cursor is a place, whether or not a row is there, and each of its parts counts.
fn any_place(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let mut rows = Vec::new();
    for (at, session, attachment) in
        [(5, "a", "x"), (5, "a", "y"), (5, "b", "x"), (6, "a", "x"), (7, "c", "z")]
    {
        let session = format!("{session}-{at}").into();
        let intent = intent(probe, &session, &attachment.into(), at);
        probe.record_intent(&store, &intent)?;
        rows.push(ManifestRow { intent, committed_at: None });
    }
    let places = [
        (4, "z", "z"),
        (5, "a-5", "w"),
        (5, "a-5", "x"),
        (5, "a-5", "xx"),
        (5, "a-6", "a"),
        (5, "z", "z"),
        (6, "a", "a"),
        (6, "a-6", "x"),
        (7, "c-7", "z"),
        (8, "a", "a"),
    ];
    for (at, session, attachment) in places {
        let after = IntentCursor {
            intent_at: EpochMs(at),
            session_id: session.into(),
            attachment_id: attachment.into(),
        };
        let expected: Vec<ManifestRow> =
            rows.iter().filter(|row| row.intent.cursor() > after).cloned().collect();
        let found = probe.list_uncommitted(&store, EVER, Some(&after), PAGE)?;
        same(&format!("rows after {}", after.show()), &found, &expected)?;
    }
    Ok(())
}

fn while_rows_go(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let rows = rows_at(probe, &store, &[3, 3, 3, 4, 5, 5, 6])?;
    let mut after: Option<IntentCursor> = None;
    let mut found = Vec::new();
    for place in 0..rows.len() {
        let page = probe.list_uncommitted(&store, EVER, after.as_ref(), 1)?;
        let Some(row) = page.first() else { break };
        after = Some(row.intent.cursor());
        // The row the next page starts after is not in the list any more.
        if place % 2 == 0 {
            commit_refs(probe, &store, &row.intent.session_id, &[row])?;
        } else {
            probe.forget(&store, &row.intent.session_id, &row.intent.attachment_id)?;
        }
        found.extend(page);
    }
    same("the rows seen", &found, &rows)?;
    uncommitted(probe, &store, &[])
}

fn limit_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let root = session(probe);
    meant(probe, &store, &root, 1)?;
    let answer = probe.list_uncommitted(&store, EVER, None, 0);
    refused("a list of limit 0", answer, Kind::Invalid)
}

fn limit_is_cut(probe: &mut Probe<'_>) -> Result<(), Stop> {
    /// Rows this case is ready to make; a store with larger pages is not tried.
    const MAX_MADE: u32 = 2_000;
    kept(probe)?;
    let most = probe.limits().max_page;
    if most >= MAX_MADE {
        return Err(Stop::Skip(format!("pages of {most} are more than this case makes")));
    }
    let store = probe.store_id();
    let root = session(probe);
    probe.bulk(u64::from(most) + 1, |probe| {
        let attachment = attachment(probe);
        let intent = intent(probe, &root, &attachment, 1);
        Ok(probe.record_intent(&store, &intent)?)
    })?;
    let page = probe.list_uncommitted(&store, EVER, None, u32::MAX)?;
    let fits = !page.is_empty() && page.len() <= usize::try_from(most).unwrap_or(usize::MAX);
    holds(fits, format!("1 to max-page = {most} rows"), || page.len().to_string())?;
    let all = in_pages(probe, &store, EVER, most)?.len();
    same("rows listed", &all, &(usize::try_from(most).unwrap_or(usize::MAX).saturating_add(1)))
}
