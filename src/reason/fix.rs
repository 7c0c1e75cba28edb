//! What ends a reason: the change that an administrator makes, with the names and addresses of the logon.

use super::case::{Case, Target};

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
        let (client, server) = (case.client(), case.server());
        let account = account(case);
        let principal = case.principal().unwrap_or_else(|| "the principal of the service".to_owned());
        let domain = case.auth.server.dns_domain.as_deref().or(case.auth.server.nb_domain.as_deref());
        match self {
            Self::None => "nothing to do in Kerberos; see whether the access is needed at all".to_owned(),
            Self::UseName => use_name(case, &account),
            Self::NameTarget => format!(
                "let the program on {client} pass {principal} as target name when it asks for Negotiate"
            ),
            Self::DuplicateSpn => format!(
                "find the accounts with `setspn -X`, and leave {principal} on the one that runs the service"
            ),
            Self::Clock => format!(
                "set the clocks of {client}, {server} and the KDCs by one time source; Kerberos allows five minutes"
            ),
            Self::Etypes => format!(
                "let {account} and {client} share AES: set msDS-SupportedEncryptionTypes to 0x18, and change the password of an account that is older than AES"
            ),
            Self::RegisterSpn => format!(
                "`setspn -S {principal} {account}` if that account runs the service, or use the name under which it is registered"
            ),
            Self::MoveSpn => format!(
                "find the account with `setspn -Q {principal}`, and move it to the one that runs the service; on other systems refresh the keytab"
            ),
            Self::Account => format!(
                "see why the KDC refuses {}: the account is unknown, locked, expired, or its password is wrong",
                case.user().unwrap_or_else(|| "the user".to_owned())
            ),
            Self::Trust => format!(
                "make the trust to {} one that carries Kerberos (a forest trust, or both-way referrals), and let names of its hosts be found",
                domain.unwrap_or("that domain")
            ),
            Self::OpenKdc => format!(
                "let {client} reach port 88 (UDP and TCP) and 464 of a domain controller, or use IAKERB where client and server know it"
            ),
            Self::DomainAccount => format!(
                "use an account of the domain for {server}; where client and server know Local KDC, that ends NTLM for local accounts"
            ),
            Self::JoinDomain => {
                format!("join {server} to the domain, or use Local KDC where client and server know it")
            }
            Self::CloudKerberos => "use Microsoft Entra Kerberos for this resource".to_owned(),
            Self::ServerKerberos => format!(
                "turn Kerberos on at {server}: join it to the domain and give it a key for {principal}"
            ),
            Self::ServerKeytab => format!(
                "give {server} a key for {principal}: `setspn -S {principal} {account}`, or a keytab that holds it"
            ),
            Self::Protocol => format!("stop SMB 1 and logons without extended security at {server}"),
            Self::Negotiate => format!("let the program on {client} ask for Negotiate instead of NTLM"),
            Self::EapTls => EAP_TLS.to_owned(),
            Self::Interceptor => format!(
                "find what stands between {client} and {server} and changes their packets, before anything else"
            ),
            Self::Client => format!(
                "look at {client}: whether its user has a ticket, and whether its program or policy allows Kerberos"
            ),
        }
    }
}

/// The account of the server, in the form that `setspn` takes.
fn account(case: &Case<'_>) -> String {
    let computer = case.auth.server.nb_computer.as_deref();
    computer.map_or_else(|| "the account of the service".to_owned(), |name| format!("{name}$"))
}

fn use_name(case: &Case<'_>, account: &str) -> String {
    let address = case.target.as_ref().and_then(Target::address).unwrap_or_else(|| case.server());
    let class =
        case.principal().and_then(|principal| principal.split_once('/').map(|(class, _)| class.to_owned()));
    let class = class.unwrap_or_else(|| "cifs".to_owned());
    let own = case.auth.server.dns_computer.as_deref().or(case.auth.server.nb_computer.as_deref());
    let name = own.map_or_else(|| "its DNS name".to_owned(), ToOwned::to_owned);
    format!(
        "use {name} instead of {address}; where a name cannot be used, set TryIPSPN to 1 on the client \
         (HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Kerberos\\Parameters) and register \
         `setspn -S {class}/{address} {account}`"
    )
}
