//! Compressed captures, known by their first bytes and not by their name.

use std::io::{self, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use lz4_flex::frame::FrameDecoder;

use super::block::{BLOCK, Reader};

/// Largest window of a zstd frame (its logarithm): 128 MiB, as the zstd tool itself allows without being asked for more.
const MAX_WINDOW_LOG: u32 = 27;

/// A format of compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    /// gzip (RFC 1952).
    Gzip,
    /// zstd (RFC 8878).
    Zstd,
    /// LZ4 frame format (1.6).
    Lz4,
}

impl Compression {
    /// The format that starts with these bytes.
    pub(super) fn of(magic: [u8; 4]) -> Option<Self> {
        match magic {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd] => Some(Self::Zstd),
            // A skippable frame, with which pzstd starts its files. It is one in lz4 too, where no tool puts it first.
            [kind, 0x2a, 0x4d, 0x18] if kind & 0xf0 == 0x50 => Some(Self::Zstd),
            [0x04, 0x22, 0x4d, 0x18] => Some(Self::Lz4),
            _ => None,
        }
    }

    /// Decompresses all members or frames of a reader.
    ///
    /// # Errors
    /// Those of making a zstd context.
    pub(super) fn decoder(self, reader: Reader) -> io::Result<Reader> {
        let reader = BufReader::with_capacity(BLOCK, reader);
        Ok(match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(reader)),
            Self::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(reader)?;
                decoder.window_log_max(MAX_WINDOW_LOG)?;
                Box::new(decoder)
            }
            Self::Lz4 => {
                let input = Watched { reader, read: 0, has_ended: false };
                Box::new(Lz4 { frame: Some(FrameDecoder::new(input)), border: 0 })
            }
        })
    }
}

/// LZ4 frames one after the other. The decoder of one frame says "end" both after the end mark and where the input ends
/// before it; what was read of the input tells the two apart.
struct Lz4 {
    frame: Option<FrameDecoder<Watched>>,
    /// Bytes of the input up to the end of the last whole frame.
    border: u64,
}

impl Read for Lz4 {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(frame) = &mut self.frame {
            let read = frame.read(into)?;
            let input = frame.get_ref();
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            if input.has_ended {
                return if input.read == self.border {
                    Ok(0)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
            self.border = input.read;
            self.frame = self.frame.take().map(|frame| FrameDecoder::new(frame.into_inner()));
        }
        Ok(0)
    }
}

/// A reader that knows how far it has come.
struct Watched {
    reader: BufReader<Reader>,
    read: u64,
    has_ended: bool,
}

impl Read for Watched {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(into)?;
        self.has_ended = read == 0 && !into.is_empty();
        self.read = self.read.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}
