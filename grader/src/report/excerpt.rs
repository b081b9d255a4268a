//! Marked lines of source, in the style of rustc's diagnostics.

use super::style::{Style, Tone};
use crate::explanation::Sources;
use crate::explanation::marks::Mark;
use crate::explanation::safe::{cut, width};
use crate::explanation::sources::Source;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use std::ops::Range;

/// Cells around a path: the arrow before it, line and column after it.
const PLACE: usize = 18;

/// Render the lines that `marks` refer to, file by file.
pub(super) fn render(sources: &Sources, marks: &[Mark], most: usize, style: Style) -> String {
    let mut text = String::new();
    let mut files: Vec<&str> = marks.iter().map(|mark| mark.at.file.as_str()).collect();
    files.dedup();
    for file in files {
        let here: Vec<&Mark> = marks.iter().filter(|mark| mark.at.file == file).collect();
        if let Some(source) = here.first().and_then(|mark| sources.find(&mark.at)) {
            let drawn = render_file(source, &here, most, style);
            // The first line says where this is. The renderer leaves an empty one below it, and dots where
            // lines are left out, which their numbers show.
            let is_empty = |(at, line): &(usize, &str)| match plain(line).trim() {
                "|" => *at == 1,
                text => text == "...",
            };
            let lines = drawn.lines().enumerate().filter(|line| !is_empty(line));
            lines.for_each(|(_, line)| text.extend([line, "\n"]));
        }
    }
    text
}

fn render_file(source: &Source, marks: &[&Mark], most: usize, style: Style) -> String {
    let path = tail(&source.path, most.saturating_sub(PLACE));
    let path = path.as_str();
    // What is left of a line for the source and what is said beside it.
    let room = most.saturating_sub(gutter(marks));
    let asides = asides(source, marks, room);
    let all = snippet(source, path, marks, |mark, span| hang(source, mark, span, room, &asides));
    let (cells, fits) = fitting(&all, most);
    if fits {
        return with_asides(&paint(&all, cells, style), &asides, most, style);
    }
    // Marks that are far apart on a long line cannot be shown together, so each line keeps one
    // mark: all that is shown of the line, if the place itself would be cut off. Labels are cut only as
    // a last resort.
    let mut one_a_line: Vec<&Mark> = marks.to_vec();
    one_a_line.sort_by_key(|mark| (mark.at.line, !mark.fails));
    one_a_line.dedup_by_key(|mark| mark.at.line);
    let asides = self::asides(source, &one_a_line, room);
    let near = snippet(source, path, &one_a_line, |mark, span| {
        let is_near = column(&source.text, span.end) + 1 < room;
        let span = if is_near { span } else { line_front(&source.text, &span, room) };
        hang(source, mark, span, room, &asides)
    });
    let (cells, fits) = fitting(&near, most);
    if fits {
        return with_asides(&paint(&near, cells, style), &asides, most, style);
    }
    let mut text = String::new();
    for room in [48, 36, 24, 12] {
        let few = snippet(source, path, &one_a_line, |mark, span| {
            vec![kind(mark).span(span).label(cut(&mark.labels.join("; "), room))]
        });
        let (cells, fits) = fitting(&few, most);
        text = paint(&few, cells, style);
        if fits {
            return text;
        }
    }
    // Only the end of a long line of source can be lost here.
    if !style.colors() {
        text = text.lines().map(|line| cut(line, most) + "\n").collect();
    }
    text
}

/// As many of the last components of a path as fit into `room` cells, but at least one.
fn tail(path: &str, room: usize) -> String {
    if width(path) <= room {
        return path.to_owned();
    }
    let starts: Vec<usize> = path.match_indices('/').map(|(at, _)| at).collect();
    let fits = |at: &usize| width(&path[*at..]) < room;
    let at = starts.iter().copied().find(fits).or(starts.last().copied()).unwrap_or_default();
    format!("…{}", &path[at..])
}

/// The lines of `source`, with the annotations that `annotate` makes from each mark and its span.
fn snippet<'s>(
    source: &'s Source,
    path: &'s str,
    marks: &[&Mark],
    annotate: impl Fn(&Mark, Range<usize>) -> Vec<Annotation<'s>>,
) -> [Group<'s>; 1] {
    let annotations = marks.iter().flat_map(|mark| {
        let span = span(&source.text, mark.at.line, mark.at.column);
        span.map(|span| annotate(mark, span)).unwrap_or_default()
    });
    let snippet = Snippet::source(&source.text).path(path).annotations(annotations);
    [Group::with_level(Level::ERROR).element(snippet)]
}

fn kind(mark: &Mark) -> AnnotationKind {
    if mark.fails { AnnotationKind::Primary } else { AnnotationKind::Context }
}

/// The labels of a mark that is alone on its line, if they do not fit after it.
struct Aside {
    line: u32,
    labels: Vec<String>,
    fails: bool,
}

fn asides(source: &Source, marks: &[&Mark], room: usize) -> Vec<Aside> {
    let is_alone =
        |mark: &&&Mark| marks.iter().filter(|it| it.at.line == mark.at.line).count() == 1;
    let aside = |mark: &&Mark| {
        let span = span(&source.text, mark.at.line, mark.at.column)?;
        let label = mark.labels.join("; ");
        let after = room.saturating_sub(column(&source.text, span.end));
        let labels = mark.labels.iter().map(|label| cut(label, room)).collect();
        (width(&label) >= after).then_some(Aside { line: mark.at.line, labels, fails: mark.fails })
    };
    marks.iter().filter(is_alone).filter_map(aside).collect()
}

/// The cells before each line of source: the bar, and room for the largest of the line numbers.
fn gutter(marks: &[&Mark]) -> usize {
    let largest = marks.iter().map(|mark| mark.at.line).max().unwrap_or(0);
    largest.to_string().len() + 3
}

/// `text`, as the renderer draws it, with the labels that it was not given: before the marked span
/// if there is room, or below it. The renderer itself would put them after the span or below its
/// first letter, and cut them off.
fn with_asides(text: &str, asides: &[Aside], most: usize, style: Style) -> String {
    let mut lines = text.lines();
    let mut drawn = String::new();
    while let Some(line) = lines.next() {
        drawn.push_str(line);
        drawn.push('\n');
        let number = plain(line).split(" |").next().and_then(|it| it.trim().parse::<u32>().ok());
        let Some(aside) = asides.iter().find(|aside| Some(aside.line) == number) else { continue };
        // The line below has the marks.
        let Some(marked) = lines.next() else { continue };
        drawn.push_str(&aside.beside(marked, most, style));
    }
    drawn
}

impl Aside {
    /// The line `marked`, which underlines the span, with the labels beside or below it.
    fn beside(&self, marked: &str, most: usize, style: Style) -> String {
        let tone = if self.fails { Tone::Bad } else { Tone::Link };
        let bare = plain(marked);
        let bar = bare.find('|').map_or(0, |at| at + 1);
        let start = bare.find(['^', '-']).unwrap_or(bar);
        let room = width(&bare[bar..start]);
        let gutter = style.paint(Tone::Link, &bare[..bar]);
        if let [label] = self.labels.as_slice()
            && width(label) + 2 < room
        {
            let blank = " ".repeat(room - width(label) - 1);
            let (label, span) = (style.paint(tone, label), style.paint(tone, &bare[start..]));
            return format!("{gutter}{blank}{label} {span}\n");
        }
        let mut lines = format!("{marked}\n");
        for label in &self.labels {
            let blank = most.saturating_sub(bar + width(label)).min(room);
            let label = style.paint(tone, label);
            lines.push_str(&format!("{gutter}{}{label}\n", " ".repeat(blank)));
        }
        lines
    }
}

/// `line` without colour.
fn plain(line: &str) -> String {
    anstream::adapter::strip_str(line).to_string()
}

/// The label after its span, or nothing if it is among `asides`. If there is no room on a line with
/// other marks, the labels hang from the start of the line, one below the other.
fn hang<'s>(
    source: &Source,
    mark: &Mark,
    span: Range<usize>,
    room: usize,
    asides: &[Aside],
) -> Vec<Annotation<'s>> {
    if asides.iter().any(|aside| aside.line == mark.at.line) {
        return vec![kind(mark).span(span)];
    }
    let label = mark.labels.join("; ");
    let room = |end: usize| room.saturating_sub(column(&source.text, end));
    if width(&label) < room(span.end) {
        return vec![kind(mark).span(span).label(label)];
    }
    let start = line_start(&source.text, &span);
    let room = room(start.start);
    let labels = if width(&label) <= room { vec![label] } else { mark.labels.clone() };
    let hanging = labels
        .iter()
        .map(|label| AnnotationKind::Context.span(start.clone()).label(cut(label, room)));
    std::iter::once(kind(mark).span(span)).chain(hanging).collect()
}

fn paint(groups: &[Group<'_>], cells: usize, style: Style) -> String {
    let renderer = if style.colors() { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(cells).render(groups) + "\n"
}

/// The width to request so that no line is wider than `most`, and whether that succeeds. The
/// renderer cuts long lines of source only roughly.
fn fitting(groups: &[Group<'_>], most: usize) -> (usize, bool) {
    let mut cells = most;
    for _ in 0..4 {
        let text = Renderer::plain().term_width(cells).render(groups);
        let widest = text.lines().map(width).max().unwrap_or(0);
        if widest <= most {
            return (cells, true);
        }
        cells = cells.saturating_sub(widest - most).max(most / 2);
    }
    (cells, false)
}

/// The span of the name or path that starts at a line and column (from 1), or of the rest of the line if a
/// `let` starts there. `None` if the file has no such place.
fn span(text: &str, line: u32, column: u32) -> Option<Range<usize>> {
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
    let in_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut name = rest.find(|c| !in_name(c)).unwrap_or(rest.len());
    // Of a path, all of it.
    while let Some(further) = rest[name..].strip_prefix("::").filter(|it| it.starts_with(in_name)) {
        name = rest.len() - further.trim_start_matches(in_name).len();
    }
    let length = match name {
        0 => rest.chars().next().map_or(0, char::len_utf8),
        _ if &rest[..name] == "let" => rest.trim_end().trim_end_matches(';').len(),
        _ => name,
    };
    Some(start_of_line + offset..start_of_line + offset + length)
}

/// The span of the first visible character of the line that contains `span`.
fn line_start(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..span.end];
    let indent = line.len() - line.trim_start().len();
    let letter = line[indent..].chars().next().map_or(0, char::len_utf8);
    start + indent..start + indent + letter
}

/// The span of what can be seen of the line that contains `span`, if it is shown in `cells`.
fn line_front(text: &str, span: &Range<usize>, cells: usize) -> Range<usize> {
    /// For the dots where the line is cut.
    const DOTS: usize = 8;
    let start = line_start(text, span).start;
    let fits = |(at, letter): &(usize, char)| {
        column(text, start + at + letter.len_utf8()) + DOTS <= cells && start + at < span.end
    };
    let end = text[start..].char_indices().take_while(fits).last();
    start..end.map_or(start, |(at, letter)| start + at + letter.len_utf8())
}

/// How many cells a line has before the byte at `offset`.
fn column(text: &str, offset: usize) -> usize {
    let start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    width(&text[start..offset].replace('\t', "    "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_covers_the_name_at_a_place() {
        let text = "fn f() {\n\tself.é.load(x)\n}";
        let range = span(text, 2, 9).unwrap();
        assert_eq!((&text[range.clone()], column(text, range.start)), ("load", 11));
        assert_eq!(&text[line_start(text, &range)], "s");
        assert_eq!(span(text, 3, 1), Some(26..27));
        assert_eq!(span("let x = f(y); ", 1, 1), Some(0..12));
        assert_eq!(span(text, 9, 1), None);
        assert_eq!(span(text, 0, 0), None);
    }

    #[test]
    fn a_label_has_the_room_that_the_widest_line_number_leaves() {
        // The first label just fits beside a number of two digits, but not of three.
        let line = format!("{}waits\n", " ".repeat(42));
        let text = "\n".repeat(97) + &line + "\n\n" + "    waits\n";
        let source = Source::new(std::path::Path::new("a.rs"), &text);
        let mark = |line, column| Mark {
            file: "a.rs".to_owned(),
            line,
            column,
            text: String::new(),
            labels: vec!["thread 1 comes back to this".to_owned()],
            fails: true,
            own: true,
            at: record::Location { file: "a.rs".to_owned(), line, column },
        };
        let marks = [mark(98, 43), mark(101, 5)];
        let drawn = render_file(&source, &[&marks[0], &marks[1]], 80, Style::new(false));
        assert_eq!(drawn.matches("thread 1 comes back to this").count(), 2, "{drawn}");
        assert!(drawn.lines().all(|line| width(line) <= 80), "{drawn}");
    }
}
