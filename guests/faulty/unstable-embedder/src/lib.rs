//! Wrong: a text's vector changes, by very little, with the number of calls before.
//! Caught by `embedder/pure` (`embedder.pure`).

use faulty_base::text::Counts;
use wirt_sdk::contract::Answer;
use wirt_sdk::contract::embedder::{Description, Embedder};

/// What a call adds. Small enough to change no ranking: only the bits tell.
const DRIFT: f32 = 1.0 / 65_536.0;

#[derive(Default)]
struct Unstable {
    drift: f32,
}

impl Unstable {
    fn drifted(&mut self, vectors: &mut [Vec<f32>]) {
        self.drift += DRIFT;
        for number in vectors.iter_mut().filter_map(|vector| vector.first_mut()) {
            *number += self.drift;
        }
    }
}

impl Embedder for Unstable {
    fn describe(&mut self) -> Answer<Description> {
        Counts.describe()
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        let mut vectors = Counts.documents(texts)?;
        self.drifted(&mut vectors);
        Ok(vectors)
    }

    fn query(&mut self, text: &str) -> Answer<Vec<f32>> {
        let mut vector = Counts.query(text)?;
        self.drifted(std::slice::from_mut(&mut vector));
        Ok(vector)
    }
}

wirt_sdk::export_embedder!(Unstable::default);
