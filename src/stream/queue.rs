//! What arrived too early: pieces of one direction that wait for the bytes before them.

use std::collections::VecDeque;

use crate::model::Stamp;

/// A piece of a direction, copied out of its packet.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Offset of its first byte.
    pub(super) at: u64,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// Bytes after them that the snap length cut.
    pub(super) cut: u64,
    /// What the sender had acknowledged of the other direction when it sent this.
    pub(super) acknowledged: u64,
    /// The packet.
    pub(super) stamp: Stamp,
}

impl Piece {
    /// Offset after its last byte.
    pub(super) fn end(&self) -> u64 {
        self.at.saturating_add(len(&self.bytes)).saturating_add(self.cut)
    }
}

/// Pieces in order of offset that do not overlap: where two did, the byte that came first stays.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pieces: VecDeque<Piece>,
    bytes: usize,
}

impl Queue {
    /// How many pieces there are.
    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// How many bytes they hold.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The piece with the lowest offset.
    pub(super) fn first(&self) -> Option<&Piece> {
        self.pieces.front()
    }

    /// Takes the piece with the lowest offset.
    pub(super) fn pop(&mut self) -> Option<Piece> {
        let piece = self.pieces.pop_front()?;
        self.bytes = self.bytes.saturating_sub(piece.bytes.len());
        Some(piece)
    }

    /// Adds a piece where nothing is yet, and says how many of its bytes differ from those that are there.
    pub(super) fn insert(&mut self, mut piece: Piece) -> u64 {
        let mut different = 0_u64;
        let mut index = self.pieces.partition_point(|have| have.end() <= piece.at);
        while let Some(have) = self.pieces.get(index).filter(|have| have.at < piece.end()) {
            let (have_at, have_end) = (have.at, have.end());
            different = different.saturating_add(differences(have.at, &have.bytes, piece.at, &piece.bytes));
            let rest = piece.split_at(have_end);
            let before = piece.keep_until(have_at);
            if before {
                self.place(index, piece);
                index = index.saturating_add(1);
            }
            let Some(rest) = rest else { return different };
            piece = rest;
            index = index.saturating_add(1);
        }
        if piece.end() > piece.at {
            self.place(index, piece);
        }
        different
    }

    fn place(&mut self, index: usize, piece: Piece) {
        self.bytes = self.bytes.saturating_add(piece.bytes.len());
        self.pieces.insert(index, piece);
    }
}

impl Piece {
    /// The part from an offset on, where there is one.
    fn split_at(&self, at: u64) -> Option<Self> {
        if at >= self.end() {
            return None;
        }
        let skipped = at.saturating_sub(self.at);
        let bytes = self.bytes.get(index(skipped)..).unwrap_or_default().to_vec();
        let cut = self.end().saturating_sub(at).saturating_sub(len(&bytes));
        Some(Self { at: at.max(self.at), bytes, cut, ..*self })
    }

    /// Shortens the piece to what lies before an offset; false where nothing does.
    fn keep_until(&mut self, at: u64) -> bool {
        let kept = at.saturating_sub(self.at);
        let missing = kept.saturating_sub(len(&self.bytes));
        self.bytes.truncate(index(kept));
        self.cut = self.cut.min(missing);
        kept > 0
    }
}

/// How many of the bytes that two pieces have in common are not the same.
pub(super) fn differences(at: u64, bytes: &[u8], other_at: u64, other: &[u8]) -> u64 {
    let from = at.max(other_at);
    let mine = bytes.get(index(from.saturating_sub(at))..).unwrap_or_default();
    let theirs = other.get(index(from.saturating_sub(other_at))..).unwrap_or_default();
    len_of(mine.iter().zip(theirs).filter(|(a, b)| a != b).count())
}

fn len(bytes: &[u8]) -> u64 {
    len_of(bytes.len())
}

fn len_of(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "test code"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn piece(at: u64, bytes: &[u8]) -> Piece {
        Piece { at, bytes: bytes.to_vec(), cut: 0, acknowledged: 0, stamp: Stamp::default() }
    }

    #[test]
    fn the_first_byte_wins_and_the_difference_is_counted() {
        let mut queue = Queue::default();
        assert_eq!(queue.insert(piece(4, b"4567")), 0);
        assert_eq!(queue.insert(piece(2, b"23xx67__")), 2);
        let all: Vec<_> = queue.pieces.iter().map(|p| (p.at, p.bytes.as_slice())).collect();
        assert_eq!(all, [(2, b"23".as_slice()), (4, b"4567"), (8, b"__")]);
    }

    proptest! {
        /// The queue holds what a byte map would, whatever pieces come in whatever order.
        #[test]
        fn it_equals_a_byte_map(pieces in prop::collection::vec((0_u64..60, prop::collection::vec(any::<u8>(), 0..12), 0_u64..4), 0..30)) {
            let mut queue = Queue::default();
            let mut map = [None; 80];
            for (at, bytes, cut) in pieces {
                let covered = (at..).zip(bytes.iter().map(|b| Some(*b)).chain((0..cut).map(|_| None)));
                for (offset, byte) in covered {
                    let slot = &mut map[offset as usize];
                    if slot.is_none() {
                        *slot = Some(byte);
                    }
                }
                queue.insert(Piece { cut, ..piece(at, &bytes) });
            }
            let mut seen = [None; 80];
            let mut last = 0;
            while let Some(piece) = queue.pop() {
                prop_assert!(piece.at >= last);
                last = piece.end();
                for offset in piece.at..piece.end() {
                    seen[offset as usize] = Some(piece.bytes.get((offset - piece.at) as usize).copied());
                }
            }
            prop_assert_eq!(seen, map);
            prop_assert_eq!(queue.bytes(), 0);
        }
    }
}
