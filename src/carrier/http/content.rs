//! Bodies that are read: messages of a KDC proxy ([MS-KKDCP]), and the DCE/RPC of RPC over HTTP ([MS-RPCH]).

use ntlmscope_parsers::frame::Recognised;
use ntlmscope_parsers::http::{self, Body, Request, Survey};
use ntlmscope_parsers::kkdcp;

use super::asked::Content;
use super::asker::Asker;
use super::kdc_proxy;
use crate::carrier::dcerpc::Dcerpc;
use crate::carrier::{Found, took};
use crate::model::{At, Next};

/// How much is to come of a body that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    /// A message of a KDC proxy, of this length.
    Kdc(usize),
    /// So many bytes of PDUs.
    Rpc(u64),
}

/// What the body of a request holds.
pub(super) fn of_request(request: &Request<'_>, survey: &Survey<'_>) -> Content {
    if kdc_proxy::is_request(request, survey) {
        Content::KdcProxy
    } else if matches!(request.method, b"RPC_IN_DATA" | b"RPC_OUT_DATA") {
        Content::Rpc
    } else {
        Content::Other
    }
}

/// What the body of a response holds. `asked`: what that of its request held, where it was seen.
pub(super) fn of_response(status: u16, survey: &Survey<'_>, asked: Option<Content>) -> Content {
    match asked {
        _ if status != 200 => Content::Other,
        Some(content) => content,
        None if kdc_proxy::is_kerberos(survey) => Content::KdcProxy,
        None => Content::Other,
    }
}

impl Inside {
    /// A body that is read; `None` for one that holds nothing, or is passed over for its length or its form.
    pub(super) fn of(content: Content, body: Body) -> Option<Self> {
        match (content, body) {
            (Content::KdcProxy, Body::Length(length)) => {
                usize::try_from(length).ok().filter(|length| *length <= kkdcp::MAX_BODY).map(Self::Kdc)
            }
            (Content::Rpc, Body::Length(length)) => Some(Self::Rpc(length)),
            (Content::Rpc, Body::UntilClose) => Some(Self::Rpc(u64::MAX)),
            _ => None,
        }
    }

    /// Takes bytes of the body; says what is left of it. No step where a head stands there instead.
    pub(super) fn read(
        self,
        at: At,
        bytes: &[u8],
        association: &mut Option<Box<Dcerpc>>,
        found: &mut Found<'_>,
    ) -> (Option<Next>, Option<Self>) {
        match self {
            Self::Kdc(length) => match bytes.get(..length) {
                None => (Some(Next::Need(length)), Some(self)),
                Some(body) => {
                    kdc_proxy::body(at, body, found);
                    (Some(took(length)), None)
                }
            },
            Self::Rpc(left) => pdus(left, at, bytes, association, found),
        }
    }
}

/// PDUs follow each other without regard to the body: its length is only so large that many fit in.
fn pdus(
    left: u64,
    at: At,
    bytes: &[u8],
    association: &mut Option<Box<Dcerpc>>,
    found: &mut Found<'_>,
) -> (Option<Next>, Option<Inside>) {
    // A proxy that refuses, or a client that gives up, says so without filling the body.
    match http::recognise(bytes) {
        Recognised::Yes => return (None, None),
        Recognised::Need(count) => return (Some(Next::Need(count)), Some(Inside::Rpc(left))),
        Recognised::No => {}
    }
    // Some ask for an echo before they begin ([MS-RPCH] 2.1.2.1.5).
    if left < SHORTEST_PDU {
        return (Some(Next::Took(left.max(1))), None);
    }
    let association = association.get_or_insert_with(|| Box::new(Dcerpc::after_channel(Asker::LAST_CHANNEL)));
    let next = association.read(at, bytes, found);
    let left = match next {
        Next::Took(count) => left.saturating_sub(count),
        Next::Need(_) | Next::Close => left,
    };
    (Some(next), (left > 0).then_some(Inside::Rpc(left)))
}

/// A header and nothing else (C706 12.6.3.1).
const SHORTEST_PDU: u64 = 16;

#[cfg(test)]
mod tests {
    use crate::carrier::script::{Script, cut, play};

    /// Recorded between impacket and an RPC proxy: `samples/08-rpc-over-http-ntlm`.
    const IN: &[u8] = include_bytes!("../../../parsers/testdata/rpch-in-client.bin");
    const OUT: &[u8] = include_bytes!("../../../parsers/testdata/rpch-out-client.bin");
    const ANSWERS: &[u8] = include_bytes!("../../../parsers/testdata/rpch-out-server.bin");
    const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

    /// What is said of the logon inside, without that of HTTP itself.
    fn inside(seen: Vec<String>) -> Vec<String> {
        let is_inside = |line: &String| !line.contains("Password") && !line.contains("http://");
        seen.into_iter().map(|line| line.split(" {").next().unwrap().to_owned()).filter(is_inside).collect()
    }

    #[test]
    fn each_connection_shows_its_direction_of_the_logon() {
        for size in [1, 30, usize::MAX] {
            let asked = inside(cut(&[('>', IN), ('<', CONTINUE)], size));
            let leg =
                |len| vec![format!("> token {len} Dcerpc"), "Half(Half".into(), "Requested(\"ntlm\")".into()];
            let expected = [leg(32), vec!["rpc samr".into()], leg(286), vec!["rpc samr".into()]].concat();
            assert_eq!(asked, expected, "{size}");
            let answered = inside(cut(&[('>', OUT), ('<', ANSWERS)], size));
            assert_eq!(
                answered,
                ["Success 200", "< token 146 Dcerpc", "Half(Half", "Success rpc_s_ok"],
                "{size}"
            );
        }
    }

    #[test]
    fn a_client_that_is_refused_begins_anew_without_filling_the_body() {
        let refused = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n";
        let head = IN.split(|byte| *byte == 5).next().unwrap();
        let seen = inside(play(&[('>', head), ('<', refused), ('>', IN)]));
        assert_eq!(seen.first().map(String::as_str), Some("Failure 401"));
        assert!(seen.contains(&"> token 286 Dcerpc".to_owned()), "{seen:?}");
    }

    #[test]
    fn an_echo_of_four_bytes_is_passed_over() {
        let echo = b"RPC_IN_DATA /rpc/rpcproxy.dll HTTP/1.1\r\nContent-Length: 4\r\n\r\n\xf8\xe8\x18\x08";
        let seen = inside(play(&[('>', echo), ('>', echo), ('>', IN)]));
        assert_eq!(seen.first().map(String::as_str), Some("> token 32 Dcerpc"));
    }

    #[test]
    fn after_a_hole_the_next_pdu_is_found() {
        let mut script = Script::default();
        let bind = IN.windows(3).position(|start| start == [5, 0, 11]).unwrap();
        let (before, rest) = IN.split_at(bind);
        script.say('>', before);
        script.say('>', rest.get(..40).unwrap());
        script.lose('>');
        script.say('>', rest.get(60..).unwrap());
        let seen = inside(script.seen);
        assert!(seen.contains(&"> token 286 Dcerpc".to_owned()), "{seen:?}");
    }
}
