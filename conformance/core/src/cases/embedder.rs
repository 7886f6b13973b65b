//! `wirt:text/embedder`.

use wirt_contract::Interface;
use wirt_contract::embedder::{Embedder, MAX_DIMENSION, MIN_MAX_BATCH, MIN_MAX_TEXT_BYTES};

use super::made::{PLANES, SEQUENCES, plane, prose, short_texts};
use crate::case::Run;
use crate::expect::{Kind, failed, holds, refused, same};
use crate::{Case, Probe, Reopen, Show, Stop};

pub(super) const CASES: &[Case] = &[
    case("embedder/describe-stable", "embedder.pure", describe_stable),
    case("embedder/pure", "embedder.pure", pure),
    case("embedder/limits-above-floor", "embedder.limits.floor", above_floor),
    case("embedder/dimension-within-bounds", "embedder.dimension", within_bounds),
    case("embedder/vectors-have-the-dimension", "embedder.dimension", dimension),
    case("embedder/order-of-documents", "embedder.documents.order", order),
    case("embedder/numbers-are-finite", "embedder.documents.finite", finite),
    case("embedder/batch-same-as-singles", "embedder.documents.batch", batch),
    case("embedder/no-words-have-a-vector", "embedder.documents.empty", no_words),
    case("embedder/query-near-its-document", "embedder.query.space", query_space),
    case("embedder/largest-batch-fits", "embedder.limits.floor", largest_batch),
    case("embedder/longest-text-fits", "embedder.limits.floor", longest_text).extended(),
    case("embedder/longer-text-is-invalid", "embedder.limits.floor", longer_text).extended(),
    case("embedder/larger-batch-is-invalid", "embedder.limits.floor", larger_batch).extended(),
    case("embedder/length-is-one-or-zero", "embedder.documents.unit", unit).since(3),
    case("embedder/every-plane", "embedder.text.any", every_plane).since(3),
    case("embedder/sequences-hide-no-word", "embedder.text.any", sequences).since(3),
    case("embedder/refusal-changes-nothing", "embedder.pure", refusal).since(3).extended(),
    case("embedder/longest-of-one-character", "embedder.limits.floor", longest_run)
        .since(3)
        .extended(),
];

/// How far from 1 a vector's length may be. Numbers of half precision come within it.
const LENGTH_TOLERANCE: f64 = 1e-3;

/// Longest text, in bytes, this suite makes.
const MAX_TEXT: u32 = 1 << 20;
/// Most texts in one call of this suite; a model may take seconds for more.
const MAX_BATCH: u32 = 256;

/// Sentences without a word in common.
const SENTENCES: [&str; 8] = [
    "A quick brown fox jumps over the lazy dog",
    "Quarterly revenue grew by twelve percent in Europe",
    "Boil pasta with salt, then add basil and tomatoes",
    "Astronomers measured light from distant galaxies",
    "Please renew my passport before July",
    "Kubernetes restarts containers whose probes fail",
    "Grandmother's violin needs new strings",
    "Heavy rain flooded several streets near harbour",
];

/// Texts in which nobody sees a word.
const WORDLESS: [&str; 6] = ["", " ", "\n\t", "…!?", "--- ***", "\u{200b}"];

/// Texts of other kinds: scripts, marks, controls.
const ODD: [&str; 8] = [
    "敏捷的棕色狐狸",
    "すばやい茶色のキツネ",
    "빠른 갈색 여우",
    "اللغة العربية",
    "👩‍👩‍👧‍👦 👍🏽",
    "nul\u{0}bell\u{7}",
    "e\u{301}te\u{301}",
    "\u{10ffff}\u{e000}",
];

/// A core case about an embedder.
const fn case(id: &'static str, rule: &'static str, run: Run) -> Case {
    Case::core((id, rule, "wirt"), Interface::Embedder, &[Interface::Embedder], run)
}

/// Some of every kind, in an order drawn from the seed, as many as any batch takes.
fn texts(probe: &mut Probe<'_>) -> Vec<String> {
    let mut from: Vec<&str> = SENTENCES.iter().chain(&WORDLESS).chain(&ODD).copied().collect();
    let mut texts = vec![probe.word()];
    while texts.len() < usize::try_from(MIN_MAX_BATCH).unwrap_or(0) && !from.is_empty() {
        let bound = u64::try_from(from.len()).unwrap_or(0);
        let at = usize::try_from(probe.number(bound)).unwrap_or(0);
        texts.push(from.swap_remove(at).to_owned());
    }
    texts
}

/// Vectors that are the same, bit for bit.
fn same_bits(what: &str, found: &[Vec<f32>], expected: &[Vec<f32>]) -> Result<(), Stop> {
    let bits = |vectors: &[Vec<f32>]| -> Vec<Vec<u32>> {
        vectors.iter().map(|vector| vector.iter().map(|x| x.to_bits()).collect()).collect()
    };
    if bits(found) == bits(expected) {
        return Ok(());
    }
    let differ = found.iter().zip(expected).find(|(one, other)| one != other);
    let (found, expected) = match differ {
        Some((one, other)) => (one.show(), other.show()),
        None => (found.show(), expected.show()),
    };
    failed(format!("{what}: {expected}"), format!("{what}: {found}"))
}

fn document(probe: &mut Probe<'_>, text: &str) -> Result<Vec<f32>, Stop> {
    let mut vectors = probe.documents(&[text.to_owned()])?;
    match (vectors.pop(), vectors.len()) {
        (Some(vector), 0) => Ok(vector),
        (vector, rest) => {
            let found = rest + usize::from(vector.is_some());
            failed("one vector for one text", format!("{found} vectors"))
        }
    }
}

/// The cosine of two vectors; 0 where one of them is all zero.
fn cosine(one: &[f32], other: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    };
    let norms = (dot(one, one) * dot(other, other)).sqrt();
    if norms > 0.0 { dot(one, other) / norms } else { 0.0 }
}

fn describe_stable(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let first = probe.describe()?;
    holds(!first.model.is_empty(), "a model", || first.show())?;
    same("describe, again", &probe.describe()?, &first)?;
    probe.reopen(Reopen::Dropped)?;
    same("describe of a fresh instance", &probe.describe()?, &first)
}

fn pure(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let texts = texts(probe);
    let sentence = probe.pick(&SENTENCES).copied().unwrap_or_default();
    let (documents, query) = (probe.documents(&texts)?, probe.query(sentence)?);
    same_bits("the same texts again", &probe.documents(&texts)?, &documents)?;
    same_bits("the same query again", &[probe.query(sentence)?], std::slice::from_ref(&query))?;
    probe.reopen(Reopen::Dropped)?;
    same_bits("the same query in a fresh instance", &[probe.query(sentence)?], &[query])?;
    same_bits("the same texts in a fresh instance", &probe.documents(&texts)?, &documents)
}

fn above_floor(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let found = probe.describe()?;
    let bytes = found.max_text_bytes >= MIN_MAX_TEXT_BYTES;
    holds(bytes, format!("max-text-bytes of {MIN_MAX_TEXT_BYTES} or more"), || found.show())?;
    let batch = found.max_batch >= MIN_MAX_BATCH;
    holds(batch, format!("max-batch of {MIN_MAX_BATCH} or more"), || found.show())
}

fn within_bounds(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let found = probe.describe()?.dimension;
    let within = (1..=MAX_DIMENSION).contains(&found);
    holds(within, format!("a dimension of 1 to {MAX_DIMENSION}"), || found.show())
}

fn has_dimension(vector: &[f32], dimension: usize, text: &str) -> Result<(), Stop> {
    same(&format!("numbers in the vector of {}", text.show()), &vector.len(), &dimension)
}

fn dimension(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let dimension = usize::try_from(probe.describe()?.dimension).unwrap_or(usize::MAX);
    let texts = texts(probe);
    let vectors = probe.documents(&texts)?;
    same("vectors", &vectors.len(), &texts.len())?;
    for (text, vector) in texts.iter().zip(&vectors) {
        has_dimension(vector, dimension, text)?;
        has_dimension(&probe.query(text)?, dimension, text)?;
    }
    Ok(())
}

fn order(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let texts: Vec<String> = SENTENCES.iter().map(|text| (*text).to_owned()).collect();
    let vectors = probe.documents(&texts)?;
    same("vectors", &vectors.len(), &texts.len())?;
    for (text, vector) in texts.iter().zip(&vectors) {
        let alone = document(probe, text)?;
        let what = format!("the vector in the place of {}", text.show());
        same_bits(&what, std::slice::from_ref(vector), &[alone])?;
    }
    for (place, one) in vectors.iter().enumerate() {
        let alike = vectors.iter().skip(place + 1).any(|other| one == other);
        holds(!alike, "other vectors for sentences of other words", || one.show())?;
    }
    same("vectors of no text", &probe.documents(&[])?.len(), &0)
}

fn is_finite(vector: &[f32], text: &str) -> Result<(), Stop> {
    let finite = vector.iter().all(|number| number.is_finite());
    holds(finite, format!("finite numbers for {}", text.show()), || vector.show())
}

fn finite(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for text in SENTENCES.iter().chain(&WORDLESS).chain(&ODD) {
        is_finite(&document(probe, text)?, text)?;
        is_finite(&probe.query(text)?, text)?;
    }
    Ok(())
}

fn batch(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let mut texts = texts(probe);
    // The same text twice in one call, in the places of others.
    texts.truncate(14);
    let first = texts.first().cloned().unwrap_or_default();
    texts.push(first);
    let vectors = probe.documents(&texts)?;
    same("vectors", &vectors.len(), &texts.len())?;
    for (text, vector) in texts.iter().zip(vectors) {
        let alone = document(probe, text)?;
        same_bits(&format!("the vector of {} in a batch", text.show()), &[vector], &[alone])?;
    }
    Ok(())
}

/// The vectors of a text, as a document and as a query, are of the dimension, finite, and of length
/// 1 or 0.
fn sound(probe: &mut Probe<'_>, dimension: usize, text: &str) -> Result<Vec<f32>, Stop> {
    let vector = document(probe, text)?;
    for vector in [&vector, &probe.query(text)?] {
        has_dimension(vector, dimension, text)?;
        is_finite(vector, text)?;
        let length = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
        let is_unit = (length - 1.0).abs() <= LENGTH_TOLERANCE;
        let is_zero = vector.iter().all(|number| *number == 0.0);
        let wanted = format!("a vector of length 1, or of zeros, for {}", text.show());
        holds(is_unit || is_zero, wanted, || format!("length {length:.6}: {}", vector.show()))?;
    }
    Ok(vector)
}

fn declared_dimension(probe: &mut Probe<'_>) -> Result<usize, Stop> {
    Ok(usize::try_from(probe.describe()?.dimension).unwrap_or(usize::MAX))
}

fn unit(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let dimension = declared_dimension(probe)?;
    let word = probe.word();
    let long = format!("{word} ").repeat(100);
    for text in SENTENCES.iter().chain(&WORDLESS).chain(&ODD).copied().chain([word.as_str(), &long])
    {
        sound(probe, dimension, text)?;
    }
    Ok(())
}

fn every_plane(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let dimension = declared_dimension(probe)?;
    for number in 0..PLANES {
        sound(probe, dimension, &plane(number))?;
    }
    Ok(())
}

/// A sentence behind such a sequence is not lost: it is no other sentence's.
fn sequences(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let dimension = declared_dimension(probe)?;
    let [first, second, ..] = SENTENCES;
    for sequence in SEQUENCES {
        let one = sound(probe, dimension, &format!("{sequence} {first}"))?;
        let other = sound(probe, dimension, &format!("{sequence} {second}"))?;
        let wanted = format!("other vectors for other words behind {}", sequence.show());
        holds(one != other, wanted, || one.show())?;
    }
    Ok(())
}

fn no_words(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let dimension = usize::try_from(probe.describe()?.dimension).unwrap_or(usize::MAX);
    for text in WORDLESS {
        let vector = document(probe, text)?;
        has_dimension(&vector, dimension, text)?;
        is_finite(&vector, text)?;
        let query = probe.query(text)?;
        has_dimension(&query, dimension, text)?;
        is_finite(&query, text)?;
    }
    Ok(())
}

fn query_space(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let texts: Vec<String> = SENTENCES.iter().map(|text| (*text).to_owned()).collect();
    let vectors = probe.documents(&texts)?;
    for (place, text) in texts.iter().enumerate() {
        let query = probe.query(text)?;
        let near = vectors.get(place).map_or(0.0, |own| cosine(&query, own));
        for (other, vector) in texts.iter().zip(&vectors).filter(|(other, _)| *other != text) {
            let far = cosine(&query, vector);
            holds(
                near > far,
                format!("the query {} nearer to its own document", text.show()),
                || format!("cosine {near:.4} to its own, {far:.4} to {}", other.show()),
            )?;
        }
    }
    Ok(())
}

fn largest_batch(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = probe.describe()?.max_batch.min(MAX_BATCH);
    let texts = short_texts(probe, most);
    same("vectors", &probe.documents(&texts)?.len(), &texts.len())
}

fn larger_batch(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = probe.describe()?.max_batch;
    if most >= MAX_BATCH {
        return Err(Stop::Skip(format!("a batch of {most} texts is more than this case makes")));
    }
    let texts = short_texts(probe, most + 1);
    refused(&format!("{} texts", texts.len()), probe.documents(&texts), Kind::Invalid)
}

fn longest_text(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let text = prose(probe.describe()?.max_text_bytes.min(MAX_TEXT));
    is_finite(&document(probe, &text)?, &text)?;
    is_finite(&probe.query(&text)?, &text)
}

fn longer_text(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = probe.describe()?.max_text_bytes;
    if most >= MAX_TEXT {
        return Err(Stop::Skip(format!("a text of {most} bytes is more than this case makes")));
    }
    let text = prose(most + 1);
    let answer = probe.documents(std::slice::from_ref(&text));
    refused("a document over the bound", answer, Kind::Invalid)?;
    refused("a query over the bound", probe.query(&text), Kind::Invalid)
}

/// A call that is refused leaves nothing behind, and one text too long refuses the call it is in.
fn refusal(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = probe.describe()?.max_text_bytes;
    if most >= MAX_TEXT {
        return Err(Stop::Skip(format!("a text of {most} bytes is more than this case makes")));
    }
    let word = probe.word();
    let before = document(probe, &word)?;
    let texts = [word.clone(), prose(most + 1), word.clone()];
    refused("a batch with a text over the bound", probe.documents(&texts), Kind::Invalid)?;
    same_bits("the vector of a text, after a refusal", &[document(probe, &word)?], &[before])
}

/// As long as a text may be, and one character over and over.
fn longest_run(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let found = probe.describe()?;
    let dimension = usize::try_from(found.dimension).unwrap_or(usize::MAX);
    let most = usize::try_from(found.max_text_bytes.min(MAX_TEXT)).unwrap_or(0);
    for letter in ["a", "é", "漢", "\u{301}", "\u{200d}", "\u{0}", "👍", " "] {
        sound(probe, dimension, &letter.repeat(most / letter.len()))?;
    }
    Ok(())
}
