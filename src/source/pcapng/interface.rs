//! An interface description, and how its time stamps are counted.

use crate::model::{LinkType, Time};
use crate::source::byte_order::ByteOrder;
use crate::source::container::link_type;

/// Interface Description Block (draft-ietf-opsawg-pcapng, 4.2), and what statistics said of it later.
#[derive(Debug)]
pub(super) struct Interface {
    pub(super) link: LinkType,
    /// Most bytes of a packet that were kept; 0 means all.
    pub(super) snap_len: u32,
    /// Decimal digits of a second.
    pub(super) digits: u8,
    /// Packets that it and the system dropped, by its last statistics.
    pub(super) drops: u64,
    resolution: Resolution,
    /// Nanoseconds to add to every time stamp.
    offset: i64,
}

const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;

impl Interface {
    /// Reads the body of a block; `None` where it is too short.
    pub(super) fn read(order: ByteOrder, body: &[u8]) -> Option<Self> {
        let ([k0, k1, _, _, s0, s1, s2, s3], rest) = body.split_first_chunk()?;
        let mut interface = Self {
            link: link_type(order.u16([*k0, *k1])),
            snap_len: order.u32([*s0, *s1, *s2, *s3]),
            digits: 6,
            drops: 0,
            resolution: Resolution::of(6),
            offset: 0,
        };
        for (code, value) in options(order, rest) {
            match (code, value) {
                (IF_TSRESOL, [unit, ..]) => {
                    interface.resolution = Resolution::of(*unit);
                    interface.digits = digits(*unit);
                }
                (IF_TSOFFSET, value) => {
                    let seconds = value.first_chunk().map_or(0, |value| order.u64(*value).cast_signed());
                    interface.offset = seconds.saturating_mul(1_000_000_000);
                }
                _ => {}
            }
        }
        Some(interface)
    }

    /// The time of a stamp.
    #[inline]
    pub(super) fn time(&self, high: u32, low: u32) -> Time {
        let ticks = u64::from(high) << 32 | u64::from(low);
        Time(self.resolution.nanoseconds(ticks).saturating_add(self.offset))
    }
}

/// Length of a tick (4.2, `if_tsresol`).
#[derive(Clone, Copy, Debug)]
enum Resolution {
    /// So many nanoseconds.
    Times(u64),
    /// So many ticks to a nanosecond; none where not even all ticks make one.
    Parts(Option<u64>),
    /// Two to this power of ticks to a second.
    Binary(u32),
}

impl Resolution {
    fn of(unit: u8) -> Self {
        let power = u32::from(unit & 0x7f);
        if unit & 0x80 != 0 {
            return Self::Binary(power);
        }
        match 9_u32.checked_sub(power) {
            Some(less) => Self::Times(10_u64.saturating_pow(less)),
            None => Self::Parts(10_u64.checked_pow(power.saturating_sub(9))),
        }
    }

    #[inline]
    fn nanoseconds(self, ticks: u64) -> i64 {
        let time = match self {
            Self::Times(nanoseconds) => ticks.saturating_mul(nanoseconds),
            Self::Parts(parts) => parts.and_then(|parts| ticks.checked_div(parts)).unwrap_or(0),
            Self::Binary(power) => {
                // 64 and 30 bits: the product has room.
                let scaled = u128::from(ticks).saturating_mul(1_000_000_000).checked_shr(power).unwrap_or(0);
                u64::try_from(scaled).unwrap_or(u64::MAX)
            }
        };
        i64::try_from(time).unwrap_or(i64::MAX)
    }
}

/// Digits that tell two ticks apart, no more than nanoseconds have. Ten bits are worth three digits.
fn digits(unit: u8) -> u8 {
    let power = unit & 0x7f;
    let digits = if unit & 0x80 == 0 { power } else { power.min(30).saturating_mul(3).div_ceil(10) };
    digits.min(9)
}

/// Options of a block (3.5). Ends at one that the block cuts.
pub(super) fn options(order: ByteOrder, bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let ([c0, c1, l0, l1], after) = rest.split_first_chunk()?;
        let (code, len) = (order.u16([*c0, *c1]), usize::from(order.u16([*l0, *l1])));
        let value = after.get(..len).filter(|_| code != 0)?;
        rest = after.get(len.next_multiple_of(4)..).unwrap_or_default();
        Some((code, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_has_the_length_that_the_resolution_says() {
        let table = [
            (6, 1_500_000, 1_500_000_000, 6),
            (9, 1_500_000_000, 1_500_000_000, 9),
            (0, 3, 3_000_000_000, 0),
            (3, 1500, 1_500_000_000, 3),
            (12, 1_500_000_000_000, 1_500_000_000, 9),
            (0x7f, u64::MAX, 0, 9),
            (0x8a, 1536, 1_500_000_000, 3),
            (0x94, 3 << 19, 1_500_000_000, 6),
            (0xa0, 3 << 31, 1_500_000_000, 9),
            (0xff, u64::MAX, 0, 9),
            (6, u64::MAX, i64::MAX, 6),
            (0x80, u64::MAX, i64::MAX, 0),
        ];
        for (unit, ticks, nanoseconds, places) in table {
            assert_eq!(Resolution::of(unit).nanoseconds(ticks), nanoseconds, "unit {unit:#x}");
            assert_eq!(digits(unit), places, "unit {unit:#x}");
        }
    }
}
