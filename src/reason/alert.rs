//! What only several logons together show. False alarms are the measure: a rule that cannot tell an attack from what honest
//! networks do stays silent.

mod kept;

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;

use kept::{Answered, Failures, Leg, Reuse, Told, Use};

use super::case::{goes_by, is_marshalled, overwritten};
use super::memory::{Shown, evidence, last_packet};
use crate::bounded::Bounded;
use crate::model::{
    Alert, Auth, Carrier, Ending, Evidence, Frames, Id, Named, NtlmVersion, Observation, Record, Severity,
    Side, When, Word,
};

/// One thing that may be told.
struct Row {
    /// Name; `ntlmscope explain` and `docs/explain.md` have a page for each.
    name: &'static str,
    severity: Severity,
    /// Whether a logon completes it, and what shows it.
    find: fn(&mut Alerts, &Observation) -> Option<Finding>,
}

#[rustfmt::skip]
const ALERTS: &[Row] = &[
    row("ntlm-relay",       Severity::High,   Alerts::relay),
    row("challenge-reuse",  Severity::Medium, Alerts::reuse),
    row("rogue-server",     Severity::High,   Alerts::rogue),
    row("spray",            Severity::Medium, Alerts::spray),
    row("misled-client",    Severity::High,   Alerts::misled),
    row("ntlm-tampering",   Severity::High,   |_, observation| tampering(observation)),
    row("spnego-downgrade", Severity::High,   |_, observation| downgrade(observation)),
];

const fn row(
    name: &'static str,
    severity: Severity,
    find: fn(&mut Alerts, &Observation) -> Option<Finding>,
) -> Row {
    Row { name, severity, find }
}

/// The names of all alerts.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ALERTS.iter().map(|row| row.name)
}

/// What an alert tells.
struct Finding {
    text: String,
    exchanges: Vec<Id>,
    evidence: Vec<Evidence>,
}

/// How many things are remembered of each kind.
const MAX_REMEMBERED: usize = 32_768;
/// The challenge that tools which collect responses give to everybody, since tables of responses to it exist.
const FAVOURED: [u8; 8] = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88];
/// So many connections with the same challenge of a server are no chance.
const REUSES: usize = 3;
/// So many users that fail from one client are no typing errors.
const SPRAYED: usize = 5;

/// What is remembered to tell an alert. Challenges and responses are kept as hashes under a key that lives as long as this does.
#[derive(Debug)]
pub(super) struct Alerts {
    key: RandomState,
    proofs: Bounded<u64, Leg>,
    challenges: Bounded<(u64, IpAddr), Reuse>,
    rogues: Bounded<IpAddr, Told>,
    misled: Bounded<IpAddr, Told>,
    /// What a host answered to another.
    named: Bounded<(IpAddr, IpAddr), Answered>,
    failures: Bounded<IpAddr, Failures>,
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            key: RandomState::new(),
            proofs: Bounded::new(MAX_REMEMBERED),
            challenges: Bounded::new(MAX_REMEMBERED),
            rogues: Bounded::new(MAX_REMEMBERED),
            misled: Bounded::new(MAX_REMEMBERED),
            named: Bounded::new(MAX_REMEMBERED),
            failures: Bounded::new(MAX_REMEMBERED),
        }
    }
}

impl Alerts {
    /// Remembers a name that a host gave its address for.
    pub(super) fn note(&mut self, named: &Named, observation: &Observation) {
        let (name, by) = (named.name.clone(), named.by);
        let evidence = evidence(observation, &format!("{} answers {by} for {name}", named.server));
        let answered = Answered { name, by, evidence };
        let (key, now) = ((named.client, named.server), observation.ended);
        self.named.expire(now, |_, _| {});
        if let Some(known) = self.named.get_mut(&key, now) {
            *known = answered;
        } else {
            self.named.get_or_insert(key, now, || answered);
        }
    }

    /// What a logon shows together with those before it.
    pub(super) fn take(&mut self, observation: &Observation) -> Vec<Observation> {
        if !matches!(observation.record, Record::Auth(_) | Record::Kdc(_)) {
            return Vec::new();
        }
        let now = observation.ended;
        self.proofs.expire(now, |_, _| {});
        self.challenges.expire(now, |_, _| {});
        self.rogues.expire(now, |_, _| {});
        self.misled.expire(now, |_, _| {});
        self.named.expire(now, |_, _| {});
        self.failures.expire(now, |_, _| {});
        let mut told = Vec::new();
        for row in ALERTS {
            told.extend((row.find)(self, observation).map(|finding| about(observation, row, finding)));
        }
        told
    }

    /// The same response on two connections with other ends: one was carried to the other.
    fn relay(&mut self, observation: &Observation) -> Option<Finding> {
        let auth = logon(observation)?;
        let proof = observation.joins.as_ref()?.proof?;
        let (client, server) = (auth.client.end.ip?, auth.server.end.ip?);
        let leg = || Leg {
            id: auth.seen.id,
            client,
            server,
            carrier: auth.carrier,
            resource: auth.resource.clone(),
            origins: observation.origins,
            shown: last_packet(observation),
        };
        let key = self.key.hash_one(proof);
        let first =
            self.proofs.get_or_insert(key, observation.ended, leg).filter(|inserted| !inserted.new)?.value;
        let same_ends = first.client == client && first.server == server;
        // Address translation: it is the same connection.
        let translated = first.origins.is_some() && first.origins == observation.origins;
        // A reverse proxy hands on the same request.
        let web = |carrier| matches!(carrier, Carrier::Http | Carrier::HttpProxy);
        let proxied = web(first.carrier)
            && web(auth.carrier)
            && path(first.resource.as_deref()) == path(auth.resource.as_deref());
        // Without a nonce of the client the response to one challenge is always the same, also at two servers that give everybody the same
        // one. There the host in the middle must show.
        let nonce = auth
            .ntlm
            .as_ref()
            .is_some_and(|ntlm| matches!(ntlm.version, NtlmVersion::Ntlmv2 | NtlmVersion::Ntlmv1Ess));
        let between = first.server == client || first.client == server;
        if same_ends || translated || proxied || !(nonce || between) {
            return None;
        }
        let text = format!(
            "the same NTLM response was sent from {} to {} and from {client} to {server}: one host carries another's logon",
            first.client, first.server
        );
        let evidence = vec![first.evidence(), leg().evidence()];
        Some(Finding { text, exchanges: vec![first.id, auth.seen.id], evidence })
    }

    /// A server that gives the same challenge again and again.
    fn reuse(&mut self, observation: &Observation) -> Option<Finding> {
        let auth = logon(observation)?;
        let challenge = observation.joins.as_ref()?.challenge?;
        let (end, server) = (auth.client.end, auth.server.end.ip?);
        let client = (end.ip?, end.port?);
        let key = (self.key.hash_one(challenge), server);
        let Reuse { uses, told } =
            self.challenges.get_or_insert(key, observation.ended, Reuse::default)?.value;
        if *told || uses.iter().any(|one| one.client == client) {
            return None;
        }
        uses.push(Use { client, id: auth.seen.id, shown: last_packet(observation) });
        if uses.len() < REUSES {
            return None;
        }
        *told = true;
        let text = format!(
            "{server} gives the same challenge on every connection: a capture tool, or a broken implementation"
        );
        let told = |one: &Use| one.shown.evidence("the same challenge");
        let uses = std::mem::take(uses);
        let (exchanges, evidence) =
            (uses.iter().map(|one| one.id).collect(), uses.iter().map(told).collect());
        Some(Finding { text, exchanges, evidence })
    }

    /// A server that is not what it says it is.
    fn rogue(&mut self, observation: &Observation) -> Option<Finding> {
        let auth = logon(observation)?;
        let server = auth.server.end.ip?;
        let (text, shown) =
            copied(auth, observation, server).or_else(|| self.misnamed(auth, observation, server))?;
        let new = self.rogues.get_or_insert(server, observation.ended, || Told)?.new;
        new.then(|| Finding { text, exchanges: vec![auth.seen.id], evidence: shown })
    }

    /// A server that answered for the name of another.
    fn misnamed(
        &self,
        auth: &Auth,
        observation: &Observation,
        server: IpAddr,
    ) -> Option<(String, Vec<Evidence>)> {
        let Answered { name, by, evidence: shown } = self.named.get(&(auth.client.end.ip?, server))?;
        let own = auth.server.nb_computer.as_deref().filter(|_| goes_by(auth, name))?;
        let text = format!(
            "{server} answered {by} for the name {name} and calls itself {own} of a domain, but takes no Kerberos"
        );
        let told = evidence(observation, &format!("the server calls itself {own}"));
        Some((text, [shown.clone(), told].concat()))
    }

    /// A client that calls a server by a name which means another one to itself: marshalled target information follows the name of a host
    /// (CVE-2025-33073), so that DNS leads it to the attacker and its ticket or its trust is for the host.
    fn misled(&mut self, observation: &Observation) -> Option<Finding> {
        let (id, client, names) = match &observation.record {
            Record::Auth(auth) => {
                let spn = auth.ntlm.as_ref().and_then(|ntlm| ntlm.target_spn.as_deref());
                let sname = auth.kerberos.as_ref().and_then(|kerberos| kerberos.sname.as_deref());
                (auth.seen.id, auth.client.end.ip?, [spn, sname, auth.resource.as_deref()])
            }
            Record::Kdc(kdc) => (kdc.seen.id, kdc.client.ip?, [kdc.sname.as_deref(), None, None]),
            Record::Alert(_) | Record::Opaque(_) | Record::Stats(_) | Record::Note(_) => return None,
        };
        let name = names.into_iter().flatten().find(|name| is_marshalled(name))?;
        let new = self.misled.get_or_insert(client, observation.ended, || Told)?.new;
        let text =
            format!("{client} was led to the name {name}, which carries target information for another host");
        let evidence = evidence(observation, "a name with marshalled target information");
        new.then(|| Finding { text, exchanges: vec![id], evidence })
    }

    /// One client that fails as many users.
    fn spray(&mut self, observation: &Observation) -> Option<Finding> {
        let auth = logon(observation)?;
        if auth.outcome.result != Ending::Failure {
            return None;
        }
        let user = auth.ntlm.as_ref()?.user.as_deref()?.to_lowercase();
        let client = auth.client.end.ip?;
        let failures = self.failures.get_or_insert(client, observation.ended, Failures::default)?.value;
        if failures.told || !failures.users.insert(user) {
            return None;
        }
        failures.exchanges.push(auth.seen.id);
        failures.evidence.extend(evidence(observation, "another user refused"));
        if failures.users.len() < SPRAYED {
            return None;
        }
        failures.told = true;
        let text =
            format!("{SPRAYED} users were refused from {client} within ten minutes: passwords are tried");
        let (exchanges, evidence) =
            (std::mem::take(&mut failures.exchanges), std::mem::take(&mut failures.evidence));
        Some(Finding { text, exchanges, evidence })
    }
}

/// A server with the challenge of a tool, or one that copies a Windows: what calls itself 10 always gives the time ([MS-NLMP] 2.2.2.1,
/// `MsvAvTimestamp`).
fn copied(auth: &Auth, observation: &Observation, server: IpAddr) -> Option<(String, Vec<Evidence>)> {
    let joins = observation.joins.as_ref()?;
    if joins.challenge == Some(FAVOURED) {
        let text =
            format!("{server} gives the challenge for which tables of responses are made: it collects them");
        return Some((text, evidence(observation, "the challenge of collecting tools")));
    }
    let os = auth.server.os.as_deref().filter(|os| joins.undated && os.starts_with("10."))?;
    let text =
        format!("{server} says that it is Windows {os} and gives no time, which that Windows always does");
    Some((text, evidence(observation, &format!("version {os} and no MsvAvTimestamp"))))
}

/// The response, which cannot be forged, says that a MIC follows; somebody took it away ([MS-NLMP] 3.2.5.1.2).
fn tampering(observation: &Observation) -> Option<Finding> {
    let auth = logon(observation)?;
    observation.joins.as_ref().filter(|joins| joins.mic_lost)?;
    let client = auth.client.end.ip?;
    let text = format!(
        "the response from {client} promises a MIC, and there is none: somebody removed it on the way"
    );
    let shown = evidence(observation, "MsvAvFlags says that a MIC is present; the message has none");
    Some(Finding { text, exchanges: vec![auth.seen.id], evidence: shown })
}

/// Mechanisms overwritten with object identifiers that nobody uses, so that only NTLM is left.
fn downgrade(observation: &Observation) -> Option<Finding> {
    let auth = logon(observation)?;
    let (by, mechs) = overwritten(auth)?;
    let end = if by == Side::Client { auth.client.end.ip? } else { auth.server.end.ip? };
    let text = format!("the mechanisms that {end} offers were overwritten on the way: {}", mechs.join(", "));
    let shown = evidence(observation, "mechTypes with identifiers of the arc 1.3.6.1.1");
    Some(Finding { text, exchanges: vec![auth.seen.id], evidence: shown })
}

/// The alert as an observation of its own, after the one that raised it.
fn about(observation: &Observation, row: &Row, finding: Finding) -> Observation {
    let Finding { text, exchanges, evidence } = finding;
    // Made of the exchanges' own identities, which are the same on every run.
    let mix = exchanges.iter().fold(0, |mix: u128, id| mix.rotate_left(7) ^ id.0);
    let named = row.name.bytes().fold(mix, |mix, byte| mix.rotate_left(5) ^ u128::from(byte));
    let ts = When { time: observation.ended, digits: observation.began.digits };
    let (name, severity) = (Word::Borrowed(row.name), row.severity);
    let alert = Alert { id: Id(named), ts, name, severity, text, exchanges, evidence };
    let record = Record::Alert(Box::new(alert));
    Observation::new(observation.began, observation.ended, Frames::new(), record)
}

/// The logon of an observation.
fn logon(observation: &Observation) -> Option<&Auth> {
    match &observation.record {
        Record::Auth(auth) => Some(auth),
        Record::Kdc(_) | Record::Alert(_) | Record::Opaque(_) | Record::Stats(_) | Record::Note(_) => None,
    }
}

/// The path of a URL.
fn path(resource: Option<&str>) -> Option<&str> {
    let rest = resource?.split_once("://")?.1;
    rest.find('/').and_then(|at| rest.get(at..))
}

#[cfg(test)]
mod tests {
    use super::super::example::{ntlm, observed};
    use super::*;
    use crate::model::{Joins, Time};

    /// Names of what a server is told of that says these things in its challenge, twice.
    fn told(os: Option<&str>, undated: bool, challenge: [u8; 8]) -> Vec<String> {
        let mut alerts = Alerts::default();
        let mut names = Vec::new();
        for time in [1, 2] {
            let mut auth = ntlm(Time(time));
            auth.server.os = os.map(Into::into);
            let mut observation = observed(auth);
            let challenge = Some(challenge);
            observation.joins = Some(Joins { challenge, proof: None, undated, mic_lost: false });
            let found = alerts.take(&observation).into_iter();
            names.extend(found.filter_map(|found| match found.record {
                Record::Alert(alert) => Some(alert.name.into_owned()),
                _ => None,
            }));
        }
        names
    }

    /// True where a relay is told of two logons with one response: their versions, and the last numbers of client and server of each.
    fn is_relayed(version: NtlmVersion, legs: [(u8, u8); 2]) -> bool {
        let mut alerts = Alerts::default();
        let mut told = Vec::new();
        for (time, (client, server)) in (1..).zip(legs) {
            let mut auth = ntlm(Time(time));
            auth.client.end.ip = Some([10, 0, 0, client].into());
            auth.server.end.ip = Some([10, 0, 0, server].into());
            auth.ntlm.as_mut().unwrap().version = version;
            let mut observation = observed(auth);
            observation.joins = Some(Joins {
                challenge: Some([7; 8]),
                proof: Some([9; 16]),
                undated: false,
                mic_lost: false,
            });
            told.extend(alerts.take(&observation));
        }
        told.iter().any(|told| matches!(&told.record, Record::Alert(alert) if alert.name == "ntlm-relay"))
    }

    #[test]
    fn one_response_to_two_servers_is_a_relay_unless_it_could_not_be_another() {
        for (version, legs, expected) in [
            (NtlmVersion::Ntlmv2, [(1, 66), (66, 2)], true),
            (NtlmVersion::Ntlmv1, [(1, 66), (66, 2)], true),
            // The leg of the attacker is seen first.
            (NtlmVersion::Ntlmv1, [(66, 2), (1, 66)], true),
            // Seen behind a translation of addresses, and with the attacker on another segment.
            (NtlmVersion::Ntlmv2, [(1, 66), (67, 2)], true),
            // Two servers with the same constant challenge.
            (NtlmVersion::Ntlmv1, [(1, 2), (1, 3)], false),
            (NtlmVersion::Lm, [(1, 2), (4, 3)], false),
            // Sent twice.
            (NtlmVersion::Ntlmv2, [(1, 2), (1, 2)], false),
        ] {
            assert_eq!(is_relayed(version, legs), expected, "{version:?} {legs:?}");
        }
    }

    /// What Windows Server 2003, Samba, gss-ntlmssp and Windows say, and what the tools say that copy Windows.
    #[test]
    fn a_rogue_server_is_one_that_claims_to_be_a_windows_that_it_cannot_be() {
        const CHANCE: [u8; 8] = [0x3e, 0x81, 0x5f, 0x0c, 0xa2, 0x11, 0x77, 0xd4];
        for (os, undated, challenge, expected) in [
            (Some("5.2.3790"), true, CHANCE, false),
            (Some("6.1.0"), false, CHANCE, false),
            (None, true, CHANCE, false),
            (Some("10.0.20348"), false, CHANCE, false),
            (Some("10.0.20348"), true, CHANCE, true),
            (None, false, FAVOURED, true),
        ] {
            let expected: &[&str] = if expected { &["rogue-server"] } else { &[] };
            assert_eq!(told(os, undated, challenge), expected, "{os:?} {undated}");
        }
    }
}
