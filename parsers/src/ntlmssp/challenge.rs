//! `CHALLENGE_MESSAGE` ([MS-NLMP] 2.2.1.2).

use nom::bytes::complete::take;
use nom::number::complete::le_u32;
use nom::{IResult, Parser};

use super::{AvPairs, Field, Flags, Span, Version, head, payload_end, payload_start, span, text, version_at};
use crate::error::ParseError;
use crate::fixed::fixed;
use crate::secret::Secret;
use crate::text::Text;

/// `CHALLENGE_MESSAGE` ([MS-NLMP] 2.2.1.2), borrowed from the capture.
///
/// Servers from before NTLMv2 end it after the challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// `TargetName`: the server, or its domain.
    pub target_name: Field<Text<'a>>,
    /// `NegotiateFlags`.
    pub flags: Flags,
    /// `ServerChallenge`.
    pub server_challenge: Secret<'a>,
    /// `TargetInfo`: what the server says of itself.
    pub target_info: Field<AvPairs<'a>>,
    /// `Version`, where the payload leaves room for it.
    pub version: Option<Version>,
    /// How long the message says it is.
    pub declared_len: usize,
}

/// Reads the message.
///
/// # Errors
/// When it is cut before the end of its challenge.
pub fn challenge(message: &[u8]) -> Result<Challenge<'_>, ParseError> {
    let (rest, fixed) = fixed("CHALLENGE_MESSAGE", message, fixed_part)?;
    // A message whose payload starts right after the challenge has no `TargetInfoFields`.
    let without = payload_start(message, FIXED_OLD, &[fixed.target_name]);
    let (target_info, fixed_len) = match target_info(rest) {
        Ok((_, span)) if without >= FIXED => (span, FIXED),
        _ => (Span::none("TargetInfo"), FIXED_OLD),
    };
    let spans = [fixed.target_name, target_info];
    let version = version_at(message, FIXED, payload_start(message, fixed_len, &spans));
    let header = if version.is_some() { WITH_VERSION } else { fixed_len };
    Ok(Challenge {
        target_name: fixed.target_name.of(message, fixed_len).map(|bytes| text(fixed.flags, bytes)),
        flags: fixed.flags,
        server_challenge: fixed.server_challenge,
        target_info: target_info.of(message, fixed_len).map(AvPairs::new),
        version,
        declared_len: payload_end(header, &spans),
    })
}

impl Challenge<'_> {
    /// The first field that cannot be read.
    pub fn damaged(&self) -> Option<ParseError> {
        self.target_name.err().or(self.target_info.err())
    }
}

struct Fixed<'a> {
    target_name: Span,
    flags: Flags,
    server_challenge: Secret<'a>,
}

fn fixed_part(i: &[u8]) -> IResult<&[u8], Fixed<'_>> {
    let (i, _message_type) = head(i)?;
    let (i, target_name) = span("TargetName").parse(i)?;
    let (i, flags) = le_u32.parse(i)?;
    let (i, server_challenge) = take(8_usize).parse(i)?;
    Ok((i, Fixed { target_name, flags: Flags(flags), server_challenge: Secret::new(server_challenge) }))
}

fn target_info(i: &[u8]) -> IResult<&[u8], Span> {
    let (i, _reserved) = take(8_usize).parse(i)?;
    span("TargetInfo").parse(i)
}

const FIXED_OLD: usize = 32;
const FIXED: usize = 48;
const WITH_VERSION: usize = 56;
