//! Where one direction of a connection stands.

use ntlmscope_parsers::frame::{Found, Framed};
use ntlmscope_parsers::sasl_line;

/// Where one direction stands.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The bytes may start anywhere in a line.
    lost: bool,
    /// How much of an unfinished line has been searched for its end.
    searched: usize,
    /// The next line goes on with a command that a literal interrupted.
    continued: bool,
    message: Message,
    /// Bytes behind the line that are no lines.
    pub(super) chunk: u64,
}

/// Whether a message that ends with a dot is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Message {
    #[default]
    None,
    /// It has been announced, and nothing of it has been taken.
    Announced {
        /// The server has asked for it.
        wanted: bool,
    },
    Begun {
        wanted: bool,
    },
}

impl Reading {
    /// The next line. A message on the way is skipped.
    pub(super) fn front<'a>(&mut self, bytes: &'a [u8]) -> Framed<'a> {
        if self.lost {
            return match sasl_line::find(bytes) {
                Found::At(end) => {
                    self.lost = false;
                    Framed::Skip(end)
                }
                Found::NotBefore(len) => Framed::Skip(len),
            };
        }
        if self.message != Message::None {
            return self.message(bytes);
        }
        let framed = sasl_line::line(bytes, self.searched);
        self.searched = if matches!(framed, Framed::Need(_)) { bytes.len() } else { 0 };
        framed
    }

    fn message<'a>(&mut self, bytes: &'a [u8]) -> Framed<'a> {
        let framed = sasl_line::dotted(bytes, matches!(self.message, Message::Announced { .. }));
        match (framed, self.message) {
            (Framed::Record { consumed, .. }, _) => {
                self.message = Message::None;
                return Framed::Skip(consumed);
            }
            (Framed::Skip(_), Message::Announced { wanted }) => self.message = Message::Begun { wanted },
            _ => {}
        }
        framed
    }

    /// Notes that the line at hand ends with a literal or not; says whether it goes on with one before.
    pub(super) fn is_continued(&mut self, by_literal: bool) -> bool {
        std::mem::replace(&mut self.continued, by_literal)
    }

    /// The bytes behind the line that are no lines.
    pub(super) fn take_chunk(&mut self) -> u64 {
        std::mem::take(&mut self.chunk)
    }

    /// A message has been announced. It begins at once: in a capture of this direction alone nothing says that it may.
    pub(super) fn begin_message(&mut self) {
        self.message = Message::Announced { wanted: false };
    }

    /// The server has answered while a message was on the way; says whether it still is.
    pub(super) fn answer_message(&mut self, code: u16) -> bool {
        self.message = match (self.message, code) {
            // After the answer to what was sent before it, perhaps a refusal, comes its own.
            (Message::None | Message::Announced { .. }, 335 | 340 | 354) => {
                Message::Announced { wanted: true }
            }
            (Message::Begun { .. }, 335 | 340 | 354) => Message::Begun { wanted: true },
            // The answer to the message: its end was lost.
            (Message::Announced { wanted: true } | Message::Begun { wanted: true }, _) => {
                return self.end_message();
            }
            (_, 400..) => Message::None,
            (message, _) => message,
        };
        true
    }

    fn end_message(&mut self) -> bool {
        self.message = Message::None;
        false
    }

    /// Bytes are missing.
    pub(super) fn lose(&mut self) {
        *self = Self { lost: true, message: self.message, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_message_are_not_shown() {
        let mut reading = Reading::default();
        reading.begin_message();
        assert!(reading.answer_message(250) && reading.answer_message(354));
        assert_eq!(reading.front(b"AUTH NTLM\r\n.\r\nQUIT\r\n"), Framed::Skip(14));
        assert_eq!(reading.front(b"QUIT\r\n"), Framed::Record { body: b"QUIT", consumed: 6 });
    }

    #[test]
    fn a_message_that_is_refused_or_answered_is_none() {
        let mut reading = Reading::default();
        reading.begin_message();
        reading.answer_message(503);
        assert!(matches!(reading.front(b"QUIT\r\n"), Framed::Record { .. }));

        reading.begin_message();
        reading.answer_message(354);
        reading.lose();
        assert!(!reading.answer_message(250));
        assert_eq!(reading.front(b"t\r\nQUIT\r\n"), Framed::Skip(3));
        assert!(matches!(reading.front(b"QUIT\r\n"), Framed::Record { .. }));
    }
}
