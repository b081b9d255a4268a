//! How a report is written.

/// Who a report is written for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// People at a terminal.
    #[default]
    Text,
    /// Programs: [`json`](super::json).
    Json,
    /// People in a browser: one file that needs nothing else.
    Html,
}

/// How much a text report says about an exercise with several failed checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The most instructive failure in full, and one line for each of the others.
    #[default]
    First,
    /// Each cause in full, and how much was tried for each pass.
    All,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportOptions {
    /// Text or JSON.
    pub format: Format,
    /// Whether text is coloured.
    pub color: bool,
    /// Width of a line of text, in cells.
    pub width: usize,
    /// How much is said about failures.
    pub detail: Detail,
}

impl Default for ReportOptions {
    /// Options for a pipe: text, 80 cells wide, without colour.
    fn default() -> Self {
        Self { format: Format::Text, color: false, width: 80, detail: Detail::First }
    }
}

impl ReportOptions {
    /// Options for standard output: its width, and colour if it is a terminal that supports colour
    /// and no variable such as `NO_COLOR` forbids it.
    pub fn for_stdout() -> Self {
        let stdout = std::io::stdout();
        let color = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
        let width =
            terminal_size::terminal_size_of(&stdout).map_or(80, |(width, _)| width.0.into());
        Self { color, width, ..Self::default() }
    }
}
