//! Every authentication in generated traffic is found, and nothing else is.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code, outside of functions that are tests"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io;

use ntlmscope::model::Record;
use ntlmscope::pipeline::{Settings, analyze};
use ntlmscope::progress::Progress;
use ntlmscope::sink::Sink;
use ntlmscope::source::Captures;
use ntlmscope_traffic::{Mix, Plan, generate};
use serde_json::Value;

/// What is compared of an authentication: some keys of its record, or all of its line of truth.
type Facts = BTreeMap<String, String>;

/// Each of the facts, and how often it is there.
#[derive(Debug, Default, PartialEq)]
struct Seen(BTreeMap<Facts, u32>);

impl Seen {
    fn add(&mut self, facts: Facts) {
        *self.0.entry(facts).or_default() += 1;
    }

    fn but_not(&self, other: &Self) -> Vec<&Facts> {
        self.0
            .iter()
            .filter(|(facts, count)| other.0.get(facts) != Some(count))
            .map(|(facts, _)| facts)
            .collect()
    }
}

impl Sink for Seen {
    fn record(&mut self, record: &Record) -> io::Result<()> {
        let record = serde_json::to_value(record)?;
        // What is hidden or only follows from several logons is no part of the truth.
        if matches!(record["kind"].as_str(), Some("auth" | "kdc")) {
            self.add(facts(&record));
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A record in the words of the truth.
fn facts(record: &Value) -> Facts {
    let end = |end: &Value| format!("{}:{}", end["ip"].as_str().unwrap(), end["port"]);
    let mut facts =
        Facts::from([("client".into(), end(&record["client"])), ("server".into(), end(&record["server"]))]);
    let places: [(&str, &[&str]); 4] = [
        ("", &["kind", "carrier", "mechanism", "transport", "type", "cname", "sname"]),
        ("ntlm", &["version", "user", "domain"]),
        ("kerberos", &["sname"]),
        ("outcome", &["result", "code"]),
    ];
    for (place, keys) in places {
        let part = if place.is_empty() { record } else { &record[place] };
        for key in keys {
            if let Some(text) = part[key].as_str() {
                facts.insert((*key).into(), text.into());
            }
        }
    }
    facts
}

fn told_and_seen(mix: Mix, size: u64) -> (Seen, Seen) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("traffic.pcap");
    let mut truth = Vec::new();
    generate(Plan { mix, size, seed: 7 }, &mut File::create(&path).unwrap(), &mut truth).unwrap();
    let mut told = Seen::default();
    for line in truth.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        told.add(serde_json::from_slice(line).unwrap());
    }
    let mut seen = Seen::default();
    let settings = Settings { workers: 1, memory: 64 << 20, sensor: None, filter: None };
    analyze(Captures::open(&[path]), settings, &mut seen, &mut Progress::new(None, false)).unwrap();
    (told, seen)
}

fn finds_all_and_no_more(mix: Mix, size: u64, least: usize) {
    let (told, seen) = told_and_seen(mix, size);
    assert!(told.0.len() >= least, "{} are told of", told.0.len());
    let (missed, extra) = (told.but_not(&seen), seen.but_not(&told));
    assert!(told == seen, "missed: {missed:#?}\nextra: {extra:#?}");
}

#[test]
fn logons_among_other_small_connections() {
    finds_all_and_no_more(Mix::Auth, 6_000_000, 300);
}

#[test]
fn logons_among_files_with_loss_and_reordering() {
    finds_all_and_no_more(Mix::Bulk, 24_000_000, 60);
}

#[test]
fn logons_among_scans() {
    finds_all_and_no_more(Mix::Noise, 4_000_000, 15);
}

#[test]
fn logons_one_byte_a_segment() {
    finds_all_and_no_more(Mix::Tiny, 3_000_000, 5);
}

#[test]
fn logons_with_all_segments_out_of_order() {
    finds_all_and_no_more(Mix::Shuffled, 4_000_000, 200);
}

#[test]
fn logons_of_which_only_the_client_was_heard() {
    finds_all_and_no_more(Mix::OneWay, 1_000_000, 200);
}

#[test]
fn logons_in_tunnels() {
    finds_all_and_no_more(Mix::Tunnels, 4_000_000, 200);
}
