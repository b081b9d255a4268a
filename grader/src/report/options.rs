//! How a report is written.

/// What a report is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// People at a terminal.
    #[default]
    Text,
    /// Programs: [`json`](super::json).
    Json,
}

/// How much a text report tells of an exercise with several failed checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The most instructive in full, the others in a line each.
    #[default]
    First,
    /// Each cause in full, and what the passes are worth.
    All,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportOptions {
    /// Text or JSON.
    pub format: Format,
    /// Whether text is coloured.
    pub color: bool,
    /// Cells of a line of text.
    pub width: usize,
    /// How much text there is.
    pub detail: Detail,
}

impl Default for ReportOptions {
    /// As for a pipe: text of 80 cells without colour.
    fn default() -> Self {
        Self { format: Format::Text, color: false, width: 80, detail: Detail::First }
    }
}

impl ReportOptions {
    /// As standard output takes it: its width, and colour where it is a terminal that shows colour
    /// and `NO_COLOR` and the like do not forbid it.
    pub fn for_stdout() -> Self {
        let stdout = std::io::stdout();
        let color = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
        let width =
            terminal_size::terminal_size_of(&stdout).map_or(80, |(width, _)| width.0.into());
        Self { color, width, ..Self::default() }
    }
}
