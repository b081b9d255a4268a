//! One line a step, with the thread's name: for many threads or a narrow terminal.

use super::super::ink::Tone;
use super::super::safe::{cut_middle, width};
use super::super::scene::Scene;
use super::super::story::{Length, Mark, Row, Story};
use super::super::words::step as words;
use super::{Edge, cell, digits, pieces, tone};

/// A longer name loses its end.
const MAX_NAME: usize = 12;

/// Draw the rows.
pub(super) fn draw(scene: &Scene, story: &Story, most: usize, edge: Edge) -> String {
    let ink = edge.ink;
    let name = |thread: usize| cut_middle(&scene.names.thread(thread), MAX_NAME);
    let names = story.threads.iter().map(|&thread| width(&name(thread))).max().unwrap_or(0);
    let room = most.saturating_sub(edge.cells() + names + 3).max(8);
    let line = |left: &str, who: &str, what: &str, tone: Tone| {
        let bar = ink.paint(Tone::Faint, "│");
        let who = ink.cell(Tone::Strong, who, names);
        format!("{left}{who} {bar} {}", ink.paint(tone, what)).trim_end().to_owned() + "\n"
    };
    let digits = digits(story);
    let mut text = String::new();
    for (index, row) in story.rows.iter().enumerate() {
        text.push_str(&edge.before(row));
        if let Some(victim) = row.preempted {
            text.push_str(&line(&edge.blank(), &name(victim), words::PREEMPTED, Tone::Faint));
        }
        text.push_str(&step(row, (index + 1, digits), &name(row.thread), room, edge, &line));
        text.push_str(&edge.after(row));
    }
    for &thread in &story.stuck {
        let left = edge.of_row(Mark::Failure, None);
        text.push_str(&line(&left, &name(thread), words::STUCK, Tone::Bad));
    }
    text
}

/// One row: `number` is its own, `digits` the cells of a line number.
fn step(
    row: &Row,
    (number, digits): (usize, usize),
    name: &str,
    room: usize,
    edge: Edge,
    line: &impl Fn(&str, &str, &str, Tone) -> String,
) -> String {
    let mut text = String::new();
    for (at, what) in
        cell::lines(&pieces(row, digits, Length::Whole), room, digits + 1).iter().enumerate()
    {
        let (left, who) = match at {
            0 => (edge.of_row(row.mark, Some(number)), name),
            _ => (edge.blank(), ""),
        };
        text.push_str(&line(&left, who, what, tone(row.mark)));
    }
    text
}
