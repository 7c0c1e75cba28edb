//! Makes captures of authentications among other traffic, and writes down what is in them.
//!
//! The same seed makes the same bytes. Messages are complete and correct, checksums included, and are written by encoders of
//! their own: what the program reads in them is compared with what was meant, not with what its own parsers would say. Memory
//! does not grow with the size of the capture.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "reads no input: every number here was made here"
)]

mod capture;
mod connection;
mod der;
mod dialogue;
mod dns;
mod http;
mod kerberos;
mod logon;
mod mix;
mod ntlmssp;
mod octets;
mod packet;
mod random;
mod smb2;
mod spnego;
mod stage;
mod tls;
mod traffic;

pub use mix::Mix;
pub use traffic::{Plan, Summary, generate};
