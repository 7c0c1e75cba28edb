//! What SPNEGO says around a mechanism's tokens (RFC 4178, [MS-SPNG]).

use ntlmscope_parsers::oid::Oid;
use ntlmscope_parsers::spnego::{NegState as WireState, NegToken, NegTokenInit, NegTokenResp, neg_token};

use crate::model::{Ending, Mechanism, Mechs, NegState, Spnego, Word};

/// What has been seen of a negotiation.
#[derive(Debug, Default)]
pub(super) struct SpnegoSeen {
    said: Box<Spnego>,
    selected_mechanism: Option<Mechanism>,
}

/// The mechanisms of a server's own list, sent before anyone asked.
pub(super) fn hint(bytes: &[u8]) -> Mechs {
    match neg_token(bytes) {
        Ok(NegToken::Init(init)) => init.mech_types.iter().map(name).collect(),
        Ok(NegToken::Resp(_)) | Err(_) => Mechs::new(),
    }
}

/// The name of a mechanism in a record.
pub(super) fn name(oid: &Oid<'_>) -> Word {
    oid.name().map_or_else(|| oid.to_string().into(), Word::Borrowed)
}

/// The mechanism of an object identifier.
pub(super) fn mechanism(oid: &Oid<'_>) -> Mechanism {
    match *oid {
        Oid::NTLMSSP => Mechanism::Ntlm,
        Oid::NEGOEX => Mechanism::Negoex,
        Oid::IAKERB => Mechanism::Iakerb,
        Oid::PKU2U | Oid::PKU2U_OTHER => Mechanism::Pku2u,
        oid if oid.is_kerberos() => Mechanism::Kerberos,
        _ => Mechanism::Unknown,
    }
}

impl SpnegoSeen {
    /// Takes the client's offer.
    pub(super) fn offer(&mut self, init: &NegTokenInit<'_>) {
        if self.said.offered.is_empty() {
            self.said.offered = init.mech_types.iter().map(name).collect();
            self.said.optimistic = init.mech_types.first().filter(|_| init.mech_token.is_some()).map(name);
        }
        self.signed(init.mech_list_mic.is_some());
    }

    /// Takes an answer of either side.
    pub(super) fn respond(&mut self, from_server: bool, resp: &NegTokenResp<'_>) {
        self.signed(resp.mech_list_mic.is_some());
        if !from_server {
            return;
        }
        self.said.state = resp.neg_state.and_then(state).or(self.said.state);
        // A later answer may name a mechanism again, which means nothing ([MS-SPNG] <11>).
        if let (None, Some(mech)) = (&self.said.selected, &resp.supported_mech) {
            self.said.selected = Some(name(mech));
            self.selected_mechanism = Some(mechanism(mech));
        }
    }

    /// The mechanism that the server chose.
    pub(super) fn selected_mechanism(&self) -> Option<Mechanism> {
        self.selected_mechanism
    }

    /// How the negotiation says that it ended.
    pub(super) fn ending(&self) -> Option<(Ending, &'static str)> {
        match self.said.state? {
            NegState::AcceptCompleted => Some((Ending::Success, "accept-completed")),
            NegState::Reject => Some((Ending::Failure, "reject")),
            NegState::AcceptIncomplete | NegState::RequestMic => None,
        }
    }

    pub(super) fn record(self, hinted: Mechs) -> Box<Spnego> {
        let mut said = self.said;
        said.hinted = hinted;
        said
    }

    fn signed(&mut self, has_mic: bool) {
        self.said.mic = Some(has_mic || self.said.mic == Some(true));
    }
}

fn state(state: WireState) -> Option<NegState> {
    match state {
        WireState::ACCEPT_COMPLETED => Some(NegState::AcceptCompleted),
        WireState::ACCEPT_INCOMPLETE => Some(NegState::AcceptIncomplete),
        WireState::REJECT => Some(NegState::Reject),
        WireState::REQUEST_MIC => Some(NegState::RequestMic),
        _ => None,
    }
}
