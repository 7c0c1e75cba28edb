//! A summary for people: what is still NTLM, what is Kerberos, what the KDCs said, and what could not be seen.

mod cause;
mod count;
mod grid;
mod host;
mod kdc;
mod kerberos;
mod ntlm;
mod text;
mod unseen;

use std::collections::BTreeMap;
use std::io::{self, Write};

use self::cause::{Alerts, Causes};
use self::count::Counts;
use self::grid::{Grid, Look};
use self::kdc::KdcExchanges;
use self::kerberos::KerberosUse;
use self::ntlm::NtlmUse;
use self::text::{duration, listed, number, share, wrapped};
use self::unseen::Unseen;
use super::Sink;
use crate::model::{Auth, Mechanism, Record, Stats, When};

/// Counts what it is given and writes the summary at the end.
pub struct Table<'a> {
    out: &'a mut dyn Write,
    page: Page,
    causes: Causes,
    alerts: Alerts,
    ntlm: NtlmUse,
    kerberos: KerberosUse,
    others: BTreeMap<Mechanism, u64>,
    kdc: KdcExchanges,
    unseen: Unseen,
    stats: Option<Box<Stats>>,
}

impl<'a> Table<'a> {
    /// A summary that is written to `out` with lines of at most `columns` characters ([`Table::COLUMNS`] where nobody
    /// knows), with colours or without.
    pub fn new(out: &'a mut dyn Write, columns: usize, colour: bool) -> Self {
        Self {
            out,
            page: Page { text: String::new(), columns: columns.max(MIN_COLUMNS), colour },
            causes: Causes::default(),
            alerts: Alerts::default(),
            ntlm: NtlmUse::default(),
            kerberos: KerberosUse::default(),
            others: BTreeMap::new(),
            kdc: KdcExchanges::default(),
            unseen: Unseen::default(),
            stats: None,
        }
    }

    /// Columns of a page whose width is not known.
    pub const COLUMNS: usize = 100;

    fn auth(&mut self, auth: &Auth) {
        self.unseen.auth(auth);
        self.causes.add(auth);
        match auth.mechanism {
            Mechanism::Ntlm | Mechanism::Mschapv1 | Mechanism::Mschapv2 => self.ntlm.add(auth),
            Mechanism::Kerberos => self.kerberos.add(auth),
            Mechanism::Iakerb
            | Mechanism::Negoex
            | Mechanism::Pku2u
            | Mechanism::Basic
            | Mechanism::Unknown => {
                let count = self.others.entry(auth.mechanism).or_default();
                *count = count.saturating_add(1);
            }
        }
    }

    fn others(&self) -> u64 {
        self.others.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// What was found, in one sentence.
    fn headline(&self, stats: &Stats) -> String {
        let (ntlm, mschap) = (self.ntlm.ntlm(), self.ntlm.mschap());
        let (kerberos, others) = (self.kerberos.total(), self.others());
        let all = ntlm.saturating_add(mschap).saturating_add(kerberos).saturating_add(others);
        let packets = number(stats.packets, "packet", "packets");
        if stats.packets == 0 {
            return "The input holds no packets.".to_owned();
        }
        let found = match (all, self.kdc.total()) {
            (0, 0) => "No authentication was seen".to_owned(),
            (0, kdc) => format!(
                "No authentication was seen, but {},",
                number(kdc, "exchange with a KDC", "exchanges with a KDC")
            ),
            _ => {
                let all_of_them = number(all, "authentication", "authentications");
                let mut parts = vec![
                    format!("{ntlm} of {all_of_them} used NTLM ({})", share(ntlm, all)),
                    format!("{kerberos} Kerberos"),
                ];
                if mschap > 0 {
                    parts.push(format!("{mschap} MS-CHAP"));
                }
                if others > 0 {
                    parts.push(format!("{others} something else"));
                }
                format!("{},", listed(&parts))
            }
        };
        format!("{found} in {packets}{}.", period(stats))
    }

    /// Mechanisms that have no section of their own, in one sentence.
    fn also_seen(&self) -> Option<String> {
        let parts: Vec<_> = self
            .others
            .iter()
            .map(|(mechanism, count)| match mechanism {
                Mechanism::Basic => {
                    format!("{count} with a password that crosses the network readable")
                }
                Mechanism::Unknown => format!("{count} with a mechanism that was not seen or is not known"),
                Mechanism::Iakerb => format!("{count} with Kerberos through the server (IAKERB)"),
                Mechanism::Negoex => format!("{count} with NegoEx"),
                Mechanism::Pku2u => format!("{count} with PKU2U"),
                Mechanism::Ntlm | Mechanism::Mschapv1 | Mechanism::Mschapv2 | Mechanism::Kerberos => {
                    String::new()
                }
            })
            .collect();
        (!parts.is_empty()).then(|| format!("Also seen: {}.", listed(&parts)))
    }
}

impl Sink for Table<'_> {
    fn record(&mut self, record: &Record) -> io::Result<()> {
        match record {
            Record::Auth(auth) => self.auth(auth),
            Record::Kdc(kdc) => self.kdc.add(kdc),
            Record::Alert(alert) => self.alerts.add(alert),
            Record::Opaque(opaque) => self.unseen.opaque(opaque),
            Record::Stats(stats) => self.stats = Some(stats.clone()),
            Record::Note(_) => {}
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let stats = self.stats.take().unwrap_or_default();
        let headline = self.headline(&stats);
        self.page.sentence(&headline);
        self.alerts.push(&mut self.page);
        self.causes.push(&mut self.page);
        self.ntlm.push(&mut self.page);
        self.kerberos.push(&mut self.page);
        if let Some(sentence) = self.also_seen() {
            self.page.gap();
            self.page.sentence(&sentence);
        }
        self.kdc.push(&mut self.page);
        self.unseen.push(&mut self.page, &stats);
        self.out.write_all(self.page.text.as_bytes())?;
        self.out.flush()
    }
}

/// The text so far, and how it is laid out.
#[derive(Debug)]
struct Page {
    text: String,
    columns: usize,
    colour: bool,
}

impl Page {
    fn gap(&mut self) {
        self.text.push('\n');
    }

    fn sentence(&mut self, sentence: &str) {
        self.text.push_str(&wrapped(sentence, self.columns, 0));
        self.text.push('\n');
    }

    /// Starts a section: an empty line and a title, with a remark behind it where there is one.
    fn title(&mut self, title: &str, remark: &str) {
        self.gap();
        let colon = if remark.is_empty() { "" } else { ": " };
        let whole = wrapped(&format!("{title}{colon}{remark}"), self.columns, 2);
        let (title, remark) = whole.split_at_checked(title.len()).unwrap_or((&whole, ""));
        Look::Title.push(&mut self.text, title, self.colour);
        self.text.push_str(remark);
        self.text.push('\n');
    }

    fn item(&mut self, sentence: &str) {
        self.text.push_str("- ");
        self.text.push_str(&wrapped(sentence, self.columns.saturating_sub(2), 2));
        self.text.push('\n');
    }

    /// A sentence below an item.
    fn under(&mut self, sentence: &str) {
        self.text.push_str("  ");
        self.text.push_str(&wrapped(sentence, self.columns.saturating_sub(2), 2));
        self.text.push('\n');
    }

    /// Adds the best of the grids: the first that fits.
    fn grid(&mut self, grids: &[Grid]) {
        if let Some(grid) = grids.iter().find(|grid| grid.fits(self.columns)).or(grids.last()) {
            grid.push(&mut self.text, self.columns, self.colour);
        }
    }

    /// Says what was left out of a list of `keys`, of which [`MAX_ROWS`] are shown.
    fn rest<K: Ord>(&mut self, counts: &Counts<K>, shown: usize, all: usize) {
        let hidden = all.saturating_sub(shown);
        let mut parts = Vec::new();
        if hidden > 0 {
            parts.push(format!("{hidden} more rows"));
        }
        if counts.uncounted() > 0 {
            parts.push(format!("{} that came when the list was full", counts.uncounted()));
        }
        if !parts.is_empty() {
            self.sentence(&format!("… and {}: --format jsonl has them all.", listed(&parts)));
        }
    }
}

/// `, over 2 h 30 min (2024-03-01 10:00:00 to 12:30:00 UTC)`.
fn period(stats: &Stats) -> String {
    let (Some(first), Some(last)) = (stats.first_ts, stats.last_ts) else { return String::new() };
    let [(first_day, first_time), (last_day, last_time)] = [first, last].map(day_and_time);
    let until = if first_day == last_day { last_time } else { format!("{last_day} {last_time}") };
    format!(" over {} ({first_day} {first_time} to {until} UTC)", duration(stats.elapsed_ms))
}

fn day_and_time(when: When) -> (String, String) {
    let seconds = When { digits: 0, ..when }.to_string();
    match seconds.trim_end_matches('Z').split_once('T') {
        Some((day, time)) => (day.to_owned(), time.to_owned()),
        None => (seconds, String::new()),
    }
}

/// Narrower terminals wrap by themselves.
const MIN_COLUMNS: usize = 40;
/// Most rows of one list; a longer one is for programs.
const MAX_ROWS: usize = 50;

#[cfg(test)]
mod tests;
