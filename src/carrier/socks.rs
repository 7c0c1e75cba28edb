//! SOCKS 5: the GSS-API tokens of a client that proves itself to a proxy (RFC 1961), and what the tunnel behind it carries.

use std::net::{Ipv4Addr, Ipv6Addr};

use ntlmscope_parsers::frame::Framed;
use ntlmscope_parsers::socks::{self, Command, Host, MessageType, Method, Request};
use ntlmscope_parsers::token;

use super::{After, Conversation, Found, Report, took};
use crate::model::{At, Carrier, Channel, Code, Direction, Ending, Next, Part, Side, Verdict, Ways, What};

/// A connection has one logon.
const CHANNEL: Channel = Channel(0);

/// One connection to a proxy.
#[derive(Debug, Default)]
pub struct Socks {
    client: Option<Direction>,
    stages: Ways<Stage>,
    /// What the server has chosen.
    method: Option<Method>,
    /// What the client has asked for.
    command: Option<Command>,
    /// A token was told.
    begun: bool,
}

/// Where one direction stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// At the list of methods, or the choice among them.
    #[default]
    Opening,
    /// At what the method needs, or the request.
    Open,
    /// The client has asked, and may send what the tunnel is for.
    Asked,
    /// Somewhere: bytes are missing.
    Lost,
}

impl Socks {
    pub(super) fn conversation() -> Conversation {
        Conversation::Socks(Box::default())
    }

    /// Takes bytes in order.
    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> (Next, After) {
        let from = self.side(at.direction, bytes);
        if *self.stages.of(at.direction) == Stage::Lost {
            // One that fills what came is believed.
            let is_message =
                matches!(socks::message(bytes), Framed::Record { consumed, .. } if consumed == bytes.len());
            if !is_message {
                return (took(bytes.len()), After::Same);
            }
            *self.stages.of(at.direction) = Stage::Open;
        }
        let framer = match (self.stages.of(at.direction), from) {
            (Stage::Opening, Side::Client) => socks::greeting,
            (Stage::Opening, Side::Server) => socks::answer,
            (Stage::Asked, _) => return (took(bytes.len()), After::Same),
            _ => self.framer(from, bytes),
        };
        match framer(bytes) {
            Framed::Need(count) => (Next::Need(count), After::Same),
            Framed::Skip(count) => (took(count), After::Same),
            Framed::Record { body, consumed } => {
                (took(consumed), self.record(from, body, &mut Report { at, carrier: Carrier::Socks, found }))
            }
            Framed::Lost => {
                // Three bytes have told what this is, so that it may well be something else.
                if self.begun {
                    Report { at, carrier: Carrier::Socks, found }.malformed();
                }
                (Next::Close, After::Nothing)
            }
        }
    }

    pub(super) fn gap(&mut self, at: At) {
        *self.stages.of(at.direction) = Stage::Lost;
    }

    /// Who sends this way. The client speaks first, unless the beginning was not seen, which the token may show.
    fn side(&mut self, direction: Direction, bytes: &[u8]) -> Side {
        if self.client.is_none() {
            let is_answer = match socks::message(bytes) {
                Framed::Record { body, .. } => token::is_answer(socks::read(body).token.expose()),
                _ => None,
            };
            self.client = Some(if is_answer == Some(true) { direction.reversed() } else { direction });
            if !matches!(socks::greeting(bytes), Framed::Record { .. }) {
                self.stages = Ways { up: Stage::Open, down: Stage::Open };
                self.method = Some(Method::GSSAPI);
            }
        }
        if self.client == Some(direction) { Side::Client } else { Side::Server }
    }

    /// What cuts out the next message behind the opening. Requests and replies alone begin with the version of SOCKS.
    fn framer(&self, from: Side, bytes: &[u8]) -> fn(&[u8]) -> Framed<'_> {
        match (self.method, from) {
            // The choice among methods that were not seen.
            (_, Side::Server) if matches!(bytes, [socks::VERSION, _, 1..=0xff, ..]) => socks::answer,
            _ if bytes.first() == Some(&socks::VERSION) => socks::request,
            (Some(Method::PASSWORD), Side::Client) => socks::password,
            (Some(Method::PASSWORD), Side::Server) => socks::answer,
            _ => socks::message,
        }
    }

    /// Takes one message.
    fn record(&mut self, from: Side, record: &[u8], report: &mut Report<'_, '_>) -> After {
        let direction = report.at.direction;
        let is_opening = *self.stages.of(direction) == Stage::Opening;
        *self.stages.of(direction) = Stage::Open;
        let is_choice = matches!(record, [socks::VERSION, _]);
        let is_request = record.first() == Some(&socks::VERSION);
        match from {
            Side::Client if is_opening => After::Same,
            Side::Client if is_request => self.request(record, report),
            Side::Client if self.method == Some(Method::PASSWORD) => {
                report.event(What::Counted("socks/password"));
                After::Same
            }
            Side::Server if is_opening || is_choice => self.chosen(Method(socks::code(record))),
            Side::Server if is_request => self.replied(socks::code(record), report),
            Side::Server if self.method == Some(Method::PASSWORD) => After::over(socks::code(record) != 0),
            Side::Client | Side::Server => self.message(from, record, report),
        }
    }

    /// The server has chosen a method.
    fn chosen(&mut self, method: Method) -> After {
        self.method = Some(method);
        After::over(![Method::NONE, Method::GSSAPI, Method::PASSWORD].contains(&method))
    }

    /// A message of GSS-API.
    fn message(&mut self, from: Side, record: &[u8], report: &mut Report<'_, '_>) -> After {
        let message = socks::read(record);
        let (result, code) = match message.kind {
            MessageType::CONTEXT => {
                report.part(CHANNEL, from, Part::Token(message.token.expose()));
                self.begun = true;
                return After::Same;
            }
            // What the client wants protected, if anything.
            MessageType::PROTECTION if from == Side::Client => return After::Same,
            MessageType::PROTECTION => (Ending::Success, "protection-level"),
            MessageType::ABORT => (Ending::Failure, "abort"),
            // From here on all of it is wrapped.
            _ => return After::Nothing,
        };
        let verdict = Verdict { result, code: Code::Named(code), substatus: None, signal: "socks-message" };
        report.part(CHANNEL, Side::Server, Part::Verdict(verdict));
        After::over(result == Ending::Failure)
    }

    fn request(&mut self, record: &[u8], report: &mut Report<'_, '_>) -> After {
        let Some(request) = socks::asked(record) else { return After::Nothing };
        self.command = Some(request.command);
        *self.stages.of(report.at.direction) = Stage::Asked;
        if self.begun {
            let resource = &address(&request);
            report.part(CHANNEL, Side::Client, Part::Target { service: "socks", resource });
        }
        After::Same
    }

    /// The server has granted the request, or not: where it has, both directions go on with something else.
    fn replied(&self, code: u8, report: &mut Report<'_, '_>) -> After {
        if self.begun {
            report.part(CHANNEL, Side::Server, Part::Over);
        }
        let is_tunnel = code == 0 && self.command.is_none_or(|command| command == Command::CONNECT);
        if is_tunnel { After::Unknown } else { After::Nothing }
    }
}

/// Where a client wants to go, as it says so.
fn address(request: &Request<'_>) -> String {
    let port = request.port;
    match request.host {
        Host::V4(address) => format!("{}:{port}", Ipv4Addr::from(address)),
        Host::V6(address) => format!("[{}]:{port}", Ipv6Addr::from(address)),
        Host::Name(name) => format!("{}:{port}", String::from_utf8_lossy(name)),
    }
}

#[cfg(test)]
mod tests {

    use crate::carrier::script::{self, play};

    const INIT: &[u8] = include_bytes!("../../parsers/tests/data/init-kerberos.bin");
    const CHALLENGE: &[u8] = include_bytes!("../../parsers/tests/data/ntlmv2-challenge.bin");
    const AUTHENTICATE: &[u8] = include_bytes!("../../parsers/tests/data/ntlmv2-authenticate.bin");
    const REPLY: &[u8] = &[5, 0, 0, 1, 10, 77, 0, 13, 4, 56];

    fn message(kind: u8, token: &[u8]) -> Vec<u8> {
        let [high, low] = u16::try_from(token.len()).unwrap().to_be_bytes();
        [&[1, kind, high, low], token].concat()
    }

    /// RFC 1928 3, RFC 1961 3 to 5 and RFC 1928 4 in a row, with tokens from a network.
    fn logon() -> Vec<(char, Vec<u8>)> {
        let request = [&[5, 1, 0, 3, 12], &b"web.lab.test"[..], &[0, 80]].concat();
        vec![
            ('>', vec![5, 2, 0, 1]),
            ('<', vec![5, 1]),
            ('>', message(1, INIT)),
            ('<', message(1, CHALLENGE)),
            ('>', message(1, AUTHENTICATE)),
            ('>', message(2, &[0])),
            ('<', message(2, &[0])),
            ('>', request),
            ('<', REPLY.to_vec()),
        ]
    }

    fn lines(script: &[(char, Vec<u8>)]) -> Vec<(char, &[u8])> {
        script.iter().map(|(arrow, bytes)| (*arrow, &bytes[..])).collect()
    }

    #[test]
    fn a_logon_is_told_however_it_is_cut_and_the_tunnel_is_read() {
        let get = format!("GET / HTTP/1.1\r\nHost: web\r\nAuthorization: Basic {}\r\n\r\n", "YWxpY2U6eA==");
        let mut script = logon();
        script.push(('>', get.into_bytes()));
        let expected = [
            format!("> token {} Socks", INIT.len()),
            format!("< token {} Socks", CHALLENGE.len()),
            format!("> token {} Socks", AUTHENTICATE.len()),
            "Success protection-level".to_owned(),
            "socks web.lab.test:80".to_owned(),
            "over".to_owned(),
            "Password { user: \"alice\" }".to_owned(),
            "http http://web/".to_owned(),
        ];
        for size in [1, 7, usize::MAX] {
            assert_eq!(script::cut(&lines(&script), size), expected, "{size}");
        }
    }

    #[test]
    fn an_abort_is_a_refusal() {
        let mut script = logon();
        script.truncate(3);
        script.push(('<', vec![1, 0xff]));
        assert_eq!(play(&lines(&script)).last().unwrap(), "Failure abort");
    }

    #[test]
    fn what_is_wrapped_is_not_read() {
        let mut script = logon();
        script.truncate(7);
        script.extend([('>', message(3, b"\x60\x82sealed")), ('<', message(3, b"sealed"))]);
        assert_eq!(play(&lines(&script)).last().unwrap(), "Success protection-level");
    }

    #[test]
    fn a_password_is_counted_and_the_tunnel_behind_it_is_read() {
        let said = play(&[
            ('>', &[5, 1, 2]),
            ('<', &[5, 2]),
            ('>', b"\x01\x05alice\x03abc"),
            ('<', &[1, 0]),
            ('>', &[5, 1, 0, 1, 10, 77, 0, 13, 0, 80]),
            ('<', REPLY),
            ('>', b"EHLO cl\r\n"),
            ('<', b"250 AUTH NTLM\r\n"),
            ('>', b"AUTH PLAIN YWJj\r\n"),
        ]);
        assert_eq!(said, ["count socks/password", "count sasl/plain"]);
    }

    #[test]
    fn a_logon_whose_start_was_not_seen_is_joined() {
        let script = logon();
        for from in [1, 2] {
            let said = play(&lines(&script[from..7]));
            assert_eq!(said.last().unwrap(), "Success protection-level", "{from}");
            assert_eq!(said.len(), 4, "{from}");
        }
    }

    #[test]
    fn a_hole_is_passed_over() {
        let script = logon();
        let mut talk = script::Script::default();
        for (arrow, bytes) in &script[..3] {
            talk.say(*arrow, bytes);
        }
        talk.lose('<');
        talk.say('<', b"rest of a token");
        talk.say('<', &script[6].1);
        assert_eq!(talk.seen.last().unwrap(), "Success protection-level");
    }
}
