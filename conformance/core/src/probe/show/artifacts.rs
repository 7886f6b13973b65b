//! Values of `artifacts`.

use wirt_contract::artifacts::{Artifact, ProcessExport};

use super::Show;

impl Show for ProcessExport {
    fn show(&self) -> String {
        format!("{}: {}", self.name.show(), self.process_ref.show())
    }
}

impl Show for Artifact {
    fn show(&self) -> String {
        format!(
            "{} needs {} exports {} content {}",
            self.module_ref.show(),
            self.required_surface_ref.show(),
            self.exports.show(),
            self.content.show()
        )
    }
}
