//! ICMP (RFC 792) and `ICMPv6` (RFC 4443): destination unreachable, which quotes the packet that could not be delivered.

use etherparse::IpNumber;

use super::ip::{Hosts, Part, Version, extension, v4_part, v6_part};
use super::{End, Found, Next, Piece};
use crate::model::{Protocol, Transport, Undecoded};

/// An ICMP message of either version. The hosts become those of the quoted packet.
pub(super) fn icmp<'a>(number: IpNumber, piece: Piece<'a>, hosts: &mut Hosts) -> Result<Next<'a>, Undecoded> {
    let (&[kind, code, ..], quoted) = piece.chunk::<8>("icmp")?;
    let quoted = match (hosts.version, number, kind) {
        (Version::V4, IpNumber::ICMP, UNREACHABLE_V4) => v4_part(quoted, hosts)?,
        (Version::V6, IpNumber::IPV6_ICMP, UNREACHABLE_V6) => v6_part(quoted, hosts)?,
        _ => return Ok(Next::End(End::Nothing)),
    };
    let Some((header, protocol)) = transport(quoted, hosts.version)? else {
        return Ok(Next::End(End::Nothing));
    };
    let (&[s0, s1, d0, d1], _) = header.chunk::<4>("icmp")?;
    let ports = (u16::from_be_bytes([s0, s1]), u16::from_be_bytes([d0, d1]));
    let transport = Transport::Unreachable { kind, code };
    Ok(Next::End(End::Found(Found { ports, protocol, transport, payload: Piece::default() })))
}

/// The quoted TCP or UDP header, behind extension headers. `None` for other protocols and for a later fragment.
fn transport(mut part: Part<'_>, version: Version) -> Result<Option<(Piece<'_>, Protocol)>, Undecoded> {
    for _ in 0..MAX_EXTENSIONS {
        if part.place.is_some_and(|place| place.offset > 0) {
            return Ok(None);
        }
        part = match part.protocol {
            IpNumber::TCP => return Ok(Some((part.payload, Protocol::Tcp))),
            IpNumber::UDP => return Ok(Some((part.payload, Protocol::Udp))),
            protocol => match extension(version, protocol, part.payload)? {
                Some(inner) => inner,
                None => return Ok(None),
            },
        }
    }
    Err(Undecoded::TooDeep)
}

const UNREACHABLE_V4: u8 = 3;
const UNREACHABLE_V6: u8 = 1;

/// Most headers between a quoted IP header and its transport.
const MAX_EXTENSIONS: usize = 8;
