//! Telnet (RFC 854, RFC 855) and its AUTHENTICATION option (RFC 2941), with Kerberos 5 (RFC 2942) and NTLM ([MS-TNAP]).

use std::borrow::Cow;

use nom::FindSubstring;

use crate::frame::{Framed, Recognised, size};
use crate::secret::Secret;

/// What of Telnet belongs to a logon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// `IAC WONT AUTHENTICATION` or `IAC DONT AUTHENTICATION`: there will be none.
    Refused,
    /// The parameters of a subnegotiation of the option, with `IAC` still doubled in them.
    Parameters(Secret<'a>),
}

/// A command of the option (RFC 2941 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command(pub u8);

impl Command {
    /// `IS`: the client's part.
    pub const IS: Self = Self(0);
    /// `SEND`: the types that the server takes.
    pub const SEND: Self = Self(1);
    /// `REPLY`: the server's part.
    pub const REPLY: Self = Self(2);
    /// `NAME`: who the client wants to be.
    pub const NAME: Self = Self(3);
}

/// An authentication type (RFC 2941 4, [MS-TNAP] 2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthenticationType(pub u8);

impl AuthenticationType {
    /// `NULL`: the client has none of those that the server takes.
    pub const NULL: Self = Self(0);
    /// `KERBEROS_V4`.
    pub const KERBEROS_V4: Self = Self(1);
    /// `KERBEROS_V5`.
    pub const KERBEROS_V5: Self = Self(2);
    /// `SRP`.
    pub const SRP: Self = Self(5);
    /// `RSA`.
    pub const RSA: Self = Self(6);
    /// `SSL`.
    pub const SSL: Self = Self(7);
    /// `NTLM`.
    pub const NTLM: Self = Self(15);
}

/// An `IS` or a `REPLY` (RFC 2941 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authentication<'a> {
    /// Who sends it.
    pub command: Command,
    /// The type that its data are of.
    pub kind: AuthenticationType,
    /// What the data are, by a number of the type's own.
    pub sub_command: u8,
    /// Data of the type behind that number.
    pub data: Secret<'a>,
}

/// What `sub_command` says in Kerberos 5 (RFC 2942 2).
pub mod kerberos {
    /// `AUTH`: an AP-REQ.
    pub const AUTH: u8 = 0;
    /// `REJECT`, and why, in words.
    pub const REJECT: u8 = 1;
    /// `ACCEPT`, and whom.
    pub const ACCEPT: u8 = 2;
    /// `RESPONSE`: an AP-REP.
    pub const RESPONSE: u8 = 3;
}

/// What `sub_command` says in NTLM ([MS-TNAP] 2.2.2).
pub mod ntlm {
    /// `NTLM_NEGOTIATE`, `NTLM_CHALLENGE` and `NTLM_AUTHENTICATE`: a message.
    pub const MESSAGES: std::ops::RangeInclusive<u8> = 0..=2;
    /// `NTLM_ACCEPT`.
    pub const ACCEPT: u8 = 3;
    /// `NTLM_REJECT`.
    pub const REJECT: u8 = 4;
}

/// Whether the first bytes of a direction are the negotiation of an option that is known.
pub fn recognise(bytes: &[u8]) -> Recognised {
    match bytes {
        [] | [IAC] | [IAC, SB..=DONT] => Recognised::Need(3),
        [IAC, SB..=DONT, option, ..] if is_option(*option) => Recognised::Yes,
        _ => Recognised::No,
    }
}

/// The next message, or what is to be passed over: the text of the session and other options.
pub fn frame(bytes: &[u8]) -> Framed<'_> {
    let len = match bytes {
        [] => return Framed::Need(1),
        [IAC] | [IAC, SB..=DONT] => return Framed::Need(3),
        [IAC, WONT | DONT, AUTHENTICATION, ..] => {
            return Framed::Record { body: bytes.get(..3).unwrap_or_default(), consumed: 3 };
        }
        [IAC, WILL..=DONT, ..] => 3,
        [IAC, SB, ..] => return subnegotiation(bytes),
        [IAC, ..] => 2,
        _ => next_iac(bytes, 0).unwrap_or(bytes.len()),
    };
    Framed::Skip(len)
}

/// Reads a record that [`frame`] cut out.
pub fn message(record: &[u8]) -> Message<'_> {
    match record {
        [IAC, SB, AUTHENTICATION, parameters @ .., IAC, SE] => Message::Parameters(Secret::new(parameters)),
        _ => Message::Refused,
    }
}

/// Parameters as they were before `IAC` was doubled (RFC 855). A single one stands for itself.
pub fn unescape(parameters: Secret<'_>) -> Cow<'_, [u8]> {
    let parameters = parameters.expose();
    if parameters.find_substring(&[IAC, IAC][..]).is_none() {
        return Cow::Borrowed(parameters);
    }
    let mut plain = Vec::with_capacity(parameters.len());
    let mut is_doubled = false;
    for byte in parameters {
        is_doubled = *byte == IAC && !is_doubled && plain.last() == Some(&IAC);
        if !is_doubled {
            plain.push(*byte);
        }
    }
    Cow::Owned(plain)
}

/// The `IS` or `REPLY` in parameters; `None` where they are neither, or end early.
pub fn authentication(parameters: &[u8]) -> Option<Authentication<'_>> {
    let ([command, kind, _modifier, sub_command], data) = parameters.split_first_chunk()?;
    let command = Command(*command);
    let kind = AuthenticationType(*kind);
    let is_known = matches!(command, Command::IS | Command::REPLY);
    is_known.then_some(Authentication { command, kind, sub_command: *sub_command, data: Secret::new(data) })
}

/// `NTLM_Data`, without its size and its type ([MS-TNAP] 2.2.2), and whether all of it is there.
pub fn ntlm_data(data: Secret<'_>) -> Option<(Secret<'_>, bool)> {
    let (size_field, rest) = data.expose().split_first_chunk()?;
    let message = rest.get(4..)?;
    let len = size(u32::from_le_bytes(*size_field));
    Some((Secret::new(message.get(..len).unwrap_or(message)), len <= message.len()))
}

/// A subnegotiation at the start of the bytes: that of the option is a record, any other is passed over.
fn subnegotiation(bytes: &[u8]) -> Framed<'_> {
    let mut from = 2;
    let end = loop {
        let Some(at) = next_iac(bytes, from) else { break None };
        match bytes.get(at.saturating_add(1)) {
            Some(&SE) => break at.checked_add(2),
            Some(_) => from = at.saturating_add(2),
            None => break None,
        }
    };
    match (end, bytes.get(2)) {
        (Some(end), _) if end > MAX_SUBNEGOTIATION => Framed::Skip(end),
        (Some(end), Some(&AUTHENTICATION)) => {
            Framed::Record { body: bytes.get(..end).unwrap_or_default(), consumed: end }
        }
        (Some(end), _) => Framed::Skip(end),
        (None, _) if bytes.len() < MAX_SUBNEGOTIATION => Framed::Need(bytes.len().saturating_add(1)),
        // One without an end: what follows is text again.
        (None, _) => Framed::Skip(2),
    }
}

/// Where the next `IAC` at or behind an offset is.
fn next_iac(bytes: &[u8], from: usize) -> Option<usize> {
    bytes.get(from..)?.find_substring(&[IAC][..]).map(|at| at.saturating_add(from))
}

/// Options that are in use. MPEG audio begins with the same two bytes, but seldom with such a third one.
fn is_option(option: u8) -> bool {
    matches!(option, 0 | 1 | 3 | 5 | 6 | 18 | 23..=25 | 31..=42 | 44..=49)
}

const IAC: u8 = 255;
const DONT: u8 = 254;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;
const AUTHENTICATION: u8 = 37;
/// The largest Kerberos ticket of Windows has 48000 bytes.
pub const MAX_SUBNEGOTIATION: usize = 1 << 16;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test code")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hex::hex;

    const CHALLENGE: &[u8] = include_bytes!("../tests/data/ntlmv2-challenge.bin");

    /// [MS-TNAP] 4.1, its third frame, with a challenge from a network.
    fn reply() -> Vec<u8> {
        let len = u32::try_from(CHALLENGE.len()).unwrap().to_le_bytes();
        let data = [&hex("02 0f 00 01")[..], &len, &hex("02000000"), CHALLENGE].concat();
        let doubled: Vec<u8> =
            data.iter().flat_map(|byte| std::iter::repeat_n(*byte, 1 + usize::from(*byte == IAC))).collect();
        [&hex("fffa25")[..], &doubled, &hex("fff0")].concat()
    }

    #[test]
    fn a_message_of_ntlm_is_cut_and_read() {
        let bytes = [&reply()[..], b"login: "].concat();
        let Framed::Record { body, consumed } = frame(&bytes) else { panic!() };
        assert_eq!(consumed, bytes.len() - 7);
        let Message::Parameters(parameters) = message(body) else { panic!() };
        let plain = unescape(parameters);
        let read = authentication(&plain).unwrap();
        assert_eq!(
            (read.command, read.kind, read.sub_command),
            (Command::REPLY, AuthenticationType::NTLM, 1)
        );
        assert_eq!(ntlm_data(read.data), Some((Secret::new(CHALLENGE), true)));
        for end in 0..consumed {
            assert!(matches!(frame(&bytes[..end]), Framed::Need(count) if count > end), "{end}");
        }
    }

    #[test]
    fn doubled_bytes_are_single_ones_again() {
        for (doubled, plain) in [
            ("01ffff02", "01ff02"),
            ("ffffffff", "ffff"),
            ("ffffff", "ffff"),
            ("ff01", "ff01"),
            ("0102", "0102"),
            ("", ""),
        ] {
            assert_eq!(unescape(Secret::new(&hex(doubled))), hex(plain), "{doubled}");
        }
        // A doubled one before SE is none of its end.
        let bytes = hex("fffa25 0002 fffff0 fff0");
        assert!(matches!(frame(&bytes), Framed::Record { consumed: 10, .. }), "{:?}", frame(&bytes));
    }

    #[test]
    fn options_and_text_are_passed_over() {
        // telnetd of GNU inetutils.
        let bytes = hex("fffd25 fffb26 fffa1f00500018fff0 0d0a fff1 ffff 41 fffc25");
        let (mut rest, mut seen) = (&bytes[..], Vec::new());
        loop {
            match frame(rest) {
                Framed::Skip(count) => (seen.push(count), rest = &rest[count..]).1,
                Framed::Record { body, consumed } => {
                    assert_eq!((message(body), consumed, rest.len()), (Message::Refused, 3, 3));
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(seen, [3, 3, 9, 2, 2, 2, 1]);
    }

    #[test]
    fn telnet_is_told_by_its_options() {
        for (bytes, expected) in [
            ("fffd25", Recognised::Yes),
            ("fffa25010f00fff0", Recognised::Yes),
            ("fffb18", Recognised::Yes),
            ("fffb90", Recognised::No),
            ("ffd8ffe0", Recognised::No),
            ("ff", Recognised::Need(3)),
            ("fffd", Recognised::Need(3)),
        ] {
            assert_eq!(recognise(&hex(bytes)), expected, "{bytes}");
        }
    }

    #[test]
    fn one_without_an_end_is_given_up() {
        let mut bytes = hex("fffa25");
        bytes.resize(MAX_SUBNEGOTIATION, 0);
        assert_eq!(frame(&bytes), Framed::Skip(2));
        bytes.pop();
        assert_eq!(frame(&bytes), Framed::Need(MAX_SUBNEGOTIATION));
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(prop_oneof![240_u8..=255, 0_u8..40], 0..40)) {
            match frame(&bytes) {
                Framed::Need(count) => prop_assert!(count > bytes.len()),
                Framed::Record { consumed, .. } | Framed::Skip(consumed) => {
                    prop_assert!(consumed > 0 && consumed <= bytes.len());
                }
                Framed::Lost => {}
            }
            let plain = unescape(Secret::new(&bytes));
            prop_assert!(plain.len() <= bytes.len());
            let _ = (message(&bytes), authentication(&plain).map(|read| ntlm_data(read.data)), recognise(&bytes));
        }
    }
}
