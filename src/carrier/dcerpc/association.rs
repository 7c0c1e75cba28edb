//! One association of a client and a server: its security contexts, each of which is a logon.

use ntlmscope_parsers::dcerpc::{AuthLevel, AuthType, Calls, Pdu, PduType, Uuid, Verifier};

use crate::carrier::Report;
use crate::carrier::channels::Channels;
use crate::model::{Channel, Code, Cover, Ending, Half, Hidden, Part, Side, Verdict, What};

/// The most security contexts of an association that are remembered.
const MAX_CONTEXTS: usize = 32;

/// What an association is known to be, from its PDUs.
#[derive(Debug, Default)]
pub(in crate::carrier) struct Association {
    /// The pipe that it goes through, as a record shows it.
    pipe: Option<String>,
    /// Least recently used first.
    contexts: Vec<Context>,
    /// Of RPC over HTTP: the cookie that the connections of both directions say.
    virtual_connection: Option<[u8; 16]>,
    /// PDUs of the client were seen, so what the server says answers one of them.
    is_asked: bool,
}

/// One security context.
#[derive(Debug)]
struct Context {
    /// `auth_context_id`.
    id: u32,
    channel: Channel,
    provider: AuthType,
    level: AuthLevel,
    /// The interface that the client named with the tokens.
    interface: Option<Uuid>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The outcome is not known.
    Open {
        /// `call_id` of the last token.
        leg: u32,
        /// `call_id` of the first and the last call after it.
        calls: Option<(u32, u32)>,
    },
    /// The logon is over, or the context is none.
    Settled,
}

impl Context {
    /// The context of a verifier, as long as no logon is known of it.
    fn without_logon(verifier: Verifier<'_>) -> Self {
        let Verifier { auth_type: provider, auth_level: level, context_id: id, .. } = verifier;
        Self { id, channel: Channel(0), provider, level, interface: None, state: State::Settled }
    }

    /// Whether a call hands a logon on to a domain controller ([MS-NRPC] 3.5.4.5): its content is sealed, its number is not.
    fn passes_logon(&self, pdu: &Pdu<'_>) -> bool {
        let is_netlogon = self.interface.is_none_or(|interface| interface.name() == Some("netlogon"));
        self.provider == AuthType::NETLOGON
            && is_netlogon
            && pdu.header.is_first
            && pdu.opnum().is_some_and(|opnum| SAM_LOGON.contains(&opnum))
    }

    /// Whether calls under it say something: of the logon that opened it, or of one that is handed on.
    fn has_calls_of_interest(&self) -> bool {
        self.is_open() || self.provider == AuthType::NETLOGON
    }

    fn is_open(&self) -> bool {
        self.state != State::Settled
    }

    /// Whether a PDU answers a call under it; or its last token, which a response never does.
    fn is_answered_by(&self, pdu: &Pdu<'_>) -> bool {
        let State::Open { leg, calls } = self.state else { return false };
        let call_id = pdu.header.call_id;
        let is_ours = pdu.verifier().is_none_or(|verifier| verifier.context_id == self.id);
        let answers_call = calls.is_some_and(|(first, last)| (first..=last).contains(&call_id));
        is_ours && (answers_call || (leg == call_id && pdu.header.ptype != PduType::RESPONSE))
    }
}

impl Association {
    /// An association through a pipe of this name.
    pub(in crate::carrier) fn in_pipe(name: Option<String>) -> Self {
        Self { pipe: name, ..Self::default() }
    }

    /// How much it must see of calls. With one context the order of the PDUs tells what belongs to it.
    pub(in crate::carrier) fn calls(&self) -> Calls {
        match self.contexts.as_slice() {
            // What opened it was not seen: the first call that is protected says how.
            [] => Calls::Protected,
            [_] => Calls::Header,
            // Only its verifier tells which of them a call is under.
            contexts if contexts.iter().any(Context::has_calls_of_interest) => Calls::Whole,
            _ => Calls::Header,
        }
    }

    /// Takes a PDU of either side.
    pub(in crate::carrier) fn take(
        &mut self,
        pdu: &Pdu<'_>,
        channels: &mut Channels,
        report: &mut Report<'_, '_>,
    ) {
        self.is_asked |= pdu.header.ptype.is_client();
        if pdu.header.ptype.is_call() && self.contexts.is_empty() {
            self.learn(pdu, report);
        }
        match pdu.header.ptype {
            PduType::RTS => self.virtual_connection = pdu.virtual_connection().or(self.virtual_connection),
            PduType::REQUEST => self.call(pdu, report),
            PduType::RESPONSE => self.response(pdu, report),
            PduType::FAULT => self.fault(pdu, report),
            PduType::BIND_NAK => self.bind_nak(pdu, report),
            PduType::BIND | PduType::ALTER_CONTEXT | PduType::AUTH3 => {
                if let Some(verifier) = pdu.verifier() {
                    self.client_leg(pdu, verifier, channels, report);
                }
            }
            PduType::BIND_ACK | PduType::ALTER_CONTEXT_RESP => {
                if let Some(verifier) = pdu.verifier() {
                    self.server_leg(pdu, verifier, channels, report);
                }
            }
            _ => {}
        }
    }

    fn client_leg(
        &mut self,
        pdu: &Pdu<'_>,
        verifier: Verifier<'_>,
        channels: &mut Channels,
        report: &mut Report<'_, '_>,
    ) {
        let before = self.position(verifier.context_id).map(|at| self.contexts.remove(at));
        if !verifier.auth_type.is_logon() {
            // Not a logon, but its calls are not those of one either.
            self.put(Context { interface: pdu.interface(), ..Context::without_logon(verifier) });
            return;
        }
        let under_way = before.filter(Context::is_open);
        let channel = under_way.as_ref().map_or_else(|| channels.open(), |context| context.channel);
        let interface = pdu.interface().or_else(|| under_way.and_then(|context| context.interface));
        let state = State::Open { leg: pdu.header.call_id, calls: None };
        self.put(Context { channel, interface, state, ..Context::without_logon(verifier) });
        report.part(channel, Side::Client, token(verifier));
        self.half(channel, Side::Client, verifier, report);
        if let Some(package) = verifier.auth_type.package() {
            report.part(channel, Side::Client, Part::Requested(package));
        }
        self.target(channel, interface, report);
    }

    fn server_leg(
        &mut self,
        pdu: &Pdu<'_>,
        verifier: Verifier<'_>,
        channels: &mut Channels,
        report: &mut Report<'_, '_>,
    ) {
        let known = self.position(verifier.context_id).and_then(|at| self.contexts.get(at));
        let channel = match known {
            Some(context) if context.is_open() => context.channel,
            None if verifier.auth_type.is_logon() => {
                let channel = channels.open();
                let state = State::Open { leg: pdu.header.call_id, calls: None };
                self.put(Context { channel, state, ..Context::without_logon(verifier) });
                channel
            }
            _ => return,
        };
        report.part(channel, Side::Server, token(verifier));
        self.half(channel, Side::Server, verifier, report);
    }

    /// Says of which logon this connection carries one direction.
    fn half(&self, channel: Channel, from: Side, verifier: Verifier<'_>, report: &mut Report<'_, '_>) {
        if let Some(connection) = self.virtual_connection {
            let half = Half { connection, context: verifier.context_id, from };
            report.part(channel, from, Part::Half(half));
        }
    }

    /// A call of an association whose start was not seen, and so neither the logon to it. What is sealed in it may be anything.
    fn learn(&mut self, pdu: &Pdu<'_>, report: &mut Report<'_, '_>) {
        let Some(verifier) = pdu.verifier() else { return };
        self.put(Context::without_logon(verifier));
        if verifier.auth_level == AuthLevel::PKT_PRIVACY && verifier.auth_type.is_logon() {
            let from = if pdu.header.ptype.is_client() { Side::Client } else { Side::Server };
            report.event(What::Hidden(Hidden::by(from, Cover::SealedDcerpc)));
        }
    }

    /// The answer to a call after the last token tells.
    fn call(&mut self, pdu: &Pdu<'_>, report: &mut Report<'_, '_>) {
        let context = self.subject(pdu).and_then(|at| self.contexts.get_mut(at));
        let Some(context) = context else { return };
        if let State::Open { calls, .. } = &mut context.state {
            let (_, last) = calls.get_or_insert((pdu.header.call_id, 0));
            *last = pdu.header.call_id;
        }
        if context.passes_logon(pdu) {
            let service = Some("netlogon");
            report.counted("netlogon-pass-through");
            report.event(What::Hidden(Hidden { service, ..Hidden::by(Side::Client, Cover::SealedDcerpc) }));
        }
    }

    fn response(&mut self, pdu: &Pdu<'_>, report: &mut Report<'_, '_>) {
        if let Some(at) = self.answered(pdu) {
            self.settle(at, Ending::Success, Code::Named("rpc_s_ok"), "dcerpc-response", report);
        }
    }

    /// A fault that is protected says that the context is good, whatever was wrong with the call. One that is not may refuse the
    /// logon, and may say nothing of it.
    fn fault(&mut self, pdu: &Pdu<'_>, report: &mut Report<'_, '_>) {
        let (Some(at), Some(status)) = (self.answered(pdu), pdu.fault_status()) else { return };
        let result = if pdu.header.auth_length > 0 {
            Ending::Success
        } else if status.is_refusal() {
            Ending::Failure
        } else if status.is_denial() {
            Ending::Unknown
        } else {
            return;
        };
        let code = status.name().map_or(Code::Hex(status.0), Code::Named);
        self.settle(at, result, code, "dcerpc-fault", report);
    }

    fn bind_nak(&mut self, pdu: &Pdu<'_>, report: &mut Report<'_, '_>) {
        let last = || self.contexts.iter().rposition(Context::is_open);
        let (Some(at), Some(reason)) = (self.answered(pdu).or_else(last), pdu.reject_reason()) else {
            return;
        };
        let code = reason.name().map_or(Code::Number(reason.0), Code::Named);
        self.settle(at, Ending::Failure, code, "dcerpc-bind-nak", report);
    }

    /// The open context that an answer of the server is about.
    fn answered(&self, pdu: &Pdu<'_>) -> Option<usize> {
        let paired = self.contexts.iter().rposition(|context| context.is_answered_by(pdu));
        // A refusal has no verifier that says whom it refuses.
        let only = || (self.contexts.len() == 1 && pdu.header.ptype == PduType::FAULT).then_some(0);
        let unpaired = || if self.is_asked { None } else { self.subject(pdu).or_else(only) };
        let is_open = |at: &usize| self.contexts.get(*at).is_some_and(Context::is_open);
        paired.or_else(unpaired).filter(is_open)
    }

    /// The context that a call or its answer is under. Calls have no `sec_trailer` where only the logon is protected.
    fn subject(&self, pdu: &Pdu<'_>) -> Option<usize> {
        if pdu.header.auth_length == 0 {
            return self.contexts.iter().rposition(|context| context.level <= AuthLevel::CONNECT);
        }
        match pdu.verifier() {
            Some(verifier) => self.position(verifier.context_id),
            None => (self.contexts.len() == 1).then_some(0),
        }
    }

    fn settle(
        &mut self,
        at: usize,
        result: Ending,
        code: Code,
        signal: &'static str,
        report: &mut Report<'_, '_>,
    ) {
        let Some(context) = self.contexts.get_mut(at) else { return };
        context.state = State::Settled;
        let verdict = Verdict { result, code, substatus: None, signal };
        report.part(context.channel, Side::Server, Part::Verdict(verdict));
    }

    fn target(&self, channel: Channel, interface: Option<Uuid>, report: &mut Report<'_, '_>) {
        let name = interface.map(|uuid| uuid.name().map_or_else(|| uuid.to_string(), str::to_owned));
        let service = interface.and_then(Uuid::name).map_or("rpc", service);
        if let Some(resource) = self.pipe.as_deref().or(name.as_deref()) {
            report.part(channel, Side::Client, Part::Target { service, resource });
        }
    }

    fn position(&self, id: u32) -> Option<usize> {
        self.contexts.iter().position(|context| context.id == id)
    }

    fn put(&mut self, context: Context) {
        if self.contexts.len() >= MAX_CONTEXTS {
            self.contexts.remove(0);
        }
        self.contexts.push(context);
    }
}

fn token(verifier: Verifier<'_>) -> Part<'_> {
    let bytes = verifier.auth_value.expose();
    if verifier.is_cut { Part::TornToken(bytes) } else { Part::Token(bytes) }
}

/// What an interface is for, in the words of a record.
fn service(interface: &str) -> &'static str {
    match interface {
        "spoolss" | "IRemoteWinspool" | "IRPCAsyncNotify" | "IRPCRemoteObject" => "print",
        "ClusAPI" => "cluster",
        _ => "rpc",
    }
}

/// `NetrLogonSamLogon`, `NetrLogonSamLogonEx`, `NetrLogonSamLogonWithFlags` ([MS-NRPC] 3.5.4).
const SAM_LOGON: [u16; 3] = [2, 39, 45];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carrier::Report;
    use crate::model::{At, Carrier, Direction, Event, Stamp, What};
    use ntlmscope_parsers::dcerpc::{Front, front};

    const CONNECT: u8 = 2;
    const PRIVACY: u8 = 6;
    const NTLM: u8 = 10;
    const NETLOGON: u8 = 68;
    /// The body of a bind that names svcctl ([MS-SCMR] 2.1.1).
    const SVCCTL: [u8; 32] = [
        0xd0, 0x16, 0xd0, 0x16, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1,
        0x35, 0xad, 0x32, 0x98, 0xf0, 0x38, 0x00, 0x10, 0x03,
    ];
    const DENIED: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0];
    const REFUSED: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0x0b, 0, 1, 0x1c, 0, 0, 0, 0];
    const OUT_OF_RANGE: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0x1c, 0, 0, 0, 0];

    /// A PDU: type, call, body, and provider, level and context of a verifier.
    type Step = (PduType, u32, &'static [u8], Option<(u8, u8, u32)>);

    /// The bytes of a PDU (C706 12.6.3 and 12.6.4), with a token of four bytes.
    fn pdu((ptype, call_id, body, auth): Step) -> Vec<u8> {
        let mut bytes = vec![5, 0, ptype.0, 3, 0x10, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend(call_id.to_le_bytes());
        bytes.extend(body);
        if let Some((provider, level, context)) = auth {
            bytes[10] = 4;
            bytes.extend([provider, level, 0, 0]);
            bytes.extend(context.to_le_bytes());
            bytes.extend([1, 2, 3, 4]);
        }
        bytes[8] = u8::try_from(bytes.len()).unwrap();
        bytes
    }

    /// What the association says, step by step.
    fn play(association: &mut Association, script: &[Step]) -> Vec<String> {
        let (mut said, mut channels) = (Vec::new(), Channels::default());
        for step in script {
            let bytes = pdu(*step);
            let Front::Pdu { pdu, .. } = front(&bytes, association.calls()) else { panic!("no PDU") };
            let mut found = |event: Event<'_>| {
                let (channel, from, part) = match event.what {
                    What::Auth { channel, from, part, .. } => (channel, from, part),
                    What::Hidden(Hidden { from, cover, service, .. }) => {
                        said.push(format!("{from:?} {:?} {}", cover.unwrap(), service.unwrap_or("-")));
                        return;
                    }
                    What::CountedIn(_, method) => return said.push(method.to_owned()),
                    other => panic!("{other:?}"),
                };
                said.push(match part {
                    Part::Requested(_) => return,
                    Part::Token(_) => format!("{} {from:?} token", channel.0),
                    Part::Target { service, resource } => format!("{} {service} {resource}", channel.0),
                    Part::Verdict(Verdict { result, code, signal, .. }) => {
                        format!("{} {result:?} {code:?} {signal}", channel.0)
                    }
                    part => format!("{part:?}"),
                });
            };
            let at = At { direction: Direction::Up, stamp: Stamp::default() };
            let mut report = Report { at, carrier: Carrier::Dcerpc, found: &mut found };
            association.take(&pdu, &mut channels, &mut report);
        }
        said
    }

    fn bind(context: u32, level: u8) -> [Step; 3] {
        let auth = Some((NTLM, level, context));
        [
            (PduType::BIND, 1, &SVCCTL, auth),
            (PduType::BIND_ACK, 1, &[], auth),
            (PduType::AUTH3, 1, &[0; 4], auth),
        ]
    }

    const LEGS: [&str; 5] =
        ["1 Client token", "1 rpc svcctl", "1 Server token", "1 Client token", "1 rpc svcctl"];

    #[test]
    fn the_first_answer_after_the_last_token_tells_how_the_logon_ended() {
        let auth = Some((NTLM, PRIVACY, 7));
        let request: Step = (PduType::REQUEST, 2, &[0; 8], auth);
        let granted = r#"1 Success Named("rpc_s_ok") dcerpc-response"#;
        let cases: [(&[Step], &[&str]); 7] = [
            (&[request, (PduType::RESPONSE, 2, &[0; 8], auth)], &[granted]),
            (
                &[request, (PduType::FAULT, 2, &DENIED, None)],
                &[r#"1 Unknown Named("ERROR_ACCESS_DENIED") dcerpc-fault"#],
            ),
            // A fault that is protected: the context is good.
            (
                &[request, (PduType::FAULT, 2, &OUT_OF_RANGE, auth)],
                &[r#"1 Success Named("nca_s_op_rng_error") dcerpc-fault"#],
            ),
            // One that is not says nothing of the logon; the next call does.
            (&[request, (PduType::FAULT, 2, &OUT_OF_RANGE, None)], &[]),
            (
                &[
                    request,
                    (PduType::FAULT, 2, &OUT_OF_RANGE, None),
                    (PduType::REQUEST, 3, &[0; 8], auth),
                    (PduType::RESPONSE, 3, &[0; 8], auth),
                ],
                &[granted],
            ),
            // The answer to a call from before, and to the token itself.
            (&[(PduType::RESPONSE, 1, &[0; 8], auth), (PduType::RESPONSE, 9, &[0; 8], auth)], &[]),
            (
                &[(PduType::BIND_NAK, 1, &[9, 0, 0], None)],
                &[r#"1 Failure Named("invalid_checksum") dcerpc-bind-nak"#],
            ),
        ];
        for (script, expected) in cases {
            let mut association = Association::default();
            assert_eq!(play(&mut association, &bind(7, PRIVACY)), LEGS);
            assert_eq!(play(&mut association, script), expected, "{script:?}");
        }
    }

    #[test]
    fn a_logon_that_protects_no_calls_is_told_by_any_call() {
        let mut association = Association::default();
        play(&mut association, &bind(0, CONNECT));
        let calls: [Step; 2] = [(PduType::REQUEST, 2, &[0; 8], None), (PduType::RESPONSE, 2, &[0; 8], None)];
        assert_eq!(play(&mut association, &calls), [r#"1 Success Named("rpc_s_ok") dcerpc-response"#]);
        assert_eq!(play(&mut association, &calls), [""; 0]);
    }

    #[test]
    fn a_call_under_one_context_says_nothing_of_another() {
        let mut association = Association::default();
        play(&mut association, &bind(0, PRIVACY));
        assert_eq!(association.calls(), Calls::Header);
        let (first, second) = (Some((NTLM, PRIVACY, 0)), Some((NTLM, PRIVACY, 1)));
        let mut channels_differ = play(&mut association, &[(PduType::ALTER_CONTEXT, 2, &SVCCTL, second)]);
        channels_differ.truncate(1);
        assert_eq!(association.calls(), Calls::Whole);
        let calls: [Step; 2] =
            [(PduType::REQUEST, 3, &[0; 8], first), (PduType::RESPONSE, 3, &[0; 8], first)];
        let said = play(&mut association, &calls);
        assert_eq!(said.len(), 1);
        assert!(association.contexts.iter().any(Context::is_open));
        let calls: [Step; 2] =
            [(PduType::REQUEST, 4, &[0; 8], second), (PduType::RESPONSE, 4, &[0; 8], second)];
        assert_eq!(play(&mut association, &calls).len(), 1);
        assert_eq!(association.calls(), Calls::Header);
    }

    #[test]
    fn a_context_that_is_used_again_is_another_logon() {
        let mut association = Association::default();
        let auth = Some((NTLM, PRIVACY, 7));
        let [bind, ack, auth3] = bind(7, PRIVACY);
        let (request, response) =
            ((PduType::REQUEST, 2, &[0; 8][..], auth), (PduType::RESPONSE, 2, &[0; 8][..], auth));
        let said = play(&mut association, &[bind, ack, auth3, request, response, bind, ack, auth3]);
        assert_eq!(said[6..], LEGS.map(|line| line.replacen('1', "2", 1)));
    }

    #[test]
    fn a_secure_channel_is_no_logon() {
        let mut association = Association::default();
        let auth = Some((NETLOGON, PRIVACY, 1));
        let script: [Step; 4] = [
            (PduType::BIND, 1, &SVCCTL, auth),
            (PduType::BIND_ACK, 1, &[], auth),
            (PduType::REQUEST, 2, &[0; 8], auth),
            (PduType::RESPONSE, 2, &[0; 8], auth),
        ];
        assert_eq!(play(&mut association, &script), [""; 0]);
    }

    /// The body of a call of an operation (C706 12.6.4.9).
    const SAM_LOGON_EX: [u8; 8] = [0, 0, 0, 0, 0, 0, 39, 0];
    const GET_DC_NAME: [u8; 8] = [0, 0, 0, 0, 0, 0, 11, 0];

    #[test]
    fn a_logon_that_a_server_hands_on_is_told_whether_its_channel_was_seen_to_open_or_not() {
        // The body of a bind that names netlogon ([MS-NRPC] 1.9).
        let netlogon = {
            let mut body = SVCCTL;
            body[16..].copy_from_slice(&[
                0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0xcd, 0xab, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0xcf,
                0xfb,
            ]);
            &*Box::leak(Box::new(body))
        };
        let auth = Some((NETLOGON, PRIVACY, 1));
        let logon: Step = (PduType::REQUEST, 2, &SAM_LOGON_EX, auth);
        let other: Step = (PduType::REQUEST, 3, &GET_DC_NAME, auth);
        let told = ["netlogon-pass-through", "Client SealedDcerpc netlogon"];
        let cases: [(&[Step], &[&str]); 5] = [
            (&[logon, other], &told),
            (&[other, logon], &told),
            (&[(PduType::BIND, 1, netlogon, auth), logon], &told),
            (&[(PduType::BIND, 1, &SVCCTL, auth), logon], &[]),
            (&[(PduType::REQUEST, 2, &SAM_LOGON_EX, Some((NTLM, CONNECT, 1))), logon], &[]),
        ];
        for (script, expected) in cases {
            assert_eq!(play(&mut Association::default(), script), expected, "{script:?}");
        }
    }

    #[test]
    fn what_is_sealed_and_whose_logon_was_not_seen_is_named_once() {
        let sealed = Some((NTLM, PRIVACY, 7));
        let request: Step = (PduType::REQUEST, 2, &GET_DC_NAME, sealed);
        let response: Step = (PduType::RESPONSE, 2, &[0; 8], sealed);
        let signed: Step = (PduType::REQUEST, 2, &GET_DC_NAME, Some((NTLM, 5, 7)));
        let bare: Step = (PduType::REQUEST, 2, &GET_DC_NAME, None);
        let cases: [(&[Step], &[&str]); 4] = [
            (&[bare, request, response, request], &["Client SealedDcerpc -"]),
            (&[response, request], &["Server SealedDcerpc -"]),
            (&[signed, request], &[]),
            (&[bare, bare], &[]),
        ];
        for (script, expected) in cases {
            assert_eq!(play(&mut Association::default(), script), expected, "{script:?}");
        }
    }

    #[test]
    fn a_server_that_is_heard_alone_tells_how_the_logon_ended() {
        let auth = Some((NTLM, PRIVACY, 7));
        let script: [Step; 2] = [(PduType::BIND_ACK, 1, &[], auth), (PduType::RESPONSE, 2, &[0; 8], auth)];
        let said = play(&mut Association::default(), &script);
        assert_eq!(said, ["1 Server token", r#"1 Success Named("rpc_s_ok") dcerpc-response"#]);
        let [ack, _] = script;
        let said = play(&mut Association::default(), &[ack, (PduType::FAULT, 2, &REFUSED, None)]);
        assert_eq!(said, ["1 Server token", r#"1 Failure Named("nca_proto_error") dcerpc-fault"#]);
    }

    #[test]
    fn contexts_without_end_are_forgotten() {
        let mut association = Association::in_pipe(Some("\\PIPE\\svcctl".to_owned()));
        for id in 0..100 {
            let said = play(&mut association, &[(PduType::BIND, 1, &SVCCTL, Some((NTLM, PRIVACY, id)))]);
            assert_eq!(said[1], "1 rpc \\PIPE\\svcctl");
        }
        assert_eq!(association.contexts.len(), MAX_CONTEXTS);
    }
}
