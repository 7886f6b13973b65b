//! `wirt:persistence/store`, and what holds for every call of a store: ids, isolation, errors.

use wirt_contract::attachments::{self, Metadata};
use wirt_contract::batching::Batching;
use wirt_contract::store::{Durability, Limits, Store};
use wirt_contract::tasks::{
    Ending, EventKind, NewEvent, NewTask, Status, TaskChange, TaskFilter, Tasks,
};
use wirt_contract::{Answer, Interface, StoreId, TaskId};

use super::tasks::stage::{
    PAGE, closed, closing, event, ids, new_task, pending, row, row_of, running, seen, time,
};
use crate::case::Run;
use crate::expect::{Kind, failed, holds, refused, same};
use crate::{Case, Probe, Reopen, Show, Stop};

pub(super) const CASES: &[Case] = &[
    alone("store/describe-stable", "store.describe.stable", describe_stable),
    alone("store/limits-above-floor", "store.limits.floor", above_floor),
    case("store/declared-tier-is-observed", "store.describe.tier", tier),
    alone("store/close-final", "store.close.final", close_final),
    alone("store/close-repeatable", "store.close.repeatable", close_repeatable),
    case("store/close-keeps", "store.close.keeps", close_keeps).durable(),
    case("store/check-clean", "store.check.clean", check_clean),
    case("store/check-ends", "store.check.ends", check_ends),
    alone("store/check-budget-zero-is-invalid", "store.check.ends", check_budget),
    case("store/task-id-bound", "store.id.bound", task_id_bound),
    case("store/store-id-bound", "store.id.bound", store_id_bound),
    case("store/op-bound", "store.id.bound", op_bound),
    case("store/params-digest-bound", "store.id.bound", params_digest_bound).since(2),
    case("store/task-ids-apart", "store.id.isolation", task_ids_apart),
    case("store/store-ids-apart", "store.id.isolation", store_ids_apart),
    case("store/joined-ids-apart", "store.id.isolation", joined_ids_apart),
    case("store/changes-stay-in-their-store", "store.id.isolation", changes_stay),
    case("store/errors-change-nothing", "store.error.changes-nothing", errors_change_nothing),
    case("store/payload-of-the-floor", "store.limits.floor", payload_floor),
    case("store/payload-bound", "store.limits.floor", payload_bound).extended(),
];

/// Longest id, in bytes, this suite makes; a store that takes longer ones is tried up to here.
const MAX_ID: u32 = 65_536;
/// Longest payload, in bytes, this suite makes.
const MAX_PAYLOAD: u32 = 16 << 20;
/// Pages after which a check is taken for one without an end.
const MAX_CHECK_PAGES: usize = 100_000;

/// A core case that needs `store` alone.
const fn alone(id: &'static str, rule: &'static str, run: Run) -> Case {
    Case::core((id, rule, "wirt"), Interface::Store, &[Interface::Store], run)
}

/// A core case that shows a store's rule on its tasks.
const fn case(id: &'static str, rule: &'static str, run: Run) -> Case {
    let needs = &[Interface::Store, Interface::Tasks];
    Case::core((id, rule, "wirt"), Interface::Store, needs, run)
}

fn describe_stable(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let first = probe.describe()?;
    same("describe, again", &probe.describe()?, &first)?;
    for how in [Reopen::Closed, Reopen::Dropped] {
        probe.reopen(how)?;
        same("describe of a fresh instance", &probe.describe()?, &first)?;
    }
    probe.close()?;
    same("describe after close", &probe.describe()?, &first)
}

fn above_floor(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let limits = probe.describe()?.limits;
    let floor = Limits::FLOOR;
    for (name, found, least) in [
        ("max-id-bytes", limits.max_id_bytes, floor.max_id_bytes),
        ("max-payload-bytes", limits.max_payload_bytes, floor.max_payload_bytes),
        ("max-attachment-bytes", limits.max_attachment_bytes, floor.max_attachment_bytes),
        ("max-page", limits.max_page, floor.max_page),
        ("max-batch-calls", limits.max_batch_calls, floor.max_batch_calls),
        ("max-batch-bytes", limits.max_batch_bytes, floor.max_batch_bytes),
    ] {
        let enough = found >= least;
        holds(enough, format!("{name} of {least} or more"), || format!("{name} of {found}"))?;
    }
    Ok(())
}

fn tier(probe: &mut Probe<'_>) -> Result<(), Stop> {
    for how in [Reopen::Closed, Reopen::Dropped] {
        let store = probe.store_id();
        let task = closed(probe, &store, Ending::Succeeded)?;
        let before = seen(probe, &store, &task)?;
        probe.reopen(how)?;
        match probe.durability() {
            Durability::Durable => {
                same("a durable store's task", &seen(probe, &store, &task)?, &before)?;
            }
            Durability::Inline => {
                let row = probe.get(&store, &task)?;
                same("an inline store's row after its instance ended", &row, &None)?;
                same("its tape's last number", &probe.max_seq(&store, &task)?, &0)?;
            }
        }
    }
    Ok(())
}

fn close_final(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    probe.close()?;
    refused("check after close", probe.check(None, 1), Kind::Backend)?;
    if probe.offers(Interface::Tasks) {
        let task = new_task(probe);
        refused("create after close", probe.create(&store, &task), Kind::Backend)?;
        let row = probe.get(&store, &task.task_id);
        refused("get after close", row, Kind::Backend)?;
    }
    if probe.offers(Interface::Batching) {
        refused("begin after close", probe.begin(), Kind::Backend)?;
    }
    if probe.offers(Interface::Attachments) {
        let bytes = probe.bytes(8);
        let metadata =
            Metadata { media_type: "text/plain".into(), width: None, height: None, label: None };
        refused(
            "put after close",
            attachments::Attachments::put(probe, &store, &bytes, &metadata),
            Kind::Backend,
        )?;
    }
    Ok(())
}

fn close_repeatable(probe: &mut Probe<'_>) -> Result<(), Stop> {
    probe.close()?;
    probe.close()?;
    Ok(probe.close()?)
}

fn close_keeps(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    for how in [Reopen::Dropped, Reopen::Closed, Reopen::Dropped] {
        let progress = event(probe, EventKind::Progress);
        probe.append_event(&store, &task, &progress)?;
        let before = seen(probe, &store, &task)?;
        probe.reopen(how)?;
        same("what was acknowledged", &seen(probe, &store, &task)?, &before)?;
    }
    Ok(())
}

/// Goes through a whole check; gives the number of pages.
fn check(probe: &mut Probe<'_>, budget: u32) -> Result<usize, Stop> {
    let mut after = None;
    for page in 1..=MAX_CHECK_PAGES {
        let found = probe.check(after.as_deref(), budget)?;
        same("problems of an undamaged store", &found.problems, &Vec::new())?;
        after = found.next;
        if after.is_none() {
            return Ok(page);
        }
    }
    failed("a check with an end", format!("still a next page after {MAX_CHECK_PAGES}"))
}

fn check_clean(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    pending(probe, &store)?;
    for ending in Ending::ALL {
        closed(probe, &store, ending)?;
        let torn = running(probe, &store)?;
        probe.update_status(&store, &torn, &TaskChange::to(Status::Ended(ending)))?;
        let other = running(probe, &store)?;
        let last = event(probe, EventKind::Final(ending));
        probe.append_event(&store, &other, &last)?;
    }
    if probe.offers(Interface::Attachments) {
        let metadata =
            Metadata { media_type: "image/png".into(), width: None, height: None, label: None };
        let gone = probe.bytes(64);
        let gone = attachments::Attachments::put(probe, &store, &gone, &metadata)?;
        attachments::Attachments::delete(probe, &store, &gone.id)?;
        let kept = probe.bytes(64);
        attachments::Attachments::put(probe, &store, &kept, &metadata)?;
    }
    check(probe, 10_000).map(drop)
}

fn check_ends(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    for _ in 0..3 {
        running(probe, &store)?;
    }
    check(probe, 1)?;
    check(probe, 2).map(drop)
}

fn check_budget(probe: &mut Probe<'_>) -> Result<(), Stop> {
    refused("a check of budget 0", probe.check(None, 0), Kind::Invalid)
}

/// Ids of exactly this many bytes: of one-byte characters, and of the widest that fit.
fn ids_of(probe: &mut Probe<'_>, bytes: u32) -> [String; 4] {
    let length = usize::try_from(bytes).unwrap_or(0);
    [1, 2, 3, 4].map(|width| {
        let wide = ["a", "é", "漢", "𝄞"].get(width - 1).copied().unwrap_or_default();
        let start = probe.text((length % width + width * 2).min(length));
        let rest = (length - start.len()) / width;
        format!("{start}{}", wide.repeat(rest))
    })
}

/// Each id within the bound is taken, each one outside is `invalid`.
fn bound(
    probe: &mut Probe<'_>,
    what: &str,
    mut ask: impl FnMut(&mut Probe<'_>, &str) -> Answer<()>,
) -> Result<(), Stop> {
    let most = probe.limits().max_id_bytes;
    let answer = ask(probe, "");
    refused(&format!("an empty {what}"), answer, Kind::Invalid)?;
    let short = probe.text(1);
    for id in std::iter::once(short).chain(ids_of(probe, most.min(MAX_ID))) {
        ask(probe, &id)?;
    }
    if most >= MAX_ID {
        return Ok(());
    }
    for id in ids_of(probe, most + 1) {
        let answer = ask(probe, &id);
        refused(&format!("a {what} of {} bytes", id.len()), answer, Kind::Invalid)?;
    }
    Ok(())
}

fn task_id_bound(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = new_task(probe);
    bound(probe, "task id", |probe, id| {
        let task = NewTask { task_id: id.into(), ..task.clone() };
        probe.create(&store, &task)?;
        // What was taken is found under its whole name.
        probe.get(&store, &task.task_id).map(drop)
    })?;
    let listed = probe.list(&store, &TaskFilter::default(), None, PAGE)?;
    for row in &listed.tasks {
        same("the row", &probe.get(&store, &row.task_id)?, &Some(row.clone()))?;
    }
    same("rows listed", &listed.tasks.len(), &5)?;
    refused("get of an empty task id", probe.get(&store, &"".into()), Kind::Invalid)
}

fn store_id_bound(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let task = new_task(probe);
    bound(probe, "store id", |probe, id| {
        let store = StoreId::new(id);
        probe.create(&store, &task)?;
        probe.get(&store, &task.task_id).map(drop)
    })
}

fn op_bound(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    bound(probe, "op", |probe, op| {
        let task = NewTask { op: op.into(), ..new_task(probe) };
        probe.create(&store, &task)
    })
}

/// A digest is no name: it may be empty, and has an id's upper bound.
fn params_digest_bound(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let most = probe.limits().max_id_bytes;
    let longest = ids_of(probe, most.min(MAX_ID));
    for digest in std::iter::once(String::new()).chain(longest) {
        let task = NewTask { params_digest: digest, ..new_task(probe) };
        probe.create(&store, &task)?;
        same("the row", &row(probe, &store, &task.task_id)?, &row_of(&task))?;
    }
    if most >= MAX_ID {
        return Ok(());
    }
    for digest in ids_of(probe, most + 1) {
        let task = NewTask { params_digest: digest, ..new_task(probe) };
        let what = format!("create with a digest of {} bytes", task.params_digest.len());
        refused(&what, probe.create(&store, &task), Kind::Invalid)?;
        same("the row afterwards", &probe.get(&store, &task.task_id)?, &None)?;
    }
    Ok(())
}

/// Names that careless keys, file names, patterns or normal forms take for one another.
const ALIKE: [&str; 20] = [
    "a",
    "A",
    "aa",
    "a ",
    " a",
    "a\u{0}",
    "\u{0}a",
    "a/",
    "a.",
    "..",
    "a%",
    "a_",
    "a'",
    "a\"",
    "a\n",
    "é",
    "e\u{301}",
    "\u{feff}a",
    "\u{ffff}",
    "\u{10ffff}",
];

fn task_ids_apart(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let mut made = Vec::new();
    for id in ALIKE {
        let task = NewTask { task_id: id.into(), ..new_task(probe) };
        probe.create(&store, &task)?;
        made.push(task);
    }
    for task in &made {
        same("the row", &row(probe, &store, &task.task_id)?, &row_of(task))?;
    }
    made.sort_by(|one, other| one.task_id.cmp(&other.task_id));
    let expected: Vec<_> = made.into_iter().map(|task| task.task_id).collect();
    let found = probe.list_unclosed(&store, None, PAGE)?;
    same("ids ascending by their bytes", &found, &expected)
}

fn store_ids_apart(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let word = probe.word();
    let task = new_task(probe);
    let mut made = Vec::new();
    for (end, begin) in ALIKE.iter().flat_map(|id| [(*id, ""), ("", *id)]) {
        let store = StoreId::new(format!("{begin}{word}{end}"));
        let digest = probe.word();
        let task = NewTask { params_digest: digest, ..task.clone() };
        probe.create(&store, &task)?;
        made.push((store, task));
    }
    for (store, task) in &made {
        same("the row", &row(probe, store, &task.task_id)?, &row_of(task))?;
        let listed = probe.list(store, &TaskFilter::default(), None, PAGE)?;
        same("the store id's rows", &listed.tasks, &vec![row_of(task)])?;
    }
    Ok(())
}

fn joined_ids_apart(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let word = probe.word();
    for joint in ["", "/", ":", "\u{0}", "\u{ff}", "-"] {
        let first = (StoreId::new(format!("{word}a{joint}b")), TaskId::new("c"));
        let second = (StoreId::new(format!("{word}a")), TaskId::new(format!("b{joint}c")));
        let mut made = Vec::new();
        for (store, task_id) in [first, second] {
            let task = NewTask { task_id, ..new_task(probe) };
            probe.create(&store, &task)?;
            let log = event(probe, EventKind::Log);
            probe.append_event(&store, &task.task_id, &log)?;
            made.push((store, task));
        }
        for (store, task) in &made {
            same("the row", &row(probe, store, &task.task_id)?, &row_of(task))?;
            same("the last number", &probe.max_seq(store, &task.task_id)?, &1)?;
        }
    }
    Ok(())
}

fn changes_stay(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let (here, there) = (probe.store_id(), probe.store_id());
    let task = new_task(probe);
    probe.create(&here, &task)?;
    let id = &task.task_id;
    let absent = probe.get(&there, id)?;
    same("the row under another store id", &absent, &None)?;
    let log = event(probe, EventKind::Log);
    let answer = probe.append_event(&there, id, &log);
    refused("append-event under another store id", answer, Kind::NotFound)?;
    probe.create(&there, &task)?;
    let before = seen(probe, &here, id)?;
    let end = closing(probe, Ending::Failed);
    probe.finish(&there, id, &end)?;
    same("the task under the first store id", &seen(probe, &here, id)?, &before)?;
    let listed = probe.list(&there, &TaskFilter::default(), None, PAGE)?;
    same("rows under the other store id", &ids(&listed.tasks), &vec![id.clone()])
}

fn errors_change_nothing(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let live = running(probe, &store)?;
    let torn = running(probe, &store)?;
    let ended = TaskChange::to(Status::Ended(Ending::Succeeded));
    probe.update_status(&store, &torn, &ended)?;
    let said = running(probe, &store)?;
    let last = event(probe, EventKind::Final(Ending::Succeeded));
    probe.append_event(&store, &said, &last)?;
    let nobody = TaskId::new(probe.word());
    let all = [&live, &torn, &said, &nobody];
    let mut before = Vec::new();
    for task in all {
        before.push(seen(probe, &store, task)?);
    }
    let other = event(probe, EventKind::Final(Ending::Failed));
    let late = TaskChange::to(Status::Ended(Ending::Failed));
    let back = TaskChange::to(Status::Pending);
    let end = closing(probe, Ending::Failed);
    let again = NewTask { task_id: live.clone(), ..new_task(probe) };
    let at = time(probe);
    refused("create of a task there is", probe.create(&store, &again), Kind::Conflict)?;
    let answer = probe.update_status(&store, &live, &back);
    refused("a step back", answer, Kind::Conflict)?;
    let answer = probe.append_event(&store, &torn, &other);
    refused("a final other than the row's ending", answer, Kind::Conflict)?;
    let answer = probe.update_status(&store, &said, &late);
    refused("an ending other than the tape's final", answer, Kind::Conflict)?;
    let answer = probe.update_status(&store, &nobody, &late);
    refused("update-status of an unknown task", answer, Kind::NotFound)?;
    let answer = probe.append_event(&store, &nobody, &other);
    refused("append-event of an unknown task", answer, Kind::NotFound)?;
    let answer = probe.start(&store, &nobody, at, "{}");
    refused("start of an unknown task", answer, Kind::NotFound)?;
    let answer = probe.finish(&store, &nobody, &end);
    refused("finish of an unknown task", answer, Kind::NotFound)?;
    for (task, before) in all.into_iter().zip(&before) {
        let what = format!("task {} after calls that erred", task.show());
        same(&what, &seen(probe, &store, task)?, before)?;
    }
    Ok(())
}

fn payload_floor(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = pending(probe, &store)?;
    let length = usize::try_from(Limits::FLOOR.max_payload_bytes).unwrap_or(0);
    let payload = probe.text(length);
    let log = NewEvent { payload, ..event(probe, EventKind::Log) };
    probe.append_event(&store, &task, &log)?;
    let tape = probe.list_events(&store, &task, 0, 1)?;
    let found = tape.into_iter().next().map(|event| event.payload);
    same("the payload", &found, &Some(log.payload))
}

fn payload_bound(probe: &mut Probe<'_>) -> Result<(), Stop> {
    let store = probe.store_id();
    let task = running(probe, &store)?;
    let most = probe.limits().max_payload_bytes.min(MAX_PAYLOAD);
    let largest = probe.text(usize::try_from(most).unwrap_or(0));
    let log = NewEvent { payload: largest.clone(), ..event(probe, EventKind::Log) };
    probe.append_event(&store, &task, &log)?;
    let outcome = TaskChange { outcome: Some(largest), ..TaskChange::to(Status::Running) };
    probe.update_status(&store, &task, &outcome)?;
    let before = seen(probe, &store, &task)?;
    let kept = before.row.as_ref().and_then(|row| row.outcome.clone());
    same("the outcome", &kept, &outcome.outcome)?;
    if most == MAX_PAYLOAD {
        return Ok(());
    }
    let longer = probe.text(usize::try_from(most).unwrap_or(0) + 1);
    let log = NewEvent { payload: longer.clone(), ..log };
    let answer = probe.append_event(&store, &task, &log);
    refused("an event's payload over the bound", answer, Kind::Invalid)?;
    let outcome = TaskChange { failure: Some(longer.clone()), ..TaskChange::to(Status::Running) };
    let answer = probe.update_status(&store, &task, &outcome);
    refused("a failure over the bound", answer, Kind::Invalid)?;
    let mut end = closing(probe, Ending::Failed);
    end.payload = longer;
    refused("a final over the bound", probe.finish(&store, &task, &end), Kind::Invalid)?;
    same("the task", &seen(probe, &store, &task)?, &before)
}
