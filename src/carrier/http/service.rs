//! What a request is for, as far as its first line and fields say.

use ntlmscope_parsers::http::{Request, Survey};

/// The service that a request asks for.
pub(super) fn service(request: &Request<'_>, survey: &Survey<'_>) -> &'static str {
    let path = path(request.target);
    let letter = path.get(1).map(u8::to_ascii_lowercase);
    let has = |start: &[u8]| path.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    let mut alike = BY_PATH.iter().filter(|(start, _)| start.get(1).copied() == letter);
    if let Some((_, service)) = alike.find(|(start, _)| has(start)) {
        return service;
    }
    let is_ipp = survey
        .content_type
        .is_some_and(|kind| kind.get(..IPP.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(IPP)));
    // Nearly no path has a segment like these.
    let marked = path.windows(2).position(|part| part == b"/_").and_then(|at| path.get(at..));
    let marked = marked.unwrap_or_default();
    let has_inside = |name: &[u8]| marked.windows(name.len()).any(|part| part.eq_ignore_ascii_case(name));
    if is_ipp {
        "print"
    } else if has_inside(b"/_vti_") || has_inside(b"/_layouts/") {
        "sharepoint"
    } else if WEBDAV.contains(&request.method) {
        "webdav"
    } else {
        "http"
    }
}

/// The path of a target in origin form or absolute form (RFC 9112 3.2).
fn path(target: &[u8]) -> &[u8] {
    let mut parts = target.splitn(4, |byte| *byte == b'/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some([.., b':']), Some([]), Some(authority)) => {
            let head =
                target.len().saturating_sub(parts.next().map_or(0, |rest| rest.len().saturating_add(1)));
            if authority.is_empty() { target } else { target.get(head..).unwrap_or_default() }
        }
        _ => target,
    }
}

/// Paths that a product answers at, in small letters.
const BY_PATH: [(&[u8], &str); 22] = [
    (b"/wsman", "winrm"),
    (b"/powershell", "exchange"),
    (b"/ews/", "exchange"),
    (b"/mapi/", "exchange"),
    (b"/autodiscover", "exchange"),
    (b"/owa", "exchange"),
    (b"/ecp", "exchange"),
    (b"/oab/", "exchange"),
    (b"/rpc/", "exchange"),
    (b"/microsoft-server-activesync", "exchange"),
    (b"/clientwebservice", "wsus"),
    (b"/simpleauthwebservice", "wsus"),
    (b"/serversyncwebservice", "wsus"),
    (b"/apiremoting30", "wsus"),
    (b"/adfs/", "adfs"),
    (b"/certsrv", "adcs"),
    (b"/_vti_", "sharepoint"),
    (b"/_layouts/", "sharepoint"),
    (b"/_wmcs/", "rms"),
    (b"/reportserver", "reporting"),
    (b"/ipp", "print"),
    (b"/printers/", "print"),
];
const IPP: &[u8] = b"application/ipp";
/// The methods of RFC 4918 that HTTP itself has not.
const WEBDAV: [&[u8]; 7] = [b"PROPFIND", b"PROPPATCH", b"MKCOL", b"COPY", b"MOVE", b"LOCK", b"UNLOCK"];

#[cfg(test)]
mod tests {
    use ntlmscope_parsers::http::{self, Start};

    use super::*;

    #[test]
    fn a_request_says_what_it_is_for() {
        for (head, expected) in [
            ("GET / HTTP/1.1\r\n\r\n", "http"),
            ("POST /wsman?PSVersion=5.1 HTTP/1.1\r\n\r\n", "winrm"),
            ("POST /WSMAN HTTP/1.1\r\n\r\n", "winrm"),
            ("POST http://proxied:5985/wsman HTTP/1.1\r\n\r\n", "winrm"),
            ("GET http://wsman HTTP/1.1\r\n\r\n", "http"),
            ("POST /EWS/Exchange.asmx HTTP/1.1\r\n\r\n", "exchange"),
            ("PROPFIND /share HTTP/1.1\r\n\r\n", "webdav"),
            ("GET /sites/a/_layouts/15/start.aspx HTTP/1.1\r\n\r\n", "sharepoint"),
            ("POST /queue HTTP/1.1\r\nContent-Type: application/ipp\r\n\r\n", "print"),
            ("POST /ClientWebService/client.asmx HTTP/1.1\r\n\r\n", "wsus"),
        ] {
            let message = http::message(head.as_bytes()).unwrap();
            let Some(Start::Request(request)) = message.start else { panic!("{head}") };
            assert_eq!(service(&request, &message.survey), expected, "{head}");
        }
    }
}
