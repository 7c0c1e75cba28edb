//! SOCKS 5 (RFC 1928): what opens a connection through a proxy, with the GSS-API tokens (RFC 1961) that prove who asks.

use crate::frame::{Framed, Recognised};
use crate::gss;
use crate::secret::Secret;
use crate::token;

/// An authentication method (RFC 1928 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method(pub u8);

impl Method {
    /// `NO AUTHENTICATION REQUIRED`.
    pub const NONE: Self = Self(0);
    /// `GSSAPI`.
    pub const GSSAPI: Self = Self(1);
    /// `USERNAME/PASSWORD` (RFC 1929).
    pub const PASSWORD: Self = Self(2);
    /// `NO ACCEPTABLE METHODS`.
    pub const UNACCEPTABLE: Self = Self(0xff);
}

/// `mtyp` of a GSS-API message (RFC 1961 3 to 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageType(pub u8);

impl MessageType {
    /// A token of the security context.
    pub const CONTEXT: Self = Self(1);
    /// Protection level: the context stands.
    pub const PROTECTION: Self = Self(2);
    /// User data, encapsulated.
    pub const DATA: Self = Self(3);
    /// The server refuses. There is nothing behind it.
    pub const ABORT: Self = Self(0xff);
}

/// A GSS-API message (RFC 1961 3 to 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// `mtyp`.
    pub kind: MessageType,
    /// `token`.
    pub token: Secret<'a>,
}

/// What a request asks for (RFC 1928 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// `CMD`.
    pub command: Command,
    /// `DST.ADDR`.
    pub host: Host<'a>,
    /// `DST.PORT`.
    pub port: u16,
}

/// `CMD` of a request (RFC 1928 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command(pub u8);

impl Command {
    /// `CONNECT`: what follows the reply is what the two ends say to each other.
    pub const CONNECT: Self = Self(1);
}

/// An address (RFC 1928 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host<'a> {
    /// IP version 4.
    V4([u8; 4]),
    /// A name.
    Name(&'a [u8]),
    /// IP version 6.
    V6([u8; 16]),
}

/// Whether the first bytes of a direction are a client's: its list of methods, or, in a capture that starts later, a token of a
/// security context.
pub fn recognise(bytes: &[u8]) -> Recognised {
    match bytes {
        [] => Recognised::Need(3),
        [VERSION, ..] => recognise_greeting(bytes),
        [GSS_VERSION, ..] => recognise_context(bytes),
        _ => Recognised::No,
    }
}

/// The client's list of methods (RFC 1928 3), each of one byte.
pub fn greeting(bytes: &[u8]) -> Framed<'_> {
    match bytes {
        [VERSION, count, ..] => record(bytes, usize::from(*count).saturating_add(2)),
        [] | [VERSION] => Framed::Need(2),
        _ => Framed::Lost,
    }
}

/// The server's answer of two bytes: the version of what it answers, and the method that it chose (RFC 1928 3) or how it found
/// the password (RFC 1929 2).
pub fn answer(bytes: &[u8]) -> Framed<'_> {
    match bytes {
        [] => Framed::Need(2),
        [VERSION | PASSWORD_VERSION, ..] => record(bytes, 2),
        _ => Framed::Lost,
    }
}

/// A name and a password (RFC 1929 2).
pub fn password(bytes: &[u8]) -> Framed<'_> {
    match bytes {
        [] => Framed::Need(2),
        [PASSWORD_VERSION, rest @ ..] => {
            let Some(name) = rest.first().map(|len| usize::from(*len).saturating_add(1)) else {
                return Framed::Need(2);
            };
            match rest.get(name) {
                Some(len) => record(bytes, name.saturating_add(2).saturating_add(usize::from(*len))),
                None => Framed::Need(name.saturating_add(2)),
            }
        }
        _ => Framed::Lost,
    }
}

/// A GSS-API message: the record holds its header too.
pub fn message(bytes: &[u8]) -> Framed<'_> {
    match bytes {
        [GSS_VERSION, 0xff, ..] => record(bytes, 2),
        [GSS_VERSION, 1..=3, high, low, ..] => {
            record(bytes, HEADER.saturating_add(usize::from(u16::from_be_bytes([*high, *low]))))
        }
        [] | [GSS_VERSION] => Framed::Need(2),
        [GSS_VERSION, 1..=3] | [GSS_VERSION, 1..=3, _] => Framed::Need(HEADER),
        _ => Framed::Lost,
    }
}

/// Reads a record that [`message`] cut out.
pub fn read(record: &[u8]) -> Message<'_> {
    let kind = MessageType(record.get(1).copied().unwrap_or_default());
    Message { kind, token: Secret::new(record.get(HEADER..).unwrap_or_default()) }
}

/// A request or a reply (RFC 1928 4 and 6), both of which end in an address. The second byte is the command or the result.
pub fn request(bytes: &[u8]) -> Framed<'_> {
    let len = match bytes {
        [VERSION, _, 0, 1, ..] => 4,
        [VERSION, _, 0, 3, len, ..] => usize::from(*len).saturating_add(1),
        [VERSION, _, 0, 4, ..] => 16,
        [] | [VERSION] | [VERSION, _] | [VERSION, _, 0] | [VERSION, _, 0, 3] => {
            return Framed::Need(ADDRESS.saturating_add(1));
        }
        _ => return Framed::Lost,
    };
    record(bytes, ADDRESS.saturating_add(len).saturating_add(PORT))
}

/// Reads a request that [`request`] cut out.
pub fn asked(record: &[u8]) -> Option<Request<'_>> {
    let (head, rest) = record.split_at_checked(ADDRESS)?;
    let (address, port) = rest.split_last_chunk()?;
    let host = match head.last()? {
        1 => Host::V4(*address.first_chunk()?),
        3 => Host::Name(address.get(1..)?),
        _ => Host::V6(*address.first_chunk()?),
    };
    Some(Request { command: Command(*head.get(1)?), host, port: u16::from_be_bytes(*port) })
}

/// The second byte of an answer or a reply: the method, or a status, of which only zero is good.
pub fn code(record: &[u8]) -> u8 {
    record.get(1).copied().unwrap_or(0xff)
}

fn record(bytes: &[u8], consumed: usize) -> Framed<'_> {
    match bytes.get(..consumed) {
        Some(body) => Framed::Record { body, consumed },
        None => Framed::Need(consumed),
    }
}

/// A few methods, in none of which the version of DCE/RPC or a command of SOCKS could be meant.
fn recognise_greeting(bytes: &[u8]) -> Recognised {
    let Some(count @ 1..=MAX_METHODS) = bytes.get(1).copied() else {
        return if bytes.len() < 2 { Recognised::Need(3) } else { Recognised::No };
    };
    let methods = bytes.get(2..).unwrap_or_default();
    let methods = methods.get(..usize::from(count)).unwrap_or(methods);
    let is_known = |(at, method): (usize, &u8)| {
        let is_new = !methods.iter().take(at).any(|before| before == method);
        is_new && matches!(method, 0..=MAX_ASSIGNED | 0x80..=0xfe)
    };
    if !methods.iter().enumerate().all(is_known) {
        return Recognised::No;
    }
    if methods.len() < usize::from(count) {
        return Recognised::Need(usize::from(count).saturating_add(2));
    }
    // One private method alone is any three bytes.
    if methods.iter().any(|method| *method <= MAX_ASSIGNED) { Recognised::Yes } else { Recognised::No }
}

/// A message with a token: NTLM, or one whose own length says the same as that of the message.
fn recognise_context(bytes: &[u8]) -> Recognised {
    if !matches!(bytes, [GSS_VERSION] | [GSS_VERSION, 1, ..]) {
        return Recognised::No;
    }
    let token = bytes.get(HEADER..).unwrap_or_default();
    let len = || {
        bytes.get(2..HEADER).and_then(<[u8]>::first_chunk).map(|len| usize::from(u16::from_be_bytes(*len)))
    };
    match token {
        [] => Recognised::Need(TOKEN_START),
        [gss::FRAME | b'N', ..] if bytes.len() < TOKEN_START => Recognised::Need(TOKEN_START),
        [gss::FRAME, ..] if token::is_start(token) && gss::declared_len(token).ok() == len() => {
            Recognised::Yes
        }
        [b'N', ..] if token::is_start(token) => Recognised::Yes,
        _ => Recognised::No,
    }
}

/// `VER` (RFC 1928 3).
pub const VERSION: u8 = 5;
const GSS_VERSION: u8 = 1;
const PASSWORD_VERSION: u8 = 1;
/// `ver`, `mtyp`, `len`.
const HEADER: usize = 4;
/// Where an address starts.
const ADDRESS: usize = 4;
const PORT: usize = 2;
/// Clients offer two or three; there are not many more to offer.
const MAX_METHODS: u8 = 10;
/// The last method that IANA has assigned.
const MAX_ASSIGNED: u8 = 9;
/// Header, tag and length of a token, and the tag of its OID.
const TOKEN_START: usize = HEADER + 8;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hex::hex;

    const INIT: &[u8] = include_bytes!("../tests/data/init-kerberos.bin");
    const AUTHENTICATE: &[u8] = include_bytes!("../tests/data/ntlmv2-authenticate.bin");

    fn context(token: &[u8]) -> Vec<u8> {
        let [high, low] = u16::try_from(token.len()).unwrap().to_be_bytes();
        [&[1, 1, high, low], token].concat()
    }

    fn whole(framed: Framed<'_>) -> Option<usize> {
        match framed {
            Framed::Record { consumed, .. } => Some(consumed),
            _ => None,
        }
    }

    #[test]
    fn a_client_is_recognised_by_its_methods_or_its_token() {
        for methods in ["050100", "050101", "05020001", "0503000102"] {
            let bytes = hex(methods);
            assert_eq!(recognise(&bytes), Recognised::Yes, "{methods}");
            assert_eq!(whole(greeting(&bytes)), Some(bytes.len()));
            for end in 0..bytes.len() {
                assert!(matches!(recognise(&bytes[..end]), Recognised::Need(count) if count > end));
            }
        }
        for token in [INIT, AUTHENTICATE] {
            let bytes = context(token);
            assert_eq!(recognise(&bytes), Recognised::Yes);
            for end in 0..bytes.len() {
                assert_ne!(recognise(&bytes[..end]), Recognised::No, "{end}");
            }
        }
    }

    #[test]
    fn other_protocols_are_none() {
        // DCE/RPC, the same in version 5.1, RFC 1929, gss-sample with a length; then lists and a token that cannot be.
        for other in [
            "05000b0310000000",
            "05010b0310000000",
            "01056162636465",
            "0001057a6082",
            "050280ff",
            "05020000",
            "010105006081050601020304",
        ] {
            assert_eq!(recognise(&hex(other)), Recognised::No, "{other}");
        }
    }

    #[test]
    fn a_message_is_cut_and_read() {
        let bytes = [context(INIT), hex("01ff")].concat();
        let Framed::Record { body, consumed } = message(&bytes) else { panic!() };
        assert_eq!(read(body), Message { kind: MessageType::CONTEXT, token: Secret::new(INIT) });
        let Framed::Record { body, .. } = message(&bytes[consumed..]) else { panic!() };
        assert_eq!(read(body), Message { kind: MessageType::ABORT, token: Secret::default() });
        assert_eq!(message(&hex("0504")), Framed::Lost);
    }

    #[test]
    fn a_request_says_where_to() {
        let name = hex("05010003 03 616263 0050");
        let expected = Request { command: Command::CONNECT, host: Host::Name(b"abc"), port: 80 };
        assert_eq!(asked(&name), Some(expected));
        let address = hex("05010001 0a4d000b 01bd");
        assert_eq!(asked(&address).map(|asked| asked.host), Some(Host::V4([10, 77, 0, 11])));
    }

    #[test]
    fn requests_answers_and_passwords_are_cut() {
        type Framer = fn(&[u8]) -> Framed<'_>;
        let rows: [(Framer, &str, usize); 6] = [
            (request, "05010001 0a4d000b 0050 47", 10),
            (request, "05000003 03 616263 0050", 10),
            (request, "05020004 fd770000000000000000000000000011 0050", 22),
            (password, "01 05 616c696365 03 616263", 11),
            (answer, "0502", 2),
            (answer, "0100", 2),
        ];
        for (framer, digits, len) in rows {
            let bytes = hex(digits);
            assert_eq!(whole(framer(&bytes)), Some(len), "{digits}");
            for end in 0..len {
                assert!(
                    matches!(framer(&bytes[..end]), Framed::Need(count) if count > end),
                    "{digits} {end}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(0_u8..8, 0..40)) {
            if let Recognised::Need(count) = recognise(&bytes) {
                prop_assert!(count > bytes.len());
            }
            let _ = (read(&bytes), asked(&bytes), code(&bytes));
            for framed in [greeting(&bytes), answer(&bytes), password(&bytes), message(&bytes), request(&bytes)] {
                match framed {
                    Framed::Need(count) => prop_assert!(count > bytes.len() && count <= (1 << 16) + 3),
                    Framed::Record { consumed, .. } => prop_assert!(consumed > 0 && consumed <= bytes.len()),
                    Framed::Skip(_) | Framed::Lost => {}
                }
            }
        }
    }
}
