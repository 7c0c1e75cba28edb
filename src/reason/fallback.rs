//! The verdict on one logon.

use arrayvec::ArrayVec;

use super::case::Case;
use super::fix::EAP_TLS;
use super::memory::Memory;
use super::rules::{Finding, MSCHAP, RULES, Rule, UNKNOWN};
use crate::model::{
    Auth, Confidence, Evidence, Fallback, FallbackKind, Mechanism, Reason, ReasonId, Word, Wrapper,
};

/// Why a logon was not Kerberos; `None` where it was no NTLM.
pub(super) fn judge(auth: &Auth, memory: &Memory) -> Option<Fallback> {
    if matches!(auth.mechanism, Mechanism::Mschapv1 | Mechanism::Mschapv2) {
        return Some(mschap(auth));
    }
    if Case::needs_no_reason(auth) {
        return None;
    }
    let case = Case::new(auth, memory)?;
    let found = RULES.iter().filter_map(|rule| Some((rule, (rule.find)(&case)?)));
    let mut found: ArrayVec<(&Rule, Finding), { RULES.len() }> = found.collect();
    // Stable: among the equally sure the table's order holds.
    found.sort_by_key(|(_, finding)| finding.confidence);
    let best = found.first().map_or(Confidence::Possible, |(_, finding)| finding.confidence);
    // What is merely possible says nothing beside what is proved.
    found.retain(|(_, finding)| finding.confidence != Confidence::Possible || best == Confidence::Possible);
    let mut fix: Vec<Word> =
        found.iter().filter_map(|(rule, _)| rule.fix.name()).map(Word::Borrowed).collect();
    fix.dedup();
    let mut reasons: Vec<Reason> =
        found.into_iter().map(|(rule, finding)| reason(rule, finding, &case)).collect();
    if reasons.is_empty() {
        reasons.push(unknown());
    }
    Some(Fallback { kind: kind(&case), reasons, fix })
}

fn reason(rule: &Rule, found: Finding, case: &Case<'_>) -> Reason {
    let Finding { confidence, text, evidence } = found;
    Reason { confidence, text, advice: rule.fix.advice(case), evidence, ..blank(rule) }
}

/// MS-CHAP is `NTLMv1` by another name, and its carriers have no place for Kerberos.
fn mschap(auth: &Auth) -> Fallback {
    let text = "the link asks for MS-CHAP, which is derived from NTLMv1 and leaves no place for Kerberos";
    let frame = auth.seen.frames.last().copied();
    let evidence =
        frame.map(|frame| Evidence { frame, ts: auth.seen.ts, text: "an MS-CHAP exchange".into() });
    let reason = Reason {
        confidence: Confidence::Proved,
        text: text.into(),
        advice: EAP_TLS.to_owned(),
        evidence: evidence.into_iter().collect(),
        ..blank(&MSCHAP)
    };
    let fix = MSCHAP.fix.name().map(Word::Borrowed);
    Fallback { kind: FallbackKind::HardCoded, reasons: vec![reason], fix: fix.into_iter().collect() }
}

fn unknown() -> Reason {
    Reason {
        text: "nothing in the capture says why".into(),
        advice: "capture on the client, with port 88 and port 53, from before the logon on".to_owned(),
        ..blank(&UNKNOWN)
    }
}

/// What a rule says of every logon alike.
fn blank(rule: &Rule) -> Reason {
    Reason {
        id: rule.usage.map_or(ReasonId::Name(rule.name.into()), ReasonId::Usage),
        name: rule.name.into(),
        scenario: rule.scenario,
        confidence: Confidence::Possible,
        text: Word::default(),
        advice: String::new(),
        evidence: Vec::new(),
    }
}

/// How the logon came to be NTLM.
fn kind(case: &Case<'_>) -> FallbackKind {
    let spnego = case.auth.spnego.as_ref();
    let kerberos = |mechs: &[Word]| mechs.iter().any(|mech| mech.contains("krb5") || mech == "iakerb");
    let offered = spnego.map(|spnego| spnego.offered.as_slice()).unwrap_or_default();
    let hinted = spnego.map(|spnego| spnego.hinted.as_slice()).unwrap_or_default();
    let selected = spnego.and_then(|spnego| spnego.selected.as_deref());
    if kerberos(offered) && selected == Some("ntlmssp") {
        FallbackKind::NegotiatedDown
    } else if case.refused().is_some() || case.kdc_error(&[7, 8, 14, 27, 37]).is_some() {
        FallbackKind::KerberosFailed
    } else if !hinted.is_empty() && !kerberos(hinted) {
        FallbackKind::ServerLacksKerberos
    } else if !offered.is_empty() {
        FallbackKind::NotOffered
    } else if case.auth.wrapper == Some(Wrapper::Raw) {
        FallbackKind::HardCoded
    } else {
        FallbackKind::Unseen
    }
}
