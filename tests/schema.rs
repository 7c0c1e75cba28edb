//! Every line of output is what `ntlmscope schema` says.
#![cfg(test)]

#[path = "support/program.rs"]
mod program;
#[path = "support/samples.rs"]
mod samples;

use jsonschema::Validator;
use program::{lines, program};
use samples::captures;
use serde_json::{Value, json};

fn schema() -> Validator {
    let output = program().arg("schema").output().unwrap();
    jsonschema::validator_for(&serde_json::from_slice(&output.stdout).unwrap()).unwrap()
}

fn values(capture: &str) -> Vec<Value> {
    lines(&[capture]).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_line_of_every_sample_is_valid() {
    let schema = schema();
    for capture in captures() {
        for value in values(&capture) {
            let faults: Vec<_> = schema.iter_errors(&value).map(|fault| fault.to_string()).collect();
            assert!(faults.is_empty(), "{capture}: {faults:?} in {value}");
        }
    }
}

/// A schema that lets everything pass would prove nothing.
#[test]
fn what_the_contract_forbids_is_not_valid() {
    let schema = schema();
    let auth = values("02-smb3-ntlmv2-by-ip/capture.pcap").remove(0);
    assert!(schema.is_valid(&auth));
    let wrong: [(&str, Value); 8] = [
        ("/kind", json!("logon")),
        ("/carrier", json!("pigeon")),
        ("/mechanism", json!(null)),
        ("/outcome/result", json!("maybe")),
        ("/ntlm/version", json!("ntlmv3")),
        ("/ntlm/user", json!(null)),
        ("/client/port", json!(65_536)),
        ("/ts", json!(12)),
    ];
    for (place, value) in wrong {
        let mut changed = auth.clone();
        *changed.pointer_mut(place).unwrap() = value;
        assert!(!schema.is_valid(&changed), "{place}");
    }
    let mut without = auth;
    without.as_object_mut().unwrap().remove("outcome");
    assert!(!schema.is_valid(&without), "a key that must be there is gone");
}
