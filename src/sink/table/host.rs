//! Where an end of an exchange is.

use std::fmt;
use std::net::IpAddr;

use crate::model::{End, Mac};

/// The address of an end. What has none (EAPOL, PPPoE) is known by its station.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Host {
    Ip(IpAddr),
    Station(Mac),
    Unknown,
}

impl Host {
    pub(super) fn of(end: End, mac: Option<Mac>) -> Self {
        end.ip.map(Self::Ip).or(mac.map(Self::Station)).unwrap_or(Self::Unknown)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Station(mac) => mac.fmt(f),
            Self::Unknown => f.write_str("(no address)"),
        }
    }
}
