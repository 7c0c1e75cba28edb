//! Tunnels in UDP: VXLAN (RFC 7348), Geneve (RFC 8926), L2TP (RFC 2661), MPLS (RFC 7510). A port alone proves nothing, so a
//! datagram that does not look like its tunnel stays a datagram.

use super::ethernet::{self, BRIDGED, IPV4, IPV6};
use super::{Next, Path, Piece, mpls};
use crate::model::{Layer, MAX_LAYERS, Undecoded};

/// Opens a tunnel: what a UDP datagram carries, if it is one.
type Open = for<'a> fn(Piece<'a>, &mut Path) -> Result<Option<Next<'a>>, Undecoded>;

/// The tunnel that has one of these ports: source and destination.
pub(super) fn by_ports(ports: (u16, u16)) -> Option<Open> {
    match ports {
        (_, VXLAN | VXLAN_LINUX) => Some(vxlan),
        (_, GENEVE) | (GENEVE, _) => Some(geneve),
        (_, MPLS) => Some(mpls),
        (L2TP, _) | (_, L2TP) => Some(l2tp),
        _ => None,
    }
}

fn vxlan<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Option<Next<'a>>, Undecoded> {
    if piece.wire_len() < 8 {
        return Ok(None);
    }
    let (&[flags, _, _, _, n0, n1, n2, reserved], rest) = piece.chunk::<8>("vxlan")?;
    if flags & VXLAN_HAS_NETWORK == 0 || reserved != 0 || !ethernet::is_plausible(rest, "vxlan")? {
        return Ok(None);
    }
    path.enter(Layer::Vxlan(u32::from_be_bytes([0, n0, n1, n2])))?;
    Ok(Some(Next::Ethernet(rest)))
}

fn geneve<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Option<Next<'a>>, Undecoded> {
    if piece.wire_len() < 8 {
        return Ok(None);
    }
    let (&[version_and_length, flags, p0, p1, n0, n1, n2, reserved], rest) = piece.chunk::<8>("geneve")?;
    let options = usize::from(version_and_length & 0x3f).saturating_mul(4);
    let is_version_0 = version_and_length >> 6 == 0 && flags & GENEVE_RESERVED == 0 && reserved == 0;
    if !is_version_0 || options > rest.wire_len() {
        return Ok(None);
    }
    let rest = rest.skip(options, "geneve")?;
    let next = match u16::from_be_bytes([p0, p1]) {
        BRIDGED => Next::Ethernet(rest),
        kind @ (IPV4 | IPV6) => Next::EtherType(kind, rest),
        _ => return Ok(None),
    };
    path.enter(Layer::Geneve(u32::from_be_bytes([0, n0, n1, n2])))?;
    Ok(Some(next))
}

fn mpls<'a>(piece: Piece<'a>, _: &mut Path) -> Result<Option<Next<'a>>, Undecoded> {
    Ok(is_label_stack(piece)?.then_some(Next::Mpls(piece)))
}

/// L2TP version 2 data message. Control messages stay UDP.
fn l2tp<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Option<Next<'a>>, Undecoded> {
    if piece.wire_len() < 6 {
        return Ok(None);
    }
    let (&[f0, f1], rest) = piece.chunk::<2>("l2tp")?;
    let flags = u16::from_be_bytes([f0, f1]);
    if flags & (L2TP_CONTROL | L2TP_RESERVED | L2TP_VERSION) != 2 {
        return Ok(None);
    }
    let (piece, rest) = if flags & L2TP_LENGTH == 0 {
        (piece, rest)
    } else {
        let (&length, _) = rest.chunk::<2>("l2tp")?;
        let piece = piece.limited(usize::from(u16::from_be_bytes(length)));
        (piece, piece.skip(4, "l2tp")?)
    };
    let ids_and_numbers = if flags & L2TP_SEQUENCE == 0 { 4 } else { 8 };
    let rest = rest.limited(piece.wire_len()).skip(ids_and_numbers, "l2tp")?;
    let rest = if flags & L2TP_OFFSET == 0 {
        rest
    } else {
        let (&offset, rest) = rest.chunk::<2>("l2tp")?;
        rest.skip(usize::from(u16::from_be_bytes(offset)), "l2tp")?
    };
    path.enter(Layer::L2tp)?;
    Ok(Some(Next::Ppp(rest)))
}

/// True where a bottom label comes within the first few entries, and a payload that can be told under it.
fn is_label_stack(mut piece: Piece<'_>) -> Result<bool, Undecoded> {
    for _ in 0..MAX_LAYERS {
        if piece.wire_len() <= 4 {
            return Ok(false);
        }
        let (&[_, _, last, _], rest) = piece.chunk::<4>("mpls")?;
        if last & 1 == 1 {
            return Ok(!matches!(mpls::payload(rest)?, Next::End(_)));
        }
        piece = rest;
    }
    Ok(false)
}

const L2TP: u16 = 1701;
const VXLAN: u16 = 4789;
const GENEVE: u16 = 6081;
const MPLS: u16 = 6635;
const VXLAN_LINUX: u16 = 8472;

const VXLAN_HAS_NETWORK: u8 = 0x08;
const GENEVE_RESERVED: u8 = 0x3f;

const L2TP_CONTROL: u16 = 0x8000;
const L2TP_LENGTH: u16 = 0x4000;
const L2TP_SEQUENCE: u16 = 0x0800;
const L2TP_OFFSET: u16 = 0x0200;
const L2TP_RESERVED: u16 = 0x34f0;
const L2TP_VERSION: u16 = 0x000f;
