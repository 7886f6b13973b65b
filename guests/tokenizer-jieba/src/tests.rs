use std::collections::HashSet;

use wirt_contract::Failure;
use wirt_contract::tokenizer::{MIN_MAX_BATCH, MIN_MAX_TEXT_BYTES};

use super::*;

const TEXTS: [&str; 8] = [
    "",
    "The RFC says: don't.",
    "我来到北京清华大学，2026年学习Rust语言。",
    "長春市長春藥店與臺北市",
    "東京タワー and 食べ物, 3.14 km",
    "서울에서 Ünder\r\n葛\u{E0100} naïve 北京\u{FE0F}大学",
    "สวัสดี ça va? \u{345}x",
    "𠮷野家で🦀 İstanbul ẞ 㐂㐁〇",
];

fn query(text: &str) -> Vec<String> {
    let tokens = JiebaTokenizer.query(text).unwrap();
    tokens.into_iter().map(|token| token.term).collect()
}

#[test]
fn chinese_is_cut_by_the_dictionary_and_all_else_is_not() {
    assert_eq!(query("我来到北京，Don't PANIC"), ["我", "来到", "北京", "don't", "panic"]);
    assert_eq!(query("Rust语言v2入门"), ["rust", "语言", "v2", "入门"]);
    // Japanese and Korean keep their pairs.
    assert_eq!(query("大学に"), ["大学", "学に"]);
    assert_eq!(query("大学서"), ["大学", "学서"]);
}

#[test]
fn offsets_are_in_order_and_on_the_edges_of_characters() {
    for text in TEXTS {
        let dictionary = dictionary().unwrap();
        for grams in [Grams::All, Grams::Longest] {
            let tokens = tokens(&dictionary, text, grams).unwrap();
            let places: Vec<_> = tokens.iter().map(|token| (token.start, token.end)).collect();
            // Strictly: no term stands twice in a place.
            assert!(places.is_sorted_by(|one, next| one < next), "{text:?} {places:?}");
            for Token { term, start, end } in tokens {
                let slice = text.get(start as usize..end as usize).unwrap();
                assert_eq!(term, slice.to_lowercase(), "{text:?}");
                assert!(!term.is_empty());
            }
        }
    }
}

#[test]
fn every_term_of_a_query_is_among_those_of_the_document() {
    for text in TEXTS.map(str::to_owned).into_iter().chain(["的药店".repeat(10_000)]) {
        let document = JiebaTokenizer.documents(std::slice::from_ref(&text)).unwrap();
        let terms: HashSet<&str> = document[0].iter().map(|token| token.term.as_str()).collect();
        for token in JiebaTokenizer.query(&text).unwrap() {
            assert!(terms.contains(token.term.as_str()), "{token:?}");
        }
    }
}

#[test]
fn a_character_a_word_within_and_a_name_find_their_document() {
    let text = "小明在杭研大厦喝绿茶，毕业于中国科学院。";
    let document = JiebaTokenizer.documents(&[text.to_owned()]).unwrap();
    let terms: HashSet<&str> = document[0].iter().map(|token| token.term.as_str()).collect();
    for asked in ["茶", "科学", "小明", "杭研", "科学院"] {
        let query = query(asked);
        assert!(
            !query.is_empty() && query.iter().all(|term| terms.contains(term.as_str())),
            "{asked}"
        );
    }
}

#[test]
fn bounds_hold_the_contracts_floor_and_are_kept() {
    let description = JiebaTokenizer.describe().unwrap();
    assert!(description.max_text_bytes >= MIN_MAX_TEXT_BYTES);
    assert!(description.max_batch >= MIN_MAX_BATCH);

    let invalid = |answer: Failure| matches!(answer, Failure::Error(Error::Invalid(_)));
    let long = " ".repeat(MAX_TEXT_BYTES);
    assert_eq!(JiebaTokenizer.query(&long).unwrap(), []);
    assert!(invalid(JiebaTokenizer.query(&(long + " ")).unwrap_err()));
    let many = vec![String::new(); MAX_BATCH];
    assert_eq!(JiebaTokenizer.documents(&many).unwrap().len(), MAX_BATCH);
    let too_many = vec![String::new(); MAX_BATCH + 1];
    assert!(invalid(JiebaTokenizer.documents(&too_many).unwrap_err()));
}
