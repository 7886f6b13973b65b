//! `store` and `batching`.

use wirt_contract::Answer;
use wirt_contract::batching::Batching;
use wirt_contract::store::{CheckPage, Description, Store};

use super::super::{Probe, Show};

impl Store for Probe<'_> {
    fn describe(&mut self) -> Answer<Description> {
        self.call("store.describe()".into(), |plugin| plugin.store()?.describe())
    }

    fn close(&mut self) -> Answer<()> {
        let answer = self.call("store.close()".into(), |plugin| plugin.store()?.close());
        self.closed = true;
        answer
    }

    fn check(&mut self, after: Option<&str>, budget: u32) -> Answer<CheckPage> {
        self.call(format!("store.check({}, {budget})", after.show()), |plugin| {
            plugin.store()?.check(after, budget)
        })
    }
}

impl Batching for Probe<'_> {
    fn begin(&mut self) -> Answer<()> {
        let answer = self.call("batching.begin()".into(), |plugin| plugin.batching()?.begin());
        self.in_batch |= answer.is_ok();
        answer
    }

    fn flush(&mut self) -> Answer<()> {
        let answer = self.call("batching.flush()".into(), |plugin| plugin.batching()?.flush());
        self.in_batch = false;
        answer
    }
}
