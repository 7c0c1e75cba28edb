//! Why it was not Kerberos: one table, a row a rule, the first that fits best first.
//!
//! `usage` is the usage reason of Windows event 4020 that says the same, where there is one. The numbers are what Windows writes, not what
//! these names mean: Windows itself has been seen to write 10 for 7.

use super::case::{Case, is_of_other_domain, overwritten};
use super::fix::Fix;
use super::memory::{Contact, Fact, What};
use crate::model::{Carrier, Confidence, Ending, Evidence, NtlmVersion, Side, Word, Wrapper};

/// One reason that a logon may have.
pub(super) struct Rule {
    /// Name; `ntlmscope explain` and `docs/explain.md` have a page for each.
    pub(super) name: &'static str,
    /// `NtlmUsageId` of event 4020.
    pub(super) usage: Option<u8>,
    /// Scenario 1 to 5.
    pub(super) scenario: Option<u8>,
    /// What ends it.
    pub(super) fix: Fix,
    /// Whether it holds, and what shows it.
    pub(super) find: fn(&Case<'_>) -> Option<Finding>,
}

/// That a rule holds.
pub(super) struct Finding {
    pub(super) confidence: Confidence,
    pub(super) text: Word,
    pub(super) evidence: Vec<Evidence>,
}

#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    rule("null-session",                Some(11), None,    Fix::None,             null_session),
    rule("mechanisms-overwritten",      None,     None,    Fix::Interceptor,      mechanisms_overwritten),
    rule("target-ip",        Some(7),  Some(1), Fix::UseName,          target_is_ip_address),
    rule("target-name-empty",           Some(5),  None,    Fix::NameTarget,       target_name_empty),
    rule("spn-duplicate",               Some(8),  Some(3), Fix::DuplicateSpn,     spn_duplicate),
    rule("clock-skew",                  None,     None,    Fix::Clock,            clock_skew),
    rule("etype-not-supported",         None,     None,    Fix::Etypes,           etype_not_supported),
    rule("foreign-realm",               None,     Some(4), Fix::Trust,            foreign_realm),
    rule("spn-unknown",                 Some(6),  Some(3), Fix::RegisterSpn,      spn_unknown),
    rule("spn-on-wrong-account",        None,     Some(3), Fix::MoveSpn,          spn_on_wrong_account),
    rule("kdc-refused-user",            None,     None,    Fix::Account,          kdc_refused_user),
    rule("kdc-unreachable",             Some(9),  Some(2), Fix::OpenKdc,          kdc_unreachable),
    rule("workgroup",            None,     Some(5), Fix::JoinDomain,       workgroup_server),
    rule("local-account",               Some(2),  Some(5), Fix::DomainAccount,    local_account),
    rule("cloud-account",               Some(4),  None,    Fix::CloudKerberos,    cloud_account),
    rule("server-offers-ntlm-only",   None,     None,    Fix::ServerKerberos,   server_offers_no_kerberos),
    rule("server-chose-ntlm",           None,     Some(3), Fix::ServerKeytab,     server_chose_ntlm),
    rule(NO_SPNEGO,     None,     None,    Fix::Protocol,         protocol_without_kerberos),
    rule("ntlm-called-directly",        Some(1),  None,    Fix::Negotiate,        ntlm_called_directly),
    rule("loopback",                    Some(10), None,    Fix::None,             loopback),
    rule("late-fallback",               None,     None,    Fix::MoveSpn,          late_fallback),
    rule("kerberos-refused-by-service", None,     Some(3), Fix::MoveSpn,          kerberos_refused),
    rule("other-domain",                None,     Some(4), Fix::Trust,            other_domain),
    rule("ticket-not-used",             None,     None,    Fix::Negotiate,        ticket_not_used),
    rule("client-offers-ntlm-only",     None,     None,    Fix::Client,           client_offers_ntlm_only),
];

/// The mark of Negotiate Late Fallback in a list of mechanisms ([MS-SPNG] 3.1.5.4).
const LATE_FALLBACK: &str = "1.3.6.1.4.1.311.2.2.40";
/// What a service says that has no key for a ticket: not for us, modified, key version, no key (RFC 4120, 7.5.9).
const WRONG_KEY: [i32; 4] = [35, 41, 44, 45];

/// What is said of MS-CHAP: `NTLMv1` by another name, whose carriers leave no place for Kerberos.
pub(super) const MSCHAP: Rule = rule(NO_SPNEGO, None, None, Fix::EapTls, |_| None);

/// What is said where no rule holds.
pub(super) const UNKNOWN: Rule = rule("unknown", Some(0), None, Fix::None, |_| None);

/// The protocol has no place for another mechanism.
const NO_SPNEGO: &str = "no-spnego";

/// Every rule, also those that are not tried one after the other.
pub(super) fn all() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().chain([&MSCHAP, &UNKNOWN])
}

const fn rule(
    name: &'static str,
    usage: Option<u8>,
    scenario: Option<u8>,
    fix: Fix,
    find: fn(&Case<'_>) -> Option<Finding>,
) -> Rule {
    Rule { name, usage, scenario, fix, find }
}

fn proved(text: impl Into<Word>, evidence: Vec<Evidence>) -> Finding {
    Finding { confidence: Confidence::Proved, text: text.into(), evidence }
}

fn likely(text: impl Into<Word>, evidence: Vec<Evidence>) -> Finding {
    Finding { confidence: Confidence::Likely, text: text.into(), evidence }
}

fn possible(text: impl Into<Word>, evidence: Vec<Evidence>) -> Finding {
    Finding { confidence: Confidence::Possible, text: text.into(), evidence }
}

fn null_session(case: &Case<'_>) -> Option<Finding> {
    let text = "the logon is anonymous: there is nobody to get a ticket for";
    case.is_anonymous().then(|| proved(text, case.proof(text)))
}

fn mechanisms_overwritten(case: &Case<'_>) -> Option<Finding> {
    let (by, mechs) = overwritten(case.auth)?;
    let whose = if by == Side::Client { "client" } else { "server" };
    let text = format!("somebody between client and server overwrote mechanisms in the list of the {whose}");
    Some(proved(text, case.proof(format!("the list of the {whose} is {}", mechs.join(", ")))))
}

fn target_is_ip_address(case: &Case<'_>) -> Option<Finding> {
    let target = case.target.as_ref()?;
    let address = target.address?;
    let text =
        format!("the client calls the server by its address {address}, for which Kerberos has no name");
    Some(proved(text, case.proof(format!("{} says {}", target.seen_in, target.host))))
}

fn target_name_empty(case: &Case<'_>) -> Option<Finding> {
    let empty = case.ntlm()?.target_spn.as_deref() == Some("");
    let text = "the program gave no target name, so there is nothing to get a ticket for";
    empty.then(|| proved(text, case.proof("the target name of the NTLMv2 response is empty")))
}

/// A refusal by the KDC: proved just before the logon, likely while the client remembers it.
fn by_kdc(case: &Case<'_>, numbers: &[i32], told: impl Fn(&str) -> String) -> Option<Finding> {
    let (fact, now) = case.kdc_error(numbers)?;
    let text = told(fact.sname.as_deref().unwrap_or_default());
    if now {
        return Some(proved(text, fact.evidence()));
    }
    Some(likely(format!("{text}; the client remembers that for a quarter of an hour"), fact.evidence()))
}

fn spn_duplicate(case: &Case<'_>) -> Option<Finding> {
    by_kdc(case, &[8], |sname| format!("{sname} is registered on more than one account"))
}

fn clock_skew(case: &Case<'_>) -> Option<Finding> {
    let text = "the clocks are too far apart for Kerberos";
    let found = by_kdc(case, &[37], |_| text.to_owned()).or_else(|| by_service(case, &[37], text));
    found.or_else(|| {
        let (fact, text) = (case.skew_of_client()?, text.to_owned());
        let shown = fact.evidence();
        Some(if case.is_of_user(fact) { proved(text, shown) } else { likely(text, shown) })
    })
}

fn etype_not_supported(case: &Case<'_>) -> Option<Finding> {
    let text =
        |of: &str| format!("the KDC shares no encryption type with the client and the account of {of}");
    by_kdc(case, &[14], text).or_else(|| {
        let (fact, user) = (case.etype_of_user()?, case.user()?);
        Some(proved(text(&user), fact.evidence()))
    })
}

fn spn_unknown(case: &Case<'_>) -> Option<Finding> {
    let unknown = |sname: &str| format!("{sname} is not registered on any account that the KDC knows");
    let of_a_user =
        |sname: &str| format!("{sname} is on the account of a user, which takes no ticket but user to user");
    let found = by_kdc(case, &[7], unknown).or_else(|| by_kdc(case, &[27], of_a_user))?;
    // A KDC cannot know what is registered beyond its forest: there the trust is the first to look at.
    let confidence = no_referral(case).map_or(found.confidence, |finding| finding.confidence);
    Some(Finding { confidence, ..found })
}

/// A refusal by the service itself, just before the logon.
fn by_service(case: &Case<'_>, numbers: &[i32], text: &'static str) -> Option<Finding> {
    let fact = case
        .refused()
        .filter(|fact| matches!(fact.what, What::Refused(Some(number)) if numbers.contains(&number)))?;
    Some(proved(text, fact.evidence()))
}

fn spn_on_wrong_account(case: &Case<'_>) -> Option<Finding> {
    by_service(
        case,
        &WRONG_KEY,
        "the service could not decrypt the ticket: its principal is registered on another account",
    )
}

fn kerberos_refused(case: &Case<'_>) -> Option<Finding> {
    let fact = case
        .refused()
        .filter(|fact| !matches!(fact.what, What::Refused(Some(37 | 35 | 41 | 44 | 45 | 85 | 86))))?;
    Some(proved("the service refused a ticket just before", fact.evidence()))
}

/// Both sides agreed to go on with another mechanism where the first fails, the first was Kerberos, and NTLM it became ([MS-SPNG] 3.1.5.4).
fn late_fallback(case: &Case<'_>) -> Option<Finding> {
    let spnego = case.auth.spnego.as_ref()?;
    let marked = |mechs: &[Word]| mechs.iter().any(|mech| mech == LATE_FALLBACK);
    // The server's list is not in every protocol, nor in every capture.
    let agreed = marked(&spnego.offered) && (spnego.hinted.is_empty() || marked(&spnego.hinted));
    let began = spnego.selected.as_deref().is_some_and(is_kerberos) && case.auth.kerberos.is_some();
    let answered = case.ntlm()?.version != NtlmVersion::Unknown;
    let text = "Kerberos failed inside the negotiation, and both sides had agreed to go on with NTLM then";
    let evidence = "Negotiate Late Fallback was offered, Kerberos was selected, and NTLM followed";
    (agreed && began && answered).then(|| proved(text, case.proof(evidence)))
}

fn kdc_refused_user(case: &Case<'_>) -> Option<Finding> {
    let (fact, user) = (case.refusal_of_user()?, case.user()?);
    Some(proved(format!("the KDC refused the user {user}, and the client tried NTLM"), fact.evidence()))
}

fn foreign_realm(case: &Case<'_>) -> Option<Finding> {
    no_way(case).or_else(|| no_referral(case)).or_else(|| no_ticket_there(case))
}

/// The KDC said that it knows no way to the other realm.
fn no_way(case: &Case<'_>) -> Option<Finding> {
    // RFC 4120, 7.5.9: a KDC that is not responsible.
    const WRONG_REALM: i32 = 68;
    case.just_before().find_map(|fact| {
        let sname = fact.sname.as_deref().unwrap_or_default();
        let other = realm_of_krbtgt(sname).filter(|realm| case.is_realm(realm));
        let there = match (fact.what, other) {
            (What::KdcError(7 | WRONG_REALM), Some(realm)) => format!("the realm {realm}"),
            (What::KdcError(WRONG_REALM), None) if case.is_server(sname) || case.is_of_user(fact) => {
                "the realm of the account or of the service".to_owned()
            }
            _ => return None,
        };
        Some(proved(format!("{} knows no way to {there}", kdc_of(fact)), fact.evidence()))
    })
}

/// The KDC of another forest did not know the server and referred the client nowhere.
fn no_referral(case: &Case<'_>) -> Option<Finding> {
    let (fact, _) = case.kdc_error(&[7])?;
    let domain = fact.realm.as_deref().and_then(|realm| case.beyond(realm))?;
    let text = format!("{} knows no way to {domain}, the domain of the server", kdc_of(fact));
    Some(likely(text, fact.evidence()))
}

/// The client was referred to the other realm, and nothing shows that it got a ticket there.
fn no_ticket_there(case: &Case<'_>) -> Option<Finding> {
    let last = case.just_before().find(|fact| {
        let told = matches!(fact.what, What::Referral | What::Ticket | What::KdcError(_));
        told && fact.sname.as_deref().is_some_and(|sname| case.is_service(sname))
    })?;
    let text = "the client was referred to the KDC of another realm and got no ticket there";
    (last.what == What::Referral).then(|| likely(text, last.evidence()))
}

/// The realm in the name of a ticket-granting service.
fn realm_of_krbtgt(sname: &str) -> Option<&str> {
    let (class, rest) = sname.split_once('/')?;
    class.eq_ignore_ascii_case("krbtgt").then(|| rest.split('@').next().unwrap_or(rest))
}

fn kdc_of(fact: &Fact) -> String {
    fact.realm.as_deref().map_or_else(|| "the KDC".to_owned(), |realm| format!("the KDC of {realm}"))
}

fn kdc_unreachable(case: &Case<'_>) -> Option<Finding> {
    /// What a server says that carries IAKERB and finds no KDC, or none that answers.
    const IAKERB: [i32; 2] = [85, 86];
    let mut facts = case.just_before();
    // A ticket for this server after the silence says that another KDC answered.
    let silent = facts.find(|fact| match fact.what {
        What::Unreachable => true,
        What::KdcError(number) | What::Refused(Some(number)) => IAKERB.contains(&number),
        What::Ticket => fact.sname.as_deref().is_some_and(|sname| case.is_server(sname)),
        What::Entered | What::Referral | What::Refused(None) => false,
    })?;
    if silent.what == What::Ticket {
        return None;
    }
    let text = format!("the client could not reach a KDC: {}", silent.text());
    Some(proved(text, silent.evidence()))
}

fn local_account(case: &Case<'_>) -> Option<Finding> {
    let domain = case.ntlm()?.domain.as_deref()?;
    let own = case.auth.server.nb_computer.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(domain));
    if !own && domain != "." {
        return None;
    }
    let text = format!("the account is the server's own ({domain}), and no KDC knows it");
    let shown = case.proof(format!("the response names the domain {domain}"));
    Some(checked_by_itself(text, shown, case.handed_on()))
}

/// That a server checks an account itself. Where its traffic with domain controllers is in view, a logon that it hands on at this
/// very time speaks against that, though it may be another one.
fn checked_by_itself(text: String, mut shown: Vec<Evidence>, handed_on: Option<(&Contact, bool)>) -> Finding {
    let Some((contact, is_handed_on)) = handed_on else { return proved(text, shown) };
    let told = if is_handed_on {
        format!("a logon, this or another, was passed on to the domain controller {}", contact.controller)
    } else {
        format!(
            "no pass-through to a DC was seen, though the server's traffic with {} is in view",
            contact.controller
        )
    };
    shown.push(contact.shown.evidence(told));
    if is_handed_on { likely(text, shown) } else { proved(text, shown) }
}

fn workgroup_server(case: &Case<'_>) -> Option<Finding> {
    let computer = case.auth.server.nb_computer.as_deref().filter(|_| case.is_alone())?;
    let told = "the challenge names the server as its own domain, and no forest";
    Some(proved(format!("the server {computer} is in no domain"), case.proof(told)))
}

fn cloud_account(case: &Case<'_>) -> Option<Finding> {
    let domain = case.ntlm()?.domain.as_deref()?;
    let cloud = ["AzureAD", "MicrosoftAccount"].iter().any(|cloud| cloud.eq_ignore_ascii_case(domain));
    let text = || format!("the account is one of the cloud ({domain})");
    cloud.then(|| proved(text(), case.proof(format!("the response names the domain {domain}"))))
}

fn is_kerberos(mech: &str) -> bool {
    matches!(mech, "ms-krb5" | "krb5" | "krb5-u2u" | "iakerb")
}

fn server_offers_no_kerberos(case: &Case<'_>) -> Option<Finding> {
    let hinted = &case.auth.spnego.as_ref()?.hinted;
    if hinted.is_empty() || hinted.iter().any(|mech| is_kerberos(mech)) {
        return None;
    }
    let text = format!("the server itself offers no Kerberos, only {}", hinted.join(", "));
    Some(proved(text.clone(), case.proof(text)))
}

fn server_chose_ntlm(case: &Case<'_>) -> Option<Finding> {
    let spnego = case.auth.spnego.as_ref()?;
    let offered = spnego.offered.first().is_some_and(|mech| is_kerberos(mech));
    let chose = offered && spnego.selected.as_deref() == Some("ntlmssp");
    let text = "the client offered Kerberos first, and the server chose NTLM: it has no key for its principal, or no Kerberos";
    let evidence = || format!("offered {}; selected ntlmssp", spnego.offered.join(", "));
    chose.then(|| proved(text, case.proof(evidence())))
}

fn protocol_without_kerberos(case: &Case<'_>) -> Option<Finding> {
    let plain = case.auth.carrier == Carrier::Smb1 && case.ntlm()?.flags.is_none();
    let text = "SMB 1 without extended security has no place for another mechanism";
    plain.then(|| proved(text, case.proof(text)))
}

fn ntlm_called_directly(case: &Case<'_>) -> Option<Finding> {
    if case.is_anonymous() {
        return None;
    }
    let raw = case.auth.wrapper == Some(Wrapper::Raw);
    // A bare NTLM token is there only under the name of a SASL mechanism.
    let sasl = matches!(case.auth.carrier, Carrier::Smtp | Carrier::Imap | Carrier::Pop3 | Carrier::Nntp);
    if case.auth.requested.as_deref() == Some("ntlm") || (sasl && raw) {
        let text = "the program asked for NTLM by name";
        return Some(proved(text, case.proof("the protocol names NTLM, not Negotiate")));
    }
    // In SMB a bare NTLM token is also what Windows sends where NTLM is the only choice left ([MS-SPNG] <8>).
    let raw = case.auth.wrapper == Some(Wrapper::Raw)
        && case.auth.spnego.as_ref().is_some_and(|spnego| spnego.hinted.iter().any(|mech| is_kerberos(mech)));
    let no_windows = case.auth.client.os.is_none();
    let text = "the client sent NTLM without negotiation though the server offers Kerberos";
    (raw && no_windows).then(|| likely(text, case.proof(text)))
}

fn loopback(case: &Case<'_>) -> Option<Finding> {
    let text = "client and server are the same host";
    (case.client() == case.server()).then(|| likely(text, case.proof(text)))
}

fn other_domain(case: &Case<'_>) -> Option<Finding> {
    // A domain that nobody knows looks like this as well, but lets nobody in.
    if !is_of_other_domain(case.auth) || case.auth.outcome.result == Ending::Failure {
        return None;
    }
    let (user_domain, server) = (case.ntlm()?.domain.as_deref()?, &case.auth.server);
    let there = server.dns_domain.as_deref().or(server.nb_domain.as_deref())?;
    let text = format!("the account is of the domain {user_domain}, the server of {there}");
    Some(possible(text.clone(), case.proof(text)))
}

fn ticket_not_used(case: &Case<'_>) -> Option<Finding> {
    // A client that offers Kerberos, or was refused with it, has used its ticket.
    let mut offered = case.auth.spnego.iter().flat_map(|spnego| &spnego.offered);
    if offered.any(|mech| is_kerberos(mech)) || overwritten(case.auth).is_some() || case.refused().is_some() {
        return None;
    }
    let fact = case.just_before().find(|fact| {
        fact.what == What::Ticket && fact.sname.as_deref().is_some_and(|sname| case.is_service(sname))
    })?;
    Some(likely("the client had just got a ticket for this server, and did not use it", fact.evidence()))
}

fn client_offers_ntlm_only(case: &Case<'_>) -> Option<Finding> {
    let offered = case.auth.spnego.as_ref().map(|spnego| spnego.offered.as_slice()).unwrap_or_default();
    let raw = case.auth.wrapper == Some(Wrapper::Raw);
    if !raw && (offered.is_empty() || offered.iter().any(|mech| is_kerberos(mech))) {
        return None;
    }
    let alone = "the client offered nothing but NTLM, and nothing in the capture says why";
    let (text, told) = match offered {
        _ if raw => (alone, "an NTLM message without negotiation".into()),
        [_] => (alone, "offered ntlmssp alone".into()),
        _ => {
            let told = Word::from(format!("offered {}", offered.join(", ")));
            ("the client offered no Kerberos, and nothing in the capture says why", told)
        }
    };
    Some(possible(text, case.proof(told)))
}

#[cfg(test)]
mod tests {
    use super::super::example::{asked, kdc, mechs, ntlm};
    use super::super::memory::{Memory, Shown};
    use super::*;
    use crate::model::{Auth, Kdc, KdcType, Spnego, Time};

    /// The names of the reasons of a logon of which nothing else is known.
    fn reasons(auth: &Auth) -> Vec<&'static str> {
        let memory = Memory::default();
        let case = Case::new(auth, &memory).unwrap();
        RULES.iter().filter(|rule| (rule.find)(&case).is_some()).map(|rule| rule.name).collect()
    }

    /// A KDC that errs with a client, and then lets it in or not.
    #[test]
    fn a_refusal_that_a_ticket_followed_is_no_reason() {
        for (number, name) in [(24, "kdc-refused-user"), (37, "clock-skew"), (14, "etype-not-supported")] {
            for entered in [false, true] {
                let mut memory = Memory::default();
                let first = |time, error| {
                    let exchange = kdc(Time(time), "LAB.TEST", "krbtgt/LAB.TEST", error, None);
                    asked(Kdc { exchange: Some(KdcType::As), cname: Some("alice".into()), ..exchange })
                };
                memory.note(&first(1, Some(number)));
                if entered {
                    memory.note(&first(2, None));
                }
                let auth = ntlm(Time(3));
                let case = Case::new(&auth, &memory).unwrap();
                let holds = RULES.iter().any(|rule| rule.name == name && (rule.find)(&case).is_some());
                assert_eq!(holds, !entered, "{name}");
            }
        }
    }

    /// What a KDC of LAB.TEST says of a server in another domain, and what that means.
    #[test]
    fn a_realm_without_a_way_to_it_is_told_from_a_name_that_is_not_registered() {
        type Row = (
            &'static str,
            &'static str,
            Option<i32>,
            Option<&'static str>,
            &'static str,
            &'static [&'static str],
        );
        let table: [Row; 8] = [
            // Domain of the server, what was asked for, error, referral, forest of the server; the reasons.
            ("ext.test", "krbtgt/EXT.TEST", Some(7), None, "", &["foreign-realm"]),
            ("ext.test", "cifs/fs.ext.test", Some(7), None, "", &["foreign-realm", "spn-unknown"]),
            ("ext.test", "cifs/fs.ext.test", None, Some("EXT.TEST"), "", &["foreign-realm"]),
            ("ext.test", "cifs/fs.ext.test", Some(68), None, "", &["foreign-realm"]),
            // Another realm than that of the server; its own; a child, and a tree of the same forest.
            ("ext.test", "krbtgt/THIRD.TEST", Some(7), None, "", &[]),
            ("lab.test", "cifs/fs.lab.test", Some(7), None, "", &["spn-unknown"]),
            ("child.lab.test", "cifs/fs.child.lab.test", Some(7), None, "lab.test", &["spn-unknown"]),
            ("tree.test", "cifs/fs.tree.test", Some(7), None, "lab.test", &["spn-unknown"]),
        ];
        for (domain, asked_for, error, referral, forest, expected) in table {
            let mut memory = Memory::default();
            memory.note(&asked(kdc(Time(1), "LAB.TEST", asked_for, error, referral)));
            let mut auth = ntlm(Time(2));
            let dns = format!("fs.{domain}");
            auth.ntlm.as_mut().unwrap().target_spn = Some(format!("cifs/{dns}").into());
            auth.server.nb_domain = domain.split('.').next().map(|label| label.to_uppercase().into());
            (auth.server.dns_computer, auth.server.dns_domain) = (Some(dns.into()), Some(domain.into()));
            auth.server.dns_forest = (!forest.is_empty()).then(|| forest.into());
            let case = Case::new(&auth, &memory).unwrap();
            let told = ["foreign-realm", "spn-unknown"]
                .into_iter()
                .filter(|name| RULES.iter().any(|rule| rule.name == *name && (rule.find)(&case).is_some()));
            assert_eq!(told.collect::<Vec<_>>(), expected, "{domain} {asked_for}");
        }
    }

    /// [MS-SPNG] 3.1.5.4: both sides offer the mark, and the first mechanism failed.
    #[test]
    fn late_fallback_is_kerberos_that_was_selected_and_became_ntlm() {
        const OFFERED: [&str; 3] = ["ms-krb5", LATE_FALLBACK, "ntlmssp"];
        type Row = (&'static [&'static str], &'static [&'static str], &'static str, bool, bool);
        let table: [Row; 6] = [
            (&OFFERED, &OFFERED, "ms-krb5", true, true),
            (&OFFERED, &[], "ms-krb5", true, true),
            // The server does not know it, or chose NTLM at once; the client did not offer it, or sent no ticket.
            (&OFFERED, &["ms-krb5", "ntlmssp"], "ms-krb5", true, false),
            (&OFFERED, &OFFERED, "ntlmssp", true, false),
            (&["ms-krb5", "ntlmssp"], &OFFERED, "ms-krb5", true, false),
            (&OFFERED, &OFFERED, "ms-krb5", false, false),
        ];
        for (offered, hinted, selected, ticket, expected) in table {
            let mut auth = ntlm(Time(0));
            auth.spnego = Some(Box::new(Spnego {
                offered: mechs(offered),
                hinted: mechs(hinted),
                selected: Some(selected.to_owned().into()),
                ..Spnego::default()
            }));
            auth.kerberos = ticket.then(Box::default);
            let found = reasons(&auth).contains(&"late-fallback");
            assert_eq!(found, expected, "{offered:?} {hinted:?} {selected} {ticket}");
        }
    }

    #[test]
    fn a_list_that_was_overwritten_is_told_of_either_side() {
        let overwritten = mechs(&["1.3.6.1.1.1.1.1.1.1", "ntlmssp"]);
        let untouched = mechs(&["ms-krb5", "1.3.6.1.5.5.14", "ntlmssp"]);
        for (offered, hinted, expected) in [
            (&overwritten, &untouched, true),
            (&untouched, &overwritten, true),
            (&untouched, &untouched, false),
        ] {
            let mut auth = ntlm(Time(0));
            let (offered, hinted) = (offered.clone(), hinted.clone());
            auth.spnego = Some(Spnego { hinted, offered, ..Spnego::default() }.into());
            assert_eq!(reasons(&auth).contains(&"mechanisms-overwritten"), expected);
        }
    }

    #[test]
    fn every_rule_has_a_name_of_its_own() {
        let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }

    #[test]
    fn a_pass_through_is_evidence_only_where_it_could_be_seen() {
        let shown = |frame| Shown { frame, ts: crate::model::Stamp::default().into() };
        let contact = Contact { controller: [10, 0, 0, 1].into(), shown: shown(7) };
        let before = || vec![shown(3).evidence("before".to_owned())];
        let find = |handed_on| checked_by_itself("text".to_owned(), before(), handed_on);
        for (handed_on, confidence, told) in [
            (None, Confidence::Proved, "before"),
            (Some((&contact, false)), Confidence::Proved, "no pass-through to a DC was seen"),
            (Some((&contact, true)), Confidence::Likely, "a logon, this or another"),
        ] {
            let found = find(handed_on);
            assert_eq!((found.confidence, &*found.text), (confidence, "text"));
            let last = found.evidence.last().unwrap();
            assert!(last.text.starts_with(told), "{}", last.text);
            assert_eq!(last.frame, if handed_on.is_some() { 7 } else { 3 });
        }
    }

    #[test]
    fn a_page_tells_the_numbers_and_the_change_of_its_rule() {
        let pages = include_str!("../../docs/explain.md").replace('\n', " ");
        for rule in all() {
            let (_, page) = pages.split_once(&format!("## {} ", rule.name)).unwrap();
            let page = page.split(" ## ").next().unwrap().to_lowercase();
            let usage = rule.usage.map(|number| format!("reason {number} of event 4020"));
            let scenario = rule.scenario.map(|number| format!("scenario {number}"));
            assert_eq!(page.contains("of event 4020"), usage.is_some(), "{}", rule.name);
            assert_eq!(page.contains("scenario"), scenario.is_some(), "{}", rule.name);
            for told in [usage.as_deref(), scenario.as_deref(), rule.fix.name()].into_iter().flatten() {
                assert!(page.contains(told), "{}: {told}", rule.name);
            }
        }
    }
}
