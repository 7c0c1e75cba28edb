//! Byte order of a capture file.

/// Byte order of the machine that wrote a capture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl ByteOrder {
    /// Finds the order in which the first four bytes are this number.
    pub(super) fn of(bytes: &[u8], number: u32) -> Option<Self> {
        let first = bytes.first_chunk()?;
        [Self::Little, Self::Big].into_iter().find(|order| order.u32(*first) == number)
    }

    /// A 16-bit number.
    pub(super) fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    /// A 32-bit number.
    pub(super) fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    /// A 64-bit number.
    pub(super) fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }

    /// The first `N` 32-bit numbers.
    pub(super) fn words<const N: usize>(self, bytes: &[u8]) -> Option<[u32; N]> {
        let words = bytes.as_chunks().0.first_chunk::<N>()?;
        Some(words.map(|word| self.u32(word)))
    }
}
