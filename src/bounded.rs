//! The one map here: it never grows beyond its cap, and forgets what capture time has passed by.
//!
//! What it does depends on its keys' order of arrival and on capture time alone, never on the hash, so that two runs over the
//! same packets forget the same entries. The hash is seeded: keys come from the wire, and nobody may aim them at one bucket.

use std::collections::HashMap;
use std::hash::Hash;

use crate::model::Time;

/// How many of the oldest-looking neighbours are compared when a full map must let go of one.
const CANDIDATES: usize = 16;
/// How often expired entries are looked for, in nanoseconds of capture time, where they last for minutes.
const SWEEP: i64 = 4_000_000_000;
/// The same, where they last for many minutes.
pub const SELDOM: i64 = 30_000_000_000;

/// Tells when it is time to look for what has expired, so that this may be asked for every packet: the next time.
#[derive(Debug)]
pub struct Sweep(Time);

impl Default for Sweep {
    fn default() -> Self {
        Self(Time(i64::MIN))
    }
}

impl Sweep {
    /// True once every few seconds of capture time.
    pub fn is_due(&mut self, now: Time) -> bool {
        self.is_due_every(SWEEP, now)
    }

    fn is_due_every(&mut self, period: i64, now: Time) -> bool {
        let due = now >= self.0;
        if due {
            self.0 = Time(now.0.saturating_add(period));
        }
        due
    }
}

/// What is kept in a [`Bounded`].
pub trait Lasting {
    /// How often expired ones are looked for, in nanoseconds of capture time. Each look goes through all entries: where they are many and
    /// last for long, it should be seldom.
    const SWEEP: i64 = SWEEP;

    /// How long it is kept after its last use, in nanoseconds of capture time. What lasts shorter leaves a full map first.
    fn lasts(&self) -> i64;
}

/// A map with a cap on its entries, which expire when they have not been used for long.
#[derive(Debug)]
pub struct Bounded<K, V> {
    index: HashMap<K, usize, foldhash::fast::RandomState>,
    slots: Vec<Slot<K, V>>,
    free: Vec<usize>,
    cap: usize,
    hand: usize,
    sweep: Sweep,
}

#[derive(Debug)]
struct Slot<K, V> {
    used: Time,
    entry: Option<(K, V)>,
}

/// What [`Bounded::get_or_insert`] did.
#[derive(Debug)]
pub struct Inserted<'a, K, V> {
    /// The value under the key.
    pub value: &'a mut V,
    /// True where it was not there before.
    pub new: bool,
    /// What had to leave to make room.
    pub evicted: Option<(K, V)>,
}

impl<K: Hash + Eq + Copy, V: Lasting> Bounded<K, V> {
    /// An empty map for at most `cap` entries (at least 1).
    pub fn new(cap: usize) -> Self {
        Self {
            index: HashMap::default(),
            slots: Vec::new(),
            free: Vec::new(),
            cap: cap.max(1),
            hand: 0,
            sweep: Sweep::default(),
        }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The value under a key, without counting as a use.
    pub fn get(&self, key: &K) -> Option<&V> {
        let slot = self.slots.get(*self.index.get(key)?)?;
        slot.entry.as_ref().map(|(_, value)| value)
    }

    /// The value under a key, which counts as used now.
    pub fn get_mut(&mut self, key: &K, now: Time) -> Option<&mut V> {
        let slot = self.slots.get_mut(*self.index.get(key)?)?;
        slot.used = slot.used.max(now);
        slot.entry.as_mut().map(|(_, value)| value)
    }

    /// The value under a key, made now if there is none. A full map lets go of an entry that would expire soon.
    pub fn get_or_insert(
        &mut self,
        key: K,
        now: Time,
        make: impl FnOnce() -> V,
    ) -> Option<Inserted<'_, K, V>> {
        let known = self.index.get(&key).copied();
        let (at, evicted) = known.map_or_else(|| self.insert(key, now, make()), |at| (at, None));
        let new = known.is_none();
        let slot = self.slots.get_mut(at)?;
        slot.used = slot.used.max(now);
        let (_, value) = slot.entry.as_mut()?;
        Some(Inserted { value, new, evicted })
    }

    /// Adds a value under a key that is not there; says in which slot it is, and what had to leave for it.
    fn insert(&mut self, key: K, now: Time, value: V) -> (usize, Option<(K, V)>) {
        let evicted = if self.index.len() >= self.cap { self.evict() } else { None };
        let slot = Slot { used: now, entry: Some((key, value)) };
        let at = self.free.pop().unwrap_or(self.slots.len());
        match self.slots.get_mut(at) {
            Some(free) => *free = slot,
            None => self.slots.push(slot),
        }
        self.index.insert(key, at);
        (at, evicted)
    }

    /// Takes the value under a key out of the map.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.index.remove(key)?;
        self.free.push(at);
        self.slots.get_mut(at)?.entry.take().map(|(_, value)| value)
    }

    /// Hands out every entry that has expired, in the order of its slot. Looks at the entries every few seconds of capture
    /// time, so it may be called for every packet.
    pub fn expire(&mut self, now: Time, mut expired: impl FnMut(K, V)) {
        if !self.sweep.is_due_every(V::SWEEP, now) {
            return;
        }
        for (at, slot) in self.slots.iter_mut().enumerate() {
            if slot.until().is_some_and(|until| until < now)
                && let Some((key, value)) = slot.entry.take()
            {
                self.index.remove(&key);
                self.free.push(at);
                expired(key, value);
            }
        }
        if self.index.is_empty() {
            self.slots.clear();
            self.free.clear();
        }
    }

    /// Hands out every entry, in the order of its slot, and leaves the map empty.
    pub fn drain(&mut self, mut each: impl FnMut(K, V)) {
        self.index.clear();
        self.free.clear();
        for (key, value) in self.slots.drain(..).filter_map(|slot| slot.entry) {
            each(key, value);
        }
    }

    /// Takes out that of the next few entries which would expire first.
    fn evict(&mut self) -> Option<(K, V)> {
        let size = self.slots.len();
        let mut victim: Option<(Time, usize)> = None;
        for step in 0..CANDIDATES.min(size) {
            let at = self.hand.wrapping_add(step).checked_rem(size)?;
            if let Some(until) = self.slots.get(at).and_then(Slot::until)
                && victim.is_none_or(|(first, _)| until < first)
            {
                victim = Some((until, at));
            }
        }
        self.hand = self.hand.wrapping_add(CANDIDATES).checked_rem(size)?;
        let (_, at) = victim?;
        let (key, value) = self.slots.get_mut(at)?.entry.take()?;
        self.index.remove(&key);
        self.free.push(at);
        Some((key, value))
    }
}

impl<K, V: Lasting> Slot<K, V> {
    /// When its entry expires.
    fn until(&self) -> Option<Time> {
        self.entry.as_ref().map(|(_, value)| Time(self.used.0.saturating_add(value.lasts())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: i64 = 60_000_000_000;

    impl Lasting for u32 {
        fn lasts(&self) -> i64 {
            MINUTE
        }
    }

    fn keys(map: &mut Bounded<u32, u32>) -> Vec<u32> {
        let mut all = Vec::new();
        map.drain(|key, _| all.push(key));
        all
    }

    #[test]
    fn an_idle_entry_expires_and_a_used_one_stays() {
        let mut map = Bounded::new(10);
        for key in [1, 2] {
            map.get_or_insert(key, Time(0), || key);
        }
        map.get_mut(&2, Time(MINUTE));
        let mut gone = Vec::new();
        map.expire(Time(MINUTE + 1), |key, _| gone.push(key));
        assert_eq!(gone, [1]);
        assert_eq!(keys(&mut map), [2]);
    }

    #[test]
    fn a_full_map_lets_go_of_what_would_expire_first() {
        let mut map = Bounded::new(3);
        for key in [1, 2, 3] {
            map.get_or_insert(key, Time(i64::from(key)), || key);
        }
        map.get_mut(&1, Time(9));
        let evicted = map.get_or_insert(4, Time(10), || 4).and_then(|inserted| inserted.evicted);
        assert_eq!(evicted, Some((2, 2)));
    }

    #[test]
    fn time_that_goes_backwards_expires_nothing_early() {
        let mut map = Bounded::new(3);
        map.get_or_insert(1, Time(1000), || 1);
        map.get_mut(&1, Time(-5000));
        map.expire(Time(MINUTE), |_, _| panic!("nothing is idle"));
    }

    proptest! {
        /// It never holds more than its cap, and holds what a plain map of the same inserts would, or has said it let go.
        #[test]
        fn nothing_is_lost_silently(cap in 1_usize..20, inserts in prop::collection::vec(0_u32..40, 0..200)) {
            let mut map = Bounded::new(cap);
            let mut model = std::collections::BTreeSet::new();
            for (time, key) in inserts.into_iter().enumerate() {
                let now = Time(i64::try_from(time).unwrap());
                if let Some((gone, _)) = map.get_or_insert(key, now, || key).unwrap().evicted {
                    prop_assert!(model.remove(&gone));
                }
                model.insert(key);
                prop_assert!(map.len() <= cap);
            }
            let mut left = keys(&mut map);
            left.sort_unstable();
            prop_assert_eq!(left, model.into_iter().collect::<Vec<_>>());
        }
    }
}
