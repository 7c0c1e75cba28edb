//! Messages of Kerberos (RFC 4120, 5). What would be encrypted is random bytes of a likely length.

use crate::der::{application, bits, context, general_string, integer, octets, sequence, time, tlv};
use crate::random::Random;

const AES256: u32 = 18;
const RC4: u32 = 23;
const SOON: &str = "20370913024805Z";
const NOW: &str = "20260301000000Z";

/// Who wants a ticket for what.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) realm: String,
    pub(crate) client: String,
    /// The parts of the service's name.
    pub(crate) service: [String; 2],
}

/// An AS-REQ (5.4.1), with or without an encrypted time.
pub(crate) fn as_req(names: &Names, is_proved: bool, random: &mut Random) -> Vec<u8> {
    let pac = padata(128, &sequence(&[context(0, &tlv(0x01, &[0xff]))]));
    let mut given = vec![pac];
    if is_proved {
        given.insert(0, padata(2, &encrypted(AES256, None, &random.bytes(56))));
    }
    let tgt = ["krbtgt".to_owned(), names.realm.clone()];
    request(10, &given, &body(Some(&names.client), &names.realm, &tgt, 0x4081_0010, random))
}

/// An AS-REP (5.4.2).
pub(crate) fn as_rep(names: &Names, random: &mut Random) -> Vec<u8> {
    let salt = format!("{}{}", names.realm, names.client);
    let entry = sequence(&[context(0, &integer(AES256)), context(1, &general_string(&salt))]);
    let info = sequence(&[padata(19, &sequence(&[entry]))]);
    let tgt = ["krbtgt".to_owned(), names.realm.clone()];
    reply(11, Some(info), names, &tgt, 2, random)
}

/// A TGS-REQ: its ticket stands in the pre-authentication data.
pub(crate) fn tgs_req(names: &Names, random: &mut Random) -> Vec<u8> {
    let tgt = Names { service: ["krbtgt".to_owned(), names.realm.clone()], ..names.clone() };
    let given = [padata(1, &ap_req(&tgt, 2, random))];
    request(12, &given, &body(None, &names.realm, &names.service, 0x4081_0000, random))
}

/// A TGS-REP.
pub(crate) fn tgs_rep(names: &Names, random: &mut Random) -> Vec<u8> {
    reply(13, None, names, &names.service, 4, random)
}

/// A KRB-ERROR (5.9.1).
pub(crate) fn error(code: u32, realm: &str, service: &[String; 2], data: Option<&[u8]>) -> Vec<u8> {
    let mut parts = vec![
        context(0, &integer(5)),
        context(1, &integer(30)),
        context(4, &time(NOW)),
        context(5, &integer(123_456)),
        context(6, &integer(code)),
        context(9, &general_string(realm)),
        context(10, &principal(2, service)),
    ];
    parts.extend(data.map(|data| context(12, &octets(data))));
    application(30, &sequence(&parts))
}

/// What an error that asks for proof says: `METHOD-DATA` with `ETYPE-INFO2`.
pub(crate) fn method_data(names: &Names) -> Vec<u8> {
    let salt = format!("{}{}", names.realm, names.client);
    let entry = sequence(&[context(0, &integer(AES256)), context(1, &general_string(&salt))]);
    sequence(&[padata(19, &sequence(&[entry])), padata(2, &[]), padata(16, &[]), padata(15, &[])])
}

/// An AP-REQ (5.5.1).
pub(crate) fn ap_req(names: &Names, kvno: u32, random: &mut Random) -> Vec<u8> {
    let ticket = ticket(names, &names.service, kvno, random);
    let authenticator = encrypted(AES256, None, &random.bytes(300));
    let parts = [
        context(0, &integer(5)),
        context(1, &integer(14)),
        context(2, &bits(0x2000_0000)),
        context(3, &ticket),
        context(4, &authenticator),
    ];
    application(14, &sequence(&parts))
}

/// An AP-REP (5.5.2).
pub(crate) fn ap_rep(random: &mut Random) -> Vec<u8> {
    let sealed = encrypted(AES256, None, &random.bytes(60));
    application(15, &sequence(&[context(0, &integer(5)), context(1, &integer(15)), context(2, &sealed)]))
}

fn request(kind: u8, given: &[Vec<u8>], body: &[u8]) -> Vec<u8> {
    let parts = [
        context(1, &integer(5)),
        context(2, &integer(u32::from(kind))),
        context(3, &sequence(given)),
        context(4, body),
    ];
    application(kind, &sequence(&parts))
}

fn body(
    client: Option<&String>,
    realm: &str,
    service: &[String; 2],
    options: u32,
    random: &mut Random,
) -> Vec<u8> {
    let etypes = [AES256, 17, RC4, 24].map(integer);
    let mut parts = vec![context(0, &bits(options))];
    parts.extend(client.map(|client| context(1, &principal(1, std::slice::from_ref(client)))));
    parts.extend([
        context(2, &general_string(realm)),
        context(3, &principal(2, service)),
        context(5, &time(SOON)),
        context(7, &integer(random.below(1 << 31) as u32)),
        context(8, &sequence(&etypes)),
    ]);
    sequence(&parts)
}

fn reply(
    kind: u8,
    info: Option<Vec<u8>>,
    names: &Names,
    service: &[String; 2],
    kvno: u32,
    random: &mut Random,
) -> Vec<u8> {
    let mut parts = vec![context(0, &integer(5)), context(1, &integer(u32::from(kind)))];
    parts.extend(info.map(|info| context(2, &info)));
    parts.extend([
        context(3, &general_string(&names.realm)),
        context(4, &principal(1, std::slice::from_ref(&names.client))),
        context(5, &ticket(names, service, kvno, random)),
        context(6, &encrypted(AES256, None, &random.bytes(280))),
    ]);
    application(kind, &sequence(&parts))
}

fn ticket(names: &Names, service: &[String; 2], kvno: u32, random: &mut Random) -> Vec<u8> {
    let length = random.between(420, 760) as usize;
    let parts = [
        context(0, &integer(5)),
        context(1, &general_string(&names.realm)),
        context(2, &principal(2, service)),
        context(3, &encrypted(AES256, Some(kvno), &random.bytes(length))),
    ];
    application(1, &sequence(&parts))
}

fn principal(kind: u32, parts: &[String]) -> Vec<u8> {
    let parts: Vec<_> = parts.iter().map(|part| general_string(part)).collect();
    sequence(&[context(0, &integer(kind)), context(1, &sequence(&parts))])
}

fn padata(kind: u32, value: &[u8]) -> Vec<u8> {
    sequence(&[context(1, &integer(kind)), context(2, &octets(value))])
}

fn encrypted(etype: u32, kvno: Option<u32>, cipher: &[u8]) -> Vec<u8> {
    let mut parts = vec![context(0, &integer(etype))];
    parts.extend(kvno.map(|kvno| context(1, &integer(kvno))));
    parts.push(context(2, &octets(cipher)));
    sequence(&parts)
}
