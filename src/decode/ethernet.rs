//! Ethernet, its tags, and LLC with SNAP.

use super::{End, Found, Next, Path, Piece, ip, ppp};
use crate::model::{Layer, LinkProtocol, Protocol, Transport, Undecoded};

/// Ethernet II, or IEEE 802.3 with a length and LLC.
pub(super) fn ethernet<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let (&[d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1], rest) = piece.chunk::<14>("ethernet")?;
    path.stations([s0, s1, s2, s3, s4, s5], [d0, d1, d2, d3, d4, d5]);
    type_or_length(u16::from_be_bytes([t0, t1]), rest, path)
}

/// What an `EtherType` announces.
pub(super) fn ether_type<'a>(kind: u16, piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    match kind {
        IPV4 => Ok(Next::Ipv4(piece)),
        IPV6 => Ok(Next::Ipv6(piece)),
        VLAN | PROVIDER_VLAN | VLAN_9100 | VLAN_9200 => vlan(piece, path),
        MPLS | MPLS_UPSTREAM => Ok(Next::Mpls(piece)),
        PPPOE_SESSION => ppp::pppoe(piece, path),
        EAPOL => Ok(eapol(piece, path)),
        BACKBONE_SERVICE => Ok(Next::Ethernet(piece.skip(4, "802.1ah")?)),
        FABRIC_PATH => Ok(Next::Ethernet(piece.skip(2, "fabricpath")?)),
        _ => Ok(Next::End(End::Nothing)),
    }
}

/// EAP over LAN (IEEE 802.1X 11). On a wire both sides may send to a group address, or one of them, so that the stations do
/// not tell which packets belong together; there is one link on the wire.
fn eapol<'a>(payload: Piece<'a>, path: &mut Path) -> Next<'a> {
    if path.encap.layers().last() != Some(Layer::Wifi) {
        path.macs = None;
    }
    path.below_ip();
    let transport = Transport::Link(LinkProtocol::Eapol);
    Next::End(End::Found(Found { ports: (0, 0), protocol: Protocol::Link, transport, payload }))
}

/// LLC (IEEE 802.2): IP in SNAP, bridged Ethernet in SNAP, or IP at its own access point.
pub(super) fn llc(piece: Piece<'_>) -> Result<Next<'_>, Undecoded> {
    let (access_points, rest) = piece.chunk::<3>("llc")?;
    match access_points {
        [SNAP, SNAP, UNNUMBERED] => {
            let (&[o0, o1, o2, p0, p1], rest) = rest.chunk::<5>("snap")?;
            Ok(match ([o0, o1, o2], u16::from_be_bytes([p0, p1])) {
                (OUI_ETHERTYPE | OUI_BRIDGE_TUNNEL, kind) => Next::EtherType(kind, rest),
                (OUI_BRIDGED, BRIDGED_ETHERNET | BRIDGED_ETHERNET_NO_FCS) => Next::Ethernet(rest),
                _ => Next::End(End::Nothing),
            })
        }
        [IP_ACCESS_POINT, IP_ACCESS_POINT, UNNUMBERED] => Ok(Next::Ipv4(rest)),
        _ => Ok(Next::End(End::Nothing)),
    }
}

/// True where bytes look like an Ethernet frame that holds a protocol found in tunnels. A tunnel that does not name its
/// payload is opened on this evidence only.
///
/// # Errors
/// [`Undecoded::Truncated`] where the snap length cut what has to be seen.
pub(super) fn is_plausible(piece: Piece<'_>, layer: &'static str) -> Result<bool, Undecoded> {
    if piece.wire_len() < 15 {
        return Ok(false);
    }
    let (&[.., t0, t1, first], _) = piece.chunk::<15>(layer)?;
    Ok(match u16::from_be_bytes([t0, t1]) {
        IPV4 => first >> 4 == 4,
        IPV6 => first >> 4 == 6,
        ARP | VLAN | PROVIDER_VLAN | MPLS | PPPOE_SESSION => true,
        length @ ..=MAX_LENGTH => usize::from(length).saturating_add(14) <= piece.wire_len() && first == SNAP,
        _ => false,
    })
}

/// IEEE 802.1Q or 802.1ad tag. Identifier 0 is no VLAN: such a tag carries a priority only.
fn vlan<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let (&[c0, c1, t0, t1], rest) = piece.chunk::<4>("vlan")?;
    let id = u16::from_be_bytes([c0, c1]) & 0x0fff;
    if id != 0 {
        path.enter(Layer::Vlan(id))?;
    }
    type_or_length(u16::from_be_bytes([t0, t1]), rest, path)
}

/// Numbers up to 1500 are the length of an LLC frame; what follows it is padding. IP is read at once: it is nearly all
/// there is, and a turn of the walk costs as much as the header itself.
fn type_or_length<'a>(number: u16, rest: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    match number {
        ..=MAX_LENGTH => Ok(Next::Llc(rest.limited(usize::from(number)))),
        IPV4 => ip::v4(rest, path),
        IPV6 => ip::v6(rest, path),
        kind => Ok(Next::EtherType(kind, rest)),
    }
}

/// `EtherType` of IPv4.
pub(super) const IPV4: u16 = 0x0800;
/// `EtherType` of IPv6.
pub(super) const IPV6: u16 = 0x86dd;
/// `EtherType` of a whole Ethernet frame (Transparent Ethernet Bridging).
pub(super) const BRIDGED: u16 = 0x6558;

const MAX_LENGTH: u16 = 1500;
const ARP: u16 = 0x0806;
const VLAN: u16 = 0x8100;
const PROVIDER_VLAN: u16 = 0x88a8;
const VLAN_9100: u16 = 0x9100;
const VLAN_9200: u16 = 0x9200;
const MPLS: u16 = 0x8847;
const MPLS_UPSTREAM: u16 = 0x8848;
const PPPOE_SESSION: u16 = 0x8864;
const EAPOL: u16 = 0x888e;
const BACKBONE_SERVICE: u16 = 0x88e7;
const FABRIC_PATH: u16 = 0x8903;

const SNAP: u8 = 0xaa;
const IP_ACCESS_POINT: u8 = 0x06;
const UNNUMBERED: u8 = 0x03;
const OUI_ETHERTYPE: [u8; 3] = [0, 0, 0];
const OUI_BRIDGE_TUNNEL: [u8; 3] = [0, 0, 0xf8];
const OUI_BRIDGED: [u8; 3] = [0, 0x80, 0xc2];
const BRIDGED_ETHERNET: u16 = 1;
const BRIDGED_ETHERNET_NO_FCS: u16 = 7;
