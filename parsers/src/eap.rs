//! EAP (RFC 3748) with the two methods that are MS-CHAP inside, and EAP over LAN (IEEE 802.1X).

use crate::error::{ErrorKind, ParseError};
use crate::names::named;
use crate::secret::Secret;
use crate::text::Text;

/// An EAP packet (RFC 3748 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// `Code`.
    pub code: Code,
    /// `Identifier`: a response repeats that of its request.
    pub identifier: u8,
    /// `Type` and its data, of requests and responses.
    pub method: Option<(Type, &'a [u8])>,
}

named! {
    /// `Code` of a packet (RFC 3748 4).
    Code(u8) {
        REQUEST = 1 "Request",
        RESPONSE = 2 "Response",
        SUCCESS = 3 "Success",
        FAILURE = 4 "Failure",
    }
}

named! {
    /// Method types (RFC 3748 5, and IANA's "Method Types"). The names are those that a report uses.
    Type(u8) {
        IDENTITY = 1 "identity",
        NAK = 3 "nak",
        MD5_CHALLENGE = 4 "eap-md5",
        TLS = 13 "eap-tls",
        LEAP = 17 "leap",
        TTLS = 21 "eap-ttls",
        PEAP = 25 "peap",
        MS_CHAP_V2 = 26 "eap-mschapv2",
        FAST = 43 "eap-fast",
        TEAP = 55 "teap",
    }
}

/// A packet of EAP-MSCHAPv2 ([MS-CHAP] 2.2, draft-kamath-pppext-eap-mschapv2), without its answers of one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MsChapV2<'a> {
    /// `MS-CHAPv2-ID`.
    pub identifier: u8,
    /// What it says.
    pub data: MsChapV2Data<'a>,
}

/// What an EAP-MSCHAPv2 packet says, by its `OpCode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MsChapV2Data<'a> {
    /// 1.
    Challenge,
    /// 2.
    Response {
        /// The value of [`crate::mschap::response_v2`].
        value: Secret<'a>,
        /// `Name`.
        name: Text<'a>,
    },
    /// 3. Its message proves the server's knowledge of the password.
    Success,
    /// 4.
    Failure(Secret<'a>),
    /// Change of a password, and numbers that are not known.
    Other(u8),
}

/// A packet of Cisco's LEAP. There is no public specification; the layout is that of the packets on the wire. A challenge has 8
/// bytes and a response 24: they are those of MS-CHAP version 1 (RFC 2433 A.1), from the same hash of the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leap<'a> {
    /// Challenge or response.
    pub value: Secret<'a>,
    /// The user.
    pub name: Text<'a>,
}

/// Reads a packet; what follows its own length is padding.
///
/// # Errors
/// [`ParseError`] for a length that does not fit, and for a request or response without a type.
pub fn packet(bytes: &[u8]) -> Result<Packet<'_>, ParseError> {
    let Some((&[code, identifier, l0, l1], _)) = bytes.split_first_chunk() else {
        return Err(truncated("Length", bytes.len()));
    };
    let len = usize::from(u16::from_be_bytes([l0, l1]));
    let data = bytes.get(HEADER..len).ok_or_else(|| truncated("Length", 2))?;
    let code = Code(code);
    let method = match code {
        Code::REQUEST | Code::RESPONSE => {
            let (&kind, data) = data.split_first().ok_or_else(|| truncated("Type", HEADER))?;
            Some((Type(kind), data))
        }
        _ => None,
    };
    Ok(Packet { code, identifier, method })
}

/// Reads the data of a [`Type::MS_CHAP_V2`]; `None` is the client's answer of one byte to a success or failure.
///
/// # Errors
/// [`ParseError`] for a length or value that does not fit.
pub fn mschapv2(data: &[u8]) -> Result<Option<MsChapV2<'_>>, ParseError> {
    let Some((&[op_code, identifier, l0, l1], _)) = data.split_first_chunk() else {
        return if data.len() == 1 { Ok(None) } else { Err(truncated("MS-Length", data.len())) };
    };
    let len = usize::from(u16::from_be_bytes([l0, l1]));
    let body = data.get(HEADER..len).ok_or_else(|| truncated("MS-Length", 2))?;
    let data = match op_code {
        1 => MsChapV2Data::Challenge,
        2 => {
            let (&size, rest) = body.split_first().ok_or_else(|| truncated("Value-Size", HEADER))?;
            let (value, name) =
                rest.split_at_checked(usize::from(size)).ok_or_else(|| truncated("Response", 5))?;
            MsChapV2Data::Response { value: Secret::new(value), name: Text::utf8(name) }
        }
        3 => MsChapV2Data::Success,
        4 => MsChapV2Data::Failure(Secret::new(body)),
        other => MsChapV2Data::Other(other),
    };
    Ok(Some(MsChapV2 { identifier, data }))
}

/// Reads the data of a [`Type::LEAP`]: version, an unused byte, the length of the value, the value, the name.
///
/// # Errors
/// [`ParseError`] for a value that is longer than the packet.
pub fn leap(data: &[u8]) -> Result<Leap<'_>, ParseError> {
    let Some((&[_version, _unused, count], rest)) = data.split_first_chunk() else {
        return Err(truncated("Count", data.len()));
    };
    let (value, name) = rest.split_at_checked(usize::from(count)).ok_or_else(|| truncated("Value", 3))?;
    Ok(Leap { value: Secret::new(value), name: Text::utf8(name) })
}

/// The EAP packet of an EAPOL frame (IEEE 802.1X 11.3); `None` for frames of other types: starts, logoffs, keys.
///
/// # Errors
/// [`ParseError`] for a body that is longer than the frame.
pub fn eapol(frame: &[u8]) -> Result<Option<&[u8]>, ParseError> {
    let Some((&[_version, kind, l0, l1], body)) = frame.split_first_chunk() else {
        return Err(truncated("Packet Body Length", frame.len()));
    };
    if kind != EAP_PACKET {
        return Ok(None);
    }
    let body = body.get(..usize::from(u16::from_be_bytes([l0, l1])));
    body.map(Some).ok_or_else(|| truncated("Packet Body", 4))
}

fn truncated(field: &'static str, at: usize) -> ParseError {
    ParseError { field, at, kind: ErrorKind::Truncated }
}

const HEADER: usize = 4;
const EAP_PACKET: u8 = 0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;
    use crate::mschap;
    use proptest::prelude::*;

    /// The values of RFC 2759 9.2, in packets as [MS-CHAP] 2.2 lays them out.
    const CHALLENGE: &str = "01 08 001c 1a 01 07 0017 10 5b5d7c7d7b3f2f3e3c2c602132262628 4e50";
    const RESPONSE: &str = "02 08 003f 1a 02 07 003a 31 21402324255e262a28295f2b3a337c7e 0000000000000000
        82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df 00 55736572";

    fn method(bytes: &[u8], kind: Type) -> &[u8] {
        let method = packet(bytes).unwrap().method.unwrap();
        assert_eq!(method.0, kind);
        method.1
    }

    #[test]
    fn a_challenge_and_its_response_are_read() {
        let (challenge, response) = (hex(CHALLENGE), hex(RESPONSE));
        let read = mschapv2(method(&challenge, Type::MS_CHAP_V2)).unwrap().unwrap();
        assert_eq!(read, MsChapV2 { identifier: 7, data: MsChapV2Data::Challenge });
        let Ok(Some(MsChapV2 { identifier: 7, data: MsChapV2Data::Response { value, name } })) =
            mschapv2(method(&response, Type::MS_CHAP_V2))
        else {
            panic!("no response")
        };
        assert_eq!(name.to_string(), "User");
        assert!(mschap::response_v2(value.expose()).is_ok());
        assert_eq!(mschapv2(&[3]), Ok(None));
    }

    /// A LEAP challenge and response of the lengths that Cisco's devices send, the values made up.
    #[test]
    fn leap_names_the_user() {
        let response = hex("02 02 0024 11 010018 000102030405060708090a0b0c0d0e0f1011121314151617 4a4f4531");
        let read = leap(method(&response, Type::LEAP)).unwrap();
        assert_eq!((read.value.len(), read.name.to_string()), (24, "JOE1".to_owned()));
        assert!(leap(&[1, 0, 24, 0]).is_err());
    }

    #[test]
    fn success_and_failure_have_no_type_and_a_response_needs_one() {
        let success = Packet { code: Code::SUCCESS, identifier: 3, method: None };
        assert_eq!(packet(&[3, 3, 0, 4]), Ok(success));
        assert_eq!(packet(&[2, 3, 0, 4]), Err(truncated("Type", 4)));
        assert_eq!(packet(&[2, 3, 0, 3, 1]), Err(truncated("Length", 2)));
    }

    #[test]
    fn an_eapol_frame_is_cut_at_its_own_length() {
        assert_eq!(eapol(&[1, 0, 0, 2, 7, 8, 0, 0]), Ok(Some(&[7, 8][..])));
        assert_eq!(eapol(&[2, 1, 0, 0]), Ok(None));
        assert!(eapol(&[1, 0, 0, 5, 7]).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = (packet(&bytes), mschapv2(&bytes), leap(&bytes), eapol(&bytes));
        }

        /// No beginning of a packet is another packet.
        #[test]
        fn a_cut_packet_is_an_error(cut in 0_usize..62) {
            prop_assert!(packet(&hex(RESPONSE)[..cut]).is_err());
        }
    }
}
