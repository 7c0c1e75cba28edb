//! One SASL exchange (RFC 4422 3).

use ntlmscope_parsers::sasl_line::{Protocol, Status};
use ntlmscope_parsers::{Secret, token};

use super::{CHANNEL, verdict};
use crate::carrier::sasl::{Mechanism, bare};
use crate::carrier::{Report, base_64};
use crate::model::{Carrier, Ending, Part, Side, Verdict};

/// One exchange.
#[derive(Debug)]
pub(super) struct Exchange {
    /// The tag of its command; empty where there is none, or where it was not seen.
    tag: Vec<u8>,
    mechanism: Mechanism,
    turn: Turn,
    /// A token was told.
    begun: bool,
    /// Something of it is missing.
    torn: bool,
}

/// What is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// An answer of the server.
    Answer,
    /// A message of the client, which the server has asked for.
    Response,
    /// The server's answer to a client that has given up.
    Cancelled,
}

impl Exchange {
    pub(super) fn new(tag: &[u8], mechanism: Mechanism) -> Self {
        let tag = tag.to_vec();
        Self { tag, mechanism, turn: Turn::Answer, begun: false, torn: false }
    }

    /// True where nobody can be let in yet, since the client has sent no token.
    pub(super) fn waits_for_a_token(&self) -> bool {
        !self.begun && matches!(self.mechanism, Mechanism::Tokens { .. })
    }

    /// True where an answer with this tag is to this exchange.
    pub(super) fn is_tagged(&self, tag: &[u8]) -> bool {
        self.tag.is_empty() || self.tag == tag
    }

    /// Takes a line of the client; false where it is none of this exchange.
    pub(super) fn respond(&mut self, line: &[u8], report: &mut Report<'_, '_>) -> bool {
        if line == b"*" {
            self.turn = Turn::Cancelled;
            return true;
        }
        let line = Secret::new(line);
        let decoded = base_64::decode(bare(line));
        let is_token = || decoded.as_ref().is_ok_and(|bytes| token::declared_len(bytes).is_some());
        // Commands of four letters are base 64 too: what nobody asked for must look like a token.
        let is_response =
            if self.turn == Turn::Response { decoded.is_ok() || !self.torn } else { is_token() };
        if is_response {
            self.turn = Turn::Answer;
            self.token(Side::Client, line, report);
        }
        is_response
    }

    /// Takes what the server says to go on.
    pub(super) fn challenge(&mut self, text: Secret<'_>, report: &mut Report<'_, '_>) {
        self.turn = Turn::Response;
        let decoded = base_64::decode(bare(text));
        // Before the first token there are only words.
        if self.begun || decoded.is_ok_and(|bytes| token::declared_len(&bytes).is_some()) {
            self.token(Side::Server, text, report);
        }
    }

    /// Takes a message of either side.
    pub(super) fn token(&mut self, from: Side, text: Secret<'_>, report: &mut Report<'_, '_>) {
        let Mechanism::Tokens { wrapper } = self.mechanism else { return };
        let text = bare(text);
        if text.is_empty() || text == b"=" {
            return;
        }
        let Ok(bytes) = base_64::decode(text) else { return report.malformed() };
        report.part(CHANNEL, from, Part::Token(&bytes));
        if !self.begun {
            report.part(CHANNEL, from, Part::Service { service: service(report.carrier), wrapper });
        }
        self.begun = true;
    }

    /// Bytes are missing behind what is left of a message.
    pub(super) fn torn(&mut self, from: Side, text: Secret<'_>, report: &mut Report<'_, '_>) {
        self.torn = true;
        let text = bare(text);
        let whole = text.len().saturating_sub(text.len() & 3);
        let bytes = text.get(..whole).map(base_64::decode).and_then(Result::ok).unwrap_or_default();
        if matches!(self.mechanism, Mechanism::Tokens { .. }) && token::declared_len(&bytes).is_some() {
            report.part(CHANNEL, from, Part::TornToken(&bytes));
            self.begun = true;
        }
    }

    /// Takes the end of it; says whether the client is let in.
    pub(super) fn end(
        &self,
        protocol: Protocol,
        status: Status,
        text: Secret<'_>,
        report: &mut Report<'_, '_>,
    ) -> bool {
        let mut verdict = verdict::of(protocol, status, text);
        if self.turn == Turn::Cancelled {
            verdict = verdict.map(|verdict| Verdict { substatus: Some("cancelled"), ..verdict });
        }
        if !self.begun {
            return verdict.is_some_and(|verdict| verdict.result == Ending::Success);
        }
        if let Some(verdict) = verdict {
            report.part(CHANNEL, Side::Server, Part::Verdict(verdict));
        }
        // A refusal says by itself that nothing more will come.
        if verdict.is_none_or(|verdict| verdict.result != Ending::Failure) {
            report.part(CHANNEL, Side::Server, Part::Over);
        }
        verdict.is_some_and(|verdict| verdict.result == Ending::Success)
    }

    /// The client does something else.
    pub(super) fn abandon(&self, report: &mut Report<'_, '_>) {
        if self.begun {
            report.part(CHANNEL, Side::Client, Part::Over);
        }
    }
}

/// What a logon is for.
fn service(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Smtp => "smtp",
        Carrier::Imap => "imap",
        Carrier::Pop3 => "pop3",
        _ => "nntp",
    }
}
