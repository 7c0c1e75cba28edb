//! What the program prints for every sample, line by line.
//!
//! A snapshot is written only after its records have been held against the packets: what stands here is meant to be right.
//! `INSTA_UPDATE=always cargo test --test golden` writes what changed; CI never writes.
#![cfg(test)]

#[path = "support/program.rs"]
mod program;
#[path = "support/samples.rs"]
mod samples;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use program::lines;
use samples::captures;

#[test]
fn every_sample_gives_the_records_that_were_reviewed() {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::glob!("../samples", "*/capture.pcap*", |capture| {
            let folder = capture.parent().and_then(Path::file_name).unwrap();
            let name = format!("{}/{}", folder.display(), capture.file_name().unwrap().display());
            insta::assert_snapshot!("records", lines(&[&name]));
        });
    });
}

#[test]
fn every_snapshot_belongs_to_a_sample() {
    let expected: BTreeSet<_> =
        captures().iter().map(|capture| format!("records@{}.snap", capture.replace('/', "__"))).collect();
    let found: BTreeSet<_> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "snap"))
        .collect();
    let unreferenced: Vec<_> = found.difference(&expected).collect();
    assert!(unreferenced.is_empty(), "no sample gives {unreferenced:?}");
    let missing: Vec<_> = expected.difference(&found).collect();
    assert!(missing.is_empty(), "nobody has reviewed {missing:?}");
}
