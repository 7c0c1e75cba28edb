//! Where one LDAP message ends and the next begins on a connection, wrapped by a SASL security layer or not.

use crate::der;
use crate::frame::{Found, Framed, Recognised, size};

/// The longest bind that is read; a longer one is skipped. A Kerberos ticket of Windows has at most 48000 bytes.
pub const MAX_BIND: usize = 1 << 18;

/// The next message of a direction (RFC 4511 5.1) or the next buffer of a security layer (RFC 4422 3.7).
///
/// Binds are given whole, header included; everything else is skipped as soon as its operation is known. The two kinds are told
/// by their first byte: a buffer is shorter than 2^24 bytes (RFC 4752 3.1), so that its length starts with a zero.
pub fn front(bytes: &[u8]) -> Framed<'_> {
    match bytes.first() {
        None => Framed::Need(1),
        Some(&SEQUENCE) => match header(bytes) {
            Header::Is { operation: BIND_REQUEST | BIND_RESPONSE, end, .. } if end <= MAX_BIND => {
                match bytes.get(..end) {
                    Some(body) => Framed::Record { body, consumed: end },
                    None => Framed::Need(end),
                }
            }
            Header::Is { end, .. } => Framed::Skip(end),
            Header::Need(count) => Framed::Need(count),
            Header::Not => Framed::Lost,
        },
        Some(0) => match bytes.first_chunk() {
            Some(len) => Framed::Skip(PREFIX.saturating_add(size(u32::from_be_bytes(*len)))),
            None => Framed::Need(PREFIX),
        },
        Some(_) => Framed::Lost,
    }
}

/// Whether the first bytes of a direction are an LDAP message with an operation of RFC 4511.
///
/// Other protocols in BER differ in what follows the number: SNMP has a community, a certificate has an algorithm.
pub fn recognise(bytes: &[u8]) -> Recognised {
    match header(bytes) {
        Header::Is { operation, operation_at, end } if OPERATIONS.contains(&operation) => {
            let behind = bytes.get(operation_at..).and_then(<[u8]>::split_first);
            let length = behind.and_then(|(_, rest)| der::length(rest));
            let Some((length, rest)) = length else { return Recognised::Need(bytes.len().saturating_add(1)) };
            let operation_end = bytes.len().saturating_sub(rest.len()).saturating_add(length);
            // What may follow the operation are controls. They are not looked at: they may come much later.
            match end.checked_sub(operation_end) {
                Some(0 | 2..) => Recognised::Yes,
                _ => Recognised::No,
            }
        }
        Header::Is { .. } | Header::Not => Recognised::No,
        Header::Need(count) => Recognised::Need(count),
    }
}

/// Where the next message or buffer starts in bytes that may start anywhere.
pub fn find(bytes: &[u8]) -> Found {
    let mut at = 0_usize;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let recognised = match rest.first() {
            Some(&SEQUENCE) => recognise(rest),
            Some(0) => buffer(rest),
            _ => Recognised::No,
        };
        match recognised {
            Recognised::Yes => return Found::At(at),
            Recognised::Need(_) => return Found::NotBefore(at),
            Recognised::No => at = at.saturating_add(1),
        }
    }
    Found::NotBefore(bytes.len())
}

/// Whether TLS starts here, as it does after a successful `StartTLS` (RFC 4511 4.14).
pub fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x16, 0x03, ..])
}

/// What is known of a message by its first bytes.
enum Header {
    Is { operation: u8, operation_at: usize, end: usize },
    Not,
    Need(usize),
}

/// Reads as far as the identifier of the operation.
fn header(bytes: &[u8]) -> Header {
    let more = Header::Need(bytes.len().saturating_add(1));
    let Some((&id, rest)) = bytes.split_first() else { return more };
    if id != SEQUENCE {
        return Header::Not;
    }
    let Some((length, rest)) = der::length(rest) else { return more };
    let end = bytes.len().saturating_sub(rest.len()).saturating_add(length);
    if length < MIN_LENGTH || length > size(u32::MAX) {
        return Header::Not;
    }
    // The shortest message has five bytes behind its length.
    let Some((number, rest)) = rest.split_first_chunk::<3>() else { return more };
    let [0x02, count @ 1..=4, 0..=0x7f] = *number else { return Header::Not };
    let Some(operation) = rest.get(usize::from(count).saturating_sub(1)..) else { return more };
    let Some(&tag) = operation.first() else { return more };
    let operation_at = bytes.len().saturating_sub(operation.len());
    if operation_at >= end {
        return Header::Not;
    }
    Header::Is { operation: tag, operation_at, end }
}

/// Whether a buffer of a security layer starts here: a length and the start of a token of Kerberos (RFC 4121 4.2.6.2, RFC 1964
/// 1.2.2) or NTLM ([MS-NLMP] 2.2.2.9).
fn buffer(bytes: &[u8]) -> Recognised {
    let Some((len, token)) = bytes.split_first_chunk::<PREFIX>() else {
        return Recognised::Need(BUFFER_LOOK);
    };
    if len.first() != Some(&0) || u32::from_be_bytes(*len) < MIN_BUFFER {
        return Recognised::No;
    }
    match token {
        [0x05, 0x04, 0..=7, 0xff, ..] | [0x01, 0, 0, 0, ..] => Recognised::Yes,
        [0x60, length, 0x06, 0x09, ..] if *length < 0x80 => Recognised::Yes,
        [_, _, _, _, ..] => Recognised::No,
        _ => Recognised::Need(BUFFER_LOOK),
    }
}

pub(super) const BIND_REQUEST: u8 = 0x60; // [APPLICATION 0]
pub(super) const BIND_RESPONSE: u8 = 0x61; // [APPLICATION 1]
const SEQUENCE: u8 = 0x30;
/// `controls` (RFC 4511 4.1.1).
/// A number and an operation without content: `unbindRequest`.
const MIN_LENGTH: usize = 5;
/// Length of the length of a buffer.
const PREFIX: usize = 4;
/// The signature of NTLM has 16 bytes, and the tokens of Kerberos are longer.
const MIN_BUFFER: u32 = 16;
/// What tells a buffer.
const BUFFER_LOOK: usize = 8;
/// All operations of RFC 4511 4.2 to 4.14.
const OPERATIONS: [u8; 21] = [
    0x42, 0x4a, 0x50, 0x60, 0x61, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f,
    0x73, 0x77, 0x78, 0x79,
];
