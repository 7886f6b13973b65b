//! An embedder with a gate before it: something is done between a question and its answer.

use wirt_contract::{
    Answer,
    embedder::{Description, Embedder},
};

pub(crate) struct Gate<'a> {
    pub(crate) inner: &'a mut dyn Embedder,
    pub(crate) between: &'a mut dyn FnMut(&[String]) -> Answer<()>,
}

impl Embedder for Gate<'_> {
    fn describe(&mut self) -> Answer<Description> {
        self.inner.describe()
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        (self.between)(texts)?;
        self.inner.documents(texts)
    }

    fn query(&mut self, text: &str) -> Answer<Vec<f32>> {
        self.inner.query(text)
    }
}
