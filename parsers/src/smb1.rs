//! SMB 1 ([MS-CIFS], [MS-SMB]): the header, and the messages that belong to a logon. Security blobs are cut out, never opened.

use crate::ntstatus::NtStatus;
use crate::secret::Secret;
use crate::smb::pipe::PipeMessage;
use crate::smb::{Buffer, fixed};
use crate::{ErrorKind, ParseError};
use nom::bytes::complete::take;
use nom::number::complete::{le_u16, le_u32, u8};
use nom::{IResult, Parser};

mod pipe;
mod session_setup;

pub use session_setup::{Credentials, SessionSetupRequest, SessionSetupResponse};

/// Command of a message ([MS-CIFS] 2.2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Command(pub u8);

impl Command {
    /// `SMB_COM_NEGOTIATE`.
    pub const NEGOTIATE: Self = Self(0x72);
    /// `SMB_COM_SESSION_SETUP_ANDX`.
    pub const SESSION_SETUP_ANDX: Self = Self(0x73);
    /// `SMB_COM_LOGOFF_ANDX`.
    pub const LOGOFF_ANDX: Self = Self(0x74);
    /// `SMB_COM_TREE_CONNECT_ANDX`.
    pub const TREE_CONNECT_ANDX: Self = Self(0x75);
    /// `SMB_COM_TRANSACTION`.
    pub const TRANSACTION: Self = Self(0x25);
    /// `SMB_COM_READ_ANDX`.
    pub const READ_ANDX: Self = Self(0x2e);
    /// `SMB_COM_WRITE_ANDX`.
    pub const WRITE_ANDX: Self = Self(0x2f);
    /// `SMB_COM_NT_CREATE_ANDX`.
    pub const NT_CREATE_ANDX: Self = Self(0xa2);
    /// `SMB_COM_NO_ANDX_COMMAND`: the end of a chain.
    pub const NO_ANDX_COMMAND: Self = Self(0xff);

    /// Whether its words start with the next command of the chain ([MS-CIFS] 2.2.3.4).
    fn is_andx(self) -> bool {
        matches!(self.0, 0x24 | 0x2d | 0x2e | 0x2f | 0x73 | 0x74 | 0x75 | 0xa2)
    }
}

/// `Flags2` of a header ([MS-CIFS] 2.2.3.1, [MS-SMB] 2.2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flags2(pub u16);

impl Flags2 {
    /// `SMB_FLAGS2_SECURITY_SIGNATURE`.
    pub const SECURITY_SIGNATURE: Self = Self(0x0004);
    /// `SMB_FLAGS2_EXTENDED_SECURITY`.
    pub const EXTENDED_SECURITY: Self = Self(0x0800);
    /// `SMB_FLAGS2_NT_STATUS`: the status is an NTSTATUS.
    pub const NT_STATUS: Self = Self(0x4000);
    /// `SMB_FLAGS2_UNICODE`: names are UTF-16LE.
    pub const UNICODE: Self = Self(0x8000);

    /// Whether all bits of `other` are set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Status of a response ([MS-CIFS] 2.2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// An NTSTATUS.
    Nt(NtStatus),
    /// `SMBSTATUS`: what servers said before.
    Dos {
        /// `ErrorClass`; zero is success.
        class: u8,
        /// `ErrorCode`.
        code: u16,
    },
}

/// The header of a message ([MS-CIFS] 2.2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// First command of the chain.
    pub command: Command,
    /// Status of a response.
    pub status: Status,
    /// `Flags`; see [`Header::is_response`].
    pub flags: u8,
    /// `Flags2`.
    pub flags2: Flags2,
    /// `PIDHigh` and `PIDLow`: the process of the client.
    pub pid: u32,
    /// Tree.
    pub tid: u16,
    /// Session.
    pub uid: u16,
    /// Joins a response to its request.
    pub mid: u16,
    /// `Reserved`, which is zero but for a hostile or broken sender.
    reserved: u16,
}

impl Header {
    /// `SMB_FLAGS_REPLY`: the server sent it.
    pub fn is_response(&self) -> bool {
        self.flags & 0x80 != 0
    }

    /// The same header with `SMB_FLAGS_REPLY` as it must be for its sender.
    #[must_use]
    pub fn sent_by_server(mut self, server: bool) -> Self {
        self.flags = if server { self.flags | 0x80 } else { self.flags & 0x7f };
        self
    }

    /// Whether it can be the start of a message, for a search in bytes that may be anything.
    pub(crate) fn is_plausible(&self) -> bool {
        let known =
            matches!(self.command.0, 0x00..=0x34 | 0x70..=0x75 | 0x80..=0x84 | 0xa0..=0xa5 | 0xc0..=0xc3);
        known && self.reserved == 0
    }

    fn is_unicode(&self) -> bool {
        self.flags2.has(Flags2::UNICODE)
    }
}

/// The header at the start of the bytes, or `None` when they are fewer than [`HEADER_LEN`] or are no such header.
pub fn header(bytes: &[u8]) -> Option<Header> {
    let (_rest, header) = header_fields(bytes).ok()?;
    bytes.starts_with(&PROTOCOL_ID).then_some(header)
}

fn header_fields(i: &[u8]) -> IResult<&[u8], Header, ()> {
    let (i, _protocol_id) = take(4_usize).parse(i)?;
    let (i, command) = u8.parse(i)?;
    let (i, status) = le_u32.parse(i)?;
    let (i, flags) = u8.parse(i)?;
    let (i, flags2) = le_u16.parse(i)?;
    let (i, pid_high) = le_u16.parse(i)?;
    let (i, _security_features) = take(8_usize).parse(i)?;
    let (i, reserved) = le_u16.parse(i)?;
    let (i, tid) = le_u16.parse(i)?;
    let (i, pid_low) = le_u16.parse(i)?;
    let (i, uid) = le_u16.parse(i)?;
    let (i, mid) = le_u16.parse(i)?;
    let flags2 = Flags2(flags2);
    let status = if flags2.has(Flags2::NT_STATUS) {
        Status::Nt(NtStatus(status))
    } else {
        let [class, _reserved, low, high] = status.to_le_bytes();
        Status::Dos { class, code: u16::from_le_bytes([low, high]) }
    };
    let pid = u32::from(pid_high) << 16 | u32::from(pid_low);
    let command = Command(command);
    Ok((i, Header { command, status, flags, flags2, pid, tid, uid, mid, reserved }))
}

/// Whether somebody reads the body of this message. All others are skipped after their header.
pub fn is_read(header: &Header) -> bool {
    matches!(
        header.command,
        Command::NEGOTIATE | Command::SESSION_SETUP_ANDX | Command::LOGOFF_ANDX | Command::TREE_CONNECT_ANDX
    )
}

/// Whether a message can belong to a pipe, as [`Message::Pipe`] has them.
pub fn is_pipe(header: &Header) -> bool {
    matches!(
        header.command,
        Command::TRANSACTION | Command::READ_ANDX | Command::WRITE_ANDX | Command::NT_CREATE_ANDX
    )
}

/// A name in a message, as it was sent and without its terminator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Name<'a> {
    /// Bytes.
    pub bytes: &'a [u8],
    /// Whether they are UTF-16LE; else they are of the sender's code page.
    pub is_unicode: bool,
}

/// A message of a chain that belongs to a logon, or goes through a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// [MS-CIFS] 2.2.4.52.1.
    NegotiateRequest(Dialects<'a>),
    /// [MS-CIFS] 2.2.4.52.2, [MS-SMB] 2.2.4.5.2.
    NegotiateResponse(NegotiateResponse<'a>),
    /// [MS-CIFS] 2.2.4.53.1, [MS-SMB] 2.2.4.6.1.
    SessionSetupRequest(SessionSetupRequest<'a>),
    /// [MS-CIFS] 2.2.4.53.2, [MS-SMB] 2.2.4.6.2.
    SessionSetupResponse(SessionSetupResponse<'a>),
    /// [MS-CIFS] 2.2.4.54.
    Logoff,
    /// [MS-CIFS] 2.2.4.55.1.
    TreeConnectRequest(TreeConnectRequest<'a>),
    /// [MS-CIFS] 2.2.4.55.2.
    TreeConnectResponse(TreeConnectResponse<'a>),
    /// [MS-CIFS] 2.2.4.33, 2.2.4.42, 2.2.4.43, 2.2.4.64.
    Pipe(PipeMessage<'a>),
    /// A response without words: the header's status says all.
    Error(Command),
    /// A command that nobody reads.
    Other(Command),
}

/// The messages of a chain ([MS-CIFS] 2.2.3.4), one after the other: `SESSION_SETUP_ANDX` and `TREE_CONNECT_ANDX` often share one.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    header: Header,
    message: &'a [u8],
    next: Option<(Command, usize)>,
}

/// The messages of a whole SMB1 message, header included.
pub fn messages<'a>(header: &Header, message: &'a [u8]) -> Messages<'a> {
    Messages { header: *header, message, next: Some((header.command, HEADER_LEN)) }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (command, at) = self.next.take()?;
        let body = match Body::of(self.message, at, self.header.is_unicode()) {
            Ok(body) => body,
            Err(error) => return Some(Err(error)),
        };
        if command.is_andx() {
            self.next = body.andx().filter(|(_, next)| *next > at);
        }
        Some(body.message(command, self.header.is_response()))
    }
}

/// Parameters and data of one message of the chain.
#[derive(Clone, Copy)]
struct Body<'a> {
    words: &'a [u8],
    bytes: &'a [u8],
    /// Where `bytes` starts in the message, for the alignment of UTF-16LE.
    bytes_at: usize,
    is_unicode: bool,
}

impl<'a> Body<'a> {
    /// `ByteCount` may be wrong: what there is of the data is taken.
    fn of(message: &'a [u8], at: usize, is_unicode: bool) -> Result<Self, ParseError> {
        let here = message.get(at..).unwrap_or_default();
        let (bytes, (words, count)) = fixed(body_fields(here), "SMB1 parameters", at, here)?;
        let bytes_at = message.len().saturating_sub(bytes.len());
        Ok(Self { words, bytes: bytes.get(..usize::from(count)).unwrap_or(bytes), bytes_at, is_unicode })
    }

    fn andx(&self) -> Option<(Command, usize)> {
        let [command, _reserved, low, high] = *self.words.first_chunk::<4>()?;
        let offset = usize::from(u16::from_le_bytes([low, high]));
        (Command(command) != Command::NO_ANDX_COMMAND).then_some((Command(command), offset))
    }

    fn message(&self, command: Command, response: bool) -> Result<Message<'a>, ParseError> {
        if response && self.words.is_empty() {
            return Ok(Message::Error(command));
        }
        Ok(match (command, response) {
            (Command::NEGOTIATE, false) => Message::NegotiateRequest(Dialects(self.bytes)),
            (Command::NEGOTIATE, true) => Message::NegotiateResponse(negotiate_response(self)?),
            (Command::SESSION_SETUP_ANDX, false) => {
                Message::SessionSetupRequest(session_setup::request(self)?)
            }
            (Command::SESSION_SETUP_ANDX, true) => {
                Message::SessionSetupResponse(session_setup::response(self)?)
            }
            (Command::LOGOFF_ANDX, _) => Message::Logoff,
            (Command::TREE_CONNECT_ANDX, false) => Message::TreeConnectRequest(tree_connect_request(self)?),
            (Command::TREE_CONNECT_ANDX, true) => {
                Message::TreeConnectResponse(TreeConnectResponse { service: oem(self.bytes).0 })
            }
            (command, response) => pipe::message(command, response, self)?,
        })
    }

    /// A part of the data, by its offset in the message.
    fn buffer(&self, offset: u16, len: u16) -> Buffer<'a> {
        let at = usize::from(offset).saturating_sub(self.bytes_at);
        Buffer::at(self.bytes, at, usize::from(len))
    }

    /// A reader of the names that start at this offset of the data.
    fn names(&self, at: usize) -> Names<'a> {
        let rest = self.bytes.get(at..).unwrap_or_default();
        Names { rest, at: self.bytes_at.saturating_add(at), is_unicode: self.is_unicode }
    }

    /// What can be wrong with the words of a message: they are too few for its command.
    fn words_error(&self, field: &'static str) -> ParseError {
        ParseError { field, at: self.words.len(), kind: ErrorKind::Invalid }
    }
}

fn body_fields(i: &[u8]) -> IResult<&[u8], (&[u8], u16), ()> {
    let (i, word_count) = u8.parse(i)?;
    let (i, words) = take(usize::from(word_count).saturating_mul(2)).parse(i)?;
    let (i, byte_count) = le_u16.parse(i)?;
    Ok((i, (words, byte_count)))
}

/// Names one after the other, each with a terminator. Those in UTF-16LE start at an even offset of the message.
struct Names<'a> {
    rest: &'a [u8],
    at: usize,
    is_unicode: bool,
}

impl<'a> Names<'a> {
    /// The next name; empty when there is none. The last may lack its terminator.
    fn take(&mut self) -> Name<'a> {
        if self.is_unicode && !self.at.is_multiple_of(2) {
            self.advance(1);
        }
        let (bytes, used) = if self.is_unicode { utf16(self.rest) } else { oem(self.rest) };
        self.advance(used);
        Name { bytes, is_unicode: self.is_unicode }
    }

    fn advance(&mut self, len: usize) {
        self.rest = self.rest.get(len..).unwrap_or_default();
        self.at = self.at.saturating_add(len);
    }
}

/// The bytes before a zero, and how many bytes that is with it.
fn oem(bytes: &[u8]) -> (&[u8], usize) {
    let len = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    (bytes.get(..len).unwrap_or_default(), len.saturating_add(1))
}

/// The bytes before a zero code unit, and how many bytes that is with it.
fn utf16(bytes: &[u8]) -> (&[u8], usize) {
    let (units, _odd) = bytes.as_chunks::<2>();
    let len = units.iter().position(|unit| *unit == [0, 0]).unwrap_or(units.len()).saturating_mul(2);
    (bytes.get(..len).unwrap_or_default(), len.saturating_add(2))
}

/// Dialects of a NEGOTIATE request ([MS-CIFS] 2.2.4.52.1), in the client's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialects<'a>(&'a [u8]);

impl<'a> Dialects<'a> {
    /// Their names, such as `NT LM 0.12`.
    pub fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (2, after) = rest.split_first()? else { return None };
            let (name, used) = oem(after);
            rest = after.get(used..).unwrap_or_default();
            Some(name)
        })
    }

    /// Whether the client is ready to go on with SMB2 ([MS-SMB2] 3.2.4.2.1).
    pub fn offers_smb2(self) -> bool {
        self.iter().any(|name| name == b"SMB 2.002" || name == b"SMB 2.???")
    }
}

/// NEGOTIATE response ([MS-CIFS] 2.2.4.52.2, [MS-SMB] 2.2.4.5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegotiateResponse<'a> {
    /// Which of the client's dialects; 0xffff for none.
    pub dialect_index: u16,
    /// What the server of `NT LM 0.12` says; older ones say nothing of use.
    pub nt: Option<NtNegotiateResponse<'a>>,
}

/// NEGOTIATE response for the dialect `NT LM 0.12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NtNegotiateResponse<'a> {
    /// 1 user level, 2 challenge and response, 4 signing enabled, 8 signing required.
    pub security_mode: u8,
    /// See [`CAP_EXTENDED_SECURITY`].
    pub capabilities: u32,
    /// The server's clock, a FILETIME.
    pub system_time: u64,
    /// What follows depends on the kind of security.
    pub security: NegotiateSecurity<'a>,
}

impl NtNegotiateResponse<'_> {
    /// Whether clients are to send their passwords as they are (`NEGOTIATE_ENCRYPT_PASSWORDS` is not set).
    pub const fn takes_passwords(&self) -> bool {
        matches!(self.security, NegotiateSecurity::Plain { .. }) && self.security_mode & 2 == 0
    }
}

/// How the server wants the client to log on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NegotiateSecurity<'a> {
    /// With tokens ([MS-SMB] 2.2.4.5.2.1).
    Extended {
        /// `ServerGUID`.
        server_guid: [u8; 16],
        /// The server's hint: which mechanisms it takes.
        blob: Buffer<'a>,
    },
    /// With responses to this challenge ([MS-CIFS] 2.2.4.52.2).
    Plain {
        /// `Challenge`.
        challenge: Secret<'a>,
        /// `DomainName`.
        domain: Name<'a>,
        /// `ServerName` ([MS-SMB] 2.2.4.5.2.2).
        server: Name<'a>,
    },
}

fn negotiate_response<'a>(body: &Body<'a>) -> Result<NegotiateResponse<'a>, ParseError> {
    let Some(&index) = body.words.first_chunk::<2>() else {
        return Err(body.words_error("SMB1 NEGOTIATE DialectIndex"));
    };
    let dialect_index = u16::from_le_bytes(index);
    let Ok((_, (security_mode, capabilities, system_time, challenge_len))) = nt_negotiate_fields(body.words)
    else {
        return Ok(NegotiateResponse { dialect_index, nt: None });
    };
    let challenge_len = usize::from(challenge_len);
    let security = match body.bytes.split_first_chunk::<16>() {
        Some((server_guid, blob)) if capabilities & CAP_EXTENDED_SECURITY != 0 => {
            let blob = Buffer { bytes: blob, is_cut: false };
            NegotiateSecurity::Extended { server_guid: *server_guid, blob }
        }
        _ => {
            let challenge = Secret::new(body.bytes.get(..challenge_len).unwrap_or(body.bytes));
            // No alignment here: the names follow the challenge at once, whatever its length.
            let mut names = Names { at: 0, ..body.names(challenge_len) };
            NegotiateSecurity::Plain { challenge, domain: names.take(), server: names.take() }
        }
    };
    let nt = NtNegotiateResponse { security_mode, capabilities, system_time, security };
    Ok(NegotiateResponse { dialect_index, nt: Some(nt) })
}

fn nt_negotiate_fields(i: &[u8]) -> IResult<&[u8], (u8, u32, u64, u8), ()> {
    let (i, _dialect_index) = le_u16.parse(i)?;
    let (i, security_mode) = u8.parse(i)?;
    let (i, _limits_and_session_key) = take(16_usize).parse(i)?;
    let (i, capabilities) = le_u32.parse(i)?;
    let (i, system_time) = nom::number::complete::le_u64.parse(i)?;
    let (i, _time_zone) = le_u16.parse(i)?;
    let (i, challenge_len) = u8.parse(i)?;
    Ok((i, (security_mode, capabilities, system_time, challenge_len)))
}

/// `TREE_CONNECT_ANDX` request ([MS-CIFS] 2.2.4.55.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeConnectRequest<'a> {
    /// `\\server\share`: how the client calls the server.
    pub path: Name<'a>,
    /// `A:` for files, `IPC` for pipes, `?????` for any. Never Unicode.
    pub service: &'a [u8],
}

fn tree_connect_request<'a>(body: &Body<'a>) -> Result<TreeConnectRequest<'a>, ParseError> {
    let Some(&[.., low, high]) = body.words.first_chunk::<8>() else {
        return Err(body.words_error("SMB1 TREE_CONNECT_ANDX PasswordLength"));
    };
    let mut names = body.names(usize::from(u16::from_le_bytes([low, high])));
    let path = names.take();
    Ok(TreeConnectRequest { path, service: oem(names.rest).0 })
}

/// `TREE_CONNECT_ANDX` response ([MS-CIFS] 2.2.4.55.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeConnectResponse<'a> {
    /// What was connected: `A:` for files, `IPC` for pipes.
    pub service: &'a [u8],
}

/// `Protocol` of a header.
pub const PROTOCOL_ID: [u8; 4] = [0xff, b'S', b'M', b'B'];
/// Length of a header.
pub const HEADER_LEN: usize = 32;
/// `CAP_EXTENDED_SECURITY` of both sides' capabilities ([MS-SMB] 2.2.4.5.2.1).
pub const CAP_EXTENDED_SECURITY: u32 = 0x8000_0000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smb::{Front, Item, front};

    fn read(stream: &[u8]) -> Vec<Message<'_>> {
        let (mut seen, mut at) = (Vec::new(), 0_usize);
        while let Some(rest) = stream.get(at..).filter(|rest| !rest.is_empty()) {
            let Front::Item { item, consumed, .. } = front(rest, 0) else { panic!("at {at}") };
            if let Item::Smb1 { header, message: Some(message) } = item {
                seen.extend(messages(&header, message).map(Result::unwrap));
            }
            at = at.saturating_add(consumed);
        }
        seen
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn a_logon_with_tokens_is_read_and_so_is_the_chained_tree_connect() {
        let client = read(include_bytes!("../testdata/smb1-client.bin"));
        let [
            Message::NegotiateRequest(dialects),
            Message::SessionSetupRequest(_),
            Message::SessionSetupRequest(token),
            Message::TreeConnectRequest(tree),
            ..,
        ] = &client[..]
        else {
            panic!("{client:?}");
        };
        assert!(dialects.iter().any(|name| name == b"NT LM 0.12") && !dialects.offers_smb2());
        let Credentials::Extended(blob) = token.credentials else { panic!("{token:?}") };
        assert!(blob.bytes.starts_with(&[0xa1, 0x82, 0x02, 0x06]) && blob.bytes.len() == 0x20a);
        assert_eq!((tree.path.bytes, tree.service), (&utf16("\\\\192.168.1.12\\CATENA")[..], &b"?????"[..]));

        let server = read(include_bytes!("../testdata/smb1-server.bin"));
        let [
            Message::NegotiateResponse(NegotiateResponse { nt: Some(nt), .. }),
            _,
            Message::SessionSetupResponse(done),
            Message::TreeConnectResponse(_),
            ..,
        ] = &server[..]
        else {
            panic!("{server:?}");
        };
        assert!(matches!(nt.security, NegotiateSecurity::Extended { blob, .. } if blob.bytes[0] == 0x60));
        assert!(done.is_guest());
        assert_eq!(done.native_os.bytes, utf16("Windows 10 Home 15063"));
    }

    #[test]
    fn a_logon_without_tokens_is_read_with_its_names_at_even_offsets() {
        let client = read(include_bytes!("../testdata/smb1-plain-client.bin"));
        let Message::SessionSetupRequest(setup) = client[1] else { panic!("{client:?}") };
        let Credentials::Plain { unicode_password, account, domain, .. } = setup.credentials else {
            panic!("{setup:?}");
        };
        assert_eq!(unicode_password.expose().len(), 2);
        assert_eq!((account.bytes, domain.bytes), (&utf16("user")[..], &utf16("WORKGROUP")[..]));
        assert_eq!(setup.native_os.bytes, utf16("Unix"));

        let server = read(include_bytes!("../testdata/smb1-plain-server.bin"));
        let Message::NegotiateResponse(NegotiateResponse { nt: Some(nt), .. }) = server[0] else {
            panic!("{server:?}");
        };
        let NegotiateSecurity::Plain { challenge, domain, .. } = nt.security else { panic!("{nt:?}") };
        assert_eq!((challenge.expose().len(), domain.bytes), (8, &utf16("WORKGROUP")[..]));
        let Message::SessionSetupResponse(done) = server[1] else { panic!("{server:?}") };
        assert!(done.is_guest() && done.blob.is_none());
        assert_eq!(done.native_lan_man.bytes, utf16("Samba 3.6.3"));
    }

    #[test]
    fn a_chain_that_points_back_ends() {
        let mut message = vec![0; 44];
        message[..5].copy_from_slice(&[0xff, b'S', b'M', b'B', 0x75]);
        message[32..37].copy_from_slice(&[2, 0x75, 0, 32, 0]);
        let header = header(&message).unwrap();
        assert_eq!(messages(&header, &message).count(), 1);
    }
}
