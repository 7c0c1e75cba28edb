//! Real connections, played to their carriers.

use proptest::prelude::*;

use crate::carrier::Conversation;
use crate::model::{At, Direction, Event, Next, Part, Stamp, What};

const KERBEROS: [&[u8]; 2] = [
    include_bytes!("../../../parsers/testdata/dcerpc-kerberos-client.bin"),
    include_bytes!("../../../parsers/testdata/dcerpc-kerberos-server.bin"),
];
const NTLM: [&[u8]; 2] = [
    include_bytes!("../../../parsers/testdata/dcerpc-ntlm-client.bin"),
    include_bytes!("../../../parsers/testdata/dcerpc-ntlm-server.bin"),
];
const PIPE: [&[u8]; 2] = [
    include_bytes!("../../../parsers/testdata/smb2-pipe-client.bin"),
    include_bytes!("../../../parsers/testdata/smb2-pipe-server.bin"),
];
/// Turns of a connection: who sends, and how many bytes.
type Turns = &'static [(Direction, usize)];
const KERBEROS_TURNS: Turns = &[
    (Direction::Up, 1972),
    (Direction::Down, 261),
    (Direction::Up, 220),
    (Direction::Down, 105),
    (Direction::Up, 824),
    (Direction::Down, 952),
];
const NTLM_TURNS: Turns =
    &[(Direction::Up, 120), (Direction::Down, 326), (Direction::Up, 1048), (Direction::Down, 864)];
const PIPE_TURNS: Turns = &[
    (Direction::Up, 230),
    (Direction::Down, 272),
    (Direction::Up, 166),
    (Direction::Down, 317),
    (Direction::Up, 578),
    (Direction::Down, 105),
    (Direction::Up, 108),
    (Direction::Down, 84),
    (Direction::Up, 132),
    (Direction::Down, 156),
    (Direction::Up, 244),
    (Direction::Down, 402),
    (Direction::Up, 594),
    (Direction::Down, 84),
    (Direction::Up, 300),
    (Direction::Down, 212),
];

/// One event, in short; not the package's name, which says no more than the token.
fn shown(event: &Event<'_>) -> Option<String> {
    let What::Auth { channel, from, carrier, part } = &event.what else {
        return Some(format!("{:?}", event.what));
    };
    let part = match part {
        Part::Token(bytes) => format!("token of {}", bytes.len()),
        Part::TornToken(_) => "torn token".to_owned(),
        Part::Target { service, resource } => format!("{service} {resource}"),
        Part::Verdict(verdict) => format!("{:?} {}", verdict.result, verdict.signal),
        Part::Hint(_) => "hint".to_owned(),
        Part::Requested(_) => return None,
        part => format!("{part:?}"),
    };
    Some(format!("{carrier:?} {} {from:?}: {part}", channel.0))
}

/// A connection as the stream plays it: what was not taken is shown again with what follows.
#[derive(Default)]
struct Player {
    conversation: Conversation,
    waiting: [Vec<u8>; 2],
    skip: [usize; 2],
    seen: Vec<String>,
}

impl Player {
    fn feed(&mut self, direction: Direction, mut bytes: &[u8]) {
        let side = usize::from(direction == Direction::Down);
        let skipped = self.skip[side].min(bytes.len());
        self.skip[side] -= skipped;
        bytes = &bytes[skipped..];
        self.waiting[side].extend_from_slice(bytes);
        let at = At { direction, stamp: Stamp::default() };
        while !self.waiting[side].is_empty() {
            let seen = &mut self.seen;
            match self.conversation.read(at, &self.waiting[side], &mut |event| seen.extend(shown(&event))) {
                Next::Took(count) => {
                    let count = usize::try_from(count).unwrap();
                    let here = count.min(self.waiting[side].len());
                    self.waiting[side].drain(..here);
                    self.skip[side] = count - here;
                }
                Next::Need(count) => {
                    assert!(count > self.waiting[side].len());
                    return;
                }
                Next::Close => return,
            }
        }
    }
}

/// What is seen of a connection whose turns arrive in pieces of so many bytes.
fn play(streams: [&[u8]; 2], turns: Turns, piece: usize) -> Vec<String> {
    let mut player = Player::default();
    let mut at = [0; 2];
    for (direction, length) in turns {
        let side = usize::from(*direction == Direction::Down);
        for piece in streams[side][at[side]..at[side] + length].chunks(piece) {
            player.feed(*direction, piece);
        }
        at[side] += length;
    }
    player.seen
}

#[test]
fn kerberos_in_three_legs_is_one_logon() {
    let expected = [
        "Dcerpc 1 Client: token of 1848",
        "Dcerpc 1 Client: rpc IRemoteSCMActivator",
        "Dcerpc 1 Server: token of 169",
        "Dcerpc 1 Client: token of 140",
        "Dcerpc 1 Client: rpc IRemoteSCMActivator",
        "Dcerpc 1 Server: token of 41",
        "Dcerpc 1 Server: Success dcerpc-response",
    ];
    assert_eq!(play(KERBEROS, KERBEROS_TURNS, usize::MAX), expected);
}

#[test]
fn ntlm_ends_with_auth3_and_the_first_answer() {
    let expected = [
        "Dcerpc 1 Client: token of 40",
        "Dcerpc 1 Client: rpc IRemoteSCMActivator",
        "Dcerpc 1 Server: token of 258",
        "Dcerpc 1 Client: token of 208",
        "Dcerpc 1 Client: rpc IRemoteSCMActivator",
        "Dcerpc 1 Server: Success dcerpc-response",
    ];
    assert_eq!(play(NTLM, NTLM_TURNS, usize::MAX), expected);
}

#[test]
fn a_logon_in_a_pipe_is_another_one_than_that_of_its_session() {
    let seen = play(PIPE, PIPE_TURNS, usize::MAX);
    let expected = [
        "Smb2 0 Server: hint",
        "Smb2 1 Client: token of 74",
        "Smb2 1 Server: token of 241",
        "Smb2 1 Client: token of 486",
        "Smb2 1 Server: token of 29",
        "Smb2 1 Server: Success smb-status",
        "Smb2 1 Client: cifs \\\\127.0.0.1\\IPC$",
        "Dcerpc 2 Client: token of 40",
        "Dcerpc 2 Client: rpc \\PIPE\\samr",
        "Dcerpc 2 Server: token of 210",
        "Dcerpc 2 Client: token of 450",
        "Dcerpc 2 Client: rpc \\PIPE\\samr",
        "Dcerpc 2 Server: Success dcerpc-response",
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_pipe_that_was_opened_before_the_capture_is_told_by_its_bind() {
    let mut player = Player::default();
    let at = At { direction: Direction::Up, stamp: Stamp::default() };
    player.conversation.gap(at, &[], &mut |_| {});
    let (client, server) = (1214, 934);
    player.feed(Direction::Up, &PIPE[0][client..client + 244]);
    player.feed(Direction::Down, &PIPE[1][server..server + 402]);
    player.feed(Direction::Up, &PIPE[0][client + 244..]);
    player.feed(Direction::Down, &PIPE[1][server + 402..]);
    assert_eq!(player.seen.first().map(String::as_str), Some("Dcerpc 1 Client: token of 40"));
    assert_eq!(player.seen.last().map(String::as_str), Some("Dcerpc 1 Server: Success dcerpc-response"));
}

#[test]
fn a_connection_is_found_again_after_a_hole() {
    let mut player = Player::default();
    player.feed(Direction::Up, &NTLM[0][..120]);
    let at = At { direction: Direction::Up, stamp: Stamp::default() };
    player.conversation.gap(at, &[], &mut |_| {});
    player.feed(Direction::Up, &NTLM[0][200..]);
    player.feed(Direction::Down, NTLM[1]);
    let last = player.seen.last().unwrap();
    assert!(last.contains("Server"), "{last}");
    assert!(!player.seen.iter().any(|line| line.contains("Malformed")));
}

proptest! {
    /// However TCP cuts the bytes, what is found is the same.
    #[test]
    fn chunking_changes_nothing(which in 0..3_usize, piece in 1..700_usize) {
        let (streams, turns) = [(KERBEROS, KERBEROS_TURNS), (NTLM, NTLM_TURNS), (PIPE, PIPE_TURNS)][which];
        prop_assert_eq!(play(streams, turns, piece), play(streams, turns, usize::MAX));
    }

    /// Noise in a pipe or on a connection: no panic, no demand that is already met.
    #[test]
    fn nothing_panics(which in 0..3_usize, at in 0..3000_usize, noise in proptest::collection::vec(any::<u8>(), 1..60)) {
        let streams = [KERBEROS, NTLM, PIPE][which];
        let mut player = Player::default();
        let mut client = streams[0].to_vec();
        let at = at % client.len();
        for (byte, noise) in client[at..].iter_mut().zip(&noise) {
            *byte = *noise;
        }
        player.feed(Direction::Up, &client);
        player.feed(Direction::Down, streams[1]);
    }
}
