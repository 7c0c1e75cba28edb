//! The identity of an exchange: the same packets give the same one on every run, on every machine and in whatever file.

use std::hash::Hash as _;

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use crate::model::{Direction, FlowKey, Id, Time};

/// The identity of the `number`th exchange of its kind that a flow began, at this time.
pub(super) fn identity(kind: &str, key: &FlowKey, began: Time, number: u32) -> Id {
    let mut hasher = SipHasher13::new();
    // What goes in decides what identities are: it does not follow how a key is laid out.
    let [low, high] = [Direction::Up, Direction::Down].map(|direction| key.sender(direction));
    (kind, low, high, key.protocol, began, number).hash(&mut hasher);
    Id(hasher.finish128().as_u128())
}
