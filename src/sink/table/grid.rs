//! Columns on a terminal: cells of one or more lines, made to fit by taking the middle out of wide names.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::text::{shortened, width};

/// How a line looks where colours are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Look {
    /// As it is.
    #[default]
    Plain,
    /// A title.
    Title,
    /// Less important.
    Faint,
    /// Something to act on.
    Bad,
    /// Something to look at.
    Warning,
}

impl Look {
    /// Adds `text` to `out`, with the codes of this look where colours are on.
    pub(super) fn push(self, out: &mut String, text: &str, colour: bool) {
        let style = match self {
            Self::Plain => Style::new(),
            Self::Title => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Warning => AnsiColor::Yellow.on_default(),
        };
        let style = if colour { style } else { Style::new() };
        // Writing to a string does not fail.
        let _ = write!(out, "{style}{text}{style:#}");
    }
}

/// One line of a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    text: String,
    look: Look,
    /// Columns that it gets in any case, where it needs them.
    least: usize,
}

impl Line {
    /// A line that may lose its middle.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), look: Look::Plain, least: MIN_NAME }
    }

    /// A line that is shown in full: a number, an address.
    pub(super) fn whole(text: impl Into<String>) -> Self {
        Self { text: text.into(), look: Look::Plain, least: usize::MAX }
    }

    /// A line that loses its middle only if it is a very long one: a code.
    pub(super) fn code(text: impl Into<String>) -> Self {
        Self { text: text.into(), look: Look::Plain, least: MIN_CODE }
    }

    /// The same line with another look.
    pub(super) fn look(self, look: Look) -> Self {
        Self { look, ..self }
    }
}

/// The lines of a cell, from top to bottom.
pub(super) type Cell = Vec<Line>;

/// A title over a column, and to which side its cells are flush.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column {
    /// Words.
    Left(&'static str),
    /// Numbers.
    Right(&'static str),
}

impl Column {
    fn title(self) -> &'static str {
        match self {
            Self::Left(title) | Self::Right(title) => title,
        }
    }
}

/// Rows of cells under titles.
#[derive(Debug)]
pub(super) struct Grid {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Grid {
    /// A grid without rows.
    pub(super) fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row with a cell for each column.
    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// True when every column can be wide enough to be read.
    pub(super) fn fits(&self, columns: usize) -> bool {
        self.sum(&self.measured(|line, wide| wide.min(line.least))) <= columns
    }

    /// Adds the rows to `out`, as columns where they fit and else one block a row.
    pub(super) fn push(&self, out: &mut String, columns: usize, colour: bool) {
        if self.fits(columns) {
            self.push_columns(out, &self.widths(columns), colour);
        } else {
            self.push_blocks(out, columns, colour);
        }
    }

    /// Width of each column when `measure` says how wide a line must be.
    fn measured(&self, measure: impl Fn(&Line, usize) -> usize) -> Vec<usize> {
        let title = |column: &Column| column.title().len();
        let mut widths: Vec<_> = self.columns.iter().map(title).collect();
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                let lines = cell.iter().map(|line| measure(line, width(&line.text)));
                *widest = lines.fold(*widest, usize::max);
            }
        }
        widths
    }

    fn sum(&self, widths: &[usize]) -> usize {
        let gaps = self.columns.len().saturating_sub(1).saturating_mul(GAP.len());
        widths.iter().fold(gaps, |sum, wide| sum.saturating_add(*wide))
    }

    /// Takes columns from the widest until all fit.
    fn widths(&self, columns: usize) -> Vec<usize> {
        let least = self.measured(|line, wide| wide.min(line.least));
        let mut widths = self.measured(|_, wide| wide);
        while self.sum(&widths) > columns {
            let shrinkable = widths.iter_mut().zip(&least).filter(|(wide, least)| **wide > **least);
            let Some((widest, _)) = shrinkable.max_by_key(|(wide, _)| **wide) else { break };
            *widest = widest.saturating_sub(1);
        }
        widths
    }

    fn push_columns(&self, out: &mut String, widths: &[usize], colour: bool) {
        let titles: Vec<Cell> =
            self.columns.iter().map(|column| vec![Line::new(column.title()).look(Look::Title)]).collect();
        self.push_row(out, &titles, widths, colour);
        let rule = "─".repeat(self.sum(widths));
        Look::Faint.push(out, &rule, colour);
        out.push('\n');
        self.rows.iter().for_each(|row| self.push_row(out, row, widths, colour));
    }

    fn push_row(&self, out: &mut String, cells: &[Cell], widths: &[usize], colour: bool) {
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..height {
            let mut owed = 0_usize;
            for ((cell, column), &wide) in cells.iter().zip(&self.columns).zip(widths) {
                let line = cell.get(at).cloned().unwrap_or_default();
                let text = shortened(&line.text, wide);
                let padding = wide.saturating_sub(width(&text));
                let (before, after) = match column {
                    Column::Left(_) => (0, padding),
                    Column::Right(_) => (padding, 0),
                };
                // Spaces are owed until something follows them, so that no line ends with any.
                owed = owed.saturating_add(before);
                if !text.is_empty() {
                    out.extend(std::iter::repeat_n(' ', owed));
                    line.look.push(out, &text, colour);
                    owed = 0;
                }
                owed = owed.saturating_add(after).saturating_add(GAP.len());
            }
            out.push('\n');
        }
    }

    fn push_blocks(&self, out: &mut String, columns: usize, colour: bool) {
        let margin = self.columns.iter().map(|column| column.title().len()).max().unwrap_or(0);
        let rest = columns.saturating_sub(margin).saturating_sub(GAP.len());
        for (at, row) in self.rows.iter().enumerate() {
            if at > 0 {
                out.push('\n');
            }
            for (column, cell) in self.columns.iter().zip(row) {
                let mut title = column.title();
                for line in cell.iter().filter(|line| !line.text.is_empty()) {
                    Look::Title.push(out, &format!("{title:margin$}"), colour);
                    out.push_str(GAP);
                    // An address that is wider than the terminal is still shown in full: half of one is worth nothing.
                    let text =
                        shortened(&line.text, if line.least == usize::MAX { usize::MAX } else { rest });
                    line.look.push(out, &text, colour);
                    out.push('\n');
                    title = "";
                }
            }
        }
    }
}

const GAP: &str = "  ";
/// A name is not made shorter than this.
const MIN_NAME: usize = 14;
/// Nor a code than this: `failed: STATUS_LOGON_FAILURE` is the one that is met most.
const MIN_CODE: usize = 28;

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new(&[Column::Right("N"), Column::Left("Address"), Column::Left("Name")]);
        grid.row(vec![
            vec![Line::whole("12")],
            vec![Line::whole("192.168.100.200"), Line::new("WORKSTATION-1").look(Look::Faint)],
            vec![Line::new("a.very.long.name.of.a.server.example.com"), Line::new("")],
        ]);
        grid.row(vec![
            vec![Line::whole("3")],
            vec![Line::whole("10.0.0.1")],
            vec![Line::new("short").look(Look::Bad)],
        ]);
        grid
    }

    fn text(grid: &Grid, columns: usize, colour: bool) -> String {
        let mut out = String::new();
        grid.push(&mut out, columns, colour);
        out
    }

    #[test]
    fn wide_names_lose_their_middle_and_addresses_do_not() {
        let expected = [
            " N  Address          Name",
            "────────────────────────────────────────",
            "12  192.168.100.200  a.very.lo…ample.com",
            "    WORKSTATION-1",
            " 3  10.0.0.1         short",
        ];
        assert_eq!(text(&grid(), 40, false).lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_does_not_fit_as_columns_is_shown_as_blocks() {
        let expected = [
            "N        12",
            "Address  192.168.100.200",
            "         WORKSTATION-1",
            "Name     a.very.lon…xample.com",
            "",
            "N        3",
            "Address  10.0.0.1",
            "Name     short",
        ];
        assert_eq!(text(&grid(), 30, false).lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn colours_do_not_move_columns() {
        let coloured = text(&grid(), 40, true);
        assert!(coloured.contains("\x1b[31m"));
        let plain = anstream::adapter::strip_str(&coloured).to_string();
        assert_eq!(plain, text(&grid(), 40, false));
    }
}
