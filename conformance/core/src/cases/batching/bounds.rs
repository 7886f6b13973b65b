//! How much a batch may hold (`batching.bound`).

use wirt_contract::batching::Batching;
use wirt_contract::tasks::{EventKind, NewEvent, Tasks};

use super::super::tasks::stage::{event, running};
use super::case;
use crate::expect::{Kind, failed, refused, same};
use crate::{Case, Probe, Stop};

pub(crate) const CASES: &[Case] = &[
    case("batching/bound-in-calls", "batching.bound", in_calls),
    case("batching/bound-starts-anew", "batching.bound", starts_anew).extended(),
    case("batching/bound-in-bytes", "batching.bound", in_bytes).extended(),
];

/// Most calls this suite puts into a batch; a store that takes more is not tried.
const MAX_CALLS: u32 = 5_000;
/// Most bytes this suite puts into a batch.
const MAX_BYTES: u64 = 256 << 20;

/// Opens a batch and fills it with calls, to the last one it takes; the next is refused.
fn fill(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let most = probe.limits().max_batch_calls;
    if most >= MAX_CALLS {
        return Err(Stop::Skip(format!("a batch of {most} calls is more than this case makes")));
    }
    let store = probe.store_id();
    let task = running(probe, &store)?;
    probe.begin()?;
    for _ in 0..most {
        let log = NewEvent { payload: "0".into(), ..event(probe, EventKind::Log) };
        probe.append_event(&store, &task, &log)?;
    }
    let log = event(probe, EventKind::Log);
    for _ in 0..2 {
        let answer = probe.append_event(&store, &task, &log);
        refused(&format!("call {} of a batch", most + 1), answer, Kind::Invalid)?;
    }
    probe.flush()?;
    let kept = probe.max_seq(&store, &task)?;
    same("the tape's last number after the flush", &kept, &(u64::from(most) + 1))
}

fn in_calls(probe: &mut Probe<'_>) -> Result<(), Stop> {
    fill(probe)
}

fn starts_anew(probe: &mut Probe<'_>) -> Result<(), Stop> {
    fill(probe)?;
    fill(probe)
}

fn in_bytes(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let limits = probe.limits();
    let (most, payload) = (u64::from(limits.max_batch_bytes), u64::from(limits.max_payload_bytes));
    let calls = most / payload.max(1) + 1;
    if most >= MAX_BYTES || calls > u64::from(limits.max_batch_calls) {
        return Err(Stop::Skip(format!("a batch of {most} bytes is more than this case makes")));
    }
    let store = probe.store_id();
    let task = running(probe, &store)?;
    let text = probe.text(usize::try_from(payload).unwrap_or(0));
    let log = NewEvent { payload: text, ..event(probe, EventKind::Log) };
    probe.begin()?;
    let mut kept = 1;
    let mut over = false;
    for _ in 0..calls {
        let answer = probe.append_event(&store, &task, &log);
        if answer.is_ok() {
            kept += 1;
            continue;
        }
        refused("the call that takes the batch over its bytes", answer, Kind::Invalid)?;
        over = true;
        break;
    }
    if !over {
        let written = calls * payload;
        return failed(
            format!("`invalid` before the batch holds more than {most} bytes"),
            format!("{calls} events with {written} bytes of payload taken"),
        );
    }
    // Half of what the contract lets a store keep for itself is generous for keys and frames.
    if (kept - 1) * payload * 2 < most {
        return failed(
            format!("a batch of nearly {most} bytes"),
            format!("refused after {} bytes of payload", (kept - 1) * payload),
        );
    }
    let small = NewEvent { payload: "0".into(), ..log };
    if probe.append_event(&store, &task, &small).is_ok() {
        kept += 1;
    }
    probe.flush()?;
    same("the tape's last number after the flush", &probe.max_seq(&store, &task)?, &kept)
}
