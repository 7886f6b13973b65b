//! Defects of tokenizers.

use wirt_contract::Answer;
use wirt_contract::tokenizer::{Description, Token};

use super::bent::{BentWords, CUT, Cut};
use super::{Defect, invalid, is_invalid};
use crate::subjects::Native;

const NOTHING: Cut =
    Cut { documents: |_, texts| Ok(vec![vec![]; texts.len()]), query: |_, _| Ok(vec![]), ..CUT };

pub(super) fn finds_nothing() -> BentWords {
    BentWords(NOTHING, 0)
}

fn cut(name: &'static str, cases: &'static [&'static str], cut: Cut) -> Defect {
    let make = move || Native::new(name, move |_| Box::new(BentWords(cut, 0)));
    Defect { name, cases, make: Box::new(make) }
}

fn each(texts: &[String], change: impl Fn(&str, &mut Vec<Token>)) -> Answer<Vec<Vec<Token>>> {
    let mut lists = (CUT.documents)(0, texts)?;
    for (text, tokens) in texts.iter().zip(&mut lists) {
        change(text, tokens);
    }
    Ok(lists)
}

fn describe(change: impl Fn(&mut Description)) -> Answer<Description> {
    let mut description = (CUT.describe)(0)?;
    change(&mut description);
    Ok(description)
}

pub(super) fn defects() -> Vec<Defect> {
    [bounds(), terms(), places(), strange()].into_iter().flatten().collect()
}

fn bounds() -> Vec<Defect> {
    vec![
        cut(
            "another name each time",
            &["tokenizer/describe-stable"],
            Cut { describe: |calls| describe(|it| it.id = calls.to_string()), ..CUT },
        ),
        cut(
            "short texts only",
            &["tokenizer/limits-above-floor"],
            Cut { describe: |_| describe(|it| it.max_text_bytes = 1 << 20), ..CUT },
        ),
        cut(
            "a few texts at once",
            &["tokenizer/largest-batch-fits"],
            Cut {
                documents: |_, texts| {
                    if texts.len() > 100 { invalid() } else { (CUT.documents)(0, texts) }
                },
                ..CUT
            },
        ),
        cut(
            "fails on long texts",
            &[
                "tokenizer/longest-text-fits",
                "tokenizer/long-runs",
                "tokenizer/longest-of-one-character",
            ],
            Cut {
                documents: |_, texts| {
                    let long = texts.iter().any(|text| text.len() > 1_000_000);
                    if long { invalid() } else { (CUT.documents)(0, texts) }
                },
                ..CUT
            },
        ),
        cut(
            "cuts long texts",
            &["tokenizer/longer-text-is-invalid", "tokenizer/larger-batch-is-invalid"],
            Cut {
                documents: |_, texts| {
                    let answer = (CUT.documents)(0, texts);
                    if is_invalid(&answer) { Ok(vec![vec![]; texts.len()]) } else { answer }
                },
                ..CUT
            },
        ),
    ]
}

fn terms() -> Vec<Defect> {
    vec![
        cut(
            "depends on what came before",
            &["tokenizer/pure"],
            Cut {
                documents: |calls, texts| {
                    each(texts, |_, tokens| {
                        if let Some(first) = tokens.first_mut().filter(|_| calls > 2) {
                            first.term.push('x');
                        }
                    })
                },
                ..CUT
            },
        ),
        cut(
            "empty terms",
            &["tokenizer/terms-not-empty"],
            Cut {
                documents: |_, texts| {
                    each(texts, |_, tokens| {
                        if let Some(first) = tokens.first_mut() {
                            first.term.clear();
                        }
                    })
                },
                ..CUT
            },
        ),
        cut(
            "terms as written",
            &["tokenizer/terms-fold-case"],
            Cut {
                documents: |_, texts| {
                    each(texts, |text, tokens| {
                        for token in tokens {
                            let (start, end) = (token.start, token.end);
                            let (start, end) =
                                (usize::try_from(start).unwrap(), usize::try_from(end).unwrap());
                            token.term = text[start..end].into();
                        }
                    })
                },
                ..CUT
            },
        ),
        cut(
            "queries of another form",
            &["tokenizer/query-finds-its-text"],
            Cut {
                query: |_, text| {
                    let mut tokens = (CUT.query)(0, text)?;
                    tokens.iter_mut().for_each(|token| token.term.push('s'));
                    Ok(tokens)
                },
                ..CUT
            },
        ),
        cut("finds nothing", &["tokenizer/words-are-found"], NOTHING),
        cut(
            "punctuation is a term",
            &["tokenizer/no-words-no-terms"],
            Cut {
                query: |_, text| match text {
                    "." => Ok(vec![Token { term: ".".into(), start: 0, end: 1 }]),
                    _ => (CUT.query)(0, text),
                },
                ..CUT
            },
        ),
    ]
}

fn places() -> Vec<Defect> {
    vec![
        cut(
            "ends inside a character",
            &["tokenizer/offsets-within-text", "tokenizer/random-mixes"],
            Cut {
                documents: |_, texts| {
                    each(texts, |text, tokens| {
                        for token in tokens {
                            if !text[usize::try_from(token.start).unwrap()..].is_char_boundary(1) {
                                token.end = token.start + 1;
                            }
                        }
                    })
                },
                ..CUT
            },
        ),
        cut(
            "offsets into the folded text",
            &["tokenizer/offsets-point-at-words"],
            Cut {
                documents: |_, texts| {
                    let folded: Vec<String> =
                        texts.iter().map(|text| text.to_lowercase()).collect();
                    (CUT.documents)(0, &folded)
                },
                ..CUT
            },
        ),
        cut(
            "no list for an empty text",
            &["tokenizer/one-list-a-text"],
            Cut {
                documents: |_, texts| {
                    let full: Vec<String> =
                        texts.iter().filter(|text| !text.is_empty()).cloned().collect();
                    (CUT.documents)(0, &full)
                },
                ..CUT
            },
        ),
        cut(
            "last term first",
            &["tokenizer/order-of-offsets"],
            Cut { documents: |_, texts| each(texts, |_, tokens| tokens.reverse()), ..CUT },
        ),
    ]
}

/// A token's place, moved by what `lost` says was lost of the text before it.
fn moved(texts: &[String], lost: impl Fn(&str) -> usize) -> Answer<Vec<Vec<Token>>> {
    each(texts, |text, tokens| {
        for token in tokens {
            for place in [&mut token.start, &mut token.end] {
                let before = &text[..usize::try_from(*place).unwrap()];
                *place -= u32::try_from(lost(before)).unwrap();
            }
        }
    })
}

fn strange() -> Vec<Defect> {
    vec![
        cut(
            "counts in units of UTF-16",
            &["tokenizer/every-plane", "tokenizer/sequences-hide-no-word"],
            Cut {
                documents: |_, texts| {
                    moved(texts, |before| before.len() - before.encode_utf16().count())
                },
                ..CUT
            },
        ),
        cut(
            "takes out joiners that show nothing before it counts",
            &["tokenizer/sequences-hide-no-word"],
            Cut {
                documents: |_, texts| {
                    moved(texts, |before| 3 * before.matches(['\u{200b}', '\u{200d}']).count())
                },
                ..CUT
            },
        ),
        cut(
            "ends at a NUL",
            &["tokenizer/sequences-hide-no-word"],
            Cut {
                documents: |_, texts| {
                    each(texts, |text, tokens| {
                        if let Some(nul) = text.find('\0') {
                            tokens.retain(|token| usize::try_from(token.end).unwrap() <= nul);
                        }
                    })
                },
                ..CUT
            },
        ),
        cut(
            "knows the first plane alone",
            &["tokenizer/every-plane"],
            Cut {
                documents: |_, texts| {
                    if texts.iter().any(|text| text.chars().any(|letter| letter > '\u{ffff}')) {
                        return invalid();
                    }
                    (CUT.documents)(0, texts)
                },
                ..CUT
            },
        ),
        cut(
            "white space is a term of documents",
            &["tokenizer/no-words-no-terms-of-documents"],
            Cut {
                documents: |_, texts| {
                    each(texts, |text, tokens| {
                        if text.starts_with(' ') {
                            tokens.insert(0, Token { term: " ".into(), start: 0, end: 1 });
                        }
                    })
                },
                ..CUT
            },
        ),
        cut(
            "is full after a few calls",
            &["tokenizer/refusal-changes-nothing"],
            Cut {
                documents: |calls, texts| {
                    let lists = (CUT.documents)(0, texts)?;
                    Ok(if calls > 3 { vec![vec![]; texts.len()] } else { lists })
                },
                ..CUT
            },
        ),
        cut(
            "leaves out texts that are too long",
            &["tokenizer/refusal-changes-nothing"],
            Cut {
                documents: |_, texts| {
                    let short = |text: &String| if text.len() > 1_000 { "" } else { text }.into();
                    (CUT.documents)(0, &texts.iter().map(short).collect::<Vec<String>>())
                },
                ..CUT
            },
        ),
    ]
}
