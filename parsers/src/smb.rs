//! What SMB 1 and SMB 2 share: where one message ends and the next begins on a connection.

use crate::frame::{Found, Recognised, size};
use crate::secret::Secret;
use crate::{ErrorKind, ParseError, nbss, smb1, smb2};
use nom::IResult;
use std::fmt;

pub mod pipe;

/// What stands at the front of one direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front<'a> {
    /// At least this many bytes in all, counted from the start of the slice; never more than [`MAX_NEED`].
    Need(usize),
    /// A message, whole or skipped.
    Item {
        /// What it is.
        item: Item<'a>,
        /// Bytes from the start of the slice to the next item; never zero, and beyond the slice where nobody reads them.
        consumed: usize,
        /// Bytes of the same session packet that follow those: the other elements of a compound. To be handed to the next call.
        left: u32,
    },
    /// No message starts here: [`find`] the next.
    Lost,
}

/// A message on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A NetBIOS packet that carries no message, without its four bytes.
    Control(nbss::Kind, &'a [u8]),
    /// An SMB1 message.
    Smb1 {
        /// Its header.
        header: smb1::Header,
        /// The message, header included; `None` where nobody reads it.
        message: Option<&'a [u8]>,
    },
    /// An SMB2 message, which may be one element of a compound.
    Smb2 {
        /// Its header.
        header: smb2::Header,
        /// The element, header included; `None` where nobody reads it.
        element: Option<&'a [u8]>,
    },
    /// A transform header ([MS-SMB2] 2.2.41): the rest is encrypted.
    Encrypted {
        /// Which session.
        session_id: u64,
    },
    /// A compression header ([MS-SMB2] 2.2.42).
    Compressed {
        /// Whether it is chained (2.2.42.2).
        chained: bool,
    },
    /// A session packet, or the rest of one, that holds none of these.
    Malformed,
}

/// The next item of a direction. `left` is zero at the start of a session packet, and what the call before said elsewhere.
///
/// Only the bodies of messages that `is_read` of the two versions names are waited for; of all others the header is enough. Of a
/// message longer than [`MAX_MESSAGE`] only that many bytes are given: no offset of those that are read can point beyond.
pub fn front(bytes: &[u8], left: u32) -> Front<'_> {
    cut(bytes, left, Tail::Open)
}

/// The item that the stream ends in, or loses bytes in: what there is of it. `None` when not even its header is there.
pub fn remainder(bytes: &[u8], left: u32) -> Option<Item<'_>> {
    match cut(bytes, left, Tail::Closed) {
        Front::Item { item, .. } => Some(item),
        Front::Need(_) | Front::Lost => None,
    }
}

/// The item that [`front`] cut off with this `left` and passed over, with its message. For one that somebody reads after all,
/// who minds that it may be longer than [`MAX_NEED`].
///
/// # Errors
/// The message is not all there: so many bytes are needed, counted from the start of the slice.
pub fn whole<'a>(item: Item<'a>, bytes: &'a [u8], left: u32, consumed: usize) -> Result<Item<'a>, usize> {
    let at = if left > 0 { 0 } else { nbss::HEADER_LEN };
    let message = bytes.get(at..consumed).ok_or(consumed)?;
    Ok(item.with_message(message))
}

/// The item that the stream ends in, as [`remainder`] gives it, with what there is of its message.
pub fn torn<'a>(item: Item<'a>, bytes: &'a [u8], left: u32) -> Item<'a> {
    let at = if left > 0 { 0 } else { nbss::HEADER_LEN };
    item.with_message(bytes.get(at..).unwrap_or_default())
}

impl<'a> Item<'a> {
    fn with_message(self, message: &'a [u8]) -> Self {
        match self {
            Self::Smb1 { header, .. } => Self::Smb1 { header, message: Some(message) },
            Self::Smb2 { header, .. } => Self::Smb2 { header, element: Some(message) },
            other => other,
        }
    }
}

/// Whether more bytes can follow the slice.
#[derive(Clone, Copy)]
enum Tail {
    Open,
    Closed,
}

impl Tail {
    /// `len` bytes at `at`, or what there is of them when no more can come, or how many are needed.
    fn take(self, bytes: &[u8], at: usize, len: usize) -> Result<&[u8], Front<'static>> {
        let end = at.saturating_add(len);
        match (bytes.get(at..end), self) {
            (Some(found), _) => Ok(found),
            (None, Self::Open) => Err(Front::Need(end)),
            (None, Self::Closed) => Ok(bytes.get(at..).unwrap_or_default()),
        }
    }
}

fn cut(bytes: &[u8], left: u32, tail: Tail) -> Front<'_> {
    if left > 0 {
        return smb2_element(bytes, 0, left, tail).unwrap_or_else(|need| need);
    }
    let Some(session) = nbss::header(bytes) else { return Front::Need(nbss::HEADER_LEN) };
    if session.kind == nbss::Kind::MESSAGE {
        return message(bytes, session.len, tail).unwrap_or_else(|need| need);
    }
    if !session.is_control() {
        return Front::Lost;
    }
    match tail.take(bytes, nbss::HEADER_LEN, size(session.len)) {
        Ok(body) => last(Item::Control(session.kind, body), nbss::HEADER_LEN, session.len),
        Err(need) => need,
    }
}

/// The message in a session packet of `len` bytes.
fn message(bytes: &[u8], len: u32, tail: Tail) -> Result<Front<'_>, Front<'static>> {
    let at = nbss::HEADER_LEN;
    if len < 4 {
        return Ok(Front::Lost);
    }
    let Some(protocol) = bytes.get(at..).and_then(<[u8]>::first_chunk::<4>) else {
        return Ok(Front::Need(FIRST_LOOK));
    };
    Ok(match *protocol {
        smb2::PROTOCOL_ID => smb2_element(bytes, at, len, tail)?,
        smb1::PROTOCOL_ID => smb1_message(bytes, at, len, tail)?,
        TRANSFORM_ID => {
            let header = Tail::Open.take(bytes, at, TRANSFORM_LEN.min(size(len)))?;
            let session_id = header.get(44..).and_then(<[u8]>::first_chunk).map(|id| u64::from_le_bytes(*id));
            last(session_id.map_or(Item::Malformed, |session_id| Item::Encrypted { session_id }), at, len)
        }
        COMPRESSION_ID => {
            let header = Tail::Open.take(bytes, at, COMPRESSION_LEN.min(size(len)))?;
            let chained = header.get(10..).and_then(<[u8]>::first_chunk).map(|flags| *flags == [1, 0]);
            last(chained.map_or(Item::Malformed, |chained| Item::Compressed { chained }), at, len)
        }
        _ => Front::Lost,
    })
}

fn smb2_element(bytes: &[u8], at: usize, left: u32, tail: Tail) -> Result<Front<'_>, Front<'static>> {
    let head = Tail::Open.take(bytes, at, smb2::HEADER_LEN.min(size(left)))?;
    let Some(header) = smb2::header(head) else { return Ok(last(Item::Malformed, at, left)) };
    let next = header.next_command;
    let len = if (64..left).contains(&next) { next } else { left };
    let element =
        if smb2::is_read(&header) { Some(tail.take(bytes, at, size(len).min(MAX_MESSAGE))?) } else { None };
    let consumed = at.saturating_add(size(len));
    Ok(Front::Item { item: Item::Smb2 { header, element }, consumed, left: left.saturating_sub(len) })
}

fn smb1_message(bytes: &[u8], at: usize, len: u32, tail: Tail) -> Result<Front<'_>, Front<'static>> {
    let head = Tail::Open.take(bytes, at, smb1::HEADER_LEN.min(size(len)))?;
    let Some(header) = smb1::header(head) else { return Ok(last(Item::Malformed, at, len)) };
    let message =
        if smb1::is_read(&header) { Some(tail.take(bytes, at, size(len).min(MAX_MESSAGE))?) } else { None };
    Ok(last(Item::Smb1 { header, message }, at, len))
}

/// An item that reaches to the end of its session packet.
fn last(item: Item<'_>, at: usize, len: u32) -> Front<'_> {
    Front::Item { item, consumed: at.saturating_add(size(len)), left: 0 }
}

/// Whether the first bytes of a direction are SMB, over Direct TCP or over a NetBIOS session.
pub fn recognise(bytes: &[u8]) -> Recognised {
    let mut at = 0_usize;
    while at < MAX_RECOGNISE {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(session) = nbss::header(rest) else {
            return match rest.first() {
                None | Some(0x00 | 0x81..=0x85) => Recognised::Need(at.saturating_add(FIRST_LOOK)),
                Some(_) => Recognised::No,
            };
        };
        match session.kind {
            nbss::Kind::KEEP_ALIVE if session.len == 0 => at = at.saturating_add(nbss::HEADER_LEN),
            nbss::Kind::MESSAGE => return recognise_message(rest, at, session.len),
            nbss::Kind::REQUEST if session.is_control() => {
                return match rest.get(nbss::HEADER_LEN) {
                    Some(32) => Recognised::Yes,
                    Some(_) => Recognised::No,
                    None => Recognised::Need(at.saturating_add(FIRST_LOOK)),
                };
            }
            _ if session.is_control() => return Recognised::Yes,
            _ => return Recognised::No,
        }
    }
    Recognised::No
}

fn recognise_message(rest: &[u8], at: usize, len: u32) -> Recognised {
    let protocol = rest.get(nbss::HEADER_LEN..).unwrap_or_default();
    if !is_plausible_len(len) {
        return Recognised::No;
    }
    let known = [smb2::PROTOCOL_ID, smb1::PROTOCOL_ID, TRANSFORM_ID, COMPRESSION_ID];
    match protocol.first_chunk::<4>() {
        Some(protocol) if known.contains(protocol) => Recognised::Yes,
        None if known.iter().any(|id| id.starts_with(protocol)) => {
            Recognised::Need(at.saturating_add(FIRST_LOOK))
        }
        _ => Recognised::No,
    }
}

/// Where the next session packet with a message starts, for a stream that starts in the middle or has a hole.
///
/// File data may hold the four letters, so the whole header must make sense, and the packet after it too where it is in the slice.
pub fn find(bytes: &[u8]) -> Found {
    let mut at = 0_usize;
    while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() >= FIRST_LOOK) {
        if matches!(rest, [0, _, _, _, 0xfc..=0xff, b'S', b'M', b'B', ..]) {
            match plausible(rest) {
                Some(true) => return Found::At(at),
                Some(false) => {}
                None => return Found::NotBefore(at),
            }
        }
        at = at.saturating_add(1);
    }
    Found::NotBefore(at)
}

/// Whether a session packet at the start of the bytes makes sense; `None` when more bytes are needed to tell.
fn plausible(bytes: &[u8]) -> Option<bool> {
    let session = nbss::header(bytes)?;
    let message = bytes.get(nbss::HEADER_LEN..)?;
    let needed = match message.first()? {
        0xfe => smb2::HEADER_LEN,
        0xff => smb1::HEADER_LEN.saturating_add(1),
        0xfd => TRANSFORM_LEN,
        _ => COMPRESSION_LEN,
    };
    let len = size(session.len);
    if !is_plausible_len(session.len) || len < needed {
        return Some(false);
    }
    let head = message.get(..needed)?;
    let sane = match message.first()? {
        0xfe => smb2::header(head).is_some_and(|header| is_plausible_smb2(&header, session.len)),
        0xff => smb1::header(head).is_some_and(|header| header.is_plausible()) && words_fit(head, len),
        // `Reserved` is zero, `Flags` is 1 (encrypted) and `OriginalMessageSize` no more than what follows.
        0xfd => {
            let original = head.get(36..).and_then(<[u8]>::first_chunk).map(|size| u32::from_le_bytes(*size));
            head.get(40..44) == Some(&[0, 0, 1, 0]) && original.is_some_and(|original| original < session.len)
        }
        // `CompressionAlgorithm` and `Flags` are small numbers.
        _ => matches!(head.get(8..12), Some([0..=5, 0, 0 | 1, 0])),
    };
    let next = message.get(len..).unwrap_or_default();
    Some(sane && next_is_plausible(next))
}

/// The bytes after a packet start another one, as far as they are there.
fn next_is_plausible(next: &[u8]) -> bool {
    recognise(next) != Recognised::No
}

fn is_plausible_smb2(header: &smb2::Header, len: u32) -> bool {
    header.command.0 <= smb2::Command::SERVER_TO_CLIENT_NOTIFICATION.0
        && header.flags.0 & !smb2::Flags::NAMED.0 == 0
        && (header.next_command == 0
            || (header.next_command.is_multiple_of(8) && (64..len).contains(&header.next_command)))
}

/// `WordCount` leaves room for `ByteCount`.
fn words_fit(head: &[u8], len: usize) -> bool {
    head.last().is_some_and(|words| {
        smb1::HEADER_LEN.saturating_add(3).saturating_add(usize::from(*words).saturating_mul(2)) <= len
    })
}

fn is_plausible_len(len: u32) -> bool {
    (16..=MAX_PLAUSIBLE).contains(&len)
}

/// A variable part of a message, found by the offset and length in its fixed part.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Buffer<'a> {
    /// What there is of it.
    pub bytes: &'a [u8],
    /// Whether it ends beyond the message: the capture cut the packet, or the length is wrong.
    pub is_cut: bool,
}

impl fmt::Debug for Buffer<'_> {
    /// A buffer may hold responses to challenges: only its length is printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}{}", Secret::new(self.bytes), if self.is_cut { " cut" } else { "" })
    }
}

impl<'a> Buffer<'a> {
    /// An empty buffer is empty wherever it points.
    pub(crate) fn of(message: &'a [u8], offset: u16, len: u16) -> Self {
        Self::at(message, usize::from(offset), usize::from(len))
    }

    /// The same with offset and length of any width.
    pub(crate) fn at(message: &'a [u8], offset: usize, len: usize) -> Self {
        if len == 0 {
            return Self::default();
        }
        let start = offset.min(message.len());
        let end = offset.saturating_add(len);
        match message.get(start..end) {
            Some(bytes) => Self { bytes, is_cut: false },
            None => Self { bytes: message.get(start..).unwrap_or_default(), is_cut: true },
        }
    }
}

/// The fixed part of a message, or that it is too short. `at` is where `body` starts in the message.
pub(crate) fn fixed<'a, T>(
    read: IResult<&'a [u8], T, ()>,
    field: &'static str,
    at: usize,
    body: &[u8],
) -> Result<(&'a [u8], T), ParseError> {
    read.map_err(|_| ParseError { field, at: at.saturating_add(body.len()), kind: ErrorKind::Truncated })
}

/// How many bytes of a message are given at most: offsets and lengths of those that are read have 16 bits each.
pub const MAX_MESSAGE: usize = 2 * 0x1_0000;
/// What [`front`] asks for at most.
pub const MAX_NEED: usize = MAX_MESSAGE + nbss::HEADER_LEN;
/// What [`recognise`] and [`find`] want to see at most; keep-alives may come first.
const MAX_RECOGNISE: usize = 64;
/// Session header and `ProtocolId`.
const FIRST_LOOK: usize = nbss::HEADER_LEN + 4;
/// Windows reads and writes at most 8 MiB at once; a longer message is not one.
const MAX_PLAUSIBLE: u32 = 0x00a0_0000;
const TRANSFORM_ID: [u8; 4] = [0xfd, b'S', b'M', b'B'];
const TRANSFORM_LEN: usize = 52;
const COMPRESSION_ID: [u8; 4] = [0xfc, b'S', b'M', b'B'];
const COMPRESSION_LEN: usize = 16;

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test code")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STREAMS: [&[u8]; 8] = [
        include_bytes!("../testdata/smb2-client.bin"),
        include_bytes!("../testdata/smb2-server.bin"),
        include_bytes!("../testdata/smb2-reserved-client.bin"),
        include_bytes!("../testdata/smb2-reserved-server.bin"),
        include_bytes!("../testdata/smb1-client.bin"),
        include_bytes!("../testdata/smb1-server.bin"),
        include_bytes!("../testdata/smb1-plain-client.bin"),
        include_bytes!("../testdata/smb1-plain-server.bin"),
    ];

    /// What a carrier sees of a stream that arrives in slices: where each item starts, bytes left of its packet, the item.
    fn items(slices: &[&[u8]]) -> Vec<(usize, u32, String)> {
        let (mut seen, mut stream, mut at, mut left) = (Vec::new(), Vec::new(), 0, 0);
        for slice in slices {
            stream.extend_from_slice(slice);
            while at < stream.len() {
                match front(&stream[at..], left) {
                    Front::Item { item, consumed, left: more } => {
                        assert!(consumed > 0);
                        seen.push((at, left, format!("{item:?}")));
                        (at, left) = (at + consumed, more);
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

    /// A session packet with this message.
    fn packet(message: &[u8]) -> Vec<u8> {
        [&u32::try_from(message.len()).unwrap().to_be_bytes()[..], message].concat()
    }

    /// The response header of the first `SESSION_SETUP` in the stream, as another command.
    fn response(command: u16, next: u32) -> Vec<u8> {
        let mut header = STREAMS[1][items(&[STREAMS[1]])[2].0 + 4..][..64].to_vec();
        header[12..14].copy_from_slice(&command.to_le_bytes());
        header[20..24].copy_from_slice(&next.to_le_bytes());
        header
    }

    #[test]
    fn every_stream_is_cut_to_its_last_byte() {
        let counts = STREAMS.map(|stream| {
            assert_eq!(recognise(stream), Recognised::Yes);
            items(&[stream]).len()
        });
        assert_eq!(counts, [14, 14, 40, 40, 7, 7, 10, 10]);
    }

    #[test]
    fn a_large_read_is_skipped_after_its_header() {
        let header = response(8, 0);
        let mut bytes = packet(&vec![0; 1 << 20]);
        bytes.truncate(4);
        bytes.extend_from_slice(&header);
        let Front::Item { item: Item::Smb2 { element: None, .. }, consumed, left: 0 } = front(&bytes, 0)
        else {
            panic!("not skipped");
        };
        assert_eq!(consumed, (1 << 20) + 4);
        assert_eq!(front(&bytes[..67], 0), Front::Need(68));
    }

    #[test]
    fn elements_of_a_compound_come_one_by_one() {
        let mut first = response(8, 4096);
        first.resize(4096, 0);
        let whole = packet(&[first, response(3, 0)].concat());
        let Front::Item { item: Item::Smb2 { element: None, .. }, consumed: 4100, left: 64 } =
            front(&whole[..68], 0)
        else {
            panic!("the first is not skipped");
        };
        let Front::Item { item: Item::Smb2 { element: Some(second), .. }, consumed: 64, left: 0 } =
            front(&whole[4100..], 64)
        else {
            panic!("the second is not read");
        };
        assert_eq!(second.len(), 64);
    }

    #[test]
    fn the_search_finds_the_next_packet_from_any_byte() {
        for stream in STREAMS {
            let starts = items(&[stream]).into_iter().filter(|(_, left, _)| *left == 0);
            let borders: Vec<_> = starts.map(|(at, ..)| at).collect();
            for from in 0..stream.len() {
                let next = borders.iter().find(|border| **border >= from);
                match (find(&stream[from..]), next) {
                    (Found::At(at), Some(next)) => assert_eq!(from + at, *next),
                    (Found::NotBefore(at), None) => assert!(stream.len() - from - at < FIRST_LOOK),
                    (found, next) => panic!("{from}: {found:?} {next:?}"),
                }
            }
        }
    }

    #[test]
    fn four_letters_in_file_data_are_no_packet() {
        let mut bytes = packet(&response(0x50, 0));
        assert_eq!(find(&bytes), Found::NotBefore(bytes.len() - FIRST_LOOK + 1));
        bytes = packet(&response(3, 0));
        assert_eq!(find(&bytes), Found::At(0));
        bytes.extend_from_slice(b"not a packet");
        assert_eq!(find(&bytes), Found::NotBefore(bytes.len() - FIRST_LOOK + 1));
    }

    #[test]
    fn what_a_cut_stream_ends_in_is_given_as_it_is() {
        let (at, ..) = items(&[STREAMS[0]])[2];
        let whole = &STREAMS[0][at..];
        assert_eq!(remainder(&whole[..67], 0), None);
        let Some(Item::Smb2 { header, element: Some(element) }) = remainder(&whole[..100], 0) else {
            panic!("no element");
        };
        assert_eq!(element.len(), 96);
        let Ok(smb2::Message::SessionSetupRequest(request)) = smb2::message(&header, element) else {
            panic!("no request");
        };
        assert!(request.security_buffer.is_cut);
        assert_eq!(request.security_buffer.bytes.len(), 96 - 88);
    }

    #[test]
    fn a_packet_too_short_for_a_message_is_lost_whatever_follows_it() {
        let bytes = b"\0\0\0\x01\xfeSMB";
        for end in 4..=bytes.len() {
            assert_eq!(front(&bytes[..end], 0), Front::Lost);
        }
    }

    proptest! {
        /// However TCP cuts the bytes, the items are the same.
        #[test]
        fn chunking_does_not_change_items(which in 0..STREAMS.len(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8)) {
            let stream = STREAMS[which];
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
            cuts.sort_unstable();
            let mut slices = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([stream.len()]) {
                slices.push(&stream[from..cut]);
                from = cut;
            }
            prop_assert_eq!(items(&slices), items(&[stream]));
        }

        /// Any bytes, and real ones with a changed byte, can be read: no panic, no step of zero, no demand beyond the bound.
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), left in 0..70_u32, which in 0..STREAMS.len(), at in any::<prop::sample::Index>()) {
            let _ = (items(&[&bytes]), find(&bytes), recognise(&bytes), front(&bytes, left), remainder(&bytes, left));
            if let Front::Need(len) = front(&bytes, left) {
                prop_assert!(len > bytes.len());
            }
            let mut stream = STREAMS[which].to_vec();
            let at = at.index(stream.len());
            for (byte, noise) in stream[at..].iter_mut().zip(&bytes) {
                *byte = *noise;
            }
            let _ = (items(&[&stream]), find(&stream));
            if let Some(Item::Smb2 { header, element: Some(element) }) = remainder(&stream[at.saturating_sub(80)..], 500) {
                let _ = smb2::message(&header, element);
            }
            let mut message = STREAMS[4 + which % 4][4..].to_vec();
            let end = message.len().min(400);
            for (byte, noise) in message[at % 90..end].iter_mut().zip(&bytes) {
                *byte = *noise;
            }
            if let Some(header) = smb1::header(&message) {
                prop_assert!(smb1::messages(&header, &message).count() <= message.len());
            }
        }
    }
}
