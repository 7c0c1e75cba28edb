//! Compact JSON, byte for byte as `serde_json` writes it, in two thirds of the instructions: that library looks at each byte of
//! each key and string on its own, and a record has some hundred of them.

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::{Error, Result};

/// Adds `value` to `out`.
///
/// # Errors
/// The value has a key that is no string, or refuses to be serialized.
pub(super) fn append<T: Serialize>(out: &mut Vec<u8>, value: &T) -> Result<()> {
    value.serialize(&mut Json { out, is_verbatim: false })
}

/// Where values go. What opened an object or a list is the last byte before its first item, so nothing else need remember
/// whether a comma is due.
struct Json<'a> {
    out: &'a mut Vec<u8>,
    /// Inside a `RawValue`: its string is JSON already.
    is_verbatim: bool,
}

impl Json<'_> {
    #[inline]
    fn comma(&mut self) {
        if !matches!(self.out.last(), Some(b'{' | b'[')) {
            self.out.push(b',');
        }
    }

    #[inline]
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.comma();
        value.serialize(self)
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        self.comma();
        self.word(name);
        self.out.push(b':');
        value.serialize(self)
    }

    /// The name of a field or a variant is a word of this program, in which nothing needs an escape.
    #[inline]
    fn word(&mut self, word: &'static str) {
        self.out.push(b'"');
        self.out.extend_from_slice(word.as_bytes());
        self.out.push(b'"');
    }

    fn variant(&mut self, name: &'static str, opening: &[u8]) {
        self.out.push(b'{');
        self.word(name);
        self.out.extend_from_slice(opening);
    }
}

/// True where no byte needs an escape: no quote, no backslash, no control character. Words of bytes are looked at; where they
/// do not come out even the last one is looked at with what is before it, so that some bytes are looked at twice.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    if let Some(last) = bytes.last_chunk::<WORD>() {
        let (words, _) = bytes.as_chunks::<WORD>();
        let seen = words.iter().fold(escapes_in(*last), |seen, word| seen | escapes_in(*word));
        return seen == 0;
    }
    if let (Some([a, b, c, d]), Some([e, f, g, h])) = (bytes.first_chunk(), bytes.last_chunk()) {
        return escapes_in([*a, *b, *c, *d, *e, *f, *g, *h]) == 0;
    }
    bytes.iter().all(|&byte| byte >= b' ' && byte != b'"' && byte != b'\\')
}

/// The highest bit of each byte that needs an escape, and no other where there is none: a byte that is below a bound borrows.
#[inline]
fn escapes_in(word: [u8; WORD]) -> u64 {
    let word = u64::from_ne_bytes(word);
    let each = |byte: u8| u64::from_ne_bytes([byte; WORD]);
    let below = |word: u64, bound: u8| word.wrapping_sub(each(bound)) & !word;
    (below(word, b' ') | below(word ^ each(b'"'), 1) | below(word ^ each(b'\\'), 1)) & each(0x80)
}

const WORD: usize = size_of::<u64>();

/// The name that a `RawValue` gives itself and its one field.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

macro_rules! integers {
    ($($method:ident: $integer:ty),*) => {$(
        #[inline]
        fn $method(self, value: $integer) -> Result<()> {
            self.out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
            Ok(())
        }
    )*};
}

impl Serializer for &mut Json<'_> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    integers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<()> {
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<()> {
        serde_json::to_writer(&mut *self.out, &value)
    }

    fn serialize_f64(self, value: f64) -> Result<()> {
        serde_json::to_writer(&mut *self.out, &value)
    }

    fn serialize_char(self, value: char) -> Result<()> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<()> {
        if self.is_verbatim {
            self.out.extend_from_slice(value.as_bytes());
            return Ok(());
        }
        if !is_plain(value.as_bytes()) {
            return serde_json::to_writer(&mut *self.out, value);
        }
        self.out.push(b'"');
        self.out.extend_from_slice(value.as_bytes());
        self.out.push(b'"');
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.word(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        self.variant(variant, b":");
        value.serialize(&mut *self)?;
        self.out.push(b'}');
        Ok(())
    }

    #[inline]
    fn serialize_seq(self, _: Option<usize>) -> Result<Self> {
        self.out.push(b'[');
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self> {
        self.variant(variant, b":[");
        Ok(self)
    }

    #[inline]
    fn serialize_map(self, _: Option<usize>) -> Result<Self> {
        self.out.push(b'{');
        Ok(self)
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Self> {
        self.is_verbatim = name == RAW_VALUE;
        if !self.is_verbatim {
            self.out.push(b'{');
        }
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self> {
        self.variant(variant, b":{");
        Ok(self)
    }
}

/// What has items without names.
macro_rules! items {
    ($($kind:ident::$method:ident ends with $end:literal,)*) => {$(
        impl $kind for &mut Json<'_> {
            type Ok = ();
            type Error = Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.item(value)
            }

            #[inline]
            fn end(self) -> Result<()> {
                self.out.extend_from_slice($end);
                Ok(())
            }
        }
    )*};
}

items! {
    SerializeSeq::serialize_element ends with b"]",
    SerializeTuple::serialize_element ends with b"]",
    SerializeTupleStruct::serialize_field ends with b"]",
    SerializeTupleVariant::serialize_field ends with b"]}",
}

impl SerializeMap for &mut Json<'_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.comma();
        let start = self.out.len();
        key.serialize(&mut **self)?;
        match self.out.get(start) {
            Some(b'"') => Ok(()),
            _ => Err(Error::custom("a key is no string")),
        }
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.out.push(b':');
        value.serialize(&mut **self)
    }

    #[inline]
    fn end(self) -> Result<()> {
        self.out.push(b'}');
        Ok(())
    }
}

impl SerializeStruct for &mut Json<'_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        if self.is_verbatim { value.serialize(&mut **self) } else { self.field(name, value) }
    }

    #[inline]
    fn end(self) -> Result<()> {
        if !self.is_verbatim {
            self.out.push(b'}');
        }
        self.is_verbatim = false;
        Ok(())
    }
}

impl SerializeStructVariant for &mut Json<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        self.field(name, value)
    }

    fn end(self) -> Result<()> {
        self.out.extend_from_slice(b"}}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Serialize;

    use super::super::super::example;
    use super::*;
    use crate::model::Shared;

    fn appended<T: Serialize>(value: &T) -> String {
        let mut out = b"before ".to_vec();
        append(&mut out, value).unwrap();
        String::from_utf8(out).unwrap().strip_prefix("before ").unwrap().to_owned()
    }

    /// One of each kind of value that serde knows.
    #[derive(Serialize)]
    struct Kinds<'a> {
        integers: (i8, i16, i32, i64, i128, u8, u16, u32, u64, u128),
        floats: [f64; 3],
        float: f32,
        letter: char,
        text: &'a str,
        bytes: Bytes<'a>,
        none: Option<u8>,
        some: Option<&'a str>,
        unit: (),
        nothing: Nothing,
        wrapped: Wrapped<'a>,
        pair: Pair,
        variants: [Variant; 4],
        tagged: Tagged,
        list: Vec<Vec<u8>>,
        map: BTreeMap<&'a str, Option<bool>>,
        no_map: BTreeMap<String, u8>,
        shared: Shared<Variant>,
        #[serde(flatten)]
        inner: Inner,
    }

    struct Bytes<'a>(&'a [u8]);

    impl Serialize for Bytes<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }

    #[derive(Serialize)]
    struct Nothing;

    #[derive(Serialize)]
    struct Wrapped<'a>(&'a str);

    #[derive(Serialize)]
    struct Pair(u8, bool);

    #[derive(Clone, Serialize)]
    #[serde(rename_all = "kebab-case")]
    enum Variant {
        AWord,
        One(u8),
        Two(u8, u8),
        Named { key: u8, other: Option<bool> },
    }

    #[derive(Serialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        Named { key: u8 },
    }

    #[derive(Serialize)]
    struct Inner {
        last: bool,
        empty: Empty,
    }

    #[derive(Serialize)]
    struct Empty {}

    #[test]
    fn each_kind_of_value_is_written_as_serde_json_writes_it() {
        let variants = [
            Variant::AWord,
            Variant::One(1),
            Variant::Two(1, 2),
            Variant::Named { key: 3, other: Some(true) },
        ];
        let kinds = Kinds {
            integers: (-1, -2, -3, i64::MIN, i128::MIN, 1, 2, 3, u64::MAX, u128::MAX),
            floats: [0.1, -1e300, f64::NAN],
            float: 1.5,
            letter: '"',
            text: "a \"quote\", a \\ and\r\n\ta \u{1}\u{8}\u{c}\u{1f}\u{7f} in Zürich",
            bytes: Bytes(b"\x00\xff"),
            none: None,
            some: Some("{"),
            unit: (),
            nothing: Nothing,
            wrapped: Wrapped("["),
            pair: Pair(1, false),
            shared: variants.to_vec().into(),
            variants,
            tagged: Tagged::Named { key: 4 },
            list: vec![vec![], vec![1, 2]],
            map: [("a\"", Some(true)), ("b", None)].into(),
            no_map: BTreeMap::new(),
            inner: Inner { last: true, empty: Empty {} },
        };
        assert_eq!(appended(&kinds), serde_json::to_string(&kinds).unwrap());
        for record in example::records() {
            assert_eq!(appended(&record), serde_json::to_string(&record).unwrap());
        }
    }

    #[test]
    fn a_key_that_is_no_string_is_refused() {
        let mut out = Vec::new();
        let error = append(&mut out, &BTreeMap::from([((), 2)])).unwrap_err();
        assert_eq!(error.to_string(), "a key is no string");
    }

    proptest! {
        /// Escapes may be anywhere in a word of bytes, and beside bytes that a borrow might reach.
        #[test]
        fn any_string_is_written_as_serde_json_writes_it(
            text in "[\0-\u{1f}\"\\\\ !#\\[\\]\u{7f}a\u{80}\u{a2}\u{fc}\u{fffd}]{0,40}",
        ) {
            prop_assert_eq!(appended(&text), serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn one_escape_is_seen_wherever_it_stands(before in "[ !#\\[\\]~\u{fc}]{0,24}", escape in "[\0-\u{1f}\"\\\\]", after in "[ !#\\[\\]~\u{fc}]{0,24}") {
            prop_assert!(is_plain(before.as_bytes()) && is_plain(after.as_bytes()));
            prop_assert!(!is_plain([before, escape, after].concat().as_bytes()));
        }
    }
}
