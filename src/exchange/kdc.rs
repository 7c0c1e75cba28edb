//! Exchanges with a KDC: each request with its answer (RFC 4120, 3.1 and 3.3; RFC 3244).

use std::collections::VecDeque;
use std::hash::BuildHasher as _;

use compact_str::{ToCompactString as _, format_compact};
use ntlmscope_parsers::krb5::{
    self, ETypes, ErrorData, KdcOptions, KdcRep, KdcReq, KrbError, Message, MessageType, PaTypes,
};
use ntlmscope_parsers::ntstatus::NtStatus;

use super::Place;
use super::attempt::{ends, icmp, note, unreachable};
use super::draft::{Frames, shown};
use super::identity::identity;
use super::kerberos::principal;
use crate::model::{
    Direction, End, Event, Kdc, KdcEnding, KdcOutcome, KdcTransport, KdcType, Name, Note, Observation,
    Record, Seen, Shared, Stamp, Word,
};

/// The most requests of a flow that wait for an answer.
const MAX_PENDING: usize = 64;

/// The exchanges of one flow.
#[derive(Debug, Default)]
pub(super) struct KdcExchanges {
    pending: VecDeque<Pending>,
    /// The last request that was answered, to know it again.
    answered: Option<u64>,
    /// How many answers to a repeated request may still come.
    repeats: u8,
    /// The server has sent something.
    heard: bool,
    /// Bytes are missing, perhaps an answer.
    gap: bool,
    begun: u32,
    hasher: foldhash::fast::RandomState,
}

/// A request, or an answer without one.
#[derive(Debug)]
struct Pending {
    number: u32,
    frames: Frames,
    client: Direction,
    transport: KdcTransport,
    kind: Option<KdcType>,
    /// Of the whole message: a client that hears nothing sends the same again.
    hash: u64,
    said: Said,
}

/// What the messages of an exchange say.
#[derive(Clone, Debug, Default)]
struct Said {
    realm: Option<Name>,
    cname: Option<Name>,
    sname: Option<Name>,
    etypes_offered: ETypes,
    ticket_etype: Option<Word>,
    reply_etype: Option<Word>,
    preauth: PaTypes,
    preauth_hints: PaTypes,
    options: KdcOptions,
}

impl KdcExchanges {
    /// Takes one message; false where it could not be read.
    pub(super) fn take(
        &mut self,
        place: Place,
        event: &Event<'_>,
        transport: KdcTransport,
        kpasswd: bool,
        bytes: &[u8],
        done: &mut Vec<Observation>,
    ) -> bool {
        let said = if kpasswd { read_kpasswd(bytes) } else { read(bytes) };
        let Some((turn, whole)) = said else { return false };
        self.turn(place, event, transport, turn, self.hasher.hash_one(bytes), done);
        whole
    }

    /// Takes a message that a server carries between a client and a KDC.
    pub(super) fn carried(
        &mut self,
        place: Place,
        event: &Event<'_>,
        message: &Message<'_>,
        done: &mut Vec<Observation>,
    ) {
        // What a server carries comes once, so it needs no hash to be known again.
        let number = u64::from(self.begun);
        if let Some(turn) = turn_of(message) {
            self.turn(place, event, KdcTransport::Iakerb, turn, number, done);
        }
    }

    fn turn(
        &mut self,
        place: Place,
        event: &Event<'_>,
        transport: KdcTransport,
        turn: Turn,
        hash: u64,
        done: &mut Vec<Observation>,
    ) {
        match turn {
            Turn::Request(kind, said) => {
                if self.ask(event, transport, kind, said, hash) {
                    done.push(note(place, event.direction, event.stamp, Note::Asked));
                }
            }
            Turn::Reply(kind, said, outcome) => {
                self.heard = true;
                if let Some(pending) = self.answered_by(event, transport, kind) {
                    done.push(pending.finish(place, said, outcome));
                }
            }
        }
    }

    /// Bytes are missing.
    pub(super) fn gap(&mut self) {
        self.gap = !self.pending.is_empty();
    }

    /// Nothing follows: what waits for an answer gets none.
    pub(super) fn end(&mut self, place: Place, done: &mut Vec<Observation>) {
        let heard = self.heard;
        for pending in self.pending.drain(..) {
            let outcome = if self.gap {
                let text = Some("bytes are missing in the capture where the answer may have been".into());
                KdcOutcome { result: KdcEnding::Unknown, code: None, number: None, text }
            } else if heard || matches!(pending.transport, KdcTransport::Tcp | KdcTransport::Kkdcp) {
                KdcOutcome { result: KdcEnding::NoReply, code: None, number: None, text: None }
            } else {
                unreachable(format_compact!("no answer to {} datagrams", pending.frames.count()))
            };
            done.push(pending.finish(place, Said::default(), outcome));
        }
    }

    /// An ICMP message came back for what a client sent.
    pub(super) fn unreachable(
        &mut self,
        place: Place,
        stamp: Stamp,
        kind: u8,
        code: u8,
        done: &mut Vec<Observation>,
    ) {
        if let Some(mut pending) = self.pending.pop_front() {
            pending.frames.add(stamp);
            done.push(pending.finish(place, Said::default(), unreachable(icmp(kind, code))));
        }
    }

    /// Takes a request; false where it is one that was seen before.
    fn ask(
        &mut self,
        event: &Event<'_>,
        transport: KdcTransport,
        kind: KdcType,
        said: Said,
        hash: u64,
    ) -> bool {
        if let Some(same) = self.pending.iter_mut().find(|pending| pending.hash == hash) {
            same.frames.add(event.stamp);
            return false;
        }
        if self.answered == Some(hash) {
            self.repeats = self.repeats.saturating_add(1);
            return false;
        }
        if self.pending.len() >= MAX_PENDING {
            self.pending.pop_front();
        }
        let (frames, client) = (Frames::new(event.stamp), event.direction);
        self.begun = self.begun.wrapping_add(1);
        let kind = Some(kind);
        if self.pending.capacity() == 0 {
            // Most flows ask once, and a request is large.
            self.pending.reserve_exact(1);
        }
        self.pending.push_back(Pending { number: self.begun, frames, client, transport, kind, hash, said });
        true
    }

    /// The request that an answer belongs to, or one that was not seen. `None` where it answers a repeated one again.
    fn answered_by(
        &mut self,
        event: &Event<'_>,
        transport: KdcTransport,
        kind: Option<KdcType>,
    ) -> Option<Pending> {
        let at = self.pending.iter().position(|pending| kind.is_none() || pending.kind == kind);
        if let Some(mut pending) = at.and_then(|at| self.pending.remove(at)) {
            pending.frames.add(event.stamp);
            self.answered = Some(pending.hash);
            return Some(pending);
        }
        if self.repeats > 0 {
            self.repeats = self.repeats.saturating_sub(1);
            return None;
        }
        self.begun = self.begun.wrapping_add(1);
        let (frames, client) = (Frames::new(event.stamp), event.direction.reversed());
        Some(Pending { number: self.begun, frames, client, transport, kind, hash: 0, said: Said::default() })
    }
}

impl Pending {
    fn finish(self, place: Place, reply: Said, outcome: KdcOutcome) -> Observation {
        let Self { number, frames, client, transport, kind, said, .. } = self;
        let id = identity("kdc", &place.key, frames.first.time, number);
        frames.observation(place, id, |seen| {
            let kdc = Kdc::new(seen, ends(place, client), transport);
            let given = kind == Some(KdcType::Tgs) && outcome.result == KdcEnding::Success;
            let referral = given.then(|| referral(&said, &reply)).flatten();
            Record::Kdc(Box::new(Kdc {
                exchange: kind,
                realm: said.realm.or(reply.realm),
                cname: said.cname.or(reply.cname),
                sname: said.sname.or(reply.sname),
                referral,
                etypes_offered: said.etypes_offered,
                ticket_etype: reply.ticket_etype,
                reply_etype: reply.reply_etype,
                preauth: said.preauth,
                preauth_hints: reply.preauth_hints,
                options: said.options,
                outcome,
                ..kdc
            }))
        })
    }
}

impl Kdc {
    /// A record of an exchange of which nothing is known but where it took place.
    pub(super) fn new(seen: Seen, (client, server): (End, End), transport: KdcTransport) -> Self {
        Self {
            seen,
            client,
            server,
            transport,
            exchange: None,
            realm: None,
            cname: None,
            sname: None,
            referral: None,
            etypes_offered: ETypes::new(),
            ticket_etype: None,
            reply_etype: None,
            preauth: PaTypes::new(),
            preauth_hints: PaTypes::new(),
            options: KdcOptions::default(),
            risks: Shared::default(),
            outcome: KdcOutcome { result: KdcEnding::NoReply, code: None, number: None, text: None },
        }
    }
}

/// The realm of another ticket-granting service than the one that was asked for. A ticket for that of the KDC's own realm is no referral.
fn referral(asked: &Said, given: &Said) -> Option<Name> {
    let (sname, realm) = (asked.sname.as_deref()?, given.sname.as_deref()?.strip_prefix("krbtgt/")?);
    let own = given.realm.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(realm));
    (!own && !sname.eq_ignore_ascii_case(given.sname.as_deref()?)).then(|| realm.into())
}

/// A message, as one side's turn in an exchange.
enum Turn {
    Request(KdcType, Said),
    Reply(Option<KdcType>, Said, KdcOutcome),
}

/// A message and whether nothing in it was damaged; `None` where it cannot be read or is none of an exchange with a KDC.
fn read(bytes: &[u8]) -> Option<(Turn, bool)> {
    let message = krb5::message(bytes).ok()?;
    Some((turn_of(&message)?, message.damaged().is_none()))
}

fn turn_of(message: &Message<'_>) -> Option<Turn> {
    Some(match message {
        Message::KdcReq(request) => Turn::Request(kind(request.msg_type), request_said(request)),
        Message::KdcRep(reply) => Turn::Reply(Some(kind(reply.msg_type)), reply_said(reply), success()),
        Message::Error(error) => Turn::Reply(None, error_said(error), failure(error)),
        Message::ApReq(_) | Message::ApRep(_) | Message::TgtReq(_) | Message::TgtRep(_) => return None,
    })
}

fn read_kpasswd(bytes: &[u8]) -> Option<(Turn, bool)> {
    let message = krb5::kpasswd::kpasswd(bytes).ok()?;
    if let Some(Ok(Message::Error(error))) = &message.error {
        return Some((Turn::Reply(Some(KdcType::Kpasswd), error_said(error), failure(error)), true));
    }
    let turn = match message.ap? {
        Ok(Message::ApReq(request)) => {
            let ticket = request.ticket.unwrap_or_default();
            let sname = ticket.sname.as_ref().and_then(principal);
            let ticket_etype = ticket.enc_part.etype.map(Word::from);
            let said = Said { realm: ticket.realm.map(shown), sname, ticket_etype, ..Said::default() };
            Turn::Request(KdcType::Kpasswd, said)
        }
        // The result is encrypted: that it came says that the KDC took the request.
        Ok(Message::ApRep(_)) => Turn::Reply(Some(KdcType::Kpasswd), Said::default(), success()),
        _ => return None,
    };
    Some((turn, true))
}

fn kind(message: MessageType) -> KdcType {
    if matches!(message, MessageType::AS_REQ | MessageType::AS_REP) { KdcType::As } else { KdcType::Tgs }
}

fn request_said(request: &KdcReq<'_>) -> Said {
    Said {
        realm: request.realm.map(shown),
        cname: request.cname.as_ref().and_then(principal),
        sname: request.sname.as_ref().and_then(principal),
        etypes_offered: request.etypes.clone(),
        preauth: request.padata.iter().map(|data| data.padata_type).collect(),
        options: request.kdc_options.unwrap_or_default(),
        ..Said::default()
    }
}

fn reply_said(reply: &KdcRep<'_>) -> Said {
    let ticket = reply.ticket.as_ref();
    Said {
        realm: ticket.and_then(|ticket| ticket.realm).map(shown),
        cname: reply.cname.as_ref().and_then(principal),
        sname: ticket.and_then(|ticket| ticket.sname.as_ref()).and_then(principal),
        ticket_etype: ticket.and_then(|ticket| ticket.enc_part.etype).map(Word::from),
        reply_etype: reply.enc_part.etype.map(Word::from),
        ..Said::default()
    }
}

fn error_said(error: &KrbError<'_>) -> Said {
    let preauth_hints = match &error.e_data {
        Some(ErrorData::MethodData(data)) => data.iter().map(|data| data.padata_type).collect(),
        Some(ErrorData::TypedData(types)) => types.clone(),
        Some(ErrorData::KerbErrorData { .. } | ErrorData::Other(_)) | None => PaTypes::new(),
    };
    Said {
        realm: error.realm.map(shown),
        cname: error.cname.as_ref().and_then(principal),
        sname: error.sname.as_ref().and_then(principal),
        preauth_hints,
        ..Said::default()
    }
}

fn success() -> KdcOutcome {
    KdcOutcome { result: KdcEnding::Success, code: None, number: None, text: None }
}

fn failure(error: &KrbError<'_>) -> KdcOutcome {
    // Windows says in `e-data` why it refused ([MS-KILE] 2.2.2).
    let status = match error.e_data {
        Some(ErrorData::KerbErrorData { status: Some(status), .. }) => {
            Some(NtStatus(status).to_compact_string())
        }
        _ => None,
    };
    KdcOutcome {
        result: KdcEnding::Failure,
        code: error.error_code.map(Word::from),
        number: error.error_code.map(|code| code.0),
        text: error.e_text.filter(|text| !text.is_empty()).map(shown).or(status),
    }
}
