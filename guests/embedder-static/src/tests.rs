use wirt_contract::Failure;
use wirt_contract::embedder::{MAX_DIMENSION, MIN_MAX_BATCH, MIN_MAX_TEXT_BYTES};

use super::*;

fn embed(text: &str) -> Vec<f32> {
    StaticEmbedder.query(text).unwrap()
}

fn cosine(one: &str, other: &str) -> f64 {
    let (one, other) = (embed(one), embed(other));
    one.iter().zip(&other).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}

#[test]
fn like_meanings_are_nearer_than_others_without_a_word_in_common() {
    for (text, near, far) in [
        ("the cat sleeps", "a kitten is napping", "quarterly revenue grew"),
        ("delete a file", "remove documents", "paint a wall"),
        ("physician", "doctors", "carpenter"),
        ("how to cook noodles", "boil pasta with salt", "restart a crashed container"),
    ] {
        let (near, far) = (cosine(text, near), cosine(text, far));
        assert!(near > far + 0.1, "{text}: {near:.3} and {far:.3}");
    }
}

#[test]
fn vectors_have_length_one_or_are_zero() {
    for text in
        ["wirt", "The RFC says: don't.", "東京タワー", "한국어", "\u{e9}t\u{e9} 𝐁𝐨𝐥𝐝 a\u{0}b"]
    {
        assert!((cosine(text, text) - 1.0).abs() < 1e-5, "{text:?}");
    }
    let longest = "x".repeat(words::MAX_WORD_CHARS + 1);
    for text in ["", " \t\r\n", "\u{200b}\u{0}", "\u{301}", "🦀", &longest] {
        assert_eq!(embed(text), vec![0.0; 256], "{text:?}");
    }
}

#[test]
fn the_table_is_the_one_the_model_is_named_for() {
    // FNV-1a. Whoever changes the table changes this and the number in MODEL.
    let sum = TABLE.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    assert_eq!((TABLE.len(), sum), (7_854_488, 3_862_156_849_206_632_699));
    assert_eq!(StaticEmbedder.describe().unwrap().model, "static-minilm-l6-v2-256/1");
}

/// The pieces a word is cut into, and whether all of it is known.
fn cut(word: &str) -> (bool, Vec<&str>) {
    let table = bundled().unwrap();
    let (mut rest, mut place, mut found) = (word, Place::Begin, Vec::new());
    while let Some(piece) = table.longest(rest, place) {
        let (piece, after) = rest.split_at(piece.bytes);
        found.push(piece);
        (rest, place) = (after, Place::Inside);
    }
    let known = pieces(&table, word, &mut Vec::new());
    assert_eq!(known, rest.is_empty());
    (known, found)
}

#[test]
fn words_come_apart_into_the_pieces_of_the_model() {
    assert_eq!(cut("embeddings"), (true, vec!["em", "bed", "ding", "s"]));
    assert_eq!(cut("tokenizer"), (true, vec!["token", "izer"]));
    // A word with one letter that is in no piece is unknown as a whole.
    assert_eq!(cut("cat🦀"), (false, vec!["cat"]));
    assert_eq!(embed("cat🦀"), vec![0.0; 256]);
}

#[test]
fn sums_do_not_depend_on_order_or_on_what_else_is_asked() {
    let texts = ["one two three".to_owned(), String::new(), "three two one".to_owned()];
    let vectors = StaticEmbedder.documents(&texts).unwrap();
    assert_eq!(vectors[0], vectors[2]);
    assert_eq!(vectors[0], embed("one two three"));
    assert_ne!(vectors[0], vectors[1]);
}

#[test]
fn bounds_hold_the_contracts_floor_and_are_kept() {
    let description = StaticEmbedder.describe().unwrap();
    assert!((1..=MAX_DIMENSION).contains(&description.dimension));
    assert!(description.max_text_bytes >= MIN_MAX_TEXT_BYTES);
    assert!(description.max_batch >= MIN_MAX_BATCH);
    // A row holds numbers down to -128, and a piece has a byte of the text.
    assert!(i32::try_from(MAX_TEXT_BYTES).unwrap().checked_mul(128).is_some());

    let invalid = |answer: Failure| matches!(answer, Failure::Error(Error::Invalid(_)));
    let long = " ".repeat(MAX_TEXT_BYTES);
    assert_eq!(embed(&long).len(), 256);
    assert!(invalid(StaticEmbedder.query(&(long + " ")).unwrap_err()));
    let many = vec![String::new(); MAX_BATCH];
    assert_eq!(StaticEmbedder.documents(&many).unwrap().len(), MAX_BATCH);
    assert!(invalid(StaticEmbedder.documents(&vec![String::new(); MAX_BATCH + 1]).unwrap_err()));
}
