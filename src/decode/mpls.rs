//! MPLS label stack (RFC 3032) and the pseudo-wires under it (RFC 4385, RFC 4448).

use super::{End, Next, Path, Piece, ethernet};
use crate::model::{Layer, Undecoded};

/// One label stack entry, and under the last one the payload.
pub(super) fn mpls<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let (&entry, rest) = piece.chunk::<4>("mpls")?;
    let entry = u32::from_be_bytes(entry);
    path.enter(Layer::Mpls(entry >> 12))?;
    if entry & BOTTOM == 0 { Ok(Next::Mpls(rest)) } else { payload(rest) }
}

/// No field says what is under the labels. Ethernet is tried before IP, since a station address may start like an IP
/// header while its `EtherType` can hardly be met by chance.
pub(super) fn payload(piece: Piece<'_>) -> Result<Next<'_>, Undecoded> {
    if ethernet::is_plausible(piece, "mpls")? {
        return Ok(Next::Ethernet(piece));
    }
    let (&[first], _) = piece.chunk::<1>("mpls")?;
    match first >> 4 {
        4 => Ok(Next::Ipv4(piece)),
        6 => Ok(Next::Ipv6(piece)),
        CONTROL_WORD => {
            let frame = piece.skip(4, "mpls")?;
            let is_ethernet = ethernet::is_plausible(frame, "mpls")?;
            Ok(if is_ethernet { Next::Ethernet(frame) } else { Next::End(End::Nothing) })
        }
        _ => Ok(Next::End(End::Nothing)),
    }
}

const BOTTOM: u32 = 0x100;
const CONTROL_WORD: u8 = 0;
