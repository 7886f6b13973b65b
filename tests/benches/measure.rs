//! Measuring variants against each other in one run: they take turns, so that whatever else the
//! machine does meets all of them; a figure is the median of the rounds' ratios.
//!
//! Not here: what is measured.

use std::time::Duration;

/// One variant's durations, round by round.
pub(crate) struct Series {
    rounds: Vec<Vec<Duration>>,
}

/// Something that is measured: its name, and one round of it.
pub(crate) type Variant<'a> = (&'a str, Box<dyn FnMut() -> Vec<Duration> + 'a>);

/// Lets the variants take turns and prints a line for each.
pub(crate) fn interleaved<const N: usize>(
    rounds: usize,
    mut variants: [Variant<'_>; N],
) -> [Series; N] {
    let mut all = [const { Vec::new() }; N];
    for _ in 0..rounds {
        for ((_, round), series) in variants.iter_mut().zip(&mut all) {
            series.push(round());
        }
    }
    let all = all.map(Series::of);
    for ((name, _), series) in variants.iter().zip(&all) {
        series.print(name);
    }
    all
}

impl Series {
    pub(crate) fn of(rounds: Vec<Vec<Duration>>) -> Self {
        Self { rounds }
    }

    /// The duration below which this part of all of them lies.
    pub(crate) fn quantile(&self, part: f64) -> Duration {
        quantile(self.rounds.iter().flatten().copied().collect(), part)
    }

    fn medians(&self) -> Vec<Duration> {
        self.rounds.iter().map(|round| quantile(round.clone(), 0.5)).collect()
    }

    /// How many times as long this took as `other`: median of the rounds, and the two quartiles.
    pub(crate) fn over(&self, other: &Self) -> Ratio {
        let pairs = self.medians().into_iter().zip(other.medians());
        Ratio::of(pairs.map(|(own, other)| own.as_secs_f64() / other.as_secs_f64()).collect())
    }

    fn print(&self, name: &str) {
        let medians = self.medians();
        println!(
            "{name:<34} p50 {:>10} p99 {:>10} n {:>6}; median of a round {} to {}",
            shown(self.quantile(0.5)),
            shown(self.quantile(0.99)),
            self.rounds.iter().map(Vec::len).sum::<usize>(),
            shown(medians.iter().copied().min().unwrap_or_default()),
            shown(medians.iter().copied().max().unwrap_or_default()),
        );
    }
}

/// A ratio over rounds.
pub(crate) struct Ratio {
    pub(crate) median: f64,
    quartiles: [f64; 2],
}

impl Ratio {
    fn of(mut rounds: Vec<f64>) -> Self {
        rounds.sort_by(f64::total_cmp);
        let at = |part| rounds.get(position(rounds.len(), part)).copied().unwrap_or(f64::NAN);
        Self { median: at(0.5), quartiles: [at(0.25), at(0.75)] }
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [low, high] = self.quartiles;
        write!(f, "{:.2}x (quartiles of the rounds {low:.2} to {high:.2})", self.median)
    }
}

fn quantile(mut durations: Vec<Duration>, part: f64) -> Duration {
    durations.sort();
    durations.get(position(durations.len(), part)).copied().unwrap_or_default()
}

fn position(len: usize, part: f64) -> usize {
    (len.saturating_sub(1) as f64 * part).round() as usize
}

/// Runs it once.
pub(crate) fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let began = std::time::Instant::now();
    let value = run();
    (value, began.elapsed())
}

/// A duration with three figures.
pub(crate) fn shown(duration: Duration) -> String {
    let nanos = duration.as_secs_f64() * 1e9;
    let (value, unit) = match nanos {
        ..1e3 => (nanos, "ns"),
        ..1e6 => (nanos / 1e3, "us"),
        ..1e9 => (nanos / 1e6, "ms"),
        _ => (nanos / 1e9, "s"),
    };
    let places = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.places$} {unit}")
}
