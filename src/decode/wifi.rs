//! IEEE 802.11 data frames, and the headers that capture tools put before them.

use super::{End, Next, Path, Piece};
use crate::model::{Layer, Undecoded};

/// An 802.11 frame (IEEE 802.11 9.2). Only data frames hold packets.
pub(super) fn wifi<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    frame(piece, 1, path)
}

/// Radiotap: fields in the order of the bits that announce them; only the second one matters here.
pub(super) fn radiotap<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let (&[version, _, l0, l1], _) = piece.chunk::<4>("radiotap")?;
    let header_len = usize::from(u16::from_le_bytes([l0, l1]));
    if version != 0 || header_len < 8 {
        return Err(Undecoded::Malformed("radiotap"));
    }
    let body = piece.skip(header_len, "radiotap")?;
    let flags = radiotap_flags(piece.limited(header_len))?;
    if flags & RADIOTAP_BAD_FCS != 0 {
        return Err(Undecoded::Malformed("wifi"));
    }
    let check_len = if flags & RADIOTAP_FCS == 0 { 0 } else { 4 };
    let alignment = if flags & RADIOTAP_PADDED == 0 { 1 } else { 4 };
    frame(body.limited(body.wire_len().saturating_sub(check_len)), alignment, path)
}

/// Prism or AVS header, which share a link type in old captures. Prism has the byte order of the capturing host.
pub(super) fn prism_or_avs<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let (&[_, _, _, _, l0, l1, l2, l3], _) = piece.chunk::<8>("prism")?;
    let length = [l0, l1, l2, l3];
    let header_len = u32::from_be_bytes(length).min(u32::from_le_bytes(length));
    let header_len = usize::try_from(header_len).unwrap_or(usize::MAX);
    frame(piece.skip(header_len, "prism")?, 1, path)
}

/// The flags field, or 0 where it is absent. It stands after all presence words and the time, which is aligned to 8.
fn radiotap_flags(header: Piece<'_>) -> Result<u8, Undecoded> {
    let mut rest = header.skip(4, "radiotap")?;
    let mut present = None;
    loop {
        let (&word, after) = rest.chunk::<4>("radiotap")?;
        rest = after;
        let word = u32::from_le_bytes(word);
        present.get_or_insert(word);
        if word & RADIOTAP_MORE_WORDS == 0 {
            break;
        }
    }
    let present = present.unwrap_or_default();
    if present & RADIOTAP_HAS_FLAGS == 0 {
        return Ok(0);
    }
    if present & RADIOTAP_HAS_TIME != 0 {
        let misaligned = header.wire_len().saturating_sub(rest.wire_len()) % 8;
        rest = rest.skip(if misaligned == 0 { 8 } else { 12 }, "radiotap")?;
    }
    let (&[flags], _) = rest.chunk::<1>("radiotap")?;
    Ok(flags)
}

fn frame<'a>(piece: Piece<'a>, alignment: usize, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let (&[control, flags], rest) = piece.chunk::<2>("wifi")?;
    if control & VERSION != 0 {
        return Err(Undecoded::Malformed("wifi"));
    }
    if control & TYPE != TYPE_DATA || control & SUBTYPE_NO_DATA != 0 {
        return Ok(Next::End(End::Nothing));
    }
    let (addresses, rest) = addresses(flags, rest)?;
    path.stations(addresses.sender, addresses.receiver);
    path.enter(Layer::Wifi)?;
    if flags & PROTECTED != 0 {
        return Err(Undecoded::Encrypted);
    }
    if flags & MORE_FRAGMENTS != 0 || addresses.fragment != 0 {
        return Err(Undecoded::Fragment);
    }
    let (is_aggregate, rest) = if control & SUBTYPE_QOS == 0 {
        (false, rest)
    } else {
        let (&[qos, _], rest) = rest.chunk::<2>("wifi")?;
        let ht_control = if flags & ORDER == 0 { 0 } else { 4 };
        (qos & QOS_AGGREGATE != 0, rest.skip(ht_control, "wifi")?)
    };
    let header_len = piece.wire_len().saturating_sub(rest.wire_len());
    let padding = header_len.next_multiple_of(alignment).saturating_sub(header_len);
    let rest = rest.skip(padding, "wifi")?;
    if is_aggregate { first_of_aggregate(rest, path) } else { Ok(Next::Llc(rest)) }
}

struct Addresses {
    sender: [u8; 6],
    receiver: [u8; 6],
    fragment: u8,
}

/// Which of the addresses are the stations', by the direction to or from the distribution system (IEEE 802.11 9.3.2.1).
fn addresses(flags: u8, rest: Piece<'_>) -> Result<(Addresses, Piece<'_>), Undecoded> {
    let (_, rest) = rest.chunk::<2>("wifi")?;
    let (&first, rest) = rest.chunk::<6>("wifi")?;
    let (&second, rest) = rest.chunk::<6>("wifi")?;
    let (&third, rest) = rest.chunk::<6>("wifi")?;
    let (&[sequence, _], rest) = rest.chunk::<2>("wifi")?;
    let fragment = sequence & 0x0f;
    let addresses = match flags & (TO_DS | FROM_DS) {
        0 => Addresses { sender: second, receiver: first, fragment },
        TO_DS => Addresses { sender: second, receiver: third, fragment },
        FROM_DS => Addresses { sender: third, receiver: first, fragment },
        _ => {
            let (&fourth, rest) = rest.chunk::<6>("wifi")?;
            return Ok((Addresses { sender: fourth, receiver: third, fragment }, rest));
        }
    };
    Ok((addresses, rest))
}

/// The first packet of an A-MSDU (IEEE 802.11 9.3.2.2.2): addresses of its own, a length, LLC.
fn first_of_aggregate<'a>(piece: Piece<'a>, path: &mut Path) -> Result<Next<'a>, Undecoded> {
    let (&[.., l0, l1], rest) = piece.chunk::<14>("a-msdu")?;
    let length = usize::from(u16::from_be_bytes([l0, l1]));
    path.aggregated = rest.wire_len() > length.next_multiple_of(4).saturating_add(14);
    Ok(Next::Llc(rest.limited(length)))
}

const VERSION: u8 = 0x03;
const TYPE: u8 = 0x0c;
const TYPE_DATA: u8 = 0x08;
const SUBTYPE_NO_DATA: u8 = 0x40;
const SUBTYPE_QOS: u8 = 0x80;
const QOS_AGGREGATE: u8 = 0x80;

const TO_DS: u8 = 0x01;
const FROM_DS: u8 = 0x02;
const MORE_FRAGMENTS: u8 = 0x04;
const PROTECTED: u8 = 0x40;
const ORDER: u8 = 0x80;

const RADIOTAP_HAS_TIME: u32 = 0x1;
const RADIOTAP_HAS_FLAGS: u32 = 0x2;
const RADIOTAP_MORE_WORDS: u32 = 0x8000_0000;
const RADIOTAP_FCS: u8 = 0x10;
const RADIOTAP_PADDED: u8 = 0x20;
const RADIOTAP_BAD_FCS: u8 = 0x40;
