//! What carriers find in a connection.

use ntlmscope_parsers::{Secret, Text};

use super::packet::{Direction, Stamp};
use super::record::{Carrier, Cover, Ending, KdcTransport, Word, Wrapper};

/// One of the logons that a connection carries: a number that its carrier gives out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel(pub u32);

/// Who sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The side that wants to be let in.
    Client,
    /// The side that lets in.
    Server,
}

/// Something that a carrier found.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The packet that brought the last byte of it.
    pub stamp: Stamp,
    /// Which way it went.
    pub direction: Direction,
    /// What it is.
    pub what: What<'a>,
}

/// What a carrier found.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    /// A part of an authentication.
    Auth {
        /// Which of the connection's logons it belongs to.
        channel: Channel,
        /// Who sent it.
        from: Side,
        /// The protocol that carried it.
        carrier: Carrier,
        /// The part.
        part: Part<'a>,
    },
    /// A message to or from a KDC.
    Kdc {
        /// How it was carried.
        transport: KdcTransport,
        /// Whether it belongs to the password change protocol (RFC 3244).
        kpasswd: bool,
        /// The message without its framing.
        message: &'a [u8],
    },
    /// A logon whose mechanism is not read: it is counted under this word.
    Counted(&'static str),
    /// Bytes of a connection to a KDC are missing: an answer may have been among them.
    KdcGap,
    /// From here on the connection is encrypted.
    Hidden(Hidden<'a>),
    /// A message that could not be read.
    Malformed(Carrier),
    /// A logon that is not told of one by one: by another method than those that make records, which is named.
    CountedIn(Carrier, &'static str),
}

/// The beginning of what is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden<'a> {
    /// Who sent it.
    pub from: Side,
    /// What it is, where more than the port of the server tells.
    pub cover: Option<Cover>,
    /// The name that the client asked for.
    pub server_name: Option<&'a str>,
    /// Who the client said it was.
    pub identity: Option<&'a str>,
    /// What is hidden, where that shows.
    pub service: Option<&'static str>,
}

impl Hidden<'_> {
    /// A beginning of which nothing is known but who sent it.
    pub fn from(from: Side) -> Self {
        Self { from, cover: None, server_name: None, identity: None, service: None }
    }

    /// A beginning of which no more is known than what it hides in.
    pub fn by(from: Side, cover: Cover) -> Self {
        Self { cover: Some(cover), ..Self::from(from) }
    }
}

/// A part of an authentication.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// The server's own list of mechanisms, before anyone asked. It holds for all logons of the connection.
    Hint(&'a [u8]),
    /// The server's names, as the carrier knows them without a token. They hold for all logons of the connection.
    Names {
        /// Computer name.
        computer: Text<'a>,
        /// Domain or workgroup.
        domain: Text<'a>,
    },
    /// A security token, or the next piece of one.
    Token(&'a [u8]),
    /// A security token that starts here and whose end the capture lost.
    TornToken(&'a [u8]),
    /// A logon by challenge and response without a token (SMB1 without extended security).
    Plain(Plain<'a>),
    /// A logon with a password in the clear (HTTP Basic, SMB1 without challenge).
    Password {
        /// The user name.
        user: &'a str,
    },
    /// The challenge of an MS-CHAP logon. Nothing of it is kept.
    MsChapChallenge,
    /// The response of an MS-CHAP logon.
    MsChap(MsChapResponse<'a>),
    /// What the logon is for.
    Target {
        /// `cifs`, `http`…
        service: &'static str,
        /// UNC share, URL…
        resource: &'a str,
    },
    /// The connection carries one direction of the logon alone.
    Half(Half),
    /// The package that the carrier's own words ask for: `negotiate`, `ntlm`, `kerberos`.
    Requested(&'static str),
    /// What the logon is for, where nothing more than that is known of it.
    Service {
        /// `ldap`…
        service: &'static str,
        /// How the carrier wraps the tokens, where they do not show it themselves.
        wrapper: Option<Wrapper>,
    },
    /// The carrier's answer so far: it holds unless the logon goes on.
    Pending(Verdict),
    /// The carrier's answer.
    Verdict(Verdict),
    /// The logon is over, whatever follows on this channel is another one.
    Over,
}

/// Which logon it is that has a connection for each direction (RPC over HTTP), and which direction this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Half {
    /// What both connections say: the cookie of the virtual connection ([MS-RPCH] 2.2.3.5.4).
    pub connection: [u8; 16],
    /// The security context of the logon.
    pub context: u32,
    /// Whose direction it is.
    pub from: Side,
}

/// A logon by challenge and response without a token.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a> {
    /// `AccountName`.
    pub account: Text<'a>,
    /// `PrimaryDomain`.
    pub domain: Text<'a>,
    /// LM response.
    pub lm: Secret<'a>,
    /// NT response.
    pub nt: Secret<'a>,
}

/// What a record tells of an MS-CHAP response (RFC 2433, RFC 2759). The response itself goes no further than its carrier.
#[derive(Clone, Copy, Debug)]
pub struct MsChapResponse<'a> {
    /// 1 or 2.
    pub version: u8,
    /// The user, with the domain as the client sent it.
    pub user: Text<'a>,
    /// Number of the challenge that it answers.
    pub identifier: u8,
    /// Who asked the server on behalf of the client.
    pub nas: Option<&'a str>,
    /// Carried in EAP.
    pub eap: bool,
    /// What the logon is for, as far as the carrier knows.
    pub service: Option<&'static str>,
}

/// The carrier's answer to a logon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What it means.
    pub result: Ending,
    /// Its code, named or numbered as in the protocol.
    pub code: Code,
    /// What qualifies it: `guest`, `anonymous`, an error inside it.
    pub substatus: Option<&'static str>,
    /// What told it: `smb2-status`, `http-status`…
    pub signal: &'static str,
}

/// A status code with or without a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A code that has a name.
    Named(&'static str),
    /// A 32-bit code without a name, shown in hexadecimal.
    Hex(u32),
    /// A code that is known by its decimal number.
    Number(u16),
    /// A code that is known by both.
    NameAndNumber(&'static str, i32),
}

impl From<Code> for Word {
    fn from(code: Code) -> Self {
        match code {
            Code::Named(name) => Self::Borrowed(name),
            Code::Hex(number) => Self::Owned(format!("0x{number:08x}")),
            Code::Number(number) => Self::Owned(number.to_string()),
            Code::NameAndNumber(name, number) => Self::Owned(format!("{name}({number})")),
        }
    }
}
