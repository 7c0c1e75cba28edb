//! A capture file of any format that is read.

use super::block::Block;
use super::compressed::Compression;
use super::fault::Fault;
use super::foreign::{self, HEAD};
use super::pcap::Pcap;
use super::pcapng::Pcapng;
use crate::model::{LinkType, Time};

/// A capture file, open at one of its packets.
#[derive(Debug)]
pub(super) enum Container {
    Pcap(Pcap),
    Pcapng(Box<Pcapng>),
}

/// A packet that lies in the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) time: Time,
    pub(super) digits: u8,
    pub(super) link: LinkType,
    /// Where its bytes are in the block.
    pub(super) at: usize,
    pub(super) len: usize,
    pub(super) wire_len: u32,
}

impl Container {
    /// Finds out what an input is and reads as far as its first packet.
    ///
    /// # Errors
    /// A [`Fault`] where the input is no capture, or one that is not read.
    pub(super) fn open(block: &mut Block) -> Result<Self, Fault> {
        let mut magic = magic(block)?;
        if let Some(compression) = Compression::of(magic) {
            block.decompress(compression)?;
            magic = self::magic(block)?;
            if Compression::of(magic).is_some() {
                return Err(Fault::Nested);
            }
        }
        if magic == Pcapng::MAGIC {
            return Ok(Self::Pcapng(Box::default()));
        }
        if let Some(pcap) = Pcap::open(block)? {
            return Ok(Self::Pcap(pcap));
        }
        block.has(HEAD)?;
        let head = block.unread();
        Err(foreign::recognise(head.get(..HEAD).unwrap_or(head)).map_or(Fault::Unknown, Fault::Foreign))
    }

    /// The next packet; `None` at the end.
    ///
    /// # Errors
    /// A [`Fault`]; there is nothing to read after it.
    #[expect(clippy::inline_always, reason = "every packet takes it, and a call would copy what it says")]
    #[inline(always)]
    pub(super) fn next(&mut self, block: &mut Block) -> Result<Option<Packet>, Fault> {
        // A result of each: one that both write would be a copy of each packet.
        let packet = match self {
            Self::Pcap(pcap) => pcap.next(block)?,
            Self::Pcapng(pcapng) => pcapng.next(block)?,
        };
        Ok(packet)
    }

    /// Packets that were dropped before they could be written here, as far as the file tells.
    pub(super) fn drops(&self) -> u64 {
        match self {
            Self::Pcap(_) => 0,
            Self::Pcapng(pcapng) => pcapng.drops(),
        }
    }

    /// What was wrong and could be read past.
    pub(super) fn oddities(&self) -> Option<String> {
        match self {
            Self::Pcap(_) => None,
            Self::Pcapng(pcapng) => pcapng.oddities(),
        }
    }
}

fn magic(block: &mut Block) -> Result<[u8; 4], Fault> {
    block.has(4)?;
    match block.unread() {
        [a, b, c, d, ..] => Ok([*a, *b, *c, *d]),
        [] => Err(block.finish().err().unwrap_or(Fault::Empty)),
        _ => Err(Fault::Unknown),
    }
}

/// The number for the wire of a link type as it stands in a file. Old tools wrote their system's own number, which for these
/// is another one, and no registered link type.
pub(super) fn link_type(number: u16) -> LinkType {
    LinkType(match number {
        11 => 100,      // RFC 1483 ATM
        12 | 14 => 101, // raw IP
        15 => 102,      // SLIP of BSD/OS
        16 => 103,      // PPP of BSD/OS
        19 => 106,      // classical IP over ATM of Linux
        same => same,
    })
}
