//! What is inside an `NtChallengeResponse` of NTLMv2 ([MS-NLMP] 2.2.2.8).

use nom::bytes::complete::take;
use nom::number::complete::{le_u8, le_u64};
use nom::{IResult, Parser};

use super::{AvPairs, FileTime};
use crate::error::{ErrorKind, ParseError};
use crate::fixed::fixed;
use crate::secret::Secret;

/// `NTLMv2_RESPONSE` with its `NTLMv2_CLIENT_CHALLENGE` ([MS-NLMP] 2.2.2.7 and 2.2.2.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ntlmv2Response<'a> {
    /// `Response`, also known as `NTProofStr`.
    pub nt_proof_str: Secret<'a>,
    /// `TimeStamp`: the client's clock, or the server's own where the challenge carried one.
    pub time_stamp: FileTime,
    /// `ChallengeFromClient`.
    pub challenge_from_client: Secret<'a>,
    /// `AvPairs`: what the server sent, and what the client added to it.
    pub av_pairs: AvPairs<'a>,
}

/// Reads an `NtChallengeResponse` as one of NTLMv2.
///
/// # Errors
/// When it is too short, or `RespType` and `HiRespType` are not 1.
pub fn ntlmv2_response(response: Secret<'_>) -> Result<Ntlmv2Response<'_>, ParseError> {
    let (_, (types, response)) = fixed("NTLMv2_RESPONSE", response.expose(), parse)?;
    if types != (1, 1) {
        return Err(ParseError { field: "RespType", at: 16, kind: ErrorKind::Invalid });
    }
    Ok(response)
}

fn parse(i: &[u8]) -> IResult<&[u8], ((u8, u8), Ntlmv2Response<'_>)> {
    let (i, nt_proof_str) = take(16_usize).parse(i)?;
    let (i, resp_type) = le_u8.parse(i)?;
    let (i, hi_resp_type) = le_u8.parse(i)?;
    let (i, _reserved1) = take(2_usize).parse(i)?;
    let (i, _reserved2) = take(4_usize).parse(i)?;
    let (i, time_stamp) = le_u64.parse(i)?;
    let (i, challenge_from_client) = take(8_usize).parse(i)?;
    let (i, _reserved3) = take(4_usize).parse(i)?;
    let response = Ntlmv2Response {
        nt_proof_str: Secret::new(nt_proof_str),
        time_stamp: FileTime(time_stamp),
        challenge_from_client: Secret::new(challenge_from_client),
        av_pairs: AvPairs::new(i),
    };
    Ok((&[], ((resp_type, hi_resp_type), response)))
}
