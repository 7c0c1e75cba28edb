//! RADIUS (RFC 2865), with EAP (RFC 3579) and the attributes of Microsoft (RFC 2548).

use core::net::Ipv4Addr;
use std::borrow::Cow;

use crate::names::named;
use crate::secret::Secret;
use crate::text::Text;

/// A RADIUS packet (RFC 2865 3), whose attributes fill it exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// `Code`.
    pub code: Code,
    /// `Identifier`: an answer repeats that of its request.
    pub identifier: u8,
    /// `Authenticator`: of a request, random, and the same when it is sent again.
    pub authenticator: Secret<'a>,
    attributes: &'a [u8],
}

named! {
    /// `Code` of a packet (RFC 2865 4).
    Code(u8) {
        ACCESS_REQUEST = 1 "Access-Request",
        ACCESS_ACCEPT = 2 "Access-Accept",
        ACCESS_REJECT = 3 "Access-Reject",
        ACCESS_CHALLENGE = 11 "Access-Challenge",
    }
}

named! {
    /// `Type` of an attribute (RFC 2865 5, RFC 3162, RFC 3579).
    AttributeType(u8) {
        USER_NAME = 1 "User-Name",
        USER_PASSWORD = 2 "User-Password",
        CHAP_PASSWORD = 3 "CHAP-Password",
        NAS_IP_ADDRESS = 4 "NAS-IP-Address",
        STATE = 24 "State",
        VENDOR_SPECIFIC = 26 "Vendor-Specific",
        NAS_IDENTIFIER = 32 "NAS-Identifier",
        NAS_PORT_TYPE = 61 "NAS-Port-Type",
        EAP_MESSAGE = 79 "EAP-Message",
    }
}

named! {
    /// `Vendor-Type` of Microsoft's attributes (RFC 2548 2).
    MicrosoftType(u8) {
        MS_CHAP_RESPONSE = 1 "MS-CHAP-Response",
        MS_CHAP_ERROR = 2 "MS-CHAP-Error",
        MS_CHAP2_RESPONSE = 25 "MS-CHAP2-Response",
    }
}

named! {
    /// `NAS-Port-Type` (RFC 2865 5.41), as far as it tells what a logon is for.
    PortType(u32) {
        VIRTUAL = 5 "Virtual",
        WIRELESS_802_11 = 19 "Wireless - IEEE 802.11",
    }
}

/// Attributes, or those inside one of a vendor, in their order: each has a type, its own length and a value.
#[derive(Clone, Debug)]
pub struct Attributes<'a>(&'a [u8]);

/// Reads a packet of an authentication; `None` where the bytes are none. No port tells RADIUS, so the length must be that of the
/// datagram, and the attributes must fill it.
pub fn packet(datagram: &[u8]) -> Option<Packet<'_>> {
    let (&[code, identifier, l0, l1, ref authenticator @ ..], attributes) =
        datagram.split_first_chunk::<HEADER>()?;
    let code = Code(code);
    let is_whole =
        usize::from(u16::from_be_bytes([l0, l1])) == datagram.len() && datagram.len() <= MAX_PACKET;
    if !is_whole || code.name().is_none() {
        return None;
    }
    // An Access-Request names its user or its NAS, an Access-Challenge asks something (RFC 2865 4.1, 4.4).
    let may_be_empty = matches!(code, Code::ACCESS_ACCEPT | Code::ACCESS_REJECT);
    let mut walk = Attributes(attributes);
    let any = walk.by_ref().count() > 0;
    let fits = walk.0.is_empty() && (any || may_be_empty);
    fits.then(|| Packet { code, identifier, authenticator: Secret::new(authenticator), attributes })
}

impl<'a> Packet<'a> {
    /// All attributes.
    pub fn attributes(&self) -> impl Iterator<Item = (AttributeType, &'a [u8])> + use<'a> {
        Attributes(self.attributes).map(|(kind, value)| (AttributeType(kind), value))
    }

    /// The value of the first attribute of a type.
    pub fn first(&self, wanted: AttributeType) -> Option<&'a [u8]> {
        self.attributes().find(|(kind, _)| *kind == wanted).map(|(_, value)| value)
    }

    /// The value of the first attribute of Microsoft's (RFC 2548 2) of a type.
    pub fn microsoft(&self, wanted: MicrosoftType) -> Option<&'a [u8]> {
        self.attributes()
            .filter(|(kind, _)| *kind == AttributeType::VENDOR_SPECIFIC)
            .filter_map(|(_, value)| value.strip_prefix(&MICROSOFT))
            .flat_map(Attributes)
            .find(|(kind, _)| MicrosoftType(*kind) == wanted)
            .map(|(_, value)| value)
    }

    /// `User-Name`.
    pub fn user_name(&self) -> Option<Text<'a>> {
        self.first(AttributeType::USER_NAME).map(Text::utf8)
    }

    /// `NAS-Identifier`, or else `NAS-IP-Address`, as text.
    pub fn nas(&self) -> Option<Cow<'a, str>> {
        let address = || self.first(AttributeType::NAS_IP_ADDRESS).and_then(<[u8]>::as_array::<4>);
        match self.first(AttributeType::NAS_IDENTIFIER) {
            Some(name) => Some(Text::utf8(name).to_string_lossy()),
            None => address().map(|address| Cow::Owned(Ipv4Addr::from(*address).to_string())),
        }
    }

    /// `NAS-Port-Type`.
    pub fn port_type(&self) -> Option<PortType> {
        let value = self.first(AttributeType::NAS_PORT_TYPE)?.as_array()?;
        Some(PortType(u32::from_be_bytes(*value)))
    }

    /// The EAP packet, which may be cut into several attributes (RFC 3579 3.1).
    pub fn eap_message(&self) -> Option<Cow<'a, [u8]>> {
        let mut parts =
            self.attributes().filter(|(kind, _)| *kind == AttributeType::EAP_MESSAGE).map(|(_, value)| value);
        let mut message = Cow::Borrowed(parts.next()?);
        parts.for_each(|part| message.to_mut().extend_from_slice(part));
        Some(message)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (u8, &'a [u8]);

    /// The next attribute. A length that is less than its own header, or beyond the end, ends the walk there.
    fn next(&mut self) -> Option<Self::Item> {
        let &[kind, len, ..] = self.0 else { return None };
        let (attribute, rest) = self.0.split_at_checked(usize::from(len))?;
        let value = attribute.get(2..)?;
        self.0 = rest;
        Some((kind, value))
    }
}

/// Code, identifier, length, authenticator.
const HEADER: usize = 20;
/// RFC 2865 3.
const MAX_PACKET: usize = 4096;
/// `Vendor-Id` 311.
const MICROSOFT: [u8; 4] = [0, 0, 1, 0x37];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;
    use proptest::prelude::*;

    /// RFC 2865 7.1: "nemo" asks with a password, and is let in.
    const REQUEST: &str = "01 00 0038 0f403f9473978057bd83d5cb98f4227a 0106 6e656d6f
        0212 0dbe708d93d413ce3196e43f782a0aee 0406 c0a80110 0506 00000003";
    const ACCEPT: &str = "02 00 0026 86fe220e7624ba2a1005f6bf9b55e0b2 0606 00000001 0f06 00000000
        0e06 c0a80103";

    #[test]
    fn the_packets_of_rfc_2865_are_read() {
        let (request, accept) = (hex(REQUEST), hex(ACCEPT));
        let read = packet(&request).unwrap();
        assert_eq!((read.code, read.identifier), (Code::ACCESS_REQUEST, 0));
        assert_eq!(read.user_name().unwrap().to_string(), "nemo");
        assert_eq!(read.nas().unwrap(), "192.168.1.16");
        assert_eq!(read.attributes().count(), 4);
        assert_eq!((read.eap_message(), read.port_type()), (None, None));
        assert_eq!(packet(&accept).unwrap().code, Code::ACCESS_ACCEPT);
    }

    #[test]
    fn a_vendor_attribute_is_found_among_others() {
        // Vendor 9, then Microsoft with two attributes in one, then a vendor attribute that does not fit.
        let request = hex("01 01 0035 00000000000000000000000000000000 1a08 00000009 0102
            1a0f 00000137 0203 aa 1906 bbccddee 1a0a 00000137 19ff 0000");
        let read = packet(&request).unwrap();
        assert_eq!(read.microsoft(MicrosoftType::MS_CHAP_ERROR), Some(&[0xaa][..]));
        assert_eq!(read.microsoft(MicrosoftType::MS_CHAP2_RESPONSE), Some(&[0xbb, 0xcc, 0xdd, 0xee][..]));
        assert_eq!(read.microsoft(MicrosoftType::MS_CHAP_RESPONSE), None);
    }

    #[test]
    fn an_eap_message_in_pieces_is_put_together() {
        let challenge = hex("0b 01 0020 00000000000000000000000000000000 4f04 0102 1802 4f06 03040506");
        assert_eq!(packet(&challenge).unwrap().eap_message().unwrap(), &[1, 2, 3, 4, 5, 6][..]);
    }

    #[test]
    fn what_does_not_fit_exactly_is_no_packet() {
        let request = hex(REQUEST);
        for len in 0..request.len() {
            assert_eq!(packet(&request[..len]), None);
        }
        assert_eq!(packet(&[request.as_slice(), &[0]].concat()), None);
        let changed = |at: usize, byte| {
            let mut bytes = request.clone();
            bytes[at] = byte;
            packet(&bytes).is_some()
        };
        assert!(!changed(0, 4), "accounting is not read");
        assert!(!changed(21, 0) && !changed(21, 1) && !changed(21, 200), "a length that does not fit");
        assert!(!changed(21, 7), "the attributes after it do not fill the packet");
    }

    proptest! {
        /// Any bytes after a good header can be walked, and no more than there are.
        #[test]
        fn nothing_panics(code in 0_u8..12, rest in prop::collection::vec(any::<u8>(), 0..120)) {
            let len = u8::try_from(rest.len()).unwrap().saturating_add(20);
            let bytes = [&[code, 0, 0, len], [0; 16].as_slice(), &rest].concat();
            if let Some(packet) = packet(&bytes) {
                prop_assert!(packet.attributes().count() <= rest.len() / 2);
                let _ = (packet.nas(), packet.user_name(), packet.port_type());
                let _ = packet.microsoft(MicrosoftType::MS_CHAP_RESPONSE);
                prop_assert!(packet.eap_message().is_none_or(|message| message.len() <= rest.len()));
            }
        }
    }
}
