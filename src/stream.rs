//! One TCP connection in order: segments go in, each direction's bytes come out as its sender wrote them.
//!
//! The bytes of an in-order segment are handed on as they lie in the packet. What is copied is the start of a message whose
//! end has not come yet, and what came too early. The reader says how much it took; it may take more than there is, and what
//! it took without looking is neither kept nor waited for, so a hole in it is no loss.
//!
//! A direction's bytes are handed on only after the bytes of the other direction that their sender had acknowledged, so that
//! an answer that the mirror port delivered before its question is still read after it.

mod half;
mod openings;
mod queue;

pub use openings::Openings;

use half::Half;
use queue::Piece;

use crate::model::{At, Direction, Next, Segment, Stamp, TcpFlags, TcpHeader};

/// What takes the bytes of a connection.
pub trait Reader {
    /// Bytes in order. They start where the last ones that it took ended.
    fn read(&mut self, at: At, bytes: &[u8]) -> Next;

    /// Bytes are missing here, or the capture starts in the middle of the connection: what follows may start anywhere in a
    /// message. `torn` is the start of a message that will not be completed.
    fn gap(&mut self, at: At, torn: &[u8]);
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Both sides closed it.
    Closed,
    /// One side reset it.
    Reset,
}

/// Memory that all connections together may use for bytes that wait.
#[derive(Debug)]
pub struct Room {
    used: usize,
    limit: usize,
}

impl Room {
    /// Room for so many bytes.
    pub fn new(limit: usize) -> Self {
        Self { used: 0, limit }
    }

    /// True where no more bytes should be kept.
    pub fn is_full(&self) -> bool {
        self.used >= self.limit
    }

    fn change(&mut self, from: usize, to: usize) {
        self.used = self.used.saturating_sub(from).saturating_add(to);
    }
}

/// What is known to be wrong with the bytes of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Holes that mattered.
    pub gaps: u64,
    /// Bytes in these holes, as far as their number is known.
    pub gap_bytes: u64,
    /// Bytes that were sent again with another value, among those that were still held.
    pub overlap_bytes: u64,
}

impl Losses {
    /// Adds the losses of another connection.
    pub fn merge(&mut self, other: Self) {
        self.gaps = self.gaps.saturating_add(other.gaps);
        self.gap_bytes = self.gap_bytes.saturating_add(other.gap_bytes);
        self.overlap_bytes = self.overlap_bytes.saturating_add(other.overlap_bytes);
    }
}

/// The first sequence number of each direction, where its SYN was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    /// Sequence number of the first byte from the lower endpoint.
    pub up: Option<u32>,
    /// Sequence number of the first byte from the higher endpoint.
    pub down: Option<u32>,
}

/// One connection.
#[derive(Debug)]
pub struct Stream {
    up: Half,
    down: Half,
    losses: Losses,
}

impl Stream {
    /// A connection of which nothing but perhaps its SYNs has been seen.
    pub fn new(origins: Origins) -> Self {
        Self { up: Half::new(origins.up), down: Half::new(origins.down), losses: Losses::default() }
    }

    /// What is known to be wrong with it so far.
    pub fn losses(&self) -> Losses {
        self.losses
    }

    /// The first sequence numbers of both directions, where something of both has been seen.
    pub fn origins(&self) -> Option<(u32, u32)> {
        self.up.first_sequence().zip(self.down.first_sequence())
    }

    /// True where a SYN with this sequence number opens another connection between the same ports.
    pub fn is_reopened_by(&self, direction: Direction, sequence: u32) -> bool {
        let half = if direction == Direction::Up { &self.up } else { &self.down };
        half.first_sequence().is_some_and(|first| first != sequence.wrapping_add(1))
    }

    /// Takes one segment; what can be read now is shown to the reader. Says whether the connection has ended.
    pub fn feed(
        &mut self,
        segment: &Segment<'_>,
        tcp: TcpHeader,
        room: &mut Room,
        reader: &mut dyn Reader,
    ) -> Option<EndReason> {
        let before = self.kept();
        let at = At { direction: segment.direction, stamp: segment.stamp };
        self.arrive(at, segment, tcp, reader);
        if self.up.is_waiting() || self.down.is_waiting() {
            self.run(reader);
            self.lose_patience(at.stamp, room, reader);
        }
        let ended = if tcp.flags.has(TcpFlags::RST) {
            Some(EndReason::Reset)
        } else {
            (self.up.is_finished() && self.down.is_finished()).then_some(EndReason::Closed)
        };
        if ended.is_some() {
            self.flush(at.stamp, reader);
        }
        room.change(before, self.kept());
        ended
    }

    /// Shows everything that waits to the reader, holes or not, and gives its room back. Nothing may follow.
    pub fn end(&mut self, last: Stamp, room: &mut Room, reader: &mut dyn Reader) {
        let before = self.kept();
        self.flush(last, reader);
        room.change(before, self.kept());
    }

    /// Puts a segment's bytes where they belong: before the reader, or among those that wait.
    fn arrive(&mut self, at: At, segment: &Segment<'_>, tcp: TcpHeader, reader: &mut dyn Reader) {
        let (half, other, losses) = self.split(at.direction);
        let acknowledged =
            if tcp.flags.has(TcpFlags::ACK) { other.offset(tcp.acknowledgement) } else { None };
        let acknowledged = acknowledged.unwrap_or_default();
        other.acknowledge(acknowledged);
        let first = tcp.sequence.wrapping_add(u32::from(tcp.flags.has(TcpFlags::SYN)));
        let closes = tcp.flags.has(TcpFlags::FIN);
        if segment.payload.is_empty() && segment.cut == 0 && !closes {
            return;
        }
        if !half.arrive(first) {
            reader.gap(at, &[]);
        }
        let Some(offset) = half.offset(first) else { return };
        let cut = u64::from(segment.cut);
        let end = offset.saturating_add(length(segment.payload)).saturating_add(cut);
        if closes {
            half.close_at(end);
        }
        let again = half.differences(offset, segment.payload);
        losses.overlap_bytes = losses.overlap_bytes.saturating_add(again);
        if end <= half.next() {
            return;
        }
        let old = half.next().saturating_sub(offset);
        let bytes = usize::try_from(old).ok().and_then(|old| segment.payload.get(old..)).unwrap_or_default();
        let offset = offset.max(half.next());
        if offset == half.next() && acknowledged <= other.next() && !half.is_waiting() {
            half.show(at, bytes, reader);
            half.jump(at, end, losses, reader);
        } else {
            let piece = Piece { at: offset, bytes: bytes.to_vec(), cut, acknowledged, stamp: at.stamp };
            losses.overlap_bytes = losses.overlap_bytes.saturating_add(half.keep(piece));
        }
    }

    /// Shows what has become readable, until nothing more does.
    fn run(&mut self, reader: &mut dyn Reader) {
        let mut idle = 0_u8;
        let mut direction = Direction::Up;
        while idle < 2 {
            let (half, other, losses) = self.split(direction);
            if half.first().is_some_and(|piece| piece.acknowledged <= other.next())
                && let Some(piece) = half.pop()
            {
                half.show_piece(direction, &piece, losses, reader);
                idle = 0;
            } else {
                direction = direction.reversed();
                idle = idle.saturating_add(1);
            }
        }
    }

    /// Gives up waiting where it is plainly in vain, or has become too long or too large.
    fn lose_patience(&mut self, now: Stamp, room: &Room, reader: &mut dyn Reader) {
        for direction in [Direction::Up, Direction::Down] {
            loop {
                let (half, other, _) = self.split(direction);
                let blocked = half.first().is_some_and(|piece| piece.acknowledged > other.next());
                if !half.is_impatient(now.time, blocked, room) {
                    break;
                }
                self.give_up(direction, now, reader);
            }
        }
    }

    /// Goes on without what the first piece of a direction waits for.
    fn give_up(&mut self, direction: Direction, now: Stamp, reader: &mut dyn Reader) {
        let (half, other, losses) = self.split(direction);
        let Some(first) = half.first() else { return };
        let (first_at, needs) = (first.at, first.acknowledged);
        let at = At { direction, stamp: now };
        let there = At { direction: direction.reversed(), stamp: now };
        if half.has_hole() {
            half.jump(at, first_at, losses, reader);
        } else if let Some(piece) = other.first().filter(|_| other.has_hole()) {
            other.jump(there, piece.at, losses, reader);
        } else if other.is_waiting() {
            // Each side waits for the other, which no honest peers do.
            half.unblock();
        } else {
            other.jump(there, needs, losses, reader);
        }
        self.run(reader);
    }

    fn flush(&mut self, now: Stamp, reader: &mut dyn Reader) {
        while self.up.is_waiting() {
            self.give_up(Direction::Up, now, reader);
        }
        while self.down.is_waiting() {
            self.give_up(Direction::Down, now, reader);
        }
        for direction in [Direction::Up, Direction::Down] {
            let (half, ..) = self.split(direction);
            if half.kept() > 0 {
                half.tear(At { direction, stamp: now }, reader);
            }
        }
    }

    fn kept(&self) -> usize {
        self.up.kept().saturating_add(self.down.kept())
    }

    /// The half that sends in a direction, and the other one.
    fn split(&mut self, direction: Direction) -> (&mut Half, &mut Half, &mut Losses) {
        match direction {
            Direction::Up => (&mut self.up, &mut self.down, &mut self.losses),
            Direction::Down => (&mut self.down, &mut self.up, &mut self.losses),
        }
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "test code"
)]
mod tests {
    use super::*;
    use crate::model::{Encap, Endpoint, FlowKey, Protocol, Time, Transport};
    use proptest::prelude::*;

    /// A toy protocol: `M`, length, body; or `S`, length, a body that nobody reads.
    #[derive(Default)]
    struct Toy {
        messages: Vec<(Direction, Vec<u8>)>,
        gaps: usize,
        lost: [bool; 2],
    }

    impl Reader for Toy {
        fn read(&mut self, at: At, bytes: &[u8]) -> Next {
            let lost = &mut self.lost[at.direction as usize];
            match bytes {
                [b'M' | b'S'] => Next::Need(2),
                [b'S', length, ..] => Next::Took(2 + u64::from(*length)),
                [b'M', length, rest @ ..] => match rest.get(..usize::from(*length)) {
                    None => Next::Need(2 + usize::from(*length)),
                    Some(body) => {
                        *lost = false;
                        self.messages.push((at.direction, body.to_vec()));
                        Next::Took(2 + body.len() as u64)
                    }
                },
                // Bodies hold no capital letters, so this finds the next message.
                _ if *lost => Next::Took(bytes.iter().take_while(|b| !b.is_ascii_uppercase()).count() as u64),
                _ => panic!("out of step: {bytes:?}"),
            }
        }

        fn gap(&mut self, at: At, _torn: &[u8]) {
            self.gaps += 1;
            self.lost[at.direction as usize] = true;
        }
    }

    #[derive(Clone, Debug)]
    struct Sent {
        direction: Direction,
        tcp: TcpHeader,
        payload: Vec<u8>,
    }

    fn play(origins: Origins, sent: &[Sent]) -> (Toy, Losses) {
        let (mut toy, mut stream, mut room) = (Toy::default(), Stream::new(origins), Room::new(1 << 24));
        let (key, _) = FlowKey::of(Endpoint::default(), Endpoint::default(), Protocol::Tcp);
        let mut stamp = Stamp::default();
        for Sent { direction, tcp, payload } in sent {
            stamp.time = Time(stamp.time.0 + 1000);
            let transport = Transport::Tcp(*tcp);
            let (direction, encap) = (*direction, Encap::default());
            let segment = Segment { stamp, key, direction, transport, payload, cut: 0, encap, macs: None };
            stream.feed(&segment, *tcp, &mut room, &mut toy);
        }
        stream.end(stamp, &mut room, &mut toy);
        assert_eq!(room.used, 0, "all room is given back");
        (toy, stream.losses())
    }

    /// One direction's bytes cut into segments of the given sizes.
    fn segments(direction: Direction, first: u32, bytes: &[u8], sizes: &[usize]) -> Vec<Sent> {
        let mut at = 0;
        let mut sizes = sizes.iter().copied().cycle();
        let mut all = Vec::new();
        while at < bytes.len() {
            let end = (at + sizes.next().unwrap_or(1).max(1)).min(bytes.len());
            let tcp =
                TcpHeader { sequence: first.wrapping_add(at as u32), acknowledgement: 0, flags: TcpFlags(0) };
            all.push(Sent { direction, tcp, payload: bytes[at..end].to_vec() });
            at = end;
        }
        all
    }

    fn wire(messages: &[(bool, Vec<u8>)]) -> Vec<u8> {
        let piece = |(skip, body): &(bool, Vec<u8>)| {
            [&[if *skip { b'S' } else { b'M' }, body.len() as u8], body.as_slice()].concat()
        };
        messages.iter().flat_map(piece).collect()
    }

    fn messages() -> impl Strategy<Value = Vec<(bool, Vec<u8>)>> {
        prop::collection::vec((any::<bool>(), prop::collection::vec(b'a'..=b'z', 0..40)), 1..20)
    }

    fn read_from(messages: &[(bool, Vec<u8>)]) -> Vec<(Direction, Vec<u8>)> {
        messages.iter().filter(|(skip, _)| !skip).map(|(_, body)| (Direction::Up, body.clone())).collect()
    }

    proptest! {
        /// However TCP cuts, reorders or repeats the bytes, and wherever the sequence numbers wrap, the messages are the same.
        #[test]
        fn the_messages_are_the_same(messages in messages(), first in any::<u32>(), sizes in prop::collection::vec(1_usize..50, 1..8),
                                     swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..12),
                                     again in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
            let mut sent = segments(Direction::Up, first, &wire(&messages), &sizes);
            for index in again {
                let copy = sent[index.index(sent.len())].clone();
                sent.push(copy);
            }
            for (a, b) in swaps {
                let (a, b) = (a.index(sent.len()), b.index(sent.len()));
                sent.swap(a, b);
            }
            let (toy, losses) = play(Origins { up: Some(first), down: None }, &sent);
            prop_assert_eq!(toy.messages, read_from(&messages));
            prop_assert_eq!((toy.gaps, losses), (0, Losses::default()));
        }

        /// What is lost takes along the messages that it touches and no others; nothing is made up.
        #[test]
        fn a_hole_costs_what_it_touches(messages in messages(), size in 1_usize..30, lost in any::<prop::sample::Index>()) {
            let bytes = wire(&messages);
            let mut sent = segments(Direction::Up, 7, &bytes, &[size]);
            let gone = sent.remove(lost.index(sent.len()));
            let hole = (gone.tcp.sequence - 7) as usize..(gone.tcp.sequence - 7) as usize + gone.payload.len();
            let mut at = 0;
            let mut kept = Vec::new();
            for (skip, body) in &messages {
                // A skipped body may be missing, but not its header.
                let end = at + 2 + if *skip { 0 } else { body.len() };
                if !skip && (end <= hole.start || at >= hole.end) {
                    kept.push((Direction::Up, body.clone()));
                }
                at += 2 + body.len();
            }
            let (toy, _) = play(Origins { up: Some(7), down: None }, &sent);
            prop_assert_eq!(toy.messages, kept);
        }
    }

    #[test]
    fn an_answer_that_was_captured_before_its_question_is_read_after_it() {
        let question = Sent {
            direction: Direction::Up,
            tcp: TcpHeader { sequence: 10, acknowledgement: 50, flags: TcpFlags::ACK },
            payload: b"M\x01q".to_vec(),
        };
        let answer = Sent {
            direction: Direction::Down,
            tcp: TcpHeader { sequence: 50, acknowledgement: 13, flags: TcpFlags::ACK },
            payload: b"M\x01a".to_vec(),
        };
        let (toy, losses) = play(Origins { up: Some(10), down: Some(50) }, &[answer, question]);
        assert_eq!(toy.messages, [(Direction::Up, b"q".to_vec()), (Direction::Down, b"a".to_vec())]);
        assert_eq!(losses, Losses::default());
    }

    #[test]
    fn an_answer_does_not_wait_for_a_question_that_never_comes() {
        let answers = |sequence: u32| Sent {
            direction: Direction::Down,
            tcp: TcpHeader { sequence, acknowledgement: 13, flags: TcpFlags::ACK },
            payload: b"M\x01a".to_vec(),
        };
        let sent: Vec<_> = (0..40).map(|n| answers(50 + 3 * n)).collect();
        let (toy, losses) = play(Origins { up: Some(10), down: Some(50) }, &sent);
        assert_eq!(toy.messages.len(), 40);
        assert_eq!((losses.gaps, losses.gap_bytes), (1, 3));
    }

    #[test]
    fn the_first_of_two_versions_of_the_same_byte_is_read() {
        let mut sent = segments(Direction::Up, 0, b"M\x04abcd", &[4]);
        sent.insert(
            1,
            Sent {
                direction: Direction::Up,
                tcp: TcpHeader { sequence: 2, acknowledgement: 0, flags: TcpFlags(0) },
                payload: b"xx".to_vec(),
            },
        );
        let (toy, losses) = play(Origins { up: Some(0), down: None }, &sent);
        assert_eq!(toy.messages, [(Direction::Up, b"abcd".to_vec())]);
        assert_eq!(losses.overlap_bytes, 2);
    }

    #[test]
    fn a_keep_alive_changes_nothing() {
        let mut sent = segments(Direction::Up, 100, b"M\x02abM\x02cd", &[4]);
        let probe = TcpHeader { sequence: 103, acknowledgement: 0, flags: TcpFlags::ACK };
        sent.insert(1, Sent { direction: Direction::Up, tcp: probe, payload: vec![0] });
        let (toy, losses) = play(Origins { up: Some(100), down: None }, &sent);
        assert_eq!((toy.messages.len(), losses.gaps), (2, 0));
    }

    #[test]
    fn a_capture_that_starts_in_the_middle_is_read_from_the_next_message_on() {
        let bytes = wire(&[(false, b"first".to_vec()), (false, b"second".to_vec())]);
        let (toy, losses) = play(Origins::default(), &segments(Direction::Up, 500, &bytes[4..], &[3]));
        assert_eq!(toy.messages, [(Direction::Up, b"second".to_vec())]);
        assert_eq!(losses.gap_bytes, 0, "nobody knows how much came before");
    }

    #[test]
    fn the_connection_ends_when_both_sides_have_closed_it() {
        let mut stream = Stream::new(Origins { up: Some(1), down: Some(1) });
        let (key, _) = FlowKey::of(Endpoint::default(), Endpoint::default(), Protocol::Tcp);
        let mut room = Room::new(1000);
        let mut close = |direction, sequence, flags| {
            let tcp = TcpHeader { sequence, acknowledgement: 1, flags };
            let transport = Transport::Tcp(tcp);
            let (stamp, encap) = (Stamp::default(), Encap::default());
            let segment =
                Segment { stamp, key, direction, transport, payload: &[], cut: 0, encap, macs: None };
            stream.feed(&segment, tcp, &mut room, &mut Toy::default())
        };
        let fin = TcpFlags(TcpFlags::FIN.0 | TcpFlags::ACK.0);
        assert_eq!(close(Direction::Up, 1, fin), None);
        assert_eq!(close(Direction::Down, 1, fin), Some(EndReason::Closed));
        assert_eq!(close(Direction::Down, 2, TcpFlags::RST), Some(EndReason::Reset));
    }
}
