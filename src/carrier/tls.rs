//! TLS: one look at the first message, and nothing of the connection is read after it.

use ntlmscope_parsers::frame::{Framed, Recognised};
use ntlmscope_parsers::tls::{self, Hello};

use super::{After, Conversation, Found};
use crate::model::{At, Cover, Event, Hidden, Next, Side, What};

/// One connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tls {
    /// What is in it, where the connection has said so before.
    cover: Option<Cover>,
}

impl Tls {
    pub(super) fn conversation() -> Conversation {
        Conversation::Tls(Self::default())
    }

    /// TLS that was agreed on before it began.
    pub(super) fn over(cover: Cover) -> Self {
        Self { cover: Some(cover) }
    }

    /// Takes the first bytes of the connection.
    pub(super) fn read(self, at: At, bytes: &[u8], found: &mut Found<'_>) -> (Next, After) {
        match tls::recognise(bytes) {
            Recognised::Yes => {}
            Recognised::Need(count) => return (Next::Need(count), After::Same),
            // It was agreed on, and did not come about.
            Recognised::No => return (Next::Close, After::Nothing),
        }
        if let (Framed::Need(count), Hello::Client(_)) = (tls::record(bytes), tls::hello(bytes)) {
            return (Next::Need(count), After::Same);
        }
        self.tell(at, bytes, found);
        (Next::Close, After::Nothing)
    }

    /// The rest of the first record is missing: what there is of it must do.
    pub(super) fn gap(self, at: At, torn: &[u8], found: &mut Found<'_>) {
        self.tell(at, torn, found);
    }

    fn tell(self, at: At, record: &[u8], found: &mut Found<'_>) {
        let hidden = match tls::hello(record) {
            Hello::Server => Hidden { cover: self.cover, ..Hidden::from(Side::Server) },
            Hello::Client(hello) => Hidden {
                cover: self.cover.or(hello.protocol.and_then(spoken)),
                server_name: hello.server_name,
                ..Hidden::from(Side::Client)
            },
        };
        found(Event { stamp: at.stamp, direction: at.direction, what: What::Hidden(hidden) });
    }
}

/// What is in TLS, by the name of the protocol (the registry of RFC 7301).
fn spoken(protocol: &[u8]) -> Option<Cover> {
    match protocol {
        b"h2" | b"http/1.1" | b"http/1.0" => Some(Cover::Https),
        b"imap" => Some(Cover::Imaps),
        b"pop3" => Some(Cover::Pop3s),
        b"nntp" | b"nnsp" => Some(Cover::Nntps),
        b"smb" => Some(Cover::SmbTls),
        b"tds/8.0" => Some(Cover::TdsTls),
        _ => None,
    }
}

/// What is in TLS, by the port of the server: for where nothing else tells.
pub fn cover_of(port: u16) -> Cover {
    match port {
        443 | 5986 | 8443 | 8531 => Cover::Https,
        636 | 3269 => Cover::Ldaps,
        3389 => Cover::RdpTls,
        445 => Cover::SmbTls,
        993 => Cover::Imaps,
        995 => Cover::Pop3s,
        465 | 587 => Cover::Smtps,
        563 => Cover::Nntps,
        5061 => Cover::Sips,
        1433 => Cover::TdsTls,
        _ => Cover::Tls,
    }
}
