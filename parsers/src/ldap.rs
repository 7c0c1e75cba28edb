//! LDAP (RFC 4511) as far as it authenticates: where messages end, and the bind operation with what Active Directory adds to it
//! ([MS-ADTS] 5.1.1.1).

mod frame;
mod result;

pub use frame::{MAX_BIND, find, front, is_tls, recognise};
pub use result::{ResultCode, sub_status};

use crate::der::{Damage, ENUMERATED, Element, INTEGER, OCTET_STRING, Reader, SEQUENCE};
use crate::error::{ErrorKind, ParseError};
use crate::secret::Secret;
use crate::text::Text;

/// `LDAPMessage` (RFC 4511 4.1.1) with an operation that authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// `messageID`.
    pub message_id: i32,
    /// `protocolOp`.
    pub operation: Operation<'a>,
    /// A value is longer than the bytes at hand: the last one of the operation is not whole.
    pub damaged: Option<ParseError>,
}

/// `protocolOp` (RFC 4511 4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// `BindRequest`.
    BindRequest(BindRequest<'a>),
    /// `BindResponse`.
    BindResponse(BindResponse<'a>),
}

/// `BindRequest` (RFC 4511 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindRequest<'a> {
    /// `version`.
    pub version: i32,
    /// `name`.
    pub name: Text<'a>,
    /// `authentication`.
    pub authentication: Authentication<'a>,
}

/// `AuthenticationChoice` (RFC 4511 4.2; [MS-ADTS] 5.1.1.1.3 for Sicily).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication<'a> {
    /// `simple`: the password.
    Simple(Secret<'a>),
    /// `sasl`.
    Sasl {
        /// `mechanism`.
        mechanism: Text<'a>,
        /// `credentials`.
        credentials: Option<Secret<'a>>,
    },
    /// `sicilyPackageDiscovery`.
    SicilyPackageDiscovery,
    /// `sicilyNegotiate`: the NTLM NEGOTIATE message.
    SicilyNegotiate(Secret<'a>),
    /// `sicilyResponse`: the NTLM AUTHENTICATE message.
    SicilyResponse(Secret<'a>),
    /// A choice that is not known, by its identifier octet.
    Other(u8),
}

/// `BindResponse` (RFC 4511 4.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BindResponse<'a> {
    /// `resultCode`.
    pub result_code: ResultCode,
    /// `matchedDN`, in which the answer to `sicilyNegotiate` has the server's challenge ([MS-ADTS] 5.1.1.1.3).
    pub matched_dn: Secret<'a>,
    /// `diagnosticMessage`.
    pub diagnostic_message: Text<'a>,
    /// `serverSaslCreds`.
    pub server_sasl_creds: Option<Secret<'a>>,
}

/// Reads a message that [`front`] gave, or what there is of it.
///
/// # Errors
/// When it is no bind operation, or a field before its credentials cannot be read.
pub fn message(bytes: &[u8]) -> Result<Message<'_>, ParseError> {
    let damage = Damage::default();
    let mut inside = expect(&mut Reader::new(bytes, &damage), &damage, SEQUENCE, "LDAPMessage")?.inside();
    let id = expect(&mut inside, &damage, INTEGER, "messageID")?;
    let message_id = id.as_int32().ok_or_else(|| damage.fatal("messageID", 0))?;
    let operation = next(&mut inside, &damage, "protocolOp")?;
    let operation = match operation.id {
        frame::BIND_REQUEST => Operation::BindRequest(bind_request(operation.inside(), &damage)?),
        frame::BIND_RESPONSE => Operation::BindResponse(bind_response(operation.inside(), &damage)?),
        _ => return Err(ParseError { field: "protocolOp", at: 0, kind: ErrorKind::Invalid }),
    };
    Ok(Message { message_id, operation, damaged: damage.first() })
}

fn bind_request<'a>(mut fields: Reader<'a, '_>, damage: &Damage) -> Result<BindRequest<'a>, ParseError> {
    let version = expect(&mut fields, damage, INTEGER, "version")?;
    let version = version.as_int32().ok_or_else(|| damage.fatal("version", 0))?;
    let name = expect(&mut fields, damage, OCTET_STRING, "name")?;
    let name = name.as_text().ok_or_else(|| damage.fatal("name", 0))?;
    let choice = next(&mut fields, damage, "authentication")?;
    let value = Secret::new(choice.body());
    let authentication = match choice.id {
        SIMPLE => Authentication::Simple(value),
        SASL => {
            let mut fields = choice.inside();
            let mechanism = expect(&mut fields, damage, OCTET_STRING, "mechanism")?;
            let mechanism = mechanism.as_text().ok_or_else(|| damage.fatal("mechanism", 0))?;
            let credentials = fields.next("credentials").filter(|field| field.id == OCTET_STRING);
            Authentication::Sasl {
                mechanism,
                credentials: credentials.map(|field| Secret::new(field.body())),
            }
        }
        SICILY_PACKAGE_DISCOVERY => Authentication::SicilyPackageDiscovery,
        SICILY_NEGOTIATE => Authentication::SicilyNegotiate(value),
        SICILY_RESPONSE => Authentication::SicilyResponse(value),
        other => Authentication::Other(other),
    };
    Ok(BindRequest { version, name, authentication })
}

fn bind_response<'a>(mut fields: Reader<'a, '_>, damage: &Damage) -> Result<BindResponse<'a>, ParseError> {
    let result = expect(&mut fields, damage, ENUMERATED, "resultCode")?;
    let result_code = ResultCode(result.as_int32().ok_or_else(|| damage.fatal("resultCode", 0))?);
    let matched_dn = Secret::new(expect(&mut fields, damage, OCTET_STRING, "matchedDN")?.body());
    let mut response = BindResponse {
        result_code,
        matched_dn,
        diagnostic_message: Text::utf8(&[]),
        server_sasl_creds: None,
    };
    while let Some(field) = fields.next("serverSaslCreds") {
        match field.id {
            OCTET_STRING => response.diagnostic_message = Text::utf8(field.body()),
            SERVER_SASL_CREDS => response.server_sasl_creds = Some(Secret::new(field.body())),
            _ => {}
        }
    }
    Ok(response)
}

fn next<'a, 'd>(
    fields: &mut Reader<'a, 'd>,
    damage: &Damage,
    field: &'static str,
) -> Result<Element<'a, 'd>, ParseError> {
    let at = fields.at();
    fields.next(field).ok_or_else(|| damage.fatal(field, at))
}

/// The next element, which has this identifier or is an error.
fn expect<'a, 'd>(
    fields: &mut Reader<'a, 'd>,
    damage: &Damage,
    id: u8,
    field: &'static str,
) -> Result<Element<'a, 'd>, ParseError> {
    let at = fields.at();
    let element = next(fields, damage, field)?;
    if element.id == id { Ok(element) } else { Err(ParseError { field, at, kind: ErrorKind::Invalid }) }
}

const SIMPLE: u8 = 0x80; // [0]
const SASL: u8 = 0xa3; // [3]
const SICILY_PACKAGE_DISCOVERY: u8 = 0x89; // [9]
const SICILY_NEGOTIATE: u8 = 0x8a; // [10]
const SICILY_RESPONSE: u8 = 0x8b; // [11]
const SERVER_SASL_CREDS: u8 = 0x87; // [7]

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test code")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::frame::{Found, Framed, Recognised};
    use crate::hex::hex;

    const NTLM: [&[u8]; 2] = [
        include_bytes!("../testdata/ldap-ntlm-client.bin"),
        include_bytes!("../testdata/ldap-ntlm-server.bin"),
    ];
    const SICILY: [&[u8]; 2] = [
        include_bytes!("../testdata/ldap-sicily-client.bin"),
        include_bytes!("../testdata/ldap-sicily-server.bin"),
    ];
    const SIGNED: [&[u8]; 2] = [
        include_bytes!("../testdata/ldap-signed-client.bin"),
        include_bytes!("../testdata/ldap-signed-server.bin"),
    ];

    /// The binds of a direction.
    fn binds(stream: &[u8]) -> Vec<Message<'_>> {
        let (mut rest, mut binds) = (stream, Vec::new());
        while !rest.is_empty() {
            let consumed = match front(rest) {
                Framed::Record { body, consumed } => {
                    binds.push(message(body).unwrap());
                    consumed
                }
                Framed::Skip(consumed) => consumed,
                other => panic!("{other:?}"),
            };
            rest = rest.get(consumed..).unwrap();
        }
        binds
    }

    fn is_ntlm(token: Secret<'_>, kind: u8) -> bool {
        token.expose().starts_with(b"NTLMSSP\0") && token.expose().get(8) == Some(&kind)
    }

    #[test]
    fn sasl_credentials_are_found_in_both_directions() {
        let requests = binds(NTLM[0]);
        assert_eq!(requests.iter().map(|message| message.message_id).collect::<Vec<_>>(), [1, 2]);
        for (message, kind) in requests.iter().zip([1, 3]) {
            let Operation::BindRequest(request) = message.operation else { panic!("{message:?}") };
            assert_eq!((request.version, request.name.is_empty(), message.damaged), (3, true, None));
            let Authentication::Sasl { mechanism, credentials } = request.authentication else {
                panic!("{request:?}")
            };
            assert_eq!(mechanism.to_string(), "NTLM");
            assert!(is_ntlm(credentials.unwrap(), kind));
        }
        let responses = binds(NTLM[1]);
        let [first, last] = responses.as_slice() else { panic!("{responses:?}") };
        let Operation::BindResponse(first) = first.operation else { panic!("{first:?}") };
        assert_eq!(first.result_code, ResultCode::SASL_BIND_IN_PROGRESS);
        assert!(is_ntlm(first.server_sasl_creds.unwrap(), 2));
        assert_eq!(first.diagnostic_message.to_string(), "SASL(0): successful result: ");
        let Operation::BindResponse(last) = last.operation else { panic!("{last:?}") };
        assert_eq!((last.result_code, last.server_sasl_creds), (ResultCode::SUCCESS, None));
    }

    #[test]
    fn the_challenge_of_sicily_is_in_matched_dn() {
        let requests = binds(SICILY[0]);
        let [negotiate, response] = requests.as_slice() else { panic!("{requests:?}") };
        let Operation::BindRequest(negotiate) = negotiate.operation else { panic!("{negotiate:?}") };
        assert_eq!(negotiate.name.to_string(), "User1");
        assert!(
            matches!(negotiate.authentication, Authentication::SicilyNegotiate(token) if is_ntlm(token, 1))
        );
        let Operation::BindRequest(response) = response.operation else { panic!("{response:?}") };
        assert!(
            matches!(response.authentication, Authentication::SicilyResponse(token) if is_ntlm(token, 3))
        );
        let Operation::BindResponse(challenge) = binds(SICILY[1])[0].operation else { panic!("no response") };
        assert_eq!(challenge.result_code, ResultCode::SUCCESS);
        assert!(is_ntlm(challenge.matched_dn, 2));
    }

    #[test]
    fn signed_messages_after_a_bind_are_skipped() {
        assert_eq!(binds(SIGNED[0]).len(), 1);
        assert_eq!(binds(SIGNED[1]).len(), 1);
        for stream in SIGNED {
            // From the middle of the search that comes first, the next thing is the bind.
            let Found::At(at) = find(&stream[1..]) else { panic!("nothing found") };
            assert_eq!(binds(&stream[1 + at..]).len(), 1);
        }
    }

    #[test]
    fn other_ways_to_bind_are_told() {
        // [MS-ADOD] example 2.10, frame 20, with another password.
        let simple =
            hex("3084000000300201036084000000270201030415636f6e746f736f5c41646d696e6973747261746f72\
                          800b 4e6f74536f536563726574");
        let Operation::BindRequest(request) = message(&simple).unwrap().operation else {
            panic!("no request")
        };
        assert_eq!(request.name.to_string(), r"contoso\Administrator");
        assert!(matches!(request.authentication, Authentication::Simple(password) if password.len() == 11));
        assert!(!format!("{request:?}").contains("NotSo"));
        for (choice, expected) in [
            ("8900", Authentication::SicilyPackageDiscovery),
            ("8100", Authentication::Other(0x81)),
            (
                "a30a 0408 45585445524e414c",
                Authentication::Sasl { mechanism: Text::utf8(b"EXTERNAL"), credentials: None },
            ),
        ] {
            let choice = hex(choice);
            let length = u8::try_from(choice.len()).unwrap();
            let bind =
                [&[0x30, length + 10, 2, 1, 1, 0x60, length + 5, 2, 1, 3, 4, 0], choice.as_slice()].concat();
            assert_eq!(recognise(&bind), Recognised::Yes);
            let Operation::BindRequest(request) = message(&bind).unwrap().operation else {
                panic!("no request")
            };
            assert_eq!(request.authentication, expected);
        }
    }

    #[test]
    fn ldap_is_told_from_other_protocols_by_few_bytes() {
        for (digits, expected) in [
            ("3005020101 4200", Recognised::Yes),
            ("308400000005 020101 4200", Recognised::Yes),
            ("3034 020101 602d", Recognised::Yes), // OISF/suricata-verify, krb5-frag: empty controls follow.
            ("3034020101602e", Recognised::No),
            ("3029 020100 0406 7075626c6963 a01c", Recognised::No), // SNMP
            ("303e 020103 3011", Recognised::No),                   // SNMPv3
            ("3082 02a5 3082 0189", Recognised::No),                // A certificate.
            ("0000009b fe534d42", Recognised::No),
            ("1603010200", Recognised::No),
            ("", Recognised::Need(1)),
            ("3084", Recognised::Need(3)),
        ] {
            assert_eq!(recognise(&hex(digits)), expected, "{digits}");
        }
        assert!(is_tls(&hex("16030102000100")) && !is_tls(NTLM[0]));
    }

    #[test]
    fn a_long_result_is_skipped_by_its_first_bytes() {
        assert_eq!(front(&hex("3084 7fffffff 020104 64")), Framed::Skip(0x8000_0005));
        assert_eq!(front(&hex("3084 7fffffff 020104 60")), Framed::Skip(0x8000_0005));
        assert_eq!(front(&hex("3084 00000100 020104 60")), Framed::Need(0x106));
    }

    #[test]
    fn the_reason_of_active_directory_is_in_the_message() {
        // As directory servers of Windows send them.
        for (text, expected) in [
            (
                "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 52e, v2580\0",
                Some("ERROR_LOGON_FAILURE(52e)"),
            ),
            (
                "80090346: LdapErr: DSID-0C09070F, comment: AcceptSecurityContext error, data 80090346, v4563",
                Some("SEC_E_BAD_BINDINGS(80090346)"),
            ),
            (
                "8009030C: LdapErr: DSID-0C0906A1, comment: AcceptSecurityContext error, data 0, v4563",
                Some("SEC_E_LOGON_DENIED(8009030c)"),
            ),
            (
                "00002028: LdapErr: DSID-0C09023A, comment: The server requires binds to turn on integrity checking if \
                 SSL\\TLS are not already active on the connection, data 0, v3839",
                Some("ERROR_DS_STRONG_AUTH_REQUIRED(2028)"),
            ),
            ("SASL(-13): authentication failure: data", None),
            ("", None),
        ] {
            assert_eq!(sub_status(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(ResultCode(49).name(), Some("invalidCredentials"));
        assert_eq!(ResultCode(9).name(), None);
    }

    proptest! {
        #[test]
        fn a_prefix_needs_more(which in 0..4_usize, cut in any::<prop::sample::Index>()) {
            let stream = [NTLM[0], NTLM[1], SICILY[0], SICILY[1]][which];
            let Framed::Record { body, .. } = front(stream) else { panic!("no record") };
            let cut = cut.index(body.len());
            prop_assert!(matches!(front(&body[..cut]), Framed::Need(count) if count > cut && count <= body.len()));
            prop_assert!(recognise(&body[..cut]) != Recognised::No);
            prop_assert!(message(&body[..cut]).map_or(true, |message| message.damaged.is_some()));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), starts in any::<bool>()) {
            let start = if starts { hex("3040 020101 603b 020103") } else { Vec::new() };
            let bytes = [start, bytes].concat();
            let _ = (message(&bytes), sub_status(&bytes), is_tls(&bytes));
            match front(&bytes) {
                Framed::Record { consumed, .. } => prop_assert!(consumed > 0 && consumed <= bytes.len()),
                Framed::Skip(count) => prop_assert!(count > 0),
                Framed::Need(count) => prop_assert!(count > bytes.len() && count <= MAX_BIND),
                Framed::Lost => {}
            }
            match find(&bytes) {
                Found::At(at) => prop_assert!(at < bytes.len()),
                Found::NotBefore(at) => prop_assert!(at <= bytes.len() && bytes.len() - at < 18),
            }
            if let Recognised::Need(count) = recognise(&bytes) {
                prop_assert!(count > bytes.len());
            }
        }

        #[test]
        fn no_damage_makes_it_panic(
            which in 0..4_usize,
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut bytes = [NTLM[0], NTLM[1], SICILY[0], SICILY[1]][which].to_vec();
            for (at, value) in flips {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            let _ = message(&bytes);
        }
    }
}
