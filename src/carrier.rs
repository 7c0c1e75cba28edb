//! What a connection carries, and the authentications in it.
//!
//! A protocol is told by its content, not by its port: the first bytes of each direction decide, or, where the capture starts
//! in the middle of the connection, the first bytes that make sense. Carriers find tokens and answers and never open a token.

mod base_64;
mod channels;
mod credssp;
mod datagram;
mod dcerpc;
mod dns;
mod eap;
mod gss;
mod http;
mod kdc;
mod ldap;
mod link;
mod mail;
mod nns;
mod other;
mod quic;
mod radius;
mod rdp;
mod sasl;
#[cfg(test)]
mod script;
mod sip;
mod smb;
mod socks;
mod tds;
mod telnet;
mod tls;

use ntlmscope_parsers::frame::Recognised;
use ntlmscope_parsers::gss_stream::Framing;
use ntlmscope_parsers::{
    credssp as credssp_parser, dcerpc as dcerpc_parser, dns as dns_parser, gss_stream, http as http_parser,
    kdc_frame, ldap as ldap_parser, nns as nns_parser, rdp as rdp_parser, sasl_line, sip as sip_parser,
    smb as smb_parser, socks as socks_parser, tds as tds_parser, telnet as telnet_parser, tls as tls_parser,
    token,
};

use credssp::CredSsp;
pub use datagram::{Datagrams, is_datagram};
use dcerpc::Dcerpc;
use dns::Dns;
use gss::Gss;
use http::Http;
use kdc::Kdc;
use ldap::Ldap;
use mail::Mail;
pub use quic::{QUIC_PORT, opens_quic, quic};

use crate::model::{At, Carrier, Channel, Cover, Direction, Event, Next, Part, Side, Ways, What};
use nns::Nns;
use other::Search;
use sip::Sip;
use smb::Smb;
use socks::Socks;
use tds::Tds;
use telnet::Telnet;
use tls::Tls;
pub use tls::cover_of;

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
    /// LDAP.
    Ldap(Ldap),
    /// DCE/RPC.
    Dcerpc(Box<Dcerpc>),
    /// DNS.
    Dns(Dns),
    /// Bare GSS-API tokens.
    Gss(Gss),
    /// .NET `NegotiateStream`.
    Nns(Box<Nns>),
    /// Remote Desktop, until TLS hides it.
    Rdp,
    /// CredSSP without TLS around it.
    CredSsp(CredSsp),
    /// TLS, until its first message has been read.
    Tls(Tls),
    /// SMTP, IMAP, POP3 or NNTP.
    Mail(Box<Mail>),
    /// TDS.
    Tds(Box<Tds>),
    /// SIP.
    Sip(Box<Sip>),
    /// Telnet.
    Telnet(Telnet),
    /// SOCKS 5.
    Socks(Box<Socks>),
    /// Nothing that is read here.
    Nothing,
}

/// What a connection carries after what a carrier has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// The same.
    Same,
    /// Something else.
    Unknown,
    /// Nothing that is read here.
    Nothing,
}

impl After {
    /// Nothing where the carrier has read all that it reads.
    fn over(over: bool) -> Self {
        if over { Self::Nothing } else { Self::Same }
    }
}

/// How often each direction has been looked at in vain.
#[derive(Debug, Default)]
pub struct Tries {
    ways: Ways<Try>,
    search: Search,
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
        let (next, after) = match self {
            Self::Smb(smb) => (smb.read(at, bytes, found), After::Same),
            Self::Http(http) => {
                let (next, other) = http.read(at, bytes, found);
                (next, if other { After::Unknown } else { After::Same })
            }
            Self::Kdc(kdc) => (kdc.read(at, bytes, found), After::Same),
            Self::Ldap(_) if ldap_parser::is_tls(bytes) => {
                *self = Self::Tls(Tls::over(Cover::Ldaps));
                return self.read(at, bytes, found);
            }
            Self::Rdp if credssp_parser::recognise(bytes) == Recognised::Yes => {
                *self = CredSsp::of_remote_desktop();
                return self.read(at, bytes, found);
            }
            Self::Ldap(ldap) => (ldap.read(at, bytes, found), After::Same),
            Self::Dcerpc(dcerpc) => (dcerpc.read(at, bytes, found), After::Same),
            Self::Dns(dns) => (dns.read(at, bytes, found), After::Same),
            Self::Mail(mail) => {
                let next = mail.read(at, bytes, found);
                if let Some(cover) = mail.cover() {
                    *self = Self::Tls(Tls::over(cover));
                    return next;
                }
                (next, After::over(mail.is_over()))
            }
            Self::Tds(tds) => (tds.read(at, bytes, found), After::over(tds.is_over())),
            Self::Sip(sip) => (sip.read(at, bytes, found), After::Same),
            Self::Telnet(telnet) => telnet.read(at, bytes, found),
            Self::Socks(socks) => socks.read(at, bytes, found),
            Self::Gss(gss) => gss.read(at, bytes, found),
            Self::Nns(nns) => nns.read(at, bytes, found),
            Self::Rdp => rdp::read(at, bytes, found),
            Self::CredSsp(credssp) => credssp.read(at, bytes, found),
            Self::Tls(tls) => tls.read(at, bytes, found),
            Self::Nothing => (Next::Close, After::Same),
            Self::Unknown(_) => return self.begin(at, bytes, found),
        };
        match after {
            After::Same => {}
            After::Unknown => *self = Self::default(),
            After::Nothing => *self = Self::Nothing,
        }
        next
    }

    /// Takes bytes of a connection that is not known yet.
    fn begin(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> Next {
        let Self::Unknown(tries) = self else { return self.read(at, bytes, found) };
        let recognised = if tries.is_over() { Ok(None) } else { recognise(bytes) };
        match recognised {
            Ok(Some(conversation)) => {
                *self = conversation;
                self.read(at, bytes, found)
            }
            Ok(None) => {
                let next = tries.fail(at, bytes, found);
                if tries.is_over() && tries.search.is_over() {
                    *self = Self::Nothing;
                }
                next
            }
            Err(needed) => Next::Need(needed),
        }
    }

    /// Bytes are missing.
    pub fn gap(&mut self, at: At, torn: &[u8], found: &mut Found<'_>) {
        match self {
            Self::Smb(smb) => smb.gap(at, torn, found),
            Self::Http(http) => http.gap(at, torn, found),
            Self::Kdc(kdc) => kdc.gap(at, found),
            Self::Ldap(ldap) => ldap.gap(at, torn, found),
            Self::Dcerpc(dcerpc) => dcerpc.gap(at, torn, found),
            Self::Dns(dns) => dns.gap(at),
            Self::Sip(sip) => sip.gap(at),
            Self::Socks(socks) => socks.gap(at),
            Self::Gss(gss) => gss.gap(at),
            Self::Nns(nns) => nns.gap(at),
            Self::CredSsp(credssp) => credssp.gap(at),
            Self::Rdp => {
                rdp::gap(at, torn, found);
                *self = Self::Nothing;
            }
            Self::Tls(tls) => {
                tls.gap(at, torn, found);
                *self = Self::Nothing;
            }
            Self::Unknown(tries) => {
                tries.ways.of(at.direction).lost = true;
                tries.search.gap();
            }
            Self::Mail(mail) => mail.gap(at, torn, found),
            Self::Tds(tds) => tds.gap(at, torn, found),
            Self::Telnet(_) | Self::Nothing => {}
        }
    }
}

/// The protocol whose first bytes these are; or how many are needed to tell.
fn recognise(bytes: &[u8]) -> Result<Option<Conversation>, usize> {
    let asked: [(Recognised, fn() -> Conversation); 19] = [
        (smb_parser::recognise(bytes), Smb::conversation),
        (http_parser::recognise(bytes), Http::conversation),
        (http_parser::recognise_http2(bytes), || Conversation::Nothing),
        (kdc_frame::recognise_tcp(bytes), Kdc::conversation),
        (ldap_parser::recognise(bytes), Ldap::conversation),
        (dcerpc_parser::recognise(bytes), Dcerpc::conversation),
        (socks_parser::recognise(bytes), Socks::conversation),
        (tds_parser::recognise(bytes), Tds::conversation),
        (sasl_line::recognise(bytes), Mail::conversation),
        (nns_parser::recognise_handshake(bytes), Nns::bare),
        (nns_parser::recognise_preamble(bytes), Nns::framed),
        (gss_stream::recognise(bytes, Framing::Flagged), Gss::flagged),
        (gss_stream::recognise(bytes, Framing::Plain), Gss::plain),
        (dns_parser::recognise_tcp(bytes), Dns::conversation),
        (rdp_parser::recognise(bytes), rdp::conversation),
        (sip_parser::recognise(bytes), Sip::conversation),
        (telnet_parser::recognise(bytes), Telnet::conversation),
        (credssp_parser::recognise(bytes), CredSsp::conversation),
        (tls_parser::recognise(bytes), Tls::conversation),
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

/// Who sends a token this way. The client speaks first, unless the beginning was not seen, which the token may show.
fn speaker(client: &mut Option<Direction>, direction: Direction, token: &[u8]) -> Side {
    let client = *client.get_or_insert_with(|| match token::is_answer(token) {
        Some(true) => direction.reversed(),
        _ => direction,
    });
    if client == direction { Side::Client } else { Side::Server }
}

fn took(count: usize) -> Next {
    Next::Took(u64::try_from(count).unwrap_or(u64::MAX))
}

impl Tries {
    /// Passes over bytes that make no sense. Where the start of the direction was seen, what follows will not either, but there
    /// may be tokens in it.
    fn fail(&mut self, at: At, bytes: &[u8], found: &mut Found<'_>) -> Next {
        let this = self.ways.of(at.direction);
        this.failed = if this.lost { this.failed.saturating_add(1) } else { MAX_TRIES };
        self.search.read(at, bytes, found).unwrap_or_else(|| took(bytes.len()))
    }

    fn is_over(&self) -> bool {
        self.ways.up.failed >= MAX_TRIES && self.ways.down.failed >= MAX_TRIES
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
        self.event(What::CountedIn(self.carrier, method));
    }

    fn event(&mut self, what: What<'_>) {
        let At { stamp, direction } = self.at;
        (self.found)(Event { stamp, direction, what });
    }
}
