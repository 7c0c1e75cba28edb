//! DCE/RPC over a connection (C706 chapter 12, [MS-RPCE] 2.2.2): where one PDU ends and the next begins, and what the PDUs of a
//! logon say. The tokens in them are cut out, never opened.

mod fault;
mod uuid;

use crate::frame::{Found, Recognised};
use crate::secret::Secret;
use std::fmt;

pub use fault::{FaultStatus, RejectReason};
pub use uuid::Uuid;

/// `PTYPE` of a PDU (C706 12.6.1, [MS-RPCE] 2.2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PduType(pub u8);

impl PduType {
    /// A call.
    pub const REQUEST: Self = Self(0);
    /// The answer to a call.
    pub const RESPONSE: Self = Self(2);
    /// The answer to a call that failed.
    pub const FAULT: Self = Self(3);
    /// The client names an interface, and may begin a logon.
    pub const BIND: Self = Self(11);
    /// The server's answer.
    pub const BIND_ACK: Self = Self(12);
    /// The server refuses.
    pub const BIND_NAK: Self = Self(13);
    /// The client names another interface, or goes on with a logon.
    pub const ALTER_CONTEXT: Self = Self(14);
    /// The server's answer.
    pub const ALTER_CONTEXT_RESP: Self = Self(15);
    /// The client's last token, which has no answer of its own.
    pub const AUTH3: Self = Self(16);
    /// What RPC over HTTP says of its own connections ([MS-RPCH] 2.2.3.6).
    pub const RTS: Self = Self(20);

    /// Whether it carries the bytes of a call, of which there may be many.
    pub fn is_call(self) -> bool {
        matches!(self, Self::REQUEST | Self::RESPONSE)
    }

    /// Whether the client sent it.
    pub fn is_client(self) -> bool {
        matches!(self, Self::REQUEST | Self::BIND | Self::ALTER_CONTEXT | Self::AUTH3)
    }

    /// Whether it is one of those of a connection.
    fn is_known(self) -> bool {
        matches!(self.0, 0 | 2 | 3 | 11..=20)
    }

    fn is_read(self) -> bool {
        matches!(self.0, 3 | 11..=16 | 20)
    }
}

/// In which order a sender writes the bytes of a number: the high half of `drep`'s first byte (C706 14.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// Most significant byte first.
    Big,
    /// Least significant byte first.
    Little,
}

impl ByteOrder {
    fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Big => u16::from_be_bytes(bytes),
            Self::Little => u16::from_le_bytes(bytes),
        }
    }

    fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Big => u32::from_be_bytes(bytes),
            Self::Little => u32::from_le_bytes(bytes),
        }
    }
}

/// The header that all PDUs share (C706 12.6.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What it is.
    pub ptype: PduType,
    /// `PFC_FIRST_FRAG`: it is the first, or the only, fragment of a call.
    pub is_first: bool,
    /// How its numbers are written.
    pub byte_order: ByteOrder,
    /// Length of the PDU, header included.
    pub frag_length: u16,
    /// Length of the token at its end; zero where there is none, and no `sec_trailer` either.
    pub auth_length: u16,
    /// Joins an answer to its call.
    pub call_id: u32,
}

/// The header at the start of the bytes; `None` where there are fewer than [`HEADER_LEN`] or they cannot be one.
pub fn header(bytes: &[u8]) -> Option<Header> {
    let head = bytes.first_chunk::<HEADER_LEN>()?;
    let [5, 0 | 1, ptype, pfc_flags, drep @ .., f0, f1, a0, a1, c0, c1, c2, c3] = *head else {
        return None;
    };
    let byte_order = byte_order(drep)?;
    let ptype = PduType(ptype);
    let frag_length = byte_order.u16([f0, f1]);
    let auth_length = byte_order.u16([a0, a1]);
    let auth = if auth_length == 0 { 0 } else { usize::from(auth_length).saturating_add(TRAILER_LEN) };
    let least = if ptype.is_call() { CALL_LEN } else { HEADER_LEN }.saturating_add(auth);
    let call_id = byte_order.u32([c0, c1, c2, c3]);
    (ptype.is_known() && usize::from(frag_length) >= least).then_some(Header {
        ptype,
        is_first: pfc_flags & FIRST_FRAGMENT != 0,
        byte_order,
        frag_length,
        auth_length,
        call_id,
    })
}

/// The order in a data representation label: integers, characters (ASCII or EBCDIC), floating point, reserved (C706 14.1).
fn byte_order(drep: [u8; 4]) -> Option<ByteOrder> {
    match drep {
        [0x00 | 0x01, 0..=3, 0, 0] => Some(ByteOrder::Big),
        [0x10 | 0x11, 0..=3, 0, 0] => Some(ByteOrder::Little),
        _ => None,
    }
}

/// What stands at the front of one direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front<'a> {
    /// At least this many bytes in all, counted from the start of the slice; never more than [`MAX_NEED`].
    Need(usize),
    /// A PDU.
    Pdu {
        /// What there is of it.
        pdu: Pdu<'a>,
        /// Bytes to the next PDU; never zero, and beyond the slice where nobody reads them.
        consumed: usize,
    },
    /// No PDU starts here: [`find`] the next.
    Lost,
}

/// How much is wanted of requests and responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// Their headers.
    Header,
    /// All of those that have a verifier, since only that says how they are protected.
    Protected,
    /// All of them, since only their ends say which security context they belong to.
    Whole,
}

/// The next PDU of a direction. PDUs that say nothing of a logon are passed over after their header.
pub fn front(bytes: &[u8], calls: Calls) -> Front<'_> {
    if bytes.len() < HEADER_LEN {
        return Front::Need(HEADER_LEN);
    }
    let Some(header) = header(bytes) else { return Front::Lost };
    let consumed = usize::from(header.frag_length);
    let is_wanted = match calls {
        Calls::Header => false,
        Calls::Protected => header.auth_length > 0,
        Calls::Whole => true,
    };
    let wanted = if header.ptype.is_read() || (header.ptype.is_call() && is_wanted) {
        consumed
    } else if header.ptype == PduType::REQUEST {
        CALL_LEN
    } else {
        HEADER_LEN
    };
    match bytes.get(..wanted) {
        Some(bytes) => Front::Pdu { pdu: Pdu { header, bytes }, consumed },
        None => Front::Need(wanted),
    }
}

/// The PDU that a direction ends in, or loses bytes in: what there is of it. `None` when not even its header is there.
pub fn remainder(bytes: &[u8]) -> Option<Pdu<'_>> {
    let header = header(bytes)?;
    let bytes = bytes.get(..usize::from(header.frag_length)).unwrap_or(bytes);
    Some(Pdu { header, bytes })
}

/// Whether the first bytes of a direction are DCE/RPC.
pub fn recognise(bytes: &[u8]) -> Recognised {
    if bytes.len() >= HEADER_LEN {
        return if header(bytes).is_some() { Recognised::Yes } else { Recognised::No };
    }
    let starts = match *bytes {
        [] | [5] | [5, 0 | 1] => true,
        [5, 0 | 1, ptype, ref rest @ ..] => {
            PduType(ptype).is_known()
                && rest.get(1).is_none_or(|order| matches!(order, 0x00 | 0x01 | 0x10 | 0x11))
        }
        _ => false,
    };
    if starts { Recognised::Need(HEADER_LEN) } else { Recognised::No }
}

/// Where the next PDU starts, for a stream that starts in the middle or has a hole.
///
/// The bytes of a call may be anything, so the PDU after it must make sense too where it is in the slice.
pub fn find(bytes: &[u8]) -> Found {
    let mut at = 0_usize;
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() >= HEADER_LEN) {
        let next = |header: Header| rest.get(usize::from(header.frag_length)..).unwrap_or_default();
        if header(rest).is_some_and(|header| recognise(next(header)) != Recognised::No) {
            return Found::At(at);
        }
        let step = rest.iter().skip(1).position(|byte| *byte == 5).unwrap_or(rest.len());
        at = at.saturating_add(step).saturating_add(1);
    }
    Found::NotBefore(at.min(bytes.len()))
}

/// A PDU, or as much of it as there is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pdu<'a> {
    /// Its header.
    pub header: Header,
    bytes: &'a [u8],
}

impl fmt::Debug for Pdu<'_> {
    /// The token may hold a response to a challenge: of the bytes only the length is printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.header, Secret::new(self.bytes))
    }
}

/// Security provider (`auth_type`, [MS-RPCE] 2.2.1.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AuthType(pub u8);

impl AuthType {
    /// `RPC_C_AUTHN_GSS_NEGOTIATE`: SPNEGO.
    pub const GSS_NEGOTIATE: Self = Self(0x09);
    /// `RPC_C_AUTHN_WINNT`: NTLM.
    pub const WINNT: Self = Self(0x0a);
    /// `RPC_C_AUTHN_GSS_KERBEROS`: Kerberos.
    pub const GSS_KERBEROS: Self = Self(0x10);
    /// `RPC_C_AUTHN_NETLOGON`: the secure channel of Netlogon ([MS-NRPC] 3.3).
    pub const NETLOGON: Self = Self(0x44);

    /// Whether its tokens are those of a logon. Netlogon's only prove a key that both sides have.
    pub fn is_logon(self) -> bool {
        matches!(self, Self::GSS_NEGOTIATE | Self::WINNT | Self::GSS_KERBEROS)
    }

    /// The security package that it names.
    pub fn package(self) -> Option<&'static str> {
        Some(match self {
            Self::GSS_NEGOTIATE => "negotiate",
            Self::WINNT => "ntlm",
            Self::GSS_KERBEROS => "kerberos",
            _ => return None,
        })
    }
}

/// What is protected (`auth_level`, [MS-RPCE] 2.2.1.1.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuthLevel(pub u8);

impl AuthLevel {
    /// `RPC_C_AUTHN_LEVEL_CONNECT`: the logon, and none of the calls.
    pub const CONNECT: Self = Self(2);
    /// `RPC_C_AUTHN_LEVEL_PKT_PRIVACY`: what calls say is sealed.
    pub const PKT_PRIVACY: Self = Self(6);
}

/// `sec_trailer` and the token behind it ([MS-RPCE] 2.2.2.11 and 2.2.2.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verifier<'a> {
    /// Security provider.
    pub auth_type: AuthType,
    /// What is protected.
    pub auth_level: AuthLevel,
    /// Which of the connection's security contexts.
    pub context_id: u32,
    /// The token.
    pub auth_value: Secret<'a>,
    /// Whether the end of the token is missing.
    pub is_cut: bool,
}

impl<'a> Pdu<'a> {
    /// The token and what stands before it; `None` where there is none, or the PDU is not there so far.
    pub fn verifier(&self) -> Option<Verifier<'a>> {
        let auth_length = usize::from(self.header.auth_length);
        if auth_length == 0 {
            return None;
        }
        let value_at = usize::from(self.header.frag_length).checked_sub(auth_length)?;
        let rest = self.bytes.get(value_at.checked_sub(TRAILER_LEN)?..)?;
        let (trailer, value) = rest.split_first_chunk::<TRAILER_LEN>()?;
        let [auth_type, auth_level, _auth_pad_length, _auth_reserved, id @ ..] = *trailer;
        Some(Verifier {
            auth_type: AuthType(auth_type),
            auth_level: AuthLevel(auth_level),
            context_id: self.header.byte_order.u32(id),
            auth_value: Secret::new(value),
            is_cut: value.len() < auth_length,
        })
    }

    /// The first interface that a bind or `alter_context` names (C706 12.6.4.3). Those that name several mostly repeat it with
    /// other transfer syntaxes.
    pub fn interface(&self) -> Option<Uuid> {
        if !matches!(self.header.ptype, PduType::BIND | PduType::ALTER_CONTEXT) {
            return None;
        }
        // Largest fragments, association group and the count of elements come first; identifier and syntax count of the element.
        let [count, _reserved @ ..] = *self.bytes.get(24..)?.first_chunk::<4>()?;
        let uuid = self.bytes.get(32..)?.first_chunk::<16>()?;
        (count > 0).then(|| Uuid::of(*uuid, self.header.byte_order))
    }

    /// `opnum` of a request (C706 12.6.4.9): which operation of the interface is called. It is never sealed.
    pub fn opnum(&self) -> Option<u16> {
        let opnum = self.bytes.get(22..)?.first_chunk()?;
        (self.header.ptype == PduType::REQUEST).then(|| self.header.byte_order.u16(*opnum))
    }

    /// The cookie of the virtual connection that a CONN/A1 or CONN/B1 opens ([MS-RPCH] 2.2.4.2 and 2.2.4.5): the connections that
    /// say the same one are the two directions of one association.
    pub fn virtual_connection(&self) -> Option<[u8; 16]> {
        let (head, rest) = self.bytes.get(HEADER_LEN..)?.split_first_chunk::<RTS_HEAD_LEN>()?;
        // No flags, a number of commands, and of these first a version and a cookie.
        let [0, 0, _, _, 6, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0] = *head else { return None };
        rest.first_chunk().copied().filter(|_| self.header.ptype == PduType::RTS)
    }

    /// `provider_reject_reason` of a `bind_nak` (C706 12.6.4.5).
    pub fn reject_reason(&self) -> Option<RejectReason> {
        let reason = self.bytes.get(HEADER_LEN..)?.first_chunk()?;
        (self.header.ptype == PduType::BIND_NAK).then(|| RejectReason(self.header.byte_order.u16(*reason)))
    }

    /// `status` of a fault (C706 12.6.4.7).
    pub fn fault_status(&self) -> Option<FaultStatus> {
        let status = self.bytes.get(24..)?.first_chunk()?;
        (self.header.ptype == PduType::FAULT).then(|| FaultStatus(self.header.byte_order.u32(*status)))
    }
}

/// Length of the header that all PDUs share.
pub const HEADER_LEN: usize = 16;
/// What [`front`] asks for at most: `frag_length` has 16 bits.
pub const MAX_NEED: usize = 0xffff;
/// Length of what a request or response starts with: the header, and what says how long it is and what it calls.
const CALL_LEN: usize = HEADER_LEN + 8;
/// Length of what stands between the header and the first cookie of an RTS PDU.
const RTS_HEAD_LEN: usize = 16;
/// Length of a `sec_trailer`.
const TRAILER_LEN: usize = 8;
/// `PFC_FIRST_FRAG` (C706 12.6.3.1).
const FIRST_FRAGMENT: u8 = 0x01;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test code")]
mod tests {
    use super::*;
    use crate::hex::hex;
    use proptest::prelude::*;

    const CONN_A1: &str =
        "05001403100000004c000000000000000000040006000000010000000300000097ae5c0996e3d06d6ca49d55f413a30e
        03000000f8a454253c63c503ccb0d54f1e17fa1d0000000000000400";
    const CONN_B1: &str = "050014031000000068000000000000000000060006000000010000000300000097ae5c0996e3d06d6ca49d55f413a30e
        03000000acaeba2248523431c5fd6148c8f24f6d040000000000004005000000e09304000c00000064ba727c9666b94697b4df7b74788337";
    const COOKIE: [u8; 16] =
        [0x97, 0xae, 0x5c, 9, 0x96, 0xe3, 0xd0, 0x6d, 0x6c, 0xa4, 0x9d, 0x55, 0xf4, 0x13, 0xa3, 0x0e];
    /// Of a proxy, which gives no cookie.
    const CONN_C2: &str =
        "05001403100000002c00000000000000000003000600000001000000000000000000010002000000c0d40100";

    const STREAMS: [&[u8]; 4] = [
        include_bytes!("../testdata/dcerpc-kerberos-client.bin"),
        include_bytes!("../testdata/dcerpc-kerberos-server.bin"),
        include_bytes!("../testdata/dcerpc-ntlm-client.bin"),
        include_bytes!("../testdata/dcerpc-ntlm-server.bin"),
    ];

    /// What a carrier sees of a stream that arrives in slices: where each PDU starts, and the PDU.
    fn pdus(slices: &[&[u8]], calls: Calls) -> Vec<(usize, String)> {
        let (mut seen, mut stream, mut at) = (Vec::new(), Vec::new(), 0);
        for slice in slices {
            stream.extend_from_slice(slice);
            while at < stream.len() {
                match front(&stream[at..], calls) {
                    Front::Pdu { pdu, consumed } => {
                        assert!(consumed > 0);
                        seen.push((at, format!("{pdu:?} {:?} {:?}", pdu.verifier(), pdu.interface())));
                        at += consumed;
                    }
                    Front::Need(len) => {
                        assert!(len > stream.len() - at && len <= MAX_NEED);
                        break;
                    }
                    Front::Lost => return seen,
                }
            }
        }
        seen
    }

    fn first(bytes: &[u8]) -> Pdu<'_> {
        let Front::Pdu { pdu, .. } = front(bytes, Calls::Whole) else { panic!("no PDU") };
        pdu
    }

    #[test]
    fn every_stream_is_cut_to_its_last_byte() {
        let counts = STREAMS.map(|stream| {
            assert_eq!(recognise(stream), Recognised::Yes);
            pdus(&[stream], Calls::Header).len()
        });
        assert_eq!(counts, [3, 3, 3, 2]);
    }

    #[test]
    fn a_bind_names_an_interface_and_has_a_token() {
        for (stream, auth_type, start) in [
            (STREAMS[0], AuthType::GSS_NEGOTIATE, &[0x60, 0x82][..]),
            (STREAMS[2], AuthType::WINNT, b"NTLMSSP\0\x01"),
        ] {
            let bind = first(stream);
            assert_eq!(bind.header.ptype, PduType::BIND);
            assert_eq!(bind.interface().and_then(Uuid::name), Some("IRemoteSCMActivator"));
            let verifier = bind.verifier().unwrap();
            assert_eq!((verifier.auth_type, verifier.auth_level), (auth_type, AuthLevel::CONNECT));
            assert!(verifier.auth_value.expose().starts_with(start) && !verifier.is_cut);
        }
    }

    #[test]
    fn a_call_is_passed_over_after_its_header_unless_it_is_wanted_whole() {
        let (at, _) = pdus(&[STREAMS[2]], Calls::Header)[2];
        let call = &STREAMS[2][at..];
        let Front::Pdu { pdu, consumed } = front(&call[..CALL_LEN], Calls::Header) else { panic!("kept") };
        assert_eq!((pdu.header.ptype, consumed), (PduType::REQUEST, call.len()));
        // RemoteGetClassObject ([MS-DCOM] 3.1.2.5.2.3.2).
        assert_eq!((pdu.opnum(), pdu.header.is_first), (Some(3), true));
        assert_eq!(front(&call[..CALL_LEN], Calls::Whole), Front::Need(call.len()));
        let is_protected = pdu.header.auth_length > 0;
        assert_eq!(front(&call[..CALL_LEN], Calls::Protected) == Front::Need(call.len()), is_protected);
    }

    /// The first bind, as a sender of the other byte order would have sent its numbers (C706 14.1).
    #[test]
    fn numbers_are_read_in_the_order_of_their_sender() {
        let mut bytes = STREAMS[2][..120].to_vec();
        let trailer = 120 - 8 - usize::from(first(&bytes).header.auth_length);
        bytes[4] = 0x00;
        for (at, len) in [(8, 2), (10, 2), (12, 4), (32, 4), (36, 2), (38, 2), (trailer + 4, 4)] {
            bytes[at..at + len].reverse();
        }
        let (little, big) = (first(STREAMS[2]), first(&bytes));
        assert_eq!(big.header.byte_order, ByteOrder::Big);
        assert_eq!(Header { byte_order: ByteOrder::Little, ..big.header }, little.header);
        assert_eq!((big.verifier(), big.interface()), (little.verifier(), little.interface()));
    }

    /// The first PDUs of `samples/08-rpc-over-http-ntlm`.
    #[test]
    fn both_directions_of_a_virtual_connection_say_its_cookie() {
        for (pdu, expected) in [(CONN_A1, Some(COOKIE)), (CONN_B1, Some(COOKIE)), (CONN_C2, None)] {
            let bytes = hex(pdu);
            let pdu = first(&bytes);
            assert_eq!((pdu.header.ptype, pdu.virtual_connection()), (PduType::RTS, expected));
        }
    }

    /// From the figures of C706 12.6.4.5 and 12.6.4.7.
    #[test]
    fn a_refusal_says_why() {
        let nak = [5, 0, 13, 3, 0x10, 0, 0, 0, 21, 0, 0, 0, 2, 0, 0, 0, 8, 0, 1, 5, 0];
        let reason = first(&nak).reject_reason().unwrap();
        assert_eq!(reason.name(), Some("authentication_type_not_recognized"));
        let mut fault = vec![5, 0, 3, 3, 0x10, 0, 0, 0, 32, 0, 0, 0, 2, 0, 0, 0];
        fault.extend([0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
        let status = first(&fault).fault_status().unwrap();
        assert_eq!((status.name(), status.is_denial()), (Some("ERROR_ACCESS_DENIED"), true));
    }

    #[test]
    fn what_a_cut_stream_ends_in_has_the_start_of_its_token() {
        let bind = STREAMS[0];
        let pdu = remainder(&bind[..600]).unwrap();
        let verifier = pdu.verifier().unwrap();
        assert!(verifier.is_cut && verifier.auth_value.expose().starts_with(&[0x60, 0x82]));
        assert_eq!(remainder(&bind[..15]), None);
        assert_eq!(remainder(&bind[..100]).unwrap().verifier(), None);
    }

    #[test]
    fn the_search_finds_the_next_pdu_from_any_byte() {
        for stream in STREAMS {
            let borders: Vec<_> = pdus(&[stream], Calls::Header).into_iter().map(|(at, _)| at).collect();
            for from in 0..stream.len() {
                let next = borders.iter().find(|border| **border >= from);
                match (find(&stream[from..]), next) {
                    (Found::At(at), Some(next)) => assert_eq!(from + at, *next),
                    (Found::NotBefore(at), None) => assert!(stream.len() - from - at < HEADER_LEN),
                    (found, next) => panic!("{from}: {found:?} {next:?}"),
                }
            }
        }
    }

    #[test]
    fn other_protocols_that_start_with_a_five_are_not_recognised() {
        // SOCKS 5 (RFC 1928 3 and 4): methods, a request with an address and one with a name.
        for bytes in [
            &[5, 1, 0][..],
            &[5, 1, 0, 1, 16, 0, 0, 1, 0, 80, 0, 0, 0, 0, 0, 0],
            b"\x05\x01\x00\x03\x0bexample.com\x00\x50",
        ] {
            assert_ne!(recognise(bytes), Recognised::Yes, "{bytes:?}");
        }
    }

    proptest! {
        /// However TCP cuts the bytes, the PDUs are the same.
        #[test]
        fn chunking_does_not_change_pdus(which in 0..STREAMS.len(), whole: bool, cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8)) {
            let stream = STREAMS[which];
            let calls = if whole { Calls::Whole } else { Calls::Header };
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
            cuts.sort_unstable();
            let mut slices = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([stream.len()]) {
                slices.push(&stream[from..cut]);
                from = cut;
            }
            prop_assert_eq!(pdus(&slices, calls), pdus(&[stream], calls));
        }

        /// A beginning of a stream is never taken for something else.
        #[test]
        fn a_prefix_is_recognised_or_needs_more(which in 0..STREAMS.len(), len in 0..HEADER_LEN) {
            prop_assert_eq!(recognise(&STREAMS[which][..len]), Recognised::Need(HEADER_LEN));
        }

        /// Any bytes, and real ones with noise in them, can be read: no panic, no step of zero, no demand beyond the bound.
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), which in 0..STREAMS.len(), at in any::<prop::sample::Index>()) {
            let _ = (pdus(&[&bytes], Calls::Whole), find(&bytes), recognise(&bytes));
            let mut stream = STREAMS[which].to_vec();
            let at = at.index(stream.len());
            for (byte, noise) in stream[at..].iter_mut().zip(&bytes) {
                *byte = *noise;
            }
            let _ = (pdus(&[&stream], Calls::Whole), find(&stream));
            if let Some(pdu) = remainder(&stream) {
                let _ = (pdu.verifier(), pdu.interface(), pdu.reject_reason(), pdu.fault_status(), pdu.opnum(), pdu.virtual_connection());
            }
        }
    }
}
