//! Change and set password, on port 464 (RFC 3244).

use nom::bytes::complete::take;
use nom::number::complete::be_u16;
use nom::{IResult, Parser};

use super::{EncryptedData, Message, encrypted_data, message};
use crate::der::{Damage, Reader};
use crate::error::{ErrorKind, ParseError};
use crate::fixed::fixed;

/// A request or reply (RFC 3244 2), without the length that TCP puts before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kpasswd<'a> {
    /// `protocol version number`: 1 in replies and for a change of the own password, 0xff80 for a request to set one.
    pub version: u16,
    /// `AP-REQ data` or `AP-REP data`. Absent from a reply that is an error.
    pub ap: Option<Result<Message<'a>, ParseError>>,
    /// `enc-part` of the `KRB-PRIV` (RFC 4120 5.7.1) that follows: the new password, or the result.
    pub enc_part: Option<EncryptedData<'a>>,
    /// What follows instead of a `KRB-PRIV`: a `KRB-ERROR`, or what should have been one.
    pub error: Option<Result<Message<'a>, ParseError>>,
}

/// Reads a request or reply.
///
/// # Errors
/// When it is cut within its header or its `AP-REQ`, or its version is none of the two.
pub fn kpasswd(bytes: &[u8]) -> Result<Kpasswd<'_>, ParseError> {
    let (rest, (version, ap)) = fixed("kpasswd", bytes, header)?;
    if !matches!(version, VERSION_CHANGE | VERSION_SET) {
        return Err(ParseError { field: "protocol version number", at: 2, kind: ErrorKind::Invalid });
    }
    let ap = (!ap.is_empty()).then(|| message(ap));
    let enc_part = krb_priv(rest);
    let error = enc_part.is_none().then(|| message(rest));
    Ok(Kpasswd { version, ap, enc_part, error })
}

fn header(i: &[u8]) -> IResult<&[u8], (u16, &[u8])> {
    let (i, _message_length) = be_u16.parse(i)?;
    let (i, version) = be_u16.parse(i)?;
    let (i, ap_len) = be_u16.parse(i)?;
    let (i, ap) = take(ap_len).parse(i)?;
    Ok((i, (version, ap)))
}

fn krb_priv(bytes: &[u8]) -> Option<EncryptedData<'_>> {
    let damage = Damage::default();
    let outer = Reader::new(bytes, &damage).next("KRB-PRIV").filter(|outer| outer.id == KRB_PRIV)?;
    let mut fields = outer.sequence("KRB-PRIV")?;
    while let Some(field) = fields.next("KRB-PRIV") {
        if field.context() == Some(3) {
            return encrypted_data(field.value("enc-part"));
        }
    }
    None
}

const VERSION_CHANGE: u16 = 1;
const VERSION_SET: u16 = 0xff80;
const KRB_PRIV: u8 = 0x75; // [APPLICATION 21]

#[cfg(test)]
mod tests {
    use super::super::ErrorCode;
    use super::*;
    use crate::hex::hex;

    /// Headers as in RFC 3244 2, around real messages.
    #[test]
    fn requests_and_replies_are_read() {
        // OTRF/Security-Datasets, empire_dcom_shellwindows: an AP-REP.
        let ap = hex("6f573055a003020105a10302010fa2493047a003020117a240043eddc1e51d3924fa419380b34581876b1e4f83459cf9a6
            3348e63d585e11baec946f6d6390557d5013338e12029e64a780f759145d37828de1cd803a079804");
        let bytes =
            [&hex("006f ff80 0059")[..], &ap, &hex("7510 300e a003020105 a307 3005 a003020112")].concat();
        let read = kpasswd(&bytes).unwrap();
        assert_eq!(read.version, VERSION_SET);
        assert!(matches!(read.ap, Some(Ok(Message::ApRep(_)))));
        assert_eq!(read.enc_part.and_then(|part| part.etype).map(|etype| etype.0), Some(18));

        let bytes = hex("0000 0001 0000 7e07 3005 a603020103");
        let read = kpasswd(&bytes).unwrap();
        let Some(Ok(Message::Error(error))) = read.error else { panic!("{:?}", read.error) };
        assert_eq!((read.ap, error.error_code), (None, Some(ErrorCode(3))));

        assert!(kpasswd(&hex("0000 0002 0000")).is_err());
        assert!(kpasswd(&hex("0000 0001 0059 6f57")).is_err());
    }
}
