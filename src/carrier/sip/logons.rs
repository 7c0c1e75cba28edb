//! The logons of a connection that have not ended.

use crate::carrier::channels::Channels;
use crate::model::Channel;

/// Those that were heard of last.
#[derive(Debug, Default)]
pub(super) struct Logons {
    open: Vec<Logon>,
    channels: Channels,
}

/// One logon.
#[derive(Debug)]
pub(super) struct Logon {
    call_id: Box<[u8]>,
    /// Its number.
    pub(super) channel: Channel,
    /// The number of its last request, where one was seen.
    pub(super) asked: Option<u64>,
    /// The client has sent a token.
    pub(super) proved: bool,
}

impl Logon {
    /// True where a response with this number is to its last request.
    pub(super) fn is_answered_by(&self, sequence: Option<u64>) -> bool {
        self.asked.is_none() || self.asked == sequence
    }
}

impl Logons {
    /// The logon of a call.
    pub(super) fn find(&mut self, call_id: &[u8]) -> Option<&mut Logon> {
        let call_id = known(call_id);
        self.open.iter_mut().find(|logon| *logon.call_id == *call_id)
    }

    /// The logon of a call; it begins here if there is none. Where there are too many, the oldest is forgotten.
    pub(super) fn of(&mut self, call_id: &[u8]) -> &mut Logon {
        let call_id = known(call_id);
        let at = self.open.iter().position(|logon| *logon.call_id == *call_id);
        if let Some(at) = at {
            let logon = self.open.remove(at);
            return self.open.push_mut(logon);
        }
        if self.open.len() >= MAX_LOGONS {
            self.open.remove(0);
        }
        let channel = self.channels.open();
        self.open.push_mut(Logon { call_id: call_id.into(), channel, asked: None, proved: false })
    }

    /// The logon of a call is over.
    pub(super) fn end(&mut self, call_id: &[u8]) {
        let call_id = known(call_id);
        self.open.retain(|logon| *logon.call_id != *call_id);
    }
}

/// What of a name is kept.
fn known(call_id: &[u8]) -> &[u8] {
    call_id.get(..MAX_CALL_ID).unwrap_or(call_id)
}

/// A connection between servers carries those of many users, each of which is short.
const MAX_LOGONS: usize = 32;
/// They are random, and never so long.
const MAX_CALL_ID: usize = 128;
