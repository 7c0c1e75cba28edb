//! Text as a terminal shows it: harmless, measured, shortened, in plain words.

use serde::Serialize;

/// `text` from the wire, with everything escaped that would move the cursor, change colours, turn the direction of writing
/// or not show at all. Longer names than [`MAX_NAME`] characters lose their middle.
pub(super) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(MAX_NAME));
    let excess = text.chars().count().saturating_sub(MAX_NAME);
    if excess == 0 {
        push_escaped(&mut shown, text);
        return shown;
    }
    let head: String = text.chars().take(MAX_NAME / 2).collect();
    let tail: String = text.chars().skip((MAX_NAME / 2).saturating_add(excess)).collect();
    push_escaped(&mut shown, &head);
    shown.push('…');
    push_escaped(&mut shown, &tail);
    shown
}

/// A sentence that holds names from the wire, escaped like [`printable`] and not shortened.
pub(super) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    push_escaped(&mut shown, text);
    shown
}

fn push_escaped(shown: &mut String, text: &str) {
    // The library's list of characters that do not print is the one of Unicode's categories; quotes and backslashes do
    // print, and escaping them would only hide `DOMAIN\user`.
    for part in text.split_inclusive(PLAIN) {
        let body = part.trim_end_matches(PLAIN);
        shown.extend(body.escape_debug());
        shown.extend(part.chars().skip(body.chars().count()));
    }
}

const PLAIN: [char; 3] = ['\\', '"', '\''];

/// Columns that `text` takes on a terminal.
pub(super) fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let mut table = comfy_table::Table::new();
    table.add_row([text]);
    table.column_max_content_widths().first().copied().map_or(0, usize::from)
}

/// `text` without as much of its middle as does not fit into `columns`.
pub(super) fn shortened(text: &str, columns: usize) -> String {
    let whole = width(text);
    if whole <= columns {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    // A guess that is right where each character takes a column, and is too long where some take two.
    let mut kept = columns.saturating_sub(1).min(characters.len());
    loop {
        let head = characters.iter().take(kept.div_ceil(2));
        let tail = characters.iter().skip(characters.len().saturating_sub(kept / 2));
        let short: String = head.chain(['…'].iter()).chain(tail).collect();
        if kept == 0 || width(&short) <= columns {
            return short;
        }
        kept = kept.saturating_sub(1);
    }
}

/// Breaks a sentence between words, but not at a no-break space; lines after the first start with `indent` spaces.
pub(super) fn wrapped(sentence: &str, columns: usize, indent: usize) -> String {
    let mut text = String::with_capacity(sentence.len());
    let mut used = 0_usize;
    for word in sentence.split(' ') {
        let wide = width(word);
        if used == 0 {
            used = wide;
        } else if used.saturating_add(1).saturating_add(wide) > columns {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', indent));
            used = indent.saturating_add(wide);
        } else {
            text.push(' ');
            used = used.saturating_add(1).saturating_add(wide);
        }
        text.extend(word.chars().map(|c| if c == NO_BREAK { ' ' } else { c }));
    }
    text
}

const NO_BREAK: char = '\u{a0}';

/// `1 packet`, `2 packets`.
pub(super) fn number(count: u64, one: &str, many: &str) -> String {
    format!("{count}{NO_BREAK}{}", if count == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// `part` of `whole` as a percentage with one digit, never rounded to nothing or to all.
pub(super) fn share(part: u64, whole: u64) -> String {
    let tenths = u128::from(part).saturating_mul(1000).checked_div(whole.into()).unwrap_or(0);
    match tenths {
        0 if part > 0 => format!("under{NO_BREAK}0.1{NO_BREAK}%"),
        _ if tenths % 10 == 0 => format!("{}{NO_BREAK}%", tenths / 10),
        _ => format!("{}.{}{NO_BREAK}%", tenths / 10, tenths % 10),
    }
}

/// A length of time in its two largest units.
pub(super) fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let told = match (days, hours, minutes, seconds) {
        (0, 0, 0, 0) => format!("{milliseconds} ms"),
        (0, 0, 0, _) => format!("{seconds}.{} s", milliseconds % 1000 / 100),
        (0, 0, _, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    };
    told.replace(' ', NO_BREAK.encode_utf8(&mut [0; 4]))
}

/// The word that the JSON output has for a member of a fixed vocabulary.
pub(super) fn word(member: &impl Serialize) -> String {
    match serde_json::to_value(member) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Characters of a name that are kept; longer ones come from nobody's directory.
const MAX_NAME: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_as_they_are() {
        for name in
            [r"LAB\alice", "O'Brien", "Jürgen", "山田", "Ольга", "cifs/fs1.lab.test", "WS-01$", "e\u{301}"]
        {
            assert_eq!(printable(name), name);
        }
    }

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        let hostile = [
            ("\x1b[31mred", r"\u{1b}[31mred"),
            ("a\r\nb\tc\0", r"a\r\nb\tc\0"),
            ("\u{9b}2J", r"\u{9b}2J"),
            ("gpj.\u{202e}exe", r"gpj.\u{202e}exe"),
            ("a\u{2066}b\u{2069}", r"a\u{2066}b\u{2069}"),
            ("ad\u{200b}min\u{feff}", r"ad\u{200b}min\u{feff}"),
            ("a\u{2028}b", r"a\u{2028}b"),
            ("\u{e0041}", r"\u{e0041}"),
            ("\x7f", r"\u{7f}"),
            (r"D\\\u", r"D\\\u"),
        ];
        for (text, shown) in hostile {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn a_very_long_name_loses_its_middle() {
        let shown = printable(&format!("a{}z", "m".repeat(60_000)));
        assert_eq!(shown.chars().count(), MAX_NAME + 1);
        assert!(shown.starts_with("am") && shown.contains('…') && shown.ends_with("mz"));
    }

    #[test]
    fn shortening_keeps_both_ends_and_the_limit() {
        let cases = [
            ("short", 5, "short"),
            ("fileserver.lab.test", 9, "file…test"),
            ("fileserver.lab.test", 10, "files…test"),
            ("山田太郎さん", 7, "山田…ん"),
            ("abc", 1, "…"),
        ];
        for (text, columns, expected) in cases {
            assert_eq!(shortened(text, columns), expected);
            assert!(width(expected) <= columns, "{expected}");
        }
    }

    #[test]
    fn sentences_break_between_words() {
        assert_eq!(wrapped("one two three", 8, 2), "one two\n  three");
        assert_eq!(wrapped("unbreakable", 4, 0), "unbreakable");
        assert_eq!(wrapped("after 2\u{a0}s all", 8, 0), "after\n2 s all");
    }

    #[test]
    fn shares_are_never_rounded_to_nothing_or_all() {
        let cases = [
            (0, 0, "0 %"),
            (0, 5, "0 %"),
            (1, 10_000, "under 0.1 %"),
            (1, 8, "12.5 %"),
            (999_999, 1_000_000, "99.9 %"),
        ];
        for (part, whole, expected) in cases {
            assert_eq!(share(part, whole).replace(NO_BREAK, " "), expected);
        }
        assert_eq!(share(u64::MAX, u64::MAX).replace(NO_BREAK, " "), "100 %");
    }

    #[test]
    fn durations_have_two_units() {
        let cases = [
            (0, "0 ms"),
            (999, "999 ms"),
            (4_260, "4.2 s"),
            (62_000, "1 min 2 s"),
            (9_000_000, "2 h 30 min"),
            (90_000_000, "1 d 1 h"),
        ];
        for (milliseconds, expected) in cases {
            assert_eq!(duration(milliseconds).replace(NO_BREAK, " "), expected);
        }
    }

    #[test]
    fn lists_read_as_sentences() {
        let parts = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(listed(&parts), "a, b and c");
        assert_eq!(listed(&parts[..2]), "a and b");
        assert_eq!(listed(&parts[..1]), "a");
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_is_printed_controls_the_terminal(text in ".*", columns in 1_usize..60) {
            let shown = printable(&text);
            proptest::prop_assert!(!shown.chars().any(char::is_control));
            proptest::prop_assert!(width(&shortened(&shown, columns)) <= columns);
        }
    }
}
