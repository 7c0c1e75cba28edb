//! Holds the records of each sample against its `expect.toml`, which was written from the scenario and the packets alone.
#![cfg(test)]
#![expect(clippy::arithmetic_side_effects, reason = "test code")]

#[path = "support/program.rs"]
mod program;
#[path = "support/samples.rs"]
mod samples;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use program::lines;
use samples::{captures, folder};
use serde_json::{Value, json};

/// The kinds of records, each a table of the same name in `expect.toml`.
const KINDS: [&str; 4] = ["auth", "kdc", "alert", "opaque"];
/// Keys that say how often a row is seen, and nothing of a record.
const COUNTS: [&str; 3] = ["at_least", "count", "optional"];

/// Where records say what a key of a row says; the first that is there counts.
const PLACES: [(&str, &[&str]); 30] = [
    ("also", &["/fallback/reasons"]),
    ("carrier", &["/carrier"]),
    ("cause", &["/fallback/reasons"]),
    ("client", &["/client/ip"]),
    ("cname", &["/cname"]),
    ("code", &["/outcome/code"]),
    ("domain", &["/ntlm/domain"]),
    ("encap", &["/encap"]),
    ("flags", &["/ntlm/flags"]),
    ("guest", &["/outcome/substatus"]),
    ("identity", &["/identity"]),
    ("lm_response", &["/ntlm/lm_response"]),
    ("mechanism", &["/mechanism"]),
    ("mic", &["/ntlm/mic"]),
    ("name", &["/name"]),
    ("not_flags", &["/ntlm/flags"]),
    ("offered", &["/spnego/offered"]),
    ("outcome", &["/outcome/result"]),
    ("scenario", &["/fallback/reasons"]),
    ("selected", &["/spnego/selected"]),
    ("server", &["/server/ip"]),
    ("server_name", &["/server_name"]),
    ("service", &["/service"]),
    ("sname", &["/kerberos/sname", "/sname"]),
    ("target_spn", &["/ntlm/target_spn"]),
    ("ticket_etype", &["/kerberos/ticket_etype", "/ticket_etype"]),
    ("transport", &["/transport"]),
    ("type", &["/type"]),
    ("user", &["/ntlm/user", "/mschap/user", "/client/user"]),
    ("version", &["/ntlm/version"]),
];

type Row = BTreeMap<String, Value>;

#[derive(serde::Deserialize)]
struct Pending {
    later: BTreeMap<String, String>,
    #[serde(default)]
    pending: Vec<Entry>,
}

#[derive(serde::Deserialize)]
struct Entry {
    sample: String,
    what: String,
    why: String,
}

#[test]
fn every_sample_shows_what_it_was_recorded_for() {
    let pending: Pending =
        toml::from_str(&fs::read_to_string(folder().join("pending.toml")).unwrap()).unwrap();
    assert!(pending.pending.iter().all(|entry| !entry.why.is_empty()), "a pending entry says why");
    let mut known: BTreeSet<_> =
        pending.pending.iter().map(|entry| (entry.sample.clone(), entry.what.clone())).collect();
    let mut faults = Vec::new();
    for capture in captures() {
        let (sample, _) = capture.split_once('/').unwrap();
        let expected = fs::read_to_string(folder().join(sample).join("expect.toml")).unwrap();
        let records: Vec<Value> =
            lines(&[&capture]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for key in pending.later.keys().filter(|key| records.iter().any(|record| said(record, key).is_some()))
        {
            faults.push(format!("{capture} answers {key}: it is no longer for later"));
        }
        for what in differences(&toml::from_str(&expected).unwrap(), &records, &pending.later) {
            if !known.remove(&(sample.to_owned(), what.clone())) {
                faults.push(format!("[[pending]]\nsample = {sample:?}\nwhat = {what:?}\nwhy = \"\"\n"));
            }
        }
    }
    faults.extend(known.iter().map(|(sample, what)| format!("{sample} is no longer pending: {what}")));
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// What records differ in from what is expected of them, in words that do not change from one recording to the next.
fn differences(expected: &toml::Table, records: &[Value], later: &BTreeMap<String, String>) -> Vec<String> {
    let expected: BTreeMap<String, Value> = serde_json::from_value(json!(expected)).unwrap();
    let of_kind =
        |kind: &str| -> Vec<&Value> { records.iter().filter(|record| record["kind"] == kind).collect() };
    let mut found = Vec::new();
    for kind in KINDS.into_iter().filter(|kind| !later.contains_key(*kind)) {
        let rows: Vec<Row> =
            expected.get(kind).map(|rows| serde_json::from_value(rows.clone()).unwrap()).unwrap_or_default();
        let rows: Vec<Row> = rows
            .into_iter()
            .map(|row| row.into_iter().filter(|(key, _)| !later.contains_key(key)).collect())
            .collect();
        found.extend(compare(kind, &rows, &of_kind(kind)));
    }
    let forbidden = expected.get("must_not_alert").and_then(Value::as_array).cloned().unwrap_or_default();
    let raised = of_kind("alert").into_iter().filter(|alert| forbidden.contains(&alert["name"]));
    found.extend(raised.map(|alert| format!("a false alert: {}", alert["name"])));
    found
}

/// Gives each row a record of its own, and says which rows are left without one, and which records.
fn compare(kind: &str, rows: &[Row], records: &[&Value]) -> Vec<String> {
    let number = |row: &Row, key: &str| row.get(key).and_then(Value::as_u64);
    let is_optional = |row: &Row| row.get("optional") == Some(&json!(true));
    let mut slots: Vec<usize> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let count = number(row, "at_least").or(number(row, "count")).unwrap_or(1);
        slots.extend((0..count).map(|_| at));
    }
    // What must be there comes first, and so keeps what it got.
    slots.sort_by_key(|at| is_optional(&rows[*at]));
    let mut taken = vec![None; records.len()];
    let fits = |slot: usize, record: usize| differing(&rows[slots[slot]], records[record]).is_empty();
    let left: Vec<usize> =
        (0..slots.len()).filter(|slot| !assign(*slot, &fits, &mut taken, &mut BTreeSet::new())).collect();
    let mut found = Vec::new();
    let mut over: Vec<usize> = (0..records.len()).filter(|record| taken[*record].is_none()).collect();
    over.retain(|record| {
        !rows.iter().any(|row| row.contains_key("at_least") && differing(row, records[*record]).is_empty())
    });
    for row in left.into_iter().map(|slot| slots[slot]).filter(|row| !is_optional(&rows[*row])) {
        let alike = |record: &usize| {
            let differing = differing(&rows[row], records[*record]);
            (!differing.iter().any(|key| ["client", "server", "carrier", "name"].contains(key)))
                .then_some(differing)
        };
        let nearest = over.iter().enumerate().filter_map(|(at, record)| Some((at, alike(record)?)));
        match nearest.min_by_key(|(_, differing)| differing.len()) {
            Some((at, differing)) => {
                over.remove(at);
                found.push(format!("{kind} {}: {}", row + 1, differing.join(", ")));
            }
            None => found.push(format!("{kind} {}: not seen", row + 1)),
        }
    }
    found.extend(
        over.into_iter().map(|record| format!("{kind} that nobody expects: {}", summary(records[record]))),
    );
    found
}

/// Kuhn's algorithm: finds a record for a slot, if need be by giving another record to the slot that had it.
fn assign(
    slot: usize,
    fits: &dyn Fn(usize, usize) -> bool,
    taken: &mut [Option<usize>],
    tried: &mut BTreeSet<usize>,
) -> bool {
    for record in 0..taken.len() {
        if fits(slot, record)
            && tried.insert(record)
            && taken[record].is_none_or(|other| assign(other, fits, taken, tried))
        {
            taken[record] = Some(slot);
            return true;
        }
    }
    false
}

/// The keys of a row that a record does not fit.
fn differing<'r>(row: &'r Row, record: &Value) -> Vec<&'r str> {
    let keys = row.iter().filter(|(key, _)| !COUNTS.contains(&key.as_str()));
    keys.filter(|(key, value)| !holds(key, value, row, record)).map(|(key, _)| key.as_str()).collect()
}

fn holds(key: &str, expected: &Value, row: &Row, record: &Value) -> bool {
    let said = said(record, key);
    match key {
        // A key that is not there says what an empty list says.
        "encap" => said.unwrap_or(&json!([])) == expected,
        "flags" => list(expected).iter().all(|flag| said.is_some_and(|said| list(said).contains(flag))),
        "not_flags" => list(expected).iter().all(|flag| said.is_some_and(|said| !list(said).contains(flag))),
        "guest" => (said == Some(&json!("guest"))) == (*expected == json!(true)),
        "ticket_etype" => said.and_then(Value::as_str) == etype(expected),
        "cause" => {
            let right =
                [std::slice::from_ref(expected), row.get("also").map(list).unwrap_or_default()].concat();
            let names = right.iter().filter_map(Value::as_str).flat_map(reasons_of);
            let first = said.and_then(|reasons| reasons.get(0)).and_then(|first| first["name"].as_str());
            names.into_iter().any(|name| Some(name) == first)
        }
        "scenario" => {
            said.is_some_and(|reasons| list(reasons).iter().any(|reason| reason["scenario"] == *expected))
        }
        // It adds to `cause`.
        "also" => true,
        _ => said == Some(expected),
    }
}

/// The names of reasons that say what a sample's cause says. The wire often proves the same thing in another way: a client that was
/// told to use NTLM is seen to ask for it by name.
fn reasons_of(cause: &str) -> Vec<&str> {
    let more: &[&str] = match cause {
        "anonymous" => &["null-session"],
        "client-offers-ntlm-only" => &["ntlm-called-directly"],
        "server-offers-ntlm-only" => &["server-chose-ntlm"],
        "trust" => &["foreign-realm", "other-domain"],
        _ => &[],
    };
    [&[cause], more].concat()
}

/// What a record says of a key.
fn said<'r>(record: &'r Value, key: &str) -> Option<&'r Value> {
    let (_, places) = PLACES.iter().find(|(name, _)| *name == key)?;
    places.iter().find_map(|place| record.pointer(place))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The name of an encryption type that a row gives by its number.
fn etype(number: &Value) -> Option<&'static str> {
    Some(match number.as_u64()? {
        17 => "aes128-cts-hmac-sha1-96",
        18 => "aes256-cts-hmac-sha1-96",
        23 => "rc4-hmac",
        _ => return None,
    })
}

/// A record in words that do not change from one recording to the next.
fn summary(record: &Value) -> String {
    let keys = [
        "name",
        "mechanism",
        "carrier",
        "type",
        "transport",
        "client",
        "server",
        "user",
        "sname",
        "outcome",
        "code",
    ];
    let words = keys.iter().filter_map(|key| said(record, key)?.as_str());
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn what_differs_is_said() {
    let record = |user: &str, result: &str| {
        json!({ "kind": "auth", "mechanism": "ntlm", "carrier": "smb2", "client": { "ip": "10.0.0.1", "port": 1 },
                "ntlm": { "user": user, "flags": ["A"] }, "outcome": { "result": result } })
    };
    let [alice, bob] = ["alice", "bob"].map(|user| record(user, "success"));
    let row = "[[auth]]\nclient = '10.0.0.1'\n";
    let table: [(&str, Vec<&Value>, &[&str]); 14] = [
        ("user = 'alice'", vec![&alice], &[]),
        ("user = 'alice'", vec![&bob], &["auth 1: user"]),
        ("user = 'alice'", vec![], &["auth 1: not seen"]),
        ("user = 'alice'", vec![&alice, &bob], &["auth that nobody expects: ntlm smb2 10.0.0.1 bob success"]),
        ("count = 2", vec![&alice, &bob], &[]),
        ("count = 3", vec![&alice, &bob], &["auth 1: not seen"]),
        ("at_least = 1", vec![&alice, &bob], &[]),
        ("optional = true\ncarrier = 'http'", vec![], &[]),
        ("flags = ['A']\nnot_flags = ['B']", vec![&alice], &[]),
        ("not_flags = ['A']", vec![&alice], &["auth 1: not_flags"]),
        ("guest = true", vec![&alice], &["auth 1: guest"]),
        ("cause = 'x'", vec![&alice], &[]),
        // The first row takes any record, and leaves to the second the only one that fits it.
        ("mechanism = 'ntlm'\n[[auth]]\nuser = 'alice'", vec![&alice, &bob], &[]),
        ("carrier = 'smb2'\n[[auth]]\nuser = 'carol'", vec![&alice, &bob], &["auth 2: user"]),
    ];
    let later = BTreeMap::from([("cause".to_owned(), String::new())]);
    for (keys, records, expected) in table {
        let records: Vec<Value> = records.into_iter().cloned().collect();
        let expectation = toml::from_str(&format!("{row}{keys}")).unwrap();
        assert_eq!(differences(&expectation, &records, &later), expected, "{keys}");
    }
}

#[test]
fn a_false_alert_is_said() {
    let expectation = toml::from_str("must_not_alert = ['ntlm-relay']").unwrap();
    let alert = json!({ "kind": "alert", "name": "ntlm-relay" });
    let found = differences(&expectation, &[alert], &BTreeMap::new());
    assert_eq!(found, ["alert that nobody expects: ntlm-relay", "a false alert: \"ntlm-relay\""]);
}
