//! One logon: who, with what, and how it will end.

use crate::random::Random;

/// How the password is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    OneExtended,
    Two,
}

impl Version {
    /// As records call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::One => "ntlmv1",
            Self::OneExtended => "ntlmv1-ess",
            Self::Two => "ntlmv2",
        }
    }
}

/// One logon with NTLM.
#[derive(Clone, Debug)]
pub(crate) struct Logon {
    pub(crate) user: String,
    pub(crate) domain: String,
    pub(crate) workstation: String,
    pub(crate) server: String,
    /// `MsvAvTargetName`.
    pub(crate) target: String,
    pub(crate) version: Version,
    pub(crate) succeeds: bool,
}

impl Logon {
    /// The logon of a user who logs on nowhere else.
    pub(crate) fn of(number: u64, service: &str, server: &str, random: &mut Random) -> Self {
        let name = FIRST_NAMES.get(random.below(FIRST_NAMES.len() as u64) as usize).copied().unwrap_or("x");
        let version = match random.below(100) {
            0..=3 => Version::One,
            4..=8 => Version::OneExtended,
            _ => Version::Two,
        };
        Self {
            user: format!("{name}.{number:07}"),
            domain: format!("CORP{}", random.below(4)),
            workstation: format!("WS-{:05}", random.below(20_000)),
            server: server.to_owned(),
            target: format!("{service}/{server}"),
            version,
            succeeds: !random.percent(8),
        }
    }

    pub(crate) fn dns_domain(&self) -> String {
        format!("{}.example.com", self.domain.to_lowercase())
    }
}

/// Names of users: some need more than ASCII, and one a surrogate pair.
const FIRST_NAMES: [&str; 8] = ["anna", "bela", "čeněk", "dörte", "eirini", "фёдор", "𝔤ustav", "svc-backup"];
