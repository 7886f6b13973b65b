//! Every state a crash may leave, within a budget: each is opened by a fresh instance, looked at,
//! written to and opened again, and crashed once more on the way.
//!
//! States are made one at a time, looked at and dropped; what is kept of one is its digest and what
//! it showed.

mod tally;
mod visit;

use std::collections::HashMap;

use wirt_disk::{Choice, Choices, Effect, Fault, Image, Span};

pub use tally::Tally;
pub(crate) use visit::{Visited, Wrong, visit, visit_failing};

use crate::record::{Moment, Place, Reference};
use crate::settings::World;
use crate::{Crash, Machine};

/// Wrong states after which an exploration ends: more say nothing new.
const MAX_WRONG: usize = 64;

/// What may happen to a call of a recovery.
const RECOVERY_EFFECTS: u64 = 3;

/// Calls with which an instance may end, after those of its recovery.
const CLOSING_CALLS: u64 = 8;

/// How much of a recording is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) choices: usize,
    pub(crate) states: u64,
    pub(crate) nested: u64,
    pub(crate) nested_choices: usize,
    /// Recoveries on a failing disk, over all states whose recovery is crashed.
    pub(crate) recovery_faults: u64,
    /// Whether the first wrong state ends it.
    pub(crate) first_only: bool,
}

/// A state that is wrong, and how it came to be.
#[derive(Debug, Clone)]
pub(crate) struct Sighting {
    pub(crate) wrong: Wrong,
    /// The crash, and the one during its recovery, if it took two.
    pub(crate) trail: Vec<Crash>,
    /// When each of these crashes came, in a line.
    pub(crate) when: Vec<String>,
    /// Objects that the last crash left old.
    pub(crate) old: Vec<String>,
    /// What the disk did during the recovery.
    pub(crate) recovery: Option<Fault>,
}

impl Sighting {
    /// Something wrong that took no crash.
    pub(crate) fn without_crash(wrong: Wrong) -> Self {
        Self { wrong, trail: Vec::new(), when: Vec::new(), old: Vec::new(), recovery: None }
    }
}

/// What was seen of an image: what it showed, in operations done.
#[derive(Debug, Clone, Copy)]
struct Seen {
    shown: usize,
    /// Whether a crash in its recovery was looked at too.
    nested: bool,
}

/// One exploration.
pub(crate) struct Explorer<'a> {
    pub(crate) machine: &'a mut dyn Machine,
    pub(crate) world: World,
    pub(crate) reference: &'a Reference,
    pub(crate) bounds: Bounds,
    /// Asked before each state; where it says no, the exploration ends.
    pub(crate) goes_on: &'a mut dyn FnMut() -> bool,
    seen: HashMap<u128, Seen>,
    pub(crate) tally: Tally,
    pub(crate) sightings: Vec<Sighting>,
}

impl<'a> Explorer<'a> {
    pub(crate) fn new(
        machine: &'a mut dyn Machine,
        world: World,
        reference: &'a Reference,
        bounds: Bounds,
        goes_on: &'a mut dyn FnMut() -> bool,
    ) -> Self {
        Self {
            machine,
            world,
            reference,
            bounds,
            goes_on,
            seen: HashMap::new(),
            tally: Tally::default(),
            sightings: Vec::new(),
        }
    }

    /// Looks at the moments: first at every state a crash may leave, then, of some of them, at
    /// every state a crash in its recovery may leave. Says whether the first of it was finished.
    pub(crate) fn explore(&mut self, moments: &[Moment]) -> bool {
        let whole = self.breadth(moments);
        if whole && self.bounds.nested > 0 {
            self.depth(moments);
        }
        whole
    }

    /// Looks at every state a crash may leave at these of the moments.
    pub(crate) fn explore_some(&mut self, moments: &[Moment], points: &[usize]) {
        for point in points {
            if let Some(moment) = moments.get(*point)
                && !self.moment(*point, moment)
            {
                return;
            }
        }
    }

    fn is_over(&mut self) -> bool {
        let enough = if self.bounds.first_only { 1 } else { MAX_WRONG };
        if self.sightings.len() >= enough {
            return true;
        }
        let out_of_states = self.tally.recoveries >= self.bounds.states;
        if out_of_states || !(self.goes_on)() {
            self.tally.ended_early = true;
        }
        self.tally.ended_early
    }

    fn breadth(&mut self, moments: &[Moment]) -> bool {
        // Those after an answer first: there the least may be missing.
        let in_order = |answered: bool| {
            moments.iter().enumerate().filter(move |(_, moment)| moment.answered == answered)
        };
        let mut in_order = in_order(true).chain(in_order(false));
        in_order.all(|(point, moment)| self.moment(point, moment))
    }

    /// Every state a crash may leave at a moment. Says whether it came to the end.
    fn moment(&mut self, point: usize, moment: &Moment) -> bool {
        let choices = Choices::of(&moment.snapshot, self.bounds.choices, self.world.seed);
        let coverage = choices.coverage();
        self.tally.moments += 1;
        for choice in choices {
            if self.is_over() {
                return false;
            }
            let image = moment.snapshot.image(&choice);
            self.tally.choices += 1;
            if self.is_known(&image, moment.place) {
                continue;
            }
            if let Err(wrong) = self.look(&image, moment.place, false).shown {
                self.sighted(wrong, &[(point, moment, &choice)], None);
            }
        }
        self.tally.explored(coverage);
        true
    }

    fn depth(&mut self, moments: &[Moment]) {
        let roots = u64::try_from(self.seen.len()).unwrap_or(u64::MAX);
        let stride = roots.div_ceil(self.bounds.nested).max(1);
        let mut nth = 0;
        for (point, moment) in moments.iter().enumerate() {
            for choice in Choices::of(&moment.snapshot, self.bounds.choices, self.world.seed) {
                if self.is_over() {
                    return;
                }
                let image = moment.snapshot.image(&choice);
                // What showed something wrong is not known, and need not be crashed again.
                match self.seen.get_mut(&image.digest()) {
                    Some(seen) if !seen.nested => seen.nested = true,
                    _ => continue,
                }
                nth += 1;
                if (nth - 1) % stride != 0 {
                    continue;
                }
                let looked = self.look(&image, moment.place, true);
                self.tally.nested_roots += 1;
                let outer = (point, moment, &choice);
                self.fail_in_recovery(&outer, &image, looked.recovery_calls);
                self.crash_again(&outer, &looked.moments);
            }
        }
    }

    /// Calls of a recovery that fail, as many as are this state's share; spread evenly over the
    /// calls.
    fn fail_in_recovery(&mut self, outer: &(usize, &Moment, &Choice), image: &Image, calls: u64) {
        let faults = calls.saturating_add(CLOSING_CALLS).saturating_mul(RECOVERY_EFFECTS);
        let share = self.bounds.recovery_faults.div_ceil(self.bounds.nested.max(1)).min(faults);
        for nth in 0..share {
            if self.is_over() {
                return;
            }
            // Another beginning for each state, else the same calls would fail in all of them.
            let begin = self.tally.nested_roots;
            let drawn = (nth.saturating_mul(faults) / share).wrapping_add(begin) % faults;
            let effect = match drawn % RECOVERY_EFFECTS {
                0 => Effect::Io,
                1 => Effect::NoSpace,
                _ => Effect::Short,
            };
            let fault = Fault { from: drawn / RECOVERY_EFFECTS + 1, effect, span: Span::Once };
            self.tally.recoveries += 1;
            let (place, reference) = (outer.1.place, self.reference);
            match visit_failing(self.machine, &self.world, reference, image, place, fault) {
                Ok(struck) => self.tally.recovery_faults += u64::from(struck),
                Err(wrong) => {
                    self.tally.wrong += 1;
                    self.sighted(wrong, &[*outer], Some(fault));
                }
            }
        }
    }

    /// Every moment of a recovery, and of what came after it.
    fn crash_again(&mut self, outer: &(usize, &Moment, &Choice), moments: &[Moment]) {
        for (point, moment) in moments.iter().enumerate() {
            self.tally.nested_moments += 1;
            let budget = self.bounds.nested_choices;
            for choice in Choices::of(&moment.snapshot, budget, self.world.seed) {
                if self.is_over() {
                    return;
                }
                let image = moment.snapshot.image(&choice);
                self.tally.nested_choices += 1;
                if self.is_known(&image, moment.place) {
                    continue;
                }
                if let Err(wrong) = self.look(&image, moment.place, false).shown {
                    self.sighted(wrong, &[*outer, (point, moment, &choice)], None);
                }
            }
        }
    }

    /// Whether this image was looked at, and showed what it may show here.
    fn is_known(&self, image: &Image, place: Place) -> bool {
        self.seen.get(&image.digest()).is_some_and(|seen| {
            let may = |done: usize| self.reference.same(done, seen.shown);
            may(place.sure) || place.maybe.is_some_and(may)
        })
    }

    fn look(&mut self, image: &Image, place: Place, record: bool) -> Visited {
        self.tally.recoveries += 1;
        let visited = visit(self.machine, &self.world, self.reference, image, place, record);
        match visited.shown {
            Ok(shown) => {
                let seen = self.seen.entry(image.digest()).or_insert_with(|| {
                    self.tally.images += 1;
                    Seen { shown, nested: record }
                });
                seen.shown = shown;
            }
            Err(_) => self.tally.wrong += 1,
        }
        visited
    }

    fn sighted(
        &mut self,
        wrong: Wrong,
        trail: &[(usize, &Moment, &Choice)],
        recovery: Option<Fault>,
    ) {
        let old = trail.last().map(|(_, moment, choice)| left_old(moment, choice));
        self.sightings.push(Sighting {
            wrong,
            trail: trail
                .iter()
                .map(|(point, _, choice)| Crash { point: *point, choice: Choice::clone(choice) })
                .collect(),
            when: trail.iter().map(|(_, moment, _)| moment.to_string()).collect(),
            old: old.unwrap_or_default(),
            recovery,
        });
    }
}

/// Objects that a choice does not leave as they were last.
pub(crate) fn left_old(moment: &Moment, choice: &Choice) -> Vec<String> {
    let objects = moment.snapshot.objects().zip(&choice.versions).enumerate();
    objects
        .filter_map(|(index, ((object, open), version))| match choice.torn {
            Some((torn, bytes)) if torn == index => {
                Some(format!("{object}: {bytes} bytes of version {version}, the rest older"))
            }
            _ if *version < open => Some(format!("{object}: version {version} of {open}")),
            _ => None,
        })
        .collect()
}
