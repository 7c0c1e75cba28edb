//! Records of TLS (RFC 8446, 5), as far as an onlooker sees them.

use crate::octets::{Octets as _, patch};
use crate::random::Random;

/// A `ClientHello` with a server name.
pub(crate) fn client_hello(out: &mut Vec<u8>, name: &str, random: &mut Random) {
    record(out, 22, 0x0301, |out| {
        handshake(out, 1, |out| {
            out.be16(0x0303);
            out.put(&random.array::<32>());
            out.put(&[32]);
            out.put(&random.array::<32>());
            let suites = [0x1301, 0x1302, 0x1303, 0xc02c, 0xc02b, 0xc030, 0xc02f];
            out.be16(suites.len() * 2);
            for suite in suites {
                out.be16(suite);
            }
            out.put(&[1, 0]);
            let versions = [0, 43, 0, 3, 2, 3, 4];
            out.be16(9 + name.len() + versions.len());
            out.be16(0);
            out.be16(name.len() + 5);
            out.be16(name.len() + 3);
            out.put(&[0]);
            out.be16(name.len());
            out.put(name.as_bytes());
            out.put(&versions);
        });
    });
}

/// A `ServerHello`, and what is encrypted after it.
pub(crate) fn server_hello(out: &mut Vec<u8>, random: &mut Random) {
    record(out, 22, 0x0303, |out| {
        handshake(out, 2, |out| {
            out.be16(0x0303);
            out.put(&random.array::<32>());
            out.put(&[32]);
            out.put(&random.array::<32>());
            out.be16(0x1301);
            out.put(&[0]);
            out.be16(6);
            out.put(&[0, 43, 0, 2, 3, 4]);
        });
    });
    record(out, 20, 0x0303, |out| out.put(&[1]));
    application_data(out, 3200, random);
}

/// The client's last words of the handshake.
pub(crate) fn finished(out: &mut Vec<u8>, random: &mut Random) {
    record(out, 20, 0x0303, |out| out.put(&[1]));
    application_data(out, 53, random);
}

/// Encrypted bytes.
pub(crate) fn application_data(out: &mut Vec<u8>, length: usize, random: &mut Random) {
    record(out, 23, 0x0303, |out| random.append(out, length));
}

fn record(out: &mut Vec<u8>, kind: u8, version: usize, body: impl FnOnce(&mut Vec<u8>)) {
    out.put(&[kind]);
    out.be16(version);
    let at = out.len();
    out.zeros(2);
    body(out);
    let length = (out.len() - at - 2) as u16;
    patch(out, at, &length.to_be_bytes());
}

fn handshake(out: &mut Vec<u8>, kind: u8, body: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.zeros(4);
    body(out);
    let length = (out.len() - at - 4) as u32;
    patch(out, at, &length.to_be_bytes());
    patch(out, at, &[kind]);
}
