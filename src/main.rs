//! Arguments in, exit status out.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{ColorChoice, Parser as _};

use ntlmscope::cli::{Analyze, Cli, Command, Format};
use ntlmscope::pipeline::{self, Settings};
use ntlmscope::progress::Progress;
use ntlmscope::sink::json::JsonLines;
use ntlmscope::sink::output::{Output, is_reader_gone};
use ntlmscope::sink::table::Table;
use ntlmscope::sink::{Sink, schema};
use ntlmscope::source::{Captures, Filter};
use ntlmscope::{explain, man};

/// An input could not be read, or the arguments make no sense.
const TROUBLE: u8 = 2;

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) if is_reader_gone(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "ntlmscope: {error:#}");
            ExitCode::from(TROUBLE)
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match command {
        Command::Analyze(analyze) => {
            drop(out);
            return self::analyze(analyze);
        }
        Command::Schema => schema::write(&mut out)?,
        Command::Explain { id } => explain(id.as_deref(), &mut out)?,
        Command::Completions { shell } => man::completions(shell, &mut out)?,
        Command::Man { dir: Some(dir) } => {
            man::pages(&dir).with_context(|| format!("cannot write to {}", dir.display()))?;
        }
        Command::Man { dir: None } => man::page(&mut out)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn explain(id: Option<&str>, out: &mut impl Write) -> anyhow::Result<()> {
    let Some(id) = id else {
        explain::ids().try_for_each(|id| writeln!(out, "{id}"))?;
        return Ok(());
    };
    let Some(page) = explain::page(id) else {
        let near: Vec<_> = explain::near(id).collect();
        let hint = if near.is_empty() {
            "`ntlmscope explain` lists all".to_owned()
        } else {
            format!("is it one of {}?", near.join(", "))
        };
        anyhow::bail!("there is no page for {id}: {hint}");
    };
    writeln!(out, "{page}")?;
    Ok(())
}

fn analyze(arguments: Analyze) -> anyhow::Result<ExitCode> {
    let filter = arguments.filter.as_deref().map(Filter::new).transpose();
    let filter = filter.map_err(|error| anyhow::anyhow!("cannot read the filter: {error}"))?;
    let named = || {
        arguments
            .output
            .as_ref()
            .map_or_else(|| "standard output".to_owned(), |file| file.display().to_string())
    };
    let mut output =
        Output::open(arguments.output.as_deref()).with_context(|| format!("cannot write {}", named()))?;
    let captures = Captures::open(&arguments.inputs);
    let clashes = arguments.format == Format::Jsonl && output.is_terminal();
    let mut progress = Progress::new(captures.size_hint_bytes(), !arguments.quiet && !clashes);
    let colour = match arguments.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => output.shows_colour(),
    };
    let columns = output.width().unwrap_or(Table::COLUMNS);
    let mut sink: Box<dyn Sink + '_> = match arguments.format {
        Format::Table => Box::new(Table::new(&mut output, columns, colour)),
        Format::Jsonl => Box::new(JsonLines::new(&mut output)),
    };
    let settings = Settings {
        workers: arguments.workers,
        memory: arguments.memory,
        sensor: arguments.sensor.map(Into::into),
        filter,
    };
    let result = pipeline::analyze(captures, settings, sink.as_mut(), &mut progress);
    drop(sink);
    progress.finish();
    let outcome = result.with_context(|| format!("cannot write {}", named()))?;
    output.finish().with_context(|| format!("cannot write {}", named()))?;
    for failed in &outcome.failed_inputs {
        let text = failed.text.as_deref().unwrap_or("it could not be read");
        let _ = writeln!(std::io::stderr(), "ntlmscope: cannot read {}: {text}", failed.source);
    }
    Ok(if outcome.failed_inputs.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(TROUBLE) })
}
