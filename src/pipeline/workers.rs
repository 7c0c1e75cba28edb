//! Who reads the connections: the thread that reads the packets, or a crew of others.

use std::hash::BuildHasher as _;
use std::thread::Scope;

use crossbeam_channel::{Receiver, Sender, bounded};
use foldhash::fast::FixedState;

use super::shard::{Counts, Limits, SHARDS, Shard};
use crate::model::{FlowKey, Observation, Segment};

/// How many segments go to a worker at once, and how many bytes of payload.
const BATCH_SEGMENTS: usize = 4096;
const BATCH_BYTES: usize = 1 << 20;
/// How many batches may be under way.
const BATCHES: usize = 2;

/// Those who read connections.
pub(super) trait Workers {
    /// Takes a segment; what became complete goes to `done`, sooner or later and in the order of the packets.
    fn push(&mut self, segment: &Segment<'_>, done: &mut Vec<Observation>);

    /// No connection goes on.
    fn end_capture(&mut self, done: &mut Vec<Observation>);

    /// No segment follows.
    fn finish(&mut self, done: &mut Vec<Observation>) -> Counts;
}

/// What was complete only because the capture ended, in the order in which it began. The sort is stable: what began with the same
/// packet stays in the order of its shard.
fn in_order(mut ended: Vec<Observation>) -> Vec<Observation> {
    ended.sort_by_key(|observation| {
        (observation.began.time, observation.began.source, observation.began.frame)
    });
    ended
}

/// The hash of a flow: the same on every run.
fn hash_of(key: &FlowKey) -> u64 {
    FixedState::default().hash_one(key)
}

/// The shard of a flow, by its hash. Who aims flows at one shard gains no more than that shard's share of the memory.
fn shard_of(hash: u64) -> usize {
    usize::try_from(hash).unwrap_or_default().wrapping_rem(SHARDS)
}

/// The thread that reads the packets reads the connections too.
pub(super) struct Inline(Vec<Shard>);

impl Inline {
    pub(super) fn new(limits: Limits) -> Self {
        Self((0..SHARDS).map(|_| Shard::new(limits)).collect())
    }
}

impl Workers for Inline {
    fn push(&mut self, segment: &Segment<'_>, done: &mut Vec<Observation>) {
        let hash = hash_of(&segment.key);
        if let Some(shard) = self.0.get_mut(shard_of(hash)) {
            shard.push(segment, hash, done);
        }
    }

    fn end_capture(&mut self, done: &mut Vec<Observation>) {
        let mut ended = Vec::new();
        self.0.iter_mut().for_each(|shard| shard.end_capture(&mut ended));
        done.extend(in_order(ended));
    }

    fn finish(&mut self, done: &mut Vec<Observation>) -> Counts {
        self.end_capture(done);
        let mut counts = Counts::default();
        self.0.iter().for_each(|shard| counts.merge(shard.counts()));
        counts
    }
}

/// Threads that read the connections. Each has its own shards; a batch goes to all at once, and what they find in it is put back
/// into the order of the packets.
pub(super) struct Crew {
    lines: Vec<Line>,
    /// Number of the next segment.
    next: u64,
    /// Batches that are not answered yet.
    under_way: usize,
}

/// The way to one worker and back.
struct Line {
    batch: Batch,
    work: Sender<Batch>,
    results: Receiver<Results>,
    counts: Counts,
}

/// Segments for one worker.
#[derive(Default)]
struct Batch {
    segments: Vec<Packed>,
    bytes: Vec<u8>,
    /// No connection goes on after these.
    ends: bool,
}

/// A segment whose payload lies in its batch.
struct Packed {
    number: u64,
    /// Of the segment's key.
    hash: u64,
    /// With an empty payload.
    segment: Segment<'static>,
    at: usize,
    len: usize,
}

/// What a worker found in a batch.
struct Results {
    /// With the number of the segment that completed it.
    done: Vec<(u64, Observation)>,
    /// With the number of its shard: what was complete because the capture ended.
    ended: Vec<(usize, Observation)>,
    counts: Counts,
    /// To be used again.
    batch: Batch,
}

impl Crew {
    /// Starts so many threads, at most one a shard.
    pub(super) fn start<'scope>(scope: &'scope Scope<'scope, '_>, count: usize, limits: Limits) -> Self {
        let line = |_| {
            let (work, take) = bounded::<Batch>(BATCHES);
            let (give, results) = bounded(BATCHES);
            scope.spawn(move || labour(limits, &take, &give));
            Line { batch: Batch::default(), work, results, counts: Counts::default() }
        };
        Self { lines: (0..count.min(SHARDS)).map(line).collect(), next: 0, under_way: 0 }
    }

    /// Sends what has been gathered, and takes the results of the batch that has been under way for longest.
    fn send(&mut self, ends: bool, done: &mut Vec<Observation>) {
        for line in &mut self.lines {
            let batch = Batch { ends, ..std::mem::take(&mut line.batch) };
            // A worker stops only after this side has.
            let _ = line.work.send(batch);
        }
        self.under_way = self.under_way.saturating_add(1);
        while self.under_way >= BATCHES || (ends && self.under_way > 0) {
            self.receive(done);
        }
    }

    fn receive(&mut self, done: &mut Vec<Observation>) {
        self.under_way = self.under_way.saturating_sub(1);
        let (mut found, mut ended) = (Vec::new(), Vec::new());
        for line in &mut self.lines {
            let Ok(results) = line.results.recv() else { continue };
            found.extend(results.done);
            ended.extend(results.ended);
            line.counts = results.counts;
            if line.batch.segments.is_empty() {
                line.batch = results.batch;
            }
        }
        // Both sorts are stable: what one segment or one shard gave stays in its order.
        found.sort_by_key(|(number, _)| *number);
        ended.sort_by_key(|(shard, _)| *shard);
        done.extend(found.into_iter().map(|(_, observation)| observation));
        done.extend(in_order(ended.into_iter().map(|(_, observation)| observation).collect()));
    }
}

impl Workers for Crew {
    fn push(&mut self, segment: &Segment<'_>, done: &mut Vec<Observation>) {
        let hash = hash_of(&segment.key);
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        let worker = shard_of(hash).checked_rem(self.lines.len()).unwrap_or_default();
        let Some(Line { batch, .. }) = self.lines.get_mut(worker) else { return };
        let (at, len) = (batch.bytes.len(), segment.payload.len());
        batch.bytes.extend_from_slice(segment.payload);
        batch.segments.push(Packed { number, hash, segment: Segment { payload: &[], ..*segment }, at, len });
        if batch.segments.len() >= BATCH_SEGMENTS || batch.bytes.len() >= BATCH_BYTES {
            self.send(false, done);
        }
    }

    fn end_capture(&mut self, done: &mut Vec<Observation>) {
        self.send(true, done);
    }

    fn finish(&mut self, done: &mut Vec<Observation>) -> Counts {
        self.send(true, done);
        let mut counts = Counts::default();
        self.lines.iter().for_each(|line| counts.merge(&line.counts));
        counts
    }
}

/// What a thread of the crew does until no more work comes.
fn labour(limits: Limits, work: &Receiver<Batch>, results: &Sender<Results>) {
    let mut shards: Vec<Shard> = (0..SHARDS).map(|_| Shard::new(limits)).collect();
    for mut batch in work {
        let mut found = Vec::new();
        let mut done = Vec::new();
        for packed in batch.segments.drain(..) {
            let payload =
                batch.bytes.get(packed.at..packed.at.saturating_add(packed.len)).unwrap_or_default();
            if let Some(shard) = shards.get_mut(shard_of(packed.hash)) {
                shard.push(&Segment { payload, ..packed.segment }, packed.hash, &mut found);
            }
            done.extend(found.drain(..).map(|observation| (packed.number, observation)));
        }
        batch.bytes.clear();
        let mut ended = Vec::new();
        if batch.ends {
            for (number, shard) in shards.iter_mut().enumerate() {
                shard.end_capture(&mut found);
                ended.extend(found.drain(..).map(|observation| (number, observation)));
            }
        }
        let mut counts = Counts::default();
        for shard in &shards {
            counts.merge(shard.counts());
        }
        if results.send(Results { done, ended, counts, batch }).is_err() {
            return;
        }
    }
}
