//! The NetBIOS session service (RFC 1002 4.3) and Direct TCP ([MS-SMB2] 2.1): four bytes before every SMB message.

/// Type of a session packet (RFC 1002 4.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind(pub u8);

impl Kind {
    /// A message follows; the only kind on port 445.
    pub const MESSAGE: Self = Self(0x00);
    /// The client names both ends.
    pub const REQUEST: Self = Self(0x81);
    /// The server accepts the session.
    pub const POSITIVE_RESPONSE: Self = Self(0x82);
    /// The server refuses the session.
    pub const NEGATIVE_RESPONSE: Self = Self(0x83);
    /// The server points to another address.
    pub const RETARGET_RESPONSE: Self = Self(0x84);
    /// Nothing, to keep the connection.
    pub const KEEP_ALIVE: Self = Self(0x85);
}

/// The four bytes before a session packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What follows.
    pub kind: Kind,
    /// How many bytes follow. 24 bits, as Direct TCP has it: RFC 1002 has 17 and demands zero for the others.
    pub len: u32,
}

/// The header at the start of the bytes, or `None` when there are fewer than [`HEADER_LEN`].
pub fn header(bytes: &[u8]) -> Option<Header> {
    let [kind, a, b, c] = *bytes.first_chunk::<HEADER_LEN>()?;
    Some(Header { kind: Kind(kind), len: u32::from_be_bytes([0, a, b, c]) })
}

impl Header {
    /// Whether a packet that is not a message can have this length.
    pub fn is_control(self) -> bool {
        match self.kind {
            Kind::REQUEST => (MIN_REQUEST..=MAX_REQUEST).contains(&self.len),
            Kind::POSITIVE_RESPONSE | Kind::KEEP_ALIVE => self.len == 0,
            Kind::NEGATIVE_RESPONSE => self.len == 1,
            Kind::RETARGET_RESPONSE => self.len == 6,
            _ => false,
        }
    }
}

/// A NetBIOS name: 15 characters padded with spaces (or zero bytes), and a suffix that tells the service.
pub type Name = [u8; 16];

/// The called and the calling name of a session request (RFC 1002 4.3.2), or `None` when they are not both plain
/// first-level encoded names.
pub fn session_request(body: &[u8]) -> Option<(Name, Name)> {
    let (called, rest) = name(body)?;
    let (calling, _rest) = name(rest)?;
    Some((called, calling))
}

/// One first-level encoded name (RFC 1001 14.1) and what follows its scope.
fn name(bytes: &[u8]) -> Option<(Name, &[u8])> {
    let (&len, rest) = bytes.split_first()?;
    let (encoded, mut rest) = rest.split_first_chunk::<32>()?;
    if len != 32 {
        return None;
    }
    let mut name = [0; 16];
    for (byte, &[high, low]) in name.iter_mut().zip(encoded.as_chunks::<2>().0) {
        *byte = nibble(high)? << 4 | nibble(low)?;
    }
    loop {
        let (&label, after) = rest.split_first()?;
        if label == 0 {
            return Some((name, after));
        }
        rest = after.get(usize::from(label)..)?;
    }
}

fn nibble(letter: u8) -> Option<u8> {
    letter.checked_sub(b'A').filter(|nibble| *nibble < 16)
}

/// Length of the header.
pub const HEADER_LEN: usize = 4;
/// Two names without scope.
const MIN_REQUEST: u32 = 68;
/// Two names with the longest scope: RFC 1002 4.1 allows 255 bytes each.
const MAX_REQUEST: u32 = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_request_names_both_ends() {
        // The example of RFC 1001 14.1: the name FRED.
        let fred = b" EGFCEFEECACACACACACACACACACACACA\0";
        let body = [&fred[..], &fred[..]].concat();
        assert_eq!(body.len(), 68);
        let (called, calling) = session_request(&body).unwrap();
        assert_eq!((&called, &calling), (b"FRED            ", b"FRED            "));
        for cut in 0..body.len() {
            assert_eq!(session_request(&body[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn control_packets_have_the_lengths_of_the_rfc() {
        let of = |bytes: [u8; 4]| header(&bytes).unwrap().is_control();
        assert!(of([0x81, 0, 0, 68]) && of([0x82, 0, 0, 0]) && of([0x83, 0, 0, 1]) && of([0x85, 0, 0, 0]));
        assert!(!of([0x81, 0, 0, 1]) && !of([0x82, 0, 0, 9]) && !of([0x00, 0, 0, 0]) && !of([0x16, 3, 1, 0]));
    }
}
