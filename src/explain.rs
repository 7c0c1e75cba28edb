//! The page behind each id of a record. `docs/explain.md` is the only source: it is read here and on the web alike.

use crate::reason;

const TEXT: &str = include_str!("../docs/explain.md");

/// The page of a reason, a change, a risk, an alert or a Windows event: a line with its id, and what there is to say.
///
/// A reason is also found by its number in event 4020, which is what a record has as id where there is one.
#[must_use]
pub fn page(id: &str) -> Option<&'static str> {
    let id = id.parse().ok().and_then(reason::named_by_usage).unwrap_or(id);
    pages().find(|page| id_of(page) == id)
}

/// The ids that have a page, in the order of the document.
pub fn ids() -> impl Iterator<Item = &'static str> {
    pages().map(id_of)
}

/// The ids that share a word with what somebody has asked for.
pub fn near(asked: &str) -> impl Iterator<Item = &'static str> {
    let asked = asked.to_ascii_lowercase();
    ids().filter(move |id| {
        let shared = |word: &str| word.len() > 1 && id.split('-').any(|own| own == word);
        asked.split(|sign: char| !sign.is_ascii_alphanumeric()).any(shared)
    })
}

fn pages() -> impl Iterator<Item = &'static str> {
    // A title of a group of pages ends the page before it.
    TEXT.split("\n## ").skip(1).map(|page| page.split("\n# ").next().unwrap_or(page).trim_end())
}

fn id_of(page: &'static str) -> &'static str {
    page.lines().next().unwrap_or(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_id_of_a_record_has_one_page_and_every_page_an_id() {
        let known: BTreeSet<_> = reason::ids().collect();
        let told: BTreeSet<_> = ids().map(str::to_owned).collect();
        assert_eq!(known, told);
        assert_eq!(ids().count(), told.len(), "a page is there twice");
    }

    #[test]
    fn a_page_says_something_and_fits_a_terminal() {
        for id in ids() {
            let page = page(id).unwrap();
            let (title, text) = page.split_once("\n\n").unwrap();
            assert_eq!(title, id);
            assert!(text.lines().count() >= 2, "{id}");
            // A registry key has no place to break.
            let fits = |line: &str| line.len() <= 80 || !line.contains(' ');
            assert!(page.lines().all(|line| fits(line) && !line.starts_with('#')), "{id}");
        }
    }

    #[test]
    fn a_reason_is_found_by_its_number() {
        assert_eq!(page("7"), page("target-ip"));
        assert_eq!(page("0"), page("unknown"));
        assert!(page("7").is_some());
        for id in ["3", "12", "256", "-1", "", "##", "Reasons", "target"] {
            assert_eq!(page(id), None, "{id}");
        }
    }

    #[test]
    fn near_ids_share_a_word() {
        assert_eq!(near("spn_unknown").next(), Some("spn-duplicate"));
        assert!(near("TARGET").any(|id| id == "target-ip"));
        assert_eq!(near("x").count(), 0);
    }
}
