//! The requests of a connection that wait for their responses (RFC 9112, 9.3.2).

use std::collections::VecDeque;

use super::asker::Asker;

/// The most requests that wait; a client that pipelines more has its oldest forgotten.
const MAX_QUESTIONS: usize = 256;

/// What of a request matters for its response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) content: Content,
    server: Credentials,
    proxy: Credentials,
}

/// Methods whose responses have bodies of their own rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Method {
    Head,
    Connect,
    #[default]
    Other,
}

/// What the bodies of a request and of its response hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing that is read.
    #[default]
    Other,
    /// Messages to and from a KDC.
    KdcProxy,
    /// PDUs of DCE/RPC.
    Rpc,
}

/// What a request brought to log on with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Credentials {
    #[default]
    None,
    Token,
    Password,
}

impl Method {
    pub(super) fn of(name: &[u8]) -> Self {
        match name {
            b"HEAD" => Self::Head,
            b"CONNECT" => Self::Connect,
            _ => Self::Other,
        }
    }

    pub(super) fn name(self) -> &'static [u8] {
        match self {
            Self::Head => b"HEAD",
            Self::Connect => b"CONNECT",
            Self::Other => b"GET",
        }
    }
}

impl Asked {
    pub(super) fn new(method: Method) -> Self {
        Self { method, ..Self::default() }
    }

    /// What it brought for the one who asked.
    pub(super) fn given(self, asker: Asker) -> Credentials {
        match asker {
            Asker::Server => self.server,
            Asker::Proxy => self.proxy,
        }
    }

    /// Notes what it brought.
    pub(super) fn give(&mut self, asker: Asker, credentials: Credentials) {
        match asker {
            Asker::Server => self.server = credentials,
            Asker::Proxy => self.proxy = credentials,
        }
    }
}

/// The requests, oldest first.
#[derive(Debug, Default)]
pub(super) struct Questions(VecDeque<Asked>);

impl Questions {
    pub(super) fn ask(&mut self, asked: Asked) {
        if self.0.len() >= MAX_QUESTIONS {
            self.0.pop_front();
        }
        self.0.push_back(asked);
    }

    /// The request that the next response answers, which waits on.
    pub(super) fn next(&self) -> Option<Asked> {
        self.0.front().copied()
    }

    /// The request that a final response answers.
    pub(super) fn answer(&mut self) -> Option<Asked> {
        self.0.pop_front()
    }

    /// Forgets all but the last one: after a hole nobody knows which have been answered, but few clients pipeline.
    pub(super) fn keep_last(&mut self) {
        self.0.drain(..self.0.len().saturating_sub(1));
    }
}
