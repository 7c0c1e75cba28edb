//! Laws of whole captures: however TCP cuts, reorders or repeats what two hosts say to each other, the records are the same;
//! and what was not captured is never made up.
#![cfg(test)]
#![expect(clippy::arithmetic_side_effects, reason = "test code")]

#[path = "support/packets.rs"]
mod packets;
#[path = "support/run.rs"]
mod run;
#[path = "support/samples.rs"]
mod samples;

use std::collections::{BTreeMap, BTreeSet};

use packets::{Capture, Packet};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use run::run;
use samples::{captures, folder};
use serde_json::Value;

/// Samples of each carrier and mechanism over TCP.
const OVER_TCP: [&str; 9] = [
    "01-smb3-krb5/capture.pcap",
    "02-smb3-ntlmv2-by-ip/capture.pcap",
    "04-smb-spn-unknown-then-ntlm/capture.pcap",
    "07-wrong-password/capture.pcap",
    "09-smb1-ntlmv1/capture.pcap",
    "09-smb1-spnego-ntlmv2/capture.pcap",
    "10-as-and-tgs-tcp/capture.pcap",
    "13-http-negotiate-krb5/capture.pcap",
    "13-http-ntlm-scheme/capture.pcap",
];

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;

/// How far a packet may be from its place, in packets of its connection.
const WINDOW: usize = 6;

/// Samples whose packets can be taken apart here: pcap in little endian, Ethernet, microseconds.
fn readable() -> Vec<String> {
    captures().into_iter().filter(|name| Capture::read(&folder().join(name)).is_some()).collect()
}

fn sample(name: &str) -> Capture {
    Capture::read(&folder().join(name)).unwrap()
}

/// Records without what depends on packets: times, numbers of frames, and the names that are made of both. In an order that
/// does not depend on them either.
fn records(capture: &Capture) -> Vec<String> {
    let volatile = ["id", "ts", "duration_ms", "frames", "source", "exchanges", "evidence"];
    let run = run(&capture.write());
    assert!(!run.failed);
    let mut records = run.records();
    for record in &mut records {
        record.as_object_mut().unwrap().retain(|key, _| !volatile.contains(&key.as_str()));
        // The packets that show a reason are others too.
        let reasons = record.pointer_mut("/fallback/reasons").and_then(Value::as_array_mut);
        for reason in reasons.into_iter().flatten() {
            reason.as_object_mut().unwrap().remove("evidence");
        }
    }
    let mut lines: Vec<_> = records.iter().map(Value::to_string).collect();
    lines.sort();
    lines
}

/// Where the TCP header and the payload of a packet start; `None` for what is no TCP in IPv4 in Ethernet.
fn tcp(bytes: &[u8]) -> Option<(usize, usize)> {
    let ip = 14;
    if bytes.get(12..14)? != [0x08, 0x00] || *bytes.get(ip + 9)? != 6 {
        return None;
    }
    let header = ip + usize::from(bytes.get(ip)? & 0x0f) * 4;
    Some((header, header + usize::from(bytes.get(header + 12)? >> 4) * 4))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4].try_into().map(u32::from_be_bytes).unwrap()
}

/// The payload, without the padding that Ethernet adds to short frames.
fn payload(bytes: &[u8]) -> &[u8] {
    let total = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    tcp(bytes).and_then(|(_, start)| bytes.get(start..14 + total)).unwrap_or_default()
}

/// An IPv4 address and a port.
type End = [u8; 6];

/// Both hosts and ports, and which of them sends.
fn connection(bytes: &[u8]) -> Option<((End, End), bool)> {
    let (header, _) = tcp(bytes)?;
    let end = |address: usize, port: usize| -> End {
        [&bytes[address..address + 4], &bytes[port..port + 2]].concat().try_into().unwrap()
    };
    let (from, to) = (end(26, header), end(30, header + 2));
    Some(((from.min(to), from.max(to)), from < to))
}

/// A packet like this one with another payload, so many bytes further on.
fn with_payload(packet: &Packet, at: usize, payload: &[u8]) -> Packet {
    let (header, start) = tcp(&packet.bytes).unwrap();
    let mut bytes = [&packet.bytes[..start], payload].concat();
    let sequence = word(&bytes, header + 4).wrapping_add(u32::try_from(at).unwrap());
    bytes[header + 4..header + 8].copy_from_slice(&sequence.to_be_bytes());
    let total = u16::try_from(bytes.len() - 14).unwrap();
    bytes[16..18].copy_from_slice(&total.to_be_bytes());
    Packet { time: packet.time, wire_len: u32::try_from(bytes.len()).unwrap(), bytes }
}

fn flags(packet: &Packet) -> u8 {
    tcp(&packet.bytes).map_or(0, |(header, _)| packet.bytes[header + 13])
}

/// Cuts what is sent in one go into pieces of these sizes. A piece acknowledges what the segment did that its first byte was in.
fn cut(packets: &[Packet], sizes: &[usize]) -> Vec<Packet> {
    let mut sizes = sizes.iter().copied().cycle();
    let mut pieces: Vec<Packet> = Vec::new();
    // The piece that still lacks so many bytes, to be filled from the next segment that follows it at once.
    let mut open: Option<(usize, usize)> = None;
    for packet in packets {
        let mut rest = payload(&packet.bytes);
        if rest.is_empty() {
            pieces.push(packet.clone());
            open = open.filter(|_| flags(packet) & (FIN | SYN | RST) == 0);
            continue;
        }
        if let Some((at, lacking)) = open.take().filter(|(at, _)| follows(&pieces[*at], packet)) {
            let (more, after) = rest.split_at(lacking.min(rest.len()));
            let whole = [payload(&pieces[at].bytes), more].concat();
            pieces[at] = with_payload(&pieces[at], 0, &whole);
            open = (more.len() < lacking).then_some((at, lacking - more.len()));
            rest = after;
        }
        while !rest.is_empty() {
            let size = sizes.next().unwrap();
            let (piece, after) = rest.split_at(size.min(rest.len()));
            let at = payload(&packet.bytes).len() - rest.len();
            open = (piece.len() < size).then_some((pieces.len(), size - piece.len()));
            pieces.push(with_payload(packet, at, piece));
            rest = after;
        }
    }
    pieces
}

/// Whether a packet goes on where a piece ends, in the same direction and without an answer in between.
fn follows(piece: &Packet, packet: &Packet) -> bool {
    let (header, _) = tcp(&piece.bytes).unwrap();
    let end =
        word(&piece.bytes, header + 4).wrapping_add(u32::try_from(payload(&piece.bytes).len()).unwrap());
    let is_same_way = connection(&piece.bytes) == connection(&packet.bytes);
    let acknowledges_the_same = piece.bytes[header + 8..header + 12] == packet.bytes[header + 8..header + 12];
    is_same_way
        && acknowledges_the_same
        && word(&packet.bytes, header + 4) == end
        && flags(packet) & (FIN | SYN | RST) == 0
}

/// Puts each packet up to so many places later than it was, and some of them twice. Nothing passes a SYN or RST.
fn jumble(packets: &[Packet], delays: &[usize], again: &[usize]) -> Vec<Packet> {
    let mut keyed = Vec::new();
    let mut least = 0;
    for ((at, packet), (delay, again)) in
        packets.iter().enumerate().zip(delays.iter().cycle().zip(again.iter().cycle()))
    {
        if flags(packet) & (SYN | RST) != 0 {
            least = keyed.iter().map(|(place, _)| *place).max().unwrap_or(0).max(at) + 1;
            keyed.push((least, packet.clone()));
            continue;
        }
        keyed.push(((at + delay).max(least), packet.clone()));
        if *again > 0 {
            keyed.push(((at + again).max(least), packet.clone()));
        }
    }
    keyed.sort_by_key(|(place, _)| *place);
    keyed.into_iter().map(|(_, packet)| packet).collect()
}

/// Another capture of the same kind.
fn with(capture: &Capture, packets: Vec<Packet>) -> Capture {
    let mut other = capture.clone();
    other.packets = packets;
    other
}

/// A capture in which each TCP connection has been changed, and all else stands where it stood.
fn with_connections(capture: &Capture, change: impl Fn(&[Packet]) -> Vec<Packet>) -> Capture {
    let mut connections: BTreeMap<_, Vec<Packet>> = BTreeMap::new();
    let mut packets = Vec::new();
    for packet in &capture.packets {
        match connection(&packet.bytes) {
            Some((key, _)) => connections.entry(key).or_default().push(packet.clone()),
            None => packets.push(packet.clone()),
        }
    }
    for before in connections.into_values() {
        let mut after = change(&before);
        // What was moved is seen later, and not dated back.
        let mut latest = 0;
        for packet in &mut after {
            latest = latest.max(packet.time);
            packet.time = latest;
        }
        packets.extend(after);
    }
    packets.sort_by_key(|packet| packet.time);
    with(capture, packets)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// However TCP cuts what is said.
    #[test]
    fn the_sizes_of_segments_do_not_matter(
        name in prop::sample::select(OVER_TCP.as_slice()),
        sizes in vec(prop_oneof![1..8_usize, 1..200_usize, 1000..1460_usize], 1..12),
    ) {
        let capture = sample(name);
        let changed = with_connections(&capture, |packets| cut(packets, &sizes));
        prop_assert_eq!(records(&changed), records(&capture));
    }

    /// However the network, or the mirror port, reorders and repeats it.
    #[test]
    fn the_order_of_segments_does_not_matter(
        name in prop::sample::select(OVER_TCP.as_slice()),
        sizes in vec(100..1460_usize, 1..12),
        delays in vec(0..WINDOW, 1..40),
        again in vec(prop_oneof![3 => Just(0), 1 => 1..WINDOW], 1..40),
    ) {
        let capture = sample(name);
        let changed = with_connections(&capture, |packets| jumble(&cut(packets, &sizes), &delays, &again));
        prop_assert_eq!(records(&changed), records(&capture));
    }

    /// Whatever is missing.
    #[test]
    fn lost_packets_make_up_nothing(
        name in any::<Index>().prop_map(|index| index.get(&readable()).clone()),
        lost in vec(any::<Index>(), 1..30),
    ) {
        let capture = sample(&name);
        let lost: BTreeSet<_> = lost.into_iter().map(|index| index.index(capture.packets.len())).collect();
        let kept = capture.packets.iter().enumerate().filter(|(at, _)| !lost.contains(at));
        let less = with(&capture, kept.map(|(_, packet)| packet.clone()).collect());
        nothing_is_made_up(&name, &capture, &less)?;
    }

    /// A capture that starts late and ends early.
    #[test]
    fn a_part_of_a_capture_makes_up_nothing(
        name in any::<Index>().prop_map(|index| index.get(&readable()).clone()),
        start in any::<Index>(),
        end in any::<Index>(),
    ) {
        let capture = sample(&name);
        let start = start.index(capture.packets.len());
        let end = start + end.index(capture.packets.len() - start + 1);
        let part = with(&capture, capture.packets[start..end].to_vec());
        nothing_is_made_up(&name, &capture, &part)?;
    }
}

#[test]
fn one_direction_makes_up_nothing() {
    for name in readable() {
        let capture = sample(&name);
        for direction in [true, false] {
            let is_of = |packet: &&Packet| connection(&packet.bytes).is_none_or(|(_, up)| up == direction);
            let half = with(&capture, capture.packets.iter().filter(is_of).cloned().collect());
            nothing_is_made_up(&name, &capture, &half).unwrap();
        }
    }
}

/// The client shows a ticket, the server chooses NTLM, and of the NTLM messages the client's are lost, or all.
#[test]
fn a_ticket_that_the_server_passed_over_is_no_logon() {
    let capture = sample("13-http-server-chooses-ntlm/capture.pcap");
    for lost in [&["GET /"][..], &["GET /", "HTTP/1.1 401"]] {
        let starts =
            |packet: &Packet| lost.iter().find(|text| payload(&packet.bytes).starts_with(text.as_bytes()));
        let mut seen = BTreeSet::new();
        let mut less = capture.clone();
        less.packets.retain(|packet| starts(packet).is_none_or(|text| seen.insert(text)));
        assert_eq!(capture.packets.len() - less.packets.len(), lost.len() + 1);
        nothing_is_made_up("server-chooses-ntlm", &capture, &less).unwrap();
    }
}

/// The laws themselves would hold for a program that sees nothing.
#[test]
fn the_captures_of_these_laws_have_records() {
    for name in OVER_TCP {
        let capture = sample(name);
        assert!(!records(&capture).is_empty(), "{name}");
        let small = with_connections(&capture, |packets| cut(packets, &[1]));
        assert!(small.packets.len() > 10 * capture.packets.len(), "{name} is cut");
    }
}

/// Each record of a part is of a conversation of the whole, and says nothing that its record there does not say.
fn nothing_is_made_up(name: &str, whole: &Capture, part: &Capture) -> Result<(), TestCaseError> {
    let whole = run(&whole.write()).records();
    // What hides a logon is named by what was seen before it, which a part may lack.
    let records = run(&part.write()).records();
    for record in records.into_iter().filter(|record| record["kind"] != "opaque") {
        let is_likely = |known: &Value| is_part_of(&record, known);
        prop_assert!(whole.iter().any(is_likely), "{name} has no such record: {record}");
    }
    Ok(())
}

fn is_part_of(record: &Value, known: &Value) -> bool {
    let same = ["/kind", "/client/ip", "/client/port", "/server/ip", "/server/port", "/transport"];
    // What a record may say although the whole capture says more; `None` is to say nothing.
    let unsaid: [(&str, &[Option<&str>]); 10] = [
        ("/cname", &[None]),
        ("/sname", &[None]),
        ("/type", &[None]),
        // A connection whose first words are missing may be known by its tokens alone; `AUTH` is a word of two protocols.
        ("/carrier", &[None, Some("other"), Some("smtp")]),
        ("/ntlm/user", &[None]),
        ("/ntlm/domain", &[None]),
        ("/ntlm/target_spn", &[None]),
        ("/kerberos/sname", &[None]),
        ("/ntlm/version", &[None, Some("unknown")]),
        // A KDC whose answer is missing has not answered.
        ("/outcome/result", &[Some("unknown"), Some("unreachable"), Some("no-reply")]),
    ];
    // A referral names another service than was asked for, which only the request tells.
    let referral = |place: &str| place == "/sname" && record.get("etypes_offered").is_none();
    // RPC over HTTP has two connections: without what says that they are one, each is known by its own port.
    let over_http = record["carrier"] == "dcerpc" && record["server"]["port"] == 80;
    let other_port = |place: &str| place == "/client/port" && over_http && known["carrier"] == "dcerpc";
    let is_same =
        |place: &str| record.pointer(place) == known.pointer(place) || referral(place) || other_port(place);
    // The ticket that a client shows before the server chooses NTLM is all that is seen of some logons.
    let attempt = record["mechanism"] == "kerberos" && record["outcome"]["result"] == "unknown";
    let attempt = attempt && known.get("kerberos").is_some();
    same.iter().all(|place| is_same(place))
        && (is_same("/mechanism") || record["mechanism"] == "unknown" || attempt)
        && unsaid.iter().all(|(place, unsaid)| {
            is_same(place) || unsaid.contains(&record.pointer(place).and_then(Value::as_str))
        })
}
