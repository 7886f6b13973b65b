//! Tokens used: sums by source and model, what does not fit, and how they are read.

use wirt_contract::sessions::{NewCommit, Refusal, Sessions, Usage, UsageCursor};
use wirt_contract::{SessionId, StoreId};

use super::case;
use super::stage::{
    PAGE, append, commit, plain, planted, refuses, seen, session_id, unchanged, usage, usage_by,
    used,
};
use crate::expect::{Kind, refused, same};
use crate::{Case, Probe, Stop};

pub(super) const CASES: &[Case] = &[
    case("sessions/usage-is-summed", "sessions.usage.sums", "wirt", summed),
    case("sessions/usage-is-summed-within-a-commit", "sessions.usage.sums", "wirt", within),
    case("sessions/usage-by-source-then-model", "sessions.usage.sums", "wirt", order),
    case("sessions/usage-in-pages", "sessions.usage.sums", "wirt", in_pages),
    case("sessions/usage-limit-zero-is-invalid", "sessions.usage.sums", "wirt", limit_zero),
    case("sessions/usage-without-zeros", "sessions.usage.no-zeros", "wirt", no_zeros),
    case("sessions/usage-up-to-64-bits", "sessions.commit.usage", "wirt", whole),
    case("sessions/usage-overflow-is-refused", "sessions.commit.usage", "wirt", overflow),
    case("sessions/usage-overflow-within-a-commit", "sessions.commit.usage", "wirt", over_within),
];

/// Commits these uses.
fn spend(
    probe: &mut Probe<'_>,
    store: &StoreId,
    session: &SessionId,
    usage: &[Usage],
) -> Result<(), Stop> {
    let turn = NewCommit { usage: usage.to_vec(), ..plain(probe, session) };
    commit(probe, store, &turn).map(drop)
}

fn summed(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    spend(probe, &store, &session, &[used("turn", "m", [1, 20, 300, 4_000])])?;
    spend(probe, &store, &session, &[used("turn", "n", [5, 0, 0, 0])])?;
    spend(probe, &store, &session, &[])?;
    spend(
        probe,
        &store,
        &session,
        &[used("turn", "m", [10, 10, 10, 10]), used("tool", "m", [0, 0, 0, 7])],
    )?;
    let expected = vec![
        used("tool", "m", [0, 0, 0, 7]),
        used("turn", "m", [11, 30, 310, 4_010]),
        used("turn", "n", [5, 0, 0, 0]),
    ];
    same("the usage", &usage(probe, &store)?, &expected)
}

fn within(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    spend(probe, &store, &session, &[used("turn", "m", [100, 0, 0, 0])])?;
    let thrice = [
        used("turn", "m", [1, 2, 3, 4]),
        used("turn", "n", [9, 9, 9, 9]),
        used("turn", "m", [10, 20, 30, 40]),
        used("turn", "m", [0, 0, 0, 0]),
    ];
    spend(probe, &store, &session, &thrice)?;
    let expected = vec![used("turn", "m", [111, 22, 33, 44]), used("turn", "n", [9, 9, 9, 9])];
    same("the usage", &usage(probe, &store)?, &expected)
}

fn order(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let mut uses = Vec::new();
    // Where one source begins with another, joined names must not decide.
    for (source, model) in [
        ("b", "a"),
        ("a", "z"),
        ("ab", "a"),
        ("a", "b"),
        ("a\u{0}", "b"),
        ("é", "a"),
        ("B", "z"),
        ("a", "é"),
        ("a", "b\u{0}"),
        ("a", "ba"),
    ] {
        uses.push(used(source, model, [1, 0, 0, 0]));
    }
    spend(probe, &store, &session, &uses)?;
    uses.sort_by(|one, other| one.of.cmp(&other.of));
    same("the usage", &usage(probe, &store)?, &uses)
}

fn in_pages(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let mut expected: Vec<Usage> = Vec::new();
    for number in 0..7 {
        let source = format!("source{}", number / 3);
        expected.push(used(&source, &format!("model{number}"), [number, 1, 0, 0]));
    }
    spend(probe, &store, &session, &expected)?;
    for limit in [1, 2, 6, 7, 8, PAGE, u32::MAX] {
        let found = usage_by(probe, &store, limit)?;
        same(&format!("the usage in pages of {limit}"), &found, &expected)?;
    }
    // `after` is a place, whether or not something is there.
    let nobody = UsageCursor { source: "source1".into(), model: "model33".into() };
    let rest = probe.load_usage(&store, Some(&nobody), PAGE)?;
    same("what comes after `source1`, `model33`", &rest, &expected.split_off(4))
}

fn limit_zero(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    refused("usage of limit 0", probe.load_usage(&store, None, 0), Kind::Invalid)?;
    let session = session_id(probe);
    spend(probe, &store, &session, &[used("turn", "m", [1, 1, 1, 1])])?;
    refused("usage of limit 0", probe.load_usage(&store, None, 0), Kind::Invalid)
}

fn no_zeros(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    let zero = |model| used("turn", model, [0, 0, 0, 0]);
    spend(probe, &store, &session, &[zero("m"), used("turn", "n", [0, 0, 0, 1]), zero("o")])?;
    for limit in [1, PAGE] {
        let found = usage_by(probe, &store, limit)?;
        same("the usage", &found, &vec![used("turn", "n", [0, 0, 0, 1])])?;
    }
    spend(probe, &store, &session, &[used("turn", "m", [0, 1, 0, 0]), zero("n")])?;
    let expected = vec![used("turn", "m", [0, 1, 0, 0]), used("turn", "n", [0, 0, 0, 1])];
    same("the usage", &usage(probe, &store)?, &expected)
}

/// One of the four numbers, and no others.
fn only(place: usize, number: u64) -> [u64; 4] {
    let mut numbers = [0; 4];
    if let Some(one) = numbers.get_mut(place) {
        *one = number;
    }
    numbers
}

fn whole(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    spend(probe, &store, &session, &[used("turn", "m", [u64::MAX - 3; 4])])?;
    spend(probe, &store, &session, &[used("turn", "m", [1; 4]), used("turn", "m", [2; 4])])?;
    let all = vec![used("turn", "m", [u64::MAX; 4])];
    same("the usage", &usage(probe, &store)?, &all)?;
    spend(probe, &store, &session, &[used("turn", "m", [0; 4])])?;
    same("the usage", &usage(probe, &store)?, &all)
}

fn overflow(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = planted(probe, &store, append(&[("a", None)], Some("a")))?;
    for place in 0..4 {
        let model = format!("m{place}");
        spend(probe, &store, &session, &[used("turn", &model, only(place, u64::MAX - 1))])?;
        let before = seen(probe, &store, &session)?;
        let turn = NewCommit {
            usage: vec![used("turn", "m", [1; 4]), used("turn", &model, only(place, 2))],
            ..plain(probe, &session)
        };
        let of = UsageCursor { source: "turn".into(), model };
        refuses(probe, &store, &turn, Refusal::UsageOverflow(of))?;
        unchanged(probe, &store, &session, &before)?;
    }
    Ok(())
}

fn over_within(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let session = session_id(probe);
    for place in 0..4 {
        let half = || used("turn", "m", only(place, 1 << 63));
        let turn = NewCommit { usage: vec![half(), half()], ..plain(probe, &session) };
        let of = UsageCursor { source: "turn".into(), model: "m".into() };
        refuses(probe, &store, &turn, Refusal::UsageOverflow(of))?;
    }
    same("the session", &probe.load(&store)?, &None)?;
    same("the usage", &usage(probe, &store)?, &Vec::new())
}
