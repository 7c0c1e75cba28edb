//! Captures as lists of packets, to be taken apart and put together again.

use std::fs;
use std::path::Path;

/// A little-endian pcap file of Ethernet frames with microseconds, as all samples of the laboratory are.
#[derive(Clone, Debug)]
pub(crate) struct Capture {
    header: Vec<u8>,
    pub(crate) packets: Vec<Packet>,
}

/// One packet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Packet {
    /// Seconds and microseconds, as one number of microseconds.
    pub(crate) time: u64,
    pub(crate) wire_len: u32,
    pub(crate) bytes: Vec<u8>,
}

impl Capture {
    /// Reads a file; `None` where it is of another kind.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let bytes = fs::read(path).unwrap();
        let (header, mut rest) = bytes.split_at_checked(24)?;
        if header[..4] != 0xa1b2_c3d4_u32.to_le_bytes() || header[20..] != 1_u32.to_le_bytes() {
            return None;
        }
        let mut packets = Vec::new();
        while let Some((record, after)) = rest.split_at_checked(16) {
            let word = |at: usize| record[at..at + 4].try_into().map(u32::from_le_bytes).unwrap();
            let (bytes, after) = after.split_at_checked(usize::try_from(word(8)).unwrap())?;
            let time = u64::from(word(0)) * 1_000_000 + u64::from(word(4));
            packets.push(Packet { time, wire_len: word(12), bytes: bytes.to_vec() });
            rest = after;
        }
        Some(Self { header: header.to_vec(), packets })
    }

    /// The file with these packets.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut bytes = self.header.clone();
        for packet in &self.packets {
            let word = |number: u64| u32::try_from(number).unwrap().to_le_bytes();
            let length = u64::try_from(packet.bytes.len()).unwrap();
            bytes.extend(
                [word(packet.time / 1_000_000), word(packet.time % 1_000_000), word(length)].as_flattened(),
            );
            bytes.extend(packet.wire_len.to_le_bytes());
            bytes.extend(&packet.bytes);
        }
        bytes
    }
}
