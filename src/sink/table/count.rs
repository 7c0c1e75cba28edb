//! Counting by key, in bounded memory.

use std::collections::BTreeMap;

/// How often each key was met. Once there are [`MAX_KEYS`] keys, new ones are counted together.
#[derive(Debug)]
pub(super) struct Counts<K> {
    by_key: BTreeMap<K, u64>,
    uncounted: u64,
}

impl<K: Ord> Default for Counts<K> {
    fn default() -> Self {
        Self { by_key: BTreeMap::new(), uncounted: 0 }
    }
}

impl<K: Ord> Counts<K> {
    /// Counts `key` once more.
    pub(super) fn add(&mut self, key: K) {
        let room = self.by_key.len() < MAX_KEYS;
        match self.by_key.get_mut(&key) {
            Some(count) => *count = count.saturating_add(1),
            None if room => drop(self.by_key.insert(key, 1)),
            None => self.uncounted = self.uncounted.saturating_add(1),
        }
    }

    /// How often it was added to, all keys together.
    pub(super) fn total(&self) -> u64 {
        self.by_key.values().fold(self.uncounted, |sum, &count| sum.saturating_add(count))
    }

    /// The keys by `rank`, those of the same rank by count, the highest first, and then in their own order.
    pub(super) fn ranked<R: Ord>(&self, rank: impl Fn(&K) -> R) -> Vec<(&K, u64)> {
        let mut keys: Vec<_> = self.by_key.iter().map(|(key, &count)| (key, count)).collect();
        keys.sort_by_key(|&(key, count)| (rank(key), std::cmp::Reverse(count)));
        keys
    }

    /// How often keys were met that came when there was no more room.
    pub(super) fn uncounted(&self) -> u64 {
        self.uncounted
    }

    /// True when nothing was counted.
    pub(super) fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}

/// Most keys that are counted apart.
const MAX_KEYS: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_ranked_then_counted_then_ordered() {
        let mut counts = Counts::default();
        for key in ["b", "a", "c", "c", "dd"] {
            counts.add(key);
        }
        assert_eq!(counts.ranked(|key| key.len()), [(&"c", 2), (&"a", 1), (&"b", 1), (&"dd", 1)]);
        assert_eq!(counts.total(), 5);
    }

    #[test]
    fn memory_is_bounded_and_nothing_is_lost() {
        let mut counts = Counts::default();
        (0..MAX_KEYS + 10).for_each(|key| counts.add(key));
        counts.add(0);
        assert_eq!(counts.ranked(|_| ()).len(), MAX_KEYS);
        assert_eq!(counts.ranked(|_| ()).first(), Some(&(&0, 2)));
        assert_eq!(counts.uncounted(), 10);
        assert_eq!(counts.total(), u64::try_from(MAX_KEYS).unwrap() + 11);
    }
}
