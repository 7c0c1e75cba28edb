//! Requests and responses of HTTP/1.1 (RFC 9112).

use crate::octets::Octets as _;

/// A request without a body; `more` are further fields, each with its line end.
pub(crate) fn get(out: &mut Vec<u8>, host: &str, path: &str, more: &str) {
    let text = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64)\r\n\
         Accept: */*\r\nAccept-Encoding: gzip, deflate\r\nConnection: Keep-Alive\r\n{more}\r\n"
    );
    out.put(text.as_bytes());
}

/// The head of a response, the body of which follows.
pub(crate) fn response(out: &mut Vec<u8>, status: &str, more: &str, framing: &str) {
    let text = format!(
        "HTTP/1.1 {status}\r\nServer: Microsoft-IIS/10.0\r\nDate: Sun, 01 Mar 2026 00:00:00 GMT\r\n\
         Content-Type: application/octet-stream\r\n{more}{framing}\r\n\r\n"
    );
    out.put(text.as_bytes());
}
