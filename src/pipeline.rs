//! The whole way of a packet; the only file that names every stage.
//!
//! Connections are spread over a fixed number of shards by their addresses, and shards over workers, so that what a shard
//! forgets when it is full, and what it prints, does not depend on the number of workers.

mod hidden;
mod naming;
mod shard;
mod tally;
mod workers;

use std::io;
use std::sync::Arc;

use crate::decode::{Decoded, Decoder};
use crate::exchange::Observation;
use crate::model::{Input, InputEnd, Record};
use crate::progress::Progress;
use crate::sink::Sink;
use crate::source::{Captures, Event, Filter};
use hidden::Covers;
use naming::Naming;
use shard::Limits;
use tally::Tally;
use workers::{Crew, Inline, Workers};

/// How many packets pass between two looks at the progress bar.
const PROGRESS_PACKETS: u64 = 4096;

/// What the user wants of a run.
#[derive(Debug)]
pub struct Settings {
    /// Threads that read connections, besides the one that reads packets; with one, that one does both.
    pub workers: u8,
    /// Bytes of memory that connections may use.
    pub memory: u64,
    /// Name of the sensor.
    pub sensor: Option<Arc<str>>,
    /// Which packets to look at.
    pub filter: Option<Filter>,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Inputs that could not be read, or not to their end.
    pub failed_inputs: Vec<Input>,
}

/// Reads all inputs and hands what is seen in them to the sink, the statistics last.
///
/// # Errors
/// The sink cannot be written to.
pub fn analyze(
    captures: Captures,
    settings: Settings,
    sink: &mut dyn Sink,
    progress: &mut Progress,
) -> io::Result<Outcome> {
    let limits = Limits::of(settings.memory);
    let count = usize::from(settings.workers);
    if count < 2 {
        return Run::new(captures, settings, sink, progress).read(Inline::new(limits));
    }
    std::thread::scope(|scope| {
        let crew = Crew::start(scope, count, limits);
        Run::new(captures, settings, sink, progress).read(crew)
    })
}

/// One run over all inputs.
struct Run<'r> {
    captures: Captures,
    naming: Naming,
    filter: Option<Filter>,
    decoder: Decoder,
    tally: Tally,
    covers: Covers,
    sink: &'r mut dyn Sink,
    progress: &'r mut Progress,
}

impl<'r> Run<'r> {
    fn new(
        captures: Captures,
        settings: Settings,
        sink: &'r mut dyn Sink,
        progress: &'r mut Progress,
    ) -> Self {
        let naming = Naming { sources: captures.names(), sensor: settings.sensor };
        let (decoder, tally, covers) = (Decoder::default(), Tally::default(), Covers::default());
        Self { captures, naming, filter: settings.filter, decoder, tally, covers, sink, progress }
    }

    fn read(mut self, mut workers: impl Workers) -> io::Result<Outcome> {
        let mut done = Vec::new();
        while let Some(event) = self.captures.read() {
            match event {
                Event::NewCapture => workers.end_capture(&mut done),
                Event::Frame(frame) => {
                    self.tally.frame(&frame);
                    if self.filter.as_mut().is_some_and(|filter| !filter.takes(&frame)) {
                        continue;
                    }
                    match self.decoder.decode(&frame) {
                        Decoded::Segment(segment) => workers.push(&segment, &mut done),
                        Decoded::Nothing => {}
                        Decoded::Undecoded(why) => self.tally.undecoded(why),
                    }
                }
            }
            if !done.is_empty() {
                self.tell(&mut done)?;
            }
            if self.tally.packets().is_multiple_of(PROGRESS_PACKETS) {
                self.progress.update(self.captures.bytes_read());
            }
        }
        self.decoder.finish();
        let counts = workers.finish(&mut done);
        self.tell(&mut done)?;
        let kernel_drops = self.captures.kernel_drops();
        let mut stats = self.tally.finish(
            &counts,
            self.decoder.lost_fragments(),
            kernel_drops,
            self.captures.into_reports(),
        );
        stats.opaque_uncounted = self.covers.uncounted();
        for record in self.covers.into_records() {
            self.sink.record(&record)?;
        }
        let failed = |input: &&Input| input.ended == InputEnd::Error;
        let failed_inputs = stats.inputs.iter().filter(failed).cloned().collect();
        self.sink.record(&Record::Stats(Box::new(stats)))?;
        self.sink.finish()?;
        Ok(Outcome { failed_inputs })
    }

    /// Hands what is complete to the sink; what is hidden is gathered until the end.
    fn tell(&mut self, done: &mut Vec<Observation>) -> io::Result<()> {
        for observation in done.drain(..) {
            if let Record::Opaque(opaque) = observation.record {
                self.covers.add(*opaque);
                continue;
            }
            let record = self.naming.name(observation);
            self.tally.record(&record);
            self.sink.record(&record)?;
        }
        Ok(())
    }
}
