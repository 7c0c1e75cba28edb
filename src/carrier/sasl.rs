//! The mechanisms of SASL (RFC 4422): those whose messages are security tokens, and those that are counted.

use ntlmscope_parsers::Secret;

use crate::model::Wrapper;

/// A mechanism, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    /// Its messages are security tokens.
    Tokens {
        /// How it wraps them, where they do not show it.
        wrapper: Option<Wrapper>,
    },
    /// It is counted under this word.
    Counted(&'static str),
}

impl Mechanism {
    /// The mechanism of a name.
    pub(super) fn of(name: &[u8]) -> Self {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("GSSAPI") {
            return Self::Tokens { wrapper: Some(Wrapper::SaslGssapi) };
        }
        // MSN is what Microsoft called NTLM for the logons of its network.
        if is("GSS-SPNEGO") || is("NTLM") || is("MSN") {
            return Self::NTLM;
        }
        let of_mail = || COUNTED_IN_MAIL.iter().find(|(known, _)| is(known)).map(|(_, word)| *word);
        Self::Counted(counted(name).or_else(of_mail).unwrap_or(OTHER))
    }

    /// NTLM, whose messages are its tokens.
    pub(super) const NTLM: Self = Self::Tokens { wrapper: None };
}

/// A message without what some clients and servers of Microsoft put before it.
pub(super) fn bare(text: Secret<'_>) -> &[u8] {
    let text = text.expose();
    let prefix = text.get(..5).filter(|prefix| prefix.eq_ignore_ascii_case(b"NTLM "));
    prefix.and_then(|prefix| text.get(prefix.len()..)).unwrap_or(text)
}

/// The word under which a mechanism without security tokens is counted, in mail and in LDAP alike.
pub(super) fn counted(name: &[u8]) -> Option<&'static str> {
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    COUNTED.iter().find(|(known, _)| is(known)).map(|(_, word)| *word)
}

/// The word of a mechanism that is not known.
pub(super) const OTHER: &str = "sasl/other";

/// Mechanisms without security tokens, and the words under which they are counted. Names from the wire are not taken over: there
/// would be no end of them.
const COUNTED: [(&str, &str); 14] = [
    ("EXTERNAL", "sasl/external"),
    ("DIGEST-MD5", "sasl/digest-md5"),
    ("CRAM-MD5", "sasl/cram-md5"),
    ("PLAIN", "sasl/plain"),
    ("LOGIN", "sasl/login"),
    ("ANONYMOUS", "sasl/anonymous"),
    ("SRP", "sasl/srp"),
    ("OAUTHBEARER", "sasl/oauthbearer"),
    ("SCRAM-SHA-1", "sasl/scram-sha-1"),
    ("SCRAM-SHA-1-PLUS", "sasl/scram-sha-1"),
    ("SCRAM-SHA-256", "sasl/scram-sha-256"),
    ("SCRAM-SHA-256-PLUS", "sasl/scram-sha-256"),
    ("SCRAM-SHA-512", "sasl/scram-sha-512"),
    ("SCRAM-SHA-512-PLUS", "sasl/scram-sha-512"),
];

/// Those that only mail knows.
const COUNTED_IN_MAIL: [(&str, &str); 3] =
    [("XOAUTH2", "sasl/xoauth2"), ("XOAUTH", "sasl/xoauth"), ("KERBEROS_V4", "sasl/kerberos-v4")];
