//! The whole way of a packet, over 64 MB of each kind of generated traffic: bytes per second.

use std::fs::File;
use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ntlmscope::model::Record;
use ntlmscope::pipeline::{Settings, analyze};
use ntlmscope::progress::Progress;
use ntlmscope::sink::Sink;
use ntlmscope::source::Captures;
use ntlmscope_traffic::{Mix, Plan, generate};

const SIZE: u64 = 64_000_000;

/// Counts records and writes nothing.
#[derive(Default)]
struct Count(u64);

impl Sink for Count {
    fn record(&mut self, record: &Record) -> io::Result<()> {
        self.0 = self.0.wrapping_add(1);
        black_box(record);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn read(path: &Path) -> io::Result<u64> {
    let settings = Settings { workers: 1, memory: 256 << 20, sensor: None, filter: None };
    let mut count = Count::default();
    analyze(Captures::open(&[PathBuf::from(path)]), settings, &mut count, &mut Progress::new(None, false))?;
    Ok(count.0)
}

fn mixes(criterion: &mut Criterion) -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut group = criterion.benchmark_group("pipeline");
    group.sample_size(10);
    for mix in [Mix::Auth, Mix::Bulk, Mix::Noise] {
        let path = folder.path().join(mix.name());
        let plan = Plan { mix, size: SIZE, seed: 1 };
        let made = generate(plan, &mut File::create(&path)?, &mut io::sink())?;
        group.throughput(Throughput::Bytes(made.bytes));
        group.bench_function(mix.name(), |bencher| bencher.iter(|| read(&path)));
    }
    group.finish();
    Ok(())
}

fn all(criterion: &mut Criterion) {
    let made = mixes(criterion);
    assert!(made.is_ok(), "cannot make the traffic: {made:?}");
}

criterion_group!(benches, all);
criterion_main!(benches);
