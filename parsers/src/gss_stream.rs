//! A bare stream of GSS-API tokens: the framing of MIT's sample programs (`gss-client`, `gss-server`), with a byte of flags and four
//! of length before each token, or with the length alone as their older protocol has it.

use crate::frame::{Framed, Recognised, size};
use crate::gss;
use crate::token;

/// The byte of flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// `TOKEN_CONTEXT`: the token is one of the logon.
    pub const CONTEXT: Self = Self(0x02);
    /// `TOKEN_MIC`: the server's receipt for what was sent after the logon.
    pub const MIC: Self = Self(0x08);

    /// Whether all bits of another are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// How the tokens of a stream are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Flags and length.
    Flagged,
    /// Length.
    Plain,
}

/// A token and its flags; a token without flags is one of the logon as far as its framing says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Flags.
    pub flags: Flags,
    /// The token.
    pub token: &'a [u8],
}

/// Whether the first bytes of a direction are such a token, or the empty message with which a client opens.
pub fn recognise(bytes: &[u8], framing: Framing) -> Recognised {
    let Some((head, rest)) = bytes.split_at_checked(framing.header()) else {
        return if framing.could_start(bytes) { Recognised::Need(framing.header()) } else { Recognised::No };
    };
    if framing == Framing::Flagged && head == OPENING {
        return Recognised::Yes;
    }
    if !framing.could_start(head) || (framing == Framing::Flagged && head.first() == OPENING.first()) {
        return Recognised::No;
    }
    let needed = framing.header().saturating_add(TOKEN_START);
    match rest {
        [] => Recognised::Need(needed),
        [gss::FRAME, ..] if rest.len() < TOKEN_START => Recognised::Need(needed),
        // A token and nothing else: the lengths must say the same.
        [gss::FRAME, ..] if token::is_start(rest) && gss::declared_len(rest) == Ok(length(head)) => {
            Recognised::Yes
        }
        _ => Recognised::No,
    }
}

/// The next message of the stream: the record holds its header too.
pub fn frame(bytes: &[u8], framing: Framing) -> Framed<'_> {
    let Some(head) = bytes.get(..framing.header()) else { return Framed::Need(framing.header()) };
    let len = length(head);
    let consumed = framing.header().saturating_add(len);
    match bytes.get(..consumed) {
        _ if len > MAX_TOKEN => Framed::Lost,
        Some(body) => Framed::Record { body, consumed },
        None => Framed::Need(consumed),
    }
}

/// Reads a record that [`frame`] cut out.
pub fn message(record: &[u8], framing: Framing) -> Message<'_> {
    let (head, token) = record.split_at_checked(framing.header()).unwrap_or_default();
    let flags = match (framing, head.first()) {
        (Framing::Flagged, Some(flags)) => Flags(*flags),
        _ => Flags::CONTEXT,
    };
    Message { flags, token }
}

impl Framing {
    const fn header(self) -> usize {
        match self {
            Self::Flagged => 5,
            Self::Plain => 4,
        }
    }

    /// Whether these may be the first bytes of a header.
    fn could_start(self, head: &[u8]) -> bool {
        match self {
            Self::Flagged => {
                matches!(head, [] | [0x11 | 0x02] | [0x11 | 0x02, 0] | [0x11 | 0x02, 0, 0..=1, ..])
            }
            Self::Plain => matches!(head, [] | [0] | [0, 0..=1, ..]),
        }
    }
}

/// The length at the end of a header.
fn length(head: &[u8]) -> usize {
    head.last_chunk().map_or(0, |len| size(u32::from_be_bytes(*len)))
}

/// `TOKEN_NOOP | TOKEN_CONTEXT_NEXT`, and no token.
const OPENING: &[u8] = &[0x11, 0, 0, 0, 0];
/// Enough for the tag and length of the frame and the tag of its OID.
const TOKEN_START: usize = 8;
const MAX_TOKEN: usize = 1 << 17;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INIT: &[u8] = include_bytes!("../tests/data/init-kerberos.bin");

    fn framed(framing: Framing) -> Vec<u8> {
        let len = u32::try_from(INIT.len()).unwrap().to_be_bytes();
        let flags: &[u8] = if framing == Framing::Flagged { &[2] } else { &[] };
        [flags, &len, INIT].concat()
    }

    #[test]
    fn a_token_is_recognised_cut_and_read() {
        for framing in [Framing::Flagged, Framing::Plain] {
            let bytes = framed(framing);
            assert_eq!(recognise(&bytes, framing), Recognised::Yes);
            let Framed::Record { body, consumed } = frame(&bytes, framing) else { panic!() };
            assert_eq!(consumed, bytes.len());
            assert_eq!(message(body, framing), Message { flags: Flags::CONTEXT, token: INIT });
            for end in 0..bytes.len() {
                assert_ne!(recognise(&bytes[..end], framing), Recognised::No, "{end}");
                assert!(matches!(frame(&bytes[..end], framing), Framed::Need(count) if count > end));
            }
            let mut other = bytes.clone();
            other[framing.header() - 1] ^= 1;
            assert_eq!(recognise(&other, framing), Recognised::No);
        }
        assert_eq!(recognise(OPENING, Framing::Flagged), Recognised::Yes);
    }

    #[test]
    fn other_protocols_are_none() {
        let smb = b"\0\0\0\x9b\xfeSMB@\0\0\0";
        let kdc = b"\0\0\x05\xa0\x6a\x82\x05\x9c\x30\x82\x05\x98";
        for other in [&smb[..], kdc, b"\x11\0\0\0\x07", b"220 mail.example"] {
            for framing in [Framing::Flagged, Framing::Plain] {
                assert_eq!(recognise(other, framing), Recognised::No, "{other:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            for framing in [Framing::Flagged, Framing::Plain] {
                if let Recognised::Need(count) = recognise(&bytes, framing) {
                    prop_assert!(count > bytes.len());
                }
                if let Framed::Need(count) = frame(&bytes, framing) {
                    prop_assert!(count > bytes.len() && count <= MAX_TOKEN + 5);
                }
                let _ = message(&bytes, framing);
            }
        }
    }
}
