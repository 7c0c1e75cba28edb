//! JSON lines: one object a line, as it comes.

mod serializer;

use std::io::{self, Write};

use super::Sink;
use crate::model::Record;

/// Writes each record as one line of JSON. Lines are collected in one buffer, which is handed on in whole lines.
pub struct JsonLines<'a> {
    out: &'a mut dyn Write,
    lines: Vec<u8>,
}

impl<'a> JsonLines<'a> {
    /// Lines that go to `out`, which needs no buffer of its own.
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self { out, lines: Vec::with_capacity(BUFFER) }
    }

    fn hand_on(&mut self) -> io::Result<()> {
        let written = self.out.write_all(&self.lines);
        self.lines.clear();
        written
    }
}

impl Sink for JsonLines<'_> {
    fn record(&mut self, record: &Record) -> io::Result<()> {
        serializer::append(&mut self.lines, record)?;
        self.lines.push(b'\n');
        if self.lines.len() >= HAND_ON { self.hand_on() } else { Ok(()) }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.hand_on()?;
        self.out.flush()
    }
}

/// Lines are written once they fill this many bytes…
const HAND_ON: usize = 64 << 10;
/// …and the buffer has room for the line that goes over it.
const BUFFER: usize = 80 << 10;

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn every_record_is_one_line_that_names_its_kind() {
        let mut out = Vec::new();
        let mut sink = JsonLines::new(&mut out);
        let records = example::records();
        for record in &records {
            sink.record(record).unwrap();
        }
        sink.finish().unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), records.len());
        for line in text.lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(["auth", "kdc", "opaque", "stats"].contains(&value["kind"].as_str().unwrap()));
        }
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn lines_are_handed_on_whole_before_the_end() {
        struct Writes(Vec<Vec<u8>>);
        impl Write for Writes {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.push(bytes.to_vec());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut writes = Writes(Vec::new());
        let mut sink = JsonLines::new(&mut writes);
        let records = example::records();
        records.iter().cycle().take(1000).for_each(|record| sink.record(record).unwrap());
        assert!(sink.lines.capacity() <= BUFFER, "the buffer does not grow");
        sink.finish().unwrap();
        assert!(writes.0.len() > 2);
        assert!(writes.0.iter().all(|bytes| bytes.ends_with(b"}\n")));
    }
}
