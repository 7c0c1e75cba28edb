//! What is said in a conversation, message by message.

pub(crate) mod file;
pub(crate) mod kdc;
pub(crate) mod lookup;
pub(crate) mod nasty;
pub(crate) mod sealed;
pub(crate) mod web;

use crate::packet::End;
use crate::stage::{Message, Side, Stage};

/// One conversation.
pub(crate) trait Dialogue {
    /// Writes the next message into an empty one and says who sends it; `None` where all is said.
    fn next(&mut self, ends: (End, End), stage: &mut Stage, message: &mut Message) -> Option<Side>;
}
