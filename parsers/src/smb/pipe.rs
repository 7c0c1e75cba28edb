//! What both versions of SMB say of named pipes ([MS-CIFS] 2.2.4, [MS-SMB2] 2.2.13 to 2.2.32): DCE/RPC goes through them.

use crate::Text;
use crate::smb::Buffer;

/// A message that opens a pipe, or moves bytes through it. That it is a pipe and no file follows from the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipeMessage<'a> {
    /// The client opens a pipe of this name.
    Open(Text<'a>),
    /// The server has opened it.
    Opened {
        /// `FileId` or `FID`: names it from now on.
        file: u128,
    },
    /// The client writes.
    Written {
        /// To which pipe.
        file: u128,
        /// Bytes.
        bytes: Buffer<'a>,
        /// Whether the answer brings bytes that the server writes (a transaction).
        is_asked: bool,
    },
    /// The client asks for bytes that the server writes.
    Asked {
        /// From which pipe.
        file: u128,
    },
    /// The server's bytes, to the pipe that the request named.
    Read {
        /// Bytes.
        bytes: Buffer<'a>,
    },
}
