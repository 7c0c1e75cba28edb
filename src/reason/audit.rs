//! Which events Windows writes of a logon, on the machines that log it: one table, a row an event.
//!
//! By the documented rules: information where nothing weakens NTLM, warning where it is `NTLMv1` or LM, has no MIC, or the server asks for no
//! channel binding. What only the host knows (process, user of the session) is not on the wire.

use super::case::is_of_other_domain;
use super::risk::is_weak;
use crate::model::{AuditEvent, Auth, Carrier, Ending, Level, Lists, Mechanism, NtlmVersion, Role, Shared};

/// One event that a logon may leave.
struct Row {
    /// Its number; `ntlmscope explain` and `docs/explain.md` have a page for each.
    id: u16,
    role: Role,
    level: Level,
    /// Whether it is written.
    is: fn(Logon) -> bool,
}

/// What decides on events.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and the table combines them")]
struct Logon {
    /// MS-CHAP: credentials derived from `NTLMv1`.
    mschap: bool,
    /// The client stopped after the challenge: what it does where its own policy blocks NTLM.
    blocked: bool,
    /// The client sent a response.
    ntlm: bool,
    /// It is weaker than NTLM need be.
    weak: bool,
    /// It names somebody.
    named: bool,
    /// The account is the server's own.
    local: bool,
    /// The account is of another domain than the server, and was let in: its domain has checked it.
    elsewhere: bool,
}

#[rustfmt::skip]
const EVENTS: &[Row] = &[
    // The first where credentials derived from NTLMv1 are audited, the second where they are blocked.
    row(4024, Role::Client, Level::Warning,     |logon| logon.mschap),
    row(4025, Role::Client, Level::Error,       |logon| logon.mschap),
    row(4015, Role::Client, Level::Warning,     |logon| logon.blocked),
    row(4020, Role::Client, Level::Information, |logon| logon.ntlm && !logon.weak),
    row(4021, Role::Client, Level::Warning,     |logon| logon.ntlm && logon.weak),
    row(8001, Role::Client, Level::Information, |logon| logon.ntlm),
    row(4022, Role::Server, Level::Information, |logon| logon.ntlm && !logon.weak),
    row(4023, Role::Server, Level::Warning,     |logon| logon.ntlm && logon.weak),
    row(8002, Role::Server, Level::Information, |logon| logon.named && logon.local),
    row(8003, Role::Server, Level::Information, |logon| logon.named && !logon.local),
    row(4030, Role::Dc,     Level::Information, |logon| logon.elsewhere && !logon.weak),
    row(4031, Role::Dc,     Level::Warning,     |logon| logon.elsewhere && logon.weak),
    row(4032, Role::Dc,     Level::Information, |logon| logon.named && !logon.local && !logon.weak),
    row(4033, Role::Dc,     Level::Warning,     |logon| logon.named && !logon.local && logon.weak),
    row(8004, Role::Dc,     Level::Information, |logon| logon.named && !logon.local),
    row(4776, Role::Dc,     Level::Information, |logon| logon.named && !logon.local),
];

const fn row(id: u16, role: Role, level: Level, is: fn(Logon) -> bool) -> Row {
    Row { id, role, level, is }
}

/// All events that may be named.
pub(super) fn ids() -> impl Iterator<Item = u16> {
    EVENTS.iter().map(|row| row.id)
}

/// The events of a logon. `known`: the lists that came up so far.
pub(super) fn events(auth: &Auth, known: &mut Lists<AuditEvent>) -> Shared<AuditEvent> {
    let logon = Logon::of(auth);
    known.of(EVENTS, |row| (row.is)(logon), |row| AuditEvent { id: row.id, role: row.role, level: row.level })
}

impl Logon {
    fn of(auth: &Auth) -> Self {
        if matches!(auth.mechanism, Mechanism::Mschapv1 | Mechanism::Mschapv2) {
            return Self { mschap: true, ..Self::default() };
        }
        let (Mechanism::Ntlm, Some(ntlm)) = (auth.mechanism, &auth.ntlm) else { return Self::default() };
        if ntlm.version == NtlmVersion::Unknown {
            let smb = matches!(auth.carrier, Carrier::Smb1 | Carrier::Smb2);
            return Self { blocked: smb && auth.outcome.result == Ending::Unknown, ..Self::default() };
        }
        Self {
            ntlm: true,
            weak: is_weak(ntlm),
            named: ntlm.version != NtlmVersion::Anonymous,
            local: is_local(auth),
            elsewhere: auth.outcome.result == Ending::Success && is_of_other_domain(auth),
            ..Self::default()
        }
    }
}

/// True where the server itself knows the account.
fn is_local(auth: &Auth) -> bool {
    let domain = auth.ntlm.as_ref().and_then(|ntlm| ntlm.domain.as_deref()).unwrap_or_default();
    let own = auth.server.nb_computer.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(domain));
    own || domain == "."
}
