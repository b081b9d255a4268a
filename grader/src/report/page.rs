//! Text that is built line by line and is never wider than the terminal.

use super::options::Controls;
use super::style::{Style, Tone};
use crate::explanation::safe::{self, width};
use textwrap::{Options, WordSeparator, WordSplitter};

/// The longest line of prose that is easy to read.
const WIDEST: usize = 100;
/// Lines are this wide even on narrower terminals.
const NARROWEST: usize = 60;
/// Width of a label, in cells, including the space after it.
const LABEL: usize = 15;

/// A report in the making.
pub(super) struct Page {
    pub(super) style: Style,
    /// Width of a line in cells.
    pub(super) width: usize,
    pub(super) controls: Controls,
    text: String,
    closes_up: bool,
}

impl Page {
    pub(super) fn new(width: usize, color: bool) -> Self {
        Self {
            style: Style::new(color),
            width: width.clamp(NARROWEST, WIDEST),
            controls: Controls::Commands,
            text: String::new(),
            closes_up: false,
        }
    }

    /// A page for readers with these `controls`.
    pub(super) fn with(self, controls: Controls) -> Self {
        Self { controls, ..self }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// The number of lines so far.
    pub(super) fn height(&self) -> usize {
        self.text.lines().count()
    }

    /// A line as it is.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// Lines as they are.
    pub(super) fn lines(&mut self, lines: &str) {
        lines.lines().for_each(|line| self.line(line));
    }

    /// Skip the next gap, so that what comes next stands directly below.
    pub(super) fn close_up(&mut self) {
        self.closes_up = true;
    }

    /// An empty line, but never two.
    pub(super) fn gap(&mut self) {
        if std::mem::take(&mut self.closes_up) {
            return;
        }
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Prose, wrapped.
    pub(super) fn say(&mut self, indent: usize, tone: Tone, text: &str) {
        for line in wrap(text, self.width.saturating_sub(indent)) {
            self.line(&format!("{}{}", " ".repeat(indent), self.style.paint(tone, &line)));
        }
    }

    /// The same in at most `most` lines, the last of which is cut if need be.
    pub(super) fn say_in(&mut self, indent: usize, tone: Tone, text: &str, most: usize) {
        let cells = self.width.saturating_sub(indent);
        let lines = wrap(text, cells);
        let (full, rest) = lines.split_at(most.saturating_sub(1).min(lines.len()));
        let rest = (!rest.is_empty()).then(|| safe::cut(&rest.join(" "), cells));
        for line in full.iter().chain(&rest) {
            let line = self.style.paint(tone, line);
            self.line(&format!("{}{line}", " ".repeat(indent)));
        }
    }

    /// Short remarks, several on a line where they fit.
    pub(super) fn flow(&mut self, tone: Tone, remarks: &[&str]) {
        const BETWEEN: &str = "   ";
        let mut lines: Vec<String> = Vec::new();
        for remark in remarks {
            match lines.last_mut() {
                Some(last) if width(last) + BETWEEN.len() + width(remark) <= self.width => {
                    last.push_str(BETWEEN);
                    last.push_str(remark);
                }
                _ => lines.push((*remark).to_owned()),
            }
        }
        lines.iter().for_each(|line| self.say(0, tone, line));
    }

    /// As many whole sentences from the start of `text` as fit on `most` lines, but at least one.
    pub(super) fn say_briefly(&mut self, indent: usize, tone: Tone, text: &str, most: usize) {
        let paragraph = text.split("\n\n").next().unwrap_or_default();
        let words: Vec<&str> = paragraph.split_whitespace().collect();
        let text = words.join(" ");
        let cells = self.width.saturating_sub(indent);
        let ends = text.match_indices([' ']).map(|(at, _)| at).chain([text.len()]);
        let sentences = ends.filter(|&end| {
            let front = text[..end].trim_end_matches(['"', ')']);
            front.ends_with(['.', '!', '?']) && !front.ends_with("e.g.") || end == text.len()
        });
        let mut kept = String::new();
        for end in sentences {
            let longer = &text[..end];
            if !kept.is_empty() && wrap(longer, cells).len() > most {
                break;
            }
            longer.clone_into(&mut kept);
        }
        self.say(indent, tone, &kept);
    }

    /// Prose of several paragraphs, as in a doc comment. Each list item starts on a new line.
    pub(super) fn say_paragraphs(&mut self, indent: usize, tone: Tone, text: &str) {
        let mut paragraph = String::new();
        for line in text.lines().map(str::trim) {
            let item = line.starts_with("- ") || line.starts_with("* ");
            if (line.is_empty() || item) && !paragraph.is_empty() {
                self.say(indent, tone, &std::mem::take(&mut paragraph));
            }
            if line.is_empty() {
                self.gap();
            } else if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line);
        }
        if !paragraph.is_empty() {
            self.say(indent, tone, &paragraph);
        }
    }

    /// Somebody else's words behind a bar, so that they cannot be taken for ours. Long lines are
    /// wrapped, and at most `most` lines are shown. Returns how many lines were not.
    pub(super) fn quote(&mut self, indent: usize, text: &str, most: usize) -> usize {
        let edge = format!("{}{} ", " ".repeat(indent), self.style.paint(Tone::Faint, "│"));
        let room = self.width.saturating_sub(indent + 2);
        let lines = text.lines().flat_map(|line| broken(line, room)).collect::<Vec<_>>();
        for line in lines.iter().take(most) {
            self.line(&format!("{edge}{line}"));
        }
        lines.len().saturating_sub(most)
    }

    /// A label, followed by names that are wrapped to the right of it.
    pub(super) fn list(&mut self, label: &str, names: &[String]) {
        let room = self.width.saturating_sub(LABEL);
        for (index, line) in wrap(&names.join(", "), room).iter().enumerate() {
            let label = if index == 0 { format!("  {label}") } else { String::new() };
            let label = self.style.cell(Tone::Faint, &label, LABEL);
            self.line(&format!("{label}{line}"));
        }
    }

    /// Whether a value fits on one line with its label.
    pub(super) fn has_room_for(&self, what: &str) -> bool {
        LABEL + width(what) <= self.width
    }

    /// A label, followed by a value such as a command to copy. The value is never broken; if there
    /// is no room after the label, it stands on its own line without it.
    pub(super) fn entry(&mut self, label: &str, what: &str) {
        if self.has_room_for(what) {
            let label = safe::pad(&format!("  {label}"), LABEL);
            self.line(&format!("{}{what}", self.style.paint(Tone::Faint, &label)));
        } else {
            self.line(&format!("  {what}"));
        }
    }
}

/// Wrap prose at spaces only, so that a path or a command stays whole if it fits on a line.
pub(super) fn wrap(text: &str, cells: usize) -> Vec<String> {
    let options = Options::new(cells.max(8))
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(|line| line.into_owned()).collect()
}

/// A line in pieces that fit. Alignment within it is kept.
pub(super) fn broken(line: &str, cells: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while width(rest) > cells {
        let most = safe::head(rest, cells.max(2));
        // At a space, if there is one not far from the end.
        let space = most.rfind(' ').filter(|at| at * 3 > most.len() * 2);
        let front = space.map_or(most, |at| &most[..=at]);
        pieces.push(front.trim_end().to_owned());
        rest = &rest[front.len()..];
    }
    pieces.push(rest.to_owned());
    pieces
}
