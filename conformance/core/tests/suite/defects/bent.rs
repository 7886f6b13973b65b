//! Subjects with a defect: a bent ledger, and two text plugins in which single calls can be bent.

use wirt_contract::store::Durability;
use wirt_contract::tokenizer::{self, Token, Tokenizer};
use wirt_contract::{Answer, Interface, Interfaces, Plugin, embedder};
use wirt_faulty_ledger::{Bend, Bent, Data, World};

use crate::subjects::{Cells, Ground, Native, Words};

/// A subject over ledgers of this durability, bent. What the bends note stays with the subject.
pub(super) fn bent(name: &str, durability: Durability, bend: Bend) -> Native {
    let mut first: Option<World> = None;
    Native::new(name, move |ground: Ground| {
        let data = match durability {
            Durability::Durable => Data::over(&ground.data),
            Durability::Inline => Data::default(),
        };
        let time = ground.time;
        let world = first
            .get_or_insert_with(|| World::new(durability, Data::default(), move || time.now()))
            .over(data);
        Box::new(Bent::new(world, bend))
    })
}

/// One list a text.
type Tokens = Vec<Vec<Token>>;
/// One vector a text.
type Vectors = Vec<Vec<f32>>;

/// How a tokenizer's calls are answered; the number counts calls of the instance's life.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    pub(super) describe: fn(u32) -> Answer<tokenizer::Description>,
    pub(super) documents: fn(u32, &[String]) -> Answer<Tokens>,
    pub(super) query: fn(u32, &str) -> Answer<Vec<Token>>,
}

pub(super) const CUT: Cut = Cut {
    describe: |_| Words.describe(),
    documents: |_, texts| Words.documents(texts),
    query: |_, text| Words.query(text),
};

/// A tokenizer with a defect.
pub(super) struct BentWords(pub(super) Cut, pub(super) u32);

impl Tokenizer for BentWords {
    fn describe(&mut self) -> Answer<tokenizer::Description> {
        self.1 += 1;
        (self.0.describe)(self.1)
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<Token>>> {
        self.1 += 1;
        (self.0.documents)(self.1, texts)
    }

    fn query(&mut self, text: &str) -> Answer<Vec<Token>> {
        self.1 += 1;
        (self.0.query)(self.1, text)
    }
}

impl Plugin for BentWords {
    fn interfaces(&self) -> Interfaces {
        [Interface::Tokenizer].into_iter().collect()
    }

    fn tokenizer(&mut self) -> Answer<&mut dyn Tokenizer> {
        Ok(self)
    }
}

/// How an embedder's calls are answered.
#[derive(Clone, Copy)]
pub(super) struct Embed {
    pub(super) describe: fn(u32) -> Answer<embedder::Description>,
    pub(super) documents: fn(u32, &[String]) -> Answer<Vectors>,
    pub(super) query: fn(u32, &str) -> Answer<Vec<f32>>,
}

pub(super) const EMBED: Embed = Embed {
    describe: |_| embedder::Embedder::describe(&mut Cells),
    documents: |_, texts| embedder::Embedder::documents(&mut Cells, texts),
    query: |_, text| embedder::Embedder::query(&mut Cells, text),
};

/// An embedder with a defect.
pub(super) struct BentCells(pub(super) Embed, pub(super) u32);

impl embedder::Embedder for BentCells {
    fn describe(&mut self) -> Answer<embedder::Description> {
        self.1 += 1;
        (self.0.describe)(self.1)
    }

    fn documents(&mut self, texts: &[String]) -> Answer<Vec<Vec<f32>>> {
        self.1 += 1;
        (self.0.documents)(self.1, texts)
    }

    fn query(&mut self, text: &str) -> Answer<Vec<f32>> {
        self.1 += 1;
        (self.0.query)(self.1, text)
    }
}

impl Plugin for BentCells {
    fn interfaces(&self) -> Interfaces {
        [Interface::Embedder].into_iter().collect()
    }

    fn embedder(&mut self) -> Answer<&mut dyn embedder::Embedder> {
        Ok(self)
    }
}
