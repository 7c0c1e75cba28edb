//! Bytes in, borrowed messages out: NTLMSSP, SPNEGO, Kerberos, and the framing and headers of the protocols that carry them.
//! No I/O, no clock, no state, no log.

pub mod chap;
pub mod credssp;
pub mod dcerpc;
mod der;
pub mod dns;
pub mod eap;
pub mod error;
mod fixed;
pub mod frame;
pub mod gss;
pub mod gss_stream;
#[cfg(test)]
mod hex;
pub mod hresult;
pub mod http;
pub mod iakerb;
pub mod kdc_frame;
pub mod kkdcp;
pub mod krb5;
pub mod ldap;
pub mod mschap;
pub mod name_answer;
mod names;
pub mod nbss;
pub mod negoex;
pub mod nns;
pub mod ntlmssp;
pub mod ntstatus;
pub mod oid;
pub mod quic;
pub mod radius;
pub mod rdp;
pub mod sasl_line;
pub mod secret;
pub mod signature;
pub mod sip;
pub mod smb;
pub mod smb1;
pub mod smb2;
pub mod socks;
pub mod spnego;
pub mod tds;
pub mod telnet;
pub mod text;
pub mod tls;
pub mod token;

pub use error::{ErrorKind, ParseError};
pub use oid::Oid;
pub use secret::Secret;
pub use text::Text;
