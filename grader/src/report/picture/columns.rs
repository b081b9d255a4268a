//! Threads as columns.

use super::super::ink::{Ink, Tone};
use super::super::safe::{cut_middle, width};
use super::super::scene::Scene;
use super::super::story::{Length, Mark, Row, Story};
use super::super::words::step as words;
use super::{Edge, cell, digits, pieces, tone};

/// Between two columns.
const GAP: &str = "  ";
/// A column that would have to be narrower makes the picture a list.
const LEAST: usize = 20;
/// In the column of a thread that waits.
const WAITING: &str = "╎";

/// How the columns share a line.
pub(super) struct Layout {
    widths: Vec<usize>,
    /// With the arguments of calls, or without.
    calls: Length,
    /// Cells of a line number.
    digits: usize,
    edge: Edge,
}

impl Layout {
    /// The columns of a story on lines of `most` cells, or `None` where they would be too narrow.
    /// Where that saves lines, calls lose their arguments.
    pub(super) fn of(scene: &Scene, story: &Story, most: usize, edge: Edge) -> Option<Self> {
        let gaps = GAP.len() * (story.threads.len() - 1);
        let room = most.checked_sub(edge.cells() + gaps)?;
        let digits = digits(story);
        let wishes = |calls| -> Vec<Wish> {
            let wish = |&thread| Wish::of(scene, story, thread, calls, digits);
            story.threads.iter().map(wish).collect()
        };
        let modest = |wishes: &[Wish]| wishes.iter().map(|wish| wish.modest).sum::<usize>();
        let whole = wishes(Length::Whole);
        if modest(&whole) <= room {
            return Some(Self { widths: share(&whole, room)?, calls: Length::Whole, digits, edge });
        }
        Some(Self {
            widths: share(&wishes(Length::Short), room)?,
            calls: Length::Short,
            digits,
            edge,
        })
    }
}

/// A width for each column, together at most `room`.
fn share(wishes: &[Wish], room: usize) -> Option<Vec<usize>> {
    let mut widths: Vec<usize> = wishes.iter().map(|wish| wish.modest).collect();
    while widths.iter().sum::<usize>() > room {
        let widest = widths.iter_mut().max()?;
        if *widest <= LEAST {
            return None;
        }
        *widest -= 1;
    }
    // What is left goes to those who can spare lines by it, the smallest wish first.
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by_key(|&column| wishes[column].full.saturating_sub(widths[column]));
    for column in order {
        let left = room - widths.iter().sum::<usize>();
        let more = wishes[column].full.saturating_sub(widths[column]);
        widths[column] += more.min(left);
    }
    Some(widths)
}

/// How wide a column would like to be.
struct Wish {
    /// So that code and what it found stand on one line.
    modest: usize,
    /// So that every row is one line.
    full: usize,
}

impl Wish {
    fn of(scene: &Scene, story: &Story, thread: usize, calls: Length, digits: usize) -> Self {
        let mut modest = width(&scene.names.thread(thread));
        if story.stuck.contains(&thread) {
            modest = modest.max(width(words::STUCK));
        }
        let mut full = modest;
        for row in &story.rows {
            if row.thread == thread {
                let pieces = pieces(row, digits, calls);
                full = full.max(width(&pieces.join(" ")));
                let code = 2 + usize::from(row.value.is_some());
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
    pub(super) fn draw(&self, scene: &Scene, story: &Story, ink: Ink) -> String {
        let mut text = self.header(scene, story, ink);
        for (index, row) in story.rows.iter().enumerate() {
            text.push_str(&self.edge.before(row));
            text.push_str(&self.draw_row(story, row, index + 1, ink));
            text.push_str(&self.edge.after(row));
        }
        if !story.stuck.is_empty() {
            let cells = story.threads.iter().zip(&self.widths).map(|(thread, &cells)| {
                let stuck = if story.stuck.contains(thread) { words::STUCK } else { "" };
                ink.cell(Tone::Bad, stuck, cells)
            });
            let cells: Vec<String> = cells.collect();
            push_line(&mut text, &self.edge.of_row(Mark::Failure, None), &cells);
        }
        text
    }

    fn header(&self, scene: &Scene, story: &Story, ink: Ink) -> String {
        let mut text = String::new();
        let edge = self.edge.blank();
        let names = story.threads.iter().zip(&self.widths).map(|(&thread, &cells)| {
            ink.cell(Tone::Strong, &cut_middle(&scene.names.thread(thread), cells), cells)
        });
        push_line(&mut text, &edge, &names.collect::<Vec<_>>());
        let rules = self.widths.iter().map(|&cells| ink.paint(Tone::Faint, &"─".repeat(cells)));
        push_line(&mut text, &edge, &rules.collect::<Vec<_>>());
        text
    }

    fn draw_row(&self, story: &Story, row: &Row, number: usize, ink: Ink) -> String {
        let own = story.threads.iter().position(|&thread| thread == row.thread).unwrap_or(0);
        let pieces = pieces(row, self.digits, self.calls);
        let lines = cell::lines(&pieces, self.widths[own], self.digits + 1);
        let mut text = String::new();
        for (index, line) in lines.iter().enumerate() {
            let number = (index == 0).then_some(number);
            let mark = if index == 0 { row.mark } else { Mark::None };
            let columns = story.threads.iter().zip(&self.widths).enumerate();
            let cells = columns.map(|(column, (&thread, &cells))| match () {
                () if column == own => ink.cell(tone(row.mark), line, cells),
                () if row.preempted == Some(thread) && index == 0 => {
                    ink.cell(Tone::Faint, words::PREEMPTED, cells)
                }
                () if story.waits(thread, row.step) => ink.cell(Tone::Faint, WAITING, cells),
                () => " ".repeat(cells),
            });
            push_line(&mut text, &self.edge.of_row(mark, number), &cells.collect::<Vec<_>>());
        }
        text
    }
}

fn push_line(text: &mut String, edge: &str, cells: &[String]) {
    let line = format!("{edge}{}", cells.join(GAP));
    text.push_str(line.trim_end());
    text.push('\n');
}
