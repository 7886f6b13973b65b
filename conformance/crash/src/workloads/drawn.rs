//! Mixed workloads drawn from a seed: few ids, so that calls meet, of all contracts at once.

use wirt_contract::sessions::GraphChange;
use wirt_contract::tasks::{Ending, EventKind};
use wirt_contract::work_queue::Slot;

use super::bytes::{content, put as put_attachment};
use super::{Workload, call, queue, sessions, tasks};
use crate::{Call, Op, Tag};

const TASKS: [&str; 4] = ["a", "b", "c", "d"];
const SIZES: [u32; 6] = [0, 30, 200, 4_096, 4_097, 9_000];
/// Calls of the longest batch.
const MAX_BATCH: u64 = 5;

/// A workload of about so many operations. The same seed draws the same.
pub fn drawn(seed: u64, many: usize) -> Workload {
    let mut draw = Draw { state: seed, revision: 0, tag: 0 };
    let mut ops = Vec::new();
    let mut batch = 0;
    while ops.len() < many {
        if batch > 0 {
            batch -= 1;
            if batch == 0 {
                ops.push(Op::Flush);
            }
        } else if draw.below(8) == 0 {
            batch = 2 + draw.below(MAX_BATCH);
            ops.push(Op::Begin);
        } else if draw.below(10) == 0 {
            ops.push(Op::Advance(queue::TTL / 2));
        }
        let drawn = draw.call();
        ops.push(call("drawn", drawn));
    }
    if batch > 0 {
        ops.push(Op::Flush);
    }
    Workload::new(&format!("drawn-{seed}"), ops)
}

struct Draw {
    state: u64,
    /// Of the session, as far as the commits drawn went through.
    revision: u64,
    tag: Tag,
}

impl Draw {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    fn one<T: Copy>(&mut self, of: &[T], otherwise: T) -> T {
        let index = self.below(u64::try_from(of.len()).unwrap_or(1));
        usize::try_from(index).ok().and_then(|index| of.get(index).copied()).unwrap_or(otherwise)
    }

    /// A tag that was given lately.
    fn known_tag(&mut self) -> Tag {
        let back = Tag::try_from(self.below(4)).unwrap_or(0);
        self.tag.saturating_sub(back)
    }

    fn new_tag(&mut self) -> Tag {
        self.tag += 1;
        self.tag
    }

    fn content(&mut self) -> crate::Content {
        let seed = self.one(&[41, 42, 43], 41);
        content(seed, self.one(&SIZES, 30))
    }

    fn call(&mut self) -> Call {
        let task = self.one(&TASKS, "a");
        let at = self.below(1_000);
        match self.below(16) {
            0 | 1 => tasks::new(task, at),
            2 => tasks::start(task, at),
            3 => tasks::event(task, EventKind::Progress, at, "{}".into()),
            4 => tasks::finish(task, Ending::Succeeded, at),
            5 | 6 => {
                let content = self.content();
                put_attachment(content, self.one(&[None, Some("label")], None))
            }
            7 => Call::DeleteAttachment(self.content().id()),
            8 | 9 => {
                let revision = self.revision;
                self.revision += 1;
                let node = format!("node-{revision}");
                let nodes = sessions::chain(None, &[node.as_str()]);
                let graph = match self.below(4) {
                    0 => GraphChange::Replace(nodes),
                    _ => GraphChange::Append(nodes),
                };
                let claims = [self.known_tag()];
                let completes = if self.below(6) == 0 { &claims[..] } else { &[] };
                let commit = sessions::commit(revision, graph);
                // A lost claim refuses the commit, and the ones after it find another head.
                let expected_revision = None;
                sessions::put(
                    wirt_contract::sessions::NewCommit { expected_revision, ..commit },
                    completes,
                )
            }
            10 | 11 => {
                let tag = self.new_tag();
                let source = self.one(&[None, Some("mail")], None);
                queue::enqueue(
                    tag,
                    "agent",
                    source,
                    self.one(&[Slot::Join, Slot::Exclusive], Slot::Join),
                )
            }
            12 => {
                let tag = self.new_tag();
                queue::claim(tag, self.one(&["anna", "bert"], "anna"), 3)
            }
            13 => match self.below(4) {
                0 => Call::Vacuum(2),
                1 => Call::Gc(50),
                2 => Call::Tombstone(vec![format!("node-{}", self.revision / 2).into()]),
                _ => Call::Cancel { session: "agent".into(), entry: self.known_tag() },
            },
            14 => match self.below(2) {
                0 => Call::Renew { claim: self.known_tag(), ttl: queue::TTL },
                _ => Call::Abandon(self.known_tag()),
            },
            _ => Call::PutArtifact(self.content()),
        }
    }
}
