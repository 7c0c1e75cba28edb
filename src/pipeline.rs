//! The whole way of a packet; the only file that names every stage.
//!
//! Connections are spread over a fixed number of shards by their addresses, and shards over workers, so that what a shard
//! forgets when it is full, and what it prints, does not depend on the number of workers.

mod halves;
mod hidden;
mod named;
mod naming;
mod shard;
mod tally;
mod workers;

use std::io;
use std::sync::Arc;

use crate::decode::{Decoded, Decoder};
use crate::model::{Input, InputEnd, Observation, Opaque, Record};
use crate::progress::Progress;
use crate::reason::Reasons;
use crate::sink::Sink;
use crate::source::{Captures, Event, Filter};
use halves::Halves;
use hidden::Covers;
use naming::Naming;
use shard::Limits;
use tally::Tally;
use workers::{Crew, Inline, Workers};

/// How many packets pass between two looks at the progress bar, and at most before what is complete goes on.
const PROGRESS_PACKETS: u64 = 4096;
/// How many observations go on at once: what takes them is more than the cache for instructions holds beside what reads packets.
const TOGETHER: usize = 64;

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
        return Run::new(captures, settings, sink, progress).read(&mut Inline::new(limits));
    }
    std::thread::scope(|scope| {
        let mut crew = Crew::start(scope, count, limits);
        Run::new(captures, settings, sink, progress).read(&mut crew)
    })
}

/// One run over all inputs.
struct Run<'r> {
    captures: Captures,
    filter: Option<Filter>,
    decoder: Decoder,
    tally: Tally,
    desk: Desk<'r>,
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
        let (reasons, covers) = (Reasons::default(), Covers::default());
        let (halves, whole) = (Halves::default(), Vec::new());
        let desk = Desk { halves, whole, reasons, judged: Vec::new(), covers, naming, sink };
        let (decoder, tally) = (Decoder::default(), Tally::default());
        Self { captures, filter: settings.filter, decoder, tally, desk, progress }
    }

    fn read(mut self, workers: &mut dyn Workers) -> io::Result<Outcome> {
        let mut done = Vec::new();
        while let Some(event) = self.captures.read() {
            match event {
                Event::NewCapture => {
                    workers.end_capture(&mut done);
                    self.desk.end_capture(&mut done, &mut self.tally)?;
                }
                Event::Frame(frame) => {
                    self.tally.frame(&frame);
                    if self.filter.as_mut().is_some_and(|filter| !filter.takes(&frame)) {
                        continue;
                    }
                    match &self.decoder.decode(&frame) {
                        Decoded::Segment(segment) => workers.push(segment, &mut done),
                        Decoded::Nothing => {}
                        Decoded::Undecoded(why) => self.tally.undecoded(*why),
                    }
                }
            }
            let is_time = self.tally.packets().is_multiple_of(PROGRESS_PACKETS);
            if done.len() >= TOGETHER || is_time {
                self.desk.take(&mut done, &mut self.tally)?;
            }
            if is_time {
                self.progress.update(self.captures.bytes_read());
            }
        }
        self.decoder.finish();
        let counts = workers.finish(&mut done);
        self.desk.end_capture(&mut done, &mut self.tally)?;
        let (lost, drops) = (self.decoder.lost_fragments(), self.captures.kernel_drops());
        let mut stats = self.tally.finish(&counts, lost, drops, self.captures.into_reports());
        stats.opaque_uncounted = self.desk.covers.uncounted();
        stats.judged_early = self.desk.reasons.hurried();
        for record in std::mem::take(&mut self.desk.covers).into_records() {
            self.desk.sink.record(&record)?;
        }
        let failed = |input: &&Input| input.ended == InputEnd::Error;
        let failed_inputs = stats.inputs.iter().filter(failed).cloned().collect();
        self.desk.sink.record(&Record::Stats(Box::new(stats)))?;
        self.desk.sink.finish()?;
        Ok(Outcome { failed_inputs })
    }
}

/// Where what all connections gave comes together: it is judged, named, counted and handed to the sink.
struct Desk<'r> {
    halves: Halves,
    /// Reused.
    whole: Vec<Observation>,
    reasons: Reasons,
    /// Reused.
    judged: Vec<Observation>,
    covers: Covers,
    naming: Naming,
    sink: &'r mut dyn Sink,
}

impl Desk<'_> {
    fn take(&mut self, done: &mut Vec<Observation>, tally: &mut Tally) -> io::Result<()> {
        let Self { halves, whole, .. } = self;
        for observation in done.drain(..) {
            halves.take(observation, whole);
        }
        self.judge(tally)
    }

    /// Hands what is whole to the reasons, and what is hidden to its count.
    fn judge(&mut self, tally: &mut Tally) -> io::Result<()> {
        for observation in self.whole.drain(..) {
            match observation.record {
                Record::Opaque(ref opaque) => {
                    self.reasons.note(&observation);
                    self.covers.add(Opaque::clone(opaque));
                }
                _ => self.reasons.take(observation, &mut self.judged),
            }
        }
        self.tell(tally)
    }

    /// Judges everything by what is known now.
    fn end_capture(&mut self, done: &mut Vec<Observation>, tally: &mut Tally) -> io::Result<()> {
        self.take(done, tally)?;
        self.halves.end_capture(&mut self.whole);
        self.judge(tally)?;
        self.reasons.end_capture(&mut self.judged);
        self.tell(tally)
    }

    fn tell(&mut self, tally: &mut Tally) -> io::Result<()> {
        for observation in self.judged.drain(..) {
            let record = self.naming.name(observation);
            tally.record(&record);
            self.sink.record(&record)?;
        }
        Ok(())
    }
}
