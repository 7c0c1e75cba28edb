//! The ways in which a client can bind.

use ntlmscope_parsers::Secret;
use ntlmscope_parsers::ldap::Authentication;

use crate::carrier::sasl;
use crate::model::{Part, Wrapper};

/// How a client binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// A SASL mechanism whose credentials are security tokens.
    Sasl {
        /// How the mechanism wraps them, where they do not show it.
        wrapper: Option<Wrapper>,
        /// The security package that the mechanism names.
        package: &'static str,
    },
    /// Sicily, first message: its answer is the challenge and no verdict.
    SicilyNegotiate,
    /// Sicily, second message.
    SicilyResponse,
    /// A logon without tokens, counted under this word.
    Counted(&'static str),
    /// No logon.
    None,
}

impl Method {
    /// The method of a bind, and its token.
    pub(super) fn of<'a>(authentication: &Authentication<'a>) -> (Self, Option<Secret<'a>>) {
        match *authentication {
            // A name without a password is no proof of it: the server takes it for anonymous (RFC 4513 5.1.2).
            Authentication::Simple(password) if password.is_empty() => {
                (Self::Counted("simple/anonymous"), None)
            }
            Authentication::Simple(_) => (Self::Counted("simple"), None),
            Authentication::Sasl { mechanism, credentials } => (Self::sasl(mechanism.bytes()), credentials),
            Authentication::SicilyPackageDiscovery => (Self::None, None),
            Authentication::SicilyNegotiate(token) => (Self::SicilyNegotiate, Some(token)),
            Authentication::SicilyResponse(token) => (Self::SicilyResponse, Some(token)),
            Authentication::Other(_) => (Self::Counted("ldap/other"), None),
        }
    }

    fn sasl(mechanism: &[u8]) -> Self {
        let is = |name: &str| mechanism.eq_ignore_ascii_case(name.as_bytes());
        if is("GSSAPI") {
            return Self::Sasl { wrapper: Some(Wrapper::SaslGssapi), package: "kerberos" };
        }
        if is("GSS-SPNEGO") {
            return Self::Sasl { wrapper: None, package: "negotiate" };
        }
        if is("NTLM") {
            return Self::Sasl { wrapper: None, package: "ntlm" };
        }
        Self::Counted(sasl::counted(mechanism).unwrap_or(sasl::OTHER))
    }

    pub(super) fn has_tokens(self) -> bool {
        match self {
            Self::Sasl { .. } | Self::SicilyNegotiate | Self::SicilyResponse => true,
            Self::Counted(_) | Self::None => false,
        }
    }

    /// The security package that a bind with a token asks for.
    pub(super) fn requested(self) -> Part<'static> {
        Part::Requested(if let Self::Sasl { package, .. } = self { package } else { "ntlm" })
    }

    /// What the carrier knows of a logon with tokens.
    pub(super) fn service(self) -> Part<'static> {
        let wrapper = if let Self::Sasl { wrapper, .. } = self { wrapper } else { None };
        Part::Service { service: "ldap", wrapper }
    }
}
