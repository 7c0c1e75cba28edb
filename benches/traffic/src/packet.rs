//! Packets: Ethernet, IPv4, TCP and UDP, and the tunnels around them, with their checksums.

use crate::octets::{Octets as _, patch};

/// One end of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) ip: [u8; 4],
    pub(crate) port: u16,
}

impl End {
    /// A locally administered address, made of the IP address.
    fn mac(self) -> [u8; 6] {
        let [a, b, c, d] = self.ip;
        [2, 0, a, b, c, d]
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", std::net::Ipv4Addr::from(self.ip), self.port)
    }
}

/// What is around a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapping {
    None,
    Vlan(u16),
    Gre,
    IpInIp,
    Vxlan(u32),
}

/// The transport header of a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Header<'a> {
    Tcp { sequence: u32, acknowledged: u32, flags: u8, options: &'a [u8] },
    Udp,
}

pub(crate) const FIN: u8 = 1;
pub(crate) const SYN: u8 = 2;
pub(crate) const RST: u8 = 4;
pub(crate) const PSH: u8 = 8;
pub(crate) const ACK: u8 = 16;

/// The longest payload of a segment on Ethernet.
pub(crate) const MSS: usize = 1460;
/// The options of a SYN: MSS 1460, window scale 8, selective acknowledgements.
pub(crate) const SYN_OPTIONS: &[u8] = &[2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2];
/// The least Ethernet frame, without its check sequence.
const MIN_FRAME: usize = 60;
/// The ends of all tunnels.
const TUNNEL: [End; 2] =
    [End { ip: [172, 16, 0, 1], port: 50_001 }, End { ip: [172, 16, 0, 2], port: VXLAN_PORT }];
const VXLAN_PORT: u16 = 4789;

/// Appends a frame.
pub(crate) fn frame(
    out: &mut Vec<u8>,
    wrapping: Wrapping,
    (from, to): (End, End),
    header: &Header<'_>,
    payload: &[u8],
    id: u16,
) {
    let start = out.len();
    let transport = match header {
        Header::Tcp { options, .. } => 20 + options.len(),
        Header::Udp => 8,
    };
    let length = 20 + transport + payload.len();
    let [near, far] = TUNNEL;
    match wrapping {
        Wrapping::None => ethernet(out, from, to),
        Wrapping::Vlan(id) => {
            out.put(&to.mac());
            out.put(&from.mac());
            out.be16(0x8100);
            out.be16(usize::from(id));
        }
        Wrapping::Gre => {
            ethernet(out, near, far);
            out.be16(0x0800);
            ipv4(out, near, far, 47, 24 + length, id);
            out.zeros(2);
        }
        Wrapping::IpInIp => {
            ethernet(out, near, far);
            out.be16(0x0800);
            ipv4(out, near, far, 4, 20 + length, id);
        }
        Wrapping::Vxlan(network) => {
            ethernet(out, near, far);
            out.be16(0x0800);
            ipv4(out, near, far, 17, 50 + length, id);
            // The checksum of an outer UDP header may be zero (RFC 7348, 5).
            for number in [near.port, far.port, (30 + length) as u16, 0] {
                out.be16(usize::from(number));
            }
            out.put(&[8, 0, 0, 0]);
            out.put(&(network << 8).to_be_bytes());
            ethernet(out, from, to);
        }
    }
    if wrapping != Wrapping::IpInIp {
        out.be16(0x0800);
    }
    inner(out, (from, to), header, payload, id, length);
    if out.len() < start + MIN_FRAME {
        out.resize(start + MIN_FRAME, 0);
    }
}

fn inner(
    out: &mut Vec<u8>,
    (from, to): (End, End),
    header: &Header<'_>,
    payload: &[u8],
    id: u16,
    length: usize,
) {
    let protocol = if matches!(header, Header::Udp) { 17 } else { 6 };
    ipv4(out, from, to, protocol, length, id);
    let start = out.len();
    out.be16(usize::from(from.port));
    out.be16(usize::from(to.port));
    let check_at = match *header {
        Header::Tcp { sequence, acknowledged, flags, options } => {
            out.put(&sequence.to_be_bytes());
            out.put(&acknowledged.to_be_bytes());
            out.put(&[((20 + options.len()) << 2) as u8, flags]);
            out.be16(0x2000);
            out.zeros(4);
            out.put(options);
            start + 16
        }
        Header::Udp => {
            out.be16(8 + payload.len());
            out.zeros(2);
            start + 6
        }
    };
    out.put(payload);
    let mut pseudo = Vec::from(from.ip);
    pseudo.put(&to.ip);
    pseudo.be16(protocol.into());
    pseudo.be16(out.len() - start);
    let sum = sum(&pseudo) + sum(out.get(start..).unwrap_or_default());
    let check = match fold(sum) {
        0 if protocol == 17 => 0xffff,
        check => check,
    };
    patch(out, check_at, &check.to_be_bytes());
}

fn ethernet(out: &mut Vec<u8>, from: End, to: End) {
    out.put(&to.mac());
    out.put(&from.mac());
}

fn ipv4(out: &mut Vec<u8>, from: End, to: End, protocol: u8, length: usize, id: u16) {
    let start = out.len();
    out.put(&[0x45, 0]);
    out.be16(length);
    out.be16(usize::from(id));
    out.put(&[0x40, 0, 128, protocol, 0, 0]);
    out.put(&from.ip);
    out.put(&to.ip);
    let check = fold(sum(out.get(start..).unwrap_or_default()));
    patch(out, start + 10, &check.to_be_bytes());
}

/// The sum of the big-endian 16-bit words, not folded yet.
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<4>();
    let mut sum: u64 = words.iter().map(|word| u64::from(u32::from_be_bytes(*word))).sum();
    let mut last = [0; 4];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    sum += u64::from(u32::from_be_bytes(last));
    sum
}

/// The checksum (RFC 1071).
fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_rfc_1071_section_3() {
        assert_eq!(fold(sum(&[0, 1, 0xf2, 3, 0xf4, 0xf5, 0xf6, 0xf7])), !0xddf2);
    }
}
