//! The only error of this crate.

use std::fmt;

/// What is wrong with a message, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Name of the field, as in its specification.
    pub field: &'static str,
    /// Offset of the field in the message that was being read, in bytes.
    pub at: usize,
    /// What is wrong with it.
    pub kind: ErrorKind,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// It ends beyond the message.
    Truncated,
    /// Its value cannot be.
    Invalid,
    /// It is larger than the bound that this crate keeps for it.
    TooLarge,
    /// It is nested deeper than the bound that this crate keeps.
    TooDeep,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ErrorKind::Truncated => "truncated",
            ErrorKind::Invalid => "invalid",
            ErrorKind::TooLarge => "too large",
            ErrorKind::TooDeep => "nested too deep",
        };
        write!(f, "{} at byte {}: {what}", self.field, self.at)
    }
}

impl std::error::Error for ParseError {}
