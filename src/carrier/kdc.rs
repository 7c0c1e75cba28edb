//! Kerberos to a KDC (RFC 4120, 7.2) and changes of passwords (RFC 3244): messages are handed on whole.

use ntlmscope_parsers::frame::{Framed, Recognised};
use ntlmscope_parsers::kdc_frame;

use super::{Conversation, Found, Report, took};
use crate::model::{At, Carrier, KdcTransport, Next, Ways, What};

/// One TCP connection to a KDC.
#[derive(Debug, Default)]
pub struct Kdc {
    lost: Ways<bool>,
}

impl Kdc {
    pub(super) fn conversation() -> Conversation {
        Conversation::Kdc(Self::default())
    }

    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> Next {
        let lost = self.lost.of(at.direction);
        if *lost {
            match kdc_frame::recognise_tcp(bytes) {
                Recognised::Yes => *lost = false,
                Recognised::No => return took(bytes.len()),
                Recognised::Need(count) => return Next::Need(count),
            }
        }
        match kdc_frame::tcp(bytes) {
            Framed::Need(count) => Next::Need(count),
            Framed::Skip(count) => took(count),
            Framed::Record { body, consumed } => {
                message(at, KdcTransport::Tcp, body, found);
                took(consumed)
            }
            Framed::Lost => {
                *lost = true;
                Report { at, carrier: Carrier::Kdc, found }.malformed();
                took(bytes.len())
            }
        }
    }

    pub(super) fn gap(&mut self, at: At, found: &mut Found<'_>) {
        *self.lost.of(at.direction) = true;
        Report { at, carrier: Carrier::Kdc, found }.event(What::KdcGap);
    }
}

/// True where a datagram is to or from a KDC.
pub(super) fn is_datagram(bytes: &[u8]) -> bool {
    kdc_frame::is_datagram(bytes) || kdc_frame::is_password(bytes)
}

/// Takes a datagram.
pub(super) fn datagram(at: At, bytes: &[u8], found: &mut Found<'_>) {
    message(at, KdcTransport::Udp, bytes, found);
}

/// Takes what a KDC proxy carries.
pub(super) fn proxied(at: At, bytes: &[u8], found: &mut Found<'_>) {
    message(at, KdcTransport::Kkdcp, bytes, found);
}

fn message(at: At, transport: KdcTransport, message: &[u8], found: &mut Found<'_>) {
    let kpasswd = kdc_frame::is_password(message);
    Report { at, carrier: Carrier::Kdc, found }.event(What::Kdc { transport, kpasswd, message });
}
