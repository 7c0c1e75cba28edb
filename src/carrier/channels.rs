//! The numbers of a connection's logons.

use crate::model::Channel;

/// Gives each logon of a connection a number of its own. Zero is none.
#[derive(Debug, Default)]
pub(super) struct Channels {
    last: u32,
}

impl Channels {
    /// Numbers after those of another carrier on the same connection.
    pub(super) fn after(last: u32) -> Self {
        Self { last }
    }

    /// A number that no logon has.
    pub(super) fn open(&mut self) -> Channel {
        self.last = self.last.wrapping_add(1);
        Channel(self.last)
    }
}
