//! `AUTHENTICATE_MESSAGE` ([MS-NLMP] 2.2.1.3).

use nom::number::complete::le_u32;
use nom::{IResult, Parser};

use super::{
    Field, Flags, Ntlmv2Response, Span, Version, head, payload_end, payload_start, response, span, text,
    version_at,
};
use crate::error::ParseError;
use crate::fixed::fixed;
use crate::secret::Secret;
use crate::text::Text;

/// `AUTHENTICATE_MESSAGE` ([MS-NLMP] 2.2.1.3), borrowed from the capture.
///
/// Whether `Version` and `MIC` are there follows from where the payload starts: clients set the flag without them,
/// and an attacker who removes the MIC may leave the flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authenticate<'a> {
    /// `LmChallengeResponse`.
    pub lm_response: Field<Secret<'a>>,
    /// `NtChallengeResponse`.
    pub nt_response: Field<Secret<'a>>,
    /// `DomainName`.
    pub domain: Field<Text<'a>>,
    /// `UserName`.
    pub user: Field<Text<'a>>,
    /// `Workstation`.
    pub workstation: Field<Text<'a>>,
    /// `EncryptedRandomSessionKey`.
    pub session_key: Field<Secret<'a>>,
    /// `NegotiateFlags`. Clients from before Windows 2000 end the header without them, and write OEM text.
    pub flags: Option<Flags>,
    /// `Version`, where the payload leaves room for it.
    pub version: Option<Version>,
    /// `MIC`, where the payload leaves room for it. It may be all zero.
    pub mic: Option<Secret<'a>>,
    /// How long the message says it is.
    pub declared_len: usize,
}

/// Reads the message.
///
/// # Errors
/// When it is cut within the header, as far as its payload leaves room for one.
pub fn authenticate(message: &[u8]) -> Result<Authenticate<'_>, ParseError> {
    let (rest, [lm, nt, domain, user, workstation]) = fixed("AUTHENTICATE_MESSAGE", message, names)?;
    let start = payload_start(message, FIXED_OLD, &[lm, nt, domain, user, workstation]);
    let (key, flags, fixed_len) = if start < FIXED {
        (Span::none("EncryptedRandomSessionKey"), None, FIXED_OLD)
    } else {
        let (_, (key, flags)) = fixed("AUTHENTICATE_MESSAGE", rest, key_and_flags)?;
        (key, Some(Flags(flags)), FIXED)
    };
    let spans = [lm, nt, domain, user, workstation, key];
    let start = payload_start(message, fixed_len, &spans);
    let version = version_at(message, FIXED, start);
    let mic = if start < WITH_MIC { None } else { message.get(WITH_VERSION..WITH_MIC).map(Secret::new) };
    let header = match (version, mic) {
        (_, Some(_)) => WITH_MIC,
        (Some(_), None) => WITH_VERSION,
        (None, None) => fixed_len,
    };
    let secret = |span: Span| span.of(message, fixed_len).map(Secret::new);
    let name = |span: Span| span.of(message, fixed_len).map(|bytes| text(flags.unwrap_or_default(), bytes));
    Ok(Authenticate {
        lm_response: secret(lm),
        nt_response: secret(nt),
        domain: name(domain),
        user: name(user),
        workstation: name(workstation),
        session_key: secret(key),
        flags,
        version,
        mic,
        declared_len: payload_end(header, &spans),
    })
}

impl<'a> Authenticate<'a> {
    /// The first field that cannot be read.
    pub fn damaged(&self) -> Option<ParseError> {
        let secrets = [self.lm_response, self.nt_response, self.session_key];
        let names = [self.domain, self.user, self.workstation];
        secrets
            .iter()
            .filter_map(|field| field.err())
            .chain(names.iter().filter_map(|field| field.err()))
            .next()
    }

    /// `NtChallengeResponse` read as an `NTLMv2_RESPONSE`, whatever the rest of the message says.
    ///
    /// # Errors
    /// When the response cannot be read, is too short, or is not of type 1: it is then no NTLMv2 response.
    pub fn ntlmv2_response(&self) -> Result<Ntlmv2Response<'a>, ParseError> {
        response::ntlmv2_response(self.nt_response?)
    }
}

fn names(i: &[u8]) -> IResult<&[u8], [Span; 5]> {
    let (i, _message_type) = head(i)?;
    let (i, lm) = span("LmChallengeResponse").parse(i)?;
    let (i, nt) = span("NtChallengeResponse").parse(i)?;
    let (i, domain) = span("DomainName").parse(i)?;
    let (i, user) = span("UserName").parse(i)?;
    let (i, workstation) = span("Workstation").parse(i)?;
    Ok((i, [lm, nt, domain, user, workstation]))
}

fn key_and_flags(i: &[u8]) -> IResult<&[u8], (Span, u32)> {
    let (i, key) = span("EncryptedRandomSessionKey").parse(i)?;
    let (i, flags) = le_u32.parse(i)?;
    Ok((i, (key, flags)))
}

const FIXED_OLD: usize = 52;
const FIXED: usize = 64;
const WITH_VERSION: usize = 72;
const WITH_MIC: usize = 88;
