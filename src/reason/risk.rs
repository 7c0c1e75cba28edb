//! What makes an exchange weaker than it could be: one table for logons and one for tickets, a row a risk.

use ntlmscope_parsers::krb5::{EType, PaType};

use crate::model::{
    Auth, Carrier, ChannelBinding, Kdc, KdcEnding, KdcType, Lists, Mechanism, Ntlm, NtlmVersion, Risk,
    Severity, Shared,
};

/// One risk that an exchange may have.
struct Row<Exchange> {
    /// Name; `ntlmscope explain` and `docs/explain.md` have a page for each.
    id: &'static str,
    severity: Severity,
    text: &'static str,
    /// Whether it is there.
    is: fn(&Exchange) -> bool,
}

#[rustfmt::skip]
const LOGON: &[Row<Auth>] = &[
    row("basic-in-clear", Severity::High, "the password itself was sent in the clear", is_basic),
    row("mschap", Severity::High, "an MS-CHAP response gives the password's hash away", is_mschap),
    row("lm", Severity::High, "an LM response gives the password away", is_lm),
    row("ntlmv1", Severity::High, "an NTLMv1 response gives the password's hash away", is_ntlmv1),
    row("anonymous", Severity::Low, "the server lets nobody in by name", is_anonymous),
    row("no-mic", Severity::Medium, "the client protects its messages by no MIC, so they can be changed on the way", has_no_mic),
    row("no-channel-binding", Severity::Low, "the logon is bound to no TLS channel, so it can be relayed", is_unbound),
    row("no-signing", Severity::Medium, "signing was not negotiated: the logon can be relayed", is_unsigned),
    row("machine-account", Severity::Medium, "a machine account uses NTLM: often a sign of coercion", is_machine),
];

#[rustfmt::skip]
const TICKET: &[Row<Kdc>] = &[
    row("rc4-ticket", Severity::Medium, "the ticket is encrypted with RC4, which is being switched off", is_rc4),
    row("des-ticket", Severity::High, "the ticket is encrypted with DES", is_des),
    row("no-preauth", Severity::High, "the KDC answered without pre-authentication: the reply can be cracked", is_without_preauth),
    row("des-offered", Severity::Low, "the client offers DES", is_des_offered),
];

const fn row<E>(id: &'static str, severity: Severity, text: &'static str, is: fn(&E) -> bool) -> Row<E> {
    Row { id, severity, text, is }
}

/// All that may be found.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    LOGON.iter().map(|row| row.id).chain(TICKET.iter().map(|row| row.id))
}

/// The risks that came up so far.
#[derive(Debug, Default)]
pub(super) struct Risks {
    logon: Lists<Risk>,
    ticket: Lists<Risk>,
}

impl Risks {
    /// Those of a logon.
    pub(super) fn of_logon(&mut self, auth: &Auth) -> Shared<Risk> {
        self.logon.of(LOGON, |row| (row.is)(auth), risk)
    }

    /// Those of an exchange with a KDC.
    pub(super) fn of_ticket(&mut self, kdc: &Kdc) -> Shared<Risk> {
        self.ticket.of(TICKET, |row| (row.is)(kdc), risk)
    }
}

/// True where Windows calls the logon a weakening of NTLM.
pub(super) fn is_weak(ntlm: &Ntlm) -> bool {
    let old = matches!(ntlm.version, NtlmVersion::Lm | NtlmVersion::Ntlmv1 | NtlmVersion::Ntlmv1Ess);
    old || ntlm.mic == Some(false)
}

fn risk<E>(row: &Row<E>) -> Risk {
    Risk { id: row.id.into(), severity: row.severity, text: row.text.into() }
}

fn is_basic(auth: &Auth) -> bool {
    auth.mechanism == Mechanism::Basic
}

fn is_mschap(auth: &Auth) -> bool {
    matches!(auth.mechanism, Mechanism::Mschapv1 | Mechanism::Mschapv2)
}

fn is_lm(auth: &Auth) -> bool {
    auth.ntlm.as_ref().is_some_and(|ntlm| ntlm.version == NtlmVersion::Lm)
}

fn is_ntlmv1(auth: &Auth) -> bool {
    let old = |ntlm: &Ntlm| matches!(ntlm.version, NtlmVersion::Ntlmv1 | NtlmVersion::Ntlmv1Ess);
    auth.ntlm.as_ref().is_some_and(old)
}

fn is_anonymous(auth: &Auth) -> bool {
    auth.ntlm.as_ref().is_some_and(|ntlm| ntlm.version == NtlmVersion::Anonymous)
}

fn ntlmv2(auth: &Auth) -> Option<&Ntlm> {
    auth.ntlm.as_ref().filter(|ntlm| ntlm.version == NtlmVersion::Ntlmv2)
}

/// A timestamp in the challenge asks for a MIC ([MS-NLMP] 3.1.5.1.2).
fn has_no_mic(auth: &Auth) -> bool {
    ntlmv2(auth).is_some_and(|ntlm| ntlm.mic == Some(false) && ntlm.server_time.is_some())
}

fn is_unbound(auth: &Auth) -> bool {
    let bindable = matches!(auth.carrier, Carrier::Http | Carrier::HttpProxy);
    bindable && ntlmv2(auth).is_some_and(|ntlm| ntlm.channel_binding != Some(ChannelBinding::Present))
}

/// The NTLM part of a logon with a response of somebody.
fn proved(auth: &Auth) -> Option<&Ntlm> {
    let nobody = |version| matches!(version, NtlmVersion::Anonymous | NtlmVersion::Unknown);
    auth.ntlm.as_ref().filter(|ntlm| !nobody(ntlm.version))
}

fn is_unsigned(auth: &Auth) -> bool {
    let smb = matches!(auth.carrier, Carrier::Smb1 | Carrier::Smb2);
    smb && proved(auth).is_some_and(|ntlm| ntlm.sign == Some(false))
}

fn is_machine(auth: &Auth) -> bool {
    proved(auth).and_then(|ntlm| ntlm.user.as_deref()).is_some_and(|user| user.ends_with('$'))
}

/// The encryption type of a ticket that was given.
fn given(kdc: &Kdc) -> Option<&str> {
    kdc.ticket_etype.as_deref().filter(|_| kdc.outcome.result == KdcEnding::Success)
}

fn is_rc4(kdc: &Kdc) -> bool {
    given(kdc).is_some_and(|etype| etype.starts_with("rc4"))
}

fn is_des(kdc: &Kdc) -> bool {
    given(kdc).is_some_and(|etype| etype.starts_with("des-"))
}

fn is_without_preauth(kdc: &Kdc) -> bool {
    const THAT_PROVE: [PaType; 6] = [
        PaType::ENC_TIMESTAMP,
        PaType::PK_AS_REQ,
        PaType::PK_AS_REQ_OLD,
        PaType::FX_FAST,
        PaType::ENCRYPTED_CHALLENGE,
        PaType::SPAKE,
    ];
    let proved = kdc.preauth.iter().any(|data| THAT_PROVE.contains(data));
    // Without the request nobody knows what it carried.
    let asked = kdc.exchange == Some(KdcType::As) && !kdc.etypes_offered.is_empty();
    asked && !proved && kdc.outcome.result == KdcEnding::Success
}

fn is_des_offered(kdc: &Kdc) -> bool {
    const DES: [EType; 3] = [EType::DES_CBC_CRC, EType::DES_CBC_MD4, EType::DES_CBC_MD5];
    kdc.etypes_offered.iter().any(|etype| DES.contains(etype))
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;
    use crate::model::{Time, Word};

    fn first_ticket(change: impl FnOnce(&mut Kdc)) -> Vec<Word> {
        let mut kdc = example::kdc(Time(0), "LAB.TEST", "krbtgt/LAB.TEST", None, None);
        kdc.exchange = Some(KdcType::As);
        kdc.etypes_offered.push(EType::AES256_CTS_HMAC_SHA1_96);
        change(&mut kdc);
        Risks::default().of_ticket(&kdc).iter().map(|risk| risk.id.clone()).collect()
    }

    #[test]
    fn an_answer_is_without_pre_authentication_where_nothing_proved_the_key() {
        for (data, expected) in [
            (PaType::PAC_REQUEST, &["no-preauth"][..]),
            (PaType::ENC_TIMESTAMP, &[]),
            (PaType::PK_AS_REQ, &[]),
            // RFC 9588: the request that is answered carries the client's proof.
            (PaType::SPAKE, &[]),
        ] {
            assert_eq!(first_ticket(|kdc| kdc.preauth.push(data)), expected, "{data}");
        }
    }

    /// With a smart card Windows offers identifiers of CMS too, one of which is of triple DES (RFC 4556 3.1.4).
    #[test]
    fn des_is_what_rfc_3961_calls_it() {
        for (etype, expected) in [
            (EType::DES_CBC_MD5, &["no-preauth", "des-offered"][..]),
            (EType::DES_EDE3_CBC_ENV_OID, &["no-preauth"]),
            (EType::DES3_CBC_SHA1_KD, &["no-preauth"]),
        ] {
            assert_eq!(first_ticket(|kdc| kdc.etypes_offered.push(etype)), expected, "{etype}");
        }
    }
}
