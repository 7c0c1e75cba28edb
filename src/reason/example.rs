//! A logon to make tests of.

use ntlmscope_parsers::krb5::{ETypes, KdcOptions, PaTypes};
use ntlmscope_parsers::ntlmssp::Flags;

use crate::model::{
    Auth, Carrier, Client, End, Ending, Id, Kdc, KdcEnding, KdcOutcome, KdcTransport, KdcType, LmResponse,
    Mechanism, Mechs, Ntlm, NtlmVersion, Observation, Outcome, Record, Seen, Server, Shared, SourceId,
    Spnego, Stamp, Time, When, Word, Wrapper,
};

/// An NTLM logon of alice at the file server fs, both of LAB.TEST, that ended at a time.
pub(super) fn ntlm(ended: Time) -> Auth {
    let server = Server {
        end: end(11),
        nb_computer: Some("FS".into()),
        nb_domain: Some("LAB".into()),
        dns_computer: Some("fs.lab.test".into()),
        dns_domain: Some("lab.test".into()),
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
        spnego: Some(Spnego { offered: mechs(&["ntlmssp"]), ..Spnego::default() }.into()),
        ntlm: Some(response()),
        kerberos: None,
        mschap: None,
        fallback: None,
        risks: Shared::default(),
        audit_events: Shared::default(),
    }
}

/// What a KDC of a realm answers the same client that asks for a principal: an error, a referral to another realm, or else a ticket.
pub(super) fn kdc(time: Time, realm: &str, sname: &str, error: Option<i32>, referral: Option<&str>) -> Kdc {
    let result = if error.is_some() { KdcEnding::Failure } else { KdcEnding::Success };
    Kdc {
        seen: seen(time),
        client: end(50),
        server: end(10),
        transport: KdcTransport::Tcp,
        exchange: Some(KdcType::Tgs),
        realm: Some(realm.into()),
        cname: None,
        sname: Some(sname.into()),
        referral: referral.map(Into::into),
        etypes_offered: ETypes::new(),
        ticket_etype: None,
        reply_etype: None,
        preauth: PaTypes::new(),
        preauth_hints: PaTypes::new(),
        options: KdcOptions::default(),
        outcome: KdcOutcome { result, code: None, number: error, text: None },
        risks: Shared::default(),
    }
}

/// The observation of a logon.
pub(super) fn observed(auth: Auth) -> Observation {
    let (time, id) = (auth.seen.ts.time, auth.seen.id);
    observation(time, u64::try_from(id.0).unwrap(), Record::Auth(Box::new(auth)))
}

/// The observation of an exchange with a KDC.
pub(super) fn asked(kdc: Kdc) -> Observation {
    observation(kdc.seen.ts.time, 1, Record::Kdc(Box::new(kdc)))
}

fn observation(time: Time, frame: u64, record: Record) -> Observation {
    let began = Stamp { time, ..Stamp::default() };
    Observation::new(began, time, [(SourceId::default(), frame)].into_iter().collect(), record)
}

fn end(last: u8) -> End {
    End { ip: Some([10, 77, 0, last].into()), port: Some(445) }
}

/// Names of mechanisms.
pub(super) fn mechs(names: &[&'static str]) -> Mechs {
    names.iter().map(|name| Word::Borrowed(name)).collect()
}

fn seen(time: Time) -> Seen {
    Seen {
        id: Id(0),
        ts: When { time, digits: 6 },
        duration_ms: 0,
        frames: [1, 2, 3].into_iter().collect(),
        source: "".into(),
        frame_sources: Vec::new(),
        sensor: None,
        encap: Vec::new(),
    }
}

fn response() -> Ntlm {
    Ntlm {
        version: NtlmVersion::Ntlmv2,
        user: Some("alice".into()),
        domain: Some("LAB".into()),
        workstation: None,
        flags: Some(Flags::default()),
        lm_response: Some(LmResponse::Zero),
        mic: Some(true),
        target_spn: Some("cifs/fs.lab.test".into()),
        spn_untrusted: None,
        channel_binding: None,
        single_host: None,
        server_time: None,
        client_time: None,
        sign: Some(true),
        seal: Some(false),
        key_exchange: Some(false),
        key_bits: Some(128),
    }
}
