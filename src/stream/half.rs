//! One direction of a connection.

use super::queue::{Piece, Queue, differences};
use super::{Losses, Reader, Room};
use crate::model::{At, Direction, MAX_MESSAGE, Next, Time};

/// Offset of the first byte of a direction: there is room below it for what turns out to be earlier.
const ORIGIN: u64 = 1 << 32;
/// Offset at which a direction that nobody reads any more stands: after all that can come.
const CLOSED: u64 = u64::MAX >> 1;
/// A first segment further than this from its SYN belongs to another connection.
const MAX_FROM_SYN: u64 = 1 << 24;
/// The most bytes of one direction that wait for an earlier one.
const MAX_WAITING: usize = 1 << 20;
/// The most pieces of one direction that wait for an earlier byte.
const MAX_PIECES: usize = 1024;
/// How long they wait, in nanoseconds of capture time.
const MAX_WAIT: i64 = 30_000_000_000;
/// How many segments may follow after a peer has acknowledged bytes that are not in the capture…
const MAX_PATIENCE: u8 = 16;
/// …and for how long, in nanoseconds of capture time.
const MAX_PATIENCE_TIME: i64 = 1_000_000_000;
/// A buffer that is larger than this is not kept for the next message.
const KEPT_CAPACITY: usize = 4096;

#[derive(Debug)]
pub(super) struct Half {
    /// Sequence number at [`ORIGIN`].
    base: Option<u32>,
    /// Offset of the last segment: where sequence numbers are counted from.
    last: u64,
    /// Offset of the next byte that the reader has not taken: where `held` starts.
    position: u64,
    /// Offset that the other side has acknowledged.
    acknowledged: u64,
    /// Offset at which the sender closed the direction.
    fin: Option<u64>,
    /// The start of a message, and how long it must be to be read.
    held: Vec<u8>,
    want: usize,
    queue: Queue,
    /// When the queue began to wait, and how many segments have come since it was known to wait in vain.
    since: Time,
    vain: u8,
}

impl Half {
    pub(super) fn new(first_sequence: Option<u32>) -> Self {
        Self {
            base: first_sequence,
            last: ORIGIN,
            position: ORIGIN,
            acknowledged: 0,
            fin: None,
            held: Vec::new(),
            want: 0,
            queue: Queue::default(),
            since: Time(i64::MAX),
            vain: 0,
        }
    }

    /// Sequence number of the first byte, where it is known.
    pub(super) fn first_sequence(&self) -> Option<u32> {
        self.base
    }

    /// Offset of the next byte that is waited for.
    pub(super) fn next(&self) -> u64 {
        self.position.saturating_add(length(&self.held))
    }

    /// True where pieces wait.
    pub(super) fn is_waiting(&self) -> bool {
        self.queue.first().is_some()
    }

    /// The piece that comes next, early or not.
    pub(super) fn first(&self) -> Option<&Piece> {
        self.queue.first()
    }

    /// Bytes that are kept here.
    pub(super) fn kept(&self) -> usize {
        self.held.len().saturating_add(self.queue.bytes())
    }

    /// True where the sender has closed the direction and nothing before that is missing.
    pub(super) fn is_finished(&self) -> bool {
        self.fin.is_some_and(|fin| self.next() >= fin)
    }

    /// True where the first piece that waits lies behind a hole.
    pub(super) fn has_hole(&self) -> bool {
        self.queue.first().is_some_and(|piece| piece.at > self.next())
    }

    /// Where a sequence number lies; `None` while nothing of the direction has been seen.
    pub(super) fn offset(&self, sequence: u32) -> Option<u64> {
        let low = sequence.wrapping_sub(self.base?);
        let last_low = u32::try_from(self.last & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        let distance = i64::from(low.wrapping_sub(last_low).cast_signed());
        Some(self.last.saturating_add_signed(distance))
    }

    /// Notes where the sender stands; false where this is the middle of a connection whose start was not seen.
    pub(super) fn arrive(&mut self, sequence: u32) -> bool {
        let fresh = self.position == ORIGIN && self.held.is_empty() && self.queue.len() == 0;
        let near = self.offset(sequence).filter(|at| !fresh || at.abs_diff(ORIGIN) < MAX_FROM_SYN);
        let known = near.is_some();
        if !known {
            self.base = Some(sequence);
        }
        self.last = near.unwrap_or(ORIGIN);
        known
    }

    /// Notes what the other side has acknowledged.
    pub(super) fn acknowledge(&mut self, offset: u64) {
        self.acknowledged = self.acknowledged.max(offset);
    }

    /// Notes where the direction ends.
    pub(super) fn close_at(&mut self, offset: u64) {
        self.fin.get_or_insert(offset);
    }

    /// Keeps a piece for later; says how many of its bytes differ from those that wait.
    pub(super) fn keep(&mut self, piece: Piece) -> u64 {
        if self.queue.len() == 0 {
            self.since = piece.stamp.time;
            self.vain = 0;
        }
        self.queue.insert(piece)
    }

    /// Takes the first piece that waits, where it is not behind a hole.
    pub(super) fn pop(&mut self) -> Option<Piece> {
        if self.has_hole() { None } else { self.queue.pop() }
    }

    /// Lets the first piece go whatever it was sent after.
    pub(super) fn unblock(&mut self) {
        if let Some(mut piece) = self.queue.pop() {
            piece.acknowledged = 0;
            self.queue.insert(piece);
        }
    }

    /// How many bytes differ from those of an unfinished message that are still held.
    pub(super) fn differences(&self, at: u64, bytes: &[u8]) -> u64 {
        differences(self.position, &self.held, at, bytes)
    }

    /// True where waiting any longer is in vain, or would cost too much. `blocked`: the first piece waits for the other
    /// direction.
    pub(super) fn is_impatient(&mut self, now: Time, blocked: bool, room: &Room) -> bool {
        if self.queue.len() == 0 {
            return false;
        }
        let waited = now.0.saturating_sub(self.since.0);
        if blocked || self.acknowledged > self.next() {
            self.vain = self.vain.saturating_add(1);
        }
        self.vain > MAX_PATIENCE
            || (self.vain > 0 && waited > MAX_PATIENCE_TIME)
            || waited > MAX_WAIT
            || self.queue.len() > MAX_PIECES
            || self.queue.bytes() > MAX_WAITING
            || room.is_full()
    }

    /// Goes on behind a hole that ends at an offset.
    pub(super) fn jump(&mut self, at: At, to: u64, losses: &mut Losses, reader: &mut dyn Reader) {
        let missing = to.saturating_sub(self.next());
        if missing == 0 {
            return;
        }
        losses.gaps = losses.gaps.saturating_add(1);
        losses.gap_bytes = losses.gap_bytes.saturating_add(missing);
        (self.since, self.vain) = (at.stamp.time, 0);
        self.position = to.min(CLOSED);
        self.tear(at, reader);
    }

    /// Shows a piece that has waited, or what the reader still wants of it.
    pub(super) fn show_piece(
        &mut self,
        direction: Direction,
        piece: &Piece,
        losses: &mut Losses,
        reader: &mut dyn Reader,
    ) {
        let at = At { direction, stamp: piece.stamp };
        let old = usize::try_from(self.next().saturating_sub(piece.at)).unwrap_or(usize::MAX);
        if let Some(bytes) = piece.bytes.get(old..) {
            self.show(at, bytes, reader);
        }
        self.jump(at, piece.end(), losses, reader);
    }

    /// Gives the start of a message that will not be completed to the reader.
    pub(super) fn tear(&mut self, at: At, reader: &mut dyn Reader) {
        let torn = std::mem::take(&mut self.held);
        reader.gap(at, &torn);
    }

    /// Shows bytes that start at [`Half::next`].
    pub(super) fn show(&mut self, at: At, mut bytes: &[u8], reader: &mut dyn Reader) {
        (self.since, self.vain) = (at.stamp.time, 0);
        while !(bytes.is_empty() && self.held.is_empty()) {
            if !self.held.is_empty() {
                let lacking = self.want.saturating_sub(self.held.len()).min(bytes.len());
                let (more, rest) = bytes.split_at_checked(lacking).unwrap_or((bytes, &[]));
                self.held.extend_from_slice(more);
                bytes = rest;
                if self.held.len() < self.want {
                    return;
                }
            }
            let shown = if self.held.is_empty() { bytes } else { &self.held };
            match reader.read(at, shown) {
                Next::Took(count) if count > 0 => bytes = self.take(count, bytes),
                Next::Need(count) if count > shown.len() && count <= MAX_MESSAGE => {
                    self.want = count;
                    if self.held.is_empty() {
                        self.held.extend_from_slice(bytes);
                        return;
                    }
                }
                Next::Took(_) | Next::Need(_) => {
                    self.position = self.next().saturating_add(length(bytes));
                    return self.tear(at, reader);
                }
                Next::Close => {
                    self.position = CLOSED;
                    return self.held = Vec::new();
                }
            }
        }
    }

    /// The reader took so many bytes of what is held and then of `bytes`; gives back what is left of these.
    fn take<'a>(&mut self, count: u64, bytes: &'a [u8]) -> &'a [u8] {
        self.position = self.position.saturating_add(count).min(CLOSED);
        self.want = 0;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let beyond = count.saturating_sub(self.held.len());
        self.held.drain(..count.min(self.held.len()));
        if self.held.is_empty() && self.held.capacity() > KEPT_CAPACITY {
            self.held = Vec::new();
        }
        bytes.get(beyond..).unwrap_or_default()
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
