//! The buffer that an input is read through.

use std::io::{self, Read};
use std::mem;

use super::compressed::Compression;
use super::fault::Fault;

/// Where the bytes of an input come from.
pub(super) type Reader = Box<dyn Read + Send>;

/// Longest record that is read. Tools capture at most 256 KiB of a packet; 16 MiB leaves room for offloaded and USB traffic.
pub(super) const MAX_RECORD: usize = 16 * 1024 * 1024;

/// Size of the blocks in which captures are read: a few of them fit in a processor's second cache, and the calls into the
/// kernel cost nothing any more.
pub(super) const BLOCK: usize = 256 * 1024;

/// A block of an input. Records are slices of it, nothing is copied but the start of a record that the block's end cuts.
pub(super) struct Block {
    reader: Reader,
    size: usize,
    limit: u64,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    /// Offset of `bytes` in the input.
    base: u64,
    /// The compressed data ended early.
    is_cut: bool,
}

impl Block {
    /// An empty block that reads `size` bytes at a time, and no more than `limit` of an input.
    pub(super) fn new(size: usize, limit: u64) -> Self {
        let reader = Box::new(io::empty());
        Self { reader, size, limit, bytes: vec![0; size], start: 0, end: 0, base: 0, is_cut: false }
    }

    /// Starts with another input.
    pub(super) fn restart(&mut self, reader: Reader) {
        self.reader = Box::new(reader.take(self.limit));
        (self.start, self.end, self.base, self.is_cut) = (0, 0, 0, false);
    }

    /// Decompresses the input from here on, and starts over with what that gives.
    pub(super) fn decompress(&mut self, format: Compression) -> Result<(), Fault> {
        let head = io::Cursor::new(self.unread().to_vec());
        let rest = mem::replace(&mut self.reader, Box::new(io::empty()));
        let content =
            format.decoder(Box::new(head.chain(rest))).map_err(|error| Fault::Read { at: 0, error })?;
        self.restart(content);
        Ok(())
    }

    /// Whether the next `len` bytes are there, after reading more if need be. False means that the input ends before.
    ///
    /// # Errors
    /// [`Fault::Read`], and [`Fault::TooLong`] where `len` is more than [`MAX_RECORD`].
    #[inline]
    pub(super) fn has(&mut self, len: usize) -> Result<bool, Fault> {
        if self.unread().len() >= len { Ok(true) } else { self.fill(len) }
    }

    /// The bytes that were read and not taken yet.
    #[inline]
    pub(super) fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Takes bytes that [`Block::has`] has shown to be there, and says where they are until the next call of that.
    #[inline]
    pub(super) fn take(&mut self, len: usize) -> usize {
        let at = self.start;
        self.start = at.saturating_add(len).min(self.end);
        at
    }

    /// Bytes that were taken.
    #[inline]
    pub(super) fn taken(&self, at: usize, len: usize) -> &[u8] {
        self.bytes.get(at..at.saturating_add(len)).unwrap_or_default()
    }

    /// Takes `len` bytes that nobody reads, whatever their number; false where the input ends before.
    ///
    /// # Errors
    /// [`Fault::Read`].
    pub(super) fn skip(&mut self, len: u64) -> Result<bool, Fault> {
        let mut left = len;
        loop {
            let here = self.unread().len();
            match usize::try_from(left) {
                Ok(left) if left <= here => {
                    self.take(left);
                    return Ok(true);
                }
                _ => left = left.saturating_sub(u64::try_from(here).unwrap_or(u64::MAX)),
            }
            self.take(here);
            if !self.has(1)? {
                return Ok(false);
            }
        }
    }

    /// Offset of the next byte in the input.
    pub(super) fn offset(&self) -> u64 {
        self.base.saturating_add(u64::try_from(self.start).unwrap_or(u64::MAX))
    }

    /// How an input ends that has no further record: well, or inside one.
    #[cold]
    pub(super) fn finish(&self) -> Result<(), Fault> {
        if self.unread().is_empty() && !self.is_cut {
            Ok(())
        } else {
            Err(Fault::Truncated { at: self.offset() })
        }
    }

    #[cold]
    fn fill(&mut self, len: usize) -> Result<bool, Fault> {
        if len > MAX_RECORD {
            let len = u64::try_from(len).unwrap_or(u64::MAX);
            return Err(Fault::TooLong { at: self.offset(), len, max: MAX_RECORD });
        }
        self.base = self.offset();
        self.bytes.copy_within(self.start..self.end, 0);
        self.end = self.end.saturating_sub(self.start);
        self.start = 0;
        let room = len.max(self.size);
        if self.bytes.len() < room {
            self.bytes.resize(room, 0);
        }
        while self.end < len {
            let free = self.bytes.get_mut(self.end..room).unwrap_or_default();
            match self.reader.read(free) {
                Ok(0) => return Ok(false),
                Ok(read) => self.end = self.end.saturating_add(read).min(room),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What is before the cut is whole, and a decoder says so where a plain file just ends.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    self.is_cut = true;
                    return Ok(false);
                }
                Err(error) => {
                    let at = self.base.saturating_add(u64::try_from(self.end).unwrap_or(u64::MAX));
                    return Err(Fault::Read { at, error });
                }
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_longer_than_the_block_grows_it_up_to_the_cap() {
        let mut block = Block::new(16, u64::MAX);
        block.restart(Box::new(io::repeat(7)));
        assert!(block.has(100).unwrap());
        let at = block.take(100);
        assert_eq!(block.taken(at, 100), [7; 100]);
        assert!(matches!(block.has(MAX_RECORD + 1), Err(Fault::TooLong { at: 100, .. })));
    }

    #[test]
    fn skipping_needs_no_room() {
        let mut block = Block::new(16, 1000);
        block.restart(Box::new(io::repeat(7)));
        assert!(block.skip(990).unwrap());
        assert_eq!((block.offset(), block.bytes.len()), (990, 16));
        assert!(!block.skip(u64::MAX).unwrap());
        assert_eq!(block.offset(), 1000);
    }
}
