//! Names as they were sent: bytes and their encoding, decoded when shown.

use std::borrow::Cow;
use std::fmt;

use compact_str::CompactString;

/// A name as it was sent.
///
/// Nothing is stripped or repaired: a name with a zero byte in it, or half a UTF-16 unit, keeps them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text<'a> {
    bytes: &'a [u8],
    encoding: Encoding,
}

/// How the bytes of a [`Text`] are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-16, little endian.
    Utf16Le,
    /// A code page that only the sender knows.
    Oem,
    /// UTF-8. A `KerberosString` is said to be ASCII (RFC 4120 5.2.1), but Windows sends UTF-8.
    Utf8,
}

impl<'a> Text<'a> {
    /// Text in UTF-16LE.
    pub const fn utf16le(bytes: &'a [u8]) -> Self {
        Self { bytes, encoding: Encoding::Utf16Le }
    }

    /// Text in the code page of the sender.
    pub const fn oem(bytes: &'a [u8]) -> Self {
        Self { bytes, encoding: Encoding::Oem }
    }

    /// Text in UTF-8.
    pub const fn utf8(bytes: &'a [u8]) -> Self {
        Self { bytes, encoding: Encoding::Utf8 }
    }

    /// The bytes as sent.
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// How the bytes are meant.
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether nothing was sent.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether what is shown says the same as what was sent.
    ///
    /// OEM text is clean when it is ASCII: all OEM code pages agree there, and nowhere else.
    pub fn is_clean(&self) -> bool {
        match self.encoding {
            Encoding::Utf16Le => self.bytes.len().is_multiple_of(2) && self.units().all(|unit| unit.is_ok()),
            Encoding::Oem => self.bytes.is_ascii(),
            Encoding::Utf8 => std::str::from_utf8(self.bytes).is_ok(),
        }
    }

    /// The text, with U+FFFD for what does not decode.
    ///
    /// OEM bytes beyond ASCII do not decode: to show them as Latin-1 would print a name that nobody has.
    pub fn to_string_lossy(&self) -> Cow<'a, str> {
        match self.encoding {
            Encoding::Utf16Le => Cow::Owned(self.decoded().into_string()),
            Encoding::Oem if !self.bytes.is_ascii() => self.bytes.iter().map(|&byte| oem(byte)).collect(),
            // The search for what does not decode is slower than finding that all does.
            Encoding::Oem | Encoding::Utf8 => std::str::from_utf8(self.bytes)
                .map_or_else(|_| String::from_utf8_lossy(self.bytes), Cow::Borrowed),
        }
    }

    /// UTF-16 decoded. Nearly all names are ASCII: these need no decoder.
    fn decoded(&self) -> CompactString {
        let (units, half) = self.bytes.as_chunks::<2>();
        let bits = units.iter().fold(0, |bits, unit| bits | u16::from_le_bytes(*unit));
        let mut ascii = [0; USUAL];
        if let Some(ascii) = ascii.get_mut(..units.len())
            && half.is_empty()
            && bits < 0x80
        {
            ascii.iter_mut().zip(units).for_each(|(byte, [low, _])| *byte = *low);
            return CompactString::from_utf8(ascii).unwrap_or_default();
        }
        let half = (!half.is_empty()).then_some(char::REPLACEMENT_CHARACTER);
        self.units().map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).chain(half).collect()
    }

    fn units(&self) -> impl Iterator<Item = Result<char, std::char::DecodeUtf16Error>> + use<'a> {
        let (units, _half) = self.bytes.as_chunks::<2>();
        char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit)))
    }
}

/// Nearly no name is longer, in UTF-16 code units.
const USUAL: usize = 64;

/// What is shown of a byte of an OEM code page.
fn oem(byte: u8) -> char {
    if byte.is_ascii() { char::from(byte) } else { char::REPLACEMENT_CHARACTER }
}

impl From<Text<'_>> for CompactString {
    /// As [`Text::to_string_lossy`].
    fn from(text: Text<'_>) -> Self {
        match text.encoding {
            Encoding::Utf16Le => text.decoded(),
            Encoding::Oem | Encoding::Utf8 => text.to_string_lossy().into(),
        }
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string_lossy())
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string_lossy(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_as_far_as_it_decodes() {
        let table: [(Text<'_>, &str, bool); 9] = [
            (Text::utf16le(b"U\0s\0e\0r\0"), "User", true),
            (Text::utf16le(b""), "", true),
            (Text::utf16le(b"U\0s"), "U\u{fffd}", false),
            (Text::utf16le(&[0x3d, 0xd8, 0x00, 0xde]), "\u{1f600}", true),
            (Text::utf16le(&[0x3d, 0xd8]), "\u{fffd}", false),
            (Text::oem(b"WORKGROUP"), "WORKGROUP", true),
            (Text::oem(b"M\x81LLER"), "M\u{fffd}LLER", false),
            (Text::utf8("krbtgt/Zürich".as_bytes()), "krbtgt/Zürich", true),
            (Text::utf8(b"\xff"), "\u{fffd}", false),
        ];
        for (text, shown, clean) in table {
            assert_eq!((text.to_string().as_str(), text.is_clean()), (shown, clean), "{text:?}");
            assert_eq!(text.to_string_lossy(), shown);
        }
    }

    #[test]
    fn zero_bytes_are_part_of_the_name() {
        assert_eq!(Text::oem(b"A\0B\0").to_string(), "A\0B\0");
        assert_eq!(Text::utf16le(b"A\0\0\0").to_string(), "A\0");
    }

    #[test]
    fn a_high_byte_is_not_dropped() {
        assert_eq!(Text::utf16le(&[0x41, 0x04]).to_string(), "\u{441}"); // Cyrillic es, and not "A".
    }
}
