//! One conversation of EAP (RFC 3748), in whatever carries it: MS-CHAP version 2 and LEAP are told, what is inside TLS is
//! named as hidden.
//!
//! LEAP counts as MS-CHAP version 1: its response is computed in the same way (RFC 2433 A.1), from the same hash.

use ntlmscope_parsers::Text;
use ntlmscope_parsers::eap::{self, Code as EapCode, MsChapV2Data, Packet, Type};
use ntlmscope_parsers::mschap;

use super::Report;
use crate::model::{At, Channel, Code, Cover, Ending, Hidden, MsChapResponse, Part, Side, Verdict, What};

/// How far a conversation has come.
#[derive(Debug, Default)]
pub(super) struct Eap {
    /// Where the challenge was seen that has not been answered.
    challenged: Option<At>,
    /// The identifier of the packet that answered.
    answered: Option<u8>,
    /// The user has been let in by LEAP: what still comes is the network proving itself to the user.
    network_proves: bool,
    /// The method that the client has answered with.
    method: Option<Type>,
    /// Who the client says it is, before any method proves it.
    identity: Option<Box<str>>,
}

/// The longest identity that is kept, in bytes (RFC 7542 2.3).
const MAX_IDENTITY: usize = 253;

/// What is known of a logon besides EAP.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around<'a> {
    pub(super) channel: u32,
    /// The name that counts where the method names nobody.
    pub(super) user: Option<Text<'a>>,
    pub(super) nas: Option<&'a str>,
    pub(super) service: Option<&'static str>,
}

impl Eap {
    /// True where a response has been told of.
    pub(super) fn is_answered(&self) -> bool {
        self.answered.is_some()
    }

    /// Takes a packet. False where it could not be read.
    pub(super) fn read(
        &mut self,
        packet: &Packet<'_>,
        around: Around<'_>,
        report: &mut Report<'_, '_>,
    ) -> bool {
        match (packet.code, packet.method) {
            (EapCode::SUCCESS, _) => self.network_proves = self.method == Some(Type::LEAP),
            (_, Some((Type::IDENTITY, data))) => {
                let identity = (packet.code == EapCode::RESPONSE).then(|| identity(data)).flatten();
                *self = Self { identity, ..Self::default() };
            }
            (_, Some((Type::LEAP, data))) => return self.leap(packet, data, around, report),
            (_, Some((Type::MS_CHAP_V2, data))) => return self.mschapv2(packet, data, around, report),
            (EapCode::RESPONSE, Some((kind, _))) => self.other(kind, around, report),
            _ => {}
        }
        true
    }

    /// Ends the conversation with the verdict of what carries it; says nothing where no response was told of.
    pub(super) fn end(&mut self, verdict: Verdict, around: Around<'_>, report: &mut Report<'_, '_>) {
        if self.answered.take().is_some() {
            let channel = Channel(around.channel);
            report.part(channel, Side::Server, Part::Verdict(verdict));
            report.part(channel, Side::Server, Part::Over);
        }
        self.challenged = None;
    }

    fn leap(
        &mut self,
        packet: &Packet<'_>,
        data: &[u8],
        around: Around<'_>,
        report: &mut Report<'_, '_>,
    ) -> bool {
        if self.network_proves {
            return true;
        }
        if packet.code == EapCode::REQUEST {
            self.challenged = Some(report.at);
            return eap::leap(data).is_ok();
        }
        let Ok(leap) = eap::leap(data) else { return false };
        self.method = Some(Type::LEAP);
        self.answer(packet.identifier, (1, packet.identifier, leap.name), around, report);
        true
    }

    fn mschapv2(
        &mut self,
        packet: &Packet<'_>,
        data: &[u8],
        around: Around<'_>,
        report: &mut Report<'_, '_>,
    ) -> bool {
        let Ok(message) = eap::mschapv2(data) else { return false };
        let Some(message) = message else { return true };
        match (packet.code, message.data) {
            (EapCode::REQUEST, MsChapV2Data::Challenge) => self.challenged = Some(report.at),
            (EapCode::RESPONSE, MsChapV2Data::Response { value, name }) => {
                if mschap::response_v2(value.expose()).is_err() {
                    return false;
                }
                self.answer(packet.identifier, (2, message.identifier, name), around, report);
            }
            (EapCode::REQUEST, MsChapV2Data::Success) => {
                self.judge(Ending::Success, "EAP-MSCHAPv2-Success", None, around, report);
            }
            (EapCode::REQUEST, MsChapV2Data::Failure(message)) => {
                let error = mschap::failure(message.expose()).error.and_then(mschap::ErrorCode::name);
                self.judge(Ending::Failure, "EAP-MSCHAPv2-Failure", error, around, report);
            }
            _ => {}
        }
        true
    }

    /// Tells of a response: version, identifier, name. One that is sent again answers the same request.
    fn answer(
        &mut self,
        request: u8,
        (version, identifier, name): (u8, u8, Text<'_>),
        around: Around<'_>,
        report: &mut Report<'_, '_>,
    ) {
        if self.answered.replace(request) == Some(request) {
            return;
        }
        let channel = Channel(around.channel);
        challenge(self.challenged.take(), channel, report);
        let user = if name.is_empty() { around.user.unwrap_or(name) } else { name };
        let Around { nas, service, .. } = around;
        let response = MsChapResponse { version, user, identifier, nas, eap: true, service };
        report.part(channel, Side::Client, Part::MsChap(response));
    }

    /// What the method itself says of the response; what carries EAP has the last word.
    fn judge(
        &self,
        result: Ending,
        code: &'static str,
        substatus: Option<&'static str>,
        around: Around<'_>,
        report: &mut Report<'_, '_>,
    ) {
        if self.is_answered() {
            let verdict = Verdict { result, code: Code::Named(code), substatus, signal: "eap-mschapv2" };
            report.part(Channel(around.channel), Side::Server, Part::Verdict(verdict));
        }
    }

    /// A method that makes no record of a logon.
    fn other(&mut self, kind: Type, around: Around<'_>, report: &mut Report<'_, '_>) {
        let cover = cover(kind);
        let is_told = cover.is_some() || kind == Type::MD5_CHALLENGE;
        if !is_told || self.method.replace(kind) == Some(kind) {
            return;
        }
        if let Some(cover) = cover {
            let user = around.user.filter(|user| !user.is_empty()).map(|user| user.to_string_lossy());
            let identity = self.identity.as_deref().or(user.as_deref());
            report.event(What::Hidden(Hidden { identity, ..Hidden::by(Side::Client, cover) }));
        } else if let Some(name) = kind.name() {
            report.counted(name);
        }
    }
}

/// What a method is that carries others in TLS.
fn cover(kind: Type) -> Option<Cover> {
    Some(match kind {
        Type::PEAP => Cover::Peap,
        Type::TTLS => Cover::Ttls,
        Type::TLS => Cover::EapTls,
        Type::FAST => Cover::EapFast,
        Type::TEAP => Cover::Teap,
        _ => return None,
    })
}

/// The name in an identity; options may follow it after a zero byte (RFC 3748 5.1).
fn identity(data: &[u8]) -> Option<Box<str>> {
    let name = data.split(|byte| *byte == 0).next().unwrap_or_default();
    let name = name.get(..MAX_IDENTITY).unwrap_or(name);
    (!name.is_empty()).then(|| String::from_utf8_lossy(name).into())
}

/// Tells of a challenge now that its response shows what it was for.
pub(super) fn challenge(challenged: Option<At>, channel: Channel, report: &mut Report<'_, '_>) {
    if let Some(at) = challenged {
        let mut report = Report { at, carrier: report.carrier, found: report.found };
        report.part(channel, Side::Server, Part::MsChapChallenge);
    }
}
