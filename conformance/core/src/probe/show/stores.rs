//! Values of `store` and `attachments`.

use wirt_contract::attachments::{Attachment, Metadata};
use wirt_contract::store::{CheckPage, Description};

use super::{Show, fields, maybe};

impl Show for Description {
    fn show(&self) -> String {
        let limits = &self.limits;
        format!(
            "{} {} format {} {}; id {}, payload {}, attachment {} bytes; page {}; batch {} calls, \
             {} bytes",
            self.name.show(),
            self.version.show(),
            self.data_format,
            self.durability,
            limits.max_id_bytes,
            limits.max_payload_bytes,
            limits.max_attachment_bytes,
            limits.max_page,
            limits.max_batch_calls,
            limits.max_batch_bytes
        )
    }
}

impl Show for CheckPage {
    fn show(&self) -> String {
        format!("problems {} next {}", self.problems.show(), self.next.show())
    }
}

impl Show for Metadata {
    fn show(&self) -> String {
        fields(&[
            ("media-type", Some(self.media_type.show())),
            ("width", maybe(self.width.as_ref())),
            ("height", maybe(self.height.as_ref())),
            ("label", maybe(self.label.as_ref())),
        ])
    }
}

impl Show for Attachment {
    fn show(&self) -> String {
        format!("{} of {} bytes {}", self.id.show(), self.byte_len, self.metadata.show())
    }
}
