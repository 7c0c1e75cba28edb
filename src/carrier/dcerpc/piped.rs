//! An association whose bytes come in pieces, as a pipe hands them over.

use ntlmscope_parsers::dcerpc::{self as parser, Front};
use ntlmscope_parsers::frame::Recognised;

use super::Association;
use crate::carrier::Report;
use crate::carrier::channels::Channels;
use crate::model::Side;

/// An association in a pipe.
#[derive(Debug)]
pub(in crate::carrier) struct Piped {
    association: Association,
    client: Half,
    server: Half,
}

/// Where the bytes of one side stand.
#[derive(Debug, Default)]
struct Half {
    /// The start of a PDU whose end has not come yet; shorter than the longest PDU.
    kept: Vec<u8>,
    /// Bytes that are to come and that nobody reads.
    skip: usize,
    /// The bytes may start anywhere in a PDU.
    lost: bool,
}

impl Piped {
    /// An association in a pipe of this name.
    pub(in crate::carrier) fn new(name: Option<String>) -> Self {
        Self { association: Association::in_pipe(name), client: Half::default(), server: Half::default() }
    }

    /// How many bytes wait for those that follow them.
    pub(in crate::carrier) fn kept(&self) -> usize {
        self.client.kept.len().saturating_add(self.server.kept.len())
    }

    /// Gives up what waits: both sides start anew where a PDU does.
    pub(in crate::carrier) fn lose(&mut self) {
        for half in [&mut self.client, &mut self.server] {
            *half = Half { lost: true, ..Half::default() };
        }
    }

    /// Takes the next bytes of a side. `is_cut`: those that follow them are missing.
    pub(in crate::carrier) fn read(
        &mut self,
        side: Side,
        bytes: &[u8],
        is_cut: bool,
        channels: &mut Channels,
        report: &mut Report<'_, '_>,
    ) {
        let Self { association, client, server } = self;
        let half = if side == Side::Client { client } else { server };
        half.read(bytes, association, channels, report);
        if is_cut {
            let torn = std::mem::take(&mut half.kept);
            if let Some(pdu) = parser::remainder(&torn) {
                association.take(&pdu, channels, report);
            }
            *half = Half { lost: true, ..Half::default() };
        }
    }
}

impl Half {
    fn read(
        &mut self,
        bytes: &[u8],
        association: &mut Association,
        channels: &mut Channels,
        report: &mut Report<'_, '_>,
    ) {
        // Each write starts with a PDU, but for the rest of one that is longer than the pipe takes at once.
        if self.lost && parser::recognise(bytes) != Recognised::Yes {
            return;
        }
        self.lost = false;
        let mut joined = std::mem::take(&mut self.kept);
        let mut rest = if joined.is_empty() {
            bytes
        } else {
            joined.extend_from_slice(bytes);
            &joined
        };
        loop {
            let (skipped, after) = rest.split_at(self.skip.min(rest.len()));
            self.skip = self.skip.saturating_sub(skipped.len());
            rest = after;
            if rest.is_empty() {
                return;
            }
            match parser::front(rest, association.calls()) {
                Front::Need(_) => {
                    self.kept = rest.to_vec();
                    return;
                }
                Front::Pdu { pdu, consumed } => {
                    association.take(&pdu, channels, report);
                    self.skip = consumed;
                }
                Front::Lost => {
                    self.lost = true;
                    return;
                }
            }
        }
    }
}
