//! `docs/coverage.md` tells of every carrier, and of no sample that is not there.
#![cfg(test)]

#[path = "support/program.rs"]
mod program;
#[path = "support/samples.rs"]
mod samples;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use program::{lines, program};
use samples::captures;
use serde_json::Value;

/// The carriers of the table, and what its last column names for each.
fn table() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/coverage.md");
    let text = fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    rows.map(|(carrier, rest)| {
        let cells: Vec<_> = rest.trim_end_matches('|').split(" | ").map(str::trim).collect();
        let [read, _, known] = cells[..] else { panic!("{carrier}: {} cells", cells.len()) };
        assert!(!read.is_empty() && !known.is_empty(), "{carrier} has an empty cell");
        (carrier.to_owned(), known.to_owned())
    })
    .collect()
}

/// What stands in back quotes and is named as samples are, which begin with two digits.
fn samples_in(cell: &str) -> Vec<&str> {
    let is_sample = |word: &&str| word.get(..2).is_some_and(|digits| digits.parse::<u8>().is_ok());
    cell.split('`').skip(1).step_by(2).filter(is_sample).collect()
}

#[test]
fn every_carrier_has_a_row_and_no_row_is_of_another() {
    let output = program().arg("schema").output().unwrap();
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    let known = schema["$defs"]["Carrier"]["oneOf"].as_array().unwrap();
    let known: BTreeSet<_> = known.iter().map(|carrier| carrier["const"].as_str().unwrap()).collect();
    let told = table();
    assert_eq!(told.keys().map(String::as_str).collect::<BTreeSet<_>>(), known);
}

#[test]
fn every_sample_of_the_table_is_there() {
    let captures = captures();
    for (carrier, cell) in table() {
        for sample in samples_in(&cell) {
            let is_there = captures.iter().any(|capture| capture.starts_with(&format!("{sample}/")));
            assert!(is_there, "{carrier}: there is no sample {sample}");
        }
    }
}

#[test]
fn the_first_sample_of_a_carrier_has_a_record_of_it() {
    let mut shown = 0;
    for (carrier, cell) in table() {
        let Some(sample) = samples_in(&cell).first().copied() else { continue };
        let capture = captures().into_iter().find(|capture| capture.starts_with(&format!("{sample}/")));
        let records = lines(&[&capture.unwrap()]);
        let is_of = |line: &str| {
            let record: Value = serde_json::from_str(line).unwrap();
            record["carrier"] == *carrier || record["kind"] == *carrier
        };
        assert!(records.lines().any(is_of), "there is no {carrier} in {sample}");
        shown += 1;
    }
    assert!(shown > 10, "{shown} carriers name a sample");
}
