//! DER (X.690) as SPNEGO and Kerberos write it.

/// A value with its tag and length.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 6);
    out.push(tag);
    let length = content.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = (length as u32).to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        out.push(0x80 | (bytes.len() - zeros) as u8);
        out.extend(bytes.iter().skip(zeros));
    }
    out.extend_from_slice(content);
    out
}

pub(crate) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// `[number]`, explicit.
pub(crate) fn context(number: u8, inner: &[u8]) -> Vec<u8> {
    tlv(0xa0 | number, inner)
}

/// `[APPLICATION number]`, explicit.
pub(crate) fn application(number: u8, inner: &[u8]) -> Vec<u8> {
    tlv(0x60 | number, inner)
}

pub(crate) fn integer(number: u32) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let mut rest = bytes.as_slice();
    while let [0, next, ..] = rest
        && *next < 0x80
    {
        rest = rest.split_at(1).1;
    }
    if rest.first().is_some_and(|byte| *byte >= 0x80) {
        return tlv(0x02, &[&[0], rest].concat());
    }
    tlv(0x02, rest)
}

pub(crate) fn enumerated(number: u8) -> Vec<u8> {
    tlv(0x0a, &[number])
}

pub(crate) fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(0x04, bytes)
}

/// A `BIT STRING` of 32 bits.
pub(crate) fn bits(flags: u32) -> Vec<u8> {
    tlv(0x03, &[&[0], flags.to_be_bytes().as_slice()].concat())
}

pub(crate) fn general_string(text: &str) -> Vec<u8> {
    tlv(0x1b, text.as_bytes())
}

/// An `OBJECT IDENTIFIER` that is encoded already.
pub(crate) fn oid(encoded: &[u8]) -> Vec<u8> {
    tlv(0x06, encoded)
}

/// A `GeneralizedTime`.
pub(crate) fn time(text: &str) -> Vec<u8> {
    tlv(0x18, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_as_short_as_they_can_be_and_positive() {
        let cases: [(u32, &[u8]); 6] = [
            (0, &[2, 1, 0]),
            (127, &[2, 1, 127]),
            (128, &[2, 2, 0, 128]),
            (256, &[2, 2, 1, 0]),
            (0x7fff_ffff, &[2, 4, 0x7f, 0xff, 0xff, 0xff]),
            (0x8000_0000, &[2, 5, 0, 0x80, 0, 0, 0]),
        ];
        for (number, bytes) in cases {
            assert_eq!(integer(number), bytes, "{number}");
        }
    }

    #[test]
    fn lengths_have_three_forms() {
        for (length, head) in [(127, vec![4, 127]), (128, vec![4, 0x81, 128]), (256, vec![4, 0x82, 1, 0])] {
            assert!(octets(&vec![0; length]).starts_with(&head), "{length}");
        }
    }
}
