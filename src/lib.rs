//! Reads network packets and says, for every authentication, who, from where, to what, with which mechanism and version, and
//! how it ended.
//!
//! A packet goes through the stages in the order of their modules and nothing goes back.

pub mod bounded;
pub mod carrier;
pub mod cli;
pub mod decode;
pub mod exchange;
pub mod explain;
pub mod man;
pub mod model;
pub mod pipeline;
pub mod progress;
pub mod reason;
pub mod sink;
pub mod source;
pub mod stream;
