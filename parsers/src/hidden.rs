//! Bytes from which a password could be guessed.

use std::fmt;

/// Challenge, response or password: can be measured and compared, is never printed.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Hidden<'a>(pub &'a [u8]);

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Hidden;

    #[test]
    fn only_the_length_is_printed() {
        assert_eq!(format!("{:?}", Hidden(b"secret")), "<6 bytes>");
    }
}
