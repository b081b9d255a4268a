//! Threads as columns.

use super::super::style::{Style, Tone};
use super::super::words;
use super::cell;
use super::edge::Edge;
use super::pieces::{digits, pieces, tone};
use crate::explanation::Length;
use crate::explanation::safe::{cut_front, cut_middle, width};
use crate::explanation::timeline::{Row, RowMark, Thread, Timeline};

/// Between two columns.
const GAP: &str = "  ";
/// If a column would have to be narrower, steps are listed instead.
const LEAST: usize = 20;
/// In the column of a thread that waits.
const WAITING: &str = "╎";

/// How the columns share a line.
pub(super) struct Layout {
    widths: Vec<usize>,
    /// Whether calls are shown with their arguments.
    calls: Length,
    /// Width of a line number in cells.
    digits: usize,
    edge: Edge,
}

impl Layout {
    /// The columns of a timeline on lines of `most` cells, or `None` if they would be too narrow.
    /// Calls lose their arguments if that saves lines.
    pub(super) fn of(timeline: &Timeline, most: usize, edge: Edge) -> Option<Self> {
        let gaps = GAP.len() * (timeline.threads.len() - 1);
        let room = most.checked_sub(edge.cells() + gaps)?;
        let digits = digits(timeline);
        let preferred = |calls| -> Vec<Preferred> {
            let preferred = |thread| Preferred::of(timeline, thread, calls, digits);
            (0..timeline.threads.len()).map(preferred).collect()
        };
        let modest = |all: &[Preferred]| all.iter().map(|column| column.modest).sum::<usize>();
        let whole = preferred(Length::Whole);
        if modest(&whole) <= room {
            return Some(Self { widths: share(&whole, room)?, calls: Length::Whole, digits, edge });
        }
        let widths = share(&preferred(Length::Short), room)?;
        // A function whose name is cut cannot be told from others.
        let is_cut = |(thread, &cells): (&Thread, &usize)| {
            thread.function.as_deref().is_some_and(|function| width(function) > cells)
        };
        let is_any_cut = timeline.threads.iter().zip(&widths).any(is_cut);
        (!is_any_cut).then_some(Self { widths, calls: Length::Short, digits, edge })
    }
}

/// A width for each column, adding up to at most `room`.
fn share(preferred: &[Preferred], room: usize) -> Option<Vec<usize>> {
    let mut widths: Vec<usize> = preferred.iter().map(|column| column.modest).collect();
    while widths.iter().sum::<usize>() > room {
        let widest = widths.iter_mut().max()?;
        if *widest <= LEAST {
            return None;
        }
        *widest -= 1;
    }
    // The remaining room goes to columns that can use it to save lines, those that lack the least
    // first.
    let mut order: Vec<usize> = (0..preferred.len()).collect();
    order.sort_by_key(|&column| preferred[column].full.saturating_sub(widths[column]));
    for column in order {
        let left = room - widths.iter().sum::<usize>();
        let more = preferred[column].full.saturating_sub(widths[column]);
        widths[column] += more.min(left);
    }
    Some(widths)
}

/// Preferred widths of a column.
struct Preferred {
    /// Wide enough for the names at the top, and for code and its value on one line.
    modest: usize,
    /// Wide enough for every row on one line.
    full: usize,
}

impl Preferred {
    fn of(timeline: &Timeline, thread: usize, calls: Length, digits: usize) -> Self {
        let heading = &timeline.threads[thread];
        let function = heading.function.as_deref().unwrap_or_default();
        let mut modest = width(&heading.name).max(width(function));
        if heading.stuck {
            modest = modest.max(width(&words::stuck(heading)));
        }
        let mut full = modest.max(width(&title(heading)));
        for row in &timeline.rows {
            if row.thread == thread {
                let pieces = pieces(row, own_function(row), digits, calls);
                full = full.max(width(&pieces.join(" ")));
                let named = usize::from(own_function(row).is_some());
                let code = 2 + named + usize::from(row.value.is_some());
                modest = modest.max(width(&pieces[..code].join(" ")));
            }
            if row.preempted == Some(thread) {
                modest = modest.max(width(words::PREEMPTED));
            }
        }
        Self { modest, full: full.max(modest) }
    }
}

impl Layout {
    /// Draw the rows.
    pub(super) fn draw(&self, timeline: &Timeline, style: Style) -> String {
        let mut text = self.header(timeline, style);
        for row in &timeline.rows {
            text.push_str(&self.edge.before(row));
            text.push_str(&self.draw_row(row, style));
            text.push_str(&self.edge.after(row));
        }
        if timeline.threads.iter().any(|thread| thread.stuck) {
            let cells = timeline.threads.iter().zip(&self.widths).map(|(thread, &cells)| {
                let ending = if thread.stuck { words::stuck(thread) } else { String::new() };
                style.cell(Tone::Bad, &cut_middle(&ending, cells), cells)
            });
            let cells: Vec<String> = cells.collect();
            push_line(&mut text, &self.edge.of_row(RowMark::Failure, None), &cells);
        }
        text
    }

    fn header(&self, timeline: &Timeline, style: Style) -> String {
        let mut text = String::new();
        let edge = self.edge.blank();
        let columns = || timeline.threads.iter().zip(&self.widths);
        // If one function has no room beside its thread's name, all go below.
        let fits = columns().all(|(thread, &cells)| width(&title(thread)) <= cells);
        let names = columns().map(|(thread, &cells)| {
            let name = if fits { title(thread) } else { thread.name.clone() };
            style.cell(Tone::Strong, &cut_front(&name, cells), cells)
        });
        push_line(&mut text, &edge, &names.collect::<Vec<_>>());
        if !fits {
            let functions = columns().map(|(thread, &cells)| {
                let function = thread.function.as_deref().unwrap_or_default();
                style.cell(Tone::Plain, &cut_middle(function, cells), cells)
            });
            push_line(&mut text, &edge, &functions.collect::<Vec<_>>());
        }
        let rules = self.widths.iter().map(|&cells| style.paint(Tone::Faint, &"─".repeat(cells)));
        push_line(&mut text, &edge, &rules.collect::<Vec<_>>());
        text
    }

    fn draw_row(&self, row: &Row, style: Style) -> String {
        let pieces = pieces(row, own_function(row), self.digits, self.calls);
        let lines = cell::lines(&pieces, self.widths[row.thread], self.digits + 1);
        let mut text = String::new();
        for (index, line) in lines.iter().enumerate() {
            let number = (index == 0).then_some(row.number);
            let mark = if index == 0 { row.mark } else { RowMark::None };
            let columns = self.widths.iter().enumerate();
            let cells = columns.map(|(thread, &cells)| match () {
                () if thread == row.thread => style.cell(tone(row.mark), line, cells),
                () if row.preempted == Some(thread) && index == 0 => {
                    style.cell(Tone::Faint, words::PREEMPTED, cells)
                }
                () if row.waiting.contains(&thread) => style.cell(Tone::Faint, WAITING, cells),
                () => " ".repeat(cells),
            });
            push_line(&mut text, &self.edge.of_row(mark, number), &cells.collect::<Vec<_>>());
        }
        text
    }
}

/// The head of a column: `anna · withdraw`.
fn title(thread: &Thread) -> String {
    match &thread.function {
        Some(function) => format!("{} · {function}", thread.name),
        None => thread.name.clone(),
    }
}

/// The call or function that is to be named in a row.
fn own_function(row: &Row) -> Option<&str> {
    row.within().filter(|_| row.names_function)
}

fn push_line(text: &mut String, edge: &str, cells: &[String]) {
    let line = format!("{edge}{}", cells.join(GAP));
    text.push_str(line.trim_end());
    text.push('\n');
}
