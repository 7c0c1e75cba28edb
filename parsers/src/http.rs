//! HTTP/1.x (RFC 9112): where a message starts and ends, and the fields that belong to a logon (RFC 9110 11). Tokens are cut
//! out, never opened.

mod auth;
mod body;
mod head;

pub use auth::{Challenge, Challenges, challenges};
pub use body::{Body, MAX_CHUNK_LINE, chunk, request_body, response_body};
pub(crate) use head::decimal;
pub use head::{
    ContentLength, Fields, Framing, Message, Request, Response, Start, Survey, TransferEncoding, message,
    request, response,
};

use crate::frame::{Found, Framed, Recognised};
use nom::FindSubstring;

/// The head of the next message: its first line, its fields and the empty line after them.
///
/// `searched` says how many bytes of the slice an earlier call for the same head has seen, so that a long one is not searched
/// again from its start; zero for a new head.
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
    rest_of_head(bytes, searched)
}

/// A head that is here to its end, with what it says, in one pass over it. `None` of those that are not, and of those that have
/// the length of a line beyond its bound: [`head`] says what they are.
pub fn whole(bytes: &[u8]) -> Option<Message<'_>> {
    let bounded = bytes.get(..MAX_LINE).unwrap_or(bytes);
    if recognise(bytes) == Recognised::Yes { message(bounded) } else { None }
}

/// The head whose first line is known to be one; of SIP too, whose heads are alike (RFC 3261 7).
pub(crate) fn rest_of_head(bytes: &[u8], searched: usize) -> Framed<'_> {
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

/// Whether the first bytes of a client are those of HTTP/2 (RFC 9113 3.4), in which no connection can be logged on: `Negotiate` and
/// NTLM are not allowed there.
pub fn recognise_http2(bytes: &[u8]) -> Recognised {
    match starts_alike(bytes, HTTP2) {
        false => Recognised::No,
        true if bytes.len() < HTTP2.len() => Recognised::Need(HTTP2.len()),
        true => Recognised::Yes,
    }
}

/// Whether one is the start of the other.
pub(crate) fn starts_alike(bytes: &[u8], word: &[u8]) -> bool {
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
pub(crate) fn newline(bytes: &[u8]) -> Option<usize> {
    bytes.find_substring(&b"\n"[..])
}

fn is_method(byte: u8) -> bool {
    byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-')
}

/// `tchar` (RFC 9110 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
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
const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
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

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test code")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLIENT: &[u8] = include_bytes!("../testdata/http-client.bin");
    const SERVER: &[u8] = include_bytes!("../testdata/http-server.bin");

    /// Heads of a stream whose bodies have a length, as they come out when it arrives in slices.
    fn heads(slices: &[&[u8]]) -> Vec<Vec<u8>> {
        let (mut seen, mut stream, mut at, mut searched) = (Vec::new(), Vec::new(), 0, 0);
        for slice in slices {
            stream.extend_from_slice(slice);
            while at < stream.len() {
                match head(&stream[at..], searched) {
                    Framed::Record { body, consumed } => {
                        let Message { start: Some(_), survey, .. } = message(body).unwrap() else {
                            return seen;
                        };
                        seen.push(body.to_vec());
                        let len = match survey.framing.content_length {
                            ContentLength::Is(len) => usize::try_from(len).unwrap(),
                            _ => 0,
                        };
                        at = at.saturating_add(consumed).saturating_add(len);
                        searched = 0;
                    }
                    Framed::Skip(len) => at += len,
                    Framed::Need(len) => {
                        assert!(len > stream.len() - at && len <= MAX_HEAD);
                        break;
                    }
                    Framed::Lost => return seen,
                }
            }
            searched = stream.len().saturating_sub(at);
        }
        seen
    }

    #[test]
    fn tokens_of_both_sides_are_found() {
        let tokens: Vec<_> = heads(&[CLIENT])
            .iter()
            .filter_map(|head| {
                let value = request(head).unwrap().fields.get("authorization")?.to_vec();
                let found = challenges(&value).next().unwrap();
                assert!(found.is("ntlm"));
                found.token.map(|token| token.expose().len())
            })
            .collect();
        assert_eq!(tokens, [56, 248]);
    }

    #[test]
    fn a_stream_that_starts_in_the_middle_is_found_again() {
        assert_eq!(recognise(SERVER), Recognised::No);
        let Found::At(at) = find(SERVER) else { panic!("not found") };
        assert_eq!(&SERVER[at..at + 9], b"HTTP/1.1 ");
        assert_eq!(find(b"GET /x HTTP/1.1\r\nHost"), Found::NotBefore(0));
        assert_eq!(find(b"GET /x HTTP/1.1\r\nno field here"), Found::NotBefore(30));
    }

    #[test]
    fn lists_of_challenges_are_taken_apart() {
        let value = b"Digest realm=\"a, \\\"b\", nonce=c,  , negotiate, NTLM TlRM==, Basic realm = x";
        let found: Vec<_> = challenges(value).collect();
        let schemes: Vec<_> = found.iter().map(|challenge| challenge.scheme).collect();
        assert_eq!(schemes, [&b"Digest"[..], b"negotiate", b"NTLM", b"Basic"]);
        assert_eq!(found[0].param("Realm"), Some(&b"a, \\\"b"[..]));
        assert_eq!((found[1].token, found[2].token.unwrap().expose()), (None, &b"TlRM=="[..]));
        assert_eq!(found[3].param("realm"), Some(&b"x"[..]));
    }

    #[test]
    fn folded_fields_and_bare_line_feeds_are_read() {
        let Framed::Record { body, .. } =
            head(b"HTTP/1.1 401 No\nWWW-Authenticate: NTLM\n\tTlRM\nA : b\n\nrest", 0)
        else {
            panic!("no head");
        };
        let response = response(body).unwrap();
        assert_eq!(response.status, 401);
        let value = response.fields.get("www-authenticate").unwrap();
        assert_eq!(challenges(value).next().unwrap().token.unwrap().expose(), b"TlRM");
        assert_eq!(response.fields.get("a"), Some(&b"b"[..]));
    }

    #[test]
    fn bodies_end_as_the_rfc_says() {
        let framing = |fields: &str| {
            let head = format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n");
            message(head.as_bytes()).unwrap().survey.framing
        };
        let len = framing("Content-Length: 5, 5");
        assert_eq!(response_body(None, 200, &len), Body::Length(5));
        assert_eq!(response_body(Some(b"HEAD"), 200, &len), Body::Empty);
        assert_eq!(response_body(Some(b"CONNECT"), 200, &len), Body::Tunnel);
        assert_eq!(response_body(Some(b"CONNECT"), 407, &len), Body::Length(5));
        assert_eq!(response_body(None, 304, &len), Body::Empty);
        assert_eq!(response_body(None, 200, &framing("A: b")), Body::UntilClose);
        assert_eq!(request_body(&framing("A: b")), Body::Empty);
        for wrong in ["Content-Length: 5\r\nContent-Length: 6", "Content-Length: +5", "Content-Length: 5x"] {
            assert_eq!(request_body(&framing(wrong)), Body::Unknown, "{wrong}");
        }
        let chunked = framing("Transfer-Encoding: gzip, Chunked\r\nContent-Length: 9");
        assert_eq!(response_body(None, 200, &chunked), Body::Chunked);
        assert_eq!(request_body(&framing("Transfer-Encoding: gzip")), Body::Unknown);
    }

    #[test]
    fn chunks_are_skipped_up_to_the_trailers() {
        assert_eq!(chunk(b"1000;name=value\r\nabc"), Framed::Skip(17 + 0x1000));
        assert_eq!(chunk(b"\r\n0\r\n\r\nHTTP"), Framed::Record { body: b"\r\n", consumed: 7 });
        assert_eq!(chunk(b"0\r\nA: b\r\n\r\n"), Framed::Record { body: b"A: b\r\n\r\n", consumed: 11 });
        assert_eq!(chunk(b"\r\n0\r\n"), Framed::Need(6));
        assert_eq!(chunk(b"not a size"), Framed::Lost);
        assert_eq!(chunk(b"fffffffffffffffff\r\n"), Framed::Lost);
    }

    #[test]
    fn only_http_is_recognised() {
        for (bytes, expected) in [
            (&b"RPC_IN_DATA /rpc/rpcproxy.dll"[..], Recognised::Yes),
            (b"CONNECT a:443 HTTP/1.1", Recognised::Yes),
            (b"HTTP/1.1 200", Recognised::Yes),
            (b"HTT", Recognised::Need(7)),
            (b"PROPF", Recognised::Need(6)),
            (b"GET ", Recognised::Need(5)),
            (b"OPTIONS sip:a SIP/2.0", Recognised::No),
            (b"\x16\x03\x01", Recognised::No),
        ] {
            assert_eq!(recognise(bytes), expected);
        }
    }

    #[test]
    fn heads_and_lines_have_a_bound() {
        let long_line = [&b"GET / HTTP/1.1\r\nA: "[..], &vec![b'a'; MAX_LINE]].concat();
        assert_eq!(head(&long_line, 0), Framed::Lost);
        let long_head = [&b"GET / HTTP/1.1\r\n"[..], &b"A: b\r\n".repeat(MAX_HEAD / 6)].concat();
        assert_eq!(head(&long_head, 0), Framed::Lost);
    }

    proptest! {
        /// However TCP cuts the bytes, the heads are the same.
        #[test]
        fn chunking_does_not_change_heads(cuts in proptest::collection::vec(0..CLIENT.len(), 0..8)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let mut slices = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([CLIENT.len()]) {
                slices.push(&CLIENT[from..cut]);
                from = cut;
            }
            prop_assert!(heads(&slices) == heads(&[CLIENT]));
        }

        /// What is surveyed is what a search for each name finds.
        #[test]
        fn a_survey_says_what_the_fields_say(
            lines in prop::collection::vec(
                "[ \t]?(Host|content-type|Authorization|AUTHORIZATION|Proxy-Authorization|WWW-Authenticate|Proxy-Authenticate|Accept|Hosts|Content|)[ \t\x0c]{0,2}:?[ \t]{0,2}[a-z:]{0,3}[ \t]?\r?\n([ \t]x\r\n)?",
                0..6,
            ),
        ) {
            let head = format!("GET / HTTP/1.1\r\n{}\r\n", lines.concat());
            let message = message(head.as_bytes()).unwrap();
            let Some(Start::Request(Request { fields, .. })) = message.start else { panic!("{head}") };
            let Survey { host, content_type, authorization, proxy_authorization, .. } = message.survey;
            prop_assert_eq!(
                [host, content_type, authorization, proxy_authorization],
                ["host", "content-type", "authorization", "proxy-authorization"].map(|name| fields.get(name)),
            );
            prop_assert_eq!(
                [message.survey.has_www_authenticate, message.survey.has_proxy_authenticate],
                ["www-authenticate", "proxy-authenticate"].map(|name| fields.get(name).is_some()),
            );
        }

        /// Any bytes can be read: no panic, no step of zero.
        #[test]
        fn nothing_panics(bytes in "[ -~\r\n\t]{0,80}|GET / HTTP/1.1\r\n([A-z:,=\" \t]{0,9}\r?\n?){0,9}", searched in 0..90_usize) {
            let bytes = bytes.as_bytes();
            for framed in [head(bytes, searched), chunk(bytes)] {
                match framed {
                    Framed::Record { consumed, .. } => prop_assert!(consumed > 0 && consumed <= bytes.len()),
                    Framed::Skip(len) => prop_assert!(len > 0),
                    Framed::Need(len) => prop_assert!(len > bytes.len()),
                    Framed::Lost => {}
                }
            }
            let _ = find(bytes);
            // The two who look for the end of a head agree on it.
            let whole = message(bytes).map(|message| message.len);
            match head(bytes, 0) {
                Framed::Record { consumed, .. } => prop_assert_eq!(whole, Some(consumed)),
                Framed::Need(_) => prop_assert_eq!(whole, None),
                Framed::Skip(_) | Framed::Lost => {}
            }
            for challenge in challenges(bytes) {
                let _ = challenge.param("realm");
            }
        }
    }
}
