//! SIP: logons by NTLM and Kerberos in the fields of requests and responses ([MS-SIPAE]). One connection, or one pair of addresses,
//! carries those of many users: a logon is told by the `Call-ID` of its messages.

mod logons;

use ntlmscope_parsers::frame::{Found as Place, Framed};
use ntlmscope_parsers::http::{self, Challenge, Fields};
use ntlmscope_parsers::sip::{self, Message, StartLine};

use super::{Conversation, Found, Report, base_64, took};
use crate::model::{At, Carrier, Code, Ending, Next, Part, Side, Verdict, Ways};
use logons::{Logon, Logons};

/// One TCP connection.
#[derive(Debug, Default)]
pub struct Sip {
    readings: Ways<Reading>,
    logons: Logons,
}

/// Where one direction stands.
#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    /// Bytes are missing.
    lost: bool,
    /// How much of a head has been searched for its end.
    searched: usize,
}

impl Sip {
    pub(super) fn conversation() -> Conversation {
        Conversation::Sip(Box::default())
    }

    /// Takes bytes in order.
    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> Next {
        let reading = self.readings.of(at.direction);
        if reading.lost {
            match sip::find(bytes) {
                Place::At(0) => reading.lost = false,
                Place::NotBefore(0) => return Next::Need(bytes.len().saturating_add(1)),
                Place::At(skip) | Place::NotBefore(skip) => return took(skip),
            }
        }
        match sip::head(bytes, reading.searched) {
            Framed::Need(count) => {
                reading.searched = bytes.len();
                Next::Need(count)
            }
            Framed::Skip(count) => took(count),
            Framed::Record { body, consumed } => {
                *reading = Reading::default();
                let content = self.message(at, body, found);
                Next::Took(u64::try_from(consumed).unwrap_or(u64::MAX).saturating_add(content))
            }
            Framed::Lost => {
                *reading = Reading { lost: true, ..Reading::default() };
                Report { at, carrier: Carrier::Sip, found }.malformed();
                Next::Took(1)
            }
        }
    }

    pub(super) fn gap(&mut self, at: At) {
        *self.readings.of(at.direction) = Reading { lost: true, ..Reading::default() };
    }

    /// Takes a head, or a datagram; says how long its body is.
    pub(super) fn message(&mut self, at: At, head: &[u8], found: &mut Found<'_>) -> u64 {
        let mut report = Report { at, carrier: Carrier::Sip, found };
        let Ok(message) = sip::message(head) else {
            report.malformed();
            return 0;
        };
        if let Some(call_id) = message.call_id() {
            match message.line {
                StartLine::Request { uri } => self.request(call_id, uri, &message, &mut report),
                StartLine::Status(status) => self.response(call_id, status, &message, &mut report),
            }
        }
        message.content_length()
    }

    fn request(&mut self, call_id: &[u8], uri: &[u8], message: &Message<'_>, report: &mut Report<'_, '_>) {
        let Some((scheme, token)) = first_token(message.fields, &CREDENTIALS) else { return };
        let Ok(token) = token else { return report.malformed() };
        let logon = self.logons.of(call_id);
        logon.asked = message.sequence();
        // NTLM without a connection has no first message: the client asks for the challenge with an empty one.
        if token.is_empty() {
            return;
        }
        logon.proved = true;
        let channel = logon.channel;
        let resource = &resource(uri);
        report.part(channel, Side::Client, Part::Token(&token));
        report.part(channel, Side::Client, Part::Requested(scheme));
        report.part(channel, Side::Client, Part::Target { service: "sip", resource });
    }

    fn response(&mut self, call_id: &[u8], status: u16, message: &Message<'_>, report: &mut Report<'_, '_>) {
        if status < 200 {
            return;
        }
        let token = match first_token(message.fields, &CHALLENGES) {
            Some((_, Ok(token))) => token,
            Some((_, Err(_))) => return report.malformed(),
            None => Vec::new(),
        };
        let logon = match self.logons.find(call_id) {
            Some(logon) => logon,
            None if token.is_empty() => return,
            None => self.logons.of(call_id),
        };
        if !logon.is_answered_by(message.sequence()) {
            return;
        }
        let Logon { channel, proved, .. } = *logon;
        let is_refused = matches!(status, 401 | 407);
        if !token.is_empty() {
            report.part(channel, Side::Server, Part::Token(&token));
        }
        if !proved || (is_refused && !token.is_empty()) {
            return;
        }
        let substatus = (status == 403).then_some("forbidden");
        let verdict =
            Verdict { result: judge(status), code: Code::Number(status), substatus, signal: "sip-status" };
        report.part(channel, Side::Server, Part::Verdict(verdict));
        report.part(channel, Side::Server, Part::Over);
        self.logons.end(call_id);
    }
}

/// Scheme and host of a Request-URI, without the parts that may hold secrets: user information, parameters and headers
/// (RFC 3261 19.1.1).
fn resource(uri: &[u8]) -> String {
    let uri = String::from_utf8_lossy(uri);
    let (scheme, rest) = uri.split_once(':').unwrap_or(("sip", &uri));
    let host = rest.rsplit('@').next().unwrap_or_default().split([';', '?']).next().unwrap_or_default();
    format!("{scheme}:{host}")
}

/// What a final status means for a logon that came with the request ([MS-SIPAE] 3.3.5).
fn judge(status: u16) -> Ending {
    match status {
        401 | 407 => Ending::Failure,
        // The request was not read, or got no further.
        400 | 408 | 500.. => Ending::Unknown,
        _ => Ending::Success,
    }
}

/// The scheme and the token of the first of these fields that has `gssapi-data`. All other messages are signed, which is no logon.
fn first_token(fields: Fields<'_>, names: &[&str]) -> Option<(&'static str, Token)> {
    let values = names.iter().flat_map(|name| fields.all(name));
    values.flat_map(http::challenges).find_map(|challenge| Some((scheme(&challenge)?, token(&challenge)?)))
}

type Token = Result<Vec<u8>, base_64::DecodeError>;

fn token(challenge: &Challenge<'_>) -> Option<Token> {
    challenge.param("gssapi-data").map(base_64::decode)
}

/// The scheme as a record names it.
fn scheme(challenge: &Challenge<'_>) -> Option<&'static str> {
    let known = ["ntlm", "kerberos", "negotiate"];
    known.into_iter().find(|scheme| challenge.is(scheme))
}

const CREDENTIALS: [&str; 2] = ["authorization", "proxy-authorization"];
const CHALLENGES: [&str; 4] =
    ["www-authenticate", "proxy-authenticate", "authentication-info", "proxy-authentication-info"];

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use crate::carrier::script::{self, play};
    use crate::carrier::{Datagrams, is_datagram};
    use crate::model::{At, Direction, Part, Stamp, Transport, What};

    const CHALLENGE: &[u8] = include_bytes!("../../parsers/tests/data/ntlmv2-challenge.bin");
    const AUTHENTICATE: &[u8] = include_bytes!("../../parsers/tests/data/ntlmv2-authenticate.bin");
    const INIT: &[u8] = include_bytes!("../../parsers/tests/data/init-kerberos.bin");

    /// The messages of [MS-SIPAE] 4.1 and 4.2 have these fields and parameters; the tokens are from a network.
    const COMMON: &str = "realm=\"SIP Communications Service\", targetname=\"server.contoso.com\", version=3";

    fn request(call: &str, sequence: u8, credentials: &str) -> Vec<u8> {
        format!(
            "REGISTER sip:contoso.com SIP/2.0\r\nCall-ID: {call}\r\nCSeq: {sequence} REGISTER\r\n\
             {credentials}Content-Length: 0\r\n\r\n"
        )
        .into_bytes()
    }

    fn response(status: &str, call: &str, sequence: u8, field: &str) -> Vec<u8> {
        format!(
            "SIP/2.0 {status}\r\n{field}Call-ID: {call}\r\nCSeq: {sequence} REGISTER\r\nContent-Length: 3\r\n\r\nx\r\n"
        )
        .into_bytes()
    }

    fn credentials(scheme: &str, token: &[u8]) -> String {
        let data = STANDARD.encode(token);
        format!(
            "Authorization: {scheme} qop=\"auth\", {COMMON}, gssapi-data=\"{data}\", crand=\"4a6f\", cnum=\"1\"\r\n"
        )
    }

    fn challenge(token: &[u8]) -> String {
        let data = STANDARD.encode(token);
        format!("WWW-Authenticate: NTLM opaque=\"D1CF0D53\", gssapi-data=\"{data}\", {COMMON}\r\n")
    }

    fn ntlm(call: &str, end: &str) -> Vec<(char, Vec<u8>)> {
        let offers = format!("WWW-Authenticate: NTLM {COMMON}\r\nWWW-Authenticate: Kerberos {COMMON}\r\n");
        let signed = "Authentication-Info: NTLM rspauth=\"01000000\", srand=\"8EF3\", snum=\"1\"\r\n";
        vec![
            ('>', request(call, 1, "")),
            ('<', response("401 Unauthorized", call, 1, &offers)),
            ('>', request(call, 2, &credentials("NTLM", b""))),
            ('<', response("401 Unauthorized", call, 2, &challenge(CHALLENGE))),
            ('>', request(call, 3, &credentials("NTLM", AUTHENTICATE))),
            ('<', response("100 Trying", call, 3, "")),
            ('<', response(end, call, 3, if end.starts_with('2') { signed } else { &offers })),
        ]
    }

    fn lines(script: &[(char, Vec<u8>)]) -> Vec<(char, &[u8])> {
        script.iter().map(|(arrow, bytes)| (*arrow, &bytes[..])).collect()
    }

    fn tokens() -> [String; 4] {
        [
            format!("< token {} Sip", CHALLENGE.len()),
            format!("> token {} Sip", AUTHENTICATE.len()),
            "Requested(\"ntlm\")".to_owned(),
            "sip sip:contoso.com".to_owned(),
        ]
    }

    #[test]
    fn ntlm_is_told_however_it_is_cut() {
        for (end, said) in [("200 OK", "Success 200"), ("401 Unauthorized", "Failure 401")] {
            let expected = [&tokens()[..], &[said.to_owned(), "over".to_owned()]].concat();
            for size in [1, 11, usize::MAX] {
                assert_eq!(script::cut(&lines(&ntlm("d5f2", end)), size), expected, "{end} {size}");
            }
        }
    }

    #[test]
    fn kerberos_needs_one_request() {
        let said = play(&[
            ('>', &request("a", 7, &credentials("Kerberos", INIT))),
            ('<', &response("200 OK", "a", 7, "")),
            (
                '>',
                &request(
                    "b",
                    8,
                    "Authorization: Kerberos qop=\"auth\", opaque=\"6C\", response=\"602306\"\r\n",
                ),
            ),
            ('<', &response("200 OK", "b", 8, "")),
        ]);
        let expected = ["Requested(\"kerberos\")", "sip sip:contoso.com", "Success 200", "over"];
        assert_eq!(said[1..], expected);
    }

    #[test]
    fn logons_of_one_connection_are_told_apart() {
        let (first, second) = (ntlm("one", "200 OK"), ntlm("two", "403 Forbidden"));
        let mixed: Vec<_> =
            first.into_iter().zip(second).flat_map(|(first, second)| [first, second]).collect();
        let said = play(&lines(&mixed));
        let ends: Vec<_> = said.iter().filter(|line| line.starts_with("Success")).collect();
        assert_eq!(ends, ["Success 200", "Success 403 forbidden"]);
        assert_eq!(said.iter().filter(|line| line.contains("token")).count(), 4);
    }

    #[test]
    fn an_answer_to_another_request_says_nothing() {
        let mut script = ntlm("c", "200 OK");
        script.truncate(5);
        script.push(('<', response("200 OK", "c", 99, "")));
        script.push(('<', response("200 OK", "d", 3, "")));
        assert_eq!(play(&lines(&script)), tokens());
    }

    #[test]
    fn a_resource_has_no_user_and_no_password() {
        for (uri, expected) in [
            ("sip:contoso.com", "sip:contoso.com"),
            ("sips:alice:secret@contoso.com:5061;transport=tls?subject=x", "sips:contoso.com:5061"),
            ("sip:a;b=secret@contoso.com", "sip:contoso.com"),
        ] {
            assert_eq!(super::resource(uri.as_bytes()), expected);
        }
    }

    #[test]
    fn datagrams_say_the_same() {
        let (mut datagrams, mut parts) = (Datagrams::default(), Vec::new());
        for (arrow, bytes) in ntlm("f", "200 OK") {
            let direction = if arrow == '>' { Direction::Up } else { Direction::Down };
            let at = At { direction, stamp: Stamp::default() };
            if is_datagram(Transport::Udp, &bytes) {
                datagrams.read(at, Transport::Udp, &bytes, &mut |event| match event.what {
                    What::Auth { part: Part::Token(token), .. } => {
                        parts.push(format!("token {}", token.len()));
                    }
                    What::Auth { part: Part::Verdict(verdict), .. } => {
                        parts.push(format!("{:?}", verdict.result));
                    }
                    _ => {}
                });
            }
        }
        let [challenge, authenticate] =
            [CHALLENGE, AUTHENTICATE].map(|token| format!("token {}", token.len()));
        assert_eq!(parts, [challenge, authenticate, "Success".to_owned()]);
    }

    #[test]
    fn a_hole_is_passed_over() {
        let script = ntlm("e", "200 OK");
        let mut talk = script::Script::default();
        for (arrow, bytes) in &script[..4] {
            talk.say(*arrow, bytes);
        }
        talk.say('>', &script[4].1[..60]);
        talk.lose('>');
        talk.say('>', b"Accept: x\r\n\r\n");
        talk.say('>', &script[4].1);
        talk.say('<', &script[6].1);
        assert_eq!(talk.seen.last().unwrap(), "over");
    }
}
