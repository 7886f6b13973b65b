//! Defects of embedders.

use wirt_contract::Answer;
use wirt_contract::embedder::Description;

use super::bent::{BentCells, EMBED, Embed};
use super::{Defect, invalid, is_invalid};
use crate::subjects::{CELLS, Native};

fn embed(name: &'static str, cases: &'static [&'static str], embed: Embed) -> Defect {
    let make = move || Native::new(name, move |_| Box::new(BentCells(embed, 0)));
    Defect { name, cases, make: Box::new(make) }
}

fn describe(change: impl Fn(&mut Description)) -> Answer<Description> {
    let mut description = (EMBED.describe)(0)?;
    change(&mut description);
    Ok(description)
}

pub(super) fn defects() -> Vec<Defect> {
    [bounds(), vectors(), strange()].into_iter().flatten().collect()
}

fn bounds() -> Vec<Defect> {
    vec![
        embed(
            "another name each time",
            &["embedder/describe-stable"],
            Embed { describe: |calls| describe(|it| it.model = calls.to_string()), ..EMBED },
        ),
        embed(
            "short texts only",
            &["embedder/limits-above-floor"],
            Embed { describe: |_| describe(|it| it.max_text_bytes = 512), ..EMBED },
        ),
        embed(
            "declares no dimension",
            &["embedder/dimension-within-bounds"],
            Embed { describe: |_| describe(|it| it.dimension = 0), ..EMBED },
        ),
        embed(
            "declares another dimension",
            &["embedder/vectors-have-the-dimension"],
            Embed { describe: |_| describe(|it| it.dimension += 1), ..EMBED },
        ),
        embed(
            "a few texts at once",
            &["embedder/largest-batch-fits"],
            Embed {
                documents: |_, texts| {
                    if texts.len() > 8 { invalid() } else { (EMBED.documents)(0, texts) }
                },
                ..EMBED
            },
        ),
        embed(
            "fails on long texts",
            &["embedder/longest-text-fits", "embedder/longest-of-one-character"],
            Embed {
                documents: |_, texts| {
                    let long = texts.iter().any(|text| text.len() > 1_000);
                    if long { invalid() } else { (EMBED.documents)(0, texts) }
                },
                ..EMBED
            },
        ),
        embed(
            "cuts long texts",
            &["embedder/longer-text-is-invalid", "embedder/larger-batch-is-invalid"],
            Embed {
                documents: |_, texts| {
                    let answer = (EMBED.documents)(0, texts);
                    if is_invalid(&answer) { Ok(vec![vec![0.0; CELLS]]) } else { answer }
                },
                ..EMBED
            },
        ),
    ]
}

fn vectors() -> Vec<Defect> {
    vec![
        embed(
            "drifts",
            &["embedder/pure"],
            Embed {
                query: |calls, text| {
                    let mut vector = (EMBED.query)(0, text)?;
                    vector[0] += if calls > 2 { f32::EPSILON } else { 0.0 };
                    Ok(vector)
                },
                ..EMBED
            },
        ),
        embed(
            "last text first",
            &["embedder/order-of-documents"],
            Embed {
                documents: |_, texts| {
                    let mut vectors = (EMBED.documents)(0, texts)?;
                    vectors.reverse();
                    Ok(vectors)
                },
                ..EMBED
            },
        ),
        embed(
            "divides by the words of a text without one",
            &["embedder/numbers-are-finite"],
            Embed {
                documents: |_, texts| {
                    let mut vectors = (EMBED.documents)(0, texts)?;
                    for vector in &mut vectors {
                        let sum: f32 = vector.iter().sum();
                        vector.iter_mut().for_each(|number| *number /= sum);
                    }
                    Ok(vectors)
                },
                ..EMBED
            },
        ),
        embed(
            "scales by the batch",
            &["embedder/batch-same-as-singles"],
            Embed {
                documents: |_, texts| {
                    let mut vectors = (EMBED.documents)(0, texts)?;
                    let largest =
                        vectors.iter().flatten().fold(1.0_f32, |most, number| most.max(*number));
                    vectors.iter_mut().flatten().for_each(|number| *number /= largest);
                    if texts.len() > 1 {
                        vectors.iter_mut().flatten().for_each(|number| *number *= 0.5);
                    }
                    Ok(vectors)
                },
                ..EMBED
            },
        ),
        embed(
            "no words, no vector",
            &["embedder/no-words-have-a-vector"],
            Embed {
                documents: |_, texts| {
                    let mut vectors = (EMBED.documents)(0, texts)?;
                    for vector in &mut vectors {
                        if vector.iter().all(|number| *number == 0.0) {
                            vector.clear();
                        }
                    }
                    Ok(vectors)
                },
                ..EMBED
            },
        ),
        embed(
            "queries in a space of their own",
            &["embedder/query-near-its-document"],
            Embed {
                query: |_, text| {
                    let mut vector = (EMBED.query)(0, text)?;
                    vector.rotate_left(1);
                    Ok(vector)
                },
                ..EMBED
            },
        ),
    ]
}

fn strange() -> Vec<Defect> {
    vec![
        embed(
            "counts, and makes no length of them",
            &["embedder/length-is-one-or-zero"],
            Embed {
                query: |_, text| {
                    let mut vector = (EMBED.query)(0, text)?;
                    vector.iter_mut().for_each(|number| *number *= 1.01);
                    Ok(vector)
                },
                ..EMBED
            },
        ),
        embed(
            "knows the first two planes alone",
            &["embedder/every-plane"],
            Embed {
                documents: |_, texts| {
                    if texts.iter().any(|text| text.chars().any(|letter| letter > '\u{1ffff}')) {
                        return invalid();
                    }
                    (EMBED.documents)(0, texts)
                },
                ..EMBED
            },
        ),
        embed(
            "ends at a NUL",
            &["embedder/sequences-hide-no-word"],
            Embed {
                documents: |_, texts| {
                    let before = |text: &String| text.split('\0').next().unwrap().to_owned();
                    (EMBED.documents)(0, &texts.iter().map(before).collect::<Vec<String>>())
                },
                ..EMBED
            },
        ),
        embed(
            "is tired after a few calls",
            &["embedder/refusal-changes-nothing"],
            Embed {
                documents: |calls, texts| {
                    let mut vectors = (EMBED.documents)(0, texts)?;
                    if calls > 3 {
                        vectors.iter_mut().for_each(|vector| vector.rotate_left(1));
                    }
                    Ok(vectors)
                },
                ..EMBED
            },
        ),
    ]
}
