//! LOGIN7 ([MS-TDS] 2.2.6.4).

use nom::Parser as _;
use nom::number::complete::{le_u16, le_u32};

use crate::error::{ErrorKind, ParseError};
use crate::fixed::fixed;
use crate::frame::size;
use crate::secret::Secret;
use crate::text::Text;

/// A LOGIN7 message ([MS-TDS] 2.2.6.4), without its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login7<'a> {
    /// `ServerName`, as the client names the server.
    pub server_name: Text<'a>,
    /// `Database`.
    pub database: Text<'a>,
    /// `UserName` is not empty: a login with a password.
    pub has_user_name: bool,
    /// `fExtension`: features follow, one of which may be a login by a federation.
    pub has_extension: bool,
    /// `SSPI`: the first token of the client.
    pub sspi: Secret<'a>,
}

/// Reads a LOGIN7 message.
///
/// # Errors
/// A field ends beyond the message.
pub fn login7(message: &[u8]) -> Result<Login7<'_>, ParseError> {
    let (_, flags) = at(message, "OptionFlags3", OPTION_FLAGS_3, |i| nom::number::complete::u8.parse(i))?;
    let (_, long) = at(message, "cbSSPILong", SSPI_LONG, |i| le_u32.parse(i))?;
    let (offset, short) = span(message, "SSPI", SSPI)?;
    // A token that does not fit the short length has that full and its own length elsewhere.
    let len = if short == usize::from(u16::MAX) && long > 0 { size(long) } else { short };
    Ok(Login7 {
        server_name: text(message, "ServerName", SERVER_NAME)?,
        database: text(message, "Database", DATABASE)?,
        has_user_name: span(message, "UserName", USER_NAME)?.1 > 0,
        has_extension: flags & EXTENSION != 0,
        sspi: Secret::new(bytes(message, "SSPI", offset, len)?),
    })
}

/// A name: its length counts UTF-16 units.
fn text<'a>(message: &'a [u8], field: &'static str, entry: usize) -> Result<Text<'a>, ParseError> {
    let (offset, units) = span(message, field, entry)?;
    bytes(message, field, offset, units.saturating_mul(2)).map(Text::utf16le)
}

/// An entry of the table of offsets and lengths.
fn span(message: &[u8], field: &'static str, entry: usize) -> Result<(usize, usize), ParseError> {
    let (_, (offset, len)) = at(message, field, entry, |i| {
        let (i, offset) = le_u16.parse(i)?;
        let (i, len) = le_u16.parse(i)?;
        Ok((i, (usize::from(offset), usize::from(len))))
    })?;
    Ok((offset, len))
}

/// Bytes of the part behind the table. None are none wherever they point.
fn bytes<'a>(
    message: &'a [u8],
    field: &'static str,
    offset: usize,
    len: usize,
) -> Result<&'a [u8], ParseError> {
    if len == 0 {
        return Ok(&[]);
    }
    let end = offset.checked_add(len);
    end.and_then(|end| message.get(offset..end)).ok_or(ParseError {
        field,
        at: offset,
        kind: ErrorKind::Truncated,
    })
}

fn at<'a, T>(
    message: &'a [u8],
    field: &'static str,
    offset: usize,
    parse: impl FnOnce(&'a [u8]) -> nom::IResult<&'a [u8], T>,
) -> Result<(&'a [u8], T), ParseError> {
    fixed(field, message.get(offset..).unwrap_or_default(), parse)
        .map_err(|error| ParseError { at: error.at.saturating_add(offset), ..error })
}

/// Offsets in the fixed part, and of entries in the table behind it.
const OPTION_FLAGS_3: usize = 27;
const USER_NAME: usize = 40;
const SERVER_NAME: usize = 52;
const DATABASE: usize = 68;
const SSPI: usize = 78;
const SSPI_LONG: usize = 90;
/// `fExtension` of `OptionFlags3`.
const EXTENSION: u8 = 0x10;
