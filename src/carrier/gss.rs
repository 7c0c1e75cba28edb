//! A bare stream of GSS-API tokens, framed as by MIT's sample programs.

use ntlmscope_parsers::frame::{Framed, Recognised};
use ntlmscope_parsers::gss_stream::{self, Flags, Framing};

use super::{After, Conversation, Found, Report, speaker, took};
use crate::model::{At, Carrier, Channel, Code, Direction, Ending, Next, Part, Side, Verdict, Ways};

const CHANNEL: Channel = Channel(0);

/// One connection.
#[derive(Debug)]
pub struct Gss {
    framing: Framing,
    client: Option<Direction>,
    lost: Ways<bool>,
}

impl Gss {
    pub(super) fn flagged() -> Conversation {
        Conversation::Gss(Self::new(Framing::Flagged))
    }

    pub(super) fn plain() -> Conversation {
        Conversation::Gss(Self::new(Framing::Plain))
    }

    fn new(framing: Framing) -> Self {
        Self { framing, client: None, lost: Ways::default() }
    }

    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> (Next, After) {
        let framing = self.framing;
        let lost = self.lost.of(at.direction);
        if *lost {
            match gss_stream::recognise(bytes, framing) {
                Recognised::Yes => *lost = false,
                Recognised::No => return (took(bytes.len()), After::Same),
                Recognised::Need(count) => return (Next::Need(count), After::Same),
            }
        }
        match gss_stream::frame(bytes, framing) {
            Framed::Need(count) => (Next::Need(count), After::Same),
            Framed::Skip(count) => (took(count), After::Same),
            Framed::Record { body, consumed } => (took(consumed), self.message(at, body, found)),
            Framed::Lost => {
                Report { at, carrier: Carrier::Gss, found }.malformed();
                (Next::Close, After::Nothing)
            }
        }
    }

    pub(super) fn gap(&mut self, at: At) {
        *self.lost.of(at.direction) = true;
    }

    fn message(&mut self, at: At, record: &[u8], found: &mut Found<'_>) -> After {
        let message = gss_stream::message(record, self.framing);
        let from = speaker(&mut self.client, at.direction, message.token);
        let mut report = Report { at, carrier: Carrier::Gss, found };
        if message.flags.contains(Flags::CONTEXT) {
            if !message.token.is_empty() {
                report.part(CHANNEL, from, Part::Token(message.token));
            }
            return After::Same;
        }
        if from == Side::Client || !message.flags.contains(Flags::MIC) {
            return After::Same;
        }
        let (code, signal) = (Code::Named("TOKEN_MIC"), "gss-message");
        let granted = Verdict { result: Ending::Success, code, substatus: None, signal };
        report.part(CHANNEL, Side::Server, Part::Verdict(granted));
        After::Nothing
    }
}
