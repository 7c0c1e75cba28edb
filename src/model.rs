//! The nouns that the stages hand to each other. No logic but what a noun needs to be compared and shown; depends on
//! nothing else here.

mod packet;
mod record;

pub use packet::{
    Address, Direction, Encap, Endpoint, FlowKey, Frame, Layer, LinkType, MAX_LAYERS, Mac, Protocol, Segment,
    SourceId, Stamp, TcpFlags, TcpHeader, Time, Transport, Undecoded,
};
pub use record::*;
