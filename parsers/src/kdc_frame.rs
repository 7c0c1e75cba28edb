//! How messages of a KDC are framed: RFC 4120 7.2 over TCP and UDP, RFC 3244 2 for changes of a password.

use crate::der;
use crate::frame::{Framed, Recognised, size};

/// The next message of a TCP stream (RFC 4120 7.2.2): four bytes of length, whose high bit is zero.
///
/// A message beyond [`MAX_MESSAGE`] is skipped: it is none.
pub fn tcp(bytes: &[u8]) -> Framed<'_> {
    let Some(len) = bytes.first_chunk().map(|len| u32::from_be_bytes(*len)) else {
        return Framed::Need(PREFIX);
    };
    if len == 0 || len & 0x8000_0000 != 0 {
        return Framed::Lost;
    }
    let consumed = PREFIX.saturating_add(size(len));
    if size(len) > MAX_MESSAGE {
        return Framed::Skip(consumed);
    }
    match bytes.get(PREFIX..consumed) {
        Some(body) => Framed::Record { body, consumed },
        None => Framed::Need(consumed),
    }
}

/// Whether the first bytes of a TCP stream are Kerberos: a length, and a message of that length.
pub fn recognise_tcp(bytes: &[u8]) -> Recognised {
    let Some((prefix, message)) = bytes.split_first_chunk() else {
        return match bytes.first() {
            None | Some(0) => Recognised::Need(FIRST_LOOK),
            Some(_) => Recognised::No,
        };
    };
    let len = size(u32::from_be_bytes(*prefix));
    if !(MIN_MESSAGE..=MAX_MESSAGE).contains(&len) {
        return Recognised::No;
    }
    match (message_start(message, len), password_start(message, len)) {
        (Some(true), _) | (_, Some(true)) => Recognised::Yes,
        (Some(false), Some(false)) => Recognised::No,
        _ => Recognised::Need(FIRST_LOOK),
    }
}

/// Whether a datagram is a Kerberos message: an application tag, and a SEQUENCE that starts with `pvno` 5. Its length is not
/// judged: the capture may have cut the datagram.
pub fn is_datagram(bytes: &[u8]) -> bool {
    let len = bytes
        .split_first()
        .filter(|(tag, _)| is_message(**tag))
        .and_then(|(_, rest)| der::length(rest))
        .map(|(len, rest)| len.saturating_add(bytes.len().saturating_sub(rest.len())));
    len.is_some_and(|len| message_start(bytes, len) == Some(true))
}

/// Whether a datagram or a message in TCP is one of the password protocol (RFC 3244 2): it starts with its own length, a version
/// and the length of the AP-REQ or AP-REP in it.
pub fn is_password(bytes: &[u8]) -> bool {
    password_start(bytes, bytes.len()) == Some(true)
}

/// Whether a Kerberos message of `len` bytes starts here; `None` when more bytes are needed to tell.
fn message_start(bytes: &[u8], len: usize) -> Option<bool> {
    let Some((tag, rest)) = bytes.split_first() else { return undecided(bytes, len) };
    if !is_message(*tag) {
        return Some(false);
    }
    let Some((outer, rest)) = der::length(rest) else { return undecided(bytes, len) };
    let head = bytes.len().saturating_sub(rest.len());
    // RFC 4120 allows no padding, and none is seen.
    if head.checked_add(outer) != Some(len) {
        return Some(false);
    }
    let Some((sequence, rest)) = rest.split_first() else { return undecided(bytes, len) };
    if *sequence != 0x30 {
        return Some(false);
    }
    let Some((inner, rest)) = der::length(rest) else { return undecided(bytes, len) };
    // Requests number their fields from 1, replies and errors from 0.
    let field = if matches!(*tag, AS_REQ | TGS_REQ) { 0xa1 } else { 0xa0 };
    match rest.first_chunk::<5>() {
        Some(version) => Some(inner < outer && *version == [field, 3, 2, 1, 5]),
        None => undecided(bytes, len),
    }
}

fn is_message(tag: u8) -> bool {
    matches!(tag, AS_REQ..=TGS_REP | ERROR)
}

fn password_start(bytes: &[u8], len: usize) -> Option<bool> {
    let Some([own_len, version, ap_len]) = bytes.as_chunks::<2>().0.first_chunk::<3>() else {
        return undecided(bytes, len);
    };
    let version = u16::from_be_bytes(*version);
    let ap_len = usize::from(u16::from_be_bytes(*ap_len));
    let is_own_len = usize::from(u16::from_be_bytes(*own_len)) == len;
    // A reply with a KRB-ERROR has no AP-REP and says zero.
    let fits = ap_len.saturating_add(6) <= len;
    let is_known = matches!(version, PASSWORD_VERSION | SET_PASSWORD_VERSION);
    if !(is_own_len && fits && is_known) {
        return Some(false);
    }
    match bytes.get(6) {
        Some(&(AP_REQ | AP_REP)) => Some(ap_len > 0),
        Some(&ERROR) => Some(ap_len == 0),
        Some(_) => Some(false),
        None => undecided(bytes, len),
    }
}

/// More bytes may come, unless the message is over.
fn undecided(bytes: &[u8], len: usize) -> Option<bool> {
    if bytes.len() < len.min(MIN_MESSAGE) { None } else { Some(false) }
}

/// Largest message that is read; one mebibyte with its prefix. Windows makes tickets of at most 48000 bytes, and a TGS-REQ
/// carries one or two.
pub const MAX_MESSAGE: usize = 1024 * 1024 - PREFIX;
/// Length of the prefix over TCP.
const PREFIX: usize = 4;
/// Two tags with lengths of up to five bytes, `pvno`: enough to tell, and every message is longer.
const MIN_MESSAGE: usize = 6 + 6 + 5;
/// What recognition needs at most.
const FIRST_LOOK: usize = PREFIX + MIN_MESSAGE;
const AS_REQ: u8 = 0x6a;
const TGS_REQ: u8 = 0x6c;
const TGS_REP: u8 = 0x6d;
const AP_REQ: u8 = 0x6e;
const AP_REP: u8 = 0x6f;
const ERROR: u8 = 0x7e;
/// RFC 3244 2, and the protocol of MIT before it.
const PASSWORD_VERSION: u16 = 0x0001;
/// RFC 3244 2: set password.
const SET_PASSWORD_VERSION: u16 = 0xff80;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLIENT: &[u8] = include_bytes!("../testdata/kerberos-client.bin");
    const SERVER: &[u8] = include_bytes!("../testdata/kerberos-server.bin");

    #[test]
    fn an_exchange_is_recognised_and_cut() {
        for stream in [CLIENT, SERVER] {
            assert_eq!(recognise_tcp(stream), Recognised::Yes);
            let Framed::Record { body, consumed } = tcp(stream) else { panic!("no record") };
            assert_eq!(consumed, stream.len());
            assert!(is_datagram(body) && !is_datagram(stream) && !is_password(body));
            for cut in 0..stream.len() {
                assert!(matches!(tcp(&stream[..cut]), Framed::Need(len) if len > cut));
                assert!(match recognise_tcp(&stream[..cut]) {
                    Recognised::Yes => true,
                    Recognised::Need(len) => len > cut && len <= FIRST_LOOK,
                    Recognised::No => false,
                });
            }
        }
    }

    #[test]
    fn a_length_beyond_the_bound_is_skipped_and_a_high_bit_is_no_length() {
        assert_eq!(tcp(&[0x00, 0x0f, 0xff, 0xfc]), Framed::Need(1 << 20));
        assert_eq!(tcp(&[0x00, 0x0f, 0xff, 0xfd]), Framed::Skip((1 << 20) + 1));
        assert_eq!(tcp(&[0x80, 0, 0, 1]), Framed::Lost);
        assert_eq!(tcp(&[0, 0, 0, 0]), Framed::Lost);
    }

    #[test]
    fn other_protocols_with_a_length_in_front_are_not_recognised() {
        // SMB2 over Direct TCP, and LDAP.
        assert_eq!(recognise_tcp(b"\0\0\0\x9b\xfeSMB@\0\0\0\0\0\0\0\0\0\0\0\0"), Recognised::No);
        assert_eq!(recognise_tcp(&[0x30, 0x84, 0, 0, 1, 0x58, 2, 1]), Recognised::No);
    }

    #[test]
    fn a_change_of_a_password_is_told_by_its_header() {
        let mut message = vec![0, 40, 0xff, 0x80, 0, 30, 0x6e];
        message.resize(40, 0);
        assert!(is_password(&message));
        assert!(!is_password(&message[..39]));
        message[3] = 0x81;
        assert!(!is_password(&message));
    }

    proptest! {
        /// Any bytes can be read: no panic, no step of zero, no demand beyond the bound.
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = (is_datagram(&bytes), is_password(&bytes));
            match tcp(&bytes) {
                Framed::Record { consumed, .. } => prop_assert!(consumed > 0 && consumed <= bytes.len()),
                Framed::Skip(len) => prop_assert!(len > 0),
                Framed::Need(len) => prop_assert!(len > bytes.len() && len <= PREFIX.saturating_add(MAX_MESSAGE)),
                Framed::Lost => {}
            }
            if let Recognised::Need(len) = recognise_tcp(&bytes) {
                prop_assert!(len > bytes.len());
            }
        }
    }
}
