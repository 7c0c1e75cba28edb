//! Base 64 (RFC 4648 4), as clients and servers write it.

pub(super) use base64::DecodeError;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// With or without its padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The bytes of a text.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, DecodeError> {
    LENIENT.decode(text)
}
