//! What ends a reason: the change that an administrator makes, with the names and addresses of the logon.

use super::case::{Case, is_marshalled};
use super::memory::What;
use crate::model::Carrier;

/// What ends MS-CHAP.
pub(super) const EAP_TLS: &str = "use certificates (EAP-TLS) in place of MS-CHAP; Windows blocks what single sign-on derives for it \
    by BlockNtlmv1SSO (HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0: 0 audits, 1 enforces, which is the default since October 2026)";

/// A change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fix {
    None,
    UseName,
    NameTarget,
    DuplicateSpn,
    Clock,
    Etypes,
    RegisterSpn,
    MoveSpn,
    Account,
    Trust,
    OpenKdc,
    DomainAccount,
    JoinDomain,
    CloudKerberos,
    ServerKerberos,
    ServerKeytab,
    Protocol,
    Negotiate,
    Client,
    EapTls,
    Interceptor,
}

impl Fix {
    /// Name; `ntlmscope explain` and `docs/explain.md` have a page for each.
    pub(super) fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::None => return None,
            Self::UseName => "fix-use-name",
            Self::NameTarget => "fix-name-target",
            Self::DuplicateSpn => "fix-duplicate-spn",
            Self::Clock => "fix-clock",
            Self::Etypes => "fix-etypes",
            Self::RegisterSpn => "fix-register-spn",
            Self::MoveSpn => "fix-move-spn",
            Self::Account => "fix-account",
            Self::Trust => "fix-trust",
            Self::OpenKdc => "fix-open-kdc",
            Self::DomainAccount => "fix-domain-account",
            Self::JoinDomain => "fix-join-domain",
            Self::CloudKerberos => "fix-cloud-kerberos",
            Self::ServerKerberos => "fix-server-kerberos",
            Self::ServerKeytab => "fix-server-keytab",
            Self::Protocol => "fix-protocol",
            Self::Negotiate => "fix-negotiate",
            Self::Client => "fix-client",
            Self::EapTls => "fix-eap-tls",
            Self::Interceptor => "fix-interceptor",
        })
    }

    /// The change in words, for one logon.
    pub(super) fn advice(self, case: &Case<'_>) -> String {
        match self {
            Self::None => "nothing to do in Kerberos; see whether the access is needed at all".to_owned(),
            Self::UseName => use_name(case),
            Self::NameTarget => format!(
                "let the program on {} pass {} as target name when it asks for Negotiate",
                case.client(),
                principal(case)
            ),
            Self::Clock => format!(
                "set the clocks of {}, {} and the KDCs by one time source (`w32tm /query /status` tells each one's); Kerberos allows five minutes",
                case.client(),
                case.server()
            ),
            Self::Account => refused_account(case),
            Self::OpenKdc => open_kdc(case),
            Self::DuplicateSpn | Self::Etypes | Self::RegisterSpn | Self::MoveSpn | Self::ServerKeytab => {
                self.of_principal(case)
            }
            Self::Trust | Self::DomainAccount | Self::JoinDomain | Self::CloudKerberos => {
                self.of_domain(case)
            }
            Self::ServerKerberos => format!(
                "turn Kerberos on at {}: join it to the domain, or give it a keytab for {}",
                server(case),
                principal(case)
            ),
            Self::Protocol => format!(
                "stop SMB 1 and logons without extended security at {} (`Set-SmbServerConfiguration -EnableSMB1Protocol $false`; in Samba `server min protocol = SMB2`)",
                server(case)
            ),
            Self::Negotiate => negotiate(case),
            Self::EapTls => EAP_TLS.to_owned(),
            Self::Interceptor => format!(
                "find what stands between {} and {} and changes their packets, before anything else",
                case.client(),
                case.server()
            ),
            Self::Client => format!(
                "run `klist get {}` as that user on {}: it says whether there is a ticket, and why not; then see whether the program or a policy forbids Kerberos",
                principal(case),
                case.client()
            ),
        }
    }

    /// Changes of the account that holds the principal, or should.
    fn of_principal(self, case: &Case<'_>) -> String {
        if let (Self::Etypes, None, Some(user)) =
            (self, case.kdc_error(&[14]), case.user().filter(|_| case.etype_of_user().is_some()))
        {
            return format!(
                "let {user} and {} share AES: change the password of {user}, so that the account gets AES keys, and take away what limits the client to older types",
                case.client()
            );
        }
        let (principal, account) = (principal(case), account(case));
        match self {
            Self::DuplicateSpn => format!(
                "find the accounts with `setspn -Q {principal}`, leave it on the one that runs the service ({account}?), and take it from the others with `setspn -D {principal} ACCOUNT`"
            ),
            Self::Etypes => format!(
                "let the account of {principal} (`setspn -Q {principal}`) and {} share AES: set its msDS-SupportedEncryptionTypes to 0x18, then change its password, so that it gets AES keys, and renew its keytabs",
                case.client()
            ),
            Self::MoveSpn => format!(
                "find the account with `setspn -Q {principal}`; if it is not the one that runs the service, `setspn -D {principal} ACCOUNT` there and `setspn -S {principal} {account}`; if it is, the keytab or password of the service is old"
            ),
            Self::ServerKeytab if case.is_alone() => {
                format!("join {} to the domain, and give it a key for {principal}", server(case))
            }
            Self::ServerKeytab => format!(
                "give {} a key for {principal}: `setspn -S {principal} {account}`, or a keytab that holds it, and let the service take Kerberos",
                server(case)
            ),
            _ => register(case, &principal, &account),
        }
    }

    /// Changes of domains and of who belongs to them.
    fn of_domain(self, case: &Case<'_>) -> String {
        let (ours, there) = (case.realm_of_user(), case.auth.server.dns_domain.as_deref());
        match self {
            Self::DomainAccount => format!(
                "use an account of the domain {}instead of one of {}; where client and server know Local KDC, that ends NTLM for local accounts",
                there.filter(|_| !case.is_alone()).map(|there| format!("{there} ")).unwrap_or_default(),
                server(case)
            ),
            Self::JoinDomain => format!(
                "join {} to the domain, or use Local KDC where client and server know it",
                server(case)
            ),
            Self::CloudKerberos => format!(
                "turn on Microsoft Entra Kerberos for {}, so that accounts of the cloud get tickets for it",
                server(case)
            ),
            _ => format!(
                "see with `nltest /domain_trusts` what trust there is between {} and {}; make it a forest trust, route the suffix of {} over it, and let {} reach port 88 of the KDCs there",
                ours.unwrap_or("the domain of the account"),
                there.unwrap_or("that of the server"),
                case.name().unwrap_or("the server"),
                case.client()
            ),
        }
    }
}

/// The service principal, as far as it shows.
fn principal(case: &Case<'_>) -> String {
    case.principal().unwrap_or_else(|| "the principal of the service".to_owned())
}

/// The server by its own name, where it gave one.
fn server(case: &Case<'_>) -> String {
    let own = case.auth.server.dns_computer.as_deref().or(case.auth.server.nb_computer.as_deref());
    own.map_or_else(|| case.server().to_string(), |name| format!("{name} ({})", case.server()))
}

/// The account of the server, in the form that `setspn` takes.
fn account(case: &Case<'_>) -> String {
    let computer = case.auth.server.nb_computer.as_deref().filter(|_| !case.is_alone());
    computer.map_or_else(|| "ACCOUNT".to_owned(), |name| format!("{name}$"))
}

fn use_name(case: &Case<'_>) -> String {
    let address = case.target.as_ref().and_then(|target| target.address).unwrap_or_else(|| case.server());
    let own = case.auth.server.dns_computer.as_deref().or(case.auth.server.nb_computer.as_deref());
    let name = own.unwrap_or("its DNS name");
    if case.is_alone() {
        return format!("join {name} to the domain, and use its DNS name instead of {address}");
    }
    let class = case.class().unwrap_or("host");
    format!(
        "use {name} instead of {address}; where only the address will do, `setspn -S {class}/{address} {}` and set TryIPSPN to 1 (DWORD) on its clients \
         under HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Kerberos\\Parameters",
        account(case)
    )
}

fn register(case: &Case<'_>, principal: &str, account: &str) -> String {
    if is_marshalled(principal) {
        return format!(
            "register nothing: {principal} was made to mislead clients; remove the name from DNS"
        );
    }
    if case.is_alone() {
        return format!("join {} to the domain: no account can hold {principal} before", server(case));
    }
    let own = case.auth.server.dns_computer.as_deref();
    let computer = case.auth.server.nb_computer.as_deref();
    match (own, computer) {
        // The principals of a computer's own name come with its account.
        (Some(own), Some(computer)) if case.name().is_some_and(|name| name.eq_ignore_ascii_case(own)) => {
            format!(
                "`setspn -L {computer}` lists what is registered; `setspn -R {computer}` puts the names of the computer back, and `setspn -S {principal} {account}` adds this one, if that account runs the service"
            )
        }
        (Some(own), _) => format!(
            "`setspn -S {principal} {account}`, if that account runs the service, or use {own}, its own name"
        ),
        _ => format!("`setspn -S {principal} {account}`, if that account runs the service"),
    }
}

/// What to do with an account that the KDC refuses, by its error (RFC 4120, 7.5.9).
fn refused_account(case: &Case<'_>) -> String {
    let user = case.user().unwrap_or_else(|| "the user".to_owned());
    match case.refusal_of_user().map(|fact| fact.what) {
        Some(What::KdcError(6)) => {
            format!("the realm has no account {user}: see how the name is spelt, and of which domain it is")
        }
        Some(What::KdcError(18)) => {
            format!("the account {user} is locked, disabled or expired: see it in the directory")
        }
        Some(What::KdcError(12)) => {
            format!("a policy keeps {user} away (hours, workstations, Protected Users): see its account")
        }
        Some(What::KdcError(23)) => format!("the password of {user} has expired: change it"),
        Some(What::KdcError(24)) => format!(
            "the password of {user} is wrong: see what on {} keeps an old one (services, tasks, stored credentials)",
            case.client()
        ),
        _ => format!(
            "see why the KDC refuses {user}: the account is unknown, locked or expired, or its password wrong"
        ),
    }
}

/// Which KDCs to let the client reach: those that did not answer it.
fn open_kdc(case: &Case<'_>) -> String {
    let mut silent: Vec<String> = Vec::new();
    for fact in case.just_before().filter(|fact| fact.what == What::Unreachable) {
        let kdc = fact.server.to_string();
        if silent.len() < MAX_NAMED && !silent.contains(&kdc) {
            silent.push(kdc);
        }
    }
    let kdcs = if silent.is_empty() { "a domain controller".to_owned() } else { silent.join(", ") };
    format!(
        "let {} reach TCP and UDP port 88 (and 464 to change passwords) of {kdcs}, or use IAKERB where client and server know it",
        case.client()
    )
}

/// What a program asks for in place of NTLM, by the protocol.
fn negotiate(case: &Case<'_>) -> String {
    let what = match case.auth.carrier {
        Carrier::Http | Carrier::HttpProxy => {
            "the scheme Negotiate, which the server must offer before NTLM,"
        }
        Carrier::Dcerpc => {
            "RPC_C_AUTHN_GSS_NEGOTIATE (9) instead of RPC_C_AUTHN_WINNT (10), and give the principal of the server,"
        }
        Carrier::Smtp | Carrier::Imap | Carrier::Pop3 | Carrier::Nntp => {
            "GSSAPI or GSS-SPNEGO instead of NTLM"
        }
        Carrier::Ldap => "GSS-SPNEGO or GSSAPI instead of NTLM or Sicily",
        // SIP knows no Negotiate ([MS-SIPAE] 2.2).
        Carrier::Sip => "the scheme Kerberos, which the server must offer beside NTLM,",
        _ => "the package Negotiate instead of NTLM",
    };
    format!("let the program on {} ask for {what} when it logs on to {}", case.client(), server(case))
}

/// So many KDCs are named at most.
const MAX_NAMED: usize = 3;

#[cfg(test)]
mod tests {
    use super::super::example::ntlm;
    use super::super::memory::Memory;
    use super::*;
    use crate::model::{Auth, Time};

    fn advice(fix: Fix, change: impl FnOnce(&mut Auth)) -> String {
        let mut auth = ntlm(Time(0));
        change(&mut auth);
        let memory = Memory::default();
        fix.advice(&Case::new(&auth, &memory).unwrap())
    }

    fn called(auth: &mut Auth, spn: &str) {
        auth.ntlm.as_mut().unwrap().target_spn = Some(spn.into());
    }

    /// A computer that is in no domain.
    fn alone(auth: &mut Auth) {
        let server = &mut auth.server;
        (server.nb_domain, server.dns_domain) = (server.nb_computer.clone(), Some("fs".into()));
    }

    #[test]
    fn an_alias_is_registered_and_a_name_of_the_computer_put_back() {
        let alias = advice(Fix::RegisterSpn, |auth| called(auth, "cifs/files.lab.test@LAB.TEST"));
        assert_eq!(
            alias,
            "`setspn -S cifs/files.lab.test FS$`, if that account runs the service, or use fs.lab.test, its own name"
        );
        let own = advice(Fix::RegisterSpn, |_| ());
        assert!(own.contains("`setspn -R FS`") && own.contains("`setspn -S cifs/fs.lab.test FS$`"), "{own}");
    }

    #[test]
    fn a_program_is_told_what_its_protocol_knows() {
        for (carrier, expected) in [(Carrier::Smb2, "Negotiate"), (Carrier::Sip, "the scheme Kerberos")] {
            let told = advice(Fix::Negotiate, |auth| auth.carrier = carrier);
            assert!(told.contains(expected), "{told}");
        }
        assert!(!advice(Fix::Negotiate, |auth| auth.carrier = Carrier::Sip).contains("Negotiate"));
    }

    #[test]
    fn a_name_that_misleads_clients_is_not_registered() {
        let name = "cifs/fs1UWhRCAAAAAAAAAAAAAAAAAAAAAAAAAAAAwbEAYBAAAA";
        let told = advice(Fix::RegisterSpn, |auth| called(auth, name));
        assert!(told.starts_with("register nothing") && !told.contains("setspn"), "{told}");
    }

    #[test]
    fn the_port_of_an_instance_is_a_part_of_its_principal() {
        let database = advice(Fix::MoveSpn, |auth| called(auth, "MSSQLSvc/db.lab.test:1433"));
        assert!(database.contains("`setspn -Q MSSQLSvc/db.lab.test:1433`"), "{database}");
    }

    #[test]
    fn an_address_gives_way_to_the_name_of_the_server() {
        let by_address = advice(Fix::UseName, |auth| called(auth, "cifs/10.77.0.11"));
        for told in ["use fs.lab.test instead of 10.77.0.11", "`setspn -S cifs/10.77.0.11 FS$`", "TryIPSPN"] {
            assert!(by_address.contains(told), "{by_address}");
        }
        let [name, other] =
            ["cifs/10.77.0.11", "cifs/files"].map(|spn| advice(Fix::ServerKeytab, |auth| called(auth, spn)));
        assert!(name.contains("cifs/fs.lab.test") && other.contains("cifs/files"), "{name} {other}");
    }

    #[test]
    fn nothing_is_registered_for_a_server_that_is_in_no_domain() {
        for fix in [Fix::RegisterSpn, Fix::UseName, Fix::ServerKeytab] {
            let told = advice(fix, |auth| {
                called(auth, "cifs/10.77.0.11");
                alone(auth);
            });
            assert!(told.starts_with("join fs.lab.test") && !told.contains("setspn"), "{told}");
        }
    }
}
