//! What passes between the stream of a connection and what reads it.

use super::packet::{Direction, Stamp};

/// The longest message that is put together from several segments, in bytes.
pub const MAX_MESSAGE: usize = 1 << 20;

/// Where bytes that are handed on were seen.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// Their direction.
    pub direction: Direction,
    /// The packet that brought the last of them.
    pub stamp: Stamp,
}

/// What a reader did with the bytes that it was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing; it must see this many bytes from the same place at once. A number that is not larger than what it saw, or
    /// larger than [`MAX_MESSAGE`], counts as a hole: the reader is in disorder.
    Need(usize),
    /// It took this many bytes, or wants them passed over: more than it was shown are never shown.
    Took(u64),
    /// It wants nothing more of this direction.
    Close,
}
