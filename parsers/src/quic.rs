//! QUIC (RFC 9000, RFC 9369): whether a datagram opens a connection. Its hello is encrypted and not read.

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

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..16), len in 0..1300_usize) {
            let mut datagram = bytes;
            datagram.resize(len, 0);
            let _ = is_initial(&datagram);
        }
    }
}
