//! Why an input was not read to its end.

use std::io;

use super::foreign::Foreign;
use crate::model::InputEnd;

/// Why an input was not read to its end. Places are byte offsets in the capture, in a compressed file those of its content.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// No byte in it.
    #[error("is empty")]
    Empty,
    /// The input ends inside a record or header.
    #[error("ends inside the record that starts at byte {at}")]
    Truncated { at: u64 },
    /// A record longer than any capture tool writes.
    #[error("damaged at byte {at}: a record of {len} bytes, more than the {max} that are read")]
    TooLong { at: u64, len: u64, max: usize },
    /// A record that cannot be one.
    #[error("damaged at byte {at}: {what}")]
    Damaged { at: u64, what: &'static str },
    /// A version of a known format that is not read.
    #[error("{format} version {major}.{minor} is not read: convert it with 'editcap -F pcapng IN OUT'")]
    Version { format: &'static str, major: u16, minor: u16 },
    /// Another format.
    #[error("{}: {}", .0.name, .0.advice)]
    Foreign(&'static Foreign),
    /// Nothing that is known.
    #[error("not a capture file: neither pcap nor pcapng, plain or in gzip, zstd or lz4")]
    Unknown,
    /// A compressed file in a compressed file.
    #[error("compressed twice: decompress it once")]
    Nested,
    /// The input cannot be opened.
    #[error("{0}")]
    Open(#[source] io::Error),
    /// Reading or decompressing failed.
    #[error("at byte {at}: {error}")]
    Read {
        at: u64,
        #[source]
        error: io::Error,
    },
}

impl Fault {
    /// What the report says of an input that ended so.
    pub(super) fn ended(&self) -> InputEnd {
        match self {
            Self::Truncated { .. } => InputEnd::Truncated,
            _ => InputEnd::Error,
        }
    }

    /// True for a file that holds no packets as far as can be told: a walk through a folder passes over it.
    pub(super) fn is_no_capture(&self) -> bool {
        match self {
            Self::Empty | Self::Unknown | Self::Nested => true,
            Self::Foreign(format) => !format.has_packets,
            _ => false,
        }
    }
}
