//! SPNEGO (RFC 4178, [MS-SPNG]).

use crate::der::{application, context, enumerated, octets, oid, sequence, tlv};

/// `1.2.840.48018.1.2.2`: Kerberos as Windows writes it.
pub(crate) const MS_KRB5: &[u8] = &[0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02];
/// `1.2.840.113554.1.2.2`: Kerberos.
pub(crate) const KRB5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];
/// `1.3.6.1.4.1.311.2.2.10`: NTLM.
pub(crate) const NTLM: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a];
const SPNEGO: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x02];

/// `NegState`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum State {
    Completed = 0,
    Incomplete = 1,
}

/// A client's first token: its mechanisms, and the token of the first of them.
pub(crate) fn init(mechanisms: &[&[u8]], token: &[u8]) -> Vec<u8> {
    neg_token_init(mechanisms, &context(2, &octets(token)))
}

/// A server's list before anyone asked (`NegTokenInit2`).
pub(crate) fn hint(mechanisms: &[&[u8]]) -> Vec<u8> {
    let name = tlv(0x1b, b"not_defined_in_RFC4178@please_ignore");
    neg_token_init(mechanisms, &context(3, &sequence(&[context(0, &name)])))
}

/// A token of the framework itself (RFC 2743, 3.1): its mechanism and what that says.
pub(crate) fn framed(mechanism: &[u8], inner: &[u8]) -> Vec<u8> {
    application(0, &[oid(mechanism), inner.to_vec()].concat())
}

/// A server's answer.
pub(crate) fn answer(state: State, mechanism: Option<&[u8]>, token: &[u8]) -> Vec<u8> {
    let mut parts = vec![context(0, &enumerated(state as u8))];
    parts.extend(mechanism.map(|mechanism| context(1, &oid(mechanism))));
    if !token.is_empty() {
        parts.push(context(2, &octets(token)));
    }
    context(1, &sequence(&parts))
}

/// A client's further token, with the checksum over the list.
pub(crate) fn further(token: &[u8], checksum: &[u8]) -> Vec<u8> {
    let state = context(0, &enumerated(State::Incomplete as u8));
    context(1, &sequence(&[state, context(2, &octets(token)), context(3, &octets(checksum))]))
}

fn neg_token_init(mechanisms: &[&[u8]], rest: &[u8]) -> Vec<u8> {
    let list: Vec<_> = mechanisms.iter().map(|mechanism| oid(mechanism)).collect();
    let init = sequence(&[context(0, &sequence(&list)), rest.to_vec()]);
    framed(SPNEGO, &context(0, &init))
}
