//! GRE (RFC 2784, RFC 2890), what mirror ports send in it (ERSPAN), and PPTP's own version (RFC 2637).

use super::ethernet::BRIDGED;
use super::{End, Next, Path, Piece};
use crate::model::{Layer, Undecoded};

/// A GRE packet of version 0 or 1.
pub(super) fn gre<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let (&[f0, f1, p0, p1], rest) = piece.chunk::<4>("gre")?;
    let (flags, protocol) = (u16::from_be_bytes([f0, f1]), u16::from_be_bytes([p0, p1]));
    match (flags & VERSION, protocol) {
        (0, _) if flags & ROUTING == 0 => version_0(flags, protocol, rest, path),
        (1, PPTP) => version_1(flags, rest, path),
        _ => Err(Undecoded::Malformed("gre")),
    }
}

fn version_0<'a>(flags: u16, protocol: u16, rest: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let rest = skip_present(flags, [CHECKSUM, KEY, SEQUENCE], rest)?;
    match protocol {
        ERSPAN if flags & SEQUENCE == 0 => {
            path.enter(Layer::Erspan(0))?;
            Ok(Next::Ethernet(rest))
        }
        ERSPAN => erspan_2(rest, path),
        ERSPAN_3 => erspan_3(rest, path),
        BRIDGED => {
            path.enter(Layer::Gre)?;
            Ok(Next::Ethernet(rest))
        }
        kind => {
            path.enter(Layer::Gre)?;
            Ok(Next::EtherType(kind, rest))
        }
    }
}

/// ERSPAN type II: version, VLAN, class, session (10 bits); then an index.
fn erspan_2<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let (&[_, _, s0, s1, ..], rest) = piece.chunk::<8>("erspan")?;
    path.enter(Layer::Erspan(u16::from_be_bytes([s0, s1]) & SESSION))?;
    Ok(Next::Ethernet(rest))
}

/// ERSPAN type III: like type II, with a time stamp, a frame type and an optional platform header.
fn erspan_3<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let (&[_, _, s0, s1, _, _, _, _, _, _, t0, t1], rest) = piece.chunk::<12>("erspan")?;
    path.enter(Layer::Erspan(u16::from_be_bytes([s0, s1]) & SESSION))?;
    let last = u16::from_be_bytes([t0, t1]);
    let rest = if last & PLATFORM_HEADER == 0 { rest } else { rest.skip(8, "erspan")? };
    Ok(match (last & FRAME_TYPE) >> 10 {
        FRAME_TYPE_ETHERNET => Next::Ethernet(rest),
        FRAME_TYPE_IP => Next::Ip(rest),
        _ => Next::End(End::Nothing),
    })
}

/// PPTP: the key holds the payload length and a call id. Without payload it is an acknowledgement.
fn version_1<'a>(flags: u16, piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let (&[l0, l1, _, _], rest) = piece.chunk::<4>("pptp")?;
    let payload_len = u16::from_be_bytes([l0, l1]);
    if flags & SEQUENCE == 0 || payload_len == 0 {
        return Ok(Next::End(End::Nothing));
    }
    path.enter(Layer::Pptp)?;
    let rest = skip_present(flags, [SEQUENCE, ACKNOWLEDGEMENT], rest)?;
    Ok(Next::Ppp(rest.limited(usize::from(payload_len))))
}

/// Skips the optional fields that the flags announce; each is four bytes long.
fn skip_present<const N: usize>(
    flags: u16,
    fields: [u16; N],
    rest: Piece<'_>,
) -> Result<Piece<'_>, Undecoded> {
    let present = fields.iter().filter(|field| flags & **field != 0).count();
    rest.skip(present.saturating_mul(4), "gre")
}

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGEMENT: u16 = 0x0080;
const VERSION: u16 = 0x0007;

const PPTP: u16 = 0x880b;
const ERSPAN: u16 = 0x88be;
const ERSPAN_3: u16 = 0x22eb;

const SESSION: u16 = 0x03ff;
const FRAME_TYPE: u16 = 0x7c00;
const FRAME_TYPE_ETHERNET: u16 = 0;
const FRAME_TYPE_IP: u16 = 2;
const PLATFORM_HEADER: u16 = 0x0001;
