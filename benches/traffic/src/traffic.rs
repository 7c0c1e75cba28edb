//! A capture and the truth about it.

use std::io::{self, Write};

use crate::capture::Capture;
use crate::connection::Connection;
use crate::mix::{Mix, Recipe};
use crate::stage::Stage;

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The kind of capture.
    pub mix: Mix,
    /// Bytes after which nothing new begins: the capture is a little longer, so that everything in it is whole.
    pub size: u64,
    /// The same seed makes the same capture.
    pub seed: u64,
}

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Bytes of the capture.
    pub bytes: u64,
    /// Packets in it.
    pub packets: u64,
    /// Conversations, UDP and unanswered SYNs included.
    pub conversations: u64,
    /// Logons with NTLM.
    pub logons: u64,
}

/// Of a hundred turns, so many go to the conversations that last.
const LASTING_TURNS: u32 = 30;
/// Length of truth that is written at once.
const TRUTH_BUFFER: usize = 1 << 16;

/// Writes a capture, and, one JSON object a line, what happens in it.
///
/// A line has the keys `kind` (`auth` or `kdc`), `client` and `server` (address and port), `result` and, where the wire shows
/// them, `code`, `carrier`, `mechanism`, `version`, `user`, `domain`, `transport`, `type`, `cname` and `sname`: the words of
/// the program's records.
///
/// # Errors
/// What writing gives.
pub fn generate(plan: Plan, capture: &mut dyn Write, truth: &mut dyn Write) -> io::Result<Summary> {
    let recipe = plan.mix.recipe();
    let mut stage = Stage::new(plan.seed, recipe.wire.one_way);
    let mut out = Capture::new(capture);
    let mut opened = 0;
    let mut slots: Vec<Connection> = Vec::with_capacity(recipe.slots);
    for slot in 0..recipe.slots {
        slots.push(if slot < recipe.lasting {
            recipe.open_lasting(opened, plan.size, &mut stage)
        } else {
            recipe.open(opened, &mut stage)
        });
        opened += 1;
    }
    while !slots.is_empty() {
        stage.written = out.bytes;
        stage.is_ending = out.bytes >= plan.size;
        let at = turn(&recipe, slots.len(), &mut stage);
        out.wait(stage.random.below(recipe.gap));
        if !burst(slots.get_mut(at), &recipe, &mut stage, &mut out)? {
            if stage.is_ending || at < recipe.lasting {
                slots.swap_remove(at);
            } else if let Some(slot) = slots.get_mut(at) {
                *slot = recipe.open(opened, &mut stage);
                opened += 1;
            }
        }
        if stage.truth.len() >= TRUTH_BUFFER {
            truth.write_all(stage.truth.as_bytes())?;
            stage.truth.clear();
        }
    }
    out.flush()?;
    truth.write_all(stage.truth.as_bytes())?;
    Ok(Summary {
        bytes: out.bytes + PCAP_HEADER,
        packets: out.packets,
        conversations: opened,
        logons: stage.logons,
    })
}

const PCAP_HEADER: u64 = 24;

/// Whose turn it is.
fn turn(recipe: &Recipe, slots: usize, stage: &mut Stage) -> usize {
    let lasting = recipe.lasting.min(slots);
    let among = if lasting > 0 && stage.random.percent(LASTING_TURNS) { lasting } else { slots };
    stage.random.below(among as u64) as usize
}

/// A few packets of a conversation, a few microseconds apart; false where it is over.
fn burst(
    connection: Option<&mut Connection>,
    recipe: &Recipe,
    stage: &mut Stage,
    out: &mut Capture<'_>,
) -> io::Result<bool> {
    let Some(connection) = connection else { return Ok(false) };
    for _ in 0..stage.random.between(1, recipe.burst) {
        if !connection.step(recipe.wire, stage, out)? {
            return Ok(false);
        }
        out.wait(1);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(mix: Mix, seed: u64) -> (Vec<u8>, String) {
        let (mut capture, mut truth) = (Vec::new(), Vec::new());
        let plan = Plan { mix, size: 300_000, seed };
        let summary = generate(plan, &mut capture, &mut truth).unwrap();
        assert_eq!(summary.bytes, capture.len() as u64);
        (capture, String::from_utf8(truth).unwrap())
    }

    #[test]
    fn the_same_seed_makes_the_same_capture_and_another_one_does_not() {
        for mix in Mix::ALL {
            assert_eq!(make(mix, 1), make(mix, 1), "{mix:?}");
            assert_ne!(make(mix, 1), make(mix, 2), "{mix:?}");
        }
    }

    #[test]
    fn no_user_logs_on_twice() {
        let (_, truth) = make(Mix::Auth, 1);
        let users: Vec<_> = truth.lines().filter_map(|line| line.split("\"user\":\"").nth(1)).collect();
        let users: Vec<_> = users.iter().filter_map(|rest| rest.split('"').next()).collect();
        let distinct: std::collections::BTreeSet<_> = users.iter().collect();
        assert!(users.len() > 5);
        assert_eq!(users.len(), distinct.len());
    }
}
