//! A part of a packet as it was on the wire, of which the snap length may have cut the end.

use crate::model::{Frame, Undecoded};

/// Captured bytes, and how many more were on the wire after them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Piece<'a> {
    bytes: &'a [u8],
    cut: usize,
}

impl<'a> Piece<'a> {
    /// All of a frame.
    pub(super) fn of(frame: &Frame<'a>) -> Self {
        let wire_len = usize::try_from(frame.wire_len).unwrap_or(usize::MAX);
        Self { bytes: frame.bytes, cut: wire_len.saturating_sub(frame.bytes.len()) }
    }

    /// Bytes of which nothing is missing.
    pub(super) fn whole(bytes: &'a [u8]) -> Self {
        Self { bytes, cut: 0 }
    }

    /// What was captured.
    pub(super) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Bytes on the wire after the captured ones.
    pub(super) fn cut(self) -> u32 {
        u32::try_from(self.cut).unwrap_or(u32::MAX)
    }

    /// Length on the wire.
    pub(super) fn wire_len(self) -> usize {
        self.bytes.len().saturating_add(self.cut)
    }

    /// At most `len` bytes of it: what follows is padding or belongs to an outer layer.
    pub(super) fn limited(self, len: usize) -> Self {
        if len < self.wire_len() { self.resized(len) } else { self }
    }

    /// The same start with another length on the wire.
    pub(super) fn resized(self, len: usize) -> Self {
        let bytes = self.bytes.get(..len).unwrap_or(self.bytes);
        Self { bytes, cut: len.saturating_sub(bytes.len()) }
    }

    /// A fixed header of `N` bytes and what follows it.
    pub(super) fn chunk<const N: usize>(self, layer: &'static str) -> Result<(&'a [u8; N], Self), Undecoded> {
        match self.bytes.split_first_chunk() {
            Some((header, bytes)) => Ok((header, Self { bytes, cut: self.cut })),
            None => Err(self.too_short(N, layer)),
        }
    }

    /// What follows `len` bytes. A header that is not needed may lie in the part that was cut.
    pub(super) fn skip(self, len: usize, layer: &'static str) -> Result<Self, Undecoded> {
        if let Some(bytes) = self.bytes.get(len..) {
            return Ok(Self { bytes, cut: self.cut });
        }
        match self.wire_len().checked_sub(len) {
            Some(cut) => Ok(Self { bytes: &[], cut }),
            None => Err(Undecoded::Malformed(layer)),
        }
    }

    /// Why a header of `len` bytes cannot be read: it was cut, or was never there.
    pub(super) fn too_short(self, len: usize, layer: &'static str) -> Undecoded {
        if len <= self.wire_len() { Undecoded::Truncated(layer) } else { Undecoded::Malformed(layer) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_beyond_the_capture_is_truncated_and_beyond_the_wire_malformed() {
        let piece = Piece { bytes: &[1, 2, 3], cut: 5 };
        assert_eq!(piece.chunk::<8>("x").err(), Some(Undecoded::Truncated("x")));
        assert_eq!(piece.chunk::<9>("x").err(), Some(Undecoded::Malformed("x")));
        assert_eq!(piece.skip(9, "x").err(), Some(Undecoded::Malformed("x")));
    }

    #[test]
    fn lengths_are_kept_through_every_change() {
        let piece = Piece { bytes: &[1, 2, 3], cut: 5 };
        let lengths = |piece: Piece<'_>| (piece.bytes().len(), piece.cut());
        assert_eq!(lengths(piece.skip(2, "x").unwrap()), (1, 5));
        assert_eq!(lengths(piece.skip(4, "x").unwrap()), (0, 4));
        assert_eq!(lengths(piece.limited(2)), (2, 0));
        assert_eq!(lengths(piece.limited(6)), (3, 3));
        assert_eq!(lengths(piece.limited(100)), (3, 5));
        assert_eq!(lengths(piece.resized(100)), (3, 97));
    }
}
