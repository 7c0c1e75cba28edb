//! What two ends say in datagrams, and in the packets that secure a link.

use ntlmscope_parsers::{chap, dns as dns_parser, radius as parser, sip as sip_parser};

use super::link::Link;
use super::radius::Radius;
use super::sip::Sip;
use super::{Found, dns, kdc};
use crate::model::{At, LinkProtocol, Transport};

/// The state of two ends that exchange datagrams: of most, none.
#[derive(Debug, Default)]
pub struct Datagrams {
    radius: Option<Box<Radius>>,
    link: Option<Box<Link>>,
    sip: Option<Box<Sip>>,
}

/// True where a datagram is read.
pub fn is_datagram(transport: Transport, bytes: &[u8]) -> bool {
    match transport {
        Transport::Udp => {
            kdc::is_datagram(bytes)
                || parser::packet(bytes).is_some()
                || dns_parser::is_key_exchange(bytes)
                || sip_parser::is_logon(bytes)
        }
        // All but what agrees on an algorithm goes on for as long as the link stands.
        Transport::Link(LinkProtocol::Lcp) => chap::agreed_algorithm(bytes).is_some(),
        Transport::Link(_) => true,
        Transport::Tcp(_) | Transport::Unreachable { .. } => false,
    }
}

impl Datagrams {
    /// Takes a datagram for which [`is_datagram`] holds.
    pub fn read(&mut self, at: At, transport: Transport, bytes: &[u8], found: &mut Found<'_>) {
        if let Transport::Link(protocol) = transport {
            self.link.get_or_insert_default().read(at, protocol, bytes, found);
        } else if let Some(packet) = parser::packet(bytes) {
            self.radius.get_or_insert_default().read(at, &packet, found);
        } else if kdc::is_datagram(bytes) {
            kdc::datagram(at, bytes, found);
        } else if sip_parser::is_logon(bytes) {
            self.sip.get_or_insert_default().message(at, bytes, found);
        } else {
            dns::message(at, bytes, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Direction, Event, Hidden, Part, Stamp, Verdict, What};
    use Direction::{Down, Up};
    use proptest::prelude::*;

    const UDP: Transport = Transport::Udp;
    const LCP: Transport = Transport::Link(LinkProtocol::Lcp);
    const CHAP: Transport = Transport::Link(LinkProtocol::Chap);
    const EAPOL: Transport = Transport::Link(LinkProtocol::Eapol);

    type Script = Vec<(Direction, Transport, Vec<u8>)>;

    /// What is told of packets, the number of each being its time.
    fn told(script: &Script) -> Vec<String> {
        let (mut datagrams, mut lines) = (Datagrams::default(), Vec::new());
        for (frame, (direction, transport, bytes)) in (1..).zip(script) {
            let at = At { direction: *direction, stamp: Stamp { frame, ..Stamp::default() } };
            if is_datagram(*transport, bytes) {
                datagrams.read(at, *transport, bytes, &mut |event| lines.push(line(&event)));
            }
        }
        lines
    }

    fn line(event: &Event<'_>) -> String {
        let (channel, part) = match event.what {
            What::Auth { channel, part, .. } => (channel.0, part),
            What::Counted(method) => return method.to_owned(),
            What::Hidden(Hidden { cover, identity, .. }) => {
                return format!(
                    "{}: hidden by {:?} of {}",
                    event.stamp.frame,
                    cover.unwrap(),
                    identity.unwrap_or("-")
                );
            }
            What::KdcGap => return "other".to_owned(),
            What::CountedIn(carrier, method) => return format!("{carrier:?}/{method}"),
            What::Malformed(carrier) => return format!("malformed {carrier:?}"),
            What::Kdc { .. } => return "kdc".to_owned(),
        };
        let what = match part {
            Part::MsChapChallenge => "challenge".to_owned(),
            Part::MsChap(told) => format!(
                "v{} {} {} {:?} {:?}{}",
                told.version,
                told.user,
                told.identifier,
                told.nas.unwrap_or("-"),
                told.service.unwrap_or("-"),
                if told.eap { " eap" } else { "" }
            ),
            Part::Verdict(Verdict { result, code, substatus, .. }) => {
                format!("{result:?} {code:?} {}", substatus.unwrap_or("-"))
            }
            Part::Over => "over".to_owned(),
            other => panic!("{other:?}"),
        };
        format!("{}: {channel} {what}", event.stamp.frame)
    }

    /// A packet with a length in its third and fourth byte.
    fn packet(code: u8, identifier: u8, body: &[u8]) -> Vec<u8> {
        let len = u16::try_from(body.len()).unwrap().saturating_add(4).to_be_bytes();
        [&[code, identifier][..], &len, body].concat()
    }

    fn radius(code: u8, identifier: u8, nonce: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
        packet(code, identifier, &[&[nonce; 16], attributes.concat().as_slice()].concat())
    }

    fn attribute(kind: u8, value: &[u8]) -> Vec<u8> {
        let len = u8::try_from(value.len()).unwrap().saturating_add(2);
        [&[kind, len], value].concat()
    }

    fn microsoft(kind: u8, value: &[u8]) -> Vec<u8> {
        attribute(26, &[&[0, 0, 1, 0x37], attribute(kind, value).as_slice()].concat())
    }

    /// The response of RFC 2759 9.2, in the order of PPP.
    const V2: [u8; 49] = *b"!@#$%^&*()_+:3|~\0\0\0\0\0\0\0\0\
        \x82\x30\x9e\xcd\x8d\x70\x8b\x5e\xa0\x8f\xaa\x39\x81\xcd\x83\x54\x42\x33\x11\x4a\x3d\x85\xd6\xdf\0";

    fn eap_v2(identifier: u8) -> (Vec<u8>, Vec<u8>) {
        let challenge =
            packet(1, identifier, &[&[26], packet(1, 7, b"\x10[]|}{?/><,`!2&&(nps").as_slice()].concat());
        let value = [&[49], V2.as_slice(), b"User"].concat();
        (challenge, packet(2, identifier, &[&[26], packet(2, 7, &value).as_slice()].concat()))
    }

    #[test]
    fn a_radius_request_is_one_logon_however_often_it_is_sent() {
        let response = [&[7, 0], &V2[..48]].concat();
        let request = |nonce| {
            let nas = attribute(32, b"vpn-1");
            radius(
                1,
                9,
                nonce,
                &[attribute(1, b"LAB\\User"), microsoft(25, &response), nas, attribute(61, &[0, 0, 0, 5])],
            )
        };
        let refusal = radius(3, 9, 2, &[microsoft(2, b"\x07E=691 R=1 C=00 V=3 M=no")]);
        let script = vec![
            (Up, UDP, request(1)),
            (Up, UDP, request(1)),
            (Down, UDP, refusal.clone()),
            (Up, UDP, request(1)),
            (Down, UDP, refusal),
            (Up, UDP, request(3)),
            (Up, UDP, request(4)),
        ];
        let expected = [
            "1: 1 challenge",
            "1: 1 v2 LAB\\User 7 \"vpn-1\" \"vpn\"",
            "3: 1 Failure Named(\"Access-Reject\") ERROR_AUTHENTICATION_FAILURE(691)",
            "3: 1 over",
            "6: 2 challenge",
            "6: 2 v2 LAB\\User 7 \"vpn-1\" \"vpn\"",
            "7: 2 over",
            "7: 3 challenge",
            "7: 3 v2 LAB\\User 7 \"vpn-1\" \"vpn\"",
        ];
        assert_eq!(told(&script), expected);
    }

    #[test]
    fn the_rounds_of_eap_are_chained_by_state_where_two_logons_mix() {
        let (challenge, response) = eap_v2(2);
        let eap = |bytes: &[u8]| attribute(79, bytes);
        let ask = |identifier, state: Option<&[u8]>, message: &[u8]| {
            let state = state.map(|state| attribute(24, state)).unwrap_or_default();
            (
                Up,
                UDP,
                radius(
                    1,
                    identifier,
                    identifier,
                    &[eap(message), state, attribute(4, &[10, 0, 0, 9]), attribute(61, &[0, 0, 0, 19])],
                ),
            )
        };
        let challenged = |identifier, state: &[u8]| {
            let (head, tail) = challenge.split_at(9);
            (Down, UDP, radius(11, identifier, 0, &[eap(head), eap(tail), attribute(24, state)]))
        };
        let script = vec![
            ask(1, None, &packet(2, 1, b"\x01anna")),
            ask(2, None, &packet(2, 1, b"\x01ben")),
            challenged(2, b"B"),
            challenged(1, b"A"),
            ask(3, Some(b"A"), &response),
            ask(4, Some(b"B"), &packet(2, 2, b"\x19")),
            (Down, UDP, radius(2, 4, 0, &[])),
            (
                Down,
                UDP,
                radius(11, 3, 0, &[eap(&packet(1, 3, &[26, 3, 7, 0, 6, b'S', b'='])), attribute(24, b"C")]),
            ),
            ask(5, Some(b"C"), &packet(2, 3, &[26, 3])),
            (Down, UDP, radius(2, 5, 0, &[eap(&packet(3, 3, &[]))])),
        ];
        let expected = [
            "4: 1 challenge",
            "5: 1 v2 User 7 \"10.0.0.9\" \"wifi\" eap",
            "6: hidden by Peap of ben",
            "8: 1 Success Named(\"EAP-MSCHAPv2-Success\") -",
            "10: 1 Success Named(\"Access-Accept\") -",
            "10: 1 over",
        ];
        assert_eq!(told(&script), expected);
    }

    /// The outer identity is the client's own word, the name that RADIUS has for it where it said none.
    #[test]
    fn what_hides_the_method_in_tls_is_named_once_with_the_outer_identity() {
        let response = |identifier, kind: u8| packet(2, identifier, &[kind, 0x80, 0, 0]);
        let ask = |identifier, message: &[u8]| {
            let attributes = [attribute(1, b"host/pc1"), attribute(24, b"S"), attribute(79, message)];
            (Up, UDP, radius(1, identifier, identifier, &attributes))
        };
        let script = vec![
            (Down, EAPOL, eapol_frame(&packet(1, 1, b"\x01hello\0networkid=x"))),
            (Up, EAPOL, eapol_frame(&packet(2, 1, b"\x01anonymous@lab\0more"))),
            (Up, EAPOL, eapol_frame(&response(2, 21))),
            (Up, EAPOL, eapol_frame(&response(3, 21))),
            // The client starts anew, refuses what is offered (3), and then says another method.
            (Up, EAPOL, eapol_frame(&packet(2, 9, b"\x01"))),
            (Up, EAPOL, eapol_frame(&packet(2, 10, b"\x03\x19"))),
            (Up, EAPOL, eapol_frame(&response(11, 13))),
            (Up, EAPOL, eapol_frame(&response(12, 43))),
            (Up, EAPOL, eapol_frame(&response(13, 55))),
            (Up, EAPOL, eapol_frame(&response(14, 4))),
            ask(1, &response(1, 25)),
            ask(2, &response(2, 25)),
        ];
        let expected = [
            "3: hidden by Ttls of anonymous@lab",
            "7: hidden by EapTls of -",
            "8: hidden by EapFast of -",
            "9: hidden by Teap of -",
            "Eapol/eap-md5",
            "11: hidden by Peap of host/pc1",
        ];
        assert_eq!(told(&script), expected);
    }

    #[test]
    fn a_retry_after_a_failure_is_another_response() {
        let (challenge, response) = eap_v2(2);
        let failure = packet(1, 3, &[&[26], packet(4, 7, b"E=691 R=1 C=00 V=3 M=").as_slice()].concat());
        let script = vec![
            (Down, EAPOL, eapol_frame(&challenge)),
            (Up, EAPOL, eapol_frame(&response)),
            (Up, EAPOL, eapol_frame(&response)),
            (Down, EAPOL, eapol_frame(&failure)),
            (Up, EAPOL, eapol_frame(&eap_v2(3).1)),
            (Down, EAPOL, eapol_frame(&packet(4, 4, &[]))),
        ];
        let expected = [
            "1: 0 challenge",
            "2: 0 v2 User 7 \"-\" \"-\" eap",
            "4: 0 Failure Named(\"EAP-MSCHAPv2-Failure\") ERROR_AUTHENTICATION_FAILURE(691)",
            "5: 0 v2 User 7 \"-\" \"-\" eap",
            "6: 0 Failure Named(\"EAP-Failure\") -",
            "6: 0 over",
        ];
        assert_eq!(told(&script), expected);
    }

    /// The order of packets is that of a Cisco access point, as the author of asleap recorded it.
    #[test]
    fn leap_is_one_logon_though_the_network_proves_itself_too() {
        let leap = |code, identifier, len: u8| {
            let value = vec![7; usize::from(len)];
            eapol_frame(&packet(code, identifier, &[&[17, 1, 0, len], value.as_slice(), b"JOE"].concat()))
        };
        let script = vec![
            (Down, EAPOL, eapol_frame(&packet(1, 1, b"\x01network"))),
            (Up, EAPOL, eapol_frame(&packet(2, 1, b"\x01JOE"))),
            (Down, EAPOL, leap(1, 2, 8)),
            (Up, EAPOL, leap(2, 2, 24)),
            (Down, EAPOL, eapol_frame(&packet(3, 3, &[]))),
            (Up, EAPOL, leap(1, 3, 8)),
            (Down, EAPOL, leap(2, 3, 24)),
        ];
        let expected = [
            "3: 0 challenge",
            "4: 0 v1 JOE 2 \"-\" \"-\" eap",
            "5: 0 Success Named(\"EAP-Success\") -",
            "5: 0 over",
        ];
        assert_eq!(told(&script), expected);
    }

    /// An EAPOL frame, whose length does not count its header.
    fn eapol_frame(eap: &[u8]) -> Vec<u8> {
        let len = u16::try_from(eap.len()).unwrap().to_be_bytes();
        [&[1, 0], len.as_slice(), eap].concat()
    }

    #[test]
    fn chap_is_told_by_its_algorithm_and_else_by_its_bytes() {
        let challenge = |identifier| (Down, CHAP, packet(1, identifier, b"\x10[]|}{?/><,`!2&&(lns"));
        let response = |identifier, value: &[u8]| {
            (
                Up,
                CHAP,
                packet(2, identifier, &[&[u8::try_from(value.len()).unwrap()], value, b"User"].concat()),
            )
        };
        let agreed = (Up, LCP, packet(2, 1, &[3, 5, 0xc2, 0x23, 0x80]));
        let script = vec![
            challenge(1),
            response(1, &V2),
            response(1, &V2),
            (Down, CHAP, packet(3, 1, b"S=")),
            response(1, &V2),
            challenge(2),
            response(2, &[7; 16]),
            agreed,
            challenge(3),
            response(3, &V2),
            (Down, CHAP, packet(4, 3, b"E=648 R=0")),
            (Up, Transport::Link(LinkProtocol::Pap), packet(1, 1, b"\x04User\x06secret")),
            (Up, CHAP, vec![2, 1, 0, 99]),
        ];
        let expected = [
            "1: 1 challenge",
            "2: 1 v2 User 1 \"-\" \"-\"",
            "4: 1 Success Named(\"CHAP-Success\") -",
            "4: 1 over",
            "Ppp/chap",
            "9: 2 challenge",
            "10: 2 v1 User 3 \"-\" \"-\"",
            "11: 2 Failure Named(\"CHAP-Failure\") ERROR_PASSWD_EXPIRED(648)",
            "11: 2 over",
            "Ppp/pap",
            "malformed Ppp",
        ];
        assert_eq!(told(&script), expected);
    }

    proptest! {
        /// Any packets can be read, and nothing is judged but what was told of before.
        #[test]
        fn nothing_panics(packets in prop::collection::vec(
            (any::<bool>(), 0_u8..5, 0_u8..4, 0_u8..5, prop::sample::select(vec![1_u8, 3, 4, 13, 17, 25, 26]), prop::collection::vec(0_u8..5, 0..60)), 0..40,
        )) {
            let script: Script = packets.into_iter().map(|(up, kind, code, identifier, method, body)| {
                let direction = if up { Up } else { Down };
                let eap = packet(code, identifier, &[&[method], body.as_slice()].concat());
                match kind {
                    0 => (direction, CHAP, packet(code, identifier, &[&[49], body.as_slice()].concat())),
                    1 => (direction, EAPOL, eapol_frame(&eap)),
                    2 => (direction, Transport::Link(LinkProtocol::Eap), eap),
                    3 => (direction, UDP, radius(code, identifier, 0, &[attribute(79, &eap), attribute(24, &body)])),
                    _ => (direction, UDP, radius(code, identifier, method, &[microsoft(25, &body)])),
                }
            }).collect();
            let lines = told(&script);
            for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.ends_with("over")) {
                let channel = line.split(' ').nth(1);
                let before = lines.iter().take(at).filter(|before| before.split(' ').nth(1) == channel);
                prop_assert!(before.clone().any(|before| before.contains(" v1 ") || before.contains(" v2 ")));
            }
        }
    }
}
