//! Texts made for the cases of both text contracts.

use crate::Probe;

/// What stands in real text and shows nothing, joins, turns or ends it: what has broken text
/// plugins. Each goes between two words.
pub(super) const SEQUENCES: [&str; 22] = [
    "\u{0}",
    "\u{0}\u{0}\u{1}\u{1f}\u{7f}\u{9f}",
    "\u{200b}\u{200b}",
    "\u{200c}\u{200d}",
    "\u{feff}",
    "\u{2060}\u{00ad}\u{034f}",
    "\u{301}\u{308}\u{323}",
    "z\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}\u{30b}\u{30c}",
    "\u{20dd}\u{20e3}\u{fe0f}",
    "1\u{fe0f}\u{20e3}",
    "\u{202e}\u{202d}\u{202c}",
    "\u{2066}\u{2067}\u{2068}\u{2069}\u{200e}\u{200f}",
    "שָׁלוֹם \u{200f}עולם\u{200e}",
    "مَرْحَبًا\u{640}\u{61c}",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦",
    "👍\u{1f3fd}\u{1f3ff}",
    "🇩🇪🇫",
    "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "葛\u{e0100} \u{e01ef}",
    "\u{1112}\u{1161}\u{11ab}\u{1112}",
    "ﷺ ﬃ ㍿ ½",
    "\u{fffe}\u{ffff}\u{fdd0}\u{fffd}",
];

/// Planes of Unicode.
pub(super) const PLANES: u32 = 17;
/// Characters of a plane that [`plane`] takes.
const OF_PLANE: u32 = 128;

/// Characters from all over a plane, in their order. The first and the last of it are among them,
/// where they are characters.
pub(super) fn plane(plane: u32) -> String {
    let step = 0xffff / (OF_PLANE - 1);
    let places = (0..OF_PLANE).map(|place| place * step).chain([0xffff]);
    places.filter_map(|place| char::from_u32((plane << 16) + place)).collect()
}

/// This many short texts, no two alike.
pub(super) fn short_texts(probe: &mut Probe<'_>, many: u32) -> Vec<String> {
    (0..many).map(|_| probe.word()).collect()
}

/// A text of words, of exactly this many bytes.
pub(super) fn prose(bytes: u32) -> String {
    let mut text = "wirt ".repeat(usize::try_from(bytes).unwrap_or(0) / 5);
    text.push_str(&"x".repeat(usize::try_from(bytes).unwrap_or(0) - text.len()));
    text
}
