//! Messages between client and service: `AP-REQ`, `AP-REP`, and the TGT exchange of user to user.

use super::{ApOptions, EncryptedData, PrincipalName, Ticket, encrypted_data, principal_name, ticket};
use crate::der::{Damage, Reader};
use crate::error::{ErrorKind, ParseError};
use crate::text::Text;

/// `AP-REQ` (RFC 4120 5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApReq<'a> {
    /// `pvno`.
    pub pvno: Option<i32>,
    /// `ap-options`.
    pub ap_options: Option<ApOptions>,
    /// `ticket`.
    pub ticket: Option<Ticket<'a>>,
    /// `authenticator`, encrypted with the session key.
    pub authenticator: EncryptedData<'a>,
    /// The first thing that could not be read.
    pub damaged: Option<ParseError>,
}

/// `AP-REP` (RFC 4120 5.5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ApRep<'a> {
    /// `pvno`.
    pub pvno: Option<i32>,
    /// `enc-part`.
    pub enc_part: EncryptedData<'a>,
    /// The first thing that could not be read.
    pub damaged: Option<ParseError>,
}

/// `KERB-TGT-REQUEST`: the client asks the service for its TGT (draft-swift-win2k-krb-user2user-03).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TgtReq<'a> {
    /// `server-name`.
    pub server_name: Option<PrincipalName<'a>>,
    /// `realm`.
    pub realm: Option<Text<'a>>,
    /// The first thing that could not be read.
    pub damaged: Option<ParseError>,
}

/// `KERB-TGT-REPLY`: the service gives it (draft-swift-win2k-krb-user2user-03).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TgtRep<'a> {
    /// `ticket`.
    pub ticket: Option<Ticket<'a>>,
    /// The first thing that could not be read.
    pub damaged: Option<ParseError>,
}

pub(super) fn ap_req<'a>(mut fields: Reader<'a, '_>) -> ApReq<'a> {
    let mut read = ApReq::default();
    while let Some(field) = fields.next("AP-REQ") {
        match field.context() {
            Some(0) => read.pvno = field.int32("pvno"),
            Some(2) => {
                let bits = field.value("ap-options").and_then(|options| options.as_bits32());
                read.ap_options = bits.map(ApOptions);
            }
            Some(3) => read.ticket = field.value("ticket").and_then(|element| ticket(&element)),
            Some(4) => read.authenticator = encrypted_data(field.value("authenticator")).unwrap_or_default(),
            _ => {}
        }
    }
    read
}

pub(super) fn ap_rep<'a>(mut fields: Reader<'a, '_>) -> ApRep<'a> {
    let mut read = ApRep::default();
    while let Some(field) = fields.next("AP-REP") {
        match field.context() {
            Some(0) => read.pvno = field.int32("pvno"),
            Some(2) => read.enc_part = encrypted_data(field.value("enc-part")).unwrap_or_default(),
            _ => {}
        }
    }
    read
}

/// Reads a `KERB-TGT-REQUEST`. It has no tag of its own: the `TOK_ID` 04 00 before it says what it is.
///
/// # Errors
/// When the bytes are no SEQUENCE.
pub fn tgt_req(bytes: &[u8]) -> Result<TgtReq<'_>, ParseError> {
    let damage = Damage::default();
    let mut fields = top(bytes, "KERB-TGT-REQUEST", &damage)?;
    let mut read = TgtReq::default();
    while let Some(field) = fields.next("KERB-TGT-REQUEST") {
        match field.context() {
            Some(2) => read.server_name = principal_name(&field, "server-name"),
            Some(3) => read.realm = field.text("realm"),
            _ => {}
        }
    }
    read.damaged = damage.first();
    Ok(read)
}

/// Reads a `KERB-TGT-REPLY`. It has no tag of its own: the `TOK_ID` 04 01 before it says what it is.
///
/// # Errors
/// When the bytes are no SEQUENCE.
pub fn tgt_rep(bytes: &[u8]) -> Result<TgtRep<'_>, ParseError> {
    let damage = Damage::default();
    let mut fields = top(bytes, "KERB-TGT-REPLY", &damage)?;
    let mut read = TgtRep::default();
    while let Some(field) = fields.next("KERB-TGT-REPLY") {
        if field.context() == Some(2) {
            read.ticket = field.value("ticket").and_then(|element| ticket(&element));
        }
    }
    read.damaged = damage.first();
    Ok(read)
}

/// The fields of a SEQUENCE that stands alone.
fn top<'a, 'd>(
    bytes: &'a [u8],
    field: &'static str,
    damage: &'d Damage,
) -> Result<Reader<'a, 'd>, ParseError> {
    let element = Reader::new(bytes, damage).next(field).ok_or_else(|| damage.fatal(field, 0))?;
    let fields = element.as_sequence().map(|fields| fields.inside());
    fields.ok_or(ParseError { field, at: 0, kind: ErrorKind::Invalid })
}
