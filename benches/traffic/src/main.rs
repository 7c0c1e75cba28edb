//! Makes a capture on disk, and the truth about it beside it.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use ntlmscope_traffic::{Mix, Plan, generate};

/// Makes a capture of authentications among other traffic
///
/// F.pcap comes with F.truth.jsonl, which says what happens in it, one JSON object a line.
#[derive(Debug, Parser)]
struct Arguments {
    /// auth, bulk, noise, tiny, shuffled, oneway or tunnels
    #[arg(long)]
    mix: Mix,

    /// Bytes, such as 317M or 10G; K, M and G count in 1000
    #[arg(long, value_parser = size)]
    size: u64,

    /// The same seed makes the same capture
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// The capture
    #[arg(long, value_name = "F.pcap")]
    out: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "traffic: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<()> {
    let Arguments { mix, size, seed, ref out } = *arguments;
    let (mut capture, mut truth) = (File::create(out)?, File::create(out.with_extension("truth.jsonl"))?);
    let summary = generate(Plan { mix, size, seed }, &mut capture, &mut truth)?;
    writeln!(
        io::stderr(),
        "{}: {} bytes, {} packets, {} conversations, {} logons with NTLM",
        out.display(),
        summary.bytes,
        summary.packets,
        summary.conversations,
        summary.logons
    )
}

fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(['K', 'M', 'G']);
    let scale = match text.strip_prefix(digits) {
        Some("K") => 1_000,
        Some("M") => 1_000_000,
        Some("G") => 1_000_000_000,
        _ => 1,
    };
    let number: u64 = digits.parse().map_err(|_| "expected a size such as 12M".to_owned())?;
    number.checked_mul(scale).ok_or_else(|| "too much".to_owned())
}
