//! What the KDCs were asked and what they said.

use super::count::Counts;
use super::grid::{Column, Grid, Line, Look};
use super::host::Host;
use super::text::{listed, number, printable, word};
use super::{MAX_ROWS, Page};
use crate::model::{Kdc, KdcEnding, KdcTransport, KdcType, Name};

/// Exchanges with KDCs, counted.
#[derive(Debug, Default)]
pub(super) struct KdcExchanges {
    answers: Counts<Answer>,
    failures: Counts<Failure>,
}

/// How an exchange ended, good news first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Ticket,
    PasswordChanged,
    PreauthRequired,
    TooBigForUdp,
    Refused,
    Unreachable,
    NoReply,
    Lost,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Failure {
    answer: Answer,
    error: String,
    asked: String,
    kdc: Host,
    transport: KdcTransport,
}

impl KdcExchanges {
    /// Counts one exchange.
    pub(super) fn add(&mut self, kdc: &Kdc) {
        let answer = Answer::of(kdc);
        self.answers.add(answer);
        let code = kdc.outcome.code.as_deref();
        let error = match answer {
            Answer::Refused => printable(code.unwrap_or("an error")),
            Answer::Unreachable => "not reachable".to_owned(),
            Answer::NoReply => "no reply".to_owned(),
            Answer::Ticket
            | Answer::PasswordChanged
            | Answer::PreauthRequired
            | Answer::TooBigForUdp
            | Answer::Lost => return,
        };
        let (kdc, asked, transport) = (Host::of(kdc.server, None), asked(kdc), kdc.transport);
        self.failures.add(Failure { answer, error, asked, kdc, transport });
    }

    /// How many there were.
    pub(super) fn total(&self) -> u64 {
        self.answers.total()
    }

    /// Adds the section, where there is anything to tell.
    pub(super) fn push(&self, page: &mut Page) {
        if self.answers.is_empty() {
            return;
        }
        let answers: Vec<_> = self
            .answers
            .ranked(|answer| *answer)
            .into_iter()
            .map(|(answer, count)| answer.told(count))
            .collect();
        page.title("KDC exchanges", &listed(&answers));
        if self.failures.is_empty() {
            return;
        }
        let mut grid = Grid::new(&[
            Column::Right("Count"),
            Column::Left("Answer"),
            Column::Left("Asked for"),
            Column::Left("KDC"),
        ]);
        let failures = self.failures.ranked(|failure| failure.answer);
        for &(failure, count) in failures.iter().take(MAX_ROWS) {
            grid.row(vec![
                vec![Line::whole(count.to_string())],
                vec![Line::code(failure.error.clone()).look(Look::Bad)],
                vec![Line::new(failure.asked.clone())],
                vec![Line::whole(format!("{} {}", failure.kdc, word(&failure.transport)))],
            ]);
        }
        page.grid(&[grid]);
        page.rest(&self.failures, MAX_ROWS, failures.len());
    }
}

impl Answer {
    fn of(kdc: &Kdc) -> Self {
        match kdc.outcome.result {
            KdcEnding::Success if kdc.exchange == Some(KdcType::Kpasswd) => Self::PasswordChanged,
            KdcEnding::Success => Self::Ticket,
            KdcEnding::Failure => match kdc.outcome.number {
                Some(KDC_ERR_PREAUTH_REQUIRED) => Self::PreauthRequired,
                Some(KRB_ERR_RESPONSE_TOO_BIG) => Self::TooBigForUdp,
                _ => Self::Refused,
            },
            KdcEnding::Unreachable => Self::Unreachable,
            KdcEnding::NoReply => Self::NoReply,
            KdcEnding::Unknown => Self::Lost,
        }
    }

    fn told(self, count: u64) -> String {
        match self {
            Self::Ticket => number(count, "ticket given", "tickets given"),
            Self::PasswordChanged => number(count, "password changed", "passwords changed"),
            Self::PreauthRequired => format!("{count} asked for pre-authentication (normal)"),
            Self::TooBigForUdp => format!("{count} sent to TCP (normal)"),
            Self::Refused => number(count, "error", "errors"),
            Self::Unreachable => format!("{count} not reachable"),
            Self::NoReply => format!("{count} without a reply"),
            Self::Lost => format!("{count} whose answer is missing in the capture"),
        }
    }
}

/// The service that a ticket was wanted for. A first ticket is wanted by someone, and that is who the error is about.
fn asked(kdc: &Kdc) -> String {
    let known = |name: &Option<Name>| name.as_deref().filter(|name| !name.is_empty()).map(printable);
    let (client, service, realm) = (known(&kdc.cname), known(&kdc.sname), known(&kdc.realm));
    match (kdc.exchange, client, service, realm) {
        (Some(KdcType::As), Some(client), _, Some(realm)) => format!("{client}@{realm}"),
        (Some(KdcType::As), Some(client), ..) => client,
        (_, _, Some(service), _) => service,
        (_, Some(name), ..) | (.., Some(name)) => name,
        (_, None, None, None) => String::new(),
    }
}

/// RFC 4120, 7.5.9: the answer to a first request without pre-authentication.
const KDC_ERR_PREAUTH_REQUIRED: i32 = 25;
/// RFC 4120, 7.5.9: the client is to ask again over TCP.
const KRB_ERR_RESPONSE_TOO_BIG: i32 = 52;
