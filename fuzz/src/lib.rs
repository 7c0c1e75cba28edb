//! What the fuzz targets call: the oracles that the tests call too.

#[path = "../../tests/support/oracle.rs"]
mod oracle;
#[path = "../../tests/support/run.rs"]
mod run;

/// Plays the oracle of this name.
///
/// # Panics
/// Where the bytes break what must hold, and where there is no such oracle.
pub fn check(target: &str, bytes: &[u8]) {
    let (_, oracle) = oracle::TARGETS.iter().find(|(name, _)| *name == target).unwrap();
    oracle(bytes);
}
