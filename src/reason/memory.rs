//! What KDCs and services said, by client.

use std::collections::VecDeque;
use std::net::IpAddr;

use crate::bounded::{Bounded, Lasting};
use crate::model::{Auth, Evidence, Kdc, KdcEnding, KdcType, Observation, Record, Time, When};

/// How many clients are remembered.
const MAX_CLIENTS: usize = 16_384;
/// How many facts of a client are.
const MAX_FACTS: usize = 128;
/// How long Windows remembers that a principal is unknown, in nanoseconds: its `SpnCacheTimeout` is 15 minutes.
pub(super) const NEGATIVE_CACHE: i64 = 900_000_000_000;

/// What is remembered.
#[derive(Debug)]
pub(super) struct Memory {
    clients: Bounded<IpAddr, Client>,
}

#[derive(Debug, Default)]
struct Client {
    facts: VecDeque<Fact>,
}

/// Something that happened to a client on its way to Kerberos.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// When it began.
    pub(super) began: Time,
    pub(super) what: What,
    /// The principal of the service that was asked for.
    pub(super) sname: Option<String>,
    /// The user that asked.
    pub(super) cname: Option<String>,
    pub(super) server: IpAddr,
    pub(super) evidence: Vec<Evidence>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The KDC gave a ticket for a service.
    Ticket,
    /// The KDC refused with this error.
    KdcError(i32),
    /// The KDC could not be reached, or did not answer.
    Unreachable,
    /// A service refused a ticket with this error, or without one.
    Refused(Option<i32>),
}

impl Default for Memory {
    fn default() -> Self {
        Self { clients: Bounded::new(MAX_CLIENTS) }
    }
}

impl Lasting for Client {
    fn lasts(&self) -> i64 {
        NEGATIVE_CACHE
    }
}

impl Memory {
    /// Remembers what an observation says of Kerberos.
    pub(super) fn note(&mut self, observation: &Observation) {
        let fact = match &observation.record {
            Record::Kdc(kdc) => kdc_fact(kdc, observation),
            Record::Auth(auth) => auth_fact(auth, observation),
            Record::Alert(_) | Record::Opaque(_) | Record::Stats(_) => None,
        };
        let Some((client, fact)) = fact else { return };
        let now = observation.ended;
        self.clients.expire(now, |_, _| {});
        let Some(inserted) = self.clients.get_or_insert(client, now, Client::default) else { return };
        let facts = &mut inserted.value.facts;
        if facts.len() >= MAX_FACTS {
            facts.pop_front();
        }
        facts.push_back(fact);
    }

    /// What is known of a client that began between two times, the latest first.
    pub(super) fn facts(&self, client: IpAddr, from: Time, to: Time) -> impl Iterator<Item = &Fact> {
        let facts = self.clients.get(&client).map(|client| client.facts.iter().rev());
        facts.into_iter().flatten().filter(move |fact| from <= fact.began && fact.began <= to)
    }
}

fn kdc_fact(kdc: &Kdc, observation: &Observation) -> Option<(IpAddr, Fact)> {
    let outcome = &kdc.outcome;
    let (what, told) = match (outcome.result, outcome.number) {
        (KdcEnding::Success, _) if kdc.exchange == Some(KdcType::Tgs) => {
            (What::Ticket, "the KDC gave a ticket".to_owned())
        }
        // A first ticket says nothing of a service; and some refusals are the ordinary first half of an exchange.
        (KdcEnding::Success | KdcEnding::Unknown, _) | (KdcEnding::Failure, Some(25 | 52)) => return None,
        (KdcEnding::Failure, number) => {
            let code = outcome.code.as_deref().unwrap_or("an error");
            (What::KdcError(number.unwrap_or_default()), format!("the KDC answered {code}"))
        }
        (KdcEnding::Unreachable | KdcEnding::NoReply, _) => {
            let why = outcome.text.as_deref().unwrap_or("no answer");
            let (ip, port) = (kdc.server.ip?, kdc.server.port?);
            (What::Unreachable, format!("{ip} port {port}: {why}"))
        }
    };
    let told = match &kdc.sname {
        Some(sname) => format!("{told} ({sname})"),
        None => told,
    };
    let fact = Fact {
        began: observation.began.time,
        what,
        sname: kdc.sname.clone(),
        cname: kdc.cname.clone(),
        server: kdc.server.ip?,
        evidence: evidence(observation, &told),
    };
    Some((kdc.client.ip?, fact))
}

fn auth_fact(auth: &Auth, observation: &Observation) -> Option<(IpAddr, Fact)> {
    let kerberos = auth.kerberos.as_ref()?;
    let refused = kerberos.error.is_some() || auth.outcome.result == crate::model::Ending::Failure;
    if !refused {
        return None;
    }
    let told = kerberos.error.as_deref().or(auth.outcome.code.as_deref()).unwrap_or("a refusal");
    let fact = Fact {
        began: observation.began.time,
        what: What::Refused(kerberos.error_code),
        sname: kerberos.sname.clone(),
        cname: kerberos.cname.clone(),
        server: auth.server.end.ip?,
        evidence: evidence(observation, &format!("the service answered the ticket with {told}")),
    };
    Some((auth.client.end.ip?, fact))
}

/// The last packet of an observation.
pub(super) fn evidence(observation: &Observation, text: &str) -> Vec<Evidence> {
    let (_, frame) = observation.frames.last().copied().unwrap_or_default();
    let ts = When { time: observation.ended, digits: observation.began.digits };
    vec![Evidence { frame, ts, text: text.to_owned() }]
}
