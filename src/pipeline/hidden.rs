//! Connections whose authentications the wire does not show: one record per client, server, kind, name and identity.

use std::collections::HashMap;

use crate::carrier;
use crate::model::{Cover, End, Event, FlowKey, Hidden, Host, Name, Observation, Opaque, Record, Side, Word};

/// How many records there are at most.
const MAX_RECORDS: usize = 4096;

/// What one connection hides.
pub(super) fn observe(key: FlowKey, event: &Event<'_>, hidden: &Hidden<'_>) -> Observation {
    let client = match hidden.from {
        Side::Client => event.direction,
        Side::Server => event.direction.reversed(),
    };
    let server = key.receiver(client);
    let opaque = Opaque {
        ts: event.stamp.into(),
        client: Host { ip: End::sender(&key, client).ip },
        server: End::sender(&key, client.reversed()),
        carrier: hidden.cover.unwrap_or(carrier::cover_of(server.port)),
        service: hidden.service.map(Into::into),
        sessions: 1,
        server_name: hidden.server_name.map(Into::into),
        identity: hidden.identity.map(Into::into),
    };
    let frames = [(event.stamp.source, event.stamp.frame)].into_iter().collect();
    Observation::new(event.stamp, event.stamp.time, frames, Record::Opaque(Box::new(opaque)))
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Covers {
    records: Vec<Opaque>,
    places: HashMap<Key, usize, foldhash::fast::RandomState>,
    uncounted: u64,
}

/// What connections that are counted together have in common.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    client: Host,
    server: End,
    carrier: Cover,
    service: Option<Word>,
    server_name: Option<Name>,
    identity: Option<Name>,
}

impl Covers {
    /// Counts a connection.
    pub(super) fn add(&mut self, opaque: Opaque) {
        let Opaque { client, server, carrier, sessions, .. } = opaque;
        let (service, server_name, identity) =
            (opaque.service.clone(), opaque.server_name.clone(), opaque.identity.clone());
        let key = Key { client, server, carrier, service, server_name, identity };
        if let Some(known) = self.places.get(&key).and_then(|at| self.records.get_mut(*at)) {
            known.sessions = known.sessions.saturating_add(sessions);
            known.ts = known.ts.min(opaque.ts);
        } else if self.records.len() < MAX_RECORDS {
            self.places.insert(key, self.records.len());
            self.records.push(opaque);
        } else {
            self.uncounted = self.uncounted.saturating_add(sessions);
        }
    }

    /// How many connections there was no room for.
    pub(super) fn uncounted(&self) -> u64 {
        self.uncounted
    }

    /// The records, the earliest first.
    pub(super) fn into_records(mut self) -> impl Iterator<Item = Record> {
        // A stable sort: those that began at once stay in the order of their packets.
        self.records.sort_by_key(|opaque| opaque.ts);
        self.records.into_iter().map(|opaque| Record::Opaque(Box::new(opaque)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Time, When};

    fn opaque(time: i64, port: u16, name: Option<&str>) -> Opaque {
        Opaque {
            ts: When { time: Time(time), digits: 6 },
            client: Host { ip: Some([10, 0, 0, 1].into()) },
            server: End { ip: Some([10, 0, 0, 2].into()), port: Some(port) },
            carrier: Cover::Tls,
            service: None,
            sessions: 1,
            server_name: name.map(Into::into),
            identity: None,
        }
    }

    #[test]
    fn connections_of_one_kind_are_one_record_and_the_earliest_is_first() {
        let mut covers = Covers::default();
        for (time, port, name) in
            [(3, 443, None), (9, 443, Some("a")), (4, 443, None), (2, 636, None), (1, 443, None)]
        {
            covers.add(opaque(time, port, name));
        }
        let seen: Vec<_> = covers
            .into_records()
            .map(|record| match record {
                Record::Opaque(opaque) => (opaque.ts.time.0, opaque.server.port, opaque.sessions),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(seen, [(1, Some(443), 3), (2, Some(636), 1), (9, Some(443), 1)]);
    }

    #[test]
    fn a_full_table_counts_what_it_leaves_out() {
        let mut covers = Covers::default();
        for port in 0..u16::try_from(MAX_RECORDS).unwrap() {
            covers.add(opaque(0, port, None));
        }
        covers.add(opaque(0, 1, None));
        covers.add(opaque(0, 1, Some("name")));
        assert_eq!((covers.uncounted(), covers.into_records().count()), (1, MAX_RECORDS));
    }
}
