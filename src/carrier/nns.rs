//! .NET `NegotiateStream` ([MS-NNS]), alone or as an upgrade of .NET Message Framing ([MC-NMF]): Active Directory Web Services and other
//! services of WCF.

use ntlmscope_parsers::frame::{Framed, Recognised};
use ntlmscope_parsers::nns::{self, MessageId, Preamble};

use super::{After, Conversation, Found, Report, speaker, took};
use crate::model::{At, Carrier, Channel, Code, Direction, Ending, Next, Part, Side, Verdict, Ways};

/// The only logon of a connection.
const CHANNEL: Channel = Channel(0);

/// One connection.
#[derive(Debug, Default)]
pub struct Nns {
    client: Option<Direction>,
    stages: Ways<Stage>,
    /// The address of the service, until it has been told.
    via: Option<String>,
}

/// Where one direction stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// At a record of the preamble.
    Preamble,
    /// At a handshake message.
    #[default]
    Handshake,
    /// Somewhere: bytes are missing.
    Lost,
}

impl Nns {
    /// A connection that begins with a handshake.
    pub(super) fn bare() -> Conversation {
        Conversation::Nns(Box::default())
    }

    /// A connection that begins with a preamble.
    pub(super) fn framed() -> Conversation {
        Conversation::Nns(Box::new(Self {
            stages: Ways { up: Stage::Preamble, down: Stage::Preamble },
            ..Self::default()
        }))
    }

    /// Takes bytes in order.
    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> (Next, After) {
        let stage = self.stages.of(at.direction);
        if *stage == Stage::Lost {
            match nns::recognise_handshake(bytes) {
                Recognised::Yes => *stage = Stage::Handshake,
                Recognised::Need(count) => return (Next::Need(count), After::Same),
                Recognised::No => return (took(bytes.len()), After::Same),
            }
        }
        let framed = *stage == Stage::Preamble;
        let record = if framed { nns::preamble(bytes) } else { nns::handshake(bytes) };
        match record {
            Framed::Need(count) => (Next::Need(count), After::Same),
            Framed::Skip(count) => (took(count), After::Same),
            Framed::Record { body, consumed } if framed => (took(consumed), self.preamble(at, body)),
            Framed::Record { body, consumed } => (took(consumed), self.handshake(at, body, found)),
            Framed::Lost => {
                Report { at, carrier: Carrier::Nns, found }.malformed();
                (Next::Close, After::Nothing)
            }
        }
    }

    pub(super) fn gap(&mut self, at: At) {
        *self.stages.of(at.direction) = Stage::Lost;
    }

    fn preamble(&mut self, at: At, record: &[u8]) -> After {
        match nns::preamble_record(record) {
            Preamble::Via(via) => {
                self.client = Some(at.direction);
                self.via = Some(String::from_utf8_lossy(via).into_owned());
            }
            Preamble::UpgradeRequest(nns::TLS) => return After::Unknown,
            Preamble::UpgradeRequest(nns::NEGOTIATE) | Preamble::UpgradeResponse => {
                *self.stages.of(at.direction) = Stage::Handshake;
            }
            // An upgrade to something else, or none.
            Preamble::UpgradeRequest(_) | Preamble::Over => return After::Nothing,
            Preamble::Other => {}
        }
        After::Same
    }

    fn handshake(&mut self, at: At, record: &[u8], found: &mut Found<'_>) -> After {
        let mut report = Report { at, carrier: Carrier::Nns, found };
        let Ok(message) = nns::message(record) else {
            report.malformed();
            return After::Nothing;
        };
        let from = speaker(&mut self.client, at.direction, message.payload);
        if message.id == MessageId::ERROR {
            report.part(CHANNEL, Side::Server, Part::Verdict(refused(&message)));
            return After::Nothing;
        }
        if !message.payload.is_empty() {
            report.part(CHANNEL, from, Part::Token(message.payload));
        }
        if let Some(resource) = self.via.take_if(|_| from == Side::Client) {
            let service = if resource.contains("/ActiveDirectoryWebServices") { "adws" } else { "net-tcp" };
            report.part(CHANNEL, from, Part::Target { service, resource: &resource });
        }
        if message.id != MessageId::DONE || from != Side::Server {
            return After::Same;
        }
        let (code, signal) = (Code::Named("HandshakeDone"), "nns-message");
        let granted = Verdict { result: Ending::Success, code, substatus: None, signal };
        report.part(CHANNEL, Side::Server, Part::Verdict(granted));
        After::Nothing
    }
}

fn refused(message: &nns::Handshake<'_>) -> Verdict {
    let code = message
        .error()
        .map_or(Code::Named("HandshakeError"), |error| error.name().map_or(Code::Hex(error.0), Code::Named));
    Verdict { result: Ending::Failure, code, substatus: None, signal: "nns-message" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Event, Stamp, What};

    const CHALLENGE: &[u8] = include_bytes!("../../parsers/tests/data/ntlmv2-challenge.bin");
    const AUTHENTICATE: &[u8] = include_bytes!("../../parsers/tests/data/ntlmv2-authenticate.bin");

    fn message(id: u8, payload: &[u8]) -> Vec<u8> {
        let [high, low] = u16::try_from(payload.len()).unwrap().to_be_bytes();
        [&[id, 1, 0, high, low], payload].concat()
    }

    /// What is said, in words, and whether anything is read afterwards.
    fn play(sent: &[(Direction, Vec<u8>)]) -> (Vec<String>, bool) {
        let (mut conversation, mut seen) = (Conversation::default(), Vec::new());
        let mut found = |event: Event<'_>| match event.what {
            What::Auth { from, carrier: Carrier::Nns, part, .. } => seen.push(match part {
                Part::Token(token) => format!("{from:?} {}", token.len()),
                Part::Target { service, resource } => format!("{service} {resource}"),
                Part::Verdict(verdict) => format!("{:?} {:?}", verdict.result, verdict.code),
                other => panic!("{other:?}"),
            }),
            other => panic!("{other:?}"),
        };
        for (direction, bytes) in sent {
            let at = At { direction: *direction, stamp: Stamp::default() };
            let mut rest = &bytes[..];
            while let Next::Took(count) = conversation.read(at, rest, &mut found)
                && !rest.is_empty()
            {
                rest = rest.get(usize::try_from(count).unwrap()..).unwrap_or_default();
            }
        }
        (seen, !conversation.is_nothing())
    }

    #[test]
    fn an_upgraded_connection_says_what_it_is_for_and_how_it_ended() {
        let (up, down) = (Direction::Up, Direction::Down);
        let via = b"net.tcp://dc1.lab.test:9389/ActiveDirectoryWebServices/Windows/Enumeration";
        let preamble =
            [&[0, 1, 0, 1, 2, 2, u8::try_from(via.len()).unwrap()], &via[..], &[3, 8, 9, 21], nns::NEGOTIATE]
                .concat();
        let (seen, reads_on) = play(&[
            (up, preamble),
            (down, vec![0x0a]),
            (down, message(0x16, CHALLENGE)),
            (up, message(0x16, AUTHENTICATE)),
            (down, message(0x14, &[])),
        ]);
        let target = format!("adws {}", String::from_utf8_lossy(via));
        let (challenge, authenticate) =
            (format!("Server {}", CHALLENGE.len()), format!("Client {}", AUTHENTICATE.len()));
        assert_eq!(seen, [challenge, authenticate, target, "Success Named(\"HandshakeDone\")".to_owned()]);
        assert!(!reads_on);
    }

    #[test]
    fn an_error_ends_a_bare_handshake() {
        let denied = [0, 0, 0, 0, 0x80, 0x09, 0x03, 0x0c];
        let (seen, _) = play(&[
            (Direction::Down, message(0x16, CHALLENGE)),
            (Direction::Up, message(0x14, AUTHENTICATE)),
            (Direction::Down, message(0x15, &denied)),
        ]);
        assert_eq!(seen[2], "Failure Named(\"SEC_E_LOGON_DENIED\")");
        assert!(seen[0].starts_with("Server") && seen[1].starts_with("Client"));
    }
}
