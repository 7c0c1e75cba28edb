//! The line protocols of mail and news that carry SASL: SMTP (RFC 5321, RFC 4954), IMAP (RFC 9051), POP3 (RFC 1939, RFC 5034) and
//! NNTP (RFC 3977, RFC 4643), with what Microsoft added ([MS-SMTPNTLM], [MS-OXIMAP4], [MS-POP3], [MS-NNTP]). Lines are cut out,
//! and of each what belongs to a logon; tokens stay in base 64.

mod command;
mod opening;
mod reply;

pub use command::{Command, command, literal};
pub use opening::{Opening, opening, recognise};
pub use reply::{Reply, Status, reply};

use nom::FindSubstring;

use crate::frame::{Found, Framed};

/// One of the protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Simple Mail Transfer Protocol.
    Smtp,
    /// Internet Message Access Protocol.
    Imap,
    /// Post Office Protocol.
    Pop3,
    /// Network News Transfer Protocol.
    Nntp,
}

/// The next line, without its end; bare line feeds end one, as servers allow it.
///
/// `searched` says how many bytes of the slice an earlier call for the same line has seen.
pub fn line(bytes: &[u8], searched: usize) -> Framed<'_> {
    let from = searched.min(bytes.len());
    let end = newline(bytes.get(from..).unwrap_or_default()).map(|end| end.saturating_add(from));
    match end.and_then(|end| bytes.split_at_checked(end)) {
        Some((body, _)) if body.len() <= MAX_LINE => Framed::Record {
            body: body.strip_suffix(b"\r").unwrap_or(body),
            consumed: body.len().saturating_add(1),
        },
        None if bytes.len() <= MAX_LINE => Framed::Need(bytes.len().saturating_add(1)),
        _ => Framed::Lost,
    }
}

/// Where the next line starts, for a stream that starts anywhere.
pub fn find(bytes: &[u8]) -> Found {
    newline(bytes).map_or(Found::NotBefore(bytes.len()), |end| Found::At(end.saturating_add(1)))
}

/// The next piece of a message that ends with a dot on a line of its own (RFC 5321 4.1.1.4): a [`Framed::Record`] is that end.
///
/// `fresh`: the slice starts behind a line. Nothing but the end is looked for.
pub fn dotted(bytes: &[u8], fresh: bool) -> Framed<'_> {
    if fresh {
        let known = bytes.iter().zip(DOT).take_while(|(byte, dot)| byte == dot).count();
        if known == DOT.len() {
            return Framed::Record { body: &[], consumed: known };
        }
        if known == bytes.len() {
            return Framed::Need(known.saturating_add(1));
        }
    }
    if let Some(end) = bytes.find_substring(END) {
        return Framed::Record { body: &[], consumed: end.saturating_add(END.len()) };
    }
    // What may be the start of the end is looked at again.
    let kept = (1..END.len()).rev().find(|len| END.get(..*len).is_some_and(|start| bytes.ends_with(start)));
    match bytes.len().saturating_sub(kept.unwrap_or(0)) {
        0 => Framed::Need(bytes.len().saturating_add(1)),
        len => Framed::Skip(len),
    }
}

/// The next line feed. The search of nom is a vectorised one.
fn newline(bytes: &[u8]) -> Option<usize> {
    bytes.find_substring(&b"\n"[..])
}

/// The first word of a line, and the rest without the spaces between.
fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let len = line.iter().take_while(|byte| **byte != b' ').count();
    let (word, rest) = line.split_at_checked(len).unwrap_or((line, &[]));
    (word, rest.trim_ascii_start())
}

/// Whether a word is this one, in whatever case.
fn is(word: &[u8], known: &str) -> bool {
    word.eq_ignore_ascii_case(known.as_bytes())
}

/// A number without a sign.
fn number(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?;
    if digits.first()?.is_ascii_digit() { text.parse().ok() } else { None }
}

/// The longest line: a token of 64 KiB in base 64, and the command before it. RFC 4954 4 asks for 12288 bytes, and a Kerberos
/// ticket of Windows may have 48000.
pub const MAX_LINE: usize = 90 * 1024;
const DOT: &[u8] = b".\r\n";
const END: &[u8] = b"\n.\r\n";

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test code")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::frame::Recognised;

    /// arkime/arkime, `ntlm_synthetic.pcap`: a logon with NTLM each.
    const SMTP: [&[u8]; 2] = [
        include_bytes!("../testdata/smtp-ntlm-client.bin"),
        include_bytes!("../testdata/smtp-ntlm-server.bin"),
    ];
    const IMAP: [&[u8]; 2] = [
        include_bytes!("../testdata/imap-ntlm-client.bin"),
        include_bytes!("../testdata/imap-ntlm-server.bin"),
    ];
    const POP3: [&[u8]; 2] = [
        include_bytes!("../testdata/pop3-ntlm-client.bin"),
        include_bytes!("../testdata/pop3-ntlm-server.bin"),
    ];

    fn lines(mut bytes: &[u8]) -> Vec<&[u8]> {
        let mut all = Vec::new();
        while let Framed::Record { body, consumed } = line(bytes, 0) {
            all.push(body);
            bytes = &bytes[consumed..];
        }
        assert_eq!(bytes, b"");
        all
    }

    #[test]
    fn the_lines_of_a_logon_say_what_they_are() {
        for (protocol, [client, server], mechanism) in
            [(Protocol::Smtp, SMTP, 1), (Protocol::Imap, IMAP, 0), (Protocol::Pop3, POP3, 0)]
        {
            let auth = lines(client)[mechanism];
            let Command::Auth { tag, mechanism, initial } = command(protocol, auth) else { panic!() };
            assert_eq!((mechanism, initial), (&b"NTLM"[..], None));
            assert_eq!(tag, if protocol == Protocol::Imap { &b"a001"[..] } else { b"" });
            let replies: Vec<_> = lines(server).into_iter().map(|line| reply(protocol, line)).collect();
            let tokens: Vec<usize> = replies
                .iter()
                .filter_map(|reply| if let Reply::Continue(token) = reply { Some(token.len()) } else { None })
                .collect();
            assert_eq!(tokens.len(), 2, "{replies:?}");
            assert_eq!(tokens[0], 0);
        }
    }

    #[test]
    fn a_line_may_end_without_a_carriage_return_and_not_at_all() {
        assert_eq!(line(b"QUIT\n.", 0), Framed::Record { body: b"QUIT", consumed: 5 });
        assert_eq!(line(b"QUIT\r", 4), Framed::Need(6));
        assert_eq!(line(&vec![b'a'; MAX_LINE + 1], 0), Framed::Lost);
        assert_eq!(find(b"abc\ndef"), Found::At(4));
        assert_eq!(find(b"abc"), Found::NotBefore(3));
    }

    #[test]
    fn a_message_ends_with_a_dot_alone() {
        assert_eq!(dotted(b".\r\nQUIT", true), Framed::Record { body: b"", consumed: 3 });
        assert_eq!(dotted(b".\r\nQUIT", false), Framed::Skip(7));
        assert_eq!(dotted(b"a\r\n..\r\n.\r\nQUIT", true), Framed::Record { body: b"", consumed: 10 });
        assert_eq!(dotted(b"a\r\n.\r", true), Framed::Skip(2));
        assert_eq!(dotted(b"\n.\r", false), Framed::Need(4));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), fresh in any::<bool>()) {
            for protocol in [Protocol::Smtp, Protocol::Imap, Protocol::Pop3, Protocol::Nntp] {
                let _ = (command(protocol, &bytes), reply(protocol, &bytes), literal(&bytes));
            }
            for framed in [line(&bytes, 0), dotted(&bytes, fresh)] {
                match framed {
                    Framed::Record { consumed, .. } => prop_assert!(consumed > 0 && consumed <= bytes.len()),
                    Framed::Skip(len) => prop_assert!(len > 0 && len <= bytes.len()),
                    Framed::Need(len) => prop_assert!(len > bytes.len()),
                    Framed::Lost => {}
                }
            }
            if let Recognised::Need(len) = recognise(&bytes) {
                prop_assert!(len > bytes.len());
            }
        }

        /// However a message is cut, its end is found at the same place.
        #[test]
        fn a_cut_does_not_move_the_end(text in "[a\r\n.]{0,30}", cuts in prop::collection::vec(1_usize..5, 40)) {
            let text = text + "\r\n.\r\n";
            let bytes = text.as_bytes();
            let Framed::Record { consumed: expected, .. } = dotted(bytes, true) else { panic!() };
            let (mut at, mut end, mut fresh) = (0, 0, true);
            let mut cuts = cuts.into_iter().cycle();
            loop {
                end = bytes.len().min(end + cuts.next().unwrap());
                match dotted(&bytes[at..end], fresh) {
                    Framed::Record { consumed, .. } => break prop_assert_eq!(at + consumed, expected),
                    Framed::Skip(len) => (at, fresh) = (at + len, false),
                    Framed::Need(_) => {}
                    Framed::Lost => panic!(),
                }
            }
        }

        /// What the start of a stream is does not change when more of it comes.
        #[test]
        fn a_prefix_is_undecided_or_the_same(at in any::<prop::sample::Index>(), which in 0..6_usize) {
            let whole = [SMTP[0], SMTP[1], IMAP[0], IMAP[1], POP3[0], POP3[1]][which];
            match recognise(&whole[..at.index(whole.len())]) {
                Recognised::No => panic!(),
                Recognised::Yes | Recognised::Need(_) => {}
            }
            prop_assert_eq!(recognise(whole), Recognised::Yes);
        }
    }
}
