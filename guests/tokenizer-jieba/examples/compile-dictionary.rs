//! Writes `dictionary/words.fst` from jieba's `dict.txt`: `dictionary/README.md` says where that is
//! from and how to run this.

use std::error::Error;
use std::path::Path;

use wirt_tokenizer_jieba::chinese::is_chinese;

/// Steps of a cost in one unit of the natural logarithm.
const STEPS: f64 = 1_024.0;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(from), Some(to), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("expected two arguments: dict.txt, and the file to write".into());
    };
    let compiled = compile(&std::fs::read_to_string(Path::new(&from))?)?;
    Ok(std::fs::write(Path::new(&to), compiled)?)
}

/// Lines of a word, how often it was seen, and its kind, into words and costs. Words with letters
/// other than Han are left out, because no run of Chinese holds one.
fn compile(text: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut words: Vec<(&str, u32)> = Vec::new();
    for line in text.lines() {
        let mut fields = line.split(' ');
        let (Some(word), Some(count)) = (fields.next(), fields.next()) else {
            return Err(format!("expected a word and a count, found {line:?}").into());
        };
        words.push((word, count.parse()?));
    }
    let total: f64 = words.iter().map(|(_, count)| f64::from(*count)).sum();
    words.retain(|(word, _)| is_chinese(word));
    words.sort_unstable();
    let mut compiled = fst::MapBuilder::memory();
    for (word, count) in words {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count is 1 or more and at most the total, so this is 0 to some millions"
        )]
        let cost = ((total / f64::from(count.max(1))).ln() * STEPS).round() as u64;
        compiled.insert(word, cost)?;
    }
    Ok(compiled.into_inner()?)
}
