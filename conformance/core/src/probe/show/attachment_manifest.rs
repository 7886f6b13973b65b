//! Values of `attachment-manifest`.

use wirt_contract::attachment_manifest::{Intent, IntentCursor, ManifestRow, Retention};

use super::Show;

impl Show for Retention {
    fn show(&self) -> String {
        match self {
            Self::Kept => "kept".into(),
            Self::None => "none".into(),
        }
    }
}

impl Show for Intent {
    fn show(&self) -> String {
        format!(
            "{} of {} as {} at {}",
            self.attachment_id.show(),
            self.session_id.show(),
            self.canonical_uri.show(),
            self.intent_at
        )
    }
}

impl Show for ManifestRow {
    fn show(&self) -> String {
        format!("{} committed-at {}", self.intent.show(), self.committed_at.show())
    }
}

impl Show for IntentCursor {
    fn show(&self) -> String {
        format!(
            "after {} of {} at {}",
            self.attachment_id.show(),
            self.session_id.show(),
            self.intent_at
        )
    }
}
