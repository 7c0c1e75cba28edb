//! What the answer to a logon means.

use ntlmscope_parsers::Secret;
use ntlmscope_parsers::sasl_line::{Protocol, Status};

use crate::model::{Code, Ending, Verdict};

/// True where an answer lets a client in.
pub(super) fn is_granted(status: Status) -> bool {
    matches!(status, Status::Ok | Status::Code(235 | 281 | 283))
}

/// The verdict in an answer; `None` where it answers something else.
pub(super) fn of(protocol: Protocol, status: Status, text: Secret<'_>) -> Option<Verdict> {
    let result = match status {
        status if is_granted(status) => Ending::Success,
        // The service closes down (RFC 5321 4.2.2, RFC 3977 3.2.1).
        Status::Code(400 | 421) => Ending::Unknown,
        Status::Code(400..) | Status::No | Status::Bad => Ending::Failure,
        Status::Code(_) | Status::Ok => return None,
    };
    let substatus = if result == Ending::Success { None } else { substatus(text.expose()) };
    let (code, signal) = match (protocol, status) {
        (Protocol::Smtp, Status::Code(code)) => (Code::Number(code), "smtp-reply"),
        (_, Status::Code(code)) => (Code::Number(code), "nntp-response"),
        (Protocol::Imap, status) => (Code::Named(imap(status)), "imap-status"),
        (_, Status::Ok) => (Code::Named("+OK"), "pop3-status"),
        (_, Status::No | Status::Bad) => (Code::Named("-ERR"), "pop3-status"),
    };
    Some(Verdict { result, code, substatus, signal })
}

fn imap(status: Status) -> &'static str {
    match status {
        Status::Ok | Status::Code(_) => "OK",
        Status::No => "NO",
        Status::Bad => "BAD",
    }
}

/// The finer code in front of an answer's words: in brackets, or with dots.
fn substatus(text: &[u8]) -> Option<&'static str> {
    let end = |byte: &u8| matches!(byte, b' ' | b']');
    let bracketed = text.strip_prefix(b"[");
    let code = bracketed.unwrap_or(text).split(end).next()?;
    SUBSTATUSES.iter().find(|known| code.eq_ignore_ascii_case(known.as_bytes())).copied()
}

/// Enhanced codes (RFC 3463, RFC 4954 6, RFC 5248), and the response codes of IMAP (RFC 9051 7.1) and POP3 (RFC 2449 8, RFC 3206).
const SUBSTATUSES: [&str; 25] = [
    "4.3.0",
    "4.3.2",
    "4.7.0",
    "4.7.12",
    "5.5.1",
    "5.5.2",
    "5.5.4",
    "5.5.6",
    "5.7.0",
    "5.7.1",
    "5.7.3",
    "5.7.8",
    "5.7.9",
    "5.7.11",
    "5.7.13",
    "5.7.14",
    "AUTHENTICATIONFAILED",
    "AUTHORIZATIONFAILED",
    "CONTACTADMIN",
    "EXPIRED",
    "PRIVACYREQUIRED",
    "UNAVAILABLE",
    "AUTH",
    "SYS/PERM",
    "SYS/TEMP",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_means_what_its_protocol_says() {
        use Ending::{Failure, Success, Unknown};
        type Case<'c> = (Protocol, Status, &'c [u8], Option<(Ending, &'c str, Option<&'c str>)>);
        // RFC 4954 4.1 and 6, RFC 9051 6.2.2, RFC 3206 4, RFC 4643 2.4; recorded from Dovecot in samples/17-*.
        let cases: [Case<'_>; 9] = [
            (Protocol::Smtp, Status::Code(235), b"2.7.0 Logged in.", Some((Success, "235", None))),
            (
                Protocol::Smtp,
                Status::Code(535),
                b"5.7.8 Authentication failed.",
                Some((Failure, "535", Some("5.7.8"))),
            ),
            (Protocol::Smtp, Status::Code(421), b"4.4.0 closing", Some((Unknown, "421", None))),
            (Protocol::Smtp, Status::Code(250), b"OK", None),
            (Protocol::Imap, Status::Ok, b"Logged in", Some((Success, "OK", None))),
            (
                Protocol::Imap,
                Status::No,
                b"[AUTHENTICATIONFAILED] Authentication failed.",
                Some((Failure, "NO", Some("AUTHENTICATIONFAILED"))),
            ),
            (
                Protocol::Pop3,
                Status::No,
                b"[AUTH] Authentication failed.",
                Some((Failure, "-ERR", Some("AUTH"))),
            ),
            (Protocol::Nntp, Status::Code(283), b"cnNwYXV0aD0=", Some((Success, "283", None))),
            (Protocol::Nntp, Status::Code(481), b"Authentication failed", Some((Failure, "481", None))),
        ];
        for (protocol, status, text, expected) in cases {
            let verdict = of(protocol, status, Secret::new(text));
            let told = verdict
                .map(|verdict| (verdict.result, crate::model::Word::from(verdict.code), verdict.substatus));
            assert_eq!(
                told,
                expected.map(|(result, code, substatus)| (result, code.into(), substatus)),
                "{status:?}"
            );
        }
    }
}
