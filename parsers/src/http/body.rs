//! Where the body of a message ends (RFC 9112 6 and 7).

use super::head::{ContentLength, Framing, TransferEncoding};
use super::{MAX_HEAD, end_of_head, newline, trim};
use crate::frame::Framed;

/// How the body of a message is delimited (RFC 9112 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// There is none: the next head follows at once.
    Empty,
    /// It has this length.
    Length(u64),
    /// It comes in [`chunk`]s.
    Chunked,
    /// It ends with the connection.
    UntilClose,
    /// From here on the connection is no longer HTTP/1.x: CONNECT, or an upgrade.
    Tunnel,
    /// Nobody can tell: the fields contradict each other.
    Unknown,
}

/// The body of a request (RFC 9112 6.3).
pub fn request_body(framing: &Framing) -> Body {
    match (framing.transfer_encoding, framing.content_length) {
        (TransferEncoding::Chunked, _) => Body::Chunked,
        (TransferEncoding::Other, _) | (_, ContentLength::Invalid) => Body::Unknown,
        (_, ContentLength::Absent | ContentLength::Is(0)) => Body::Empty,
        (_, ContentLength::Is(len)) => Body::Length(len),
    }
}

/// The body of a response (RFC 9112 6.3). The method of its request, where it was seen, matters for HEAD and CONNECT.
pub fn response_body(method: Option<&[u8]>, status: u16, framing: &Framing) -> Body {
    match status {
        101 => return Body::Tunnel,
        200..=299 if method == Some(b"CONNECT") => return Body::Tunnel,
        100..=199 | 204 | 304 => return Body::Empty,
        _ if method == Some(b"HEAD") => return Body::Empty,
        _ => {}
    }
    match (framing.transfer_encoding, framing.content_length) {
        (TransferEncoding::Chunked, _) => Body::Chunked,
        (TransferEncoding::Other, _) | (_, ContentLength::Absent) => Body::UntilClose,
        (_, ContentLength::Is(0)) => Body::Empty,
        (_, ContentLength::Is(len)) => Body::Length(len),
        (_, ContentLength::Invalid) => Body::Unknown,
    }
}

/// The next chunk (RFC 9112 7.1): [`Framed::Skip`] of its size and data, or a [`Framed::Record`] of the last one, whose body is
/// the trailer section, with which the message ends.
pub fn chunk(bytes: &[u8]) -> Framed<'_> {
    // The line end behind the data of the chunk before.
    let before = match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\n', ..] => 1,
        [] | [b'\r'] => return Framed::Need(bytes.len().saturating_add(1)),
        _ => 0,
    };
    let window = bytes.get(..MAX_CHUNK_LINE).unwrap_or(bytes).get(before..).unwrap_or_default();
    let Some(end) = newline(window) else {
        let digits = window.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let is_size = matches!(window.get(digits), None | Some(b';' | b' ' | b'\t' | b'\r'))
            && digits <= MAX_CHUNK_DIGITS;
        return if is_size && bytes.len() < MAX_CHUNK_LINE {
            Framed::Need(bytes.len().saturating_add(1))
        } else {
            Framed::Lost
        };
    };
    let line = window.get(..end).unwrap_or_default();
    let start = before.saturating_add(end).saturating_add(1);
    match chunk_size(line) {
        None => Framed::Lost,
        Some(0) => trailers(bytes, start),
        Some(size) => Framed::Skip(start.saturating_add(size)),
    }
}

fn chunk_size(line: &[u8]) -> Option<usize> {
    let digits = line.split(|byte| *byte == b';').map(trim).next()?;
    if !digits.first()?.is_ascii_hexdigit() || digits.len() > MAX_CHUNK_DIGITS {
        return None;
    }
    usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn trailers(bytes: &[u8], start: usize) -> Framed<'_> {
    // The line feed of the last chunk may be the one before the empty line.
    match end_of_head(bytes, start.saturating_sub(1)) {
        Some(end) => match bytes.get(start..end) {
            Some(body) => Framed::Record { body, consumed: end },
            None => Framed::Lost,
        },
        None if bytes.len() < MAX_HEAD => Framed::Need(bytes.len().saturating_add(1)),
        None => Framed::Lost,
    }
}

/// Longest line of a chunk's size and extensions.
pub const MAX_CHUNK_LINE: usize = 4096;
/// Digits of the largest size.
const MAX_CHUNK_DIGITS: usize = 16;
