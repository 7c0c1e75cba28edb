//! Messages to and from a KDC proxy ([MS-KKDCP]): what stands in the bodies of HTTP.

use crate::der::{Damage, OCTET_STRING, Reader, SEQUENCE};
use crate::error::{ErrorKind, ParseError};
use crate::frame::Framed;
use crate::kdc_frame;
use crate::text::Text;

/// `KDC-PROXY-MESSAGE` ([MS-KKDCP] 2.2.2). `dclocator-hint` says nothing of an exchange and is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyMessage<'a> {
    /// `kerb-message` without the four bytes of length that TCP has before it: a message of Kerberos, or of the protocol that
    /// changes passwords.
    pub kerb_message: &'a [u8],
    /// `target-domain`: the realm. A reply has none.
    pub target_domain: Option<Text<'a>>,
}

/// Reads the body of a request or of a response.
///
/// # Errors
/// [`ParseError`] where it is no SEQUENCE with a whole `kerb-message` in it.
pub fn message(body: &[u8]) -> Result<ProxyMessage<'_>, ParseError> {
    const NAME: &str = "KDC-PROXY-MESSAGE";
    const FIELD: &str = "kerb-message";
    let damage = Damage::default();
    let outer = Reader::new(body, &damage).next(NAME).ok_or_else(|| damage.fatal(NAME, 0))?;
    if outer.id != SEQUENCE {
        return Err(ParseError { field: NAME, at: 0, kind: ErrorKind::Invalid });
    }
    let (mut framed, mut target_domain) = (None, None);
    let mut fields = outer.inside();
    while let Some(field) = fields.next(NAME) {
        match field.context() {
            Some(0) => framed = field.value_of(OCTET_STRING, FIELD).map(|octets| octets.body()),
            Some(1) => target_domain = field.text("target-domain"),
            _ => {}
        }
    }
    let framed = framed.ok_or_else(|| damage.fatal(FIELD, 0))?;
    match kdc_frame::tcp(framed) {
        Framed::Record { body: kerb_message, .. } => Ok(ProxyMessage { kerb_message, target_domain }),
        _ => Err(ParseError { field: FIELD, at: 0, kind: ErrorKind::Truncated }),
    }
}

/// The longest body that is read: the largest message with what is around it.
pub const MAX_BODY: usize = 1 << 17;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::krb5;
    use proptest::prelude::*;

    /// Streams of HTTP, recorded between a TLS terminator and kdcproxy: `samples/10-kdc-proxy`.
    const CLIENT: &[u8] = include_bytes!("../testdata/kkdcp-client.bin");
    const SERVER: &[u8] = include_bytes!("../testdata/kkdcp-server.bin");

    fn body(stream: &[u8]) -> &[u8] {
        let end = stream.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        stream.get(end..).unwrap().get(4..).unwrap()
    }

    #[test]
    fn a_request_names_a_realm_and_a_reply_does_not() {
        let request = message(body(CLIENT)).unwrap();
        assert_eq!(request.target_domain.map(|realm| realm.to_string()).as_deref(), Some("LAB.TEST"));
        assert!(matches!(krb5::message(request.kerb_message), Ok(krb5::Message::KdcReq(_))));
        let reply = message(body(SERVER)).unwrap();
        assert_eq!(reply.target_domain, None);
        assert!(matches!(krb5::message(reply.kerb_message), Ok(krb5::Message::Error(_))));
    }

    #[test]
    fn what_has_no_whole_message_in_it_is_an_error() {
        let bodies: [&[u8]; 6] = [
            b"",
            b"Not found",
            // An empty SEQUENCE, one whose message is shorter than its length says, and one that is no octet string.
            &[0x30, 0],
            &[0x30, 9, 0xa0, 7, 4, 5, 0, 0, 0, 2, 0x6a],
            &[0x30, 9, 0xa0, 7, 0x0c, 5, 0, 0, 0, 1, 0x6a],
            &[0x31, 9, 0xa0, 7, 4, 5, 0, 0, 0, 1, 0x6a],
        ];
        for body in bodies {
            assert!(message(body).is_err(), "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..60), cut in any::<prop::sample::Index>()) {
            let whole = body(CLIENT);
            let _ = message(&bytes);
            let _ = message(&[whole.get(..cut.index(whole.len())).unwrap(), &bytes].concat());
        }

        #[test]
        fn a_cut_body_is_an_error(cut in any::<prop::sample::Index>()) {
            let whole = body(SERVER);
            prop_assert!(message(whole.get(..cut.index(whole.len())).unwrap()).is_err());
        }
    }
}
