//! Who still uses NTLM or MS-CHAP, which is made of it, and where: one row for each client, server, protocol, version, user, target and result.

use super::count::Counts;
use super::grid::{Cell, Column, Grid, Line, Look};
use super::host::Host;
use super::text::{listed, printable, word};
use super::{MAX_ROWS, Page};
use crate::model::{Auth, Carrier, Ending, Mechanism, Name, NtlmVersion};

/// NTLM and MS-CHAP authentications, counted.
#[derive(Debug, Default)]
pub(super) struct NtlmUse {
    groups: Counts<Group>,
    versions: Counts<Version>,
    mschap: u64,
}

/// What authentications of one row have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    version: Version,
    client: Host,
    workstation: String,
    server: Host,
    server_name: String,
    carrier: Carrier,
    user: String,
    target: Option<String>,
    result: Result,
}

/// A version, the most worrying first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Version {
    Lm,
    Mschapv1,
    Ntlmv1,
    Ntlmv1Ess,
    Mschapv2,
    Ntlmv2,
    Unknown,
    Anonymous,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Result {
    Failed(Option<String>),
    Succeeded,
    Unknown,
}

impl NtlmUse {
    /// Counts one authentication.
    pub(super) fn add(&mut self, auth: &Auth) {
        let group = Group::of(auth);
        self.mschap = self.mschap.saturating_add(u64::from(group.version.is_mschap()));
        self.versions.add(group.version);
        self.groups.add(group);
    }

    /// How many of NTLM there were.
    pub(super) fn ntlm(&self) -> u64 {
        self.versions.total().saturating_sub(self.mschap)
    }

    /// How many of MS-CHAP there were.
    pub(super) fn mschap(&self) -> u64 {
        self.mschap
    }

    /// Adds the section, where there is anything to tell.
    pub(super) fn push(&self, page: &mut Page) {
        if self.versions.is_empty() {
            return;
        }
        let versions: Vec<_> = self
            .versions
            .ranked(|version| *version)
            .into_iter()
            .map(|(version, count)| format!("{count} {}", version.name()))
            .collect();
        let title = match (self.ntlm(), self.mschap) {
            (_, 0) => "NTLM still in use",
            (0, _) => "MS-CHAP still in use",
            _ => "NTLM and MS-CHAP still in use",
        };
        page.title(title, &listed(&versions));
        let groups = self.groups.ranked(|group| group.version);
        let mut wide = Grid::new(&WIDE);
        let mut narrow = Grid::new(&NARROW);
        for &(group, count) in groups.iter().take(MAX_ROWS) {
            wide.row(group.wide(count));
            narrow.row(group.narrow(count));
        }
        page.grid(&[wide, narrow]);
        page.rest(&self.groups, MAX_ROWS, groups.len());
    }
}

const WIDE: [Column; 7] = [
    Column::Right("Count"),
    Column::Left("Version"),
    Column::Left("Via"),
    Column::Left("Client"),
    Column::Left("Server"),
    Column::Left("User, target"),
    Column::Left("Result"),
];
const NARROW: [Column; 5] = [
    Column::Right("Count"),
    Column::Left("Version"),
    Column::Left("Client"),
    Column::Left("Server"),
    Column::Left("User, target, result"),
];

impl Group {
    fn of(auth: &Auth) -> Self {
        let ntlm = auth.ntlm.as_ref();
        let workstation =
            auth.client.workstation.as_deref().or(ntlm.and_then(|ntlm| ntlm.workstation.as_deref()));
        let server_name = auth.server.dns_computer.as_deref().or(auth.server.nb_computer.as_deref());
        Self {
            version: Version::of(auth),
            client: Host::of(auth.client.end, auth.client.mac),
            workstation: printable(workstation.unwrap_or_default()),
            server: Host::of(auth.server.end, auth.server.mac),
            server_name: printable(server_name.unwrap_or_default()),
            carrier: auth.carrier,
            user: user(auth),
            target: ntlm
                .and_then(|ntlm| ntlm.target_spn.as_deref())
                .filter(|spn| !spn.is_empty())
                .map(printable),
            result: match auth.outcome.result {
                Ending::Success => Result::Succeeded,
                Ending::Failure => Result::Failed(auth.outcome.code.as_deref().map(printable)),
                Ending::Unknown => Result::Unknown,
            },
        }
    }

    fn wide(&self, count: u64) -> Vec<Cell> {
        let result = match &self.result {
            Result::Failed(Some(code)) => {
                vec![Line::whole("failed").look(Look::Bad), Line::code(code.clone()).look(Look::Faint)]
            }
            result => vec![result.line()],
        };
        let mut user = vec![Line::new(self.user.clone())];
        user.extend(self.target_line());
        vec![
            vec![Line::whole(count.to_string())],
            vec![self.version.line()],
            vec![Line::whole(word(&self.carrier))],
            vec![Line::whole(self.client.to_string()), faint(&self.workstation)],
            vec![Line::whole(self.server.to_string()), faint(&self.server_name)],
            user,
            result,
        ]
    }

    fn narrow(&self, count: u64) -> Vec<Cell> {
        let mut user = vec![Line::new(self.user.clone())];
        user.extend(self.target_line());
        user.push(self.result.line());
        vec![
            vec![Line::whole(count.to_string())],
            vec![self.version.line(), Line::whole(word(&self.carrier)).look(Look::Faint)],
            vec![Line::whole(self.client.to_string()), faint(&self.workstation)],
            vec![Line::whole(self.server.to_string()), faint(&self.server_name)],
            user,
        ]
    }

    fn target_line(&self) -> Option<Line> {
        self.target.as_ref().map(|target| Line::new(format!("for {target}")).look(Look::Faint))
    }
}

impl Result {
    fn line(&self) -> Line {
        match self {
            Self::Failed(Some(code)) => Line::code(format!("failed: {code}")).look(Look::Bad),
            Self::Failed(None) => Line::whole("failed").look(Look::Bad),
            Self::Succeeded => Line::whole("success"),
            Self::Unknown => Line::whole("result not seen").look(Look::Faint),
        }
    }
}

impl Version {
    fn of(auth: &Auth) -> Self {
        match auth.mechanism {
            Mechanism::Mschapv1 => Self::Mschapv1,
            Mechanism::Mschapv2 => Self::Mschapv2,
            _ => auth.ntlm.as_ref().map_or(Self::Unknown, |ntlm| ntlm.version.into()),
        }
    }

    fn is_mschap(self) -> bool {
        matches!(self, Self::Mschapv1 | Self::Mschapv2)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Lm => "LM",
            Self::Mschapv1 => "MS-CHAPv1",
            Self::Mschapv2 => "MS-CHAPv2",
            Self::Ntlmv1 => "NTLMv1",
            Self::Ntlmv1Ess => "NTLMv1-ESS",
            Self::Ntlmv2 => "NTLMv2",
            Self::Unknown => "unknown",
            Self::Anonymous => "anonymous",
        }
    }

    fn line(self) -> Line {
        let look = match self {
            Self::Lm | Self::Mschapv1 | Self::Ntlmv1 | Self::Ntlmv1Ess | Self::Mschapv2 => Look::Bad,
            Self::Ntlmv2 => Look::Warning,
            Self::Unknown | Self::Anonymous => Look::Plain,
        };
        Line::whole(self.name()).look(look)
    }
}

impl From<NtlmVersion> for Version {
    fn from(version: NtlmVersion) -> Self {
        match version {
            NtlmVersion::Lm => Self::Lm,
            NtlmVersion::Ntlmv1 => Self::Ntlmv1,
            NtlmVersion::Ntlmv1Ess => Self::Ntlmv1Ess,
            NtlmVersion::Ntlmv2 => Self::Ntlmv2,
            NtlmVersion::Unknown => Self::Unknown,
            NtlmVersion::Anonymous => Self::Anonymous,
        }
    }
}

fn faint(name: &str) -> Line {
    Line::new(name).look(Look::Faint)
}

/// `DOMAIN\user`, or what is known of it.
fn user(auth: &Auth) -> String {
    let ntlm = auth.ntlm.as_ref();
    let known = |name: &Option<Name>| name.as_deref().filter(|name| !name.is_empty()).map(printable);
    if let Some(user) = auth.mschap.as_ref().and_then(|mschap| known(&mschap.user)) {
        return user;
    }
    match (ntlm.and_then(|ntlm| known(&ntlm.domain)), ntlm.and_then(|ntlm| known(&ntlm.user))) {
        (Some(domain), Some(user)) => format!("{domain}\\{user}"),
        (None, Some(user)) => user,
        (_, None) => "(no user name)".to_owned(),
    }
}
