//! What must hold of the carriers that have nothing but a framer, a header and a few fields.

use ntlmscope_parsers::frame::{Framed, Recognised};
use ntlmscope_parsers::gss_stream::Framing;
use ntlmscope_parsers::ldap::{Authentication, Operation};
use ntlmscope_parsers::radius::{AttributeType, MicrosoftType};
use ntlmscope_parsers::sasl_line::Protocol;
use ntlmscope_parsers::{
    Secret, chap, dcerpc, dns, eap, gss_stream, http, ldap, mschap, nns, radius, sasl_line, sip, socks, tds,
    telnet,
};

use super::{heads, is_in, is_not_shown, is_recognised_early, lies_in, prefixes, show};

/// LDAP: binds, and what is around them.
pub(super) fn ldap(bytes: &[u8]) {
    is_recognised_early(bytes, ldap::recognise);
    is_in(ldap::find(bytes), bytes);
    show(&ldap::is_tls(bytes));
    records(bytes, ldap::front, |record| {
        let Ok(message) = ldap::message(record) else { return };
        show(&message);
        let secrets = match message.operation {
            Operation::BindRequest(bind) => match bind.authentication {
                Authentication::Simple(secret)
                | Authentication::SicilyNegotiate(secret)
                | Authentication::SicilyResponse(secret) => [Some(secret), None],
                Authentication::Sasl { credentials, .. } => [credentials, None],
                _ => [None, None],
            },
            Operation::BindResponse(bind) => {
                show(&bind.result_code.name());
                [Some(bind.matched_dn), bind.server_sasl_creds]
            }
        };
        secrets.into_iter().flatten().for_each(|secret| is_measured(secret, record));
    });
    show(&ldap::sub_status(bytes));
}

/// DCE/RPC: PDUs in a row, with and without their calls.
pub(super) fn dcerpc(bytes: &[u8]) {
    is_recognised_early(bytes, dcerpc::recognise);
    is_in(dcerpc::find(bytes), bytes);
    for calls in [dcerpc::Calls::Header, dcerpc::Calls::Whole] {
        let mut rest = bytes;
        loop {
            let whole = dcerpc::front(rest, calls);
            for prefix in prefixes(rest) {
                match dcerpc::front(prefix, calls) {
                    dcerpc::Front::Need(count) => assert!(count > prefix.len()),
                    known => assert_eq!(whole, known, "more bytes change what {} say", prefix.len()),
                }
            }
            let dcerpc::Front::Pdu { pdu, consumed } = whole else { break };
            assert!(consumed > 0);
            self::pdu(&pdu, rest);
            let Some(more) = rest.get(consumed..) else { break };
            rest = more;
        }
        if let Some(pdu) = dcerpc::remainder(rest) {
            self::pdu(&pdu, rest);
        }
    }
}

fn pdu(pdu: &dcerpc::Pdu<'_>, bytes: &[u8]) {
    show(pdu);
    show(&(pdu.interface(), pdu.reject_reason(), pdu.fault_status()));
    if let Some(verifier) = pdu.verifier() {
        is_measured(verifier.auth_value, bytes);
    }
}

/// TDS: packets of a login, and the tokens that answer it.
pub(super) fn tds(bytes: &[u8]) {
    is_recognised_early(bytes, tds::recognise);
    let framed = |bytes| match tds::front(bytes) {
        tds::Front::Need(count) => Framed::Need(count),
        tds::Front::Packet { data, consumed, .. } => Framed::Record { body: data, consumed },
        tds::Front::Skip(count) | tds::Front::Tls { len: count, .. } => Framed::Skip(count),
        tds::Front::Lost => Framed::Lost,
    };
    records(bytes, framed, tds_message);
    tds_message(bytes);
    if let Some(token) = tds::torn_token(bytes) {
        is_measured(token, bytes);
    }
}

fn tds_message(message: &[u8]) {
    if let Ok(login) = tds::login7(message) {
        show(&login);
    }
    let tokens = tds::tokens(message).inspect(|token| show(token)).count();
    assert!(tokens <= message.len());
}

/// SMTP, IMAP, POP3 and NNTP: lines and what they say.
pub(super) fn sasl_line(bytes: &[u8]) {
    is_recognised_early(bytes, sasl_line::recognise);
    is_in(sasl_line::find(bytes), bytes);
    assert_eq!(sasl_line::opening(bytes).is_some(), sasl_line::recognise(bytes) == Recognised::Yes);
    let line = |bytes| sasl_line::line(bytes, 0);
    records(bytes, line, |line| {
        for protocol in [Protocol::Smtp, Protocol::Imap, Protocol::Pop3, Protocol::Nntp] {
            show(&(sasl_line::command(protocol, line), sasl_line::reply(protocol, line)));
        }
        show(&sasl_line::literal(line));
    });
    for fresh in [false, true] {
        if let Framed::Record { consumed, .. } | Framed::Skip(consumed) = sasl_line::dotted(bytes, fresh) {
            assert!(consumed > 0 && consumed <= bytes.len());
        }
    }
}

/// RADIUS, CHAP and EAP: packets, and the responses of MS-CHAP in them.
pub(super) fn radius(bytes: &[u8]) {
    if let Some(packet) = radius::packet(bytes) {
        show(&(packet, packet.user_name(), packet.nas(), packet.port_type()));
        is_measured(packet.authenticator, bytes);
        let found = packet.attributes().count();
        assert!(found <= bytes.len());
        for kind in [MicrosoftType::MS_CHAP_RESPONSE, MicrosoftType::MS_CHAP2_RESPONSE] {
            packet.microsoft(kind).into_iter().for_each(response);
        }
        if let Some(message) = packet.eap_message() {
            eap(&message);
        }
        show(&packet.first(AttributeType::STATE).map(<[u8]>::len));
    }
    if let Ok(packet) = chap::packet(bytes) {
        show(&packet);
        if let chap::Data::Value { value, .. } = packet.data {
            is_measured(value, bytes);
            response(value.expose());
        }
    }
    show(&chap::agreed_algorithm(bytes));
    eap(bytes);
    eap::eapol(bytes).into_iter().flatten().for_each(eap);
    response(bytes);
}

fn eap(bytes: &[u8]) {
    let Ok(packet) = eap::packet(bytes) else { return };
    show(&packet);
    let Some((_, data)) = packet.method else { return };
    if let Ok(Some(message)) = eap::mschapv2(data) {
        show(&message);
        if let eap::MsChapV2Data::Response { value, .. } = message.data {
            is_measured(value, bytes);
            response(value.expose());
        }
    }
    if let Ok(message) = eap::leap(data) {
        show(&message);
    }
}

fn response(value: &[u8]) {
    show(&(mschap::response(value), mschap::response_v1(value), mschap::response_v2(value)));
    show(&(mschap::radius_response(value).map(|(identifier, _)| identifier), mschap::failure(value)));
}

/// DNS: messages over TCP, and the token of a TKEY record.
pub(super) fn dns(bytes: &[u8]) {
    is_recognised_early(bytes, dns::recognise_tcp);
    records(bytes, dns::tcp, key_exchange);
    key_exchange(bytes);
}

fn key_exchange(message: &[u8]) {
    show(&dns::is_key_exchange(message));
    let Ok(exchange) = dns::key_exchange(message) else { return };
    show(&exchange);
    if let Some(tkey) = exchange.tkey {
        show(&dns::error_name(tkey.error));
        is_measured(tkey.key, message);
    }
}

/// .NET `NegotiateStream`, and the preamble before it.
pub(super) fn nns(bytes: &[u8]) {
    is_recognised_early(bytes, nns::recognise_handshake);
    is_recognised_early(bytes, nns::recognise_preamble);
    records(bytes, nns::preamble, |record| show(&nns::preamble_record(record)));
    records(bytes, nns::handshake, |record| {
        if let Ok(message) = nns::message(record) {
            show(&message.error());
            assert!(lies_in(Secret::new(message.payload), record));
        }
    });
}

/// Bare GSS-API tokens.
pub(super) fn gss_stream(bytes: &[u8]) {
    for framing in [Framing::Flagged, Framing::Plain] {
        let recognise: fn(&[u8]) -> Recognised = match framing {
            Framing::Flagged => |bytes| gss_stream::recognise(bytes, Framing::Flagged),
            Framing::Plain => |bytes| gss_stream::recognise(bytes, Framing::Plain),
        };
        is_recognised_early(bytes, recognise);
        records(
            bytes,
            |bytes| gss_stream::frame(bytes, framing),
            |record| {
                let message = gss_stream::message(record, framing);
                assert!(lies_in(Secret::new(message.token), record));
            },
        );
    }
}

/// SOCKS 5: its messages, each as if it stood first.
pub(super) fn socks(bytes: &[u8]) {
    is_recognised_early(bytes, socks::recognise);
    records(bytes, socks::greeting, |record| show(&socks::code(record)));
    records(bytes, socks::answer, |record| show(&socks::code(record)));
    records(bytes, socks::password, |record| assert!(record.len() >= 3));
    records(bytes, socks::request, |record| assert!(socks::asked(record).is_some()));
    records(bytes, socks::message, |record| {
        let message = socks::read(record);
        show(&message);
        is_measured(message.token, record);
    });
}

/// Telnet: the AUTHENTICATION option between the text of a session.
pub(super) fn telnet(bytes: &[u8]) {
    is_recognised_early(bytes, telnet::recognise);
    let mut rest = bytes;
    loop {
        let consumed = match telnet::frame(rest) {
            Framed::Need(count) => {
                assert!(count > rest.len() && count <= telnet::MAX_SUBNEGOTIATION);
                return;
            }
            Framed::Lost => return,
            Framed::Skip(consumed) => consumed,
            Framed::Record { body, consumed } => {
                for prefix in prefixes(&rest[..consumed]) {
                    assert!(
                        matches!(telnet::frame(prefix), Framed::Need(_)),
                        "{} are a record",
                        prefix.len()
                    );
                }
                option(body);
                consumed
            }
        };
        assert!(consumed > 0);
        let Some(more) = rest.get(consumed..) else { return };
        rest = more;
    }
}

fn option(record: &[u8]) {
    let message = telnet::message(record);
    show(&message);
    let telnet::Message::Parameters(parameters) = message else { return };
    is_measured(parameters, record);
    let plain = telnet::unescape(parameters);
    assert!(plain.len() <= parameters.len());
    let Some(read) = telnet::authentication(&plain) else { return };
    show(&read);
    is_measured(read.data, &plain);
    if let Some((token, _)) = telnet::ntlm_data(read.data) {
        is_measured(token, &plain);
    }
}

/// SIP: heads, and the tokens in their fields.
pub(super) fn sip(bytes: &[u8]) {
    is_recognised_early(bytes, sip::recognise);
    is_in(sip::find(bytes), bytes);
    show(&sip::is_logon(bytes));
    heads(bytes, sip::head, sip_head);
}

fn sip_head(head: &[u8]) {
    let Ok(message) = sip::message(head) else { return };
    show(&(message, message.sequence(), message.content_length(), message.call_id().map(<[u8]>::len)));
    for (name, value) in message.fields.iter() {
        assert!(!name.is_empty());
        for challenge in http::challenges(value) {
            show(&(challenge, challenge.param("gssapi-data").map(<[u8]>::len)));
        }
    }
}

/// Cuts records off as long as there are any. More bytes must not change what a framer has said.
fn records<'a>(bytes: &'a [u8], framer: impl Fn(&'a [u8]) -> Framed<'a>, mut read: impl FnMut(&'a [u8])) {
    let mut rest = bytes;
    loop {
        let whole = framer(rest);
        for prefix in prefixes(rest) {
            match framer(prefix) {
                Framed::Need(count) => assert!(count > prefix.len()),
                known => assert_eq!(whole, known, "more bytes change what {} say", prefix.len()),
            }
        }
        let consumed = match whole {
            Framed::Record { body, consumed } => {
                read(body);
                consumed
            }
            Framed::Skip(count) => count,
            Framed::Need(_) | Framed::Lost => return,
        };
        assert!(consumed > 0);
        let Some(more) = rest.get(consumed..) else { return };
        rest = more;
    }
}

/// A secret is a part of its message, and is measured where it is printed.
fn is_measured(secret: Secret<'_>, message: &[u8]) {
    assert!(lies_in(secret, message));
    is_not_shown(secret);
}
