//! .NET `NegotiateStream` ([MS-NNS]) and the preamble that .NET Message Framing ([MC-NMF]) has before it.

use crate::error::{ErrorKind, ParseError};
use crate::frame::{Framed, Recognised, size};
use crate::hresult::HResult;
use crate::token;

/// `MessageId` of a handshake message ([MS-NNS] 2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageId(pub u8);

impl MessageId {
    /// `HandshakeDone`: the sender has nothing more to say.
    pub const DONE: Self = Self(0x14);
    /// `HandshakeError`.
    pub const ERROR: Self = Self(0x15);
    /// `HandshakeInProgress`.
    pub const IN_PROGRESS: Self = Self(0x16);
}

/// A handshake message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handshake<'a> {
    /// `MessageId`.
    pub id: MessageId,
    /// `AuthPayload`: a token, or the code of an error.
    pub payload: &'a [u8],
}

impl Handshake<'_> {
    /// The code of an error: eight bytes in network order, of which the last four count.
    pub fn error(&self) -> Option<HResult> {
        let code = self.payload.first_chunk::<8>()?.last_chunk()?;
        (self.id == MessageId::ERROR).then_some(HResult(u32::from_be_bytes(*code)))
    }
}

/// A record of the preamble ([MC-NMF] 2.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preamble<'a> {
    /// `Via`: the address of the service.
    Via(&'a [u8]),
    /// `Upgrade Request`: what the client wants to secure the connection with.
    UpgradeRequest(&'a [u8]),
    /// `Upgrade Response`: granted.
    UpgradeResponse,
    /// `Preamble End`, `Preamble Ack`, `Fault` or another record after which nothing is upgraded.
    Over,
    /// A record that says nothing of a logon.
    Other,
}

/// The upgrade that [MS-NNS] is ([MC-NMF] 2.2.3.5).
pub const NEGOTIATE: &[u8] = b"application/negotiate";
/// The upgrade to TLS.
pub const TLS: &[u8] = b"application/ssl-tls";

/// The handshake message at the start of the bytes: the record holds its header too.
pub fn handshake(bytes: &[u8]) -> Framed<'_> {
    let Some([id, major, minor, high, low]) = bytes.first_chunk() else {
        return if could_start(bytes) { Framed::Need(HEADER) } else { Framed::Lost };
    };
    if !(matches!(id, 0x14..=0x16) && [*major, *minor] == [1, 0]) {
        return Framed::Lost;
    }
    let consumed = HEADER.saturating_add(usize::from(u16::from_be_bytes([*high, *low])));
    match bytes.get(..consumed) {
        Some(body) => Framed::Record { body, consumed },
        None => Framed::Need(consumed),
    }
}

/// Reads a message that [`handshake`] cut out.
///
/// # Errors
/// When it has no header.
pub fn message(record: &[u8]) -> Result<Handshake<'_>, ParseError> {
    let ended = ParseError { field: "MessageId", at: record.len(), kind: ErrorKind::Truncated };
    let (id, rest) = record.split_first().ok_or(ended)?;
    let (_, payload) = rest.split_at_checked(HEADER.saturating_sub(1)).ok_or(ended)?;
    Ok(Handshake { id: MessageId(*id), payload })
}

/// Whether the first bytes of a direction are a handshake message with a token in it.
pub fn recognise_handshake(bytes: &[u8]) -> Recognised {
    match (handshake(bytes), bytes.get(HEADER..)) {
        (Framed::Lost, _) => Recognised::No,
        (Framed::Record { body, .. }, _) if body.len() == HEADER => Recognised::No,
        (_, None) => Recognised::Need(HEADER.saturating_add(TOKEN_START)),
        (_, Some(payload)) if payload.len() < TOKEN_START => {
            Recognised::Need(HEADER.saturating_add(TOKEN_START))
        }
        (_, Some(payload)) => {
            if token::is_start(payload) {
                Recognised::Yes
            } else {
                Recognised::No
            }
        }
    }
}

/// Whether the first bytes of a direction are those of a preamble: the version, then the mode.
pub fn recognise_preamble(bytes: &[u8]) -> Recognised {
    let known = [0x00, 0x01, 0x00, 0x01];
    if !known.iter().zip(bytes).all(|(known, byte)| known == byte) {
        return Recognised::No;
    }
    match bytes.get(4..6) {
        None => Recognised::Need(6),
        Some([1..=4, 0x02]) => Recognised::Yes,
        Some(_) => Recognised::No,
    }
}

/// The record of a preamble at the start of the bytes: the framed record holds its type too.
pub fn preamble(bytes: &[u8]) -> Framed<'_> {
    let Some((kind, rest)) = bytes.split_first() else { return Framed::Need(1) };
    let consumed = match *kind {
        0x00 => 3,
        0x01 | 0x03 => 2,
        0x02 | 0x04 | 0x08 | 0x09 => match string_len(rest) {
            Ok((digits, len)) => 1_usize.saturating_add(digits).saturating_add(len),
            Err(Recognised::Need(count)) => return Framed::Need(count.saturating_add(1)),
            Err(_) => return Framed::Lost,
        },
        0x07 | 0x0a..=0x0c => 1,
        _ => return Framed::Lost,
    };
    match bytes.get(..consumed) {
        Some(body) => Framed::Record { body, consumed },
        None => Framed::Need(consumed),
    }
}

/// Reads a record that [`preamble`] cut out.
pub fn preamble_record(record: &[u8]) -> Preamble<'_> {
    let Some((kind, rest)) = record.split_first() else { return Preamble::Other };
    let string = || match string_len(rest) {
        Ok((digits, _)) => rest.get(digits..).unwrap_or_default(),
        Err(_) => &[],
    };
    match *kind {
        0x02 => Preamble::Via(string()),
        0x09 => Preamble::UpgradeRequest(string()),
        0x0a => Preamble::UpgradeResponse,
        0x07 | 0x08 | 0x0b | 0x0c => Preamble::Over,
        _ => Preamble::Other,
    }
}

/// The length of a string ([MC-NMF] 2.2.2): seven bits a byte, the lowest first. Says how many bytes it has, and the length.
fn string_len(bytes: &[u8]) -> Result<(usize, usize), Recognised> {
    let mut len = 0_u32;
    for (at, byte) in bytes.iter().take(MAX_DIGITS).enumerate() {
        let shift = u32::try_from(at).unwrap_or_default().wrapping_mul(7);
        len |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let fits = size(len) <= MAX_STRING;
            return if fits { Ok((at.saturating_add(1), size(len))) } else { Err(Recognised::No) };
        }
    }
    if bytes.len() < MAX_DIGITS {
        Err(Recognised::Need(bytes.len().saturating_add(1)))
    } else {
        Err(Recognised::No)
    }
}

/// Whether these may be the first bytes of a handshake message.
fn could_start(bytes: &[u8]) -> bool {
    matches!(bytes, [] | [0x14..=0x16] | [0x14..=0x16, 1] | [0x14..=0x16, 1, 0, ..])
}

/// `MessageId`, versions, `AuthPayloadSize`.
const HEADER: usize = 5;
/// How much of a token tells that it is one.
const TOKEN_START: usize = 8;
/// A length of at most 28 bits.
const MAX_DIGITS: usize = 4;
/// [MC-NMF] 2.2.3.3: 2048 bytes for a via, 256 for the others; peers are free to set other bounds.
const MAX_STRING: usize = 1 << 14;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hex::hex;

    /// A CHALLENGE message ([MS-NLMP] 4.2.4.3) with the header of [MS-NNS] 2.2.1 before it.
    fn first() -> Vec<u8> {
        let token = include_bytes!("../tests/data/spec-ntlmv2-challenge.bin");
        [&[0x16, 1, 0, 0, u8::try_from(token.len()).unwrap()], &token[..]].concat()
    }

    #[test]
    fn a_message_is_recognised_cut_and_read() {
        let mut bytes = first();
        let whole = bytes.len();
        assert_eq!(recognise_handshake(&bytes), Recognised::Yes);
        for end in 0..bytes.len() {
            assert!(matches!(handshake(&bytes[..end]), Framed::Need(count) if count > end));
        }
        bytes.extend([0xff; 3]);
        let Framed::Record { body, consumed } = handshake(&bytes) else { panic!() };
        assert_eq!(consumed, whole);
        let read = message(body).unwrap();
        assert_eq!((read.id, read.payload.len(), read.error()), (MessageId::IN_PROGRESS, whole - 5, None));
    }

    #[test]
    fn an_error_says_its_code() {
        // [MS-NNS] 2.2.1: eight bytes; the code is SEC_E_LOGON_DENIED.
        let bytes = hex("1501000008 000000008009030c");
        assert_eq!(message(&bytes).unwrap().error(), Some(HResult(0x8009_030c)));
        assert_eq!(message(&hex("1501000003 800903")).unwrap().error(), None);
    }

    #[test]
    fn other_protocols_are_no_handshake() {
        for other in ["1603010074010000700301", "16010000281122334455667788", "1401000000", "0300002f2ae0"] {
            assert_eq!(recognise_handshake(&hex(other)), Recognised::No, "{other}");
        }
    }

    #[test]
    fn a_preamble_is_read_record_by_record() {
        // [MC-NMF] 2.2.3: version 1.0, duplex, a via, binary encoding with a session dictionary; then the upgrade.
        let via = b"net.tcp://SampleServer/SampleApp/";
        let upgrade = [&[0x09, 0x15], NEGOTIATE].concat();
        let bytes =
            [&hex("000100 0102 02")[..], &[33], via, &hex("0308")[..], &upgrade[..], &[0x0c]].concat();
        assert_eq!(recognise_preamble(&bytes), Recognised::Yes);
        let (mut rest, mut seen) = (&bytes[..], Vec::new());
        while let Framed::Record { body, consumed } = preamble(rest) {
            seen.push(preamble_record(body));
            rest = &rest[consumed..];
        }
        let other = Preamble::Other;
        assert_eq!(
            seen,
            [other, other, Preamble::Via(via), other, Preamble::UpgradeRequest(NEGOTIATE), Preamble::Over]
        );
        assert_eq!(preamble_record(&[0x0a]), Preamble::UpgradeResponse);
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = (preamble_record(&bytes), recognise_handshake(&bytes), recognise_preamble(&bytes));
            let _ = message(&bytes).map(|message| message.error());
            for framed in [preamble(&bytes), handshake(&bytes)] {
                match framed {
                    Framed::Record { consumed, .. } => prop_assert!(consumed > 0 && consumed <= bytes.len()),
                    Framed::Need(count) => prop_assert!(count > bytes.len() && count <= 1 << 17),
                    Framed::Skip(_) | Framed::Lost => {}
                }
            }
        }
    }
}
