//! Remote Desktop ([MS-RDPBCGR]): what client and server say before TLS hides the rest.

use ntlmscope_parsers::credssp;
use ntlmscope_parsers::frame::{Framed, Recognised};
use ntlmscope_parsers::rdp::{self, Connection, Protocol};
use ntlmscope_parsers::tls as tls_parser;

use super::tls::Tls;
use super::{After, Conversation, Found, took};
use crate::model::{At, Cover, Next};

pub(super) fn conversation() -> Conversation {
    Conversation::Rdp
}

/// Takes bytes in order.
pub(super) fn read(at: At, bytes: &[u8], found: &mut Found<'_>) -> (Next, After) {
    match rdp::packet(bytes) {
        Framed::Need(count) => (Next::Need(count), After::Same),
        Framed::Record { body, consumed } => match rdp::connection(body) {
            // Without TLS there is no token. After a failure the client goes away and comes back.
            Ok(Connection::Confirm(Protocol::RDP) | Connection::Failure) => (Next::Close, After::Nothing),
            _ => (took(consumed), After::Same),
        },
        Framed::Skip(_) | Framed::Lost => match tls_parser::recognise(bytes) {
            Recognised::Yes => Tls::over(Cover::RdpTls).read(at, bytes, found),
            Recognised::Need(count) => (Next::Need(count), After::Same),
            Recognised::No => match credssp::recognise(bytes) {
                // The same, and TLS was taken off before the capture: what recognises it whole takes over.
                Recognised::Need(count) => (Next::Need(count), After::Same),
                _ => (Next::Close, After::Nothing),
            },
        },
    }
}

/// Bytes are missing. `torn` may be the start of the hello.
pub(super) fn gap(at: At, torn: &[u8], found: &mut Found<'_>) {
    if tls_parser::recognise(torn) == Recognised::Yes {
        Tls::over(Cover::RdpTls).gap(at, torn, found);
    }
}
