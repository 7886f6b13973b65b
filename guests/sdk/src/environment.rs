//! What a store reads from the environment it is granted.
//!
//! Not here: which environment that is. The host grants it (`grants.env` in `wirt.toml`), and a
//! plugin that is granted none has the defaults.

use wirt_contract::attachment_manifest::Retention;

/// Says what a store does with intents: `kept` (as without it) or `none`.
pub const ATTACHMENT_MANIFEST: &str = "WIRT_ATTACHMENT_MANIFEST";

/// What [`ATTACHMENT_MANIFEST`] asks for.
///
/// # Errors
/// [`Unknown`]: it has another value. A store goes on without its data then, so that whoever
/// granted it is told at the first call.
pub fn retention() -> Result<Retention, Unknown> {
    let granted = std::env::var_os(ATTACHMENT_MANIFEST);
    retention_of(granted.map(|value| value.to_string_lossy().into_owned()))
}

fn retention_of(granted: Option<String>) -> Result<Retention, Unknown> {
    match granted.as_deref() {
        None | Some("kept") => Ok(Retention::Kept),
        Some("none") => Ok(Retention::None),
        Some(_) => Err(Unknown {
            variable: ATTACHMENT_MANIFEST,
            expected: "\"kept\" or \"none\"",
            found: granted.unwrap_or_default(),
        }),
    }
}

/// A variable has a value that it cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the environment variable {variable} is {found:?}, expected {expected}; grant one of these, or leave it out"
)]
pub struct Unknown {
    /// The variable.
    variable: &'static str,
    /// The values it can have.
    expected: &'static str,
    /// The one it has.
    found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(granted: &str) -> Result<Retention, Unknown> {
        retention_of(Some(granted.to_owned()))
    }

    #[test]
    fn intents_are_kept_unless_none_is_asked_for() {
        assert_eq!(retention_of(None), Ok(Retention::Kept));
        assert_eq!(of("kept"), Ok(Retention::Kept));
        assert_eq!(of("none"), Ok(Retention::None));
    }

    #[test]
    fn any_other_value_is_named_with_those_that_would_do() {
        for found in ["", "None", "no", " kept"] {
            let error = of(found).unwrap_err().to_string();
            let shown =
                format!("WIRT_ATTACHMENT_MANIFEST is {found:?}, expected \"kept\" or \"none\"");
            assert!(error.contains(&shown), "{error}");
        }
    }
}
