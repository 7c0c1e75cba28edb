//! The statistics of a run.

use std::collections::BTreeMap;

use super::shard::Counts;
use crate::model::{Frame, Input, Mechanism, NtlmVersion, Record, Stats, Undecoded, When, Word};

/// What has been counted so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    packets: u64,
    bytes: u64,
    truncated: u64,
    first: Option<When>,
    last: Option<When>,
    undecoded: BTreeMap<Undecoded, u64>,
    auth: BTreeMap<(Mechanism, Option<NtlmVersion>), u64>,
}

impl Tally {
    /// Counts a packet.
    pub(super) fn frame(&mut self, frame: &Frame<'_>) {
        self.packets = self.packets.wrapping_add(1);
        self.bytes = self.bytes.wrapping_add(u64::from(frame.wire_len));
        let wire_len = usize::try_from(frame.wire_len).unwrap_or(usize::MAX);
        self.truncated = self.truncated.wrapping_add(u64::from(frame.bytes.len() < wire_len));
        let when = When::from(frame.stamp);
        if self.first.is_none_or(|first| when.time < first.time) {
            self.first = Some(when);
        }
        if self.last.is_none_or(|last| when.time > last.time) {
            self.last = Some(when);
        }
    }

    /// How many packets were counted.
    pub(super) fn packets(&self) -> u64 {
        self.packets
    }

    /// Counts a frame that gave no segment.
    pub(super) fn undecoded(&mut self, why: Undecoded) {
        add(&mut self.undecoded, why, 1);
    }

    /// Counts a record.
    pub(super) fn record(&mut self, record: &Record) {
        if let Record::Auth(auth) = record {
            add(&mut self.auth, (auth.mechanism, auth.ntlm.as_ref().map(|ntlm| ntlm.version)), 1);
        }
    }

    /// The statistics.
    pub(super) fn finish(
        mut self,
        counts: &Counts,
        lost_fragments: u64,
        kernel_drops: u64,
        inputs: Vec<Input>,
    ) -> Stats {
        if lost_fragments > 0 {
            add(&mut self.undecoded, Undecoded::Fragment, lost_fragments);
        }
        let span = match (self.first, self.last) {
            (Some(first), Some(last)) => last.time.0.saturating_sub(first.time.0),
            _ => 0,
        };
        Stats {
            packets: self.packets,
            bytes: self.bytes,
            first_ts: self.first,
            last_ts: self.last,
            elapsed_ms: u64::try_from(span).unwrap_or(0).wrapping_div(1_000_000),
            flows: counts.flows,
            flows_evicted: counts.evicted,
            streams_with_gaps: counts.streams_with_gaps,
            gap_bytes: counts.losses.gap_bytes,
            overlap_bytes: counts.losses.overlap_bytes,
            malformed: counts.malformed.iter().map(|(carrier, count)| (word(carrier), *count)).collect(),
            undecoded: self.undecoded.iter().map(|(why, count)| (cause(*why), *count)).collect(),
            truncated_packets: self.truncated,
            kernel_drops,
            opaque_uncounted: 0,
            judged_early: 0,
            auth: self
                .auth
                .iter()
                .map(|((mechanism, version), count)| (kind_word(*mechanism, *version), *count))
                .collect(),
            counted: counts
                .counted
                .iter()
                .map(|((carrier, method), count)| (format!("{}/{method}", word(carrier)).into(), *count))
                .chain(counts.logons.iter().map(|(method, count)| (Word::Borrowed(*method), *count)))
                .collect(),
            inputs,
        }
    }
}

/// Adds to a counter of a table.
pub(super) fn add<K: Ord>(table: &mut BTreeMap<K, u64>, key: K, count: u64) {
    let counter = table.entry(key).or_default();
    *counter = counter.saturating_add(count);
}

fn kind_word(mechanism: Mechanism, version: Option<NtlmVersion>) -> Word {
    match version {
        Some(version) => format!("{}/{}", word(&mechanism), word(&version)).into(),
        None => word(&mechanism),
    }
}

/// The word that a record has for a value.
fn word(value: &impl serde::Serialize) -> Word {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word.into(),
        _ => "?".into(),
    }
}

fn cause(why: Undecoded) -> Word {
    match why {
        Undecoded::Link(link) => format!("link/{link}").into(),
        Undecoded::Malformed(layer) => format!("malformed/{layer}").into(),
        Undecoded::Truncated(layer) => format!("truncated/{layer}").into(),
        Undecoded::Fragment => "fragment".into(),
        Undecoded::TooDeep => "too-deep".into(),
        Undecoded::Encrypted => "encrypted".into(),
    }
}
