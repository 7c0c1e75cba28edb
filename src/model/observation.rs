//! A record on its way to the sink, with what only the stages between may see.

use std::fmt;

use smallvec::SmallVec;

use super::auth::Half;
use super::packet::{SourceId, Stamp, Time};
use super::record::Record;

/// Packets, by their input and their number in it: nearly all exchanges have six or fewer.
pub type Frames = SmallVec<[(SourceId, u64); 6]>;

/// A record that still lacks the names of its inputs.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Its first packet.
    pub began: Stamp,
    /// When its last packet was seen.
    pub ended: Time,
    /// Its packets.
    pub frames: Frames,
    /// What was seen.
    pub record: Record,
    /// What tells whether two logons are one: never printed.
    pub joins: Option<Joins>,
    /// The other direction of this logon is in another connection.
    pub half: Option<Half>,
    /// First sequence numbers of its connection, both ways: the same connection seen on both sides of an address translation has
    /// the same ones.
    pub origins: Option<(u32, u32)>,
}

impl Observation {
    /// One that nothing else is known of.
    pub fn new(began: Stamp, ended: Time, frames: Frames, record: Record) -> Self {
        Self { began, ended, frames, record, joins: None, half: None, origins: None }
    }
}

/// Parts of an NTLM logon that are the same only where one is a copy of the other.
#[derive(Clone, PartialEq, Eq)]
pub struct Joins {
    /// `ServerChallenge`, where it was seen.
    pub challenge: Option<[u8; 8]>,
    /// The start of the response: `NTProofStr`, or a DES response.
    pub proof: Option<[u8; 16]>,
    /// The challenge has target information, and no time in it.
    pub undated: bool,
    /// The response says that a MIC follows, and none does.
    pub mic_lost: bool,
}

impl fmt::Debug for Joins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<joins>")
    }
}
