//! Lines of source with remarks, as rustc shows them.

use super::decisive::Remark;
use super::ink::Ink;
use super::safe::{cut, width};
use super::sources::{Source, Sources};
use annotate_snippets::renderer::DEFAULT_TERM_WIDTH;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::ops::Range;

/// Render the lines that `remarks` speak of, file by file.
pub(super) fn render(sources: &Sources, remarks: &[Remark], most: usize, ink: Ink) -> String {
    let mut text = String::new();
    let mut files: Vec<&str> = remarks.iter().map(|remark| remark.at.file.as_str()).collect();
    files.dedup();
    for file in files {
        let here: Vec<&Remark> = remarks.iter().filter(|remark| remark.at.file == file).collect();
        if let Some(source) = here.first().and_then(|remark| sources.find(&remark.at)) {
            text.push_str(&render_file(source, &here, most, ink));
        }
    }
    text
}

fn render_file(source: &Source, remarks: &[&Remark], most: usize, ink: Ink) -> String {
    let gutter = gutter(remarks);
    let mut snippet = Snippet::source(&source.text).path(&source.path);
    for remark in remarks {
        let Some((span, column)) = span(&source.text, remark.at.line, remark.at.column) else {
            continue;
        };
        let kind = if remark.fails { AnnotationKind::Primary } else { AnnotationKind::Context };
        let label = remark.labels.join("; ");
        let room = most.saturating_sub(gutter + column + width(&source.text[span.clone()]) + 1);
        if width(&label) <= room {
            snippet = snippet.annotation(kind.span(span).label(label));
            continue;
        }
        // No room behind it: the label hangs from the beginning of the line, one below the other.
        snippet = snippet.annotation(kind.span(span.clone()));
        let (start, column) = line_start(&source.text, &span);
        let room = most.saturating_sub(gutter + column);
        let labels = if width(&label) <= room { vec![label] } else { remark.labels.clone() };
        for label in labels {
            let label = cut(&label, room);
            snippet = snippet.annotation(AnnotationKind::Context.span(start.clone()).label(label));
        }
    }
    let group = Group::with_level(Level::ERROR).element(snippet);
    let renderer = if ink.colors() { Renderer::styled() } else { Renderer::plain() };
    let text = renderer.term_width(most.min(DEFAULT_TERM_WIDTH)).render(&[group]);
    text + "\n"
}

/// Cells to the left of the source: the widest line number, and ` | `.
fn gutter(remarks: &[&Remark]) -> usize {
    let line = remarks.iter().map(|remark| remark.at.line).max().unwrap_or(1);
    line.to_string().len() + 3
}

/// The name that begins at a line and column (from 1), and how many cells are before it. `None`
/// where the file has no such place.
fn span(text: &str, line: u32, column: u32) -> Option<(Range<usize>, usize)> {
    let start_of_line: usize = match line.checked_sub(1)? {
        0 => 0,
        before => text.match_indices('\n').nth(before as usize - 1)?.0 + 1,
    };
    let line = text[start_of_line..].lines().next()?;
    let (offset, _) = line
        .char_indices()
        .nth(column.checked_sub(1)? as usize)
        .or_else(|| line.char_indices().last())?;
    let rest = &line[offset..];
    let name = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let length = if name > 0 { name } else { rest.chars().next().map_or(0, char::len_utf8) };
    let start = start_of_line + offset;
    let cells = width(&line[..offset].replace('\t', "    "));
    Some((start..start + length, cells))
}

/// The first letter of the line of `span`, and how many cells are before it.
fn line_start(text: &str, span: &Range<usize>) -> (Range<usize>, usize) {
    let start = text[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..span.end];
    let indent = line.len() - line.trim_start().len();
    let cells = width(&line[..indent].replace('\t', "    "));
    let letter = line[indent..].chars().next().map_or(0, char::len_utf8);
    (start + indent..start + indent + letter, cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_covers_the_name_at_a_place() {
        let text = "fn f() {\n\tself.é.load(x)\n}";
        let (range, cells) = span(text, 2, 9).unwrap();
        assert_eq!((&text[range], cells), ("load", 11));
        assert_eq!(span(text, 3, 1).unwrap().0, 26..27);
        assert_eq!(span(text, 9, 1), None);
        assert_eq!(span(text, 0, 0), None);
    }
}
