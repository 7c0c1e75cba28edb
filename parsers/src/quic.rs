//! QUIC (RFC 9000, RFC 9369): whether a datagram opens a connection, and what is where in the packet that does. Its protection is
//! taken off elsewhere: this crate knows no ciphers.

/// Whether a datagram starts with an Initial packet of a client (RFC 9000 17.2.2).
pub fn is_initial(datagram: &[u8]) -> bool {
    // Shorter datagrams are not allowed to bring one (RFC 9000 14.1), so that a capture that cuts packets shows none.
    if datagram.len() < MIN_INITIAL {
        return false;
    }
    let Some((&[first, v0, v1, v2, v3, connection_id_len], _)) = datagram.split_first_chunk() else {
        return false;
    };
    let kind = match [v0, v1, v2, v3] {
        VERSION_1 => 0x00,
        VERSION_2 => 0x10,
        _ => return false,
    };
    // Long header, fixed bit, type: the other bits are protected.
    first & 0xf0 == 0xc0 | kind && (MIN_CONNECTION_ID..=MAX_CONNECTION_ID).contains(&connection_id_len)
}

/// The versions of QUIC whose Initial packets are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// RFC 9000.
    V1,
    /// RFC 9369.
    V2,
}

/// An Initial packet (RFC 9000 17.2.2), still protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Initial<'a> {
    /// `Version`.
    pub version: Version,
    /// `Destination Connection ID`: of a client's first packet the keys are derived from it.
    pub destination: &'a [u8],
    /// The first byte, whose low half is protected.
    pub first: u8,
    /// `Packet Number` and `Packet Payload`, with the tag at its end.
    pub protected: &'a [u8],
}

/// The Initial packet at the start of a datagram for which [`is_initial`] holds.
pub fn initial(datagram: &[u8]) -> Option<Initial<'_>> {
    let (&[first, v0, v1, v2, v3], rest) = datagram.split_first_chunk()?;
    let version = match [v0, v1, v2, v3] {
        VERSION_1 => Version::V1,
        VERSION_2 => Version::V2,
        _ => return None,
    };
    let (destination, rest) = short_vector(rest)?;
    let (_source, rest) = short_vector(rest)?;
    let (_token, rest) = vector(rest)?;
    let (protected, _coalesced) = vector(rest)?;
    Some(Initial { version, destination, first, protected })
}

/// The start of what the CRYPTO frames of a payload carry (RFC 9000 19.6), up to the first hole. Frames may come in any order;
/// those that follow one which an Initial packet cannot have are not read.
pub fn crypto(frames: &[u8]) -> Vec<u8> {
    let (mut pieces, mut rest) = (Vec::new(), frames);
    while let Some((kind, after)) = rest.split_first() {
        rest = match *kind {
            PADDING | PING => after,
            ACK => match ack(after) {
                Some(after) => after,
                None => break,
            },
            CRYPTO => match variable(after).and_then(|(offset, after)| Some((offset, vector(after)?))) {
                Some((offset, (piece, after))) => {
                    pieces.push((offset, piece));
                    after
                }
                None => break,
            },
            _ => break,
        };
    }
    // What is sent twice is the same, and a datagram holds no more than itself.
    pieces.sort_by_key(|(offset, _)| *offset);
    let mut stream: Vec<u8> = Vec::new();
    for (offset, piece) in pieces {
        let Some(known) = stream.len().checked_sub(offset) else { break };
        stream.extend_from_slice(piece.get(known..).unwrap_or_default());
    }
    stream
}

/// What follows an ACK frame without counts of ECN (RFC 9000 19.3).
fn ack(frame: &[u8]) -> Option<&[u8]> {
    let (_largest, rest) = variable(frame)?;
    let (_delay, rest) = variable(rest)?;
    let (ranges, rest) = variable(rest)?;
    let (_first, mut rest) = variable(rest)?;
    for _ in 0..ranges {
        rest = variable(variable(rest)?.1)?.1;
    }
    Some(rest)
}

/// A variable-length integer (RFC 9000 16).
fn variable(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let len = 1_usize << (bytes.first()? >> 6);
    let (digits, rest) = bytes.split_at_checked(len)?;
    let number = digits.iter().fold(0_u64, |sum, digit| sum << 8 | u64::from(*digit));
    // The two bits of the length come first.
    let number = number & (u64::MAX >> 2 >> 64_usize.wrapping_sub(len.wrapping_mul(8)));
    Some((usize::try_from(number).ok()?, rest))
}

/// A vector whose length is a variable-length integer.
fn vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = variable(bytes)?;
    rest.split_at_checked(len)
}

/// A vector with one byte of length.
fn short_vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*len))
}

/// Frame types (RFC 9000 12.4).
const PADDING: u8 = 0x00;
const PING: u8 = 0x01;
const ACK: u8 = 0x02;
const CRYPTO: u8 = 0x06;
const MIN_INITIAL: usize = 1200;
const VERSION_1: [u8; 4] = [0, 0, 0, 1];
/// RFC 9369 3.1.
const VERSION_2: [u8; 4] = [0x6b, 0x33, 0x43, 0xcf];
/// RFC 9000 7.2: what a client makes up.
const MIN_CONNECTION_ID: u8 = 8;
const MAX_CONNECTION_ID: u8 = 20;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hex::hex;

    /// RFC 9001 A.2 and RFC 9369 A.2: the start of the protected packet, which has 1200 bytes.
    const SAMPLES: [&str; 2] = [
        "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11",
        "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485",
    ];

    #[test]
    fn the_examples_of_the_specifications_are_told() {
        for sample in SAMPLES {
            let mut datagram = hex(sample);
            assert!(!is_initial(&datagram));
            datagram.resize(MIN_INITIAL, 0xaa);
            assert!(is_initial(&datagram), "{sample}");
        }
    }

    #[test]
    fn a_handshake_packet_and_other_versions_are_not() {
        for other in
            ["e000000001088394c8f03e515708", "c0000000ff088394", "c000000001048394", "4000000001088394"]
        {
            let mut datagram = hex(other);
            datagram.resize(MIN_INITIAL, 0xaa);
            assert!(!is_initial(&datagram), "{other}");
        }
    }

    /// RFC 9001 A.2.
    const INITIAL: &[u8] = include_bytes!("../testdata/quic-initial.bin");

    #[test]
    fn the_parts_of_a_packet_are_found() {
        assert!(is_initial(INITIAL));
        let initial = initial(INITIAL).unwrap();
        assert_eq!((initial.version, initial.first), (Version::V1, 0xc0));
        assert_eq!(initial.destination, hex("8394c8f03e515708"));
        assert_eq!(initial.protected, INITIAL.get(18..).unwrap());
        assert!((0..INITIAL.len()).all(|cut| super::initial(INITIAL.get(..cut).unwrap()).is_none()));
    }

    /// RFC 9000 A.1.
    #[test]
    fn numbers_have_the_length_that_they_say() {
        for (bytes, number) in [
            ("c2197c5eff14e88c", 151_288_809_941_952_652),
            ("9d7f3e7d", 494_878_333),
            ("7bbd", 15_293),
            ("25", 37),
            ("4025", 37),
        ] {
            assert_eq!(variable(&hex(bytes)), Some((number, &[][..])), "{bytes}");
        }
    }

    #[test]
    fn frames_in_any_order_are_one_stream_up_to_its_first_hole() {
        // PADDING, CRYPTO 3..5, ACK of one range, CRYPTO 0..3, PING, the first again, CRYPTO 9..10 behind a hole.
        let frames = hex("0000 060302 6465 02 05 00 00 00 060003 616263 01 060302 6465 060901 6a");
        assert_eq!(crypto(&frames), b"abcde");
        // STREAM frames are for later packets.
        assert_eq!(crypto(&hex("08 060003 616263")), b"");
        assert_eq!(crypto(&hex("060103 616263")), b"");
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60), len in 0..1300_usize, at in 0..40_usize) {
            prop_assert!(crypto(&bytes).len() <= bytes.len());
            let mut noisy = INITIAL.to_vec();
            noisy.splice(at.., bytes.iter().copied());
            let _ = (initial(&noisy), initial(&bytes));
            let mut datagram = bytes;
            datagram.resize(len, 0);
            let _ = (is_initial(&datagram), initial(&datagram));
        }
    }
}
