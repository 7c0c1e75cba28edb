//! A conversation on the wire: its packets, one at a time.

use std::io;

use crate::capture::Capture;
use crate::dialogue::Dialogue;
use crate::packet::{ACK, End, FIN, Header, PSH, RST, SYN, SYN_OPTIONS, Wrapping};
use crate::stage::{Message, Side, Stage};

/// What happens to packets on their way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire {
    /// Bytes of a segment.
    pub(crate) segment: usize,
    /// Of a million segments that nobody needs, so many are not captured.
    pub(crate) lost: u32,
    /// Of a million groups of segments, so many begin with the second.
    pub(crate) swapped: u32,
    /// Of a million groups of segments, so many have one twice.
    pub(crate) repeated: u32,
    /// Groups of segments arrive from the last to the first.
    pub(crate) backwards: bool,
    /// Only what clients send is captured.
    pub(crate) one_way: bool,
    /// Connections are in tunnels, each in another kind.
    pub(crate) wrapped: bool,
}

/// How many segments make a group.
const GROUP: usize = 8;

/// A conversation on the wire.
pub(crate) struct Connection {
    ends: (End, End),
    wrapping: Wrapping,
    phase: Phase,
    dialogue: Option<Box<dyn Dialogue>>,
    /// The next sequence number of the client and of the server, at the start of the message.
    sequence: (u32, u32),
    message: Message,
    from: Side,
    /// Bytes of the message that are sent, or in the group.
    at: usize,
    /// Where the segments of the group begin, the next one last.
    group: Vec<usize>,
    unacknowledged: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Syn,
    SynAck,
    Ack,
    Talk,
    /// Datagrams have no ceremony.
    Datagrams,
    ClientFin,
    ServerFin,
    LastAck,
    /// A knock at a port.
    Knock,
    /// It is closed.
    Refused,
    /// It is open, and nobody comes in.
    Open,
    Leave,
    Over,
}

impl Connection {
    /// A TCP connection.
    pub(crate) fn tcp(
        ends: (End, End),
        wrapping: Wrapping,
        dialogue: Box<dyn Dialogue>,
        stage: &mut Stage,
    ) -> Self {
        Self::new(ends, wrapping, Phase::Syn, Some(dialogue), stage)
    }

    /// Datagrams.
    pub(crate) fn udp(
        ends: (End, End),
        wrapping: Wrapping,
        dialogue: Box<dyn Dialogue>,
        stage: &mut Stage,
    ) -> Self {
        Self::new(ends, wrapping, Phase::Datagrams, Some(dialogue), stage)
    }

    /// A SYN to a port, where mostly nobody is.
    pub(crate) fn knock(ends: (End, End), wrapping: Wrapping, stage: &mut Stage) -> Self {
        Self::new(ends, wrapping, Phase::Knock, None, stage)
    }

    fn new(
        ends: (End, End),
        wrapping: Wrapping,
        phase: Phase,
        dialogue: Option<Box<dyn Dialogue>>,
        stage: &mut Stage,
    ) -> Self {
        let random = stage.random.next();
        Self {
            ends,
            wrapping,
            phase,
            dialogue,
            sequence: (random as u32, (random >> 32) as u32),
            message: Message::default(),
            from: Side::Client,
            at: 0,
            group: Vec::new(),
            unacknowledged: 0,
        }
    }

    /// Sends the next packet, and perhaps its acknowledgement; false where all is over.
    pub(crate) fn step(
        &mut self,
        wire: Wire,
        stage: &mut Stage,
        capture: &mut Capture<'_>,
    ) -> io::Result<bool> {
        let next = match self.phase {
            Phase::Talk => return self.talk(wire, stage, capture).map(|()| true),
            Phase::Datagrams => return self.datagram(wire, stage, capture),
            Phase::Over => return Ok(false),
            Phase::Syn => self.signal(Side::Client, SYN, Phase::SynAck, wire, capture)?,
            Phase::SynAck => self.signal(Side::Server, SYN | ACK, Phase::Ack, wire, capture)?,
            Phase::Ack => self.signal(Side::Client, ACK, Phase::Talk, wire, capture)?,
            Phase::ClientFin => self.signal(Side::Client, FIN | ACK, Phase::ServerFin, wire, capture)?,
            Phase::ServerFin => self.signal(Side::Server, FIN | ACK, Phase::LastAck, wire, capture)?,
            Phase::LastAck => self.signal(Side::Client, ACK, Phase::Over, wire, capture)?,
            Phase::Knock => {
                let next = match stage.random.below(100) {
                    0..=69 => Phase::Over,
                    70..=97 => Phase::Refused,
                    _ => Phase::Open,
                };
                self.signal(Side::Client, SYN, next, wire, capture)?
            }
            Phase::Refused => self.signal(Side::Server, RST | ACK, Phase::Over, wire, capture)?,
            Phase::Open => self.signal(Side::Server, SYN | ACK, Phase::Leave, wire, capture)?,
            Phase::Leave => self.signal(Side::Client, RST, Phase::Over, wire, capture)?,
        };
        self.phase = next;
        Ok(next != Phase::Over)
    }

    /// A segment without payload.
    fn signal(
        &mut self,
        from: Side,
        flags: u8,
        next: Phase,
        wire: Wire,
        capture: &mut Capture<'_>,
    ) -> io::Result<Phase> {
        let (own, other) = self.numbers(from);
        let options = if flags & SYN == 0 { &[][..] } else { SYN_OPTIONS };
        let acknowledged = if flags & ACK == 0 { 0 } else { other };
        let header = Header::Tcp { sequence: own, acknowledged, flags, options };
        self.send(from, &header, None, wire, capture)?;
        if flags & (SYN | FIN) != 0 {
            self.advance(from, 1);
        }
        Ok(next)
    }

    fn talk(&mut self, wire: Wire, stage: &mut Stage, capture: &mut Capture<'_>) -> io::Result<()> {
        if self.group.is_empty() {
            if self.at >= self.message.bytes.len() && !self.next_message(stage) {
                self.phase = Phase::ClientFin;
                return Ok(());
            }
            self.next_group(wire, stage);
        }
        let Some(start) = self.group.pop() else { return Ok(()) };
        let end = self.message.bytes.len().min(start + wire.segment);
        let is_last = end == self.message.bytes.len();
        let (own, other) = self.numbers(self.from);
        let flags = if is_last { ACK | PSH } else { ACK };
        let sequence = own.wrapping_add(start as u32);
        let header = Header::Tcp { sequence, acknowledged: other, flags, options: &[] };
        let is_bulk = self.message.bulk_from.is_some_and(|bulk| start >= bulk);
        if !(is_bulk && stage.random.one_in_million(wire.lost)) {
            self.send(self.from, &header, Some((start, end)), wire, capture)?;
        }
        self.unacknowledged += 1;
        if self.unacknowledged >= 2 {
            self.acknowledge(wire, capture)?;
        }
        Ok(())
    }

    /// The other side says how far it has heard.
    fn acknowledge(&mut self, wire: Wire, capture: &mut Capture<'_>) -> io::Result<()> {
        self.unacknowledged = 0;
        let heard = self.group.iter().copied().min().unwrap_or(self.at);
        let (own, other) = self.numbers(self.from);
        let acknowledged = own.wrapping_add(heard as u32);
        let header = Header::Tcp { sequence: other, acknowledged, flags: ACK, options: &[] };
        let listener = if self.from == Side::Client { Side::Server } else { Side::Client };
        self.send(listener, &header, None, wire, capture)
    }

    fn next_message(&mut self, stage: &mut Stage) -> bool {
        self.advance(self.from, self.message.bytes.len());
        self.message.bytes.clear();
        self.message.bulk_from = None;
        self.at = 0;
        let Some(dialogue) = &mut self.dialogue else { return false };
        match dialogue.next(self.ends, stage, &mut self.message) {
            Some(side) => {
                self.unacknowledged = 0;
                self.from = side;
                true
            }
            None => false,
        }
    }

    fn next_group(&mut self, wire: Wire, stage: &mut Stage) {
        let length = self.message.bytes.len();
        while self.group.len() < GROUP && self.at < length {
            self.group.push(self.at);
            self.at = length.min(self.at + wire.segment);
        }
        if wire.backwards {
            return;
        }
        if self.group.len() > 1 && stage.random.one_in_million(wire.swapped) {
            self.group.swap(0, 1);
        }
        self.group.reverse();
        if let Some(first) = self.group.last().copied()
            && stage.random.one_in_million(wire.repeated)
        {
            self.group.insert(0, first);
        }
    }

    fn datagram(&mut self, wire: Wire, stage: &mut Stage, capture: &mut Capture<'_>) -> io::Result<bool> {
        if !self.next_message(stage) {
            self.phase = Phase::Over;
            return Ok(false);
        }
        let length = self.message.bytes.len();
        self.send(self.from, &Header::Udp, Some((0, length)), wire, capture)?;
        Ok(true)
    }

    fn send(
        &self,
        from: Side,
        header: &Header<'_>,
        payload: Option<(usize, usize)>,
        wire: Wire,
        capture: &mut Capture<'_>,
    ) -> io::Result<()> {
        if wire.one_way && from == Side::Server {
            return Ok(());
        }
        let (client, server) = self.ends;
        let ends = if from == Side::Client { (client, server) } else { (server, client) };
        let payload = payload.and_then(|(start, end)| self.message.bytes.get(start..end)).unwrap_or_default();
        capture.packet(self.wrapping, ends, header, payload)
    }

    /// The sequence numbers of this side and of the other.
    fn numbers(&self, from: Side) -> (u32, u32) {
        let (client, server) = self.sequence;
        if from == Side::Client { (client, server) } else { (server, client) }
    }

    fn advance(&mut self, from: Side, count: usize) {
        let (client, server) = &mut self.sequence;
        let number = if from == Side::Client { client } else { server };
        *number = number.wrapping_add(count as u32);
    }
}
