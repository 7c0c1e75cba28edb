//! `TSRequest` of CredSSP ([MS-CSSP] 2.2.1). It is made to go through TLS, and is readable where that was taken off.

use crate::der::{self, Damage, Element, Reader, SEQUENCE};
use crate::error::{ErrorKind, ParseError};
use crate::frame::{Framed, Recognised};
use crate::secret::Secret;

/// `TSRequest` ([MS-CSSP] 2.2.1). What proves the server's key, and the credentials that are handed over at the end, are not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TsRequest<'a> {
    /// `version`.
    pub version: i32,
    /// The first of `negoTokens`. There is never more than one.
    pub nego_token: Option<Secret<'a>>,
    /// `authInfo` is there: the client hands over its credentials.
    pub has_auth_info: bool,
    /// `pubKeyAuth` is there: of a server, it says that the logon is good.
    pub has_pub_key_auth: bool,
    /// `errorCode`: an NTSTATUS, or an HRESULT of a security package.
    pub error_code: Option<u32>,
}

/// Whether the first bytes of a direction are a message that carries a token.
pub fn recognise(bytes: &[u8]) -> Recognised {
    let Some((sequence, rest)) = bytes.split_first() else { return Recognised::Need(2) };
    if *sequence != SEQUENCE {
        return Recognised::No;
    }
    let Some((len, rest)) = der::length(rest) else {
        // Only a length of more than two bytes is not told by the first ones.
        let is_long = matches!(rest, [] | [0x81..=0x84, ..]);
        return if is_long { Recognised::Need(bytes.len().saturating_add(1)) } else { Recognised::No };
    };
    if !(MIN_MESSAGE..=MAX_MESSAGE).contains(&len) {
        return Recognised::No;
    }
    // An explicit tag, an INTEGER of one byte, and the tag of `negoTokens`.
    let alike: [fn(u8) -> bool; 6] = [
        |byte| byte == 0xa0,
        |byte| byte == 3,
        |byte| byte == 2,
        |byte| byte == 1,
        |byte| (1..=LAST_VERSION).contains(&byte),
        |byte| byte == 0xa1,
    ];
    if !rest.iter().zip(alike).all(|(byte, is_alike)| is_alike(*byte)) {
        return Recognised::No;
    }
    if rest.len() < alike.len() {
        let head = bytes.len().saturating_sub(rest.len());
        return Recognised::Need(head.saturating_add(alike.len()));
    }
    Recognised::Yes
}

/// The message at the start of the bytes.
pub fn frame(bytes: &[u8]) -> Framed<'_> {
    match bytes {
        [] => return Framed::Need(2),
        [first, ..] if *first != SEQUENCE => return Framed::Lost,
        _ => {}
    }
    let Some((len, rest)) = bytes.get(1..).and_then(der::length) else {
        return Framed::Need(bytes.len().saturating_add(1));
    };
    if !(MIN_MESSAGE..=MAX_MESSAGE).contains(&len) {
        return Framed::Lost;
    }
    let consumed = bytes.len().saturating_sub(rest.len()).saturating_add(len);
    match bytes.get(..consumed) {
        Some(body) => Framed::Record { body, consumed },
        None => Framed::Need(consumed),
    }
}

/// Reads a message that [`frame`] cut out, or that was otherwise found.
///
/// # Errors
/// [`ParseError`] where it is no SEQUENCE with a version in it, and where a field of it is cut or of another type.
pub fn ts_request(message: &[u8]) -> Result<TsRequest<'_>, ParseError> {
    const NAME: &str = "TSRequest";
    let damage = Damage::default();
    let outer = Reader::new(message, &damage).next(NAME).ok_or_else(|| damage.fatal(NAME, 0))?;
    if outer.id != SEQUENCE {
        return Err(ParseError { field: NAME, at: 0, kind: ErrorKind::Invalid });
    }
    let (mut request, mut version) = (TsRequest::default(), None);
    let mut fields = outer.inside();
    while let Some(field) = fields.next(NAME) {
        match field.context() {
            Some(0) => version = field.int32("version"),
            Some(1) => request.nego_token = nego_token(&field),
            Some(2) => request.has_auth_info = true,
            Some(3) => request.has_pub_key_auth = true,
            // The bits of a status, whose highest is set.
            Some(4) => request.error_code = field.int32("errorCode").map(i32::cast_unsigned),
            _ => {}
        }
    }
    request.version = version.ok_or_else(|| damage.fatal("version", 0))?;
    damage.first().map_or(Ok(request), Err)
}

/// `NegoData`: a SEQUENCE OF SEQUENCE, each with a token ([MS-CSSP] 2.2.1.1).
fn nego_token<'a>(tokens: &Element<'a, '_>) -> Option<Secret<'a>> {
    let first = tokens.sequence("negoTokens")?.next("NegoData")?.as_sequence()?;
    let mut fields = first.inside();
    while let Some(field) = fields.next("NegoData") {
        if field.context() == Some(0) {
            return field.octets("negoToken");
        }
    }
    None
}

/// Longest message: a token of Kerberos with the largest ticket fits in twice.
pub const MAX_MESSAGE: usize = 1 << 17;
/// A version alone.
const MIN_MESSAGE: usize = 5;
/// Versions 2 to 6 are known; a few more may come.
const LAST_VERSION: u8 = 15;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::{self, Body};
    use proptest::prelude::*;

    /// pyspnego 0.12.4 with itself, before TLS: both directions, and the end of one that was refused.
    const CLIENT: &[u8] = include_bytes!("../testdata/credssp-client.bin");
    const SERVER: &[u8] = include_bytes!("../testdata/credssp-server.bin");
    const REFUSED: &[u8] = include_bytes!("../testdata/credssp-refused.bin");

    fn messages(mut stream: &[u8]) -> Vec<&[u8]> {
        let mut found = Vec::new();
        while let Framed::Record { body, consumed } = frame(stream) {
            found.push(body);
            stream = stream.get(consumed..).unwrap();
        }
        assert_eq!(stream, b"");
        found
    }

    /// What a message says, in letters: token, public key, credentials, error.
    fn said(message: &[u8]) -> String {
        let request = ts_request(message).unwrap();
        assert_eq!(request.version, 6);
        if let Some(token) = request.nego_token {
            assert!(matches!(token::classify(token.expose()).body, Body::Ntlm(Ok(_))));
        }
        let parts = [
            (request.nego_token.is_some(), "t"),
            (request.has_pub_key_auth, "k"),
            (request.has_auth_info, "c"),
            (request.error_code.is_some(), "e"),
        ];
        parts.iter().filter(|(is_there, _)| *is_there).map(|(_, letter)| *letter).collect()
    }

    #[test]
    fn the_messages_of_a_logon_are_read() {
        for (stream, expected) in
            [(CLIENT, vec!["t", "tk", "c"]), (SERVER, vec!["t", "k"]), (REFUSED, vec!["t", "e"])]
        {
            assert_eq!(recognise(stream), Recognised::Yes);
            assert_eq!(messages(stream).into_iter().map(said).collect::<Vec<_>>(), expected);
        }
        let refusal = messages(REFUSED).pop().unwrap();
        assert_eq!(ts_request(refusal).unwrap().error_code, Some(0x8009_030c));
    }

    #[test]
    fn other_protocols_in_a_sequence_are_not_recognised() {
        // LDAP (RFC 4511 4.1.1), SNMP version 2, a KDC-PROXY-MESSAGE and a bare certificate.
        for bytes in [
            &[0x30, 0x0c, 2, 1, 1, 0x60, 7][..],
            &[0x30, 0x26, 2, 1, 1, 4, 6],
            &[0x30, 0x81, 0xc6, 0xa0, 0x81, 0xb7],
            &[0x30, 0x82, 2, 0, 0x30, 0x82],
        ] {
            assert_eq!(recognise(bytes), Recognised::No, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn a_prefix_is_recognised_or_needs_more(end in 0..12_usize) {
            match recognise(CLIENT.get(..end).unwrap()) {
                Recognised::Need(count) => prop_assert!(count > end),
                known => prop_assert_eq!(known, Recognised::Yes),
            }
        }

        #[test]
        fn a_cut_message_is_waited_for_and_else_an_error(end in any::<prop::sample::Index>()) {
            let whole = messages(CLIENT)[1];
            let cut = &whole[..end.index(whole.len())];
            prop_assert!(matches!(frame(cut), Framed::Need(count) if count > cut.len()));
            prop_assert!(ts_request(cut).is_err());
        }

        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..60), at in any::<prop::sample::Index>()) {
            let _ = (recognise(&bytes), frame(&bytes), ts_request(&bytes));
            let mut noisy = CLIENT.to_vec();
            let at = at.index(noisy.len());
            noisy.splice(at..at, bytes);
            let _ = (recognise(&noisy), frame(&noisy), ts_request(&noisy));
        }
    }
}
