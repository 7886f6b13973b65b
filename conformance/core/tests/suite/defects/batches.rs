//! Defects of batches.

use wirt_contract::Answer;
use wirt_contract::attachments::Attachments;
use wirt_contract::batching::Batching;
use wirt_contract::tasks::{Status, TaskChange, Tasks};
use wirt_faulty_ledger::{Bend, Inner, STRAIGHT};

use super::{Defect, invalid, is_conflict, is_invalid, not_found, store};

fn begin(it: &mut Inner) -> Answer<()> {
    it.ledger.begin()?;
    it.in_batch = true;
    Ok(())
}

fn flush(it: &mut Inner) -> Answer<()> {
    it.ledger.flush()?;
    it.in_batch = false;
    Ok(())
}

pub(super) fn defects() -> Vec<Defect> {
    [brackets(), inside(), traces()].into_iter().flatten().collect()
}

fn brackets() -> Vec<Defect> {
    vec![
        store(
            "begins again",
            &["batching/begin-once"],
            Bend {
                begin: |it| {
                    let answer = it.ledger.begin();
                    if is_invalid(&answer) { Ok(()) } else { answer }
                },
                ..STRAIGHT
            },
        ),
        store(
            "flushes nothing",
            &["batching/flush-needs-begin"],
            Bend {
                flush: |it| {
                    let answer = it.ledger.flush();
                    if is_invalid(&answer) { Ok(()) } else { answer }
                },
                ..STRAIGHT
            },
        ),
        store(
            "an empty batch is an error",
            &["batching/flush-empty"],
            Bend {
                begin,
                create: |it, store, task| {
                    it.in_batch = false;
                    it.ledger.create(store, task)
                },
                flush: |it| {
                    it.ledger.flush()?;
                    if std::mem::take(&mut it.in_batch) { invalid() } else { Ok(()) }
                },
                ..STRAIGHT
            },
        ),
        store(
            "a batch outlives its instance",
            &["batching/fresh-instance-begins"],
            Bend {
                begin: |it| {
                    if std::mem::replace(&mut it.notes.borrow_mut().open, true) {
                        return invalid();
                    }
                    it.ledger.begin()
                },
                flush: |it| {
                    it.ledger.flush()?;
                    it.notes.borrow_mut().open = false;
                    Ok(())
                },
                ..STRAIGHT
            },
        ),
    ]
}

fn inside() -> Vec<Defect> {
    vec![
        store(
            "reads see no open batch",
            &["batching/calls-see-each-other", "batching/same-as-singles"],
            Bend {
                begin,
                flush,
                row: |it, store, task| {
                    if it.in_batch { Ok(None) } else { Tasks::get(&mut it.ledger, store, task) }
                },
                last: |it, store, task| {
                    if it.in_batch { Ok(0) } else { it.ledger.max_seq(store, task) }
                },
                ..STRAIGHT
            },
        ),
        store(
            "bytes come with the flush",
            &["batching/attachments-see-each-other"],
            Bend {
                begin,
                flush,
                bytes: |it, store, id| {
                    if it.in_batch {
                        not_found()
                    } else {
                        Attachments::get(&mut it.ledger, store, id)
                    }
                },
                ..STRAIGHT
            },
        ),
        store(
            "an error drops the batch",
            &["batching/error-undoes-itself"],
            Bend {
                begin,
                flush,
                create: |it, store, task| {
                    let answer = it.ledger.create(store, task);
                    if it.in_batch && is_conflict(&answer) {
                        let fresh = it.fresh();
                        it.ledger = fresh;
                        it.ledger.begin()?;
                    }
                    answer
                },
                ..STRAIGHT
            },
        ),
        store(
            "an error leaves half of its call",
            &["batching/late-error-undoes-itself"],
            Bend {
                begin,
                flush,
                finish: |it, store, task, closing| {
                    let answer = it.ledger.finish(store, task, closing);
                    if it.in_batch && is_invalid(&answer) {
                        let change = TaskChange::to(Status::Ended(closing.ending));
                        it.ledger.update_status(store, task, &change)?;
                    }
                    answer
                },
                ..STRAIGHT
            },
        ),
        store(
            "batches without a bound",
            &["batching/bound-in-calls", "batching/bound-starts-anew", "batching/bound-in-bytes"],
            Bend {
                append: |it, store, task, event| {
                    let answer = it.ledger.append_event(store, task, event);
                    if is_invalid(&answer) {
                        it.ledger.flush()?;
                        it.ledger.begin()?;
                        return it.ledger.append_event(store, task, event);
                    }
                    answer
                },
                ..STRAIGHT
            },
        ),
    ]
}

fn traces() -> Vec<Defect> {
    vec![
        store(
            "writes through",
            &[
                "batching/unflushed-no-trace",
                "batching/unflushed-changes-nothing",
                "batching/unflushed-after-flushed",
            ],
            Bend { begin: |_| Ok(()), flush: |_| Ok(()), ..STRAIGHT },
        ),
        store(
            "a flush writes nothing",
            &["batching/flushed-stays"],
            Bend { flush: |_| Ok(()), ..STRAIGHT },
        ),
        store(
            "after a flush a batch stays open",
            &["batching/flush-follows-flush"],
            Bend {
                begin: |it| {
                    let answer = it.ledger.begin();
                    if is_invalid(&answer) { Ok(()) } else { answer }
                },
                flush: |it| {
                    it.ledger.flush()?;
                    it.ledger.begin()
                },
                ..STRAIGHT
            },
        ),
    ]
}
