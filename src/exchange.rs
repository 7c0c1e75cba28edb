//! One record per authentication: the parts that a carrier finds go in, whole exchanges come out.
//!
//! State is kept per channel, since one connection carries many logons; a new first token on a channel ends what was there.

mod attempt;
mod draft;
mod identity;
mod kdc;
mod kerberos;
mod ntlm;
mod spnego;
mod state;

use std::borrow::Cow;

use ntlmscope_parsers::spnego::NegToken;
use ntlmscope_parsers::token::{self, Body, Token};
use ntlmscope_parsers::{Oid, krb5, ntlmssp};

use crate::model::{
    Carrier, Channel, Encap, Ending, Event, FlowKey, Mac, Mechs, Name, Observation, Part, Side, Stamp, What,
};
use draft::{Draft, shown};
use kdc::KdcExchanges;
use state::{Happening, Phase, Step};

pub use attempt::{Attempt, Failure};

/// The most logons of a connection that are under way at once.
const MAX_CHANNELS: usize = 64;
/// The longest token that is put together from pieces, in bytes.
const MAX_TOKEN: usize = 1 << 17;
/// How long a logon that has ended waits to hear what it was for, in nanoseconds of capture time.
const MAX_WAIT: i64 = 5_000_000_000;

/// Where the exchanges of a connection take place.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The flow.
    pub key: FlowKey,
    /// Layers around its first packet.
    pub encap: Encap,
    /// Station addresses of the lower and the higher endpoint, where they are known.
    pub macs: Option<(Mac, Mac)>,
}

/// The exchanges of one connection.
#[derive(Debug)]
pub struct Exchanges {
    place: Place,
    known: Known,
    open: Vec<Exchange>,
    kdc: KdcExchanges,
    begun: u32,
}

/// What holds for all logons of a connection.
#[derive(Debug, Default)]
struct Known {
    /// The server's own list of mechanisms.
    hinted: Mechs,
    computer: Option<Name>,
    domain: Option<Name>,
}

/// One logon.
#[derive(Debug)]
struct Exchange {
    channel: Channel,
    carrier: Carrier,
    phase: Phase,
    draft: Draft,
    /// The start of a token that is not complete yet.
    partial: Option<(Side, Vec<u8>)>,
}

impl Exchanges {
    /// A connection without exchanges.
    pub fn new(place: Place) -> Self {
        Self { place, known: Known::default(), open: Vec::new(), kdc: KdcExchanges::default(), begun: 0 }
    }

    /// Takes what a carrier found; exchanges that are complete go to `done`. False where it could not be read.
    pub fn take(&mut self, event: &Event<'_>, done: &mut Vec<Observation>) -> bool {
        match event.what {
            What::Malformed(_) => false,
            What::Counted(_) | What::CountedIn(..) | What::Hidden(_) => true,
            What::KdcGap => {
                self.kdc.gap();
                true
            }
            What::Kdc { transport, kpasswd, message } => {
                self.kdc.take(self.place, event, transport, kpasswd, message, done)
            }
            What::Auth { part: Part::Hint(bytes), .. } => {
                self.known.hinted = spnego::hint(bytes);
                true
            }
            What::Auth { part: Part::Names { computer, domain }, .. } => {
                self.known.computer = (!computer.is_empty()).then(|| shown(computer));
                self.known.domain = (!domain.is_empty()).then(|| shown(domain));
                true
            }
            What::Auth { channel, from, carrier, part } => {
                self.finish_settled(event.stamp, done);
                self.part(event, (channel, carrier), from, part, done)
            }
        }
    }

    /// The connection is over: what is not complete never will be.
    pub fn end(&mut self, done: &mut Vec<Observation>) {
        for exchange in std::mem::take(&mut self.open) {
            self.finish(exchange, done);
        }
        self.kdc.end(self.place, done);
    }

    /// An ICMP message came back for what one end of the flow sent.
    pub fn unreachable(&mut self, stamp: Stamp, kind: u8, code: u8, done: &mut Vec<Observation>) {
        self.kdc.unreachable(self.place, stamp, kind, code, done);
    }

    fn part(
        &mut self,
        event: &Event<'_>,
        (channel, carrier): (Channel, Carrier),
        from: Side,
        part: Part<'_>,
        done: &mut Vec<Observation>,
    ) -> bool {
        let at = self.enter(event, channel, carrier, from, done);
        let Some(exchange) = self.open.get_mut(at) else { return true };
        let Some(bytes) = exchange.token_bytes(event.stamp, from, part) else { return true };
        let token = (!bytes.is_empty()).then(|| token::classify(&bytes));
        if let Some(message) = token.as_ref().and_then(carried) {
            self.kdc.carried(self.place, event, message, done);
        }
        let Some(exchange) = self.open.get_mut(at) else { return true };
        let happening = happening(from, &part, token.as_ref(), &exchange.draft);
        let (phase, step) = exchange.phase.step(happening, exchange.draft.is_proved());
        match step {
            Step::Ignore => {
                if exchange.phase == Phase::Idle {
                    self.open.remove(at);
                }
                return true;
            }
            Step::Restart => {
                let fresh = self.fresh(event, channel, carrier, from);
                if let Some(place) = self.open.get_mut(at) {
                    let over = std::mem::replace(place, fresh);
                    self.finish(over, done);
                }
            }
            Step::Take | Step::Complete => {}
        }
        let Some(exchange) = self.open.get_mut(at) else { return true };
        let through_server = token.as_ref().and_then(carried).is_some() && from == Side::Client;
        let first = happening == Happening::FirstToken || through_server;
        exchange.draft.from_start |= exchange.phase == Phase::Idle && first;
        exchange.phase = phase;
        exchange.draft.frames.add(event.stamp);
        let read = match &token {
            Some(token) => exchange.draft.take_token(from, token, !matches!(part, Part::TornToken(_))),
            None => exchange.draft.take_part(&part),
        };
        if happening == Happening::Over {
            // One that was judged before this one ended will not say any more what it was for.
            let began = exchange.draft.frames.first;
            self.finish_judged(|open| open.draft.frames.first.frame <= began.frame, done);
        } else if step == Step::Complete {
            let over = self.open.remove(at);
            self.finish(over, done);
        }
        read
    }

    /// Where the logon of a channel stands among those under way; it begins here if there is none.
    fn enter(
        &mut self,
        event: &Event<'_>,
        channel: Channel,
        carrier: Carrier,
        from: Side,
        done: &mut Vec<Observation>,
    ) -> usize {
        if let Some(at) = self.open.iter().position(|open| open.channel == channel) {
            return at;
        }
        if self.open.len() >= MAX_CHANNELS {
            let oldest = self.open.remove(0);
            self.finish(oldest, done);
        }
        let fresh = self.fresh(event, channel, carrier, from);
        if self.open.capacity() == 0 {
            // Most connections carry one logon, and one is large.
            self.open.reserve_exact(1);
        }
        self.open.push(fresh);
        self.open.len().saturating_sub(1)
    }

    fn fresh(&mut self, event: &Event<'_>, channel: Channel, carrier: Carrier, from: Side) -> Exchange {
        self.begun = self.begun.wrapping_add(1);
        let client = match from {
            Side::Client => event.direction,
            Side::Server => event.direction.reversed(),
        };
        let draft = Draft::new(self.begun, event.stamp, client);
        Exchange { channel, carrier, phase: Phase::Idle, draft, partial: None }
    }

    /// Ends the logons that were judged some time ago and never said what they were for.
    fn finish_settled(&mut self, now: Stamp, done: &mut Vec<Observation>) {
        self.finish_judged(|open| now.time.0.saturating_sub(open.draft.frames.last.time.0) > MAX_WAIT, done);
    }

    /// Ends those of the logons that have been judged for which this holds, in their order.
    fn finish_judged(&mut self, is_over: impl Fn(&Exchange) -> bool, done: &mut Vec<Observation>) {
        let over: Vec<_> =
            self.open.extract_if(.., |open| open.phase == Phase::Judged && is_over(open)).collect();
        for exchange in over {
            self.finish(exchange, done);
        }
    }

    fn finish(&mut self, mut exchange: Exchange, done: &mut Vec<Observation>) {
        if let Some((side, bytes)) = exchange.partial.take() {
            exchange.draft.take_token(side, &token::classify(&bytes), false);
        }
        if exchange.phase != Phase::Idle {
            done.push(exchange.draft.finish(self.place, exchange.carrier, &self.known));
        }
    }
}

impl Exchange {
    /// The bytes of a whole token, put together from the pieces that [MS-SPNG] 3.1.5.6 may cut it into; empty where the part is
    /// none. `None` while more must come.
    fn token_bytes<'a>(&mut self, stamp: Stamp, from: Side, part: Part<'a>) -> Option<Cow<'a, [u8]>> {
        let bytes = match part {
            Part::Token(bytes) => bytes,
            Part::TornToken(bytes) => return Some(Cow::Borrowed(bytes)),
            _ => return Some(Cow::Borrowed(&[])),
        };
        let before = self.partial.take().filter(|(side, _)| *side == from).map(|(_, before)| before);
        let token = match before {
            // A token that starts anew says that the rest of the one before will not come.
            Some(before) if token::declared_len(bytes).is_none() => {
                Cow::Owned([before.as_slice(), bytes].concat())
            }
            _ => Cow::Borrowed(bytes),
        };
        if !is_spnego(&token) {
            return Some(token);
        }
        let declared = token::declared_len(&token).unwrap_or(0);
        if declared <= token.len() || declared > MAX_TOKEN {
            return Some(token);
        }
        self.partial = Some((from, token.into_owned()));
        self.phase = if self.phase == Phase::Idle { Phase::Open } else { self.phase };
        self.draft.frames.add(stamp);
        None
    }
}

/// Only SPNEGO cuts its tokens.
fn is_spnego(token: &[u8]) -> bool {
    matches!(token, [0x60 | 0xa0 | 0xa1, ..])
}

/// What a part means for how far the logon is.
fn happening(from: Side, part: &Part<'_>, token: Option<&Token<'_>>, draft: &Draft) -> Happening {
    match part {
        Part::Plain(_) | Part::Password { .. } | Part::MsChapChallenge => Happening::FirstToken,
        Part::MsChap(_) => Happening::Proof,
        Part::Target { .. } | Part::Service { .. } => Happening::Target,
        Part::Requested(_) | Part::Pending(_) | Part::Half(_) => Happening::Token,
        Part::Over => Happening::Over,
        Part::Verdict(verdict) => {
            let is_failure = verdict.result == Ending::Failure && !draft.is_within_eap();
            Happening::Verdict { last: is_failure || draft.resource.is_some() }
        }
        Part::Token(_) | Part::TornToken(_) | Part::Hint(_) | Part::Names { .. } => {
            let client = token.filter(|_| from == Side::Client);
            client.map_or(Happening::Token, |token| match token.mech {
                // The last leg of IAKERB is an AP-REQ like any other.
                Some(Oid::IAKERB) => Happening::Token,
                _ => client_token(&token.body),
            })
        }
    }
}

/// The message to or from a KDC that a token of IAKERB carries.
fn carried<'t, 'a>(token: &'t Token<'a>) -> Option<&'t krb5::Message<'a>> {
    match &token.body {
        Body::Iakerb(Ok(iakerb)) => iakerb.message.as_ref()?.as_ref().ok(),
        _ => None,
    }
}

/// What a token of the client means: some can only be first, some only be last.
fn client_token(body: &Body<'_>) -> Happening {
    match body {
        Body::Spnego(Ok(NegToken::Init(_)))
        | Body::Ntlm(Ok(ntlmssp::Message::Negotiate(_)))
        | Body::Kerberos(Ok(krb5::Message::ApReq(_) | krb5::Message::TgtReq(_))) => Happening::FirstToken,
        Body::Spnego(Ok(resp)) if resp.inner().is_some_and(|inner| is_proof(inner.expose())) => {
            Happening::Proof
        }
        Body::Ntlm(Ok(ntlmssp::Message::Authenticate(_))) => Happening::Proof,
        _ => Happening::Token,
    }
}

/// Whether a token that SPNEGO carries is the client's response; the logon itself reads it.
fn is_proof(inner: &[u8]) -> bool {
    ntlmssp::message_type(inner) == Ok(ntlmssp::MessageType::AUTHENTICATE)
}
