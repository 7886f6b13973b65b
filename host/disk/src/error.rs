//! Why a file call fails.

/// Why a file call fails; each is what a real file system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FsError {
    /// There is no such entry.
    #[error("no such file or folder")]
    NoEntry,
    /// There is an entry of this name already.
    #[error("the name is taken")]
    Exists,
    /// A folder was needed.
    #[error("not a folder")]
    NotDirectory,
    /// A file was needed.
    #[error("a folder")]
    IsDirectory,
    /// The folder holds entries.
    #[error("the folder is not empty")]
    NotEmpty,
    /// The call makes no sense: an empty name, a folder moved into itself.
    #[error("invalid argument")]
    Invalid,
    /// The path leads out of the folder that was granted.
    #[error("the path leads out of the granted folder")]
    NotPermitted,
    /// This disk does not do it: links.
    #[error("unsupported")]
    Unsupported,
    /// The device failed.
    #[error("input or output error")]
    Io,
    /// The device is full.
    #[error("no space left on the device")]
    NoSpace,
    /// A file would be larger than [`crate::Disk`] allows.
    #[error("the file would be too large")]
    TooLarge,
    /// Whoever watches wanted to see who makes this call; it was not made.
    #[error("stopped at this call of the disk")]
    Stopped,
}
