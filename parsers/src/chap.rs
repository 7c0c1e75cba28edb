//! CHAP (RFC 1994) as PPP carries it, whatever its algorithm.

use crate::error::{ErrorKind, ParseError};
use crate::names::named;
use crate::secret::Secret;
use crate::text::Text;

/// A CHAP packet (RFC 1994 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// `Code`.
    pub code: Code,
    /// `Identifier`: the same in a challenge, its response and their outcome.
    pub identifier: u8,
    /// `Data` of the code.
    pub data: Data<'a>,
}

named! {
    /// `Code` of a packet (RFC 1994 4).
    Code(u8) {
        CHALLENGE = 1 "Challenge",
        RESPONSE = 2 "Response",
        SUCCESS = 3 "Success",
        FAILURE = 4 "Failure",
    }
}

named! {
    /// The algorithm that LCP agrees on (RFC 1994 3, and IANA's "PPP Authentication Algorithms").
    Algorithm(u8) {
        MD5 = 5 "MD5",
        MS_CHAP_1 = 0x80 "MS-CHAP",
        MS_CHAP_2 = 0x81 "MS-CHAP-2",
    }
}

/// What a packet says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data<'a> {
    /// Challenge or response (RFC 1994 4.1).
    Value {
        /// `Value`.
        value: Secret<'a>,
        /// `Name` of its sender.
        name: Text<'a>,
    },
    /// `Message` of an outcome (RFC 1994 4.2). MS-CHAP puts a response of the server into it, or a challenge.
    Message(Secret<'a>),
    /// A code that is not known.
    Other,
}

/// Reads a packet; what follows its own length is padding.
///
/// # Errors
/// [`ParseError`] for a length that does not fit, and for a value that is longer than its packet.
pub fn packet(bytes: &[u8]) -> Result<Packet<'_>, ParseError> {
    let error = |field, at, kind| ParseError { field, at, kind };
    let Some((&[code, identifier, l0, l1], _)) = bytes.split_first_chunk() else {
        return Err(error("Length", bytes.len(), ErrorKind::Truncated));
    };
    let body = bytes
        .get(HEADER..usize::from(u16::from_be_bytes([l0, l1])))
        .ok_or_else(|| error("Length", 2, ErrorKind::Truncated))?;
    let code = Code(code);
    let data = match code {
        Code::CHALLENGE | Code::RESPONSE => {
            let (&size, rest) =
                body.split_first().ok_or_else(|| error("Value-Size", HEADER, ErrorKind::Truncated))?;
            let (value, name) = rest
                .split_at_checked(usize::from(size))
                .ok_or_else(|| error("Value", HEADER.saturating_add(1), ErrorKind::Truncated))?;
            Data::Value { value: Secret::new(value), name: Text::utf8(name) }
        }
        Code::SUCCESS | Code::FAILURE => Data::Message(Secret::new(body)),
        _ => Data::Other,
    };
    Ok(Packet { code, identifier, data })
}

/// The CHAP algorithm that an LCP Configure-Ack (RFC 1661 5.2) agrees on: the sender of the packet will answer with it.
pub fn agreed_algorithm(lcp: &[u8]) -> Option<Algorithm> {
    let (&[code, _, l0, l1], _) = lcp.split_first_chunk()?;
    let mut options = lcp.get(HEADER..usize::from(u16::from_be_bytes([l0, l1])))?;
    if code != CONFIGURE_ACK {
        return None;
    }
    while let [kind, len, ..] = *options {
        // An option is at least its own header, so each turn gets nearer to the end.
        let (option, rest) = options.split_at_checked(usize::from(len.max(2)))?;
        if let (AUTHENTICATION_PROTOCOL, [_, _, p0, p1, algorithm, ..]) = (kind, option)
            && u16::from_be_bytes([*p0, *p1]) == CHAP
        {
            return Some(Algorithm(*algorithm));
        }
        options = rest;
    }
    None
}

/// Code, identifier, length: the same in CHAP, LCP, PAP and EAP.
const HEADER: usize = 4;
const CONFIGURE_ACK: u8 = 2;
/// LCP option (RFC 1661 6.2).
const AUTHENTICATION_PROTOCOL: u8 = 3;
/// Number of CHAP in PPP.
const CHAP: u16 = 0xc223;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;
    use proptest::prelude::*;

    /// The values of RFC 2759 9.2, in packets as RFC 1994 4 lays them out.
    const CHALLENGE: &str = "01 07 0018 10 5b5d7c7d7b3f2f3e3c2c602132262628 6c6e73";
    const RESPONSE: &str = "02 07 003a 31 21402324255e262a28295f2b3a337c7e 0000000000000000
        82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df 00 55736572";

    #[test]
    fn an_exchange_is_read() {
        let (challenge, response) = (hex(CHALLENGE), hex(RESPONSE));
        let Packet { code: Code::CHALLENGE, identifier: 7, data: Data::Value { value, name } } =
            packet(&challenge).unwrap()
        else {
            panic!("{challenge:?}")
        };
        assert_eq!((value.len(), name.to_string()), (16, "lns".to_owned()));
        let Packet { code: Code::RESPONSE, data: Data::Value { value, name }, .. } =
            packet(&response).unwrap()
        else {
            panic!("{response:?}")
        };
        assert_eq!((value.len(), name.to_string()), (49, "User".to_owned()));
        assert!(!format!("{:?}", packet(&response)).contains("130"), "the response is not printed");
    }

    #[test]
    fn padding_is_not_part_of_a_packet_and_a_cut_one_is_truncated() {
        let padded = [hex(RESPONSE).as_slice(), &[0; 9]].concat();
        assert_eq!(packet(&padded), packet(&hex(RESPONSE)));
        for len in 0..hex(RESPONSE).len() {
            assert_eq!(packet(&padded[..len]).unwrap_err().kind, ErrorKind::Truncated, "{len}");
        }
    }

    /// RFC 1661 6.2 and RFC 2759 3: a maximum receive unit, then the protocol with its algorithm.
    #[test]
    fn an_acknowledgement_tells_the_algorithm() {
        let table = [
            ("02 01 000d 0104 05dc 0305 c22381", Some(Algorithm::MS_CHAP_2)),
            ("02 01 0009 0305 c22380", Some(Algorithm::MS_CHAP_1)),
            ("02 01 0009 0305 c22305", Some(Algorithm::MD5)),
            ("02 01 0008 0304 c023", None),   // PAP
            ("01 01 0009 0305 c22381", None), // asked for, not agreed on
            ("02 01 0009 0300 c22381", None), // an option shorter than its header
            ("02 01 0020 0305 c22381", None), // longer than the packet
        ];
        for (lcp, algorithm) in table {
            assert_eq!(agreed_algorithm(&hex(lcp)), algorithm, "{lcp}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = (packet(&bytes), agreed_algorithm(&bytes));
        }
    }
}
