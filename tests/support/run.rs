//! The whole way through the library, from the bytes of a capture file to what is printed.

use std::io::Write as _;

use ntlmscope::pipeline::{self, Settings};
use ntlmscope::progress::Progress;
use ntlmscope::sink::json::JsonLines;
use ntlmscope::source::Captures;
use serde_json::Value;

/// What a run has come to.
#[derive(Debug)]
pub(crate) struct Run {
    /// The exit status would be 2.
    pub(crate) failed: bool,
    /// What was printed.
    pub(crate) text: String,
}

/// Analyses the bytes of a capture file.
pub(crate) fn run(capture: &[u8]) -> Run {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(capture).unwrap();
    let captures = Captures::open(&[file.path().to_path_buf()]);
    let settings = Settings { workers: 1, memory: 1 << 28, sensor: None, filter: None };
    let mut out = Vec::new();
    let mut sink = JsonLines::new(&mut out);
    let outcome = pipeline::analyze(captures, settings, &mut sink, &mut Progress::new(None, false)).unwrap();
    let failed = !outcome.failed_inputs.is_empty();
    Run { failed, text: String::from_utf8(out).unwrap() }
}

impl Run {
    /// Its records without the last, the statistics. Every line must be an object.
    pub(crate) fn records(&self) -> Vec<Value> {
        assert!(self.text.ends_with("}\n"), "the last line is whole: {:?}", self.text);
        let mut records: Vec<Value> =
            self.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let is_stats = |record: &Value| record["kind"] == "stats";
        assert!(records.pop().is_some_and(|last| is_stats(&last)), "the last line is the statistics");
        assert!(!records.iter().any(is_stats), "there are statistics before the end");
        records
    }
}
