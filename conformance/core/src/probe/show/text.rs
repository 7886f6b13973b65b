//! Values of `tokenizer` and `embedder`.

use wirt_contract::tokenizer::Token;
use wirt_contract::{embedder, tokenizer};

use super::Show;

impl Show for tokenizer::Description {
    fn show(&self) -> String {
        format!("{}; text {} bytes; batch {}", self.id.show(), self.max_text_bytes, self.max_batch)
    }
}

impl Show for embedder::Description {
    fn show(&self) -> String {
        format!(
            "{} [{}]; text {} bytes; batch {}",
            self.model.show(),
            self.dimension,
            self.max_text_bytes,
            self.max_batch
        )
    }
}

impl Show for Token {
    fn show(&self) -> String {
        format!("{}@{}..{}", self.term.show(), self.start, self.end)
    }
}
