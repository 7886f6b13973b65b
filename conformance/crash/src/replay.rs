//! A stored failure, and making it happen again.

use serde::{Deserialize, Serialize};
use wirt_disk::{Choice, Fault, Image};

use crate::explore::{Wrong, visit, visit_failing};
use crate::faults::judged;
use crate::record::{Moment, Recording, Reference, Unlike, record, shortened};
use crate::report::Rule;
use crate::settings::{Disturbance, World};
use crate::{Machine, Op};

/// Version of a replay's form.
pub const REPLAY_VERSION: u32 = 2;

/// A crash: at which moment, and what it left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crash {
    /// The moment's number from 0, in the order they came.
    pub point: usize,
    /// Which version of each object.
    pub choice: Choice,
}

/// A failure made of what was done and not of a seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// [`REPLAY_VERSION`].
    pub version: u32,
    /// The rule that was broken.
    pub rule: Rule,
    /// What the plugin is run in.
    pub world: World,
    /// What comes in its way.
    pub disturbance: Disturbance,
    /// What is put to it.
    pub ops: Vec<Op>,
    /// The crash and, where it took two, the one in its recovery; none where it took none.
    pub trail: Vec<Crash>,
    /// What the disk does while the plugin recovers from it.
    pub recovery: Option<Fault>,
}

/// What a replay came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// It is right now.
    Right,
    /// It is wrong: against this rule, with what was expected and found.
    Wrong(Rule, String, String),
}

/// Why a replay could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// It is of another version.
    #[error("the replay has version {0}, and this build reads version {REPLAY_VERSION}")]
    Version(u32),
    /// The plugin does not come to that moment any more.
    #[error(
        "the replay crashes at moment {point}, and the plugin now comes to {moments} of them; it \
         has changed, so run the whole again"
    )]
    NoMoment {
        /// Which.
        point: usize,
        /// How many there are.
        moments: usize,
    },
    /// The choice is of other objects.
    #[error(
        "the replay's crash leaves versions of {expected} objects, and {found} are open at that \
         moment now; the plugin has changed, so run the whole again"
    )]
    OtherObjects {
        /// In the replay.
        expected: usize,
        /// At the moment.
        found: usize,
    },
}

impl Replay {
    /// Makes it happen again, and nothing else.
    ///
    /// # Errors
    /// Where the plugin does not come to that crash any more.
    pub fn run(&self, machine: &mut dyn Machine) -> Result<Replayed, ReplayError> {
        if self.version != REPLAY_VERSION {
            return Err(ReplayError::Version(self.version));
        }
        let reference = match Reference::of(machine, &self.world, &self.ops) {
            Ok(reference) => reference,
            Err(unlike) => return Ok(Wrong::from(unlike).into()),
        };
        let recording = record(machine, &self.world, &reference, self.disturbance);
        if self.trail.is_empty() {
            let wrong = judged(&reference, &recording, self.disturbance);
            return Ok(wrong.map_or(Replayed::Right, Replayed::from));
        }
        let Recording { mut moments, .. } = recording;
        let mut crashes = self.trail.iter().peekable();
        while let Some(crash) = crashes.next() {
            let (image, place) = image(&moments, crash)?;
            let again = crashes.peek().is_some();
            if let (Some(fault), false) = (self.recovery, again) {
                let struck = visit_failing(machine, &self.world, &reference, &image, place, fault);
                return Ok(struck.map_or_else(Replayed::from, |_| Replayed::Right));
            }
            let visited = visit(machine, &self.world, &reference, &image, place, again);
            match visited.shown {
                Err(wrong) if !again => return Ok(wrong.into()),
                _ => moments = visited.moments,
            }
        }
        Ok(Replayed::Right)
    }
}

fn image(moments: &[Moment], crash: &Crash) -> Result<(Image, crate::record::Place), ReplayError> {
    let missing = ReplayError::NoMoment { point: crash.point, moments: moments.len() };
    let moment = moments.get(crash.point).ok_or(missing)?;
    let (expected, found) = (crash.choice.versions.len(), moment.snapshot.objects().len());
    if expected != found {
        return Err(ReplayError::OtherObjects { expected, found });
    }
    Ok((moment.snapshot.image(&crash.choice), moment.place))
}

impl From<Wrong> for Replayed {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong.rule, wrong.expected, wrong.found)
    }
}

impl From<Unlike> for Wrong {
    fn from(unlike: Unlike) -> Self {
        let (rule, expected, found) = match unlike {
            Unlike::Ledger(done, expected, found) => {
                (Rule::LikeTheLedger, format!("after {done} operations {expected}"), found)
            }
            Unlike::Unsound(done, problem) => {
                let expected = format!("a check that finds nothing after {done} operations");
                (Rule::CheckClean, expected, problem)
            }
            Unlike::Failed(done, failure) => (
                Rule::LikeTheLedger,
                format!("an answer after {done} operations"),
                failure.to_string(),
            ),
        };
        Self { rule, expected: shortened(&expected), found: shortened(&found) }
    }
}
