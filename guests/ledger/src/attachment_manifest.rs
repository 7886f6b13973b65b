//! `wirt:persistence/attachment-manifest`: which session means to use which attachment.
//!
//! A row is kept by session and attachment; two indexes over it answer who else wants an
//! attachment, and what is not committed yet.

use wirt_contract::attachment_manifest::{
    AttachmentManifest, Intent, IntentCursor, ManifestRow, Retention,
};
use wirt_contract::{Answer, AttachmentId, EpochMs, Error, SessionId, StoreId};

use crate::Ledger;
use crate::call::Call;
use crate::keys::{Entry, Space};
use crate::kv::KeyValue;
use crate::limits::{self, Id, PAGE_BYTES, page, payload};

/// A row's place and its keys.
#[derive(Clone, Copy)]
struct At<'a> {
    space: Space<'a>,
    session: Id<'a>,
    attachment: Id<'a>,
}

impl<'a> At<'a> {
    fn new(space: Space<'a>, session: &'a str, attachment: &'a str) -> Result<Self, Error> {
        let session = Id::new("the session id", session)?;
        Ok(Self { space, session, attachment: attachment_id(attachment)? })
    }

    fn row(self, call: &mut Call<'_>) -> Result<Option<ManifestRow>, Error> {
        call.value(&self.space.key(Entry::Intent(self.session, self.attachment)))
    }

    /// Writes a row where there is none, with its indexes.
    fn add(self, call: &mut Call<'_>, row: &ManifestRow) -> Result<(), Error> {
        call.put_bytes(self.space.key(Entry::IntentOf(self.attachment, self.session)), Vec::new());
        if row.committed_at.is_none() {
            call.put_bytes(self.space.key(self.uncommitted(row)), Vec::new());
        }
        self.put(call, row)
    }

    fn put(self, call: &mut Call<'_>, row: &ManifestRow) -> Result<(), Error> {
        call.put(self.space.key(Entry::Intent(self.session, self.attachment)), row)
    }

    fn uncommitted(self, row: &ManifestRow) -> Entry<Id<'a>> {
        Entry::Uncommitted(row.intent.intent_at, self.session, self.attachment)
    }
}

fn attachment_id(attachment: &str) -> Result<Id<'_>, Error> {
    Id::new("the attachment id", attachment)
}

/// Commits a session's intents for these attachments. One that is named twice is read twice as it
/// was before the call, and written twice the same.
pub(crate) fn commit(
    call: &mut Call<'_>,
    space: Space<'_>,
    retention: Retention,
    session: &SessionId,
    attachments: &[AttachmentId],
) -> Result<(), Error> {
    Id::new("the session id", session.as_str())?;
    limits::list("the list of attachments", attachments.len())?;
    for attachment in attachments {
        attachment_id(attachment.as_str())?;
    }
    if retention == Retention::None {
        return Ok(());
    }
    for attachment in attachments {
        let at = At::new(space, session.as_str(), attachment.as_str())?;
        let Some(row) = at.row(call)?.filter(|row| row.committed_at.is_none()) else { continue };
        call.remove(space.key(at.uncommitted(&row)));
        let committed_at = Some(call.now());
        at.put(call, &ManifestRow { committed_at, ..row })?;
    }
    Ok(())
}

/// A session's row for an attachment.
pub(crate) fn row(
    call: &mut Call<'_>,
    space: Space<'_>,
    session: &str,
    attachment: &str,
) -> Result<Option<ManifestRow>, Error> {
    At::new(space, session, attachment)?.row(call)
}

/// Takes an imported row; that there is none yet is the caller's to see to.
pub(crate) fn import(
    call: &mut Call<'_>,
    space: Space<'_>,
    row: &ManifestRow,
) -> Result<(), Error> {
    place(space, &row.intent)?.add(call, row)
}

fn place<'a>(space: Space<'a>, intent: &'a Intent) -> Result<At<'a>, Error> {
    payload("the canonical uri", &intent.canonical_uri)?;
    At::new(space, intent.session_id.as_str(), intent.attachment_id.as_str())
}

impl<K: KeyValue> AttachmentManifest for Ledger<K> {
    fn retention(&mut self) -> Answer<Retention> {
        Ok(self.identity.retention)
    }

    fn record_intent(&mut self, store: &StoreId, intent: &Intent) -> Answer<()> {
        let retention = self.identity.retention;
        self.call(|call| {
            let at = place(Space::new(store)?, intent)?;
            if retention == Retention::None || at.row(call)?.is_some() {
                return Ok(());
            }
            at.add(call, &ManifestRow { intent: intent.clone(), committed_at: None })
        })
    }

    fn commit_refs(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        attachments: &[AttachmentId],
    ) -> Answer<()> {
        let retention = self.identity.retention;
        self.call(|call| commit(call, Space::new(store)?, retention, session, attachments))
    }

    fn get(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        attachment: &AttachmentId,
    ) -> Answer<Option<ManifestRow>> {
        self.call(|call| row(call, Space::new(store)?, session.as_str(), attachment.as_str()))
    }

    fn list_uncommitted(
        &mut self,
        store: &StoreId,
        until: EpochMs,
        after: Option<&IntentCursor>,
        limit: u32,
    ) -> Answer<Vec<ManifestRow>> {
        self.call(|call| uncommitted(call, Space::new(store)?, until, after, limit))
    }

    fn is_referenced(&mut self, store: &StoreId, attachment: &AttachmentId) -> Answer<bool> {
        self.call(|call| {
            let span = Space::new(store)?.intents_of(attachment_id(attachment.as_str())?.as_str());
            Ok(!call.keys(&span, 1)?.is_empty())
        })
    }

    fn forget(
        &mut self,
        store: &StoreId,
        session: &SessionId,
        attachment: &AttachmentId,
    ) -> Answer<()> {
        self.call(|call| {
            let space = Space::new(store)?;
            let at = At::new(space, session.as_str(), attachment.as_str())?;
            let Some(row) = at.row(call)? else { return Ok(()) };
            call.remove(space.key(Entry::Intent(at.session, at.attachment)));
            call.remove(space.key(Entry::IntentOf(at.attachment, at.session)));
            if row.committed_at.is_none() {
                call.remove(space.key(at.uncommitted(&row)));
            }
            Ok(())
        })
    }
}

fn uncommitted(
    call: &mut Call<'_>,
    space: Space<'_>,
    until: EpochMs,
    after: Option<&IntentCursor>,
    limit: u32,
) -> Result<Vec<ManifestRow>, Error> {
    let limit = page(limit)?;
    let after = match after {
        Some(cursor) => {
            let at = At::new(space, cursor.session_id.as_str(), cursor.attachment_id.as_str())?;
            Some(space.key(Entry::Uncommitted(cursor.intent_at, at.session, at.attachment)))
        }
        None => None,
    };
    let mut listed = Vec::new();
    let mut bytes = 0;
    for key in call.keys(&space.uncommitted(until).after(after.as_ref()), limit)? {
        let Some((_, Entry::Uncommitted(_, session, attachment))) = key.parse() else {
            return Err(Error::backend(format!("an index of intents holds {key}; run a check")));
        };
        let row = space.key(Entry::Intent(&session, &attachment));
        let Some(row) = call.value::<ManifestRow>(&row)? else {
            return Err(Error::backend(format!("{key} has no intent; run a check")));
        };
        bytes += row.intent.canonical_uri.len();
        if bytes > PAGE_BYTES && !listed.is_empty() {
            break;
        }
        listed.push(row);
    }
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{clock, error, identity, ledger, store};
    use crate::{Identity, LIMITS, Memory};

    fn intent(session: &str, attachment: &str, at: u64) -> Intent {
        Intent {
            attachment_id: attachment.into(),
            session_id: session.into(),
            canonical_uri: "sha256:x".into(),
            intent_at: EpochMs(at),
        }
    }

    /// All pages of one row each.
    fn listed(ledger: &mut Ledger<Memory>, until: u64) -> Vec<(u64, String, String)> {
        let mut listed = Vec::new();
        let mut after = None;
        loop {
            let page = ledger.list_uncommitted(&store(), EpochMs(until), after.as_ref(), 1);
            let Some(row) = page.unwrap().pop() else { return listed };
            after = Some(row.intent.cursor());
            let Intent { attachment_id, session_id, intent_at, .. } = row.intent;
            listed.push((intent_at.0, session_id.to_string(), attachment_id.to_string()));
        }
    }

    #[test]
    fn ids_that_run_into_one_another_stay_apart_and_in_order() {
        let mut ledger = ledger();
        let mut all = Vec::new();
        for (at, session, attachment) in [
            (256, "a", "b"),
            (255, "ab", "c"),
            (255, "a", "bc"),
            (255, "a\0", "b"),
            (255, "a", "\0b"),
            (0, "z", "z"),
        ] {
            ledger.record_intent(&store(), &intent(session, attachment, at)).unwrap();
            all.push((at, session.to_owned(), attachment.to_owned()));
        }
        all.sort();
        assert_eq!(listed(&mut ledger, u64::MAX), all);
        assert_eq!(listed(&mut ledger, 255), all[..5]);
        assert_eq!(ledger.is_referenced(&store(), &"b".into()), Ok(true));
        assert_eq!(ledger.is_referenced(&store(), &"\0".into()), Ok(false));
        ledger.forget(&store(), &"a".into(), &"b".into()).unwrap();
        assert_eq!(ledger.is_referenced(&store(), &"b".into()), Ok(true));
        ledger.forget(&store(), &"a\0".into(), &"b".into()).unwrap();
        assert_eq!(ledger.is_referenced(&store(), &"b".into()), Ok(false));
    }

    #[test]
    fn a_cursor_beyond_the_time_ends_the_list() {
        let mut ledger = ledger();
        ledger.record_intent(&store(), &intent("s", "a", 5)).unwrap();
        let cursor = intent("s", "a", 9).cursor();
        assert_eq!(ledger.list_uncommitted(&store(), EpochMs(7), Some(&cursor), 9), Ok(vec![]));
    }

    #[test]
    fn an_id_named_twice_is_committed_once_and_leaves_no_index() {
        let mut ledger = ledger();
        ledger.record_intent(&store(), &intent("s", "a", 5)).unwrap();
        let twice = ["a".into(), "a".into()];
        ledger.commit_refs(&store(), &"s".into(), &twice).unwrap();
        assert!(listed(&mut ledger, u64::MAX).is_empty());
        let row = AttachmentManifest::get(&mut ledger, &store(), &"s".into(), &"a".into());
        assert_eq!(row.unwrap().unwrap().committed_at, Some(EpochMs(1_000)));
        ledger.forget(&store(), &"s".into(), &"a".into()).unwrap();
        let left = wirt_contract::store::Store::check(&mut ledger, None, 99).unwrap();
        assert_eq!(left.problems, Vec::<String>::new());
    }

    #[test]
    fn a_page_of_long_uris_is_cut_and_goes_on() {
        let mut ledger = ledger();
        let uri = "u".repeat(usize::try_from(LIMITS.max_payload_bytes).unwrap());
        for at in 0..9 {
            let long = Intent { canonical_uri: uri.clone(), ..intent("s", &at.to_string(), at) };
            ledger.record_intent(&store(), &long).unwrap();
        }
        let first = ledger.list_uncommitted(&store(), EpochMs(99), None, 100).unwrap();
        assert_eq!(first.len(), 8);
        let last = first.last().map(|row| row.intent.cursor());
        let rest = ledger.list_uncommitted(&store(), EpochMs(99), last.as_ref(), 100).unwrap();
        assert_eq!(rest.len(), 1);
    }

    #[test]
    fn a_manifest_that_keeps_nothing_still_refuses_what_is_invalid() {
        let identity = Identity { retention: Retention::None, ..identity() };
        let mut ledger = Ledger::new(identity, clock(), || Ok(Memory::default()));
        assert_eq!(ledger.retention(), Ok(Retention::None));
        ledger.record_intent(&store(), &intent("s", "a", 5)).unwrap();
        ledger.commit_refs(&store(), &"s".into(), &["a".into()]).unwrap();
        assert!(listed(&mut ledger, u64::MAX).is_empty());
        assert_eq!(ledger.is_referenced(&store(), &"a".into()), Ok(false));
        let refused = ledger.record_intent(&store(), &intent("", "a", 5));
        assert!(matches!(error(refused), Error::Invalid(_)));
        let refused = ledger.commit_refs(&store(), &"s".into(), &["".into()]);
        assert!(matches!(error(refused), Error::Invalid(_)));
    }
}
