//! Each kind of token, and each framer over a whole stream: time and bytes per second, on bytes from real captures.

use std::fs;
use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ntlmscope_parsers::frame::Framed;
use ntlmscope_parsers::smb::{Front, Item};
use ntlmscope_parsers::{http, kdc_frame, krb5, smb, smb1, smb2, token};

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

fn length(bytes: &[u8]) -> Throughput {
    Throughput::Bytes(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
}

/// Messages to and from a KDC are no tokens.
fn is_kdc(name: &str) -> bool {
    ["as-re", "tgs-re", "preauth"].iter().any(|start| name.starts_with(start))
}

fn tokens(criterion: &mut Criterion) -> io::Result<()> {
    let mut group = criterion.benchmark_group("token");
    for (name, bytes) in files(TOKENS)? {
        group.throughput(length(&bytes));
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

/// Reads all messages of a stream of SMB; how many.
fn read_smb(mut bytes: &[u8]) -> u32 {
    let (mut left, mut count) = (0, 0_u32);
    while let Front::Item { item, consumed, left: more } = smb::front(bytes, left) {
        match item {
            Item::Smb2 { header, element: Some(element) } => {
                black_box(smb2::message(&header, element).is_ok());
            }
            Item::Smb1 { header, message: Some(message) } => {
                black_box(smb1::messages(&header, message).flatten().count());
            }
            _ => {}
        }
        count = count.wrapping_add(1);
        (bytes, left) = (bytes.get(consumed..).unwrap_or_default(), more);
    }
    count
}

/// Reads the first head of a stream of HTTP.
fn read_http(bytes: &[u8]) -> u32 {
    let Framed::Record { body, .. } = http::head(bytes, 0) else { return 0 };
    u32::from(http::request(body).is_ok() || http::response(body).is_ok())
}

/// Reads all messages of a stream to or from a KDC; how many.
fn read_kdc(mut bytes: &[u8]) -> u32 {
    let mut count = 0_u32;
    while let Framed::Record { body, consumed } = kdc_frame::tcp(bytes) {
        count = count.wrapping_add(u32::from(krb5::message(body).is_ok()));
        bytes = bytes.get(consumed..).unwrap_or_default();
    }
    count
}

fn streams(criterion: &mut Criterion) -> io::Result<()> {
    let mut group = criterion.benchmark_group("stream");
    for (name, bytes) in files(STREAMS)? {
        let read = match name.split('-').next() {
            Some("http") => read_http,
            Some("kerberos") => read_kdc,
            _ => read_smb,
        };
        group.throughput(length(&bytes));
        group.bench_function(&name, |bencher| bencher.iter(|| read(black_box(&bytes))));
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
