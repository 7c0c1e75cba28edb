//! CredSSP ([MS-CSSP]) where nothing hides it: the tokens of SPNEGO in its requests, and the server's word on them.

use ntlmscope_parsers::credssp::{self as parser, TsRequest};
use ntlmscope_parsers::frame::{Framed, Recognised};
use ntlmscope_parsers::hresult::HResult;
use ntlmscope_parsers::ntstatus::NtStatus;

use super::{After, Conversation, Found, Report, speaker, took};
use crate::model::{At, Carrier, Channel, Code, Direction, Ending, Next, Part, Side, Verdict, Ways};

const CHANNEL: Channel = Channel(0);

/// One connection.
#[derive(Debug, Default)]
pub struct CredSsp {
    /// What the logon is for, where that was said before.
    service: Option<&'static str>,
    client: Option<Direction>,
    lost: Ways<bool>,
}

impl CredSsp {
    pub(super) fn conversation() -> Conversation {
        Conversation::CredSsp(Self::default())
    }

    /// What follows the negotiation of Remote Desktop.
    pub(super) fn of_remote_desktop() -> Conversation {
        Conversation::CredSsp(Self { service: Some("rdp"), ..Self::default() })
    }

    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> (Next, After) {
        let lost = self.lost.of(at.direction);
        if *lost {
            match parser::recognise(bytes) {
                Recognised::Yes => *lost = false,
                Recognised::No => return (took(bytes.len()), After::Same),
                Recognised::Need(count) => return (Next::Need(count), After::Same),
            }
        }
        match parser::frame(bytes) {
            Framed::Need(count) => (Next::Need(count), After::Same),
            Framed::Skip(count) => (took(count), After::Same),
            Framed::Record { body, consumed } => (took(consumed), self.message(at, body, found)),
            // What the logon was for begins.
            Framed::Lost => (Next::Close, After::Nothing),
        }
    }

    pub(super) fn gap(&mut self, at: At) {
        *self.lost.of(at.direction) = true;
    }

    fn message(&mut self, at: At, message: &[u8], found: &mut Found<'_>) -> After {
        let mut report = Report { at, carrier: Carrier::Credssp, found };
        let Ok(request) = parser::ts_request(message) else {
            report.malformed();
            return After::Same;
        };
        let token = request.nego_token.map(|token| token.expose()).unwrap_or_default();
        let from = speaker(&mut self.client, at.direction, token);
        if !token.is_empty() {
            report.part(CHANNEL, from, Part::Token(token));
            if let Some(service) = self.service.take_if(|_| from == Side::Client) {
                report.part(CHANNEL, from, Part::Service { service, wrapper: None });
            }
        }
        let Some(verdict) = verdict(&request).filter(|_| from == Side::Server) else { return After::Same };
        report.part(CHANNEL, Side::Server, Part::Verdict(verdict));
        After::Nothing
    }
}

/// What a message of the server says of the logon. It proves its key only to a client that it has let in ([MS-CSSP] 3.1.5).
fn verdict(request: &TsRequest<'_>) -> Option<Verdict> {
    let (result, code) = match request.error_code {
        Some(error) => {
            let name = NtStatus(error).name().or_else(|| HResult(error).name());
            (Ending::Failure, name.map_or(Code::Hex(error), Code::Named))
        }
        None if request.has_pub_key_auth => (Ending::Success, Code::Named("pubKeyAuth")),
        None => return None,
    };
    Some(Verdict { result, code, substatus: None, signal: "credssp" })
}

#[cfg(test)]
mod tests {
    use crate::carrier::script::{Script, cut};

    /// pyspnego with itself, before TLS.
    const CLIENT: &[u8] = include_bytes!("../../parsers/testdata/credssp-client.bin");
    const SERVER: &[u8] = include_bytes!("../../parsers/testdata/credssp-server.bin");
    const REFUSED: &[u8] = include_bytes!("../../parsers/testdata/credssp-refused.bin");
    /// The negotiation of [MS-RDPBCGR] 4.1.1 and 4.1.2, with CredSSP asked for and chosen (2.2.1.1.1, 2.2.1.2.1).
    const REQUEST: &[u8] = &[3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0];
    const CONFIRM: &[u8] = &[3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, 2, 0, 0, 0];

    /// The two messages of a server, and the three of a client, as they follow each other.
    fn dialogue(server: &[u8]) -> [(char, &[u8]); 4] {
        let (negotiate, rest) = CLIENT.split_at(57);
        let (challenge, end) = server.split_at(136);
        [('>', negotiate), ('<', challenge), ('>', rest.split_at(417).0), ('<', end)]
    }

    #[test]
    fn the_tokens_and_the_end_are_told_however_the_bytes_are_cut() {
        let tokens = ["> token 40 Credssp", "< token 118 Credssp", "> token 300 Credssp"];
        for (server, end) in [(SERVER, "Success pubKeyAuth"), (REFUSED, "Failure SEC_E_LOGON_DENIED")] {
            for size in [1, 50, usize::MAX] {
                let told = cut(&dialogue(server), size);
                assert_eq!(told[..3], tokens, "{size}");
                assert_eq!(told[3..], [end], "{size}");
            }
        }
    }

    #[test]
    fn remote_desktop_without_its_tls_shows_what_is_in_it() {
        let mut script = Script::default();
        script.say('>', REQUEST);
        script.say('<', CONFIRM);
        for (arrow, bytes) in dialogue(SERVER) {
            script.say(arrow, bytes);
        }
        let expected =
            ["> token 40 Credssp", "rdp", "< token 118 Credssp", "> token 300 Credssp", "Success pubKeyAuth"];
        assert_eq!(script.seen, expected);
        assert!(script.is_over());
    }

    #[test]
    fn after_a_hole_the_next_request_is_found() {
        let mut script = Script::default();
        let [first, _, third, fourth] = dialogue(SERVER);
        script.say(first.0, first.1);
        script.lose('<');
        script.say('<', b"rest of a message");
        script.say(third.0, third.1);
        script.lose('>');
        script.say('<', fourth.1);
        assert_eq!(script.seen, ["> token 40 Credssp", "> token 300 Credssp"]);
    }
}
