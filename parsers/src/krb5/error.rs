//! `KRB-ERROR`, and what is in its `e-data`.

use super::kdc::{PaDataList, PaTypes, method_data};
use super::{ErrorCode, PaType, PrincipalName, principal_name};
use crate::der::{Damage, OCTET_STRING, Reader, SEQUENCE};
use crate::error::ParseError;
use crate::secret::Secret;
use crate::text::Text;

/// `KRB-ERROR` (RFC 4120 5.9.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KrbError<'a> {
    /// `pvno`.
    pub pvno: Option<i32>,
    /// `error-code`.
    pub error_code: Option<ErrorCode>,
    /// `crealm`.
    pub crealm: Option<Text<'a>>,
    /// `cname`.
    pub cname: Option<PrincipalName<'a>>,
    /// `realm` of the service.
    pub realm: Option<Text<'a>>,
    /// `sname`.
    pub sname: Option<PrincipalName<'a>>,
    /// `e-text`.
    pub e_text: Option<Text<'a>>,
    /// `e-data`.
    pub e_data: Option<ErrorData<'a>>,
    /// The first thing that could not be read.
    pub damaged: Option<ParseError>,
}

/// The kinds of `e-data`. Nothing but the type of what is inside tells them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorData<'a> {
    /// `METHOD-DATA` (RFC 4120 5.9.1).
    MethodData(PaDataList<'a>),
    /// `TYPED-DATA` (RFC 4120 5.9.1): the `data-type` of each.
    TypedData(PaTypes),
    /// `KERB-ERROR-DATA` ([MS-KILE] 2.2.1).
    KerbErrorData {
        /// `data-type`: 3 for an extended error.
        data_type: Option<i32>,
        /// The NTSTATUS of an extended error ([MS-KILE] 2.2.2).
        status: Option<u32>,
    },
    /// Anything else.
    Other(Secret<'a>),
}

pub(super) fn krb_error<'a>(mut fields: Reader<'a, '_>) -> KrbError<'a> {
    let mut read = KrbError::default();
    while let Some(field) = fields.next("KRB-ERROR") {
        match field.context() {
            Some(0) => read.pvno = field.int32("pvno"),
            Some(6) => read.error_code = field.int32("error-code").map(ErrorCode),
            Some(7) => read.crealm = field.text("crealm"),
            Some(8) => read.cname = principal_name(&field, "cname"),
            Some(9) => read.realm = field.text("realm"),
            Some(10) => read.sname = principal_name(&field, "sname"),
            Some(11) => read.e_text = field.text("e-text"),
            Some(12) => read.e_data = field.octets("e-data").map(error_data),
            _ => {}
        }
    }
    read
}

fn error_data(octets: Secret<'_>) -> ErrorData<'_> {
    let other = ErrorData::Other(octets);
    // Its faults are not those of the message: nobody promises that e-data is DER.
    let damage = Damage::default();
    let Some(outer) = Reader::new(octets.expose(), &damage).next("e-data") else { return other };
    let list = outer.inside();
    let mut first = list;
    match (outer.id, first.next("e-data")) {
        (SEQUENCE, Some(element)) if element.context().is_some() => kerb_error_data(list),
        (SEQUENCE, Some(element)) if element.id == SEQUENCE => match element.value("data-type") {
            Some(field) if field.context() == Some(0) => ErrorData::TypedData(typed_data(list)),
            _ => ErrorData::MethodData(method_data(list)),
        },
        _ => other,
    }
}

fn typed_data(list: Reader<'_, '_>) -> PaTypes {
    list.list("TYPED-DATA", MAX_TYPED_DATA, |entry| entry.value("data-type")?.int32("data-type").map(PaType))
}

fn kerb_error_data<'a>(mut fields: Reader<'a, '_>) -> ErrorData<'a> {
    let mut data_type = None;
    let mut data_value: &[u8] = &[];
    while let Some(field) = fields.next("KERB-ERROR-DATA") {
        match field.context() {
            Some(1) => data_type = field.int32("data-type"),
            Some(2) => {
                let value = field.value_of(OCTET_STRING, "data-value");
                data_value = value.map(|value| value.body()).unwrap_or_default();
            }
            _ => {}
        }
    }
    let status = data_value.first_chunk().filter(|_| data_type == Some(KERB_ERR_TYPE_EXTENDED));
    ErrorData::KerbErrorData { data_type, status: status.copied().map(u32::from_le_bytes) }
}

const KERB_ERR_TYPE_EXTENDED: i32 = 3;
const MAX_TYPED_DATA: usize = 64;
