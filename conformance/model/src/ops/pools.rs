//! What arguments are drawn from: so few of each that calls meet.

use proptest::prelude::*;
use proptest::sample::select;
use wirt_contract::{AttachmentId, EpochMs, SessionId, StoreId};

/// Contents of attachments, blobs and artifacts; the second is the first one's beginning.
const CONTENTS: [&[u8]; 4] = [b"first", b"fir", b"", b"\xff\x00"];

/// One of these texts.
pub(super) fn text(
    texts: &'static [&'static str],
) -> impl Strategy<Value = String> + Clone + 'static {
    select(texts).prop_map(str::to_owned)
}

/// A store id; mostly the same.
pub(super) fn store() -> impl Strategy<Value = StoreId> {
    prop_oneof![6 => Just("a"), 1 => Just("aa")].prop_map(StoreId::from)
}

/// A session; mostly the same.
pub(super) fn session() -> impl Strategy<Value = SessionId> + Clone {
    prop_oneof![5 => Just("s"), 1 => Just("s2")].prop_map(SessionId::from)
}

/// A time a caller names.
pub(super) fn time() -> impl Strategy<Value = EpochMs> + Clone {
    prop_oneof![6 => 0..4_u64, 1 => Just(300), 1 => Just(u64::MAX)].prop_map(EpochMs)
}

/// Opaque JSON.
pub(super) fn json() -> impl Strategy<Value = String> + Clone {
    text(&["{}", r#"{ "a":1.0, "a":[] }"#, "\"ü\""])
}

/// Bytes.
pub(super) fn content() -> impl Strategy<Value = Vec<u8>> + Clone {
    select(&CONTENTS).prop_map(<[u8]>::to_vec)
}

/// An attachment's id, of bytes or of none.
pub(super) fn attachment() -> impl Strategy<Value = AttachmentId> + Clone {
    prop_oneof![
        6 => content().prop_map(|bytes| AttachmentId::of(&bytes)),
        1 => Just(AttachmentId::from("8")),
    ]
}

/// Items asked for at once; 0 is `invalid`.
pub(super) fn limit() -> impl Strategy<Value = u32> + Clone {
    prop_oneof![1 => Just(0), 3 => Just(1), 3 => Just(2), 4 => Just(50), 1 => Just(u32::MAX)]
}

/// How far back from the newest; near, mostly.
pub(super) fn back() -> impl Strategy<Value = u8> + Clone {
    prop_oneof![6 => Just(0), 3 => Just(1), 2 => Just(2), 1 => any::<u8>()]
}
