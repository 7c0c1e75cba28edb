//! What a connection carries, and the authentications in it.
//!
//! A protocol is told by its content, not by its port: the first bytes of each direction decide, or, where the capture starts
//! in the middle of the connection, the first bytes that make sense. Carriers find tokens and answers and never open a token.

mod datagram;
mod eap;
mod http;
mod kdc;
mod link;
mod radius;
mod smb;

use ntlmscope_parsers::frame::Recognised;
use ntlmscope_parsers::{http as http_parser, kdc_frame, smb as smb_parser};

pub use datagram::{Datagrams, is_datagram};
use http::Http;
use kdc::Kdc;

use crate::model::{At, Carrier, Channel, Direction, Event, Next, Part, Side, What};
use smb::Smb;

/// Takes what a carrier finds.
pub type Found<'f> = dyn FnMut(Event<'_>) + 'f;

/// After so many pieces of a direction that make no sense, nothing of it ever will.
const MAX_TRIES: u8 = 16;

/// What the two ends of a connection say to each other.
#[derive(Debug)]
pub enum Conversation {
    /// Not known yet.
    Unknown(Tries),
    /// SMB 1 to 3.
    Smb(Box<Smb>),
    /// HTTP/1.
    Http(Box<Http>),
    /// Kerberos to a KDC.
    Kdc(Kdc),
    /// Nothing that is read here.
    Nothing,
}

/// How often each direction has been looked at in vain.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tries {
    up: Try,
    down: Try,
}

#[derive(Clone, Copy, Debug, Default)]
struct Try {
    /// The bytes may start anywhere in a message.
    lost: bool,
    failed: u8,
}

impl Default for Conversation {
    fn default() -> Self {
        Self::Unknown(Tries::default())
    }
}

impl Conversation {
    /// True where nothing of the connection is read, now or later.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// True where nothing of the connection has been read.
    pub fn is_unread(&self) -> bool {
        matches!(self, Self::Nothing | Self::Unknown(_))
    }

    /// Takes bytes in order.
    pub fn read(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> Next {
        match self {
            Self::Smb(smb) => smb.read(at, bytes, found),
            Self::Http(http) => {
                let (next, other) = http.read(at, bytes, found);
                if other {
                    *self = Self::default();
                }
                next
            }
            Self::Kdc(kdc) => kdc.read(at, bytes, found),
            Self::Nothing => Next::Close,
            Self::Unknown(tries) => match recognise(bytes) {
                Ok(Some(conversation)) => {
                    *self = conversation;
                    self.read(at, bytes, found)
                }
                Ok(None) => {
                    let next = tries.fail(at.direction, bytes.len());
                    if tries.is_over() {
                        *self = Self::Nothing;
                    }
                    next
                }
                Err(needed) => Next::Need(needed),
            },
        }
    }

    /// Bytes are missing.
    pub fn gap(&mut self, at: At, torn: &[u8], found: &mut Found<'_>) {
        match self {
            Self::Smb(smb) => smb.gap(at, torn, found),
            Self::Http(http) => http.gap(at),
            Self::Kdc(kdc) => kdc.gap(at),
            Self::Unknown(tries) => tries.of(at.direction).lost = true,
            Self::Nothing => {}
        }
    }
}

/// The protocol whose first bytes these are; or how many are needed to tell.
fn recognise(bytes: &[u8]) -> Result<Option<Conversation>, usize> {
    let asked: [(Recognised, fn() -> Conversation); 3] = [
        (smb_parser::recognise(bytes), Smb::conversation),
        (http_parser::recognise(bytes), Http::conversation),
        (kdc_frame::recognise_tcp(bytes), Kdc::conversation),
    ];
    let mut needed: Option<usize> = None;
    for (recognised, make) in asked {
        match recognised {
            Recognised::Yes => return Ok(Some(make())),
            Recognised::Need(count) => needed = Some(needed.map_or(count, |least| least.min(count))),
            Recognised::No => {}
        }
    }
    needed.map_or(Ok(None), Err)
}

fn took(count: usize) -> Next {
    Next::Took(u64::try_from(count).unwrap_or(u64::MAX))
}

impl Tries {
    fn of(&mut self, direction: Direction) -> &mut Try {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }

    /// Passes over bytes that make no sense. Where the start of the direction was seen, what follows will not either.
    fn fail(&mut self, direction: Direction, length: usize) -> Next {
        let this = self.of(direction);
        this.failed = if this.lost { this.failed.saturating_add(1) } else { MAX_TRIES };
        Next::Took(u64::try_from(length).unwrap_or(u64::MAX))
    }

    fn is_over(self) -> bool {
        self.up.failed >= MAX_TRIES && self.down.failed >= MAX_TRIES
    }
}

/// Tells what one message holds.
struct Report<'r, 'f> {
    at: At,
    carrier: Carrier,
    found: &'r mut Found<'f>,
}

impl Report<'_, '_> {
    fn part(&mut self, channel: Channel, from: Side, part: Part<'_>) {
        self.event(What::Auth { channel, from, carrier: self.carrier, part });
    }

    fn malformed(&mut self) {
        self.event(What::Malformed(self.carrier));
    }

    fn counted(&mut self, method: &'static str) {
        self.event(What::Counted(self.carrier, method));
    }

    fn event(&mut self, what: What<'_>) {
        let At { stamp, direction } = self.at;
        (self.found)(Event { stamp, direction, what });
    }
}
