//! Hosts that give their own address for a name: what they answer, so that it can be held against what they then call themselves.

use std::net::IpAddr;

use ntlmscope_parsers::name_answer::{llmnr, netbios};

use crate::model::{Named, Note, Observation, Record, Segment, When};

/// The port of LLMNR (RFC 4795 2.1).
const LLMNR: u16 = 5355;
/// The port of the NetBIOS name service (RFC 1002 4.2).
const NETBIOS: u16 = 137;

/// The answer in a datagram, where its sender gives its own address. What a server of names tells of others is not looked at.
pub(super) fn observe(segment: &Segment<'_>) -> Option<Observation> {
    let sender = segment.key.sender(segment.direction);
    let (by, answer) = match sender.port {
        LLMNR => ("LLMNR", llmnr(segment.payload)?),
        NETBIOS => ("NetBIOS", netbios(segment.payload)?),
        _ => return None,
    };
    let server = IpAddr::from(sender.address);
    let own = match server {
        IpAddr::V4(ip) => answer.address == ip.octets(),
        IpAddr::V6(ip) => answer.address == ip.octets(),
    };
    let client = segment.key.receiver(segment.direction).address.into();
    let name = String::from_utf8_lossy(answer.label.as_bytes()).into();
    let named = Named { ts: When::from(segment.stamp), client, server, name, by };
    let stamp = segment.stamp;
    let note = || Record::Note(Box::new(Note::Named(named)));
    own.then(|| {
        Observation::new(stamp, stamp.time, [(stamp.source, stamp.frame)].into_iter().collect(), note())
    })
}
