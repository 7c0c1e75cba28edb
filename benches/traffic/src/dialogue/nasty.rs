//! Bytes of files that look like messages.

use crate::logon::Logon;
use crate::ntlmssp;
use crate::octets::Octets as _;
use crate::octets::base64;
use crate::random::Random;
use crate::smb2::{MORE_PROCESSING_REQUIRED, Peer, SUCCESS};

/// Appends so many bytes of a file; one in sixteen files holds part of a capture of other logons.
pub(crate) fn file(out: &mut Vec<u8>, length: usize, random: &mut Random) {
    let decoy = if random.below(16) == 0 { decoy(random) } else { Vec::new() };
    let Some(rest) = length.checked_sub(decoy.len()).filter(|_| !decoy.is_empty()) else {
        return random.append(out, length);
    };
    let before = random.below(rest as u64 + 1) as usize;
    random.append(out, before);
    out.put(&decoy);
    random.append(out, rest - before);
}

/// A whole logon of nobody.
fn decoy(random: &mut Random) -> Vec<u8> {
    let logon = Logon { user: "decoy".into(), ..Logon::of(0, "cifs", "nowhere", random) };
    let (first, last) = (ntlmssp::negotiate(&logon), ntlmssp::authenticate(&logon, random));
    let challenge = ntlmssp::challenge(&logon, random);
    let mut out = b"NTLMSSP\0".to_vec();
    if random.percent(50) {
        let mut peer = Peer::default();
        peer.session_setup(&mut out, &first, random);
        (peer.message_id, peer.session_id) = (1, 77);
        peer.session_set_up(&mut out, MORE_PROCESSING_REQUIRED, &challenge, random);
        peer.session_setup(&mut out, &last, random);
        peer.session_set_up(&mut out, SUCCESS, &[], random);
    } else {
        let text = format!(
            "GET / HTTP/1.1\r\nHost: nowhere\r\nAuthorization: NTLM {}\r\n\r\nHTTP/1.1 401 Unauthorized\r\n\
             WWW-Authenticate: NTLM {}\r\nContent-Length: 0\r\n\r\n",
            base64(&last),
            base64(&challenge)
        );
        out.put(text.as_bytes());
    }
    out
}
