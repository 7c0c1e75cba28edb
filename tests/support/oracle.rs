//! What must hold whatever bytes come in. Each function is a fuzz target, and is played on every input that was once trouble.

mod carriers;

use std::fmt::Debug;

use ntlmscope::carrier::{self, Conversation, opens_quic};
use ntlmscope::decode::{Decoded, Decoder};
use ntlmscope::exchange::{Exchanges, Place};
use ntlmscope::model::{
    At, Direction, Encap, Endpoint, FlowKey, Frame, LinkType, MAX_MESSAGE, Next, Protocol, Record, Stamp,
    Time,
};
use ntlmscope_parsers::frame::{Found, Framed, Recognised};
use ntlmscope_parsers::smb::{Front, Item};
use ntlmscope_parsers::token::{Body, classify};
use ntlmscope_parsers::{
    Secret, credssp, http, iakerb, kdc_frame, kkdcp, krb5, negoex, ntlmssp, quic, smb, smb1, smb2, spnego,
    tls, token,
};

use crate::run::run;

/// Panics where bytes break what must hold.
pub(crate) type Oracle = fn(&[u8]);

/// The targets by their names.
pub(crate) const TARGETS: [(&str, Oracle); 24] = [
    ("conversation", conversation),
    ("credssp", credssp),
    ("dcerpc", carriers::dcerpc),
    ("decode", decode),
    ("dns", carriers::dns),
    ("gss_stream", carriers::gss_stream),
    ("http", http),
    ("kdc_frame", kdc_frame),
    ("kkdcp", kkdcp),
    ("krb5", krb5),
    ("ldap", carriers::ldap),
    ("nns", carriers::nns),
    ("ntlmssp", ntlmssp),
    ("pcap_file", pcap_file),
    ("quic", quic),
    ("radius", carriers::radius),
    ("sasl_line", carriers::sasl_line),
    ("sip", carriers::sip),
    ("smb", smb),
    ("socks", carriers::socks),
    ("spnego", spnego),
    ("tds", carriers::tds),
    ("telnet", carriers::telnet),
    ("token", token),
];

/// NTLMSSP messages: what a message says of its length is so, and nothing of its secrets is printed.
fn ntlmssp(bytes: &[u8]) {
    let Ok(message) = ntlmssp::message(bytes) else { return };
    show(&message);
    let length = message.declared_len();
    if let Some(own) = bytes.get(..length) {
        assert_eq!(ntlmssp::message(own).as_ref(), Ok(&message), "what follows it belongs to it");
    }
    if let ntlmssp::Message::Authenticate(message) = &message {
        let secrets = [message.nt_response, message.lm_response, message.session_key];
        for secret in secrets.into_iter().flatten() {
            assert!(lies_in(secret, bytes));
            is_not_shown(secret);
        }
        if let Ok(response) = message.ntlmv2_response() {
            show(&response);
            pairs(&response.av_pairs);
        }
    }
    if let ntlmssp::Message::Challenge(message) = &message {
        is_not_shown(message.server_challenge);
        if let Ok(info) = &message.target_info {
            pairs(info);
        }
    }
}

fn pairs(pairs: &ntlmssp::AvPairs<'_>) {
    assert!(pairs.iter().count() <= MAX_MESSAGE);
    pairs.iter().for_each(|pair| show(&pair));
    show(&(
        pairs.is_terminated(),
        pairs.trailing_len(),
        pairs.flags(),
        pairs.timestamp(),
        pairs.single_host(),
    ));
}

/// SPNEGO tokens: what is inside lies inside.
fn spnego(bytes: &[u8]) {
    show(&spnego::declared_len(bytes));
    if let Ok(outer) = spnego::neg_token(bytes) {
        show(&outer);
        if let Some(inner) = outer.inner() {
            assert!(lies_in(inner, bytes));
        }
    }
}

/// Kerberos messages and what they hold.
fn krb5(bytes: &[u8]) {
    message(bytes, 0);
    show(&krb5::kpasswd::kpasswd(bytes));
    show(&krb5::ap::tgt_req(bytes));
    show(&krb5::ap::tgt_rep(bytes));
    show(&iakerb::iakerb(bytes));
}

fn message(bytes: &[u8], depth: usize) {
    let Ok(message) = krb5::message(bytes) else { return };
    show(&message);
    let krb5::Message::KdcReq(request) = &message else { return };
    for padata in &request.padata {
        assert!(lies_in(padata.padata_value, bytes));
        show(&(padata.enc_timestamp_etype(), padata.pac_request(), padata.for_user(), padata.etype_info()));
        assert!(depth < bytes.len());
        show(&padata.tgs_req());
    }
}

/// Any token, and the tokens in it.
fn token(bytes: &[u8]) {
    let mut bytes = bytes;
    loop {
        let read = classify(bytes);
        show(&read);
        show(&token::declared_len(bytes));
        show(&negoex::negoex(bytes));
        let Body::Spnego(Ok(outer)) = read.body else { return };
        let Some(inner) = outer.inner() else { return };
        assert!(inner.len() < bytes.len() && lies_in(inner, bytes), "a token is larger than what is in it");
        bytes = inner.expose();
    }
}

/// SMB: messages in a row, and what stands in them.
fn smb(bytes: &[u8]) {
    is_recognised_early(bytes, smb::recognise);
    is_in(smb::find(bytes), bytes);
    let (mut rest, mut left) = (bytes, 0);
    loop {
        for prefix in prefixes(rest) {
            match smb::front(prefix, left) {
                Front::Need(count) => assert!(count > prefix.len()),
                known => {
                    assert_eq!(smb::front(rest, left), known, "more bytes change what {} say", prefix.len());
                }
            }
        }
        if let Some(item) = smb::remainder(rest, left) {
            self::item(&item);
        }
        let Front::Item { item, consumed, left: after } = smb::front(rest, left) else { return };
        self::item(&item);
        assert!(consumed > 0);
        left = after;
        let Some(more) = rest.get(consumed..) else { return };
        rest = more;
    }
}

fn item(item: &Item<'_>) {
    show(item);
    match item {
        Item::Smb1 { header, message: Some(message) } => {
            for message in smb1::messages(header, message) {
                show(&message);
                if let Ok(smb1::Message::NegotiateRequest(dialects)) = &message {
                    show(&(dialects.iter().count(), dialects.offers_smb2()));
                }
            }
        }
        Item::Smb2 { header, element: Some(element) } => show(&smb2::message(header, element)),
        _ => {}
    }
}

/// HTTP: heads, chunks, and the tokens in their fields.
fn http(bytes: &[u8]) {
    is_recognised_early(bytes, http::recognise);
    is_recognised_early(bytes, http::recognise_http2);
    is_in(http::find(bytes), bytes);
    frames(bytes, http::chunk);
    heads(bytes, http::head, fields);
}

/// The heads of a stream one after the other: what was searched before changes nothing. What is left is read as one too.
fn heads(bytes: &[u8], head: fn(&[u8], usize) -> Framed<'_>, read: fn(&[u8])) {
    let mut rest = bytes;
    while let Framed::Record { body, consumed } = head(rest, 0) {
        for searched in [body.len() / 2, body.len()] {
            assert_eq!(head(rest, searched.min(consumed - 1)), head(rest, 0), "after {searched}");
        }
        read(body);
        rest = rest.get(consumed..).unwrap_or_default();
    }
    read(rest);
}

fn fields(head: &[u8]) {
    let mut framing = Vec::new();
    if let Some(message) = http::message(head) {
        assert!(message.len <= head.len());
        match message.start {
            Some(http::Start::Request(request)) => {
                show(&(request.method, request.target));
                framing.push((http::request_body(&message.survey.framing), request.fields));
            }
            Some(http::Start::Response(response)) => {
                let body = http::response_body(None, response.status, &message.survey.framing);
                framing.push((body, response.fields));
            }
            None => {}
        }
    }
    if let (Framed::Record { consumed, .. }, Some(message)) = (http::head(head, 0), http::whole(head)) {
        assert_eq!(message.len, consumed, "both find the same end");
    }
    for (body, fields) in framing {
        show(&body);
        for (name, value) in fields.iter() {
            assert!(!name.is_empty());
            for challenge in http::challenges(value) {
                assert!(!challenge.scheme.is_empty());
                show(&(challenge.param("realm").map(<[u8]>::len), challenge));
            }
        }
    }
}

/// Kerberos over TCP and UDP.
fn kdc_frame(bytes: &[u8]) {
    is_recognised_early(bytes, kdc_frame::recognise_tcp);
    show(&(kdc_frame::is_datagram(bytes), kdc_frame::is_password(bytes)));
    frames(bytes, kdc_frame::tcp);
}

/// Datagrams that may open QUIC: the parts of a packet lie in it, and nothing grows.
fn quic(bytes: &[u8]) {
    if let Some(initial) = quic::initial(bytes) {
        show(&initial);
        assert!(
            [initial.destination, initial.protected].iter().all(|part| lies_in(Secret::new(part), bytes))
        );
    }
    assert!(quic::crypto(bytes).len() <= bytes.len());
    show(&tls::client_hello(bytes));
    if opens_quic(bytes) {
        let mut told = 0;
        let at = At { direction: Direction::Up, stamp: Stamp::default() };
        carrier::quic(at, bytes, &mut |_| told += 1);
        assert_eq!(told, 1);
    }
}

/// Messages of CredSSP in a row: the token lies in its message.
fn credssp(bytes: &[u8]) {
    is_recognised_early(bytes, credssp::recognise);
    frames(bytes, credssp::frame);
    if let Ok(request) = credssp::ts_request(bytes) {
        show(&request);
        if let Some(token) = request.nego_token {
            assert!(lies_in(token, bytes));
            is_not_shown(token);
        }
    }
}

/// The bodies of a KDC proxy: the message lies in its body.
fn kkdcp(bytes: &[u8]) {
    if let Ok(read) = kkdcp::message(bytes) {
        assert!(lies_in(Secret::new(read.kerb_message), bytes));
        assert!(read.target_domain.is_none_or(|realm| lies_in(Secret::new(realm.bytes()), bytes)));
        message(read.kerb_message, 0);
    }
}

/// Cuts records off as long as there are any. More bytes must not change what a framer has said.
fn frames(bytes: &[u8], framer: fn(&[u8]) -> Framed<'_>) {
    let mut rest = bytes;
    loop {
        for prefix in prefixes(rest) {
            match framer(prefix) {
                Framed::Need(count) => assert!(count > prefix.len()),
                known => assert_eq!(framer(rest), known, "more bytes change what {} say", prefix.len()),
            }
        }
        let consumed = match framer(rest) {
            Framed::Record { body, consumed } => {
                show(&krb5::message(body));
                assert!(body.len() <= consumed);
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

/// A few prefixes of a slice: those where framers decide.
fn prefixes(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let early = 0..bytes.len().min(80);
    early.chain([bytes.len() / 2, bytes.len().saturating_sub(1)]).filter_map(|end| bytes.get(..end))
}

fn is_recognised_early(bytes: &[u8], recognise: fn(&[u8]) -> Recognised) {
    for prefix in prefixes(bytes) {
        match recognise(prefix) {
            Recognised::Need(count) => assert!(count > prefix.len()),
            known => assert_eq!(recognise(bytes), known, "more bytes change what {} say", prefix.len()),
        }
    }
}

fn is_in(found: Found, bytes: &[u8]) {
    let (Found::At(at) | Found::NotBefore(at)) = found;
    assert!(at <= bytes.len());
}

/// A link type, and frames with their lengths before them.
fn decode(bytes: &[u8]) {
    const LINKS: [u16; 18] = [0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 108, 113, 119, 127, 192, 228, 229, 276];
    let Some((link, mut rest)) = bytes.split_first() else { return };
    let link = LinkType(LINKS[usize::from(*link) % LINKS.len()]);
    let mut decoder = Decoder::default();
    let mut stamp = Stamp::default();
    while let [high, low, seconds, cut, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(after.len());
        let (frame, after) = after.split_at(length);
        rest = after;
        stamp.frame += 1;
        stamp.time = Time(stamp.time.0 + i64::from(seconds.cast_signed()) * 1_000_000_000);
        let wire_len = u32::try_from(length).unwrap().saturating_add(u32::from(*cut));
        match decoder.decode(&Frame { stamp, link, bytes: frame, wire_len }) {
            Decoded::Segment(segment) => {
                assert!(segment.payload.len() <= 1 << 16, "a datagram is no longer than IP allows");
                assert_eq!(segment.stamp.frame, stamp.frame);
            }
            Decoded::Nothing => {}
            Decoded::Undecoded(why) => show(&why),
        }
    }
    decoder.finish();
    assert!(decoder.lost_fragments() <= stamp.frame);
}

/// A capture file on its whole way.
fn pcap_file(bytes: &[u8]) {
    let run = run(bytes);
    run.records();
    assert_eq!(run.failed, run.text.contains(r#""ended":"error""#));
}

/// What two hosts say to each other, with holes. Each piece has a byte before it that says which way it goes, whether it is a
/// hole or time that passes, and how its length is given.
fn conversation(bytes: &[u8]) {
    let key = FlowKey::of(Endpoint::default(), Endpoint { port: 1, ..Endpoint::default() }, Protocol::Tcp).0;
    let mut exchanges = Exchanges::new(Place { key, encap: Encap::default(), macs: None });
    let mut conversation = Conversation::default();
    let (mut halves, mut stamp) = ([Half::default(), Half::default()], Stamp::default());
    let (mut done, mut events, mut rest) = (Vec::new(), 0_usize, bytes);
    while let [how, short, after @ ..] = rest {
        stamp.frame += 1;
        let direction = if how & 1 == 0 { Direction::Up } else { Direction::Down };
        let at = At { direction, stamp };
        let half = &mut halves[usize::from(how & 1)];
        let mut take = |event: ntlmscope::model::Event<'_>| {
            events += 1;
            exchanges.take(&event, &mut done);
        };
        rest = after;
        match how >> 1 & 3 {
            0 | 1 => {
                let length = usize::from(*short) << (how >> 1 & 1) << (how >> 1 & 1);
                let (piece, after) = rest.split_at(length.min(rest.len()));
                half.feed(at, piece, &mut conversation, &mut take);
                rest = after;
            }
            2 => {
                conversation.gap(at, &std::mem::take(&mut half.held), &mut take);
                half.skip = 0;
            }
            _ => stamp.time = Time(stamp.time.0 + i64::from(*short) * 100_000_000),
        }
    }
    exchanges.end(&mut done);
    // Notes are no records.
    done.retain(|observation| !matches!(observation.record, Record::Note(_)));
    // A token of IAKERB is a part of a logon and a message to a KDC.
    assert!(done.len() <= 2 * events, "{} records of {events} events", done.len());
    for observation in done {
        assert!(!observation.frames.is_empty() && observation.frames.is_sorted());
        assert!(serde_json::to_string(&observation.record).unwrap().starts_with("{\"kind\":"));
    }
}

/// One direction of a conversation: keeps what its reader waits for, and passes over what it does not want.
#[derive(Default)]
struct Half {
    held: Vec<u8>,
    need: usize,
    skip: u64,
    is_closed: bool,
}

impl Half {
    fn feed(
        &mut self,
        at: At,
        piece: &[u8],
        conversation: &mut Conversation,
        take: &mut dyn FnMut(ntlmscope::model::Event<'_>),
    ) {
        self.held.extend(piece);
        loop {
            let skipped = self.skip.min(u64::try_from(self.held.len()).unwrap());
            self.held.drain(..usize::try_from(skipped).unwrap());
            self.skip -= skipped;
            if self.is_closed || self.held.is_empty() || self.held.len() < self.need {
                return;
            }
            self.need = 0;
            match conversation.read(at, &self.held, take) {
                Next::Need(count) => {
                    assert!(
                        count > self.held.len() && count <= MAX_MESSAGE,
                        "{count} of {}",
                        self.held.len()
                    );
                    self.need = count;
                }
                Next::Took(count) => {
                    assert!(count > 0, "nothing was taken of {} bytes", self.held.len());
                    self.skip = count;
                }
                Next::Close => self.is_closed = true,
            }
        }
    }
}

/// What can be printed is printed.
fn show(what: &dyn Debug) {
    assert!(!format!("{what:?}").is_empty());
}

/// A secret is measured where it is printed. What holds it is not searched for its bytes: a name may spell them out.
fn is_not_shown(secret: Secret<'_>) {
    assert_eq!(format!("{secret:?}{secret}"), format!("<{0} bytes><{0} bytes>", secret.len()));
}

/// Whether a part of a message is a part of its bytes.
fn lies_in(part: Secret<'_>, bytes: &[u8]) -> bool {
    let (part, bytes) = (part.expose().as_ptr_range(), bytes.as_ptr_range());
    part.is_empty() || (bytes.start <= part.start && part.end <= bytes.end)
}
