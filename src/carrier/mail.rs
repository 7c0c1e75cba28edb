//! SMTP, IMAP, POP3 and NNTP: the SASL exchanges of a connection. Nothing is read once a client is let in, or TLS begins: neither
//! leaves room for another logon (RFC 4954 4, RFC 9051 6.2.2, RFC 5034 4, RFC 4643 2.2).

mod exchange;
mod reading;
#[cfg(test)]
mod tests;
mod verdict;

use ntlmscope_parsers::Secret;
use ntlmscope_parsers::frame::Framed;
use ntlmscope_parsers::sasl_line::{self, Command, Opening, Protocol, Reply, Status};

use super::sasl::Mechanism;
use super::{Conversation, Found, Report, took};
use crate::model::{At, Carrier, Channel, Cover, Direction, Next, Side, Ways, What};
use exchange::Exchange;
use reading::Reading;

/// One connection.
#[derive(Debug)]
pub struct Mail {
    readings: Ways<Reading>,
    /// What its first line said; `None` before it.
    opening: Option<Opened>,
    pending: Pending,
    /// The server's greeting has been read, or was not seen.
    greeted: bool,
    /// Nothing that follows is read.
    over: bool,
    /// What follows is TLS.
    tls: bool,
}

/// What the first line of a connection said.
#[derive(Clone, Copy, Debug)]
struct Opened {
    protocol: Protocol,
    /// It may be POP3 as well.
    is_ambiguous: bool,
    /// Which way the client sends.
    client: Direction,
}

/// What the server has yet to answer.
#[derive(Debug, Default)]
enum Pending {
    /// Nothing that matters.
    #[default]
    Nothing,
    /// A SASL exchange.
    Exchange(Exchange),
    /// A logon with a password; the tag of its command.
    Password(Vec<u8>),
    /// The start of TLS; the tag of its command.
    StartTls(Vec<u8>),
    /// Whether a message may be sent.
    Message,
}

/// A connection has one logon at a time.
const CHANNEL: Channel = Channel(0);
/// NTLMSSP in base 64: who says so in a line of its own is in the middle of a logon whose start was not seen.
const NTLMSSP: &[u8] = b"TlRMTVNTUA";

impl Mail {
    pub(super) fn conversation() -> Conversation {
        Conversation::Mail(Box::new(Self {
            readings: Ways::default(),
            opening: None,
            pending: Pending::Nothing,
            greeted: false,
            over: false,
            tls: false,
        }))
    }

    /// True where nothing that follows is read.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// What TLS hides from here on, where both sides have agreed on it.
    pub(super) fn cover(&self) -> Option<Cover> {
        let opened = self.opening.filter(|_| self.tls)?;
        Some(match opened.protocol {
            Protocol::Smtp => Cover::Smtps,
            Protocol::Imap => Cover::Imaps,
            Protocol::Pop3 => Cover::Pop3s,
            Protocol::Nntp => Cover::Nntps,
        })
    }

    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> Next {
        let Some(opened) = self.opening.or_else(|| Opened::of(at.direction, bytes)) else {
            return took(bytes.len());
        };
        self.opening = Some(opened);
        let reading = self.readings.of(at.direction);
        match reading.front(bytes) {
            Framed::Need(count) => Next::Need(count),
            Framed::Skip(count) => took(count),
            Framed::Record { body, consumed } => {
                let follows = if opened.protocol == Protocol::Imap { sasl_line::literal(body) } else { None };
                if !reading.is_continued(follows.is_some()) {
                    self.line(at, opened, body, found);
                }
                let consumed = u64::try_from(consumed).unwrap_or(u64::MAX);
                let chunk = self.readings.of(at.direction).take_chunk();
                Next::Took(consumed.saturating_add(follows.unwrap_or(0)).saturating_add(chunk))
            }
            Framed::Lost => {
                reading.lose();
                opened.report(at, found).malformed();
                took(bytes.len())
            }
        }
    }

    pub(super) fn gap(&mut self, at: At, torn: &[u8], found: &mut Found<'_>) {
        self.readings.of(at.direction).lose();
        let Pending::Exchange(exchange) = &mut self.pending else { return };
        let Some(opened) = self.opening else { return };
        let mut report = opened.report(at, found);
        if at.direction == opened.client {
            exchange.torn(Side::Client, Secret::new(torn), &mut report);
        } else if let Reply::Continue(text) = sasl_line::reply(opened.protocol, torn) {
            exchange.torn(Side::Server, text, &mut report);
        }
    }

    fn line(&mut self, at: At, opened: Opened, line: &[u8], found: &mut Found<'_>) {
        if at.direction != opened.client {
            let opened = opened.settled(line);
            self.opening = Some(opened);
            return self.answer(opened.protocol, line, &mut opened.report(at, found));
        }
        let report = &mut opened.report(at, found);
        let command = sasl_line::command(opened.protocol, line);
        if let Pending::Exchange(exchange) = &mut self.pending {
            if let Command::Token(token) = command {
                return exchange.token(Side::Client, token, report);
            }
            if exchange.respond(line, report) {
                return;
            }
        }
        self.ask(opened.protocol, command, line, report);
    }

    /// Takes a command.
    fn ask(&mut self, protocol: Protocol, command: Command<'_>, line: &[u8], report: &mut Report<'_, '_>) {
        if let Pending::Exchange(exchange) = std::mem::take(&mut self.pending) {
            exchange.abandon(report);
        }
        self.pending = match command {
            Command::Auth { tag, mechanism, initial } => {
                let mechanism = Mechanism::of(mechanism);
                if let Mechanism::Counted(word) = mechanism {
                    report.event(What::Counted(word));
                }
                let mut exchange = Exchange::new(tag, mechanism);
                if let Some(initial) = initial {
                    exchange.token(Side::Client, initial, report);
                }
                Pending::Exchange(exchange)
            }
            Command::Token(token) => Pending::Exchange(Self::joined(Side::Client, token, report)),
            Command::Password { tag, name } => {
                report.event(What::Counted(counted(protocol, name)));
                Pending::Password(tag.to_vec())
            }
            Command::StartTls { tag } => Pending::StartTls(tag.to_vec()),
            Command::Message => {
                self.readings.of(report.at.direction).begin_message();
                Pending::Message
            }
            Command::Chunk(len) => {
                self.readings.of(report.at.direction).chunk = len;
                Pending::Nothing
            }
            Command::Other if line.starts_with(NTLMSSP) => {
                Pending::Exchange(Self::joined(Side::Client, Secret::new(line), report))
            }
            Command::Other => Pending::Nothing,
        };
    }

    /// An exchange whose start was not seen.
    fn joined(from: Side, token: Secret<'_>, report: &mut Report<'_, '_>) -> Exchange {
        let mut exchange = Exchange::new(b"", Mechanism::NTLM);
        exchange.token(from, token, report);
        exchange
    }

    /// Takes an answer.
    fn answer(&mut self, protocol: Protocol, line: &[u8], report: &mut Report<'_, '_>) {
        if protocol == Protocol::Imap
            && line.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"* PREAUTH"))
        {
            self.over = true;
        }
        let reply = sasl_line::reply(protocol, line);
        // It is read late, since its number alone does not tell the protocol, and answers no command.
        if !self.greeted && matches!(reply, Reply::Status { status: Status::Code(200 | 201 | 220), .. }) {
            self.greeted = line.get(3) != Some(&b'-');
            return;
        }
        self.greeted = true;
        match (&mut self.pending, reply) {
            (Pending::Exchange(exchange), Reply::Continue(text)) => exchange.challenge(text, report),
            // Some servers say so where others say `+`.
            (Pending::Exchange(exchange), Reply::Status { status: Status::Ok, .. })
                if protocol == Protocol::Pop3 && exchange.waits_for_a_token() =>
            {
                exchange.challenge(Secret::default(), report);
            }
            (Pending::Exchange(exchange), Reply::Status { tag, status, text }) if exchange.is_tagged(tag) => {
                self.over = exchange.end(protocol, status, text, report);
                self.pending = Pending::Nothing;
            }
            (Pending::Password(asked), Reply::Status { tag, status, .. }) if asked == tag => {
                self.over = verdict::is_granted(status);
                self.pending = Pending::Nothing;
            }
            (Pending::StartTls(asked), Reply::Status { tag, status, .. }) if asked == tag => {
                self.tls = matches!(status, Status::Code(220 | 382) | Status::Ok);
                self.pending = Pending::Nothing;
            }
            (Pending::Message, Reply::Status { status: Status::Code(code), .. }) => {
                let client = report.at.direction.reversed();
                if !self.readings.of(client).answer_message(code) {
                    self.pending = Pending::Nothing;
                }
            }
            (Pending::Nothing, Reply::Continue(text)) if text.expose().starts_with(NTLMSSP) => {
                self.pending = Pending::Exchange(Self::joined(Side::Server, text, report));
            }
            _ => {}
        }
    }
}

impl Opened {
    /// What the first line says, and which way it goes.
    fn of(direction: Direction, bytes: &[u8]) -> Option<Self> {
        let Opening { protocol, is_ambiguous, from_client } = sasl_line::opening(bytes)?;
        let client = if from_client { direction } else { direction.reversed() };
        Some(Self { protocol, is_ambiguous, client })
    }

    /// The same, with what a line of the server says.
    fn settled(self, line: &[u8]) -> Self {
        let protocol = match line.first() {
            Some(b'+' | b'-') if self.is_ambiguous => Protocol::Pop3,
            _ => self.protocol,
        };
        Self { protocol, is_ambiguous: false, ..self }
    }

    fn report<'r, 'f>(self, at: At, found: &'r mut Found<'f>) -> Report<'r, 'f> {
        let carrier = match self.protocol {
            Protocol::Smtp => Carrier::Smtp,
            Protocol::Imap => Carrier::Imap,
            Protocol::Pop3 => Carrier::Pop3,
            Protocol::Nntp => Carrier::Nntp,
        };
        Report { at, carrier, found }
    }
}

/// The word under which a logon with a command of the protocol's own is counted.
fn counted(protocol: Protocol, name: &str) -> &'static str {
    match (protocol, name) {
        (Protocol::Pop3, "APOP") => "pop3/apop",
        (Protocol::Pop3, _) => "pop3/password",
        (Protocol::Nntp, _) => "nntp/password",
        (Protocol::Imap | Protocol::Smtp, _) => "imap/password",
    }
}
