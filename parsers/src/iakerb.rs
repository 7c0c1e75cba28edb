//! IAKERB: KDC messages that travel through the service (draft-ietf-kitten-iakerb-03, [MS-SPNG] 3.1.5.3).

use crate::der::{Damage, Reader, SEQUENCE};
use crate::error::{ErrorKind, ParseError};
use crate::krb5;
use crate::secret::Secret;
use crate::text::Text;

/// The `TOK_ID` of an IAKERB proxy token.
pub const TOK_ID: [u8; 2] = [0x05, 0x01];

/// `IAKERB-HEADER` and the message after it.
///
/// That a KDC message is here does not say that the client reaches a KDC: it says that it may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Iakerb<'a> {
    /// `target-realm`. Empty in a request for the realm of the service.
    pub target_realm: Option<Text<'a>>,
    /// `cookie`.
    pub cookie: Option<Secret<'a>>,
    /// The KDC message. Absent from a request for the realm.
    pub message: Option<Result<krb5::Message<'a>, ParseError>>,
    /// The first thing in the header that could not be read.
    pub damaged: Option<ParseError>,
}

/// Reads what follows the `TOK_ID`.
///
/// # Errors
/// When there is no `IAKERB-HEADER`.
pub fn iakerb(bytes: &[u8]) -> Result<Iakerb<'_>, ParseError> {
    const FIELD: &str = "IAKERB-HEADER";
    let damage = Damage::default();
    let mut token = Reader::new(bytes, &damage);
    let header = token.next(FIELD).ok_or_else(|| damage.fatal(FIELD, 0))?;
    if header.id != SEQUENCE {
        return Err(ParseError { field: FIELD, at: 0, kind: ErrorKind::Invalid });
    }
    let (mut target_realm, mut cookie) = (None, None);
    let mut fields = header.inside();
    while let Some(field) = fields.next(FIELD) {
        match field.context() {
            Some(1) => target_realm = field.text("target-realm"),
            Some(2) => cookie = field.octets("cookie"),
            _ => {}
        }
    }
    let message = (!token.rest().is_empty()).then(|| krb5::message(token.rest()));
    Ok(Iakerb { target_realm, cookie, message, damaged: damage.first() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    /// No capture is public. The header is built from the draft, the message behind it is real.
    #[test]
    fn the_kdc_message_behind_the_header_is_read() {
        let header = hex("3011 a109 0c07 434f4e544f534f a204 0402 abcd");
        let bytes = [&header[..], include_bytes!("../tests/data/as-req-preauth.bin")].concat();
        let read = iakerb(&bytes).unwrap();
        assert_eq!(read.target_realm.map(|realm| realm.to_string()), Some("CONTOSO".into()));
        assert_eq!(read.cookie.map(|cookie| cookie.len()), Some(2));
        let Some(Ok(krb5::Message::KdcReq(request))) = read.message else { panic!("{:?}", read.message) };
        assert_eq!(request.msg_type, krb5::MessageType::AS_REQ);

        let bytes = hex("3004 a102 0c00");
        let read = iakerb(&bytes).unwrap();
        assert_eq!((read.target_realm.map(|realm| realm.is_empty()), read.message), (Some(true), None));
    }
}
