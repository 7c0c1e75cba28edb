//! Remote Desktop ([MS-RDPBCGR] 2.2.1.1 and 2.2.1.2): the two packets in which client and server agree on how to secure the
//! connection, in X.224 TPDUs in TPKT packets (T.123 8).

use nom::Parser as _;
use nom::number::complete::{be_u16, le_u16, le_u32, u8};

use crate::error::{ErrorKind, ParseError};
use crate::fixed::fixed;
use crate::frame::{Framed, Recognised};

/// What the server chose, by the names of `selectedProtocol` ([MS-RDPBCGR] 2.2.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol(pub u32);

impl Protocol {
    /// `PROTOCOL_RDP`: security of its own, without TLS and without a token.
    pub const RDP: Self = Self(0);
    /// `PROTOCOL_SSL`.
    pub const SSL: Self = Self(1);
    /// `PROTOCOL_HYBRID`: CredSSP.
    pub const HYBRID: Self = Self(2);
}

/// One of the two packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// `Client X.224 Connection Request PDU`.
    Request,
    /// `Server X.224 Connection Confirm PDU`, and what it chose.
    Confirm(Protocol),
    /// The same with an `RDP_NEG_FAILURE`.
    Failure,
}

/// Whether the first bytes of a direction are one of the two packets.
pub fn recognise(bytes: &[u8]) -> Recognised {
    let alike = [3, 0].iter().zip(bytes).all(|(known, byte)| known == byte);
    match bytes.first_chunk() {
        _ if !alike => Recognised::No,
        None => Recognised::Need(FIRST_LOOK),
        Some([_, _, high, low, indicator, code]) => {
            let len = usize::from(u16::from_be_bytes([*high, *low]));
            // X.224 13.2.1: the length of the header, itself not counted; connections have nothing but a header.
            let fits = len == usize::from(*indicator).saturating_add(5) && len >= MIN_CONNECTION;
            if fits && matches!(*code, REQUEST | CONFIRM) { Recognised::Yes } else { Recognised::No }
        }
    }
}

/// The TPKT packet at the start of the bytes.
pub fn packet(bytes: &[u8]) -> Framed<'_> {
    match recognise(bytes) {
        Recognised::Need(count) => Framed::Need(count),
        Recognised::No => Framed::Lost,
        Recognised::Yes => {
            let consumed = bytes.get(4).map_or(0, |indicator| usize::from(*indicator).saturating_add(5));
            match bytes.get(..consumed) {
                Some(body) => Framed::Record { body, consumed },
                None => Framed::Need(consumed),
            }
        }
    }
}

/// Reads a packet that [`packet`] cut out.
///
/// # Errors
/// When it ends early, or is not one of the two.
pub fn connection(packet: &[u8]) -> Result<Connection, ParseError> {
    let (rest, code) = fixed("tpkt", packet, |i| {
        let (i, (_version, _reserved, _len, _indicator)) = (u8, u8, be_u16, u8).parse(i)?;
        let (i, code) = u8.parse(i)?;
        let (i, _references) = le_u32.parse(i)?;
        let (i, _class) = u8.parse(i)?;
        Ok((i, code))
    })?;
    match code {
        REQUEST => Ok(Connection::Request),
        // A server from before there was a choice.
        CONFIRM if rest.is_empty() => Ok(Connection::Confirm(Protocol::RDP)),
        CONFIRM => {
            let (_, (kind, value)) = fixed("rdpNegData", rest, |i| {
                let (i, (kind, _flags, _len)) = (u8, u8, le_u16).parse(i)?;
                let (i, value) = le_u32.parse(i)?;
                Ok((i, (kind, value)))
            })?;
            match kind {
                NEG_RSP => Ok(Connection::Confirm(Protocol(value))),
                NEG_FAILURE => Ok(Connection::Failure),
                _ => Err(ParseError { field: "rdpNegData", at: MIN_CONNECTION, kind: ErrorKind::Invalid }),
            }
        }
        _ => Err(ParseError { field: "x224Ccf", at: 5, kind: ErrorKind::Invalid }),
    }
}

/// The header of TPKT, length indicator and code.
const FIRST_LOOK: usize = 6;
/// With references and class.
const MIN_CONNECTION: usize = 11;
const REQUEST: u8 = 0xe0;
const CONFIRM: u8 = 0xd0;
/// `TYPE_RDP_NEG_RSP`.
const NEG_RSP: u8 = 2;
/// `TYPE_RDP_NEG_FAILURE`.
const NEG_FAILURE: u8 = 3;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hex::hex;

    #[test]
    fn what_the_server_chose_is_read() {
        for (bytes, expected) in [
            // zeek/zeek, rdp-to-ssl.pcap, frames 4 and 6; rdp-x509.pcap, frame 7.
            (
                "0300002f2ae00000000000436f6f6b69653a206d737473686173683d4157414b45434f44490d0a0100080003000000",
                Connection::Request,
            ),
            ("030000130ed000001234000201080002000000", Connection::Confirm(Protocol::HYBRID)),
            ("030000130ed000001234000200080000000000", Connection::Confirm(Protocol::RDP)),
            // [MS-RDPBCGR] 2.2.1.2.2: HYBRID_REQUIRED_BY_SERVER.
            ("030000130ed000001234000300080005000000", Connection::Failure),
            ("0300000b06d00000123400", Connection::Confirm(Protocol::RDP)),
        ] {
            let bytes = hex(bytes);
            assert_eq!(recognise(&bytes), Recognised::Yes);
            assert_eq!(packet(&bytes), Framed::Record { body: &bytes, consumed: bytes.len() });
            assert_eq!(connection(&bytes), Ok(expected));
            for end in 0..bytes.len() {
                let asks = matches!(packet(&bytes[..end]), Framed::Need(count) if count > end);
                assert!(asks, "{end} of {}", bytes.len());
            }
        }
    }

    #[test]
    fn data_and_tls_are_no_connection() {
        for other in ["0300000c02f08004018005", "160301007401", "0300002fffe0"] {
            assert_eq!(recognise(&hex(other)), Recognised::No, "{other}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40), start in 0_usize..19) {
            let mut damaged = hex("030000130ed000001234000201080002000000");
            damaged.splice(start.., bytes);
            let _ = (connection(&damaged), packet(&damaged));
        }
    }
}
