//! The queue by itself.

use std::fs;

use tempfile::TempDir;
use wirt_contract::EpochMs;

use super::{Claim, MAX_ATTEMPTS, MAX_WAIT_MS, Queue, Settlement, retry_at};

const NOW: EpochMs = EpochMs(1_000_000);

fn queue() -> (TempDir, Queue) {
    let state = crate::testing::folder();
    let queue = Queue::open(state.path()).unwrap();
    (state, queue)
}

fn paths(claims: &[Claim]) -> Vec<&str> {
    claims.iter().map(|claim| claim.path.as_str()).collect()
}

#[test]
fn rows_are_claimed_in_the_order_of_their_last_suggestion() {
    let (_state, mut queue) = queue();
    queue.suggest(["a", "b", "c"], NOW).unwrap();
    queue.suggest(["a"], NOW).unwrap();
    let first = queue.claim(2, NOW).unwrap();
    assert_eq!(paths(&first), ["b", "c"]);
    assert!(first[0].seq < first[1].seq);
    let rest = queue.claim(2, NOW).unwrap();
    assert_eq!(paths(&rest), ["a"]);
    assert!(rest[0].seq > first[1].seq);
    assert_eq!(queue.claim(2, NOW).unwrap(), [], "a claimed row is claimed once");
}

#[test]
fn a_path_suggested_while_it_is_worked_on_is_worked_on_again() {
    let (state, mut queue) = queue();
    for settlement in [
        Settlement::Done,
        Settlement::Retry { attempts: 1, at: EpochMs(NOW.0 + 5) },
        Settlement::Release,
    ] {
        queue.suggest(["a"], NOW).unwrap();
        let claim = queue.claim(1, NOW).unwrap().remove(0);
        queue.suggest(["a"], NOW).unwrap();
        queue.settle(&[(claim.clone(), settlement)]).unwrap();
        assert_eq!(Queue::lag(state.path(), NOW).pending, 1, "{settlement:?}");
        let again = queue.claim(1, NOW).unwrap().remove(0);
        assert!(again.seq > claim.seq && again.attempts == 0);
        queue.settle(&[(claim, settlement)]).unwrap();
        assert_eq!(Queue::lag(state.path(), NOW).processing, 1, "{settlement:?}");
        queue.settle(&[(again, Settlement::Done)]).unwrap();
    }
    assert_eq!(Queue::lag(state.path(), NOW).pending, 0);
}

#[test]
fn a_number_is_given_once_even_when_its_row_is_gone() {
    let (state, mut queue) = queue();
    queue.suggest(["a"], NOW).unwrap();
    let old = queue.claim(1, NOW).unwrap().remove(0);
    queue.settle(&[(old.clone(), Settlement::Done)]).unwrap();
    drop(queue);
    let mut queue = Queue::open(state.path()).unwrap();
    queue.suggest(["a"], NOW).unwrap();
    queue.settle(&[(old, Settlement::Done)]).unwrap();
    assert_eq!(queue.claim(1, NOW).unwrap().len(), 1, "the late hand has ended another's row");
}

#[test]
fn what_was_worked_on_at_a_crash_is_pending_again() {
    let (state, mut queue) = queue();
    queue.suggest(["a", "b"], NOW).unwrap();
    queue.claim(1, NOW).unwrap();
    drop(queue);
    let mut queue = Queue::open(state.path()).unwrap();
    assert_eq!(paths(&queue.claim(5, NOW).unwrap()), ["a", "b"]);
}

#[test]
fn a_failed_path_waits_longer_each_time_and_then_no_more() {
    let (state, mut queue) = queue();
    queue.suggest(["a"], NOW).unwrap();
    let claim = queue.claim(1, NOW).unwrap().remove(0);
    let at = retry_at(1, NOW).unwrap();
    queue.settle(&[(claim, Settlement::Retry { attempts: 1, at })]).unwrap();
    assert_eq!(queue.next_due().unwrap(), Some(at));
    assert_eq!(Queue::lag(state.path(), NOW).waiting, 1);
    assert_eq!(queue.claim(1, EpochMs(at.0 - 1)).unwrap(), []);
    queue.fill(["a"], NOW).unwrap();
    assert_eq!(queue.claim(1, NOW).unwrap(), [], "a scan does not shorten a wait");
    let claim = queue.claim(1, at).unwrap().remove(0);
    assert_eq!(claim.attempts, 1);
    queue.settle(&[(claim, Settlement::Retry { attempts: 2, at })]).unwrap();
    let long_before = EpochMs(at.0 - MAX_WAIT_MS - 1);
    assert_eq!(queue.claim(1, long_before).unwrap().len(), 1, "the clock was set back");

    let waits: Vec<_> = (1..=MAX_ATTEMPTS).map(|tries| retry_at(tries, EpochMs(0))).collect();
    assert_eq!(waits[..3], [1_000, 2_000, 4_000].map(|at| Some(EpochMs(at))));
    assert_eq!(waits[10], Some(EpochMs(MAX_WAIT_MS)));
    assert_eq!(waits[11], None);
}

#[test]
fn a_suggestion_and_a_sync_end_a_wait() {
    let (_state, mut queue) = queue();
    for end in [
        &(|queue: &mut Queue| queue.suggest(["a"], NOW)) as &dyn Fn(&mut Queue) -> Result<(), _>,
        &|queue| queue.end_waits(),
    ] {
        queue.suggest(["a"], NOW).unwrap();
        let claim = queue.claim(1, NOW).unwrap().remove(0);
        let at = EpochMs(NOW.0 + 1_000);
        queue.settle(&[(claim, Settlement::Retry { attempts: 7, at })]).unwrap();
        end(&mut queue).unwrap();
        assert_eq!(queue.claim(1, NOW).unwrap()[0].attempts, 0);
    }
}

#[test]
fn a_scan_fills_what_is_missing_or_worked_on() {
    let (_state, mut queue) = queue();
    queue.suggest(["a", "b"], NOW).unwrap();
    let claims = queue.claim(1, NOW).unwrap();
    queue.fill(["a", "b", "c"], NOW).unwrap();
    queue.settle(&[(claims[0].clone(), Settlement::Done)]).unwrap();
    assert_eq!(paths(&queue.claim(5, NOW).unwrap()), ["b", "a", "c"]);
}

#[test]
fn a_damaged_queue_is_made_anew() {
    let (state, mut queue) = queue();
    queue.suggest(["a"], NOW).unwrap();
    drop(queue);
    let file = state.path().join("queue.db");
    for bytes in [&b"this is no database, and it is long enough to be looked at"[..], b""] {
        fs::write(&file, bytes).unwrap();
        let mut queue = Queue::open(state.path()).unwrap();
        queue.suggest(["b"], NOW).unwrap();
        assert_eq!(paths(&queue.claim(5, NOW).unwrap()), ["b"]);
    }
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("DROP TABLE queue; CREATE TABLE queue (path TEXT PRIMARY KEY)").unwrap();
    drop(other);
    let mut queue = Queue::open(state.path()).unwrap();
    queue.suggest(["c"], NOW).unwrap();
    assert_eq!(paths(&queue.claim(5, NOW).unwrap()), ["c"]);
}

#[test]
fn the_lag_is_seen_beside_the_writer() {
    let (state, mut queue) = queue();
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(Queue::lag(empty.path(), NOW), super::QueueLag::default());
    queue.suggest(["a", "b", "c"], NOW).unwrap();
    queue.claim(1, NOW).unwrap();
    let lag = Queue::lag(state.path(), EpochMs(NOW.0 + 250));
    assert_eq!((lag.pending, lag.processing, lag.max_seq), (2, 1, 3));
    assert_eq!(lag.oldest_pending_ms, Some(250));
}
