//! A share of the connections.

use std::collections::BTreeMap;

use crate::bounded::{Bounded, Lasting, Sweep};
use crate::carrier::{self, Conversation, Datagrams};
use crate::exchange::{Attempt, Exchanges, Failure, Place};
use crate::model::{
    At, Carrier, Direction, Event, FlowKey, Mac, Next, Observation, Segment, Stamp, TcpFlags, TcpHeader,
    Time, Transport, What,
};
use crate::stream::{Losses, Openings, Reader, Room, Stream};

use super::hidden;
use super::named;
use super::tally::add;

/// Into how many shards the connections are divided.
pub(super) const SHARDS: usize = 8;
/// So many of the lowest bits of a hash chose the shard, and are alike in all that come to it.
const ALIKE: u32 = SHARDS.ilog2();
/// Bytes that a connection needs besides what it buffers, with its places in the tables; generously.
const CONNECTION_BYTES: usize = 1024;
/// A TCP connection on which nothing was seen for an hour of capture time is forgotten…
const IDLE: i64 = 3_600_000_000_000;
/// …and after a minute one that is not read, an exchange over UDP, and an attempt to open a connection.
const SHORT_IDLE: i64 = 60_000_000_000;
/// How many connections to KDCs are watched while they open, and how many exchanges over UDP.
const MAX_WATCHED: usize = 4096;

/// How much a shard may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    connections: usize,
    buffered: usize,
}

impl Limits {
    /// The limits of a shard, where all together may use so much memory: half for connections, half for what they buffer.
    pub(super) fn of(memory: u64) -> Self {
        let memory = usize::try_from(memory).unwrap_or(usize::MAX);
        let share = memory.wrapping_div(2).wrapping_div(SHARDS);
        Self { connections: share.wrapping_div(CONNECTION_BYTES).max(16), buffered: share }
    }
}

/// What has been counted in a shard.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) flows: u64,
    pub(super) evicted: u64,
    pub(super) streams_with_gaps: u64,
    pub(super) losses: Losses,
    pub(super) malformed: BTreeMap<Carrier, u64>,
    /// Logons that make no record, by mechanism.
    pub(super) logons: BTreeMap<&'static str, u64>,
    /// The same, by carrier and method.
    pub(super) counted: BTreeMap<(Carrier, &'static str), u64>,
}

impl Counts {
    /// Adds the counts of another shard.
    pub(super) fn merge(&mut self, other: &Self) {
        self.flows = self.flows.saturating_add(other.flows);
        self.evicted = self.evicted.saturating_add(other.evicted);
        self.streams_with_gaps = self.streams_with_gaps.saturating_add(other.streams_with_gaps);
        self.losses.merge(other.losses);
        for (carrier, count) in &other.malformed {
            add(&mut self.malformed, *carrier, *count);
        }
        for (mechanism, count) in &other.logons {
            add(&mut self.logons, mechanism, *count);
        }
        for (method, count) in &other.counted {
            add(&mut self.counted, *method, *count);
        }
    }
}

/// A share of the connections.
#[derive(Debug)]
pub(super) struct Shard {
    connections: Bounded<FlowKey, Connection>,
    datagrams: Bounded<FlowKey, Talk>,
    attempts: Bounded<FlowKey, Attempt>,
    covers: Bounded<FlowKey, Covered>,
    sweep: Sweep,
    openings: Openings,
    room: Room,
    counts: Counts,
}

/// A TCP connection that has carried something.
#[derive(Debug)]
enum Connection {
    /// It is read.
    Live(Box<Live>),
    /// It carries nothing that is read, or is over: a mark, so that what still comes is not taken for something new.
    Passed,
}

/// A mark: a connection of QUIC that has been counted.
#[derive(Debug)]
struct Covered;

/// What two ends say to each other in datagrams.
#[derive(Debug)]
struct Talk {
    datagrams: Datagrams,
    exchanges: Exchanges,
}

#[derive(Debug)]
struct Live {
    stream: Stream,
    conversation: Conversation,
    exchanges: Exchanges,
    key: FlowKey,
    last: Stamp,
}

impl Live {
    fn new(stream: Stream, place: Place, stamp: Stamp) -> Self {
        let (conversation, exchanges) = (Conversation::default(), Exchanges::new(place));
        Self { stream, conversation, exchanges, key: place.key, last: stamp }
    }

    /// The way of a segment; true where nothing more is wanted of the connection.
    fn push(
        &mut self,
        segment: &Segment<'_>,
        tcp: TcpHeader,
        room: &mut Room,
        counts: &mut Counts,
        done: &mut Vec<Observation>,
    ) -> bool {
        let before = done.len();
        let Self { stream, conversation, exchanges, key, last } = self;
        *last = segment.stamp;
        let mut wire = Wire { key: *key, conversation, exchanges, counts, done };
        let ended = stream.feed(segment, tcp, room, &mut wire).is_some();
        let over = ended || conversation.is_nothing();
        if over {
            self.end(room, counts, done);
        }
        let origins = self.stream.origins();
        for observation in done.iter_mut().skip(before) {
            observation.origins = origins;
        }
        over
    }

    fn end(&mut self, room: &mut Room, counts: &mut Counts, done: &mut Vec<Observation>) {
        let Self { stream, conversation, exchanges, key, last } = self;
        stream.end(*last, room, &mut Wire { key: *key, conversation, exchanges, counts, done });
        exchanges.end(done);
        if !conversation.is_unread() {
            let losses = stream.losses();
            counts.losses.merge(losses);
            counts.streams_with_gaps = counts.streams_with_gaps.saturating_add(u64::from(losses.gaps > 0));
        }
    }
}

/// From the stream of a connection to its exchanges.
struct Wire<'w> {
    key: FlowKey,
    conversation: &'w mut Conversation,
    exchanges: &'w mut Exchanges,
    counts: &'w mut Counts,
    done: &'w mut Vec<Observation>,
}

impl Reader for Wire<'_> {
    fn read(&mut self, at: At, bytes: &[u8]) -> Next {
        let Self { key, conversation, exchanges, counts, done } = self;
        conversation.read(at, bytes, &mut |event| take(*key, exchanges, &event, counts, done))
    }

    fn gap(&mut self, at: At, torn: &[u8]) {
        let Self { key, conversation, exchanges, counts, done } = self;
        conversation.gap(at, torn, &mut |event| take(*key, exchanges, &event, counts, done));
    }
}

/// Hands what a carrier found to the exchanges, and counts it where it cannot be read or is only counted.
fn take(
    key: FlowKey,
    exchanges: &mut Exchanges,
    event: &Event<'_>,
    counts: &mut Counts,
    done: &mut Vec<Observation>,
) {
    let carrier = match &event.what {
        What::Auth { carrier, .. } | What::Malformed(carrier) => *carrier,
        What::Kdc { .. } | What::KdcGap => Carrier::Kdc,
        What::Counted(mechanism) => return add(&mut counts.logons, mechanism, 1),
        What::CountedIn(carrier, method) => return add(&mut counts.counted, (*carrier, *method), 1),
        What::Hidden(hidden) => return done.push(hidden::observe(key, event, hidden)),
    };
    if !exchanges.take(event, done) {
        add(&mut counts.malformed, carrier, 1);
    }
}

impl Shard {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            connections: Bounded::new(limits.connections),
            datagrams: Bounded::new(MAX_WATCHED),
            attempts: Bounded::new(MAX_WATCHED),
            covers: Bounded::new(MAX_WATCHED),
            sweep: Sweep::default(),
            openings: Openings::default(),
            room: Room::new(limits.buffered),
            counts: Counts::default(),
        }
    }

    /// Takes one segment, with the hash of its key; what became complete goes to `done`.
    pub(super) fn push(&mut self, segment: &Segment<'_>, hash: u64, done: &mut Vec<Observation>) {
        if self.sweep.is_due(segment.stamp.time) {
            self.expire(segment.stamp.time, done);
        }
        match segment.transport {
            Transport::Tcp(tcp) => self.tcp(segment, tcp, hash >> ALIKE, done),
            Transport::Udp | Transport::Link(_) => self.datagram(segment, done),
            Transport::Unreachable { kind, code } => self.unreachable(segment, kind, code, done),
        }
    }

    fn tcp(&mut self, segment: &Segment<'_>, tcp: TcpHeader, hash: u64, done: &mut Vec<Observation>) {
        let (key, now) = (&segment.key, segment.stamp.time);
        // Most SYNs are of connections that have no state, and never will have.
        let may_be_known = !tcp.flags.has(TcpFlags::SYN) || self.open(segment, tcp, hash, done);
        if is_kdc(key) {
            self.watch(segment, tcp, done);
        }
        let connection = if segment.payload.is_empty() && segment.cut == 0 {
            // No state before the first payload.
            may_be_known.then(|| self.connections.get_mut(key, now)).flatten()
        } else {
            let Self { connections, openings, counts, room, .. } = self;
            let make = || {
                Connection::Live(Box::new(Live::new(
                    Stream::new(openings.take(hash)),
                    place(segment),
                    segment.stamp,
                )))
            };
            let Some(inserted) = connections.get_or_insert(*key, now, make) else { return };
            if let Some((_, evicted)) = inserted.evicted {
                counts.evicted = counts.evicted.saturating_add(u64::from(evicted.is_live()));
                evicted.end(room, counts, done);
            }
            counts.flows = counts.flows.saturating_add(u64::from(inserted.new));
            Some(inserted.value)
        };
        if let Some(connection) = connection
            && let Connection::Live(live) = connection
            && live.push(segment, tcp, &mut self.room, &mut self.counts, done)
        {
            *connection = Connection::Passed;
        }
    }

    /// A SYN: perhaps of a new connection between ports that were in use. False where the connection has no state now.
    fn open(
        &mut self,
        segment: &Segment<'_>,
        tcp: TcpHeader,
        hash: u64,
        done: &mut Vec<Observation>,
    ) -> bool {
        self.openings.note(hash, segment.direction, tcp.sequence);
        if tcp.flags.has(TcpFlags::ACK) {
            return true;
        }
        let reopened = match self.connections.get_mut(&segment.key, segment.stamp.time) {
            Some(Connection::Live(live)) => live.stream.is_reopened_by(segment.direction, tcp.sequence),
            Some(Connection::Passed) => true,
            None => return false,
        };
        if reopened && let Some(before) = self.connections.remove(&segment.key) {
            before.end(&mut self.room, &mut self.counts, done);
        }
        !reopened
    }

    /// Watches a connection to a KDC come about, or not.
    fn watch(&mut self, segment: &Segment<'_>, tcp: TcpHeader, done: &mut Vec<Observation>) {
        let (key, now) = (segment.key, segment.stamp.time);
        let opens = tcp.flags.has(TcpFlags::SYN) && !tcp.flags.has(TcpFlags::ACK);
        if opens && is_kdc_port(key.receiver(segment.direction).port) {
            let make = || Attempt::new(place(segment), segment.direction, segment.stamp);
            let Some(inserted) = self.attempts.get_or_insert(key, now, make) else { return };
            if inserted.new {
                done.push(inserted.value.begin());
            } else {
                inserted.value.again(segment.stamp);
            }
            if let Some((_, evicted)) = inserted.evicted {
                done.push(evicted.fail(Failure::Silence, None));
            }
            return;
        }
        // Whatever follows the SYN, of either side, says that it was answered, seen or not.
        if let Some(attempt) = self.attempts.remove(&key) {
            let is_refused = attempt.client() != segment.direction && tcp.flags.has(TcpFlags::RST);
            done.push(if is_refused {
                attempt.fail(Failure::Refused, Some(segment.stamp))
            } else {
                attempt.reach()
            });
        }
    }

    /// A datagram that may open a connection of QUIC: its client sends more than one of these.
    fn quic(&mut self, segment: &Segment<'_>, done: &mut Vec<Observation>) {
        let (key, Segment { direction, stamp, .. }) = (segment.key, *segment);
        if !carrier::opens_quic(segment.payload) {
            return;
        }
        let opened = self.covers.get_or_insert(key, stamp.time, || Covered);
        if opened.is_some_and(|opened| opened.new) {
            carrier::quic(At { direction, stamp }, segment.payload, &mut |event| {
                if let What::Hidden(hidden) = &event.what {
                    done.push(hidden::observe(key, &event, hidden));
                }
            });
        }
    }

    fn datagram(&mut self, segment: &Segment<'_>, done: &mut Vec<Observation>) {
        if segment.transport == Transport::Udp
            && segment.key.receiver(segment.direction).port == carrier::QUIC_PORT
        {
            return self.quic(segment, done);
        }
        if segment.transport == Transport::Udp
            && let Some(observation) = named::observe(segment)
        {
            return done.push(observation);
        }
        if !carrier::is_datagram(segment.transport, segment.payload) {
            return;
        }
        let make = || Talk { datagrams: Datagrams::default(), exchanges: Exchanges::new(place(segment)) };
        let Some(inserted) = self.datagrams.get_or_insert(segment.key, segment.stamp.time, make) else {
            return;
        };
        if let Some((_, mut evicted)) = inserted.evicted {
            self.counts.evicted = self.counts.evicted.saturating_add(1);
            evicted.exchanges.end(done);
        }
        self.counts.flows = self.counts.flows.saturating_add(u64::from(inserted.new));
        let (Talk { datagrams, exchanges }, counts) = (inserted.value, &mut self.counts);
        let at = At { direction: segment.direction, stamp: segment.stamp };
        let mut found = |event: Event<'_>| take(segment.key, exchanges, &event, counts, done);
        datagrams.read(at, segment.transport, segment.payload, &mut found);
    }

    fn unreachable(&mut self, segment: &Segment<'_>, kind: u8, code: u8, done: &mut Vec<Observation>) {
        let (key, stamp) = (segment.key, segment.stamp);
        if let Some(attempt) = self.attempts.remove(&key) {
            done.push(attempt.fail(Failure::Icmp { kind, code }, Some(stamp)));
        }
        if let Some(talk) = self.datagrams.get_mut(&key, stamp.time) {
            talk.exchanges.unreachable(stamp, kind, code, done);
        }
    }

    /// Forgets what capture time has passed by.
    fn expire(&mut self, now: Time, done: &mut Vec<Observation>) {
        let Self { connections, datagrams, attempts, covers, room, counts, .. } = self;
        covers.expire(now, |_, _| {});
        connections.expire(now, |_, connection| connection.end(room, counts, done));
        datagrams.expire(now, |_, mut talk| talk.exchanges.end(done));
        attempts.expire(now, |_, attempt| done.push(attempt.fail(Failure::Silence, None)));
    }

    /// The capture is over: nothing goes on.
    pub(super) fn end_capture(&mut self, done: &mut Vec<Observation>) {
        let Self { connections, datagrams, attempts, covers, openings, room, counts, .. } = self;
        covers.drain(|_, _| {});
        connections.drain(|_, connection| connection.end(room, counts, done));
        datagrams.drain(|_, mut talk| talk.exchanges.end(done));
        attempts.drain(|_, attempt| done.push(attempt.fail(Failure::Silence, None)));
        *openings = Openings::default();
    }

    /// What has been counted.
    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }
}

impl Lasting for Connection {
    fn lasts(&self) -> i64 {
        if self.is_live() { IDLE } else { SHORT_IDLE }
    }
}

impl Lasting for Talk {
    fn lasts(&self) -> i64 {
        SHORT_IDLE
    }
}

impl Lasting for Covered {
    fn lasts(&self) -> i64 {
        SHORT_IDLE
    }
}

impl Lasting for Attempt {
    fn lasts(&self) -> i64 {
        SHORT_IDLE
    }
}

impl Connection {
    fn is_live(&self) -> bool {
        matches!(self, Self::Live(_))
    }

    fn end(self, room: &mut Room, counts: &mut Counts, done: &mut Vec<Observation>) {
        if let Self::Live(mut live) = self {
            live.end(room, counts, done);
        }
    }
}

fn is_kdc(key: &FlowKey) -> bool {
    let [low, high] = key.ports();
    is_kdc_port(low) || is_kdc_port(high)
}

/// A port of a KDC: RFC 4120, 7.2, and RFC 3244.
fn is_kdc_port(port: u16) -> bool {
    matches!(port, 88 | 464)
}

fn place(segment: &Segment<'_>) -> Place {
    let macs: Option<(Mac, Mac)> = segment.macs.map(|(sender, receiver)| match segment.direction {
        Direction::Up => (sender, receiver),
        Direction::Down => (receiver, sender),
    });
    Place { key: segment.key, encap: segment.encap, macs }
}
