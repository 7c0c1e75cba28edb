//! SMB 1, 2 and 3 ([MS-CIFS], [MS-SMB], [MS-SMB2]): the legs of each session setup, the share it was for, and what goes through
//! named pipes.

mod pipes;
mod session;

use ntlmscope_parsers::frame::Found as Place;
use ntlmscope_parsers::ntstatus::NtStatus;
use ntlmscope_parsers::smb::pipe::PipeMessage;
use ntlmscope_parsers::smb::{self, Buffer, Front, Item};
use ntlmscope_parsers::smb1::{self, Credentials, NegotiateSecurity, Status};
use ntlmscope_parsers::smb2::{self, SessionFlags, ShareType};
use ntlmscope_parsers::{Secret, Text};

use super::{Conversation, Found, Report, took};
use crate::model::{
    At, Carrier, Channel, Code, Direction, Ending, Name, Next, Part, Plain, Side, Verdict, Ways,
};
use pipes::{Envelope, Pipes};
use session::Sessions;

/// One connection.
#[derive(Debug, Default)]
pub struct Smb {
    readings: Ways<Reading>,
    /// Which way the client sends: that of the first request, or against that of the first response.
    client: Option<Direction>,
    /// The server of SMB1 asks for passwords, not for responses.
    takes_passwords: bool,
    sessions: Sessions,
    pipes: Pipes,
}

/// Where one direction stands.
#[derive(Debug, Default)]
struct Reading {
    /// Bytes of the session packet that are still to come: the other elements of a compound.
    left: u32,
    /// The bytes may start anywhere in a message.
    lost: bool,
}

impl Smb {
    pub(super) fn conversation() -> Conversation {
        Conversation::Smb(Box::default())
    }

    pub(super) fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> Next {
        let reading = self.readings.of(at.direction);
        if reading.lost {
            match smb::find(bytes) {
                Place::At(0) => reading.lost = false,
                Place::NotBefore(0) => return Next::Need(bytes.len().saturating_add(smb2::HEADER_LEN)),
                Place::At(skip) | Place::NotBefore(skip) => return took(skip),
            }
        }
        match smb::front(bytes, reading.left) {
            Front::Need(count) => Next::Need(count),
            Front::Item { mut item, consumed, left: more } => {
                let left = reading.left;
                if self.wants(&item, consumed) {
                    match smb::whole(item, bytes, left, consumed) {
                        Ok(whole) => item = whole,
                        Err(needed) => return Next::Need(needed),
                    }
                }
                self.readings.of(at.direction).left = more;
                self.item(at, item, found);
                took(consumed)
            }
            Front::Lost => {
                *reading = Reading { left: 0, lost: true };
                Report { at, carrier: Carrier::Smb2, found }.malformed();
                Next::Took(1)
            }
        }
    }

    pub(super) fn gap(&mut self, at: At, torn: &[u8], found: &mut Found<'_>) {
        let reading = self.readings.of(at.direction);
        let before = std::mem::replace(reading, Reading { left: 0, lost: true });
        let item = if before.lost { None } else { smb::remainder(torn, before.left) };
        if let Some(mut item) = item.filter(|_| !torn.is_empty()) {
            if self.wants(&item, torn.len()) {
                item = smb::torn(item, torn, before.left);
            }
            self.item(at, item, found);
        }
    }

    /// Whether a message that is passed over belongs to a pipe.
    fn wants(&self, item: &Item<'_>, length: usize) -> bool {
        match item {
            Item::Smb2 { header, element: None } if smb2::is_pipe(header) => {
                self.pipes.wants(header.into(), length)
            }
            Item::Smb1 { header, message: None } if smb1::is_pipe(header) => {
                self.pipes.wants(header.into(), length)
            }
            _ => false,
        }
    }

    fn item(&mut self, at: At, item: Item<'_>, found: &mut Found<'_>) {
        match item {
            Item::Smb2 { header, element: Some(element) } => self.smb2(at, &header, element, found),
            Item::Smb1 { header, message: Some(message) } => self.smb1(at, &header, message, found),
            Item::Malformed => Report { at, carrier: Carrier::Smb2, found }.malformed(),
            // What is encrypted or compressed comes after the logon that made the key; a logon on top of it is not seen.
            Item::Smb2 { .. }
            | Item::Smb1 { .. }
            | Item::Control(..)
            | Item::Encrypted { .. }
            | Item::Compressed { .. } => {}
        }
    }

    fn smb2(&mut self, at: At, header: &smb2::Header, element: &[u8], found: &mut Found<'_>) {
        let mut report = Report { at, carrier: Carrier::Smb2, found };
        let Ok(message) = smb2::message(header, element) else { return report.malformed() };
        let (id, number) = (header.session_id, header.message_id);
        match message {
            smb2::Message::NegotiateResponse(response) => {
                report.part(Channel(0), Side::Server, Part::Hint(response.security_buffer.bytes));
            }
            smb2::Message::SessionSetupRequest(request) => {
                let channel = self.sessions.ask(id, number);
                report.part(channel, Side::Client, token(request.security_buffer));
            }
            smb2::Message::SessionSetupResponse(response) => {
                let channel = self.sessions.answer(id, number);
                if !response.security_buffer.bytes.is_empty() {
                    report.part(channel, Side::Server, token(response.security_buffer));
                }
                self.judge(header.status, channel, substatus(response.session_flags), &mut report);
            }
            smb2::Message::Error if header.command == smb2::Command::SESSION_SETUP => {
                let channel = self.sessions.answer(id, number);
                self.judge(header.status, channel, None, &mut report);
            }
            smb2::Message::TreeConnectRequest(request) => {
                if let Some(channel) = self.sessions.current(id) {
                    target(channel, Text::utf16le(request.path.bytes), &mut report);
                }
            }
            smb2::Message::TreeConnectResponse(response) => {
                self.pipes.connected(header.into(), response.share_type == ShareType::PIPE);
            }
            smb2::Message::Pipe(message) => self.pipe(header.into(), message, &mut report),
            smb2::Message::Error if header.status != NtStatus::PENDING => self.pipes.refused(header.into()),
            smb2::Message::LogoffRequest => {
                if let Some(channel) = self.sessions.remove(id) {
                    report.part(channel, Side::Client, Part::Over);
                }
            }
            _ => {}
        }
    }

    fn smb1(&mut self, at: At, header: &smb1::Header, message: &[u8], found: &mut Found<'_>) {
        let mut report = Report { at, carrier: Carrier::Smb1, found };
        let client = if header.is_response() { at.direction.reversed() } else { at.direction };
        let client = *self.client.get_or_insert(client);
        // Some servers forget the flag that makes a message a response.
        let header = &header.sent_by_server(client != at.direction);
        let mut messages = smb1::messages(header, message).peekable();
        let mut asked = None;
        while let Some(message) = messages.next() {
            let Ok(message) = message else { return report.malformed() };
            let (id, number) = (u64::from(header.uid), u64::from(header.mid));
            match message {
                smb1::Message::NegotiateResponse(response) => {
                    self.takes_passwords = response.nt.is_some_and(|nt| nt.takes_passwords());
                    negotiated(&response, &mut report);
                }
                smb1::Message::SessionSetupRequest(request) => {
                    let channel = self.sessions.ask(id, number);
                    asked = Some(channel);
                    match request.credentials {
                        Credentials::Plain { account, .. }
                            if is_password(&request.credentials, self.takes_passwords) =>
                        {
                            let user = &Name::from(name(account));
                            report.part(channel, Side::Client, Part::Password { user });
                        }
                        credentials => report.part(channel, Side::Client, self::credentials(&credentials)),
                    }
                }
                smb1::Message::SessionSetupResponse(response) => {
                    let channel = self.sessions.answer(id, number);
                    if let Some(blob) = response.blob.filter(|blob| !blob.bytes.is_empty()) {
                        report.part(channel, Side::Server, token(blob));
                    }
                    // The status is that of the last command of the chain; an answer to the next one says that this one went well.
                    let chained = messages.peek().is_some();
                    let status = if chained { NtStatus::SUCCESS } else { nt_status(header.status) };
                    self.judge(status, channel, response.is_guest().then_some("guest"), &mut report);
                }
                smb1::Message::Error(smb1::Command::SESSION_SETUP_ANDX) => {
                    let channel = self.sessions.answer(id, number);
                    self.judge(nt_status(header.status), channel, None, &mut report);
                }
                smb1::Message::TreeConnectRequest(request) => {
                    if let Some(channel) = asked.or_else(|| self.sessions.current(id)) {
                        target(channel, name(request.path), &mut report);
                    }
                }
                smb1::Message::TreeConnectResponse(response) => {
                    self.pipes.connected(header.into(), response.service == b"IPC");
                }
                smb1::Message::Pipe(message) => self.pipe(header.into(), message, &mut report),
                smb1::Message::Error(_) => self.pipes.refused(header.into()),
                smb1::Message::Logoff if !header.is_response() => {
                    if let Some(channel) = self.sessions.remove(id) {
                        report.part(channel, Side::Client, Part::Over);
                    }
                }
                _ => {}
            }
        }
    }

    fn pipe(&mut self, envelope: Envelope, message: PipeMessage<'_>, report: &mut Report<'_, '_>) {
        let mut report = Report { at: report.at, carrier: Carrier::Dcerpc, found: report.found };
        self.pipes.take(envelope, message, self.sessions.channels(), &mut report);
    }

    /// Turns the status of a session setup into the end of the logon, where it is one.
    fn judge(
        &mut self,
        status: NtStatus,
        channel: Channel,
        substatus: Option<&'static str>,
        report: &mut Report<'_, '_>,
    ) {
        if status == NtStatus::MORE_PROCESSING_REQUIRED || status == NtStatus::PENDING {
            return;
        }
        let result = if status.is_error() { Ending::Failure } else { Ending::Success };
        self.sessions.settle(channel, result);
        let code = status.name().map_or(Code::Hex(status.0), Code::Named);
        report.part(
            channel,
            Side::Server,
            Part::Verdict(Verdict { result, code, substatus, signal: "smb-status" }),
        );
    }
}

fn token(buffer: Buffer<'_>) -> Part<'_> {
    if buffer.is_cut { Part::TornToken(buffer.bytes) } else { Part::Token(buffer.bytes) }
}

fn substatus(flags: SessionFlags) -> Option<&'static str> {
    if flags.has(SessionFlags::IS_NULL) {
        Some("anonymous")
    } else {
        flags.has(SessionFlags::IS_GUEST).then_some("guest")
    }
}

fn target(channel: Channel, path: Text<'_>, report: &mut Report<'_, '_>) {
    let resource = &Name::from(path);
    report.part(channel, Side::Client, Part::Target { service: "cifs", resource });
}

fn negotiated(response: &smb1::NegotiateResponse<'_>, report: &mut Report<'_, '_>) {
    match response.nt.map(|nt| nt.security) {
        Some(NegotiateSecurity::Extended { blob, .. }) => {
            report.part(Channel(0), Side::Server, Part::Hint(blob.bytes));
        }
        Some(NegotiateSecurity::Plain { domain, server, .. }) => {
            let (computer, domain) = (name(server), name(domain));
            report.part(Channel(0), Side::Server, Part::Names { computer, domain });
        }
        None => {}
    }
}

fn credentials<'a>(credentials: &Credentials<'a>) -> Part<'a> {
    match *credentials {
        Credentials::Extended(blob) => token(blob),
        Credentials::Plain { oem_password, unicode_password, account, domain } => Part::Plain(Plain {
            account: name(account),
            domain: name(domain),
            lm: oem_password,
            nt: unicode_password,
        }),
    }
}

/// Whether there is somebody's password where a response would be: responses have 24 bytes or more ([MS-NLMP] 2.2.2.3 to
/// 2.2.2.8), and nobody's password is one zero byte. What the server asked for may not be in the capture.
fn is_password(credentials: &Credentials<'_>, asked_for: bool) -> bool {
    match credentials {
        Credentials::Plain { oem_password, unicode_password, account, .. } => {
            let is_short = |password: &Secret<'_>| (2..24).contains(&password.len());
            !account.bytes.is_empty() && (asked_for || is_short(oem_password) || is_short(unicode_password))
        }
        Credentials::Extended(_) => false,
    }
}

fn name(name: smb1::Name<'_>) -> Text<'_> {
    if name.is_unicode { Text::utf16le(name.bytes) } else { Text::oem(name.bytes) }
}

/// A status of either kind. Only success matters of the old kind; its errors are shown by number.
fn nt_status(status: Status) -> NtStatus {
    match status {
        Status::Nt(status) => status,
        Status::Dos { class: 0, .. } => NtStatus::SUCCESS,
        // As servers map them where they must ([MS-CIFS] 2.2.2.4): the facility of the SMB subsystem.
        Status::Dos { class, code } => {
            NtStatus(0xc000_0000 | 0x1_0000_u32.wrapping_mul(u32::from(code)) | u32::from(class))
        }
    }
}
