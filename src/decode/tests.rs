#![expect(clippy::arithmetic_side_effects, reason = "test code")]

use std::net::IpAddr;

use etherparse::PacketBuilder;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::model::{LinkType, TcpFlags, Time};

/// A frame of a public capture.
#[derive(Debug)]
struct Sample {
    link: u16,
    wire_len: u32,
    hex: &'static str,
}

impl Sample {
    fn bytes(&self) -> Vec<u8> {
        let digits: Vec<u8> =
            self.hex.bytes().filter_map(|digit| char::from(digit).to_digit(16)).map(byte).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }
}

fn byte(digit: u32) -> u8 {
    u8::try_from(digit).unwrap()
}

fn frame(link: u16, bytes: &[u8], wire_len: u32, nanos: i64) -> Frame<'_> {
    let stamp = Stamp { time: Time(nanos), ..Stamp::default() };
    Frame { stamp, link: LinkType(link), bytes, wire_len }
}

fn ethernet_frame(bytes: &[u8], nanos: i64) -> Frame<'_> {
    frame(1, bytes, u32::try_from(bytes.len()).unwrap(), nanos)
}

/// What was decoded in a line: `tcp 10.0.0.1:1 > 10.0.0.2:2 5+0 [Gre]`, the numbers being captured and cut payload.
fn line(decoded: &Decoded<'_>) -> String {
    let segment = match decoded {
        Decoded::Segment(segment) => segment,
        Decoded::Nothing => return "nothing".into(),
        Decoded::Undecoded(why) => return format!("{why:?}"),
    };
    let kind = match segment.transport {
        Transport::Tcp(_) => "tcp".into(),
        Transport::Udp => "udp".into(),
        Transport::Link(protocol) => format!("{protocol:?}").to_lowercase(),
        Transport::Unreachable { kind, code } => format!("unreachable {kind}/{code}"),
    };
    let [from, to] = [segment.key.sender(segment.direction), segment.key.receiver(segment.direction)]
        .map(|end| format!("{}:{}", IpAddr::from(end.address), end.port));
    let layers: Vec<_> = segment.encap.layers().collect();
    format!("{kind} {from} > {to} {}+{} {layers:?}", segment.payload.len(), segment.cut)
}

fn decode_sample(sample: &Sample) -> String {
    let bytes = sample.bytes();
    line(&Decoder::default().decode(&frame(sample.link, &bytes, sample.wire_len, 0)))
}

/// The layers of a sample, also where nothing is found under them.
fn layers(sample: &Sample) -> Vec<Layer> {
    let bytes = sample.bytes();
    let mut path = Path::default();
    let walked = Decoder::default().walk(&frame(sample.link, &bytes, sample.wire_len, 0), &mut path).is_ok();
    assert!(walked);
    path.encap.layers().collect()
}

#[test]
fn real_frames_give_their_innermost_segment_and_layers() {
    let expected = [
        (&QINQ, "tcp 10.0.0.1:54422 > 10.0.0.2:80 0+0 [Vlan(201), Vlan(200)]"),
        (&MPLS, "tcp 10.1.2.1:11001 > 10.34.0.1:23 0+0 [Mpls(29)]"),
        (&GRE, "tcp 66.59.111.190:40264 > 172.28.2.3:22 0+0 [Gre]"),
        (&GRE_UNREACHABLE, "unreachable 3/3 66.59.111.190:37675 > 172.28.2.3:53 0+0 [Gre]"),
        (&VXLAN, "tcp 172.16.11.201:40354 > 54.86.237.188:80 0+0 [Vxlan(1)]"),
        (&GENEVE, "udp 10.111.111.10:5353 > 10.111.111.20:53 29+0 [Geneve(1193046)]"),
        (&WIFI, "tcp 172.5.5.113:49417 > 14.17.32.211:80 0+0 [Wifi]"),
        (&ERSPAN, "nothing"),
        (&PPPOE, "nothing"),
        (&SLL2, "nothing"),
    ];
    for (sample, line) in expected {
        assert_eq!(decode_sample(sample), line);
    }
}

#[test]
fn layers_are_named_also_around_pings() {
    assert_eq!(layers(&ERSPAN), [Layer::Erspan(100)]);
    assert_eq!(layers(&PPPOE), [Layer::Pppoe]);
    assert_eq!(layers(&SLL2), []);
}

/// Headers as RFC 2516 4, RFC 2661 3.1, RFC 2637 4.1 and IEEE 802.1X 11 lay them out, around a CHAP Success or an EAPOL-Start.
#[test]
fn what_secures_a_link_has_the_ends_of_its_tunnel_or_its_stations() {
    let chap = [0xc2, 0x23, 3, 7, 0, 4];
    let stations = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    let pppoe = [&stations[..], &[0x88, 0x64, 0x11, 0, 0, 9, 0, 6], &chap].concat();
    let eapol = [&stations[..], &[0x88, 0x8e, 1, 1, 0, 0]].concat();
    let gre = [&[0x30, 1, 0x88, 0x0b, 0, 8, 0, 5, 0, 0, 0, 1, 0xff, 3][..], &chap].concat();
    let serial = [&[0xff, 3][..], &chap].concat();
    let mut pptp = Vec::new();
    PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).write(&mut pptp, IpNumber::GRE, &gre).unwrap();
    let cases = [
        (1, pppoe, "chap ::200:0:1:9 > ::200:0:2:9 4+0 [Pppoe]", true),
        (1, eapol, "eapol :::0 > :::0 4+0 []", false),
        (228, pptp, "chap 10.0.0.1:0 > 10.0.0.2:0 4+0 [Pptp]", false),
        (9, serial, "chap :::0 > :::0 4+0 []", false),
    ];
    for (link, bytes, expected, has_macs) in cases {
        let frame = frame(link, &bytes, u32::try_from(bytes.len()).unwrap(), 0);
        let mut fresh = Decoder::default();
        let decoded = fresh.decode(&frame);
        assert_eq!(line(&decoded), expected);
        assert!(matches!(decoded, Decoded::Segment(Segment { macs, .. }) if macs.is_some() == has_macs));
    }
}

#[test]
fn station_addresses_are_given_only_where_no_tunnel_hides_the_stations() {
    let macs = |sample: &Sample| {
        let bytes = sample.bytes();
        let mut decoder = Decoder::default();
        match decoder.decode(&frame(sample.link, &bytes, sample.wire_len, 0)) {
            Decoded::Segment(segment) => segment.macs,
            other => panic!("{other:?}"),
        }
    };
    let qinq = (Mac([0x00, 0x0c, 0x29, 0xc1, 0x2d, 0x24]), Mac([0x00, 0x09, 0x0f, 0xdb, 0xf4, 0x3e]));
    let wifi = (Mac([0x88, 0x25, 0x93, 0x40, 0x6b, 0x6f]), Mac([0xf8, 0xa9, 0xd0, 0x1e, 0x90, 0xa3]));
    assert_eq!(macs(&QINQ), Some(qinq));
    assert_eq!(macs(&WIFI).map(|(_, receiver)| receiver), Some(Mac([0x88, 0x25, 0x93, 0x40, 0x6b, 0x6f])));
    assert_eq!(macs(&WIFI).map(|(sender, _)| sender), Some(wifi.1));
    assert_eq!((macs(&VXLAN), macs(&MPLS), macs(&GRE)), (None, None, None));
}

#[test]
fn any_prefix_of_a_frame_is_truncated_or_says_what_was_cut() {
    for sample in [&QINQ, &MPLS, &GRE, &GRE_UNREACHABLE, &VXLAN, &GENEVE, &WIFI, &ERSPAN, &PPPOE, &SLL2] {
        let bytes = sample.bytes();
        let whole = decode_sample(sample);
        for len in 0..bytes.len() {
            let mut decoder = Decoder::default();
            let outcome = decoder.decode(&frame(sample.link, &bytes[..len], sample.wire_len, 0));
            match &outcome {
                Decoded::Segment(segment) => {
                    let total = segment.payload.len() + usize::try_from(segment.cut).unwrap();
                    let restored = line(&outcome).replace(
                        &format!("{}+{}", segment.payload.len(), segment.cut),
                        &format!("{total}+0"),
                    );
                    assert_eq!(restored, whole);
                }
                Decoded::Undecoded(Undecoded::Truncated(_)) => {}
                other => assert_eq!(line(other), whole, "{len} bytes"),
            }
        }
    }
}

#[test]
fn loopback_and_raw_frames_are_read_in_either_byte_order() {
    let packet = &udp_v6(b"hello")[14..];
    let v6 = "udp ::1:5000 > ::2:6000 5+0 []";
    for family in [[24, 0, 0, 0], [0, 0, 0, 28], [30, 0, 0, 0], [0, 0, 0, 23]] {
        for link in [0, 108] {
            let bytes = [&family, packet].concat();
            let frame = frame(link, &bytes, 0, 0);
            assert_eq!(line(&Decoder::default().decode(&frame)), v6);
        }
    }
    for link in [12, 14, 101, 229] {
        assert_eq!(line(&Decoder::default().decode(&frame(link, packet, 0, 0))), v6);
    }
    assert_eq!(line(&Decoder::default().decode(&frame(147, packet, 0, 0))), "Link(147)");
}

#[test]
fn lengths_come_from_ip_and_from_the_frame_where_ip_has_none() {
    let mut padded = udp_v4(b"hello");
    padded.extend([0; 13]);
    let line_of = |bytes: &[u8]| line(&Decoder::default().decode(&ethernet_frame(bytes, 0)));
    assert_eq!(line_of(&padded), "udp 10.0.0.1:5000 > 10.0.0.2:6000 5+0 []");
    let mut offloaded = tcp_v4(b"hello");
    offloaded[16..18].copy_from_slice(&[0, 0]);
    assert_eq!(line_of(&offloaded), "tcp 10.0.0.1:5000 > 10.0.0.2:6000 5+0 []");
    let cut = frame(1, &offloaded, 100, 0);
    assert_eq!(line(&Decoder::default().decode(&cut)), "tcp 10.0.0.1:5000 > 10.0.0.2:6000 5+41 []");
    let mut contradiction = tcp_v4(b"hello");
    contradiction[17] = 19;
    assert_eq!(line_of(&contradiction), "Malformed(\"ipv4\")");
}

#[test]
fn tcp_headers_are_read() {
    let bytes = tcp_v4(b"hello");
    let mut decoder = Decoder::default();
    let Decoded::Segment(segment) = decoder.decode(&ethernet_frame(&bytes, 0)) else { panic!() };
    let Transport::Tcp(header) = segment.transport else { panic!() };
    assert_eq!((header.sequence, header.acknowledgement, segment.payload), (1000, 77, &b"hello"[..]));
    assert!(header.flags.has(TcpFlags::ACK) && !header.flags.has(TcpFlags::SYN));
}

#[test]
fn a_datagram_on_a_tunnel_port_that_is_no_tunnel_stays_a_datagram() {
    for port in [1701, 4789, 6081, 6635, 8472] {
        let mut bytes = udp_v4(b"a plain datagram of text");
        bytes[36..38].copy_from_slice(&u16::to_be_bytes(port));
        let plain = format!("udp 10.0.0.1:5000 > 10.0.0.2:{port} 24+0 []");
        assert_eq!(line(&Decoder::default().decode(&ethernet_frame(&bytes, 0))), plain);
    }
}

#[test]
fn ppp_is_read_with_and_without_its_compressible_fields() {
    let packet = &udp_v4(b"hello")[14..];
    let starts: [&[u8]; 4] = [&[0xff, 3, 0, 0x21], &[0xff, 3, 0x21], &[0, 0x21], &[0x21]];
    for start in starts {
        let ppp = [start, packet].concat();
        assert_eq!(
            line(&Decoder::default().decode(&frame(9, &ppp, 0, 0))),
            "udp 10.0.0.1:5000 > 10.0.0.2:6000 5+0 []"
        );
        // L2TP data message (RFC 2661 3.1) with length: flags and version, length, tunnel and session id.
        let len = u16::try_from(ppp.len() + 8).unwrap().to_be_bytes();
        let l2tp = [&[0x40, 2], &len[..], &[0, 1, 0, 2], &ppp].concat();
        let mut carrier = udp_v4(&l2tp);
        carrier[36..38].copy_from_slice(&1701_u16.to_be_bytes());
        assert_eq!(
            line(&Decoder::default().decode(&ethernet_frame(&carrier, 0))),
            "udp 10.0.0.1:5000 > 10.0.0.2:6000 5+0 [L2tp]"
        );
    }
}

#[test]
fn more_layers_than_are_remembered_are_too_deep() {
    let mut bytes = tcp_v4(b"hello");
    for _ in 0..=crate::model::MAX_LAYERS {
        bytes.splice(12..12, [0x81, 0x00, 0x00, 0x05]);
    }
    assert_eq!(line(&Decoder::default().decode(&ethernet_frame(&bytes, 0))), "TooDeep");
}

#[test]
fn protected_wifi_frames_are_encrypted_and_beacons_nothing() {
    let mut bytes = WIFI.bytes();
    bytes[37] |= 0x40;
    assert_eq!(line(&Decoder::default().decode(&frame(127, &bytes, 0, 0))), "Encrypted");
    bytes[36] = 0x80;
    assert_eq!(line(&Decoder::default().decode(&frame(127, &bytes, 0, 0))), "nothing");
}

#[test]
fn the_first_bytes_win_where_fragments_overlap() {
    let bytes = udp_v4(&[1; 24]);
    let mut decoder = Decoder::default();
    let mut later = part_v4(&bytes, 16, 32, false);
    later[34..].fill(9);
    assert_eq!(line(&decoder.decode(&ethernet_frame(&later, 0))), "nothing");
    let early = part_v4(&bytes, 0, 24, true);
    let Decoded::Segment(segment) = decoder.decode(&ethernet_frame(&early, 0)) else { panic!() };
    assert_eq!(segment.payload, [&[1; 8][..], &[9; 16]].concat());
    assert_eq!(line(&decoder.decode(&ethernet_frame(&early, 1))), "nothing");
    decoder.finish();
    assert_eq!(decoder.lost_fragments(), 0, "an echo of a fragment starts no packet");
}

#[test]
fn packets_that_wait_too_long_are_given_up_and_counted() {
    let bytes = udp_v4(&[1; 24]);
    let (first, last) = (part_v4(&bytes, 0, 16, true), part_v4(&bytes, 16, 32, false));
    let mut decoder = Decoder::default();
    assert_eq!(line(&decoder.decode(&ethernet_frame(&first, 0))), "nothing");
    assert_eq!(line(&decoder.decode(&ethernet_frame(&last, 31_000_000_000))), "nothing");
    assert_eq!(decoder.lost_fragments(), 1);
    decoder.finish();
    assert_eq!(decoder.lost_fragments(), 2);
}

#[test]
fn a_flood_of_fragments_is_held_to_the_caps_and_the_oldest_go_first() {
    let mut bytes = part_v4(&udp_v4(&vec![1; 60_000]), 0, 59_992, true);
    let mut decoder = Decoder::default();
    for id in 0..1000_u16 {
        bytes[18..20].copy_from_slice(&id.to_be_bytes());
        assert_eq!(line(&decoder.decode(&ethernet_frame(&bytes, 0))), "nothing");
    }
    let room = (16 << 20) / 60_056;
    assert_eq!(decoder.lost_fragments(), 1000 - room);
    decoder.finish();
    assert_eq!(decoder.lost_fragments(), 1000);
}

#[test]
fn fragments_of_a_tunnel_that_holds_fragments_become_whole() {
    let inner = udp_v4(&[7; 200]);
    let mut decoder = Decoder::default();
    let mut found = Vec::new();
    for (from, to, more) in [(0, 104, true), (104, 208, false)] {
        let part = part_v4(&inner, from, to, more);
        // GRE (RFC 2784) without options, IPv4 in it.
        let gre = [&[0, 0, 8, 0], &part[14..]].concat();
        let mut outer = udp_v4(&[0; 8].map(|_: u8| 0));
        outer.truncate(34);
        outer.extend(&gre);
        outer[23] = 47;
        outer[18..20].copy_from_slice(&u16::try_from(from).unwrap().to_be_bytes());
        for (start, end) in [(0, 64), (64, gre.len())] {
            let part = part_v4(&outer, start, end, end < gre.len());
            found.push(line(&decoder.decode(&ethernet_frame(&part, 0))));
        }
    }
    assert_eq!(found[..3], ["nothing"; 3]);
    assert_eq!(found[3], "udp 10.0.0.1:5000 > 10.0.0.2:6000 200+0 [Gre]");
}

proptest! {
    #[test]
    fn fragments_in_any_order_with_duplicates_give_the_payload(
        payload in vec(any::<u8>(), 8..400),
        borders in vec(1_usize..50, 1..8),
        order in vec(any::<prop::sample::Index>(), 0..40),
        is_v6 in any::<bool>(),
    ) {
        let whole = if is_v6 { udp_v6(&payload) } else { udp_v4(&payload) };
        let len = payload.len() + 8;
        let mut cuts: Vec<usize> = borders.into_iter().map(|units| units * 8).filter(|&at| at < len).collect();
        if cuts.is_empty() {
            cuts.push(8);
        }
        cuts.extend([0, len]);
        cuts.sort_unstable();
        cuts.dedup();
        let make = if is_v6 { part_v6 } else { part_v4 };
        let parts: Vec<_> = cuts.windows(2).map(|cut| make(&whole, cut[0], cut[1], cut[1] < len)).collect();
        let shuffled = order.iter().map(|index| index.get(&parts));
        let mut decoder = Decoder::default();
        let mut found = Vec::new();
        for part in shuffled.chain(&parts) {
            if let Decoded::Segment(segment) = decoder.decode(&ethernet_frame(part, 0)) {
                found.push(segment.payload.to_vec());
            }
        }
        prop_assert_eq!(found, [payload]);
        decoder.finish();
        prop_assert_eq!(decoder.lost_fragments(), 0);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..200), link in 0_u16..300, wire_len in any::<u32>()) {
        let mut decoder = Decoder::default();
        let _ = decoder.decode(&frame(link, &bytes, wire_len, 0));
    }

    #[test]
    fn damaged_frames_never_panic(
        sample in prop::sample::select(vec![&QINQ, &MPLS, &GRE, &GRE_UNREACHABLE, &VXLAN, &GENEVE, &WIFI, &PPPOE]),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        wire_len in any::<u32>(),
    ) {
        let mut bytes = sample.bytes();
        for (index, value) in damage {
            *index.get_mut(&mut bytes) = value;
        }
        let mut decoder = Decoder::default();
        let _ = decoder.decode(&frame(sample.link, &bytes, wire_len, 0));
    }
}

fn udp_v4(payload: &[u8]) -> Vec<u8> {
    let builder =
        PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).udp(5000, 6000);
    let mut bytes = Vec::new();
    builder.write(&mut bytes, payload).unwrap();
    bytes
}

fn udp_v6(payload: &[u8]) -> Vec<u8> {
    let [source, destination] = [1, 2].map(|last| std::net::Ipv6Addr::from(last).octets());
    let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv6(source, destination, 64).udp(5000, 6000);
    let mut bytes = Vec::new();
    builder.write(&mut bytes, payload).unwrap();
    bytes
}

fn tcp_v4(payload: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    let mut bytes = Vec::new();
    builder.tcp(5000, 6000, 1000, 512).ack(77).write(&mut bytes, payload).unwrap();
    bytes
}

/// Bytes `from..to` of an IPv4 payload as a fragment.
fn part_v4(whole: &[u8], from: usize, to: usize, more: bool) -> Vec<u8> {
    let mut part = [&whole[..34], &whole[34 + from..34 + to]].concat();
    part[16..18].copy_from_slice(&u16::try_from(20 + to - from).unwrap().to_be_bytes());
    let place = u16::try_from(from / 8).unwrap() | u16::from(more) << 13;
    part[20..22].copy_from_slice(&place.to_be_bytes());
    part
}

/// Bytes `from..to` of an IPv6 payload as a fragment.
fn part_v6(whole: &[u8], from: usize, to: usize, more: bool) -> Vec<u8> {
    let place = (u16::try_from(from).unwrap() | u16::from(more)).to_be_bytes();
    let header = [whole[20], 0, place[0], place[1], 0, 0, 0, 9];
    let mut part = [&whole[..54], &header, &whole[54 + from..54 + to]].concat();
    part[18..20].copy_from_slice(&u16::try_from(8 + to - from).unwrap().to_be_bytes());
    part[20] = 44;
    part
}

/// arkime `tests/pcap/twovlan.pcap`, packet 1, cut.
const QINQ: Sample = Sample {
    link: 1,
    wire_len: 82,
    hex: "\
    00090fdbf43e000c29c12d24810000c9810090c808004500003c13e440004006ef4c0a0000010a000002d4960050c127\
    fde700000000a002721037ba0000020405b40402080a3f02ee0300000000",
};

/// zeek `testing/btest/Traces/mixed-vlan-mpls.pcap`, packet 1.
const MPLS: Sample = Sample {
    link: 1,
    wire_len: 62,
    hex: "\
    003096e6fc3900309605283888470001ddff45c0002c00000000ff06a4e70a0102010a2200012af9001798320ffb0000\
    000060021020a240000002040218",
};

/// zeek `testing/btest/Traces/tunnels/gre-sample.pcap`, packet 13.
const GRE: Sample = Sample {
    link: 1,
    wire_len: 90,
    hex: "\
    00c0ca14b05200022d564afd08004500004c00004000ff2f1e61ac1b0142423b6d89000008004500003455d740004006\
    84d4423b6fbeac1c02039d480016307f70e8f9565d9980101670399000000101080a06b1255f003d04a1",
};

/// zeek `testing/btest/Traces/tunnels/gre-sample.pcap`, packet 34.
const GRE_UNREACHABLE: Sample = Sample {
    link: 1,
    wire_len: 127,
    hex: "\
    00022d564afd00c0ca14b05208004500007100004000ec2f313c423b6d89ac1b01420000080045c00059908d00003f01\
    8a3eac1c0203423b6fbe03035d50000000004500003d000040003f11db97423b6fbeac1c0203932b00350029171dbdaa\
    010000010000000000000377777707676c6565626c65036f72670000ff0001",
};

/// zeek `testing/btest/Traces/erspanII.pcap`, packet 1, cut.
const ERSPAN: Sample = Sample {
    link: 1,
    wire_len: 164,
    hex: "\
    6400f1e201126400f1e2010108004500009600004000fe2f76330202020201010101100088be00000704101708640000\
    00006400f1e103036400f1e1020208004500006408940000ff0185001700000217000003080057b50016000000000000",
};

/// zeek `testing/btest/Traces/tunnels/vxlan-encapsulated-http.pcap`, packet 1.
const VXLAN: Sample = Sample {
    link: 1,
    wire_len: 124,
    hex: "\
    1242cdc5e8221242cdc5e82208004500006e0000000040119c4e0a01c8830a0101acc35012b5005a961f080000000000\
    010074acb93fd27d48f17fa3b6ff08004500003c1998400040064538ac100bc93656edbc9da200505aafe1a800000000\
    a002faf008920000020405b40402080ab78dd6b80000000001030307",
};

/// arkime `tests/pcap/arkime_synthetic.pcap`, packet 622.
const GENEVE: Sample = Sample {
    link: 1,
    wire_len: 121,
    hex: "\
    02dead01000202dead01000108004500006b000100004011a8a60adede0a0adede14303917c100570000000065581234\
    5600aabbcc111102aabbcc11110108004500003900010000401187b70a6f6f0a0a6f6f1414e900350025000012340100\
    0001000000000000076578616d706c6503636f6d0000010001",
};

/// arkime `tests/pcap/arkime_synthetic.pcap`, packet 314.
const PPPOE: Sample = Sample {
    link: 1,
    wire_len: 65,
    hex: "\
    001122334461001122334460886411000001002d00214500002b000100004001e77dc0a80901c0a809020800e74c0000\
    00007070706f6520746573742064617461",
};

/// arkime `tests/pcap/80211http.pcap`, packet 1.
const WIFI: Sample = Sample {
    link: 127,
    wire_len: 132,
    hex: "\
    000024002f4000a0200800000000000028eb68280000000010169e09a000ba000000ba0008010201882593406b6ff8a9\
    d01e90a3882593406b6f20b7aaaa0300000008004500003cf931400040066130ac0505710e1120d3c109005096740dd6\
    00000000a002ffff0d1b0000020405b40402080afffff4e7000000000103030638ac82fa",
};

/// zeek `testing/btest/Traces/linux_dlt_sll2.pcap`, packet 1.
const SLL2: Sample = Sample {
    link: 276,
    wire_len: 104,
    hex: "\
    080000000000000103040006000000000000000045000054af8c40004001071ac0000201c0000201080066b400080001\
    e9bdf96200000000e24e0d0000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f\
    3031323334353637",
};
