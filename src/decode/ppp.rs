//! PPP (RFC 1661), over Ethernet (RFC 2516) and on serial lines (RFC 1662).

use super::{End, Found, Next, Path, Piece};
use crate::model::{Layer, LinkProtocol, Protocol, Transport, Undecoded};

/// A PPP frame, with or without compressed address, control and protocol fields (RFC 1661 6.5, RFC 1662 3.2).
pub(super) fn ppp<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let (start, _) = piece.chunk::<2>("ppp")?;
    let piece = if *start == ADDRESS_AND_CONTROL { piece.skip(2, "ppp")? } else { piece };
    let (&[first], rest) = piece.chunk::<1>("ppp")?;
    let (protocol, rest) = if first & 1 == 1 {
        (u16::from(first), rest)
    } else {
        let (&[second], rest) = rest.chunk::<1>("ppp")?;
        (u16::from_be_bytes([first, second]), rest)
    };
    Ok(match protocol {
        IPV4 => Next::Ipv4(rest),
        IPV6 => Next::Ipv6(rest),
        MPLS | MPLS_MULTICAST => Next::Mpls(rest),
        LCP => secured(LinkProtocol::Lcp, rest, path),
        PAP => secured(LinkProtocol::Pap, rest, path),
        CHAP => secured(LinkProtocol::Chap, rest, path),
        EAP => secured(LinkProtocol::Eap, rest, path),
        _ => Next::End(End::Nothing),
    })
}

/// A packet of what opens and secures a PPP link. Its ends are those of the tunnel, where it is in one.
fn secured<'a>(protocol: LinkProtocol, payload: Piece<'a>, path: &mut Path) -> Next<'a> {
    let is_tunnel = matches!(path.encap.layers().last(), Some(Layer::Pptp | Layer::L2tp));
    let (carried, session) = if is_tunnel { (Protocol::Tunnel, 0) } else { (Protocol::Link, path.session) };
    if !is_tunnel {
        path.below_ip();
    }
    let transport = Transport::Link(protocol);
    Next::End(End::Found(Found { ports: (session, session), protocol: carried, transport, payload }))
}

/// PPP over Ethernet from its own header on. Discovery gives nothing.
pub(super) fn pppoe<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let (&[version_and_type, code, s0, s1, l0, l1], rest) = piece.chunk::<6>("pppoe")?;
    if version_and_type != VERSION_1_TYPE_1 {
        return Err(Undecoded::Malformed("pppoe"));
    }
    if code != SESSION {
        return Ok(Next::End(End::Nothing));
    }
    path.enter(Layer::Pppoe)?;
    path.session = u16::from_be_bytes([s0, s1]);
    Ok(Next::Ppp(rest.limited(usize::from(u16::from_be_bytes([l0, l1])))))
}

/// A serial line: PPP, or Cisco HDLC, which is told by its address.
pub(super) fn serial(piece: Piece<'_>) -> Result<Next<'_>, Undecoded> {
    let (start, _) = piece.chunk::<2>("ppp")?;
    match start {
        [CISCO_UNICAST | CISCO_MULTICAST, 0] => cisco_hdlc(piece),
        _ => Ok(Next::Ppp(piece)),
    }
}

/// Cisco HDLC: address, control, and an `EtherType`.
pub(super) fn cisco_hdlc(piece: Piece<'_>) -> Result<Next<'_>, Undecoded> {
    let (&[_, _, t0, t1], rest) = piece.chunk::<4>("hdlc")?;
    Ok(Next::EtherType(u16::from_be_bytes([t0, t1]), rest))
}

const ADDRESS_AND_CONTROL: [u8; 2] = [0xff, 0x03];
const CISCO_UNICAST: u8 = 0x0f;
const CISCO_MULTICAST: u8 = 0x8f;
const VERSION_1_TYPE_1: u8 = 0x11;
const SESSION: u8 = 0;

const IPV4: u16 = 0x0021;
const IPV6: u16 = 0x0057;
const MPLS: u16 = 0x0281;
const MPLS_MULTICAST: u16 = 0x0283;
const LCP: u16 = 0xc021;
const PAP: u16 = 0xc023;
const CHAP: u16 = 0xc223;
const EAP: u16 = 0xc227;
