//! Bytes from which a password can be guessed: measured, never printed.

use std::fmt;

/// Bytes that must not reach any output: responses, challenges, checksums, cipher texts, tokens that hold them.
///
/// `Debug` and `Display` give the length alone, so a message that holds one may be printed.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Secret<'a>(&'a [u8]);

impl<'a> Secret<'a> {
    /// Wraps bytes of a message.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Number of bytes.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes at all.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there are bytes, and each is zero: the usual way to say "none" in a field of fixed size.
    pub fn is_zero(&self) -> bool {
        !self.is_empty() && self.0.iter().all(|&byte| byte == 0)
    }

    /// The bytes, for code that compares, hashes or parses them. They must not be printed.
    pub const fn expose(&self) -> &'a [u8] {
        self.0
    }
}

impl fmt::Display for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.len())
    }
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_length_is_printed() {
        let secret = Secret::new(&[0xaa; 24]);
        assert_eq!(format!("{secret:?} {secret}"), "<24 bytes> <24 bytes>");
    }

    #[test]
    fn nothing_is_not_zero() {
        for (bytes, zero) in [(&[][..], false), (&[0, 0], true), (&[0, 1], false)] {
            assert_eq!(Secret::new(bytes).is_zero(), zero, "{bytes:?}");
        }
    }
}
