//! Bytes in, borrowed messages out: NTLMSSP, SPNEGO, Kerberos, and the framing and headers of the protocols that carry them.
//! No I/O, no clock, no state, no log.

pub mod error;
pub mod frame;
pub mod hidden;
pub mod http;
pub mod kdc_frame;
pub mod nbss;
pub mod ntstatus;
pub mod smb;
pub mod smb1;
pub mod smb2;

pub use error::{ErrorKind, ParseError};
