//! A pcap file with times in microseconds.

use std::io::{self, Write};

use crate::octets::{Octets as _, patch};
use crate::packet::{End, Header, Wrapping, frame};

/// Where packets go.
pub(crate) struct Capture<'w> {
    out: &'w mut dyn Write,
    buffer: Vec<u8>,
    /// Microseconds since 1970.
    now: u64,
    id: u16,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
}

impl<'w> Capture<'w> {
    pub(crate) fn new(out: &'w mut dyn Write) -> Self {
        let mut buffer = Vec::with_capacity(BUFFER + 0x1_0000);
        for number in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0x0004_0000, 1] {
            buffer.le32(number);
        }
        Self { out, buffer, now: START, id: 1, packets: 0, bytes: 0 }
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, micros: u64) {
        self.now += micros;
    }

    pub(crate) fn packet(
        &mut self,
        wrapping: Wrapping,
        ends: (End, End),
        header: &Header<'_>,
        payload: &[u8],
    ) -> io::Result<()> {
        let start = self.buffer.len();
        self.buffer.le32((self.now / 1_000_000) as usize);
        self.buffer.le32((self.now % 1_000_000) as usize);
        self.buffer.zeros(8);
        self.id = self.id.wrapping_add(1);
        frame(&mut self.buffer, wrapping, ends, header, payload, self.id);
        let length = (self.buffer.len() - start - 16) as u32;
        patch(&mut self.buffer, start + 8, &length.to_le_bytes());
        patch(&mut self.buffer, start + 12, &length.to_le_bytes());
        self.packets += 1;
        self.bytes += u64::from(length) + 16;
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

const BUFFER: usize = 1 << 18;
/// 2026-03-01 00:00 UTC.
const START: u64 = 1_772_323_200_000_000;
