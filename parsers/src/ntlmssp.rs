//! NTLMSSP: the three messages of an NTLM logon ([MS-NLMP] 2.2).
//!
//! The fixed part of a message is read strictly. The fields in its payload are each read for themselves: one that
//! points outside of the message is an error of that field, and loses nothing else.

pub mod authenticate;
pub mod av_pair;
pub mod challenge;
pub mod flags;
pub mod negotiate;
pub mod response;

use std::fmt;

use nom::bytes::complete::{tag, take};
use nom::number::complete::{le_u8, le_u16, le_u32};
use nom::{IResult, Parser};

pub use self::authenticate::Authenticate;
pub use self::av_pair::{AvFlags, AvId, AvPair, AvPairs, SingleHost};
pub use self::challenge::Challenge;
pub use self::flags::Flags;
pub use self::negotiate::Negotiate;
pub use self::response::Ntlmv2Response;
use crate::error::{ErrorKind, ParseError};
use crate::names::named;
use crate::text::Text;

/// What a message of NTLMSSP starts with.
pub const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";

/// A field in the payload of a message: what was sent, or why it cannot be read.
pub type Field<T> = Result<T, ParseError>;

/// A message of NTLMSSP ([MS-NLMP] 2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// `NEGOTIATE_MESSAGE`, from the client.
    Negotiate(Negotiate<'a>),
    /// `CHALLENGE_MESSAGE`, from the server.
    Challenge(Challenge<'a>),
    /// `AUTHENTICATE_MESSAGE`, from the client.
    Authenticate(Authenticate<'a>),
}

named! {
    /// `MessageType` ([MS-NLMP] 2.2.1).
    MessageType(u32) {
        NEGOTIATE = 1 "NEGOTIATE",
        CHALLENGE = 2 "CHALLENGE",
        AUTHENTICATE = 3 "AUTHENTICATE",
    }
}

/// `VERSION` ([MS-NLMP] 2.2.2.10): the build of the sender's system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// `ProductMajorVersion`.
    pub major: u8,
    /// `ProductMinorVersion`.
    pub minor: u8,
    /// `ProductBuild`.
    pub build: u16,
    /// `NTLMRevisionCurrent`, 15 in all of Windows.
    pub revision: u8,
}

/// `FILETIME` ([MS-DTYP] 2.3.3): steps of 100 ns since 1601.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileTime(pub u64);

/// Reads a message of any type.
///
/// # Errors
/// When the signature is not there, the type is not known, or the fixed part is cut.
pub fn message(bytes: &[u8]) -> Result<Message<'_>, ParseError> {
    match message_type(bytes)? {
        MessageType::NEGOTIATE => negotiate::negotiate(bytes).map(Message::Negotiate),
        MessageType::CHALLENGE => challenge::challenge(bytes).map(Message::Challenge),
        MessageType::AUTHENTICATE => authenticate::authenticate(bytes).map(Message::Authenticate),
        _ => Err(ParseError { field: "MessageType", at: SIGNATURE.len(), kind: ErrorKind::Invalid }),
    }
}

/// The type of a message, of which only the first twelve bytes are needed.
///
/// # Errors
/// When the signature is not there or nothing follows it.
pub fn message_type(bytes: &[u8]) -> Result<MessageType, ParseError> {
    let kind = if SIGNATURE.starts_with(bytes) { ErrorKind::Truncated } else { ErrorKind::Invalid };
    let rest = bytes.strip_prefix(SIGNATURE).ok_or(ParseError { field: "Signature", at: 0, kind })?;
    let number = rest.first_chunk().copied().map(u32::from_le_bytes);
    let cut = ParseError { field: "MessageType", at: SIGNATURE.len(), kind: ErrorKind::Truncated };
    number.map(MessageType).ok_or(cut)
}

impl Message<'_> {
    /// How long the message says it is: to the end of the last field, which may lie beyond the bytes at hand.
    ///
    /// A message knows its fields but not its length, so a carrier without lengths must ask here.
    pub fn declared_len(&self) -> usize {
        match self {
            Self::Negotiate(message) => message.declared_len,
            Self::Challenge(message) => message.declared_len,
            Self::Authenticate(message) => message.declared_len,
        }
    }

    /// The first field that cannot be read.
    pub fn damaged(&self) -> Option<ParseError> {
        match self {
            Self::Negotiate(message) => message.damaged(),
            Self::Challenge(message) => message.damaged(),
            Self::Authenticate(message) => message.damaged(),
        }
    }
}

impl FileTime {
    /// Nanoseconds since 1970, or `None` where an `i64` cannot hold them (before 1677 and after 2262).
    pub fn unix_nanos(self) -> Option<i64> {
        let ticks = i128::from(self.0).checked_sub(UNIX_EPOCH)?;
        i64::try_from(ticks.checked_mul(100)?).ok()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.build)
    }
}

/// `Len`, `MaxLen` and `BufferOffset` of a field in the payload.
#[derive(Clone, Copy, Debug)]
struct Span {
    len: u16,
    offset: u32,
    field: &'static str,
}

impl Span {
    /// A span of nothing, for messages that end before it.
    const fn none(field: &'static str) -> Self {
        Self { len: 0, offset: 0, field }
    }

    /// The bytes. An empty span is empty wherever it points: anonymous logons carry any offset.
    fn of(self, message: &[u8], payload: usize) -> Field<&[u8]> {
        if self.len == 0 {
            return Ok(&[]);
        }
        let at = self.start();
        if at < payload {
            return Err(ParseError { field: self.field, at, kind: ErrorKind::Invalid });
        }
        let bytes = message.get(at..self.end());
        bytes.ok_or(ParseError { field: self.field, at, kind: ErrorKind::Truncated })
    }

    fn start(self) -> usize {
        usize::try_from(self.offset).unwrap_or(usize::MAX)
    }

    fn end(self) -> usize {
        self.start().saturating_add(usize::from(self.len))
    }
}

/// Where the payload starts: the lowest offset of a field that is not empty, or else the end of the message.
///
/// Offsets below `fixed` are wrong and say nothing.
fn payload_start(message: &[u8], fixed: usize, spans: &[Span]) -> usize {
    let starts = spans.iter().filter(|span| span.len != 0).map(|span| span.start());
    starts.filter(|&start| start >= fixed).min().unwrap_or(message.len()).min(message.len())
}

/// Where the message ends: after its header and the last field that is not empty.
fn payload_end(header: usize, spans: &[Span]) -> usize {
    spans.iter().filter(|span| span.len != 0).fold(header, |end, span| end.max(span.end()))
}

fn span(field: &'static str) -> impl Fn(&[u8]) -> IResult<&[u8], Span> {
    move |i| {
        let (i, len) = le_u16.parse(i)?;
        let (i, _max_len) = le_u16.parse(i)?;
        let (i, offset) = le_u32.parse(i)?;
        Ok((i, Span { len, offset, field }))
    }
}

/// `Signature` and `MessageType`, which the caller has looked at.
fn head(i: &[u8]) -> IResult<&[u8], u32> {
    let (i, _signature) = tag(&SIGNATURE[..]).parse(i)?;
    le_u32.parse(i)
}

fn version(i: &[u8]) -> IResult<&[u8], Version> {
    let (i, major) = le_u8.parse(i)?;
    let (i, minor) = le_u8.parse(i)?;
    let (i, build) = le_u16.parse(i)?;
    let (i, _reserved) = take(3_usize).parse(i)?;
    let (i, revision) = le_u8.parse(i)?;
    Ok((i, Version { major, minor, build, revision }))
}

fn version_at(message: &[u8], at: usize, payload: usize) -> Option<Version> {
    let bytes = message.get(at..payload)?;
    version(bytes).ok().map(|(_, version)| version)
}

/// Text in the encoding that the message negotiated ([MS-NLMP] 2.2).
fn text(flags: Flags, bytes: &[u8]) -> Text<'_> {
    if flags.contains(Flags::NEGOTIATE_UNICODE) { Text::utf16le(bytes) } else { Text::oem(bytes) }
}

/// 1970-01-01 as a `FILETIME`.
const UNIX_EPOCH: i128 = 116_444_736_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    fn authenticate(bytes: &[u8]) -> Authenticate<'_> {
        match message(bytes) {
            Ok(Message::Authenticate(message)) => message,
            other => panic!("{other:?}"),
        }
    }

    fn shown(field: Field<Text<'_>>) -> String {
        field.map(|text| text.to_string()).unwrap()
    }

    #[test]
    fn ntlmv1_example_of_the_specification() {
        let bytes = include_bytes!("../tests/data/spec-ntlmv1-authenticate.bin");
        let read = authenticate(bytes);
        assert_eq!(shown(read.domain), "Domain");
        assert_eq!(shown(read.user), "User");
        assert_eq!(shown(read.workstation), "COMPUTER");
        assert_eq!(read.lm_response.map(|lm| lm.len()), Ok(24));
        assert_eq!(read.nt_response.map(|nt| nt.len()), Ok(24));
        assert_eq!(read.session_key.map(|key| key.len()), Ok(16));
        assert_eq!(read.flags, Some(Flags(0xe280_8235)));
        assert_eq!(read.version.map(|version| version.to_string()), Some("5.1.2600".into()));
        assert_eq!((read.mic, read.damaged()), (None, None));
        assert_eq!(read.declared_len, bytes.len());
        assert!(read.ntlmv2_response().is_err());
        assert!(!format!("{read:?}").contains("152"), "no byte of a response is printed");
    }

    #[test]
    fn ntlmv2_example_of_the_specification() {
        let Ok(Message::Challenge(read)) = message(include_bytes!("../tests/data/spec-ntlmv2-challenge.bin"))
        else {
            panic!("no challenge")
        };
        assert_eq!(shown(read.target_name), "Server");
        assert_eq!(read.server_challenge.expose(), hex("0123456789abcdef"));
        assert_eq!(read.version.map(|version| version.build), Some(6000));
        let info = read.target_info.unwrap();
        assert_eq!(info.text(AvId::NB_DOMAIN_NAME).map(|name| name.to_string()), Some("Domain".into()));
        assert!(info.is_terminated());
        assert_eq!(read.declared_len, 104);

        let read = authenticate(include_bytes!("../tests/data/spec-ntlmv2-authenticate.bin"));
        let response = read.ntlmv2_response().unwrap();
        assert_eq!(response.nt_proof_str.len(), 16);
        assert_eq!(response.challenge_from_client.expose(), [0xaa; 8]);
        assert_eq!(response.time_stamp, FileTime(0));
        assert_eq!(response.av_pairs.iter().count(), 2);
        assert_eq!(response.av_pairs.trailing_len(), 4);
        assert_eq!(read.mic, None);
    }

    #[test]
    fn windows_sends_a_mic_and_a_target_name() {
        let read = authenticate(include_bytes!("../tests/data/ntlmv2-authenticate.bin"));
        assert_eq!(shown(read.user), "Administrator");
        assert_eq!(read.mic.map(|mic| (mic.len(), mic.is_zero())), Some((16, false)));
        let pairs = read.ntlmv2_response().unwrap().av_pairs;
        assert_eq!(pairs.text(AvId::TARGET_NAME).unwrap().to_string(), "BLACKCLOVER\\Administrator");
        assert_eq!(pairs.flags(), Some(AvFlags::MIC_PRESENT));
        assert_eq!(pairs.single_host().map(|host| host.machine_id.len()), Some(32));
        assert!(pairs.timestamp().and_then(FileTime::unix_nanos).is_some());
        assert_eq!(read.declared_len, 574);
    }

    #[test]
    fn anonymous_logons_are_read() {
        // studylab1/SAMR-Enum-Lab, python.exe_crackmapexec_lsa: an LM response of one byte, all else empty.
        let bytes = hex(
            "4e544c4d5353500003000000 0100010040000000 0000000041000000 0000000040000000 0000000040000000
            0000000040000000 1000100041000000 358288e0 00 0986bec06c8526855f35177102119f40 9a",
        );
        let read = authenticate(&bytes);
        assert_eq!(read.lm_response.map(|lm| lm.len()), Ok(1));
        assert_eq!(read.nt_response.map(|nt| nt.len()), Ok(0));
        assert_eq!((shown(read.user), shown(read.domain)), (String::new(), String::new()));
        assert_eq!((read.version, read.mic, read.damaged()), (None, None, None));
        assert_eq!(read.declared_len, 81, "a byte that follows is not of the message");

        let read = authenticate(include_bytes!("../tests/data/authenticate-anonymous-88.bin"));
        assert_eq!(read.damaged(), None);
        assert!(read.user.unwrap().is_empty());
    }

    #[test]
    fn empty_span_is_empty_wherever_it_points() {
        let mut bytes = include_bytes!("../tests/data/spec-ntlmv1-authenticate.bin").to_vec();
        bytes[0x1c..0x24].copy_from_slice(&[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(shown(authenticate(&bytes).domain), "");
        bytes[0x1c..0x24].fill(0);
        assert_eq!(shown(authenticate(&bytes).domain), "");
    }

    #[test]
    fn a_field_outside_of_the_message_loses_nothing_else() {
        let whole = include_bytes!("../tests/data/spec-ntlmv2-authenticate.bin");
        let read = authenticate(&whole[..120]);
        assert_eq!(shown(read.user), "User");
        let error = ParseError { field: "LmChallengeResponse", at: 0x6c, kind: ErrorKind::Truncated };
        assert_eq!((read.lm_response, read.damaged()), (Err(error), Some(error)));
        assert_eq!(read.declared_len, whole.len());

        let mut bytes = whole.to_vec();
        bytes[0x28..0x2c].copy_from_slice(&4_u32.to_le_bytes());
        let error = ParseError { field: "UserName", at: 4, kind: ErrorKind::Invalid };
        assert_eq!(authenticate(&bytes).user, Err(error), "a name is not in the header");
    }

    #[test]
    fn short_headers_of_old_clients_are_read() {
        // A NEGOTIATE of 16 bytes, and one of 32 (OISF/suricata-verify, krb5-frag).
        for (digits, len) in [
            ("4e544c4d5353500001000000050288a0", 16),
            ("4e544c4d5353500001000000050288a000000000000000000000000000000000", 32),
        ] {
            let bytes = hex(digits);
            let Ok(Message::Negotiate(read)) = message(&bytes) else { panic!("{digits}") };
            assert_eq!((read.flags, read.version, read.declared_len), (Flags(0xa088_0205), None, len));
            assert_eq!(shown(read.domain), "");
        }
    }

    #[test]
    fn names_of_a_negotiate_are_oem_text() {
        // zeek/zeek, dce_rpc_ntlm: its flags negotiate Unicode.
        let bytes = hex("4e544c4d535350000100000097b218e20b000b003100000009000900280000000a00ba470000000f
            434254482d57532d31 424c41434b434c4f564552");
        let Ok(Message::Negotiate(read)) = message(&bytes) else { panic!("no negotiate") };
        assert_eq!((shown(read.workstation), shown(read.domain)), ("CBTH-WS-1".into(), "BLACKCLOVER".into()));
        assert_eq!(read.version.map(|version| version.to_string()), Some("10.0.18362".into()));
    }

    #[test]
    fn messages_that_are_none_say_why() {
        for (digits, field, kind) in [
            ("4e544c4d", "Signature", ErrorKind::Truncated),
            ("4e544c4e53535000", "Signature", ErrorKind::Invalid),
            ("4e544c4d535350000100", "MessageType", ErrorKind::Truncated),
            ("4e544c4d5353500004000000", "MessageType", ErrorKind::Invalid),
            ("4e544c4d535350000100000000", "NEGOTIATE_MESSAGE", ErrorKind::Truncated),
        ] {
            let error = message(&hex(digits)).unwrap_err();
            assert_eq!((error.field, error.kind), (field, kind), "{digits}");
        }
    }

    #[test]
    fn times_out_of_range_have_no_nanoseconds() {
        assert_eq!(FileTime(116_444_736_000_000_001).unix_nanos(), Some(100));
        assert_eq!(FileTime(0).unix_nanos(), None);
        assert_eq!(FileTime(u64::MAX).unix_nanos(), None);
    }
}
