//! The oracle of the same name in `tests/support/oracle.rs`, on bytes that a fuzzer makes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ntlmscope_fuzz::check("quic", bytes));
