//! Answers by which a host gives its own address for a name, without a DNS server: LLMNR (RFC 4795) and the NetBIOS name service
//! (RFC 1002).

use crate::dns::{HEADER, name, record};

/// A name, and the address that was given for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The first label of the name.
    pub label: Label,
    /// The address in network order: four bytes or sixteen.
    pub address: &'a [u8],
}

/// A label of a name as it was sent, at most 63 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Label {
    bytes: [u8; MAX_LABEL],
    len: usize,
}

/// Reads an answer of LLMNR, which has the form of DNS (RFC 4795 2.1): one question, and an address for it.
pub fn llmnr(datagram: &[u8]) -> Option<Answer<'_>> {
    let (1, answers) = header(datagram)? else { return None };
    let question = datagram.get(HEADER..)?;
    let (len, bytes) = question.split_first()?;
    let label = Label::new(bytes.get(..usize::from(*len))?)?;
    let mut rest = name(question)?.get(TYPE_AND_CLASS..)?;
    for _ in 0..answers.min(MAX_RECORDS) {
        let (kind, data, after) = record(rest)?;
        if matches!((kind, data.len()), (A, 4) | (AAAA, 16)) {
            return Some(Answer { label, address: data });
        }
        rest = after;
    }
    None
}

/// Reads a positive response to a NetBIOS name query (RFC 1002 4.2.13) for a name that one host has, as a computer or a server: the
/// names of groups and of domains belong to many.
pub fn netbios(datagram: &[u8]) -> Option<Answer<'_>> {
    let (0, 1) = header(datagram)? else { return None };
    let resource = datagram.get(HEADER..)?;
    let (&ENCODED, encoded) = resource.split_first()? else { return None };
    let mut decoded = [0; 16];
    for (byte, [high, low]) in decoded.iter_mut().zip(encoded.get(..32)?.as_chunks::<2>().0) {
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    let [name @ .., WORKSTATION | FILE_SERVER] = &decoded else { return None };
    let (NB, data, _) = record(resource)? else { return None };
    let address = data.get(2..6).filter(|_| data.first().is_some_and(|flags| flags & GROUP == 0))?;
    Some(Answer { label: Label::new(name.trim_ascii_end())?, address })
}

impl Label {
    fn new(label: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_LABEL];
        bytes.get_mut(..label.len()).filter(|bytes| !bytes.is_empty())?.copy_from_slice(label);
        Some(Self { bytes, len: label.len() })
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl std::fmt::Debug for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.as_bytes().escape_ascii())
    }
}

/// The numbers of questions and answers in a response to a query that found something.
fn header(datagram: &[u8]) -> Option<(u16, u16)> {
    let [_id, flags, questions, answers, ..] = datagram.as_chunks::<2>().0.first_chunk::<6>()?;
    let found = u16::from_be_bytes(*flags) & RESPONSE_OPCODE_RCODE == RESPONSE;
    found.then(|| (u16::from_be_bytes(*questions), u16::from_be_bytes(*answers)))
}

/// Half a byte of a NetBIOS name in its first-level encoding (RFC 1001 14.1).
fn nibble(letter: u8) -> Option<u8> {
    letter.checked_sub(b'A').filter(|half| *half < 16)
}

const MAX_LABEL: usize = 63;
/// An answer has a record for each address of the host; the first will do.
const MAX_RECORDS: u16 = 4;
const TYPE_AND_CLASS: usize = 4;
const A: u16 = 1;
const AAAA: u16 = 28;
const NB: u16 = 0x20;
/// The length of an encoded NetBIOS name.
const ENCODED: u8 = 32;
/// The sixteenth byte of a name: what it is for.
const WORKSTATION: u8 = 0x00;
const FILE_SERVER: u8 = 0x20;
/// `G` in `NB_FLAGS`.
const GROUP: u8 = 0x80;
const RESPONSE: u16 = 0x8000;
const RESPONSE_OPCODE_RCODE: u16 = 0xf80f;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// From the tests of Arkime: `arkime_synthetic.pcap`.
    const LLMNR: &str =
        "200c84000001000100000000046d7970630000010001046d79706300000100010000001e00040a010cc8";
    const NETBIOS: &str = "beef858000000001000000002046454546464446454549455046444645434143414341434143414341434141\
                           4100002000010000012c000600000a14084d";

    #[test]
    fn a_name_and_its_address_are_read() {
        let bytes = hex(LLMNR);
        let answer = llmnr(&bytes).unwrap();
        assert_eq!((answer.label.as_bytes(), answer.address), (&b"mypc"[..], &[10, 1, 12, 200][..]));
        let bytes = hex(NETBIOS);
        let answer = netbios(&bytes).unwrap();
        assert_eq!((answer.label.as_bytes(), answer.address), (&b"TESTHOST"[..], &[10, 20, 8, 77][..]));
    }

    #[test]
    fn what_is_no_answer_of_one_host_is_none() {
        let changed = |hex_bytes: &str, at: usize, to: u8| {
            let mut bytes = hex(hex_bytes);
            bytes[at] = to;
            bytes
        };
        // A question; an error; no answer; a label without end; a record that is no address.
        for (at, to) in [(2, 0x04), (3, 0x03), (7, 0), (12, 0xff), (29, 5)] {
            assert_eq!(llmnr(&changed(LLMNR, at, to)), None, "{at}");
        }
        // A registration; an error; no answer; the name of a domain; that of a group; another record.
        for (at, to) in [(2, 0xad), (3, 0x83), (7, 0), (44, b'B'), (56, 0x80), (47, 0x21)] {
            assert_eq!(netbios(&changed(NETBIOS, at, to)), None, "{at}");
        }
        let (one, other) = (hex(LLMNR), hex(NETBIOS));
        assert!((0..one.len()).all(|end| llmnr(&one[..end]).is_none()), "cut off");
        assert!((0..other.len()).all(|end| netbios(&other[..end]).is_none()), "cut off");
    }

    proptest! {
        /// Whatever bytes come after a header of an answer, what is read of them lies in them.
        #[test]
        fn what_is_read_is_sound(mut bytes in vec(any::<u8>(), 12..90), form in 0..2_usize) {
            let headers = [[0, 0, 0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0], [0, 0, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0]];
            bytes[..12].copy_from_slice(&headers[form]);
            for answer in [llmnr(&bytes), netbios(&bytes)].into_iter().flatten() {
                prop_assert!(matches!(answer.address.len(), 4 | 16));
                prop_assert!((1..=MAX_LABEL).contains(&answer.label.as_bytes().len()));
            }
        }
    }
}
