//! TLS (RFC 8446): the first record of either side, as far as it says what the connection is for. Nothing else is read: what
//! follows is encrypted.

use crate::frame::{Framed, Recognised};

/// What a `ClientHello` (RFC 8446 4.1.2) says of the connection.
///
/// What it says comes last in it, so a hello that the capture cut says less, and that is no error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientHello<'a> {
    /// The `host_name` of `server_name` (RFC 6066 3), where it is one.
    pub server_name: Option<&'a str>,
    /// The first name of `application_layer_protocol_negotiation` (RFC 7301 3.1).
    pub protocol: Option<&'a [u8]>,
}

/// Who opens with this record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hello<'a> {
    /// The side that opens the connection.
    Client(ClientHello<'a>),
    /// The side that was asked.
    Server,
}

/// Whether the first bytes of a direction are the record of a hello.
pub fn recognise(bytes: &[u8]) -> Recognised {
    let alike = [
        |byte| byte == HANDSHAKE,
        |byte| byte == MAJOR,
        |byte| byte <= LAST_MINOR,
        |_| true,
        |_| true,
        |byte| matches!(byte, CLIENT_HELLO | SERVER_HELLO),
        // No hello has 64 KiB.
        |byte| byte == 0,
        |_| true,
        |_| true,
        |byte| byte == MAJOR,
        |byte| byte <= LAST_MINOR,
    ];
    if !bytes.iter().zip(alike).all(|(byte, is_alike): (_, fn(u8) -> bool)| is_alike(*byte)) {
        return Recognised::No;
    }
    match record_len(bytes) {
        Some(len) if !(MIN_RECORD..=MAX_RECORD).contains(&len) => Recognised::No,
        _ if bytes.len() < FIRST_LOOK => Recognised::Need(FIRST_LOOK),
        _ => Recognised::Yes,
    }
}

/// The first record of a direction that was recognised.
pub fn record(bytes: &[u8]) -> Framed<'_> {
    let Some(len) = record_len(bytes) else { return Framed::Need(HEADER) };
    let consumed = HEADER.saturating_add(len);
    match bytes.get(..consumed) {
        Some(body) => Framed::Record { body, consumed },
        None => Framed::Need(consumed),
    }
}

/// Reads what there is of the first record, its header included. Any bytes can be read.
pub fn hello(record: &[u8]) -> Hello<'_> {
    if record.get(HEADER) == Some(&SERVER_HELLO) {
        return Hello::Server;
    }
    Hello::Client(record.get(HEADER..).map(client_hello).unwrap_or_default())
}

/// Reads what there is of a `ClientHello` without a record around it, as QUIC carries it (RFC 9001 4). Any bytes can be read.
pub fn client_hello(message: &[u8]) -> ClientHello<'_> {
    if message.first() != Some(&CLIENT_HELLO) {
        return ClientHello::default();
    }
    extensions(message).map(said).unwrap_or_default()
}

fn record_len(bytes: &[u8]) -> Option<usize> {
    let len = bytes.get(3..)?.first_chunk()?;
    Some(usize::from(u16::from_be_bytes(*len)))
}

/// The extensions of a `ClientHello`.
fn extensions(message: &[u8]) -> Option<&[u8]> {
    // The header of the message, `legacy_version`, `random`.
    let rest = message.get(MIN_RECORD..)?;
    let (_session_id, rest) = short_vector(rest)?;
    let (_cipher_suites, rest) = vector(rest)?;
    let (_compression_methods, rest) = short_vector(rest)?;
    let (_len, extensions) = rest.split_first_chunk::<2>()?;
    Some(extensions)
}

fn said(mut extensions: &[u8]) -> ClientHello<'_> {
    let mut hello = ClientHello::default();
    while let Some((kind, rest)) = extensions.split_first_chunk()
        && let Some((body, rest)) = vector(rest)
    {
        match u16::from_be_bytes(*kind) {
            SERVER_NAME => hello.server_name = host_name(body),
            ALPN => hello.protocol = vector(body).and_then(|(list, _)| first_name(list)),
            _ => {}
        }
        extensions = rest;
    }
    hello
}

/// The first `ProtocolName` of a list.
fn first_name(list: &[u8]) -> Option<&[u8]> {
    short_vector(list).map(|(name, _)| name)
}

/// The only kind of name that there is.
fn host_name(body: &[u8]) -> Option<&str> {
    let (list, _) = vector(body)?;
    let (&[kind], rest) = list.split_first_chunk()?;
    let (name, _) = vector(rest)?;
    let name = std::str::from_utf8(name).ok().filter(|_| kind == HOST_NAME)?;
    let is_host = (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
    is_host.then_some(name)
}

/// A vector with two bytes of length (RFC 8446 3.4), and what follows it.
fn vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))
}

/// A vector with one byte of length.
fn short_vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*len))
}

/// `ContentType`, `ProtocolVersion`, length.
const HEADER: usize = 5;
const HANDSHAKE: u8 = 22;
const MAJOR: u8 = 3;
/// TLS 1.3. Records say at most 1.2, and drafts of 1.3 said otherwise.
const LAST_MINOR: u8 = 4;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
/// The header of the message, a version and a random number.
const MIN_RECORD: usize = 4 + 2 + 32;
/// RFC 8446 5.1.
const MAX_RECORD: usize = 1 << 14;
/// What recognition needs.
const FIRST_LOOK: usize = HEADER + 4 + 2;
const SERVER_NAME: u16 = 0;
const ALPN: u16 = 16;
const HOST_NAME: u8 = 0;
/// A name of the DNS.
const MAX_NAME: usize = 255;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hex::hex;

    /// zeek/zeek, rdp-to-ssl.pcap, frame 8; the server name is an address.
    fn windows_7() -> Vec<u8> {
        hex("16030100740100007003014d570ec58a9b7d325ed908de8cb2b4de50ec88184a1f6ec723c1d5a344a6cc34000018002f0035
             0005000ac013c014c009c00a00320038001300040100002f00000012001000000d3139322e3136382e312e31353000050005
             0100000000000a0006000400170018000b00020100")
    }

    /// arkime/arkime, `arkime_synthetic.pcap`.
    fn synthetic() -> Vec<u8> {
        hex("160301004b010000470303000000000000000000000000000000000000000000000000000000000000000000000413011302
             0100001a00000016001400001163657274732e6578616d706c652e636f6d")
    }

    #[test]
    fn a_client_says_whom_it_wants() {
        for (record, name) in [(windows_7(), "192.168.1.150"), (synthetic(), "certs.example.com")] {
            assert_eq!(recognise(&record), Recognised::Yes);
            assert_eq!(super::record(&record), Framed::Record { body: &record, consumed: record.len() });
            let expected = ClientHello { server_name: Some(name), protocol: None };
            assert_eq!(hello(&record), Hello::Client(expected));
        }
    }

    #[test]
    fn a_client_says_what_it_will_speak() {
        // RFC 7301 3.1: the extension, in place of that which a capture has.
        let mut record = windows_7();
        let at = record.len().checked_sub(6).unwrap();
        record.splice(at.., hex("0010000e000c02683208687474702f312e31"));
        assert_eq!(
            hello(&record),
            Hello::Client(ClientHello { server_name: Some("192.168.1.150"), protocol: Some(b"h2") })
        );
    }

    #[test]
    fn the_answer_of_a_server_is_told_from_the_question() {
        // zeek/zeek, rdp-to-ssl.pcap, frame 9.
        let start = hex("16030103560200004603014d570ec5dce92633");
        assert_eq!((recognise(&start), hello(&start)), (Recognised::Yes, Hello::Server));
    }

    #[test]
    fn other_protocols_are_not_recognised() {
        // A handshake of .NET NegotiateStream ([MS-NNS] 2.2.1), an X.224 request, SMB2, and a TLS alert.
        for other in ["1601000028", "0300002f2ae0", "0000009bfe53", "15030100020228", "1603010003010000"] {
            assert_eq!(recognise(&hex(other)), Recognised::No, "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_prefix_asks_for_more_and_says_no_other_name(end in any::<prop::sample::Index>()) {
            let record = windows_7();
            let prefix = &record[..end.index(record.len())];
            let asks = match recognise(prefix) {
                Recognised::Need(len) => len > prefix.len(),
                Recognised::Yes => super::record(prefix) == Framed::Need(record.len()),
                Recognised::No => false,
            };
            prop_assert!(asks);
            let Hello::Client(hello) = hello(prefix) else { return Err(TestCaseError::fail("server")) };
            prop_assert!(hello.server_name.is_none_or(|name| name == "192.168.1.150"));
        }

        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), start in 0_usize..60) {
            let _ = hello(&bytes);
            let mut damaged = windows_7();
            damaged.splice(start.., bytes);
            let _ = (hello(&damaged), record(&damaged), recognise(&damaged));
        }
    }
}
