//! The last resort: tokens in a connection that no carrier claims, found by what they look like.
//!
//! A file that is copied may hold tokens too: a capture, a dump of memory, a test of this program. So a token alone is no
//! logon. It is one where both sides speak: a client's question and then, against its direction, a server's answer, or an
//! answer and then the client's proof, each whole and in order. A copy goes one way. Only the beginning of each direction is
//! looked at, which bounds the cost and keeps most of every file out.

use ntlmscope_parsers::frame::Framed;
use ntlmscope_parsers::signature::{self, Role, Sighting};

use super::base_64;
use super::{Found, Report, took};
use crate::model::{At, Carrier, Channel, Next, Part, Side, Ways};

/// How far each direction is looked at, in bytes.
const WINDOW: usize = 16 << 10;
/// How much of what looks like a token and is none is passed over.
const STEP: usize = 8;
const CHANNEL: Channel = Channel(0);

/// What has been looked for and found.
#[derive(Debug, Default)]
pub(super) struct Search {
    seen: Ways<usize>,
    /// A token that waits for one of the other side.
    held: Option<Box<Held>>,
    /// Both sides have spoken.
    proved: bool,
}

#[derive(Debug)]
struct Held {
    at: At,
    role: Role,
    token: Vec<u8>,
}

impl Search {
    /// True where nothing more is looked for.
    pub(super) fn is_over(&self) -> bool {
        self.seen.up >= WINDOW && self.seen.down >= WINDOW
    }

    /// Looks at bytes in order; `None` where this direction is no longer looked at.
    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> Option<Next> {
        let seen = self.seen.of(at.direction);
        let left = WINDOW.checked_sub(*seen).filter(|left| *left > 0)?;
        let window = bytes.get(..left).unwrap_or(bytes);
        let (framed, coded) = match signature::find(window) {
            Sighting::Token(0) => (signature::raw(bytes), false),
            Sighting::Base64(0) => (signature::base64(bytes), true),
            // What begins at the end of the window is not waited for.
            Sighting::NotBefore(0) if window.len() < bytes.len() => (Framed::Skip(left), false),
            Sighting::NotBefore(0) => (Framed::Need(bytes.len().saturating_add(STEP)), false),
            Sighting::Token(skip) | Sighting::Base64(skip) | Sighting::NotBefore(skip) => {
                (Framed::Skip(skip), false)
            }
        };
        let passed = match framed {
            Framed::Need(count) => return Some(Next::Need(count)),
            Framed::Skip(count) => count,
            Framed::Lost => STEP.min(bytes.len()),
            Framed::Record { body, consumed } => {
                if coded {
                    // One that does not decode is none.
                    self.token(at, &base_64::decode(body).unwrap_or_default(), found);
                } else {
                    self.token(at, body, found);
                }
                consumed
            }
        };
        let seen = self.seen.of(at.direction);
        *seen = seen.saturating_add(passed);
        Some(took(passed))
    }

    /// What follows a hole is no answer to what was before it.
    pub(super) fn gap(&mut self) {
        self.held = None;
    }

    fn token(&mut self, at: At, token: &[u8], found: &mut Found<'_>) {
        let Some(role) = signature::role(token) else { return };
        if self.proved {
            return report(at, role, token, found);
        }
        let before = self.held.take().filter(|held| {
            let in_order =
                matches!((held.role, role), (Role::Question, Role::Answer) | (Role::Answer, Role::Proof));
            in_order && held.at.direction != at.direction
        });
        if let Some(before) = before {
            self.proved = true;
            report(before.at, before.role, &before.token, found);
            report(at, role, token, found);
        } else {
            self.held = Some(Box::new(Held { at, role, token: token.to_vec() }));
        }
    }
}

fn report(at: At, role: Role, token: &[u8], found: &mut Found<'_>) {
    let from = if role == Role::Answer { Side::Server } else { Side::Client };
    Report { at, carrier: Carrier::Other, found }.part(CHANNEL, from, Part::Token(token));
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::carrier::Conversation;
    use crate::model::{Direction, Event, Stamp, What};

    const CHALLENGE: &[u8] = include_bytes!("../../parsers/tests/data/ntlmv2-challenge.bin");
    const AUTHENTICATE: &[u8] = include_bytes!("../../parsers/tests/data/ntlmv2-authenticate.bin");
    const INIT: &[u8] = include_bytes!("../../parsers/tests/data/init-kerberos.bin");
    const RESP: &[u8] = include_bytes!("../../parsers/tests/data/resp-kerberos.bin");

    /// Who says how long a token, in a protocol that nobody knows.
    fn tokens(sent: &[(Direction, Vec<u8>)]) -> Vec<(Side, usize)> {
        let (mut conversation, mut seen) = (Conversation::default(), Vec::new());
        let mut found = |event: Event<'_>| match event.what {
            What::Auth { from, carrier: Carrier::Other, part: Part::Token(token), .. } => {
                seen.push((from, token.len()));
            }
            other => panic!("{other:?}"),
        };
        for (direction, bytes) in sent {
            let at = At { direction: *direction, stamp: Stamp::default() };
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                match conversation.read(at, rest, &mut found) {
                    Next::Took(count) => {
                        let count = usize::try_from(count).unwrap();
                        assert!(count > 0);
                        rest = rest.get(count..).unwrap_or_default();
                    }
                    Next::Need(_) | Next::Close => break,
                }
            }
        }
        seen
    }

    fn framed(token: &[u8]) -> Vec<u8> {
        [b"?\x01\x02\x03", token, b"!!"].concat()
    }

    #[test]
    fn both_sides_make_a_logon() {
        let (up, down) = (Direction::Up, Direction::Down);
        for (first, second, from) in [
            (CHALLENGE, AUTHENTICATE, [Side::Server, Side::Client]),
            (INIT, RESP, [Side::Client, Side::Server]),
        ] {
            let lens = [first, second].map(<[u8]>::len);
            let expected: Vec<_> = from.into_iter().zip(lens).collect();
            assert_eq!(tokens(&[(down, framed(first)), (up, framed(second))]), expected);
            let coded = |token: &[u8]| [b"? ", STANDARD.encode(token).as_bytes(), b"\r\n"].concat();
            let coded = tokens(&[(down, coded(first)), (up, coded(second))]);
            // In base 64 only NTLM is looked for.
            assert_eq!(coded, if first == CHALLENGE { expected } else { vec![] });
        }
    }

    #[test]
    fn a_copy_of_a_logon_is_none() {
        let (up, down) = (Direction::Up, Direction::Down);
        let copy = [framed(INIT), framed(RESP), framed(CHALLENGE), framed(AUTHENTICATE)].concat();
        assert_eq!(tokens(&[(up, copy.clone())]), []);
        assert_eq!(tokens(&[(down, b"OK\n".to_vec()), (up, copy)]), []);
        assert_eq!(tokens(&[(up, framed(AUTHENTICATE)), (down, framed(CHALLENGE))]), []);
        let late = [&vec![b'.'; WINDOW][..], &framed(CHALLENGE)].concat();
        assert_eq!(tokens(&[(down, late), (up, framed(AUTHENTICATE))]), []);
    }

    #[test]
    fn nothing_is_kept_at_the_end_of_the_window() {
        let at = At { direction: Direction::Up, stamp: Stamp::default() };
        for before in WINDOW.saturating_sub(40)..WINDOW {
            let bytes = [&vec![b'.'; before][..], &b"NTLMSSP\0\x01".repeat(8), &[b'.'; 200]].concat();
            let (mut search, mut rest) = (Search::default(), &bytes[..]);
            while let Some(next) = search.read(at, rest, &mut |_| {}) {
                let Next::Took(count) = next else { panic!("{before}: {next:?}") };
                rest = rest.get(usize::try_from(count).unwrap()..).unwrap();
            }
        }
    }

    #[test]
    fn damage_is_no_token() {
        let mut cut = CHALLENGE.to_vec();
        cut.truncate(40);
        let sent = [(Direction::Down, cut), (Direction::Up, framed(AUTHENTICATE))];
        assert_eq!(tokens(&sent), []);
    }
}
