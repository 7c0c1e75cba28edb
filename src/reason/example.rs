//! A logon to make tests of.

use crate::model::{
    Auth, Carrier, Client, End, Ending, Id, LmResponse, Mechanism, Ntlm, NtlmVersion, Observation, Outcome,
    Record, Seen, Server, SourceId, Spnego, Stamp, Time, When, Word, Wrapper,
};

/// An NTLM logon of alice at the file server fs, both of LAB.TEST, that ended at a time.
pub(super) fn ntlm(ended: Time) -> Auth {
    let end = |last| End { ip: Some([10, 77, 0, last].into()), port: Some(445) };
    let server = Server {
        end: end(11),
        nb_computer: Some("FS".to_owned()),
        nb_domain: Some("LAB".to_owned()),
        dns_computer: Some("fs.lab.test".to_owned()),
        dns_domain: Some("lab.test".to_owned()),
        dns_forest: None,
        os: None,
        mac: None,
    };
    Auth {
        seen: seen(ended),
        client: Client { end: end(50), workstation: None, os: None, user: None, mac: None },
        server,
        carrier: Carrier::Smb2,
        service: None,
        resource: None,
        requested: None,
        wrapper: Some(Wrapper::Spnego),
        mechanism: Mechanism::Ntlm,
        complete: true,
        outcome: Outcome { result: Ending::Success, ..Outcome::default() },
        spnego: Some(Spnego { offered: vec!["ntlmssp".into()], ..Spnego::default() }),
        ntlm: Some(response()),
        kerberos: None,
        mschap: None,
        fallback: None,
        risks: Vec::new(),
        audit_events: Vec::new(),
    }
}

/// The observation of a logon.
pub(super) fn observed(auth: Auth) -> Observation {
    let (time, id) = (auth.seen.ts.time, auth.seen.id);
    Observation {
        began: Stamp { time, ..Stamp::default() },
        ended: time,
        frames: vec![(SourceId::default(), u64::try_from(id.0).unwrap())],
        record: Record::Auth(Box::new(auth)),
        joins: None,
        origins: None,
    }
}

/// Names of mechanisms.
pub(super) fn mechs(names: &[&'static str]) -> Vec<Word> {
    names.iter().map(|name| Word::Borrowed(name)).collect()
}

fn seen(time: Time) -> Seen {
    Seen {
        id: Id(0),
        ts: When { time, digits: 6 },
        duration_ms: 0,
        frames: vec![1, 2, 3],
        source: "".into(),
        frame_sources: Vec::new(),
        sensor: None,
        encap: Vec::new(),
    }
}

fn response() -> Ntlm {
    Ntlm {
        version: NtlmVersion::Ntlmv2,
        user: Some("alice".to_owned()),
        domain: Some("LAB".to_owned()),
        workstation: None,
        flags: Vec::new(),
        lm_response: Some(LmResponse::Zero),
        mic: Some(true),
        target_spn: Some("cifs/fs.lab.test".to_owned()),
        spn_untrusted: None,
        channel_binding: None,
        single_host: None,
        server_time: None,
        client_time: None,
        sign: true,
        seal: false,
        key_exchange: false,
        key_bits: 128,
    }
}
