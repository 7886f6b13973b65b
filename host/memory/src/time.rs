//! Timestamps as the daily logs write them. The clock itself is the caller's.

use jiff::{Timestamp, civil, tz::TimeZone};
use wirt_contract::EpochMs;

/// Reads an ISO 8601 time; one without an offset is UTC. `None` where it is none, or before 1970.
pub(crate) fn parse(text: &str) -> Option<EpochMs> {
    let text = text.trim();
    let at = text.parse::<Timestamp>().ok().or_else(|| {
        let local: civil::DateTime = text.parse().ok()?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })?;
    u64::try_from(at.as_millisecond()).ok().map(EpochMs)
}

/// `2026-05-18T07:04:26+00:00`, with microseconds where the second is not whole. `None` where the
/// time lies beyond the year 9999.
pub(crate) fn iso(at: EpochMs) -> Option<String> {
    let time = timestamp(at)?;
    let form =
        if at.0.is_multiple_of(1_000) { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%dT%H:%M:%S%.6f" };
    Some(format!("{}+00:00", time.strftime(form)))
}

/// `2026-05-18` in UTC.
pub(crate) fn date(at: EpochMs) -> Option<String> {
    Some(timestamp(at)?.strftime("%Y-%m-%d").to_string())
}

fn timestamp(at: EpochMs) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(at.0).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        for (text, ms) in [
            ("2026-05-18T07:04:26+00:00", 1_779_087_866_000),
            ("2026-05-18T07:04:26.029000+00:00", 1_779_087_866_029),
        ] {
            assert_eq!(parse(text), Some(EpochMs(ms)), "{text}");
            assert_eq!(iso(EpochMs(ms)).as_deref(), Some(text));
        }
        assert_eq!(date(EpochMs(1_779_087_866_000)).as_deref(), Some("2026-05-18"));
    }

    #[test]
    fn offsets_count_and_none_means_utc() {
        assert_eq!(parse("1970-01-01T02:00:00+02:00"), Some(EpochMs(0)));
        assert_eq!(parse("1970-01-01T00:00:01Z"), Some(EpochMs(1_000)));
        assert_eq!(parse("1970-01-01T00:00:01"), Some(EpochMs(1_000)));
        assert_eq!(parse("1970-01-02"), Some(EpochMs(86_400_000)));
        assert_eq!(parse("1969-12-31T23:59:59Z"), None);
        assert_eq!(parse("yesterday"), None);
    }
}
