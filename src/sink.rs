//! Records out: one file a format. A sink writes what it is given and decides nothing.

pub mod json;
pub mod output;
pub mod schema;
pub mod table;

#[cfg(test)]
pub(crate) mod example;

use std::io;

use crate::model::Record;

/// Where records go, in their order. The last one is [`Record::Stats`].
pub trait Sink {
    /// Takes one record.
    ///
    /// # Errors
    /// What writing gives.
    fn record(&mut self, record: &Record) -> io::Result<()>;

    /// Writes what is still held back. Nothing follows it.
    ///
    /// # Errors
    /// What writing gives.
    fn finish(&mut self) -> io::Result<()>;
}
