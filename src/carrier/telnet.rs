//! Telnet: the logons of its AUTHENTICATION option (RFC 2941), by Kerberos 5 (RFC 2942) and NTLM ([MS-TNAP]).

use ntlmscope_parsers::frame::Framed;
use ntlmscope_parsers::telnet::{self, Authentication, AuthenticationType, Command, Message, kerberos, ntlm};

use super::{After, Conversation, Found, Report, took};
use crate::model::{At, Carrier, Channel, Code, Ending, Next, Part, Side, Verdict, Ways, What};

/// A connection has one logon at a time: another type is tried once the one before has failed.
const CHANNEL: Channel = Channel(0);
/// Options are negotiated before the first text of the session: how much of that is passed over, in bytes.
const WINDOW: usize = 16 << 10;

/// One connection.
#[derive(Debug, Default)]
pub struct Telnet {
    seen: Ways<usize>,
    /// The type of the logon under way.
    kind: Option<AuthenticationType>,
}

impl Telnet {
    pub(super) fn conversation() -> Conversation {
        Conversation::Telnet(Self::default())
    }

    /// Takes bytes in order. Where bytes are missing, what is left of a message is text, and the next one is found behind it.
    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> (Next, After) {
        let passed = match telnet::frame(bytes) {
            Framed::Need(count) => return (Next::Need(count), After::Same),
            Framed::Lost => return (Next::Close, After::Nothing),
            Framed::Record { body, consumed } => {
                let after = match telnet::message(body) {
                    Message::Refused => After::Nothing,
                    Message::Parameters(parameters) => {
                        let mut report = Report { at, carrier: Carrier::Telnet, found };
                        self.parameters(&telnet::unescape(parameters), &mut report)
                    }
                };
                return (took(consumed), after);
            }
            Framed::Skip(count) => count,
        };
        let seen = self.seen.of(at.direction);
        *seen = seen.saturating_add(passed);
        (took(passed), After::over(*seen > WINDOW))
    }

    fn parameters(&mut self, parameters: &[u8], report: &mut Report<'_, '_>) -> After {
        let Some(message) = telnet::authentication(parameters) else { return After::Same };
        let from = if message.command == Command::IS { Side::Client } else { Side::Server };
        let is_new = from == Side::Client && self.kind.replace(message.kind) != Some(message.kind);
        match message.kind {
            AuthenticationType::NTLM => Self::ntlm(from, &message, report),
            AuthenticationType::KERBEROS_V5 => Self::kerberos(from, &message, report),
            AuthenticationType::NULL => After::Nothing,
            other => {
                if is_new {
                    report.event(What::Counted(counted(other)));
                }
                After::Same
            }
        }
    }

    fn ntlm(from: Side, message: &Authentication<'_>, report: &mut Report<'_, '_>) -> After {
        match (message.sub_command, from) {
            (ntlm::ACCEPT, Side::Server) => judge(Ending::Success, "NTLM_ACCEPT", report),
            (ntlm::REJECT, Side::Server) => judge(Ending::Failure, "NTLM_REJECT", report),
            (code, _) if ntlm::MESSAGES.contains(&code) => {
                match telnet::ntlm_data(message.data) {
                    Some((token, true)) => report.part(CHANNEL, from, Part::Token(token.expose())),
                    Some((token, false)) => report.part(CHANNEL, from, Part::TornToken(token.expose())),
                    None => report.malformed(),
                }
                After::Same
            }
            _ => After::Same,
        }
    }

    fn kerberos(from: Side, message: &Authentication<'_>, report: &mut Report<'_, '_>) -> After {
        match (message.sub_command, from) {
            (kerberos::AUTH, Side::Client) | (kerberos::RESPONSE, Side::Server) => {
                report.part(CHANNEL, from, Part::Token(message.data.expose()));
                After::Same
            }
            (kerberos::ACCEPT, Side::Server) => judge(Ending::Success, "ACCEPT", report),
            (kerberos::REJECT, Side::Server) => judge(Ending::Failure, "REJECT", report),
            _ => After::Same,
        }
    }
}

/// The server's answer. One that lets the client in is the last that is read.
fn judge(result: Ending, code: &'static str, report: &mut Report<'_, '_>) -> After {
    let verdict = Verdict { result, code: Code::Named(code), substatus: None, signal: "telnet-reply" };
    report.part(CHANNEL, Side::Server, Part::Verdict(verdict));
    After::over(result == Ending::Success)
}

/// The word under which a logon of another type is counted.
fn counted(kind: AuthenticationType) -> &'static str {
    match kind {
        AuthenticationType::KERBEROS_V4 => "telnet/kerberos-v4",
        AuthenticationType::SRP => "telnet/srp",
        AuthenticationType::RSA => "telnet/rsa",
        AuthenticationType::SSL => "telnet/ssl",
        _ => "telnet/other",
    }
}

#[cfg(test)]
mod tests {
    use super::WINDOW;
    use crate::carrier::script::{self, play};

    const CHALLENGE: &[u8] = include_bytes!("../../parsers/tests/data/ntlmv2-challenge.bin");
    const AUTHENTICATE: &[u8] = include_bytes!("../../parsers/tests/data/ntlmv2-authenticate.bin");

    const DO: &[u8] = b"\xff\xfd\x25";
    const WILL: &[u8] = b"\xff\xfb\x25";

    /// A subnegotiation of the option.
    fn option(parameters: &[u8]) -> Vec<u8> {
        let doubled = parameters.iter().flat_map(|byte| vec![*byte; if *byte == 255 { 2 } else { 1 }]);
        [&b"\xff\xfa\x25"[..], &doubled.collect::<Vec<_>>(), b"\xff\xf0"].concat()
    }

    fn ntlm(command: u8, code: u8, token: &[u8]) -> Vec<u8> {
        let len = u32::try_from(token.len()).unwrap().to_le_bytes();
        option(&[&[command, 15, 0, code], &len[..], &[2, 0, 0, 0], token].concat())
    }

    /// The frames of [MS-TNAP] 4.1, and an end.
    fn logon(end: u8) -> Vec<(char, Vec<u8>)> {
        vec![
            ('<', DO.to_vec()),
            ('>', WILL.to_vec()),
            ('<', option(&[1, 15, 0])),
            ('<', ntlm(2, 1, CHALLENGE)),
            ('>', ntlm(0, 2, AUTHENTICATE)),
            ('<', option(&[2, 15, 0, end])),
        ]
    }

    fn lines(script: &[(char, Vec<u8>)]) -> Vec<(char, &[u8])> {
        script.iter().map(|(arrow, bytes)| (*arrow, &bytes[..])).collect()
    }

    #[test]
    fn ntlm_is_told_however_it_is_cut() {
        let tokens =
            [format!("< token {} Telnet", CHALLENGE.len()), format!("> token {} Telnet", AUTHENTICATE.len())];
        for (end, said) in [(3, "Success NTLM_ACCEPT"), (4, "Failure NTLM_REJECT")] {
            for size in [1, 5, usize::MAX] {
                let expected = [&tokens[..], &[said.to_owned()]].concat();
                assert_eq!(script::cut(&lines(&logon(end)), size), expected, "{size}");
            }
        }
    }

    #[test]
    fn another_type_may_follow_a_refusal() {
        let mut script = logon(4);
        script.push(('>', option(&[0, 2, 0, 0, 0x6e, 0x03, 0x02, 0x01, 0x05])));
        script.push(('<', option(b"\x02\x02\x00\x01no such key")));
        script.push(('>', option(&[0, 5, 0, 0, 1])));
        script.push(('>', option(&[0, 5, 0, 2, 1])));
        let said = play(&lines(&script));
        assert_eq!(said[3..], ["> token 5 Telnet", "Failure REJECT", "count telnet/srp"]);
    }

    #[test]
    fn a_client_that_will_not_is_left_alone() {
        for (arrow, refusal) in
            [('>', &b"\xff\xfc\x25"[..]), ('>', &option(&[0, 0, 0, 0])), ('<', b"\xff\xfe\x25")]
        {
            let mut talk = script::Script::default();
            talk.say('<', DO);
            talk.say(arrow, refusal);
            assert!(talk.is_over() && talk.seen.is_empty());
        }
    }

    #[test]
    fn a_session_without_the_option_is_not_read_for_long() {
        let mut talk = script::Script::default();
        talk.say('<', b"\xff\xfd\x18login: ");
        assert!(!talk.is_over());
        talk.say('<', &vec![b'.'; WINDOW]);
        assert!(talk.is_over());
    }

    #[test]
    fn a_hole_in_a_message_costs_no_other() {
        let mut talk = script::Script::default();
        talk.say('<', &logon(3)[0].1);
        talk.say('<', &logon(3)[3].1[..40]);
        talk.lose('<');
        talk.say('<', b"rest\xff\xf0");
        talk.say('>', &logon(3)[4].1);
        talk.say('<', &logon(3)[5].1);
        assert_eq!(
            talk.seen,
            [format!("> token {} Telnet", AUTHENTICATE.len()), "Success NTLM_ACCEPT".to_owned()]
        );
    }
}
