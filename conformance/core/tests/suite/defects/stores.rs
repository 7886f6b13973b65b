//! Defects of `store`, and of ids, isolation and errors.

use wirt_contract::batching::Batching;
use wirt_contract::store::{CheckPage, Description, Durability, Store};
use wirt_contract::tasks::{NewEvent, NewTask, Tasks};
use wirt_contract::{EpochMs, StoreId, TaskId};
use wirt_faulty_ledger::{Bend, Inner, STRAIGHT};

use super::{Defect, invalid, is_invalid, is_not_found, store, tier};

/// Writes are held back until `close`.
fn hold(it: &mut Inner) {
    if !it.in_batch {
        it.ledger.begin().unwrap();
        it.in_batch = true;
    }
}

/// Text without its last bytes, so many that it fits.
fn cut(text: &str, most: usize) -> String {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

pub(super) fn defects() -> Vec<Defect> {
    [described(), ended(), named()].into_iter().flatten().collect()
}

fn described() -> Vec<Defect> {
    vec![
        store(
            "describes itself otherwise each time",
            &["store/describe-stable"],
            Bend {
                describe: |it| {
                    it.notes.borrow_mut().calls += 1;
                    let calls = it.notes.borrow().calls;
                    Ok(Description { data_format: calls, ..it.ledger.describe()? })
                },
                ..STRAIGHT
            },
        ),
        store(
            "small pages",
            &["store/limits-above-floor"],
            Bend {
                describe: |it| {
                    let mut described = it.ledger.describe()?;
                    described.limits.max_page = 99;
                    Ok(described)
                },
                ..STRAIGHT
            },
        ),
        tier(
            "inline, declared durable",
            &["store/declared-tier-is-observed", "attachments/reports-declared-persistence"],
            Durability::Inline,
            Bend {
                describe: |it| {
                    Ok(Description { durability: Durability::Durable, ..it.ledger.describe()? })
                },
                ..STRAIGHT
            },
        ),
        tier(
            "durable, declared inline",
            &["store/declared-tier-is-observed", "attachments/reports-declared-persistence"],
            Durability::Durable,
            Bend {
                describe: |it| {
                    Ok(Description { durability: Durability::Inline, ..it.ledger.describe()? })
                },
                ..STRAIGHT
            },
        ),
    ]
}

fn ended() -> Vec<Defect> {
    vec![
        store(
            "lives on after close",
            &["store/close-final"],
            Bend { close: |_| Ok(()), ..STRAIGHT },
        ),
        store(
            "a second close is an error",
            &["store/close-repeatable"],
            Bend {
                close: |it| {
                    it.notes.borrow_mut().closed += 1;
                    let again = it.notes.borrow().closed > 1;
                    if again { invalid() } else { it.ledger.close() }
                },
                ..STRAIGHT
            },
        ),
        store(
            "keeps what it acknowledged only when closed",
            &[
                "store/close-keeps",
                "tasks/survive-reopen",
                "attachments/store-survives-reopen",
                "store/declared-tier-is-observed",
            ],
            Bend {
                create: |it, store, task| {
                    hold(it);
                    it.ledger.create(store, task)
                },
                append: |it, store, task, event| {
                    hold(it);
                    it.ledger.append_event(store, task, event)
                },
                put: |it, store, bytes, metadata| {
                    hold(it);
                    wirt_contract::attachments::Attachments::put(
                        &mut it.ledger,
                        store,
                        bytes,
                        metadata,
                    )
                },
                close: |it| {
                    if it.in_batch {
                        it.ledger.flush()?;
                    }
                    it.ledger.close()
                },
                ..STRAIGHT
            },
        ),
        store(
            "finds what is not wrong",
            &["store/check-clean"],
            Bend {
                check: |it, after, budget| {
                    let page = it.ledger.check(after, budget)?;
                    Ok(CheckPage { problems: vec!["something".into()], ..page })
                },
                ..STRAIGHT
            },
        ),
        store(
            "a check without an end",
            &["store/check-ends"],
            Bend {
                check: |_, _, _| Ok(CheckPage { problems: vec![], next: Some("on".into()) }),
                ..STRAIGHT
            },
        ),
        store(
            "a check that looks at nothing",
            &["store/check-budget-zero-is-invalid"],
            Bend { check: |it, after, budget| it.ledger.check(after, budget.max(1)), ..STRAIGHT },
        ),
    ]
}

fn named() -> Vec<Defect> {
    vec![
        store(
            "cuts long task ids",
            &["store/task-id-bound"],
            Bend {
                create: |it, store, task| {
                    let task_id = TaskId::new(cut(task.task_id.as_str(), 512));
                    it.ledger.create(store, &NewTask { task_id, ..task.clone() })
                },
                row: |it, store, task| it.ledger.get(store, &cut(task.as_str(), 512).into()),
                ..STRAIGHT
            },
        ),
        store(
            "takes an empty store id",
            &["store/store-id-bound"],
            Bend {
                create: |it, store, task| {
                    let answer = it.ledger.create(store, task);
                    if store.as_str().is_empty() { Ok(()) } else { answer }
                },
                row: |it, store, task| {
                    let answer = it.ledger.get(store, task);
                    if is_invalid(&answer) { Ok(None) } else { answer }
                },
                ..STRAIGHT
            },
        ),
        store(
            "cuts long ops",
            &["store/op-bound"],
            Bend {
                create: |it, store, task| {
                    it.ledger.create(store, &NewTask { op: cut(&task.op, 512), ..task.clone() })
                },
                ..STRAIGHT
            },
        ),
        store(
            "cuts long digests",
            &["store/params-digest-bound"],
            Bend {
                create: |it, store, task| {
                    let params_digest = cut(&task.params_digest, 512);
                    it.ledger.create(store, &NewTask { params_digest, ..task.clone() })
                },
                ..STRAIGHT
            },
        ),
        store(
            "a digest has at most 128 bytes",
            &["store/params-digest-bound"],
            Bend {
                create: |it, store, task| {
                    if task.params_digest.len() > 128 {
                        return invalid();
                    }
                    it.ledger.create(store, task)
                },
                ..STRAIGHT
            },
        ),
        store(
            "task ids of any case and padding are one",
            &["store/task-ids-apart"],
            Bend {
                create: |it, store, task| {
                    let task_id = task.task_id.as_str().trim_end().to_lowercase().into();
                    it.ledger.create(store, &NewTask { task_id, ..task.clone() })
                },
                ..STRAIGHT
            },
        ),
        store(
            "store ids end at a NUL",
            &["store/store-ids-apart"],
            Bend {
                create: |it, store, task| {
                    let start = store.as_str().trim_end_matches('\0');
                    it.ledger.create(&start.into(), task)
                },
                ..STRAIGHT
            },
        ),
        store(
            "joins store id and task id without a joint",
            &["store/joined-ids-apart"],
            Bend {
                create: |it, store, task| {
                    let task_id = TaskId::new(format!("{store}{}", task.task_id));
                    let all = StoreId::new("all");
                    it.ledger.create(&all, &NewTask { task_id, ..task.clone() })?;
                    it.ledger.create(store, task)
                },
                ..STRAIGHT
            },
        ),
        store(
            "looks into every store id",
            &["store/changes-stay-in-their-store", "tasks/get-unknown-is-none"],
            Bend {
                create: |it, store, task| {
                    it.notes.borrow_mut().stores.push(store.clone());
                    it.ledger.create(store, task)
                },
                row: |it, _, task| {
                    let stores = it.notes.borrow().stores.clone();
                    for store in stores {
                        if let Some(row) = it.ledger.get(&store, task)? {
                            return Ok(Some(row));
                        }
                    }
                    Ok(None)
                },
                ..STRAIGHT
            },
        ),
        store(
            "makes the task it did not find",
            &["store/errors-change-nothing", "tasks/finish-unknown-is-not-found"],
            Bend {
                finish: |it, store, task, closing| {
                    let answer = it.ledger.finish(store, task, closing);
                    if is_not_found(&answer) {
                        let made = NewTask {
                            task_id: task.clone(),
                            op: "op".into(),
                            params_digest: String::new(),
                            created_at: EpochMs(0),
                        };
                        it.ledger.create(store, &made)?;
                    }
                    answer
                },
                ..STRAIGHT
            },
        ),
        store(
            "cuts long payloads",
            &["store/payload-of-the-floor", "store/payload-bound"],
            Bend {
                append: |it, store, task, event| {
                    let payload = cut(&event.payload, 65_000);
                    it.ledger.append_event(store, task, &NewEvent { payload, ..event.clone() })
                },
                ..STRAIGHT
            },
        ),
    ]
}
