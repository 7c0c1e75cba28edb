//! Numbers that a record holds as they were sent, and prints by their names.

use ntlmscope_parsers::krb5::KdcOptions;
use ntlmscope_parsers::ntlmssp::Flags;
use serde::Serializer;

use super::record::Word;

/// The name of each number, or the number where it has none.
pub(super) fn of_each<T: Copy + Into<Word>, S: Serializer>(numbers: &[T], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(numbers.iter().map(|number| -> Word { (*number).into() }))
}

/// The names of the flags that are set.
#[expect(clippy::trivially_copy_pass_by_ref, clippy::ref_option, reason = "serde calls it so")]
pub(super) fn of_flags<S: Serializer>(flags: &Option<Flags>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(flags.iter().flat_map(|flags| flags.names()))
}

/// The names of the options that are set.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(super) fn of_options<S: Serializer>(options: &KdcOptions, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(options.names())
}

/// True where no option with a name is set.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(super) fn has_no_option(options: &KdcOptions) -> bool {
    options.names().next().is_none()
}
