//! Connections with TLS.

use super::Dialogue;
use crate::packet::End;
use crate::stage::{Message, Side, Stage};
use crate::tls;

/// A connection to a site with TLS.
pub(crate) struct Sealed {
    step: u64,
    rounds: u64,
    size: usize,
}

impl Sealed {
    /// So many questions, each with an answer of up to so many bytes.
    pub(crate) fn new(rounds: u64, size: usize, stage: &mut Stage) -> Self {
        Self { step: 0, rounds: stage.random.between(1, rounds), size }
    }
}

impl Dialogue for Sealed {
    fn next(&mut self, _: (End, End), stage: &mut Stage, message: &mut Message) -> Option<Side> {
        let Message { bytes, bulk_from } = message;
        let random = &mut stage.random;
        let step = self.step;
        self.step += 1;
        match step {
            0 => {
                let name = format!("www{}.example.net", random.below(5000));
                tls::client_hello(bytes, &name, random);
            }
            1 => tls::server_hello(bytes, random),
            2 => tls::finished(bytes, random),
            _ if step.is_multiple_of(2) => {
                let length = random.between(80, 700) as usize;
                tls::application_data(bytes, length, random);
            }
            _ if step > 2 * self.rounds + 2 || (stage.is_ending && step > 8) => return None,
            _ => {
                *bulk_from = Some(0);
                let mut left = random.between(self.size as u64 / 4, self.size as u64) as usize;
                while left > 0 {
                    let record = left.min(RECORD);
                    tls::application_data(bytes, record, random);
                    left -= record;
                }
            }
        }
        Some(if step.is_multiple_of(2) { Side::Client } else { Side::Server })
    }
}

/// The longest record of TLS.
const RECORD: usize = 1 << 14;
