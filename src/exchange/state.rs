//! How far a logon has come. Pure: what happened goes in, what to do comes out.

/// How far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing was seen.
    #[default]
    Idle,
    /// Something was seen, and no verdict.
    Open,
    /// The carrier has given its verdict.
    Judged,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happening {
    /// The client sent what only a first message can be.
    FirstToken,
    /// The client sent its proof: no second one belongs to the same logon.
    Proof,
    /// One side sent something else of the logon.
    Token,
    /// It became known what the logon is for.
    Target,
    /// The carrier gave its verdict. `last`: nothing more will be said of the logon.
    Verdict {
        /// Nothing more will be said.
        last: bool,
    },
    /// The carrier said that the logon is over.
    Over,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Take it.
    Take,
    /// What was there is complete as it is; take it as the beginning of another logon.
    Restart,
    /// Take it; then the logon is complete.
    Complete,
    /// It belongs to nothing.
    Ignore,
}

impl Phase {
    /// One step. `proved`: the client has sent its proof.
    pub(super) fn step(self, happening: Happening, proved: bool) -> (Self, Step) {
        match (self, happening) {
            (Self::Idle, Happening::Target | Happening::Verdict { .. } | Happening::Over) => {
                (self, Step::Ignore)
            }
            (Self::Idle, _) => (Self::Open, Step::Take),
            (_, Happening::Proof) if proved => (Self::Open, Step::Restart),
            (_, Happening::FirstToken) | (Self::Judged, Happening::Proof) => (Self::Open, Step::Restart),
            (_, Happening::Verdict { last: true } | Happening::Over) => (Self::Judged, Step::Complete),
            (_, Happening::Verdict { last: false }) => (Self::Judged, Step::Take),
            (Self::Judged, Happening::Target) => (self, Step::Complete),
            (_, Happening::Token | Happening::Target | Happening::Proof) => (self, Step::Take),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Happening::{FirstToken, Over, Proof, Target, Token, Verdict};

    /// How many logons a script makes.
    fn logons(script: &[Happening]) -> usize {
        let (mut phase, mut proved, mut count) = (Phase::default(), false, 0_usize);
        for happening in script {
            let (next, step) = phase.step(*happening, proved);
            phase = next;
            proved = *happening == Proof || (proved && step == Step::Take);
            if matches!(step, Step::Restart | Step::Complete) {
                count = count.saturating_add(1);
            }
            if step == Step::Complete {
                (phase, proved) = (Phase::Idle, false);
            }
        }
        count.saturating_add(usize::from(phase != Phase::Idle))
    }

    #[test]
    fn a_script_makes_as_many_logons_as_it_tells() {
        let granted = Verdict { last: false };
        let refused = Verdict { last: true };
        for (count, script) in [
            (0, vec![Target, refused, Over]),
            (1, vec![FirstToken, Token, Proof, granted, Target]),
            (1, vec![FirstToken, Token, Proof, refused]),
            (1, vec![Token, Proof, granted]),
            (2, vec![FirstToken, Token, Proof, granted, FirstToken, Token, Proof, granted]),
            (2, vec![FirstToken, Token, Proof, Proof]),
            (2, vec![FirstToken, granted, FirstToken]),
            (1, vec![FirstToken, Token, Token, Token, Proof, Token, granted, Over]),
            (2, vec![FirstToken, Token, Proof, granted, Proof]),
        ] {
            assert_eq!(logons(&script), count, "{script:?}");
        }
    }
}
