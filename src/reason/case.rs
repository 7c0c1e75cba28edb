//! One logon and everything that may explain it.

use std::collections::VecDeque;
use std::net::IpAddr;

use super::memory::{Contact, Fact, Memory, NEGATIVE_CACHE, What};
use crate::model::{Auth, Carrier, Ending, Evidence, Mechanism, Ntlm, NtlmVersion, Side, Time, Word};

/// A KDC's or service's word that came at most so long before a logon explains it, in nanoseconds.
pub(super) const JUST_BEFORE: i64 = 60_000_000_000;
/// A server hands a logon on before it answers; so long after the last packet, where the answer was not seen, in nanoseconds.
pub(super) const CHECKED_WITHIN: i64 = 5_000_000_000;
/// How much a duration in milliseconds may be short of.
const ROUNDING: i64 = 1_000_000;

/// One logon that was not Kerberos.
pub(super) struct Case<'c> {
    pub(super) auth: &'c Auth,
    memory: &'c Memory,
    /// What is known of the client; most have done nothing but log on.
    facts: Option<&'c VecDeque<Fact>>,
    client: IpAddr,
    server: IpAddr,
    /// What the client calls the server, as far as it shows.
    pub(super) target: Option<Target<'c>>,
}

/// What a client calls a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target<'t> {
    /// The host part.
    pub(super) host: &'t str,
    /// The address, where the host is written as one.
    pub(super) address: Option<IpAddr>,
    /// Where it was seen, in words.
    pub(super) seen_in: &'static str,
}

impl<'t> Target<'t> {
    fn new(host: &'t str, seen_in: &'static str) -> Self {
        Self { host, address: address(host), seen_in }
    }
}

impl<'c> Case<'c> {
    /// `None` where the ends have no addresses to look up what is known of them.
    pub(super) fn new(auth: &'c Auth, memory: &'c Memory) -> Option<Self> {
        let (client, server) = (auth.client.end.ip?, auth.server.end.ip?);
        Some(Self { auth, memory, facts: memory.facts(client), client, server, target: target(auth) })
    }

    pub(super) fn ntlm(&self) -> Option<&'c Ntlm> {
        self.auth.ntlm.as_ref()
    }

    pub(super) fn client(&self) -> IpAddr {
        self.client
    }

    pub(super) fn server(&self) -> IpAddr {
        self.server
    }

    /// True where the logon is anonymous.
    pub(super) fn is_anonymous(&self) -> bool {
        self.ntlm().is_some_and(|ntlm| ntlm.version == NtlmVersion::Anonymous)
    }

    /// The user without a realm, in lower case.
    pub(super) fn user(&self) -> Option<String> {
        let user = self.ntlm()?.user.as_deref()?;
        Some(user.split('@').next().unwrap_or(user).to_lowercase())
    }

    /// How the server is best called: by the name the client uses, its own DNS name, or its NetBIOS name.
    pub(super) fn name(&self) -> Option<&str> {
        let named = self.target.as_ref().filter(|target| target.address.is_none());
        let own = || self.auth.server.dns_computer.as_deref().or(self.auth.server.nb_computer.as_deref());
        named.map(|target| target.host).or_else(own)
    }

    /// The service principal that Kerberos would need.
    pub(super) fn principal(&self) -> Option<String> {
        let asked = self.ntlm().and_then(|ntlm| ntlm.target_spn.as_deref()).filter(|spn| spn.contains('/'));
        if let Some(asked) =
            asked.filter(|_| self.target.as_ref().is_some_and(|target| target.address.is_none()))
        {
            // Its port is a part of it, its realm is not.
            return Some(asked.split('@').next().unwrap_or(asked).to_owned());
        }
        let class = self.class().unwrap_or("host");
        self.name().map(|name| format!("{class}/{name}"))
    }

    /// The class of that principal, where it shows.
    pub(super) fn class(&self) -> Option<&str> {
        let asked =
            self.ntlm().and_then(|ntlm| ntlm.target_spn.as_deref()).and_then(|spn| spn.split_once('/'));
        if let Some((class, _)) = asked {
            return Some(class);
        }
        Some(match self.auth.carrier {
            Carrier::Smb1 | Carrier::Smb2 => "cifs",
            Carrier::Http | Carrier::HttpProxy => "HTTP",
            Carrier::Ldap => "ldap",
            Carrier::Dns => "DNS",
            Carrier::Tds => "MSSQLSvc",
            Carrier::Smtp => "SMTP",
            Carrier::Imap => "imap",
            Carrier::Pop3 => "pop",
            Carrier::Nntp => "nntp",
            Carrier::Sip => "sip",
            // What curl and Dante ask for.
            Carrier::Socks => "rcmd",
            Carrier::Credssp => "TERMSRV",
            Carrier::Telnet => "host",
            Carrier::Dcerpc
            | Carrier::Gss
            | Carrier::Kdc
            | Carrier::Nns
            | Carrier::Other
            | Carrier::Radius
            | Carrier::Ppp
            | Carrier::Eapol => return None,
        })
    }

    /// True where a principal is one of this server's.
    pub(super) fn is_server(&self, principal: &str) -> bool {
        let host = host_of(principal);
        let target = self.target.as_ref().map(|target| target.host);
        let server = &self.auth.server;
        [target, server.dns_computer.as_deref(), server.nb_computer.as_deref()]
            .into_iter()
            .flatten()
            .any(|name| same_host(host, name))
    }

    /// True where a principal is the one that Kerberos would need here.
    pub(super) fn is_service(&self, principal: &str) -> bool {
        let class = |principal: &str| principal.split_once('/').map(|(class, _)| class.to_lowercase());
        // Where the class of the service does not show, any will do.
        let fits = || {
            self.class()
                .is_none_or(|needed| class(principal).is_none_or(|class| class == needed.to_lowercase()))
        };
        self.is_server(principal) && fits()
    }

    /// True where the server says that it is in no domain: it is its own, and has no forest.
    pub(super) fn is_alone(&self) -> bool {
        is_alone(self.auth)
    }

    /// The realm or domain of the account, as the response spells it.
    pub(super) fn realm_of_user(&self) -> Option<&'c str> {
        let ntlm = self.ntlm()?;
        let suffix = ntlm.user.as_deref().and_then(|user| user.split_once('@')).map(|(_, realm)| realm);
        ntlm.domain.as_deref().filter(|domain| !domain.is_empty()).or(suffix)
    }

    /// The KDC's refusal of the user, just before: unknown, locked or expired client, policy, failed pre-authentication, expired password
    /// (RFC 4120, 7.5.9).
    pub(super) fn refusal_of_user(&self) -> Option<&'c Fact> {
        self.last_refusal(&[1, 6, 12, 18, 23, 24], |fact| self.is_of_user(fact))
    }

    /// The KDC's word, just before, that it shares no encryption type with the client for the user.
    pub(super) fn etype_of_user(&self) -> Option<&'c Fact> {
        self.last_refusal(&[14], |fact| self.is_of_user(fact))
    }

    /// The KDC's word, just before, that the clock of the client is wrong, whatever it had asked for.
    pub(super) fn skew_of_client(&self) -> Option<&'c Fact> {
        self.last_refusal(&[37], |_| true)
    }

    /// The last refusal with one of these errors, unless the KDC gave a ticket after it: to err once is no reason.
    fn last_refusal(&self, numbers: &[i32], is_meant: impl Fn(&Fact) -> bool) -> Option<&'c Fact> {
        let told = |fact: &Fact| match fact.what {
            What::KdcError(number) => numbers.contains(&number),
            What::Entered | What::Ticket | What::Referral => true,
            What::Unreachable | What::Refused(_) => false,
        };
        let last = self.just_before().find(|fact| told(fact) && is_meant(fact))?;
        matches!(last.what, What::KdcError(_)).then_some(last)
    }

    /// True where a fact is of the user that logs on here.
    pub(super) fn is_of_user(&self, fact: &Fact) -> bool {
        let cname = fact.cname.as_deref().map(|cname| cname.split('@').next().unwrap_or(cname));
        cname.zip(self.user()).is_some_and(|(cname, user)| cname.eq_ignore_ascii_case(&user))
    }

    /// True where a realm is that of the server, or that of the account.
    pub(super) fn is_realm(&self, realm: &str) -> bool {
        let server = &self.auth.server;
        let target = self.target.as_ref().map(|target| target.host);
        let ntlm = self.ntlm();
        let suffix = ntlm.and_then(|ntlm| ntlm.user.as_deref()).and_then(|user| user.split_once('@'));
        let own = [
            server.dns_domain.as_deref(),
            suffix.map(|(_, realm)| realm),
            ntlm.and_then(|ntlm| ntlm.domain.as_deref()),
        ];
        let named = target.is_some_and(|host| is_within(host, realm));
        named || own.into_iter().flatten().any(|name| name.eq_ignore_ascii_case(realm))
    }

    /// The domain of the server, where it is in another forest than a realm as far as their names tell.
    pub(super) fn beyond(&self, realm: &str) -> Option<&'c str> {
        let server = &self.auth.server;
        let domain = server.dns_domain.as_deref().filter(|domain| domain.contains('.'))?;
        let forest = server.dns_forest.as_deref().unwrap_or(domain);
        let related = [(realm, forest), (realm, domain), (domain, realm)];
        let alone = server.nb_computer.as_deref().is_none_or(|computer| same_host(computer, domain));
        (!alone && realm.contains('.') && !related.iter().any(|(one, other)| is_within(one, other)))
            .then_some(domain)
    }

    /// Facts of the minute before the logon (and while it lasted), the latest first.
    pub(super) fn just_before(&self) -> impl Iterator<Item = &'c Fact> {
        self.facts(JUST_BEFORE)
    }

    /// Facts that Windows still remembers, the latest first.
    pub(super) fn remembered(&self) -> impl Iterator<Item = &'c Fact> {
        self.facts(NEGATIVE_CACHE)
    }

    fn facts(&self, before: i64) -> impl Iterator<Item = &'c Fact> + use<'c> {
        let (from, to) = self.span(before);
        let known = self.facts.into_iter().flat_map(|facts| facts.iter().rev());
        known.filter(move |fact| from <= fact.began && fact.began <= to)
    }

    /// From so long before the logon to its end.
    fn span(&self, before: i64) -> (Time, Time) {
        let began = self.auth.seen.ts.time.0;
        let lasted = i64::try_from(self.auth.seen.duration_ms).unwrap_or(0).saturating_mul(1_000_000);
        (Time(began.saturating_sub(before)), Time(began.saturating_add(lasted)))
    }

    /// What the server asked of its domain controllers while this logon was checked: the last contact, and whether a logon
    /// was handed on. `None` where the capture shows nothing of such traffic.
    pub(super) fn handed_on(&self) -> Option<(&'c Contact, bool)> {
        let controller = self.memory.controller(self.server())?;
        let (from, to) = self.span(0);
        let is_answered = self.auth.outcome.result != Ending::Unknown;
        let after = if is_answered { ROUNDING } else { CHECKED_WITHIN };
        let to = Time(to.0.saturating_add(after));
        Some((controller.seen()?, controller.is_asked_between(from, to)))
    }

    /// The KDC's refusal of a ticket for this server with one of these errors, and whether it came just before.
    pub(super) fn kdc_error(&self, numbers: &[i32]) -> Option<(&'c Fact, bool)> {
        // Of most clients nothing is known, and many rules ask.
        self.facts?;
        let fits = |fact: &&Fact| {
            matches!(fact.what, What::KdcError(number) if numbers.contains(&number))
                && fact.sname.as_deref().is_some_and(|sname| self.is_service(sname))
        };
        let now = self.just_before().find(fits).map(|fact| (fact, true));
        now.or_else(|| self.remembered().find(fits).map(|fact| (fact, false)))
    }

    /// A refusal by this server of a ticket, just before.
    pub(super) fn refused(&self) -> Option<&'c Fact> {
        let server = self.server();
        self.just_before().find(|fact| matches!(fact.what, What::Refused(_)) && fact.server == server)
    }

    /// The packet in which the client sent its response.
    pub(super) fn proof(&self, text: impl Into<Word>) -> Vec<Evidence> {
        let frame = self.auth.seen.frames.get(2).or(self.auth.seen.frames.last()).copied();
        let evidence = |frame| Evidence { frame, ts: self.auth.seen.ts, text: text.into() };
        frame.map(evidence).into_iter().collect()
    }

    /// True where the mechanism is Kerberos, which needs no reason.
    pub(super) fn needs_no_reason(auth: &Auth) -> bool {
        auth.mechanism != Mechanism::Ntlm
    }
}

/// The list of mechanisms in which some were overwritten, and whose it is. The arc 1.3.6.1.1 is that of directories: no mechanism has an
/// identifier in it, and tools that leave nothing but NTLM take theirs from there.
pub(super) fn overwritten(auth: &Auth) -> Option<(Side, &[Word])> {
    let spnego = auth.spnego.as_ref()?;
    let lists = [(Side::Client, spnego.offered.as_slice()), (Side::Server, spnego.hinted.as_slice())];
    lists.into_iter().find(|(_, mechs)| mechs.iter().any(|mech| mech.starts_with("1.3.6.1.1.")))
}

/// True where the server is a member of a domain and the account is of another one, as far as their names tell.
pub(super) fn is_of_other_domain(auth: &Auth) -> bool {
    let (Some(ntlm), server) = (&auth.ntlm, &auth.server) else { return false };
    let (Some(of_user), Some(of_server)) = (ntlm.domain.as_deref(), server.dns_domain.as_deref()) else {
        return false;
    };
    // A server that stands alone gives its own name for that of its domain.
    let alone = server.nb_computer.as_deref().is_none_or(|computer| same_host(computer, of_server));
    let own = [&server.nb_domain, &server.dns_domain, &server.nb_computer, &server.dns_computer];
    // An account of the client itself is sent with the client's name.
    let mut known = own.into_iter().chain([&ntlm.workstation]).flatten();
    !alone && !no_domain(of_user) && !known.any(|name| same_host(name, of_user))
}

/// True where the server says that it is in no domain.
fn is_alone(auth: &Auth) -> bool {
    let server = &auth.server;
    let own = server.nb_computer.as_deref().zip(server.nb_domain.as_deref());
    server.dns_forest.is_none() && own.is_some_and(|(own, domain)| own.eq_ignore_ascii_case(domain))
}

/// True where the client called the server by a name that the server, which says that it is in a domain, does not give itself, and the
/// server takes no Kerberos. A member of a domain takes it, and a server that stands alone may have an alias.
pub(super) fn goes_by(auth: &Auth, name: &str) -> bool {
    let server = &auth.server;
    let own = [&server.nb_computer, &server.nb_domain, &server.dns_computer, &server.dns_domain];
    let called = target(auth).is_none_or(|target| same_netbios(target.host, name));
    let kerberos = |mechs: &[Word]| mechs.iter().any(|mech| mech.contains("krb5"));
    let takes = auth.spnego.as_ref().is_some_and(|spnego| kerberos(&spnego.hinted));
    let claims = server.nb_computer.is_some() && server.nb_domain.is_some() && !is_alone(auth);
    claims && called && !takes && !own.into_iter().flatten().any(|own| same_netbios(own, name))
}

/// True where a name holds what `CredMarshalTargetInfo` makes of empty target information: base 64 that starts and ends alike.
pub(super) fn is_marshalled(name: &str) -> bool {
    let has =
        |name: &[u8], mark: &[u8]| name.windows(mark.len()).position(|part| part.eq_ignore_ascii_case(mark));
    let (start, end) = (b"1UWhRCAAAA", b"BAAAA");
    let rest =
        has(name.as_bytes(), start).and_then(|at| name.as_bytes().get(at.saturating_add(start.len())..));
    rest.is_some_and(|rest| has(rest, end).is_some())
}

/// The same first label, as far as a NetBIOS name holds one.
fn same_netbios(one: &str, other: &str) -> bool {
    const MAX_NAME: usize = 15;
    let label = |name: &str| first_label(name).to_lowercase();
    label(one).chars().take(MAX_NAME).eq(label(other).chars().take(MAX_NAME))
}

/// What stands in the place of a domain and is none.
fn no_domain(name: &str) -> bool {
    const NONE: [&str; 5] = ["", ".", "WORKGROUP", "AzureAD", "MicrosoftAccount"];
    NONE.iter().any(|none| none.eq_ignore_ascii_case(name))
}

/// The host in `class/host:port/name@REALM`.
pub(super) fn host_of(principal: &str) -> &str {
    let bare = principal.split('@').next().unwrap_or(principal);
    let host = bare.split('/').nth(1).unwrap_or(bare);
    if host.starts_with('[') { host.split_inclusive(']').next().unwrap_or(host) } else { without_port(host) }
}

fn without_port(host: &str) -> &str {
    match host.split_once(':') {
        // More than one colon: an IPv6 address without brackets.
        Some((name, rest)) if !rest.contains(':') => name,
        _ => host,
    }
}

/// True where a DNS name lies in a domain or is its own.
fn is_within(name: &str, domain: &str) -> bool {
    let (name, domain) = (name.to_lowercase(), domain.to_lowercase());
    let before = name.strip_suffix(&domain);
    !domain.is_empty() && before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// The same host, in full or by its first label.
fn same_host(one: &str, other: &str) -> bool {
    if one.eq_ignore_ascii_case(other) {
        return true;
    }
    let (label, of_other) = (first_label(one), first_label(other));
    let same = label.eq_ignore_ascii_case(of_other)
        || (!label.is_ascii() && label.to_lowercase() == of_other.to_lowercase());
    let full = one.contains('.') && other.contains('.');
    let is_address = |name: &str| name.parse::<IpAddr>().is_ok();
    same && !full && !one.is_empty() && !is_address(one) && !is_address(other)
}

fn first_label(name: &str) -> &str {
    let end = name.bytes().position(|byte| byte == b'.');
    end.and_then(|end| name.get(..end)).unwrap_or(name)
}

/// The address, where a host is written as one.
fn address(host: &str) -> Option<IpAddr> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let literal = host.strip_suffix(".ipv6-literal.net").map(|host| host.replace('-', ":").replace('s', "%"));
    let host = literal.as_deref().unwrap_or(host);
    host.split('%').next()?.parse().ok()
}

fn target(auth: &Auth) -> Option<Target<'_>> {
    let spn = auth.ntlm.as_ref().and_then(|ntlm| ntlm.target_spn.as_deref()).filter(|spn| spn.contains('/'));
    if let Some(spn) = spn {
        return Some(Target::new(host_of(spn), "the target name of the NTLMv2 response"));
    }
    let resource = auth.resource.as_deref()?;
    let (rest, seen_in) = match resource.strip_prefix(r"\\") {
        Some(rest) => (rest, "the path of the share"),
        None => (resource.split_once("://")?.1, "the URL"),
    };
    let host = rest.split(['\\', '/']).next().unwrap_or_default();
    let host = if host.starts_with('[') { host.split_inclusive(']').next()? } else { without_port(host) };
    (!host.is_empty()).then(|| Target::new(host, seen_in))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_principal_is_found_in_all_its_forms() {
        for (principal, host) in [
            ("cifs/fs.lab.test", "fs.lab.test"),
            ("MSSQLSvc/db.lab.test:1433", "db.lab.test"),
            ("HTTP/10.0.0.5@LAB.TEST", "10.0.0.5"),
            ("ldap/dc.lab.test/lab.test", "dc.lab.test"),
            ("cifs/[fd77::b]", "[fd77::b]"),
            ("cifs/fd77::b", "fd77::b"),
        ] {
            assert_eq!(host_of(principal), host);
        }
    }

    /// What a server calls itself, as recorded of impacket, of Samba alone and in a domain, and of what relays to a member.
    #[test]
    fn a_server_goes_by_a_name_that_it_does_not_give_itself() {
        use super::super::example::{mechs, ntlm};
        use crate::model::Spnego;
        type Row = (&'static str, &'static str, &'static str, &'static [&'static str], &'static str, bool);
        let table: [Row; 8] = [
            ("AJEHXZUP", "GXYUTFQQ", "AJEHXZUP", &["ntlmssp"], "FILESRV", true),
            ("FS", "LAB", "fs.lab.test", &["ntlmssp"], "filesrv", true),
            ("FS", "LAB", "fs.lab.test", &[], "FILESRV", true),
            // An alias of a member, and of a server that stands alone; its own name, also cut to what NetBIOS holds, and that of its domain.
            ("FS", "LAB", "fs.lab.test", &["ms-krb5", "ntlmssp"], "FILESRV", false),
            ("WG", "WG", "wg", &["ntlmssp"], "FILESRV", false),
            ("FILESRV", "LAB", "filesrv.lab.test", &[], "filesrv", false),
            ("A-LONGER-NAME-O", "LAB", "a-longer-name-of-mine.lab.test", &[], "A-LONGER-NAME-OF-MINE", false),
            ("FS", "LAB", "fs.lab.test", &[], "LAB", false),
        ];
        for (computer, domain, dns, hinted, name, expected) in table {
            let mut auth = ntlm(Time(0));
            let server = &mut auth.server;
            (server.nb_computer, server.nb_domain) = (Some(computer.into()), Some(domain.into()));
            (server.dns_computer, server.dns_domain) = (Some(dns.into()), None);
            auth.spnego = Some(Spnego { hinted: mechs(hinted), ..Spnego::default() }.into());
            auth.ntlm.as_mut().unwrap().target_spn = Some(format!("cifs/{name}").into());
            assert_eq!(goes_by(&auth, name), expected, "{computer} {name}");
            auth.ntlm.as_mut().unwrap().target_spn = Some("cifs/another".into());
            assert!(!goes_by(&auth, name), "the client called another name");
        }
    }

    #[test]
    fn an_address_is_known_however_it_is_written() {
        for (host, is_address) in [
            ("10.0.0.5", true),
            ("[fd77::b]", true),
            ("fd77::b", true),
            ("fe80--1s4.ipv6-literal.net", true),
            ("fs1", false),
            ("10.lab.test", false),
        ] {
            assert_eq!(address(host).is_some(), is_address, "{host}");
        }
    }
}
