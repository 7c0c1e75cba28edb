//! What a framer answers. Framing is not parsing: only a framer may ask for more bytes, and what it cuts out can only be right or wrong.

/// What stands at the front of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framed<'a> {
    /// At least this many bytes are needed in all, counted from the start of the slice.
    Need(usize),
    /// A record that someone reads.
    Record {
        /// The record without its framing.
        body: &'a [u8],
        /// Bytes of the slice that belong to it, framing included; never zero.
        consumed: usize,
    },
    /// This many bytes, counted from the start and never zero, that nobody reads. May reach far beyond the slice.
    Skip(usize),
    /// The bytes are not of this protocol: the start of the slice is not the start of a record.
    Lost,
}

/// Whether the first bytes of a direction belong to a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// They do.
    Yes,
    /// They do not.
    No,
    /// They may: this many bytes in all are needed to tell, counted from the start of the slice.
    Need(usize),
}

/// Where the next record starts after a hole in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// At this offset.
    At(usize),
    /// Not before this offset: what stands before it is of no use, what follows may be the beginning of a record.
    NotBefore(usize),
}

/// A length from the wire as an offset. Every target of this project has at least 32 bits, so it only saturates in theory.
pub(crate) fn size(len: u32) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}
