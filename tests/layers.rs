//! Who may name whom: the arrows between the stages, and the libraries that stop at one file.
#![cfg(test)]
#![expect(clippy::arithmetic_side_effects, clippy::string_slice, reason = "test code")]

use std::fs;
use std::path::{Path, PathBuf};

/// What each module of the program may name of the program. `lib` declares them all.
const MAY_NAME: [(&str, &[&str]); 16] = [
    ("main", &["cli", "explain", "man", "pipeline", "progress", "sink", "source"]),
    ("lib", &[]),
    ("cli", &[]),
    ("man", &["cli"]),
    ("explain", &["reason"]),
    ("progress", &[]),
    (
        "pipeline",
        &[
            "bounded", "carrier", "decode", "exchange", "model", "progress", "reason", "sink", "source",
            "stream",
        ],
    ),
    ("source", &["model", "bounded"]),
    ("decode", &["model", "bounded"]),
    ("stream", &["model", "bounded"]),
    ("carrier", &["model", "bounded"]),
    ("exchange", &["model", "bounded"]),
    ("reason", &["model", "bounded"]),
    ("sink", &["model", "bounded"]),
    ("bounded", &["model"]),
    ("model", &[]),
];

/// Names that belong to one place: the name, and the folder or file under which it may stand.
const BELONGS: [(&str, &str); 8] = [
    ("aes", "src/carrier/quic.rs"),
    ("hkdf", "src/carrier/quic.rs"),
    ("sha2", "src/carrier/quic.rs"),
    ("etherparse", "src/decode"),
    ("pcap", "src/source"),
    ("asn1_rs", "parsers/src/der.rs"),
    ("Instant::now", "src/progress.rs"),
    ("SystemTime::now", "src/progress.rs"),
];

/// What a parser has no use for: it gets bytes and gives messages.
const NOT_FOR_PARSERS: [&str; 7] = ["env", "fs", "io", "net", "process", "thread", "time"];

#[test]
fn every_file_names_only_what_it_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut faults = Vec::new();
    let files = [files(&root.join("src")), files(&root.join("parsers/src"))].concat();
    for file in &files {
        let name = file.strip_prefix(root).unwrap().to_str().unwrap();
        faults.extend(faults_of(name, &fs::read_to_string(file).unwrap()));
    }
    assert!(files.len() > 50, "the walk has found {} files", files.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Rust files under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What a file names and may not.
fn faults_of(file: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let paths = paths(text);
    for (name, place) in BELONGS {
        let is_there = paths.iter().any(|path| path.is(name));
        faults.extend((is_there && !file.starts_with(place)).then(|| format!("{file} names {name}")));
    }
    if let Some(module) = file.strip_prefix("src/") {
        let module = module_of(module);
        let own = module.first().map_or("lib", String::as_str);
        let allowed = MAY_NAME.iter().find(|(name, _)| *name == own).map(|(_, allowed)| *allowed);
        let Some(allowed) = allowed else {
            return vec![format!("{file} is of a module without a row in this test")];
        };
        for named in paths.iter().filter_map(|path| path.under_the_root(&module)) {
            let is_module = named == "*" || MAY_NAME.iter().any(|(name, _)| *name == named);
            if named != own && is_module && !allowed.contains(&named) {
                faults.push(format!("{file} names {named}"));
            }
        }
    } else {
        for named in NOT_FOR_PARSERS {
            let is_there = paths.iter().any(|path| path.is(&format!("std::{named}")));
            faults.extend(is_there.then(|| format!("{file} names std::{named}")));
        }
    }
    faults.dedup();
    faults
}

/// The modules from the root of the crate to that of a file: `sink`, `table`, `grid` for `sink/table/grid.rs`.
fn module_of(file: &str) -> Vec<String> {
    let parts = file.trim_end_matches(".rs").split('/');
    parts.filter(|part| *part != "lib").map(str::to_owned).collect()
}

/// A path in the text of a file, in full: `use std::{fs, io}` holds two.
#[derive(Clone, Debug, PartialEq)]
struct Named {
    words: Vec<String>,
    /// How many modules are open around it in the file itself.
    depth: usize,
}

impl Named {
    /// True where the path starts with these words; `Instant::now` may have anything before it.
    fn is(&self, name: &str) -> bool {
        let words: Vec<_> = name.split("::").collect();
        let anywhere = name.ends_with("::now");
        self.words
            .windows(words.len())
            .take(if anywhere { usize::MAX } else { 1 })
            .any(|window| window == words)
    }

    /// The module under the root of this crate that the path names, where it starts there; `*` is all of them.
    fn under_the_root(&self, module: &[String]) -> Option<&str> {
        let words = self.words.iter().map(String::as_str);
        let up = words.clone().take_while(|word| ["self", "super"].contains(word)).collect::<Vec<_>>();
        let supers = up.iter().filter(|word| **word == "super").count();
        let (_, rest) = match self.words.split_first()? {
            (first, rest) if first == "crate" || first == "ntlmscope" => (first, rest),
            (first, _) if !up.is_empty() && supers == module.len() + self.depth => {
                (first, &self.words[up.len()..])
            }
            _ => return None,
        };
        Some(rest.first().map_or("*", String::as_str))
    }
}

/// All paths of more than one word in a text, and those of `use` that have one.
fn paths(text: &str) -> Vec<Named> {
    let tokens = tokens(text);
    let (mut found, mut braces, mut modules) = (Vec::new(), 0, Vec::new());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = |ahead: usize| tokens.get(at + ahead).map(String::as_str);
        match token.as_str() {
            "{" => braces += 1,
            "}" => {
                if modules.last() == Some(&braces) {
                    modules.pop();
                }
                braces -= 1;
            }
            "mod" if next(2) == Some("{") => modules.push(braces + 1),
            "use" => {
                at = tree(&tokens, at + 1, &[], modules.len(), &mut found);
                continue;
            }
            word if is_word(word) && next(1) == Some("::") => {
                let end = tree(&tokens, at, &[], modules.len(), &mut found);
                at = end.max(at + 1);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads one path with the groups in it, and says where it ends.
fn tree(tokens: &[String], mut at: usize, before: &[String], depth: usize, found: &mut Vec<Named>) -> usize {
    let mut words = before.to_vec();
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "::" => {}
            "{" if tokens.get(at.wrapping_sub(1)).is_some_and(|before| before == "::" || before == "use") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = tree(tokens, at, &words, depth, found);
                    at += usize::from(tokens.get(at).is_some_and(|token| token == ","));
                }
                return at + 1;
            }
            "as" => return named(tokens, at + 2, words, depth, found),
            word if is_word(word) || word == "*" => {
                let follows = tokens.get(at.wrapping_sub(1)).is_some_and(|before| before == "::");
                if words.len() > before.len() && !follows {
                    break;
                }
                words.push(word.to_owned());
            }
            _ => break,
        }
        at += 1;
    }
    named(tokens, at, words, depth, found)
}

fn named(tokens: &[String], at: usize, words: Vec<String>, depth: usize, found: &mut Vec<Named>) -> usize {
    if !words.is_empty() {
        found.push(Named { words, depth });
    }
    at.min(tokens.len())
}

fn is_word(token: &str) -> bool {
    token.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// The words and signs of a text, without its comments and what stands in quotes.
fn tokens(text: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = quoted(rest) {
            length
        } else if first.is_ascii_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(rest[..length].to_owned());
            length
        } else if rest.starts_with("::") {
            found.push("::".to_owned());
            2
        } else {
            found.extend((!first.is_whitespace()).then(|| first.to_string()));
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    found
}

/// Length of the string or character that a text starts with; a lifetime is none.
fn quoted(text: &str) -> Option<usize> {
    let body = text.trim_start_matches(['b', 'r', '#']);
    let start = text.len() - body.len();
    let prefix = &text[..start];
    let hashes = prefix.matches('#').count();
    let is_raw = prefix.contains('r');
    if start > 3 + hashes || (hashes > 0 && !is_raw) {
        return None;
    }
    if let Some(inside) = body.strip_prefix('"') {
        let close = if is_raw { format!("\"{}", "#".repeat(hashes)) } else { "\"".to_owned() };
        let mut at = 0;
        while at < inside.len() {
            if inside[at..].starts_with(&close) {
                return Some(start + 1 + at + close.len());
            }
            at += if !is_raw && inside[at..].starts_with('\\') { 2 } else { 1 };
            at = (at..=inside.len()).find(|at| inside.is_char_boundary(*at))?;
        }
        return Some(text.len());
    }
    if is_raw {
        return None;
    }
    let inside = body.strip_prefix('\'')?;
    let skip = if let Some(escaped) = inside.strip_prefix('\\') {
        1 + escaped.chars().next()?.len_utf8() + escaped.get(1..)?.find('\'')?
    } else {
        inside.chars().next()?.len_utf8()
    };
    inside.get(skip..)?.starts_with('\'').then_some(start + skip + 2)
}

#[test]
fn paths_are_found_in_full() {
    let text = r#"
        use std::{fs, io::{self, Read as _}};
        use pcap;
        //! use crate::comment;
        mod tests { use super::super::Encap; fn f() -> crate::model::Time { "crate::quoted" } }
        fn g<'a>(x: &'a str) -> char { 'x'; '\''; crate::decode::open::<u8>(x.len()) }
    "#;
    let found: Vec<_> = paths(text).iter().map(|path| (path.words.join("::"), path.depth)).collect();
    let expected = [
        ("std::fs", 0),
        ("std::io::self", 0),
        ("std::io::Read", 0),
        ("pcap", 0),
        ("super::super::Encap", 1),
        ("crate::model::Time", 1),
        ("crate::decode::open", 0),
    ];
    assert_eq!(found, expected.map(|(path, depth)| (path.to_owned(), depth)));
}

#[test]
fn what_may_not_be_named_is_found() {
    let table: [(&str, &str, &[&str]); 22] = [
        ("src/carrier/smb.rs", "use crate::exchange::Draft;", &["src/carrier/smb.rs names exchange"]),
        ("src/carrier/smb.rs", "use crate::{model::At, sink::{Sink}};", &["src/carrier/smb.rs names sink"]),
        ("src/carrier/smb.rs", "use super::super::stream::Next;", &["src/carrier/smb.rs names stream"]),
        (
            "src/carrier/smb.rs",
            "mod tests { use super::super::super::stream; }",
            &["src/carrier/smb.rs names stream"],
        ),
        ("src/carrier/smb.rs", "fn f(x: crate::decode::Decoder) {}", &["src/carrier/smb.rs names decode"]),
        ("src/carrier/smb.rs", "use crate::*;", &["src/carrier/smb.rs names *"]),
        (
            "src/carrier/smb.rs",
            "use super::{Conversation, super::pipeline};",
            &["src/carrier/smb.rs names pipeline"],
        ),
        ("src/carrier/smb.rs", "use super::Found; mod tests { use super::super::Found; }", &[]),
        ("src/carrier.rs", "use crate::model::At; use super::bounded::Bounded; use http::Http;", &[]),
        ("src/model/packet.rs", "use crate::bounded::Bounded;", &["src/model/packet.rs names bounded"]),
        ("src/bounded.rs", "use crate::model::Time;", &[]),
        ("src/pipeline.rs", "use crate::{carrier, stream};", &[]),
        ("src/pipeline/shard.rs", "use crate::cli::Cli;", &["src/pipeline/shard.rs names cli"]),
        ("src/main.rs", "use ntlmscope::carrier::Http;", &["src/main.rs names carrier"]),
        ("src/news.rs", "", &["src/news.rs is of a module without a row in this test"]),
        ("src/stream.rs", "let now = std::time::Instant::now();", &["src/stream.rs names Instant::now"]),
        (
            "src/carrier.rs",
            "let ip = etherparse::Ipv4Header::default();",
            &["src/carrier.rs names etherparse"],
        ),
        ("src/decode/ip.rs", "use etherparse::IpSlice; use pcap::Capture;", &["src/decode/ip.rs names pcap"]),
        ("parsers/src/krb5.rs", "use asn1_rs::FromDer;", &["parsers/src/krb5.rs names asn1_rs"]),
        ("parsers/src/krb5.rs", "use std::{fmt, net::IpAddr};", &["parsers/src/krb5.rs names std::net"]),
        (
            "parsers/src/krb5.rs",
            "fn f() { std::thread::yield_now() }",
            &["parsers/src/krb5.rs names std::thread"],
        ),
        ("parsers/src/der.rs", "use asn1_rs::FromDer; use std::fmt; // std::fs", &[]),
    ];
    for (file, text, faults) in table {
        assert_eq!(faults_of(file, text), faults, "{text}");
    }
}
