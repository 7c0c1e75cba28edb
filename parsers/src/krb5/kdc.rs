//! Messages between client and KDC: `KDC-REQ` and `KDC-REP`, and the padata in them.

use smallvec::SmallVec;

use super::{
    EType, EncryptedData, KdcOptions, Message, MessageType, PaType, PrincipalName, Ticket, encrypted_data,
    message, principal_name, ticket,
};
use crate::der::{Damage, Element, Reader, SEQUENCE};
use crate::error::{ErrorKind, ParseError};
use crate::secret::Secret;
use crate::text::Text;

/// Encryption types. Windows sends seven.
pub type ETypes = SmallVec<[EType; 8]>;
/// Types of pre-authentication data.
pub type PaTypes = SmallVec<[PaType; 4]>;
/// Pre-authentication data.
pub type PaDataList<'a> = SmallVec<[PaData<'a>; 4]>;

/// `AS-REQ` or `TGS-REQ` (RFC 4120 5.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KdcReq<'a> {
    /// Which of the two: the tag of the message, and not its `msg-type`.
    pub msg_type: MessageType,
    /// `pvno`.
    pub pvno: Option<i32>,
    /// `padata`.
    pub padata: PaDataList<'a>,
    /// `kdc-options`.
    pub kdc_options: Option<KdcOptions>,
    /// `cname`, in an `AS-REQ`.
    pub cname: Option<PrincipalName<'a>>,
    /// `realm` of the service, and of the client in an `AS-REQ`.
    pub realm: Option<Text<'a>>,
    /// `sname`.
    pub sname: Option<PrincipalName<'a>>,
    /// `nonce`.
    pub nonce: Option<u32>,
    /// `etype`, in the order of the client's preference.
    pub etypes: ETypes,
    /// `additional-tickets`: user to user, or constrained delegation.
    pub additional_tickets: SmallVec<[Ticket<'a>; 0]>,
    /// The first thing that could not be read.
    pub damaged: Option<ParseError>,
}

/// `AS-REP` or `TGS-REP` (RFC 4120 5.4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KdcRep<'a> {
    /// Which of the two: the tag of the message, and not its `msg-type`.
    pub msg_type: MessageType,
    /// `pvno`.
    pub pvno: Option<i32>,
    /// `padata`.
    pub padata: PaDataList<'a>,
    /// `crealm`.
    pub crealm: Option<Text<'a>>,
    /// `cname`.
    pub cname: Option<PrincipalName<'a>>,
    /// `ticket`.
    pub ticket: Option<Ticket<'a>>,
    /// `enc-part`.
    pub enc_part: EncryptedData<'a>,
    /// The first thing that could not be read.
    pub damaged: Option<ParseError>,
}

/// `PA-DATA` (RFC 4120 5.2.7). What is in it is read when asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaData<'a> {
    /// `padata-type`.
    pub padata_type: PaType,
    /// `padata-value`.
    pub padata_value: Secret<'a>,
}

/// `PA-FOR-USER` ([MS-SFU] 2.2.1): the user for whom a service asks a ticket to itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForUser<'a> {
    /// `userName`.
    pub user_name: Option<PrincipalName<'a>>,
    /// `userRealm`.
    pub user_realm: Option<Text<'a>>,
}

impl<'a> PaData<'a> {
    /// The etype of a `PA-ENC-TIMESTAMP` (RFC 4120 5.2.7.2) or `PA-ENCRYPTED-CHALLENGE` (RFC 6113 5.4.6).
    pub fn enc_timestamp_etype(&self) -> Option<EType> {
        let is_encrypted = matches!(self.padata_type, PaType::ENC_TIMESTAMP | PaType::ENCRYPTED_CHALLENGE);
        let damage = Damage::default();
        encrypted_data(self.top(&damage).filter(|_| is_encrypted))?.etype
    }

    /// The message in a `PA-TGS-REQ` (RFC 4120 5.2.7.1), an `AP-REQ`.
    ///
    /// # Errors
    /// Those of [`message`]; `Invalid` for padata of another type.
    pub fn tgs_req(&self) -> Result<Message<'a>, ParseError> {
        match self.padata_type {
            PaType::TGS_REQ => message(self.padata_value.expose()),
            _ => Err(ParseError { field: "padata-type", at: 0, kind: ErrorKind::Invalid }),
        }
    }

    /// `include-pac` of a `PA-PAC-REQUEST` ([MS-KILE] 2.2.3).
    pub fn pac_request(&self) -> Option<bool> {
        let damage = Damage::default();
        let request = self.top(&damage).filter(|_| self.padata_type == PaType::PAC_REQUEST)?;
        let include_pac = request.as_sequence()?.value("include-pac")?.value("include-pac")?;
        include_pac.body().first().map(|&octet| octet != 0)
    }

    /// A `PA-FOR-USER` ([MS-SFU] 2.2.1).
    pub fn for_user(&self) -> Option<ForUser<'a>> {
        let damage = Damage::default();
        let element = self.top(&damage).filter(|_| self.padata_type == PaType::FOR_USER)?;
        let mut read = ForUser::default();
        let mut fields = element.as_sequence()?.inside();
        while let Some(field) = fields.next("PA-FOR-USER") {
            match field.context() {
                Some(0) => read.user_name = principal_name(&field, "userName"),
                Some(1) => read.user_realm = field.text("userRealm"),
                _ => {}
            }
        }
        Some(read)
    }

    /// The etypes of an `ETYPE-INFO` or `ETYPE-INFO2` (RFC 4120 5.2.7.4 and 5.2.7.5): those that the account has keys
    /// for. Empty for padata of another type.
    pub fn etype_info(&self) -> ETypes {
        let is_info = matches!(self.padata_type, PaType::ETYPE_INFO | PaType::ETYPE_INFO2);
        let damage = Damage::default();
        let Some(info) = self.top(&damage).filter(|_| is_info).and_then(|info| info.as_sequence()) else {
            return ETypes::new();
        };
        info.inside().list("ETYPE-INFO", MAX_ETYPES, |entry| {
            let first = entry.value("etype").filter(|etype| etype.context() == Some(0))?;
            first.int32("etype").map(EType)
        })
    }

    fn top<'d>(&self, damage: &'d Damage) -> Option<Element<'a, 'd>> {
        Reader::new(self.padata_value.expose(), damage).next("padata-value")
    }
}

pub(super) fn kdc_req<'a>(msg_type: MessageType, mut fields: Reader<'a, '_>) -> KdcReq<'a> {
    let mut read = KdcReq {
        msg_type,
        pvno: None,
        padata: SmallVec::new(),
        kdc_options: None,
        cname: None,
        realm: None,
        sname: None,
        nonce: None,
        etypes: SmallVec::new(),
        additional_tickets: SmallVec::new(),
        damaged: None,
    };
    while let Some(field) = fields.next("KDC-REQ") {
        match field.context() {
            Some(1) => read.pvno = field.int32("pvno"),
            Some(3) => read.padata = field.sequence("padata").map(method_data).unwrap_or_default(),
            Some(4) => kdc_req_body(&field, &mut read),
            _ => {}
        }
    }
    read
}

fn kdc_req_body<'a>(body: &Element<'a, '_>, read: &mut KdcReq<'a>) {
    let Some(mut fields) = body.sequence("req-body") else { return };
    while let Some(field) = fields.next("req-body") {
        match field.context() {
            Some(0) => {
                let bits = field.value("kdc-options").and_then(|options| options.as_bits32());
                read.kdc_options = bits.map(KdcOptions);
            }
            Some(1) => read.cname = principal_name(&field, "cname"),
            Some(2) => read.realm = field.text("realm"),
            Some(3) => read.sname = principal_name(&field, "sname"),
            Some(7) => read.nonce = field.int32("nonce").map(i32::cast_unsigned),
            Some(8) => {
                let list = field.sequence("etype");
                let etype = |etype: Element<'a, '_>| etype.as_int32().map(EType);
                read.etypes = list.map(|list| list.list("etype", MAX_ETYPES, etype)).unwrap_or_default();
            }
            Some(11) => {
                let list = field.sequence("additional-tickets");
                let one = |element: Element<'a, '_>| ticket(&element);
                read.additional_tickets =
                    list.map(|list| list.list("additional-tickets", MAX_TICKETS, one)).unwrap_or_default();
            }
            _ => {}
        }
    }
}

pub(super) fn kdc_rep<'a>(msg_type: MessageType, mut fields: Reader<'a, '_>) -> KdcRep<'a> {
    let mut read = KdcRep {
        msg_type,
        pvno: None,
        padata: SmallVec::new(),
        crealm: None,
        cname: None,
        ticket: None,
        enc_part: EncryptedData::default(),
        damaged: None,
    };
    while let Some(field) = fields.next("KDC-REP") {
        match field.context() {
            Some(0) => read.pvno = field.int32("pvno"),
            Some(2) => read.padata = field.sequence("padata").map(method_data).unwrap_or_default(),
            Some(3) => read.crealm = field.text("crealm"),
            Some(4) => read.cname = principal_name(&field, "cname"),
            Some(5) => read.ticket = field.value("ticket").and_then(|element| ticket(&element)),
            Some(6) => read.enc_part = encrypted_data(field.value("enc-part")).unwrap_or_default(),
            _ => {}
        }
    }
    read
}

/// `METHOD-DATA` (RFC 4120 5.9.1): the `PA-DATA` of a list.
pub(super) fn method_data<'a>(list: Reader<'a, '_>) -> PaDataList<'a> {
    list.list("padata", MAX_PADATA, |element| {
        let mut padata_type = None;
        let mut padata_value = Secret::default();
        let mut fields = Some(element).filter(|element| element.id == SEQUENCE)?.inside();
        while let Some(field) = fields.next("PA-DATA") {
            match field.context() {
                Some(1) => padata_type = field.int32("padata-type").map(PaType),
                Some(2) => padata_value = field.octets("padata-value").unwrap_or_default(),
                _ => {}
            }
        }
        padata_type.map(|padata_type| PaData { padata_type, padata_value })
    })
}

/// The longest lists kept. Windows sends seven etypes and at most about ten padata.
const MAX_ETYPES: usize = 64;
const MAX_PADATA: usize = 64;
const MAX_TICKETS: usize = 4;
