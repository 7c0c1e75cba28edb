//! TDS, the protocol of SQL Server ([MS-TDS]): packets, and the messages of a login. Tokens are cut out, never opened.

mod login;
mod token;

pub use login::{Login7, login7};
pub use token::{Token, Tokens, tokens};

use crate::frame::Recognised;
use crate::secret::Secret;

/// `Type` of a packet ([MS-TDS] 2.2.3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketType(pub u8);

impl PacketType {
    /// Tabular result: all that a server sends.
    pub const TABULAR_RESULT: Self = Self(0x04);
    /// Login of TDS 7.
    pub const LOGIN7: Self = Self(0x10);
    /// A token of the client after the first.
    pub const SSPI: Self = Self(0x11);
    /// What precedes a login: options, and the handshake of TLS.
    pub const PRELOGIN: Self = Self(0x12);

    /// Whether the table of the specification has it.
    fn is_known(self) -> bool {
        matches!(self.0, 0x01..=0x04 | 0x06..=0x08 | 0x0e | 0x10..=0x12)
    }
}

/// What stands at the front of a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front<'a> {
    /// At least this many bytes are needed in all.
    Need(usize),
    /// A packet of a login, or one that may be.
    Packet {
        /// `Type`.
        kind: PacketType,
        /// The message ends with it (bit 0 of `Status`).
        is_last: bool,
        /// What follows the header.
        data: &'a [u8],
        /// Bytes of the slice that belong to it.
        consumed: usize,
    },
    /// So many bytes that are no part of a login.
    Skip(usize),
    /// A TLS record outside of any packet: a login that is encrypted, or all that follows the handshake.
    Tls {
        /// Its `ContentType` (RFC 5246 6.2.1).
        content: u8,
        /// Its bytes, header included.
        len: usize,
    },
    /// Not the start of a packet.
    Lost,
}

/// What stands at the front of a direction ([MS-TDS] 2.2.3.1).
pub fn front(bytes: &[u8]) -> Front<'_> {
    if let [content @ 0x14..=0x17, rest @ ..] = bytes {
        return match rest {
            [3, 0..=4, high, low, ..] => {
                let len = usize::from(u16::from_be_bytes([*high, *low])).saturating_add(TLS_HEADER);
                Front::Tls { content: *content, len }
            }
            [] | [3] | [3, 0..=4] | [3, 0..=4, _] => Front::Need(TLS_HEADER),
            _ => Front::Lost,
        };
    }
    let Some((header, _)) = bytes.split_first_chunk::<HEADER>() else {
        let is_type = bytes.first().is_none_or(|first| PacketType(*first).is_known());
        return if is_type { Front::Need(HEADER) } else { Front::Lost };
    };
    let [kind, status, high, low, _, _, _, _] = *header;
    let (kind, consumed) = (PacketType(kind), usize::from(u16::from_be_bytes([high, low])));
    if !kind.is_known() || status & !STATUS != 0 || !(HEADER..=MAX_PACKET).contains(&consumed) {
        return Front::Lost;
    }
    let is_login = matches!(
        kind,
        PacketType::TABULAR_RESULT | PacketType::LOGIN7 | PacketType::SSPI | PacketType::PRELOGIN
    );
    if !is_login {
        return Front::Skip(consumed);
    }
    match bytes.get(HEADER..consumed) {
        Some(data) => Front::Packet { kind, is_last: status & END_OF_MESSAGE != 0, data, consumed },
        None => Front::Need(consumed),
    }
}

/// The security token at the front of a packet whose end was lost, where it starts with one; empty ones are none.
pub fn torn_token(torn: &[u8]) -> Option<Secret<'_>> {
    let (header, data) = torn.split_first_chunk::<HEADER>()?;
    let [kind, ..] = *header;
    let ((PacketType::SSPI, token) | (PacketType::TABULAR_RESULT, [0xed, _, _, token @ ..])) =
        (PacketType(kind), data)
    else {
        return None;
    };
    (!token.is_empty()).then_some(Secret::new(token))
}

/// Whether the first bytes of a direction are of a login: a header, and behind it what only a login starts with.
pub fn recognise(bytes: &[u8]) -> Recognised {
    let Some((header, data)) = bytes.split_first_chunk::<HEADER>() else {
        return match bytes {
            [] | [0x04 | 0x10..=0x12] | [0x04 | 0x10..=0x12, 0 | 1, ..] => Recognised::Need(FIRST_LOOK),
            _ => Recognised::No,
        };
    };
    let [kind, status, high, low, _, _, _, window] = *header;
    let len = usize::from(u16::from_be_bytes([high, low]));
    let is_kind = matches!(kind, 0x04 | 0x10..=0x12);
    if !is_kind
        || !matches!(status, 0 | END_OF_MESSAGE)
        || window != 0
        || !(FIRST_LOOK..=MAX_PACKET).contains(&len)
    {
        return Recognised::No;
    }
    let Some(start) = data.first_chunk::<START>().copied() else { return Recognised::Need(FIRST_LOOK) };
    let is_start = match PacketType(kind) {
        PacketType::PRELOGIN => is_options(start) || is_handshake(&start),
        PacketType::TABULAR_RESULT => is_options(start) || is_token_of_server(start),
        PacketType::LOGIN7 => is_login7(start),
        PacketType::SSPI => is_security_token(start),
        _ => false,
    };
    if is_start { Recognised::Yes } else { Recognised::No }
}

/// Whether the data of a PRELOGIN packet is a piece of the handshake of TLS ([MS-TDS] 2.2.6.5).
pub fn is_handshake(data: &[u8]) -> bool {
    matches!(data, [0x14..=0x17, 3, 0..=4, ..])
}

/// The options of PRELOGIN start with VERSION, whose length is 6 ([MS-TDS] 2.2.6.5).
fn is_options(start: [u8; START]) -> bool {
    matches!(start, [0, 0, _, 0, 6, 1..=7 | 0xff, ..])
}

/// `Length` fits and `TDSVersion` is one of TDS 7 ([MS-TDS] 2.2.6.4). Servers and clients disagree on its byte order.
fn is_login7(start: [u8; START]) -> bool {
    let [_, _, high, 0, a, _, _, b] = start else { return false };
    high <= 1 && (matches!(a, 0x70..=0x7f) || matches!(b, 0x70..=0x7f))
}

/// An SSPI token with NTLMSSP or something in DER in it.
fn is_token_of_server(start: [u8; START]) -> bool {
    matches!(start, [0xed, _, _, b'N', b'T', b'L', b'M', b'S'] | [0xed, _, _, 0x60 | 0xa1, _, _, _, _])
}

fn is_security_token(start: [u8; START]) -> bool {
    start == *b"NTLMSSP\0" || matches!(start, [0x60 | 0xa0 | 0xa1, ..])
}

/// Length of the header.
const HEADER: usize = 8;
/// The largest packet ([MS-TDS] 2.2.3.1.3).
const MAX_PACKET: usize = 32767;
/// What recognition looks at behind the header.
const START: usize = 8;
const FIRST_LOOK: usize = HEADER + START;
/// `Status`: end of message.
const END_OF_MESSAGE: u8 = 0x01;
/// All bits of `Status` that mean something ([MS-TDS] 2.2.3.1.2).
const STATUS: u8 = 0x1b;
const TLS_HEADER: usize = 5;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test code")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Text;

    /// arkime/arkime, `tds7.pcap`, first connection: a login with a password, and a query.
    const CLIENT: &[u8] = include_bytes!("../testdata/tds-client.bin");
    const SERVER: &[u8] = include_bytes!("../testdata/tds-server.bin");
    /// arkime/arkime, `ntlm_synthetic.pcap`: a login with NTLM.
    const NTLM_CLIENT: &[u8] = include_bytes!("../testdata/tds-ntlm-client.bin");

    fn packets(mut bytes: &[u8]) -> Vec<(u8, bool, usize)> {
        let mut all = Vec::new();
        while !bytes.is_empty() {
            match front(bytes) {
                Front::Packet { kind, is_last, data, consumed } => {
                    all.push((kind.0, is_last, data.len()));
                    bytes = &bytes[consumed..];
                }
                Front::Skip(len) => {
                    all.push((bytes[0], true, len - HEADER));
                    bytes = &bytes[len..];
                }
                other => panic!("{other:?}"),
            }
        }
        all
    }

    #[test]
    fn a_login_is_cut_into_its_packets() {
        assert_eq!(packets(CLIENT), [(0x12, true, 0x2c), (0x10, true, 0xe2), (0x01, true, 0xe6)]);
        assert_eq!(packets(SERVER), [(0x04, true, 0x1d), (0x04, true, 0x179), (0x04, true, 0x2e)]);
        for stream in [CLIENT, SERVER, NTLM_CLIENT, &CLIENT[0x34..]] {
            assert_eq!(recognise(stream), Recognised::Yes);
            for cut in 0..FIRST_LOOK {
                assert_eq!(recognise(&stream[..cut]), Recognised::Need(FIRST_LOOK), "{cut}");
            }
        }
    }

    #[test]
    fn a_query_or_its_rows_are_no_login() {
        assert_eq!(recognise(&CLIENT[0x34 + 0xea..]), Recognised::No);
        assert_eq!(recognise(&SERVER[0x25 + 0x181..]), Recognised::No);
    }

    #[test]
    fn a_login_says_who_is_meant_but_not_the_password() {
        let Front::Packet { data, .. } = front(&CLIENT[0x34..]) else { panic!() };
        let login = login7(data).unwrap();
        assert_eq!(login.server_name.to_string(), "217.77.3.25");
        assert!(login.database.is_empty() && login.sspi.is_empty() && login.has_user_name);
        assert!(!format!("{login:?}").contains("\\xa5"), "{login:?}");

        let Front::Packet { data, .. } = front(NTLM_CLIENT) else { panic!() };
        let login = login7(data).unwrap();
        assert!(login.sspi.expose().starts_with(b"NTLMSSP\0\x01") && !login.has_user_name);
        assert_eq!((login.server_name, login.sspi.len()), (Text::utf16le(b""), 53));
    }

    #[test]
    fn the_answer_to_a_login_is_found_behind_other_tokens() {
        let Front::Packet { data, .. } = front(&SERVER[0x25..]) else { panic!() };
        assert_eq!(tokens(data).collect::<Vec<_>>(), [Token::LoginAck]);
        // The answer to PRELOGIN holds no tokens.
        let Front::Packet { data, .. } = front(SERVER) else { panic!() };
        assert_eq!(tokens(data).count(), 0);
    }

    #[test]
    fn a_record_of_tls_is_no_packet() {
        assert_eq!(front(&[0x17, 3, 3, 1, 0, 0xee]), Front::Tls { content: 0x17, len: 261 });
        assert_eq!(front(&[0x16, 3]), Front::Need(5));
        assert_eq!(front(&[0x16, 2]), Front::Lost);
        assert!(is_handshake(&[0x16, 3, 1, 0, 5]) && !is_handshake(&[0, 0, 21]));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = format!("{:?}", login7(&bytes));
            prop_assert!(tokens(&bytes).count() <= bytes.len());
            match front(&bytes) {
                Front::Need(len) => prop_assert!(len > bytes.len() && len <= MAX_PACKET),
                Front::Packet { consumed, .. } => prop_assert!(consumed > 0 && consumed <= bytes.len()),
                Front::Skip(len) | Front::Tls { len, .. } => prop_assert!(len > 0),
                Front::Lost => {}
            }
            if let Recognised::Need(len) = recognise(&bytes) {
                prop_assert!(len > bytes.len());
            }
        }

        /// However a login is damaged, it is read or refused.
        #[test]
        fn no_damage_makes_it_panic(at in 8..155_usize, value in any::<u8>(), end in 0..155_usize) {
            let mut bytes = NTLM_CLIENT[..155].to_vec();
            bytes[at] = value;
            bytes.truncate(end);
            let _ = login7(bytes.get(HEADER..).unwrap_or_default());
        }
    }
}
