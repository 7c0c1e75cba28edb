//! Challenges and credentials (RFC 9110 11): `WWW-Authenticate`, `Proxy-Authenticate`, `Authorization`, `Proxy-Authorization`.

use super::{is_space, is_token, trim};
use crate::secret::Secret;

/// A challenge or credentials (RFC 9110 11.3 and 11.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// `auth-scheme`, in whatever case it was sent.
    pub scheme: &'a [u8],
    /// `token68`: the token of Negotiate and NTLM, in base 64.
    pub token: Option<Secret<'a>>,
    /// `auth-param`s, in place of a token.
    pub params: Secret<'a>,
}

impl<'a> Challenge<'a> {
    /// Whether this is its scheme.
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme.as_bytes())
    }

    /// The value of a parameter, without its quotes; escapes stay.
    pub fn param(&self, name: &str) -> Option<&'a [u8]> {
        let mut rest = self.params.expose();
        while let Some((found, value, after)) = param(skip(rest, is_separator)) {
            if found.eq_ignore_ascii_case(name.as_bytes()) {
                return Some(value);
            }
            rest = after;
        }
        None
    }
}

/// The challenges of a field, which may be a list (RFC 9110 11.6.1), or the one member of credentials.
#[derive(Clone)]
pub struct Challenges<'a>(&'a [u8]);

/// The challenges in the value of a field.
pub fn challenges(value: &[u8]) -> Challenges<'_> {
    Challenges(value)
}

impl<'a> Iterator for Challenges<'a> {
    type Item = Challenge<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (scheme, rest) = word(skip(self.0, is_separator));
        if scheme.is_empty() {
            self.0 = &[];
            return None;
        }
        let rest = skip(rest, is_space);
        if let Some((token, after)) = token68(rest) {
            self.0 = after;
            return Some(Challenge { scheme, token: Some(Secret::new(token)), params: Secret::default() });
        }
        let mut after = rest;
        while let Some((_, _, next)) = param(skip(after, is_separator)) {
            after = next;
        }
        let len = rest.len().saturating_sub(after.len());
        // What is neither a parameter nor the start of a list member ends the field.
        self.0 = if matches!(after, [] | [b',', ..]) { after } else { &[] };
        Some(Challenge {
            scheme,
            token: None,
            params: Secret::new(rest.get(..len).map(trim).unwrap_or_default()),
        })
    }
}

/// A `token68` that fills its list member, and what follows.
fn token68(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    // A token is long: it is passed over in blocks.
    let (blocks, _) = bytes.as_chunks::<32>();
    let whole = blocks.iter().take_while(|block| block.iter().fold(true, |all, byte| all & is_68(*byte)));
    let rest = bytes.get(whole.flatten().count()..).unwrap_or_default();
    let end = skip(skip(rest, is_68), |byte| byte == b'=');
    let token = bytes.get(..bytes.len().saturating_sub(end.len()))?;
    let after = skip(end, is_space);
    (token.first().is_some_and(|byte| is_68(*byte)) && matches!(after, [] | [b',', ..]))
        .then_some((token, after))
}

/// Without a branch, so that many are told at once.
fn is_68(byte: u8) -> bool {
    let is_mark = |mark| byte == mark;
    byte.is_ascii_alphanumeric()
        | is_mark(b'-')
        | is_mark(b'.')
        | is_mark(b'_')
        | is_mark(b'~')
        | is_mark(b'+')
        | is_mark(b'/')
}

/// `name = value`, and what follows its white space.
fn param(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (name, rest) = word(bytes);
    let rest = skip(skip(rest, is_space).strip_prefix(b"=")?, is_space);
    let (value, after) = match rest.strip_prefix(b"\"") {
        Some(quoted) => {
            let len = quoted_len(quoted);
            let (value, after) = quoted.split_at_checked(len)?;
            (value, after.get(1..).unwrap_or_default())
        }
        None => word(rest),
    };
    (!name.is_empty()).then_some((name, value, skip(after, is_space)))
}

/// Length up to the closing quote, or of all where there is none.
fn quoted_len(bytes: &[u8]) -> usize {
    let mut is_escaped = false;
    bytes
        .iter()
        .position(|byte| {
            let ends = *byte == b'"' && !is_escaped;
            is_escaped = *byte == b'\\' && !is_escaped;
            ends
        })
        .unwrap_or(bytes.len())
}

fn word(bytes: &[u8]) -> (&[u8], &[u8]) {
    let rest = skip(bytes, is_token);
    bytes.split_at_checked(bytes.len().saturating_sub(rest.len())).unwrap_or_default()
}

fn skip(bytes: &[u8], is: impl Fn(u8) -> bool) -> &[u8] {
    let len = bytes.iter().take_while(|byte| is(**byte)).count();
    bytes.get(len..).unwrap_or_default()
}

fn is_separator(byte: u8) -> bool {
    is_space(byte) || byte == b','
}
