//! Bytes in, borrowed messages out: NTLMSSP, SPNEGO, Kerberos, and the framing and headers of the protocols that carry them.
//! No I/O, no clock, no state, no log.

pub mod error;

pub use error::{ErrorKind, ParseError};
