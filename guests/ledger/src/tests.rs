//! What the tests of several rooms start from, and the tests of batches, formats and endings.

use wirt_contract::attachment_manifest::Retention;
use wirt_contract::batching::Batching;
use wirt_contract::store::{Durability, Store};
use wirt_contract::tasks::{NewTask, TaskFilter, Tasks};
use wirt_contract::{Answer, EpochMs, Error, Failure, StoreId, TaskId};

use crate::keys::FORMAT_KEY;
use crate::{Clock, Identity, KeyValue, KvError, LIMITS, Ledger, Memory, Writes};

pub(crate) fn identity() -> Identity {
    Identity {
        name: "test".into(),
        version: "0".into(),
        durability: Durability::Inline,
        retention: Retention::Kept,
    }
}

/// A clock that stands.
pub(crate) fn clock() -> Clock {
    Clock::new(|| EpochMs(1_000))
}

pub(crate) fn store() -> StoreId {
    "store".into()
}

pub(crate) fn ledger() -> Ledger<Memory> {
    Ledger::new(identity(), clock(), || Ok(Memory::default()))
}

/// A ledger whose fresh instances find what was committed in `memory`.
pub(crate) fn ledger_over(memory: &Memory) -> Ledger<Memory> {
    let memory = memory.reopen();
    Ledger::new(identity(), clock(), move || Ok(memory.reopen()))
}

pub(crate) fn new_task(id: &str) -> NewTask {
    NewTask {
        task_id: id.into(),
        op: "op".into(),
        params_digest: "digest".into(),
        created_at: EpochMs(1),
    }
}

pub(crate) fn error<T: std::fmt::Debug>(answer: Answer<T>) -> Error {
    match answer {
        Err(Failure::Error(error)) => error,
        other => panic!("an error was expected, and {other:?} came"),
    }
}

fn is_backend<T: std::fmt::Debug>(answer: Answer<T>) -> bool {
    matches!(error(answer), Error::Backend { .. })
}

fn is_there(memory: &Memory, id: &str) -> bool {
    Tasks::get(&mut ledger_over(memory), &store(), &id.into()).unwrap().is_some()
}

/// A memory that fails where it is told to.
struct Failing {
    memory: Memory,
    write: bool,
    commit: bool,
}

impl KeyValue for Failing {
    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        self.memory.get(key)
    }

    fn keys(&mut self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, KvError> {
        self.memory.keys(from, to, limit)
    }

    fn write(&mut self, writes: Writes) -> Result<(), KvError> {
        if self.write {
            return Err(KvError::Write("no room".into()));
        }
        self.memory.write(writes)
    }

    fn commit(&mut self) -> Result<(), KvError> {
        if self.commit {
            return Err(KvError::Commit("no room".into()));
        }
        self.memory.commit()
    }
}

#[test]
fn a_batch_is_seen_inside_and_kept_by_its_flush_alone() {
    let memory = Memory::default();
    let mut ledger = ledger_over(&memory);
    ledger.begin().unwrap();
    ledger.create(&store(), &new_task("a")).unwrap();
    assert!(Tasks::get(&mut ledger, &store(), &"a".into()).unwrap().is_some());
    assert!(!is_there(&memory, "a"));
    ledger.flush().unwrap();
    assert!(is_there(&memory, "a"));

    ledger.begin().unwrap();
    ledger.create(&store(), &new_task("b")).unwrap();
    ledger.close().unwrap();
    assert!(!is_there(&memory, "b"));
}

#[test]
fn a_call_that_errs_late_leaves_nothing_in_an_open_batch() {
    let memory = Memory::default();
    let mut ledger = ledger_over(&memory);
    ledger.begin().unwrap();
    ledger.create(&store(), &new_task("a")).unwrap();
    let refused = ledger.call(|call| {
        call.put_bytes(crate::keys::Key::found(vec![1, 2, 3]), vec![4]);
        Err::<(), _>(Error::Conflict("decided late".into()))
    });
    assert!(matches!(error(refused), Error::Conflict(_)));
    ledger.flush().unwrap();
    assert!(is_there(&memory, "a"));
    assert_eq!(memory.reopen().get(&[1, 2, 3]).unwrap(), None);
}

#[test]
fn a_batch_is_bounded_and_stays_usable() {
    let memory = Memory::default();
    let mut ledger = ledger_over(&memory);
    assert!(matches!(error(ledger.flush()), Error::Invalid(_)));
    ledger.begin().unwrap();
    assert!(matches!(error(ledger.begin()), Error::Invalid(_)));
    for number in 0..LIMITS.max_batch_calls {
        ledger.create(&store(), &new_task(&number.to_string())).unwrap();
    }
    assert!(matches!(error(ledger.create(&store(), &new_task("over"))), Error::Invalid(_)));
    ledger.flush().unwrap();
    assert!(is_there(&memory, "1023"));
    assert!(!is_there(&memory, "over"));
    ledger.create(&store(), &new_task("over")).unwrap();
}

#[test]
fn a_batch_is_bounded_in_bytes() {
    use wirt_contract::attachments::{Attachments, Metadata};
    let metadata = Metadata { media_type: "m".into(), width: None, height: None, label: None };
    let mut ledger = ledger();
    let mut bytes = vec![0; usize::try_from(LIMITS.max_attachment_bytes).unwrap()];
    ledger.begin().unwrap();
    for byte in 0..3 {
        bytes[0] = byte;
        ledger.put(&store(), &bytes, &metadata).unwrap();
    }
    bytes[0] = 3;
    let Error::Invalid(message) = error(ledger.put(&store(), &bytes, &metadata)) else {
        panic!("a breach of the bound is invalid");
    };
    assert!(message.contains("33554432"), "{message}");
    ledger.put(&store(), b"small", &metadata).unwrap();
    ledger.flush().unwrap();
    assert_eq!(Attachments::list(&mut ledger, &store(), None, 9).unwrap().len(), 4);
    ledger.put(&store(), &bytes, &metadata).unwrap();
}

#[test]
fn after_a_failed_write_or_commit_the_instance_answers_nothing_more() {
    for (write, commit, batch) in
        [(true, false, false), (true, false, true), (false, true, false), (false, true, true)]
    {
        let memory = Memory::default();
        let kept = memory.reopen();
        let mut ledger = Ledger::new(identity(), clock(), move || {
            Ok(Failing { memory: memory.reopen(), write, commit })
        });
        if batch {
            ledger.begin().unwrap();
        }
        let created = ledger.create(&store(), &new_task("a"));
        if batch && !write {
            created.unwrap();
        } else {
            assert!(is_backend(created));
        }
        if batch {
            assert!(is_backend(ledger.flush()));
        }
        assert!(is_backend(ledger.begin()));
        assert!(is_backend(ledger.list(&store(), &TaskFilter::default(), None, 1)));
        assert!(is_backend(ledger.check(None, 1)));
        ledger.describe().unwrap();
        ledger.close().unwrap();
        assert!(!is_there(&kept, "a"));
    }
}

#[test]
fn a_read_writes_and_commits_nothing() {
    let memory = Memory::default();
    let mut ledger = Ledger::new(identity(), clock(), move || {
        Ok(Failing { memory: memory.reopen(), write: true, commit: true })
    });
    assert_eq!(Tasks::get(&mut ledger, &store(), &"a".into()), Ok(None));
    assert_eq!(ledger.max_seq(&store(), &"a".into()), Ok(0));
    assert_eq!(ledger.check(None, 9).unwrap().problems, Vec::<String>::new());
}

#[test]
fn close_is_final_and_repeatable_and_needs_no_data() {
    let mut ledger = Ledger::<Memory>::new(identity(), clock(), || panic!("nothing may be opened"));
    ledger.describe().unwrap();
    ledger.close().unwrap();
    ledger.close().unwrap();
    assert!(is_backend(Tasks::get(&mut ledger, &store(), &"a".into())));
    assert!(is_backend(ledger.begin()));
    ledger.describe().unwrap();
}

#[test]
fn what_cannot_be_opened_is_tried_again() {
    let mut tries = 0;
    let mut ledger = Ledger::new(identity(), clock(), move || {
        tries += 1;
        if tries == 1 { Err(KvError::Open("not yet".into())) } else { Ok(Memory::default()) }
    });
    assert!(is_backend(ledger.create(&store(), &new_task("a"))));
    ledger.create(&store(), &new_task("a")).unwrap();
}

#[test]
fn another_format_is_unsupported_and_our_own_is_written_first() {
    let mut memory = Memory::default();
    ledger_over(&memory).create(&store(), &new_task("a")).unwrap();
    assert_eq!(memory.get(FORMAT_KEY).unwrap(), Some(vec![0, 0, 0, 1]));

    memory.write([(FORMAT_KEY.to_vec(), Some(vec![0, 0, 1, 2]))].into()).unwrap();
    memory.commit().unwrap();
    let mut ledger = ledger_over(&memory);
    let Error::Unsupported(message) = error(Tasks::get(&mut ledger, &store(), &"a".into())) else {
        panic!("another format is unsupported");
    };
    assert!(message.contains("258") && message.contains("format 1;"), "{message}");
    assert!(matches!(error(ledger.begin()), Error::Unsupported(_)));
    ledger.describe().unwrap();
    ledger.close().unwrap();
}

#[test]
fn ids_are_bounded_wherever_they_stand() {
    let mut ledger = ledger();
    let longest = "i".repeat(512);
    ledger.create(&longest.as_str().into(), &new_task(&longest)).unwrap();
    for bad in [String::new(), "i".repeat(513)] {
        let id: TaskId = bad.as_str().into();
        let op = NewTask { op: bad.clone(), ..new_task("a") };
        let filter = TaskFilter { status: None, op: Some(bad.clone()) };
        assert!(matches!(error(ledger.create(&store(), &op)), Error::Invalid(_)));
        assert!(matches!(
            error(ledger.create(&bad.as_str().into(), &new_task("a"))),
            Error::Invalid(_)
        ));
        assert!(matches!(error(Tasks::get(&mut ledger, &store(), &id)), Error::Invalid(_)));
        assert!(matches!(error(ledger.list_unclosed(&store(), Some(&id), 1)), Error::Invalid(_)));
        assert!(matches!(
            error(Tasks::list(&mut ledger, &store(), &filter, None, 1)),
            Error::Invalid(_)
        ));
    }
}
