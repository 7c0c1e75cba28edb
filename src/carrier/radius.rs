//! RADIUS (RFC 2865): what a NAS asks a server on behalf of its clients. MS-CHAP stands in attributes of Microsoft's (RFC 2548), or
//! in EAP, whose rounds are chained by `State` (RFC 3579). Passwords and CHAP of other kinds are counted.

use std::collections::BTreeMap;

use ntlmscope_parsers::Text;
use ntlmscope_parsers::eap as eap_parser;
use ntlmscope_parsers::mschap::{self, ErrorCode};
use ntlmscope_parsers::radius::{AttributeType, Code as RadiusCode, MicrosoftType, Packet, PortType};

use super::eap::{Around, Eap};
use super::{Found, Report};
use crate::model::{At, Carrier, Channel, Code, Direction, Ending, MsChapResponse, Part, Side, Verdict};

/// The most conversations of EAP that a NAS has under way with a server at once. Each waits for a person at most.
const MAX_CONVERSATIONS: usize = 256;

/// One NAS and one server.
#[derive(Debug, Default)]
pub(super) struct Radius {
    /// The last request of each identifier.
    asked: BTreeMap<u8, Asked>,
    /// The oldest first.
    conversations: Vec<Conversation>,
    begun: u32,
}

/// A request.
#[derive(Debug)]
struct Asked {
    direction: Direction,
    authenticator: Box<[u8]>,
    waits: Waits,
}

/// What waits for the answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    Nothing,
    /// A logon in attributes, of this channel.
    Logon(u32),
    /// The conversation of EAP of this channel.
    Eap(u32),
}

/// A conversation of EAP.
#[derive(Debug)]
struct Conversation {
    channel: u32,
    /// `State` of the last challenge.
    state: Box<[u8]>,
    eap: Eap,
}

impl Radius {
    /// Takes a packet.
    pub(super) fn read(&mut self, at: At, packet: &Packet<'_>, found: &mut Found<'_>) {
        let mut report = Report { at, carrier: Carrier::Radius, found };
        if packet.code == RadiusCode::ACCESS_REQUEST {
            self.request(packet, &mut report);
        } else {
            self.answer(packet, &mut report);
        }
    }

    fn request(&mut self, packet: &Packet<'_>, report: &mut Report<'_, '_>) {
        let direction = report.at.direction;
        let authenticator = packet.authenticator.expose();
        let before = self.asked.get(&packet.identifier);
        if before.is_some_and(|asked| asked.direction == direction && *asked.authenticator == *authenticator)
        {
            return;
        }
        if let Some(Asked { waits: Waits::Logon(channel), .. }) = before {
            // The identifier is used again: the request before it was never answered.
            report.part(Channel(*channel), Side::Server, Part::Over);
        }
        let waits = self.logon(packet, report);
        let asked = Asked { direction, authenticator: authenticator.into(), waits };
        self.asked.insert(packet.identifier, asked);
    }

    /// What a request asks for.
    fn logon(&mut self, packet: &Packet<'_>, report: &mut Report<'_, '_>) -> Waits {
        if let Some(message) = packet.eap_message() {
            return self.eap_response(packet, &message, report);
        }
        for (kind, version) in [(MicrosoftType::MS_CHAP2_RESPONSE, 2), (MicrosoftType::MS_CHAP_RESPONSE, 1)] {
            if let Some(response) = packet.microsoft(kind) {
                return self.mschap(packet, version, response, report);
            }
        }
        for (kind, method) in [(AttributeType::USER_PASSWORD, "pap"), (AttributeType::CHAP_PASSWORD, "chap")]
        {
            if packet.first(kind).is_some() {
                report.counted(method);
                break;
            }
        }
        Waits::Nothing
    }

    fn mschap(
        &mut self,
        packet: &Packet<'_>,
        version: u8,
        response: &[u8],
        report: &mut Report<'_, '_>,
    ) -> Waits {
        let Ok((identifier, _response)) = mschap::radius_response(response) else {
            report.malformed();
            return Waits::Nothing;
        };
        let channel = self.begin();
        let nas = packet.nas();
        let response = MsChapResponse {
            version,
            user: packet.user_name().unwrap_or(Text::utf8(b"")),
            identifier,
            nas: nas.as_deref(),
            eap: false,
            service: service(packet),
        };
        // The challenge is the NAS's own, and comes in the same packet.
        report.part(Channel(channel), Side::Client, Part::MsChapChallenge);
        report.part(Channel(channel), Side::Client, Part::MsChap(response));
        Waits::Logon(channel)
    }

    fn eap_response(&mut self, packet: &Packet<'_>, message: &[u8], report: &mut Report<'_, '_>) -> Waits {
        let channel = self.conversation(packet.first(AttributeType::STATE));
        let nas = packet.nas();
        let around =
            Around { channel, user: packet.user_name(), nas: nas.as_deref(), service: service(packet) };
        self.eap(channel, message, around, report);
        Waits::Eap(channel)
    }

    fn eap(&mut self, channel: u32, message: &[u8], around: Around<'_>, report: &mut Report<'_, '_>) {
        let Some(conversation) = self.conversations.iter_mut().find(|open| open.channel == channel) else {
            return;
        };
        let read = eap_parser::packet(message).is_ok_and(|eap| conversation.eap.read(&eap, around, report));
        if !read {
            report.malformed();
        }
    }

    /// The conversation that a `State` continues, or another one.
    fn conversation(&mut self, state: Option<&[u8]>) -> u32 {
        let known = self.conversations.iter().find(|open| state.is_some_and(|state| *state == *open.state));
        if let Some(known) = known {
            return known.channel;
        }
        if self.conversations.len() >= MAX_CONVERSATIONS {
            self.conversations.remove(0);
        }
        let channel = self.begin();
        let state = state.unwrap_or_default().into();
        self.conversations.push(Conversation { channel, state, eap: Eap::default() });
        channel
    }

    fn answer(&mut self, packet: &Packet<'_>, report: &mut Report<'_, '_>) {
        let asked = self.asked.get_mut(&packet.identifier);
        let Some(asked) = asked.filter(|asked| asked.direction != report.at.direction) else { return };
        match (std::mem::replace(&mut asked.waits, Waits::Nothing), verdict(packet)) {
            (Waits::Logon(channel), Some(verdict)) => {
                report.part(Channel(channel), Side::Server, Part::Verdict(verdict));
                report.part(Channel(channel), Side::Server, Part::Over);
            }
            (Waits::Eap(channel), Some(verdict)) => {
                let at = self.conversations.iter().position(|open| open.channel == channel);
                if let Some(mut over) = at.map(|at| self.conversations.remove(at)) {
                    over.eap.end(verdict, Around { channel, ..Around::default() }, report);
                }
            }
            (Waits::Eap(channel), None) => self.challenge(channel, packet, report),
            (Waits::Logon(channel), None) => {
                report.part(Channel(channel), Side::Server, Part::Over);
            }
            (Waits::Nothing, _) => {}
        }
    }

    fn challenge(&mut self, channel: u32, packet: &Packet<'_>, report: &mut Report<'_, '_>) {
        let open = self.conversations.iter_mut().find(|open| open.channel == channel);
        if let (Some(open), Some(state)) = (open, packet.first(AttributeType::STATE)) {
            open.state = state.into();
        }
        if let Some(message) = packet.eap_message() {
            self.eap(channel, &message, Around { channel, ..Around::default() }, report);
        }
    }

    fn begin(&mut self) -> u32 {
        self.begun = self.begun.wrapping_add(1);
        self.begun
    }
}

/// The server's last word; `None` for a challenge.
fn verdict(packet: &Packet<'_>) -> Option<Verdict> {
    let result = match packet.code {
        RadiusCode::ACCESS_ACCEPT => Ending::Success,
        RadiusCode::ACCESS_REJECT => Ending::Failure,
        _ => return None,
    };
    // The identifier comes first, then the text (RFC 2548 2.1.5).
    let text = packet.microsoft(MicrosoftType::MS_CHAP_ERROR).and_then(|error| error.get(1..));
    let substatus = text.and_then(|text| mschap::failure(text).error).and_then(ErrorCode::name);
    Some(Verdict { result, code: Code::Named(packet.code.name()?), substatus, signal: "radius" })
}

/// What the logon is for, by the kind of port.
fn service(packet: &Packet<'_>) -> Option<&'static str> {
    match packet.port_type()? {
        PortType::WIRELESS_802_11 => Some("wifi"),
        PortType::VIRTUAL => Some("vpn"),
        _ => None,
    }
}
