//! Each reason and each alert with the samples that show it, and with those that look like it and must not have it.
#![cfg(test)]

#[path = "support/program.rs"]
mod program;
#[path = "support/samples.rs"]
mod samples;

use std::collections::{BTreeMap, BTreeSet};

use ntlmscope::{explain, reason};
use program::lines;
use samples::captures;
use serde_json::Value;

/// A reason, the samples in which it comes first, and those that look like it at first sight and are something else.
struct Rule {
    name: &'static str,
    shows: &'static [&'static str],
    near: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule {
        name: "null-session",
        shows: &["07-anonymous", "07-anonymous-smb1", "07-anonymous-no-spnego"],
        // A guest gave a name.
        near: &["06-workgroup-guest", "09-smb1-guest"],
    },
    Rule {
        name: "mechanisms-overwritten",
        shows: &["11-spnego-downgrade"],
        // The server takes NTLM of an untouched list.
        near: &["13-http-server-chooses-ntlm", "14-iakerb"],
    },
    Rule {
        name: "target-ip",
        shows: &["02-smb3-ntlmv2-by-ip", "13-http-negotiate-ntlm-by-ip", "16-ipv6-smb-ntlm"],
        // The address has a principal; a name that is not the server's.
        near: &["02-http-krb5-by-ip", "07-ntlmv2-other-target-name"],
    },
    Rule {
        name: "target-name-empty",
        shows: &["13-http-no-target-name"],
        // NTLMv1 and SMB 1 have no place for a target name; FreeTDS sends none.
        near: &["07-ntlmv1", "09-smb1-ntlmv2", "18-tds-freetds-ntlm"],
    },
    Rule {
        name: "clock-skew",
        shows: &["04-http-clock-skew-then-ntlm", "10-clock-skew-as-then-ntlm"],
        near: &["10-etype-not-supported-then-ntlm", "04-http-etype-not-supported-then-ntlm"],
    },
    Rule {
        name: "etype-not-supported",
        shows: &["04-http-etype-not-supported-then-ntlm", "10-etype-not-supported-then-ntlm"],
        near: &["04-http-clock-skew-then-ntlm", "10-clock-skew-as-then-ntlm"],
    },
    Rule {
        name: "foreign-realm",
        shows: &["05-smb-no-trust-then-ntlm"],
        // The same realm; a trust that carried Kerberos; one of which nothing was seen.
        near: &[
            "04-smb-spn-unknown-then-ntlm",
            "05-trust-smb-krb5",
            "05-trust-smb-ntlm",
            "07-unknown-domain",
        ],
    },
    Rule {
        name: "spn-unknown",
        shows: &[
            "04-smb-spn-unknown-then-ntlm",
            "04-http-spn-unknown-then-ntlm",
            "08-smb2-pyspnego-spn-unknown",
        ],
        // Of another host.
        near: &["04-smb-spn-of-another-host", "04-smb-ticket-not-used"],
    },
    Rule {
        name: "spn-on-wrong-account",
        shows: &["04-http-wrong-key-then-ntlm"],
        // The service does not say why.
        near: &["04-smb-refused-then-ntlm", "04-http-clock-skew-then-ntlm"],
    },
    Rule {
        name: "kdc-refused-user",
        shows: &["07-account-disabled-then-ntlm", "07-wrong-password-then-ntlm"],
        // The KDC was never asked.
        near: &["07-account-disabled", "07-wrong-password"],
    },
    Rule {
        name: "kdc-unreachable",
        shows: &["03-kdc-drop-then-ntlm", "03-kdc-icmp-then-ntlm", "03-kdc-tcp-reset-after-too-big"],
        // The KDC of the account answered.
        near: &["05-smb-no-trust-then-ntlm", "04-smb-spn-unknown-then-ntlm"],
    },
    Rule {
        name: "workgroup",
        shows: &["06-workgroup-local-account", "06-workgroup-guest", "06-workgroup-default-domain"],
        // A member of a domain, and an account of its own.
        near: &["06-local-account-on-member", "07-unknown-domain"],
    },
    Rule {
        name: "local-account",
        shows: &["06-local-account-on-member"],
        // An account of the client; a domain that nobody knows.
        near: &["06-account-of-the-client", "07-unknown-domain", "07-ntlmv2-upn"],
    },
    Rule {
        name: "cloud-account",
        shows: &["06-cloud-account"],
        near: &["07-unknown-domain", "06-account-of-the-client"],
    },
    Rule {
        name: "server-offers-ntlm-only",
        shows: &["11-rogue-server", "11-relay-smb-to-http"],
        // It offers Kerberos, and the client passes over it; HTTP names no mechanisms.
        near: &["07-ntlmv2", "13-http-negotiate-ntlm-by-ip"],
    },
    Rule {
        name: "server-chose-ntlm",
        shows: &["13-http-server-chooses-ntlm"],
        // The client left it no choice.
        near: &["07-ntlmv2", "08-ldap-gss-spnego-ntlm"],
    },
    Rule {
        name: "no-spnego",
        shows: &["09-smb1-ntlmv1", "09-smb1-ntlmv2", "12-radius-mschapv1", "12-eap-mschapv2"],
        // SMB 1 with extended security, and the methods of PPP that are no NTLM.
        near: &["09-smb1-spnego-ntlmv2", "12-pppoe-chap-md5"],
    },
    Rule {
        name: "ntlm-called-directly",
        shows: &["13-http-ntlm-scheme", "08-rpc-tcp-ntlm-seal", "17-imap-ntlm", "08-smb2-raw-ntlmssp"],
        // The scheme is Negotiate, and NTLM in it.
        near: &["13-http-negotiate-ntlm-by-ip", "13-http-raw-ntlmssp-in-negotiate", "08-rpc-tcp-spnego-ntlm"],
    },
    Rule {
        name: "loopback",
        shows: &["11-loopback"],
        // Somebody else's logon comes back to him.
        near: &["11-relay-smb-to-smb", "11-no-relay-two-servers"],
    },
    Rule {
        name: "kerberos-refused-by-service",
        shows: &["04-smb-refused-then-ntlm"],
        // The service says why.
        near: &["04-http-wrong-key-then-ntlm", "13-http-server-chooses-ntlm"],
    },
    Rule {
        name: "other-domain",
        shows: &["05-trust-smb-ntlm"],
        // Nobody is let in of a domain that nobody knows; names of the server and of the client are no domains.
        near: &["07-unknown-domain", "06-account-of-the-client", "06-workgroup-guest", "13-http-ntlm-scheme"],
    },
    Rule {
        name: "ticket-not-used",
        shows: &["04-smb-ticket-not-used"],
        // A ticket of another service; one that was used and refused; one for another realm's KDC.
        near: &[
            "04-smb-ticket-of-another-service",
            "04-smb-refused-then-ntlm",
            "05-trust-kdc-unreachable-then-ntlm",
            "13-http-server-chooses-ntlm",
        ],
    },
    Rule {
        name: "client-offers-ntlm-only",
        shows: &["07-ntlmv2", "08-ldap-gss-spnego-ntlm"],
        // The client offered Kerberos too; what it offered was not seen.
        near: &["13-http-server-chooses-ntlm", "16-one-way"],
    },
    Rule { name: "unknown", shows: &["16-one-way"], near: &["16-snaplen-400", "07-ntlmv2"] },
];

/// Reasons that no sample has, and why the laboratory cannot make one.
const WITHOUT: [(&str, &str); 2] = [
    (
        "spn-duplicate",
        "neither Samba nor MIT lets a principal be on two accounts, or answers error 8 if it is",
    ),
    (
        "late-fallback",
        "only Windows 11 24H2 and Server 2025 know it, and there is no Windows in the laboratory",
    ),
];

/// An alert, the samples that raise it, and those that look like it and must not.
const ALERTS: &[Rule] = &[
    Rule {
        name: "ntlm-relay",
        shows: &[
            "11-relay-smb-to-smb",
            "11-relay-http-to-smb",
            "11-relay-smb-to-http",
            "11-relay-mic-removed",
        ],
        // Two logons of one user; sessions on many connections; a proxy and the site behind it.
        near: &[
            "11-no-relay-two-servers",
            "09-smb3-multichannel",
            "09-smb3-session-bind",
            "13-proxy-and-origin",
            "11-rogue-server",
        ],
    },
    Rule {
        name: "challenge-reuse",
        shows: &["11-rogue-server"],
        near: &["09-smb3-multichannel", "07-password-spray", "11-relay-smb-to-smb"],
    },
    Rule {
        name: "rogue-server",
        shows: &["11-rogue-server", "11-name-poisoning"],
        // A second name of a server; servers and clients that are no Windows; a relay, whose challenge is that of the target.
        near: &["11-no-poisoning-alias", "07-ntlmv2-impacket", "18-tds-freetds-ntlm", "11-relay-smb-to-smb"],
    },
    Rule {
        name: "misled-client",
        shows: &["11-marshalled-name"],
        near: &["04-smb-spn-unknown-then-ntlm", "08-smb2-pyspnego-spn-unknown"],
    },
    Rule {
        name: "spray",
        shows: &["07-password-spray"],
        // One user who fails again and again.
        near: &["07-account-locked-out", "07-wrong-password-then-ntlm"],
    },
    Rule {
        name: "ntlm-tampering",
        shows: &["11-relay-mic-removed"],
        // A client that never sends a MIC, and an untouched relay.
        near: &["07-ntlmv2-impacket", "11-relay-smb-to-smb", "07-ntlmv1"],
    },
    Rule {
        name: "spnego-downgrade",
        shows: &["11-spnego-downgrade"],
        near: &["13-http-server-chooses-ntlm", "11-relay-mic-removed"],
    },
];

/// What a sample says, for each of its logons that was not Kerberos: the names of the reasons, and the scenario of the first.
struct Said {
    reasons: Vec<Vec<String>>,
    scenarios: BTreeSet<u64>,
    alerts: BTreeSet<String>,
}

fn all() -> BTreeMap<String, Said> {
    let of = |capture: String| {
        let records = lines(&[&capture]);
        let (mut reasons, mut scenarios, mut alerts) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for record in records.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            every_id_has_a_page(&record);
            if record["kind"] == "alert" {
                alerts.insert(record["name"].as_str().unwrap().to_owned());
            }
            let found = record.pointer("/fallback/reasons").and_then(Value::as_array);
            for found in found.into_iter().filter(|_| record["kind"] == "auth") {
                reasons.push(found.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect());
                scenarios.extend(found.first().and_then(|first| first["scenario"].as_u64()));
            }
        }
        let (sample, _) = capture.split_once('/').unwrap();
        (sample.to_owned(), Said { reasons, scenarios, alerts })
    };
    captures().into_iter().map(of).collect()
}

/// Whatever a record names can be explained.
fn every_id_has_a_page(record: &Value) {
    let strings = |place: &str, key: &str| -> Vec<String> {
        let list = record.pointer(place).and_then(Value::as_array).cloned().unwrap_or_default();
        let id = |one: Value| if key.is_empty() { one } else { one[key].clone() };
        list.into_iter().map(|one| id(one).to_string().trim_matches('"').to_owned()).collect()
    };
    let mut ids = strings("/fallback/fix", "");
    for (place, key) in [
        ("/fallback/reasons", "id"),
        ("/fallback/reasons", "name"),
        ("/risks", "id"),
        ("/audit_events", "id"),
    ] {
        ids.extend(strings(place, key));
    }
    if record["kind"] == "alert" {
        ids.push(record["name"].as_str().unwrap().to_owned());
    }
    for id in ids {
        assert!(explain::page(&id).is_some(), "nothing explains {id}");
    }
}

#[test]
fn each_rule_has_samples_that_show_it_and_none_where_it_only_seems_so() {
    let all = all();
    let said = |sample: &str| all.get(sample).unwrap_or_else(|| panic!("there is no sample {sample}"));
    let mut faults = Vec::new();
    for Rule { name, shows, near } in RULES {
        for sample in *shows {
            let first = |reasons: &Vec<String>| reasons.first().is_some_and(|first| first == name);
            if !said(sample).reasons.iter().any(first) {
                faults.push(format!("{sample} does not have {name} first: {:?}", said(sample).reasons));
            }
        }
        for sample in *near {
            if said(sample).reasons.iter().flatten().any(|reason| reason == name) {
                faults.push(format!("{sample} has {name}, which it only looks like"));
            }
        }
        assert!(!shows.is_empty() && !near.is_empty(), "{name}");
    }
    for (name, why) in WITHOUT {
        let shown = all.iter().find(|(_, said)| said.reasons.iter().flatten().any(|reason| reason == name));
        assert!(shown.is_none() && !why.is_empty(), "{name} has a sample after all");
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    let scenarios: BTreeSet<u64> = all.values().flat_map(|said| said.scenarios.clone()).collect();
    assert_eq!(scenarios, BTreeSet::from([1, 2, 3, 4, 5]), "each scenario has a sample");
}

#[test]
fn each_alert_has_samples_that_raise_it_and_none_where_it_only_seems_so() {
    let all = all();
    for Rule { name, shows, near } in ALERTS {
        for (samples, raised) in [(shows, true), (near, false)] {
            assert!(!samples.is_empty());
            for sample in *samples {
                assert_eq!(all[*sample].alerts.contains(*name), raised, "{name} in {sample}");
            }
        }
    }
    let listed: BTreeSet<_> = ALERTS.iter().map(|alert| alert.name).collect();
    let raised: BTreeSet<_> = all.values().flat_map(|said| &said.alerts).map(String::as_str).collect();
    assert_eq!(listed, raised, "each alert of any sample is listed");
    assert_eq!(listed, reason::alerts().collect());
}

#[test]
fn every_rule_is_listed() {
    let listed = RULES.iter().map(|rule| rule.name).chain(WITHOUT.map(|(name, _)| name));
    let listed: BTreeSet<_> = listed.collect();
    assert_eq!(listed, reason::names().collect());
    assert_eq!(listed.len(), RULES.len().strict_add(WITHOUT.len()), "a rule is listed twice");
}
