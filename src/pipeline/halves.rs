//! Logons that have a connection for each direction (RPC over HTTP): what both saw becomes one record.

use crate::bounded::{Bounded, Lasting};
use crate::model::{
    Auth, Ending, Half, Mechanism, Ntlm, NtlmVersion, Observation, Record, Server, Side, Spnego, Time,
};

/// How many directions wait for the other one.
const MAX_WAITING: usize = 4096;
/// How long one waits, in nanoseconds of capture time: it is known of when its connection ends, and the other may live on.
const LASTS: i64 = 3_600_000_000_000;

/// The directions that wait for the other one.
#[derive(Debug)]
pub(super) struct Halves {
    waiting: Bounded<Key, Waiting>,
}

/// What both directions say: the cookie of the virtual connection, and the security context.
type Key = ([u8; 16], u32);

#[derive(Debug)]
struct Waiting {
    from: Side,
    observation: Observation,
}

impl Lasting for Waiting {
    fn lasts(&self) -> i64 {
        LASTS
    }
}

impl Default for Halves {
    fn default() -> Self {
        Self { waiting: Bounded::new(MAX_WAITING) }
    }
}

impl Halves {
    /// Takes an observation. It goes on to `whole` at once where it has no other half, and joined to it where both were seen.
    pub(super) fn take(&mut self, observation: Observation, whole: &mut Vec<Observation>) {
        let Some(Half { connection, context, from }) = observation.half else {
            return whole.push(observation);
        };
        let (key, now) = ((connection, context), observation.ended);
        self.waiting.expire(now, |_, waiting| whole.push(waiting.observation));
        match self.waiting.remove(&key) {
            Some(other) if other.from != from => {
                let (client, server) = match from {
                    Side::Client => (observation, other.observation),
                    Side::Server => (other.observation, observation),
                };
                return whole.push(join(client, server));
            }
            // The same direction again: another logon on the same context.
            Some(before) => whole.push(before.observation),
            None => {}
        }
        let inserted = self.waiting.get_or_insert(key, now, || Waiting { from, observation });
        whole.extend(inserted.and_then(|inserted| inserted.evicted).map(|(_, evicted)| evicted.observation));
    }

    /// The capture is over: what waits goes on as it is.
    pub(super) fn end_capture(&mut self, whole: &mut Vec<Observation>) {
        self.waiting.drain(|_, waiting| whole.push(waiting.observation));
    }
}

/// One logon of its two directions. What only one of them can tell stands; the client's ends are those of the record.
fn join(client: Observation, server: Observation) -> Observation {
    let (began, ended) = (
        if server.began.time < client.began.time { server.began } else { client.began },
        client.ended.max(server.ended),
    );
    let mut joined = Observation { began, ended, half: None, ..client };
    let (Record::Auth(auth), Record::Auth(other)) = (&mut joined.record, server.record) else {
        return joined;
    };
    joined.frames.extend(server.frames);
    joined.frames.sort_unstable();
    joined.frames.dedup();
    auth.seen.ts = began.into();
    auth.seen.frames = joined.frames.iter().map(|(_, number)| *number).collect();
    auth.seen.duration_ms = milliseconds(began.time, ended);
    answer(auth, *other);
    joined
}

/// Adds what the server said.
fn answer(auth: &mut Auth, other: Auth) {
    // The token of a challenge has both names; that of a client has none.
    auth.server = Server { end: auth.server.end, mac: auth.server.mac, ..other.server };
    auth.outcome = other.outcome;
    auth.wrapper = auth.wrapper.or(other.wrapper);
    if auth.mechanism == Mechanism::Unknown {
        auth.mechanism = other.mechanism;
    }
    if let (Some(ntlm), Some(challenged)) = (&mut auth.ntlm, other.ntlm) {
        *ntlm = Ntlm { server_time: challenged.server_time, ..ntlm.clone() };
    }
    if let (Some(offered), Some(chosen)) = (&mut auth.spnego, other.spnego) {
        let Spnego { selected, state, mic, .. } = *chosen;
        (offered.selected, offered.state, offered.mic) = (selected, state, offered.mic.max(mic));
    }
    if let (Some(asked), Some(answered)) = (&mut auth.kerberos, other.kerberos) {
        asked.ap_rep = answered.ap_rep.or(asked.ap_rep);
        (asked.error, asked.error_code) = (answered.error, answered.error_code);
    }
    // A client sends its first message and its proof apart; a ticket is both.
    let is_proved = match &auth.ntlm {
        Some(ntlm) => ntlm.version != NtlmVersion::Unknown,
        None => auth.kerberos.is_some(),
    };
    auth.complete = is_proved && auth.outcome.result != Ending::Unknown;
}

fn milliseconds(from: Time, to: Time) -> u64 {
    u64::try_from(to.0.saturating_sub(from.0)).unwrap_or(0).wrapping_div(1_000_000)
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test code")]
mod tests {
    use super::*;
    use crate::model::{Outcome, SourceId, Stamp};
    use crate::sink::example;

    const SECOND: i64 = 1_000_000_000;

    fn observation(from: Side, cookie: u8, frame: u64, auth: Auth) -> Observation {
        let began = Stamp { frame, time: Time(i64::try_from(frame).unwrap() * SECOND), ..Stamp::default() };
        Observation {
            began,
            ended: began.time,
            frames: [(SourceId(0), frame)].into_iter().collect(),
            record: Record::Auth(Box::new(auth)),
            joins: None,
            half: Some(Half { connection: [cookie; 16], context: 0, from }),
            origins: None,
        }
    }

    fn client(cookie: u8, frame: u64) -> Observation {
        let mut auth = example::ntlm(NtlmVersion::Ntlmv2, "10.0.0.1 PC", "10.0.0.2 -", r"LAB\anna", "http/x");
        (auth.server.dns_computer, auth.outcome, auth.complete) = (None, Outcome::default(), false);
        observation(Side::Client, cookie, frame, auth)
    }

    fn server(cookie: u8, frame: u64) -> Observation {
        let mut auth = example::ntlm(NtlmVersion::Unknown, "10.0.0.1 -", "10.0.0.2 dc1.lab.test", r"\", "");
        auth.outcome = Outcome { result: Ending::Success, ..Outcome::default() };
        observation(Side::Server, cookie, frame, auth)
    }

    /// The user, the server and the end of each record, and its packets.
    fn shown(whole: &[Observation]) -> Vec<String> {
        let line = |observation: &Observation| {
            let Record::Auth(auth) = &observation.record else { panic!("{observation:?}") };
            let user = auth.ntlm.as_ref().and_then(|ntlm| ntlm.user.as_deref()).unwrap_or("-");
            let server = auth.server.dns_computer.as_deref().unwrap_or("-");
            let Auth { seen, outcome, complete, .. } = &**auth;
            format!("{user} {server} {:?} {complete} {:?} {}", outcome.result, seen.frames, seen.duration_ms)
        };
        whole.iter().map(line).collect()
    }

    #[test]
    fn two_directions_are_one_logon_in_whatever_order_they_end() {
        let orders = [[client(1, 3), server(1, 4)], [server(1, 4), client(1, 3)]];
        for order in orders {
            let (mut halves, mut whole) = (Halves::default(), Vec::new());
            for half in order {
                halves.take(half, &mut whole);
            }
            assert_eq!(shown(&whole), ["anna dc1.lab.test Success true [3, 4] 1000"]);
            halves.end_capture(&mut whole);
            assert_eq!(whole.len(), 1);
        }
    }

    #[test]
    fn a_direction_whose_other_is_not_seen_goes_on_alone() {
        let (mut halves, mut whole) = (Halves::default(), Vec::new());
        halves.take(client(1, 3), &mut whole);
        halves.take(server(2, 4), &mut whole);
        assert_eq!(whole.len(), 0);
        // The same direction of the same connection again is another logon.
        halves.take(client(1, 5), &mut whole);
        assert_eq!(whole.len(), 1);
        // So much later nothing is waited for.
        halves.take(server(3, 4000), &mut whole);
        assert_eq!(whole.len(), 3);
        halves.end_capture(&mut whole);
        assert_eq!(whole.len(), 4);
        assert!(shown(&whole).iter().all(|line| line.contains("false") || line.contains("dc1")));
    }

    #[test]
    fn directions_without_end_are_let_go() {
        let (mut halves, mut whole) = (Halves::default(), Vec::new());
        for number in 0..5000_u32 {
            let mut half = client(0, 3);
            half.half = Some(Half { connection: [0; 16], context: number, from: Side::Client });
            halves.take(half, &mut whole);
        }
        assert_eq!(halves.waiting.len(), MAX_WAITING);
        assert_eq!(whole.len(), 5000 - MAX_WAITING);
    }
}
