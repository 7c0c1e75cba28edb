//! Damaged captures: whatever a file holds, the program ends soon, prints whole lines, and never what must not be printed.
//!
//! `NTLMSCOPE_CAPTURES=/some/folder cargo test --test hostile` does the same with other captures.
#![cfg(test)]
#![expect(clippy::arithmetic_side_effects, reason = "test code")]

#[path = "support/packets.rs"]
mod packets;
#[path = "support/program.rs"]
mod program;
#[path = "support/run.rs"]
mod run;
#[path = "support/samples.rs"]
mod samples;
#[path = "support/secrets.rs"]
mod secrets;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use packets::Capture;
use program::{lines, program};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use run::run;
use samples::{captures, folder};
use secrets::Secrets;

/// The one password of the laboratory.
const PASSWORD: &str = "Passw0rd!";
/// A damaged sample of some packets takes milliseconds; this is for busy machines.
const SOON: Duration = Duration::from_secs(10);

/// The samples, and the files of a folder that the environment names.
fn files() -> Vec<PathBuf> {
    let mut files: Vec<_> = captures().iter().map(|capture| folder().join(capture)).collect();
    if let Ok(folder) = std::env::var("NTLMSCOPE_CAPTURES") {
        let more = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.extend(more.filter(|path| path.is_file()));
    }
    files
}

/// Analyses a file that may hold anything.
fn survives(capture: &[u8], secrets: &Secrets) -> Result<(), TestCaseError> {
    let start = Instant::now();
    let run = run(capture);
    prop_assert!(start.elapsed() < SOON, "it took {:?}", start.elapsed());
    // Checks that all lines are whole and in order.
    run.records();
    prop_assert_eq!(secrets.find(&run.text), None, "a secret is printed: {}", run.text);
    prop_assert!(!run.text.contains(PASSWORD), "the password is printed: {}", run.text);
    prop_assert_eq!(run.failed, run.text.contains(r#""ended":"error""#));
    Ok(())
}

/// Something that is done to the packets of a capture.
#[derive(Clone, Debug)]
enum Damage {
    Drop(Vec<Index>),
    Repeat(Vec<(Index, Index)>),
    Swap(Vec<(Index, Index)>),
    Snap(usize),
    Flip(Vec<(Index, Index, u8)>),
    Date(Vec<(Index, u32)>),
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<Index>;
    prop_oneof![
        vec(index(), 0..20).prop_map(Damage::Drop),
        vec((index(), index()), 0..20).prop_map(Damage::Repeat),
        vec((index(), index()), 0..60).prop_map(Damage::Swap),
        (14..400_usize).prop_map(Damage::Snap),
        vec((index(), index(), any::<u8>()), 0..60).prop_map(Damage::Flip),
        vec((index(), any::<u32>()), 0..20).prop_map(Damage::Date),
    ]
}

impl Damage {
    fn inflict(&self, capture: &mut Capture) {
        let packets = &mut capture.packets;
        let count = packets.len();
        if count == 0 {
            return;
        }
        match self {
            Self::Drop(lost) => lost.iter().take(count - 1).for_each(|at| {
                packets.remove(at.index(packets.len()));
            }),
            Self::Repeat(pairs) => pairs.iter().for_each(|(from, to)| {
                let copy = packets[from.index(count)].clone();
                packets.insert(to.index(packets.len()), copy);
            }),
            Self::Swap(pairs) => {
                for (a, b) in pairs {
                    packets.swap(a.index(count), b.index(count));
                }
            }
            Self::Snap(length) => packets.iter_mut().for_each(|packet| packet.bytes.truncate(*length)),
            Self::Flip(flips) => flips.iter().for_each(|(packet, at, value)| {
                let packet = packet.index(count);
                let bytes = &mut packets[packet].bytes;
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] ^= value;
                }
            }),
            Self::Date(dates) => dates.iter().for_each(|(packet, seconds)| {
                let packet = packet.index(count);
                packets[packet].time = u64::from(*seconds) * 1_000_000;
            }),
        }
    }
}

fn file() -> impl Strategy<Value = PathBuf> {
    prop::sample::select(files())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Bytes of the file are missing at the end, or other than they were.
    #[test]
    fn any_file_is_survived(
        path in file(),
        end in any::<Index>(),
        flips in vec((any::<Index>(), any::<u8>()), 0..20),
    ) {
        let mut bytes = fs::read(&path).unwrap();
        let secrets = Secrets::of(&path);
        survives(&bytes[..end.index(bytes.len() + 1)], &secrets)?;
        for (at, value) in flips {
            let at = at.index(bytes.len().max(1));
            bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= value);
        }
        survives(&bytes, &secrets)?;
    }

    /// Packets are lost, repeated, cut, in disorder, changed, or dated anyhow.
    #[test]
    fn any_packets_are_survived(path in file(), damages in vec(damage(), 1..4)) {
        if let Some(mut capture) = Capture::read(&path) {
            for damage in &damages {
                damage.inflict(&mut capture);
            }
            survives(&capture.write(), &Secrets::of(&path))?;
        }
    }
}

#[test]
fn a_cut_at_every_snap_length_is_survived() {
    let path = folder().join("02-smb3-ntlmv2-by-ip/capture.pcap");
    let (whole, secrets) = (Capture::read(&path).unwrap(), Secrets::of(&path));
    for length in 0..300 {
        let mut capture = whole.clone();
        Damage::Snap(length).inflict(&mut capture);
        survives(&capture.write(), &secrets).unwrap();
    }
}

#[test]
fn the_exit_status_says_whether_all_was_read() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("damaged.pcap");
    for capture in captures().into_iter().filter(|capture| !capture.ends_with("ng")) {
        assert!(!lines(&[&capture]).is_empty());
        let mut bytes = fs::read(folder().join(capture)).unwrap();
        // A packet of an impossible length, in the middle of the packets.
        let at = 24 + 8;
        bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        for (bytes, code) in
            [(&bytes[..20], 0), (&bytes[..24], 0), (&bytes[..30], 0), (&bytes[..], 2), (&[][..], 2)]
        {
            fs::write(&path, bytes).unwrap();
            let output = program().args(["analyze", "--format", "jsonl"]).arg(&path).output().unwrap();
            assert_eq!(output.status.code(), Some(code), "{} bytes", bytes.len());
            let last = String::from_utf8(output.stdout).unwrap();
            assert!(last.lines().last().unwrap().starts_with(r#"{"kind":"stats""#));
        }
    }
}

/// What is looked for would be found, and is in none of the formats.
#[test]
fn no_secret_is_in_any_format() {
    for (name, least) in [
        ("01-smb3-krb5/capture.pcap", 12),
        ("02-smb3-ntlmv2-by-ip/capture.pcap", 6),
        ("07-ntlmv1/capture.pcap", 3),
        ("09-smb1-ntlmv1/capture.pcap", 1),
        ("10-as-and-tgs-udp/capture.pcap", 6),
        ("13-http-ntlm-scheme/capture.pcap", 5),
    ] {
        let secrets = Secrets::of(&folder().join(name));
        assert!(secrets.len() >= least, "{name} has {}", secrets.len());
    }
    for path in files() {
        let secrets = Secrets::of(&path);
        for arguments in
            [&["--format", "jsonl"][..], &["--format", "table"], &["--format", "table", "--color", "always"]]
        {
            let output = program().arg("analyze").args(arguments).arg(&path).output().unwrap();
            for text in [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()) {
                assert_eq!(secrets.find(&text), None, "{}: {text}", path.display());
                assert!(!text.contains(PASSWORD), "{}: {text}", path.display());
            }
        }
    }
}

#[test]
fn a_secret_is_found_in_a_text() {
    let path = folder().join("07-ntlmv1/capture.pcap");
    let (secrets, bytes) = (Secrets::of(&path), fs::read(&path).unwrap());
    // The server's challenge, at its place in CHALLENGE_MESSAGE ([MS-NLMP] 2.2.1.2).
    let start = bytes.windows(12).position(|window| window == b"NTLMSSP\0\x02\0\0\0").unwrap();
    let challenge = &bytes[start + 24..start + 32];
    let hex = challenge.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02X}"));
    assert!(secrets.find(&format!("x: {hex},")).is_some());
    assert!(secrets.find(&STANDARD.encode(challenge)).is_some());
    assert!(secrets.find(hex.get(..12).unwrap()).is_none());
}
