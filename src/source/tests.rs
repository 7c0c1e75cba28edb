//! The stage as a whole, on containers that are written here field by field as the drafts define them. What the packets hold
//! does not matter.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::byte_order::ByteOrder::{self, Big, Little};
use super::*;

/// A packet as it is written and read: nanoseconds, wire length, bytes.
type Written = (i64, u32, Vec<u8>);

fn word<N: TryInto<u32>>(number: N) -> u32 {
    number.try_into().ok().unwrap()
}

fn put32(out: &mut Vec<u8>, order: ByteOrder, numbers: &[u32]) {
    for number in numbers {
        match order {
            Little => out.extend(number.to_le_bytes()),
            Big => out.extend(number.to_be_bytes()),
        }
    }
}

fn put16(out: &mut Vec<u8>, order: ByteOrder, numbers: [u16; 2]) {
    match order {
        Little => out.extend(numbers.map(u16::to_le_bytes).as_flattened()),
        Big => out.extend(numbers.map(u16::to_be_bytes).as_flattened()),
    }
}

/// Magic number, nanoseconds in a unit, length of the record header.
const KINDS: [(u32, i64, usize); 3] =
    [(0xa1b2_c3d4, 1000, 16), (0xa1b2_3c4d, 1, 16), (0xa1b2_cd34, 1000, 24)];

fn pcap(order: ByteOrder, (magic, unit, header): (u32, i64, usize), packets: &[Written]) -> Vec<u8> {
    let mut out = Vec::new();
    put32(&mut out, order, &[magic]);
    put16(&mut out, order, [2, 4]);
    // 0x5400 in the upper half: a frame check sequence of 4 bytes (draft-ietf-opsawg-pcap, 4).
    put32(&mut out, order, &[0, 0, 65535, 0x5400_0001]);
    for (time, wire, bytes) in packets {
        let (seconds, rest) = (time / 1_000_000_000, time % 1_000_000_000 / unit);
        let start = out.len();
        put32(&mut out, order, &[word(seconds), word(rest), word(bytes.len()), *wire]);
        out.resize(start + header, 0);
        out.extend(bytes);
    }
    out
}

fn block(out: &mut Vec<u8>, order: ByteOrder, kind: u32, body: &[u8]) {
    let len = word(body.len().next_multiple_of(4) + 12);
    put32(out, order, &[kind, len]);
    out.extend(body);
    out.resize(out.len().next_multiple_of(4), 0);
    put32(out, order, &[len]);
}

fn section(out: &mut Vec<u8>, order: ByteOrder, major: u16) {
    let mut body = Vec::new();
    put32(&mut body, order, &[0x1a2b_3c4d]);
    put16(&mut body, order, [major, 0]);
    put32(&mut body, order, &[u32::MAX, u32::MAX]);
    block(out, order, 0x0a0d_0d0a, &body);
}

fn interface(out: &mut Vec<u8>, order: ByteOrder, link: u16, options: &[(u16, &[u8])]) {
    let mut body = Vec::new();
    put16(&mut body, order, [link, 0]);
    put32(&mut body, order, &[0]);
    put_options(&mut body, order, options);
    block(out, order, 1, &body);
}

fn put_options(out: &mut Vec<u8>, order: ByteOrder, options: &[(u16, &[u8])]) {
    for (code, value) in options {
        put16(out, order, [*code, value.len().try_into().unwrap()]);
        out.extend(*value);
        out.resize(out.len().next_multiple_of(4), 0);
    }
}

/// Enhanced Packet Block, or with type 2 the obsolete one.
fn enhanced(
    out: &mut Vec<u8>,
    order: ByteOrder,
    (kind, interface): (u32, u16),
    ticks: u64,
    packet: &Written,
) {
    let mut body = Vec::new();
    if kind == 2 {
        put16(&mut body, order, [interface, 0xffff]);
    } else {
        put32(&mut body, order, &[interface.into()]);
    }
    put32(&mut body, order, &[word(ticks >> 32), word(ticks & 0xffff_ffff), word(packet.2.len()), packet.1]);
    body.extend(&packet.2);
    block(out, order, kind, &body);
}

/// A section with a nanosecond interface, packets, and between them blocks that are not read.
fn pcapng(order: ByteOrder, packets: &[Written]) -> Vec<u8> {
    let mut out = Vec::new();
    section(&mut out, order, 1);
    interface(&mut out, order, 1, &[(9, &[9])]);
    for packet in packets {
        block(&mut out, order, 4, b"names");
        enhanced(&mut out, order, (6, 0), packet.0.cast_unsigned(), packet);
    }
    out
}

fn packets() -> Vec<Written> {
    let packet =
        |n: u8| (1_700_000_000_000_000_000 + i64::from(n) * 1_000, u32::from(n) + 7, vec![n; n.into()]);
    [0, 1, 2, 3, 60, 255].map(packet).to_vec()
}

/// A reader that gives a few bytes at a time, over and over these numbers of them.
struct Drips(Cursor<Vec<u8>>, Vec<usize>, usize);

impl Read for Drips {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = self.1[self.2 % self.1.len()].min(into.len());
        self.2 += 1;
        self.0.read(&mut into[..most])
    }
}

/// Time, digits, link type, wire length and bytes of all packets, and what ended them.
type Outcome = (Vec<(i64, u8, u16, u32, Vec<u8>)>, Option<Fault>, Option<String>, u64);

fn read_all(reader: Reader, size: usize) -> Outcome {
    let mut block = Block::new(size, u64::MAX);
    block.restart(reader);
    let mut container = match Container::open(&mut block) {
        Ok(container) => container,
        Err(fault) => return (Vec::new(), Some(fault), None, 0),
    };
    let mut read = Vec::new();
    let fault = loop {
        match container.next(&mut block) {
            Ok(Some(packet)) => {
                let bytes = block.taken(packet.at, packet.len).to_vec();
                read.push((packet.time.0, packet.digits, packet.link.0, packet.wire_len, bytes));
            }
            Ok(None) => break None,
            Err(fault) => break Some(fault),
        }
    };
    (read, fault, container.oddities(), container.drops())
}

fn read(bytes: &[u8]) -> Outcome {
    read_all(Box::new(Cursor::new(bytes.to_vec())), BLOCK)
}

fn expected(packets: &[Written], digits: u8) -> Vec<(i64, u8, u16, u32, Vec<u8>)> {
    packets.iter().map(|(time, wire, bytes)| (*time, digits, 1, *wire, bytes.clone())).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ::zstd::encode_all(bytes, 1).unwrap()
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

type Coder = fn(&[u8]) -> Vec<u8>;

const CODERS: [Coder; 3] = [gzip, zstd, lz4];

#[test]
fn every_byte_order_and_resolution_gives_the_same_frames() {
    for order in [Little, Big] {
        for kind in KINDS {
            let (frames, fault, ..) = read(&pcap(order, kind, &packets()));
            assert!(fault.is_none(), "{fault:?}");
            assert_eq!(frames, expected(&packets(), if kind.1 == 1 { 9 } else { 6 }));
        }
        let (frames, fault, oddities, _) = read(&pcapng(order, &packets()));
        assert!(fault.is_none() && oddities.is_none(), "{fault:?} {oddities:?}");
        assert_eq!(frames, expected(&packets(), 9));
    }
}

#[test]
fn each_section_has_its_own_byte_order_and_interfaces() {
    let mut file = Vec::new();
    let packet = (0, 3, vec![1, 2, 3]);
    section(&mut file, Little, 1);
    interface(&mut file, Little, 12, &[(14, &100_i64.to_le_bytes())]);
    interface(&mut file, Little, 105, &[(9, &[0x8a]), (0, &[]), (9, &[3])]);
    enhanced(&mut file, Little, (6, 0), 2_000_001, &packet);
    enhanced(&mut file, Little, (6, 1), 1536, &packet);
    section(&mut file, Big, 1);
    interface(&mut file, Big, 113, &[(14, &(-1_i64).to_be_bytes())]);
    enhanced(&mut file, Big, (2, 0), 3_000_000, &packet);
    block(&mut file, Big, 3, &[0, 0, 0, 3, 9, 8, 7]);
    let (frames, fault, oddities, _) = read(&file);
    assert!(fault.is_none() && oddities.is_none(), "{fault:?} {oddities:?}");
    let frame = |time, digits, link, bytes: [u8; 3]| (time, digits, link, 3, bytes.to_vec());
    let expected = [
        frame(102_000_001_000, 6, 101, [1, 2, 3]),
        frame(1_500_000_000, 3, 105, [1, 2, 3]),
        frame(2_000_000_000, 6, 113, [1, 2, 3]),
        frame(2_000_000_000, 6, 113, [9, 8, 7]),
    ];
    assert_eq!(frames, expected);
}

#[test]
fn the_last_statistics_of_each_interface_count_its_drops() {
    let mut file = Vec::new();
    let statistics = |file: &mut Vec<u8>, id: u32, options: &[(u16, &[u8])]| {
        let mut body = Vec::new();
        put32(&mut body, Little, &[id, 0, 0]);
        put_options(&mut body, Little, options);
        block(file, Little, 5, &body);
    };
    for _ in 0..2 {
        section(&mut file, Little, 1);
        interface(&mut file, Little, 1, &[]);
        interface(&mut file, Little, 1, &[]);
        statistics(&mut file, 0, &[(5, &3_u64.to_le_bytes())]);
        statistics(
            &mut file,
            0,
            &[(4, &99_u64.to_le_bytes()), (5, &5_u64.to_le_bytes()), (7, &u64::MAX.to_le_bytes())],
        );
        statistics(&mut file, 1, &[(7, &10_u64.to_le_bytes())]);
        statistics(&mut file, 2, &[(7, &10_u64.to_le_bytes())]);
    }
    assert_eq!(read(&file).3, 30);
}

/// What is said, and what writes it into a file.
type Oddity<'a> = (&'a str, &'a dyn Fn(&mut Vec<u8>));

#[test]
fn what_is_odd_is_said_and_read_past() {
    let packet = (0, 4, vec![1, 2, 3, 4]);
    let table: [Oddity<'_>; 4] = [
        ("at byte 48: a packet of an interface that is not described is skipped", &|file| {
            enhanced(file, Little, (6, 7), 0, &packet);
        }),
        ("at byte 48: a packet longer than its block is skipped", &|file| {
            enhanced(file, Little, (6, 0), 0, &packet);
            file[48 + 20] = 5;
        }),
        ("at byte 48: the two lengths of a block differ; 1 more like this", &|file| {
            block(file, Little, 5, &[0; 12]);
            file.pop();
            file.push(1);
            block(file, Little, 5, &[0; 12]);
            file.pop();
            file.push(1);
        }),
        ("at byte 48: an interface description too short to be one", &|file| block(file, Little, 1, &[0; 4])),
    ];
    for (text, add) in table {
        let mut file = Vec::new();
        section(&mut file, Little, 1);
        interface(&mut file, Little, 1, &[]);
        add(&mut file);
        enhanced(&mut file, Little, (6, 0), 0, &packet);
        let (frames, fault, oddities, _) = read(&file);
        assert!(fault.is_none(), "{fault:?}");
        assert_eq!((frames.len(), oddities.as_deref()), (1, Some(text)));
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let mut version = Vec::new();
    section(&mut version, Little, 3);
    let mut huge = pcap(Little, KINDS[0], &[]);
    put32(&mut huge, Little, &[0, 0, 0xffff_fff0, 0]);
    let mut short = Vec::new();
    section(&mut short, Little, 1);
    put32(&mut short, Little, &[6, 8, 8]);
    let table: [(&[u8], &str); 8] = [
        (b"", "is empty"),
        (b"\xd4\xc3", "not a capture file: neither pcap nor pcapng, plain or in gzip, zstd or lz4"),
        (b"GMBU\x00\x02\x01\x00", "NetMon 2.x capture: convert it with 'editcap -F pcapng IN OUT'"),
        (&version, "pcapng version 3.0 is not read: convert it with 'editcap -F pcapng IN OUT'"),
        (&huge, "damaged at byte 24: a record of 4294967296 bytes, more than the 16777216 that are read"),
        (&short, "damaged at byte 28: a block shorter than its own header"),
        (&gzip(&zstd(&pcap(Little, KINDS[0], &[]))), "compressed twice: decompress it once"),
        (&gzip(b""), "is empty"),
    ];
    for (bytes, text) in table {
        assert_eq!(read(bytes).1.map(|fault| fault.to_string()).as_deref(), Some(text));
    }
    assert!(read(&pcap(Little, KINDS[0], &[])).1.is_none());
}

#[test]
fn all_members_and_frames_of_a_compressed_file_are_read() {
    let file = pcap(Big, KINDS[1], &packets());
    let (one, other) = file.split_at(100);
    for coder in CODERS {
        let joined = [coder(one), coder(other)].concat();
        let (frames, fault, ..) = read(&joined);
        assert!(fault.is_none(), "{fault:?}");
        assert_eq!(frames, expected(&packets(), 9));
    }
}

#[test]
fn a_compressed_file_that_is_cut_is_truncated_even_at_the_border_of_a_packet() {
    let file = pcap(Big, KINDS[1], &packets());
    for coder in CODERS {
        let whole = coder(&file);
        for cut in 20..whole.len() {
            let (frames, fault, ..) = read(&whole[..cut]);
            assert!(matches!(fault, Some(Fault::Truncated { .. })), "{cut} of {}: {fault:?}", whole.len());
            assert_eq!(frames, expected(&packets(), 9)[..frames.len()]);
        }
    }
}

proptest! {
    /// Wherever a file is cut, the whole packets before are read, and the cut is said unless it is a border.
    #[test]
    fn a_cut_costs_no_whole_packet(at: Index, big: bool, ng: bool, kind in 0..3_usize) {
        let order = if big { Big } else { Little };
        let write = |packets: &[Written]| if ng { pcapng(order, packets) } else { pcap(order, KINDS[kind], packets) };
        let packets = packets();
        let whole = write(&packets);
        let cut = 4 + at.index(whole.len() - 4);
        let ends: Vec<_> = (0..=packets.len()).map(|n| write(&packets[..n]).len()).collect();
        let count = ends.iter().filter(|end| **end <= cut).count().saturating_sub(1);
        let (frames, fault, ..) = read(&whole[..cut]);
        prop_assert_eq!(frames, expected(&packets[..count], if ng || kind == 1 { 9 } else { 6 }));
        // In pcapng there are borders before each packet and interface too, behind blocks that are not read.
        let is_border = ends.contains(&cut) || ng && (cut == 28 || ends.contains(&cut.saturating_sub(20)));
        prop_assert_eq!(fault.is_none(), is_border, "{:?}", fault);
        prop_assert!(fault.is_none_or(|fault| fault.ended() == InputEnd::Truncated));
    }

    /// However many bytes a read gives and however small the block is, the frames are the same.
    #[test]
    fn sizes_of_reads_change_no_frame(sizes in vec(1..40_usize, 1..8), block in 1..300_usize, ng: bool, coder in 0..4_usize) {
        let plain = if ng { pcapng(Little, &packets()) } else { pcap(Little, KINDS[1], &packets()) };
        let file = CODERS.get(coder).map_or(plain.clone(), |coder| coder(&plain));
        let (frames, fault, ..) = read_all(Box::new(Drips(Cursor::new(file), sizes, 0)), block);
        prop_assert!(fault.is_none(), "{:?}", fault);
        prop_assert_eq!(frames, expected(&packets(), 9));
    }

    /// Whatever bytes there are, reading ends, and with no more packets than bytes.
    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..600), start in 0..9_usize) {
        let starts = [
            Vec::new(), pcap(Little, KINDS[0], &[]), pcap(Big, KINDS[2], &[]), pcapng(Little, &[]), pcapng(Big, &packets()),
            gzip(&packets()[5].2), zstd(&packets()[5].2), lz4(&packets()[5].2), lz4(&pcapng(Little, &packets())),
        ];
        let file = [starts[start].as_slice(), &bytes].concat();
        prop_assert!(read(&file).0.len() <= file.len());
    }

    /// A valid file with a few bytes changed.
    #[test]
    fn damage_never_panics(changes in vec((any::<Index>(), any::<u8>()), 1..6), coder in 0..4_usize, ng: bool) {
        let plain = if ng { pcapng(Big, &packets()) } else { pcap(Big, KINDS[0], &packets()) };
        let mut file = CODERS.get(coder).map_or(plain.clone(), |coder| coder(&plain));
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        prop_assert!(read(&file).0.len() < 1000);
    }
}

fn at(seconds: i64) -> Vec<u8> {
    pcap(
        Little,
        KINDS[0],
        &[(seconds * 1_000_000_000, 1, vec![0]), ((seconds + 10) * 1_000_000_000, 1, vec![0])],
    )
}

/// What is read in order: the name and frame number of each packet, `|` for a new capture.
fn story(captures: &mut Captures) -> Vec<String> {
    let mut story = Vec::new();
    loop {
        let (source, frame) = match captures.read() {
            None => return story,
            Some(Event::NewCapture) => {
                story.push("|".to_owned());
                continue;
            }
            Some(Event::Frame(frame)) => (frame.stamp.source, frame.stamp.frame),
        };
        let name = Path::new(captures.name(source).unwrap().as_ref()).file_name().unwrap().to_string_lossy();
        story.push(format!("{name} {frame}"));
    }
}

#[test]
fn a_ring_is_one_capture_and_what_cannot_be_read_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let cut = at(2000);
    let paths = [
        write("ring_2.pcap", &at(5000)),
        write("other.pcap", &at(9000)),
        folder.path().join("missing.pcap"),
        write("ring_1.pcap.gz", &gzip(&at(100))),
        write("ring_3.pcap", &cut[..cut.len() - 1]),
        write("notes.txt", b"nothing"),
        write("next.pcapng", &zstd(&at(5020))),
    ];
    let mut captures = Captures::open(&paths);
    let expected = [
        "ring_1.pcap.gz 1",
        "ring_1.pcap.gz 2",
        "ring_3.pcap 1",
        "ring_2.pcap 1",
        "ring_2.pcap 2",
        "next.pcapng 1",
        "next.pcapng 2",
        "|",
        "other.pcap 1",
        "other.pcap 2",
    ];
    assert_eq!(story(&mut captures), expected);
    assert_eq!(Some(captures.bytes_read()), captures.size_hint_bytes());
    let ends: Vec<_> =
        captures.into_reports().into_iter().map(|input| (input.packets, input.ended, input.text)).collect();
    let (clean, error) =
        (|packets| (packets, InputEnd::Clean, None), |text: &str| (0, InputEnd::Error, Some(text.into())));
    let truncated = (1, InputEnd::Truncated, Some("ends inside the record that starts at byte 41".into()));
    let missing = error("No such file or directory (os error 2)");
    let notes = error("text: if it is a hex dump of packets, convert it with 'text2pcap IN OUT'");
    assert_eq!(ends, [clean(2), truncated, clean(2), clean(2), clean(2), missing, notes]);
}

#[cfg(unix)]
#[test]
fn a_folder_gives_each_capture_below_it_once() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("b/deep")).unwrap();
    fs::write(root.join("b/deep/z.pcap"), at(0)).unwrap();
    fs::write(root.join("c.pcap"), at(0)).unwrap();
    fs::write(root.join("readme.txt"), "text").unwrap();
    fs::write(root.join("empty"), "").unwrap();
    fs::write(root.join("netmon.cap"), "GMBU").unwrap();
    symlink(root, root.join("b/loop")).unwrap();
    symlink(root.join("c.pcap"), root.join("a.pcap")).unwrap();
    symlink("self", root.join("self")).unwrap();
    let mut captures = Captures::open(&[root.to_path_buf()]);
    assert_eq!(story(&mut captures), ["z.pcap 1", "z.pcap 2", "|", "c.pcap 1", "c.pcap 2"]);
    assert_eq!(captures.passed_over(), [root.join("empty"), root.join("readme.txt")]);
    assert_eq!(captures.reports().len(), 3);
}
