//! Questions to a name server.

use super::Dialogue;
use crate::dns;
use crate::packet::End;
use crate::stage::{Message, Side, Stage};

/// One question to a name server, and its answer.
pub(crate) struct Lookup {
    step: u8,
    id: u16,
    name: String,
}

impl Lookup {
    pub(crate) fn new(stage: &mut Stage) -> Self {
        let id = stage.random.below(0x1_0000) as u16;
        Self { step: 0, id, name: format!("host{}.corp.example.com", stage.random.below(1_000_000)) }
    }
}

impl Dialogue for Lookup {
    fn next(&mut self, _: (End, End), stage: &mut Stage, message: &mut Message) -> Option<Side> {
        self.step += 1;
        match self.step {
            1 => {
                dns::question(&mut message.bytes, self.id, &self.name);
                Some(Side::Client)
            }
            2 => {
                dns::answer(&mut message.bytes, self.id, &self.name, &mut stage.random);
                Some(Side::Server)
            }
            _ => None,
        }
    }
}
