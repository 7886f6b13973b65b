//! Wrong: every vector of a batch but the first has one number too many.
//! Caught by `embedder/vectors-have-the-dimension` (`embedder.dimension`).

use faulty_base::text::Counts;
use wirt_sdk::contract::Answer;
use wirt_sdk::contract::embedder::{Description, Embedder};

struct WrongDimension;

impl Embedder for WrongDimension {
    fn describe(&mut self) -> Answer<Description> {
        Counts.describe()
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        let mut vectors = Counts.documents(texts)?;
        for vector in vectors.iter_mut().skip(1) {
            vector.push(0.0);
        }
        Ok(vectors)
    }

    fn query(&mut self, text: &str) -> Answer<Vec<f32>> {
        Counts.query(text)
    }
}

wirt_sdk::export_embedder!(|| WrongDimension);
