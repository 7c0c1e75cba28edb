//! What conversations share: chance, the numbers of users, and the truth.

use std::fmt::Write as _;

use crate::logon::Logon;
use crate::packet::End;
use crate::random::Random;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

/// A message on its way.
#[derive(Debug, Default)]
pub(crate) struct Message {
    pub(crate) bytes: Vec<u8>,
    /// From here on nobody needs the bytes: a capture may lose them and no logon with them.
    pub(crate) bulk_from: Option<usize>,
}

/// What conversations share.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) random: Random,
    /// The capture is long enough: what can be cut short is.
    pub(crate) is_ending: bool,
    /// Bytes written so far.
    pub(crate) written: u64,
    /// Only what clients say is captured.
    pub(crate) one_way: bool,
    pub(crate) logons: u64,
    /// Lines not written yet.
    pub(crate) truth: String,
    users: u64,
}

/// How a logon ended: the result and the code.
pub(crate) type Ending = (&'static str, Option<&'static str>);

impl Stage {
    pub(crate) fn new(seed: u64, one_way: bool) -> Self {
        let random = Random::new(seed);
        Self { random, is_ending: false, written: 0, one_way, logons: 0, truth: String::new(), users: 0 }
    }

    /// The number of a user who is nobody else.
    pub(crate) fn user(&mut self) -> u64 {
        self.users += 1;
        self.users
    }

    /// Notes a logon with NTLM.
    pub(crate) fn ntlm(&mut self, ends: (End, End), carrier: &str, logon: &Logon, ending: Ending) {
        self.logons += 1;
        let more = [("version", logon.version.name()), ("user", &logon.user), ("domain", &logon.domain)];
        let head = [("kind", "auth"), ("carrier", carrier), ("mechanism", "ntlm")];
        self.note(ends, head.iter().chain(&more), ending);
    }

    /// Notes a logon with Kerberos.
    pub(crate) fn kerberos(&mut self, ends: (End, End), carrier: &str, service: &str, ending: Ending) {
        let parts = [("kind", "auth"), ("carrier", carrier), ("mechanism", "kerberos"), ("sname", service)];
        self.note(ends, parts.iter(), ending);
    }

    /// Notes an exchange with a KDC.
    pub(crate) fn kdc(
        &mut self,
        ends: (End, End),
        (transport, kind): (&str, &str),
        (client, service): (Option<&str>, &str),
        ending: Ending,
    ) {
        let parts = [("kind", "kdc"), ("transport", transport), ("type", kind), ("sname", service)];
        let client = client.map(|client| ("cname", client));
        self.note(ends, parts.iter().chain(&client), ending);
    }

    fn note<'a>(
        &mut self,
        (client, server): (End, End),
        parts: impl Iterator<Item = &'a (&'static str, &'a str)>,
        (result, code): Ending,
    ) {
        let _ = write!(self.truth, "{{\"client\":\"{client}\",\"server\":\"{server}\"");
        for (key, value) in parts {
            let _ = write!(self.truth, ",\"{key}\":\"{value}\"");
        }
        let _ = write!(self.truth, ",\"result\":\"{result}\"");
        if let Some(code) = code {
            let _ = write!(self.truth, ",\"code\":\"{code}\"");
        }
        self.truth.push_str("}\n");
    }
}
