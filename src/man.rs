//! Manual pages and completion scripts, made from the definitions of the command line.

use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;

/// Writes the manual page of the program, followed by those of its commands.
///
/// # Errors
/// What writing to `out` gives.
pub fn page(out: &mut dyn Write) -> io::Result<()> {
    let mut program = Cli::command();
    program.build();
    clap_mangen::Man::new(program.clone()).render(out)?;
    program.get_subcommands().try_for_each(|command| clap_mangen::Man::new(command.clone()).render(out))
}

/// Writes one page for the program and one for each command into a folder.
///
/// # Errors
/// A page cannot be written there.
pub fn pages(folder: &Path) -> io::Result<()> {
    clap_mangen::generate_to(Cli::command(), folder)
}

/// Writes the completion script for a shell.
///
/// # Errors
/// What writing to `out` gives.
pub fn completions(shell: Shell, out: &mut dyn Write) -> io::Result<()> {
    // The generator panics where it cannot write, so it writes to memory.
    let mut script = Vec::new();
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, name, &mut script);
    out.write_all(&script)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn the_page_describes_every_command_and_its_options() {
        let mut out = Vec::new();
        page(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        for word in [
            "analyze",
            "schema",
            "explain",
            "completions",
            "man",
            "memory",
            "workers",
            "filter",
            "Exit status",
        ] {
            assert!(text.contains(word), "{word}");
        }
    }

    #[test]
    fn every_command_gets_a_page() {
        let folder = tempfile::tempdir().unwrap();
        pages(folder.path()).unwrap();
        for name in ["", "-analyze", "-schema", "-explain", "-completions", "-man"] {
            assert!(folder.path().join(format!("ntlmscope{name}.1")).is_file(), "{name}");
        }
    }

    #[test]
    fn every_shell_gets_a_script() {
        for shell in Shell::value_variants() {
            let mut out = Vec::new();
            completions(*shell, &mut out).unwrap();
            assert!(String::from_utf8(out).unwrap().contains("analyze"), "{shell}");
        }
    }
}
