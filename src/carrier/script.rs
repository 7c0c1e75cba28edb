//! Plays the two sides of a connection to a carrier, for tests.

use super::Conversation;
use crate::model::{At, Direction, Event, Next, Part, Side, Stamp, What, Word};

/// A connection on which a test speaks.
#[derive(Default)]
pub(super) struct Script {
    conversation: Conversation,
    up: Pipe,
    down: Pipe,
    /// What the carrier found, in a few letters each.
    pub(super) seen: Vec<String>,
}

/// What of a direction has been said and not been taken, and how many bytes to come have been taken already.
#[derive(Default)]
struct Pipe {
    held: Vec<u8>,
    ahead: u64,
    want: usize,
    closed: bool,
}

/// Speaks the lines of a dialogue, `>` from the client and `<` from the server, and says what the carrier found.
pub(super) fn play(lines: &[(char, &[u8])]) -> Vec<String> {
    cut(lines, usize::MAX)
}

/// The same in pieces of so many bytes.
pub(super) fn cut(lines: &[(char, &[u8])], size: usize) -> Vec<String> {
    let mut script = Script::default();
    for (arrow, bytes) in lines {
        for piece in bytes.chunks(size) {
            script.say(*arrow, piece);
        }
    }
    script.seen
}

impl Script {
    /// Says bytes.
    pub(super) fn say(&mut self, arrow: char, bytes: &[u8]) {
        let Self { conversation, up, down, seen } = self;
        let (at, pipe) = if arrow == '>' { (at(Direction::Up), up) } else { (at(Direction::Down), down) };
        for byte in bytes {
            if pipe.ahead > 0 {
                pipe.ahead = pipe.ahead.saturating_sub(1);
            } else {
                pipe.held.push(*byte);
            }
        }
        while !pipe.closed && !pipe.held.is_empty() && pipe.held.len() >= pipe.want {
            match conversation.read(at, &pipe.held, &mut |event| seen.push(shown(&event))) {
                Next::Took(count) => {
                    assert!(count > 0);
                    let held = pipe.held.len().min(usize::try_from(count).unwrap_or(usize::MAX));
                    pipe.held.drain(..held);
                    (pipe.ahead, pipe.want) = (count.saturating_sub(u64::try_from(held).unwrap()), 0);
                }
                Next::Need(count) => {
                    assert!(count > pipe.held.len());
                    pipe.want = count;
                }
                Next::Close => pipe.closed = true,
            }
        }
    }

    /// Loses what was to follow.
    pub(super) fn lose(&mut self, arrow: char) {
        let Self { conversation, up, down, seen } = self;
        let (at, pipe) = if arrow == '>' { (at(Direction::Up), up) } else { (at(Direction::Down), down) };
        let torn = std::mem::take(pipe).held;
        conversation.gap(at, &torn, &mut |event| seen.push(shown(&event)));
    }

    /// True where nothing more is read.
    pub(super) fn is_over(&self) -> bool {
        self.conversation.is_nothing()
    }
}

fn at(direction: Direction) -> At {
    At { direction, stamp: Stamp::default() }
}

/// What an event says, in a few letters: who and what, the carrier last.
fn shown(event: &Event<'_>) -> String {
    let (from, carrier, part) = match event.what {
        What::Auth { from, carrier, part, .. } => (from, carrier, part),
        What::Counted(word) => return format!("count {word}"),
        What::Malformed(carrier) => return format!("malformed {carrier:?}"),
        What::Kdc { .. } => return "kdc".to_owned(),
        What::KdcGap => return "kdc gap".to_owned(),
        What::Hidden(hidden) => {
            let cover = hidden.cover.map_or_else(|| "-".to_owned(), |cover| format!("{cover:?}"));
            return format!(
                "hidden {cover}{}",
                hidden.server_name.map_or_else(String::new, |name| format!(" {name}"))
            );
        }
        What::CountedIn(_, method) => return format!("count {method}"),
    };
    let arrow = if from == Side::Client { '>' } else { '<' };
    match part {
        Part::Token(token) => format!("{arrow} token {} {carrier:?}", token.len()),
        Part::TornToken(token) => format!("{arrow} torn {} {carrier:?}", token.len()),
        Part::Service { service, wrapper } => match wrapper {
            Some(wrapper) => format!("{service} {wrapper:?}"),
            None => service.to_owned(),
        },
        Part::Target { service, resource } => format!("{service} {resource}"),
        Part::Verdict(verdict) => {
            let substatus = verdict.substatus.map_or_else(String::new, |substatus| format!(" {substatus}"));
            format!("{:?} {}{substatus}", verdict.result, Word::from(verdict.code))
        }
        Part::Over => "over".to_owned(),
        other => format!("{other:?}"),
    }
}
