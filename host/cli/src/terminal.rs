//! What people and scripts see: colour, progress, errors, lines on standard output.

use std::io::{IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Whether colours may be used on standard output: on a terminal, and where `NO_COLOR` is not set.
pub(crate) fn color() -> bool {
    std::io::stdout().is_terminal() && no_color().is_none()
}

fn no_color() -> Option<std::ffi::OsString> {
    std::env::var_os("NO_COLOR").filter(|value| !value.is_empty())
}

/// A line on standard output. Where nobody reads it any more (`wirt entries … | head`) the line is
/// dropped and the command goes on: its exit code has to be the true one.
///
/// # Errors
/// Where standard output cannot be written for another reason, a full disk for one.
pub(crate) fn line(text: impl std::fmt::Display) -> std::io::Result<()> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Text of a file or a plugin without control characters, which a terminal would obey.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A remark for people, on standard error.
pub(crate) fn note(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{}", plain(&text.to_string()));
}

/// An error: one line, and with `verbose` what lies behind it.
pub(crate) fn error(error: &anyhow::Error, verbose: bool) {
    note(format_args!("error: {}", one_line(&error.to_string())));
    if verbose {
        for cause in error.chain().skip(1) {
            note(format_args!("  caused by: {}", one_line(&cause.to_string())));
        }
    }
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A progress bar on a terminal; nothing in a pipe.
pub(crate) fn progress(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), target());
    if let Ok(style) = ProgressStyle::with_template("{prefix:9} [{bar:30}] {pos}/{len} {wide_msg}")
    {
        bar.set_style(style.progress_chars("=> "));
        bar.set_prefix(what);
    }
    bar
}

/// The same where nobody knows how much there is: a number that grows.
pub(crate) fn tally(what: &'static str, of: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, target());
    if let Ok(style) = ProgressStyle::with_template("{prefix:9} {pos} {wide_msg}") {
        bar.set_style(style);
        bar.set_prefix(what);
        bar.set_message(of);
    }
    bar
}

fn target() -> ProgressDrawTarget {
    if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    }
}
