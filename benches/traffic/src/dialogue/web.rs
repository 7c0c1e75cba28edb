//! Visits to a web site, with a logon or without.

use super::Dialogue;
use super::nasty;
use crate::http;
use crate::logon::Logon;
use crate::ntlmssp;
use crate::octets::{Octets as _, base64};
use crate::packet::End;
use crate::random::Random;
use crate::spnego::{self, State};
use crate::stage::{Message, Side, Stage};

/// A connection to a web site.
pub(crate) struct WebSite {
    step: Step,
    scheme: Scheme,
    logon: Option<Logon>,
    host: String,
    pages: u64,
    page_size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Ntlm,
    Negotiate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Ask,
    Refuse,
    First,
    Challenge,
    Proof,
    Verdict,
    Get,
    Page,
    End,
}

impl WebSite {
    /// Without a logon.
    pub(crate) fn open(pages: u64, page_size: u64, random: &mut Random) -> Self {
        let pages = random.between(1, pages);
        let host = format!("web{:03}.corp.example.com", random.below(200));
        Self { step: Step::Get, scheme: Scheme::Ntlm, logon: None, host, pages, page_size }
    }

    /// With a logon.
    pub(crate) fn closed(pages: u64, page_size: u64, stage: &mut Stage) -> Self {
        let number = stage.user();
        let server = format!("web{:03}", stage.random.below(200));
        let logon = Logon::of(number, "HTTP", &server, &mut stage.random);
        let scheme = if stage.random.percent(50) { Scheme::Ntlm } else { Scheme::Negotiate };
        let open = Self::open(pages, page_size, &mut stage.random);
        Self { step: Step::Ask, scheme, logon: Some(logon), ..open }
    }

    fn get(&self, out: &mut Vec<u8>, token: &[u8], random: &mut Random) {
        let path = format!("/app/page{}.aspx", random.below(1000));
        let field = if token.is_empty() {
            String::new()
        } else {
            let scheme = if self.scheme == Scheme::Ntlm { "NTLM" } else { "Negotiate" };
            format!("Authorization: {scheme} {}\r\n", base64(token))
        };
        http::get(out, &self.host, &path, &field);
    }

    fn proof(&mut self, ends: (End, End), stage: &mut Stage, message: &mut Message) {
        let Some(logon) = &self.logon else { return };
        let mut token = ntlmssp::authenticate(logon, &mut stage.random);
        if self.scheme == Scheme::Negotiate {
            token = spnego::further(&token, &stage.random.array::<16>());
        }
        let ending = match logon.succeeds {
            _ if stage.one_way => ("unknown", None),
            true => ("success", Some("200")),
            false => ("failure", Some("401")),
        };
        stage.ntlm(ends, "http", logon, ending);
        self.get(&mut message.bytes, &token, &mut stage.random);
    }

    fn first(&self, stage: &mut Stage, message: &mut Message) {
        let Some(logon) = &self.logon else { return };
        let mut token = ntlmssp::negotiate(logon);
        if self.scheme == Scheme::Negotiate {
            token = spnego::init(&[spnego::NTLM], &token);
        }
        self.get(&mut message.bytes, &token, &mut stage.random);
    }

    fn challenge(&self, stage: &mut Stage, message: &mut Message) {
        let Some(logon) = &self.logon else { return };
        let token = ntlmssp::challenge(logon, &mut stage.random);
        let field = if self.scheme == Scheme::Ntlm {
            format!("WWW-Authenticate: NTLM {}\r\n", base64(&token))
        } else {
            let token = spnego::answer(State::Incomplete, Some(spnego::NTLM), &token);
            format!("WWW-Authenticate: Negotiate {}\r\n", base64(&token))
        };
        refusal(message, &field);
    }

    fn verdict(&mut self, stage: &mut Stage, message: &mut Message) -> Step {
        if self.logon.as_ref().is_some_and(|logon| !logon.succeeds) {
            refusal(message, CHOICES);
            return Step::End;
        }
        let field = if self.scheme == Scheme::Negotiate {
            let token = spnego::answer(State::Completed, None, &[]);
            format!("WWW-Authenticate: Negotiate {}\r\n", base64(&token))
        } else {
            "Persistent-Auth: true\r\n".to_owned()
        };
        self.page(&field, stage, message)
    }

    fn page(&mut self, more: &str, stage: &mut Stage, message: &mut Message) -> Step {
        let Message { bytes, bulk_from } = message;
        let size = stage.random.between(self.page_size / 4, self.page_size) as usize;
        if stage.random.percent(30) && size < 0x1_0000 {
            http::response(bytes, "200 OK", more, "Transfer-Encoding: chunked");
            bytes.put(format!("{size:x}\r\n").as_bytes());
            nasty::file(bytes, size, &mut stage.random);
            bytes.put(b"\r\n0\r\n\r\n");
        } else {
            http::response(bytes, "200 OK", more, &format!("Content-Length: {size}"));
            *bulk_from = Some(bytes.len());
            nasty::file(bytes, size, &mut stage.random);
        }
        self.pages = self.pages.saturating_sub(1);
        if self.pages == 0 || stage.is_ending { Step::End } else { Step::Get }
    }
}

impl Dialogue for WebSite {
    fn next(&mut self, ends: (End, End), stage: &mut Stage, message: &mut Message) -> Option<Side> {
        let (side, next) = match self.step {
            Step::End => return None,
            Step::Ask | Step::Get => {
                self.get(&mut message.bytes, &[], &mut stage.random);
                (Side::Client, if self.step == Step::Ask { Step::Refuse } else { Step::Page })
            }
            Step::First => {
                self.first(stage, message);
                (Side::Client, Step::Challenge)
            }
            Step::Proof => {
                self.proof(ends, stage, message);
                (Side::Client, Step::Verdict)
            }
            Step::Refuse => {
                refusal(message, CHOICES);
                (Side::Server, Step::First)
            }
            Step::Challenge => {
                self.challenge(stage, message);
                (Side::Server, Step::Proof)
            }
            Step::Verdict => (Side::Server, self.verdict(stage, message)),
            Step::Page => (Side::Server, self.page("", stage, message)),
        };
        self.step = next;
        Some(side)
    }
}

fn refusal(message: &mut Message, more: &str) {
    let body = "<html><body>401 - Unauthorized: access is denied due to invalid credentials.</body></html>";
    let framing = format!("Content-Length: {}", body.len());
    http::response(&mut message.bytes, "401 Unauthorized", more, &framing);
    message.bytes.put(body.as_bytes());
}

const CHOICES: &str = "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n";
