//! The nouns that the stages hand to each other. No logic but what a noun needs to be compared and shown; depends on
//! nothing else here.

mod auth;
mod flow;
mod names;
mod observation;
mod packet;
mod record;
mod shared;

pub use auth::{Channel, Code, Event, Half, Hidden, MsChapResponse, Part, Plain, Side, Verdict, What};
pub use flow::{At, MAX_MESSAGE, Next};
pub use observation::{Frames, Joins, Observation};
pub use packet::{
    Address, Direction, Encap, Endpoint, FlowKey, Frame, Layer, LinkProtocol, LinkType, MAX_LAYERS, Mac,
    Protocol, Segment, SourceId, Stamp, TcpFlags, TcpHeader, Time, Transport, Undecoded, Ways,
};
pub use record::*;
pub use shared::{Lists, Shared};
