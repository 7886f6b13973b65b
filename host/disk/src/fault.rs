//! Calls that fail on purpose.

use serde::{Deserialize, Serialize};

use crate::disk::CallKind;

/// What a faulty call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It fails with an I/O error and changes nothing. A sync that fails has not synced, and what
    /// it should have written no later sync writes.
    Io,
    /// It fails for want of space, where it would need any; other calls go on.
    NoSpace,
    /// A read or write does half of what it was asked for, a single byte being done; other calls
    /// go on.
    Short,
}

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// The one call.
    Once,
    /// That call and every later one.
    ForEver,
}

/// A fault: from which call on, what, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fault {
    /// Number of the first call that it meets, from 1.
    pub from: u64,
    /// What happens.
    pub effect: Effect,
    /// For how long.
    pub span: Span,
}

/// For people: `call 14 fails with an I/O error, once`.
impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let how = match self.effect {
            Effect::Io => "fails with an I/O error",
            Effect::NoSpace => "fails for want of space",
            Effect::Short => "does half of what it is asked for",
        };
        let long = match self.span {
            Span::Once => "once",
            Span::ForEver => "and so does every later one",
        };
        write!(f, "call {} {how}, {long}", self.from)
    }
}

/// Faults a disk is given, and how often they struck.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    planned: Vec<Fault>,
    struck: u64,
    /// Syncs that do nothing and say they did: all of them, or the one of this number among syncs.
    dropped: Option<Dropped>,
    syncs: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dropped {
    All,
    One(u64),
}

impl Faults {
    /// None.
    pub fn none() -> Self {
        Self::default()
    }

    /// These.
    pub fn planned(planned: impl IntoIterator<Item = Fault>) -> Self {
        Self { planned: planned.into_iter().collect(), ..Self::default() }
    }

    /// Every sync says it synced, and did not.
    pub fn drop_every_sync() -> Self {
        Self { dropped: Some(Dropped::All), ..Self::default() }
    }

    /// The sync of this number, from 1, says it synced, and did not.
    pub fn drop_sync(number: u64) -> Self {
        Self { dropped: Some(Dropped::One(number)), ..Self::default() }
    }

    /// How often a fault met a call it applies to.
    pub fn struck(&self) -> u64 {
        self.struck
    }

    /// Syncs so far.
    pub fn syncs(&self) -> u64 {
        self.syncs
    }

    /// What happens to this call.
    pub(crate) fn meet(&mut self, number: u64, kind: CallKind) -> Option<Effect> {
        let met = self.planned.iter().find(|fault| {
            let now = match fault.span {
                Span::Once => fault.from == number,
                Span::ForEver => fault.from <= number,
            };
            now && fault.effect.applies(kind)
        })?;
        self.struck += 1;
        Some(met.effect)
    }

    /// Whether the sync that comes now does nothing.
    pub(crate) fn drops_next_sync(&mut self) -> bool {
        self.syncs += 1;
        match self.dropped {
            None => false,
            Some(Dropped::All) => true,
            Some(Dropped::One(number)) => number == self.syncs,
        }
    }
}

impl Effect {
    fn applies(self, kind: CallKind) -> bool {
        match self {
            Self::Io => kind != CallKind::Look,
            Self::NoSpace => {
                matches!(kind, CallKind::Write | CallKind::Resize | CallKind::Name)
            }
            Self::Short => matches!(kind, CallKind::Read | CallKind::Write),
        }
    }
}
