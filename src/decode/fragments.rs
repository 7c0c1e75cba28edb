//! Reassembly of IP fragments (RFC 791 3.2, RFC 8200 4.5), in bounded memory and by capture time.

use std::collections::{HashMap, VecDeque};

use etherparse::IpNumber;

use super::ip::{Hosts, Version};
use super::{Path, Piece};
use crate::model::{Encap, Time, Undecoded};

/// Where a fragment belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Identification of the whole packet.
    pub(super) id: u32,
    /// Bytes of the payload before this fragment.
    pub(super) offset: usize,
    /// Fragments follow this one.
    pub(super) more: bool,
}

/// The packets that are not whole yet.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    waiting: HashMap<Key, Waiting>,
    /// Each key of `waiting` once, oldest first: the map's own order never matters.
    order: VecDeque<Key>,
    held: usize,
    lost: u64,
}

/// A packet that became whole: what it holds, and its bytes.
pub(super) type Whole = (IpNumber, Vec<u8>);

impl Fragments {
    /// Takes a fragment; gives the whole packet when it was the last one missing.
    ///
    /// # Errors
    /// [`Undecoded`] for a fragment that can be part of no packet.
    pub(super) fn add(
        &mut self,
        path: &Path,
        protocol: IpNumber,
        payload: Piece<'_>,
        place: Place,
        now: Time,
    ) -> Result<Option<Whole>, Undecoded> {
        let bytes = fragment(payload, place)?;
        self.expire(now);
        let key = Key::of(path, protocol, place);
        if !self.waiting.contains_key(&key) {
            self.order.push_back(key);
        }
        let waiting = self.waiting.entry(key).or_insert_with(|| Waiting::since(now));
        if waiting.is_over(now) {
            self.lost = self.lost.saturating_add(u64::from(!waiting.is_done));
            self.held = self.held.saturating_sub(waiting.held);
            *waiting = Waiting::since(now);
        }
        let before = waiting.held;
        let full = waiting.put(place, protocol, bytes);
        let whole = waiting.take_whole();
        self.held = self.held.saturating_sub(before).saturating_add(waiting.held);
        if full {
            self.give_up(&key);
            return Err(Undecoded::Malformed("fragment"));
        }
        while self.held > MAX_BYTES || self.order.len() > MAX_PACKETS {
            self.drop_oldest();
        }
        Ok(whole)
    }

    /// Packets given up so far.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// Gives up all packets that are not whole.
    pub(super) fn finish(&mut self) {
        while !self.order.is_empty() {
            self.drop_oldest();
        }
    }

    fn expire(&mut self, now: Time) {
        while self
            .order
            .front()
            .and_then(|key| self.waiting.get(key))
            .is_some_and(|oldest| oldest.is_over(now))
        {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let oldest = self.order.pop_front().and_then(|key| self.waiting.remove(&key));
        if let Some(waiting) = oldest {
            self.held = self.held.saturating_sub(waiting.held);
            self.lost = self.lost.saturating_add(u64::from(!waiting.is_done));
        }
    }

    /// Forgets the bytes of a packet that can no longer become whole. Its caller has reported it.
    fn give_up(&mut self, key: &Key) {
        if let Some(waiting) = self.waiting.get_mut(key) {
            self.held = self.held.saturating_sub(waiting.held);
            waiting.parts = Vec::new();
            waiting.is_done = true;
        }
    }
}

/// What the fragments of a packet have in common. The layers are part of it, since two VLANs may use the same addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    hosts: Hosts,
    /// Part of the key in IPv4 only: IPv6 fragments may name different next headers, and the first one counts.
    protocol: Option<u8>,
    id: u32,
    encap: Encap,
}

impl Key {
    fn of(path: &Path, protocol: IpNumber, place: Place) -> Self {
        let protocol = (path.hosts.version == Version::V4).then_some(protocol.0);
        Self { hosts: path.hosts, protocol, id: place.id, encap: path.encap }
    }
}

/// One packet's fragments.
#[derive(Debug)]
struct Waiting {
    since: Time,
    /// In the order they came: of bytes that came twice the first count.
    parts: Vec<(usize, Box<[u8]>)>,
    /// The ranges that `parts` cover: sorted, apart from each other.
    covered: Vec<(usize, usize)>,
    end: Option<usize>,
    protocol: IpNumber,
    held: usize,
    /// It became whole or was reported: kept for a while, so that a mirror's second copy of a fragment starts no packet.
    is_done: bool,
}

impl Waiting {
    fn since(now: Time) -> Self {
        let (parts, covered, protocol) = (Vec::new(), Vec::new(), IpNumber::IPV6_NO_NEXT_HEADER);
        Self { since: now, parts, covered, end: None, protocol, held: 0, is_done: false }
    }

    /// Time that runs backwards far enough is another capture, in which the packet is not continued either.
    fn is_over(&self, now: Time) -> bool {
        let limit = if self.is_done { MAX_ECHO_NANOS } else { MAX_WAIT_NANOS };
        now.0.abs_diff(self.since.0) > limit
    }

    /// Keeps a fragment, unless it brings nothing new. True where there are too many.
    fn put(&mut self, place: Place, protocol: IpNumber, bytes: &[u8]) -> bool {
        if self.is_done {
            return false;
        }
        let end = place.offset.saturating_add(bytes.len());
        if place.offset == 0 && self.covered.first().is_none_or(|&(start, _)| start != 0) {
            self.protocol = protocol;
        }
        if !place.more {
            self.end.get_or_insert(end);
        }
        if self.cover(place.offset, end) {
            self.parts.push((place.offset, bytes.into()));
            self.held = self.held.saturating_add(bytes.len()).saturating_add(PART_OVERHEAD);
        }
        self.parts.len() > MAX_PARTS
    }

    /// Adds a range to those covered. False where it was covered already.
    fn cover(&mut self, mut start: usize, mut end: usize) -> bool {
        let first = self.covered.partition_point(|&(_, to)| to < start);
        let after = self.covered.partition_point(|&(from, _)| from <= end);
        let Some(touched) = self.covered.get(first..after) else { return false };
        if touched.iter().any(|&(from, to)| from <= start && end <= to) {
            return false;
        }
        start = touched.first().map_or(start, |&(from, _)| from.min(start));
        end = touched.last().map_or(end, |&(_, to)| to.max(end));
        self.covered.splice(first..after, [(start, end)]);
        true
    }

    /// The whole packet, if nothing is missing any more.
    fn take_whole(&mut self) -> Option<Whole> {
        let end = self.end.filter(|&end| matches!(self.covered.first(), Some(&(0, to)) if to >= end))?;
        if self.is_done {
            return None;
        }
        let mut whole = vec![0; end];
        for (offset, bytes) in self.parts.iter().rev() {
            let to = offset.saturating_add(bytes.len()).min(end);
            let taken = bytes.get(..to.saturating_sub(*offset));
            if let (Some(target), Some(bytes)) = (whole.get_mut(*offset..to), taken) {
                target.copy_from_slice(bytes);
            }
        }
        self.is_done = true;
        self.parts = Vec::new();
        self.covered = Vec::new();
        self.held = 0;
        Some((self.protocol, whole))
    }
}

/// The bytes of a fragment. All but the last are read in units of 8 bytes, as the offsets are counted.
fn fragment(payload: Piece<'_>, place: Place) -> Result<&[u8], Undecoded> {
    if payload.cut() > 0 {
        return Err(Undecoded::Truncated("fragment"));
    }
    let bytes = payload.bytes();
    let len = if place.more { bytes.len() & !7 } else { bytes.len() };
    let is_possible = len > 0 && place.offset.saturating_add(len) <= MAX_PAYLOAD;
    bytes.get(..len).filter(|_| is_possible).ok_or(Undecoded::Malformed("fragment"))
}

/// Longest payload of an IP packet.
const MAX_PAYLOAD: usize = 65_535;

/// Most fragments of one packet that are kept.
const MAX_PARTS: usize = 1024;

/// Most packets that wait at a time, and those just done.
const MAX_PACKETS: usize = 8192;

/// Most bytes held for all of them.
const MAX_BYTES: usize = 16 << 20;

/// What a kept fragment costs beside its bytes.
const PART_OVERHEAD: usize = 64;

/// How long a packet waits for its fragments.
const MAX_WAIT_NANOS: u64 = 30_000_000_000;

/// How long the identification of a packet that is done is taken for that packet's still.
const MAX_ECHO_NANOS: u64 = 50_000_000;
