//! The report as text for people: a table of areas, then each trouble with its history.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::{CaseResult, Counts, Outcome, Report, RunLevel, Verdict};

/// Troubles that are shown whole; the clearest come first, and the rest are named.
const SHOWN_TROUBLES: usize = 3;
/// Calls of a history that are shown: the last ones, as they led to what was found.
const SHOWN_CALLS: usize = 24;
/// Digits of a digest that people are shown.
const SHOWN_DIGEST: usize = 12;

/// The report as text. With `color` it holds ANSI colours, for a terminal.
pub fn render(report: &Report, color: bool) -> String {
    let paint = Paint { color };
    let mut text = String::new();
    head(&mut text, report);
    table(&mut text, report, &paint);
    troubles(&mut text, report, &paint);
    quiet(&mut text, report);
    let verdict = match report.verdict {
        Verdict::Conformant => paint.green(&report.verdict.to_string()),
        Verdict::Inconclusive => paint.yellow(&report.verdict.to_string()),
        Verdict::NotConformant | Verdict::HarnessError => paint.red(&report.verdict.to_string()),
    };
    let selected = match &report.settings.case {
        Some(glob) => format!(", as far as the cases `{glob}` go"),
        None => String::new(),
    };
    line(&mut text, format_args!("\n{}: {verdict}{selected}", report.component.name));
    text
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{content}");
}

fn head(text: &mut String, report: &Report) {
    let component = &report.component;
    let digest = component.sha256.as_deref().map_or_else(String::new, |sha256| {
        format!(" (sha256 {})", sha256.get(..SHOWN_DIGEST).unwrap_or(sha256))
    });
    line(text, format_args!("{}{digest}", component.name));
    if component.interfaces.is_empty() {
        line(text, format_args!("  offers none of the contracts this suite knows"));
    } else {
        line(text, format_args!("  offers {}", component.interfaces.join(", ")));
    }
    if let Some(durability) = &component.durability {
        line(text, format_args!("  declares to be {durability}"));
    }
    let level = match report.settings.level {
        RunLevel::Load => "load",
        RunLevel::Standard => "standard",
    };
    let suite = &report.suite;
    line(
        text,
        format_args!(
            "  suite {} edition {} ({}), level {level}, seed {}\n",
            suite.name,
            suite.edition,
            suite.digest.get(..SHOWN_DIGEST).unwrap_or(&suite.digest),
            report.settings.seed
        ),
    );
}

fn table(text: &mut String, report: &Report, paint: &Paint) {
    let mut areas: Vec<(&str, Vec<&CaseResult>)> = Vec::new();
    for case in &report.cases {
        match areas.last_mut() {
            Some((area, cases)) if *area == case.area() => cases.push(case),
            _ => areas.push((case.area(), vec![case])),
        }
    }
    line(
        text,
        format_args!(
            "  {:<12}{:>6}{:>6}{:>6}{:>7}{:>6}{:>9}{:>7}{:>10}",
            "area", "cases", "pass", "fail", "fault", "skip", "not run", "error", "time"
        ),
    );
    for (area, cases) in areas {
        let counts = Counts::of(cases.iter().copied());
        let time: Duration = cases.iter().filter_map(|case| report.times.get(&case.id)).sum();
        let row = format!(
            "  {area:<12}{:>6}{:>6}{:>6}{:>7}{:>6}{:>9}{:>7}{:>7} ms",
            cases.len(),
            counts.pass,
            counts.fail,
            counts.fault,
            counts.skip,
            counts.not_run,
            counts.error,
            time.as_millis()
        );
        let bad = counts.fail + counts.fault + counts.error + counts.not_run > 0;
        line(text, format_args!("{}", if bad { paint.red(&row) } else { row }));
    }
}

/// The troubles with the shortest histories whole, the others by name.
fn troubles(text: &mut String, report: &Report, paint: &Paint) {
    let mut troubles: Vec<&CaseResult> =
        report.troubles().filter(|case| case.outcome != Outcome::NotRun).collect();
    troubles.sort_by_key(|case| {
        case.evidence.as_ref().map_or(usize::MAX, |evidence| evidence.history.len())
    });
    let (shown, named) = troubles.split_at(troubles.len().min(SHOWN_TROUBLES));
    for case in shown {
        trouble(text, case, paint);
    }
    if !named.is_empty() {
        let ids: Vec<&str> = named.iter().map(|case| case.id.as_str()).collect();
        line(
            text,
            format_args!("\nand {} more (one by one with --case): {}", ids.len(), ids.join(", ")),
        );
    }
}

fn trouble(text: &mut String, case: &CaseResult, paint: &Paint) {
    let outcome = paint.red(&case.outcome.to_string().to_uppercase());
    line(text, format_args!("\n{outcome} {}", paint.bold(&case.id)));
    line(text, format_args!("  rule      {} ({})", case.rule, case.source));
    if let Some(reason) = &case.reason {
        line(text, format_args!("  reason    {reason}"));
    }
    if let Some(evidence) = &case.evidence {
        line(text, format_args!("  put       {}", evidence.variation));
        line(text, format_args!("  history"));
        let left_out = evidence.history.len().saturating_sub(SHOWN_CALLS);
        if left_out > 0 {
            line(text, format_args!("         … {left_out} calls before, in the JSON report …"));
        }
        for (number, call) in evidence.history.iter().enumerate().skip(left_out) {
            line(text, format_args!("  {:>5}  {call}", number + 1));
        }
        line(text, format_args!("  expected  {}", paint.green(&evidence.expected)));
        line(text, format_args!("  found     {}", paint.red(&evidence.found)));
    }
}

/// Cases that say nothing, by reason.
fn quiet(text: &mut String, report: &Report) {
    let mut reasons: BTreeMap<(Outcome, &str), Vec<&str>> = BTreeMap::new();
    for case in &report.cases {
        if let (Outcome::Skip | Outcome::NotRun, Some(reason)) = (case.outcome, &case.reason) {
            reasons.entry((case.outcome, reason)).or_default().push(&case.id);
        }
    }
    for ((outcome, reason), cases) in reasons {
        line(text, format_args!("\n{outcome} ({reason}): {}", cases.join(", ")));
    }
}

/// ANSI colours, where they are wanted.
struct Paint {
    color: bool,
}

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.into() }
    }

    fn red(&self, text: &str) -> String {
        self.with("31", text)
    }

    fn green(&self, text: &str) -> String {
        self.with("32", text)
    }

    fn yellow(&self, text: &str) -> String {
        self.with("33", text)
    }

    fn bold(&self, text: &str) -> String {
        self.with("1", text)
    }
}
