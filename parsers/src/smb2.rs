//! SMB 2 and 3 ([MS-SMB2]): the header, and the messages that belong to a logon. Security buffers are cut out, never opened.

use crate::ntstatus::NtStatus;
use crate::smb::pipe::PipeMessage;
use crate::smb::{Buffer, fixed};
use crate::{ErrorKind, ParseError};
use nom::bytes::complete::take;
use nom::number::complete::{le_u16, le_u32, le_u64, u8};
use nom::{IResult, Parser};

mod pipe;

/// Command of a message ([MS-SMB2] 2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Command(pub u16);

impl Command {
    /// NEGOTIATE.
    pub const NEGOTIATE: Self = Self(0x00);
    /// `SESSION_SETUP`.
    pub const SESSION_SETUP: Self = Self(0x01);
    /// LOGOFF.
    pub const LOGOFF: Self = Self(0x02);
    /// `TREE_CONNECT`.
    pub const TREE_CONNECT: Self = Self(0x03);
    /// CREATE: opens a file or a pipe.
    pub const CREATE: Self = Self(0x05);
    /// READ.
    pub const READ: Self = Self(0x08);
    /// WRITE.
    pub const WRITE: Self = Self(0x09);
    /// IOCTL.
    pub const IOCTL: Self = Self(0x0b);
    /// `SERVER_TO_CLIENT_NOTIFICATION`, the highest that is in use.
    pub const SERVER_TO_CLIENT_NOTIFICATION: Self = Self(0x13);
}

/// Flags of a header ([MS-SMB2] 2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flags(pub u32);

impl Flags {
    /// `SMB2_FLAGS_SERVER_TO_REDIR`: a response.
    pub const SERVER_TO_REDIR: Self = Self(0x0000_0001);
    /// `SMB2_FLAGS_ASYNC_COMMAND`: the header has an `AsyncId` and no `TreeId`.
    pub const ASYNC_COMMAND: Self = Self(0x0000_0002);
    /// `SMB2_FLAGS_RELATED_OPERATIONS`: `SessionId` and `TreeId` are those of the element before.
    pub const RELATED_OPERATIONS: Self = Self(0x0000_0004);
    /// `SMB2_FLAGS_SIGNED`.
    pub const SIGNED: Self = Self(0x0000_0008);
    /// All that the specification names, with `PRIORITY_MASK`, `DFS_OPERATIONS` and `REPLAY_OPERATION`.
    pub const NAMED: Self = Self(0x3000_007f);

    /// Whether all bits of `other` are set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// The header of a message ([MS-SMB2] 2.2.1.1 and 2.2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Status of a response. In a request the same bytes are `ChannelSequence` or reserved.
    pub status: NtStatus,
    /// Command.
    pub command: Command,
    /// Flags.
    pub flags: Flags,
    /// Offset of the next element of a compound, zero in the last.
    pub next_command: u32,
    /// Tells requests apart and joins a response to its request.
    pub message_id: u64,
    /// `TreeId`; an asynchronous message has none.
    pub tree_id: Option<u32>,
    /// `SessionId`; zero before the server gave one.
    pub session_id: u64,
}

impl Header {
    /// Whether the server sent it.
    pub fn is_response(&self) -> bool {
        self.flags.has(Flags::SERVER_TO_REDIR)
    }
}

/// The header at the start of the bytes, or `None` when they are fewer than [`HEADER_LEN`] or are no such header.
pub fn header(bytes: &[u8]) -> Option<Header> {
    let head: &[u8; HEADER_LEN] = bytes.first_chunk()?;
    let (_, (structure_size, header)) = header_fields(head).ok()?;
    (bytes.starts_with(&PROTOCOL_ID) && structure_size == 64).then_some(header)
}

fn header_fields(i: &[u8]) -> IResult<&[u8], (u16, Header), ()> {
    let (i, _protocol_id) = le_u32.parse(i)?;
    let (i, structure_size) = le_u16.parse(i)?;
    let (i, _credit_charge) = le_u16.parse(i)?;
    let (i, status) = le_u32.parse(i)?;
    let (i, command) = le_u16.parse(i)?;
    let (i, _credits) = le_u16.parse(i)?;
    let (i, flags) = le_u32.parse(i)?;
    let (i, next_command) = le_u32.parse(i)?;
    let (i, message_id) = le_u64.parse(i)?;
    let (i, _process_id) = le_u32.parse(i)?;
    let (i, tree_id) = le_u32.parse(i)?;
    let (i, session_id) = le_u64.parse(i)?;
    let flags = Flags(flags);
    let header = Header {
        status: NtStatus(status),
        command: Command(command),
        flags,
        next_command,
        message_id,
        tree_id: (!flags.has(Flags::ASYNC_COMMAND)).then_some(tree_id),
        session_id,
    };
    Ok((i, (structure_size, header)))
}

/// Whether somebody reads the body of this message. All others are skipped after their header.
pub fn is_read(header: &Header) -> bool {
    matches!(
        header.command,
        Command::NEGOTIATE | Command::SESSION_SETUP | Command::LOGOFF | Command::TREE_CONNECT
    )
}

/// Whether a message can belong to a pipe, as [`Message::Pipe`] has them. Nearly all bytes of SMB are in such messages, and go to
/// files. What is compounded to an element before it belongs to none: nobody does that with pipes.
pub fn is_pipe(header: &Header) -> bool {
    matches!(header.command, Command::CREATE | Command::READ | Command::WRITE | Command::IOCTL)
        && !header.flags.has(Flags::RELATED_OPERATIONS)
}

/// A message that belongs to a logon, or goes through a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// 2.2.3.
    NegotiateRequest(NegotiateRequest<'a>),
    /// 2.2.4.
    NegotiateResponse(NegotiateResponse<'a>),
    /// 2.2.5.
    SessionSetupRequest(SessionSetupRequest<'a>),
    /// 2.2.6, with any status.
    SessionSetupResponse(SessionSetupResponse<'a>),
    /// 2.2.7.
    LogoffRequest,
    /// 2.2.8.
    LogoffResponse,
    /// 2.2.9.
    TreeConnectRequest(TreeConnectRequest<'a>),
    /// 2.2.10.
    TreeConnectResponse(TreeConnectResponse),
    /// 2.2.13 to 2.2.32.
    Pipe(PipeMessage<'a>),
    /// 2.2.2: the header's status says all.
    Error,
    /// A command that nobody reads.
    Other(Command),
}

/// A whole element of a compound, header included, of a command that [`is_read`] or [`is_pipe`].
///
/// # Errors
/// No SMB2 header, or a body shorter than its fixed part. Reserved fields and `StructureSize` of bodies are not judged.
pub fn message<'a>(header: &Header, element: &'a [u8]) -> Result<Message<'a>, ParseError> {
    let body = element.get(HEADER_LEN..).ok_or(ParseError {
        field: "SMB2 header",
        at: element.len(),
        kind: ErrorKind::Truncated,
    })?;
    let response = header.is_response();
    let is_interim = header.status == NtStatus::PENDING;
    if response && header.command != Command::SESSION_SETUP && (header.status.is_error() || is_interim) {
        return Ok(Message::Error);
    }
    Ok(match (header.command, response) {
        (Command::NEGOTIATE, false) => Message::NegotiateRequest(negotiate_request(body)?),
        (Command::NEGOTIATE, true) => Message::NegotiateResponse(negotiate_response(element, body)?),
        (Command::SESSION_SETUP, false) => {
            Message::SessionSetupRequest(session_setup_request(element, body)?)
        }
        (Command::SESSION_SETUP, true) => session_setup_response(header, element, body)?,
        (Command::LOGOFF, false) => Message::LogoffRequest,
        (Command::LOGOFF, true) => Message::LogoffResponse,
        (Command::TREE_CONNECT, false) => Message::TreeConnectRequest(tree_connect_request(element, body)?),
        (Command::TREE_CONNECT, true) => Message::TreeConnectResponse(tree_connect_response(body)?),
        (command, response) => pipe::message(command, response, element, body)?,
    })
}

/// A dialect ([MS-SMB2] 2.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dialect(pub u16);

impl Dialect {
    /// SMB 2.0.2.
    pub const SMB_2_0_2: Self = Self(0x0202);
    /// SMB 2.1.
    pub const SMB_2_1: Self = Self(0x0210);
    /// The server answers an SMB1 negotiation and wants a second one.
    pub const WILDCARD: Self = Self(0x02ff);
    /// SMB 3.0.
    pub const SMB_3_0: Self = Self(0x0300);
    /// SMB 3.0.2.
    pub const SMB_3_0_2: Self = Self(0x0302);
    /// SMB 3.1.1.
    pub const SMB_3_1_1: Self = Self(0x0311);
}

/// Dialects of a request, in the client's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialects<'a>(&'a [u8]);

impl<'a> Dialects<'a> {
    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = Dialect> + 'a {
        self.0.as_chunks::<2>().0.iter().map(|pair| Dialect(u16::from_le_bytes(*pair)))
    }
}

/// `SecurityMode` bit: signing is required ([MS-SMB2] 2.2.3). The bit below it, enabled, has no meaning of its own.
pub const SIGNING_REQUIRED: u16 = 0x0002;

/// NEGOTIATE request ([MS-SMB2] 2.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegotiateRequest<'a> {
    /// [`SIGNING_REQUIRED`] and others.
    pub security_mode: u16,
    /// Capabilities.
    pub capabilities: u32,
    /// Constant while the client runs.
    pub client_guid: [u8; 16],
    /// What the client can speak; fewer than announced when the message is cut.
    pub dialects: Dialects<'a>,
}

fn negotiate_request(body: &[u8]) -> Result<NegotiateRequest<'_>, ParseError> {
    let (rest, (count, request)) =
        fixed(negotiate_request_fields(body), "SMB2 NEGOTIATE request", HEADER_LEN, body)?;
    let len = usize::from(count).saturating_mul(2).min(rest.len());
    Ok(NegotiateRequest { dialects: Dialects(rest.get(..len).unwrap_or_default()), ..request })
}

fn negotiate_request_fields(i: &[u8]) -> IResult<&[u8], (u16, NegotiateRequest<'_>), ()> {
    let (i, _structure_size) = le_u16.parse(i)?;
    let (i, dialect_count) = le_u16.parse(i)?;
    let (i, security_mode) = le_u16.parse(i)?;
    let (i, _reserved) = le_u16.parse(i)?;
    let (i, capabilities) = le_u32.parse(i)?;
    let (i, client_guid) = guid(i)?;
    let (i, _context_or_start_time) = le_u64.parse(i)?;
    let request = NegotiateRequest { security_mode, capabilities, client_guid, dialects: Dialects(&[]) };
    Ok((i, (dialect_count, request)))
}

/// NEGOTIATE response ([MS-SMB2] 2.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegotiateResponse<'a> {
    /// [`SIGNING_REQUIRED`] and others.
    pub security_mode: u16,
    /// What will be spoken.
    pub dialect: Dialect,
    /// `NegotiateContextCount` in 3.1.1; reserved and of any value in the others.
    pub context_count: u16,
    /// Constant while the server is installed.
    pub server_guid: [u8; 16],
    /// Capabilities.
    pub capabilities: u32,
    /// The server's clock, a FILETIME.
    pub system_time: u64,
    /// When the server started, a FILETIME; zero in current servers.
    pub server_start_time: u64,
    /// The server's hint: which mechanisms it takes.
    pub security_buffer: Buffer<'a>,
}

fn negotiate_response<'a>(element: &'a [u8], body: &[u8]) -> Result<NegotiateResponse<'a>, ParseError> {
    let (_rest, ((offset, len), response)) =
        fixed(negotiate_response_fields(body), "SMB2 NEGOTIATE response", HEADER_LEN, body)?;
    Ok(NegotiateResponse { security_buffer: Buffer::of(element, offset, len), ..response })
}

fn negotiate_response_fields<'a>(i: &[u8]) -> IResult<&[u8], ((u16, u16), NegotiateResponse<'a>), ()> {
    let (i, _structure_size) = le_u16.parse(i)?;
    let (i, security_mode) = le_u16.parse(i)?;
    let (i, dialect) = le_u16.parse(i)?;
    let (i, context_count) = le_u16.parse(i)?;
    let (i, server_guid) = guid(i)?;
    let (i, capabilities) = le_u32.parse(i)?;
    let (i, _max_transact_read_write) = take(12_usize).parse(i)?;
    let (i, system_time) = le_u64.parse(i)?;
    let (i, server_start_time) = le_u64.parse(i)?;
    let (i, offset) = le_u16.parse(i)?;
    let (i, len) = le_u16.parse(i)?;
    let response = NegotiateResponse {
        security_mode,
        dialect: Dialect(dialect),
        context_count,
        server_guid,
        capabilities,
        system_time,
        server_start_time,
        security_buffer: Buffer::default(),
    };
    Ok((i, ((offset, len), response)))
}

/// `SESSION_SETUP` request ([MS-SMB2] 2.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSetupRequest<'a> {
    /// Flags; see [`SessionSetupRequest::is_binding`].
    pub flags: u8,
    /// As in NEGOTIATE, one byte here.
    pub security_mode: u8,
    /// Capabilities.
    pub capabilities: u32,
    /// A session of this client that the server shall end; zero for none.
    pub previous_session_id: u64,
    /// The client's token.
    pub security_buffer: Buffer<'a>,
}

impl SessionSetupRequest<'_> {
    /// `SMB2_SESSION_FLAG_BINDING`: an existing session gets one more connection.
    pub fn is_binding(&self) -> bool {
        self.flags & 0x01 != 0
    }
}

fn session_setup_request<'a>(element: &'a [u8], body: &[u8]) -> Result<SessionSetupRequest<'a>, ParseError> {
    let (_rest, ((offset, len), request)) =
        fixed(session_setup_request_fields(body), "SMB2 SESSION_SETUP request", HEADER_LEN, body)?;
    Ok(SessionSetupRequest { security_buffer: Buffer::of(element, offset, len), ..request })
}

fn session_setup_request_fields<'a>(i: &[u8]) -> IResult<&[u8], ((u16, u16), SessionSetupRequest<'a>), ()> {
    let (i, _structure_size) = le_u16.parse(i)?;
    let (i, flags) = u8.parse(i)?;
    let (i, security_mode) = u8.parse(i)?;
    let (i, capabilities) = le_u32.parse(i)?;
    let (i, _channel) = le_u32.parse(i)?;
    let (i, offset) = le_u16.parse(i)?;
    let (i, len) = le_u16.parse(i)?;
    let (i, previous_session_id) = le_u64.parse(i)?;
    let security_buffer = Buffer::default();
    let request =
        SessionSetupRequest { flags, security_mode, capabilities, previous_session_id, security_buffer };
    Ok((i, ((offset, len), request)))
}

/// `SessionFlags` of a `SESSION_SETUP` response ([MS-SMB2] 2.2.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SessionFlags(pub u16);

impl SessionFlags {
    /// The client was let in as guest.
    pub const IS_GUEST: Self = Self(0x0001);
    /// The client was let in as nobody.
    pub const IS_NULL: Self = Self(0x0002);
    /// What follows is encrypted.
    pub const ENCRYPT_DATA: Self = Self(0x0004);

    /// Whether all bits of `other` are set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// `SESSION_SETUP` response ([MS-SMB2] 2.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSetupResponse<'a> {
    /// Session flags.
    pub session_flags: SessionFlags,
    /// The server's token.
    pub security_buffer: Buffer<'a>,
}

/// A refusal is an error response (2.2.2), which starts with the same `StructureSize`. Some servers refuse with a token: their
/// buffer starts behind the fixed part, where an error response has a `ByteCount` that cannot be.
fn session_setup_response<'a>(
    header: &Header,
    element: &'a [u8],
    body: &[u8],
) -> Result<Message<'a>, ParseError> {
    let fields = session_setup_response_fields(body);
    if header.status.is_error() {
        return Ok(match fields {
            Ok((_, (session_flags, offset @ 72.., len @ 1..))) => {
                let security_buffer = Buffer::of(element, offset, len);
                Message::SessionSetupResponse(SessionSetupResponse { session_flags, security_buffer })
            }
            _ => Message::Error,
        });
    }
    let (_rest, (session_flags, offset, len)) =
        fixed(fields, "SMB2 SESSION_SETUP response", HEADER_LEN, body)?;
    let security_buffer = Buffer::of(element, offset, len);
    Ok(Message::SessionSetupResponse(SessionSetupResponse { session_flags, security_buffer }))
}

fn session_setup_response_fields(i: &[u8]) -> IResult<&[u8], (SessionFlags, u16, u16), ()> {
    let (i, _structure_size) = le_u16.parse(i)?;
    let (i, session_flags) = le_u16.parse(i)?;
    let (i, offset) = le_u16.parse(i)?;
    let (i, len) = le_u16.parse(i)?;
    Ok((i, (SessionFlags(session_flags), offset, len)))
}

/// `TREE_CONNECT` request ([MS-SMB2] 2.2.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeConnectRequest<'a> {
    /// `\\server\share` in UTF-16LE: how the client calls the server.
    pub path: Buffer<'a>,
}

fn tree_connect_request<'a>(element: &'a [u8], body: &[u8]) -> Result<TreeConnectRequest<'a>, ParseError> {
    let (_rest, (offset, len)) =
        fixed(tree_connect_request_fields(body), "SMB2 TREE_CONNECT request", HEADER_LEN, body)?;
    Ok(TreeConnectRequest { path: Buffer::of(element, offset, len) })
}

fn tree_connect_request_fields(i: &[u8]) -> IResult<&[u8], (u16, u16), ()> {
    let (i, _structure_size) = le_u16.parse(i)?;
    let (i, _flags) = le_u16.parse(i)?;
    let (i, offset) = le_u16.parse(i)?;
    let (i, len) = le_u16.parse(i)?;
    Ok((i, (offset, len)))
}

/// `ShareType` of a `TREE_CONNECT` response ([MS-SMB2] 2.2.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShareType(pub u8);

impl ShareType {
    /// Files.
    pub const DISK: Self = Self(1);
    /// Named pipes: `IPC$`.
    pub const PIPE: Self = Self(2);
    /// Printers.
    pub const PRINT: Self = Self(3);
}

/// `TREE_CONNECT` response ([MS-SMB2] 2.2.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeConnectResponse {
    /// What was connected.
    pub share_type: ShareType,
    /// Share flags; 0x8000 demands encryption.
    pub share_flags: u32,
}

fn tree_connect_response(body: &[u8]) -> Result<TreeConnectResponse, ParseError> {
    let fields = tree_connect_response_fields(body);
    let (_rest, response) = fixed(fields, "SMB2 TREE_CONNECT response", HEADER_LEN, body)?;
    Ok(response)
}

fn tree_connect_response_fields(i: &[u8]) -> IResult<&[u8], TreeConnectResponse, ()> {
    let (i, _structure_size) = le_u16.parse(i)?;
    let (i, share_type) = u8.parse(i)?;
    let (i, _reserved) = u8.parse(i)?;
    let (i, share_flags) = le_u32.parse(i)?;
    Ok((i, TreeConnectResponse { share_type: ShareType(share_type), share_flags }))
}

fn guid(i: &[u8]) -> IResult<&[u8], [u8; 16], ()> {
    let (guid, i) = i.split_first_chunk::<16>().ok_or(nom::Err::Error(()))?;
    Ok((i, *guid))
}

/// `ProtocolId` of a header.
pub const PROTOCOL_ID: [u8; 4] = [0xfe, b'S', b'M', b'B'];
/// Length of a header.
pub const HEADER_LEN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smb::{Front, Item, front};

    /// The messages of a stream that are read.
    fn messages(stream: &[u8]) -> Vec<(Header, Message<'_>)> {
        let (mut seen, mut at, mut left) = (Vec::new(), 0_usize, 0);
        while let Some(rest) = stream.get(at..).filter(|rest| !rest.is_empty()) {
            let Front::Item { item, consumed, left: more } = front(rest, left) else { panic!("at {at}") };
            if let Item::Smb2 { header, element: Some(element) } = item {
                seen.push((header, message(&header, element).unwrap()));
            }
            (at, left) = (at.saturating_add(consumed), more);
        }
        seen
    }

    const CLIENT: &[u8] = include_bytes!("../testdata/smb2-client.bin");
    const SERVER: &[u8] = include_bytes!("../testdata/smb2-server.bin");

    #[test]
    fn a_client_says_what_it_speaks_who_it_is_and_what_it_wants() {
        let messages = messages(CLIENT);
        let [
            (_, Message::NegotiateRequest(negotiate)),
            (_, Message::SessionSetupRequest(first)),
            (second, Message::SessionSetupRequest(token)),
            (_, Message::TreeConnectRequest(tree)),
            (_, Message::LogoffRequest),
        ] = &messages[..]
        else {
            panic!("{messages:?}");
        };
        let dialects: Vec<_> = negotiate.dialects.iter().collect();
        let all =
            [Dialect::SMB_2_0_2, Dialect::SMB_2_1, Dialect::SMB_3_0, Dialect::SMB_3_0_2, Dialect::SMB_3_1_1];
        assert_eq!(dialects, all);
        assert!(first.security_buffer.bytes.starts_with(&[0x60, 0x48]) && !first.is_binding());
        assert!(token.security_buffer.bytes.starts_with(&[0xa1, 0x82, 0x01, 0xe9]));
        assert_eq!(token.security_buffer.bytes.len(), 0x1ed);
        assert_ne!(second.session_id, 0);
        let path: Vec<u8> = "\\\\192.168.56.101\\IPC$".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(tree.path.bytes, path);
    }

    #[test]
    fn a_server_says_which_dialect_and_how_it_ended() {
        let messages = messages(SERVER);
        let [
            (_, Message::NegotiateResponse(wildcard)),
            (_, Message::NegotiateResponse(negotiate)),
            (more, Message::SessionSetupResponse(_)),
            (done, Message::SessionSetupResponse(token)),
            (_, Message::TreeConnectResponse(tree)),
            (_, Message::LogoffResponse),
        ] = &messages[..]
        else {
            panic!("{messages:?}");
        };
        assert_eq!((wildcard.dialect, negotiate.dialect), (Dialect::WILDCARD, Dialect::SMB_3_1_1));
        assert_eq!(negotiate.security_mode & SIGNING_REQUIRED, SIGNING_REQUIRED);
        assert!(negotiate.security_buffer.bytes.starts_with(&[0x60]) && !negotiate.security_buffer.is_cut);
        assert_eq!(more.status, NtStatus::MORE_PROCESSING_REQUIRED);
        assert_eq!(done.status, NtStatus::SUCCESS);
        assert_eq!(token.security_buffer.bytes.len(), 29);
        assert_eq!(tree.share_type, ShareType::PIPE);
    }

    #[test]
    fn reserved_bytes_of_any_value_are_tolerated() {
        let server = include_bytes!("../testdata/smb2-reserved-server.bin");
        let hints = messages(server).iter().filter(|(_, message)| {
            matches!(message, Message::NegotiateResponse(response) if !response.security_buffer.is_cut)
        }).count();
        assert_eq!(hints, 2);
    }

    #[test]
    fn a_refusal_is_an_error_unless_it_has_a_token() {
        let (mut header, _) = messages(SERVER)[2];
        header.status = NtStatus(0xc000_006d);
        let error = [[0; 64].as_slice(), &[9, 0, 0, 0, 0, 0, 0, 0, 0]].concat();
        assert_eq!(message(&header, &error), Ok(Message::Error));
        let token = [[0; 64].as_slice(), &[9, 0, 0, 0, 72, 0, 2, 0, 0xa1, 0x07]].concat();
        let Ok(Message::SessionSetupResponse(response)) = message(&header, &token) else {
            panic!("no token")
        };
        assert_eq!(response.security_buffer.bytes, [0xa1, 0x07]);
    }
}
