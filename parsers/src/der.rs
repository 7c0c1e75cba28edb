//! A lax reader of DER, the only file that names `asn1_rs`.
//!
//! A token that was cut by the capture, or written by an odd encoder, still says who and to what. So reading does not
//! stop at the first fault: the fault is noted in [`Damage`], and what is there is read. Half a name is not a name,
//! however, so a cut string, number or OID is no value at all; only octet strings and constructed values may be short.
//!
//! Nothing here recurses: the depth is that of the messages which the callers know by name. Tags are in no fixed
//! order and may be missing. Lengths may have the long form where the short one would do (BER); the indefinite form
//! is refused, since neither RFC 4120 nor RFC 4178 allows it and nobody was seen to send it.

use std::cell::Cell;

use asn1_rs::{FromBer, Header};
use smallvec::{Array, SmallVec};

use crate::error::{ErrorKind, ParseError};
use crate::frame::size;
use crate::oid::Oid;
use crate::secret::Secret;
use crate::text::Text;

/// The first fault of a message.
#[derive(Debug, Default)]
pub(crate) struct Damage(Cell<Option<ParseError>>);

impl Damage {
    pub(crate) fn note(&self, field: &'static str, at: usize, kind: ErrorKind) {
        if self.0.get().is_none() {
            self.0.set(Some(ParseError { field, at, kind }));
        }
    }

    pub(crate) fn first(&self) -> Option<ParseError> {
        self.0.get()
    }

    /// The fault for which a message as a whole cannot be read.
    pub(crate) fn fatal(&self, field: &'static str, at: usize) -> ParseError {
        let empty = ParseError { field, at, kind: ErrorKind::Truncated };
        self.first().unwrap_or(empty)
    }
}

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a, 'd> {
    rest: &'a [u8],
    at: usize,
    damage: &'d Damage,
}

/// One tag, length and value. `body` holds what is there of the value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a, 'd> {
    /// The identifier octet. Those of more than one octet do not occur in what this crate reads.
    pub(crate) id: u8,
    field: &'static str,
    body: &'a [u8],
    at: usize,
    cut: bool,
    damage: &'d Damage,
}

impl<'a, 'd> Reader<'a, 'd> {
    pub(crate) fn new(bytes: &'a [u8], damage: &'d Damage) -> Self {
        Self { rest: bytes, at: 0, damage }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The next element, or `None` at the end or where no element can be read.
    pub(crate) fn next(&mut self, field: &'static str) -> Option<Element<'a, 'd>> {
        let id = *self.rest.first()?;
        let (header, len) = match header(self.rest) {
            Ok(lengths) => lengths,
            Err(kind) => {
                self.damage.note(field, self.at, kind);
                self.rest = &[];
                return None;
            }
        };
        let (_, after) = self.rest.split_at_checked(header)?;
        let at = self.at.saturating_add(header);
        let (body, rest, cut) = match after.split_at_checked(len) {
            Some((body, rest)) => (body, rest, false),
            None => (after, &[][..], true),
        };
        if cut {
            self.damage.note(field, at, ErrorKind::Truncated);
        }
        self.rest = rest;
        self.at = at.saturating_add(body.len());
        Some(Element { id, field, body, at, cut, damage: self.damage })
    }

    /// The elements of a list, the first `max` of them.
    pub(crate) fn list<L: Array>(
        mut self,
        field: &'static str,
        max: usize,
        mut read: impl FnMut(Element<'a, 'd>) -> Option<L::Item>,
    ) -> SmallVec<L> {
        let mut list = SmallVec::new();
        while let Some(element) = self.next(field) {
            if list.len() == max {
                self.damage.note(field, element.at, ErrorKind::TooLarge);
                break;
            }
            list.extend(read(element));
        }
        list
    }
}

impl<'a, 'd> Element<'a, 'd> {
    pub(crate) fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Whether the value is longer than what there is of it.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut
    }

    /// The number of a constructed context-specific tag: 2 for `[2]`.
    pub(crate) fn context(&self) -> Option<u8> {
        (self.id & 0xe0 == 0xa0).then_some(self.id & 0x1f)
    }

    /// The elements inside.
    pub(crate) fn inside(&self) -> Reader<'a, 'd> {
        Reader { rest: self.body, at: self.at, damage: self.damage }
    }

    /// The one element inside, as of an explicit tag.
    pub(crate) fn value(&self, field: &'static str) -> Option<Self> {
        self.inside().next(field)
    }

    /// The one element inside, if it has this identifier. Anything else is noted.
    pub(crate) fn value_of(&self, id: u8, field: &'static str) -> Option<Self> {
        let value = self.value(field)?;
        if value.id == id {
            return Some(value);
        }
        self.damage.note(field, value.at, ErrorKind::Invalid);
        None
    }

    /// The elements of the SEQUENCE (OF) inside.
    pub(crate) fn sequence(&self, field: &'static str) -> Option<Reader<'a, 'd>> {
        self.value_of(SEQUENCE, field).map(|sequence| sequence.inside())
    }

    /// The element itself, if it is a SEQUENCE.
    pub(crate) fn as_sequence(&self) -> Option<Self> {
        if self.id == SEQUENCE {
            return Some(*self);
        }
        self.damage.note(self.field, self.at, ErrorKind::Invalid);
        None
    }

    /// The octets inside, maybe fewer than there were.
    pub(crate) fn octets(&self, field: &'static str) -> Option<Secret<'a>> {
        self.value_of(OCTET_STRING, field).map(|octets| Secret::new(octets.body))
    }

    /// The text inside, of whatever string type. Kerberos names come as `GeneralString`, `IA5String` and `UTF8String`.
    pub(crate) fn text(&self, field: &'static str) -> Option<Text<'a>> {
        self.value(field)?.as_text()
    }

    /// The number inside.
    pub(crate) fn int32(&self, field: &'static str) -> Option<i32> {
        self.value(field)?.as_int32()
    }

    pub(crate) fn as_text(&self) -> Option<Text<'a>> {
        self.whole().map(Text::utf8)
    }

    pub(crate) fn as_oid(&self) -> Option<Oid<'a>> {
        if self.id != OID || self.body.is_empty() {
            self.damage.note(self.field, self.at, ErrorKind::Invalid);
            return None;
        }
        self.whole().map(Oid::new)
    }

    /// An INTEGER or ENUMERATED of 32 bits. An unsigned one gives its bits, as old encoders mix the two up.
    pub(crate) fn as_int32(&self) -> Option<i32> {
        let mut octets = self.whole()?;
        while let [0x00, rest @ ..] = octets
            && rest.len() >= 4
        {
            octets = rest;
        }
        if !matches!(self.id, INTEGER | ENUMERATED) || octets.is_empty() || octets.len() > 4 {
            self.damage.note(self.field, self.at, ErrorKind::Invalid);
            return None;
        }
        let negative = octets.first().is_some_and(|&first| first & 0x80 != 0);
        let sign = if negative { -1 } else { 0 };
        Some(octets.iter().fold(sign, |number, &octet| (number << 8) | i32::from(octet)))
    }

    /// The first 32 bits of a BIT STRING; absent bits are zero.
    pub(crate) fn as_bits32(&self) -> Option<u32> {
        let octets = match self.whole()? {
            [_unused, octets @ ..] if self.id == BIT_STRING => octets,
            _ => {
                self.damage.note(self.field, self.at, ErrorKind::Invalid);
                return None;
            }
        };
        let octets = octets.iter().copied().chain(std::iter::repeat(0)).take(4);
        Some(octets.fold(0, |bits, octet| (bits << 8) | u32::from(octet)))
    }

    fn whole(&self) -> Option<&'a [u8]> {
        (!self.cut).then_some(self.body)
    }
}

/// How long the element at the start of `bytes` says it is, header included.
///
/// # Errors
/// `Truncated` where `bytes` end within tag and length, `Invalid` where these say no length.
pub(crate) fn declared_len(field: &'static str, bytes: &[u8]) -> Result<usize, ParseError> {
    let (header, len) = header(bytes).map_err(|kind| ParseError { field, at: 0, kind })?;
    Ok(header.saturating_add(len))
}

/// A length of at most 32 bits (X.690 8.1.3) and what follows it, for framers, which see a message before it is whole. `None` where
/// bytes are missing.
pub(crate) fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        return Some((usize::from(first), rest));
    }
    let count = usize::from(first & 0x7f);
    // The indefinite form, and lengths beyond every bound, come out as one that fits nothing.
    if !(1..=4).contains(&count) {
        return Some((usize::MAX, rest));
    }
    let (digits, rest) = rest.split_at_checked(count)?;
    let len = digits.iter().fold(0_u32, |sum, digit| sum << 8 | u32::from(*digit));
    Some((size(len), rest))
}

/// Lengths of the header and of the value. The two kinds that nearly all elements have are read at sight.
fn header(bytes: &[u8]) -> Result<(usize, usize), ErrorKind> {
    match *bytes {
        [id, len @ ..=0x7f, ..] if id & 0x1f != 0x1f => return Ok((2, usize::from(len))),
        [id, 0x82, high, low, ..] if id & 0x1f != 0x1f => {
            return Ok((4, usize::from(u16::from_be_bytes([high, low]))));
        }
        _ => {}
    }
    let (rest, header) = Header::from_ber(bytes).map_err(|error| match error {
        asn1_rs::Err::Incomplete(_) => ErrorKind::Truncated,
        asn1_rs::Err::Error(_) | asn1_rs::Err::Failure(_) => ErrorKind::Invalid,
    })?;
    let len = header.length().definite().map_err(|_| ErrorKind::Invalid)?;
    Ok((bytes.len().saturating_sub(rest.len()), len))
}

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OID: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const SEQUENCE: u8 = 0x30;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    fn int32(digits: &str) -> (Option<i32>, Option<ErrorKind>) {
        let bytes = hex(digits);
        let damage = Damage::default();
        let number = Reader::new(&bytes, &damage).next("number").and_then(|element| element.as_int32());
        (number, damage.first().map(|error| error.kind))
    }

    #[test]
    fn numbers_have_32_bits_and_a_sign() {
        let table = [
            ("020112", Some(18), None),
            ("0202ff79", Some(-135), None), // An etype of a Windows client.
            ("020500ffffff79", Some(-135), None),
            ("0204ffffff79", Some(-135), None),
            ("0205006b3c4b6a", Some(0x6b3c_4b6a), None), // One zero more than DER allows.
            ("0204ffff", None, Some(ErrorKind::Truncated)),
            ("0200", None, Some(ErrorKind::Invalid)),
            ("0209010000000000000000", None, Some(ErrorKind::Invalid)),
            ("0903800001", None, Some(ErrorKind::Invalid)), // A REAL.
        ];
        for (digits, number, kind) in table {
            assert_eq!(int32(digits), (number, kind), "{digits}");
        }
    }

    #[test]
    fn long_form_lengths_are_read_and_impossible_ones_refused() {
        for (digits, expected) in [
            ("3003020105", Ok(5)),
            ("308103020105", Ok(6)),
            ("30840000 0003020105", Ok(9)),
            ("3084ffffffff", Ok(0xffff_ffff + 6)),
            ("6082", Err(ErrorKind::Truncated)),
            ("60", Err(ErrorKind::Truncated)),
            ("", Err(ErrorKind::Truncated)),
            ("3080020105 0000", Err(ErrorKind::Invalid)),
            ("30ff", Err(ErrorKind::Invalid)),
            ("3089010000000000000000", Err(ErrorKind::Invalid)),
        ] {
            assert_eq!(declared_len("token", &hex(digits)).map_err(|error| error.kind), expected, "{digits}");
        }
    }

    #[test]
    fn half_a_name_is_no_name() {
        let bytes = hex("a0061b04 7573");
        let damage = Damage::default();
        let field = Reader::new(&bytes, &damage).next("cname").unwrap();
        assert_eq!(field.text("cname"), None);
        assert_eq!(damage.first(), Some(ParseError { field: "cname", at: 2, kind: ErrorKind::Truncated }));
    }

    #[test]
    fn a_list_ends_at_its_bound() {
        let bytes = hex("020101 020102 020103");
        let damage = Damage::default();
        let list: SmallVec<[_; 2]> =
            Reader::new(&bytes, &damage).list("etype", 2, |element| element.as_int32());
        assert_eq!(list.as_slice(), [1, 2]);
        assert_eq!(damage.first().map(|error| error.kind), Some(ErrorKind::TooLarge));
    }
}
