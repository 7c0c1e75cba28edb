//! Which messages of a connection belong to the same logon.
//!
//! The first request of a session setup has no session id yet; its answer brings it and is matched by the message id. Where
//! one direction was not captured, the other one alone must do.

use crate::carrier::channels::Channels;
use crate::model::{Channel, Ending};

/// The most sessions of a connection that are remembered.
const MAX_SESSIONS: usize = 64;

#[derive(Debug)]
struct Session {
    /// `SessionId` or `UID`; zero until the server has given one.
    id: u64,
    /// `MessageId` or `MID` of the last request.
    number: u64,
    channel: Channel,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A request waits for its answer.
    Asked,
    /// The server wants another request.
    Answered,
    /// The logon is over.
    Settled,
}

/// The sessions of a connection, the least recently used first.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    sessions: Vec<Session>,
    channels: Channels,
}

impl Sessions {
    /// The logon that a request belongs to. A session that is set up already is set up anew: a re-authentication.
    pub(super) fn ask(&mut self, id: u64, number: u64) -> Channel {
        let under_way = self.position(|session| session.id == id && session.state != State::Settled);
        // The answer that gave the id was not seen, so this is the request that was answered.
        let unanswered = || self.position(|session| session.id == 0 && session.state == State::Asked);
        let continued = if id == 0 { None } else { under_way.or_else(unanswered) };
        if id != 0 && continued.is_none() {
            self.remove(id);
        }
        let channel = continued.and_then(|at| self.take(at)).unwrap_or_else(|| self.channels.open());
        self.put(Session { id, number, channel, state: State::Asked });
        channel
    }

    /// The logon that an answer belongs to.
    pub(super) fn answer(&mut self, id: u64, number: u64) -> Channel {
        let asked = self.position(|session| {
            session.number == number && session.state == State::Asked && (session.id == id || session.id == 0)
        });
        let known =
            || self.position(|session| session.id == id && id != 0 && session.state != State::Settled);
        let channel =
            asked.or_else(known).and_then(|at| self.take(at)).unwrap_or_else(|| self.channels.open());
        self.put(Session { id, number, channel, state: State::Answered });
        channel
    }

    /// Notes that a logon is over.
    pub(super) fn settle(&mut self, channel: Channel, result: Ending) {
        match result {
            Ending::Success => {
                if let Some(session) = self.sessions.iter_mut().find(|session| session.channel == channel) {
                    session.state = State::Settled;
                }
            }
            Ending::Failure | Ending::Unknown => self.sessions.retain(|session| session.channel != channel),
        }
    }

    /// The logon of a session that is in use.
    pub(super) fn current(&self, id: u64) -> Option<Channel> {
        self.sessions.iter().rfind(|session| session.id == id).map(|session| session.channel)
    }

    /// Forgets a session.
    pub(super) fn remove(&mut self, id: u64) -> Option<Channel> {
        let at = self.position(|session| session.id == id)?;
        self.take(at)
    }

    /// Numbers for logons of the connection that are not its sessions'.
    pub(super) fn channels(&mut self) -> &mut Channels {
        &mut self.channels
    }

    fn position(&self, is: impl Fn(&Session) -> bool) -> Option<usize> {
        self.sessions.iter().rposition(is)
    }

    fn take(&mut self, at: usize) -> Option<Channel> {
        (at < self.sessions.len()).then(|| self.sessions.remove(at).channel)
    }

    fn put(&mut self, session: Session) {
        if self.sessions.len() >= MAX_SESSIONS {
            self.sessions.remove(0);
        }
        self.sessions.push(session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_legs_of_one_logon_share_a_channel() {
        let mut sessions = Sessions::default();
        let first = sessions.ask(0, 1);
        assert_eq!(sessions.answer(77, 1), first);
        assert_eq!(sessions.ask(77, 2), first);
        assert_eq!(sessions.answer(77, 2), first);
    }

    #[test]
    fn two_logons_at_once_do_not_mix() {
        let mut sessions = Sessions::default();
        let (one, two) = (sessions.ask(0, 1), sessions.ask(0, 2));
        assert_eq!(sessions.answer(22, 2), two);
        assert_eq!(sessions.answer(11, 1), one);
        assert_eq!(sessions.ask(22, 3), two);
    }

    #[test]
    fn a_session_that_is_set_up_again_is_another_logon() {
        let mut sessions = Sessions::default();
        let first = sessions.ask(0, 1);
        sessions.answer(77, 1);
        sessions.settle(first, Ending::Success);
        let again = sessions.ask(77, 9);
        assert_ne!(again, first);
        assert_eq!(sessions.answer(77, 9), again);
    }

    #[test]
    fn requests_alone_are_joined() {
        let mut sessions = Sessions::default();
        let first = sessions.ask(0, 1);
        assert_eq!(sessions.ask(77, 2), first);
    }

    #[test]
    fn answers_alone_are_joined() {
        let mut sessions = Sessions::default();
        let first = sessions.answer(77, 1);
        assert_eq!(sessions.answer(77, 2), first);
    }
}
