//! What is remembered of single logons until others complete the picture.

use std::collections::BTreeSet;
use std::net::IpAddr;

use smallvec::SmallVec;

use super::Shown;
use crate::bounded::{Lasting, SELDOM};
use crate::model::{Carrier, Evidence, Id, Name};

/// How long, in nanoseconds of capture time.
const REMEMBERED: i64 = 600_000_000_000;

/// A logon that may turn out to be one leg of a relay.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) id: Id,
    pub(super) client: IpAddr,
    pub(super) server: IpAddr,
    pub(super) carrier: Carrier,
    pub(super) resource: Option<Name>,
    pub(super) origins: Option<(u32, u32)>,
    pub(super) shown: Shown,
}

impl Leg {
    /// In words, once they are needed: nearly no logon is relayed.
    pub(super) fn evidence(&self) -> Evidence {
        self.shown.evidence(format!("{} logs on at {}", self.client, self.server))
    }
}

/// Connections on which a server gave one challenge; none are kept once that has been told.
#[derive(Debug, Default)]
pub(super) struct Reuse {
    /// Nearly all challenges are given once.
    pub(super) uses: SmallVec<[Use; 1]>,
    pub(super) told: bool,
}

/// One of them: the other end, and the logon.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) client: (IpAddr, u16),
    pub(super) id: Id,
    pub(super) shown: Shown,
}

/// That a host was told of.
#[derive(Debug)]
pub(super) struct Told;

/// The last name that a host gave its address for.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) name: Name,
    pub(super) by: &'static str,
    pub(super) evidence: Vec<Evidence>,
}

/// Users of a client that were refused.
#[derive(Debug, Default)]
pub(super) struct Failures {
    pub(super) users: BTreeSet<String>,
    pub(super) exchanges: Vec<Id>,
    pub(super) evidence: Vec<Evidence>,
    pub(super) told: bool,
}

/// All are remembered alike.
macro_rules! remembered {
    ($($kept:ty),*) => {$(
        impl Lasting for $kept {
            const SWEEP: i64 = SELDOM;

            fn lasts(&self) -> i64 {
                REMEMBERED
            }
        }
    )*};
}

remembered!(Leg, Reuse, Told, Answered, Failures);
