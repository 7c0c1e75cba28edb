//! HTTP/1.x (RFC 9112): the fields in which clients and servers exchange tokens (RFC 4559, [MS-NTHT], RFC 7617), and the status
//! that answers them. Bodies are passed over by their length, but for those of a KDC proxy and of RPC over HTTP.

mod asked;
mod asker;
mod content;
mod kdc_proxy;
mod service;

use std::borrow::Cow;

use ntlmscope_parsers::frame::{Found as Place, Framed, Recognised};
use ntlmscope_parsers::http::{self, Body, Challenge, Fields, Message, Request, Response, Start, Survey};
use ntlmscope_parsers::tls::{self, Hello};

use super::dcerpc::Dcerpc;
use super::{Conversation, Found, Report, base_64, took};
use crate::model::{
    At, Carrier, Code, Cover, Direction, Ending, Hidden, Next, Part, Side, Verdict, Ways, What,
};
use asked::{Asked, Content, Credentials, Method, Questions};
use asker::Asker;
use content::Inside;
use service::service;

/// One connection.
#[derive(Debug, Default)]
pub struct Http {
    readings: Ways<Reading>,
    questions: Questions,
    server: Logon,
    proxy: Logon,
    /// What RPC over HTTP says on this connection.
    rpc: Option<Box<Dcerpc>>,
}

/// Where one direction stands.
#[derive(Debug, Default)]
struct Reading {
    /// The body comes in chunks.
    chunked: bool,
    /// The bytes may start anywhere in a message.
    lost: bool,
    /// How much of an unfinished head has been searched for its end.
    searched: usize,
    /// What comes is a body that is read.
    body: Option<Inside>,
}

/// What is known of the logons to one of the two who may ask for one.
#[derive(Debug, Default)]
struct Logon {
    /// The user of the last Basic logon, and that it was granted: the same again is no other logon.
    granted: Option<String>,
    /// A token of the server waits for an answer.
    challenged: bool,
    /// The client has been seen to log on by CredSSP.
    hidden: bool,
}

impl Http {
    pub(super) fn conversation() -> Conversation {
        Conversation::Http(Box::default())
    }

    /// Takes bytes in order; `true` where the connection carries something else from here on.
    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> (Next, bool) {
        let reading = self.readings.of(at.direction);
        if let Some(inside) = reading.body {
            let (next, left) = inside.read(at, bytes, &mut self.rpc, found);
            self.readings.of(at.direction).body = left;
            // A body that ended before its time is followed by a head.
            return next.map_or_else(|| self.read(at, bytes, found), |next| (next, false));
        }
        if reading.lost {
            match http::find(bytes) {
                Place::At(0) => reading.lost = false,
                Place::NotBefore(0) => return (Next::Need(bytes.len().saturating_add(1)), false),
                Place::At(skip) | Place::NotBefore(skip) => return (took(skip), false),
            }
        }
        let is_new = !reading.chunked && reading.searched == 0;
        if is_new && let Some(message) = http::whole(bytes) {
            return self.take(at, &message, found);
        }
        let framed = if reading.chunked { http::chunk(bytes) } else { http::head(bytes, reading.searched) };
        match framed {
            Framed::Need(count) => {
                reading.searched = bytes.len();
                (Next::Need(count), false)
            }
            Framed::Skip(count) => (took(count), false),
            Framed::Record { consumed, .. } if reading.chunked => {
                *reading = Reading::default();
                (took(consumed), false)
            }
            Framed::Record { body, .. } if let Some(message) = http::message(body) => {
                self.take(at, &message, found)
            }
            Framed::Record { .. } | Framed::Lost => {
                *reading = Reading { lost: true, ..Reading::default() };
                Report { at, carrier: Carrier::Http, found }.malformed();
                (Next::Took(1), false)
            }
        }
    }

    /// Takes a head.
    fn take(&mut self, at: At, message: &Message<'_>, found: &mut Found<'_>) -> (Next, bool) {
        *self.readings.of(at.direction) = Reading::default();
        let (body, content) = self.head(at, message, found);
        if let Some(inside) = Inside::of(content, body) {
            self.readings.of(at.direction).body = Some(inside);
            return (took(message.len), false);
        }
        self.pass(at.direction, message.len, body)
    }

    pub(super) fn gap(&mut self, at: At, torn: &[u8], found: &mut Found<'_>) {
        match self.readings.of(at.direction).body {
            // Where the body ends is not known any more, but it is so long that nothing else comes.
            Some(Inside::Rpc(_)) => {
                if let Some(rpc) = &mut self.rpc {
                    rpc.gap(at, torn, found);
                }
                return;
            }
            Some(Inside::Kdc(_)) => Report { at, carrier: Carrier::Kdc, found }.event(What::KdcGap),
            None => {}
        }
        *self.readings.of(at.direction) = Reading { lost: true, ..Reading::default() };
        self.questions.keep_last();
    }

    /// Passes over a head and its body.
    fn pass(&mut self, direction: Direction, head: usize, body: Body) -> (Next, bool) {
        let head = u64::try_from(head).unwrap_or(u64::MAX);
        match body {
            Body::Empty => (Next::Took(head), false),
            Body::Length(length) => (Next::Took(head.saturating_add(length)), false),
            Body::Chunked => {
                self.readings.of(direction).chunked = true;
                (Next::Took(head), false)
            }
            Body::UntilClose => (Next::Close, false),
            Body::Tunnel => (Next::Took(head), true),
            Body::Unknown => {
                self.readings.of(direction).lost = true;
                (Next::Took(head), false)
            }
        }
    }

    /// Reads a head; says how the body after it ends, and what is in it.
    fn head(&mut self, at: At, message: &Message<'_>, found: &mut Found<'_>) -> (Body, Content) {
        let survey = &message.survey;
        match &message.start {
            Some(Start::Response(response)) => self.response(at, response, survey, found),
            Some(Start::Request(request)) => {
                let content = content::of_request(request, survey);
                self.request(at, request, survey, content, found);
                (http::request_body(&survey.framing), content)
            }
            None => {
                Report { at, carrier: Carrier::Http, found }.malformed();
                (Body::Unknown, Content::Other)
            }
        }
    }

    fn request(
        &mut self,
        at: At,
        request: &Request<'_>,
        survey: &Survey<'_>,
        content: Content,
        found: &mut Found<'_>,
    ) {
        let mut asked = Asked::new(Method::of(request.method));
        asked.content = content;
        for asker in Asker::ALL {
            let Some(value) = asker.credentials(survey) else { continue };
            let Some(challenge) = http::challenges(value).next() else { continue };
            let mut report = Report { at, carrier: asker.carrier(), found };
            let given = match token(&challenge) {
                Some(Ok(token)) => {
                    let resource = &url(request, survey);
                    // The token comes first: it may be what begins the logon that the rest belongs to.
                    let service = service(request, survey);
                    report.part(asker.channel(), Side::Client, Part::Token(&token));
                    report.part(asker.channel(), Side::Client, Part::Requested(scheme(&challenge)));
                    report.part(asker.channel(), Side::Client, Part::Target { service, resource });
                    Credentials::Token
                }
                Some(Err(_)) => {
                    report.malformed();
                    Credentials::None
                }
                None if challenge.is("credssp") => {
                    self.credssp(asker, (request, survey), &challenge, &mut report);
                    Credentials::None
                }
                None if challenge.is("basic") => {
                    self.basic(asker, (request, survey), &challenge, &mut report)
                }
                None => Credentials::None,
            };
            asked.give(asker, given);
        }
        self.questions.ask(asked);
    }

    /// A user and a password in the clear: only the user goes on.
    fn basic(
        &mut self,
        asker: Asker,
        (request, survey): (&Request<'_>, &Survey<'_>),
        given: &Challenge<'_>,
        report: &mut Report<'_, '_>,
    ) -> Credentials {
        let Some(Ok(pair)) = given.token.map(|token| base_64::decode(token.expose())) else {
            report.malformed();
            return Credentials::None;
        };
        let user = pair.split(|byte| *byte == b':').next().unwrap_or_default();
        let user = String::from_utf8_lossy(user).into_owned();
        let logon = self.logon(asker);
        if logon.granted.as_ref() == Some(&user) {
            return Credentials::None;
        }
        let resource = &url(request, survey);
        let service = service(request, survey);
        report.part(asker.channel(), Side::Client, Part::Password { user: &user });
        report.part(asker.channel(), Side::Client, Part::Target { service, resource });
        logon.granted = Some(user);
        Credentials::Password
    }

    /// CredSSP: TLS in base 64, whose first message says that it begins.
    fn credssp(
        &mut self,
        asker: Asker,
        (request, survey): (&Request<'_>, &Survey<'_>),
        given: &Challenge<'_>,
        report: &mut Report<'_, '_>,
    ) {
        let Some(Ok(token)) = given.token.map(|token| base_64::decode(token.expose())) else { return };
        let hello = (tls::recognise(&token) == Recognised::Yes).then(|| tls::hello(&token));
        let server_name = match hello {
            Some(Hello::Client(hello)) => hello.server_name,
            // One that goes on, and whose beginning has been told.
            _ if self.logon(asker).hidden => return,
            _ => None,
        };
        let service = Some(service(request, survey));
        let hidden = Hidden::by(Side::Client, Cover::Credssp);
        report.event(What::Hidden(Hidden { server_name, service, ..hidden }));
        self.logon(asker).hidden = true;
    }

    fn response(
        &mut self,
        at: At,
        response: &Response<'_>,
        survey: &Survey<'_>,
        found: &mut Found<'_>,
    ) -> (Body, Content) {
        let interim = matches!(response.status, 100 | 102..=199);
        let asked = if interim { self.questions.next() } else { self.questions.answer() };
        let method = asked.map(|asked| asked.method.name());
        if !interim {
            for asker in Asker::ALL {
                let report = &mut Report { at, carrier: asker.carrier(), found };
                let given = asked.map(|asked| asked.given(asker));
                let fields = asker.is_asking(survey).then_some(response.fields);
                self.answer(asker, (response.status, fields), given, report);
            }
        }
        let body = http::response_body(method, response.status, &survey.framing);
        (body, content::of_response(response.status, survey, asked.map(|asked| asked.content)))
    }

    /// What a final response says of one logon: a token, a verdict, or both. `fields` are there where they hold a challenge;
    /// `given` is `None` where the request was not seen.
    fn answer(
        &mut self,
        asker: Asker,
        (status, fields): (u16, Option<Fields<'_>>),
        given: Option<Credentials>,
        report: &mut Report<'_, '_>,
    ) {
        let refused = status == asker.refusal();
        let mut tokens = 0_u8;
        if let Some(fields) = fields {
            for challenge in fields.all(asker.challenge_field()).flat_map(http::challenges) {
                match token(&challenge) {
                    Some(Ok(token)) if !token.is_empty() => {
                        tokens = tokens.saturating_add(1);
                        report.part(asker.channel(), Side::Server, Part::Token(&token));
                    }
                    Some(Err(_)) => report.malformed(),
                    _ => {}
                }
            }
        }
        let logon = self.logon(asker);
        let waiting = match given {
            Some(given) => given != Credentials::None,
            None => logon.challenged || tokens > 0,
        };
        logon.challenged = refused && tokens > 0;
        if !waiting {
            return;
        }
        let result = asker.judge(status);
        if result == Ending::Failure {
            logon.granted = None;
        }
        let substatus = (status == 403).then_some("forbidden");
        let verdict = Verdict { result, code: Code::Number(status), substatus, signal: "http-status" };
        // With a token the refusal may be a step of the logon.
        let part = if self.logon(asker).challenged { Part::Pending(verdict) } else { Part::Verdict(verdict) };
        report.part(asker.channel(), Side::Server, part);
    }

    fn logon(&mut self, asker: Asker) -> &mut Logon {
        match asker {
            Asker::Server => &mut self.server,
            Asker::Proxy => &mut self.proxy,
        }
    }
}

/// The token of a scheme that has tokens; empty where the scheme is only named.
fn token(challenge: &Challenge<'_>) -> Option<Result<Vec<u8>, base_64::DecodeError>> {
    let known = ["negotiate", "ntlm", "kerberos"].iter().any(|scheme| challenge.is(scheme));
    known.then(|| challenge.token.map_or(Ok(Vec::new()), |token| base_64::decode(token.expose())))
}

/// The scheme as a record names it.
fn scheme(challenge: &Challenge<'_>) -> &'static str {
    if challenge.is("ntlm") {
        "ntlm"
    } else if challenge.is("kerberos") {
        "kerberos"
    } else {
        "negotiate"
    }
}

/// Scheme, host and path of a request, without the parts that may hold secrets: user information and query.
fn url(request: &Request<'_>, survey: &Survey<'_>) -> String {
    let path = request.target.split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or_default();
    let path = String::from_utf8_lossy(path);
    if request.method == b"CONNECT" {
        return path.into_owned();
    }
    if let Some((scheme, rest)) = path.split_once("://") {
        let (authority, path) = rest.find('/').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
        let host = authority.rsplit('@').next().unwrap_or_default();
        return format!("{scheme}://{host}{path}");
    }
    let host = survey.host.map_or(Cow::Borrowed(""), String::from_utf8_lossy);
    if host.is_empty() { path.into_owned() } else { ["http://", host.trim(), &path].concat() }
}

#[cfg(test)]
mod tests {
    use crate::carrier::script::{Script, play};

    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

    /// A `TLSPlaintext` with the start of a `ClientHello`, and one with its continuation (RFC 8446 5.1), in base 64.
    const HELLO: &[u8] = b"POST /wsman HTTP/1.1\r\nAuthorization: CredSSP FgMBAgABAAH8AwMA\r\n\r\n";
    const NEXT: &[u8] = b"POST /wsman HTTP/1.1\r\nAuthorization: CredSSP FAMDAAEBFwMDAEVT\r\n\r\n";
    const REFUSED: &[u8] =
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: CredSSP FgMDAHo=\r\nContent-Length: 0\r\n\r\n";

    /// RFC 9113 3.4, with the empty SETTINGS of both sides; and after an upgrade as HTTP/1.1 has it (RFC 7540 3.2).
    #[test]
    fn http_2_is_known_and_not_read() {
        let preface = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], SETTINGS].concat();
        let mut script = Script::default();
        script.say('>', &preface);
        assert!(script.is_over());
        let mut script = Script::default();
        script.say('>', b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
        script.say('<', b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n");
        script.say('<', SETTINGS);
        assert!(!script.is_over());
        script.say('>', &preface);
        assert!(script.is_over() && script.seen.is_empty());
    }

    #[test]
    fn credssp_is_said_to_hide_a_logon_once_for_each_that_begins() {
        let logon = [('>', HELLO), ('<', REFUSED), ('>', NEXT), ('<', REFUSED)];
        assert_eq!(play(&logon), ["hidden Credssp"]);
        assert_eq!(play(&[logon, logon].concat()), ["hidden Credssp"; 2]);
        // One that began before the capture.
        assert_eq!(play(&logon[2..]), ["hidden Credssp"]);
        assert_eq!(play(&[&logon[2..], &logon[2..]].concat()), ["hidden Credssp"]);
    }
}
