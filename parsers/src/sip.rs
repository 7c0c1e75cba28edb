//! SIP (RFC 3261): heads of messages, and the logons that Microsoft's extension puts into their fields ([MS-SIPAE]).

use nom::FindSubstring;

use crate::error::{ErrorKind, ParseError};
use crate::frame::{Found, Framed, Recognised};
use crate::http::{self, Fields};

/// The head of a message (RFC 3261 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its first line.
    pub line: StartLine<'a>,
    /// Its fields, which have the form of those of HTTP.
    pub fields: Fields<'a>,
}

/// The first line of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartLine<'a> {
    /// `Request-Line` (RFC 3261 7.1).
    Request {
        /// `Request-URI`.
        uri: &'a [u8],
    },
    /// `Status-Line` (RFC 3261 7.2).
    Status(u16),
}

impl<'a> Message<'a> {
    /// `Call-ID`, also by its short name.
    pub fn call_id(&self) -> Option<&'a [u8]> {
        self.named("call-id", "i")
    }

    /// The number in `CSeq`, by which an answer finds its request.
    pub fn sequence(&self) -> Option<u64> {
        let digits = self.fields.get("cseq")?.split(|byte| *byte == b' ').next()?;
        http::decimal(digits)
    }

    /// `Content-Length`, also by its short name. Over TCP it is never left out (RFC 3261 20.14).
    pub fn content_length(&self) -> u64 {
        self.named("content-length", "l").and_then(http::decimal).unwrap_or(0)
    }

    fn named(&self, name: &str, short: &str) -> Option<&'a [u8]> {
        self.fields.get(name).or_else(|| self.fields.get(short))
    }
}

/// Whether the first bytes of a direction are a message of SIP.
pub fn recognise(bytes: &[u8]) -> Recognised {
    if http::starts_alike(bytes, VERSION) {
        let len = VERSION.len();
        return if bytes.len() < len { Recognised::Need(len) } else { Recognised::Yes };
    }
    let letters = bytes.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let (method, rest) = bytes.split_at_checked(letters).unwrap_or_default();
    let Some(rest) = rest.strip_prefix(b" ") else {
        let is_start = rest.is_empty() && METHODS.iter().any(|known| known.starts_with(method));
        return if is_start { Recognised::Need(bytes.len().saturating_add(1)) } else { Recognised::No };
    };
    if !METHODS.contains(&method) {
        return Recognised::No;
    }
    match SCHEMES.iter().find(|scheme| http::starts_alike(rest, scheme)) {
        Some(scheme) if rest.len() >= scheme.len() => Recognised::Yes,
        Some(_) => Recognised::Need(bytes.len().saturating_add(1)),
        None => Recognised::No,
    }
}

/// Whether a datagram is a message that may belong to a logon by [MS-SIPAE].
pub fn is_logon(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(u8::is_ascii_uppercase)
        && recognise(datagram) == Recognised::Yes
        && [&b"NTLM "[..], b"Kerberos "].iter().any(|scheme| datagram.find_substring(*scheme).is_some())
}

/// The head of the next message: its first line, its fields and the empty line after them. Line ends before it keep the
/// connection alive and are skipped (RFC 3261 7.5).
///
/// `searched` says how many bytes of the slice an earlier call for the same head has seen.
pub fn head(bytes: &[u8], searched: usize) -> Framed<'_> {
    let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    if blank > 0 {
        return Framed::Skip(blank);
    }
    match recognise(bytes) {
        Recognised::Yes => http::rest_of_head(bytes, searched),
        Recognised::No => Framed::Lost,
        Recognised::Need(len) => Framed::Need(len),
    }
}

/// Where the next message may start, for a stream that starts anywhere: at the start of a line.
pub fn find(bytes: &[u8]) -> Found {
    let mut at = 0_usize;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match recognise(rest) {
            Recognised::Yes => return Found::At(at),
            Recognised::Need(_) => return Found::NotBefore(at),
            Recognised::No => {}
        }
        match http::newline(rest) {
            Some(end) => at = at.saturating_add(end).saturating_add(1),
            None => return Found::NotBefore(bytes.len()),
        }
    }
}

/// Reads a head that [`head`] cut out, or a datagram.
///
/// # Errors
/// The first line is none of SIP.
pub fn message(head: &[u8]) -> Result<Message<'_>, ParseError> {
    let invalid = ParseError { field: "SIP start-line", at: 0, kind: ErrorKind::Invalid };
    let end = http::newline(head).map_or(head.len(), |end| end.saturating_add(1));
    let (line, fields) = head.split_at_checked(end).ok_or(invalid)?;
    let mut words = line.trim_ascii_end().split(|byte| *byte == b' ');
    let (first, second) = (words.next().ok_or(invalid)?, words.next().ok_or(invalid)?);
    let line = if first == VERSION.trim_ascii_end() {
        let status = http::decimal(second).and_then(|status| u16::try_from(status).ok());
        StartLine::Status(status.filter(|status| (100..700).contains(status)).ok_or(invalid)?)
    } else {
        let is_sip = words.next() == Some(VERSION.trim_ascii_end()) && !second.is_empty();
        if is_sip { StartLine::Request { uri: second } } else { return Err(invalid) }
    };
    Ok(Message { line, fields: Fields::new(fields_of(fields)) })
}

/// The fields without a body, which a datagram has behind them.
fn fields_of(lines: &[u8]) -> &[u8] {
    let ends = [&b"\r\n\r\n"[..], b"\n\n"];
    let end = ends.iter().filter_map(|end| lines.find_substring(*end)).min();
    end.and_then(|end| lines.get(..end)).unwrap_or(lines)
}

const VERSION: &[u8] = b"SIP/2.0 ";
const SCHEMES: [&[u8]; 3] = [b"sip:", b"sips:", b"tel:"];
/// RFC 3261, RFC 3262, 3311, 3428, 3515, 3903, 6086, 6665; [MS-SIPRE] 2.2.
const METHODS: [&[u8]; 17] = [
    b"REGISTER",
    b"INVITE",
    b"ACK",
    b"BYE",
    b"CANCEL",
    b"OPTIONS",
    b"PRACK",
    b"UPDATE",
    b"MESSAGE",
    b"REFER",
    b"PUBLISH",
    b"INFO",
    b"SUBSCRIBE",
    b"NOTIFY",
    b"BENOTIFY",
    b"SERVICE",
    b"NEGOTIATE",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// [MS-SIPAE] 4.1, its first two messages, shortened to what matters here.
    const REGISTER: &[u8] = b"REGISTER sip:contoso.com SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1:4320\r\n\
        Call-ID: d5f2b95d5be64c2cbfb38aa5d3a87ae7\r\nCSeq: 169 REGISTER\r\nContent-Length: 0\r\n\r\n";
    const CHALLENGED: &[u8] = b"SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: NTLM realm=\"SIP Communications Service\", \
        targetname=\"server.contoso.com\", version=3\r\ni: d5f2b95d5be64c2cbfb38aa5d3a87ae7\r\nCSeq: 169 REGISTER\r\nl: 4\r\n\r\nbody";

    #[test]
    fn messages_are_recognised_cut_and_read() {
        for (bytes, line, len) in [
            (REGISTER, StartLine::Request { uri: b"sip:contoso.com" }, 0),
            (CHALLENGED, StartLine::Status(401), 4),
        ] {
            assert_eq!(recognise(bytes), Recognised::Yes);
            let Framed::Record { body, consumed } = head(bytes, 0) else { panic!() };
            assert_eq!(bytes.len().checked_sub(consumed), Some(len));
            let read = message(body).unwrap();
            assert_eq!((read.line, read.sequence()), (line, Some(169)));
            assert_eq!(read.content_length(), u64::try_from(len).unwrap());
            assert_eq!(read.call_id(), Some(&b"d5f2b95d5be64c2cbfb38aa5d3a87ae7"[..]));
            assert_eq!(message(bytes).unwrap().fields.iter().count(), read.fields.iter().count());
            for end in 0..consumed {
                assert!(matches!(head(&bytes[..end], 0), Framed::Need(count) if count > end), "{end}");
            }
        }
        assert!(is_logon(CHALLENGED) && !is_logon(REGISTER));
    }

    #[test]
    fn other_protocols_are_none() {
        for other in
            [&b"OPTIONS / RTSP/1.0\r\n"[..], b"NOTIFY * HTTP/1.1\r\n", b"INFO {}\r\n", b"SIP", b"REG"]
        {
            assert_ne!(recognise(other), Recognised::Yes, "{other:?}");
        }
        assert!(message(b"INFO x y\r\n").is_err() && message(b"SIP/2.0 99 No\r\n").is_err());
    }

    #[test]
    fn the_next_message_is_found() {
        let bytes = [b"rest of a body\r\nv=0\r\n", CHALLENGED].concat();
        assert_eq!(find(&bytes), Found::At(21));
        assert_eq!(find(b"nothing"), Found::NotBefore(7));
        assert_eq!(find(b"nothing\r\nREG"), Found::NotBefore(9));
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60), at in 0_usize..200) {
            let mut damaged = CHALLENGED.to_vec();
            damaged.splice(at.min(damaged.len()).., bytes);
            let _ = (find(&damaged), is_logon(&damaged), message(&damaged).map(|read| (read.sequence(), read.content_length())));
            if let Framed::Need(count) = head(&damaged, 0) {
                prop_assert!(count > damaged.len());
            }
        }
    }
}
