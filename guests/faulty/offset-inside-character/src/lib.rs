//! Wrong: a token whose last character has several bytes ends inside that character.
//! Caught by `tokenizer/offsets-within-text` (`tokenizer.offsets.bounds`).

use faulty_base::text::Words;
use wirt_sdk::contract::Answer;
use wirt_sdk::contract::tokenizer::{Description, Token, Tokenizer};

struct OffsetInside;

fn wrong(text: &str, tokens: Vec<Token>) -> Vec<Token> {
    let moved = |token: Token| {
        let last = usize::try_from(token.end).unwrap_or_default() - 1;
        let inside = !text.is_char_boundary(last);
        Token { end: if inside { token.end - 1 } else { token.end }, ..token }
    };
    tokens.into_iter().map(moved).collect()
}

impl Tokenizer for OffsetInside {
    fn describe(&mut self) -> Answer<Description> {
        Words.describe()
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>> {
        let lists = Words.documents(texts)?;
        Ok(texts.iter().zip(lists).map(|(text, tokens)| wrong(text, tokens)).collect())
    }

    fn query(&mut self, text: &str) -> Answer<Vec<Token>> {
        Ok(wrong(text, Words.query(text)?))
    }
}

wirt_sdk::export_tokenizer!(|| OffsetInside);
