//! `wirt:text/tokenizer`.

use std::collections::BTreeSet;

use wirt_contract::Interface;
use wirt_contract::tokenizer::{MIN_MAX_BATCH, MIN_MAX_TEXT_BYTES, Token, Tokenizer};

use super::made::{PLANES, SEQUENCES, plane, prose, short_texts};
use crate::case::Run;
use crate::expect::{Kind, failed, holds, refused, same};
use crate::{Case, Probe, Reopen, Show, Stop};

pub(super) const CASES: &[Case] = &[
    case("tokenizer/describe-stable", "tokenizer.pure", describe_stable),
    case("tokenizer/pure", "tokenizer.pure", pure),
    case("tokenizer/limits-above-floor", "tokenizer.limits.floor", above_floor),
    case("tokenizer/largest-batch-fits", "tokenizer.limits.floor", largest_batch),
    case("tokenizer/longest-text-fits", "tokenizer.limits.floor", longest_text).extended(),
    case("tokenizer/longer-text-is-invalid", "tokenizer.limits.floor", longer_text).extended(),
    case("tokenizer/larger-batch-is-invalid", "tokenizer.limits.floor", larger_batch).extended(),
    case("tokenizer/terms-not-empty", "tokenizer.term.not-empty", not_empty),
    case("tokenizer/terms-fold-case", "tokenizer.term.case", fold_case),
    case("tokenizer/offsets-within-text", "tokenizer.offsets.bounds", offsets),
    case("tokenizer/offsets-point-at-words", "tokenizer.offsets.bounds", point_at_words),
    case("tokenizer/one-list-a-text", "tokenizer.documents.batch", one_list_a_text),
    case("tokenizer/order-of-offsets", "tokenizer.documents.order", order),
    case("tokenizer/query-finds-its-text", "tokenizer.query.finds", finds),
    case("tokenizer/words-are-found", "tokenizer.query.finds", words_are_found),
    case("tokenizer/no-words-no-terms", "tokenizer.query.empty", no_words),
    case("tokenizer/random-mixes", "tokenizer.offsets.bounds", random_mixes),
    case("tokenizer/long-runs", "tokenizer.offsets.bounds", long_runs).extended(),
    case("tokenizer/every-plane", "tokenizer.text.any", every_plane).since(3),
    case("tokenizer/sequences-hide-no-word", "tokenizer.text.any", sequences).since(3),
    case("tokenizer/no-words-no-terms-of-documents", "tokenizer.documents.empty", no_terms)
        .since(3),
    case("tokenizer/refusal-changes-nothing", "tokenizer.pure", refusal).since(3).extended(),
    case("tokenizer/longest-of-one-character", "tokenizer.limits.floor", longest_run)
        .since(3)
        .extended(),
];

/// Longest text, in bytes, this suite makes; a tokenizer that takes longer ones is tried to here.
const MAX_TEXT: u32 = 32 << 20;
/// Most texts in one call of this suite.
const MAX_BATCH: u32 = 10_000;

/// Texts of every kind that has broken a tokenizer: several scripts, letters of one to four bytes,
/// letters that grow or shrink when folded, marks that join, joiners that show nothing.
const TEXTS: [&str; 28] = [
    "The quick brown fox jumps over the lazy dog.",
    "naïve café, Ångström — déjà vu",
    "e\u{301}te\u{301} a\u{308}\u{323} \u{301}stray mark",
    "Straße GROẞ Maße",
    "İstanbul ılık IĞDIR",
    "ΟΔΥΣΣΕΥΣ σίγμα τέλος",
    "ﬁnance ﬀ ǅ ŉ",
    "Москва слышит ёлку",
    "敏捷的棕色狐狸跳过了懒狗。",
    "すばやい茶色のキツネ、カタカナとｶﾀｶﾅ",
    "빠른 갈색 여우 한국어 \u{1112}\u{1161}\u{11ab}",
    "ภาษาไทยไม่มีวรรค",
    "اللغة العربية تُكتب من اليمين",
    "שָׁלוֹם עולם",
    "हिन्दी में लिखा हुआ पाठ",
    "👩‍👩‍👧‍👦 family 👍🏽 🇩🇪 e\u{fe0f}",
    "𝐁𝐨𝐥𝐝 𝄞 𐍈 𠀋 𠮷野家",
    "zero\u{200b}width\u{200d}join\u{feff}er \u{2060}",
    "tab\tnew\nline\r\n\u{b}\u{c}\u{85}\u{2028}\u{2029}",
    "nul\u{0}bell\u{7}esc\u{1b}[0m del\u{7f}",
    "snake_case camelCase kebab-case v1.2.3 3.14 1,000 0x1F",
    "https://example.org/a?b=c&d=%20 me@example.org #tag @name",
    "can't won't rock'n'roll l’été",
    "a b c d e f g",
    "１２３ ＡＢＣ ａｂｃ",
    "…—–“”‘’«»¿¡§¶†‡•",
    "mixed日本語とEnglishと한국어and русский",
    "\u{10ffff}\u{e000}\u{fffd}",
];

/// Texts in which nobody sees a word.
const WORDLESS: [&str; 8] =
    ["", " ", "\t\n\r\n", "\u{a0}\u{2003}\u{3000}", ".", "!?…", "--- *** ---", "“”()[]{}"];

/// A core case about a tokenizer.
const fn case(id: &'static str, rule: &'static str, run: Run) -> Case {
    Case::core((id, rule, "wirt"), Interface::Tokenizer, &[Interface::Tokenizer], run)
}

fn texts() -> Vec<String> {
    TEXTS.iter().chain(&WORDLESS).map(|text| (*text).to_owned()).collect()
}

/// The terms of one document.
fn document(probe: &mut Probe<'_>, text: &str) -> Result<Vec<Token>, Stop> {
    let mut lists = probe.documents(&[text.to_owned()])?;
    match (lists.pop(), lists.len()) {
        (Some(tokens), 0) => Ok(tokens),
        (tokens, rest) => {
            let found = rest + usize::from(tokens.is_some());
            failed("one list for one text", format!("{found} lists"))
        }
    }
}

/// The piece of text a token stands on, where its offsets are good.
fn piece<'t>(text: &'t str, token: &Token) -> Option<&'t str> {
    let start = usize::try_from(token.start).ok()?;
    let end = usize::try_from(token.end).ok()?;
    // `get` gives nothing for a range outside the text or inside a character.
    text.get(start..end).filter(|piece| !piece.is_empty())
}

/// What holds for the tokens of any text. A text may have a million, so a line is made for one
/// that is wrong and for no other.
fn sound(text: &str, tokens: &[Token]) -> Result<(), Stop> {
    for token in tokens {
        let expected = if token.term.is_empty() {
            "a term with letters".to_owned()
        } else if piece(text, token).is_none() {
            format!("offsets on the edges of characters, start < end <= {}", text.len())
        } else {
            continue;
        };
        return failed(format!("in {}: {expected}", text.show()), token.show());
    }
    for (one, next) in tokens.iter().zip(tokens.iter().skip(1)) {
        if (one.start, one.end) > (next.start, next.end) {
            return failed(
                format!("in {}: tokens by start, then by end", text.show()),
                format!("{} before {}", one.show(), next.show()),
            );
        }
    }
    Ok(())
}

fn describe_stable(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let first = probe.describe()?;
    holds(!first.id.is_empty(), "an id", || first.show())?;
    same("describe, again", &probe.describe()?, &first)?;
    probe.reopen(Reopen::Dropped)?;
    same("describe of a fresh instance", &probe.describe()?, &first)
}

fn pure(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let texts = texts();
    let first = probe.documents(&texts)?;
    let query = probe.query("Straße 東京タワー")?;
    same("the same texts again", &probe.documents(&texts)?, &first)?;
    let reversed: Vec<String> = texts.iter().rev().cloned().collect();
    probe.documents(&reversed)?;
    same("the same texts after others", &probe.documents(&texts)?, &first)?;
    probe.reopen(Reopen::Dropped)?;
    same("the same query in a fresh instance", &probe.query("Straße 東京タワー")?, &query)?;
    same("the same texts in a fresh instance", &probe.documents(&texts)?, &first)
}

fn above_floor(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let found = probe.describe()?;
    let bytes = found.max_text_bytes >= MIN_MAX_TEXT_BYTES;
    holds(bytes, format!("max-text-bytes of {MIN_MAX_TEXT_BYTES} or more"), || found.show())?;
    let batch = found.max_batch >= MIN_MAX_BATCH;
    holds(batch, format!("max-batch of {MIN_MAX_BATCH} or more"), || found.show())
}

fn largest_batch(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = probe.describe()?.max_batch.min(MAX_BATCH);
    let texts = short_texts(probe, most);
    let lists = probe.documents(&texts)?;
    same("lists", &lists.len(), &texts.len())?;
    same("lists of no text", &probe.documents(&[])?.len(), &0)
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
    let most = probe.describe()?.max_text_bytes.min(MAX_TEXT);
    let text = prose(most);
    let tokens = document(probe, &text)?;
    sound(&text, &tokens)?;
    holds(!tokens.is_empty(), "terms", || "none".into())
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

fn not_empty(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for text in texts() {
        let tokens = document(probe, &text)?.into_iter().chain(probe.query(&text)?);
        for token in tokens {
            let full = !token.term.is_empty();
            holds(full, format!("terms with letters in {}", text.show()), || token.show())?;
        }
    }
    Ok(())
}

fn terms(tokens: &[Token]) -> BTreeSet<&str> {
    tokens.iter().map(|token| token.term.as_str()).collect()
}

fn fold_case(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let word = probe.word();
    let pairs = [
        (word.clone(), word.to_uppercase()),
        ("the lazy dog".into(), "The LAZY Dog".into()),
        ("ångström übung".into(), "ÅNGSTRÖM ÜBUNG".into()),
        ("москва".into(), "МОСКВА".into()),
        ("αβγδ".into(), "ΑΒΓΔ".into()),
    ];
    for (small, large) in &pairs {
        let (low, high) = (document(probe, small)?, document(probe, large)?);
        let what = format!("terms of {} as of {}", large.show(), small.show());
        holds(terms(&low) == terms(&high), what, || high.show())?;
        let query = probe.query(large)?;
        let found = terms(&query).is_subset(&terms(&low));
        let what = format!("terms of the query {} among those of {}", large.show(), small.show());
        holds(found, what, || query.show())?;
    }
    Ok(())
}

fn offsets(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for text in texts() {
        let tokens = document(probe, &text)?;
        sound(&text, &tokens)?;
        let query = probe.query(&text)?;
        sound(&text, &query)?;
    }
    Ok(())
}

/// Offsets are into the text as given, not as folded: letters before a word that grow or shrink
/// when folded must not move it.
fn point_at_words(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let word = probe.word();
    for before in
        ["", "İİİ ", "ẞẞẞ ", "ŉŉŉ ", "Ⱥ Ⱦ ", "👩‍👩‍👧 ", "漢字 ", "e\u{301} ", "\u{212a}\u{212a} "]
    {
        let text = format!("{before}{word} end");
        let tokens = document(probe, &text)?;
        stands_on(&text, before.len(), &word, &tokens)?;
    }
    Ok(())
}

/// Some term lies on the word that stands at this byte of the text.
fn stands_on(text: &str, at: usize, word: &str, tokens: &[Token]) -> Result<(), Stop> {
    let covered = |token: &Token| {
        let (start, end) = (usize::try_from(token.start), usize::try_from(token.end));
        let (Ok(start), Ok(end)) = (start, end) else { return false };
        start >= at && end <= at + word.len()
    };
    let wanted = format!("a term within bytes {at}..{} of {}", at + word.len(), text.show());
    holds(tokens.iter().any(covered), wanted, || tokens.show())
}

/// Whatever stands in front, the offsets are good, a query finds its text, and the word behind has
/// its place.
fn cuts_behind(probe: &mut Probe<'_>, before: &str) -> Result<(), Stop> {
    let word = probe.word();
    let text = format!("{before} {word}");
    let tokens = document(probe, &text)?;
    sound(&text, &tokens)?;
    stands_on(&text, before.len() + 1, &word, &tokens)?;
    found_in(probe, &text, &text)?;
    found_in(probe, &word, &text)?;
    Ok(())
}

fn every_plane(probe: &mut Probe<'_>) -> Result<(), Stop> {
    (0..PLANES).try_for_each(|number| cuts_behind(probe, &plane(number)))
}

fn sequences(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for sequence in SEQUENCES {
        let word = probe.word();
        cuts_behind(probe, &format!("{word} {sequence}"))?;
    }
    Ok(())
}

fn one_list_a_text(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let mut texts = texts();
    let word = probe.word();
    texts.extend([word.clone(), word, String::new()]);
    let lists = probe.documents(&texts)?;
    same("lists", &lists.len(), &texts.len())?;
    for (text, list) in texts.iter().zip(&lists) {
        let alone = document(probe, text)?;
        same(&format!("terms of {} in a batch", text.show()), list, &alone)?;
    }
    Ok(())
}

fn order(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for text in TEXTS {
        let tokens = document(probe, text)?;
        let mut sorted = tokens.clone();
        sorted.sort_by_key(|token| (token.start, token.end));
        let places = |tokens: &[Token]| -> Vec<(u32, u32)> {
            tokens.iter().map(|token| (token.start, token.end)).collect()
        };
        let in_order = places(&tokens) == places(&sorted);
        holds(in_order, format!("{} by start, then end", sorted.show()), || tokens.show())?;
    }
    Ok(())
}

fn found_in(probe: &mut Probe<'_>, query: &str, text: &str) -> Result<Vec<Token>, Stop> {
    let (asked, there) = (probe.query(query)?, document(probe, text)?);
    let missing: Vec<_> = terms(&asked).difference(&terms(&there)).copied().collect();
    if missing.is_empty() {
        return Ok(asked);
    }
    failed(
        format!("every term of the query {} among those of {}", query.show(), text.show()),
        format!("{} is not among {}", missing.show(), there.show()),
    )
}

fn finds(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for text in texts() {
        found_in(probe, &text, &text)?;
    }
    Ok(())
}

/// A tokenizer that gives nothing would keep every other rule.
fn words_are_found(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let word: String = probe.text(7);
    let with_accent = format!("é{}", probe.text(6));
    for word in [word.as_str(), &with_accent, "fox", "Москва", "東京", "キツネ", "여우", "2026"]
    {
        let text = format!("before ({word}), \"{word}\" after.");
        let asked = found_in(probe, word, &text)?;
        holds(!asked.is_empty(), format!("a term for {}", word.show()), || "none".into())?;
    }
    let stranger = probe.query(&word)?;
    let elsewhere = document(probe, "nothing of that kind stands here")?;
    let none = terms(&stranger).is_subset(&terms(&elsewhere));
    holds(!none, format!("{} not found where it is not", word.show()), || elsewhere.show())
}

fn no_words(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for text in WORDLESS {
        same(&format!("terms of the query {}", text.show()), &probe.query(text)?, &Vec::new())?;
    }
    Ok(())
}

fn no_terms(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for text in WORDLESS {
        let tokens = document(probe, text)?;
        same(&format!("terms of the document {}", text.show()), &tokens, &Vec::new())?;
    }
    Ok(())
}

/// Pieces of all texts, glued together anywhere.
fn random_mixes(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let letters: Vec<char> = TEXTS.iter().chain(&WORDLESS).flat_map(|text| text.chars()).collect();
    for _ in 0..40 {
        let length = probe.number(60);
        let text: String = (0..length).filter_map(|_| probe.pick(&letters).copied()).collect();
        let tokens = document(probe, &text)?;
        sound(&text, &tokens)?;
        found_in(probe, &text, &text)?;
    }
    Ok(())
}

/// A megabyte without a break, where a tokenizer that looks back at each letter never ends.
fn long_runs(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for letter in ["a", "é", "漢", "ア", "ก", "\u{301}", "\u{200d}", "👍", "🇩", " ", "."]
    {
        let text = letter.repeat((1 << 20) / letter.len());
        let tokens = document(probe, &text)?;
        sound(&text, &tokens)?;
    }
    Ok(())
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
    same("the terms of a text, after a refusal", &document(probe, &word)?, &before)
}

/// As long as a text may be, and one character over and over. Writing without spaces is left out:
/// its tokens alone may need more memory than a plugin is granted.
fn longest_run(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = usize::try_from(probe.describe()?.max_text_bytes.min(MAX_TEXT)).unwrap_or(0);
    for letter in ["a", "é", "\u{301}", "\u{200d}", "\u{0}", " "] {
        let text = letter.repeat(most / letter.len());
        let tokens = document(probe, &text)?;
        sound(&text, &tokens)?;
        found_in(probe, &text, &text)?;
    }
    Ok(())
}
