//! `NEGOTIATE_MESSAGE` ([MS-NLMP] 2.2.1.1).

use nom::number::complete::le_u32;
use nom::{IResult, Parser};

use super::{Field, Flags, Span, Version, head, payload_end, payload_start, span, version_at};
use crate::error::ParseError;
use crate::fixed::fixed;
use crate::text::Text;

/// `NEGOTIATE_MESSAGE` ([MS-NLMP] 2.2.1.1), borrowed from the capture.
///
/// Its names are always OEM text: no encoding has been negotiated yet. Old clients end after the flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiate<'a> {
    /// `NegotiateFlags`.
    pub flags: Flags,
    /// `DomainName`.
    pub domain: Field<Text<'a>>,
    /// `WorkstationName`.
    pub workstation: Field<Text<'a>>,
    /// `Version`, where the payload leaves room for it.
    pub version: Option<Version>,
    /// How long the message says it is.
    pub declared_len: usize,
}

/// Reads the message.
///
/// # Errors
/// When it is cut before the end of its flags.
pub fn negotiate(message: &[u8]) -> Result<Negotiate<'_>, ParseError> {
    let (rest, flags) = fixed("NEGOTIATE_MESSAGE", message, |i| {
        let (i, _message_type) = head(i)?;
        le_u32.parse(i)
    })?;
    let (spans, fixed_len) = match names(rest) {
        Ok((_, spans)) => (spans, FIXED),
        Err(_) => ([Span::none("DomainName"), Span::none("WorkstationName")], FIXED_OLD),
    };
    let start = payload_start(message, fixed_len, &spans);
    let version = version_at(message, FIXED, start);
    let header = if version.is_some() { WITH_VERSION } else { fixed_len };
    let [domain, workstation] = spans.map(|span| span.of(message, fixed_len).map(Text::oem));
    let declared_len = payload_end(header, &spans);
    Ok(Negotiate { flags: Flags(flags), domain, workstation, version, declared_len })
}

impl Negotiate<'_> {
    /// The first field that cannot be read.
    pub fn damaged(&self) -> Option<ParseError> {
        self.domain.err().or(self.workstation.err())
    }
}

fn names(i: &[u8]) -> IResult<&[u8], [Span; 2]> {
    let (i, domain) = span("DomainName").parse(i)?;
    let (i, workstation) = span("WorkstationName").parse(i)?;
    Ok((i, [domain, workstation]))
}

const FIXED_OLD: usize = 16;
const FIXED: usize = 32;
const WITH_VERSION: usize = 40;
