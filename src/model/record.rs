//! What the program prints: the records of the output contract, one Rust type each. The names of the keys are the contract;
//! a key whose value is not known is left out.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use arrayvec::ArrayString;
use jiff::fmt::StdFmtWrite;
use jiff::fmt::temporal::DateTimePrinter;
use ntlmscope_parsers::krb5::{ETypes, KdcOptions, PaTypes};
use ntlmscope_parsers::ntlmssp::Flags;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use smallvec::SmallVec;

use super::names;
use super::packet::{Address, Direction, Encap, Endpoint, FlowKey, Layer, Mac, Protocol, Stamp, Time};
use super::shared::Shared;

/// A word of a fixed vocabulary, or one made up from a number that has no name yet.
pub type Word = Cow<'static, str>;

/// A name from the wire: most are so short that they need no memory of their own.
pub type Name = compact_str::CompactString;

/// One line of output.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Record {
    /// One authentication exchange between a client and a server.
    Auth(Box<Auth>),
    /// One exchange with a KDC.
    Kdc(Box<Kdc>),
    /// Something that only several exchanges together show.
    Alert(Box<Alert>),
    /// Connections whose authentications the wire does not show.
    Opaque(Box<Opaque>),
    /// What was read, and what could not be; always the last line.
    Stats(Box<Stats>),
    /// What others are judged by, and no line of its own.
    #[serde(skip)]
    #[schemars(skip)]
    Note(Box<Note>),
}

/// A point in capture time, printed as RFC 3339 in UTC with the digits that the capture has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct When {
    /// The time.
    pub time: Time,
    /// Decimal digits of a second.
    pub digits: u8,
}

impl From<Stamp> for When {
    fn from(stamp: Stamp) -> Self {
        Self { time: stamp.time, digits: stamp.digits }
    }
}

impl When {
    fn text(self) -> ArrayString<WHEN> {
        // Every i64 of nanoseconds (years 1677 to 2262) is a time that jiff can show.
        let time = jiff::Timestamp::from_nanosecond(self.time.0.into()).unwrap_or_default();
        let mut text = ArrayString::new();
        let printer = DateTimePrinter::new().precision(Some(self.digits.min(9)));
        // It has room for all of them.
        let _ = printer.print_timestamp(&time, StdFmtWrite(&mut text));
        text
    }
}

/// Bytes of the longest time.
const WHEN: usize = "2262-04-11T23:47:16.854775807Z".len();

impl std::fmt::Display for When {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

/// 128-bit identity of an exchange: the same packets give the same one on every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(pub u128);

/// The two digits of an octet.
fn hexadecimal(octet: u8) -> [u8; 2] {
    let digit = |value: u8| {
        if value < 10 { b'0'.wrapping_add(value) } else { b'a'.wrapping_sub(10).wrapping_add(value) }
    };
    [digit(octet >> 4), digit(octet & 0x0f)]
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.to_be_bytes().map(hexadecimal);
        serializer.serialize_str(std::str::from_utf8(text.as_flattened()).unwrap_or_default())
    }
}

impl JsonSchema for When {
    fn schema_name() -> Cow<'static, str> {
        "When".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

impl JsonSchema for Id {
    fn schema_name() -> Cow<'static, str> {
        "Id".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-f]{32}$" })
    }
}

/// What every exchange record starts with: when and where it was seen.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Seen {
    /// The same exchange in the same packets has the same id on every run (128 bits, hexadecimal).
    pub id: Id,
    /// When its first message was seen.
    pub ts: When,
    /// Milliseconds from the first message to the last.
    pub duration_ms: u64,
    /// Numbers of the packets that carried its messages, in order, from 1 in their file.
    pub frames: SmallVec<[u64; 6]>,
    /// The input as it was named.
    pub source: Arc<str>,
    /// The input of each of `frames`, where they are not all in `source`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frame_sources: Vec<Arc<str>>,
    /// Name of the sensor, where one is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensor: Option<Arc<str>>,
    /// Layers around the IP packet of the first message, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub encap: Vec<Layer>,
}

impl Serialize for Layer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl std::fmt::Display for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::Vlan(id) => write!(f, "vlan:{id}"),
            Self::Mpls(label) => write!(f, "mpls:{label}"),
            Self::Gre => f.write_str("gre"),
            Self::Erspan(id) => write!(f, "erspan:{id}"),
            Self::Vxlan(id) => write!(f, "vxlan:{id}"),
            Self::Geneve(id) => write!(f, "geneve:{id}"),
            Self::IpIp => f.write_str("ipip"),
            Self::Pppoe => f.write_str("pppoe"),
            Self::Pptp => f.write_str("pptp"),
            Self::L2tp => f.write_str("l2tp"),
            Self::Wifi => f.write_str("802.11"),
        }
    }
}

impl From<Encap> for Vec<Layer> {
    fn from(encap: Encap) -> Self {
        encap.layers().collect()
    }
}

/// An end of an exchange, without what only one side can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct End {
    /// IP address; of PPP in a tunnel, that of the tunnel. EAPOL and PPPoE have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<IpAddr>,
    /// TCP or UDP port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

impl End {
    /// The end of a flow that sends in this direction.
    pub fn sender(key: &FlowKey, direction: Direction) -> Self {
        let Endpoint { address, port } = key.sender(direction);
        match key.protocol {
            Protocol::Tcp | Protocol::Udp => Self { ip: Some(address.into()), port: Some(port) },
            Protocol::Tunnel => Self { ip: Some(address.into()), port: None },
            Protocol::Link => Self { ip: None, port: None },
        }
    }
}

impl From<Address> for Word {
    fn from(address: Address) -> Self {
        Cow::Owned(IpAddr::from(address).to_string())
    }
}

/// The side that sent the authentication.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Client {
    /// Address and port.
    #[serde(flatten)]
    pub end: End,
    /// Workstation name that it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workstation: Option<Name>,
    /// Operating system version that it gave, such as `10.0.20348`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<Name>,
    /// The user, where no mechanism's own part names one (a password in the clear).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Name>,
    /// Its station address, or that of the router before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub mac: Option<Mac>,
}

/// The side that was asked.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Server {
    /// Address and port.
    #[serde(flatten)]
    pub end: End,
    /// `MsvAvNbComputerName` of its challenge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nb_computer: Option<Name>,
    /// `MsvAvNbDomainName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nb_domain: Option<Name>,
    /// `MsvAvDnsComputerName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_computer: Option<Name>,
    /// `MsvAvDnsDomainName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_domain: Option<Name>,
    /// `MsvAvDnsTreeName`: the forest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_forest: Option<Name>,
    /// Operating system version that it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<Name>,
    /// Its station address, or that of the router before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub mac: Option<Mac>,
}

impl Mac {
    fn show<T>(self, to: impl FnOnce(&str) -> T) -> T {
        let text = self.0.map(|octet| {
            let [high, low] = hexadecimal(octet);
            [high, low, b':']
        });
        let text = std::str::from_utf8(text.as_flattened()).unwrap_or_default();
        to(text.trim_end_matches(':'))
    }
}

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.show(|text| serializer.serialize_str(text))
    }
}

impl std::fmt::Display for Mac {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.show(|text| f.write_str(text))
    }
}

/// The innermost protocol that carried the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// SMB 1 (CIFS).
    Smb1,
    /// SMB 2 and 3.
    Smb2,
    /// HTTP/1.
    Http,
    /// HTTP/1 to a proxy (`Proxy-Authorization`).
    HttpProxy,
    /// CredSSP without TLS around it.
    Credssp,
    /// .NET `NegotiateStream`.
    Nns,
    /// A bare stream of GSS-API tokens.
    Gss,
    /// DNS (GSS-TSIG).
    Dns,
    /// SIP (RFC 3261).
    Sip,
    /// Telnet (RFC 854).
    Telnet,
    /// SOCKS 5 with GSS-API (RFC 1961).
    Socks,
    /// Tokens found by what they look like, in a connection that no other carrier claims.
    Other,
    /// Kerberos to a KDC.
    Kdc,
    /// LDAP.
    Ldap,
    /// DCE/RPC over TCP or through a pipe of SMB.
    Dcerpc,
    /// SQL Server ([MS-TDS]).
    Tds,
    /// SMTP.
    Smtp,
    /// IMAP.
    Imap,
    /// POP3.
    Pop3,
    /// NNTP.
    Nntp,
    /// RADIUS (RFC 2865).
    Radius,
    /// PPP (RFC 1661).
    Ppp,
    /// EAP over LAN (IEEE 802.1X).
    Eapol,
}

/// How the mechanism's token was wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Wrapper {
    /// Not at all.
    Raw,
    /// SPNEGO (RFC 4178).
    Spnego,
    /// The GSS-API's initial token frame (RFC 2743, 3.1).
    Gss,
    /// `NegoEx`.
    Negoex,
    /// The SASL mechanism GSSAPI (RFC 4752).
    SaslGssapi,
    /// EAP (RFC 3748).
    Eap,
}

/// The mechanism that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mechanism {
    /// NTLM.
    Ntlm,
    /// Kerberos.
    Kerberos,
    /// Kerberos through the server (draft-ietf-kitten-iakerb).
    Iakerb,
    /// `NegoEx`, the mechanism inside unknown.
    Negoex,
    /// Public key user to user.
    Pku2u,
    /// MS-CHAP (RFC 2433), or LEAP, whose response is the same.
    Mschapv1,
    /// MS-CHAP version 2 (RFC 2759).
    Mschapv2,
    /// A password in the clear: HTTP Basic, or SMB1 with a server that gives no challenge.
    Basic,
    /// Not seen, or not known.
    Unknown,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// The carrier's own answer granted it.
    Success,
    /// The carrier's own answer refused it.
    Failure,
    /// No answer was seen.
    #[default]
    Unknown,
}

/// How an authentication ended, and what said so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Outcome {
    /// The result.
    pub result: Ending,
    /// The carrier's code: `STATUS_LOGON_FAILURE`, `401`…
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Word>,
    /// A finer code inside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub substatus: Option<Word>,
    /// What told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<Word>,
}

/// One authentication exchange between a client and a server.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Auth {
    /// When and where.
    #[serde(flatten)]
    pub seen: Seen,
    /// The side that sent the authentication.
    pub client: Client,
    /// The other side.
    pub server: Server,
    /// The innermost protocol that carried the token.
    pub carrier: Carrier,
    /// What it was for, as far as it shows: `cifs`, `http`…
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Word>,
    /// What was asked for, where it shows: UNC share, URL…
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<Name>,
    /// The package that the carrier's own words ask for: `negotiate`, `ntlm`, `kerberos`…
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested: Option<Word>,
    /// How the mechanism was carried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrapper: Option<Wrapper>,
    /// The mechanism.
    pub mechanism: Mechanism,
    /// True when the exchange was seen from its first message to its outcome.
    pub complete: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// What was negotiated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spnego: Option<Box<Spnego>>,
    /// NTLM's part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ntlm: Option<Ntlm>,
    /// Kerberos' part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kerberos: Option<Box<Kerberos>>,
    /// MS-CHAP's part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mschap: Option<Box<MsChap>>,
    /// Why it was not Kerberos, where it was NTLM or MS-CHAP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Fallback>,
    /// What makes this logon weaker than it could be.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub risks: Shared<Risk>,
    /// The events that Windows writes of such a logon, on the machines that log it.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub audit_events: Shared<AuditEvent>,
}

/// Why a logon was not Kerberos.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fallback {
    /// How it came to be NTLM.
    pub kind: FallbackKind,
    /// Why, the best reason first.
    pub reasons: Vec<Reason>,
    /// Names of the changes that end it; `ntlmscope explain` tells each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fix: Vec<Word>,
}

/// How a logon came to be NTLM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FallbackKind {
    /// Kerberos was offered first, and the server chose NTLM.
    NegotiatedDown,
    /// SPNEGO was used, and the client offered no Kerberos.
    NotOffered,
    /// A Kerberos attempt at the same service failed before.
    KerberosFailed,
    /// NTLM without SPNEGO: the application asked for NTLM itself.
    HardCoded,
    /// The server's own list had no Kerberos.
    ServerLacksKerberos,
    /// The negotiation was not in the capture.
    Unseen,
}

/// One reason why a logon was not Kerberos.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reason {
    /// The usage reason of Windows event 4020 where it has this one; else the name.
    pub id: ReasonId,
    /// Name.
    pub name: Word,
    /// The scenario: 1 IP address instead of name, 2 KDC out of reach, 3 SPN not registered, 4 trust, 5 workgroup or local
    /// account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<u8>,
    /// How sure it is.
    pub confidence: Confidence,
    /// The reason in words.
    pub text: Word,
    /// What an administrator does about it, with the names and addresses of this logon.
    pub advice: String,
    /// The packets that show it.
    pub evidence: Vec<Evidence>,
}

/// A usage reason of Windows event 4020, or a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum ReasonId {
    /// `NtlmUsageId`.
    Usage(u8),
    /// A name of this program.
    Name(Word),
}

/// How sure a reason is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The packets say so.
    Proved,
    /// They fit, and nothing else that was seen does.
    Likely,
    /// They do not speak against it.
    Possible,
}

/// A packet that shows something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Evidence {
    /// Number of the packet in its file.
    pub frame: u64,
    /// When it was seen.
    pub ts: When,
    /// What it shows.
    pub text: Word,
}

/// Something that makes an exchange weaker than it could be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Risk {
    /// Name; `ntlmscope explain` tells more.
    pub id: Word,
    /// How bad it is.
    pub severity: Severity,
    /// The risk in words.
    pub text: Word,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// An attacker can use it now.
    High,
    /// It helps an attacker.
    Medium,
    /// It is worth knowing.
    Low,
}

/// An event of Windows' own audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuditEvent {
    /// Number of the event.
    pub id: u16,
    /// Which machine writes it.
    pub role: Role,
    /// Its level.
    pub level: Level,
}

/// The machine that writes an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The client.
    Client,
    /// The server.
    Server,
    /// The domain controller.
    Dc,
}

/// Level of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// As usual.
    Information,
    /// Weaker than usual.
    Warning,
    /// Refused.
    Error,
}

/// What the judgement of other records needs, and no line says.
#[derive(Clone, Debug)]
pub enum Note {
    /// A host gave its own address for a name.
    Named(Named),
    /// This client asks a KDC, or tries to reach one. What comes of it will be an exchange that began with the same packet…
    Asked(IpAddr),
    /// …or this: the KDC was reached.
    Reached(IpAddr),
}

/// That a host gave its own address for a name.
#[derive(Clone, Debug)]
pub struct Named {
    /// When.
    pub ts: When,
    /// Who had asked.
    pub client: IpAddr,
    /// Who answered.
    pub server: IpAddr,
    /// The first label of the name.
    pub name: Name,
    /// The protocol.
    pub by: &'static str,
}

/// Something that only several exchanges together show.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Alert {
    /// The same packets give the same id on every run.
    pub id: Id,
    /// When it was complete.
    pub ts: When,
    /// What it is: `ntlm-relay`, `challenge-reuse`…
    pub name: Word,
    /// How bad it is.
    pub severity: Severity,
    /// What happened, in words.
    pub text: String,
    /// Ids of the exchanges.
    pub exchanges: Vec<Id>,
    /// The packets that show it.
    pub evidence: Vec<Evidence>,
}

/// Names of mechanisms.
pub type Mechs = SmallVec<[Word; 4]>;

/// What SPNEGO (RFC 4178, [MS-SPNG]) negotiated. Mechanisms are `ms-krb5`, `krb5`, `krb5-u2u`, `ntlmssp`, `negoex`,
/// `iakerb`, `pku2u`, or a dotted object identifier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Spnego {
    /// The server's own list (`NegTokenInit2`).
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub hinted: Mechs,
    /// The client's list, in its order.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub offered: Mechs,
    /// The mechanism whose token came with the offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimistic: Option<Word>,
    /// The mechanism that the server chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selected: Option<Word>,
    /// The last `negState` of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<NegState>,
    /// True where a `mechListMIC` was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mic: Option<bool>,
}

/// `negState` (RFC 4178, 4.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NegState {
    /// Done.
    AcceptCompleted,
    /// More messages follow.
    AcceptIncomplete,
    /// Refused.
    Reject,
    /// A `mechListMIC` is asked for.
    RequestMic,
}

/// Version class of an NTLM response ([MS-NLMP] 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NtlmVersion {
    /// Only an LM response.
    Lm,
    /// `NTLMv1`.
    Ntlmv1,
    /// `NTLMv1` with extended session security ("NTLM2 session response").
    Ntlmv1Ess,
    /// `NTLMv2`, or `LMv2` alone.
    Ntlmv2,
    /// No credentials.
    Anonymous,
    /// No response was seen.
    Unknown,
}

/// What `LmChallengeResponse` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LmResponse {
    /// Nothing.
    Absent,
    /// Zeroes.
    Zero,
    /// A DES response of its own.
    Real,
    /// A copy of the NT response.
    SameAsNt,
    /// The client's nonce of extended session security.
    EssClientChallenge,
    /// An `LMv2` response.
    Lmv2,
}

/// `MsvAvChannelBindings` of an `NTLMv2` response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelBinding {
    /// Not there.
    Absent,
    /// There, and zero: the client knows of channel binding and had none.
    Zero,
    /// There.
    Present,
}

/// NTLM's part of an exchange ([MS-NLMP]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ntlm {
    /// Version class.
    pub version: NtlmVersion,
    /// `UserName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Name>,
    /// `DomainName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<Name>,
    /// `Workstation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workstation: Option<Name>,
    /// `NegotiateFlags` of the last message seen, named as in 2.2.2.5. SMB1 without extended security has none.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "names::of_flags")]
    #[schemars(with = "Option<Vec<String>>")]
    pub flags: Option<Flags>,
    /// `LmChallengeResponse`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lm_response: Option<LmResponse>,
    /// A message integrity code was sent (and is not zero).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mic: Option<bool>,
    /// `MsvAvTargetName`: the service principal name that the client meant; empty where it sent an empty one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_spn: Option<Name>,
    /// `MsvAvFlags` bit 2: the name came from an untrusted source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spn_untrusted: Option<bool>,
    /// `MsvAvChannelBindings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_binding: Option<ChannelBinding>,
    /// `MsvAvSingleHost` was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub single_host: Option<bool>,
    /// `MsvAvTimestamp` of the challenge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_time: Option<When>,
    /// `TimeStamp` of the `NTLMv2` response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_time: Option<When>,
    /// Signing was negotiated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign: Option<bool>,
    /// Sealing was negotiated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal: Option<bool>,
    /// Key exchange was negotiated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_exchange: Option<bool>,
    /// Strength of the session key in bits: 128, 56 or 40.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_bits: Option<u8>,
}

/// Kerberos' part of an exchange (RFC 4120, 5.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Kerberos {
    /// Realm of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realm: Option<Name>,
    /// Service principal name of the ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sname: Option<Name>,
    /// Client principal name, where it is readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cname: Option<Name>,
    /// Encryption type of the ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_etype: Option<Word>,
    /// Encryption type of the authenticator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authenticator_etype: Option<Word>,
    /// Mutual authentication was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutual: Option<bool>,
    /// The ticket is encrypted in the session key of the server's ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub u2u: Option<bool>,
    /// An AP-REP was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ap_rep: Option<bool>,
    /// Name of the KRB-ERROR that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Word>,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<i32>,
    /// Protocol version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pvno: Option<u8>,
}

/// MS-CHAP's part of an exchange (RFC 2433, RFC 2759).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MsChap {
    /// 1 or 2. LEAP is 1: its response is computed in the same way.
    pub version: u8,
    /// The user, with the domain as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Name>,
    /// Number of the challenge that was answered.
    pub identifier: u8,
    /// `NAS-Identifier` or `NAS-IP-Address` of the RADIUS request: who asked the server on behalf of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nas: Option<Name>,
    /// Carried in EAP.
    pub eap: bool,
}

/// How the KDC was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KdcTransport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// Through a proxy in HTTP ([MS-KKDCP]).
    Kkdcp,
    /// Through the server that the client wants to log on to (IAKERB).
    Iakerb,
}

/// What was asked of the KDC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KdcType {
    /// A first ticket (AS exchange).
    As,
    /// A service ticket (TGS exchange).
    Tgs,
    /// A password change (RFC 3244).
    Kpasswd,
}

/// How an exchange with a KDC ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KdcEnding {
    /// A ticket was given, or the password changed.
    Success,
    /// The KDC answered with an error.
    Failure,
    /// The connection was refused, or an ICMP message came back.
    Unreachable,
    /// Nothing came back.
    NoReply,
    /// The answer is missing in the capture.
    Unknown,
}

/// How an exchange with a KDC ended, and what said so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KdcOutcome {
    /// The result.
    pub result: KdcEnding,
    /// Name of the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Word>,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i32>,
    /// `e-text` of the error, or what told that the KDC was not reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Name>,
}

/// One exchange with a KDC.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Kdc {
    /// When and where.
    #[serde(flatten)]
    pub seen: Seen,
    /// Who asked.
    pub client: End,
    /// Who was asked.
    pub server: End,
    /// How the KDC was reached.
    pub transport: KdcTransport,
    /// What was asked.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub exchange: Option<KdcType>,
    /// Realm that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realm: Option<Name>,
    /// Client principal name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cname: Option<Name>,
    /// Service principal name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sname: Option<Name>,
    /// The realm to which the KDC refers the client: the ticket is for its ticket-granting service (RFC 6806, 8).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral: Option<Name>,
    /// Encryption types that the client offered, in its order.
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "names::of_each")]
    #[schemars(with = "Vec<String>")]
    pub etypes_offered: ETypes,
    /// Encryption type of the ticket that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_etype: Option<Word>,
    /// Encryption type of the reply's own part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_etype: Option<Word>,
    /// Pre-authentication data of the request.
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "names::of_each")]
    #[schemars(with = "Vec<String>")]
    pub preauth: PaTypes,
    /// Pre-authentication data that an error's `e-data` asks for or explains.
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "names::of_each")]
    #[schemars(with = "Vec<String>")]
    pub preauth_hints: PaTypes,
    /// `kdc-options` of the request.
    #[serde(skip_serializing_if = "names::has_no_option", serialize_with = "names::of_options")]
    #[schemars(with = "Vec<String>")]
    pub options: KdcOptions,
    /// How it ended.
    pub outcome: KdcOutcome,
    /// What makes this exchange weaker than it could be.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub risks: Shared<Risk>,
}

/// An address without a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct Host {
    /// IP address. EAPOL and PPPoE have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<IpAddr>,
}

/// What hides an authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cover {
    /// HTTP over TLS.
    Https,
    /// LDAP over TLS.
    Ldaps,
    /// Remote Desktop after its security negotiation chose TLS.
    RdpTls,
    /// SMB 3 over TLS.
    SmbTls,
    /// IMAP over TLS.
    Imaps,
    /// POP3 over TLS.
    Pop3s,
    /// SMTP over TLS.
    Smtps,
    /// NNTP over TLS.
    Nntps,
    /// SIP over TLS.
    Sips,
    /// TDS 8 over TLS.
    TdsTls,
    /// TLS, and nothing says what is in it.
    Tls,
    /// QUIC: HTTP/3, or what its first packet does not show.
    Quic,
    /// SMB 3 over QUIC.
    SmbQuic,
    /// DCE/RPC that is sealed: calls whose logon was before the capture, or logons in Netlogon's secure channel.
    SealedDcerpc,
    /// CredSSP whose TLS is in the fields of HTTP, as `WinRM` has it.
    Credssp,
    /// Protected EAP: mostly EAP-MSCHAPv2 in TLS.
    Peap,
    /// EAP-TTLS (RFC 5281): PAP, MS-CHAP and others in TLS.
    Ttls,
    /// EAP-TLS (RFC 5216): certificates on both sides.
    EapTls,
    /// EAP-FAST (RFC 4851).
    EapFast,
    /// TEAP (RFC 7170).
    Teap,
}

/// Connections of one kind between a client and a server whose authentications the wire does not show.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Opaque {
    /// When the first of them began.
    pub ts: When,
    /// The side that opened them.
    pub client: Host,
    /// The side that was asked.
    pub server: End,
    /// What hides them.
    pub carrier: Cover,
    /// What is hidden, where that shows: `netlogon` for logons that a server hands on to its domain controller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Word>,
    /// How many connections there were; of `netlogon`, how many logons.
    pub sessions: u64,
    /// The name that the client asked for (SNI).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name: Option<Name>,
    /// Who the client said it was before anything was hidden: the outer identity of EAP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Name>,
}

/// How reading an input ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InputEnd {
    /// Read to its end.
    Clean,
    /// It ends inside a packet; all whole ones were read.
    Truncated,
    /// It could not be read, or not to its end.
    Error,
}

/// One input and how far it was read.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Input {
    /// The input as it was named.
    pub source: Arc<str>,
    /// Packets read.
    pub packets: u64,
    /// How it ended.
    pub ended: InputEnd,
    /// What was wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What was read, and what could not be.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Stats {
    /// Packets read.
    pub packets: u64,
    /// Bytes of these packets on the wire.
    pub bytes: u64,
    /// Capture time of the earliest packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_ts: Option<When>,
    /// Capture time of the latest packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ts: Option<When>,
    /// Milliseconds of capture time from the earliest packet to the latest.
    pub elapsed_ms: u64,
    /// Connections and datagram flows that carried payload.
    pub flows: u64,
    /// Those forgotten early because a table was full.
    pub flows_evicted: u64,
    /// Connections in which bytes that mattered are missing.
    pub streams_with_gaps: u64,
    /// Bytes known to be missing in connections that were read.
    pub gap_bytes: u64,
    /// Bytes that were sent twice with different content in connections that were read.
    pub overlap_bytes: u64,
    /// Messages that could not be read, by carrier.
    pub malformed: BTreeMap<Word, u64>,
    /// Frames that could not be decoded, by cause.
    pub undecoded: BTreeMap<Word, u64>,
    /// Packets that the snap length cut.
    pub truncated_packets: u64,
    /// Packets that the kernel dropped before they could be read.
    pub kernel_drops: u64,
    /// Connections that an `opaque` record would count, had there been room for more of these.
    pub opaque_uncounted: u64,
    /// Records that were judged before what may explain them had been seen, since too many waited for it.
    #[serde(skip_serializing_if = "is_zero")]
    pub judged_early: u64,
    /// Authentications by mechanism, or mechanism and version.
    pub auth: BTreeMap<Word, u64>,
    /// Logons that make no record, by carrier and method, such as `radius/pap` or `eapol/eap-md5`.
    pub counted: BTreeMap<Word, u64>,
    /// The inputs in the order in which they were read.
    pub inputs: Vec<Input>,
}

/// Serde asks for a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_printed_to_its_end() {
        for (nanoseconds, digits, expected) in [
            (i64::MAX, 9, "2262-04-11T23:47:16.854775807Z"),
            (i64::MIN, 9, "1677-09-21T00:12:43.145224192Z"),
            (0, 0, "1970-01-01T00:00:00Z"),
            (1_500_000, 6, "1970-01-01T00:00:00.001500Z"),
            (1, 200, "1970-01-01T00:00:00.000000001Z"),
        ] {
            assert_eq!(When { time: Time(nanoseconds), digits }.to_string(), expected);
        }
    }
}
