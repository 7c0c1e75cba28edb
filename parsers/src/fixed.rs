//! The border between nom and the rest of the crate.

use nom::IResult;

use crate::error::{ErrorKind, ParseError};

/// Runs a parser of fixed parts. It can only run out of bytes, and the error says where.
pub(crate) fn fixed<'a, T>(
    field: &'static str,
    bytes: &'a [u8],
    parse: impl FnOnce(&'a [u8]) -> IResult<&'a [u8], T>,
) -> Result<(&'a [u8], T), ParseError> {
    parse(bytes).map_err(|error| {
        let left = match error {
            nom::Err::Error(at) | nom::Err::Failure(at) => at.input.len(),
            nom::Err::Incomplete(_) => 0,
        };
        ParseError { field, at: bytes.len().saturating_sub(left), kind: ErrorKind::Truncated }
    })
}
