//! `AV_PAIR` ([MS-NLMP] 2.2.2.1): what a server says of itself, and what a client adds.

use std::fmt;

use nom::bytes::complete::take;
use nom::number::complete::le_u16;
use nom::{IResult, Parser};

use super::FileTime;
use crate::names::{bits, named};
use crate::secret::Secret;
use crate::text::Text;

/// A list of `AV_PAIR` ([MS-NLMP] 2.2.2.1).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AvPairs<'a> {
    bytes: &'a [u8],
    /// The first value of each id that has a name.
    values: [Option<Secret<'a>>; NAMED],
    after_eol: Option<&'a [u8]>,
}

/// One `AV_PAIR` ([MS-NLMP] 2.2.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvPair<'a> {
    /// `AvId`.
    pub id: AvId,
    /// `Value`, as sent.
    pub value: Secret<'a>,
}

named! {
    /// `AvId` ([MS-NLMP] 2.2.2.1).
    AvId(u16) {
        EOL = 0 "MsvAvEOL",
        NB_COMPUTER_NAME = 1 "MsvAvNbComputerName",
        NB_DOMAIN_NAME = 2 "MsvAvNbDomainName",
        DNS_COMPUTER_NAME = 3 "MsvAvDnsComputerName",
        DNS_DOMAIN_NAME = 4 "MsvAvDnsDomainName",
        DNS_TREE_NAME = 5 "MsvAvDnsTreeName",
        FLAGS = 6 "MsvAvFlags",
        TIMESTAMP = 7 "MsvAvTimestamp",
        SINGLE_HOST = 8 "MsvAvSingleHost",
        TARGET_NAME = 9 "MsvAvTargetName",
        CHANNEL_BINDINGS = 10 "MsvAvChannelBindings",
    }
}

bits! {
    /// `MsvAvFlags` ([MS-NLMP] 2.2.2.1).
    AvFlags {
        CONSTRAINED = 0x1 "CONSTRAINED",
        MIC_PRESENT = 0x2 "MIC_PRESENT",
        UNTRUSTED_SPN = 0x4 "UNTRUSTED_SPN",
    }
}

/// `Single_Host_Data` ([MS-NLMP] 2.2.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SingleHost<'a> {
    /// `CustomData`.
    pub custom_data: Secret<'a>,
    /// `MachineID`: made anew when the client starts.
    pub machine_id: Secret<'a>,
}

impl<'a> AvPairs<'a> {
    /// The list in these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        let mut pairs = Self { bytes, values: [None; NAMED], after_eol: None };
        let mut walk = Walk(bytes);
        while let Some(AvPair { id, value }) = walk.next() {
            if id == AvId::EOL {
                pairs.after_eol = Some(walk.0);
                break;
            }
            if let Some(first) = pairs.values.get_mut(usize::from(id.0)) {
                first.get_or_insert(value);
            }
        }
        pairs
    }

    /// The pairs up to `MsvAvEOL`, or up to the first that is cut. Unknown ones are among them.
    pub fn iter(&self) -> impl Iterator<Item = AvPair<'a>> + use<'a> {
        let mut walk = Walk(self.bytes);
        std::iter::from_fn(move || walk.next().filter(|pair| pair.id != AvId::EOL))
    }

    /// The value of the first pair with this id, which must be one that has a name.
    pub fn get(&self, id: AvId) -> Option<Secret<'a>> {
        *self.values.get(usize::from(id.0))?
    }

    /// The value as text, which is UTF-16LE whatever the message negotiated.
    pub fn text(&self, id: AvId) -> Option<Text<'a>> {
        self.get(id).map(|value| Text::utf16le(value.expose()))
    }

    /// `MsvAvFlags`, if it is there with its four bytes.
    pub fn flags(&self) -> Option<AvFlags> {
        let value = self.get(AvId::FLAGS)?.expose();
        value.try_into().ok().map(u32::from_le_bytes).map(AvFlags)
    }

    /// `MsvAvTimestamp`, if it is there with its eight bytes.
    pub fn timestamp(&self) -> Option<FileTime> {
        let value = self.get(AvId::TIMESTAMP)?.expose();
        value.try_into().ok().map(u64::from_le_bytes).map(FileTime)
    }

    /// `MsvAvSingleHost`, if it is there with its 48 bytes.
    pub fn single_host(&self) -> Option<SingleHost<'a>> {
        let (_size_and_zero, value) = self.get(AvId::SINGLE_HOST)?.expose().split_at_checked(8)?;
        let (custom_data, value) = value.split_at_checked(8)?;
        let machine_id = value.get(..32)?;
        Some(SingleHost { custom_data: Secret::new(custom_data), machine_id: Secret::new(machine_id) })
    }

    /// Whether `MsvAvEOL` was seen. Some clients leave it out, and a capture may have cut it off.
    pub fn is_terminated(&self) -> bool {
        self.after_eol.is_some()
    }

    /// How many bytes follow `MsvAvEOL`. Windows sends four of zero in a response.
    pub fn trailing_len(&self) -> usize {
        self.after_eol.map_or(0, <[u8]>::len)
    }
}

impl fmt::Debug for AvPairs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// What is left to read.
struct Walk<'a>(&'a [u8]);

impl<'a> Walk<'a> {
    /// The next pair, `MsvAvEOL` included, or `None` where none can be read: the walk then stays there.
    fn next(&mut self) -> Option<AvPair<'a>> {
        let (rest, pair) = av_pair(self.0).ok()?;
        self.0 = rest;
        Some(pair)
    }
}

/// Ids with a name, from that of the end on.
const NAMED: usize = 11;

fn av_pair(i: &[u8]) -> IResult<&[u8], AvPair<'_>> {
    let (i, id) = le_u16.parse(i)?;
    let (i, len) = le_u16.parse(i)?;
    let (i, value) = take(len).parse(i)?;
    Ok((i, AvPair { id: AvId(id), value: Secret::new(value) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    #[test]
    fn lists_are_read_as_far_as_they_go() {
        let table = [
            ("", 0, false, 0),
            ("00000000", 0, true, 0),
            ("0100020041000000 0000", 1, true, 0),
            ("010002004100", 1, false, 0),                     // Not terminated.
            ("0100020041006300 0100ff 000000 00", 2, true, 0), // An unknown id is kept.
            ("01000200410002000c004400", 1, false, 0),         // Cut within the second.
            ("00000000 00000000", 0, true, 4),
        ];
        for (digits, pairs, terminated, trailing) in table {
            let bytes = hex(digits);
            let list = AvPairs::new(&bytes);
            let read = (list.iter().count(), list.is_terminated(), list.trailing_len());
            assert_eq!(read, (pairs, terminated, trailing), "{digits}");
        }
    }

    #[test]
    fn a_present_and_empty_target_name_is_not_an_absent_one() {
        let bytes = hex("0900000000000000");
        let list = AvPairs::new(&bytes);
        assert_eq!(list.text(AvId::TARGET_NAME).map(|name| name.is_empty()), Some(true));
        assert_eq!(list.get(AvId::CHANNEL_BINDINGS), None);
    }
}
