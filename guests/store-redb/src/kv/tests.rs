//! redb against the key-value in memory, and what a folder shows after each kind of ending.

use wirt_contract::attachment_manifest::Retention;
use wirt_contract::attachments::{Attachments, Metadata};
use wirt_contract::batching::Batching;
use wirt_contract::store::{Durability, Store};
use wirt_contract::tasks::{Closing, Ending, Finished, NewTask, Tasks};
use wirt_contract::{EpochMs, StoreId, TaskId};
use wirt_ledger::{Clock, Identity, Ledger, Memory};

use super::*;

/// Length of the file that redb's creation leaves when it is killed before it writes a header.
const UNBORN_BYTES: u64 = 1_056_768;

fn ledger(folder: &Path) -> Ledger<RedbKv> {
    let folder = folder.to_owned();
    let identity = Identity {
        name: "redb".into(),
        version: "0".into(),
        durability: Durability::Durable,
        retention: Retention::Kept,
    };
    Ledger::new(identity, Clock::system(), move || RedbKv::open(&folder))
}

fn store() -> StoreId {
    "store".into()
}

fn create(ledger: &mut Ledger<RedbKv>, id: &str) {
    let task = NewTask {
        task_id: id.into(),
        op: "op".into(),
        params_digest: String::new(),
        created_at: EpochMs(1),
    };
    ledger.create(&store(), &task).unwrap();
}

fn is_there(folder: &Path, id: &str) -> bool {
    Tasks::get(&mut ledger(folder), &store(), &TaskId::new(id)).unwrap().is_some()
}

fn unborn(path: &Path) {
    File::create(path).unwrap().set_len(UNBORN_BYTES).unwrap();
}

/// xorshift64: a history that is the same on every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    /// From few keys, so that writes meet; of one to three bytes with 0x00 and 0xff among them.
    fn key(&mut self) -> Vec<u8> {
        let len = 1 + self.below(3);
        (0..len).map(|_| [0, 1, 2, 0xff][usize::try_from(self.below(4)).unwrap()]).collect()
    }
}

#[test]
fn any_history_reads_as_it_does_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut redb = RedbKv::open(folder.path()).unwrap();
    let mut memory = Memory::default();
    let mut chance = Chance(0x5eed);
    let mut seen = 0;
    for step in 0..1_000 {
        match chance.below(20) {
            0..8 => {
                let mut writes = Writes::new();
                for _ in 0..=chance.below(4) {
                    let value = (chance.below(3) > 0).then(|| vec![7; usize::from(step % 9_u16)]);
                    writes.insert(chance.key(), value);
                }
                redb.write(writes.clone()).unwrap();
                memory.write(writes).unwrap();
            }
            8..12 => {
                let key = chance.key();
                assert_eq!(redb.get(&key).unwrap(), memory.get(&key).unwrap(), "step {step}");
            }
            12..16 => {
                let (from, to) = (chance.key(), chance.key());
                let limit = usize::try_from(chance.below(9)).unwrap();
                let keys = memory.keys(&from, &to, limit).unwrap();
                assert_eq!(redb.keys(&from, &to, limit).unwrap(), keys, "step {step}");
                seen += keys.len();
            }
            16..19 => {
                redb.commit().unwrap();
                memory.commit().unwrap();
            }
            _ => {
                drop(redb);
                redb = RedbKv::open(folder.path()).unwrap();
                memory = memory.reopen();
            }
        }
    }
    assert!(seen > 150, "the history must have had something to see: {seen}");
}

#[test]
fn what_was_answered_is_there_after_any_ending() {
    let folder = tempfile::tempdir().unwrap();
    let metadata = Metadata { media_type: "m".into(), width: None, height: None, label: None };
    let closing = Closing {
        ending: Ending::Succeeded,
        at: EpochMs(2),
        outcome: Some("o".into()),
        failure: None,
        payload: "{}".into(),
    };
    let mut one = ledger(folder.path());
    create(&mut one, "a");
    assert_eq!(one.finish(&store(), &"a".into(), &closing), Ok(Finished::At(1)));
    let kept = one.put(&store(), b"bytes", &metadata).unwrap();
    drop(one);

    let mut two = ledger(folder.path());
    let task = Tasks::get(&mut two, &store(), &"a".into()).unwrap().unwrap();
    assert_eq!(task.outcome.as_deref(), Some("o"));
    assert_eq!(two.max_seq(&store(), &"a".into()), Ok(1));
    assert_eq!(Attachments::get(&mut two, &store(), &kept.id), Ok(b"bytes".to_vec()));
    assert_eq!(two.delete(&store(), &kept.id), Ok(true));
    two.close().unwrap();

    let mut three = ledger(folder.path());
    assert_eq!(three.head(&store(), &kept.id), Ok(None));
    assert_eq!(three.check(None, 100).unwrap().problems, Vec::<String>::new());
}

#[test]
fn a_batch_is_there_after_its_flush_and_not_before() {
    for close in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let mut one = ledger(folder.path());
        one.begin().unwrap();
        create(&mut one, "flushed");
        one.flush().unwrap();
        one.begin().unwrap();
        create(&mut one, "open");
        assert!(Tasks::get(&mut one, &store(), &"open".into()).unwrap().is_some());
        if close {
            one.close().unwrap();
        }
        drop(one);
        assert!(is_there(folder.path(), "flushed"));
        assert!(!is_there(folder.path(), "open"));
    }
}

#[test]
fn a_creation_that_was_cut_short_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    unborn(&folder.path().join(NEW_FILE));
    create(&mut ledger(folder.path()), "a");
    assert!(is_there(folder.path(), "a"));
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, [FILE]);

    // Beside finished data it is removed as well, and the data stays.
    unborn(&folder.path().join(NEW_FILE));
    assert!(is_there(folder.path(), "a"));
    assert!(!folder.path().join(NEW_FILE).exists());
}

#[test]
fn a_folder_that_is_not_there_and_a_file_that_is_not_ours_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let absent = RedbKv::open(&folder.path().join("absent")).err().unwrap();
    assert!(matches!(absent, KvError::Open(_)), "{absent}");
    // The reason for the other name: redb never opens what its own creation can leave.
    unborn(&folder.path().join(FILE));
    let unborn = RedbKv::open(folder.path()).err().unwrap();
    assert!(matches!(unborn, KvError::Open(_)), "{unborn}");
    // redb would begin anew in an empty file, and what had been answered were gone unseen.
    File::create(folder.path().join(FILE)).unwrap();
    let emptied = RedbKv::open(folder.path()).err().unwrap();
    assert!(matches!(emptied, KvError::Open(_)), "{emptied}");

    // What stands in the way of a creation and is not its leftover stays, and is told.
    let folder = tempfile::tempdir().unwrap();
    create(&mut ledger(folder.path()), "a");
    fs::create_dir(folder.path().join(NEW_FILE)).unwrap();
    let in_the_way = RedbKv::open(folder.path()).err().unwrap();
    assert!(matches!(in_the_way, KvError::Open(_)), "{in_the_way}");
}
