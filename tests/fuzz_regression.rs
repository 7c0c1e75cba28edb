//! Plays what fuzzing has once found, so that it stays mended without a fuzzer.
#![cfg(test)]
#![expect(clippy::arithmetic_side_effects, reason = "test code")]

#[path = "support/oracle.rs"]
mod oracle;
#[path = "support/run.rs"]
mod run;
#[path = "support/samples.rs"]
mod samples;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ntlmscope::decode::{Decoded, Decoder};
use ntlmscope::model::{Direction, FlowKey, Segment, Transport};
use ntlmscope::source::{Captures, Event};
use ntlmscope_parsers::frame::Recognised;
use ntlmscope_parsers::gss_stream::Framing;
use ntlmscope_parsers::{dcerpc, dns, gss_stream, ldap, nns, radius, sasl_line, sip, socks, tds, telnet};
use oracle::TARGETS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The names in a folder, which there need not be.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn what_was_found_stays_mended() {
    for (target, check) in TARGETS {
        let folder = fuzz().join("regressions").join(target);
        for name in names(&folder) {
            let bytes = fs::read(folder.join(&name)).unwrap();
            let played = std::panic::catch_unwind(|| check(&bytes));
            assert!(played.is_ok(), "{target}/{name} is trouble again");
        }
    }
}

#[test]
fn every_oracle_is_a_target() {
    let oracles: BTreeSet<_> = TARGETS.iter().map(|(name, _)| format!("{name}.rs")).collect();
    assert_eq!(names(&fuzz().join("fuzz_targets")), oracles);
    let with_findings = names(&fuzz().join("regressions"));
    assert!(with_findings.iter().all(|name| oracles.contains(&format!("{name}.rs"))), "{with_findings:?}");
}

/// Seeds are what the samples hold; they must of course be no trouble.
#[test]
fn the_samples_are_no_trouble() {
    for (target, _, bytes) in seeds() {
        let (_, check) = TARGETS.iter().find(|(name, _)| *name == target).unwrap();
        check(&bytes);
    }
}

/// Writes the first corpus of each target: `cargo test --test fuzz_regression -- --ignored`.
#[test]
#[ignore = "writes to fuzz/corpus"]
fn write_the_seeds() {
    for (target, name, bytes) in seeds() {
        let folder = fuzz().join("corpus").join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    }
}

/// The name of a target, the name of a seed, and the seed.
type Seed = (&'static str, String, Vec<u8>);

/// Whether the first bytes of a direction are of a protocol.
type Recognise = fn(&[u8]) -> Recognised;

/// Targets whose streams are told by what they begin with.
const RECOGNISED: [(&str, Recognise); 11] = [
    ("ldap", ldap::recognise),
    ("dcerpc", dcerpc::recognise),
    ("tds", tds::recognise),
    ("sasl_line", sasl_line::recognise),
    ("dns", dns::recognise_tcp),
    ("nns", nns::recognise_handshake),
    ("gss_stream", |bytes| gss_stream::recognise(bytes, Framing::Flagged)),
    ("gss_stream", |bytes| gss_stream::recognise(bytes, Framing::Plain)),
    ("socks", socks::recognise),
    ("telnet", telnet::recognise),
    ("sip", sip::recognise),
];

/// What has no sample: [MC-NMF] 4.1 with [MS-NNS] 2.2.1 behind it.
const SPECIFIED: (&str, &[u8]) = (
    "nns",
    b"\0\x01\0\x01\x02\x02\x21net.tcp://SampleServer/SampleApp/\x03\x08\x09\x15application/negotiate\x15\x01\0\0\x08\0\0\0\0\x80\x09\x03\x0c",
);

fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for capture in samples::captures() {
        let (path, name) = (samples::folder().join(&capture), capture.replace('/', "-"));
        let Pieces { frames, datagrams, streams, conversations } = Pieces::of(&path);
        let mut seed = |target, at: String, bytes| seeds.push((target, format!("{name}-{at}"), bytes));
        for (at, datagram) in datagrams.into_iter().enumerate() {
            let target = match radius::packet(&datagram) {
                Some(_) => "radius",
                None if ntlmscope::carrier::opens_quic(&datagram) => "quic",
                None => "krb5",
            };
            seed(target, at.to_string(), datagram);
        }
        for (at, (key, _, stream)) in streams.into_iter().enumerate() {
            let is_of = |port: u16| key.ports().contains(&port);
            for (number, (target, token)) in tokens(&stream).into_iter().enumerate() {
                seed(target, format!("{at}-{number}"), token.to_vec());
            }
            if let Some(body) = kdc_proxy_body(&stream) {
                seed("kkdcp", at.to_string(), body.to_vec());
            }
            let told = RECOGNISED.iter().find(|(_, recognise)| recognise(&stream) == Recognised::Yes);
            let target = match told {
                _ if is_of(88) => "kdc_frame",
                Some((target, _)) => target,
                None if is_of(445) => "smb",
                None => "http",
            };
            seed(target, at.to_string(), stream);
        }
        for (at, (_, conversation)) in conversations.into_iter().enumerate() {
            seed("conversation", at.to_string(), conversation);
        }
        seed("decode", String::new(), frames);
        seed("pcap_file", String::new(), fs::read(path).unwrap());
    }
    seeds.push((SPECIFIED.0, "specified".to_owned(), SPECIFIED.1.to_vec()));
    // No sample has CredSSP outside TLS.
    for (name, bytes) in CREDSSP {
        seeds.push(("credssp", name.to_owned(), bytes.to_vec()));
    }
    let targets: BTreeSet<_> = seeds.iter().map(|(target, ..)| *target).collect();
    assert_eq!(targets.len(), TARGETS.len(), "there are seeds for {targets:?} only");
    seeds
}

/// Streams of CredSSP before TLS, of pyspnego with itself.
const CREDSSP: [(&str, &[u8]); 3] = [
    ("client", include_bytes!("../parsers/testdata/credssp-client.bin")),
    ("server", include_bytes!("../parsers/testdata/credssp-server.bin")),
    ("refused", include_bytes!("../parsers/testdata/credssp-refused.bin")),
];

/// A capture taken apart.
#[derive(Default)]
struct Pieces {
    /// As `decode` takes them.
    frames: Vec<u8>,
    datagrams: Vec<Vec<u8>>,
    streams: Vec<(FlowKey, Direction, Vec<u8>)>,
    /// As `conversation` takes them.
    conversations: Vec<(FlowKey, Vec<u8>)>,
}

impl Pieces {
    fn of(path: &Path) -> Self {
        // Ethernet.
        let mut pieces = Self { frames: vec![1], ..Self::default() };
        let (mut captures, mut decoder) = (Captures::open(&[path.to_path_buf()]), Decoder::default());
        while let Some(event) = captures.read() {
            let Event::Frame(frame) = event else { continue };
            let length = u16::try_from(frame.bytes.len()).unwrap().to_be_bytes();
            pieces.frames.extend([&length, &[0, 0][..], frame.bytes].concat());
            match decoder.decode(&frame) {
                Decoded::Segment(segment) if segment.transport == Transport::Udp => {
                    pieces.datagrams.push(segment.payload.to_vec());
                }
                Decoded::Segment(segment) => pieces.add(&segment),
                Decoded::Nothing | Decoded::Undecoded(_) => {}
            }
        }
        pieces
    }

    fn add(&mut self, segment: &Segment<'_>) {
        let (key, direction) = (segment.key, segment.direction);
        match self.streams.iter_mut().find(|stream| (stream.0, stream.1) == (key, direction)) {
            Some((.., stream)) => stream.extend(segment.payload),
            None => self.streams.push((key, direction, segment.payload.to_vec())),
        }
        let way = u8::from(direction == Direction::Down);
        let pieces = segment.payload.chunks(255);
        let pieces = pieces.flat_map(|piece| [&[way, u8::try_from(piece.len()).unwrap()], piece].concat());
        match self.conversations.iter_mut().find(|(known, _)| *known == key) {
            Some((_, conversation)) => conversation.extend(pieces),
            None => self.conversations.push((key, pieces.collect())),
        }
    }
}

/// The body of the first message of a stream of HTTP, where it is one of a KDC proxy.
fn kdc_proxy_body(stream: &[u8]) -> Option<&[u8]> {
    let is_typed = stream.windows(20).take(400).any(|part| part == b"application/kerberos");
    let end = stream.windows(4).position(|four| four == b"\r\n\r\n").filter(|_| is_typed)?;
    stream.get(end + 4..)
}

/// What may be the start of a token or message in a stream, with some bytes after it.
fn tokens(stream: &[u8]) -> Vec<(&'static str, &[u8])> {
    let mut found = Vec::new();
    for at in 0..stream.len() {
        let rest = &stream[at..stream.len().min(at + 4096)];
        match rest {
            [b'N', b'T', b'L', b'M', b'S', b'S', b'P', 0, ..] => found.push(("ntlmssp", rest)),
            // An initial token of SPNEGO, and an answer.
            [0x60, ..]
                if rest.get(..16).is_some_and(|head| head.windows(4).any(|four| four == [6, 6, 0x2b, 6])) =>
            {
                found.extend([("spnego", rest), ("token", rest)]);
            }
            [0xa1, 0x81 | 0x82, ..] => found.extend([("spnego", rest), ("token", rest)]),
            // AS-REQ and TGS-REQ, their answers, and KRB-ERROR.
            [0x6a..=0x6e | 0x7e, 0x81 | 0x82, ..] if at == 4 => found.push(("krb5", rest)),
            _ => {}
        }
    }
    found.truncate(6);
    found
}
