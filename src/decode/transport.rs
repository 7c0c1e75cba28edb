//! TCP (RFC 9293) and UDP (RFC 768).

use etherparse::UdpHeaderSlice;

use super::{Found, Piece};
use crate::model::{Protocol, TcpFlags, TcpHeader, Transport, Undecoded};

/// A TCP segment. Its options are not read, so they may be missing from the capture.
#[expect(clippy::inline_always, reason = "every packet takes it, and a call would copy what it says")]
#[inline(always)]
pub(super) fn tcp(piece: Piece<'_>) -> Result<Found<'_>, Undecoded> {
    let header = piece.chunk::<20>("tcp")?.0;
    let &[s0, s1, d0, d1, n0, n1, n2, n3, a0, a1, a2, a3, offset, flags, ..] = header;
    let header_len = usize::from(offset >> 4).saturating_mul(4);
    if header_len < header.len() {
        return Err(Undecoded::Malformed("tcp"));
    }
    let transport = Transport::Tcp(TcpHeader {
        sequence: u32::from_be_bytes([n0, n1, n2, n3]),
        acknowledgement: u32::from_be_bytes([a0, a1, a2, a3]),
        flags: TcpFlags(flags),
    });
    let ports = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
    let payload = piece.skip(header_len, "tcp")?;
    Ok(Found { ports, protocol: Protocol::Tcp, transport, payload })
}

/// A UDP datagram. A length of 0 is a jumbogram's; one beyond the IP packet is taken as the packet's.
#[expect(clippy::inline_always, reason = "every packet takes it, and a call would copy what it says")]
#[inline(always)]
pub(super) fn udp(piece: Piece<'_>) -> Result<Found<'_>, Undecoded> {
    let header = UdpHeaderSlice::from_slice(piece.bytes())
        .map_err(|error| piece.too_short(error.required_len, "udp"))?;
    let datagram = match header.length() {
        0 => piece,
        1..8 => return Err(Undecoded::Malformed("udp")),
        len => piece.limited(usize::from(len)),
    };
    let ports = (header.source_port(), header.destination_port());
    let payload = datagram.skip(header.slice().len(), "udp")?;
    Ok(Found { ports, protocol: Protocol::Udp, transport: Transport::Udp, payload })
}
