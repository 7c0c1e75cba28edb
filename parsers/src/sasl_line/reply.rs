//! What a line of the server answers.

use super::{Protocol, is, word};
use crate::secret::Secret;

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply<'a> {
    /// The exchange goes on: the server's token in base 64, or words of its own before the first one.
    Continue(Secret<'a>),
    /// How a command ended.
    Status {
        /// The tag of the command, in IMAP; else empty.
        tag: &'a [u8],
        /// How it ended.
        status: Status,
        /// What follows: words, a finer code in front of them, or a token in base 64 (283 of NNTP).
        text: Secret<'a>,
    },
    /// Something else.
    Other,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// SMTP and NNTP: three digits.
    Code(u16),
    /// IMAP `OK`, POP3 `+OK`.
    Ok,
    /// IMAP `NO`, POP3 `-ERR`.
    No,
    /// IMAP `BAD`.
    Bad,
}

/// What a line of the server answers.
pub fn reply(protocol: Protocol, line: &[u8]) -> Reply<'_> {
    match protocol {
        Protocol::Smtp => code(line, &[334]),
        Protocol::Nntp => code(line, &[383, 381]),
        Protocol::Pop3 => pop3(line),
        Protocol::Imap => imap(line),
    }
}

fn code<'a>(line: &'a [u8], goes_on: &[u16]) -> Reply<'a> {
    let Some((digits @ [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'], rest)) = line.split_first_chunk() else {
        return Reply::Other;
    };
    if !matches!(rest, [] | [b' ' | b'-', ..]) {
        return Reply::Other;
    }
    let code =
        digits.iter().fold(0_u16, |sum, digit| sum.wrapping_mul(10).wrapping_add(u16::from(digit & 0x0f)));
    let text = Secret::new(rest.get(1..).unwrap_or_default().trim_ascii());
    if goes_on.contains(&code) {
        return Reply::Continue(text);
    }
    Reply::Status { tag: b"", status: Status::Code(code), text }
}

fn pop3(line: &[u8]) -> Reply<'_> {
    let (first, rest) = word(line);
    let text = Secret::new(rest.trim_ascii());
    let status = match first {
        b"+" => return Reply::Continue(text),
        first if is(first, "+OK") => Status::Ok,
        first if is(first, "-ERR") => Status::No,
        // [MS-POP3] 2.2.2 has no space behind the sign.
        [b'+', token @ ..] => return Reply::Continue(Secret::new(token)),
        _ => return Reply::Other,
    };
    Reply::Status { tag: b"", status, text }
}

fn imap(line: &[u8]) -> Reply<'_> {
    let (tag, rest) = word(line);
    if tag == b"+" {
        return Reply::Continue(Secret::new(rest.trim_ascii()));
    }
    let (status, rest) = word(rest);
    let status = match status {
        _ if tag == b"*" => return Reply::Other,
        status if is(status, "OK") => Status::Ok,
        status if is(status, "NO") => Status::No,
        status if is(status, "BAD") => Status::Bad,
        _ => return Reply::Other,
    };
    Reply::Status { tag, status, text: Secret::new(rest.trim_ascii()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told() {
        let status = |tag, status, text| Reply::Status { tag, status, text: Secret::new(text) };
        for (protocol, line, expected) in [
            (Protocol::Smtp, &b"334 "[..], Reply::Continue(Secret::new(b""))),
            (Protocol::Smtp, b"334", Reply::Continue(Secret::new(b""))),
            (
                Protocol::Smtp,
                b"535 5.7.8 Authentication failed.",
                status(&b""[..], Status::Code(535), &b"5.7.8 Authentication failed."[..]),
            ),
            (Protocol::Smtp, b"250-SIZE", status(b"", Status::Code(250), b"SIZE")),
            (Protocol::Smtp, b"2500", Reply::Other),
            (Protocol::Nntp, b"381 TlRMTVNTUAAC", Reply::Continue(Secret::new(b"TlRMTVNTUAAC"))),
            (Protocol::Nntp, b"281 ok", status(b"", Status::Code(281), b"ok")),
            (Protocol::Pop3, b"+ ", Reply::Continue(Secret::new(b""))),
            (Protocol::Pop3, b"+TlRMTVNTUAAC", Reply::Continue(Secret::new(b"TlRMTVNTUAAC"))),
            (
                Protocol::Pop3,
                b"-ERR [AUTH] Authentication failed.",
                status(b"", Status::No, b"[AUTH] Authentication failed."),
            ),
            (Protocol::Imap, b"+", Reply::Continue(Secret::new(b""))),
            (Protocol::Imap, b"* OK ready", Reply::Other),
            (Protocol::Imap, b"A002 OK Logged in", status(b"A002", Status::Ok, b"Logged in")),
            (Protocol::Imap, b"A2 BAD", status(b"A2", Status::Bad, b"")),
        ] {
            assert_eq!(reply(protocol, line), expected, "{}", String::from_utf8_lossy(line));
        }
    }
}
