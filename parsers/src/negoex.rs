//! NegoEx: which schemes beyond SPNEGO's mechanisms are offered ([MS-NEGOEX] 2.2).

use std::fmt;

use nom::bytes::complete::{tag, take};
use nom::number::complete::{le_u16, le_u32};
use nom::{IResult, Parser};

use crate::error::{ErrorKind, ParseError};
use crate::fixed::fixed;
use crate::names::named;
use crate::secret::Secret;

/// What each message starts with.
pub const SIGNATURE: &[u8; 8] = b"NEGOEXTS";

/// The messages of one token, which follow each other without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negoex<'a> {
    /// The messages that can be read.
    pub messages: Vec<Message<'a>>,
    /// Why the rest cannot.
    pub damaged: Option<ParseError>,
}

/// One message ([MS-NEGOEX] 2.2.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// `MessageType`.
    pub message_type: MessageType,
    /// `SequenceNum`.
    pub sequence_num: u32,
    /// `ConversationId`.
    pub conversation_id: Guid,
    /// `AuthSchemes` of a NEGO message in order of preference, or the one `AuthScheme` of another.
    pub auth_schemes: Vec<Guid>,
    /// `Exchange` of a message that carries a token of the scheme.
    pub exchange: Option<Secret<'a>>,
}

named! {
    /// `MESSAGE_TYPE` ([MS-NEGOEX] 2.2.6.1).
    MessageType(u32) {
        INITIATOR_NEGO = 0 "INITIATOR_NEGO",
        ACCEPTOR_NEGO = 1 "ACCEPTOR_NEGO",
        INITIATOR_META_DATA = 2 "INITIATOR_META_DATA",
        ACCEPTOR_META_DATA = 3 "ACCEPTOR_META_DATA",
        CHALLENGE = 4 "CHALLENGE",
        AP_REQUEST = 5 "AP_REQUEST",
        VERIFY = 6 "VERIFY",
        ALERT = 7 "ALERT",
    }
}

/// `GUID` ([MS-DTYP] 2.3.4), as the bytes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// The `AuthScheme` of PKU2U, 235f69ad-73fb-4dbc-8203-0629e739339b ([MS-SPNG] 3.1.5.2).
    pub const PKU2U: Self = Self([
        0xad, 0x69, 0x5f, 0x23, 0xfb, 0x73, 0xbc, 0x4d, 0x82, 0x03, 0x06, 0x29, 0xe7, 0x39, 0x33, 0x9b,
    ]);
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, node @ ..] = self.0;
        let (first, second) = (u32::from_le_bytes([a0, a1, a2, a3]), u16::from_le_bytes([b0, b1]));
        write!(f, "{first:08x}-{second:04x}-{:04x}-{d0:02x}{d1:02x}-", u16::from_le_bytes([c0, c1]))?;
        node.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Reads the messages of a token.
///
/// # Errors
/// When not even the first can be read.
pub fn negoex(bytes: &[u8]) -> Result<Negoex<'_>, ParseError> {
    let mut read = Negoex { messages: Vec::new(), damaged: None };
    let mut rest = bytes;
    while !rest.is_empty() {
        let at = bytes.len().saturating_sub(rest.len());
        let one = if read.messages.len() == MAX_MESSAGES {
            Err(ParseError { field: "NEGOEX", at: 0, kind: ErrorKind::TooLarge })
        } else {
            message(rest)
        };
        match one {
            Ok((message, after)) => {
                read.messages.push(message);
                rest = after;
            }
            Err(error) if read.messages.is_empty() => return Err(error),
            Err(error) => {
                read.damaged = Some(ParseError { at: error.at.saturating_add(at), ..error });
                break;
            }
        }
    }
    if read.messages.is_empty() {
        return Err(ParseError { field: "MESSAGE_HEADER", at: 0, kind: ErrorKind::Truncated });
    }
    Ok(read)
}

struct Header {
    message_type: MessageType,
    sequence_num: u32,
    message_len: u32,
    conversation_id: Guid,
}

/// The first message, and the bytes after it.
fn message(bytes: &[u8]) -> Result<(Message<'_>, &[u8]), ParseError> {
    let (after_header, header) = fixed("MESSAGE_HEADER", bytes, message_header)?;
    let bad = |kind| ParseError { field: "cbMessageLength", at: 20, kind };
    let len = usize::try_from(header.message_len).unwrap_or(usize::MAX);
    if len < HEADER_LEN {
        return Err(bad(ErrorKind::Invalid));
    }
    let (whole, rest) = bytes.split_at_checked(len).ok_or(bad(ErrorKind::Truncated))?;
    let mut exchange = None;
    let auth_schemes = match header.message_type {
        MessageType::INITIATOR_NEGO | MessageType::ACCEPTOR_NEGO => {
            let (_, (offset, count)) = fixed("AuthSchemes", after_header, auth_scheme_vector)?;
            array(whole, offset, usize::from(count).saturating_mul(16), "AuthSchemes")?
        }
        MessageType::INITIATOR_META_DATA
        | MessageType::ACCEPTOR_META_DATA
        | MessageType::CHALLENGE
        | MessageType::AP_REQUEST => {
            let (_, (scheme, offset, len)) = fixed("Exchange", after_header, exchange_fields)?;
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            exchange = Some(Secret::new(array(whole, offset, len, "Exchange")?));
            scheme
        }
        MessageType::VERIFY | MessageType::ALERT => after_header.get(..16).unwrap_or_default(),
        _ => &[],
    };
    let (guids, _) = auth_schemes.as_chunks();
    let message = Message {
        message_type: header.message_type,
        sequence_num: header.sequence_num,
        conversation_id: header.conversation_id,
        auth_schemes: guids.iter().take(MAX_SCHEMES).copied().map(Guid).collect(),
        exchange,
    };
    Ok((message, rest))
}

/// Bytes of a message at an offset that it gives.
fn array<'a>(
    message: &'a [u8],
    offset: u32,
    len: usize,
    field: &'static str,
) -> Result<&'a [u8], ParseError> {
    let at = usize::try_from(offset).unwrap_or(usize::MAX);
    let bytes = message.get(at..at.saturating_add(len));
    bytes.ok_or(ParseError { field, at, kind: ErrorKind::Truncated })
}

fn message_header(i: &[u8]) -> IResult<&[u8], Header> {
    let (i, _signature) = tag(&SIGNATURE[..]).parse(i)?;
    let (i, message_type) = le_u32.parse(i)?;
    let (i, sequence_num) = le_u32.parse(i)?;
    let (i, _header_len) = le_u32.parse(i)?;
    let (i, message_len) = le_u32.parse(i)?;
    let (i, conversation_id) = guid(i)?;
    Ok((i, Header { message_type: MessageType(message_type), sequence_num, message_len, conversation_id }))
}

fn guid(i: &[u8]) -> IResult<&[u8], Guid> {
    let (i, bytes) = take(16_usize).parse(i)?;
    Ok((i, Guid(bytes.first_chunk().copied().unwrap_or_default())))
}

/// `Random`, `ProtocolVersion` and `AuthSchemes` of a NEGO message ([MS-NEGOEX] 2.2.6.3).
fn auth_scheme_vector(i: &[u8]) -> IResult<&[u8], (u32, u16)> {
    let (i, _random) = take(32_usize).parse(i)?;
    let (i, _protocol_version) = take(8_usize).parse(i)?;
    let (i, offset) = le_u32.parse(i)?;
    let (i, count) = le_u16.parse(i)?;
    Ok((i, (offset, count)))
}

/// `AuthScheme` and `Exchange` of an EXCHANGE message ([MS-NEGOEX] 2.2.6.4).
fn exchange_fields(i: &[u8]) -> IResult<&[u8], (&[u8], u32, u32)> {
    let (i, scheme) = take(16_usize).parse(i)?;
    let (i, offset) = le_u32.parse(i)?;
    let (i, len) = le_u32.parse(i)?;
    Ok((i, (scheme, offset, len)))
}

const HEADER_LEN: usize = 40;
/// The longest lists kept. Windows sends two messages in a token and one scheme.
const MAX_MESSAGES: usize = 16;
const MAX_SCHEMES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spnego::{NegToken, neg_token};

    #[test]
    fn schemes_of_a_server_are_listed() {
        let token = neg_token(include_bytes!("../tests/data/init2-negoex.bin")).unwrap();
        let inner = token.inner().unwrap().expose();
        assert!(matches!(token, NegToken::Init(init) if init.damaged.is_none()));
        let read = negoex(inner).unwrap();
        let types: Vec<_> = read.messages.iter().map(|message| message.message_type).collect();
        assert_eq!(types, [MessageType::ACCEPTOR_NEGO, MessageType::ACCEPTOR_META_DATA]);
        for message in &read.messages {
            let schemes: Vec<_> = message.auth_schemes.iter().map(Guid::to_string).collect();
            assert_eq!(schemes, ["0d53335c-f9ea-4d0d-b2ec-4ae3786ec308"]);
        }
        assert_eq!(read.damaged, None);

        let cut = negoex(&inner[..inner.len() - 1]).unwrap();
        assert_eq!(cut.messages.len(), 1);
        assert_eq!(cut.damaged.map(|error| error.kind), Some(ErrorKind::Truncated));
        assert!(negoex(&inner[..30]).is_err());
    }

    #[test]
    fn guids_are_shown_as_microsoft_does() {
        assert_eq!(Guid::PKU2U.to_string(), "235f69ad-73fb-4dbc-8203-0629e739339b");
    }
}
