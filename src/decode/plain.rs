//! What nearly all packets are, in one step: TCP or UDP in whole IPv4 without options, in untagged Ethernet. Everything else
//! takes the walk, which says the same of these and costs three times as much.

use std::net::Ipv4Addr;

use etherparse::IpNumber;

use super::ethernet::IPV4;
use super::ip::{Hosts, Version};
use super::link::ETHERNET;
use super::{Piece, transport, tunnel};
use crate::model::{Encap, Frame, Mac, Protocol, Segment};

/// The segment of a plain packet; `None` for all others, broken ones too.
#[inline]
pub(super) fn segment<'a>(frame: &Frame<'a>) -> Option<Segment<'a>> {
    // With a length that the snap length cut nothing is plain.
    if frame.link != ETHERNET || usize::try_from(frame.wire_len) != Ok(frame.bytes.len()) {
        return None;
    }
    // One look at the length for both headers.
    let (headers, rest) = frame.bytes.split_first_chunk::<HEADERS>()?;
    let (receiver, headers) = headers.split_first_chunk()?;
    let (sender, headers) = headers.split_first_chunk()?;
    let (&[t0, t1, 0x45, _, l0, l1, _, _, f0, f1, _, protocol, _, _], headers) =
        headers.split_first_chunk()?
    else {
        return None;
    };
    if u16::from_be_bytes([t0, t1]) != IPV4 || f0 & FRAGMENTED != 0 || f1 != 0 {
        return None;
    }
    let (source, destination) = headers.split_first_chunk::<4>()?;
    let hosts = Hosts {
        version: Version::V4,
        source: Ipv4Addr::from(*source).into(),
        destination: Ipv4Addr::from(*destination.first_chunk()?).into(),
    };
    // What follows the packet is padding.
    let len = usize::from(u16::from_be_bytes([l0, l1])).checked_sub(HEADER)?;
    let payload = Piece::whole(rest.get(..len)?);
    let found = match IpNumber(protocol) {
        IpNumber::TCP => transport::tcp(payload).ok()?,
        IpNumber::UDP => transport::udp(payload).ok()?,
        _ => return None,
    };
    // What may be a tunnel is for the walk.
    if found.protocol == Protocol::Udp && tunnel::by_ports(found.ports).is_some() {
        return None;
    }
    let macs = Some((Mac(*sender), Mac(*receiver)));
    Some(found.segment(frame.stamp, hosts, Encap::default(), macs))
}

/// Length of an IPv4 header without options.
const HEADER: usize = 20;
/// Length of an Ethernet header and of that.
const HEADERS: usize = 34;
/// The flag "more fragments" and the upper bits of the offset.
const FRAGMENTED: u8 = 0x3f;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Decoder, Path};
    use super::*;
    use crate::model::{LinkType, Stamp};

    /// The first packet of RFC 9293's handshake as Linux sends it, with six bytes of padding, and a datagram of one byte.
    const PACKETS: [&[u8]; 2] = [
        b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0\x45\0\0\x28\x12\x34\x40\0\x40\x06\0\0\x0a\0\0\x01\x0a\0\0\x02\
          \xc0\0\x01\xbd\0\0\0\x07\0\0\0\0\x50\x02\xff\xff\0\0\0\0\0\0\0\0\0\0",
        b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0\x45\0\0\x1d\x12\x34\0\0\x40\x11\0\0\x0a\0\0\x01\x0a\0\0\x02\
          \xc0\0\0\x58\0\x09\0\0\x61",
    ];

    fn frame(bytes: &[u8], more: u32) -> Frame<'_> {
        let wire_len = u32::try_from(bytes.len()).unwrap().saturating_add(more);
        Frame { stamp: Stamp::default(), link: LinkType(1), bytes, wire_len }
    }

    #[test]
    fn plain_packets_are_read_in_one_step_and_cut_ones_are_not() {
        for packet in PACKETS {
            assert!(segment(&frame(packet, 0)).is_some());
            assert!(segment(&frame(packet, 1)).is_none());
        }
    }

    proptest! {
        /// Whatever the bytes: where the step says something, the walk says the same.
        #[test]
        fn the_step_and_the_walk_agree(
            packet in prop::sample::select(&PACKETS[..]),
            changes in prop::collection::vec((0_usize..60, any::<u8>()), 0..4),
            len in 0_usize..60,
            more in prop::sample::select(&[0_u32, 0, 0, 4][..]),
        ) {
            let mut bytes = packet.to_vec();
            for (at, byte) in changes {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            bytes.truncate(len.max(packet.len().saturating_sub(8)));
            let frame = frame(&bytes, more);
            if let Some(step) = segment(&frame) {
                let mut decoder = Decoder::default();
                let mut path = Path::default();
                let walked = decoder.walk(&frame, &mut path).unwrap().unwrap();
                prop_assert_eq!(format!("{step:?}"), format!("{:?}", path.segment(frame.stamp, walked)));
            }
        }
    }
}
