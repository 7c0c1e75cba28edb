//! MS-CHAP, version 1 (RFC 2433) and 2 (RFC 2759): the value of a response, and the text of a failure. CHAP, EAP and RADIUS carry
//! the same fields, in other orders.

use crate::error::{ErrorKind, ParseError};
use crate::names::named;
use crate::secret::Secret;

/// Length of a response value (RFC 2433 6, RFC 2759 4).
pub const RESPONSE_LEN: usize = 49;

/// A response of either version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response<'a> {
    /// Version 1.
    V1(ResponseV1<'a>),
    /// Version 2.
    V2(ResponseV2<'a>),
}

/// The response of version 1 (RFC 2433 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseV1<'a> {
    /// `LAN Manager compatible challenge response`.
    pub lm: Secret<'a>,
    /// `Windows NT compatible challenge response`.
    pub nt: Secret<'a>,
    /// `"Use Windows NT compatible challenge response" flag`: the server is to look at the NT response.
    pub use_nt: bool,
}

/// The response of version 2 (RFC 2759 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseV2<'a> {
    /// `Peer-Challenge`.
    pub peer_challenge: Secret<'a>,
    /// `NT-Response`.
    pub nt: Secret<'a>,
}

/// What a refusal says (RFC 2433 8, RFC 2759 6): `E=691 R=1 C=… V=3 M=…`. Its challenge is passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// `E`: why.
    pub error: Option<ErrorCode>,
    /// `R`: the client may try once more.
    pub may_retry: Option<bool>,
}

named! {
    /// `E` of a failure (RFC 2759 6), with the number as administrators know it.
    ErrorCode(u32) {
        RESTRICTED_LOGON_HOURS = 646 "ERROR_RESTRICTED_LOGON_HOURS(646)",
        ACCT_DISABLED = 647 "ERROR_ACCT_DISABLED(647)",
        PASSWD_EXPIRED = 648 "ERROR_PASSWD_EXPIRED(648)",
        NO_DIALIN_PERMISSION = 649 "ERROR_NO_DIALIN_PERMISSION(649)",
        AUTHENTICATION_FAILURE = 691 "ERROR_AUTHENTICATION_FAILURE(691)",
        CHANGING_PASSWORD = 709 "ERROR_CHANGING_PASSWORD(709)",
    }
}

/// Reads a response value of version 1.
///
/// # Errors
/// [`ParseError`] for another length than [`RESPONSE_LEN`].
pub fn response_v1(value: &[u8]) -> Result<ResponseV1<'_>, ParseError> {
    let (fields, flags) = fields(value)?;
    let (lm, nt) = fields.split_at(DES_LEN);
    Ok(ResponseV1 { lm: Secret::new(lm), nt: Secret::new(nt), use_nt: flags == 1 })
}

/// Reads a response value of version 2.
///
/// # Errors
/// [`ParseError`] for another length than [`RESPONSE_LEN`].
pub fn response_v2(value: &[u8]) -> Result<ResponseV2<'_>, ParseError> {
    let (fields, _flags) = fields(value)?;
    let (rest, nt) = fields.split_at(DES_LEN);
    let (peer_challenge, _reserved) = rest.split_at(PEER_CHALLENGE_LEN);
    Ok(ResponseV2 { peer_challenge: Secret::new(peer_challenge), nt: Secret::new(nt) })
}

/// Reads a response value whose version nobody has told: version 2 has eight zero bytes after a challenge that is not zero,
/// and no flag.
///
/// # Errors
/// [`ParseError`] for another length than [`RESPONSE_LEN`].
pub fn response(value: &[u8]) -> Result<Response<'_>, ParseError> {
    let (fields, flags) = fields(value)?;
    let reserved = fields.get(PEER_CHALLENGE_LEN..DES_LEN).unwrap_or_default();
    let v2 = response_v2(value)?;
    let is_v2 = flags == 0 && Secret::new(reserved).is_zero() && !v2.peer_challenge.is_zero();
    if is_v2 { Ok(Response::V2(v2)) } else { response_v1(value).map(Response::V1) }
}

/// Reads `MS-CHAP-Response` (RFC 2548 2.1.3) or `MS-CHAP2-Response` (RFC 2548 2.3.2) of RADIUS: the identifier and the flags come
/// first. The value is handed on in the order of PPP.
///
/// # Errors
/// [`ParseError`] for another length than [`RESPONSE_LEN`] and one.
pub fn radius_response(attribute: &[u8]) -> Result<(u8, [u8; RESPONSE_LEN]), ParseError> {
    let whole = attribute.first_chunk::<50>().filter(|_| attribute.len() == 50);
    let &[identifier, flags, ref fields @ ..] = whole.ok_or_else(|| wrong_len(attribute))?;
    let mut value = [flags; RESPONSE_LEN];
    if let Some(place) = value.first_chunk_mut() {
        *place = *fields;
    }
    Ok((identifier, value))
}

/// Reads the text of a failure. Fields that are not there, or are no numbers, are left out: nobody else judges them either.
pub fn failure(message: &[u8]) -> Failure {
    let mut failure = Failure::default();
    for field in message.split(|byte| *byte == b' ') {
        match field {
            [b'E', b'=', digits @ ..] => failure.error = number(digits).map(ErrorCode),
            [b'R', b'=', digits @ ..] => failure.may_retry = number(digits).map(|number| number != 0),
            // The message for people is last and may hold anything.
            [b'M', b'=', ..] => break,
            _ => {}
        }
    }
    failure
}

/// The two responses of a value, and its last byte.
fn fields(value: &[u8]) -> Result<(&[u8; 48], u8), ParseError> {
    let whole = value.first_chunk::<RESPONSE_LEN>().filter(|_| value.len() == RESPONSE_LEN);
    let &[ref fields @ .., flags] = whole.ok_or_else(|| wrong_len(value))?;
    Ok((fields, flags))
}

fn wrong_len(value: &[u8]) -> ParseError {
    let kind = if value.len() < RESPONSE_LEN { ErrorKind::Truncated } else { ErrorKind::Invalid };
    ParseError { field: "Response", at: value.len(), kind }
}

fn number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Length of a response of three DES blocks.
const DES_LEN: usize = 24;
const PEER_CHALLENGE_LEN: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;
    use proptest::prelude::*;

    /// RFC 2759 9.2: user "User", password "clientPass".
    const V2: &str = "21402324255e262a28295f2b3a337c7e 0000000000000000
        82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df 00";
    /// The NT response of RFC 2433 B.2 to the challenge 102db5df085d3041; no LM response is sent.
    const V1: &str = "000000000000000000000000000000000000000000000000
        4e9d3c8f9cfd385d5bf4d3246791956ca4c351ab409a3d61 01";

    #[test]
    fn the_reserved_bytes_tell_the_version() {
        let (v1, v2) = (hex(V1), hex(V2));
        let Ok(Response::V2(response)) = response(&v2) else { panic!() };
        assert_eq!((response.peer_challenge.expose(), response.nt.expose()), (&v2[..16], &v2[24..48]));
        let Ok(Response::V1(response)) = super::response(&v1) else { panic!() };
        assert!(response.lm.is_zero() && response.use_nt);
        assert_eq!(response.nt.expose(), &v1[24..48]);
        // A real LM response has no zero bytes in its last block but by chance.
        let lm = [hex("11223344556677881122334455667788112233445566778811").as_slice(), &v1[25..48], &[0]]
            .concat();
        assert!(matches!(super::response(&lm), Ok(Response::V1(ResponseV1 { use_nt: false, .. }))));
    }

    #[test]
    fn radius_puts_the_identifier_and_the_flags_first() {
        let v1 = hex(V1);
        let attribute = [&[9, 1], &v1[..48]].concat();
        let (identifier, value) = radius_response(&attribute).unwrap();
        assert_eq!((identifier, value.as_slice()), (9, v1.as_slice()));
        assert!(radius_response(&attribute[..49]).is_err());
    }

    #[test]
    fn a_failure_is_read_as_far_as_it_goes() {
        let read = |text: &str| failure(text.as_bytes());
        let full = read("E=691 R=1 C=00112233445566778899aabbccddeeff V=3 M=E=5 failed");
        assert_eq!(full, Failure { error: Some(ErrorCode::AUTHENTICATION_FAILURE), may_retry: Some(true) });
        assert_eq!(full.error.unwrap().to_string(), "ERROR_AUTHENTICATION_FAILURE(691)");
        assert_eq!(read("E=0000000648 R=0 V=3").error, Some(ErrorCode::PASSWD_EXPIRED));
        assert_eq!(read("E=99999999999 R=x"), Failure::default());
        assert_eq!(read(""), Failure::default());
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = (response(&bytes), radius_response(&bytes), failure(&bytes));
        }
    }
}
