//! The command line as a user meets it: what is printed where, and with which exit status.
#![cfg(test)]
#![expect(clippy::arithmetic_side_effects, reason = "test code")]

#[path = "support/program.rs"]
mod program;
#[path = "support/samples.rs"]
mod samples;

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use program::{lines, program};
use samples::{captures, folder};

const NTLM: &str = "02-smb3-ntlmv2-by-ip/capture.pcap";
const KERBEROS: &str = "01-smb3-krb5/capture.pcap";

/// What a run has printed: exit status, standard output, standard error.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = program().args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn jsonl<'a>(arguments: &[&'a str]) -> (i32, String, String) {
    run(&[&["analyze", "--format", "jsonl"], arguments].concat::<&'a str>())
}

/// The records without the last line and what names the input.
fn records(lines: &str, source: &str) -> Vec<String> {
    let name = format!("\"source\":\"{source}\"");
    let records = lines.lines().filter(|line| !line.contains("\"kind\":\"stats\""));
    records.map(|line| line.replace(&name, "\"source\":\"\"")).collect()
}

fn kinds(lines: &str) -> Vec<String> {
    let value = |line| serde_json::from_str::<serde_json::Value>(line).unwrap();
    lines.lines().map(|line| value(line)["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn help_and_version_go_to_standard_output() {
    let (code, out, err) = run(&["--help"]);
    assert_eq!((code, err.as_str()), (0, ""));
    for word in ["analyze", "schema", "explain", "completions", "man", "Exit status", "  2  "] {
        assert!(out.contains(word), "{word}");
    }
    let (code, out, _) = run(&["analyze", "--help"]);
    assert_eq!(code, 0);
    for word in ["--format", "--filter", "--output", "--workers", "Examples"] {
        assert!(out.contains(word), "{word}");
    }
    let (code, out, _) = run(&["--version"]);
    assert_eq!((code, out.as_str()), (0, concat!("ntlmscope ", env!("CARGO_PKG_VERSION"), "\n")));
}

#[test]
fn wrong_usage_is_an_error() {
    for arguments in [
        &[][..],
        &["analyze"],
        &["analyse", NTLM],
        &["analyze", NTLM, "--workers", "0"],
        &["analyze", NTLM, "--memory", "1"],
    ] {
        let (code, out, err) = run(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(!err.is_empty());
    }
}

#[test]
fn the_schema_is_json() {
    let (code, out, _) = run(&["schema"]);
    assert_eq!(code, 0);
    let schema: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(schema["$schema"].as_str().unwrap().contains("2020-12"));
}

#[test]
fn an_id_is_explained() {
    let (code, all, _) = run(&["explain"]);
    assert!(code == 0 && all.lines().any(|id| id == "target-ip"), "{all}");
    for id in all.lines() {
        let (code, page, err) = run(&["explain", id]);
        assert_eq!((code, err.as_str()), (0, ""), "{id}");
        assert!(page.starts_with(&format!("{id}\n\n")), "{page}");
    }
    assert_eq!(run(&["explain", "7"]), run(&["explain", "target-ip"]));
    for (id, hint) in [("target", "target-name-empty"), ("x", "`ntlmscope explain` lists all")] {
        let (code, out, err) = run(&["explain", id]);
        assert_eq!((code, out.as_str()), (2, ""));
        assert!(err.starts_with("ntlmscope: ") && err.contains(hint), "{err}");
    }
}

#[test]
fn completions_and_manual_pages_are_printed() {
    let (code, out, _) = run(&["completions", "bash"]);
    assert!(code == 0 && out.contains("ntlmscope"));
    let (code, out, _) = run(&["man"]);
    assert!(code == 0 && out.contains(".TH") && out.contains("ntlmscope"));
}

#[test]
fn a_missing_file_is_named_and_the_others_are_read() {
    let (code, out, err) = jsonl(&["no-such.pcap", NTLM]);
    assert_eq!(code, 2);
    assert!(err.starts_with("ntlmscope: cannot read no-such.pcap: "), "{err}");
    assert_eq!(kinds(&out), ["auth", "stats"]);
    assert!(out.contains(r#"{"source":"no-such.pcap","packets":0,"ended":"error","text":""#), "{out}");
}

#[test]
fn a_format_that_is_not_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (name, head, word) in [
        ("a.cap", &b"GMBU\x00\x02\x00\x00"[..], "NetMon 2.x"),
        ("a.etl.zip", b"PK\x03\x04\x14\x00", "zip archive"),
        ("a.pcap", b"\x00\x01\x02\x03", "not a capture file"),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, [head, &[0; 64]].concat()).unwrap();
        let path = path.to_str().unwrap();
        let (code, out, err) = jsonl(&[path, NTLM]);
        assert_eq!(code, 2, "{name}");
        assert!(err.contains(path) && err.contains(word), "{err}");
        assert_eq!(kinds(&out), ["auth", "stats"]);
    }
}

#[test]
fn a_folder_stands_for_the_captures_in_it() {
    let (code, out, err) = jsonl(&["."]);
    assert_eq!((code, err.as_str()), (0, ""));
    for capture in captures() {
        assert!(out.contains(&format!(r#"{{"source":"./{capture}","packets":"#)), "{capture}");
    }
    assert_eq!(kinds(&out).iter().filter(|kind| *kind == "stats").count(), 1);
}

#[test]
fn standard_input_is_read() {
    let output = program()
        .args(["analyze", "--format", "jsonl", "-"])
        .pipe_stdin(folder().join(NTLM))
        .unwrap()
        .output()
        .unwrap();
    assert!(output.status.success());
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(records(&out, "-"), records(&lines(&[NTLM]), NTLM));
}

#[test]
fn a_compressed_capture_gives_the_same_records() {
    let folder = tempfile::tempdir().unwrap();
    let plain = fs::read(samples::folder().join(KERBEROS)).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&plain).unwrap();
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(&plain).unwrap();
    let packed = [
        ("a.pcap.gz", gz.finish().unwrap()),
        ("a.pcap.zst", zstd::encode_all(plain.as_slice(), 1).unwrap()),
        ("a.pcap.lz4", lz4.finish().unwrap()),
        ("without a name for it", zstd::encode_all(plain.as_slice(), 1).unwrap()),
    ];
    let expected = records(&lines(&[KERBEROS]), KERBEROS);
    assert_eq!(expected.len(), 5);
    for (name, bytes) in packed {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let path = path.to_str().unwrap();
        assert_eq!(records(&lines(&[path]), path), expected, "{name}");
    }
}

#[test]
fn the_number_of_workers_does_not_show() {
    let one = jsonl(&[".", "--workers", "1"]);
    for workers in ["2", "5"] {
        let many = jsonl(&[".", "--workers", workers]);
        assert!(many == one, "{workers} workers print something else");
    }
}

#[test]
fn files_of_a_ring_buffer_are_one_capture() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(samples::folder().join(NTLM)).unwrap();
    let (head, packets) = whole.split_at(24);
    for cut in [10, 11, 12, 13] {
        let (first, second) = packets.split_at(packet_at(packets, cut));
        let names =
            ["ring_00001_20261122.pcap", "ring_00002_20261122.pcap"].map(|name| folder.path().join(name));
        for (name, part) in names.iter().zip([first, second]) {
            fs::write(name, [head, part].concat()).unwrap();
        }
        let names = names.each_ref().map(|name| name.to_str().unwrap());
        let got: Vec<serde_json::Value> = values(&lines(&[names[1], names[0]]));
        let expected = values(&lines(&[NTLM]));
        assert_eq!(got.len(), 2, "cut after packet {cut}");
        for key in [
            "client",
            "server",
            "ntlm",
            "spnego",
            "outcome",
            "complete",
            "duration_ms",
            "resource",
            "ts",
            "id",
        ] {
            assert_eq!(got[0][key], expected[0][key], "{key}, cut after packet {cut}");
        }
    }
}

fn values(lines: &str) -> Vec<serde_json::Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Where in the packets of a capture file so many of them are over.
fn packet_at(packets: &[u8], count: usize) -> usize {
    (0..count).fold(0, |at, _| {
        let length = packets[at + 8..at + 12].try_into().map(u32::from_le_bytes).unwrap();
        at + 16 + usize::try_from(length).unwrap()
    })
}

#[test]
fn an_output_file_is_whole_or_stays_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.jsonl");
    let name = path.to_str().unwrap();
    let (code, out, err) = jsonl(&[NTLM, "--output", name]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    assert_eq!(fs::read_to_string(&path).unwrap(), lines(&[NTLM]));

    let (code, ..) = jsonl(&[NTLM, "--output", name, "--filter", "no such thing"]);
    assert_eq!(code, 2);
    assert_eq!(fs::read_to_string(&path).unwrap(), lines(&[NTLM]), "a failure leaves the old file");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "and nothing beside it");

    let (code, _, err) = jsonl(&[NTLM, "--output", folder.path().join("no/out").to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(err.contains("cannot write") && err.contains("no/out"), "{err}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    let (code, _, err) = jsonl(&[NTLM, "--output", "/dev/full"]);
    assert_eq!(code, 2);
    assert!(err.starts_with("ntlmscope: cannot write /dev/full: "), "{err}");
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    for format in ["table", "jsonl"] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_ntlmscope"))
            .current_dir(folder())
            .args(["analyze", "--format", format])
            // Far more than the buffer of a pipe holds.
            .args(std::iter::repeat_n(".", 40))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Long before it prints anything.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format}");
    }
}

#[test]
fn a_filter_keeps_what_matches() {
    let (code, out, _) = jsonl(&[KERBEROS, "--filter", "udp port 88"]);
    assert_eq!(code, 0);
    assert_eq!(kinds(&out), ["kdc", "kdc", "stats"]);
    let (code, out, err) = jsonl(&[KERBEROS, "--filter", "port eighty-eight"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.starts_with("ntlmscope: cannot read the filter: "), "{err}");
}

#[test]
fn nanoseconds_are_printed_where_the_capture_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = fs::read(samples::folder().join(NTLM)).unwrap();
    let micro = lines(&[NTLM]);
    let time = micro.split(r#""ts":""#).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let (seconds, fraction) = time.trim_end_matches('Z').split_once('.').unwrap();
    assert_eq!(fraction.len(), 6);
    // The same digits under the magic number of nanoseconds.
    bytes[..4].copy_from_slice(&0xa1b2_3c4d_u32.to_le_bytes());
    let path = folder.path().join("nano.pcap");
    fs::write(&path, bytes).unwrap();
    let nano = format!(r#""ts":"{seconds}.000{fraction}Z""#);
    assert!(lines(&[path.to_str().unwrap()]).contains(&nano));
}

#[test]
fn the_sensor_is_in_every_record() {
    let (_, out, _) = jsonl(&[KERBEROS, "--sensor", "tap-7"]);
    assert!(
        out.lines()
            .filter(|line| !line.contains(r#""kind":"stats""#))
            .all(|line| line.contains(r#""sensor":"tap-7""#))
    );
}

#[test]
fn the_table_is_the_default_and_has_colours_when_asked() {
    let (code, plain, err) = run(&["analyze", NTLM]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(plain.contains("alice") && !plain.contains('\u{1b}'), "{plain}");
    let (_, coloured, _) = run(&["analyze", "--color", "always", NTLM]);
    assert!(coloured.contains('\u{1b}'));
}
