//! GSS-TSIG (RFC 3645): the negotiation with which a client gets to update its names in the DNS.

use ntlmscope_parsers::dns::{self, KeyExchange, Tkey};
use ntlmscope_parsers::frame::{Framed, Recognised};

use super::{Conversation, Found, Report, took};
use crate::model::{At, Carrier, Channel, Code, Ending, Next, Part, Side, Verdict, Ways};

const CHANNEL: Channel = Channel(0);

/// One TCP connection to a name server.
#[derive(Debug, Default)]
pub struct Dns {
    lost: Ways<bool>,
}

impl Dns {
    pub(super) fn conversation() -> Conversation {
        Conversation::Dns(Self::default())
    }

    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> Next {
        let lost = self.lost.of(at.direction);
        if *lost {
            match dns::recognise_tcp(bytes) {
                Recognised::Yes => *lost = false,
                Recognised::No => return took(bytes.len()),
                Recognised::Need(count) => return Next::Need(count),
            }
        }
        match dns::tcp(bytes) {
            Framed::Need(count) => Next::Need(count),
            Framed::Skip(count) => took(count),
            Framed::Record { body, consumed } => {
                message(at, body, found);
                took(consumed)
            }
            Framed::Lost => {
                *lost = true;
                took(bytes.len())
            }
        }
    }

    pub(super) fn gap(&mut self, at: At) {
        *self.lost.of(at.direction) = true;
    }
}

/// Takes a message whose question is for TKEY.
pub(super) fn message(at: At, message: &[u8], found: &mut Found<'_>) {
    let mut report = Report { at, carrier: Carrier::Dns, found };
    let Ok(exchange) = dns::key_exchange(message) else { return report.malformed() };
    let from = if exchange.is_response { Side::Server } else { Side::Client };
    let tkey = exchange.tkey.filter(|tkey| tkey.mode == Tkey::GSS_API);
    if let Some(tkey) = tkey.filter(|tkey| !tkey.key.is_empty()) {
        report.part(CHANNEL, from, Part::Token(tkey.key.expose()));
    }
    if exchange.is_response
        && let Some(verdict) = verdict(&exchange)
    {
        report.part(CHANNEL, Side::Server, Part::Verdict(verdict));
    }
}

/// What a response says of the logon; nothing where another message must follow.
fn verdict(exchange: &KeyExchange<'_>) -> Option<Verdict> {
    let error = exchange.tkey.map_or(0, |tkey| tkey.error);
    let code = if error == 0 { exchange.rcode } else { error };
    let result = match code {
        0 if exchange.is_signed => Ending::Success,
        0 => return None,
        _ => Ending::Failure,
    };
    let code = if code == 0 { Some("NOERROR") } else { dns::error_name(code) }
        .map_or(Code::Number(code), Code::Named);
    Some(Verdict { result, code, substatus: None, signal: "dns-tkey" })
}
