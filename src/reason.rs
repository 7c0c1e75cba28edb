//! Why a logon was not Kerberos: joins what happened on several connections.
//!
//! Observations come in the order of the packets that completed them. What KDCs and services said is remembered for a while; an
//! observation is held until what may explain it has been seen, then judged by the table in `rules.rs`.

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

use crate::model::{Observation, Record, Time};
use alert::Alerts;
use memory::Memory;

/// How long an observation is held, in nanoseconds of capture time: a KDC that does not answer is known to be silent only after a
/// minute.
const HOLD: i64 = 75_000_000_000;
/// The most observations that are held.
const MAX_HELD: usize = 16_384;

/// What is remembered of the exchanges so far.
#[derive(Debug, Default)]
pub struct Reasons {
    held: VecDeque<Observation>,
    memory: Memory,
    alerts: Alerts,
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
        if let Record::Named(_) = observation.record {
            return self.alerts.note(&observation);
        }
        self.memory.note(&observation);
        match &mut observation.record {
            Record::Auth(auth) => auth.risks = risk::of_logon(auth),
            Record::Kdc(kdc) => kdc.risks = risk::of_ticket(kdc),
            Record::Alert(_) | Record::Opaque(_) | Record::Stats(_) | Record::Named(_) => {}
        }
        let alerts = self.alerts.take(&observation);
        self.held.push_back(observation);
        self.held.extend(alerts);
        self.release(now, done);
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
        let oldest = now.0.saturating_sub(HOLD);
        loop {
            let is_due = self.held.front().is_some_and(|held| held.ended.0 < oldest);
            if !is_due && self.held.len() <= MAX_HELD {
                return;
            }
            let Some(mut observation) = self.held.pop_front() else { return };
            self.hurried = self.hurried.saturating_add(u64::from(!is_due));
            if let Record::Auth(auth) = &mut observation.record {
                auth.fallback = fallback::judge(auth, &self.memory);
                auth.audit_events = audit::events(auth);
            }
            done.push(observation);
        }
    }
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

    use super::example::{ntlm, observed};
    use super::rules::MSCHAP;
    use super::*;
    use crate::model::Id;

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
            let mut auth = ntlm(Time(i64::from(number) * (HOLD / i64::from(LOGONS))));
            auth.seen.id = Id(number.into());
            auth.client.end.ip = Some(std::net::Ipv4Addr::from(number).into());
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

    /// Fewer than the cap wait for their window, and no longer.
    #[test]
    fn a_logon_waits_for_its_window_and_no_longer() {
        let (mut reasons, mut done) = (Reasons::default(), Vec::new());
        for (time, out) in [(0, 0), (HOLD, 0), (HOLD + 1, 1), (2 * HOLD, 1), (3 * HOLD, 3)] {
            reasons.take(observed(ntlm(Time(time))), &mut done);
            assert_eq!(done.len(), out, "{time}");
        }
        assert_eq!(reasons.hurried(), 0);
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
