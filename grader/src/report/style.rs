//! Colour, or none. What a report says never depends on it.

use anstyle::AnsiColor;

/// What a piece of text is, and so how it is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// As it is.
    Plain,
    /// A heading or a name.
    Strong,
    /// What matters less.
    Faint,
    /// What was solved.
    Good,
    /// What failed.
    Bad,
    /// What to look at.
    Eye,
}

/// Colours text, or leaves it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    color: bool,
}

impl Style {
    pub(super) fn new(color: bool) -> Self {
        Self { color }
    }

    /// Whether there is colour at all.
    pub(super) fn colors(self) -> bool {
        self.color
    }

    /// `text` in the colour of `tone`.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        if !self.color || tone == Tone::Plain || text.trim().is_empty() {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Plain => anstyle::Style::new(),
            Tone::Strong => anstyle::Style::new().bold(),
            Tone::Faint => anstyle::Style::new().dimmed(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Eye => AnsiColor::Yellow.on_default().bold(),
        };
        format!("{style}{text}{style:#}")
    }

    /// `text` in the colour of `tone`, and spaces behind it up to `cells`.
    pub(super) fn cell(self, tone: Tone, text: &str, cells: usize) -> String {
        let spaces = cells.saturating_sub(crate::explanation::safe::width(text));
        format!("{}{}", self.paint(tone, text), " ".repeat(spaces))
    }
}
