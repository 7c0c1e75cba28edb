//! The three messages of NTLM ([MS-NLMP] 2.2.1). Nobody knows a password: responses are random bytes of the right form.

use crate::logon::{Logon, Version};
use crate::octets::{Octets as _, utf16};
use crate::random::Random;

/// `NTLMSSP_NEGOTIATE_…` of a current client: Unicode, request target, NTLM, always sign, version, 128, 56, key exchange, sign.
const BASE: u32 = 0xe200_8215;
const EXTENDED_SESSIONSECURITY: u32 = 0x0008_0000;
const TARGET_INFO: u32 = 0x0080_0000;
const TARGET_TYPE_DOMAIN: u32 = 0x0001_0000;
/// Windows 10 or Server 2022, build 20348, NTLM revision 15.
const WINDOWS: [u8; 8] = [10, 0, 0x7c, 0x4f, 0, 0, 0, 15];
/// 2026-03-01 00:00 UTC in units of 100 ns since 1601.
const NOW: u64 = 134_167_968_000_000_000;

/// `NEGOTIATE_MESSAGE` (2.2.1.1).
pub(crate) fn negotiate(logon: &Logon) -> Vec<u8> {
    let mut out = head(1);
    out.le32(flags(logon) as usize);
    out.zeros(16);
    out.put(&WINDOWS);
    out
}

/// `CHALLENGE_MESSAGE` (2.2.1.2).
pub(crate) fn challenge(logon: &Logon, random: &mut Random) -> Vec<u8> {
    let (target, info) = (utf16(&logon.domain), target_info(logon, &[]));
    let mut out = head(2);
    out.le16(target.len());
    out.le16(target.len());
    out.le32(56);
    out.le32((flags(logon) | TARGET_INFO | TARGET_TYPE_DOMAIN) as usize);
    out.le64(random.next());
    out.zeros(8);
    out.le16(info.len());
    out.le16(info.len());
    out.le32(56 + target.len());
    out.put(&WINDOWS);
    out.put(&target);
    out.put(&info);
    out
}

/// `AUTHENTICATE_MESSAGE` (2.2.1.3).
pub(crate) fn authenticate(logon: &Logon, random: &mut Random) -> Vec<u8> {
    let (lm, nt) = responses(logon, random);
    let names = [&logon.domain, &logon.user, &logon.workstation].map(|name| utf16(name));
    let key = random.array::<16>();
    // The names come first in the payload, then the responses, then the key; the fields are in another order.
    let mut offset = 88;
    let mut place = |field: &[u8]| {
        let at = offset;
        offset += field.len();
        (field.len(), at)
    };
    let [domain, user, workstation] = names.each_ref().map(|name| place(name));
    let fields = [place(&lm), place(&nt), domain, user, workstation, place(&key)];
    let mut out = head(3);
    for (length, at) in fields {
        out.le16(length);
        out.le16(length);
        out.le32(at);
    }
    let info = if logon.version == Version::Two { TARGET_INFO } else { 0 };
    out.le32((flags(logon) | info) as usize);
    out.put(&WINDOWS);
    out.put(&if logon.version == Version::Two { random.array() } else { [0; 16] });
    for part in names.iter().map(Vec::as_slice).chain([lm.as_slice(), &nt, &key]) {
        out.put(part);
    }
    out
}

fn flags(logon: &Logon) -> u32 {
    if logon.version == Version::One { BASE } else { BASE | EXTENDED_SESSIONSECURITY }
}

fn responses(logon: &Logon, random: &mut Random) -> (Vec<u8>, Vec<u8>) {
    match logon.version {
        Version::One => (random.bytes(24), random.bytes(24)),
        Version::OneExtended => ([random.array::<8>().as_slice(), &[0; 16]].concat(), random.bytes(24)),
        Version::Two => (vec![0; 24], response_v2(logon, random)),
    }
}

/// `NTLMv2_RESPONSE` (2.2.2.8) with the `NTLMv2_CLIENT_CHALLENGE` (2.2.2.7) of a current client.
fn response_v2(logon: &Logon, random: &mut Random) -> Vec<u8> {
    let mut out = random.bytes(16);
    out.put(&[1, 1]);
    out.zeros(6);
    out.le64(NOW);
    out.put(&random.array::<8>());
    out.zeros(4);
    let flags: (u16, Vec<u8>) = (6, vec![2, 0, 0, 0]);
    let mut host = vec![48, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    host.put(&random.array::<36>());
    let more = [flags, (8, host), (10, vec![0; 16]), (9, utf16(&logon.target))];
    out.put(&target_info(logon, &more));
    out.zeros(4);
    out
}

/// `AV_PAIR`s (2.2.2.1): the server's, and more.
fn target_info(logon: &Logon, more: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut pair = |id: u16, value: &[u8]| {
        out.put(&id.to_le_bytes());
        out.le16(value.len());
        out.put(value);
    };
    for (id, name) in [
        (2, logon.domain.clone()),
        (1, logon.server.to_uppercase()),
        (4, logon.dns_domain()),
        (3, format!("{}.{}", logon.server, logon.dns_domain())),
        (5, logon.dns_domain()),
    ] {
        pair(id, &utf16(&name));
    }
    pair(7, &NOW.to_le_bytes());
    for (id, value) in more {
        pair(*id, value);
    }
    pair(0, &[]);
    out
}

fn head(message_type: u8) -> Vec<u8> {
    let mut out = b"NTLMSSP\0".to_vec();
    out.put(&[message_type, 0, 0, 0]);
    out
}
