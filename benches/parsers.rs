//! Each kind of token, and each carrier over a whole connection: time and bytes per second, on bytes from real captures.

use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ntlmscope::carrier::Conversation;
use ntlmscope::model::{At, Direction, Next, Stamp};
use ntlmscope_parsers::{krb5, token};

/// Tokens, without the protocol that carried them.
const TOKENS: &str = "parsers/tests/data";
/// One direction of a connection each.
const STREAMS: &str = "parsers/testdata";

/// The `.bin` files of a folder, by their names.
fn files(folder: &str) -> io::Result<Vec<(String, Vec<u8>)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "bin"));
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Ok((name, fs::read(&path)?))
        })
        .collect()
}

fn length(bytes: usize) -> Throughput {
    Throughput::Bytes(u64::try_from(bytes).unwrap_or(u64::MAX))
}

/// Messages to and from a KDC are no tokens.
fn is_kdc(name: &str) -> bool {
    ["as-re", "tgs-re", "preauth"].iter().any(|start| name.starts_with(start))
}

fn tokens(criterion: &mut Criterion) -> io::Result<()> {
    let mut group = criterion.benchmark_group("token");
    for (name, bytes) in files(TOKENS)? {
        group.throughput(length(bytes.len()));
        if is_kdc(&name) {
            group.bench_function(&name, |bencher| bencher.iter(|| krb5::message(black_box(&bytes)).is_ok()));
        } else {
            group.bench_function(&name, |bencher| {
                bencher.iter(|| black_box(token::classify(black_box(&bytes))));
            });
        }
    }
    group.finish();
    Ok(())
}

/// Reads one direction of a connection, whole; how much was found in it.
fn read(conversation: &mut Conversation, direction: Direction, mut bytes: &[u8]) -> u32 {
    let (at, mut found) = (At { direction, stamp: Stamp::default() }, 0_u32);
    while !bytes.is_empty() {
        let Next::Took(count) = conversation.read(at, bytes, &mut |_| found = found.wrapping_add(1)) else {
            break;
        };
        bytes = usize::try_from(count).ok().and_then(|count| bytes.get(count..)).unwrap_or_default();
    }
    found
}

/// Reads a connection: what the client sent, then what the server did.
fn play(client: &[u8], server: &[u8]) -> u32 {
    let mut conversation = Conversation::default();
    let asked = read(&mut conversation, Direction::Up, client);
    asked.wrapping_add(read(&mut conversation, Direction::Down, server))
}

fn streams(criterion: &mut Criterion) -> io::Result<()> {
    let mut group = criterion.benchmark_group("connection");
    let files: BTreeMap<String, Vec<u8>> = files(STREAMS)?.into_iter().collect();
    for (name, client) in &files {
        let Some(name) = name.strip_suffix("-client") else { continue };
        let server = files.get(&format!("{name}-server")).map(Vec::as_slice).unwrap_or_default();
        // To measure what is not read would be to measure nothing.
        if play(client, server) == 0 {
            continue;
        }
        group.throughput(length(client.len().saturating_add(server.len())));
        group.bench_function(name, |bencher| bencher.iter(|| play(black_box(client), black_box(server))));
    }
    group.finish();
    Ok(())
}

fn all(criterion: &mut Criterion) {
    let read = tokens(criterion).and_then(|()| streams(criterion));
    assert!(read.is_ok(), "cannot read the bytes: {read:?}");
}

criterion_group!(benches, all);
criterion_main!(benches);
