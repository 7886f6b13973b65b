//! `transfer`.

use wirt_contract::Answer;
use wirt_contract::transfer::{Page, Row, Transfer};

use super::super::{Probe, Show};

impl Transfer for Probe<'_> {
    fn export(&mut self, after: Option<&str>, budget: u32) -> Answer<Page> {
        let line = format!("transfer.export({}, {budget})", after.show());
        self.call(line, |plugin| plugin.transfer()?.export(after, budget))
    }

    fn begin_import(&mut self) -> Answer<()> {
        let line = "transfer.begin-import()".to_owned();
        self.call(line, |plugin| plugin.transfer()?.begin_import())
    }

    fn import_rows(&mut self, rows: &[Row]) -> Answer<()> {
        let line = format!("transfer.import-rows({})", rows.show());
        self.call(line, |plugin| plugin.transfer()?.import_rows(rows))
    }

    fn finish_import(&mut self, rows: u64) -> Answer<()> {
        let line = format!("transfer.finish-import({rows})");
        self.call(line, |plugin| plugin.transfer()?.finish_import(rows))
    }
}
