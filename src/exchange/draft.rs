//! What has been seen of a logon so far, and the record that it makes.

use std::sync::Arc;

use ntlmscope_parsers::spnego::NegToken;
use ntlmscope_parsers::token::{self, Body, Token};
use ntlmscope_parsers::{Oid, ParseError, Text};

use super::identity::identity;
use super::ntlm::{NtlmSaid, NtlmSeen};
use super::spnego::SpnegoSeen;
use super::{Known, Place, kerberos};
use crate::model::{
    self, Auth, Carrier, Client, Direction, End, Ending, Half, Id, Kerberos, Layer, Mac, Mechanism, MsChap,
    MsChapResponse, Name, Observation, Outcome, Part, Protocol, Record, Seen, Server, Shared, Side, Spnego,
    Stamp, Verdict, When, Wrapper,
};

/// The most frames that are listed of an exchange.
const MAX_FRAMES: usize = 64;
/// The longest text that is taken over from the wire, in bytes.
const MAX_TEXT: usize = 4096;

/// Text from the wire as a record holds it.
pub(super) fn shown(text: Text<'_>) -> Name {
    clipped(text.into())
}

/// Text that is no longer than a record may hold.
pub(super) fn clipped(mut text: Name) -> Name {
    if text.len() > MAX_TEXT {
        let end = text.floor_char_boundary(MAX_TEXT);
        text.truncate(end);
    }
    text
}

/// The packets of an exchange.
#[derive(Clone, Debug)]
pub(super) struct Frames {
    pub(super) first: Stamp,
    pub(super) last: Stamp,
    numbers: model::Frames,
}

impl Frames {
    pub(super) fn new(first: Stamp) -> Self {
        Self { first, last: first, numbers: [(first.source, first.frame)].into_iter().collect() }
    }

    /// Adds the packet of a further message.
    pub(super) fn add(&mut self, stamp: Stamp) {
        self.last = stamp;
        let frame = (stamp.source, stamp.frame);
        if self.numbers.last() != Some(&frame) && self.numbers.len() < MAX_FRAMES {
            self.numbers.push(frame);
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.numbers.len()
    }

    /// An observation of a record that was seen in these packets.
    pub(super) fn observation(
        self,
        place: Place,
        id: Id,
        record: impl FnOnce(Seen) -> Record,
    ) -> Observation {
        let duration = self.last.time.0.saturating_sub(self.first.time.0).max(0);
        let seen = Seen {
            id,
            ts: When::from(self.first),
            duration_ms: u64::try_from(duration).unwrap_or(0).wrapping_div(1_000_000),
            frames: self.numbers.iter().map(|(_, number)| *number).collect(),
            source: Arc::default(),
            frame_sources: Vec::new(),
            sensor: None,
            encap: place.encap.layers().collect(),
        };
        Observation::new(self.first, self.last.time, self.numbers, record(seen))
    }
}

/// What has been seen of a logon so far.
#[derive(Debug)]
pub(super) struct Draft {
    /// Which logon of its connection it is.
    number: u32,
    pub(super) frames: Frames,
    /// Which way the client sends.
    client: Direction,
    /// The first message was one that only a first message can be.
    pub(super) from_start: bool,
    wrapper: Option<Wrapper>,
    /// The mechanism of the last token of the client, or of the server where none of the client was seen.
    mechanism: Option<(Side, Mechanism)>,
    spnego: Option<SpnegoSeen>,
    ntlm: NtlmSeen,
    kerberos: Option<Box<Kerberos>>,
    mschap: Option<Box<MsChap>>,
    verdict: Option<Verdict>,
    /// What the carrier has answered so far.
    pending: Option<Verdict>,
    service: Option<&'static str>,
    pub(super) resource: Option<Name>,
    /// The package that the carrier's own words ask for.
    requested: Option<&'static str>,
    /// The user of a logon that is no token.
    user: Option<Name>,
    /// The connection carries one direction alone.
    half: Option<Half>,
}

impl Draft {
    pub(super) fn new(number: u32, first: Stamp, client: Direction) -> Self {
        Self {
            number,
            frames: Frames::new(first),
            client,
            from_start: false,
            wrapper: None,
            mechanism: None,
            spnego: None,
            ntlm: NtlmSeen::default(),
            kerberos: None,
            mschap: None,
            verdict: None,
            pending: None,
            service: None,
            resource: None,
            requested: None,
            user: None,
            half: None,
        }
    }

    /// True where the client has sent its proof.
    pub(super) fn is_proved(&self) -> bool {
        self.ntlm.is_authenticated() || self.user.is_some() || self.mschap.is_some()
    }

    /// True for a logon in EAP, whose own verdict is not the last: that of what carries EAP follows.
    pub(super) fn is_within_eap(&self) -> bool {
        self.wrapper == Some(Wrapper::Eap)
    }

    /// Takes what is no token; false where it could not be read.
    pub(super) fn take_part(&mut self, part: &Part<'_>) -> bool {
        match part {
            Part::Plain(plain) => {
                self.wrapper = Some(Wrapper::Raw);
                self.spoke(Side::Client, Mechanism::Ntlm);
                self.ntlm.take_plain(plain);
            }
            Part::Password { user } => {
                self.wrapper = Some(Wrapper::Raw);
                self.spoke(Side::Client, Mechanism::Basic);
                self.user = Some(clipped((*user).into()));
            }
            Part::Target { service, resource } => {
                self.service = Some(service);
                self.resource = Some(clipped((*resource).into()));
            }
            Part::Service { service, wrapper } => {
                self.service = Some(service);
                self.wrapper = wrapper.or(self.wrapper);
            }
            Part::Requested(package) => self.requested = Some(package),
            Part::Half(half) => self.half = Some(*half),
            Part::Pending(verdict) => self.pending = Some(*verdict),
            Part::MsChap(response) => self.take_mschap(response),
            Part::Verdict(verdict) => {
                // What EAP said of an error holds when the carrier of EAP refuses without saying why.
                let before = self.verdict.filter(|before| before.result == verdict.result);
                let substatus = verdict.substatus.or(before.and_then(|before| before.substatus));
                self.verdict = Some(Verdict { substatus, ..*verdict });
            }
            Part::Token(_)
            | Part::TornToken(_)
            | Part::Hint(_)
            | Part::Names { .. }
            | Part::MsChapChallenge
            | Part::Over => {}
        }
        true
    }

    fn take_mschap(&mut self, response: &MsChapResponse<'_>) {
        let MsChapResponse { version, user, identifier, nas, eap, service } = *response;
        self.wrapper = Some(if eap { Wrapper::Eap } else { Wrapper::Raw });
        self.spoke(Side::Client, if version == 1 { Mechanism::Mschapv1 } else { Mechanism::Mschapv2 });
        self.service = service;
        let user = (!user.is_empty()).then(|| shown(user));
        let nas = nas.map(|nas| clipped(nas.into()));
        self.mschap = Some(Box::new(MsChap { version, user, identifier, nas, eap }));
    }

    /// Takes a token; false where it, or a token inside it, could not be read though it was whole.
    pub(super) fn take_token(&mut self, side: Side, token: &Token<'_>, whole: bool) -> bool {
        let framed = if token.mech.is_some() { Wrapper::Gss } else { Wrapper::Raw };
        let read = match &token.body {
            Body::Spnego(neg_token) => return self.take_spnego(side, neg_token.as_ref(), whole),
            Body::Ntlm(message) => {
                self.spoke(side, Mechanism::Ntlm);
                message.as_ref().map(|message| self.ntlm.take(message)).is_ok()
            }
            Body::Kerberos(message) => {
                let through_server = token.mech == Some(Oid::IAKERB);
                let mechanism = if through_server { Mechanism::Iakerb } else { Mechanism::Kerberos };
                self.spoke(side, mechanism);
                let kerberos = self.kerberos.get_or_insert_default();
                message.as_ref().is_ok_and(|message| {
                    kerberos::take(kerberos, message);
                    message.damaged().is_none()
                })
            }
            Body::Iakerb(message) => {
                self.spoke(side, Mechanism::Iakerb);
                message.is_ok()
            }
            Body::Negoex(message) => {
                self.spoke(side, Mechanism::Negoex);
                self.wrapper.get_or_insert(Wrapper::Negoex);
                message.is_ok()
            }
            // What follows a logon, or a mechanism that is not read: nothing says that it is broken.
            Body::Other | Body::Unknown => true,
        };
        self.wrapper.get_or_insert(framed);
        read || !whole
    }

    fn take_spnego(
        &mut self,
        side: Side,
        neg_token: Result<&NegToken<'_>, &ParseError>,
        whole: bool,
    ) -> bool {
        self.wrapper = Some(Wrapper::Spnego);
        let seen = self.spnego.get_or_insert_default();
        let Ok(neg_token) = neg_token else { return !whole };
        match neg_token {
            NegToken::Init(init) if side == Side::Client => seen.offer(init),
            NegToken::Init(_) => {}
            NegToken::Resp(resp) => seen.respond(side == Side::Server, resp),
        }
        let inner = neg_token.inner().filter(|inner| !inner.is_empty());
        let inner = inner
            .map(|inner| token::classify(inner.expose()))
            .filter(|inner| !matches!(inner.body, Body::Spnego(_)));
        let read = inner.is_none_or(|inner| self.take_token(side, &inner, whole));
        read && (neg_token.damaged().is_none() || !whole)
    }

    /// Notes the mechanism of a token.
    fn spoke(&mut self, side: Side, mechanism: Mechanism) {
        let server_after_client = side == Side::Server && matches!(self.mechanism, Some((Side::Client, _)));
        if !server_after_client {
            self.mechanism = Some((side, mechanism));
        }
    }

    /// The mechanism that was used, as far as it shows.
    fn mechanism(&self) -> Mechanism {
        if self.ntlm.is_authenticated() {
            return Mechanism::Ntlm;
        }
        let spoken = self.mechanism.map(|(_, mechanism)| mechanism);
        // The server's choice stands over a token that the client sent before it.
        let selected = self.spnego.as_ref().and_then(SpnegoSeen::selected_mechanism);
        let chosen = selected.filter(|mechanism| *mechanism == Mechanism::Ntlm);
        chosen.or(spoken).or(selected).unwrap_or(Mechanism::Unknown)
    }

    /// The record that this makes.
    pub(super) fn finish(self, place: Place, carrier: Carrier, known: &Known) -> Observation {
        let mechanism = self.mechanism();
        let outcome = self.outcome();
        let complete = self.from_start
            && outcome.result != Ending::Unknown
            && (mechanism != Mechanism::Ntlm || self.ntlm.is_whole());
        let joins = self.ntlm.joins().filter(|_| mechanism == Mechanism::Ntlm);
        let Self { number, frames, client, wrapper, spnego, ntlm, kerberos, mschap, .. } = self;
        let Self { service, resource, requested, user, half, .. } = self;
        let NtlmSaid { ntlm, names, client_os, server_os } = ntlm.said(mechanism == Mechanism::Ntlm);
        let server = Server {
            end: End::sender(&place.key, client.reversed()),
            nb_computer: names.nb_computer.or_else(|| known.computer.clone()),
            nb_domain: names.nb_domain.or_else(|| known.domain.clone()),
            dns_computer: names.dns_computer,
            dns_domain: names.dns_domain,
            dns_forest: names.dns_forest,
            os: server_os,
            mac: mac(place, client.reversed()),
        };
        let client = Client {
            end: End::sender(&place.key, client),
            workstation: ntlm.as_ref().and_then(|ntlm| ntlm.workstation.clone()),
            os: client_os,
            user,
            mac: mac(place, client),
        };
        let spnego = match spnego {
            Some(seen) => Some(seen.record(known.hinted.clone())),
            // The server's list is worth telling most where the client passed over it.
            None => (!known.hinted.is_empty())
                .then(|| Box::new(Spnego { hinted: known.hinted.clone(), ..Spnego::default() })),
        };
        let id = identity("auth", &place.key, frames.first.time, number);
        let mut observation = frames.observation(place, id, |seen| {
            Record::Auth(Box::new(Auth {
                seen,
                client,
                server,
                carrier,
                service: service.or(carrier.service()).or(service_of_link(place)).map(Into::into),
                resource,
                requested: requested.map(Into::into),
                wrapper,
                mechanism,
                complete,
                outcome,
                spnego,
                ntlm,
                kerberos,
                mschap,
                fallback: None,
                risks: Shared::default(),
                audit_events: Shared::default(),
            }))
        });
        observation.joins = joins;
        observation.half = half;
        observation
    }

    /// What the carrier said; where it said nothing, what the mechanism said.
    fn outcome(&self) -> Outcome {
        let krb_error = self.kerberos.as_ref().and_then(|kerberos| kerberos.error.clone());
        let by_state = self.spnego.as_ref().and_then(SpnegoSeen::ending);
        let refused = krb_error.is_some() || by_state.is_some_and(|(result, _)| result == Ending::Failure);
        let pending = self.pending.filter(|_| refused);
        if let Some(Verdict { result, code, substatus, signal }) = self.verdict.or(pending) {
            // A web server that never asked for the proof has not looked at the logon.
            let result =
                if result == Ending::Success && self.is_unasked() { Ending::Unknown } else { result };
            let krb_error = krb_error.filter(|_| result == Ending::Failure);
            return Outcome {
                result,
                code: Some(code.into()),
                substatus: substatus.map(Into::into).or(krb_error),
                signal: Some(signal.into()),
            };
        }
        if let Some(error) = krb_error {
            let (code, signal) = (Some(error), Some("krb-error".into()));
            return Outcome { result: Ending::Failure, code, substatus: None, signal };
        }
        // A service answers with an AP-REP what it has accepted (RFC 4120, 3.2.4).
        let by_reply = self.kerberos.as_ref().is_some_and(|kerberos| kerberos.ap_rep == Some(true));
        let by_reply = by_reply.then_some((Ending::Success, "ap-rep", "ap-rep"));
        let by_state = by_state.map(|(result, code)| (result, code, "neg-state"));
        by_state.or(by_reply).map_or_else(Outcome::default, |(result, code, signal)| Outcome {
            result,
            code: Some(code.into()),
            substatus: None,
            signal: Some(signal.into()),
        })
    }

    /// True where the client began with NTLM and nobody asked for the rest.
    fn is_unasked(&self) -> bool {
        self.mechanism() == Mechanism::Ntlm && self.ntlm.is_unasked()
    }
}

fn mac(place: Place, direction: Direction) -> Option<Mac> {
    place.macs.map(|(low, high)| if direction == Direction::Up { low } else { high })
}

impl Carrier {
    /// What a logon is for, where nothing but its carrier tells.
    fn service(self) -> Option<&'static str> {
        match self {
            Self::Smb1 | Self::Smb2 => Some("cifs"),
            Self::Http | Self::HttpProxy => Some("http"),
            Self::Ldap => Some("ldap"),
            Self::Dcerpc => Some("rpc"),
            Self::Dns => Some("dns"),
            Self::Credssp
            | Self::Nns
            | Self::Gss
            | Self::Other
            | Self::Kdc
            | Self::Radius
            | Self::Ppp
            | Self::Eapol => None,
            Self::Tds => Some("mssql"),
            Self::Smtp => Some("smtp"),
            Self::Imap => Some("imap"),
            Self::Pop3 => Some("pop3"),
            Self::Nntp => Some("nntp"),
            Self::Socks => Some("socks"),
            Self::Telnet => Some("telnet"),
            Self::Sip => Some("sip"),
        }
    }
}

/// What a link is for, as its own layers show.
fn service_of_link(place: Place) -> Option<&'static str> {
    if !matches!(place.key.protocol, Protocol::Tunnel | Protocol::Link) {
        return None;
    }
    match place.encap.layers().last() {
        Some(Layer::Pptp | Layer::L2tp) => Some("vpn"),
        Some(Layer::Wifi) => Some("wifi"),
        _ => None,
    }
}
