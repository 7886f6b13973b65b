//! A session's row for an attachment: intent, forget, and whose it is.

use wirt_contract::attachment_manifest::{AttachmentManifest, Intent, ManifestRow};
use wirt_contract::batching::Batching;
use wirt_contract::{Interface, SessionId, StoreId};

use super::case;
use super::stage::{
    as_committed, attachment, commit_refs, commit_turn, intent, kept, meant, row, session, stays,
    uncommitted,
};
use crate::expect::same;
use crate::{Case, Probe, Reopen, Stop};

pub(super) const CASES: &[Case] = &[
    case("attachment-manifest/intent-round-trip", "manifest.intent", "wirt", round_trip),
    case(
        "attachment-manifest/first-intent-stays",
        "manifest.intent.first-stays",
        "wirt",
        first_stays,
    ),
    case(
        "attachment-manifest/first-intent-stays-once-committed",
        "manifest.intent.first-stays",
        "wirt",
        committed_stays,
    ),
    case(
        "attachment-manifest/attachment-manifest-keeps-same-content-ownership-per-session",
        "manifest.intent.per-session",
        "head",
        per_session,
    ),
    case("attachment-manifest/ids-apart", "manifest.get", "wirt", ids_apart),
    case("attachment-manifest/get-of-nothing-is-none", "manifest.get", "wirt", get_nothing),
    case(
        "attachment-manifest/attachment-manifest-reference-tracking-and-gc-root-set",
        "manifest.referenced",
        "head",
        references,
    ),
    case("attachment-manifest/forget-removes-its-row-alone", "manifest.forget", "wirt", forget),
    case("attachment-manifest/forgotten-is-free-again", "manifest.forget", "wirt", free_again),
    case("attachment-manifest/store-ids-apart", "store.id.isolation", "wirt", stores_apart),
    case("attachment-manifest/rows-survive-reopen", "store.close.keeps", "wirt", survives)
        .durable(),
    batched("attachment-manifest/batched-calls-see-each-other", "batching.order", in_a_batch)
        .extended(),
    batched(
        "attachment-manifest/unflushed-intent-leaves-no-trace",
        "batching.unflushed-no-trace",
        no_trace,
    )
    .extended()
    .durable(),
];

/// A case that needs batches, too.
const fn batched(id: &'static str, rule: &'static str, run: crate::case::Run) -> Case {
    let needs = &[
        Interface::Store,
        Interface::Batching,
        Interface::Sessions,
        Interface::WorkQueue,
        Interface::AttachmentManifest,
    ];
    Case { interfaces: needs, ..case(id, rule, "wirt", run) }
}

fn round_trip(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let root = session(probe);
    for (uri, at) in [
        ("sha256:x", 0),
        ("", 1),
        ("file:///a b?c#d%20", 1 << 40),
        ("ü \u{0}\n\"𝄞\"", u64::MAX),
        ("s3://bucket/key", u64::MAX - 1),
    ] {
        let attachment = attachment(probe);
        let intent = intent(probe, &root, &attachment, at);
        let intent = Intent { canonical_uri: uri.into(), ..intent };
        probe.record_intent(&store, &intent)?;
        stays(probe, &store, &ManifestRow { intent, committed_at: None })?;
    }
    Ok(())
}

/// Other intents of the same session and attachment.
fn again(probe: &mut Probe<'_>, store: &StoreId, row: &ManifestRow) -> Result<(), Stop> {
    for at in [0, row.intent.intent_at.0.saturating_add(7)] {
        let again = intent(probe, &row.intent.session_id, &row.intent.attachment_id, at);
        probe.record_intent(store, &again)?;
    }
    Ok(())
}

fn first_stays(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let root = session(probe);
    let first = meant(probe, &store, &root, 100)?;
    again(probe, &store, &first)?;
    stays(probe, &store, &first)?;
    uncommitted(probe, &store, &[&first])
}

fn committed_stays(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let root = session(probe);
    let first = meant(probe, &store, &root, 100)?;
    commit_refs(probe, &store, &root, &[&first])?;
    let done = as_committed(probe, &store, &first)?;
    again(probe, &store, &first)?;
    stays(probe, &store, &done)?;
    uncommitted(probe, &store, &[])
}

fn per_session(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let shared = attachment(probe);
    let mut rows = Vec::new();
    for at in [30, 10, 20] {
        let owner = session(probe);
        let intent = intent(probe, &owner, &shared, at);
        probe.record_intent(&store, &intent)?;
        rows.push(ManifestRow { intent, committed_at: None });
    }
    let [one, two, three] = rows.as_slice() else {
        return same("rows made", &rows.len(), &3);
    };
    for row in [one, two, three] {
        stays(probe, &store, row)?;
    }
    uncommitted(probe, &store, &[two, three, one])?;
    commit_refs(probe, &store, &one.intent.session_id, &[one])?;
    let done = as_committed(probe, &store, one)?;
    uncommitted(probe, &store, &[two, three])?;
    probe.forget(&store, &two.intent.session_id, &shared)?;
    same("the forgotten row", &row(probe, &store, two)?, &None)?;
    stays(probe, &store, &done)?;
    stays(probe, &store, three)?;
    uncommitted(probe, &store, &[three])
}

/// Names that careless keys take for one another, also where session and attachment meet.
fn ids_apart(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let mut rows = Vec::new();
    let pairs = [
        ("a", "bc"),
        ("ab", "c"),
        ("a", "b/c"),
        ("a/b", "c"),
        ("a\u{0}", "b"),
        ("a", "\u{0}b"),
        ("a", "B"),
        ("A", "b"),
        ("b", "a"),
        ("é", "e\u{301}"),
        ("e\u{301}", "é"),
    ];
    for (session, attachment) in pairs {
        let intent = intent(probe, &session.into(), &attachment.into(), 5);
        probe.record_intent(&store, &intent)?;
        rows.push(ManifestRow { intent, committed_at: None });
    }
    for row in &rows {
        stays(probe, &store, row)?;
    }
    let other = probe.get(&store, &"a".into(), &"b".into())?;
    same("the row of `a` and `b`", &other, &None)?;
    same("whether `b` is referenced", &probe.is_referenced(&store, &"b".into())?, &true)?;
    same("whether `e` is referenced", &probe.is_referenced(&store, &"e".into())?, &false)?;
    rows.sort_by_key(|row| row.intent.cursor());
    uncommitted(probe, &store, &rows.iter().collect::<Vec<_>>())
}

fn get_nothing(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let (root, other) = (session(probe), session(probe));
    let unknown = attachment(probe);
    same("a row before any", &probe.get(&store, &root, &unknown)?, &None)?;
    let row = meant(probe, &store, &root, 1)?;
    let known = &row.intent.attachment_id;
    same("another attachment's row", &probe.get(&store, &root, &unknown)?, &None)?;
    same("another session's row", &probe.get(&store, &other, known)?, &None)?;
    stays(probe, &store, &row)
}

fn references(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let (one, other) = (session(probe), session(probe));
    let (shared, unknown) = (attachment(probe), attachment(probe));
    let referenced = |probe: &mut Probe<'_>, expected: bool| {
        let found = probe.is_referenced(&store, &shared)?;
        same("whether it is referenced", &found, &expected)?;
        let found = probe.is_referenced(&store, &unknown)?;
        same("whether another is referenced", &found, &false)
    };
    let forget =
        |probe: &mut Probe<'_>, session: &SessionId| probe.forget(&store, session, &shared);
    referenced(probe, false)?;
    let mine = intent(probe, &one, &shared, 1);
    probe.record_intent(&store, &mine)?;
    referenced(probe, true)?;
    forget(probe, &other)?;
    referenced(probe, true)?;
    probe.commit_refs(&store, &one, std::slice::from_ref(&shared))?;
    referenced(probe, true)?;
    let yours = intent(probe, &other, &shared, 2);
    probe.record_intent(&store, &yours)?;
    referenced(probe, true)?;
    forget(probe, &one)?;
    referenced(probe, true)?;
    forget(probe, &other)?;
    referenced(probe, false)?;
    // Committed ones count alone, too.
    probe.record_intent(&store, &mine)?;
    commit_turn(probe, &store, &one, std::slice::from_ref(&shared))?;
    referenced(probe, true)?;
    forget(probe, &one)?;
    referenced(probe, false)
}

fn forget(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let (root, other) = (session(probe), session(probe));
    let unknown = attachment(probe);
    probe.forget(&store, &root, &unknown)?;
    let mut rows = Vec::new();
    for at in 0..3 {
        rows.push(meant(probe, &store, &root, at)?);
    }
    let [first, second, third] = rows.as_slice() else {
        return same("rows made", &rows.len(), &3);
    };
    commit_refs(probe, &store, &root, &[second])?;
    let done = as_committed(probe, &store, second)?;
    for session in [&other, &root] {
        probe.forget(&store, session, &unknown)?;
    }
    probe.forget(&store, &other, &first.intent.attachment_id)?;
    uncommitted(probe, &store, &[first, third])?;
    probe.forget(&store, &root, &first.intent.attachment_id)?;
    same("the forgotten row", &row(probe, &store, first)?, &None)?;
    uncommitted(probe, &store, &[third])?;
    stays(probe, &store, &done)?;
    probe.forget(&store, &root, &second.intent.attachment_id)?;
    same("the forgotten row", &row(probe, &store, second)?, &None)?;
    stays(probe, &store, third)?;
    uncommitted(probe, &store, &[third])
}

fn free_again(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let root = session(probe);
    let first = meant(probe, &store, &root, 100)?;
    commit_refs(probe, &store, &root, &[&first])?;
    for at in [200, 50] {
        probe.forget(&store, &root, &first.intent.attachment_id)?;
        let intent = intent(probe, &root, &first.intent.attachment_id, at);
        probe.record_intent(&store, &intent)?;
        let anew = ManifestRow { intent, committed_at: None };
        stays(probe, &store, &anew)?;
        uncommitted(probe, &store, &[&anew])?;
    }
    Ok(())
}

fn stores_apart(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let here = probe.store_id();
    let there = StoreId::new(format!("{here}0"));
    let root = session(probe);
    let mine = meant(probe, &here, &root, 1)?;
    let shared = &mine.intent.attachment_id;
    same("the row under another store id", &row(probe, &there, &mine)?, &None)?;
    same("whether it is referenced there", &probe.is_referenced(&there, shared)?, &false)?;
    uncommitted(probe, &there, &[])?;
    commit_refs(probe, &there, &root, &[&mine])?;
    probe.forget(&there, &root, shared)?;
    stays(probe, &here, &mine)?;
    let yours = intent(probe, &root, shared, 2);
    probe.record_intent(&there, &yours)?;
    let yours = ManifestRow { intent: yours, committed_at: None };
    stays(probe, &there, &yours)?;
    commit_turn(probe, &there, &root, std::slice::from_ref(shared))?;
    let yours = as_committed(probe, &there, &yours)?;
    stays(probe, &here, &mine)?;
    uncommitted(probe, &here, &[&mine])?;
    probe.forget(&here, &root, shared)?;
    stays(probe, &there, &yours)?;
    same("whether it is referenced here", &probe.is_referenced(&here, shared)?, &false)
}

fn survives(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    for how in [Reopen::Closed, Reopen::Dropped] {
        let store = probe.store_id();
        let root = session(probe);
        let open = meant(probe, &store, &root, 100)?;
        let done = meant(probe, &store, &root, 50)?;
        commit_refs(probe, &store, &root, &[&done])?;
        let done = as_committed(probe, &store, &done)?;
        let gone = meant(probe, &store, &root, 10)?;
        probe.forget(&store, &root, &gone.intent.attachment_id)?;
        probe.reopen(how)?;
        uncommitted(probe, &store, &[&open])?;
        stays(probe, &store, &open)?;
        stays(probe, &store, &done)?;
        for (of, expected) in [(&open, true), (&done, true), (&gone, false)] {
            let found = probe.is_referenced(&store, &of.intent.attachment_id)?;
            same("whether it is referenced", &found, &expected)?;
        }
    }
    Ok(())
}

fn in_a_batch(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let root = session(probe);
    probe.begin()?;
    let first = meant(probe, &store, &root, 2)?;
    let second = meant(probe, &store, &root, 1)?;
    uncommitted(probe, &store, &[&second, &first])?;
    again(probe, &store, &first)?;
    commit_refs(probe, &store, &root, &[&first])?;
    let done = as_committed(probe, &store, &first)?;
    uncommitted(probe, &store, &[&second])?;
    probe.forget(&store, &root, &second.intent.attachment_id)?;
    uncommitted(probe, &store, &[])?;
    probe.flush()?;
    uncommitted(probe, &store, &[])?;
    stays(probe, &store, &done)?;
    same("the forgotten row", &row(probe, &store, &second)?, &None)
}

fn no_trace(probe: &mut Probe<'_>) -> Result<(), Stop> {
    kept(probe)?;
    let store = probe.store_id();
    let root = session(probe);
    let before = meant(probe, &store, &root, 1)?;
    for how in [Reopen::Dropped, Reopen::Closed] {
        probe.begin()?;
        let lost = meant(probe, &store, &root, 2)?;
        commit_refs(probe, &store, &root, &[&before, &lost])?;
        probe.reopen(how)?;
        stays(probe, &store, &before)?;
        same("the row that was not flushed", &row(probe, &store, &lost)?, &None)?;
        uncommitted(probe, &store, &[&before])?;
    }
    Ok(())
}
