//! How a report is written.

use std::path::{Path, PathBuf};
use supports_hyperlinks::Stream;

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

/// How the reader of a report can do what it suggests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Controls {
    /// By commands of a shell.
    #[default]
    Commands,
    /// By the keys of `watch`.
    Keys,
}

/// How a report is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportOptions {
    /// Text or JSON.
    pub format: Format,
    /// Whether text is coloured.
    pub color: bool,
    /// Width of a line of text, in cells.
    pub width: usize,
    /// How much is said about failures.
    pub detail: Detail,
    /// How the reader can do what it suggests.
    pub controls: Controls,
    /// The course's folder, if the files in it are to be hyperlinks.
    pub links: Option<PathBuf>,
}

impl Default for ReportOptions {
    /// Options for a pipe: text, 80 cells wide, without colour.
    fn default() -> Self {
        Self {
            format: Format::Text,
            color: false,
            width: 80,
            detail: Detail::First,
            controls: Controls::Commands,
            links: None,
        }
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

    /// The same with hyperlinks to the files of the course at `root`, if standard output is a terminal
    /// that has them.
    pub fn with_links(self, root: &Path) -> Self {
        let has_links = supports_hyperlinks::on(Stream::Stdout) && !finds_places_itself();
        Self { links: has_links.then(|| root.to_owned()), ..self }
    }
}

/// Whether this is the terminal of an editor that finds `file:line:column` in a text by itself, and
/// opens it at that place. A hyperlink would lead to the start of the file.
fn finds_places_itself() -> bool {
    let says = |name: &str, text: &str| std::env::var(name).is_ok_and(|it| it.contains(text));
    says("TERM_PROGRAM", "vscode")
        || says("TERM_PROGRAM", "zed")
        || says("TERMINAL_EMULATOR", "JetBrains")
}
