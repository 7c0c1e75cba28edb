//! Which events Windows writes of a logon, on the machines that log it.
//!
//! By the documented rules: information where nothing weakens NTLM, warning where it is `NTLMv1` or LM, has no MIC, or the server asks for no
//! channel binding. What only the host knows (process, user of the session) is not on the wire.

use super::risk::is_weak;
use crate::model::{AuditEvent, Auth, Carrier, Ending, Level, Mechanism, NtlmVersion, Role};

/// All events that may be named; each has a page in `docs/explain.md`.
pub(super) const IDS: [u16; 14] =
    [4015, 4020, 4021, 4022, 4023, 4024, 4025, 4032, 4033, 4776, 8001, 8002, 8003, 8004];

/// The events of a logon.
pub(super) fn events(auth: &Auth) -> Vec<AuditEvent> {
    if matches!(auth.mechanism, Mechanism::Mschapv1 | Mechanism::Mschapv2) {
        // The first where credentials derived from NTLMv1 are audited, the second where they are blocked.
        return vec![event(4024, Role::Client, Level::Warning), event(4025, Role::Client, Level::Error)];
    }
    let (Mechanism::Ntlm, Some(ntlm)) = (auth.mechanism, &auth.ntlm) else { return Vec::new() };
    if ntlm.version == NtlmVersion::Unknown {
        // The client stopped: what it would write where its own policy blocks NTLM.
        let blocked =
            matches!(auth.carrier, Carrier::Smb1 | Carrier::Smb2) && auth.outcome.result == Ending::Unknown;
        return if blocked { vec![event(4015, Role::Client, Level::Warning)] } else { Vec::new() };
    }
    let (level, offset) = if is_weak(ntlm) { (Level::Warning, 1) } else { (Level::Information, 0) };
    let enhanced = |id: u16, role| event(id.saturating_add(offset), role, level);
    let mut events = vec![enhanced(4020, Role::Client), event(8001, Role::Client, Level::Information)];
    events.push(enhanced(4022, Role::Server));
    if ntlm.version == NtlmVersion::Anonymous {
        return events;
    }
    if is_local(auth) {
        events.push(event(8002, Role::Server, Level::Information));
        return events;
    }
    events.push(event(8003, Role::Server, Level::Information));
    events.push(enhanced(4032, Role::Dc));
    events.push(event(8004, Role::Dc, Level::Information));
    events.push(event(4776, Role::Dc, Level::Information));
    events
}

fn event(id: u16, role: Role, level: Level) -> AuditEvent {
    debug_assert!(IDS.contains(&id), "{id} is not in the list");
    AuditEvent { id, role, level }
}

/// True where the server itself knows the account.
fn is_local(auth: &Auth) -> bool {
    let domain = auth.ntlm.as_ref().and_then(|ntlm| ntlm.domain.as_deref()).unwrap_or_default();
    let own = auth.server.nb_computer.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(domain));
    own || domain == "."
}
