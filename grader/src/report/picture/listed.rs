//! One line a step, with the thread's name: for many threads or a narrow terminal.

use super::super::ink::{Ink, Tone};
use super::super::safe::{cut, width};
use super::super::scene::Scene;
use super::super::story::{Length, Mark, Row, Story};
use super::super::words::step as words;
use super::{GUTTER, after, before, cell, digits, gutter, pieces, tone};

/// A longer name loses its end.
const MAX_NAME: usize = 12;

/// Draw the rows.
pub(super) fn draw(scene: &Scene, story: &Story, most: usize, ink: Ink) -> String {
    let name = |thread: usize| cut(&scene.names.thread(thread), MAX_NAME);
    let names = story.threads.iter().map(|&thread| width(&name(thread))).max().unwrap_or(0);
    let room = most.saturating_sub(GUTTER + names + 3).max(8);
    let line = |edge: &str, who: &str, what: &str, tone: Tone| {
        let bar = ink.paint(Tone::Faint, "│");
        let who = ink.cell(Tone::Strong, who, names);
        format!("{edge}{who} {bar} {}", ink.paint(tone, what)).trim_end().to_owned() + "\n"
    };
    let mut text = String::new();
    for (index, row) in story.rows.iter().enumerate() {
        text.push_str(&before(row, ink));
        if let Some(victim) = row.preempted {
            text.push_str(&line(&" ".repeat(GUTTER), &name(victim), words::PREEMPTED, Tone::Faint));
        }
        text.push_str(&step(story, row, index, &name(row.thread), room, ink, &line));
        text.push_str(&after(row, ink));
    }
    for &thread in &story.stuck {
        let edge = gutter(Mark::Failure, None, ink);
        text.push_str(&line(&edge, &name(thread), words::STUCK, Tone::Bad));
    }
    text
}

fn step(
    story: &Story,
    row: &Row,
    index: usize,
    name: &str,
    room: usize,
    ink: Ink,
    line: &impl Fn(&str, &str, &str, Tone) -> String,
) -> String {
    let digits = digits(story);
    let mut text = String::new();
    for (at, what) in
        cell::lines(&pieces(row, digits, Length::Whole), room, digits + 1).iter().enumerate()
    {
        let (edge, who) = match at {
            0 => (gutter(row.mark, Some(index + 1), ink), name),
            _ => (" ".repeat(GUTTER), ""),
        };
        text.push_str(&line(&edge, who, what, tone(row.mark)));
    }
    text
}
