//! What makes an exchange weaker than it could be.

use crate::model::{
    Auth, Carrier, ChannelBinding, Kdc, KdcEnding, KdcType, Mechanism, Ntlm, NtlmVersion, Risk, Severity,
};

/// All that may be found; each has a page in `docs/explain.md`.
pub(super) const IDS: [&str; 13] = [
    "basic-in-clear",
    "mschap",
    "lm",
    "ntlmv1",
    "anonymous",
    "no-signing",
    "machine-account",
    "no-mic",
    "no-channel-binding",
    "rc4-ticket",
    "des-ticket",
    "no-preauth",
    "des-offered",
];

/// The risks of a logon.
pub(super) fn of_logon(auth: &Auth) -> Vec<Risk> {
    if auth.mechanism == Mechanism::Basic {
        return vec![risk("basic-in-clear", Severity::High, "the password itself was sent in the clear")];
    }
    if matches!(auth.mechanism, Mechanism::Mschapv1 | Mechanism::Mschapv2) {
        return vec![risk("mschap", Severity::High, "an MS-CHAP response gives the password's hash away")];
    }
    let Some(ntlm) = &auth.ntlm else { return Vec::new() };
    let mut risks = Vec::new();
    match ntlm.version {
        NtlmVersion::Lm => risks.push(risk("lm", Severity::High, "an LM response gives the password away")),
        NtlmVersion::Ntlmv1 | NtlmVersion::Ntlmv1Ess => {
            risks.push(risk("ntlmv1", Severity::High, "an NTLMv1 response gives the password's hash away"));
        }
        NtlmVersion::Anonymous => {
            risks.push(risk("anonymous", Severity::Low, "the server lets nobody in by name"));
            return risks;
        }
        NtlmVersion::Ntlmv2 => of_ntlmv2(auth, ntlm, &mut risks),
        NtlmVersion::Unknown => return risks,
    }
    if !ntlm.sign && matches!(auth.carrier, Carrier::Smb1 | Carrier::Smb2) {
        risks.push(risk(
            "no-signing",
            Severity::Medium,
            "signing was not negotiated: the logon can be relayed",
        ));
    }
    if ntlm.user.as_deref().is_some_and(|user| user.ends_with('$')) {
        risks.push(risk(
            "machine-account",
            Severity::Medium,
            "a machine account uses NTLM: often a sign of coercion",
        ));
    }
    risks
}

fn of_ntlmv2(auth: &Auth, ntlm: &Ntlm, risks: &mut Vec<Risk>) {
    // A timestamp in the challenge asks for a MIC ([MS-NLMP] 3.1.5.1.2).
    if ntlm.mic == Some(false) && ntlm.server_time.is_some() {
        risks.push(risk(
            "no-mic",
            Severity::Medium,
            "the client protects its messages by no MIC, so they can be changed on the way",
        ));
    }
    let bindable = matches!(auth.carrier, Carrier::Http | Carrier::HttpProxy);
    if bindable && ntlm.channel_binding != Some(ChannelBinding::Present) {
        risks.push(risk(
            "no-channel-binding",
            Severity::Low,
            "the logon is bound to no TLS channel, so it can be relayed",
        ));
    }
}

/// The risks of an exchange with a KDC.
pub(super) fn of_ticket(kdc: &Kdc) -> Vec<Risk> {
    let mut risks = Vec::new();
    if kdc.outcome.result == KdcEnding::Success {
        match kdc.ticket_etype.as_deref() {
            Some(etype) if etype.starts_with("rc4") => {
                risks.push(risk(
                    "rc4-ticket",
                    Severity::Medium,
                    "the ticket is encrypted with RC4, which is being switched off",
                ));
            }
            Some(etype) if etype.starts_with("des-") => {
                risks.push(risk("des-ticket", Severity::High, "the ticket is encrypted with DES"));
            }
            _ => {}
        }
        let data_that_proves =
            ["PA-ENC-TIMESTAMP", "PA-PK-AS-REQ", "PA-PK-AS-REQ-OLD", "PA-FX-FAST", "PA-ENCRYPTED-CHALLENGE"];
        let proved = kdc.preauth.iter().any(|data| data_that_proves.contains(&data.as_ref()));
        // Without the request nobody knows what it carried.
        if kdc.exchange == Some(KdcType::As) && !proved && !kdc.etypes_offered.is_empty() {
            risks.push(risk(
                "no-preauth",
                Severity::High,
                "the KDC answered without pre-authentication: the reply can be cracked",
            ));
        }
    }
    if kdc.etypes_offered.iter().any(|etype| etype.starts_with("des-")) {
        risks.push(risk("des-offered", Severity::Low, "the client offers DES"));
    }
    risks
}

/// True where Windows calls the logon a weakening of NTLM.
pub(super) fn is_weak(ntlm: &Ntlm) -> bool {
    let old = matches!(ntlm.version, NtlmVersion::Lm | NtlmVersion::Ntlmv1 | NtlmVersion::Ntlmv1Ess);
    old || ntlm.mic == Some(false)
}

fn risk(id: &'static str, severity: Severity, text: &'static str) -> Risk {
    debug_assert!(IDS.contains(&id), "{id} is not in the list");
    Risk { id: id.into(), severity, text: text.into() }
}
