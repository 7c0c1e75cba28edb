//! Records as they come from an office network, made by hand for the tests of the sinks.

use std::collections::BTreeMap;

use ntlmscope_parsers::krb5::{EType, KdcOptions, PaTypes};
use ntlmscope_parsers::ntlmssp::Flags;

use crate::model::{
    Auth, Carrier, Client, Cover, End, Ending, Host, Id, Input, InputEnd, Kdc, KdcEnding, KdcOutcome,
    KdcTransport, KdcType, Kerberos, Layer, LmResponse, Mac, Mechanism, MsChap, NegState, Ntlm, NtlmVersion,
    Opaque, Outcome, Record, Seen, Server, Shared, Spnego, Stats, Time, When, Word, Wrapper,
};

/// 2024-03-01 09:00:00 UTC.
const MORNING: i64 = 1_709_283_600_000_000_000;

fn when(milliseconds: i64) -> When {
    When { time: Time(milliseconds.saturating_mul(1_000_000).saturating_add(MORNING)), digits: 6 }
}

fn seen() -> Seen {
    Seen {
        id: Id(0x00c0_ffee),
        ts: when(1_500),
        duration_ms: 12,
        frames: [4, 5, 6, 7].into_iter().collect(),
        source: "office.pcapng".into(),
        frame_sources: Vec::new(),
        sensor: Some("hq".into()),
        encap: vec![Layer::Vlan(20)],
    }
}

fn end(ip: &str, port: u16) -> End {
    End { ip: Some(ip.parse().unwrap()), port: Some(port) }
}

/// An exchange of which only the ends and the mechanism are known.
pub(crate) fn auth(client: &str, server: &str, mechanism: Mechanism) -> Auth {
    Auth {
        seen: seen(),
        client: Client {
            end: end(client, 49_812),
            workstation: None,
            os: None,
            user: None,
            mac: Some(Mac([2, 0, 0, 0, 0, 9])),
        },
        server: Server {
            end: end(server, 445),
            nb_computer: None,
            nb_domain: None,
            dns_computer: None,
            dns_domain: None,
            dns_forest: None,
            os: None,
            mac: None,
        },
        carrier: Carrier::Smb2,
        service: None,
        resource: None,
        wrapper: Some(Wrapper::Spnego),
        mechanism,
        complete: true,
        outcome: Outcome { result: Ending::Success, ..Outcome::default() },
        spnego: None,
        ntlm: None,
        kerberos: None,
        mschap: None,
        requested: None,
        fallback: None,
        risks: Shared::default(),
        audit_events: Shared::default(),
    }
}

/// A refused MS-CHAP logon to a wireless network, as a RADIUS server saw it.
pub(crate) fn mschap(version: u8, nas: &str, server: &str, user: &str) -> Auth {
    let mechanism = if version == 1 { Mechanism::Mschapv1 } else { Mechanism::Mschapv2 };
    let mut auth = refused(auth(nas, server, mechanism), "Access-Reject");
    auth.carrier = Carrier::Radius;
    auth.service = Some("wifi".into());
    auth.wrapper = Some(Wrapper::Eap);
    auth.outcome.substatus = Some("ERROR_AUTHENTICATION_FAILURE(691)".into());
    auth.mschap = Some(Box::new(MsChap {
        version,
        user: Some(user.into()),
        identifier: 7,
        nas: Some("ap-3".into()),
        eap: true,
    }));
    auth
}

/// An EAPOL logon: no address is known but those of the stations.
pub(crate) fn eapol(user: &str) -> Auth {
    let mut auth = mschap(1, "0.0.0.0", "0.0.0.0", user);
    auth.carrier = Carrier::Eapol;
    let nowhere = End { ip: None, port: None };
    (auth.client.end, auth.server.end) = (nowhere, nowhere);
    auth
}

/// A successful NTLM logon over SMB 2: `client` and `server` are `address name`, `user` is `domain\user`.
pub(crate) fn ntlm(version: NtlmVersion, client: &str, server: &str, user: &str, target: &str) -> Auth {
    let [client, server] = [client, server].map(|end| end.split_once(' ').unwrap());
    let (domain, user) = user.split_once('\\').unwrap();
    let mut auth = auth(client.0, server.0, Mechanism::Ntlm);
    auth.client.workstation = Some(client.1.into());
    auth.client.os = Some("10.0.19041".into());
    auth.server.dns_computer = Some(server.1.into());
    auth.spnego = Some(Box::new(Spnego {
        offered: ["ms-krb5", "krb5", "ntlmssp"].map(Into::into).into_iter().collect(),
        selected: Some("ntlmssp".into()),
        state: Some(NegState::AcceptCompleted),
        ..Spnego::default()
    }));
    auth.ntlm = Some(Ntlm {
        version,
        user: Some(user.into()),
        domain: Some(domain.into()),
        workstation: Some(client.1.into()),
        flags: Some(Flags(Flags::NEGOTIATE_UNICODE.0 | Flags::NEGOTIATE_SIGN.0)),
        lm_response: Some(LmResponse::Zero),
        mic: Some(true),
        target_spn: Some(target.into()),
        spn_untrusted: None,
        channel_binding: None,
        single_host: None,
        server_time: Some(when(1_499)),
        client_time: Some(when(1_499)),
        sign: Some(true),
        seal: Some(false),
        key_exchange: Some(true),
        key_bits: Some(128),
    });
    auth
}

/// A Kerberos logon with a ticket for `sname`.
pub(crate) fn kerberos(client: &str, server: &str, sname: &'static str, carrier: Carrier) -> Auth {
    let mut auth = auth(client, server, Mechanism::Kerberos);
    auth.carrier = carrier;
    auth.service = sname.split('/').next().map(Word::from);
    auth.kerberos = Some(Box::new(Kerberos {
        realm: Some("LAB.TEST".into()),
        sname: Some(sname.into()),
        ticket_etype: Some("aes256-cts-hmac-sha1-96".into()),
        pvno: Some(5),
        ..Kerberos::default()
    }));
    auth
}

/// `auth`, refused with `code`.
pub(crate) fn refused(mut auth: Auth, code: &'static str) -> Auth {
    auth.outcome.result = Ending::Failure;
    auth.outcome.code = Some(code.into());
    auth
}

/// A request for `name` to a KDC, and how it ended.
pub(crate) fn kdc(
    exchange: KdcType,
    name: &str,
    result: KdcEnding,
    error: Option<(i32, &'static str)>,
) -> Kdc {
    let first = exchange == KdcType::As;
    Kdc {
        seen: seen(),
        client: end("10.1.20.31", 50_111),
        server: end("10.1.10.2", 88),
        transport: KdcTransport::Tcp,
        exchange: Some(exchange),
        realm: Some("LAB.TEST".into()),
        cname: first.then(|| name.into()),
        sname: Some(if first { "krbtgt/LAB.TEST".into() } else { name.into() }),
        referral: None,
        etypes_offered: [EType::AES256_CTS_HMAC_SHA1_96].into_iter().collect(),
        ticket_etype: None,
        reply_etype: None,
        preauth: PaTypes::new(),
        preauth_hints: PaTypes::new(),
        options: KdcOptions::FORWARDABLE,
        risks: Shared::default(),
        outcome: KdcOutcome {
            result,
            code: error.map(|error| error.1.into()),
            number: error.map(|error| error.0),
            text: None,
        },
    }
}

/// Connections from one client that are encrypted.
pub(crate) fn opaque(carrier: Cover, port: u16, sessions: u64) -> Opaque {
    Opaque {
        ts: when(700),
        client: Host { ip: "10.1.20.31".parse().ok() },
        server: end("10.1.10.2", port),
        carrier,
        service: None,
        sessions,
        server_name: Some("dc1.lab.test".into()),
        identity: None,
    }
}

/// Statistics of a run in which nothing went wrong.
pub(crate) fn stats() -> Stats {
    Stats {
        packets: 48_211,
        bytes: 31_000_000,
        first_ts: Some(when(0)),
        last_ts: Some(when(9_012_345)),
        elapsed_ms: 9_012_345,
        flows: 320,
        auth: BTreeMap::from([("ntlm/ntlmv2".into(), 7)]),
        inputs: vec![input("office.pcapng", 48_211, InputEnd::Clean, None)],
        ..Stats::default()
    }
}

pub(crate) fn input(source: &str, packets: u64, ended: InputEnd, text: Option<&str>) -> Input {
    Input { source: source.into(), packets, ended, text: text.map(str::to_owned) }
}

/// One record of each kind and of each mechanism's shape.
pub(crate) fn records() -> Vec<Record> {
    let v2 =
        ntlm(NtlmVersion::Ntlmv2, "10.1.20.31 WS-031", "fd00:10::5 fs1.lab.test", r"LAB\alice", "cifs/fs1");
    vec![
        Record::Auth(Box::new(v2)),
        Record::Auth(Box::new(kerberos("10.1.20.31", "10.1.10.5", "cifs/fs1.lab.test", Carrier::Smb2))),
        Record::Auth(Box::new(auth("10.1.20.31", "10.1.10.5", Mechanism::Basic))),
        Record::Kdc(Box::new(kdc(
            KdcType::Tgs,
            "cifs/fs1",
            KdcEnding::Failure,
            Some((7, "KDC_ERR_S_PRINCIPAL_UNKNOWN")),
        ))),
        Record::Auth(Box::new(mschap(2, "10.1.40.2", "10.1.10.3", r"LAB\alice"))),
        Record::Auth(Box::new(eapol("dave"))),
        Record::Kdc(Box::new(kdc(KdcType::As, "alice", KdcEnding::Success, None))),
        Record::Opaque(Box::new(opaque(Cover::Ldaps, 636, 4))),
        Record::Stats(Box::new(stats())),
    ]
}
