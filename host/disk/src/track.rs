//! One object's values since it was last durable.

/// An object's durable value and those after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Track<T> {
    durable: T,
    /// Values after the durable one with the number of the change that made each; oldest first.
    later: Vec<(u64, T)>,
    /// A sync of the latest value failed: the system takes it for written, and no later sync will
    /// write it, until the object changes again.
    dropped: bool,
}

impl<T: Clone + PartialEq> Track<T> {
    /// A durable value.
    pub(crate) fn durable(value: T) -> Self {
        Self { durable: value, later: Vec::new(), dropped: false }
    }

    /// What the running system sees.
    pub(crate) fn latest(&self) -> &T {
        self.later.last().map_or(&self.durable, |(_, value)| value)
    }

    pub(crate) fn set(&mut self, change: u64, value: T) {
        self.later.push((change, value));
        self.dropped = false;
    }

    /// Makes the latest value durable.
    pub(crate) fn sync(&mut self) {
        if self.dropped {
            return;
        }
        if let Some((_, value)) = self.later.pop() {
            self.durable = value;
            self.later.clear();
        }
    }

    /// A sync failed on the way.
    pub(crate) fn fail_sync(&mut self) {
        self.dropped = !self.later.is_empty();
    }

    /// How many values a crash may leave besides the durable one.
    pub(crate) fn open(&self) -> usize {
        self.later.len()
    }

    /// The durable value (0), or one after it; the latest where there are not so many.
    pub(crate) fn at(&self, version: usize) -> &T {
        match version.checked_sub(1) {
            None => &self.durable,
            Some(index) => self.later.get(index).map_or(self.latest(), |(_, value)| value),
        }
    }

    /// The version that stood before the change of this number: values of it and later ones are
    /// left out.
    pub(crate) fn version_before(&self, change: u64) -> usize {
        self.later.partition_point(|(number, _)| *number < change)
    }

    /// Numbers of the changes that are open, oldest first.
    pub(crate) fn changes(&self) -> impl DoubleEndedIterator<Item = u64> {
        self.later.iter().map(|(number, _)| *number)
    }
}
