//! Capture files and standard input -> frames, borrowed from one block buffer: nothing is copied or allocated for a packet.
//!
//! pcap and pcapng in all byte orders and resolutions are read, plain or in gzip, zstd or lz4, which are known by their
//! content. What cannot be read is named in the reports and never stops the other inputs.
//!
//! Files of a ring buffer are one capture. The inputs are grouped by folder, and in a folder by their names without digits,
//! because tools number or date the files that they change to (`x_00001_2024….pcapng`, `x.pcap1`); two rings in a folder
//! are so not mixed. A group is read in the order of the first packets. A file continues the capture of the file read
//! before it, in the same folder, if its first packet is at most a second before that file's last one, and either their names
//! are of one group or there is at most a minute between them. Else [`Event::NewCapture`] comes first, also before and after
//! standard input.

mod block;
mod byte_order;
mod compressed;
mod container;
mod fault;
mod filter;
mod foreign;
mod inputs;
mod pcap;
mod pcapng;
mod ring;

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use self::block::{BLOCK, Block, Reader};
use self::container::{Container, Packet};
use self::fault::Fault;
use self::inputs::Pending;
use self::ring::Ring;

pub use self::filter::Filter;
use crate::model::{Frame, Input, InputEnd, SourceId, Stamp, Time};

/// What comes next.
#[derive(Debug)]
pub enum Event<'a> {
    /// A packet.
    Frame(Frame<'a>),
    /// The frames after this belong to another capture: no connection goes on across it.
    NewCapture,
}

/// All inputs of a run, read one after the other.
pub struct Captures {
    /// In the order in which they are read; a [`SourceId`] counts them.
    inputs: Vec<(Pending, Option<Ring>)>,
    passed_over: Vec<PathBuf>,
    block: Block,
    open: Option<Container>,
    /// The first packet of an input that starts a new capture.
    held: Option<Packet>,
    source: SourceId,
    packets: u64,
    time: Time,
    /// Input and time of the last packet of the inputs before, as far as the capture goes on.
    last: Option<(usize, Time)>,
    reports: Vec<Input>,
    kernel_drops: u64,
    bytes_read: Arc<AtomicU64>,
}

impl Captures {
    /// Takes the files that the paths stand for: files, folders with all below them, and `-` for standard input. Files in
    /// folders that are no captures are passed over. What cannot be read is said when its turn comes.
    pub fn open(paths: &[PathBuf]) -> Self {
        let (inputs, passed_over) = inputs::expand(paths);
        Self::new(ring::order(inputs), passed_over)
    }

    /// The next packet or the start of another capture; `None` when all inputs are read.
    pub fn read(&mut self) -> Option<Event<'_>> {
        let packet = loop {
            match self.packet() {
                Some(packet) if self.packets == 0 && self.starts_capture(packet.time) => {
                    self.held = Some(packet);
                    self.last = None;
                    return Some(Event::NewCapture);
                }
                Some(packet) => break packet,
                None => self.advance()?,
            }
        };
        self.packets = self.packets.wrapping_add(1);
        self.time = packet.time;
        let Packet { time, digits, link, at, len, wire_len } = packet;
        let stamp = Stamp { time, digits, source: self.source, frame: self.packets };
        Some(Event::Frame(Frame { stamp, link, bytes: self.block.taken(at, len), wire_len }))
    }

    /// How each input ended, as far as they are read, in that order.
    pub fn reports(&self) -> &[Input] {
        &self.reports
    }

    /// How each input ended.
    pub fn into_reports(self) -> Vec<Input> {
        self.reports
    }

    /// The inputs as they were named, by their [`SourceId`].
    pub fn names(&self) -> Vec<Arc<str>> {
        self.inputs.iter().map(|(input, _)| Arc::clone(&input.name)).collect()
    }

    /// The input as it was named.
    pub fn name(&self, id: SourceId) -> Option<&Arc<str>> {
        self.inputs.get(index(id)).map(|(input, _)| &input.name)
    }

    /// Files in folders that were passed over because they are no captures.
    pub fn passed_over(&self) -> &[PathBuf] {
        &self.passed_over
    }

    /// Bytes on disk of all inputs; `None` where one of them is no file.
    pub fn size_hint_bytes(&self) -> Option<u64> {
        self.inputs.iter().try_fold(0_u64, |sum, (input, _)| Some(sum.saturating_add(input.size?)))
    }

    /// Bytes read so far, counted like [`Captures::size_hint_bytes`]: before decompression.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }

    /// Packets that were dropped before they could be written to the inputs read so far, as far as these tell.
    pub fn kernel_drops(&self) -> u64 {
        self.kernel_drops
    }

    fn new(inputs: Vec<(Pending, Option<Ring>)>, passed_over: Vec<PathBuf>) -> Self {
        Self {
            inputs,
            passed_over,
            block: Block::new(BLOCK, u64::MAX),
            open: None,
            held: None,
            source: SourceId(0),
            packets: 0,
            time: Time(0),
            last: None,
            reports: Vec::new(),
            kernel_drops: 0,
            bytes_read: Arc::default(),
        }
    }

    /// The next packet of the open input, which is closed when it has no more.
    #[inline]
    fn packet(&mut self) -> Option<Packet> {
        if self.held.is_some() {
            return self.held.take();
        }
        match self.open.as_mut()?.next(&mut self.block) {
            Ok(Some(packet)) => return Some(packet),
            Ok(None) => self.close(None),
            Err(fault) => self.close(Some(&fault)),
        }
        None
    }

    /// Opens the next input, if it can be; `None` at the end.
    #[cold]
    fn advance(&mut self) -> Option<()> {
        let at = self.reports.len();
        let (input, _) = self.inputs.get(at)?;
        self.source = SourceId(u32::try_from(at).unwrap_or(u32::MAX));
        self.packets = 0;
        match input.open() {
            Ok(reader) => {
                self.block.restart(Box::new(Counted { reader, bytes: Arc::clone(&self.bytes_read) }));
                match Container::open(&mut self.block) {
                    Ok(container) => self.open = Some(container),
                    Err(fault) => self.report(Some(&fault), None),
                }
            }
            Err(fault) => self.report(Some(&fault), None),
        }
        Some(())
    }

    /// Whether the open input, whose first packet this is, starts another capture.
    fn starts_capture(&self, first: Time) -> bool {
        let Some((before, last)) = self.last else {
            return false;
        };
        let at = self.reports.len();
        let ring = |at: usize| self.inputs.get(at).and_then(|(_, ring)| ring.as_ref());
        !ring(at).zip(ring(before)).is_some_and(|(ring, before)| ring.continues(first, before, last))
    }

    /// Closes the open input.
    #[cold]
    fn close(&mut self, fault: Option<&Fault>) {
        let oddities = self.open.take().and_then(|container| {
            self.kernel_drops = self.kernel_drops.saturating_add(container.drops());
            container.oddities()
        });
        if self.packets > 0 {
            self.last = Some((self.reports.len(), self.time));
        }
        self.report(fault, oddities);
    }

    fn report(&mut self, fault: Option<&Fault>, oddities: Option<String>) {
        let text: Vec<_> = fault.map(Fault::to_string).into_iter().chain(oddities).collect();
        self.reports.push(Input {
            source: self.name(self.source).map_or("".into(), Arc::clone),
            packets: self.packets,
            ended: fault.map_or(InputEnd::Clean, Fault::ended),
            text: Some(text.join("; ")).filter(|text| !text.is_empty()),
        });
        self.block.restart(Box::new(io::empty()));
    }
}

fn index(id: SourceId) -> usize {
    usize::try_from(id.0).unwrap_or(usize::MAX)
}

/// A reader that counts its bytes.
struct Counted {
    reader: Reader,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(into)?;
        self.bytes.fetch_add(u64::try_from(read).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test code")]
mod tests;
