//! Text that came from a submission, made harmless for a terminal and for whatever reads a log.
//!
//! The learner chooses messages, output, names and source lines. Left as they are, these could
//! repaint the screen, run backwards, or hide what they say. None of them is printed without
//! passing through here.

use std::path::Path;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Replaces a character that must not reach a terminal and has no symbol of its own.
const REPLACEMENT: char = '\u{fffd}';

/// Text of several lines: escape sequences are removed whole, other control characters and
/// invisible ones are replaced by something visible, and tabs become four spaces.
pub(crate) fn text(raw: &str) -> String {
    let plain = anstream::adapter::strip_str(raw).to_string();
    let mut safe = String::with_capacity(plain.len());
    for c in plain.replace("\r\n", "\n").chars() {
        match c {
            '\n' => safe.push('\n'),
            '\t' => safe.push_str("    "),
            c => safe.push(visible(c)),
        }
    }
    safe
}

/// Text of one line, such as a thread's name: a line break is shown as a symbol.
pub(crate) fn line(raw: &str) -> String {
    text(raw).replace('\n', "\u{240a}")
}

/// A path on one line. Whatever is not Unicode in it is replaced.
pub(crate) fn path(raw: &Path) -> String {
    line(&raw.to_string_lossy())
}

/// Source text with each unsafe character replaced by exactly one other, so that lines and columns
/// still match the original. Tabs and line breaks stay.
pub(crate) fn source(raw: &str) -> String {
    raw.chars().map(|c| if matches!(c, '\n' | '\t' | '\r') { c } else { visible(c) }).collect()
}

/// The character itself, or a safe one to show in its place.
fn visible(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(REPLACEMENT),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' => REPLACEMENT,
        // Characters that change the direction of text, join or hide letters, or are invisible.
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{feff}' => {
            REPLACEMENT
        }
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => REPLACEMENT,
        '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => REPLACEMENT,
        c => c,
    }
}

/// Cells that `text` fills in a terminal.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `text` cut to `cells`, with `…` for what is missing at the end.
pub(crate) fn cut(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let mut kept = head(text, cells.saturating_sub(1)).trim_end().to_owned();
    if cells > 0 {
        kept.push('…');
    }
    kept
}

/// `text` cut to `cells`, with `…` for what is missing at the front.
pub(crate) fn cut_front(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let back: String = text.chars().rev().collect();
    let kept: String = head(&back, cells.saturating_sub(1)).chars().rev().collect();
    if cells > 0 { format!("…{kept}") } else { kept }
}

/// `text` cut to `cells`, with `…` for what is missing in the middle, because names often differ
/// only at the end.
pub(crate) fn cut_middle(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let back: String = text.chars().rev().collect();
    let back: String = head(&back, cells / 3).chars().rev().collect();
    format!("{}{back}", cut(text, cells.saturating_sub(width(&back))))
}

/// As much from the front of `text` as fits into `cells`.
pub(crate) fn head(text: &str, cells: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > cells {
            return &text[..at];
        }
    }
    text
}

/// `text` padded with spaces on the right to `cells`.
pub(crate) fn pad(text: &str, cells: usize) -> String {
    format!("{text}{}", " ".repeat(cells.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_taken_out_and_lone_controls_are_shown() {
        assert_eq!(text("a\u{1b}[2J\u{1b}[31mb\r\nc\td"), "ab\nc    d");
        assert_eq!(text("\u{1b}]0;title\u{7}x"), "x");
        assert_eq!(source("a\rb\u{7}\u{1b}[2J\u{9b}2J"), "a\rb␇␛[2J�2J");
        assert!(!text("a\rb\u{7}\u{8}\u{7f}\u{9b}2J").contains(char::is_control));
    }

    #[test]
    fn text_cannot_run_backwards_or_hide() {
        assert_eq!(text("a\u{202e}b\u{2066}c\u{200b}d\u{feff}"), "a�b�c�d�");
    }

    #[test]
    fn a_name_stays_on_its_line() {
        assert_eq!(line("a\n::error::b"), "a␊::error::b");
    }

    #[test]
    fn source_keeps_every_column() {
        let raw = "a\tb\u{202e}\u{1b}é";
        assert_eq!(source(raw).chars().count(), raw.chars().count());
        assert_eq!(source(raw), "a\tb�␛é");
    }

    #[test]
    fn cuts_count_cells() {
        assert_eq!(cut("漢字漢字", 5), "漢字…");
        assert_eq!(cut_front("self.accounts[to]", 8), "…nts[to]");
        assert_eq!(cut_middle("ThreadPoolExecutor_1", 12), "ThreadP…or_1");
        assert_eq!(cut("short", 5), "short");
        assert_eq!(pad("漢", 4), "漢  ");
    }
}
