//! Link types by their `LINKTYPE_` number.

use super::{End, Next, Path, Piece, ethernet, ppp, wifi};
use crate::model::{Frame, LinkType, Undecoded};

/// The first header of a frame.
///
/// # Errors
/// [`Undecoded::Link`] for a link type that is not read, and what is wrong with a link header.
pub(super) fn start<'a>(frame: &Frame<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let piece = Piece::of(frame);
    match frame.link {
        ETHERNET => ethernet::ethernet(piece, path),
        NULL | LOOP => loopback(piece),
        RAW | RAW_BSD | RAW_OPENBSD => Ok(Next::Ip(piece)),
        IPV4 => Ok(Next::Ipv4(piece)),
        IPV6 => Ok(Next::Ipv6(piece)),
        LINUX_SLL => cooked(piece),
        LINUX_SLL2 => cooked_v2(piece),
        PPP | PPP_HDLC => ppp::serial(piece),
        C_HDLC => ppp::cisco_hdlc(piece),
        PPP_ETHER => ppp::pppoe(piece, path),
        MPLS => Ok(Next::Mpls(piece)),
        IEEE802_11 => wifi::wifi(piece, path),
        IEEE802_11_RADIOTAP => wifi::radiotap(piece, path),
        IEEE802_11_PRISM | IEEE802_11_AVS => wifi::prism_or_avs(piece, path),
        LinkType(number) => Err(Undecoded::Link(number)),
    }
}

/// BSD loopback: an address family in the byte order of the capturing host, or (`LINKTYPE_LOOP`) the network's. Each
/// system numbers `AF_INET6` differently, so the version is taken from the IP header.
fn loopback(piece: Piece<'_>) -> Result<Next<'_>, Undecoded> {
    let (&family, rest) = piece.chunk::<4>("loopback")?;
    match u32::from_be_bytes(family).min(u32::from_le_bytes(family)) {
        AF_INET => Ok(Next::Ipv4(rest)),
        AF_INET6_WINDOWS | AF_INET6_NETBSD | AF_INET6_FREEBSD | AF_INET6_DARWIN | AF_INET6_LINUX => {
            Ok(Next::Ipv6(rest))
        }
        _ => Ok(Next::End(End::Nothing)),
    }
}

/// Linux cooked capture. It holds the sender's address only.
fn cooked(piece: Piece<'_>) -> Result<Next<'_>, Undecoded> {
    let (&[_, _, h0, h1, .., p0, p1], rest) = piece.chunk::<16>("sll")?;
    Ok(cooked_protocol(u16::from_be_bytes([h0, h1]), u16::from_be_bytes([p0, p1]), rest))
}

/// Linux cooked capture, version 2.
fn cooked_v2(piece: Piece<'_>) -> Result<Next<'_>, Undecoded> {
    let (&[p0, p1, _, _, _, _, _, _, h0, h1, ..], rest) = piece.chunk::<20>("sll2")?;
    Ok(cooked_protocol(u16::from_be_bytes([h0, h1]), u16::from_be_bytes([p0, p1]), rest))
}

/// The protocol of a cooked header is an `EtherType`, unless the device speaks no protocols (netlink) or the number
/// is one of Linux's own.
fn cooked_protocol(device: u16, protocol: u16, rest: Piece<'_>) -> Next<'_> {
    match (device, protocol) {
        (ARPHRD_NETLINK, _) => Next::End(End::Nothing),
        (_, LINUX_802_2) => Next::Llc(rest),
        (_, kind) => Next::EtherType(kind, rest),
    }
}

const NULL: LinkType = LinkType(0);
pub(super) const ETHERNET: LinkType = LinkType(1);
const PPP: LinkType = LinkType(9);
const RAW_BSD: LinkType = LinkType(12);
const RAW_OPENBSD: LinkType = LinkType(14);
const PPP_HDLC: LinkType = LinkType(50);
const PPP_ETHER: LinkType = LinkType(51);
const RAW: LinkType = LinkType(101);
const C_HDLC: LinkType = LinkType(104);
const IEEE802_11: LinkType = LinkType(105);
const LOOP: LinkType = LinkType(108);
const LINUX_SLL: LinkType = LinkType(113);
const IEEE802_11_PRISM: LinkType = LinkType(119);
const IEEE802_11_RADIOTAP: LinkType = LinkType(127);
const IEEE802_11_AVS: LinkType = LinkType(163);
const MPLS: LinkType = LinkType(219);
const IPV4: LinkType = LinkType(228);
const IPV6: LinkType = LinkType(229);
const LINUX_SLL2: LinkType = LinkType(276);

const AF_INET: u32 = 2;
const AF_INET6_LINUX: u32 = 10;
const AF_INET6_WINDOWS: u32 = 23;
const AF_INET6_NETBSD: u32 = 24;
const AF_INET6_FREEBSD: u32 = 28;
const AF_INET6_DARWIN: u32 = 30;

const ARPHRD_NETLINK: u16 = 824;
const LINUX_802_2: u16 = 4;
