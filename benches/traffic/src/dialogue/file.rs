//! Reading files over SMB2, after a logon with NTLM or Kerberos, or several of them.

use super::Dialogue;
use super::nasty;
use crate::logon::Logon;
use crate::ntlmssp;
use crate::packet::End;
use crate::smb2::{LOGON_FAILURE, MORE_PROCESSING_REQUIRED, Peer, SUCCESS};
use crate::spnego::{self, State};
use crate::stage::{Message, Side, Stage};
use crate::{kerberos, random::Random};

/// How a connection is used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    /// How many reads follow a logon, at most.
    pub(crate) reads: u64,
    /// Bytes that a read asks for.
    pub(crate) read_size: usize,
    /// Sessions one after the other; a connection that lasts as long as the capture has as many as there is time for.
    pub(crate) sessions: Sessions,
    /// So many logons of a hundred are with NTLM.
    pub(crate) ntlm: u32,
}

/// How many sessions a connection sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sessions {
    Few,
    /// The next one begins when so many bytes more have been captured.
    Lasting {
        bytes: u64,
    },
}

/// A connection to a file server.
pub(crate) struct FileServer {
    how: Use,
    step: Step,
    peer: Peer,
    server: String,
    logon: Option<Logon>,
    reads: u64,
    until: u64,
    sessions: u64,
    is_last: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Negotiate,
    Negotiated,
    First,
    Challenge,
    Proof,
    Kerberos,
    Verdict,
    Connect,
    Connected,
    Create,
    Created,
    Read,
    Data,
    Close,
    Closed,
    Logoff,
    LoggedOff,
    End,
}

impl FileServer {
    pub(crate) fn new(how: Use, server: u64, random: &mut Random) -> Self {
        let sessions = random.between(1, 2);
        let server = format!("fs{server:03}");
        let peer = Peer::default();
        let step = Step::Negotiate;
        Self { how, step, peer, server, logon: None, reads: 0, until: 0, sessions, is_last: false }
    }

    /// A new session: who comes, and what for.
    fn begin(&mut self, stage: &mut Stage) -> Step {
        self.reads = stage.random.between(1, self.how.reads.max(1));
        if let Sessions::Lasting { bytes } = self.how.sessions {
            self.until = stage.written + stage.random.between(bytes / 4, bytes);
        }
        self.peer = Peer { message_id: self.peer.message_id, ..Peer::default() };
        if stage.random.percent(self.how.ntlm) {
            let user = stage.user();
            self.logon = Some(Logon::of(user, "cifs", &self.server, &mut stage.random));
            Step::First
        } else {
            self.logon = None;
            Step::Kerberos
        }
    }

    fn reads_more(&self, stage: &Stage) -> bool {
        let wants_more = match self.how.sessions {
            Sessions::Lasting { .. } => stage.written < self.until,
            Sessions::Few => self.reads > 0,
        };
        wants_more && !stage.is_ending
    }

    fn begins_again(&mut self, stage: &Stage) -> bool {
        self.sessions = self.sessions.saturating_sub(1);
        match self.how.sessions {
            // The last logon comes after everything else.
            Sessions::Lasting { .. } => !stage.is_ending || !std::mem::replace(&mut self.is_last, true),
            Sessions::Few => self.sessions > 0 && !stage.is_ending,
        }
    }

    fn proof(&mut self, ends: (End, End), stage: &mut Stage, message: &mut Message) {
        let Some(logon) = &self.logon else { return };
        let token = ntlmssp::authenticate(logon, &mut stage.random);
        let token = spnego::further(&token, &[&[1, 0, 0, 0], stage.random.array::<12>().as_slice()].concat());
        self.peer.session_setup(&mut message.bytes, &token, &mut stage.random);
        let ending = match logon.succeeds {
            _ if stage.one_way => ("unknown", None),
            true => ("success", Some("STATUS_SUCCESS")),
            false => ("failure", Some("STATUS_LOGON_FAILURE")),
        };
        stage.ntlm(ends, "smb2", logon, ending);
    }

    fn kerberos(&mut self, ends: (End, End), stage: &mut Stage, message: &mut Message) {
        let number = stage.user();
        let names = kerberos::Names {
            realm: "CORP.EXAMPLE.COM".into(),
            client: format!("user{number:07}"),
            service: ["cifs".into(), format!("{}.corp.example.com", self.server)],
        };
        let request = kerberos::ap_req(&names, 5, &mut stage.random);
        let token = spnego::framed(spnego::KRB5, &[&[1, 0], request.as_slice()].concat());
        let token = spnego::init(&[spnego::MS_KRB5, spnego::KRB5, spnego::NTLM], &token);
        self.peer.session_setup(&mut message.bytes, &token, &mut stage.random);
        let ending = if stage.one_way { ("unknown", None) } else { ("success", Some("STATUS_SUCCESS")) };
        stage.kerberos(ends, "smb2", &names.service.join("/"), ending);
    }

    fn verdict(&mut self, stage: &mut Stage, message: &mut Message) -> Step {
        let random = &mut stage.random;
        let token = match &self.logon {
            Some(logon) if !logon.succeeds => {
                self.peer.session_set_up(&mut message.bytes, LOGON_FAILURE, &[], random);
                self.sessions = 0;
                return if self.begins_again(stage) { self.begin(stage) } else { Step::End };
            }
            Some(_) => spnego::answer(State::Completed, None, &[]),
            None => {
                self.peer.session_id = random.next() | 1;
                let reply = kerberos::ap_rep(random);
                let token = spnego::framed(spnego::KRB5, &[&[2, 0], reply.as_slice()].concat());
                spnego::answer(State::Completed, Some(spnego::MS_KRB5), &token)
            }
        };
        self.peer.signs = true;
        self.peer.session_set_up(&mut message.bytes, SUCCESS, &token, random);
        Step::Connect
    }

    fn challenge(&mut self, stage: &mut Stage, message: &mut Message) {
        let Some(logon) = &self.logon else { return };
        self.peer.session_id = stage.random.next() | 1;
        let token = ntlmssp::challenge(logon, &mut stage.random);
        let token = spnego::answer(State::Incomplete, Some(spnego::NTLM), &token);
        self.peer.session_set_up(&mut message.bytes, MORE_PROCESSING_REQUIRED, &token, &mut stage.random);
    }

    fn data(&mut self, stage: &mut Stage, message: &mut Message) {
        let size = self.how.read_size;
        let size =
            if size < 1024 { size } else { stage.random.between(size as u64 / 2, size as u64) as usize };
        let Message { bytes, bulk_from } = message;
        self.peer.data(bytes, size, &mut stage.random, |out, random| {
            *bulk_from = Some(out.len());
            nasty::file(out, size, random);
        });
        self.reads = self.reads.saturating_sub(1);
    }

    /// What the client says at this step, and what comes then.
    fn ask(&mut self, ends: (End, End), stage: &mut Stage, message: &mut Message) -> Step {
        let random = &mut stage.random;
        let out = &mut message.bytes;
        match self.step {
            Step::First => {
                if let Some(logon) = &self.logon {
                    let token = spnego::init(&[spnego::NTLM], &ntlmssp::negotiate(logon));
                    self.peer.session_setup(out, &token, random);
                }
                Step::Challenge
            }
            Step::Proof => {
                self.proof(ends, stage, message);
                Step::Verdict
            }
            Step::Kerberos => {
                self.kerberos(ends, stage, message);
                Step::Verdict
            }
            Step::Connect => {
                self.peer.tree_connect(out, &format!("\\\\{}\\share", self.server), random);
                Step::Connected
            }
            Step::Create => {
                self.peer.create(out, &format!("folder\\file-{}.bin", random.below(100_000)), random);
                Step::Created
            }
            Step::Read => {
                self.peer.read(out, self.how.read_size, random);
                Step::Data
            }
            Step::Close => {
                self.peer.close(out, random);
                Step::Closed
            }
            Step::Logoff => {
                self.peer.logoff(out, random);
                Step::LoggedOff
            }
            _ => {
                self.peer.negotiate(out, random);
                Step::Negotiated
            }
        }
    }

    /// What the server answers at this step, and what comes then.
    fn answer(&mut self, stage: &mut Stage, message: &mut Message) -> Step {
        let random = &mut stage.random;
        let out = &mut message.bytes;
        match self.step {
            Step::Negotiated => {
                self.peer.negotiated(out, random);
                self.begin(stage)
            }
            Step::Challenge => {
                self.challenge(stage, message);
                Step::Proof
            }
            Step::Verdict => self.verdict(stage, message),
            Step::Connected => {
                self.peer.tree_id = random.below(1000) as u32 + 1;
                self.peer.tree_connected(out, random);
                Step::Create
            }
            Step::Created => {
                self.peer.created(out, random);
                Step::Read
            }
            Step::Data => {
                self.data(stage, message);
                if self.reads_more(stage) { Step::Read } else { Step::Close }
            }
            Step::Closed => {
                self.peer.closed(out, random);
                Step::Logoff
            }
            _ => {
                self.peer.logged_off(out, random);
                if self.begins_again(stage) { self.begin(stage) } else { Step::End }
            }
        }
    }
}

impl Dialogue for FileServer {
    fn next(&mut self, ends: (End, End), stage: &mut Stage, message: &mut Message) -> Option<Side> {
        match self.step {
            Step::End => None,
            Step::Negotiate
            | Step::First
            | Step::Proof
            | Step::Kerberos
            | Step::Connect
            | Step::Create
            | Step::Read
            | Step::Close
            | Step::Logoff => {
                self.step = self.ask(ends, stage, message);
                Some(Side::Client)
            }
            _ => {
                self.step = self.answer(stage, message);
                self.peer.message_id += 1;
                Some(Side::Server)
            }
        }
    }
}
