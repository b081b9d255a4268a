//! Colour, or its absence. What a report says never depends on it.

use anstyle::AnsiColor;

/// The role of a piece of text, which determines its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Text without colour.
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
    /// What belongs to a line of source, as the renderer of excerpts has it.
    Link,
}

/// Colours text, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    color: bool,
}

impl Style {
    pub(super) fn new(color: bool) -> Self {
        Self { color }
    }

    /// Whether text is coloured at all.
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
            Tone::Link => AnsiColor::BrightBlue.on_default().bold(),
        };
        format!("{style}{text}{style:#}")
    }

    /// `text` in the colour of `tone`, padded with spaces on the right to `cells`.
    pub(super) fn cell(self, tone: Tone, text: &str, cells: usize) -> String {
        let spaces = cells.saturating_sub(crate::explanation::safe::width(text));
        format!("{}{}", self.paint(tone, text), " ".repeat(spaces))
    }
}
