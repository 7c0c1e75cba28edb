//! DNS messages that bring a token of GSS-TSIG (RFC 3645) in a TKEY record (RFC 2930), over UDP and TCP.

use crate::error::{ErrorKind, ParseError};
use crate::frame::{Framed, Recognised};
use crate::secret::Secret;

/// A message whose question is for TKEY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyExchange<'a> {
    /// `QR`: the server sent it.
    pub is_response: bool,
    /// `RCODE` (RFC 1035 4.1.1).
    pub rcode: u16,
    /// The TKEY record, in whichever section it is: Windows puts its own where RFC 2930 4 does not.
    pub tkey: Option<Tkey<'a>>,
    /// A TSIG record follows: the context is there, and the last message of the exchange is signed with it (RFC 3645 4.1.3).
    pub is_signed: bool,
}

/// What of a TKEY record belongs to a logon (RFC 2930 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tkey<'a> {
    /// `Mode`; 3 is GSS-API.
    pub mode: u16,
    /// `Error`.
    pub error: u16,
    /// `Key Data`: the token.
    pub key: Secret<'a>,
}

impl Tkey<'_> {
    /// `Mode` of GSS-API negotiation.
    pub const GSS_API: u16 = 3;
}

/// The name of an error (RFC 1035 4.1.1, RFC 8945 3, RFC 2930 2.6).
pub fn error_name(code: u16) -> Option<&'static str> {
    Some(match code {
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        9 => "NOTAUTH",
        16 => "BADSIG",
        17 => "BADKEY",
        18 => "BADTIME",
        19 => "BADMODE",
        20 => "BADNAME",
        21 => "BADALG",
        _ => return None,
    })
}

/// The next message of a TCP stream (RFC 1035 4.2.2); one that is about something else is skipped.
pub fn tcp(bytes: &[u8]) -> Framed<'_> {
    let Some((len, rest)) = bytes.split_first_chunk() else { return Framed::Need(FIRST_LOOK) };
    let len = usize::from(u16::from_be_bytes(*len));
    let consumed = PREFIX.saturating_add(len);
    match question_type(rest.get(..len).unwrap_or(rest)) {
        Ok(_) if len < HEADER => Framed::Lost,
        Ok(Some(TKEY)) => match bytes.get(PREFIX..consumed) {
            Some(body) => Framed::Record { body, consumed },
            None => Framed::Need(consumed),
        },
        Ok(Some(_)) => Framed::Skip(consumed),
        Err(needed) if needed <= len => Framed::Need(needed.saturating_add(PREFIX).max(FIRST_LOOK)),
        Ok(None) | Err(_) => Framed::Lost,
    }
}

/// Whether the first bytes of a TCP stream are a message with one question.
pub fn recognise_tcp(bytes: &[u8]) -> Recognised {
    // What fewer bytes than a header can tell: a length that is no text, a known kind of message, one question.
    let alike = [
        |byte: u8| byte < MAX_FIRST,
        |_| true,
        |_| true,
        |_| true,
        |byte: u8| matches!(byte >> 3 & 0x0f, QUERY | NOTIFY | UPDATE),
        |_| true,
        |byte| byte == 0,
        |byte| byte == 1,
    ];
    if !bytes.iter().zip(alike).all(|(byte, is_alike): (_, fn(u8) -> bool)| is_alike(*byte)) {
        return Recognised::No;
    }
    match tcp(bytes) {
        Framed::Record { .. } | Framed::Skip(_) => Recognised::Yes,
        // The question says that it is one; the rest is not needed to tell.
        Framed::Need(_) if matches!(bytes.get(PREFIX..).map(question_type), Some(Ok(Some(_)))) => {
            Recognised::Yes
        }
        Framed::Need(count) => Recognised::Need(count),
        Framed::Lost => Recognised::No,
    }
}

/// Whether a datagram is a message whose question is for TKEY.
pub fn is_key_exchange(datagram: &[u8]) -> bool {
    question_type(datagram) == Ok(Some(TKEY))
}

/// Reads a message whose question is for TKEY.
///
/// # Errors
/// When header or question cannot be read, or a record ends early.
pub fn key_exchange(message: &[u8]) -> Result<KeyExchange<'_>, ParseError> {
    let ended = |field, rest: &[u8]| {
        let at = message.len().saturating_sub(rest.len());
        ParseError { field, at, kind: ErrorKind::Truncated }
    };
    let [_id, flags, _questions, counts @ ..] =
        message.as_chunks::<2>().0.first_chunk::<6>().ok_or_else(|| ended("header", &[]))?;
    let flags = u16::from_be_bytes(*flags);
    let records = counts.iter().fold(0_u16, |sum, count| sum.saturating_add(u16::from_be_bytes(*count)));
    let mut rest = message
        .get(HEADER..)
        .and_then(name)
        .and_then(|rest| rest.get(4..))
        .ok_or_else(|| ended("question", &[]))?;
    let (mut tkey, mut is_signed) = (None, false);
    for _ in 0..records.min(MAX_RECORDS) {
        let (kind, data, after) = record(rest).ok_or_else(|| ended("resource record", rest))?;
        match kind {
            TKEY => tkey = Some(read_tkey(data).ok_or_else(|| ended("TKEY", after))?),
            TSIG => is_signed = true,
            _ => {}
        }
        rest = after;
    }
    Ok(KeyExchange { is_response: flags & 0x8000 != 0, rcode: flags & 0x000f, tkey, is_signed })
}

/// The type of the only question; `Ok(None)` where this is no such message, and how many bytes are needed where they end early.
fn question_type(message: &[u8]) -> Result<Option<u16>, usize> {
    let header = message.as_chunks::<2>().0.first_chunk::<6>();
    let Some([_id, [high, low], questions, answers, authorities, additionals]) = header else {
        return Err(FIRST_LOOK);
    };
    let is_known =
        matches!(high >> 3 & 0x0f, QUERY | NOTIFY | UPDATE) && low & 0x0f <= MAX_RCODE && low & 0x40 == 0;
    let few = [answers, authorities, additionals].iter().all(|[high, _]| *high <= 0x3f);
    if !is_known || *questions != [0, 1] || !few {
        return Ok(None);
    }
    let question = message.get(HEADER..).unwrap_or_default();
    let Some(rest) = name(question) else {
        let is_over = question.len() > MAX_NAME || broken_name(question);
        return if is_over { Ok(None) } else { Err(message.len().saturating_add(1)) };
    };
    match rest.first_chunk() {
        Some([high, low, 0, 1 | 254 | 255]) => Ok(Some(u16::from_be_bytes([*high, *low]))),
        Some(_) => Ok(None),
        // Of type and class a part may be there.
        None => Err(message.len().saturating_sub(rest.len()).saturating_add(4)),
    }
}

/// What follows a name (RFC 1035 4.1.4).
pub(crate) fn name(bytes: &[u8]) -> Option<&[u8]> {
    // Whatever follows, no name is longer.
    let longest = bytes.get(..MAX_NAME).unwrap_or(bytes);
    let mut at = 0_usize;
    loop {
        let len = *longest.get(at)?;
        match len {
            0 => return bytes.get(at.wrapping_add(1)..),
            1..=63 => at = at.wrapping_add(1).wrapping_add(len.into()),
            0xc0.. => return bytes.get(at.wrapping_add(2)..),
            _ => return None,
        }
    }
}

/// Whether no more bytes would make it a name.
fn broken_name(mut bytes: &[u8]) -> bool {
    while let Some((len, rest)) = bytes.split_first() {
        match (len, rest.get(usize::from(*len)..)) {
            (0..=63, Some(rest)) => bytes = rest,
            (0..=63, None) | (0xc0.., _) => return false,
            _ => return true,
        }
    }
    false
}

/// A resource record's type and data, and what follows it.
pub(crate) fn record(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let ([kind, _class, _ttl_high, _ttl_low, len], rest) = {
        let (fixed, rest) = name(bytes)?.split_first_chunk::<10>()?;
        (fixed.as_chunks::<2>().0.first_chunk::<5>()?, rest)
    };
    let (data, after) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
    Some((u16::from_be_bytes(*kind), data, after))
}

fn read_tkey(data: &[u8]) -> Option<Tkey<'_>> {
    let (_times, rest) = name(data)?.split_first_chunk::<8>()?;
    let (fixed, rest) = rest.split_first_chunk::<6>()?;
    let [mode, error, size] = fixed.as_chunks::<2>().0.first_chunk()?;
    let key = rest.get(..usize::from(u16::from_be_bytes(*size)))?;
    Some(Tkey { mode: u16::from_be_bytes(*mode), error: u16::from_be_bytes(*error), key: Secret::new(key) })
}

/// No client's first message has so many times 256 bytes.
const MAX_FIRST: u8 = 0x20;
const PREFIX: usize = 2;
pub(crate) const HEADER: usize = 12;
const FIRST_LOOK: usize = PREFIX + HEADER;
const MAX_NAME: usize = 255;
/// A query has one record or two, a response three.
const MAX_RECORDS: u16 = 16;
const QUERY: u8 = 0;
const NOTIFY: u8 = 4;
const UPDATE: u8 = 5;
/// `NOTZONE` (RFC 2136 2.2).
const MAX_RCODE: u8 = 10;
const TKEY: u16 = 249;
const TSIG: u16 = 250;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hex::hex;

    /// A response in TCP as Windows Server sends it (the header and records of a recorded one, with a token of nine bytes).
    fn response() -> Vec<u8> {
        hex("0063 5e95 8000 0001 0001 0000 0001 013100 00f9 0001
             013100 00f9 00ff 00000000 0023 086773732d7473696700 5e9d5d57 5e9eaed7 0003 0000 0009 a1073005a0030a0100 0000
             013100 00fa 00ff 00000000 001a 086773732d7473696700 00005e9d5d57 8ca0 0000 5e95 0000 0000")
    }

    #[test]
    fn the_token_of_a_response_is_read() {
        let mut bytes = response();
        bytes[1] = u8::try_from(bytes.len() - 2).unwrap();
        assert_eq!(recognise_tcp(&bytes), Recognised::Yes);
        let Framed::Record { body, consumed } = tcp(&bytes) else { panic!() };
        assert_eq!(consumed, bytes.len());
        assert!(is_key_exchange(body));
        let read = key_exchange(body).unwrap();
        let tkey = read.tkey.unwrap();
        assert_eq!((read.is_response, read.rcode, read.is_signed), (true, 0, true));
        assert_eq!((tkey.mode, tkey.error, tkey.key.len()), (Tkey::GSS_API, 0, 9));
        for end in 0..bytes.len() {
            assert!(matches!(tcp(&bytes[..end]), Framed::Need(count) if count > end), "{end}");
        }
    }

    #[test]
    fn other_questions_are_skipped_and_other_protocols_are_none() {
        let query = hex("001d 1234 0100 0001 0000 0000 0000 03777777 04746573 7400 0001 0001");
        assert_eq!(tcp(&query), Framed::Skip(31));
        assert!(!is_key_exchange(&query[2..]));
        for other in
            ["0000009bfe534d4240000000000000", "300c0201016007020103040080000000", "485454502f312e3120323030"]
        {
            assert_eq!(recognise_tcp(&hex(other)), Recognised::No, "{other}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40), start in 0_usize..99) {
            let mut damaged = response();
            damaged.splice(start.min(damaged.len()).., bytes);
            let _ = (key_exchange(&damaged), recognise_tcp(&damaged), is_key_exchange(&damaged));
            if let Framed::Need(count) = tcp(&damaged) {
                prop_assert!(count > damaged.len());
            }
        }
    }
}
