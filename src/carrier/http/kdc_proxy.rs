//! A KDC proxy in clear HTTP ([MS-KKDCP]): the messages of Kerberos in the bodies of POST.

use ntlmscope_parsers::http::{Request, Survey};
use ntlmscope_parsers::kkdcp;

use crate::carrier::{Found, Report, kdc};
use crate::model::{At, Carrier};

/// Whether the body of a request is a message to a KDC.
pub(super) fn is_request(request: &Request<'_>, survey: &Survey<'_>) -> bool {
    if request.method != b"POST" {
        return false;
    }
    // The virtual directory is the specification's ([MS-KKDCP] 2.1); clients may be told another one.
    let path = request.target.split(|byte| *byte == b'?').next().unwrap_or_default();
    let directory = path.rsplit(|byte| *byte == b'/').find(|part| !part.is_empty());
    let is_directory = directory.is_some_and(|part| part.eq_ignore_ascii_case(b"KdcProxy"));
    is_directory || is_kerberos(survey)
}

/// Whether the fields say that the body is a message of a KDC proxy.
pub(super) fn is_kerberos(survey: &Survey<'_>) -> bool {
    survey.content_type.is_some_and(|kind| kind.eq_ignore_ascii_case(b"application/kerberos"))
}

/// Takes a whole body.
pub(super) fn body(at: At, body: &[u8], found: &mut Found<'_>) {
    match kkdcp::message(body) {
        Ok(message) => kdc::proxied(at, message.kerb_message, found),
        Err(_) => Report { at, carrier: Carrier::Kdc, found }.malformed(),
    }
}

#[cfg(test)]
mod tests {
    use crate::carrier::script::{Script, cut, play};

    /// Recorded between a TLS terminator and kdcproxy: `samples/10-kdc-proxy`.
    const CLIENT: &[u8] = include_bytes!("../../../parsers/testdata/kkdcp-client.bin");
    const SERVER: &[u8] = include_bytes!("../../../parsers/testdata/kkdcp-server.bin");

    #[test]
    fn the_messages_are_found_however_they_are_cut_and_on_one_connection_again_and_again() {
        let lines = [('>', CLIENT), ('<', SERVER), ('>', CLIENT), ('<', SERVER)];
        for size in [1, 7, 100, usize::MAX] {
            assert_eq!(cut(&lines, size), ["kdc"; 4], "{size}");
        }
    }

    #[test]
    fn another_path_is_told_by_the_type_and_a_refusal_has_no_message() {
        let edited = |stream: &[u8], from: &str, to: &str| {
            let text: String = stream.iter().map(|byte| char::from(*byte)).collect();
            assert!(text.contains(from));
            text.replace(from, to).chars().map(|letter| u8::try_from(letter).unwrap()).collect::<Vec<_>>()
        };
        let elsewhere = edited(CLIENT, "/KdcProxy", "/kerberos");
        let untyped = edited(&elsewhere, "application/kerberos", "application/octets");
        let refusal = edited(SERVER, "200 OK", "503 No");
        let damaged = edited(CLIENT, "POST /KdcProxy", "POST /x?a=/KdcProxy");
        for (lines, expected) in [
            ([('>', elsewhere.as_slice()), ('<', SERVER)], vec!["kdc", "kdc"]),
            ([('>', untyped.as_slice()), ('<', SERVER)], vec![]),
            ([('>', CLIENT), ('<', refusal.as_slice())], vec!["kdc"]),
            ([('>', damaged.as_slice()), ('<', SERVER)], vec!["kdc", "kdc"]),
        ] {
            assert_eq!(play(&lines), expected);
        }
    }

    #[test]
    fn a_message_with_a_hole_is_lost_and_said_to_be() {
        let mut script = Script::default();
        script.say('>', CLIENT);
        script.say('<', SERVER.get(..200).unwrap());
        script.lose('<');
        assert_eq!(script.seen, ["kdc", "kdc gap"]);
    }
}
