//! What a line of the client asks for.

use super::{Protocol, is, number, word};
use crate::secret::Secret;

/// A command, as far as it matters for a logon or for where the next one stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// The start of a SASL exchange (RFC 4954 4, RFC 9051 6.2.2, RFC 5034 4, RFC 4643 2.4), or of one with `AUTHINFO GENERIC`
    /// (RFC 2980 3.1.3).
    Auth {
        /// Tag of IMAP, else empty.
        tag: &'a [u8],
        /// Name of the mechanism.
        mechanism: &'a [u8],
        /// The initial response, in base 64, where there is one; `=` where it is empty.
        initial: Option<Secret<'a>>,
    },
    /// A token that is sent as a command: `AUTHINFO GENERIC` ([MS-NNTP] 2.2.1).
    Token(Secret<'a>),
    /// A logon with a password, in a command of the protocol's own.
    Password {
        /// Tag of IMAP, else empty.
        tag: &'a [u8],
        /// The command: `LOGIN`, `PASS`, `APOP`.
        name: &'static str,
    },
    /// TLS begins when this is granted.
    StartTls {
        /// Tag of IMAP, else empty.
        tag: &'a [u8],
    },
    /// A message that ends with a dot may follow (RFC 5321 4.1.1.4, RFC 3977 6.3).
    Message,
    /// So many bytes follow (RFC 3030 2).
    Chunk(u64),
    /// Something else.
    Other,
}

/// What a line of the client asks for.
pub fn command(protocol: Protocol, line: &[u8]) -> Command<'_> {
    let (verb, rest) = word(line);
    match protocol {
        Protocol::Smtp => smtp(verb, rest),
        Protocol::Imap => imap(verb, rest),
        Protocol::Pop3 => pop3(verb, rest),
        Protocol::Nntp => nntp(verb, rest),
    }
}

/// How many bytes follow a line of IMAP that ends with a literal (RFC 9051 4.3, RFC 7888), before the line goes on.
pub fn literal(line: &[u8]) -> Option<u64> {
    let inside = line.strip_suffix(b"}")?;
    let open = inside.iter().rposition(|byte| *byte == b'{')?;
    let digits = inside.get(open.saturating_add(1)..)?;
    number(digits.strip_suffix(b"+").or_else(|| digits.strip_suffix(b"-")).unwrap_or(digits))
}

fn smtp<'a>(verb: &[u8], rest: &'a [u8]) -> Command<'a> {
    if is(verb, "AUTH") {
        return auth(b"", rest);
    }
    if is(verb, "STARTTLS") {
        return Command::StartTls { tag: b"" };
    }
    if is(verb, "BDAT") {
        return number(word(rest).0).map_or(Command::Other, Command::Chunk);
    }
    if is(verb, "DATA") { Command::Message } else { Command::Other }
}

fn imap<'a>(tag: &'a [u8], rest: &'a [u8]) -> Command<'a> {
    let (verb, rest) = word(rest);
    if tag.len() > MAX_TAG {
        return Command::Other;
    }
    if is(verb, "AUTHENTICATE") {
        return auth(tag, rest);
    }
    if is(verb, "LOGIN") {
        return Command::Password { tag, name: "LOGIN" };
    }
    if is(verb, "STARTTLS") { Command::StartTls { tag } } else { Command::Other }
}

fn pop3<'a>(verb: &[u8], rest: &'a [u8]) -> Command<'a> {
    if is(verb, "AUTH") {
        return auth(b"", rest);
    }
    for name in ["PASS", "APOP"] {
        if is(verb, name) {
            return Command::Password { tag: b"", name };
        }
    }
    if is(verb, "STLS") { Command::StartTls { tag: b"" } } else { Command::Other }
}

fn nntp<'a>(verb: &[u8], rest: &'a [u8]) -> Command<'a> {
    if is(verb, "STARTTLS") {
        return Command::StartTls { tag: b"" };
    }
    if is(verb, "POST") || is(verb, "IHAVE") {
        return Command::Message;
    }
    if !is(verb, "AUTHINFO") {
        return Command::Other;
    }
    let (kind, rest) = word(rest);
    if is(kind, "SASL") {
        return auth(b"", rest);
    }
    if is(kind, "PASS") {
        return Command::Password { tag: b"", name: "PASS" };
    }
    if !is(kind, "GENERIC") {
        return Command::Other;
    }
    // The mechanism and the tokens come in the same command; no mechanism has so long a name, and no token so short a one.
    match word(rest).0 {
        token if token.len() > MAX_MECHANISM => Command::Token(Secret::new(token)),
        _ => auth(b"", rest),
    }
}

/// `AUTH` without a mechanism asks for the list of them.
fn auth<'a>(tag: &'a [u8], rest: &'a [u8]) -> Command<'a> {
    let (mechanism, rest) = word(rest);
    if mechanism.is_empty() || mechanism.len() > MAX_MECHANISM {
        return Command::Other;
    }
    let initial = word(rest).0;
    Command::Auth { tag, mechanism, initial: (!initial.is_empty()).then_some(Secret::new(initial)) }
}

/// The longest name of a SASL mechanism (RFC 4422 3.1).
const MAX_MECHANISM: usize = 20;
/// The longest tag that is read; the specification knows no bound.
const MAX_TAG: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_whatever_their_case() {
        let auth = |tag: &'static [u8], mechanism: &'static [u8], initial: Option<&'static [u8]>| {
            Command::Auth { tag, mechanism, initial: initial.map(Secret::new) }
        };
        let password = |tag, name| Command::Password { tag, name };
        // RFC 4954 4.1, RFC 9051 6.2.2, RFC 5034 6, RFC 4643 2.4, [MS-NNTP] 4.1.
        for (protocol, line, expected) in [
            (
                Protocol::Smtp,
                &b"AUTH PLAIN dGVzdAB0ZXN0ADEyMzQ="[..],
                auth(b"", b"PLAIN", Some(b"dGVzdAB0ZXN0ADEyMzQ=")),
            ),
            (Protocol::Smtp, b"auth ntlm", auth(b"", b"ntlm", None)),
            (Protocol::Smtp, b"starttls", Command::StartTls { tag: b"" }),
            (Protocol::Smtp, b"BDAT 86 LAST", Command::Chunk(86)),
            (Protocol::Smtp, b"DATA", Command::Message),
            (Protocol::Smtp, b"AUTHENTICATE NTLM", Command::Other),
            (Protocol::Imap, b"A001 AUTHENTICATE GSSAPI", auth(b"A001", b"GSSAPI", None)),
            (Protocol::Imap, b"a LOGIN SMITH SESAME", password(b"a", "LOGIN")),
            (Protocol::Imap, b"a002 STARTTLS", Command::StartTls { tag: b"a002" }),
            (Protocol::Imap, b"AUTHENTICATE", Command::Other),
            (Protocol::Pop3, b"AUTH", Command::Other),
            (Protocol::Pop3, b"AUTH EXTERNAL =", auth(b"", b"EXTERNAL", Some(b"="))),
            (Protocol::Pop3, b"USER mrose", Command::Other),
            (Protocol::Pop3, b"PASS secret", password(b"", "PASS")),
            (Protocol::Pop3, b"STLS", Command::StartTls { tag: b"" }),
            (Protocol::Nntp, b"AUTHINFO SASL DIGEST-MD5", auth(b"", b"DIGEST-MD5", None)),
            (Protocol::Nntp, b"AUTHINFO GENERIC NTLM", auth(b"", b"NTLM", None)),
            (
                Protocol::Nntp,
                b"AUTHINFO GENERIC TlRMTVNTUAABAAAAB7IIogcABwAv",
                Command::Token(Secret::new(b"TlRMTVNTUAABAAAAB7IIogcABwAv")),
            ),
            (Protocol::Nntp, b"AUTHINFO USER wilma", Command::Other),
            (Protocol::Nntp, b"AUTHINFO PASS flintstone", password(b"", "PASS")),
        ] {
            assert_eq!(command(protocol, line), expected, "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn a_literal_says_how_long_it_is() {
        for (line, expected) in [
            (&b"A001 LOGIN {11}"[..], Some(11)),
            (b"A001 LOGIN {11+}", Some(11)),
            (b"* 1 FETCH (BODY[HEADER] {90}", Some(90)),
            (b"A001 LOGIN {x}", None),
            (b"{}", None),
            (b"A001 NOOP", None),
        ] {
            assert_eq!(literal(line), expected);
        }
    }
}
