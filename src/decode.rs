//! Frame to segment: link layers, tunnels, IP and its fragments are taken off, and what is left is one TCP or UDP segment with
//! the layers it was found in, or a packet of what secures a link (EAPOL, the logon protocols of PPP). The only stage that names `etherparse`.
//!
//! Layers are walked in one loop, a step a header, so that no nesting can exhaust the stack; `MAX_STEPS` and
//! [`crate::model::MAX_LAYERS`] bound it. Checksums are not verified: with offloading, the sender's own are seldom right.

mod ethernet;
mod fragments;
mod gre;
mod icmp;
mod ip;
mod link;
mod mpls;
mod piece;
mod plain;
mod ppp;
mod transport;
mod tunnel;
mod wifi;

use etherparse::IpNumber;

use crate::model::{
    Encap, Endpoint, FlowKey, Frame, Layer, Mac, Protocol, Segment, Stamp, Transport, Undecoded,
};
use fragments::{Fragments, Place};
use ip::Hosts;
use piece::Piece;

/// Finds the segment of each frame. Holds the fragments of packets that are not whole yet, in bounded memory.
#[derive(Debug, Default)]
pub struct Decoder {
    fragments: Fragments,
    whole: [Vec<u8>; MAX_REASSEMBLED],
    unread_aggregates: u64,
}

impl Decoder {
    /// Decodes one frame. The segment borrows the frame, or the decoder where it was put together of fragments.
    #[inline]
    pub fn decode<'a>(&'a mut self, frame: &Frame<'a>) -> Decoded<'a> {
        match plain::segment(frame) {
            Some(segment) => Decoded::Segment(segment),
            None => self.decode_any(frame),
        }
    }

    fn decode_any<'a>(&'a mut self, frame: &Frame<'a>) -> Decoded<'a> {
        let mut path = Path::default();
        match self.walk(frame, &mut path) {
            Ok(Some(found)) => Decoded::Segment(path.segment(frame.stamp, found)),
            Ok(None) => Decoded::Nothing,
            Err(undecoded) => Decoded::Undecoded(undecoded),
        }
    }

    /// Fragmented packets given up so far: never whole within the time or the caps. They come to light while other frames are
    /// decoded, so they are read here and counted as [`Undecoded::Fragment`].
    pub fn lost_fragments(&self) -> u64 {
        self.fragments.lost()
    }

    /// Aggregated 802.11 frames (A-MSDU) so far, of which the packets after the first were not read.
    pub fn unread_aggregates(&self) -> u64 {
        self.unread_aggregates
    }

    /// Ends the input: packets that still wait for fragments are given up and counted.
    pub fn finish(&mut self) {
        self.fragments.finish();
    }

    /// Walks from the link layer inwards, once more for every packet that became whole on the way.
    fn walk<'a>(&'a mut self, frame: &Frame<'a>, path: &mut Path) -> Result<Option<Found<'a>>, Undecoded> {
        let Self { fragments, whole, unread_aggregates } = self;
        let mut next = link::start(frame, path)?;
        for slot in whole {
            let end = path.follow(next);
            *unread_aggregates =
                unread_aggregates.wrapping_add(u64::from(std::mem::take(&mut path.aggregated)));
            let (protocol, payload, place) = match end? {
                End::Nothing => return Ok(None),
                End::Found(found) => return Ok(Some(found)),
                End::Fragment(protocol, payload, place) => (protocol, payload, place),
            };
            if !is_wanted(protocol) {
                return Ok(None);
            }
            let Some((protocol, bytes)) = fragments.add(path, protocol, payload, place, frame.stamp.time)?
            else {
                return Ok(None);
            };
            *slot = bytes;
            next = Next::Payload(protocol, Piece::whole(slot));
        }
        Err(Undecoded::TooDeep)
    }
}

/// What a frame held.
#[derive(Clone, Copy, Debug)]
pub enum Decoded<'a> {
    /// A TCP or UDP segment, an ICMP error about one, or a packet of a [`crate::model::LinkProtocol`].
    Segment(Segment<'a>),
    /// Nothing that a later stage reads: ARP, routing, management frames; or a fragment that was kept.
    Nothing,
    /// The frame could not be read.
    Undecoded(Undecoded),
}

/// The next header of a walk and the bytes it starts.
#[derive(Clone, Copy, Debug)]
enum Next<'a> {
    Ethernet(Piece<'a>),
    EtherType(u16, Piece<'a>),
    Llc(Piece<'a>),
    Mpls(Piece<'a>),
    Ppp(Piece<'a>),
    /// IP of the version that its first four bits say.
    Ip(Piece<'a>),
    Ipv4(Piece<'a>),
    Ipv6(Piece<'a>),
    /// What an IP header, or an extension header, stands before.
    Payload(IpNumber, Piece<'a>),
    End(End<'a>),
}

/// Where a walk ends.
#[derive(Clone, Copy, Debug)]
enum End<'a> {
    Nothing,
    Found(Found<'a>),
    Fragment(IpNumber, Piece<'a>, Place),
}

/// What the transport layer says of a segment. Small, as all that the walk hands on: the hosts stay in the path.
#[derive(Clone, Copy, Debug)]
struct Found<'a> {
    /// Source and destination.
    ports: (u16, u16),
    protocol: Protocol,
    transport: Transport,
    payload: Piece<'a>,
}

impl<'a> Found<'a> {
    #[inline]
    fn segment(self, stamp: Stamp, hosts: Hosts, encap: Encap, macs: Option<(Mac, Mac)>) -> Segment<'a> {
        let source = Endpoint { address: hosts.source, port: self.ports.0 };
        let destination = Endpoint { address: hosts.destination, port: self.ports.1 };
        let (key, direction) = FlowKey::of(source, destination, self.protocol);
        let (payload, cut) = (self.payload.bytes(), self.payload.cut());
        Segment { stamp, key, direction, transport: self.transport, payload, cut, encap, macs }
    }
}

/// The layers passed on the way to the innermost packet.
#[derive(Debug, Default)]
struct Path {
    encap: Encap,
    macs: Option<(Mac, Mac)>,
    /// A link layer was passed: addresses of further ones are not those of the stations at the capture point.
    linked: bool,
    /// An aggregated frame held more than the packet on this path.
    aggregated: bool,
    /// Between whom the innermost packet goes: those of the last IP header, or the stations of a link below IP.
    hosts: Hosts,
    /// Number of the PPPoE session passed.
    session: u16,
}

impl Path {
    /// Takes header after header until the walk ends.
    fn follow<'a>(&mut self, mut next: Next<'a>) -> Result<End<'a>, Undecoded> {
        for _ in 0..MAX_STEPS {
            next = match next {
                Next::Ethernet(piece) => ethernet::ethernet(piece, self)?,
                Next::EtherType(kind, piece) => ethernet::ether_type(kind, piece, self)?,
                Next::Llc(piece) => ethernet::llc(piece)?,
                Next::Mpls(piece) => mpls::mpls(piece, self)?,
                Next::Ppp(piece) => ppp::ppp(piece, self)?,
                Next::Ip(piece) => ip::any(piece)?,
                Next::Ipv4(piece) => ip::v4(piece, self)?,
                Next::Ipv6(piece) => ip::v6(piece, self)?,
                Next::Payload(protocol, piece) => ip::payload(protocol, piece, self)?,
                Next::End(end) => return Ok(end),
            };
        }
        Err(Undecoded::TooDeep)
    }

    /// Enters a layer. Inside a tunnel the station addresses say nothing of the hosts that talk; PPPoE is none.
    fn enter(&mut self, layer: Layer) -> Result<(), Undecoded> {
        if !matches!(layer, Layer::Vlan(_) | Layer::Wifi | Layer::Pppoe) {
            self.linked = true;
            self.macs = None;
        }
        if self.encap.push(layer) { Ok(()) } else { Err(Undecoded::TooDeep) }
    }

    /// Notes the stations of a link layer, if it is the first one.
    fn stations(&mut self, sender: [u8; 6], receiver: [u8; 6]) {
        self.macs = if self.linked { None } else { Some((Mac(sender), Mac(receiver))) };
        self.linked = true;
    }

    /// A packet of what secures a link goes between the stations, as far as they are known; no IP header says so.
    fn below_ip(&mut self) {
        let (source, destination) =
            self.macs.map(|(sender, receiver)| (sender.into(), receiver.into())).unwrap_or_default();
        self.hosts = Hosts { source, destination, ..self.hosts };
    }

    fn segment<'a>(&self, stamp: Stamp, found: Found<'a>) -> Segment<'a> {
        found.segment(stamp, self.hosts, self.encap, self.macs)
    }
}

/// True for what is put together of fragments: transports, tunnels, and headers that may stand before them.
fn is_wanted(protocol: IpNumber) -> bool {
    matches!(
        protocol,
        IpNumber::TCP
            | IpNumber::UDP
            | IpNumber::GRE
            | IpNumber::IPV4
            | IpNumber::IPV6
            | IpNumber::MPLS_IN_IP
            | IpNumber::AUTHENTICATION_HEADER
            | IpNumber::IPV6_DESTINATION_OPTIONS
            | IpNumber::IPV6_ROUTE_HEADER
    )
}

/// Most headers of one frame that are looked at, those that are no [`Layer`] included (SNAP, IPv6 extensions…).
const MAX_STEPS: usize = 40;

/// Most packets inside each other that each came in fragments, plus one for the walk that finds the segment.
const MAX_REASSEMBLED: usize = 4;

#[cfg(test)]
mod tests;
