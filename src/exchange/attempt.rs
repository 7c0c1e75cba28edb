//! A connection to a KDC that did not come about: the KDC is out of reach, which is why NTLM may follow.

use std::net::IpAddr;

use compact_str::format_compact;

use super::Place;
use super::draft::Frames;
use super::identity::identity;
use crate::model::{
    self, Direction, End, Kdc, KdcEnding, KdcOutcome, KdcTransport, Name, Note, Observation, Record, Stamp,
};

/// A connection that a client tries to open.
#[derive(Debug)]
pub struct Attempt {
    place: Place,
    client: Direction,
    frames: Frames,
    tries: u32,
}

/// Why a connection did not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The other side reset it.
    Refused,
    /// An ICMP message came back.
    Icmp {
        /// Its type.
        kind: u8,
        /// Its code.
        code: u8,
    },
    /// Nothing came back.
    Silence,
}

impl Attempt {
    /// The first SYN of a client.
    pub fn new(place: Place, client: Direction, stamp: Stamp) -> Self {
        Self { place, client, frames: Frames::new(stamp), tries: 1 }
    }

    /// Another SYN.
    pub fn again(&mut self, stamp: Stamp) {
        self.tries = self.tries.saturating_add(1);
        self.frames.add(stamp);
    }

    /// That it is under way.
    pub fn begin(&self) -> Observation {
        note(self.place, self.client, self.frames.first, Note::Asked)
    }

    /// That it came about.
    pub fn reach(self) -> Observation {
        note(self.place, self.client, self.frames.first, Note::Reached)
    }

    /// Which way the client sends.
    pub fn client(&self) -> Direction {
        self.client
    }

    /// What came of it. `stamp`: the packet that tells, where there is one.
    pub fn fail(mut self, failure: Failure, stamp: Option<Stamp>) -> Observation {
        if let Some(stamp) = stamp {
            self.frames.add(stamp);
        }
        let text = match failure {
            Failure::Refused => "connection refused".into(),
            Failure::Icmp { kind, code } => icmp(kind, code),
            Failure::Silence => format_compact!("no answer to {} SYN", self.tries),
        };
        let Self { place, client, frames, .. } = self;
        let id = identity("kdc-attempt", &place.key, frames.first.time, 0);
        let outcome = unreachable(text);
        frames.observation(place, id, |seen| {
            Record::Kdc(Box::new(Kdc { outcome, ..Kdc::new(seen, ends(place, client), KdcTransport::Tcp) }))
        })
    }
}

/// What is noted of a client's way to a KDC, which began with this packet.
pub(super) fn note(place: Place, client: Direction, began: Stamp, note: fn(IpAddr) -> Note) -> Observation {
    let client = place.key.sender(client).address.into();
    Observation::new(began, began.time, model::Frames::new(), Record::Note(Box::new(note(client))))
}

/// Client and server of a flow.
pub(super) fn ends(place: Place, client: Direction) -> (End, End) {
    (End::sender(&place.key, client), End::sender(&place.key, client.reversed()))
}

/// The outcome of what did not reach a KDC.
pub(super) fn unreachable(text: Name) -> KdcOutcome {
    KdcOutcome { result: KdcEnding::Unreachable, code: None, number: None, text: Some(text) }
}

/// An ICMP error by its numbers (RFC 792, RFC 4443), named where it says who refuses.
pub(super) fn icmp(kind: u8, code: u8) -> Name {
    let name = match (kind, code) {
        (3 | 1, 0) => "network unreachable",
        (3, 1) | (1, 3) => "host unreachable",
        (3, 3) | (1, 4) => "port unreachable",
        (3, 9 | 10 | 13) | (1, 1) => "administratively prohibited",
        _ => "unreachable",
    };
    format_compact!("ICMP {name} (type {kind} code {code})")
}
