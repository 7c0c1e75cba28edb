//! What could not be seen, in plain words. Nothing is said where there is nothing to say.

use std::collections::BTreeMap;

use super::Page;
use super::text::{listed, number, printable};
use crate::model::{Auth, Cover, Input, InputEnd, Opaque, Stats, Word};

/// Exchanges of which a part was not seen.
#[derive(Debug, Default)]
pub(super) struct Unseen {
    exchanges: u64,
    incomplete: u64,
    hidden: BTreeMap<Word, u64>,
}

impl Unseen {
    /// Counts one authentication.
    pub(super) fn auth(&mut self, auth: &Auth) {
        self.exchanges = self.exchanges.saturating_add(1);
        self.incomplete = self.incomplete.saturating_add(u64::from(!auth.complete));
    }

    /// Counts connections that hide theirs.
    pub(super) fn opaque(&mut self, opaque: &Opaque) {
        let sessions = self.hidden.entry(name(opaque.carrier).into()).or_default();
        *sessions = sessions.saturating_add(opaque.sessions);
    }

    /// Adds the section, where there is anything to tell.
    pub(super) fn push(&self, page: &mut Page, stats: &Stats) {
        let mut items: Vec<String> = stats.inputs.iter().filter_map(input).collect();
        items.extend(packets(stats));
        items.extend(connections(stats));
        items.extend(self.hidden(stats));
        // Only what is missing as a whole can hide an authentication.
        let remark = if items.is_empty() { "" } else { "there may be more authentications than are listed" };
        if self.incomplete > 0 {
            let verb = if self.incomplete == 1 { "was" } else { "were" };
            let all = number(self.exchanges, "authentication", "authentications");
            items.push(format!(
                "{} of {all} {verb} not seen from the first message to the result.",
                self.incomplete
            ));
        }
        if stats.judged_early > 0 {
            let records = number(stats.judged_early, "record was", "records were");
            items.push(format!("{records} judged before all that may explain it was seen: too many waited."));
        }
        if !items.is_empty() {
            page.title("What could not be seen", remark);
            for item in &items {
                page.item(item);
            }
        }
    }
}

impl Unseen {
    /// `7 connections were encrypted, with the logons in them (HTTPS 5 and LDAPS 2).`
    fn hidden(&self, stats: &Stats) -> Option<String> {
        let mut hidden = self.hidden.clone();
        if stats.opaque_uncounted > 0 {
            hidden.insert("of a kind that was not kept".into(), stats.opaque_uncounted);
        }
        by_cause(
            &hidden,
            |all| number(all, "connection was", "connections were"),
            "encrypted, with the logons in them",
        )
    }
}

/// How people call it.
fn name(cover: Cover) -> &'static str {
    match cover {
        Cover::Https => "HTTPS",
        Cover::Ldaps => "LDAPS",
        Cover::RdpTls => "RDP",
        Cover::SmbTls => "SMB over TLS",
        Cover::Imaps => "IMAPS",
        Cover::Pop3s => "POP3S",
        Cover::Smtps => "SMTPS",
        Cover::Nntps => "NNTPS",
        Cover::Sips => "SIPS",
        Cover::TdsTls => "TDS",
        Cover::Tls => "other TLS",
        Cover::Quic => "QUIC",
        Cover::SmbQuic => "SMB over QUIC",
        Cover::SealedDcerpc => "sealed DCE/RPC",
        Cover::Credssp => "CredSSP",
        Cover::Peap => "PEAP",
        Cover::Ttls => "EAP-TTLS",
        Cover::EapTls => "EAP-TLS",
        Cover::EapFast => "EAP-FAST",
        Cover::Teap => "TEAP",
    }
}

/// What was wrong with an input.
fn input(input: &Input) -> Option<String> {
    let source = printable(&input.source);
    let read = number(input.packets, "packet", "packets");
    let why = input.text.as_deref().map(|text| format!(": {}", printable(text))).unwrap_or_default();
    match input.ended {
        InputEnd::Clean => None,
        InputEnd::Truncated => Some(format!("{source} ends inside a packet; {read} before it were read.")),
        InputEnd::Error if input.packets == 0 => Some(format!("{source} could not be read{why}.")),
        InputEnd::Error => Some(format!("{source} could not be read after {read}{why}.")),
    }
}

/// What is missing of packets.
fn packets(stats: &Stats) -> impl Iterator<Item = String> {
    [
        (stats.kernel_drops > 0).then(|| {
            let packets = number(stats.kernel_drops, "packet was", "packets were");
            format!("{packets} dropped by the kernel while capturing.")
        }),
        (stats.truncated_packets > 0).then(|| {
            let packets = number(stats.truncated_packets, "packet is", "packets are");
            format!("{packets} cut by the snap length of the capture; record whole packets (tcpdump -s 0).")
        }),
        by_cause(&stats.undecoded, |all| number(all, "packet", "packets"), "could not be decoded"),
    ]
    .into_iter()
    .flatten()
}

/// What is missing of connections.
fn connections(stats: &Stats) -> impl Iterator<Item = String> {
    [
        (stats.streams_with_gaps > 0).then(|| {
            let bytes = number(stats.gap_bytes, "byte", "bytes");
            let streams = number(stats.streams_with_gaps, "connection", "connections");
            format!(
                "{bytes} that mattered are missing in {streams}: packets were lost before they were recorded."
            )
        }),
        (stats.overlap_bytes > 0).then(|| {
            let bytes = number(stats.overlap_bytes, "byte was", "bytes were");
            format!("{bytes} sent twice with different content, by fault or on purpose.")
        }),
        by_cause(&stats.malformed, |all| number(all, "message", "messages"), "could not be understood"),
        (stats.flows_evicted > 0).then(|| {
            let flows = number(stats.flows_evicted, "connection was", "connections were");
            format!("{flows} forgotten early for lack of memory; give more with --memory.")
        }),
    ]
    .into_iter()
    .flatten()
}

/// `12 packets could not be decoded (link/7: 10, ip/truncated: 2).`
fn by_cause(counts: &BTreeMap<Word, u64>, noun: impl Fn(u64) -> String, verb: &str) -> Option<String> {
    let all = counts.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let mut causes: Vec<_> = counts.iter().filter(|(_, count)| **count > 0).collect();
    causes.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let mut parts: Vec<_> = causes
        .iter()
        .take(MAX_CAUSES)
        .map(|(cause, count)| format!("{} {count}", printable(cause)))
        .collect();
    if causes.len() > MAX_CAUSES {
        parts.push("others".to_owned());
    }
    (all > 0).then(|| format!("{} {verb} ({}).", noun(all), listed(&parts)))
}

/// Causes that are named.
const MAX_CAUSES: usize = 8;
