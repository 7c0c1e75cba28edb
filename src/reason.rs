//! Why a logon was not Kerberos: joins what happened on several connections.
//!
//! Observations come in the order of the packets that completed them. What KDCs and services said is remembered for a while; an
//! observation is held until what may explain it has been seen, then judged by the table in `rules.rs`. That is soon, but where its client
//! still waits for a KDC: whether that is silent shows only after a minute.

mod alert;
mod audit;
mod case;
#[cfg(test)]
mod example;
mod fallback;
mod fix;
mod memory;
mod risk;
mod rules;

use std::collections::VecDeque;

use crate::model::{AuditEvent, Ending, Lists, Note, Observation, Record, Time};
use alert::Alerts;
use memory::Memory;
use risk::Risks;

/// How long a logon is held at most, in nanoseconds of capture time: a KDC that does not answer is known to be silent only after a
/// minute.
const HOLD: i64 = 75_000_000_000;
/// How long it is held where nothing is known to be missing: packets come late from some mirror ports…
const SETTLED: i64 = 1_000_000_000;
/// …and what a server asks of its domain controller counts for so long where its answer to the logon was not seen.
const UNANSWERED: i64 = case::CHECKED_WITHIN + SETTLED;
/// How much capture time passes between two looks at what may go.
const TOGETHER: i64 = 250_000_000;
/// The most observations that are held.
const MAX_HELD: usize = 16_384;

/// What is remembered of the exchanges so far.
#[derive(Debug, Default)]
pub struct Reasons {
    held: VecDeque<Observation>,
    memory: Memory,
    alerts: Alerts,
    risks: Risks,
    events: Lists<AuditEvent>,
    /// When any were let go last.
    released: Time,
    /// How many records were judged before what may explain them had been seen, since too many waited.
    hurried: u64,
}

impl Reasons {
    /// Remembers an observation that needs no judgement.
    pub fn note(&mut self, observation: &Observation) {
        self.memory.note(observation);
    }

    /// Takes an observation; those that have been held for long enough go to `done`, judged and in their order.
    pub fn take(&mut self, mut observation: Observation, done: &mut Vec<Observation>) {
        let now = observation.ended;
        if let Record::Note(note) = &observation.record {
            return match &**note {
                Note::Named(named) => self.alerts.note(named, &observation),
                Note::Asked(client) => self.memory.asked(*client, &observation),
                Note::Reached(client) => self.memory.settled(*client, &observation),
            };
        }
        self.memory.note(&observation);
        match &mut observation.record {
            Record::Auth(auth) => auth.risks = self.risks.of_logon(auth),
            Record::Kdc(kdc) => kdc.risks = self.risks.of_ticket(kdc),
            Record::Alert(_) | Record::Opaque(_) | Record::Stats(_) | Record::Note(_) => {}
        }
        let alerts = self.alerts.take(&observation);
        self.held.push_back(observation);
        self.held.extend(alerts);
        // Many at once: what judges and prints them is more than the cache for instructions holds beside what reads packets.
        if now.0.saturating_sub(self.released.0) >= TOGETHER || self.held.len() > MAX_HELD {
            self.released = now;
            self.release(now, done);
        }
    }

    /// The capture is over: everything is judged by what is known, and nothing is remembered.
    pub fn end_capture(&mut self, done: &mut Vec<Observation>) {
        self.release(Time(i64::MAX), done);
        *self = Self { hurried: self.hurried, ..Self::default() };
    }

    /// How many records were judged too early, since too many others waited.
    pub fn hurried(&self) -> u64 {
        self.hurried
    }

    fn release(&mut self, now: Time, done: &mut Vec<Observation>) {
        loop {
            let is_due = self.held.front().is_some_and(|held| is_due(held, now, &self.memory));
            if !is_due && self.held.len() <= MAX_HELD {
                return;
            }
            let Some(mut observation) = self.held.pop_front() else { return };
            self.hurried = self.hurried.saturating_add(u64::from(!is_due));
            if let Record::Auth(auth) = &mut observation.record {
                auth.fallback = fallback::judge(auth, &self.memory);
                auth.audit_events = audit::events(auth, &mut self.events);
            }
            done.push(observation);
        }
    }
}

/// True where nothing that may explain an observation is still to come.
fn is_due(held: &Observation, now: Time, memory: &Memory) -> bool {
    let Record::Auth(auth) = &held.record else { return true };
    if case::Case::needs_no_reason(auth) {
        return true;
    }
    let age = now.0.saturating_sub(held.ended.0);
    let settled = if auth.outcome.result == Ending::Unknown { UNANSWERED } else { SETTLED };
    let waits = || {
        let from = Time(held.began.time.0.saturating_sub(case::JUST_BEFORE));
        auth.client.end.ip.is_some_and(|client| memory.is_asking(client, from, held.ended))
    };
    age > HOLD || (age > settled && !waits())
}

/// Every id that this stage can put into a record, as its tables have them: reasons, changes, risks, alerts and Windows events.
pub fn ids() -> impl Iterator<Item = String> {
    let fixes = rules::all().filter_map(|rule| rule.fix.name());
    let named = names().chain(fixes).chain(risk::ids()).chain(alert::names()).map(str::to_owned);
    named.chain(audit::ids().map(|id| id.to_string()))
}

/// The names of all reasons.
pub fn names() -> impl Iterator<Item = &'static str> {
    rules::all().map(|rule| rule.name)
}

/// The names of all alerts.
pub fn alerts() -> impl Iterator<Item = &'static str> {
    alert::names()
}

/// The name of the reason that has this number in Windows event 4020.
#[must_use]
pub fn named_by_usage(usage: u8) -> Option<&'static str> {
    rules::all().find(|rule| rule.usage == Some(usage)).map(|rule| rule.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::IpAddr;

    use super::example::{ntlm, observed};
    use super::rules::MSCHAP;
    use super::*;
    use crate::model::{Auth, Id};

    /// A client asks a KDC.
    fn asked(client: IpAddr, time: i64) -> Observation {
        let note = |ip| Record::Note(Box::new(Note::Asked(ip)));
        Observation { record: note(client), ..observed(ntlm(Time(time))) }
    }

    /// A logon of a client that may still hear from a KDC.
    fn pending(client: u32, time: i64) -> (Observation, Auth) {
        let mut auth = ntlm(Time(time));
        let ip = std::net::Ipv4Addr::from(client).into();
        auth.client.end.ip = Some(ip);
        (asked(ip, time), auth)
    }

    /// As many logons as a mirror port may see in one window: they come out in their order, and those that are too many come out early.
    #[test]
    fn a_million_pending_logons_keep_their_order_and_the_memory_its_bound() {
        const LOGONS: u32 = 1_000_000;
        let (mut reasons, mut done, mut next) = (Reasons::default(), Vec::new(), 0_u128);
        let mut in_order = |done: &mut Vec<Observation>| {
            for observation in done.drain(..) {
                let Record::Auth(auth) = observation.record else { panic!("nothing but logons") };
                assert!(auth.fallback.is_some(), "each is judged");
                assert_eq!(auth.seen.id, Id(next));
                next += 1;
            }
        };
        for number in 0..LOGONS {
            let (question, mut auth) = pending(number % 500, i64::from(number) * (HOLD / i64::from(LOGONS)));
            auth.seen.id = Id(number.into());
            reasons.take(question, &mut done);
            reasons.take(observed(auth), &mut done);
            assert!(reasons.held.len() <= MAX_HELD);
            in_order(&mut done);
        }
        assert_eq!(reasons.hurried(), u64::from(LOGONS) - u64::try_from(MAX_HELD).unwrap());
        reasons.end_capture(&mut done);
        in_order(&mut done);
        assert_eq!(next, u128::from(LOGONS));
        assert!(reasons.held.capacity() == 0, "nothing is kept after the end");
    }

    /// How many logons are out after each time, where one is seen at each and the client asks a KDC at those before the first.
    fn released(questions: &[i64], times: &[i64]) -> Vec<usize> {
        let (mut reasons, mut done) = (Reasons::default(), Vec::new());
        let client = ntlm(Time(0)).client.end.ip.unwrap();
        for time in questions {
            reasons.take(asked(client, *time), &mut done);
        }
        let out = times.iter().map(|time| {
            reasons.take(observed(ntlm(Time(*time))), &mut done);
            done.len()
        });
        let out = out.collect();
        assert_eq!(reasons.hurried(), 0);
        out
    }

    #[test]
    fn a_logon_waits_until_packets_that_come_late_are_in() {
        let looks = [0, TOGETHER, SETTLED, SETTLED + TOGETHER, 3 * SETTLED];
        assert_eq!(released(&[], &looks), [0, 0, 0, 1, 4]);
        // Too soon after the last look there is none.
        assert_eq!(released(&[], &[0, SETTLED, SETTLED + 1, SETTLED + TOGETHER]), [0, 0, 0, 1]);
    }

    #[test]
    fn a_logon_whose_client_waits_for_a_kdc_is_held_for_its_window_and_no_longer() {
        // The question is too old for the logons after the first.
        assert_eq!(released(&[0], &[0, HOLD, HOLD + TOGETHER, 2 * HOLD, 3 * HOLD]), [0, 0, 1, 3, 4]);
        // It came after the first.
        assert_eq!(released(&[1], &[0, 2 * SETTLED]), [0, 1]);
    }

    #[test]
    fn the_answer_of_the_kdc_sets_a_logon_free() {
        for answered in [true, false] {
            let (mut reasons, mut done) = (Reasons::default(), Vec::new());
            let (question, auth) = pending(1, 0);
            let answer = Observation { began: question.began, ..asked(auth.client.end.ip.unwrap(), 0) };
            let client = auth.client.end.ip.unwrap();
            reasons.take(question, &mut done);
            reasons.take(observed(auth), &mut done);
            if answered {
                let record = Record::Note(Box::new(Note::Reached(client)));
                reasons.take(Observation { record, ..answer }, &mut done);
            }
            reasons.take(observed(pending(2, 2 * SETTLED).1), &mut done);
            assert_eq!(done.len(), usize::from(answered));
        }
    }

    /// A logon whose answer was not seen may still be handed on to a domain controller.
    #[test]
    fn a_logon_without_an_answer_waits_for_longer() {
        let (mut reasons, mut done) = (Reasons::default(), Vec::new());
        let mut auth = ntlm(Time(0));
        auth.outcome.result = Ending::Unknown;
        reasons.take(observed(auth), &mut done);
        for (time, out) in [(UNANSWERED, 0), (UNANSWERED + TOGETHER, 1)] {
            reasons.take(observed(ntlm(Time(time))), &mut done);
            assert_eq!(done.len(), out);
        }
    }

    #[test]
    fn no_table_names_a_thing_twice() {
        let ids: Vec<String> = names()
            .chain(risk::ids())
            .chain(alert::names())
            .map(str::to_owned)
            .chain(audit::ids().map(|id| id.to_string()))
            .collect();
        let once: BTreeSet<_> = ids.iter().filter(|id| *id != MSCHAP.name).collect();
        assert_eq!(once.len(), ids.iter().filter(|id| *id != MSCHAP.name).count());
    }
}
