//! Which conversations a capture holds, and what happens to their packets.

use std::str::FromStr;

use crate::connection::{Connection, Wire};
use crate::dialogue::file::{FileServer, Sessions, Use};
use crate::dialogue::kdc::{KeyServer, Transport};
use crate::dialogue::lookup::Lookup;
use crate::dialogue::sealed::Sealed;
use crate::dialogue::web::WebSite;
use crate::packet::{End, MSS, Wrapping};
use crate::stage::Stage;

/// A kind of capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// Logons above all: small connections to file servers, web sites and KDCs.
    Auth,
    /// File and TLS data above all, with logons among it, loss and reordering.
    Bulk,
    /// Scans, name lookups and TLS, and next to no logons.
    Noise,
    /// Short logons, one byte a segment.
    Tiny,
    /// As `Auth`, all segments of a message in the wrong order.
    Shuffled,
    /// Logons of which only the client's side was captured.
    OneWay,
    /// As `Auth`, in VLANs, GRE, IP in IP and VXLAN.
    Tunnels,
}

impl Mix {
    /// All mixes.
    pub const ALL: [Self; 7] =
        [Self::Auth, Self::Bulk, Self::Noise, Self::Tiny, Self::Shuffled, Self::OneWay, Self::Tunnels];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Bulk => "bulk",
            Self::Noise => "noise",
            Self::Tiny => "tiny",
            Self::Shuffled => "shuffled",
            Self::OneWay => "oneway",
            Self::Tunnels => "tunnels",
        }
    }

    /// How it is made.
    pub(crate) fn recipe(self) -> Recipe {
        let auth = Recipe { slots: 200, lasting: 0, burst: 3, gap: 1500, wire: CLEAN, kinds: AUTH };
        match self {
            Self::Auth => auth,
            Self::Bulk => Recipe {
                slots: 48,
                lasting: 2,
                burst: 12,
                gap: 40,
                wire: Wire { lost: 200, swapped: 3000, repeated: 3000, ..CLEAN },
                kinds: BULK,
            },
            Self::Noise => Recipe { slots: 500, burst: 2, gap: 200, kinds: NOISE, ..auth },
            Self::Tiny => Recipe { slots: 4, wire: Wire { segment: 1, ..CLEAN }, kinds: SHORT, ..auth },
            Self::Shuffled => Recipe { wire: Wire { backwards: true, ..CLEAN }, ..auth },
            Self::OneWay => Recipe { wire: Wire { one_way: true, ..CLEAN }, kinds: LOGONS, ..auth },
            Self::Tunnels => Recipe { wire: Wire { wrapped: true, ..CLEAN }, ..auth },
        }
    }
}

impl FromStr for Mix {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|mix| mix.name() == name)
            .ok_or_else(|| format!("the mixes are {}", known()))
    }
}

/// How a mix is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipe {
    /// Conversations at a time.
    pub(crate) slots: usize,
    /// How many of them last as long as the capture.
    pub(crate) lasting: usize,
    /// Packets of a conversation at a time, at most.
    pub(crate) burst: u64,
    /// Microseconds between bursts, at most.
    pub(crate) gap: u64,
    pub(crate) wire: Wire,
    /// Of a thousand conversations, how many are of which kind.
    kinds: &'static [(u64, Kind)],
}

/// A kind of conversation.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Files(Use),
    Logon { pages: u64, size: u64 },
    Pages { pages: u64, size: u64 },
    Kdc(Transport),
    Sealed { rounds: u64, size: usize },
    Lookup,
    Knock,
}

impl Recipe {
    /// A new conversation, the `number`th.
    pub(crate) fn open(&self, number: u64, stage: &mut Stage) -> Connection {
        let mut left = stage.random.below(1000);
        let mut chosen = Kind::Knock;
        for (weight, kind) in self.kinds {
            chosen = *kind;
            let Some(less) = left.checked_sub(*weight) else { break };
            left = less;
        }
        self.converse(chosen, number, stage)
    }

    /// A connection to a file server that lasts as long as the capture, which will be so long.
    pub(crate) fn open_lasting(&self, number: u64, size: u64, stage: &mut Stage) -> Connection {
        let sessions = Sessions::Lasting { bytes: size / 4 };
        self.converse(Kind::Files(Use { sessions, reads: 1, ..BIG_FILES }), number, stage)
    }

    fn converse(&self, kind: Kind, number: u64, stage: &mut Stage) -> Connection {
        let client = client(number);
        let ends = |net, port, stage: &mut Stage| {
            let host = stage.random.between(1, 200) as u8;
            (client, End { ip: [10, 200, net, host], port })
        };
        let wrapping = if self.wire.wrapped { wrapping(number) } else { Wrapping::None };
        match kind {
            Kind::Files(how) => {
                let ends = ends(0, 445, stage);
                let server = FileServer::new(how, stage.random.below(200), &mut stage.random);
                Connection::tcp(ends, wrapping, Box::new(server), stage)
            }
            Kind::Logon { pages, size } => {
                let site = WebSite::closed(pages, size, stage);
                Connection::tcp(ends(1, 80, stage), wrapping, Box::new(site), stage)
            }
            Kind::Pages { pages, size } => {
                let site = WebSite::open(pages, size, &mut stage.random);
                Connection::tcp(ends(1, 80, stage), wrapping, Box::new(site), stage)
            }
            Kind::Kdc(transport) => {
                let kdc = Box::new(KeyServer::new(transport, stage));
                let ends = ends(2, 88, stage);
                match transport {
                    Transport::Tcp => Connection::tcp(ends, wrapping, kdc, stage),
                    Transport::Udp => Connection::udp(ends, wrapping, kdc, stage),
                }
            }
            Kind::Sealed { rounds, size } => {
                let sealed = Sealed::new(rounds, size, stage);
                Connection::tcp(ends(3, 443, stage), wrapping, Box::new(sealed), stage)
            }
            Kind::Lookup => {
                let lookup = Lookup::new(stage);
                Connection::udp(ends(2, 53, stage), wrapping, Box::new(lookup), stage)
            }
            Kind::Knock => {
                // Not at the ports of a KDC: that it is out of reach is a record of its own.
                let port =
                    Some(stage.random.between(1, 49_151) as u16).filter(|port| ![88, 464].contains(port));
                Connection::knock(ends(4, port.unwrap_or(22), stage), wrapping, stage)
            }
        }
    }
}

/// A client and a port that no other conversation has.
fn client(number: u64) -> End {
    let (host, port) = (number % HOSTS, number / HOSTS);
    let [high, low] = ((host / 250) as u8, (host % 250 + 1) as u8).into();
    End { ip: [10, 1, high, low], port: (1024 + port % 64_000) as u16 }
}

const HOSTS: u64 = 4000;

fn wrapping(number: u64) -> Wrapping {
    let id = number % 1000;
    match number % 4 {
        0 => Wrapping::Vlan(id as u16),
        1 => Wrapping::Gre,
        2 => Wrapping::IpInIp,
        _ => Wrapping::Vxlan(id as u32),
    }
}

const CLEAN: Wire =
    Wire { segment: MSS, lost: 0, swapped: 0, repeated: 0, backwards: false, one_way: false, wrapped: false };
const SMALL_FILES: Use = Use { reads: 2, read_size: 4096, sessions: Sessions::Few, ntlm: 70 };
const BIG_FILES: Use = Use { reads: 22, read_size: 1 << 16, sessions: Sessions::Few, ntlm: 90 };

const AUTH: &[(u64, Kind)] = &[
    (180, Kind::Files(SMALL_FILES)),
    (120, Kind::Logon { pages: 3, size: 6000 }),
    (120, Kind::Kdc(Transport::Tcp)),
    (100, Kind::Kdc(Transport::Udp)),
    (150, Kind::Pages { pages: 4, size: 7000 }),
    (190, Kind::Sealed { rounds: 4, size: 6000 }),
    (140, Kind::Lookup),
];
const LOGONS: &[(u64, Kind)] =
    &[(500, Kind::Files(SMALL_FILES)), (500, Kind::Logon { pages: 3, size: 8192 })];
const SHORT: &[(u64, Kind)] = &[
    (400, Kind::Files(Use { reads: 1, read_size: 600, ..SMALL_FILES })),
    (400, Kind::Logon { pages: 1, size: 500 }),
    (200, Kind::Kdc(Transport::Tcp)),
];
const BULK: &[(u64, Kind)] = &[
    (420, Kind::Files(BIG_FILES)),
    (200, Kind::Files(Use { reads: 2, ..BIG_FILES })),
    (180, Kind::Logon { pages: 3, size: 60_000 }),
    (150, Kind::Sealed { rounds: 40, size: 1 << 17 }),
    (50, Kind::Pages { pages: 2, size: 2 << 20 }),
];
const NOISE: &[(u64, Kind)] = &[
    (750, Kind::Knock),
    (240, Kind::Lookup),
    (7, Kind::Sealed { rounds: 3, size: 8000 }),
    (1, Kind::Logon { pages: 1, size: 4000 }),
    (2, Kind::Pages { pages: 2, size: 8000 }),
];
