//! Which images of a snapshot are looked at.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::Snapshot;
use crate::quirks::mixed;

/// Bytes of a block that a torn write has written: sectors, from the front.
const TEARS: [usize; 3] = [512, 2_048, 3_584];

/// Blocks of one write that are torn, at most.
const MAX_TORN: usize = 4;

/// Which version each object of a snapshot has, in the order of [`Snapshot::objects`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Choice {
    /// 0 is the durable value.
    pub versions: Vec<usize>,
    /// An object, a block, of which only so many bytes have the version chosen, and the rest the
    /// one before.
    pub torn: Option<(usize, usize)>,
}

/// How many of a snapshot's choices are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// Choices that are looked at, torn ones left out.
    pub looked_at: u64,
    /// All there are; of more than fit, the largest number.
    pub of: u64,
}

/// A snapshot's choices: all of them where they are few, else those that find most, filled up by
/// chance.
///
/// Where it is all of them, each is made from the one before; a sample is drawn at once, and is no
/// more than the budget. Images are made by whoever asks for one, and none is kept here.
#[derive(Debug)]
pub struct Choices {
    versions: Versions,
    torn: std::vec::IntoIter<Choice>,
    coverage: Coverage,
}

/// Choices without tears.
#[derive(Debug)]
enum Versions {
    /// Every one, the oldest first; the next of them, and how far each object goes.
    All {
        next: Option<Vec<usize>>,
        open: Vec<usize>,
    },
    Some(std::vec::IntoIter<Vec<usize>>),
}

impl Choices {
    /// At most about `budget` choices; the seed draws what fills it up.
    pub fn of(snapshot: &Snapshot, budget: usize, seed: u64) -> Self {
        let open = snapshot.open().to_vec();
        let all = open.iter().try_fold(1_u64, |all, open| {
            all.checked_mul(u64::try_from(*open).ok()?.checked_add(1)?)
        });
        let all = all.unwrap_or(u64::MAX);
        let (versions, looked_at) = if usize::try_from(all).is_ok_and(|all| all <= budget) {
            (Versions::All { next: Some(vec![0; open.len()]), open: open.clone() }, all)
        } else {
            let drawn = sample(snapshot, &open, budget, seed);
            let looked_at = u64::try_from(drawn.len()).unwrap_or(u64::MAX);
            (Versions::Some(drawn.into_iter()), looked_at)
        };
        let mut torn_ones = Vec::new();
        // All of a write's blocks where they are few, else some of them, spread evenly.
        let in_flight: Vec<usize> = snapshot.in_flight().collect();
        let stride = in_flight.len().div_ceil(MAX_TORN).max(1);
        for object in in_flight.into_iter().step_by(stride) {
            for bytes in TEARS {
                let torn = Some((object, bytes));
                torn_ones.push(Choice { versions: open.clone(), torn });
                let mut alone = vec![0; open.len()];
                if let (Some(version), Some(open)) = (alone.get_mut(object), open.get(object)) {
                    *version = *open;
                }
                torn_ones.push(Choice { versions: alone, torn });
            }
        }
        let coverage = Coverage { looked_at, of: all };
        Self { versions, torn: torn_ones.into_iter(), coverage }
    }

    /// How many of how many.
    pub fn coverage(&self) -> Coverage {
        self.coverage
    }
}

impl Iterator for Choices {
    type Item = Choice;

    fn next(&mut self) -> Option<Choice> {
        match self.versions.next() {
            Some(versions) => Some(Choice { versions, torn: None }),
            None => self.torn.next(),
        }
    }
}

impl Versions {
    fn next(&mut self) -> Option<Vec<usize>> {
        match self {
            Self::Some(drawn) => drawn.next(),
            Self::All { next, open } => {
                let now = next.take()?;
                *next = after(&now, open);
                Some(now)
            }
        }
    }
}

/// The choice after one, as numbers are counted: the last object first.
fn after(choice: &[usize], open: &[usize]) -> Option<Vec<usize>> {
    let mut next = choice.to_vec();
    for (version, open) in next.iter_mut().zip(open).rev() {
        if *version < *open {
            *version += 1;
            return Some(next);
        }
        *version = 0;
    }
    None
}

/// All new, all old, prefixes, each alone old and each alone new, and then chance: those first that
/// find most, and none of a kind so many that the others have no room.
fn sample(snapshot: &Snapshot, open: &[usize], budget: usize, seed: u64) -> Vec<Vec<usize>> {
    let budget = budget.max(2);
    let (new, old) = (open.to_vec(), vec![0; open.len()]);
    let of_a_kind = budget.div_ceil(4);
    let with = |base: &[usize], index: usize, version: usize| {
        let mut choice = base.to_vec();
        if let Some(place) = choice.get_mut(index) {
            *place = version;
        }
        choice
    };
    let stride = open.len().div_ceil(of_a_kind).max(1);
    let some = || open.iter().copied().enumerate().step_by(stride);
    let alone_old = some().map(|(index, _)| with(&new, index, 0));
    let alone_new = some().map(|(index, latest)| with(&old, index, latest));
    let alone_older = some()
        .filter(|(_, latest)| *latest > 1)
        .map(|(index, latest)| with(&new, index, latest - 1));
    let mut first: Vec<Vec<usize>> = vec![new.clone(), old.clone()];
    first.extend(alone_old);
    first.extend(snapshot.prefixes(of_a_kind));
    first.extend(alone_new);
    first.extend(alone_older);
    // Two old or two new at a time find what single ones hide, as far as there is room.
    let mut draw = 0;
    let by_chance = std::iter::repeat_with(|| {
        let version = |versions: &usize| {
            draw += 1;
            let bound = u64::try_from(*versions).unwrap_or(u64::MAX).saturating_add(1);
            usize::try_from(mixed(seed, draw) % bound).unwrap_or(0)
        };
        open.iter().map(version).collect()
    });
    let mut seen = BTreeSet::new();
    let all = first.into_iter().chain(by_chance.take(budget));
    all.filter(|choice| seen.insert(choice.clone())).take(budget).collect()
}
