//! The sequence numbers of SYNs, so that a connection is known from its first byte on though it gets state only with its first
//! payload.

use super::Origins;
use crate::model::Direction;

/// How many connections are remembered. A newer one takes the place of an older one, whose start is then not known.
const PLACES: usize = 1024;

/// The SYNs seen last: a table without chains, for scans bring SYNs by the million. Connections are told apart by a hash of their
/// keys, which has to be the same on every run: which SYN takes whose place must not change from run to run.
#[derive(Debug, Default)]
pub struct Openings {
    places: Vec<Opening>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Opening {
    tag: u64,
    origins: Origins,
}

impl Openings {
    /// Notes a SYN.
    pub fn note(&mut self, hash: u64, direction: Direction, sequence: u32) {
        if self.places.is_empty() {
            self.places = vec![Opening::default(); PLACES];
        }
        let tag = tag(hash);
        let Some(opening) = self.place(tag) else { return };
        if opening.tag != tag {
            *opening = Opening { tag, origins: Origins::default() };
        }
        let first = Some(sequence.wrapping_add(1));
        match direction {
            Direction::Up => opening.origins.up = first,
            Direction::Down => opening.origins.down = first,
        }
    }

    /// What the SYNs of a connection said, as far as it is remembered.
    pub fn take(&mut self, hash: u64) -> Origins {
        let tag = tag(hash);
        let opening = self.place(tag).filter(|opening| opening.tag == tag);
        opening.map(std::mem::take).map(|opening| opening.origins).unwrap_or_default()
    }

    fn place(&mut self, tag: u64) -> Option<&mut Opening> {
        let at = usize::try_from(tag).unwrap_or_default().checked_rem(PLACES)?;
        self.places.get_mut(at)
    }
}

/// Never zero, as a place is that nothing was noted in.
fn tag(hash: u64) -> u64 {
    hash | 1 << 63
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_connections_as_there_are_places_are_remembered() {
        let mut openings = Openings::default();
        let hashes = 0..u64::try_from(PLACES).unwrap();
        for hash in hashes.clone() {
            openings.note(hash, Direction::Up, 6);
        }
        for hash in hashes {
            assert_eq!(openings.take(hash).up, Some(7));
            assert_eq!(openings.take(hash).up, None, "it was taken");
        }
    }
}
