//! Why logons were NTLM, and what ends it: what the reader came for, so it stands first.

use super::Page;
use super::count::Counts;
use super::text::{escaped, number, printable};
use crate::model::{Auth, Confidence, Severity};

/// How many reasons are told.
const MAX_CAUSES: usize = 20;

/// Reasons of NTLM logons, counted.
#[derive(Debug, Default)]
pub(super) struct Causes(Counts<Cause>);

/// The best reason of a logon.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cause {
    confidence: Confidence,
    name: String,
    text: String,
    advice: String,
}

impl Causes {
    /// Counts the best reason of a logon.
    pub(super) fn add(&mut self, auth: &Auth) {
        let Some(reason) = auth.fallback.as_ref().and_then(|fallback| fallback.reasons.first()) else {
            return;
        };
        self.0.add(Cause {
            confidence: reason.confidence,
            name: reason.name.to_string(),
            text: escaped(&reason.text),
            advice: escaped(&reason.advice),
        });
    }

    /// Adds the section, where there is anything to tell.
    pub(super) fn push(&self, page: &mut Page) {
        if self.0.is_empty() {
            return;
        }
        page.title("Why it was not Kerberos", "");
        let causes = self.0.ranked(|_| 0_u8);
        for &(cause, count) in causes.iter().take(MAX_CAUSES) {
            let logons = number(count, "logon", "logons");
            let surely = match cause.confidence {
                Confidence::Proved => "",
                Confidence::Likely => "likely: ",
                Confidence::Possible => "perhaps: ",
            };
            page.item(&format!("{logons}: {surely}{} [{}]", cause.text, cause.name));
            page.under(&format!("fix: {}", cause.advice));
        }
        let rest = causes.len().saturating_sub(MAX_CAUSES);
        if rest > 0 {
            page.item(&format!(
                "and {}: use --format jsonl",
                number(u64::try_from(rest).unwrap_or(u64::MAX), "more reason", "more reasons")
            ));
        }
    }
}

/// Alerts, in their order.
#[derive(Debug, Default)]
pub(super) struct Alerts(Counts<(Severity, String, String)>);

impl Alerts {
    /// Takes an alert.
    pub(super) fn add(&mut self, alert: &crate::model::Alert) {
        self.0.add((alert.severity, printable(&alert.name), escaped(&alert.text)));
    }

    /// Adds the section, where there is anything to tell.
    pub(super) fn push(&self, page: &mut Page) {
        if self.0.is_empty() {
            return;
        }
        page.title("Alerts", "");
        for ((_, name, text), count) in self.0.ranked(|(severity, ..)| *severity).into_iter().take(MAX_CAUSES)
        {
            let times = if count > 1 { format!(" ({count} times)") } else { String::new() };
            page.item(&format!("{name}: {text}{times}"));
        }
    }
}
