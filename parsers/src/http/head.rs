//! The head of a message: first line and fields (RFC 9112 2 to 5), borrowed.

use super::{is_space, is_token, newline, trim};
use crate::{ErrorKind, ParseError};

/// The head of a request (RFC 9112 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// Method.
    pub method: &'a [u8],
    /// Request target.
    pub target: &'a [u8],
    /// The minor version of HTTP/1.
    pub minor_version: u8,
    /// Fields.
    pub fields: Fields<'a>,
}

/// The head of a response (RFC 9112 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// Status code.
    pub status: u16,
    /// The minor version of HTTP/1.
    pub minor_version: u8,
    /// Fields.
    pub fields: Fields<'a>,
}

/// A head and what its fields say.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// What it starts; `None` where its first line is none of HTTP/1.x.
    pub start: Option<Start<'a>>,
    /// What the fields say.
    pub survey: Survey<'a>,
    /// Bytes of the head, up to the end of the empty line behind the fields.
    pub len: usize,
}

/// What a head starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start<'a> {
    /// A request.
    Request(Request<'a>),
    /// A response.
    Response(Response<'a>),
}

/// The head at the start of these bytes, in one pass; `None` where it does not end in them.
pub fn message(bytes: &[u8]) -> Option<Message<'_>> {
    let (line, lines) = first_line(bytes);
    let (mut survey, mut rest) = (Survey::default(), lines);
    let blank = loop {
        match rest {
            [b'\n', ..] => break 1_usize,
            [b'\r', b'\n', ..] => break 2,
            _ => {}
        }
        let (line, after) = folded_line(rest)?;
        survey.take(line);
        rest = after;
    };
    let fields = Fields(lines.get(..lines.len().saturating_sub(rest.len()))?);
    let start = match response_line(line, fields) {
        Ok(response) => Some(Start::Response(response)),
        Err(_) => request_line(line, fields).ok().map(Start::Request),
    };
    Some(Message { start, survey, len: bytes.len().saturating_sub(rest.len()).saturating_add(blank) })
}

/// The head of a request.
///
/// # Errors
/// The first line is no request line of HTTP/1.x.
pub fn request(head: &[u8]) -> Result<Request<'_>, ParseError> {
    let (line, fields) = first_line(head);
    request_line(line, Fields(fields))
}

fn request_line<'a>(line: &'a [u8], fields: Fields<'a>) -> Result<Request<'a>, ParseError> {
    let invalid = ParseError { field: "HTTP request-line", at: 0, kind: ErrorKind::Invalid };
    let space = line.iter().position(|byte| *byte == b' ').ok_or(invalid)?;
    let last = line.iter().rposition(|byte| *byte == b' ').ok_or(invalid)?;
    let (method, rest) = line.split_at_checked(space).ok_or(invalid)?;
    let target = rest.get(..last.saturating_sub(space)).ok_or(invalid)?;
    let minor_version = line.get(last..).map(trim).and_then(minor_version).ok_or(invalid)?;
    if !method.iter().all(|byte| is_token(*byte)) || trim(target).is_empty() {
        return Err(invalid);
    }
    Ok(Request { method, target: trim(target), minor_version, fields })
}

/// The head of a response.
///
/// # Errors
/// The first line is no status line of HTTP/1.x.
pub fn response(head: &[u8]) -> Result<Response<'_>, ParseError> {
    let (line, fields) = first_line(head);
    response_line(line, Fields(fields))
}

fn response_line<'a>(line: &'a [u8], fields: Fields<'a>) -> Result<Response<'a>, ParseError> {
    let invalid = ParseError { field: "HTTP status-line", at: 0, kind: ErrorKind::Invalid };
    let (version, rest) = line.split_at_checked(8).ok_or(invalid)?;
    let minor_version = minor_version(version).ok_or(invalid)?;
    let [b' ', a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', reason @ ..] = rest else {
        return Err(invalid);
    };
    if reason.first().is_some_and(|byte| *byte != b' ') {
        return Err(invalid);
    }
    let status = [a, b, c]
        .iter()
        .fold(0_u16, |sum, digit| sum.wrapping_mul(10).wrapping_add(u16::from(**digit & 0x0f)));
    Ok(Response { status, minor_version, fields })
}

/// The first line without its end, and those behind it.
fn first_line(head: &[u8]) -> (&[u8], &[u8]) {
    let end = newline(head).map_or(head.len(), |end| end.saturating_add(1));
    let (line, lines) = head.split_at_checked(end).unwrap_or((head, &[]));
    (trim(line), lines)
}

fn minor_version(version: &[u8]) -> Option<u8> {
    match version.strip_prefix(b"HTTP/1.")? {
        [digit @ b'0'..=b'9'] => Some(*digit & 0x0f),
        _ => None,
    }
}

/// The fields of a head (RFC 9112 5), in their order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fields<'a>(&'a [u8]);

impl std::fmt::Debug for Fields<'_> {
    /// Fields hold credentials: only their length is printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::secret::Secret::new(self.0).fmt(f)
    }
}

impl<'a> Fields<'a> {
    /// The lines behind a first line.
    pub(crate) fn new(lines: &'a [u8]) -> Self {
        Self(lines)
    }

    /// Name and value of each field. A folded value (RFC 9112 5.2) keeps its line ends inside. What is no field is passed over.
    pub fn iter(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let mut rest = self.0;
        let lines = std::iter::from_fn(move || {
            let (line, after) = folded_line(rest)?;
            rest = after;
            Some(line)
        });
        lines.filter_map(field).map(|(name, value)| (name, trim(value)))
    }

    /// The values of all fields of this name.
    pub fn all(self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value)
    }

    /// The value of the first field of this name.
    pub fn get(self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }
}

impl<'a> Survey<'a> {
    /// Takes a line. Its first letter tells which names it may have.
    fn take(&mut self, line: &'a [u8]) {
        let value = |name| value_of(name, line).map(trim);
        let Some(letter) = line.first() else { return };
        match letter.to_ascii_lowercase() {
            b'a' => self.authorization = self.authorization.or_else(|| value("authorization")),
            b'c' => {
                if let Some(options) = value("connection") {
                    self.framing.connection(options);
                } else if let Some(length) = value("content-length") {
                    self.framing.content_length = self.framing.content_length.and(length);
                } else {
                    self.content_type = self.content_type.or_else(|| value("content-type"));
                }
            }
            b'h' => self.host = self.host.or_else(|| value("host")),
            b'p' => {
                if let Some(options) = value("proxy-connection") {
                    self.framing.connection(options);
                }
                self.has_proxy_authenticate |= value("proxy-authenticate").is_some();
                self.proxy_authorization = self.proxy_authorization.or_else(|| value("proxy-authorization"));
            }
            b't' => {
                if let Some(codings) = value("transfer-encoding") {
                    self.framing.transfer_encoding = TransferEncoding::of(codings);
                }
            }
            b'w' => self.has_www_authenticate |= value("www-authenticate").is_some(),
            // Any line but the first would continue the one before.
            letter if is_space(letter) => self.take(trim(line)),
            _ => {}
        }
    }
}

/// The value of a field of this name, with the white space around it.
fn value_of<'a>(name: &str, line: &'a [u8]) -> Option<&'a [u8]> {
    let (start, rest) = line.split_at_checked(name.len())?;
    let value = match rest {
        [b':', value @ ..] => value,
        // A sender must not put white space here, but some do (RFC 9112 5.1).
        [byte, ..] if is_space(*byte) => trim(rest).strip_prefix(b":")?,
        _ => return None,
    };
    start.eq_ignore_ascii_case(name.as_bytes()).then_some(value)
}

/// The name of a field, and its value with the white space around it.
fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let name = trim(name);
    if name.is_empty() { None } else { Some((name, value.get(1..)?)) }
}

/// A line with those that continue it, and what follows.
fn folded_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.is_empty() {
        return None;
    }
    let mut end = 0_usize;
    loop {
        let rest = bytes.get(end..).unwrap_or_default();
        end = newline(rest).map_or(bytes.len(), |line| end.saturating_add(line).saturating_add(1));
        if !matches!(bytes.get(end), Some(b' ' | b'\t')) {
            return bytes.split_at_checked(end);
        }
    }
}

/// What the fields of a head say of its body, of logons (RFC 9110 11) and of what they are for. Values may hold credentials.
#[derive(Clone, Copy, Default)]
pub struct Survey<'a> {
    /// The first `Host`.
    pub host: Option<&'a [u8]>,
    /// The first `Content-Type`.
    pub content_type: Option<&'a [u8]>,
    /// Where the body ends.
    pub framing: Framing,
    /// The first `Authorization`.
    pub authorization: Option<&'a [u8]>,
    /// The first `Proxy-Authorization`.
    pub proxy_authorization: Option<&'a [u8]>,
    /// There is a `WWW-Authenticate`.
    pub has_www_authenticate: bool,
    /// There is a `Proxy-Authenticate`.
    pub has_proxy_authenticate: bool,
}

/// What decides where the body of a message ends (RFC 9112 6), and whether the connection goes on (RFC 9112 9.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Framing {
    /// `Content-Length`.
    pub content_length: ContentLength,
    /// `Transfer-Encoding`.
    pub transfer_encoding: TransferEncoding,
    /// `Connection: close`.
    pub has_close: bool,
    /// `Connection: keep-alive`.
    pub has_keep_alive: bool,
}

impl Framing {
    /// Takes the options of a `Connection`.
    fn connection(&mut self, value: &[u8]) {
        for option in value.split(|byte| *byte == b',').map(trim) {
            self.has_close |= option.eq_ignore_ascii_case(b"close");
            self.has_keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
        }
    }
}

/// `Transfer-Encoding` (RFC 9112 6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransferEncoding {
    /// There is none.
    #[default]
    Absent,
    /// Its last coding is chunked.
    Chunked,
    /// Its last coding is another.
    Other,
}

impl TransferEncoding {
    fn of(value: &[u8]) -> Self {
        let last = value.rsplit(|byte| *byte == b',').map(trim).next().unwrap_or_default();
        if last.eq_ignore_ascii_case(b"chunked") { Self::Chunked } else { Self::Other }
    }
}

/// `Content-Length` (RFC 9110 8.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentLength {
    /// There is none.
    #[default]
    Absent,
    /// All fields, and all members of their lists, agree.
    Is(u64),
    /// They do not, or are no numbers.
    Invalid,
}

impl ContentLength {
    fn and(self, value: &[u8]) -> Self {
        value.split(|byte| *byte == b',').map(trim).fold(self, |sum, member| match (sum, decimal(member)) {
            (Self::Absent, Some(len)) => Self::Is(len),
            (Self::Is(before), Some(len)) if before == len => sum,
            _ => Self::Invalid,
        })
    }
}

pub(crate) fn decimal(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?;
    // `u64::from_str` takes a sign, RFC 9110 does not.
    if digits.first()?.is_ascii_digit() { text.parse().ok() } else { None }
}
