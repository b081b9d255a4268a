//! Documents in Markdown, laid out for a terminal: paragraphs are filled to its width, code stays as it is.

use super::page::{Page, broken, wrap};
use super::style::Tone;
use crate::explanation::safe;

/// Writes a document. Marks for `verify` are left out, as in a browser.
pub(super) fn write(page: &mut Page, text: &str) {
    let text = safe::text(text);
    let mut lines = text.lines().filter(|line| !is_mark(line.trim())).peekable();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            page.gap();
        } else if trimmed.starts_with("```") {
            code(page, lines.by_ref().take_while(|line| !line.trim().starts_with("```")));
        } else if trimmed.starts_with('#') {
            page.say(0, Tone::Strong, trimmed);
        } else if trimmed.starts_with('|') {
            row(page, trimmed);
        } else {
            let mut paragraph = line.trim_end().to_owned();
            while let Some(more) = lines.next_if(|next| goes_on(next.trim())) {
                paragraph = format!("{paragraph} {}", more.trim());
            }
            filled(page, &paragraph);
        }
    }
}

fn is_mark(line: &str) -> bool {
    line.starts_with("<!--") && line.ends_with("-->")
}

/// Whether a line belongs to the paragraph or the item above it.
fn goes_on(line: &str) -> bool {
    let begins_another = ["#", "|", "```", "- ", "* "].iter().any(|start| line.starts_with(start));
    !line.is_empty() && !begins_another && number(line).is_none()
}

/// The width of the number at the start of an item such as `2. second`.
fn number(line: &str) -> Option<usize> {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    (digits > 0 && line[digits..].starts_with(". ")).then_some(digits + 2)
}

/// A paragraph, or an item of a list, whose later lines are indented as its text.
fn filled(page: &mut Page, text: &str) {
    let indent = text.len() - text.trim_start().len();
    let text = text.trim_start();
    let is_item = text.starts_with("- ") || text.starts_with("* ");
    let hang = if is_item { 2 } else { number(text).unwrap_or(0) };
    let (mark, rest) = text.split_at(hang);
    let cells = page.width.saturating_sub(indent + hang);
    for (index, line) in wrap(rest, cells).iter().enumerate() {
        let start = if index == 0 { mark.to_owned() } else { " ".repeat(hang) };
        page.line(&format!("{}{start}{line}", " ".repeat(indent)));
    }
}

/// A row of a table: its first cell, and below it the others.
fn row(page: &mut Page, line: &str) {
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
    if cells.iter().all(|cell| cell.chars().all(|c| "-: |".contains(c))) {
        return;
    }
    let (first, rest) = cells.split_first().unwrap_or((&"", &[]));
    page.say(2, Tone::Strong, first);
    for cell in rest.iter().filter(|cell| !cell.is_empty()) {
        page.say(6, Tone::Plain, cell);
    }
}

/// Lines of code. Those that are too wide go on in the next line.
pub(super) fn code<'t>(page: &mut Page, lines: impl Iterator<Item = &'t str>) {
    for line in lines {
        let tone = match line.as_bytes() {
            [b'-', b' ' | b'-', ..] => Tone::Plain,
            [b'-', ..] => Tone::Bad,
            [b'+', ..] => Tone::Good,
            _ => Tone::Plain,
        };
        for piece in broken(line, page.width) {
            let piece = page.style.paint(tone, &piece);
            page.line(&piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_filled_and_code_stays() {
        let text = "# Title\n\nOne line that is long, and\nanother one that belongs to it, so that both \
                    are filled.\n\n- an item with a\n  second line\n- another\n\n1. first\n2. second\n\n\
                    <!-- picture: a b -->\n```rust\nfn main() {}\n\n-    let x;\n```\n\n\
                    | a | b |\n| --- | --- |\n| `f(x)` | does something |\n";
        let mut page = Page::new(60, false);
        write(&mut page, text);
        assert_eq!(
            page.into_text(),
            "# Title\n\nOne line that is long, and another one that belongs to it,\nso that both are \
             filled.\n\n- an item with a second line\n- another\n\n1. first\n2. second\n\nfn main() {}\n\n-    let \
             x;\n\n  a\n      b\n  `f(x)`\n      does something\n"
        );
    }
}
