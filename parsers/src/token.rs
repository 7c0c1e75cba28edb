//! What is this blob: SPNEGO, bare NTLMSSP, Kerberos, or something else.

use crate::error::{ErrorKind, ParseError};
use crate::gss::{self, InitialContextToken};
use crate::iakerb::{self, Iakerb};
use crate::krb5;
use crate::negoex::{self, Negoex};
use crate::ntlmssp;
use crate::oid::Oid;
use crate::spnego::{self, NegToken};

/// A security token.
///
/// A token that will not parse is still a token: [`Body`] says what it is, and why it cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// `thisMech` of the GSS-API frame, where the token has one.
    pub mech: Option<Oid<'a>>,
    /// What is inside.
    pub body: Body<'a>,
}

/// What a token is, and its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// SPNEGO. The token inside it is classified with the same function.
    Spnego(Result<NegToken<'a>, ParseError>),
    /// NTLM.
    Ntlm(Result<ntlmssp::Message<'a>, ParseError>),
    /// Kerberos.
    Kerberos(Result<krb5::Message<'a>, ParseError>),
    /// Kerberos through the service.
    Iakerb(Result<Iakerb<'a>, ParseError>),
    /// NegoEx.
    Negoex(Result<Negoex<'a>, ParseError>),
    /// A GSS-API frame around something else: a mechanism not read here, or a message that is no part of a logon.
    Other,
    /// None of these.
    Unknown,
}

/// Looks at the first bytes of a token and reads it.
///
/// Kerberos comes in a GSS-API frame with a `TOK_ID`, without the frame, and without both (DCE style).
pub fn classify(bytes: &[u8]) -> Token<'_> {
    if bytes.first() == Some(&gss::FRAME)
        && let Ok(frame) = gss::initial_context_token(bytes)
    {
        return Token { mech: Some(frame.mech), body: framed(bytes, &frame) };
    }
    Token { mech: None, body: bare(bytes) }
}

/// How long the token at the start of `bytes` says it is, which may be more than there is. `None` where it does not say.
///
/// A carrier without lengths needs it, since what follows a token is not part of it.
pub fn declared_len(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'N', b'T', ..] => ntlmssp::message(bytes).ok().map(|message| message.declared_len()),
        [gss::FRAME | 0xa0 | 0xa1 | 0x6a..=0x6f | 0x7e, ..] => gss::declared_len(bytes).ok(),
        _ => None,
    }
}

/// Whether these are the first bytes of a security token, as far as a few can tell.
pub fn is_start(bytes: &[u8]) -> bool {
    match bytes {
        [b'N', ..] => bytes.starts_with(b"NTLMSSP\0") || bytes.starts_with(b"NEGOEXTS"),
        // A length and what follows it: the OID of a mechanism, an element of SPNEGO.
        [gss::FRAME, 0..=0x7f, 0x06, ..]
        | [gss::FRAME, 0x81, _, 0x06, ..]
        | [gss::FRAME, 0x82, _, _, 0x06, ..]
        | [0xa0 | 0xa1, 0..=0x7f, 0x30, ..]
        | [0xa0 | 0xa1, 0x81, _, 0x30, ..]
        | [0xa0 | 0xa1, 0x82, _, _, 0x30, ..] => true,
        _ => false,
    }
}

/// Whether it is the server that sends such a token; `None` where both may.
pub fn is_answer(bytes: &[u8]) -> Option<bool> {
    match classify(bytes).body {
        Body::Ntlm(Ok(message)) => Some(matches!(message, ntlmssp::Message::Challenge(_))),
        Body::Spnego(Ok(NegToken::Init(_))) | Body::Kerberos(Ok(krb5::Message::ApReq(_))) => Some(false),
        Body::Spnego(Ok(resp)) => is_answer(resp.inner()?.expose()),
        Body::Kerberos(Ok(krb5::Message::ApRep(_))) => Some(true),
        _ => None,
    }
}

fn framed<'a>(bytes: &'a [u8], frame: &InitialContextToken<'a>) -> Body<'a> {
    let inner = frame.inner.expose();
    match frame.mech {
        Oid::SPNEGO => Body::Spnego(spnego::neg_token(bytes)),
        mech if mech.is_kerberos() => tok_id(inner).unwrap_or(Body::Other),
        Oid::IAKERB => match tok_id(inner) {
            Some(body) => body,
            None => Body::Iakerb(Err(ParseError {
                field: "TOK_ID",
                at: frame.inner_at,
                kind: ErrorKind::Invalid,
            })),
        },
        Oid::NTLMSSP => Body::Ntlm(ntlmssp::message(inner)),
        Oid::NEGOEX => Body::Negoex(negoex::negoex(inner)),
        _ => Body::Other,
    }
}

/// What the two bytes say that Kerberos puts before its messages (RFC 4121 4.1).
fn tok_id(inner: &[u8]) -> Option<Body<'_>> {
    let (tok_id, message) = inner.split_first_chunk()?;
    match *tok_id {
        [0x01..=0x03, 0x00] => Some(Body::Kerberos(krb5::message(message))),
        [0x04, 0x00] => Some(Body::Kerberos(krb5::ap::tgt_req(message).map(krb5::Message::TgtReq))),
        [0x04, 0x01] => Some(Body::Kerberos(krb5::ap::tgt_rep(message).map(krb5::Message::TgtRep))),
        iakerb::TOK_ID => Some(Body::Iakerb(iakerb::iakerb(message))),
        _ => None,
    }
}

fn bare(bytes: &[u8]) -> Body<'_> {
    match bytes {
        [b'N', b'T', b'L', b'M', b'S', b'S', b'P', 0, ..] => Body::Ntlm(ntlmssp::message(bytes)),
        [b'N', b'E', b'G', b'O', b'E', b'X', b'T', b'S', ..] => Body::Negoex(negoex::negoex(bytes)),
        [0xa0 | 0xa1, ..] => Body::Spnego(spnego::neg_token(bytes)),
        [0x6a..=0x6f | 0x7e, ..] => Body::Kerberos(krb5::message(bytes)),
        [0x01, 0x00, 0x6e, ..] | [0x02, 0x00, 0x6f, ..] | [0x03, 0x00, 0x7e, ..] | [0x05, 0x01, 0x30, ..] => {
            tok_id(bytes).unwrap_or(Body::Unknown)
        }
        _ => Body::Unknown,
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test code")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hex::hex;

    const SAMPLES: [&[u8]; 14] = [
        include_bytes!("../tests/data/as-req-preauth.bin"),
        include_bytes!("../tests/data/as-rep.bin"),
        include_bytes!("../tests/data/tgs-req.bin"),
        include_bytes!("../tests/data/tgs-rep.bin"),
        include_bytes!("../tests/data/tgs-req-1998.bin"),
        include_bytes!("../tests/data/preauth-required.bin"),
        include_bytes!("../tests/data/init-kerberos.bin"),
        include_bytes!("../tests/data/init2-negoex.bin"),
        include_bytes!("../tests/data/resp-kerberos.bin"),
        include_bytes!("../tests/data/ntlmv2-challenge.bin"),
        include_bytes!("../tests/data/ntlmv2-authenticate.bin"),
        include_bytes!("../tests/data/authenticate-anonymous-88.bin"),
        include_bytes!("../tests/data/spec-ntlmv1-authenticate.bin"),
        include_bytes!("../tests/data/spec-ntlmv2-challenge.bin"),
    ];

    #[test]
    fn a_token_says_how_long_it_is() {
        for sample in SAMPLES {
            let followed = [sample, &[0xee; 7]].concat();
            assert_eq!(declared_len(&followed), Some(sample.len()));
        }
        assert_eq!(declared_len(b"NTLM"), None);
    }

    #[test]
    fn kerberos_is_found_inside_spnego() {
        let token = classify(SAMPLES[6]);
        let Body::Spnego(Ok(outer)) = token.body else { panic!("{token:?}") };
        let inner = classify(outer.inner().unwrap().expose());
        assert_eq!(inner.mech, Some(Oid::KRB5));
        let Body::Kerberos(Ok(krb5::Message::ApReq(request))) = inner.body else { panic!("{inner:?}") };
        assert_eq!(
            request.ap_options.map(|options| options.names().collect()),
            Some(vec!["mutual-required"])
        );
        let sname = request.ticket.and_then(|ticket| ticket.sname).unwrap();
        assert!(sname.to_string().starts_with("cifs/"), "{sname}");
    }

    #[test]
    fn a_token_that_will_not_parse_keeps_its_mechanism() {
        let krb5 = "06092a864886f712010202";
        for (digits, kind) in [
            (format!("600d {krb5} 0100"), "kerberos"),
            (format!("600f {krb5} 0400 3000"), "kerberos"),
            (format!("600d {krb5} 0404"), "other"),
            ("6008 06062b0601050205".to_owned(), "iakerb"),
            ("6016 060a2b06010401823702020a 4e544c4d53535000".to_owned(), "ntlm"),
            ("4e544c4d53535000 09".to_owned(), "ntlm"),
            ("4e45474f45585453".to_owned(), "negoex"),
            ("a0".to_owned(), "spnego"),
            ("0501 30".to_owned(), "iakerb"),
            ("0100 6e".to_owned(), "kerberos"),
            ("0504 07ff".to_owned(), "unknown"),
            (String::new(), "unknown"),
        ] {
            let bytes = hex(&digits);
            let found = match classify(&bytes).body {
                Body::Spnego(_) => "spnego",
                Body::Ntlm(_) => "ntlm",
                Body::Kerberos(_) => "kerberos",
                Body::Iakerb(_) => "iakerb",
                Body::Negoex(_) => "negoex",
                Body::Other => "other",
                Body::Unknown => "unknown",
            };
            assert_eq!(found, kind, "{digits}");
        }
    }

    /// Reads and prints all that a token holds.
    fn walk(bytes: &[u8], depth: usize) -> usize {
        let token = classify(bytes);
        let mut seen = format!("{token:?}{:?}", declared_len(bytes)).len();
        match token.body {
            Body::Spnego(Ok(outer)) if depth < 3 => {
                seen = seen.max(outer.inner().map_or(0, |inner| walk(inner.expose(), depth + 1)));
            }
            Body::Ntlm(Ok(ntlmssp::Message::Authenticate(message))) => {
                seen = seen.max(format!("{:?}", message.ntlmv2_response()).len());
            }
            Body::Kerberos(Ok(krb5::Message::KdcReq(request))) => {
                for padata in &request.padata {
                    let parts = (padata.enc_timestamp_etype(), padata.tgs_req(), padata.pac_request());
                    seen =
                        seen.max(format!("{parts:?}{:?}{:?}", padata.for_user(), padata.etype_info()).len());
                }
            }
            _ => {}
        }
        seen
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            walk(&bytes, 0);
            let _ = krb5::kpasswd::kpasswd(&bytes);
            let _ = iakerb::iakerb(&bytes);
        }

        #[test]
        fn no_damage_makes_it_panic(
            sample in 0..SAMPLES.len(),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
            end in any::<prop::sample::Index>(),
        ) {
            let mut bytes = SAMPLES[sample].to_vec();
            for (at, value) in flips {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            bytes.truncate(end.index(bytes.len() + 1));
            walk(&bytes, 0);
        }

        /// A cut token is damaged and never read as a whole one.
        #[test]
        fn a_prefix_is_damaged_or_an_error(sample in 0..SAMPLES.len(), end in any::<prop::sample::Index>()) {
            let whole = SAMPLES[sample];
            let prefix = &whole[..end.index(whole.len())];
            let damaged = match classify(prefix).body {
                Body::Spnego(read) => read.map_or(true, |token| token.damaged().is_some()),
                Body::Ntlm(read) => read.map_or(true, |message| {
                    message.damaged().is_some() || message.declared_len() > prefix.len()
                }),
                Body::Kerberos(read) => read.map_or(true, |message| message.damaged().is_some()),
                Body::Unknown => true,
                _ => false,
            };
            prop_assert!(damaged, "{} of {}", prefix.len(), whole.len());
        }
    }
}
