//! The pcap format (draft-ietf-opsawg-pcap).

use super::block::Block;
use super::byte_order::ByteOrder;
use super::container::{Packet, link_type};
use super::fault::Fault;
use crate::model::{LinkType, Time};

/// A pcap file.
#[derive(Debug)]
pub(super) struct Pcap {
    order: ByteOrder,
    variant: &'static Variant,
    link: LinkType,
}

/// What the magic number says.
#[derive(Debug)]
struct Variant {
    magic: u32,
    /// Nanoseconds in a unit of a packet's second number.
    unit: i64,
    digits: u8,
    /// Length of a packet record's header.
    header: u8,
}

const VARIANTS: [Variant; 3] = [
    Variant { magic: 0xa1b2_c3d4, unit: 1000, digits: 6, header: 16 },
    Variant { magic: 0xa1b2_3c4d, unit: 1, digits: 9, header: 16 },
    // The "modified" format of old Linux systems: 8 bytes more that tell interface and direction.
    Variant { magic: 0xa1b2_cd34, unit: 1000, digits: 6, header: 24 },
];

/// A record: its length, and the packet with its place in it.
struct Record {
    len: usize,
    packet: Packet,
}

const FILE_HEADER: usize = 24;

impl Pcap {
    /// Reads the file header; `None` where the file is no pcap file.
    ///
    /// # Errors
    /// [`Fault::Truncated`], and [`Fault::Version`] for versions before 2.3, which order the lengths differently.
    pub(super) fn open(block: &mut Block) -> Result<Option<Self>, Fault> {
        let found = VARIANTS.iter().find_map(|variant| {
            let order = ByteOrder::of(block.unread(), variant.magic)?;
            Some((order, variant))
        });
        let Some((order, variant)) = found else {
            return Ok(None);
        };
        if !block.has(FILE_HEADER)? {
            return block.finish().map(|()| None);
        }
        let header = block.unread().first_chunk::<FILE_HEADER>();
        let Some([_, _, _, _, m0, m1, n0, n1, .., k0, k1, k2, k3]) = header.copied() else {
            return block.finish().map(|()| None);
        };
        let (major, minor) = (order.u16([m0, m1]), order.u16([n0, n1]));
        if major != 2 || minor < 3 {
            return Err(Fault::Version { format: "pcap", major, minor });
        }
        // The upper half tells of a frame check sequence.
        let [low, high, ..] = order.u32([k0, k1, k2, k3]).to_le_bytes();
        block.take(FILE_HEADER);
        Ok(Some(Self { order, variant, link: link_type(u16::from_le_bytes([low, high])) }))
    }

    /// The next packet; `None` at the end.
    ///
    /// # Errors
    /// A [`Fault`]; there is nothing to read after it.
    #[expect(clippy::inline_always, reason = "every packet takes it, and a call would copy what it says")]
    #[inline(always)]
    pub(super) fn next(&mut self, block: &mut Block) -> Result<Option<Packet>, Fault> {
        loop {
            match self.record(block.unread()) {
                Ok(Record { len, packet }) => {
                    let at = block.take(len).saturating_add(packet.at);
                    return Ok(Some(Packet { at, ..packet }));
                }
                Err(needed) if block.has(needed)? => {}
                Err(_) => return block.finish().map(|()| None),
            }
        }
    }

    /// The record at the start of the bytes, or how many it needs at least.
    fn record(&self, bytes: &[u8]) -> Result<Record, usize> {
        let header = usize::from(self.variant.header);
        let (head, rest) = bytes.split_at_checked(header).ok_or(header)?;
        let [seconds, fraction, captured, wire] = self.order.words(head).ok_or(header)?;
        let len = usize::try_from(captured).unwrap_or(usize::MAX);
        if rest.len() < len {
            return Err(header.saturating_add(len));
        }
        let fraction = i64::from(fraction).wrapping_mul(self.variant.unit);
        let packet = Packet {
            time: Time(i64::from(seconds).wrapping_mul(1_000_000_000).wrapping_add(fraction)),
            digits: self.variant.digits,
            link: self.link,
            at: header,
            len,
            wire_len: wire.max(captured),
        };
        Ok(Record { len: header.saturating_add(len), packet })
    }
}
