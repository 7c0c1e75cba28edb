//! Security tokens in a stream of which nothing else is known: found by what they start with, or hold near their start.

use nom::FindSubstring as _;

use crate::frame::Framed;
use crate::gss;
use crate::ntlmssp;
use crate::spnego::NegToken;
use crate::token::{self, Body};

/// Where in the bytes a token may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// Here.
    Token(usize),
    /// Here, in base 64.
    Base64(usize),
    /// Not before this offset.
    NotBefore(usize),
}

/// What a token is in a logon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The client's first.
    Question,
    /// The server's answer.
    Answer,
    /// What the client sends after an answer.
    Proof,
}

/// Looks for the first token.
pub fn find(bytes: &[u8]) -> Sighting {
    let hits = SIGNATURES.iter().filter_map(|signature| {
        let at = bytes.find_substring(*signature)?;
        Some((at, *signature))
    });
    match hits.min_by_key(|(at, _)| *at) {
        Some((at, BASE64_NTLM)) => Sighting::Base64(at),
        Some((at, signature)) => match outermost(bytes, at, signature) {
            Some(start) => Sighting::Token(start),
            // What looks like a token and is none is passed over.
            None => Sighting::NotBefore(at.saturating_add(signature.len())),
        },
        None => Sighting::NotBefore(bytes.len().saturating_sub(unfinished(bytes))),
    }
}

/// The token at the start of the bytes.
pub fn raw(bytes: &[u8]) -> Framed<'_> {
    let least = bytes.len().saturating_add(1).max(MIN_TOKEN);
    let len = match token::declared_len(bytes) {
        Some(len) if len <= MAX_TOKEN => len,
        None if bytes.len() < MIN_TOKEN => return Framed::Need(least),
        _ => return Framed::Lost,
    };
    match bytes.get(..len) {
        Some(body) if len >= MIN_FRAME => Framed::Record { body, consumed: len },
        Some(_) => Framed::Lost,
        None => Framed::Need(len),
    }
}

/// The digits of a token in base 64 at the start of the bytes.
pub fn base64(bytes: &[u8]) -> Framed<'_> {
    let digits =
        bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)).count();
    match bytes.get(..digits) {
        _ if digits > MAX_BASE64 => Framed::Skip(digits),
        Some(body) if digits < bytes.len() => Framed::Record { body, consumed: digits },
        _ => Framed::Need(bytes.len().saturating_add(1)),
    }
}

/// What a whole token is in a logon; `None` where it is none, or anything in it is not as it should be.
pub fn role(token: &[u8]) -> Option<Role> {
    if token::declared_len(token) != Some(token.len()) {
        return None;
    }
    match token::classify(token).body {
        Body::Ntlm(Ok(message)) => ntlm_role(&message),
        Body::Spnego(Ok(neg_token)) if neg_token.damaged().is_none() => {
            let inner = neg_token.inner().filter(|inner| !inner.is_empty());
            let inner = inner.map(|inner| token::classify(inner.expose()).body);
            match (&neg_token, inner) {
                (NegToken::Init(init), _) => (!init.mech_types.is_empty()).then_some(Role::Question),
                (NegToken::Resp(_), Some(Body::Ntlm(message))) => ntlm_role(&message.ok()?),
                (NegToken::Resp(resp), _) => resp.neg_state.map(|_| Role::Answer),
            }
        }
        _ => None,
    }
}

fn ntlm_role(message: &ntlmssp::Message<'_>) -> Option<Role> {
    let (flags, role) = match message {
        ntlmssp::Message::Negotiate(negotiate) => (negotiate.flags, Role::Question),
        ntlmssp::Message::Challenge(challenge) => (challenge.flags, Role::Answer),
        ntlmssp::Message::Authenticate(authenticate) => (authenticate.flags?, Role::Proof),
    };
    (message.damaged().is_none() && flags.contains(ntlmssp::Flags::NEGOTIATE_NTLM)).then_some(role)
}

/// Where the token starts that a signature is in: where SPNEGO is around it, there.
fn outermost(bytes: &[u8], at: usize, signature: &[u8]) -> Option<usize> {
    let end = at.saturating_add(signature.len());
    let is_around = |start: &usize| {
        let rest = bytes.get(*start..).unwrap_or_default();
        let first = rest.first().copied();
        let len = if token::is_start(rest) { gss::declared_len(rest).ok() } else { None };
        matches!(first, Some(gss::FRAME | 0xa1))
            && len.is_some_and(|len| len <= MAX_TOKEN && start.saturating_add(len) >= end)
    };
    let around = (at.saturating_sub(MAX_AROUND)..at).find(is_around);
    around.or_else(|| (signature == NTLM).then_some(at))
}

/// How many bytes at the end may be the start of a signature, and what may be before it.
fn unfinished(bytes: &[u8]) -> usize {
    let longest = |signature: &&[u8]| {
        (1..signature.len()).rev().find(|len| {
            let start = signature.get(..*len).unwrap_or_default();
            bytes.ends_with(start)
        })
    };
    let len = SIGNATURES.iter().filter_map(longest).max().unwrap_or(0);
    // The last byte of a token's tag and lengths is not worth waiting for.
    if len < MIN_UNFINISHED { 0 } else { len.saturating_add(MAX_AROUND).min(bytes.len()) }
}

const NTLM: &[u8] = b"NTLMSSP\0";
const BASE64_NTLM: &[u8] = b"TlRMTVNTUAA";
/// The OID of SPNEGO, at the start of a `NegTokenInit` (RFC 4178 4.2).
const SPNEGO: &[u8] = &[0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02];
/// The tags of `negState`, at the start of a server's `NegTokenResp`.
const NEG_STATE: &[u8] = &[0xa0, 0x03, 0x0a, 0x01];
const SIGNATURES: [&[u8]; 4] = [NTLM, BASE64_NTLM, SPNEGO, NEG_STATE];
/// Tags and lengths of SPNEGO around a token that is no first one.
const MAX_AROUND: usize = 24;
/// So many bytes of a signature at the end of a segment are waited for.
const MIN_UNFINISHED: usize = 3;
/// Any token is longer: an answer of SPNEGO without a token.
const MIN_FRAME: usize = 9;
/// A whole AUTHENTICATE message without its payload ([MS-NLMP] 2.2.1.3), which is needed to say how long it is.
const MIN_TOKEN: usize = 88;
const MAX_TOKEN: usize = 16 << 10;
/// An AUTHENTICATE message is much shorter, and each byte that is waited for looks at all of them.
const MAX_BASE64: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INIT: &[u8] = include_bytes!("../tests/data/init-kerberos.bin");
    const RESP: &[u8] = include_bytes!("../tests/data/resp-kerberos.bin");
    const CHALLENGE: &[u8] = include_bytes!("../tests/data/ntlmv2-challenge.bin");
    const AUTHENTICATE: &[u8] = include_bytes!("../tests/data/ntlmv2-authenticate.bin");

    #[test]
    fn a_token_is_found_cut_and_told() {
        for (token, expected) in [
            (INIT, Role::Question),
            (RESP, Role::Answer),
            (CHALLENGE, Role::Answer),
            (AUTHENTICATE, Role::Proof),
        ] {
            let bytes = [b"some header", token, b"tail"].concat();
            assert_eq!(find(&bytes), Sighting::Token(11), "{expected:?}");
            assert_eq!(raw(&bytes[11..]), Framed::Record { body: token, consumed: token.len() });
            assert_eq!(role(token), Some(expected));
            assert_eq!(role(&token[..token.len() - 1]), None);
        }
    }

    #[test]
    fn base_64_is_cut_at_its_end() {
        let bytes = b"AUTH TlRMTVNTUAABAAAABQIAAg==\r\n";
        assert_eq!(find(bytes), Sighting::Base64(5));
        assert_eq!(base64(&bytes[5..]), Framed::Record { body: &bytes[5..29], consumed: 24 });
        assert_eq!(base64(&bytes[5..29]), Framed::Need(25));
    }

    #[test]
    fn what_only_looks_like_one_is_passed_over() {
        assert_eq!(find(b"xx\xa0\x03\x0a\x01yy"), Sighting::NotBefore(6));
        assert_eq!(role(b"NTLMSSP\0\x01\0\0\0\0\0\0\0"), None);
    }

    proptest! {
        #[test]
        fn every_step_goes_on(bytes in prop::collection::vec(any::<u8>(), 0..80), token in 0_usize..4, at in 0_usize..80) {
            let mut bytes = bytes;
            let at = at.min(bytes.len());
            bytes.splice(at..at, [INIT, RESP, CHALLENGE, AUTHENTICATE][token].iter().copied().take(60));
            let found = match find(&bytes) {
                Sighting::Token(at) | Sighting::Base64(at) | Sighting::NotBefore(at) => at,
            };
            prop_assert!(found <= bytes.len());
            for framed in [raw(&bytes), base64(&bytes)] {
                if let Framed::Need(count) = framed {
                    prop_assert!(count > bytes.len() && count <= MAX_TOKEN + 1);
                }
            }
            let _ = role(&bytes);
        }
    }
}
