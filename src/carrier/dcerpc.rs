//! DCE/RPC (C706 chapter 12, [MS-RPCE]): the tokens of bind, `alter_context` and AUTH3, and what the first call under a security
//! context says of the logon. Over TCP here; SMB and HTTP hand on what goes through them.

mod association;
mod piped;
#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test code")]
mod tests;

use ntlmscope_parsers::dcerpc::{self as parser, Front, Pdu};
use ntlmscope_parsers::frame::Found as Place;

pub(super) use association::Association;
pub(super) use piped::Piped;

use super::channels::Channels;
use super::{Conversation, Found, Report, took};
use crate::model::{At, Carrier, Next, Ways};

/// One TCP connection.
#[derive(Debug, Default)]
pub struct Dcerpc {
    /// The bytes of a direction may start anywhere in a PDU.
    lost: Ways<bool>,
    association: Association,
    channels: Channels,
}

impl Dcerpc {
    pub(super) fn conversation() -> Conversation {
        Conversation::Dcerpc(Box::default())
    }

    /// Inside a connection whose own logons have channels up to this one.
    pub(super) fn after_channel(last: u32) -> Self {
        Self { channels: Channels::after(last), ..Self::default() }
    }

    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> Next {
        let calls = self.association.calls();
        let lost = self.lost.of(at.direction);
        if *lost {
            match parser::find(bytes) {
                Place::At(0) => *lost = false,
                Place::NotBefore(0) => return Next::Need(parser::HEADER_LEN),
                Place::At(skip) | Place::NotBefore(skip) => return took(skip),
            }
        }
        match parser::front(bytes, calls) {
            Front::Need(count) => Next::Need(count),
            Front::Pdu { pdu, consumed } => {
                self.pdu(at, &pdu, found);
                took(consumed)
            }
            Front::Lost => {
                *lost = true;
                Report { at, carrier: Carrier::Dcerpc, found }.malformed();
                Next::Took(1)
            }
        }
    }

    pub(super) fn gap(&mut self, at: At, torn: &[u8], found: &mut Found<'_>) {
        let lost = std::mem::replace(self.lost.of(at.direction), true);
        if let Some(pdu) = parser::remainder(torn).filter(|_| !lost) {
            self.pdu(at, &pdu, found);
        }
    }

    fn pdu(&mut self, at: At, pdu: &Pdu<'_>, found: &mut Found<'_>) {
        let Self { association, channels, .. } = self;
        association.take(pdu, channels, &mut Report { at, carrier: Carrier::Dcerpc, found });
    }
}
