//! What may be wrong with the log.

/// One way to lose data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Defect {
    /// A commit is answered, and synced at the next one.
    AcknowledgesBeforeSync,
    /// Nothing is ever synced.
    NeverSyncs,
    /// A new log's entry is not made durable.
    ForgetsTheFoldersSync,
    /// A rewritten log takes its name before its bytes are durable.
    RenamesBeforeSync,
    /// The old log is removed before the new one has its name.
    RemovesBeforeRename,
    /// A record that was cut short is taken as far as it goes.
    AcceptsATornTail,
    /// A record's checksum is not looked at.
    IgnoresTheChecksum,
    /// What follows a torn record is written after it, where no recovery comes to it.
    LeavesTheTornTail,
    /// A log that does not read to its end is taken for empty.
    ForgetsAllForATornTail,
    /// Recovery applies the log's first record once more at the end.
    ReplaysTwice,
    /// A call of a batch is durable by itself.
    LeaksHalfABatch,
    /// A write that finds no room is taken for done.
    SwallowsNoSpace,
    /// A write or sync that fails is taken for done.
    SwallowsIoErrors,
    /// A sync that failed is tried again, and its second answer believed.
    RetriesAFailedSync,
    /// What a write did not write is not written again.
    IgnoresAShortWrite,
    /// The numbers given out are kept in memory.
    ReusesTokensAfterReopen,
    /// A torn record ends the instance.
    TrapsInRecovery,
    /// The folder is synced in place of the file.
    SyncsTheWrongFile,
    /// The log's length is durable before its bytes.
    LengthBeforeBytes,
}

impl Defect {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::AcknowledgesBeforeSync,
        Self::NeverSyncs,
        Self::ForgetsTheFoldersSync,
        Self::RenamesBeforeSync,
        Self::RemovesBeforeRename,
        Self::AcceptsATornTail,
        Self::IgnoresTheChecksum,
        Self::LeavesTheTornTail,
        Self::ForgetsAllForATornTail,
        Self::ReplaysTwice,
        Self::LeaksHalfABatch,
        Self::SwallowsNoSpace,
        Self::SwallowsIoErrors,
        Self::RetriesAFailedSync,
        Self::IgnoresAShortWrite,
        Self::ReusesTokensAfterReopen,
        Self::TrapsInRecovery,
        Self::SyncsTheWrongFile,
        Self::LengthBeforeBytes,
    ];

    /// Its name in `WIRT_FAULT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AcknowledgesBeforeSync => "acknowledges-before-sync",
            Self::NeverSyncs => "never-syncs",
            Self::ForgetsTheFoldersSync => "forgets-the-folders-sync",
            Self::RenamesBeforeSync => "renames-before-sync",
            Self::RemovesBeforeRename => "removes-before-rename",
            Self::AcceptsATornTail => "accepts-a-torn-tail",
            Self::IgnoresTheChecksum => "ignores-the-checksum",
            Self::LeavesTheTornTail => "leaves-the-torn-tail",
            Self::ForgetsAllForATornTail => "forgets-all-for-a-torn-tail",
            Self::ReplaysTwice => "replays-twice",
            Self::LeaksHalfABatch => "leaks-half-a-batch",
            Self::SwallowsNoSpace => "swallows-no-space",
            Self::SwallowsIoErrors => "swallows-io-errors",
            Self::RetriesAFailedSync => "retries-a-failed-sync",
            Self::IgnoresAShortWrite => "ignores-a-short-write",
            Self::ReusesTokensAfterReopen => "reuses-tokens-after-reopen",
            Self::TrapsInRecovery => "traps-in-recovery",
            Self::SyncsTheWrongFile => "syncs-the-wrong-file",
            Self::LengthBeforeBytes => "length-before-bytes",
        }
    }

    /// The defect of this name.
    ///
    /// # Errors
    /// A line for people where there is none.
    pub fn named(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|defect| defect.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            format!("WIRT_FAULT is {name:?}, and a defect was expected: {known}")
        })
    }
}
