//! What a capture holds: frames, and the segments that `decode` finds in them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Capture time: nanoseconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

/// Which input a packet came from: an index into the list of inputs of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// Where and when a packet was captured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Capture time.
    pub time: Time,
    /// Decimal digits of a second that the capture records: 6 for microseconds, 9 for nanoseconds.
    pub digits: u8,
    /// The input.
    pub source: SourceId,
    /// Number of the packet in its input, from 1, as other tools count.
    pub frame: u64,
}

/// Link-layer type, numbered as `LINKTYPE_` of the pcap formats (an interface's DLT is translated by the source).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkType(pub u16);

/// One captured packet, borrowed from the source's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Where and when.
    pub stamp: Stamp,
    /// What `bytes` starts with.
    pub link: LinkType,
    /// The captured bytes.
    pub bytes: &'a [u8],
    /// Length on the wire; larger than `bytes` where the snap length cut the packet.
    pub wire_len: u32,
}

/// An IP address in 128 bits; IPv4 is held as `::ffff:a.b.c.d`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Address(u128);

impl From<Ipv4Addr> for Address {
    fn from(ip: Ipv4Addr) -> Self {
        Self(0xffff_0000_0000 | u128::from(u32::from(ip)))
    }
}

impl From<Ipv6Addr> for Address {
    fn from(ip: Ipv6Addr) -> Self {
        Self(u128::from(ip))
    }
}

/// A station stands for itself where no IP is below the flow: [`Protocol::Link`] says that it is none.
impl From<Mac> for Address {
    fn from(Mac(octets): Mac) -> Self {
        Self(octets.iter().fold(0, |sum, octet| sum << 8 | u128::from(*octet)))
    }
}

impl From<Address> for IpAddr {
    fn from(address: Address) -> Self {
        let ip = Ipv6Addr::from(address.0);
        ip.to_ipv4_mapped().map_or(Self::V6(ip), Self::V4)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        IpAddr::from(*self).fmt(f)
    }
}

/// An address and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Endpoint {
    /// IP address.
    pub address: Address,
    /// TCP or UDP port.
    pub port: u16,
}

/// Transport protocol of a flow, which says what its endpoints are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// PPP in a tunnel between two hosts, which has no ports: they are 0.
    Tunnel,
    /// PPP or EAPOL without IP: the addresses are those of stations, both 0 where they are not known; the port is the
    /// number of the PPPoE session.
    Link,
}

/// What secures a link before IP is spoken on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkProtocol {
    /// PPP Link Control Protocol (RFC 1661).
    Lcp,
    /// PPP Password Authentication Protocol (RFC 1334).
    Pap,
    /// PPP Challenge Handshake Authentication Protocol (RFC 1994).
    Chap,
    /// EAP in PPP (RFC 3748).
    Eap,
    /// EAP over LAN (IEEE 802.1X).
    Eapol,
}

/// Both ends of a flow without a direction: the lower endpoint first. A flow is the same flow in whatever tunnel or VLAN
/// it is seen, so that one mirrored at two places is not counted twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FlowKey {
    /// The lower of the two endpoints.
    pub low: Endpoint,
    /// The higher one.
    pub high: Endpoint,
    /// Transport protocol.
    pub protocol: Protocol,
}

impl FlowKey {
    /// The key of a packet, and which way along it the packet goes.
    pub fn of(source: Endpoint, destination: Endpoint, protocol: Protocol) -> (Self, Direction) {
        if source <= destination {
            (Self { low: source, high: destination, protocol }, Direction::Up)
        } else {
            (Self { low: destination, high: source, protocol }, Direction::Down)
        }
    }

    /// The endpoint that sends in this direction.
    pub fn sender(&self, direction: Direction) -> Endpoint {
        match direction {
            Direction::Up => self.low,
            Direction::Down => self.high,
        }
    }

    /// The endpoint that receives in this direction.
    pub fn receiver(&self, direction: Direction) -> Endpoint {
        self.sender(direction.reversed())
    }
}

/// Which way along a flow. A flow whose endpoints are not known has one way only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the lower endpoint to the higher one.
    Up,
    /// From the higher endpoint to the lower one.
    Down,
}

impl Direction {
    /// The other way.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

/// Most encapsulation layers that are remembered; deeper packets are counted as undecoded.
pub const MAX_LAYERS: usize = 6;

/// One layer around the innermost IP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// 802.1Q or 802.1ad tag: VLAN id.
    Vlan(u16),
    /// MPLS label.
    Mpls(u32),
    /// GRE without ERSPAN.
    Gre,
    /// ERSPAN I, II or III: session id (0 for type I, which has none).
    Erspan(u16),
    /// VXLAN network identifier.
    Vxlan(u32),
    /// Geneve virtual network identifier.
    Geneve(u32),
    /// IPv4 or IPv6 directly in IP.
    IpIp,
    /// PPP over Ethernet.
    Pppoe,
    /// PPTP's GRE.
    Pptp,
    /// Layer Two Tunneling Protocol.
    L2tp,
    /// IEEE 802.11.
    Wifi,
}

/// The layers around the innermost IP packet, outermost first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Encap {
    layers: [Option<Layer>; MAX_LAYERS],
}

impl Encap {
    /// Adds a layer inside the others; false where there is no room.
    #[must_use]
    pub fn push(&mut self, layer: Layer) -> bool {
        let free = self.layers.iter_mut().find(|slot| slot.is_none());
        free.is_some_and(|slot| {
            *slot = Some(layer);
            true
        })
    }

    /// The layers, outermost first.
    pub fn layers(&self) -> impl Iterator<Item = Layer> + '_ {
        self.layers.iter().map_while(|layer| *layer)
    }

    /// True where the packet is bare IP in its link layer.
    pub fn is_empty(&self) -> bool {
        matches!(self.layers, [None, ..])
    }
}

/// An Ethernet or 802.11 station address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

/// TCP flags, as in the header's low byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x01);
    /// Synchronise sequence numbers.
    pub const SYN: Self = Self(0x02);
    /// Reset the connection.
    pub const RST: Self = Self(0x04);
    /// The acknowledgement number is valid.
    pub const ACK: Self = Self(0x10);

    /// True where all flags of `other` are set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What `stream` needs of a TCP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpHeader {
    /// Sequence number of the first payload byte (of the SYN, where that flag is set).
    pub sequence: u32,
    /// Acknowledgement number; meaningless without [`TcpFlags::ACK`].
    pub acknowledgement: u32,
    /// Flags.
    pub flags: TcpFlags,
}

/// What a segment is at its transport layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A TCP segment.
    Tcp(TcpHeader),
    /// A whole UDP datagram.
    Udp,
    /// A whole packet of a protocol that stands beside IP.
    Link(LinkProtocol),
    /// An ICMP error (of either version) that quotes a packet of this flow: `key` and `direction` are the quoted packet's. The
    /// payload is empty.
    Unreachable {
        /// ICMP type.
        kind: u8,
        /// ICMP code.
        code: u8,
    },
}

/// One transport segment, borrowed from its frame (or from the fragments it was put together of).
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Where and when; of a reassembled packet, its last fragment.
    pub stamp: Stamp,
    /// The flow.
    pub key: FlowKey,
    /// Which way along it.
    pub direction: Direction,
    /// Transport header.
    pub transport: Transport,
    /// Captured payload.
    pub payload: &'a [u8],
    /// Payload bytes after `payload` that were on the wire and not in the capture (snap length).
    pub cut: u32,
    /// Layers around the IP packet.
    pub encap: Encap,
    /// Station addresses of sender and receiver, where the outermost link layer is the only one.
    pub macs: Option<(Mac, Mac)>,
}

/// Why a frame gave no segment. Traffic that is simply not TCP or UDP (ARP, OSPF…) is no such case and not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Undecoded {
    /// A link type that is not read.
    Link(u16),
    /// A header that contradicts itself; the word names the layer, such as `ipv4`.
    Malformed(&'static str),
    /// A header that the snap length cut; the word names the layer.
    Truncated(&'static str),
    /// A fragment of a packet that never became whole, or was dropped at a cap.
    Fragment,
    /// More layers around the packet than [`MAX_LAYERS`].
    TooDeep,
    /// A frame whose link layer is encrypted (802.11 protected frames).
    Encrypted,
}
