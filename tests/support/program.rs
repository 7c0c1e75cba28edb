//! The program as a user runs it.

use assert_cmd::Command;

use crate::samples::folder;

/// The program, in the folder of the samples and without what the environment may say.
pub(crate) fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ntlmscope"));
    program.current_dir(folder()).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    program
}

/// The JSON lines of some captures of the samples, which are all read to their end.
pub(crate) fn lines(inputs: &[&str]) -> String {
    let output = program().args(["analyze", "--format", "jsonl"]).args(inputs).output().unwrap();
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{inputs:?}: {trouble}");
    assert!(trouble.is_empty(), "{inputs:?}: {trouble}");
    String::from_utf8(output.stdout).unwrap()
}
