//! Appending numbers and text to bytes.

/// What every encoder here writes with.
pub(crate) trait Octets {
    fn put(&mut self, bytes: &[u8]);

    fn le16(&mut self, number: usize) {
        self.put(&(number as u16).to_le_bytes());
    }

    fn le32(&mut self, number: usize) {
        self.put(&(number as u32).to_le_bytes());
    }

    fn le64(&mut self, number: u64) {
        self.put(&number.to_le_bytes());
    }

    fn be16(&mut self, number: usize) {
        self.put(&(number as u16).to_be_bytes());
    }

    fn be32(&mut self, number: usize) {
        self.put(&(number as u32).to_be_bytes());
    }

    fn zeros(&mut self, count: usize) {
        for _ in 0..count {
            self.put(&[0]);
        }
    }
}

impl Octets for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Writes over bytes that stand already.
pub(crate) fn patch(bytes: &mut [u8], at: usize, new: &[u8]) {
    if let Some(old) = bytes.get_mut(at..at + new.len()) {
        old.copy_from_slice(new);
    }
}

/// Text as UTF-16LE.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Base64 (RFC 4648, 4), padded.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let [a, b, c] = std::array::from_fn(|at| chunk.get(at).copied().unwrap_or(0));
        let group = u32::from_be_bytes([0, a, b, c]);
        for place in 0..4 {
            let letter = BASE64.get((group >> (18 - 6 * place)) as usize & 63).copied().unwrap_or(b'=');
            text.push(char::from(if place > chunk.len() { b'=' } else { letter }));
        }
    }
    text
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648_section_10() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
