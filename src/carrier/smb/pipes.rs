//! Named pipes of a connection, and the DCE/RPC that goes through them.
//!
//! Pipes are in trees of their own, so that the tree of a message tells whether it can be of interest: what goes to files is
//! passed over after its header. Where the tree was connected before the capture, small messages are looked into.

use ntlmscope_parsers::frame::Recognised;
use ntlmscope_parsers::smb::pipe::PipeMessage;
use ntlmscope_parsers::smb::{Buffer, MAX_MESSAGE};
use ntlmscope_parsers::{Text, dcerpc, smb1, smb2};

use crate::carrier::Report;
use crate::carrier::channels::Channels;
use crate::carrier::dcerpc::Piped;
use crate::model::Side;

/// The most trees, pipes, and requests without answers that are remembered, each.
const MAX_ENTRIES: usize = 64;
/// The longest name of a pipe that is remembered, in bytes of UTF-8.
const MAX_NAME: usize = 256;
/// The most bytes that wait in all pipes of a connection. Nearly always a message holds whole PDUs, and none do.
const MAX_KEPT: usize = 1 << 16;
/// The longest message that is looked into where its tree is not known. Binds are shorter, but for the largest tickets.
const MAX_GUESS: usize = 8192;

/// What the header of a message says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope {
    /// `SessionId` or `UID`.
    pub(super) session: u64,
    /// `TreeId` or `TID`; an asynchronous message has none.
    pub(super) tree: Option<u32>,
    /// Joins a response to its request.
    pub(super) number: u64,
    pub(super) is_response: bool,
}

/// The pipes of a connection.
#[derive(Debug, Default)]
pub(super) struct Pipes {
    trees: Vec<Tree>,
    /// Least recently used first.
    opened: Vec<Pipe>,
    requests: Vec<Request>,
}

#[derive(Debug)]
struct Tree {
    session: u64,
    id: u32,
    has_pipes: bool,
}

#[derive(Debug)]
struct Pipe {
    session: u64,
    file: u128,
    piped: Piped,
}

/// A request whose answer is wanted.
#[derive(Debug)]
struct Request {
    session: u64,
    number: u64,
    what: Asked,
}

#[derive(Debug)]
enum Asked {
    /// To open a pipe of this name.
    Open(Option<String>),
    /// For bytes of this pipe.
    Bytes(u128),
}

impl Pipes {
    /// Notes what the server has connected.
    pub(super) fn connected(&mut self, envelope: Envelope, has_pipes: bool) {
        let Envelope { session, tree: Some(tree), .. } = envelope else { return };
        self.trees.retain(|known| (known.session, known.id) != (session, tree));
        put(&mut self.trees, Tree { session, id: tree, has_pipes });
    }

    /// Whether a message of a command that can belong to a pipe shall be read, which has so many bytes.
    pub(super) fn wants(&self, envelope: Envelope, length: usize) -> bool {
        if length > MAX_MESSAGE {
            return false;
        }
        if envelope.is_response {
            return self.requests.iter().any(|request| request.is_answered_by(envelope));
        }
        let is_known = |known: &&Tree| known.session == envelope.session && Some(known.id) == envelope.tree;
        self.trees.iter().find(is_known).map_or(length <= MAX_GUESS, |tree| tree.has_pipes)
    }

    /// Takes a message.
    pub(super) fn take(
        &mut self,
        envelope: Envelope,
        message: PipeMessage<'_>,
        channels: &mut Channels,
        report: &mut Report<'_, '_>,
    ) {
        match message {
            PipeMessage::Open(name) => self.ask(envelope, Asked::Open(display(name))),
            PipeMessage::Opened { file } => {
                if let Some(Asked::Open(name)) = self.answered(envelope) {
                    self.remove(envelope.session, file);
                    put(&mut self.opened, Pipe { session: envelope.session, file, piped: Piped::new(name) });
                }
            }
            PipeMessage::Written { file, bytes, is_asked } => {
                if !self.is_pipe(envelope.session, file, bytes) {
                    return;
                }
                if is_asked {
                    self.ask(envelope, Asked::Bytes(file));
                }
                self.read((envelope.session, file), Side::Client, bytes, channels, report);
            }
            PipeMessage::Asked { file } => {
                if self.position(envelope.session, file).is_some() {
                    self.ask(envelope, Asked::Bytes(file));
                }
            }
            PipeMessage::Read { bytes } => {
                if let Some(Asked::Bytes(file)) = self.answered(envelope) {
                    self.read((envelope.session, file), Side::Server, bytes, channels, report);
                }
            }
        }
    }

    /// Forgets a request that has failed.
    pub(super) fn refused(&mut self, envelope: Envelope) {
        self.answered(envelope);
    }

    /// Whether a file is a known pipe, or the bytes show that it is one that was opened before the capture.
    fn is_pipe(&mut self, session: u64, file: u128, bytes: Buffer<'_>) -> bool {
        if self.position(session, file).is_some() {
            return true;
        }
        let is_dcerpc = dcerpc::recognise(bytes.bytes) == Recognised::Yes;
        if is_dcerpc {
            put(&mut self.opened, Pipe { session, file, piped: Piped::new(None) });
        }
        is_dcerpc
    }

    fn read(
        &mut self,
        (session, file): (u64, u128),
        side: Side,
        bytes: Buffer<'_>,
        channels: &mut Channels,
        report: &mut Report<'_, '_>,
    ) {
        if let Some(mut pipe) = self.remove(session, file) {
            pipe.piped.read(side, bytes.bytes, bytes.is_cut, channels, report);
            if pipe.piped.kept() > 0 && pipe.piped.kept().saturating_add(self.kept()) > MAX_KEPT {
                pipe.piped.lose();
            }
            put(&mut self.opened, pipe);
        }
    }

    fn kept(&self) -> usize {
        self.opened.iter().map(|pipe| pipe.piped.kept()).sum()
    }

    fn ask(&mut self, envelope: Envelope, what: Asked) {
        self.answered(envelope);
        let Envelope { session, number, .. } = envelope;
        put(&mut self.requests, Request { session, number, what });
    }

    fn answered(&mut self, envelope: Envelope) -> Option<Asked> {
        let at = self.requests.iter().position(|request| request.is_answered_by(envelope))?;
        Some(self.requests.remove(at).what)
    }

    fn position(&self, session: u64, file: u128) -> Option<usize> {
        self.opened.iter().position(|pipe| (pipe.session, pipe.file) == (session, file))
    }

    fn remove(&mut self, session: u64, file: u128) -> Option<Pipe> {
        self.position(session, file).map(|at| self.opened.remove(at))
    }
}

impl From<&smb2::Header> for Envelope {
    fn from(header: &smb2::Header) -> Self {
        let smb2::Header { session_id: session, tree_id: tree, message_id: number, .. } = *header;
        Self { session, tree, number, is_response: header.is_response() }
    }
}

impl From<&smb1::Header> for Envelope {
    fn from(header: &smb1::Header) -> Self {
        // Processes of a client number their requests without regard to each other.
        let number = u64::from(header.pid) << 16 | u64::from(header.mid);
        let (session, tree) = (u64::from(header.uid), Some(u32::from(header.tid)));
        Self { session, tree, number, is_response: header.is_response() }
    }
}

impl Request {
    fn is_answered_by(&self, envelope: Envelope) -> bool {
        (self.session, self.number) == (envelope.session, envelope.number)
    }
}

/// Adds an entry; the oldest makes room for it.
fn put<T>(entries: &mut Vec<T>, entry: T) {
    if entries.len() >= MAX_ENTRIES {
        entries.remove(0);
    }
    entries.push(entry);
}

/// The name of a pipe as a record shows it. Clients write it with and without the directory of all pipes.
fn display(name: Text<'_>) -> Option<String> {
    let name = name.to_string_lossy();
    let name = name.trim_start_matches('\\');
    let is_directory = name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("pipe\\"));
    let name = if is_directory { name.get(5..).unwrap_or_default() } else { name };
    (!name.is_empty() && name.len() <= MAX_NAME).then(|| format!("\\PIPE\\{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{At, Carrier, Direction, Stamp};

    const ASK: Envelope = Envelope { session: 1, tree: Some(5), number: 9, is_response: false };
    const ANSWER: Envelope = Envelope { is_response: true, ..ASK };

    #[test]
    fn messages_of_a_tree_of_files_are_not_wanted() {
        let mut pipes = Pipes::default();
        assert!(pipes.wants(ASK, 100) && !pipes.wants(ASK, MAX_GUESS + 1));
        pipes.connected(ANSWER, false);
        assert!(!pipes.wants(ASK, 100));
        pipes.connected(ANSWER, true);
        assert!(pipes.wants(ASK, MAX_GUESS + 1) && !pipes.wants(ASK, MAX_MESSAGE + 1));
        assert!(!pipes.wants(Envelope { session: 2, ..ASK }, MAX_GUESS + 1));
    }

    #[test]
    fn answers_are_wanted_once_and_only_where_they_were_asked_for() {
        let mut pipes = Pipes::default();
        assert!(!pipes.wants(ANSWER, 100));
        pipes.ask(ASK, Asked::Bytes(3));
        assert!(pipes.wants(ANSWER, 100) && !pipes.wants(Envelope { number: 8, ..ANSWER }, 100));
        pipes.refused(ANSWER);
        assert!(!pipes.wants(ANSWER, 100));
    }

    #[test]
    fn nothing_grows_without_end() {
        let mut pipes = Pipes::default();
        for number in 0..1000 {
            pipes.ask(Envelope { number, ..ASK }, Asked::Bytes(3));
            pipes.connected(Envelope { tree: u32::try_from(number).ok(), ..ANSWER }, true);
        }
        assert_eq!((pipes.requests.len(), pipes.trees.len()), (MAX_ENTRIES, MAX_ENTRIES));
    }

    #[test]
    fn what_waits_in_many_pipes_has_a_bound() {
        let (mut pipes, mut channels) = (Pipes::default(), Channels::default());
        let at = At { direction: Direction::Up, stamp: Stamp::default() };
        let mut report = Report { at, carrier: Carrier::Dcerpc, found: &mut |_| {} };
        // The start of a bind (C706 12.6.4.3) of the greatest length.
        let mut start = vec![5, 0, 11, 3, 0x10, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0];
        start.resize(8000, 0);
        for file in 0..60 {
            let bytes = Buffer { bytes: &start, is_cut: false };
            let written = PipeMessage::Written { file, bytes, is_asked: false };
            pipes.take(ASK, written, &mut channels, &mut report);
            assert!((8000..=MAX_KEPT).contains(&pipes.kept()), "{file}");
        }
    }

    #[test]
    fn a_pipe_has_one_name_however_it_is_written() {
        for name in ["svcctl", "\\svcctl", "\\pipe\\svcctl", "PIPE\\svcctl"] {
            assert_eq!(display(Text::utf8(name.as_bytes())).as_deref(), Some("\\PIPE\\svcctl"), "{name}");
        }
        assert_eq!(display(Text::utf8(b"")), None);
        assert_eq!(display(Text::utf8(&[b'x'; MAX_NAME + 1])), None);
    }
}
