//! The frame around the first token of a GSS-API mechanism (RFC 2743 3.1).

use crate::der::{self, Damage, Reader};
use crate::error::{ErrorKind, ParseError};
use crate::oid::Oid;
use crate::secret::Secret;

/// `InitialContextToken` (RFC 2743 3.1).
///
/// Kerberos keeps the frame on all its tokens; SPNEGO has it on the first alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InitialContextToken<'a> {
    /// `thisMech`.
    pub mech: Oid<'a>,
    /// `innerContextToken`: what there is of it, without bytes that follow the frame.
    pub inner: Secret<'a>,
    /// Where `inner` starts in the token.
    pub inner_at: usize,
    /// The frame is longer than the bytes at hand.
    pub damaged: Option<ParseError>,
}

/// Opens the frame.
///
/// # Errors
/// When the bytes do not start with the frame, or its mechanism cannot be read.
pub fn initial_context_token(bytes: &[u8]) -> Result<InitialContextToken<'_>, ParseError> {
    let damage = Damage::default();
    let frame = Reader::new(bytes, &damage).next("InitialContextToken");
    let frame = frame.ok_or_else(|| damage.fatal("InitialContextToken", 0))?;
    if frame.id != FRAME {
        return Err(ParseError { field: "InitialContextToken", at: 0, kind: ErrorKind::Invalid });
    }
    let mut inside = frame.inside();
    let mech = inside.next("thisMech").and_then(|mech| mech.as_oid());
    let mech = mech.ok_or_else(|| damage.fatal("thisMech", inside.at()))?;
    let inner = Secret::new(inside.rest());
    Ok(InitialContextToken { mech, inner, inner_at: inside.at(), damaged: damage.first() })
}

/// How long the token at the start of `bytes` says it is: the frame, or a bare DER element.
///
/// # Errors
/// `Truncated` where `bytes` end within tag and length, `Invalid` where these say no length.
pub fn declared_len(bytes: &[u8]) -> Result<usize, ParseError> {
    der::declared_len("token", bytes)
}

pub(crate) const FRAME: u8 = 0x60; // [APPLICATION 0]

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    #[test]
    fn bytes_after_the_frame_are_not_of_the_token() {
        // zeek/zeek, krb5-sign-seal-01: a Kerberos wrap token, cut at 45 of 98 bytes.
        let bytes = hex(
            "606006092a864886f71201020202 0111001000ffff75b15340fbb34295ad58191d21416129eb7ee0027d0a5393",
        );
        let frame = initial_context_token(&bytes).unwrap();
        assert_eq!((frame.mech, frame.inner_at, frame.inner.len()), (Oid::KRB5, 13, 32));
        assert_eq!(frame.damaged.map(|error| error.kind), Some(ErrorKind::Truncated));
        assert_eq!(declared_len(&bytes), Ok(98));

        let bytes = hex("600b 06062b0601050502 a1a2a3 ffff");
        let frame = initial_context_token(&bytes).unwrap();
        assert_eq!((frame.inner.expose(), frame.damaged), (&[0xa1, 0xa2, 0xa3][..], None));
    }
}
