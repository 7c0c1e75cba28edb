//! SPNEGO: how client and server agree on a mechanism (RFC 4178, [MS-SPNG]).

use smallvec::SmallVec;

use crate::der::{Damage, Element, OCTET_STRING, Reader, SEQUENCE};
use crate::error::{ErrorKind, ParseError};
use crate::gss;
use crate::names::named;
use crate::oid::Oid;
use crate::secret::Secret;
use crate::text::Text;

pub use crate::gss::declared_len;

/// `NegotiationToken` (RFC 4178 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NegToken<'a> {
    /// `negTokenInit`, tag 0.
    Init(NegTokenInit<'a>),
    /// `negTokenResp`, tag 1.
    Resp(NegTokenResp<'a>),
}

/// `NegTokenInit` (RFC 4178 4.2.1) and `NegTokenInit2` ([MS-SPNG] 2.2.1).
///
/// They share a tag. In the second, which a server sends before the client has said anything, tag 3 is `negHints` and
/// not `mechListMIC`; the type of what is inside tells them apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NegTokenInit<'a> {
    /// `mechTypes`, in the order of the sender's preference.
    pub mech_types: SmallVec<[Oid<'a>; 4]>,
    /// `reqFlags`, which nobody is meant to send any more.
    pub req_flags: Option<u32>,
    /// `mechToken`: the first token of the first mechanism.
    pub mech_token: Option<Secret<'a>>,
    /// `negHints`: this is a `NegTokenInit2`.
    pub neg_hints: Option<NegHints<'a>>,
    /// `mechListMIC`.
    pub mech_list_mic: Option<Secret<'a>>,
    /// The first thing that could not be read. What is above is still as sent.
    pub damaged: Option<ParseError>,
}

/// `NegHints` ([MS-SPNG] 2.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NegHints<'a> {
    /// `hintName`: `not_defined_in_RFC4178@please_ignore`, or a real principal from Windows 2003 and some file servers.
    pub hint_name: Option<Text<'a>>,
    /// `hintAddress`, which nobody sends.
    pub hint_address: Option<Secret<'a>>,
}

/// `NegTokenResp` (RFC 4178 4.2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NegTokenResp<'a> {
    /// `negState`.
    pub neg_state: Option<NegState>,
    /// `supportedMech`. Some peers repeat it in later messages, where it means nothing ([MS-SPNG] 3.2.5.2).
    pub supported_mech: Option<Oid<'a>>,
    /// `responseToken`.
    pub response_token: Option<Secret<'a>>,
    /// `mechListMIC`.
    pub mech_list_mic: Option<Secret<'a>>,
    /// The first thing that could not be read. What is above is still as sent.
    pub damaged: Option<ParseError>,
}

named! {
    /// `negState` (RFC 4178 4.2.2).
    NegState(i32) {
        ACCEPT_COMPLETED = 0 "accept-completed",
        ACCEPT_INCOMPLETE = 1 "accept-incomplete",
        REJECT = 2 "reject",
        REQUEST_MIC = 3 "request-mic",
    }
}

impl<'a> NegToken<'a> {
    /// The token of a mechanism inside, if there is one: `mechToken` or `responseToken`.
    pub fn inner(&self) -> Option<Secret<'a>> {
        match self {
            Self::Init(init) => init.mech_token,
            Self::Resp(resp) => resp.response_token,
        }
    }

    /// The first thing that could not be read.
    pub fn damaged(&self) -> Option<ParseError> {
        match self {
            Self::Init(init) => init.damaged,
            Self::Resp(resp) => resp.damaged,
        }
    }
}

/// Reads a `NegotiationToken`, with or without the frame of RFC 2743. Bytes after it are left alone.
///
/// # Errors
/// When it is neither `negTokenInit` nor `negTokenResp`. All else is noted in `damaged`.
pub fn neg_token(bytes: &[u8]) -> Result<NegToken<'_>, ParseError> {
    const FIELD: &str = "NegotiationToken";
    let (bytes, cut) = match bytes.first() {
        Some(&gss::FRAME) => {
            let frame = gss::initial_context_token(bytes)?;
            if frame.mech != Oid::SPNEGO {
                return Err(ParseError { field: "thisMech", at: 0, kind: ErrorKind::Invalid });
            }
            (frame.inner.expose(), frame.damaged)
        }
        _ => (bytes, None),
    };
    let damage = Damage::default();
    let choice = Reader::new(bytes, &damage).next(FIELD).ok_or_else(|| damage.fatal(FIELD, 0))?;
    let mut token = match choice.context() {
        Some(0) => NegToken::Init(init(&choice)),
        Some(1) => NegToken::Resp(resp(&choice)),
        _ => return Err(ParseError { field: FIELD, at: 0, kind: ErrorKind::Invalid }),
    };
    match &mut token {
        NegToken::Init(init) => init.damaged = damage.first().or(cut),
        NegToken::Resp(resp) => resp.damaged = damage.first().or(cut),
    }
    Ok(token)
}

fn init<'a>(choice: &Element<'a, '_>) -> NegTokenInit<'a> {
    let mut init = NegTokenInit::default();
    let Some(mut fields) = choice.sequence("negTokenInit") else { return init };
    while let Some(field) = fields.next("negTokenInit") {
        match field.context() {
            Some(0) => {
                let list = field.sequence("mechTypes");
                let read = |mech: Element<'a, '_>| mech.as_oid();
                init.mech_types =
                    list.map(|list| list.list("mechTypes", MAX_MECHS, read)).unwrap_or_default();
            }
            Some(1) => init.req_flags = field.value("reqFlags").and_then(|flags| flags.as_bits32()),
            Some(2) => init.mech_token = field.octets("mechToken"),
            Some(3) => match field.value("mechListMIC") {
                Some(hints) if hints.id == SEQUENCE => init.neg_hints = Some(neg_hints(&hints)),
                Some(mic) if mic.id == OCTET_STRING => init.mech_list_mic = Some(Secret::new(mic.body())),
                _ => {}
            },
            Some(4) => init.mech_list_mic = field.octets("mechListMIC"),
            _ => {}
        }
    }
    init
}

fn neg_hints<'a>(hints: &Element<'a, '_>) -> NegHints<'a> {
    let mut read = NegHints::default();
    let mut fields = hints.inside();
    while let Some(field) = fields.next("negHints") {
        match field.context() {
            // A GeneralString, in the OEM code page of the server.
            Some(0) => read.hint_name = field.text("hintName").map(|name| Text::oem(name.bytes())),
            Some(1) => read.hint_address = field.octets("hintAddress"),
            _ => {}
        }
    }
    read
}

fn resp<'a>(choice: &Element<'a, '_>) -> NegTokenResp<'a> {
    let mut resp = NegTokenResp::default();
    let Some(mut fields) = choice.sequence("negTokenResp") else { return resp };
    while let Some(field) = fields.next("negTokenResp") {
        match field.context() {
            Some(0) => resp.neg_state = field.int32("negState").map(NegState),
            Some(1) => resp.supported_mech = field.value("supportedMech").and_then(|mech| mech.as_oid()),
            Some(2) => resp.response_token = field.octets("responseToken"),
            Some(3) => resp.mech_list_mic = field.octets("mechListMIC"),
            _ => {}
        }
    }
    resp
}

/// The longest list kept. Windows offers six mechanisms at most.
const MAX_MECHS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    fn init(bytes: &[u8]) -> NegTokenInit<'_> {
        match neg_token(bytes) {
            Ok(NegToken::Init(init)) => init,
            other => panic!("{other:?}"),
        }
    }

    fn resp(bytes: &[u8]) -> NegTokenResp<'_> {
        match neg_token(bytes) {
            Ok(NegToken::Resp(resp)) => resp,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_optimistic_token_comes_with_the_offer() {
        let init = init(include_bytes!("../tests/data/init-kerberos.bin"));
        assert_eq!(init.mech_types.as_slice(), [Oid::MS_KRB5, Oid::KRB5, Oid::NEGOEX, Oid::NTLMSSP]);
        assert_eq!(init.mech_token.map(|token| token.len()), Some(0xd54));
        assert_eq!((init.neg_hints, init.mech_list_mic, init.damaged), (None, None, None));
    }

    #[test]
    fn a_token_is_read_with_and_without_its_frame() {
        // OISF/suricata-verify, smb-dce_iface.
        let bare = "a0363034a00e300c060a2b06010401823702020aa22204204e544c4d5353500001000000358288e0 00000000
            00000000 00000000 00000000";
        for digits in [format!("604006062b0601050502 {bare}"), bare.to_owned(), format!("{bare} 0000")] {
            let bytes = hex(&digits);
            let init = init(&bytes);
            assert_eq!(init.mech_types.as_slice(), [Oid::NTLMSSP]);
            assert_eq!(init.mech_token.map(|token| token.len()), Some(32));
            assert_eq!(init.damaged, None);
        }
    }

    #[test]
    fn the_type_of_field_3_tells_the_hints_of_a_server() {
        // OISF/suricata-verify, smb-eicar-overlap: no hints, and so no difference.
        let bytes =
            hex("602806062b0601050502a01e301ca01a3018060a2b06010401823702021e060a2b06010401823702020a");
        assert_eq!(init(&bytes).mech_types.as_slice(), [Oid::NEGOEX, Oid::NTLMSSP]);
        // [MS-SPNG] 2.2.1: negHints at [3]; the name is the one that Windows sends.
        let name = b"not_defined_in_RFC4178@please_ignore";
        let bytes = [&hex("a02e302ca32a3028a0261b24")[..], name].concat();
        let read = init(&bytes);
        let hint = read.neg_hints.and_then(|hints| hints.hint_name).unwrap();
        assert_eq!((hint.bytes(), read.mech_list_mic), (&name[..], None));
        // RFC 4178 4.2.1: mechListMIC at [3].
        let bytes = hex("a008 3006 a304 0402 abcd");
        let read = init(&bytes);
        assert_eq!((read.neg_hints, read.mech_list_mic.map(|mic| mic.len())), (None, Some(2)));
    }

    #[test]
    fn a_response_may_have_any_of_its_fields() {
        let bytes = hex("a1073005a0030a0100"); // OISF/suricata-verify, smb-dce_iface.
        let read = resp(&bytes);
        assert_eq!(
            read,
            NegTokenResp { neg_state: Some(NegState::ACCEPT_COMPLETED), ..NegTokenResp::default() }
        );

        let read = resp(include_bytes!("../tests/data/resp-kerberos.bin"));
        assert_eq!(read.damaged, None);
        assert!(read.response_token.is_some());

        assert_eq!(resp(&hex("a1023000")), NegTokenResp::default());
        assert_eq!(
            resp(&hex("a1073005a0030a0109")).neg_state.map(|state| state.to_string()),
            Some("9".into())
        );
    }

    #[test]
    fn a_first_fragment_says_how_long_the_token_is() {
        let whole = include_bytes!("../tests/data/init-kerberos.bin");
        assert_eq!(declared_len(&whole[..5]), Ok(whole.len()));
        let read = init(&whole[..200]);
        assert_eq!(read.mech_types.len(), 4);
        assert_eq!(read.mech_token.map(|token| token.len()), Some(200 - 78));
        assert!(read.damaged.is_some());
    }

    #[test]
    fn a_list_without_end_is_bounded() {
        let mechs = "06012a".repeat(41); // 123 bytes
        let bytes = hex(&format!("a08181 307f a07d 307b {mechs}"));
        let read = init(&bytes);
        assert_eq!(read.mech_types.len(), MAX_MECHS);
        assert_eq!(read.damaged.map(|error| error.kind), Some(ErrorKind::TooLarge));
    }
}
