//! A bar on standard error for work that takes a while. The only place that reads the wall clock.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How much has been read. It shows nothing in the first second, and nothing at all where standard error is no terminal.
pub struct Progress {
    total: Option<u64>,
    state: State,
}

enum State {
    Off,
    Waiting(Instant),
    Shown(ProgressBar),
}

impl Progress {
    /// Progress towards `total` bytes, where that is known. Where it is not `enabled`, nothing is ever shown.
    pub fn new(total: Option<u64>, enabled: bool) -> Self {
        let wanted = enabled && std::io::stderr().is_terminal();
        Self { total, state: if wanted { State::Waiting(Instant::now()) } else { State::Off } }
    }

    /// Says how many bytes have been read in all. Cheap: call it every few thousand packets.
    pub fn update(&mut self, bytes_read: u64) {
        match &self.state {
            State::Waiting(since) if since.elapsed() >= DELAY => {
                let bar = bar(self.total);
                bar.set_position(bytes_read);
                self.state = State::Shown(bar);
            }
            State::Off | State::Waiting(_) => {}
            State::Shown(bar) => bar.set_position(bytes_read),
        }
    }

    /// Clears the line.
    pub fn finish(self) {
        if let State::Shown(bar) = self.state {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let template = if total.is_some() { KNOWN } else { UNKNOWN };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_style(style)
}

const DELAY: Duration = Duration::from_secs(1);
const KNOWN: &str = "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
const UNKNOWN: &str = "{spinner} {bytes} read, {bytes_per_sec}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown_when_it_is_not_wanted() {
        let mut progress = Progress::new(Some(100), false);
        progress.update(50);
        assert!(matches!(progress.state, State::Off));
        progress.finish();
    }

    #[test]
    fn nothing_is_shown_in_the_first_second() {
        let mut progress = Progress { total: None, state: State::Waiting(Instant::now()) };
        progress.update(50);
        assert!(matches!(progress.state, State::Waiting(_)));
    }

    #[test]
    fn both_templates_are_sound() {
        for template in [KNOWN, UNKNOWN] {
            assert!(ProgressStyle::with_template(template).is_ok());
        }
    }
}
