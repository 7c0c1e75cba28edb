//! LDAP (RFC 4511, [MS-ADTS] 5.1.1.1): the binds of a connection. Everything else is passed over by its length.

mod method;

use ntlmscope_parsers::frame::{Found as Place, Framed};
use ntlmscope_parsers::ldap::{self, BindRequest, BindResponse, Message, Operation, ResultCode, sub_status};
use ntlmscope_parsers::{Secret, token};

use super::{Conversation, Found, Report, took};
use crate::model::{At, Carrier, Channel, Code, Ending, Next, Part, Side, Verdict, Ways, What};
use method::Method;

/// One connection.
#[derive(Debug, Default)]
pub struct Ldap {
    lost: Ways<bool>,
    bind: Option<Bind>,
}

/// The last bind. A client sends no other before it is answered (RFC 4511 4.2.1).
#[derive(Clone, Copy, Debug)]
struct Bind {
    message_id: i32,
    method: Method,
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The client has asked.
    Asked,
    /// The server wants to hear more.
    Continued,
    /// The server has judged.
    Judged,
}

/// Binds follow each other, so a connection has one logon at a time.
const CHANNEL: Channel = Channel(0);

impl Ldap {
    pub(super) fn conversation() -> Conversation {
        Conversation::Ldap(Self::default())
    }

    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> Next {
        let lost = self.lost.of(at.direction);
        if *lost {
            match ldap::find(bytes) {
                Place::At(0) => *lost = false,
                Place::NotBefore(0) => return Next::Need(bytes.len().saturating_add(1)),
                Place::At(skip) | Place::NotBefore(skip) => return took(skip),
            }
        }
        match ldap::front(bytes) {
            Framed::Need(count) => Next::Need(count),
            Framed::Skip(count) => took(count),
            Framed::Record { body, consumed } => {
                self.message(at, body, found);
                took(consumed)
            }
            Framed::Lost => {
                *lost = true;
                Report { at, carrier: Carrier::Ldap, found }.malformed();
                Next::Took(1)
            }
        }
    }

    pub(super) fn gap(&mut self, at: At, torn: &[u8], found: &mut Found<'_>) {
        let was_lost = std::mem::replace(self.lost.of(at.direction), true);
        if !was_lost && let Ok(message) = ldap::message(torn) {
            self.operation(&message, &mut Report { at, carrier: Carrier::Ldap, found });
        }
    }

    fn message(&mut self, at: At, message: &[u8], found: &mut Found<'_>) {
        let mut report = Report { at, carrier: Carrier::Ldap, found };
        let Ok(message) = ldap::message(message) else { return report.malformed() };
        if message.damaged.is_some() {
            report.malformed();
        }
        self.operation(&message, &mut report);
    }

    fn operation(&mut self, message: &Message<'_>, report: &mut Report<'_, '_>) {
        let (id, torn) = (message.message_id, message.damaged.is_some());
        match &message.operation {
            Operation::BindRequest(request) => self.ask(id, request, torn, report),
            Operation::BindResponse(response) => self.answer(id, response, torn, report),
        }
    }

    fn ask(&mut self, message_id: i32, request: &BindRequest<'_>, torn: bool, report: &mut Report<'_, '_>) {
        let (method, credentials) = Method::of(&request.authentication);
        let before = self.bind.replace(Bind { message_id, method, step: Step::Asked });
        let under_way = before.filter(|bind| bind.step != Step::Judged);
        if method.has_tokens() {
            if let Some(credentials) = credentials.filter(|credentials| !credentials.is_empty()) {
                report.part(CHANNEL, Side::Client, part(credentials, torn));
                report.part(CHANNEL, Side::Client, method.requested());
                report.part(CHANNEL, Side::Client, method.service());
            }
            return;
        }
        // The new bind abandons the one before (RFC 4513 5.2.1.1).
        if under_way.is_some_and(|bind| bind.method.has_tokens()) {
            report.part(CHANNEL, Side::Client, Part::Over);
        }
        let continues = before.is_some_and(|bind| bind.step == Step::Continued && bind.method == method);
        if let Method::Counted(word) = method
            && !continues
        {
            report.event(What::Counted(word));
        }
    }

    fn answer(
        &mut self,
        message_id: i32,
        response: &BindResponse<'_>,
        torn: bool,
        report: &mut Report<'_, '_>,
    ) {
        let asked = self.bind.filter(|bind| bind.message_id == message_id);
        let (method, token) = match asked.map(|bind| bind.method) {
            Some(method @ Method::SicilyNegotiate) => (method, Some(response.matched_dn)),
            Some(method) => (method, response.server_sasl_creds),
            None => unasked(response),
        };
        let more = response.result_code == ResultCode::SASL_BIND_IN_PROGRESS
            || (method == Method::SicilyNegotiate && response.result_code == ResultCode::SUCCESS);
        let step = if more { Step::Continued } else { Step::Judged };
        if asked.is_none() && method.has_tokens() {
            // What is under way is not what this answers.
            report.part(CHANNEL, Side::Server, Part::Over);
        }
        if asked.is_some() || method.has_tokens() {
            self.bind = Some(Bind { message_id, method, step });
        }
        if !method.has_tokens() {
            return;
        }
        if let Some(token) = token.filter(|token| !token.is_empty()) {
            report.part(CHANNEL, Side::Server, part(token, torn));
            report.part(CHANNEL, Side::Server, method.service());
        }
        if !more {
            let verdict = verdict(response);
            report.part(CHANNEL, Side::Server, Part::Verdict(verdict));
            // A refusal says by itself that nothing more will come.
            if verdict.result == Ending::Success {
                report.part(CHANNEL, Side::Server, Part::Over);
            }
        }
    }
}

fn part(token: Secret<'_>, torn: bool) -> Part<'_> {
    if torn { Part::TornToken(token.expose()) } else { Part::Token(token.expose()) }
}

/// What an answer was to whose question was not seen, as far as its token tells.
fn unasked<'a>(response: &BindResponse<'a>) -> (Method, Option<Secret<'a>>) {
    let is_token = |bytes: &Secret<'_>| token::declared_len(bytes.expose()).is_some();
    match response.server_sasl_creds.filter(is_token) {
        Some(token) => (Method::Sasl { wrapper: None, package: "negotiate" }, Some(token)),
        None if is_token(&response.matched_dn) => (Method::SicilyNegotiate, Some(response.matched_dn)),
        None => (Method::None, None),
    }
}

fn verdict(response: &BindResponse<'_>) -> Verdict {
    let code = response.result_code;
    let result = if code == ResultCode::SUCCESS { Ending::Success } else { Ending::Failure };
    let substatus = match result {
        Ending::Failure => sub_status(response.diagnostic_message.bytes()),
        Ending::Success | Ending::Unknown => None,
    };
    let code = match (code.name(), u32::try_from(code.0)) {
        (Some(name), _) => Code::NameAndNumber(name, code.0),
        (None, Ok(number)) => u16::try_from(number).map_or(Code::Hex(number), Code::Number),
        (None, Err(_)) => Code::Hex(code.0.cast_unsigned()),
    };
    Verdict { result, code, substatus, signal: "ldap-result" }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test code")]
mod tests {
    use super::*;
    use crate::carrier::Conversation;
    use crate::model::{Direction, Stamp};
    use proptest::prelude::*;

    const CLIENT: &[u8] = include_bytes!("../../parsers/testdata/ldap-signed-client.bin");
    const SERVER: &[u8] = include_bytes!("../../parsers/testdata/ldap-signed-server.bin");

    /// What an event says, in a few letters.
    fn shown(event: &crate::model::Event<'_>) -> Option<String> {
        let part = match event.what {
            What::Counted(word) => return Some(format!("count {word}")),
            What::Malformed(_) => return Some("malformed".to_owned()),
            What::Kdc { .. } | What::KdcGap => return Some("kdc".to_owned()),
            What::Hidden(_) | What::CountedIn(..) => return Some("hidden".to_owned()),
            What::Auth { part: Part::Requested(_), .. } => return None,
            What::Auth { part, .. } => part,
        };
        Some(match part {
            Part::Token(token) => format!("token {}", token.len()),
            Part::TornToken(token) => format!("torn {}", token.len()),
            Part::Service { service, wrapper: Some(wrapper) } => format!("{service} {wrapper:?}"),
            Part::Service { service, wrapper: None } => service.to_owned(),
            Part::Verdict(verdict) => {
                format!("{} {}", crate::model::Word::from(verdict.code), verdict.substatus.unwrap_or("-"))
            }
            Part::Over => "over".to_owned(),
            other => format!("{other:?}"),
        })
    }

    /// Reads pieces of a connection, `>` from the client and `<` from the server, and says what is left of each direction.
    fn play(script: &[(char, &[u8])]) -> (Vec<String>, Conversation) {
        let (mut seen, mut conversation) = (Vec::new(), Conversation::default());
        for (arrow, bytes) in script {
            let direction = if *arrow == '>' { Direction::Up } else { Direction::Down };
            let at = At { direction, stamp: Stamp::default() };
            let mut found = |event: crate::model::Event<'_>| seen.extend(shown(&event));
            let mut rest = *bytes;
            while !rest.is_empty() {
                match conversation.read(at, rest, &mut found) {
                    Next::Took(count) => {
                        rest = rest.get(usize::try_from(count).unwrap()..).unwrap_or_default();
                    }
                    Next::Need(_) => {
                        conversation.gap(at, rest, &mut found);
                        break;
                    }
                    Next::Close => break,
                }
            }
        }
        (seen, conversation)
    }

    fn element(tag: u8, content: &[&[u8]]) -> Vec<u8> {
        let content = content.concat();
        [&[tag, u8::try_from(content.len()).unwrap()], content.as_slice()].concat()
    }

    fn ask(id: u8, authentication: &[u8]) -> Vec<u8> {
        let bind = element(0x60, &[&[2, 1, 3, 4, 0], authentication]);
        element(0x30, &[&[2, 1, id], &bind])
    }

    fn sasl(id: u8, mechanism: &str, credentials: &[u8]) -> Vec<u8> {
        let mechanism = element(4, &[mechanism.as_bytes()]);
        ask(id, &element(0xa3, &[&mechanism, &element(4, &[credentials])]))
    }

    fn answer(id: u8, code: u8, matched: &[u8], text: &str, credentials: &[u8]) -> Vec<u8> {
        let credentials = if credentials.is_empty() { Vec::new() } else { element(0x87, &[credentials]) };
        let matched = element(4, &[matched]);
        let bind = element(0x61, &[&[10, 1, code], &matched, &element(4, &[text.as_bytes()]), &credentials]);
        element(0x30, &[&[2, 1, id], &bind])
    }

    #[test]
    fn the_legs_of_gssapi_are_one_logon() {
        let script = [
            ('>', sasl(1, "GSSAPI", b"`1")),
            ('<', answer(1, 14, b"", "", b"`22")),
            ('>', sasl(2, "GSSAPI", b"")),
            ('<', answer(2, 14, b"", "", &[5, 4, 5, 0xff])),
            ('>', sasl(3, "GSSAPI", &[5, 4, 4, 0xff, 0])),
            ('<', answer(3, 0, b"", "", b"")),
        ];
        let service = "ldap SaslGssapi";
        assert_eq!(
            events(&script),
            [
                "token 2",
                service,
                "token 3",
                service,
                "token 4",
                service,
                "token 5",
                service,
                "success(0) -",
                "over"
            ]
        );
    }

    fn events(script: &[(char, Vec<u8>)]) -> Vec<String> {
        play(&script.iter().map(|(arrow, bytes)| (*arrow, bytes.as_slice())).collect::<Vec<_>>()).0
    }

    #[test]
    fn the_answer_to_the_first_message_of_sicily_is_no_verdict() {
        let script = [
            ('>', ask(1, &element(0x89, &[]))),
            ('<', answer(1, 0, b"NTLM", "", b"")),
            ('>', ask(2, &element(0x8a, &[b"negotiate"]))),
            ('<', answer(2, 0, b"challenge.", "", b"")),
            ('>', ask(3, &element(0x8b, &[b"authenticate"]))),
            ('<', answer(3, 49, b"", "80090308: LdapErr: DSID-0C09044E, comment: x, data 533, v2580", b"")),
        ];
        assert_eq!(
            events(&script),
            [
                "token 9",
                "ldap",
                "token 10",
                "ldap",
                "token 12",
                "ldap",
                "invalidCredentials(49) ERROR_ACCOUNT_DISABLED(533)"
            ]
        );
    }

    #[test]
    fn logons_without_tokens_are_counted_once_each() {
        let script = [
            ('>', ask(1, &element(0x80, &[b"secret"]))),
            ('<', answer(1, 49, b"", "", b"")),
            ('>', ask(2, &element(0x80, &[]))),
            ('<', answer(2, 0, b"", "", b"")),
            ('>', sasl(3, "SCRAM-SHA-512-PLUS", b"one")),
            ('<', answer(3, 14, b"", "", b"two")),
            ('>', sasl(4, "SCRAM-SHA-512-PLUS", b"three")),
            ('<', answer(4, 0, b"", "", b"four")),
            ('>', sasl(5, "external", b"")),
            ('>', sasl(6, "X-NOBODY-KNOWS", b"")),
        ];
        assert_eq!(
            events(&script),
            [
                "count simple",
                "count simple/anonymous",
                "count sasl/scram-sha-512",
                "count sasl/external",
                "count sasl/other"
            ]
        );
    }

    #[test]
    fn another_bind_ends_the_one_that_was_not_answered() {
        let script = [
            ('>', sasl(1, "GSS-SPNEGO", b"`1")),
            ('>', ask(2, &element(0x80, &[b"secret"]))),
            ('<', answer(2, 0, b"", "", b"")),
        ];
        assert_eq!(events(&script), ["token 2", "ldap", "over", "count simple"]);
    }

    #[test]
    fn an_answer_without_its_question_is_a_logon_where_it_has_a_token() {
        let token = [0xa1, 7, 0x30, 5, 0xa0, 3, 10, 1, 0];
        assert_eq!(
            events(&[('<', answer(9, 0, b"", "", &token))]),
            ["over", "token 9", "ldap", "success(0) -", "over"]
        );
        assert!(
            events(&[('<', answer(9, 0, b"", "", b"")), ('<', answer(9, 0, b"", "", b"SRP"))]).is_empty()
        );
    }

    #[test]
    fn what_follows_start_tls_is_not_ldap() {
        // RFC 4511 4.14: the request, a response without its name, and the first records of TLS.
        let start =
            element(0x30, &[&[2, 1, 1], &element(0x77, &[&element(0x80, &[b"1.3.6.1.4.1.1466.20037"])])]);
        let agreed = element(0x30, &[&[2, 1, 1], &element(0x78, &[&[10, 1, 0, 4, 0, 4, 0]])]);
        let (seen, conversation) = play(&[
            ('>', &start),
            ('<', &agreed),
            ('>', &[0x16, 3, 1, 0, 0xa5, 1, 0, 0, 0xa1, 3, 3]),
            ('<', &[0x16, 3, 3, 0, 0x45, 2, 0, 0, 0x41, 3, 3]),
        ]);
        assert!(seen == ["hidden"] && conversation.is_nothing(), "{seen:?} {conversation:?}");
    }

    #[test]
    fn a_bind_whose_end_is_lost_has_a_torn_token() {
        let bind = CLIENT.get(350..1000).unwrap();
        assert_eq!(play(&[('>', bind)]).0, ["torn 608", "ldap"]);
    }

    #[test]
    fn a_signed_connection_has_one_logon_and_nothing_malformed() {
        let (question, later) = CLIENT.split_at(350 + 1845);
        let expected = ["token 1803", "ldap", "token 185", "ldap", "success(0) -", "over"];
        assert_eq!(play(&[('>', question), ('<', SERVER), ('>', later)]).0, expected);
        // The same from the middle of the search before it.
        let (mut ldap, mut seen) = (Ldap { lost: Ways { up: true, down: true }, bind: None }, Vec::new());
        for (direction, mut rest) in [(Direction::Up, &CLIENT[9..]), (Direction::Down, &SERVER[99..])] {
            while !rest.is_empty() {
                let at = At { direction, stamp: Stamp::default() };
                let Next::Took(count) = ldap.read(at, rest, &mut |event| seen.extend(shown(&event))) else {
                    break;
                };
                rest = rest.get(usize::try_from(count).unwrap()..).unwrap_or_default();
            }
        }
        assert_eq!(seen, expected);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..100), up in any::<bool>(), cut in any::<prop::sample::Index>()) {
            let mut ldap = Ldap::default();
            let at = At { direction: if up { Direction::Up } else { Direction::Down }, stamp: Stamp::default() };
            let start = sasl(1, "NTLM", b"");
            let (torn, whole) = bytes.split_at(cut.index(bytes.len() + 1));
            for piece in [start.as_slice(), torn, whole] {
                if let Next::Took(count) = ldap.read(at, piece, &mut |_| {}) {
                    prop_assert!(count > 0 || piece.is_empty());
                }
                ldap.gap(at, piece, &mut |_| {});
            }
        }
    }
}
