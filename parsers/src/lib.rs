//! Bytes in, borrowed messages out: NTLMSSP, SPNEGO, Kerberos, and the framing and headers of the protocols that carry them.
//! No I/O, no clock, no state, no log.

pub mod chap;
mod der;
pub mod eap;
pub mod error;
mod fixed;
pub mod frame;
pub mod gss;
#[cfg(test)]
mod hex;
pub mod http;
pub mod iakerb;
pub mod kdc_frame;
pub mod krb5;
pub mod mschap;
mod names;
pub mod nbss;
pub mod negoex;
pub mod ntlmssp;
pub mod ntstatus;
pub mod oid;
pub mod radius;
pub mod secret;
pub mod smb;
pub mod smb1;
pub mod smb2;
pub mod spnego;
pub mod text;
pub mod token;

pub use error::{ErrorKind, ParseError};
pub use oid::Oid;
pub use secret::Secret;
pub use text::Text;
