//! What a capture holds: frames, and the segments that `decode` finds in them.

use std::fmt;
use std::hash::{Hash, Hasher};
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

/// An IP address in 128 bits, the upper half first; IPv4 is held as `::ffff:a.b.c.d`. In two halves, so that what holds
/// one needs no alignment of 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Address(u64, u64);

impl From<Ipv4Addr> for Address {
    fn from(ip: Ipv4Addr) -> Self {
        Self(0, 0xffff_0000_0000 | u64::from(u32::from(ip)))
    }
}

impl From<Ipv6Addr> for Address {
    fn from(ip: Ipv6Addr) -> Self {
        let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or_default();
        Self(half(ip.to_bits() >> 64), half(ip.to_bits()))
    }
}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u128(u128::from(*self));
    }
}

impl From<Address> for u128 {
    fn from(Address(high, low): Address) -> Self {
        Self::from(high) << 64 | Self::from(low)
    }
}

/// A station stands for itself where no IP is below the flow: [`Protocol::Link`] says that it is none.
impl From<Mac> for Address {
    fn from(Mac(octets): Mac) -> Self {
        Self(0, octets.iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet)))
    }
}

impl From<Address> for IpAddr {
    fn from(address: Address) -> Self {
        let ip = Ipv6Addr::from(u128::from(address));
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

impl Protocol {
    fn number(self) -> u8 {
        match self {
            Self::Tcp => 0,
            Self::Udp => 1,
            Self::Tunnel => 2,
            Self::Link => 3,
        }
    }
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
/// it is seen, so that one mirrored at two places is not counted twice. Laid out small: every packet is looked up by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowKey {
    /// Of the lower endpoint and of the higher one.
    addresses: [Address; 2],
    ports: [u16; 2],
    /// Transport protocol.
    pub protocol: Protocol,
}

impl Hash for FlowKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [low, high] = self.addresses;
        let [low_port, high_port] = self.ports.map(u64::from);
        low.hash(state);
        high.hash(state);
        state.write_u64(low_port << 32 | high_port << 16 | u64::from(self.protocol.number()));
    }
}

impl FlowKey {
    /// The key of a packet, and which way along it the packet goes.
    #[expect(clippy::inline_always, reason = "every packet takes it, and a call would copy what it says")]
    #[inline(always)]
    pub fn of(source: Endpoint, destination: Endpoint, protocol: Protocol) -> (Self, Direction) {
        let (low, high, direction) = if source <= destination {
            (source, destination, Direction::Up)
        } else {
            (destination, source, Direction::Down)
        };
        let (addresses, ports) = ([low.address, high.address], [low.port, high.port]);
        (Self { addresses, ports, protocol }, direction)
    }

    /// The endpoint that sends in this direction.
    pub fn sender(&self, direction: Direction) -> Endpoint {
        let ([low, high], [low_port, high_port]) = (self.addresses, self.ports);
        match direction {
            Direction::Up => Endpoint { address: low, port: low_port },
            Direction::Down => Endpoint { address: high, port: high_port },
        }
    }

    /// The ports of both ends.
    pub fn ports(&self) -> [u16; 2] {
        self.ports
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

/// Something of each way along a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways<T> {
    /// From the lower endpoint to the higher one.
    pub up: T,
    /// The other way.
    pub down: T,
}

impl<T> Ways<T> {
    /// That of one way.
    pub fn of(&mut self, direction: Direction) -> &mut T {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
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
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Encap {
    layers: [Packed; MAX_LAYERS],
}

/// A layer in four bytes, since every segment holds [`MAX_LAYERS`] of them: its kind in the highest, its number, which has 24
/// bits at most, in the others. Zero is none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Packed(u32);

impl Packed {
    fn layer(self) -> Option<Layer> {
        let [kind, a, b, c] = self.0.to_be_bytes();
        let (short, long) = (u16::from_be_bytes([b, c]), u32::from_be_bytes([0, a, b, c]));
        Some(match kind {
            1 => Layer::Vlan(short),
            2 => Layer::Mpls(long),
            3 => Layer::Gre,
            4 => Layer::Erspan(short),
            5 => Layer::Vxlan(long),
            6 => Layer::Geneve(long),
            7 => Layer::IpIp,
            8 => Layer::Pppoe,
            9 => Layer::Pptp,
            10 => Layer::L2tp,
            11 => Layer::Wifi,
            _ => return None,
        })
    }
}

impl From<Layer> for Packed {
    fn from(layer: Layer) -> Self {
        let (kind, number) = match layer {
            Layer::Vlan(id) => (1, u32::from(id)),
            Layer::Mpls(label) => (2, label),
            Layer::Gre => (3, 0),
            Layer::Erspan(id) => (4, u32::from(id)),
            Layer::Vxlan(id) => (5, id),
            Layer::Geneve(id) => (6, id),
            Layer::IpIp => (7, 0),
            Layer::Pppoe => (8, 0),
            Layer::Pptp => (9, 0),
            Layer::L2tp => (10, 0),
            Layer::Wifi => (11, 0),
        };
        Self(u32::from_be_bytes([kind, 0, 0, 0]) | number & 0x00ff_ffff)
    }
}

impl Encap {
    /// Adds a layer inside the others; false where there is no room.
    #[must_use]
    pub fn push(&mut self, layer: Layer) -> bool {
        let free = self.layers.iter_mut().find(|slot| slot.0 == 0);
        free.is_some_and(|slot| {
            *slot = layer.into();
            true
        })
    }

    /// The layers, outermost first.
    pub fn layers(&self) -> impl Iterator<Item = Layer> + '_ {
        self.layers.iter().map_while(|layer| layer.layer())
    }

    /// True where the packet is bare IP in its link layer.
    pub fn is_empty(&self) -> bool {
        matches!(self.layers, [Packed(0), ..])
    }
}

impl fmt::Debug for Encap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.layers()).finish()
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
