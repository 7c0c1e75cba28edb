//! The pcapng format (draft-ietf-opsawg-pcapng).

mod interface;

use self::interface::{Interface, options};
use super::block::{Block, MAX_RECORD};
use super::byte_order::ByteOrder;
use super::container::Packet;
use super::fault::Fault;
use crate::model::Time;

/// Most interfaces of a section that are remembered; packets of further ones are skipped, like those of unknown ones.
const MAX_INTERFACES: usize = 65_536;

/// Type, two lengths, and no body.
const MIN_BLOCK: usize = 12;

/// A pcapng file. Its sections are read as they come: what their headers say of their length is not needed for that.
#[derive(Debug, Default)]
pub(super) struct Pcapng {
    order: Option<ByteOrder>,
    interfaces: Vec<Interface>,
    /// Of the sections before.
    drops: u64,
    /// Time of the packet before, which a Simple Packet Block takes over, having none.
    time: Time,
    oddity: Option<(u64, &'static str)>,
    oddities: u64,
}

/// Type of a block (11.1); the others are skipped, whatever their length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct BlockType(u32);

impl BlockType {
    const SECTION_HEADER: Self = Self(0x0a0d_0d0a);
    const INTERFACE_DESCRIPTION: Self = Self(1);
    const PACKET: Self = Self(2);
    const SIMPLE_PACKET: Self = Self(3);
    const INTERFACE_STATISTICS: Self = Self(5);
    const ENHANCED_PACKET: Self = Self(6);

    fn is_read(self) -> bool {
        matches!(
            self,
            Self::SECTION_HEADER
                | Self::INTERFACE_DESCRIPTION
                | Self::PACKET
                | Self::SIMPLE_PACKET
                | Self::INTERFACE_STATISTICS
                | Self::ENHANCED_PACKET
        )
    }
}

const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
const ISB_IFDROP: u16 = 5;
const ISB_OSDROP: u16 = 7;

/// What the three packet blocks tell: interface, stamp (of two that have one), captured and original length, and where the
/// data are in the block's body.
struct Captured {
    interface: u32,
    stamp: Option<(u32, u32)>,
    len: u32,
    wire_len: u32,
    at: usize,
}

impl Pcapng {
    /// The first bytes of a file, the same in both byte orders.
    pub(super) const MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

    /// The next packet; `None` at the end.
    ///
    /// # Errors
    /// A [`Fault`]; there is nothing to read after it.
    pub(super) fn next(&mut self, block: &mut Block) -> Result<Option<Packet>, Fault> {
        loop {
            if !block.has(MIN_BLOCK)? {
                return block.finish().map(|()| None);
            }
            let at = block.offset();
            let (order, kind, len) = self.header(at, block.unread())?;
            if !kind.is_read() {
                if block.skip(len)? {
                    continue;
                }
                return Err(Fault::Truncated { at });
            }
            let len = usize::try_from(len).ok().filter(|len| *len <= MAX_RECORD).ok_or(Fault::TooLong {
                at,
                len,
                max: MAX_RECORD,
            })?;
            if !block.has(len)? {
                return block.finish().map(|()| None);
            }
            let whole = block.unread().get(..len).unwrap_or_default();
            let body = self.body(at, whole);
            let packet = match kind {
                BlockType::SECTION_HEADER => self.section(order, body).map(|()| None)?,
                BlockType::INTERFACE_DESCRIPTION => self.describe(order, at, body),
                BlockType::INTERFACE_STATISTICS => self.count_drops(order, body),
                _ => self.packet(order, kind, at, body),
            };
            let start = block.take(len);
            if let Some(packet) = packet {
                self.time = packet.time;
                return Ok(Some(Packet { at: start.saturating_add(packet.at), ..packet }));
            }
        }
    }

    /// Packets that interfaces and system dropped, by the last statistics of each interface.
    pub(super) fn drops(&self) -> u64 {
        self.interfaces.iter().fold(self.drops, |sum, interface| sum.saturating_add(interface.drops))
    }

    /// What was wrong and could be read past.
    pub(super) fn oddities(&self) -> Option<String> {
        let (at, what) = self.oddity?;
        let more = self.oddities.saturating_sub(1);
        Some(if more == 0 {
            format!("at byte {at}: {what}")
        } else {
            format!("at byte {at}: {what}; {more} more like this")
        })
    }

    fn note(&mut self, at: u64, what: &'static str) {
        self.oddity.get_or_insert((at, what));
        self.oddities = self.oddities.saturating_add(1);
    }

    /// Byte order, type and length of a block. Some tools forget the padding in the length, so it is put back.
    #[inline]
    fn header(&mut self, at: u64, bytes: &[u8]) -> Result<(ByteOrder, BlockType, u64), Fault> {
        let damaged = |what| Fault::Damaged { at, what };
        if bytes.starts_with(&Self::MAGIC) {
            let magic = bytes.get(8..).and_then(|bytes| ByteOrder::of(bytes, BYTE_ORDER_MAGIC));
            self.order = Some(magic.ok_or_else(|| damaged("a section header without byte-order magic"))?);
        }
        let order = self.order.ok_or_else(|| damaged("no section header"))?;
        let [kind, len] = order.words(bytes).ok_or_else(|| damaged("no block"))?;
        if len < 12 {
            return Err(damaged("a block shorter than its own header"));
        }
        Ok((order, BlockType(kind), u64::from(len).next_multiple_of(4)))
    }

    /// The body of a block. The length after it is only for reading backwards: a wrong one is noted.
    #[inline]
    fn body<'a>(&mut self, at: u64, block: &'a [u8]) -> &'a [u8] {
        let (front, last) = block.split_last_chunk::<4>().unwrap_or((block, &[0; 4]));
        let (head, body) = front.split_first_chunk::<8>().unwrap_or((&[0; 8], front));
        if !head.ends_with(last) {
            self.note(at, "the two lengths of a block differ");
        }
        body
    }

    fn section(&mut self, order: ByteOrder, body: &[u8]) -> Result<(), Fault> {
        let version = body.get(4..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        let [m0, m1, n0, n1] = version;
        let (major, minor) = (order.u16([m0, m1]), order.u16([n0, n1]));
        if major != 1 {
            return Err(Fault::Version { format: "pcapng", major, minor });
        }
        self.drops = self.drops();
        self.interfaces.clear();
        Ok(())
    }

    fn describe(&mut self, order: ByteOrder, at: u64, body: &[u8]) -> Option<Packet> {
        match Interface::read(order, body) {
            Some(interface) if self.interfaces.len() < MAX_INTERFACES => self.interfaces.push(interface),
            Some(_) => self.note(at, "more interfaces than are remembered"),
            None => self.note(at, "an interface description too short to be one"),
        }
        None
    }

    /// Interface Statistics Block (4.6). Its counters run from the start of the capture, so the last one is the sum.
    fn count_drops(&mut self, order: ByteOrder, body: &[u8]) -> Option<Packet> {
        let [id, _high, _low] = order.words(body)?;
        let interface = self.interfaces.get_mut(usize::try_from(id).ok()?)?;
        let counters =
            options(order, body.get(12..)?).filter(|(code, _)| matches!(*code, ISB_IFDROP | ISB_OSDROP));
        // All bits set is what some tools write for a counter that they do not have.
        let known = counters
            .filter_map(|(_, value)| Some(order.u64(*value.first_chunk()?)))
            .filter(|n| *n != u64::MAX);
        interface.drops = known.fold(0, u64::saturating_add);
        None
    }

    fn packet(&mut self, order: ByteOrder, kind: BlockType, at: u64, body: &[u8]) -> Option<Packet> {
        let packet = match kind {
            BlockType::ENHANCED_PACKET => enhanced(order, body),
            BlockType::SIMPLE_PACKET => self.simple(order, body),
            _ => obsolete(order, body),
        };
        let room = packet.as_ref().and_then(|packet| body.len().checked_sub(packet.at)).unwrap_or(0);
        let fitting = packet.and_then(|packet| {
            let len = usize::try_from(packet.len).ok().filter(|len| *len <= room)?;
            Some((packet, len))
        });
        let Some((packet, len)) = fitting else {
            self.note(at, "a packet longer than its block is skipped");
            return None;
        };
        let id = usize::try_from(packet.interface).unwrap_or(usize::MAX);
        let Some(interface) = self.interfaces.get(id) else {
            self.note(at, "a packet of an interface that is not described is skipped");
            return None;
        };
        Some(Packet {
            time: packet.stamp.map_or(self.time, |(high, low)| interface.time(high, low)),
            digits: interface.digits,
            link: interface.link,
            at: packet.at.saturating_add(8),
            len,
            wire_len: packet.wire_len.max(packet.len),
        })
    }

    /// Simple Packet Block (4.4): of interface 0, without a time, and its captured length must be worked out.
    fn simple(&self, order: ByteOrder, body: &[u8]) -> Option<Captured> {
        let [wire_len] = order.words(body)?;
        let snap_len = self.interfaces.first().map_or(0, |interface| interface.snap_len);
        let room = u32::try_from(body.len().saturating_sub(4)).unwrap_or(u32::MAX);
        let len = if snap_len == 0 { wire_len } else { wire_len.min(snap_len) };
        Some(Captured { interface: 0, stamp: None, len: len.min(room), wire_len, at: 4 })
    }
}

/// Enhanced Packet Block (4.3).
#[inline]
fn enhanced(order: ByteOrder, body: &[u8]) -> Option<Captured> {
    let [interface, high, low, len, wire_len] = order.words(body)?;
    Some(Captured { interface, stamp: Some((high, low)), len, wire_len, at: 20 })
}

/// Packet Block (appendix A), with 16 bits for the interface and a count of drops in the other 16.
fn obsolete(order: ByteOrder, body: &[u8]) -> Option<Captured> {
    let [_, high, low, len, wire_len] = order.words(body)?;
    let interface = u32::from(order.u16(*body.first_chunk()?));
    Some(Captured { interface, stamp: Some((high, low)), len, wire_len, at: 20 })
}
