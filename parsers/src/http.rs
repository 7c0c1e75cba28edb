//! HTTP/1.x (RFC 9112): where a message starts and ends, and the fields that belong to a logon (RFC 9110 11). Tokens are cut
//! out, never opened.

mod auth;
mod body;
mod head;

pub use auth::{Challenge, Challenges, challenges};
pub use body::{Body, MAX_CHUNK_LINE, chunk, request_body, response_body};
pub use head::{ContentLength, Fields, Framing, Request, Response, TransferEncoding, request, response};

use crate::frame::{Found, Framed, Recognised};
use nom::FindSubstring;

/// The head of the next message: its first line, its fields and the empty line after them.
///
/// `searched` says how many bytes of the slice an earlier call has seen, so that a long head is not searched again from its start.
/// Empty lines before the head are skipped (RFC 9112 2.2), bare line feeds end a line (the same), and a head or a line beyond its
/// bound is [`Framed::Lost`].
pub fn head(bytes: &[u8], searched: usize) -> Framed<'_> {
    let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    if blank > 0 {
        return Framed::Skip(blank);
    }
    match recognise(bytes) {
        Recognised::Yes => {}
        Recognised::No => return Framed::Lost,
        Recognised::Need(len) => return Framed::Need(len),
    }
    let from = searched.saturating_sub(2).min(bytes.len());
    match end_of_head(bytes, from) {
        Some(end) if end <= MAX_HEAD => match bytes.get(..end) {
            Some(body) if !has_long_line(body) => Framed::Record { body, consumed: end },
            _ => Framed::Lost,
        },
        None if bytes.len() < MAX_HEAD && !ends_in_long_line(bytes) => {
            Framed::Need(bytes.len().saturating_add(1))
        }
        _ => Framed::Lost,
    }
}

/// Where the empty line at or behind this offset ends.
fn end_of_head(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let line = newline(bytes.get(at..)?)?.saturating_add(at).saturating_add(1);
        match bytes.get(line..)? {
            [b'\n', ..] => return line.checked_add(1),
            [b'\r', b'\n', ..] => return line.checked_add(2),
            _ => at = line,
        }
    }
}

/// Whether a line of a head is beyond its bound.
fn has_long_line(head: &[u8]) -> bool {
    head.len() > MAX_LINE && head.split(|byte| *byte == b'\n').any(|line| line.len() >= MAX_LINE)
}

/// The same for the last line of a head that is not over.
fn ends_in_long_line(bytes: &[u8]) -> bool {
    bytes
        .len()
        .checked_sub(MAX_LINE)
        .and_then(|at| bytes.get(at..))
        .is_some_and(|tail| !tail.contains(&b'\n'))
}

/// Whether the first bytes of a direction are an HTTP/1.x request or response.
pub fn recognise(bytes: &[u8]) -> Recognised {
    if starts_alike(bytes, VERSION) {
        return if bytes.len() < VERSION.len() { Recognised::Need(VERSION.len()) } else { Recognised::Yes };
    }
    let letters = bytes.iter().take_while(|byte| is_method(**byte)).count();
    let (method, rest) = bytes.split_at_checked(letters).unwrap_or_default();
    match rest {
        [] if METHODS.iter().any(|known| known.starts_with(method)) => {
            Recognised::Need(bytes.len().saturating_add(1))
        }
        [b' '] if METHODS.contains(&method) => Recognised::Need(bytes.len().saturating_add(1)),
        // The target of SIP and RTSP, which share some methods, is a URI of their own.
        [b' ', b'/' | b'*' | b'h' | b'H', ..] if METHODS.contains(&method) => Recognised::Yes,
        [b' ', b'!'..=b'~', ..] if method == b"CONNECT" => Recognised::Yes,
        _ => Recognised::No,
    }
}

/// Whether one is the start of the other.
fn starts_alike(bytes: &[u8], word: &[u8]) -> bool {
    bytes.iter().zip(word).all(|(a, b)| a == b)
}

/// Where the next message starts, for a stream that starts in the middle or has a hole: a status line or a request line, at the
/// start of the bytes or of a line, with a field or an empty line behind it.
pub fn find(bytes: &[u8]) -> Found {
    let mut at = 0_usize;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match recognise(rest) {
            Recognised::Yes => match is_head(rest) {
                Some(true) => return Found::At(at),
                Some(false) => {}
                None => return Found::NotBefore(at),
            },
            Recognised::Need(_) => return Found::NotBefore(at),
            Recognised::No => {}
        }
        match newline(rest) {
            Some(end) => at = at.saturating_add(end).saturating_add(1),
            None => return Found::NotBefore(bytes.len()),
        }
    }
}

/// Whether a first line and the start of a second one are here; `None` when more bytes are needed to tell.
fn is_head(bytes: &[u8]) -> Option<bool> {
    let window = bytes.get(..MAX_FIRST_LINE).unwrap_or(bytes);
    let undecided = if window.len() < MAX_FIRST_LINE { None } else { Some(false) };
    let Some(end) = newline(window) else { return undecided };
    let (line, rest) = window.split_at_checked(end.saturating_add(1))?;
    if request(line).is_err() && response(line).is_err() {
        return Some(false);
    }
    let name = rest.iter().take_while(|byte| is_token(**byte)).count();
    match (name, rest.get(name)) {
        (_, None) => undecided,
        (0, Some(byte)) => Some(matches!(byte, b'\r' | b'\n')),
        (_, Some(byte)) => Some(*byte == b':'),
    }
}

/// The next line feed. The search of nom is a vectorised one.
fn newline(bytes: &[u8]) -> Option<usize> {
    bytes.find_substring(&b"\n"[..])
}

fn is_method(byte: u8) -> bool {
    byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-')
}

/// `tchar` (RFC 9110 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// White space inside a field; line ends are those of obsolete line folding (RFC 9112 5.2).
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Without white space at both ends.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_space(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_space(*last)
    {
        bytes = rest;
    }
    bytes
}

/// Longest head; Windows servers refuse beyond 16 KiB, others take more.
pub const MAX_HEAD: usize = 256 * 1024;
/// Longest line: a Kerberos ticket of 48000 bytes, the largest that Windows makes, in base 64.
pub const MAX_LINE: usize = 64 * 1024;
/// Longest first line that a search believes.
const MAX_FIRST_LINE: usize = 8 * 1024;
const VERSION: &[u8] = b"HTTP/1.";
/// RFC 9110, RFC 5789, `WebDAV` (RFC 4918, 3253, 3648, 5323, 4791), Exchange, [MS-RPCH], [MS-SSTP], BITS, `UPnP`, [MS-TSGU].
const METHODS: &[&[u8]] = &[
    b"GET",
    b"POST",
    b"HEAD",
    b"PUT",
    b"DELETE",
    b"OPTIONS",
    b"CONNECT",
    b"TRACE",
    b"PATCH",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"REPORT",
    b"SEARCH",
    b"ORDERPATCH",
    b"ACL",
    b"VERSION-CONTROL",
    b"CHECKOUT",
    b"CHECKIN",
    b"UNCHECKOUT",
    b"MKWORKSPACE",
    b"MKACTIVITY",
    b"UPDATE",
    b"LABEL",
    b"MERGE",
    b"BASELINE-CONTROL",
    b"MKCALENDAR",
    b"BIND",
    b"UNBIND",
    b"REBIND",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
    b"NOTIFY",
    b"POLL",
    b"BCOPY",
    b"BDELETE",
    b"BMOVE",
    b"BPROPFIND",
    b"BPROPPATCH",
    b"X-MS-ENUMATTS",
    b"RPC_IN_DATA",
    b"RPC_OUT_DATA",
    b"RDG_IN_DATA",
    b"RDG_OUT_DATA",
    b"SSTP_DUPLEX_POST",
    b"BITS_POST",
    b"CCM_POST",
    b"M-POST",
    b"M-SEARCH",
];
