//! What KDCs and services said, by client; and what a server asked of its domain controller.

use std::collections::VecDeque;
use std::net::IpAddr;

use smallvec::SmallVec;

use crate::bounded::{Bounded, Lasting, SELDOM};
use crate::model::{
    Auth, Cover, Evidence, Kdc, KdcEnding, KdcType, Name, Observation, Opaque, Record, Stamp, Time, When,
    Word,
};

/// How many clients are remembered.
const MAX_CLIENTS: usize = 16_384;
/// How many facts of a client are.
const MAX_FACTS: usize = 128;
/// How many times at which a server handed logons on; with [`ONE_TIME`] that is more than a logon is held for.
const MAX_HANDED_ON: usize = 320;
/// Logons that are handed on within so many nanoseconds are one time.
const ONE_TIME: i64 = 250_000_000;
/// How many facts of a client are where very many are kept of all.
const FEW_FACTS: usize = 4;
/// So many facts and times are very many.
const MANY_FACTS: usize = 131_072;
/// How long Windows remembers that a principal is unknown, in nanoseconds: its `SpnCacheTimeout` is 15 minutes.
pub(super) const NEGATIVE_CACHE: i64 = 900_000_000_000;

/// What is remembered.
#[derive(Debug)]
pub(super) struct Memory {
    clients: Bounded<IpAddr, Client>,
    /// How many facts and times there are of all clients.
    total: usize,
}

#[derive(Debug, Default)]
struct Client {
    facts: VecDeque<Fact>,
    controller: Controller,
    /// What it asks of KDCs and has no answer to yet: with which packet each exchange began.
    asked: SmallVec<[Stamp; 1]>,
}

/// What is known of a host's own traffic with domain controllers.
#[derive(Debug, Default)]
pub(super) struct Controller {
    /// The last of it: where there is none, nothing is known of what the host asks of them.
    seen: Option<Contact>,
    /// When logons were handed on over Netlogon, as times from and to; the earliest first.
    handed_on: VecDeque<(Time, Time)>,
}

/// A host and a domain controller speak.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    pub(super) controller: IpAddr,
    pub(super) shown: Shown,
}

/// Something that happened to a client on its way to Kerberos.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// When it began.
    pub(super) began: Time,
    pub(super) what: What,
    /// The principal of the service that was asked for.
    pub(super) sname: Option<Name>,
    /// The realm whose KDC was asked.
    pub(super) realm: Option<Name>,
    /// The user that asked.
    pub(super) cname: Option<Name>,
    pub(super) server: IpAddr,
    /// What was said of it: the error, the realm of a referral, why the KDC was not reached.
    said: Word,
    shown: Shown,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The KDC gave the user a first ticket, with which others are asked for.
    Entered,
    /// The KDC gave a ticket for a service.
    Ticket,
    /// The KDC gave a ticket for the KDC of another realm, which it takes to know the service.
    Referral,
    /// The KDC refused with this error.
    KdcError(i32),
    /// The KDC could not be reached, or did not answer.
    Unreachable,
    /// A service refused a ticket with this error, or without one.
    Refused(Option<i32>),
}

impl Fact {
    /// What happened, in words: most facts are never told.
    pub(super) fn text(&self) -> String {
        let Self { what, said, sname, .. } = self;
        let told = match what {
            What::Entered => "the KDC gave a first ticket".to_owned(),
            What::Ticket => "the KDC gave a ticket".to_owned(),
            What::Referral => format!("the KDC referred the client to {said}"),
            What::KdcError(_) => format!("the KDC answered {said}"),
            What::Unreachable => said.clone().into_owned(),
            What::Refused(_) => return format!("the service answered the ticket with {said}"),
        };
        match sname {
            Some(sname) => format!("{told} ({sname})"),
            None => told,
        }
    }

    /// The packet that shows it.
    pub(super) fn evidence(&self) -> Vec<Evidence> {
        vec![self.shown.evidence(self.text())]
    }
}

impl Client {
    fn kept(&self) -> usize {
        self.facts.len().saturating_add(self.controller.handed_on.len()).saturating_add(self.asked.len())
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self { clients: Bounded::new(MAX_CLIENTS), total: 0 }
    }
}

impl Lasting for Client {
    const SWEEP: i64 = SELDOM;

    fn lasts(&self) -> i64 {
        NEGATIVE_CACHE
    }
}

impl Memory {
    /// Remembers what an observation says of Kerberos, or of what a server asks of its domain controller.
    pub(super) fn note(&mut self, observation: &Observation) {
        let now = observation.ended;
        let mut gone = 0_usize;
        self.clients.expire(now, |_, client: Client| gone = gone.saturating_add(client.kept()));
        self.total = self.total.saturating_sub(gone);
        let fact = match &observation.record {
            Record::Kdc(kdc) => {
                if let Some(client) = kdc.client.ip {
                    self.settled(client, observation);
                }
                self.answered(kdc, observation);
                kdc_fact(kdc, observation)
            }
            Record::Auth(auth) => auth_fact(auth, observation),
            Record::Opaque(opaque) => return self.handed_on(opaque, observation),
            Record::Alert(_) | Record::Stats(_) | Record::Note(_) => None,
        };
        let Some((client, fact)) = fact else { return };
        let most = if self.total < MANY_FACTS { MAX_FACTS } else { FEW_FACTS };
        self.change(client, now, |Client { facts, .. }| {
            while facts.len() >= most {
                facts.pop_front();
            }
            facts.push_back(fact);
        });
    }

    /// A client asks a KDC.
    pub(super) fn asked(&mut self, client: IpAddr, observation: &Observation) {
        let most = if self.total < MANY_FACTS { MAX_FACTS } else { FEW_FACTS };
        self.change(client, observation.ended, |Client { asked, .. }| {
            if asked.len() >= most {
                asked.remove(0);
            }
            asked.push(observation.began);
        });
    }

    /// What came of an exchange with a KDC is known.
    pub(super) fn settled(&mut self, client: IpAddr, observation: &Observation) {
        let Some(Client { asked, .. }) = self.clients.get_mut(&client, observation.ended) else { return };
        if let Some(at) = asked.iter().position(|began| *began == observation.began) {
            asked.remove(at);
            self.total = self.total.saturating_sub(1);
        }
    }

    /// True where a client asked a KDC between two times, and what came of it is not known.
    pub(super) fn is_asking(&self, client: IpAddr, from: Time, to: Time) -> bool {
        let asked = self.clients.get(&client).map(|client| client.asked.as_slice()).unwrap_or_default();
        asked.iter().any(|began| from <= began.time && began.time <= to)
    }

    /// Changes what is known of a client, and keeps count.
    fn change(&mut self, ip: IpAddr, now: Time, change: impl FnOnce(&mut Client)) {
        let Some(client) = self.client(ip, now) else { return };
        let before = client.kept();
        change(client);
        let after = client.kept();
        self.total = self.total.saturating_add(after).saturating_sub(before);
    }

    /// A KDC answered: the mirror port shows what this host says to its domain controller.
    fn answered(&mut self, kdc: &Kdc, observation: &Observation) {
        let is_answer = matches!(kdc.outcome.result, KdcEnding::Success | KdcEnding::Failure);
        let (Some(host), Some(controller), true) = (kdc.client.ip, kdc.server.ip, is_answer) else { return };
        if let Some(client) = self.client(host, observation.ended) {
            client.controller.seen = Some(Contact { controller, shown: last_packet(observation) });
        }
    }

    /// A logon was handed on over Netlogon.
    fn handed_on(&mut self, opaque: &Opaque, observation: &Observation) {
        if opaque.carrier != Cover::SealedDcerpc || opaque.service.as_deref() != Some("netlogon") {
            return;
        }
        let (Some(host), Some(controller)) = (opaque.client.ip, opaque.server.ip) else { return };
        let most = if self.total < MANY_FACTS { MAX_HANDED_ON } else { FEW_FACTS };
        self.change(host, observation.ended, |client| {
            client.controller.seen = Some(Contact { controller, shown: last_packet(observation) });
            client.controller.hand_on(observation.ended, most);
        });
    }

    fn client(&mut self, ip: IpAddr, now: Time) -> Option<&mut Client> {
        let inserted = self.clients.get_or_insert(ip, now, Client::default)?;
        let gone = inserted.evicted.map_or(0, |(_, client)| client.kept());
        self.total = self.total.saturating_sub(gone);
        Some(inserted.value)
    }

    /// What is known of a server's traffic with its domain controllers.
    pub(super) fn controller(&self, server: IpAddr) -> Option<&Controller> {
        self.clients.get(&server).map(|client| &client.controller)
    }

    /// What is known of a client, the latest last.
    pub(super) fn facts(&self, client: IpAddr) -> Option<&VecDeque<Fact>> {
        self.clients.get(&client).map(|client| &client.facts)
    }
}

impl Controller {
    /// The last of the traffic, where any was seen.
    pub(super) fn seen(&self) -> Option<&Contact> {
        self.seen.as_ref()
    }

    /// Whether any logon was handed on between two times.
    pub(super) fn is_asked_between(&self, from: Time, to: Time) -> bool {
        self.handed_on.iter().any(|(first, last)| *first <= to && from <= *last)
    }

    /// Notes a logon that is handed on now; of the times so far the latest are kept.
    fn hand_on(&mut self, now: Time, most: usize) {
        match self.handed_on.back_mut() {
            Some((_, last)) if now.0.saturating_sub(last.0) <= ONE_TIME => *last = now.max(*last),
            _ => {
                while self.handed_on.len() >= most {
                    self.handed_on.pop_front();
                }
                self.handed_on.push_back((now, now));
            }
        }
    }
}

fn kdc_fact(kdc: &Kdc, observation: &Observation) -> Option<(IpAddr, Fact)> {
    let outcome = &kdc.outcome;
    let (what, said) = match (outcome.result, outcome.number) {
        (KdcEnding::Success, _) if kdc.exchange == Some(KdcType::Tgs) => match &kdc.referral {
            Some(realm) => (What::Referral, realm.clone().into()),
            None => (What::Ticket, Word::default()),
        },
        (KdcEnding::Success, _) if kdc.exchange == Some(KdcType::As) => (What::Entered, Word::default()),
        // Some refusals are the ordinary first half of an exchange.
        (KdcEnding::Success | KdcEnding::Unknown, _) | (KdcEnding::Failure, Some(25 | 52)) => return None,
        (KdcEnding::Failure, number) => {
            let code = outcome.code.clone().unwrap_or(Word::Borrowed("an error"));
            (What::KdcError(number.unwrap_or_default()), code)
        }
        (KdcEnding::Unreachable | KdcEnding::NoReply, _) => {
            let why = outcome.text.as_deref().unwrap_or("no answer");
            let (ip, port) = (kdc.server.ip?, kdc.server.port?);
            (What::Unreachable, format!("{ip} port {port}: {why}").into())
        }
    };
    let fact = Fact {
        began: observation.began.time,
        what,
        sname: kdc.sname.clone(),
        realm: kdc.realm.clone(),
        cname: kdc.cname.clone(),
        server: kdc.server.ip?,
        said,
        shown: last_packet(observation),
    };
    Some((kdc.client.ip?, fact))
}

fn auth_fact(auth: &Auth, observation: &Observation) -> Option<(IpAddr, Fact)> {
    let kerberos = auth.kerberos.as_ref()?;
    let refused = kerberos.error.is_some() || auth.outcome.result == crate::model::Ending::Failure;
    if !refused {
        return None;
    }
    let said = kerberos.error.as_ref().or(auth.outcome.code.as_ref()).cloned();
    let fact = Fact {
        began: observation.began.time,
        what: What::Refused(kerberos.error_code),
        sname: kerberos.sname.clone(),
        realm: None,
        cname: kerberos.cname.clone(),
        server: auth.server.end.ip?,
        said: said.unwrap_or(Word::Borrowed("a refusal")),
        shown: last_packet(observation),
    };
    Some((auth.client.end.ip?, fact))
}

/// The last packet of an observation.
pub(super) fn evidence(observation: &Observation, text: &str) -> Vec<Evidence> {
    vec![last_packet(observation).evidence(text.to_owned())]
}

/// Number and time of the last packet of an observation.
pub(super) fn last_packet(observation: &Observation) -> Shown {
    let (_, frame) = observation.frames.last().copied().unwrap_or_default();
    Shown { frame, ts: When { time: observation.ended, digits: observation.began.digits } }
}

/// Where something was seen that may have to be told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    pub(super) frame: u64,
    pub(super) ts: When,
}

impl Shown {
    /// What was seen there, in words.
    pub(super) fn evidence(self, text: impl Into<Word>) -> Evidence {
        Evidence { frame: self.frame, ts: self.ts, text: text.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::{ntlm, observed};
    use super::*;
    use crate::model::{Kerberos, Mechanism};

    const SECOND: i64 = 1_000_000_000;

    #[test]
    fn a_logon_that_was_handed_on_is_found_at_its_time_and_at_no_other() {
        let mut controller = Controller::default();
        for tenth in [0, 1, 2, 50] {
            controller.hand_on(Time(tenth * SECOND / 10), MAX_HANDED_ON);
        }
        assert_eq!(controller.handed_on.len(), 2);
        for (from, to, is_asked) in [(0, 1, true), (3, 49, false), (49, 50, true), (51, 99, false)] {
            let (from, to) = (Time(from * SECOND / 10), Time(to * SECOND / 10));
            assert_eq!(controller.is_asked_between(from, to), is_asked, "{from:?}");
        }
    }

    /// A logon is judged 75 seconds after it ended.
    #[test]
    fn the_times_of_a_busy_server_reach_back_far_enough_and_do_not_grow() {
        let mut controller = Controller::default();
        for third in 0..10_000 {
            controller.hand_on(Time(third * SECOND / 3), MAX_HANDED_ON);
        }
        let (oldest, _) = controller.handed_on.front().copied().unwrap();
        let (newest, _) = controller.handed_on.back().copied().unwrap();
        assert!(newest.0 - oldest.0 >= 80 * SECOND && controller.handed_on.len() <= MAX_HANDED_ON);
    }

    /// A service refused a ticket of this client.
    fn refusal(client: u32, time: i64) -> Observation {
        let mut auth = ntlm(Time(time));
        auth.client.end.ip = Some(std::net::Ipv4Addr::from(client).into());
        auth.mechanism = Mechanism::Kerberos;
        let kerberos = Kerberos { error_code: Some(41), error: Some("x".into()), ..Kerberos::default() };
        auth.kerberos = Some(Box::new(kerberos));
        observed(auth)
    }

    fn kept(memory: &Memory, client: u32) -> usize {
        memory.facts(std::net::Ipv4Addr::from(client).into()).map_or(0, VecDeque::len)
    }

    #[test]
    fn a_client_keeps_its_latest_facts() {
        let mut memory = Memory::default();
        for time in 0..200 {
            memory.note(&refusal(1, time));
        }
        let client = std::net::Ipv4Addr::from(1).into();
        let times: Vec<i64> = memory.facts(client).unwrap().iter().map(|fact| fact.began.0).collect();
        assert_eq!((times.len(), times.first(), times.last()), (MAX_FACTS, Some(&72), Some(&199)));
    }

    /// A flood of clients that all fail: there are never more facts than the caps allow, and the count of them stays right.
    #[test]
    fn many_clients_together_keep_few_facts_each() {
        let mut memory = Memory::default();
        let clients = u32::try_from(MAX_CLIENTS).unwrap() + 500;
        for (time, client) in (0..20).flat_map(|_| 0..clients).enumerate() {
            memory.note(&refusal(client, i64::try_from(time).unwrap()));
            assert!(memory.total <= MANY_FACTS + MAX_CLIENTS * FEW_FACTS);
        }
        let counted: usize = (0..clients).map(|client| kept(&memory, client)).sum();
        assert_eq!(memory.total, counted);
        memory.note(&refusal(1, 10 * NEGATIVE_CACHE));
        assert_eq!((memory.total, kept(&memory, 1)), (1, 1), "all others have expired");
    }
}
