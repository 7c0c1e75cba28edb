//! The command line: types and their words, and nothing that touches the world. Further commands (`live`, `check`)
//! get an arm in [`Command`] each.

use std::path::PathBuf;

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum, ValueHint, value_parser};
use clap_complete::Shell;

/// Says which authentications in network packets are NTLM, and who uses it
///
/// ntlmscope reads packets and says for every authentication who, from where, to what, over which protocol, with which
/// mechanism and version, and how it ended. It reads captures only; it sends nothing.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, disable_help_subcommand = true, after_long_help = EXIT_STATUS)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read captures and list the authentications in them
    ///
    /// The result is a table for people, or one JSON object a line for programs.
    #[command(after_long_help = ANALYZE_AFTER, arg_required_else_help = true)]
    Analyze(Analyze),
    /// Print the JSON Schema of a line of output
    ///
    /// It describes what `ntlmscope analyze --format jsonl` writes, as a JSON Schema of draft 2020-12.
    Schema,
    /// Print what an id in a record means, and what to do
    ///
    /// Reasons, changes, risks, alerts and Windows events have a page each. Without an id, all ids are listed.
    Explain {
        /// A reason, change, risk, alert or event
        ///
        /// It is written as in a record: target-ip, or 7, its number in event 4020; fix-use-name; no-mic; ntlm-relay; 8001.
        id: Option<String>,
    },
    /// Print a completion script for a shell
    ///
    /// The script lets the shell complete commands and options. The shell's manual says where to put it.
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page
    ///
    /// The page of the program is followed by those of its commands.
    Man {
        /// Write one page a command into this folder
        ///
        /// The files are called ntlmscope.1, ntlmscope-analyze.1 and so on. The folder must exist.
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
}

/// The arguments of `analyze`.
#[derive(Debug, Args)]
pub struct Analyze {
    /// Capture files, folders of them, or - for standard input
    ///
    /// Captures are pcap or pcapng, also compressed. All inputs are read as one capture: an exchange may start in one file
    /// and end in another.
    #[arg(required = true, value_name = "INPUT", value_hint = ValueHint::AnyPath)]
    pub inputs: Vec<PathBuf>,

    /// Keep only the packets that match a libpcap filter
    ///
    /// The expression is written as for tcpdump: "host 10.0.0.5 and tcp port 445". An exchange whose packets are filtered
    /// out is not seen.
    #[arg(short, long, value_name = "BPF", help_heading = "Input")]
    pub filter: Option<String>,

    /// table, or jsonl for programs
    ///
    /// A table is a summary for people. jsonl is one JSON object a line, which `ntlmscope schema` describes.
    #[arg(
        long,
        value_enum,
        default_value_t = Format::Table,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub format: Format,

    /// Write to a file and not to standard output
    ///
    /// The file appears when everything is in it: it is written under another name in the same folder and renamed at the
    /// end. If something goes wrong, the old file stays. A device or a named pipe is written directly.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Colours: auto, always or never
    ///
    /// With auto the table has colours on a terminal, unless `NO_COLOR` is set in the environment.
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value_t = ColorChoice::Auto,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub color: ColorChoice,

    /// Show no progress and no notes
    ///
    /// Errors are still written to standard error.
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,

    /// Put this name into every record
    ///
    /// Records from several places can then be told apart by the key "sensor".
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub sensor: Option<String>,

    /// Threads that read connections, 1 to 64
    ///
    /// The output is the same with any number of them. More than one helps where the disk is faster than one core.
    #[arg(
        short,
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = value_parser!(u8).range(1..=64),
        help_heading = "Resources"
    )]
    pub workers: u8,

    /// Memory for open connections
    ///
    /// An upper bound, such as 64MiB, 2G or a number of bytes; K, M and G count in 1024, KB, MB and GB in 1000. Where more
    /// is needed, connections are forgotten early and counted.
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "256MiB",
        value_parser = size,
        help_heading = "Resources"
    )]
    pub memory: u64,
}

/// How the result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A summary for people.
    Table,
    /// One JSON object a line.
    Jsonl,
}

/// A number of bytes with a unit.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).unwrap_or((text, ""));
    let scale = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return Err("expected a size such as 64MiB or 2G".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "expected a size such as 64MiB or 2G".to_owned())?;
    match number.checked_mul(scale) {
        Some(bytes) if bytes >= MIN_MEMORY => Ok(bytes),
        Some(_) => Err("at least 1MiB is needed".to_owned()),
        None => Err("more than any machine has".to_owned()),
    }
}

const MIN_MEMORY: u64 = 1 << 20;

const EXIT_STATUS: &str = "\
Exit status:
  0  Done.
  1  Kept for findings of a later command; not used by the present ones.
  2  An input could not be read, or not to its end, or the usage is wrong.
     The other inputs have been read all the same.";

const ANALYZE_AFTER: &str = "\
Exit status:
  0  Done.
  2  An input could not be read, or not to its end, or the usage is wrong.
     The other inputs have been read all the same.

Examples:
  Who still uses NTLM in these captures?
    ntlmscope analyze traces/
  The same for a program to read, in a file:
    ntlmscope analyze --format jsonl -o logons.jsonl trace.pcapng
  One client only:
    ntlmscope analyze -f 'host 10.0.0.5' trace.pcapng
  While tcpdump is recording:
    tcpdump -i eth1 -w - | ntlmscope analyze -
  Failed NTLM logons, with jq:
    ntlmscope analyze --format jsonl trace.pcap |
      jq 'select(.mechanism == \"ntlm\" and .outcome.result == \"failure\")'";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(arguments: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(["ntlmscope"].iter().chain(arguments))
    }

    fn analyze(arguments: &[&str]) -> Analyze {
        let arguments: Vec<_> = ["analyze"].iter().chain(arguments).copied().collect();
        match parse(&arguments).unwrap().command {
            Command::Analyze(analyze) => analyze,
            other => panic!("{other:?}"),
        }
    }

    /// Help of the program and of each of its commands at 80 columns, short or long.
    fn helps(long: bool) -> Vec<String> {
        let mut command = Cli::command().term_width(80);
        command.build();
        let mut all: Vec<_> = command.get_subcommands().cloned().collect();
        all.push(command);
        all.into_iter()
            .map(|mut command| if long { command.render_long_help() } else { command.render_help() })
            .map(|help| help.to_string())
            .collect()
    }

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_fits_80_columns() {
        for help in helps(false).into_iter().chain(helps(true)) {
            for line in help.lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }

    #[test]
    fn short_help_is_one_line_an_option() {
        for help in helps(false) {
            for line in help.lines().filter(|line| line.starts_with(' ')) {
                let text = line.trim_start();
                let column = line.len() - text.len();
                assert!(column <= 6, "a wrapped line: {line}");
            }
        }
    }

    #[test]
    fn everything_has_a_short_and_a_long_help() {
        for command in Cli::command().get_subcommands() {
            assert!(command.get_about().is_some() && command.get_long_about().is_some(), "{command}");
            for argument in command.get_arguments() {
                let help = argument.get_help().unwrap().to_string();
                assert!(!help.ends_with('.'), "{help}");
            }
        }
    }

    #[test]
    fn long_help_lists_exit_statuses_and_ends_with_examples() {
        let mut command = Cli::command();
        assert!(command.render_long_help().to_string().contains("Exit status:\n  0"));
        let analyze = command.find_subcommand_mut("analyze").unwrap().render_long_help().to_string();
        let [status, examples] = ["Exit status:", "Examples:"].map(|title| analyze.find(title).unwrap());
        assert!(status < examples);
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let analyze = analyze(&["a.pcap"]);
        assert_eq!(analyze.format, Format::Table);
        assert_eq!((analyze.workers, analyze.memory), (1, 256 << 20));
        assert_eq!((analyze.color, analyze.quiet), (ColorChoice::Auto, false));
        assert_eq!((analyze.output, analyze.filter, analyze.sensor), (None, None, None));
    }

    #[test]
    fn inputs_keep_their_order_and_a_dash_is_one() {
        let analyze = analyze(&["b.pcap", "-", "a", "-w", "8", "-f", "tcp port 445", "-q", "-o", "x"]);
        assert_eq!(analyze.inputs, ["b.pcap", "-", "a"].map(PathBuf::from));
        assert_eq!((analyze.workers, analyze.quiet), (8, true));
        assert_eq!(analyze.filter.as_deref(), Some("tcp port 445"));
        assert_eq!(analyze.output, Some("x".into()));
    }

    #[test]
    fn wrong_usage_has_exit_status_2() {
        let wrong: [&[&str]; 8] = [
            &[],
            &["analyze"],
            &["analyze", "a", "-w", "0"],
            &["analyze", "a", "-w", "65"],
            &["analyze", "a", "--format", "xml"],
            &["analyze", "a", "--memory", "lots"],
            &["completions"],
            &["live"],
        ];
        for arguments in wrong {
            assert_eq!(parse(arguments).unwrap_err().exit_code(), 2, "{arguments:?}");
        }
        assert_eq!(parse(&["--version"]).unwrap_err().exit_code(), 0);
    }

    #[test]
    fn sizes_have_units() {
        let right: [(&str, u64); 10] = [
            ("1048576", 1 << 20),
            ("1048576b", 1 << 20),
            ("1024k", 1 << 20),
            ("64MiB", 64 << 20),
            ("64 MiB", 64 << 20),
            ("64m", 64 << 20),
            ("64MB", 64_000_000),
            ("2G", 2 << 30),
            ("2gib", 2 << 30),
            ("2GB", 2_000_000_000),
        ];
        for (text, bytes) in right {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in [
            "",
            "MiB",
            "-1",
            "1.5G",
            "64QiB",
            "64MiB!",
            "1",
            "18446744073709551615G",
            "६४M",
            "99999999999999999999",
        ] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
