//! Which protocol the first lines of a direction belong to. Other line protocols share some words, FTP most of all, so that a
//! greeting with a number is believed only with what follows it.

use super::{Protocol, find, is, word};
use crate::frame::{Found, Recognised};

/// What the first line of a direction says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The protocol.
    pub protocol: Protocol,
    /// The line could as well be one of POP3.
    pub is_ambiguous: bool,
    /// The client sent it.
    pub from_client: bool,
}

/// What the first line of a direction says; `None` where it is of none of the protocols, or where more is needed to tell.
pub fn opening(bytes: &[u8]) -> Option<Opening> {
    look(bytes).ok()
}

/// Whether the first bytes of a direction are of one of the protocols.
pub fn recognise(bytes: &[u8]) -> Recognised {
    look(bytes).map_or_else(|recognised| recognised, |_| Recognised::Yes)
}

fn look(bytes: &[u8]) -> Result<Opening, Recognised> {
    let more = Recognised::Need(bytes.len().saturating_add(1));
    // What follows the longest line says nothing, whether it is there or not.
    let start = bytes.get(..MAX_FIRST_LINE).unwrap_or(bytes);
    let (line, is_whole) = match find(start) {
        Found::At(end) => (start.get(..end.saturating_sub(1)).unwrap_or(start), true),
        Found::NotBefore(_) => (start, start.len() >= MAX_FIRST_LINE),
    };
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let is_text = line.iter().all(|byte| matches!(byte, b' '..=b'~' | 0x80..));
    if !is_text {
        return Err(Recognised::No);
    }
    if !is_whole {
        return Err(if is_plausible(line) { more } else { Recognised::No });
    }
    let line = line.trim_ascii_end();
    if let Some(opening) = of_client(line).or_else(|| of_server(line)) {
        return Ok(opening);
    }
    match line {
        [b'2', b'2', b'0', ..] => greeting(bytes, Protocol::Smtp, &[b"250"]),
        [b'2', b'0', b'0' | b'1', ..] => greeting(bytes, Protocol::Nntp, &NNTP_AFTER_GREETING),
        _ => Err(Recognised::No),
    }
}

/// What a line that has not ended may still become.
fn is_plausible(line: &[u8]) -> bool {
    let (first, rest) = word(line);
    if matches!(first, [] | [b'+' | b'*' | b'2' | b'3', ..]) {
        return true;
    }
    if first.len() == line.len() {
        return first.len() <= MAX_TAG;
    }
    let second = word(rest).0;
    let is_start = |verb: &&str| verb.get(..second.len()).is_some_and(|start| is(second, start));
    VERBS.iter().any(|verb| is(first, verb)) || (is_tag(first) && IMAP.iter().any(is_start))
}

fn of_client(line: &[u8]) -> Option<Opening> {
    let (verb, rest) = word(line);
    let (first, rest) = word(rest);
    let is_one_of = |word: &[u8], known: &[&str]| known.iter().any(|known| is(word, known));
    let is_sender = first.get(..5).is_some_and(|start| is(start, "FROM:"));
    let protocol = if is_one_of(verb, &["EHLO", "HELO"]) && !first.is_empty() || is(verb, "MAIL") && is_sender
    {
        Protocol::Smtp
    } else if is(verb, "AUTH") && is_one_of(first, &MECHANISMS) {
        return Some(Opening { protocol: Protocol::Smtp, is_ambiguous: true, from_client: true });
    } else if is_one_of(verb, &["CAPA", "STLS"]) && first.is_empty() || is(verb, "APOP") && !rest.is_empty() {
        Protocol::Pop3
    } else if is(verb, "CAPABILITIES")
        || is(verb, "MODE") && is(first, "READER")
        || is(verb, "AUTHINFO") && is_one_of(first, &["USER", "PASS", "SASL", "GENERIC"])
    {
        Protocol::Nntp
    } else if is_tag(verb) && is_one_of(first, &IMAP) {
        Protocol::Imap
    } else {
        return None;
    };
    Some(Opening { protocol, is_ambiguous: false, from_client: true })
}

fn of_server(line: &[u8]) -> Option<Opening> {
    let (first, rest) = word(line);
    let protocol = match first {
        // Redis says as much, without words behind it.
        b"+OK" if !rest.is_empty() => Protocol::Pop3,
        b"*" if ["OK", "PREAUTH", "BYE"].iter().any(|status| is(word(rest).0, status)) => Protocol::Imap,
        b"334" if rest.starts_with(NTLMSSP) => Protocol::Smtp,
        b"381" | b"383" if rest.starts_with(NTLMSSP) => Protocol::Nntp,
        _ => return None,
    };
    Some(Opening { protocol, is_ambiguous: false, from_client: false })
}

/// Looks at what the server says behind its greeting, which is repeated where it has several lines.
fn greeting(bytes: &[u8], protocol: Protocol, after: &[&[u8; 3]]) -> Result<Opening, Recognised> {
    let greeting = bytes.first_chunk::<3>();
    for line in bytes.get(..MAX_GREETING).unwrap_or(bytes).split(|byte| *byte == b'\n').skip(1) {
        match line.first_chunk::<3>() {
            code if code == greeting => {}
            Some(code) if after.contains(&code) => {
                return Ok(Opening { protocol, is_ambiguous: false, from_client: false });
            }
            Some(_) => return Err(Recognised::No),
            None => break,
        }
    }
    Err(if bytes.len() < MAX_GREETING {
        Recognised::Need(bytes.len().saturating_add(1))
    } else {
        Recognised::No
    })
}

/// A tag of IMAP. The specification allows more; clients count.
fn is_tag(word: &[u8]) -> bool {
    word.len() <= MAX_TAG
        && word.iter().any(u8::is_ascii_digit)
        && word.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// NTLMSSP and its zero, in base 64, as far as the next byte does not matter.
const NTLMSSP: &[u8] = b"TlRMTVNTUA";
/// The longest first line that is waited for.
const MAX_FIRST_LINE: usize = 512;
/// The longest greeting.
const MAX_GREETING: usize = 4096;
const MAX_TAG: usize = 32;
/// First words of [`of_client`] that others follow.
const VERBS: [&str; 7] = ["EHLO", "HELO", "MAIL", "AUTH", "APOP", "MODE", "AUTHINFO"];
/// Commands of IMAP before a logon.
const IMAP: [&str; 5] = ["CAPABILITY", "AUTHENTICATE", "LOGIN", "STARTTLS", "ID"];
/// What a server of news answers to the first command, logons in mind.
const NNTP_AFTER_GREETING: [&[u8; 3]; 7] = [b"101", b"211", b"281", b"381", b"383", b"480", b"483"];
/// Mechanisms after `AUTH` that FTP (RFC 2228), which has one of its own called GSSAPI, and Redis do not know.
const MECHANISMS: [&str; 9] = [
    "NTLM",
    "GSS-SPNEGO",
    "PLAIN",
    "LOGIN",
    "CRAM-MD5",
    "DIGEST-MD5",
    "SCRAM-SHA-1",
    "SCRAM-SHA-256",
    "XOAUTH2",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_is_told_by_its_first_lines() {
        for (bytes, expected) in [
            (&b"EHLO cl\r\n"[..], Protocol::Smtp),
            (b"MAIL FROM:<a@b.test>\r\n", Protocol::Smtp),
            (b"220 mail.lab.test Dovecot ready.\r\n250-mail.lab.test", Protocol::Smtp),
            (b"220-a\r\n220 b\r\n250 c", Protocol::Smtp),
            (b"334 TlRMTVNTUAACAAAA\r\n", Protocol::Smtp),
            (b"auth ntlm\r\n", Protocol::Smtp),
            (b"* OK [CAPABILITY IMAP4rev1] ready.\r\n", Protocol::Imap),
            (b"A001 CAPABILITY\r\n", Protocol::Imap),
            (b"OMOE0 authenticate ntlm\r\n", Protocol::Imap),
            (b"+OK Dovecot ready.\r\n", Protocol::Pop3),
            (b"CAPA\r\n", Protocol::Pop3),
            (b"CAPABILITIES\r\n", Protocol::Nntp),
            (b"AUTHINFO GENERIC NTLM\r\n", Protocol::Nntp),
            (b"200 Leafnode NNTP Daemon\r\n480 authentication required\r\n", Protocol::Nntp),
        ] {
            let shown = String::from_utf8_lossy(bytes);
            assert_eq!(opening(bytes).map(|opening| opening.protocol), Some(expected), "{shown}");
            for cut in 0..bytes.len() {
                assert!(recognise(&bytes[..cut]) != Recognised::No, "{shown} {cut}");
            }
        }
    }

    #[test]
    fn other_line_protocols_are_not_taken_for_mail() {
        for bytes in [
            // FTP (RFC 959, RFC 2228).
            &b"220 (vsFTPd 3.0.3)\r\n331 Please specify the password.\r\n"[..],
            b"USER anonymous\r\n",
            b"AUTH TLS\r\n",
            b"AUTH GSSAPI\r\n",
            // IRC, Redis, SSH, ManageSieve, SIP, HTTP, TLS.
            b"NICK alice\r\n",
            b"AUTH foobared\r\n",
            b"+OK\r\n",
            b"*2\r\n$4\r\nAUTH\r\n",
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"\"IMPLEMENTATION\" \"Dovecot\"\r\n",
            b"OPTIONS sip:a@b.test SIP/2.0\r\n",
            b"GET / HTTP/1.1\r\n",
            b"\x16\x03\x01\x02\x00",
            b"some words of nothing",
        ] {
            assert_eq!(recognise(bytes), Recognised::No, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_greeting_waits_for_what_follows_it() {
        for greeting in [&b"220 ready\r\n"[..], b"220 ready\r\n2", b"200 ready\r\n", b"201 ready\r\n"] {
            assert_eq!(recognise(greeting), Recognised::Need(greeting.len().saturating_add(1)));
        }
        let long = b"220 a\r\n".repeat(MAX_GREETING);
        assert_eq!(recognise(&long), Recognised::No);
    }
}
