//! Kerberos V5 messages (RFC 4120 5), as much of them as is sent in the clear.
//!
//! Reading is lax (see `der.rs`): a field that is missing or cannot be read is `None`, and the first fault of a
//! message is in `damaged`.

pub mod ap;
pub mod consts;
pub mod error;
pub mod kdc;
pub mod kpasswd;

use std::fmt;

pub use self::ap::{ApRep, ApReq, TgtRep, TgtReq};
pub use self::consts::{ApOptions, EType, ErrorCode, KdcOptions, MessageType, NameType, PaType};
pub use self::error::{ErrorData, KrbError};
pub use self::kdc::{ETypes, ForUser, KdcRep, KdcReq, PaData, PaDataList, PaTypes};
pub use self::kpasswd::Kpasswd;
use compact_str::CompactString;
use smallvec::SmallVec;

use crate::der::{Damage, Element, Reader, SEQUENCE};
use crate::error::{ErrorKind, ParseError};
use crate::secret::Secret;
use crate::text::Text;

/// A Kerberos message (RFC 4120 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// `AS-REQ` or `TGS-REQ`.
    KdcReq(KdcReq<'a>),
    /// `AS-REP` or `TGS-REP`.
    KdcRep(KdcRep<'a>),
    /// `AP-REQ`.
    ApReq(ApReq<'a>),
    /// `AP-REP`.
    ApRep(ApRep<'a>),
    /// `KRB-ERROR`.
    Error(Box<KrbError<'a>>),
    /// `KERB-TGT-REQUEST`, the start of user to user.
    TgtReq(TgtReq<'a>),
    /// `KERB-TGT-REPLY`, the answer to it.
    TgtRep(TgtRep<'a>),
}

/// `PrincipalName` (RFC 4120 5.2.2). `Display` gives its components as `a/b/c`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PrincipalName<'a> {
    /// `name-type`. Not to be relied on: clients send the same name with several.
    pub name_type: Option<NameType>,
    /// `name-string`.
    pub name_string: SmallVec<[Text<'a>; 2]>,
}

/// `Ticket` (RFC 4120 5.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ticket<'a> {
    /// `realm` of the service.
    pub realm: Option<Text<'a>>,
    /// `sname`.
    pub sname: Option<PrincipalName<'a>>,
    /// `enc-part`.
    pub enc_part: EncryptedData<'a>,
}

/// `EncryptedData` (RFC 4120 5.2.9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EncryptedData<'a> {
    /// `etype`.
    pub etype: Option<EType>,
    /// `kvno`: version of the key. On Windows the high half is the number of a read-only KDC.
    pub kvno: Option<u32>,
    /// `cipher`.
    pub cipher: Secret<'a>,
}

/// Reads a Kerberos message without any frame. Bytes after it are left alone.
///
/// # Errors
/// When the bytes do not start with the tag of a message that this crate reads.
pub fn message(bytes: &[u8]) -> Result<Message<'_>, ParseError> {
    const FIELD: &str = "KRB message";
    let damage = Damage::default();
    let outer = Reader::new(bytes, &damage).next(FIELD).ok_or_else(|| damage.fatal(FIELD, 0))?;
    // [APPLICATION n], constructed, where n is the message type.
    let number = i32::from(outer.id & 0x1f);
    let msg_type = if outer.id & 0xe0 == 0x60 { MessageType(number) } else { MessageType(0) };
    let fields = |field| outer.sequence(field).unwrap_or(Reader::new(&[], &damage));
    let mut message = match msg_type {
        MessageType::AS_REQ | MessageType::TGS_REQ => {
            Message::KdcReq(kdc::kdc_req(msg_type, fields("KDC-REQ")))
        }
        MessageType::AS_REP | MessageType::TGS_REP => {
            Message::KdcRep(kdc::kdc_rep(msg_type, fields("KDC-REP")))
        }
        MessageType::AP_REQ => Message::ApReq(ap::ap_req(fields("AP-REQ"))),
        MessageType::AP_REP => Message::ApRep(ap::ap_rep(fields("AP-REP"))),
        MessageType::ERROR => Message::Error(Box::new(error::krb_error(fields("KRB-ERROR")))),
        _ => return Err(ParseError { field: FIELD, at: 0, kind: ErrorKind::Invalid }),
    };
    *message.damaged_mut() = damage.first();
    Ok(message)
}

impl Message<'_> {
    /// The first thing that could not be read.
    pub fn damaged(&self) -> Option<ParseError> {
        match self {
            Self::KdcReq(message) => message.damaged,
            Self::KdcRep(message) => message.damaged,
            Self::ApReq(message) => message.damaged,
            Self::ApRep(message) => message.damaged,
            Self::Error(message) => message.damaged,
            Self::TgtReq(message) => message.damaged,
            Self::TgtRep(message) => message.damaged,
        }
    }

    fn damaged_mut(&mut self) -> &mut Option<ParseError> {
        match self {
            Self::KdcReq(message) => &mut message.damaged,
            Self::KdcRep(message) => &mut message.damaged,
            Self::ApReq(message) => &mut message.damaged,
            Self::ApRep(message) => &mut message.damaged,
            Self::Error(message) => &mut message.damaged,
            Self::TgtReq(message) => &mut message.damaged,
            Self::TgtRep(message) => &mut message.damaged,
        }
    }
}

impl PrincipalName<'_> {
    /// The components as text, with slashes between them.
    pub fn to_string_lossy(&self) -> CompactString {
        let lengths = self.name_string.iter().map(|component| component.bytes().len().saturating_add(1));
        let mut text = CompactString::with_capacity(lengths.sum());
        for (number, component) in self.name_string.iter().enumerate() {
            text.push_str(if number == 0 { "" } else { "/" });
            text.push_str(&component.to_string_lossy());
        }
        text
    }
}

impl fmt::Display for PrincipalName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_string_lossy())
    }
}

/// A `PrincipalName` inside an explicit tag. One that lost a component is no name.
fn principal_name<'a>(field: &Element<'a, '_>, name: &'static str) -> Option<PrincipalName<'a>> {
    let mut principal = PrincipalName::default();
    let mut complete = false;
    let mut fields = field.sequence(name)?;
    while let Some(field) = fields.next(name) {
        match field.context() {
            Some(0) => principal.name_type = field.int32("name-type").map(NameType),
            Some(1) => {
                let names = field.value_of(SEQUENCE, "name-string")?;
                complete = !names.is_cut();
                principal.name_string = names.inside().list("name-string", MAX_NAMES, |name| {
                    let text = name.as_text();
                    complete &= text.is_some();
                    text
                });
            }
            _ => {}
        }
    }
    complete.then_some(principal)
}

/// A `Ticket` as it stands, with its [APPLICATION 1].
fn ticket<'a>(ticket: &Element<'a, '_>) -> Option<Ticket<'a>> {
    let mut read = Ticket::default();
    let mut fields = ticket.sequence("Ticket")?;
    while let Some(field) = fields.next("Ticket") {
        match field.context() {
            Some(1) => read.realm = field.text("realm"),
            Some(2) => read.sname = principal_name(&field, "sname"),
            Some(3) => read.enc_part = encrypted_data(field.value("enc-part")).unwrap_or_default(),
            _ => {}
        }
    }
    Some(read)
}

/// An `EncryptedData` as it stands.
fn encrypted_data<'a>(element: Option<Element<'a, '_>>) -> Option<EncryptedData<'a>> {
    let mut read = EncryptedData::default();
    let mut fields = element.filter(|element| element.id == SEQUENCE)?.inside();
    while let Some(field) = fields.next("EncryptedData") {
        match field.context() {
            Some(0) => read.etype = field.int32("etype").map(EType),
            Some(1) => read.kvno = field.int32("kvno").map(i32::cast_unsigned),
            Some(2) => read.cipher = field.octets("cipher").unwrap_or_default(),
            _ => {}
        }
    }
    Some(read)
}

/// The longest name kept. Two components are usual; Windows uses three in `service/host/domain`.
const MAX_NAMES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    fn read(bytes: &[u8]) -> Message<'_> {
        let message = message(bytes).unwrap();
        assert_eq!(message.damaged(), None);
        message
    }

    #[test]
    fn as_req_of_windows() {
        let Message::KdcReq(request) = read(include_bytes!("../tests/data/as-req-preauth.bin")) else {
            panic!()
        };
        assert_eq!((request.msg_type, request.pvno), (MessageType::AS_REQ, Some(5)));
        assert_eq!(request.cname.map(|name| name.to_string()), Some("client01$".into()));
        assert_eq!(request.sname.map(|name| name.to_string()), Some("krbtgt/CONTOSO.COM".into()));
        assert_eq!(request.realm.map(|realm| realm.to_string()), Some("CONTOSO.COM".into()));
        assert_eq!(request.nonce, Some(1_799_087_466));
        let etypes: Vec<_> = request.etypes.iter().map(|etype| etype.0).collect();
        assert_eq!(etypes, [18, 23, -133, -128, 24, -135]);
        let options: Vec<_> = request.kdc_options.unwrap().names().collect();
        assert_eq!(options, ["forwardable", "renewable", "canonicalize", "renewable-ok"]);
        let types: Vec<_> = request.padata.iter().map(|padata| padata.padata_type.to_string()).collect();
        assert_eq!(types, ["PA-ENC-TIMESTAMP", "PA-PAC-REQUEST", "PA-PAC-OPTIONS"]);
        assert_eq!(request.padata[0].enc_timestamp_etype(), Some(EType::AES256_CTS_HMAC_SHA1_96));
        assert_eq!(request.padata[1].pac_request(), Some(true));
        assert_eq!(request.padata[2].pac_request(), None);
    }

    #[test]
    fn replies_name_the_ticket() {
        let Message::KdcRep(reply) = read(include_bytes!("../tests/data/as-rep.bin")) else { panic!() };
        assert_eq!(reply.msg_type, MessageType::AS_REP);
        assert_eq!(reply.cname.map(|name| name.to_string()), Some("CLIENT01$".into()));
        let ticket = reply.ticket.unwrap();
        assert_eq!(ticket.sname.map(|name| name.to_string()), Some("krbtgt/CONTOSO.COM".into()));
        assert_eq!((ticket.enc_part.etype, ticket.enc_part.kvno), (Some(EType(18)), Some(2)));
        assert_eq!((reply.enc_part.etype, reply.enc_part.kvno), (Some(EType(18)), Some(1)));
        assert_eq!(reply.padata[0].etype_info().as_slice(), [EType(18)]);

        let Message::KdcRep(reply) = read(include_bytes!("../tests/data/tgs-rep.bin")) else { panic!() };
        assert_eq!(reply.msg_type, MessageType::TGS_REP);
    }

    #[test]
    fn tgs_req_holds_the_ticket_it_is_asked_with() {
        for bytes in [
            &include_bytes!("../tests/data/tgs-req.bin")[..],
            include_bytes!("../tests/data/tgs-req-1998.bin"),
        ] {
            let Message::KdcReq(request) = read(bytes) else { panic!() };
            assert_eq!((request.msg_type, request.cname), (MessageType::TGS_REQ, None));
            let padata = request.padata.first().unwrap();
            assert_eq!(padata.padata_type, PaType::TGS_REQ);
            let Ok(Message::ApReq(inner)) = padata.tgs_req() else { panic!() };
            let sname = inner.ticket.and_then(|ticket| ticket.sname).unwrap();
            assert!(sname.to_string().starts_with("krbtgt/"), "{sname}");
            assert!(inner.authenticator.etype.is_some());
        }
    }

    #[test]
    fn errors_say_what_the_kdc_wants() {
        let Message::Error(error) = read(include_bytes!("../tests/data/preauth-required.bin")) else {
            panic!()
        };
        assert_eq!(error.error_code, Some(ErrorCode::KDC_ERR_PREAUTH_REQUIRED));
        let Some(ErrorData::MethodData(padata)) = error.e_data else { panic!() };
        let types: Vec<_> = padata.iter().map(|padata| padata.padata_type.0).collect();
        assert_eq!(types, [19, 2, 16, 15]);

        // Microsoft/prot-od-netcaps, MS-RMSOD_Example4: there is no such service.
        let bytes =
            hex("7e5a3058a003020105a10302011ea411180f32303136303831313035323133395aa505020308506da603020107
            a90d1b0b434f4e544f534f2e434f4daa1e301ca003020102a11530131b04485454501b0b636f6e746f736f2e636f6d");
        let Message::Error(error) = read(&bytes) else { panic!() };
        assert_eq!(error.error_code.map(|code| code.to_string()), Some("KDC_ERR_S_PRINCIPAL_UNKNOWN".into()));
        assert_eq!(error.sname.map(|name| name.to_string()), Some("HTTP/contoso.com".into()));
        assert_eq!(error.e_data, None);
    }

    #[test]
    fn extended_errors_hold_an_ntstatus() {
        // [MS-KILE] 2.2.1 and 2.2.2, made by hand from the document: STATUS_ACCOUNT_DISABLED.
        let bytes = hex("7e21 301f a603020112 ac18 0416 3014 a103020103 a20d 040b 720000c0 00000000 010000");
        let Message::Error(error) = read(&bytes) else { panic!() };
        assert_eq!(
            error.e_data,
            Some(ErrorData::KerbErrorData { data_type: Some(3), status: Some(0xc000_0072) })
        );
    }

    #[test]
    fn a_cut_message_keeps_what_is_whole() {
        let bytes = include_bytes!("../tests/data/as-rep.bin");
        let Ok(Message::KdcRep(reply)) = message(&bytes[..200]) else { panic!() };
        assert_eq!(reply.cname.map(|name| name.to_string()), Some("CLIENT01$".into()));
        assert_eq!(reply.damaged.map(|error| error.kind), Some(ErrorKind::Truncated));

        let bytes = include_bytes!("../tests/data/as-req-preauth.bin");
        for len in 0..bytes.len() {
            let Ok(Message::KdcReq(request)) = message(&bytes[..len]) else { continue };
            assert!(request.damaged.is_some(), "{len}");
            let name = request.cname.map(|name| name.to_string());
            assert!(name.is_none() || name.as_deref() == Some("client01$"), "{len}: {name:?}");
            let name = request.sname.map(|name| name.to_string());
            assert!(name.is_none() || name.as_deref() == Some("krbtgt/CONTOSO.COM"), "{len}: {name:?}");
        }
    }

    #[test]
    fn unknown_numbers_are_printed() {
        assert_eq!(ErrorCode(12345).to_string(), "12345");
        assert_eq!(EType::RC4_HMAC.to_string(), "rc4-hmac");
        assert_eq!(PaType(-7).to_string(), "-7");
    }
}
