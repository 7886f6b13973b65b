//! Values of `work-queue`.

use wirt_contract::work_queue::{
    Boundary, Claim, ClaimRef, Claimant, Delivery, Entry, Item, MergeKey, NewEntry, Slot, Work,
    WorkKind,
};

use super::{Show, fields, maybe};

impl Show for ClaimRef {
    fn show(&self) -> String {
        format!(
            "{} of {} fence {} lease {}",
            self.claim_id.show(),
            self.session_id.show(),
            self.fencing_token,
            self.lease_token.show()
        )
    }
}

impl Show for Delivery {
    fn show(&self) -> String {
        match self {
            Self::EarliestSafeBoundary => "earliest-safe-boundary".into(),
            Self::AfterCurrentTurnCommit => "after-current-turn-commit".into(),
        }
    }
}

impl Show for Slot {
    fn show(&self) -> String {
        match self {
            Self::Join => "join".into(),
            Self::Exclusive => "exclusive".into(),
        }
    }
}

impl Show for MergeKey {
    fn show(&self) -> String {
        match self {
            Self::Never => "never".into(),
            Self::PayloadDefault => "payload-default".into(),
            Self::Group(name) => format!("group({})", name.show()),
        }
    }
}

impl Show for WorkKind {
    fn show(&self) -> String {
        match self {
            Self::TurnInput => "turn-input".into(),
            Self::ProcessWake => "process-wake".into(),
            Self::SessionCommand => "session-command".into(),
        }
    }
}

impl Show for Work {
    fn show(&self) -> String {
        format!("{} {}", self.kind.show(), self.body.show())
    }
}

impl Show for Item {
    fn show(&self) -> String {
        format!("{} {}", self.item_id.show(), self.work.show())
    }
}

impl Show for NewEntry {
    fn show(&self) -> String {
        fields(&[
            ("session", Some(self.session_id.show())),
            ("source-key", maybe(self.source_key.as_ref())),
            ("delivery", Some(self.delivery.show())),
            ("slot", Some(self.slot.show())),
            ("merge-key", Some(self.merge_key.show())),
            ("available-at", Some(self.available_at.show())),
            ("items", Some(self.items.show())),
        ])
    }
}

impl Show for Entry {
    fn show(&self) -> String {
        fields(&[
            ("id", Some(self.entry_id.show())),
            ("session", Some(self.session_id.show())),
            ("source-key", maybe(self.source_key.as_ref())),
            ("delivery", Some(self.delivery.show())),
            ("slot", Some(self.slot.show())),
            ("merge-key", Some(self.merge_key.show())),
            ("available-at", Some(self.available_at.show())),
            ("enqueue-seq", Some(self.enqueue_seq.show())),
            ("enqueued-at", Some(self.enqueued_at.show())),
            ("items", Some(self.items.show())),
        ])
    }
}

impl Show for Boundary {
    fn show(&self) -> String {
        match self {
            Self::Idle => "idle".into(),
            Self::ActiveTurnCheckpoint => "active-turn-checkpoint".into(),
        }
    }
}

impl Show for Claimant {
    fn show(&self) -> String {
        format!(
            "{} for {} {} ttl {}",
            self.owner.show(),
            self.session_id.show(),
            self.boundary.show(),
            self.ttl
        )
    }
}

impl Show for Claim {
    fn show(&self) -> String {
        fields(&[
            ("claim", Some(self.claim.show())),
            ("owner", Some(self.owner.show())),
            ("claimed-at", Some(self.claimed_at.show())),
            ("expires-at", Some(self.expires_at.show())),
            ("entries", Some(self.entries.show())),
        ])
    }
}
