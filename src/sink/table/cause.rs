//! Why logons were NTLM, and what ends it: what the reader came for, so it stands first.

use std::collections::BTreeMap;

use super::Page;
use super::count::Counts;
use super::text::{escaped, number, printable};
use crate::model::{Auth, Confidence, Severity};

/// How many reasons are told.
const MAX_CAUSES: usize = 20;

/// How many changes are told of one reason.
const MAX_FIXES: usize = 3;

/// Reasons of NTLM logons and what ends each, counted.
#[derive(Debug, Default)]
pub(super) struct Causes(Counts<(Cause, String)>);

/// The best reason of a logon.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cause {
    confidence: Confidence,
    name: String,
    text: String,
}

impl Causes {
    /// Counts the best reason of a logon.
    pub(super) fn add(&mut self, auth: &Auth) {
        let Some(reason) = auth.fallback.as_ref().and_then(|fallback| fallback.reasons.first()) else {
            return;
        };
        let cause = Cause {
            confidence: reason.confidence,
            name: reason.name.to_string(),
            text: escaped(&reason.text),
        };
        self.0.add((cause, escaped(&reason.advice)));
    }

    /// Adds the section, where there is anything to tell.
    pub(super) fn push(&self, page: &mut Page) {
        if self.0.is_empty() {
            return;
        }
        page.title("Why it was not Kerberos", "");
        let causes = self.causes();
        for (cause, (count, fixes)) in causes.iter().take(MAX_CAUSES) {
            let logons = number(*count, "logon", "logons");
            let surely = match cause.confidence {
                Confidence::Proved => "",
                Confidence::Likely => "likely: ",
                Confidence::Possible => "perhaps: ",
            };
            page.item(&format!("{logons}: {surely}{} [{}]", cause.text, cause.name));
            for fix in fixes.iter().take(MAX_FIXES) {
                page.under(&format!("fix: {fix}"));
            }
            let rest = u64::try_from(fixes.len().saturating_sub(MAX_FIXES)).unwrap_or(u64::MAX);
            if rest > 0 {
                page.under(&format!("and {}: use --format jsonl", number(rest, "more fix", "more fixes")));
            }
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

impl Causes {
    /// The reasons with the most logons first, and of each the changes that end the most of them.
    fn causes(&self) -> Vec<(&Cause, (u64, Vec<&str>))> {
        let mut causes: BTreeMap<&Cause, (u64, Vec<&str>)> = BTreeMap::new();
        for ((cause, fix), count) in self.0.ranked(|_| 0_u8) {
            let (total, fixes) = causes.entry(cause).or_default();
            *total = total.saturating_add(count);
            fixes.push(fix);
        }
        let mut causes: Vec<_> = causes.into_iter().collect();
        causes.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        causes
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
