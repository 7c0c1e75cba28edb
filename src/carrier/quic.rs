//! QUIC: what the first packet of a client says of the connection. Its protection keeps nothing secret: everyone can derive the
//! keys from what is in the packet (RFC 9001 5.2), and servers of a name do.

use aes::Aes128;
use aes::cipher::{BlockEncrypt as _, KeyInit as _};
use hkdf::Hkdf;
use ntlmscope_parsers::quic::{self as parser, Initial, Version};
use ntlmscope_parsers::tls;
use sha2::Sha256;

use super::Found;
use crate::model::{At, Cover, Event, Hidden, Side, What};

/// The port of HTTP/3 and of SMB over QUIC.
pub const QUIC_PORT: u16 = 443;

/// Whether a datagram to [`QUIC_PORT`] may open a connection.
pub fn opens_quic(datagram: &[u8]) -> bool {
    parser::is_initial(datagram)
}

/// Tells of a connection that a datagram opens.
pub fn quic(at: At, datagram: &[u8], found: &mut Found<'_>) {
    let message = parser::initial(datagram).and_then(|initial| open(&initial)).unwrap_or_default();
    let hello = tls::client_hello(&message);
    let cover = if hello.protocol == Some(SMB) { Cover::SmbQuic } else { Cover::Quic };
    let hidden = Hidden { server_name: hello.server_name, ..Hidden::by(Side::Client, cover) };
    found(Event { stamp: at.stamp, direction: at.direction, what: What::Hidden(hidden) });
}

/// What the CRYPTO frames of a client's first packet carry, as far as it is in this packet.
fn open(initial: &Initial<'_>) -> Option<Vec<u8>> {
    let keys = Keys::of(initial)?;
    // Header protection (RFC 9001 5.4): the sample is where the payload is if the number is as long as it can be.
    let sample = initial.protected.get(LONGEST_NUMBER..)?.first_chunk::<BLOCK>()?;
    let [mask, number_mask @ ..] = encrypt(&keys.header, *sample);
    let number_len = usize::from((initial.first ^ mask) & 0x03).saturating_add(1);
    let (number, payload) = initial.protected.split_at_checked(number_len)?;
    let frames = payload.get(..payload.len().checked_sub(TAG)?)?;
    let number =
        number.iter().zip(number_mask).fold(0_u64, |sum, (byte, mask)| sum << 8 | u64::from(byte ^ mask));
    let mut nonce = keys.iv;
    for (byte, digit) in nonce.iter_mut().rev().zip(number.to_le_bytes()) {
        *byte ^= digit;
    }
    Some(parser::crypto(&decrypt(&keys.payload, nonce, frames)))
}

/// AES in Galois/Counter Mode without its tag: bytes that were changed on the way make no hello.
fn decrypt(cipher: &Aes128, nonce: [u8; NONCE], bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    // The first counter belongs to the tag (NIST SP 800-38D 7.1).
    for (counter, block) in (2_u32..).zip(bytes.chunks(BLOCK)) {
        let mut input = [0; BLOCK];
        for (byte, from) in input.iter_mut().zip(nonce.iter().chain(&counter.to_be_bytes())) {
            *byte = *from;
        }
        plain.extend(encrypt(cipher, input).iter().zip(block).map(|(key, byte)| key ^ byte));
    }
    plain
}

fn encrypt(cipher: &Aes128, block: [u8; BLOCK]) -> [u8; BLOCK] {
    let mut block = block.into();
    cipher.encrypt_block(&mut block);
    block.into()
}

/// The keys of a client's Initial packets (RFC 9001 5.1 and 5.2, RFC 9369 3.3).
struct Keys {
    payload: Aes128,
    iv: [u8; NONCE],
    header: Aes128,
}

impl Keys {
    fn of(initial: &Initial<'_>) -> Option<Self> {
        let (salt, [key, iv, header]) = match initial.version {
            Version::V1 => (&SALT_1, ["quic key", "quic iv", "quic hp"]),
            Version::V2 => (&SALT_2, ["quicv2 key", "quicv2 iv", "quicv2 hp"]),
        };
        let common = Hkdf::<Sha256>::new(Some(salt), initial.destination);
        let client = Hkdf::from_prk(&expand::<32>(&common, "client in")?).ok()?;
        Some(Self {
            payload: Aes128::new(&expand(&client, key)?.into()),
            iv: expand(&client, iv)?,
            header: Aes128::new(&expand::<BLOCK>(&client, header)?.into()),
        })
    }
}

/// `HKDF-Expand-Label` without a context (RFC 8446 7.1).
fn expand<const N: usize>(secret: &Hkdf<Sha256>, label: &str) -> Option<[u8; N]> {
    let len = u16::try_from(N).ok()?.to_be_bytes();
    let label_len = u8::try_from(label.len()).ok()?.checked_add(TLS_13_LEN)?;
    let mut key = [0; N];
    let info: [&[u8]; 5] = [&len, &[label_len], TLS_13, label.as_bytes(), &[0]];
    secret.expand_multi_info(&info, &mut key).ok()?;
    Some(key)
}

/// What [MS-SMB2] 2.1 names its protocol.
const SMB: &[u8] = b"smb";
const TLS_13: &[u8] = b"tls13 ";
const TLS_13_LEN: u8 = 6;
const BLOCK: usize = 16;
const TAG: usize = 16;
const NONCE: usize = 12;
const LONGEST_NUMBER: usize = 4;
/// RFC 9001 5.2.
const SALT_1: [u8; 20] = [
    0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc,
    0xbb, 0x7f, 0x0a,
];
/// RFC 9369 3.3.1.
const SALT_2: [u8; 20] = [
    0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9,
    0xbd, 0x2e, 0xd9,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Direction, Stamp};
    use proptest::prelude::*;

    /// RFC 9001 A.2.
    const INITIAL: &[u8] = include_bytes!("../../parsers/testdata/quic-initial.bin");

    /// What hides the connection, and its name.
    fn told(datagram: &[u8]) -> String {
        let at = At { direction: Direction::Up, stamp: Stamp::default() };
        let mut told = String::new();
        quic(at, datagram, &mut |event| {
            let What::Hidden(hidden) = event.what else { panic!("{event:?}") };
            told = format!("{:?} {}", hidden.cover.unwrap(), hidden.server_name.unwrap_or("-"));
        });
        told
    }

    #[test]
    fn the_example_of_the_specification_is_opened() {
        let message = open(&parser::initial(INITIAL).unwrap()).unwrap();
        assert_eq!(message.len(), 241);
        let hello = tls::client_hello(&message);
        assert_eq!((hello.server_name, hello.protocol), (Some("example.com"), Some(&b"alpn"[..])));
        assert_eq!(told(INITIAL), "Quic example.com");
    }

    proptest! {
        /// Any packet is told of, and no other name is read into one that was changed.
        #[test]
        fn nothing_panics(at in 7..INITIAL.len(), byte: u8, end in 0..=INITIAL.len()) {
            let mut noisy = INITIAL.to_vec();
            noisy[at] = byte;
            let told = told(&noisy[..end]);
            prop_assert!(told.starts_with("Quic "), "{told}");
        }
    }
}
