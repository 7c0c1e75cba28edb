//! What secures a link before IP is spoken on it: CHAP (RFC 1994), PAP and EAP in PPP, and EAP over LAN. MS-CHAP is told, the
//! rest is counted, or named as hidden.

use std::collections::BTreeMap;

use ntlmscope_parsers::chap::{self, Algorithm, Code as ChapCode, Data};
use ntlmscope_parsers::eap::{self as eap_parser, Code as EapCode};
use ntlmscope_parsers::mschap::{self, Response};
use ntlmscope_parsers::{ParseError, Secret, Text};

use super::eap::{Around, Eap, challenge};
use super::{Found, Report};
use crate::model::{At, Carrier, Channel, Code, Ending, LinkProtocol, MsChapResponse, Part, Side, Verdict};

/// One link, or those between the same two ends.
#[derive(Debug, Default)]
pub(super) struct Link {
    /// What LCP has agreed on.
    algorithm: Option<Algorithm>,
    chap: BTreeMap<u8, Chap>,
    eap: Eap,
    /// Identifier of the last request of PAP, which is sent until it is answered.
    pap: Option<u8>,
    begun: u32,
}

/// What one identifier of CHAP stands for.
#[derive(Debug, Default)]
struct Chap {
    /// Where the challenge was seen that has not been answered.
    challenged: Option<At>,
    /// The response, to know it when it is sent again.
    response: Box<[u8]>,
    /// The channel of the response that has not been judged.
    waits: Option<Channel>,
}

impl Link {
    /// Takes a packet.
    pub(super) fn read(&mut self, at: At, protocol: LinkProtocol, bytes: &[u8], found: &mut Found<'_>) {
        let carrier = if protocol == LinkProtocol::Eapol { Carrier::Eapol } else { Carrier::Ppp };
        let mut report = Report { at, carrier, found };
        let read = match protocol {
            LinkProtocol::Lcp => {
                self.algorithm = chap::agreed_algorithm(bytes).or(self.algorithm);
                Ok(())
            }
            LinkProtocol::Pap => {
                self.pap(bytes, &mut report);
                Ok(())
            }
            LinkProtocol::Chap => self.chap(bytes, &mut report),
            LinkProtocol::Eap => self.eap(bytes, &mut report),
            LinkProtocol::Eapol => match eap_parser::eapol(bytes) {
                Ok(Some(packet)) => self.eap(packet, &mut report),
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            },
        };
        if read.is_err() {
            report.malformed();
        }
    }

    /// An Authenticate-Request (RFC 1334 2.2.1), whose password is not looked at.
    fn pap(&mut self, bytes: &[u8], report: &mut Report<'_, '_>) {
        if let [PAP_REQUEST, identifier, ..] = bytes
            && self.pap.replace(*identifier) != Some(*identifier)
        {
            report.counted("pap");
        }
    }

    fn chap(&mut self, bytes: &[u8], report: &mut Report<'_, '_>) -> Result<(), ParseError> {
        let packet = chap::packet(bytes)?;
        match (packet.code, packet.data) {
            (ChapCode::CHALLENGE, _) => {
                self.chap.entry(packet.identifier).or_default().challenged = Some(report.at);
            }
            (ChapCode::RESPONSE, Data::Value { value, name }) => {
                self.response(packet.identifier, value, name, report);
            }
            (ChapCode::SUCCESS, _) => self.judge(packet.identifier, Ending::Success, None, report),
            (ChapCode::FAILURE, Data::Message(message)) => {
                let error = mschap::failure(message.expose()).error.and_then(mschap::ErrorCode::name);
                self.judge(packet.identifier, Ending::Failure, error, report);
            }
            _ => {}
        }
        Ok(())
    }

    fn response(&mut self, identifier: u8, value: Secret<'_>, name: Text<'_>, report: &mut Report<'_, '_>) {
        let version = self.version(value);
        let known = self.chap.entry(identifier).or_default();
        if *known.response == *value.expose() {
            return;
        }
        known.response = value.expose().into();
        let challenged = known.challenged.take();
        let Some(version) = version else {
            report.counted("chap");
            return;
        };
        if let Some(before) = known.waits.take() {
            report.part(before, Side::Server, Part::Over);
        }
        self.begun = self.begun.wrapping_add(1);
        let channel = Channel(self.begun);
        known.waits = Some(channel);
        challenge(challenged, channel, report);
        let (user, nas, service) = (name, None, None);
        let response = MsChapResponse { version, user, identifier, nas, eap: false, service };
        report.part(channel, Side::Client, Part::MsChap(response));
    }

    /// The version of MS-CHAP of a response; `None` for CHAP of another kind, whose values have other lengths. What LCP agreed on
    /// counts more than what the bytes look like.
    fn version(&self, value: Secret<'_>) -> Option<u8> {
        let response = mschap::response(value.expose()).ok()?;
        Some(match (self.algorithm, response) {
            (Some(Algorithm::MS_CHAP_1), _) => 1,
            (Some(Algorithm::MS_CHAP_2), _) | (_, Response::V2(_)) => 2,
            (_, Response::V1(_)) => 1,
        })
    }

    fn judge(
        &mut self,
        identifier: u8,
        result: Ending,
        substatus: Option<&'static str>,
        report: &mut Report<'_, '_>,
    ) {
        let waits = self.chap.get_mut(&identifier).and_then(|known| known.waits.take());
        if let Some(channel) = waits {
            let code = if result == Ending::Success { "CHAP-Success" } else { "CHAP-Failure" };
            let verdict = Verdict { result, code: Code::Named(code), substatus, signal: "chap" };
            report.part(channel, Side::Server, Part::Verdict(verdict));
            report.part(channel, Side::Server, Part::Over);
        }
    }

    fn eap(&mut self, bytes: &[u8], report: &mut Report<'_, '_>) -> Result<(), ParseError> {
        let packet = eap_parser::packet(bytes)?;
        let around = Around { channel: EAP_CHANNEL, ..Around::default() };
        if !self.eap.read(&packet, around, report) {
            report.malformed();
        }
        let (result, code) = match packet.code {
            EapCode::SUCCESS => (Ending::Success, "EAP-Success"),
            EapCode::FAILURE => (Ending::Failure, "EAP-Failure"),
            _ => return Ok(()),
        };
        let verdict = Verdict { result, code: Code::Named(code), substatus: None, signal: "eap" };
        self.eap.end(verdict, around, report);
        Ok(())
    }
}

/// `Code` of an Authenticate-Request.
const PAP_REQUEST: u8 = 1;
/// EAP has one logon at a time on a link (RFC 3748 2). CHAP counts its channels from 1.
const EAP_CHANNEL: u32 = 0;
