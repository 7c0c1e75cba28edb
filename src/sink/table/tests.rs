//! The whole page, as an administrator sees it.

use std::collections::BTreeMap;

use super::super::example::{auth, eapol, input, kdc, kerberos, mschap, ntlm, opaque, refused, stats};
use super::*;
use crate::model::{
    Carrier, Confidence, Cover, Ending, Fallback, FallbackKind, InputEnd, Kdc, KdcEnding, KdcType, Mechanism,
    NtlmVersion, Outcome, Reason, ReasonId,
};

fn page(records: &[Record], columns: usize, colour: bool) -> String {
    let mut out = Vec::new();
    let mut table = Table::new(&mut out, columns, colour);
    for record in records {
        table.record(record).unwrap();
    }
    table.finish().unwrap();
    String::from_utf8(out).unwrap()
}

fn of(auths: Vec<Auth>, kdcs: Vec<Kdc>, stats: Stats) -> Vec<Record> {
    let auths = auths.into_iter().map(|auth| Record::Auth(Box::new(auth)));
    let kdcs = kdcs.into_iter().map(|kdc| Record::Kdc(Box::new(kdc)));
    auths.chain(kdcs).chain([Record::Stats(Box::new(stats))]).collect()
}

/// A morning in an office: old scanners, a share that is reached by address, one that has no name in the directory.
fn office() -> Vec<Record> {
    let by_address = ntlm(
        NtlmVersion::Ntlmv2,
        "10.1.20.31 WS-031",
        "10.1.10.5 fs1.lab.test",
        r"LAB\alice",
        "cifs/10.1.10.5",
    );
    let wrong_password = ntlm(
        NtlmVersion::Ntlmv2,
        "10.1.20.44 WS-044",
        "10.1.10.7 intranet-legacy.lab.test",
        r"LAB\bob",
        "HTTP/intranet",
    );
    let mut wrong_password = refused(wrong_password, "401");
    wrong_password.carrier = Carrier::Http;
    let scanner =
        ntlm(NtlmVersion::Ntlmv1, "10.1.30.9 MFP-3RD-FLOOR", "10.1.10.5 fs1.lab.test", r"LAB\svc-scan", "");
    let old_nas = ntlm(NtlmVersion::Lm, "10.1.30.200 NAS", "10.1.10.5 fs1.lab.test", r"WORKGROUP\backup", "");
    let mut old_nas = refused(old_nas, "STATUS_LOGON_FAILURE");
    old_nas.carrier = Carrier::Smb1;
    let ess = ntlm(
        NtlmVersion::Ntlmv1Ess,
        "10.1.20.32 WS-032",
        "10.1.10.8 FILESERVER-ACCOUNTING-ARCHIVE-2012.finance.lab.test",
        r"LAB\carol.with-a-rather-long-name@lab.test",
        "cifs/FILESERVER-ACCOUNTING-ARCHIVE-2012.finance.lab.test",
    );
    let mut nobody = ntlm(NtlmVersion::Anonymous, "10.1.20.31 WS-031", "10.1.10.2 dc1.lab.test", r"\", "");
    nobody.outcome.result = Ending::Unknown;
    nobody.complete = false;
    let mut auths = vec![by_address; 12];
    auths.extend([wrong_password.clone(), wrong_password, scanner.clone(), scanner, old_nas, ess, nobody]);
    auths.extend(vec![kerberos("10.1.20.31", "10.1.10.5", "cifs/fs1.lab.test", Carrier::Smb2); 61]);
    auths.extend(vec![kerberos("10.1.20.31", "10.1.10.7", "HTTP/intranet.lab.test", Carrier::Http); 9]);
    let mut skewed = kerberos("10.1.20.77", "10.1.10.5", "cifs/fs1.lab.test", Carrier::Smb2);
    skewed.kerberos.as_mut().unwrap().error = Some("KRB_AP_ERR_SKEW".into());
    auths.push(refused(skewed, "STATUS_TIME_DIFFERENCE_AT_DC"));
    auths.extend(vec![auth("10.1.20.31", "10.1.10.9", Mechanism::Basic); 3]);
    auths.push(auth("10.1.20.31", "10.1.10.9", Mechanism::Unknown));
    let unknown = Some((7, "KDC_ERR_S_PRINCIPAL_UNKNOWN"));
    let mut kdcs = vec![kdc(KdcType::Tgs, "cifs/fs1.lab.test", KdcEnding::Success, None); 40];
    kdcs.extend(vec![
        kdc(KdcType::As, "alice", KdcEnding::Failure, Some((25, "KDC_ERR_PREAUTH_REQUIRED")));
        22
    ]);
    kdcs.extend(vec![kdc(KdcType::Tgs, "cifs/nospn.lab.test", KdcEnding::Failure, unknown); 3]);
    kdcs.push(kdc(KdcType::As, "olduser", KdcEnding::Failure, Some((6, "KDC_ERR_C_PRINCIPAL_UNKNOWN"))));
    kdcs.extend(vec![kdc(KdcType::Tgs, "HTTP/web.branch.test", KdcEnding::NoReply, None); 2]);
    of(auths, kdcs, stats())
}

/// A run in which everything that can go wrong did.
fn trouble() -> Vec<Record> {
    let mut stats = stats();
    stats.flows_evicted = 4;
    stats.streams_with_gaps = 3;
    stats.gap_bytes = 18_442;
    stats.overlap_bytes = 1;
    stats.malformed = BTreeMap::from([("smb2".into(), 2), ("http".into(), 5)]);
    stats.undecoded = BTreeMap::from([("link/147".into(), 900), ("ip/truncated".into(), 11)]);
    stats.truncated_packets = 48_000;
    stats.kernel_drops = 77;
    stats.inputs.extend([
        input("cut.pcap", 9_999, InputEnd::Truncated, None),
        input("gone.pcap", 0, InputEnd::Error, Some("no such file or directory")),
        input("bad.pcapng", 12, InputEnd::Error, Some("block length 3 at byte 4096")),
    ]);
    of(Vec::new(), Vec::new(), stats)
}

#[test]
fn encrypted_connections_are_told_by_their_kind() {
    let mut stats = stats();
    stats.opaque_uncounted = 2;
    let hidden = [(Cover::Https, 443, 40), (Cover::Https, 8443, 1), (Cover::Ldaps, 636, 4)];
    let mut records = vec![Record::Stats(Box::new(stats))];
    records.extend(hidden.map(|(cover, port, count)| Record::Opaque(Box::new(opaque(cover, port, count)))));
    let page = page(&records, 120, false);
    let told = "47 connections were encrypted, with the logons in them (HTTPS 41, LDAPS 4 and of a kind that was not kept 2).";
    assert!(page.contains(told), "{page}");
}

/// What each client or server needs is told under the reason that they share.
#[test]
fn a_reason_stands_once_with_the_changes_that_end_it() {
    let logons = (0..7).map(|number: u8| {
        let mut logon = auth("10.1.20.31", "10.1.10.5", Mechanism::Ntlm);
        let reason = Reason {
            id: ReasonId::Name("x".into()),
            name: "x".into(),
            scenario: None,
            confidence: Confidence::Proved,
            text: "they share it".into(),
            advice: format!("change {}", number % 5),
            evidence: Vec::new(),
        };
        let fallback = Fallback { kind: FallbackKind::Unseen, reasons: vec![reason], fix: Vec::new() };
        logon.fallback = Some(fallback);
        logon
    });
    let page = page(&of(logons.collect(), Vec::new(), stats()), 120, false);
    let told = "- 7 logons: they share it [x]\n  fix: change 0\n  fix: change 1\n  fix: change 2\n  \
                and 2 more fixes: use --format jsonl\n";
    assert!(page.contains(told), "{page}");
}

#[test]
fn records_that_were_judged_early_are_told() {
    let mut stats = stats();
    stats.judged_early = 2;
    let page = page(&[Record::Stats(Box::new(stats))], 120, false);
    assert!(page.contains("2 records were judged before"), "{page}");
}

#[test]
fn an_office_at_80_columns() {
    insta::assert_snapshot!(page(&office(), 80, false));
}

#[test]
fn an_office_at_120_columns() {
    insta::assert_snapshot!(page(&office(), 120, false));
}

#[test]
fn a_run_with_trouble_at_80_columns() {
    insta::assert_snapshot!(page(&trouble(), 80, false));
}

#[test]
fn every_width_is_kept() {
    for columns in 60..140 {
        for line in page(&office(), columns, false).lines().chain(page(&trouble(), columns, false).lines()) {
            assert!(text::width(line) <= columns, "{columns}: {line}");
            assert_eq!(line.trim_end(), line);
        }
    }
}

#[test]
fn ipv6_addresses_are_never_cut() {
    let [client, server] =
        ["2001:db8:1234:5678:9abc:def0:1234:5678", "2001:db8:1234:5678:9abc:def0:1234:9999"];
    let logon = ntlm(
        NtlmVersion::Ntlmv2,
        &format!("{client} WS"),
        &format!("{server} fs1.lab.test"),
        r"LAB\alice",
        "cifs/fs1",
    );
    let records = of(vec![logon], Vec::new(), stats());
    insta::assert_snapshot!(page(&records, 80, false));
    for columns in [40, 80, 100, 120, 200] {
        let text = page(&records, columns, false);
        assert!(text.contains(client) && text.contains(server), "{text}");
    }
}

#[test]
fn hostile_names_cannot_reach_the_terminal() {
    let evil = "\x1b]0;owned\x07\x1b[2J\r\n\u{202e}\u{2066}\u{9b}31m";
    let mut logon = ntlm(NtlmVersion::Ntlmv2, "10.0.0.1 x", "10.0.0.2 y", r"D\u", "cifs/z");
    logon.client.workstation = Some(evil.into());
    logon.server.dns_computer = Some(evil.into());
    logon.outcome = Outcome { result: Ending::Failure, code: Some(evil.into()), ..Outcome::default() };
    let ntlm = logon.ntlm.as_mut().unwrap();
    (ntlm.user, ntlm.domain, ntlm.target_spn) = (Some(evil.into()), Some(evil.into()), Some(evil.into()));
    let mut ticket = kerberos("10.0.0.1", "10.0.0.2", evil, Carrier::Smb2);
    ticket.kerberos.as_mut().unwrap().error = Some(evil.into());
    ticket.outcome.result = Ending::Failure;
    let mut stats = stats();
    stats.undecoded = BTreeMap::from([(evil.into(), 1)]);
    stats.malformed = BTreeMap::from([(evil.into(), 1)]);
    stats.inputs.push(input(evil, 1, InputEnd::Error, Some(evil)));
    let kdcs =
        [KdcType::As, KdcType::Tgs].map(|exchange| kdc(exchange, evil, KdcEnding::Failure, Some((60, evil))));
    let text = page(&of(vec![logon, ticket], kdcs.into(), stats), 80, false);
    let obeyed =
        |c: &char| (c.is_control() && *c != '\n') || ('\u{2000}'..'\u{2010}').contains(c) || *c == '\u{202e}';
    assert_eq!(text.chars().find(obeyed), None, "{text}");
    assert!(!text.contains('\u{2066}'));
}

#[test]
fn colours_are_there_only_when_wanted() {
    let plain = page(&office(), 80, false);
    let coloured = page(&office(), 80, true);
    assert!(!plain.contains('\x1b') && coloured.contains('\x1b'));
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn an_empty_capture_is_one_sentence() {
    let mut empty = Stats::default();
    empty.inputs.push(input("empty.pcap", 0, InputEnd::Clean, None));
    assert_eq!(page(&of(Vec::new(), Vec::new(), empty), 80, false), "The input holds no packets.\n");
}

#[test]
fn a_capture_without_authentications_is_one_sentence() {
    assert_eq!(
        page(&of(Vec::new(), Vec::new(), stats()), 120, false),
        "No authentication was seen in 48211 packets over 2 h 30 min (2024-03-01 09:00:00 to 11:30:12 UTC).\n"
    );
}

#[test]
fn mschap_stands_beside_ntlm_with_version_1_first() {
    let v2 = mschap(2, "10.1.40.2", "10.1.10.3", r"LAB\alice");
    let v1 = mschap(1, "10.1.40.2", "10.1.10.3", r"LAB\bob");
    let share = ntlm(NtlmVersion::Ntlmv2, "10.1.20.31 WS", "10.1.10.5 fs1", r"LAB\carol", "cifs/fs1");
    let records = of(vec![share, v2.clone(), v1, eapol("dave")], Vec::new(), stats());
    insta::assert_snapshot!(page(&records, 100, false));
    let alone = page(&of(vec![v2], Vec::new(), stats()), 100, false);
    assert!(alone.contains("MS-CHAP still in use: 1 MS-CHAPv2\n"), "{alone}");
}

#[test]
fn a_long_list_says_what_it_leaves_out() {
    let logons = (0..60)
        .map(|host| ntlm(NtlmVersion::Ntlmv2, &format!("10.0.0.{host} WS"), "10.1.0.1 fs1", r"LAB\alice", ""))
        .collect();
    let text = page(&of(logons, Vec::new(), stats()), 80, false);
    assert!(text.ends_with("… and 10 more rows: --format jsonl has them all.\n"), "{text}");
}
