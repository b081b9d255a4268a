//! Draws the game: the source with the threads in it, what has happened, what can be chosen.

use super::game::{Game, MOST_KEYS};
use crate::explanation::{Explanation, Length, Part, Sources, safe};
use crate::graded::GradedExercise;
use crate::report::{self, ReportOptions};
use crate::world::ANSWER;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use record::{Location, NextStep, Offer, Operation, Steered, Trace, Way};

/// How many lines say what a check has found.
const MOST_FOUND: usize = 6;

/// Draws `game`.
pub(super) fn draw(frame: &mut Frame<'_>, game: &Game) {
    let stands = game.stands();
    let width = usize::from(frame.area().width);
    let choices = choices(game, &stands, width);
    let rows = Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(u16::try_from(choices.len()).unwrap_or(u16::MAX)),
        Constraint::Length(1),
        Constraint::Length(1),
    ]);
    let [top, code, upper, past, lower, offers, state, keys] = rows.areas(frame.area());
    frame.render_widget(Paragraph::new(bar(&title(game, &stands), width)), top);
    frame.render_widget(Paragraph::new(source(game, &stands, code.height.into(), width)), code);
    let rule =
        |text: &str| Line::styled(ruled(text, width), Style::new().add_modifier(Modifier::DIM));
    // Who has chosen nothing yet needs to know what to break.
    let (heading, lines) = match stands.picks.is_empty() && !stands.offers.is_empty() {
        true => ("what the check does", wanted(game, width)),
        false => ("what has happened", happened(game, past.height.into(), width)),
    };
    frame.render_widget(Paragraph::new(rule(heading)), upper);
    frame.render_widget(Paragraph::new(lines), past);
    let asks = if stands.offers.is_empty() {
        "it is over"
    } else {
        "which thread runs next? press the number at the left margin"
    };
    frame.render_widget(Paragraph::new(rule(asks)), lower);
    frame.render_widget(Paragraph::new(choices), offers);
    let said = game.note.clone().unwrap_or_else(|| verdict(game, &stands));
    frame.render_widget(Paragraph::new(said), state);
    let help = "1-9 choose  Enter next  u undo  c run on  b break it for me  0 restart  q quit";
    frame.render_widget(Paragraph::new(bar(help, width)), keys);
}

/// Said when a search has found no schedule that breaks the check.
pub(super) fn unbreakable(searched: &GradedExercise) -> String {
    let coverage = searched.checks.first().and_then(|check| check.coverage.first());
    let tried = coverage.map_or(0, |(_, coverage)| coverage.schedules());
    let all = coverage.is_some_and(|(_, coverage)| coverage.exhausted);
    match (tried, all) {
        (1, true) => "It cannot be broken: there is only this one schedule.".to_owned(),
        (_, true) => format!("It cannot be broken: all its {tried} schedules were tried."),
        _ => format!("It was not broken by any of the {tried} schedules that were tried."),
    }
}

fn bar(text: &str, width: usize) -> Line<'static> {
    let spaces = width.saturating_sub(safe::width(text) + 1);
    let text = format!(" {text}{}", " ".repeat(spaces));
    Line::styled(text, Style::new().add_modifier(Modifier::REVERSED))
}

fn ruled(text: &str, width: usize) -> String {
    let rest = width.saturating_sub(safe::width(text) + 4);
    format!("── {text} {}", "─".repeat(rest))
}

fn title(game: &Game, stands: &Steered) -> String {
    let check = game.check().map_or("", |check| check.name.as_str());
    let clock = stands.clock / 1_000_000;
    let exercise = &game.now;
    format!(
        "{:02} {}   {check}   choices: {}   clock: {clock} ms",
        exercise.number,
        exercise.title,
        stands.picks.len()
    )
}

/// The lines of the answer around the places where threads are, with the threads in front.
fn source(game: &Game, stands: &Steered, height: usize, width: usize) -> Vec<Line<'static>> {
    let places = |line: usize| -> Vec<String> {
        let is_there =
            |next: &&NextStep| in_answer(next).is_some_and(|at| at.line as usize == line);
        stands.threads.iter().filter(is_there).map(|next| short_name(next.thread)).collect()
    };
    // The window shows the thread that goes on by default, or the first that is in the answer.
    let default = stands.offers.first().map(|offer| offer.pick.thread);
    let of = |thread: usize| stands.threads.iter().find(|next| next.thread == thread);
    let all = default.and_then(of).into_iter().chain(&stands.threads);
    let last = last_in_answer(game);
    let center = all.filter_map(in_answer).map(|at| at.line).next().or(last).unwrap_or(1) as usize;
    let lines: Vec<&str> = game.now.answer_text.lines().collect();
    let first = center.saturating_sub(height / 2 + 1).min(lines.len().saturating_sub(height));
    let line = |(index, text): (usize, &&str)| {
        let number = index + 1;
        let threads = places(number);
        let style = match threads.is_empty() {
            true => Style::new(),
            false => Style::new().add_modifier(Modifier::BOLD),
        };
        let text = format!("{:>9} {number:>4} │ {}", threads.join(" "), safe::line(text));
        Line::styled(cut(&text, width), style)
    };
    lines.iter().enumerate().skip(first).take(height).map(line).collect()
}

/// Where in the answer a thread is.
fn in_answer(next: &NextStep) -> Option<&Location> {
    let is_answer = |at: &&Location| at.file == ANSWER;
    Some(&next.at).filter(is_answer).or(next.statement.as_ref().filter(is_answer))
}

/// The line of the answer at which the last step was taken.
fn last_in_answer(game: &Game) -> Option<u32> {
    let trace = game.outcome().ok()?.trace.as_ref()?;
    trace.steps.iter().rev().find(|step| step.at.file == ANSWER).map(|step| step.at.line)
}

/// What the check does and wants, as its author says.
fn wanted(game: &Game, width: usize) -> Vec<Line<'static>> {
    let doc = game.check().map_or("", |check| check.doc.as_str());
    report::paragraph(doc, width).into_iter().map(Line::raw).collect()
}

/// What the check found, if it failed.
fn found(game: &Game, width: usize) -> Vec<Line<'static>> {
    let Ok(check) = game.check() else { return Vec::new() };
    let explanation = Explanation::of(check, &Sources::of(&game.now), Length::Short);
    let told = explanation.told.iter().flat_map(|part| match part {
        Part::Said(text) => report::paragraph(text, width),
        Part::Quoted(text) => text.lines().map(|line| format!("│ {line}")).collect(),
    });
    told.take(MOST_FOUND).map(|line| Line::raw(cut(&line, width))).collect()
}

/// The last rows of the picture.
fn happened(game: &Game, height: usize, width: usize) -> Vec<Line<'static>> {
    let Ok(check) = game.check() else { return Vec::new() };
    let options = ReportOptions { width, ..ReportOptions::default() };
    let rows = report::steps(&game.now, check, &options);
    let rows: Vec<&str> = rows.lines().collect();
    // The heads of the columns, and the last steps.
    let heads = rows.iter().take_while(|row| !row.contains("──")).count() + 1;
    let heads = if heads > rows.len() { 0 } else { heads };
    let (heads, steps) = rows.split_at(heads);
    let room = height.saturating_sub(heads.len());
    let from = steps.len().saturating_sub(room);
    let shown = heads.iter().chain(&steps[from..]);
    shown.map(|row| Line::raw((*row).to_owned())).collect()
}

/// What can be chosen, and who waits.
fn choices(game: &Game, stands: &Steered, width: usize) -> Vec<Line<'static>> {
    let trace = game.outcome().ok().and_then(|outcome| outcome.trace.clone()).unwrap_or_default();
    let names: Vec<String> = (0..trace.threads.len()).map(|it| name(&trace, it)).collect();
    let cells = names.iter().map(|name| safe::width(name)).max().unwrap_or(0);
    let laid_out = game.laid_out();
    let offer = |(index, offer): (usize, &Offer)| {
        let next = stands.threads.iter().find(|next| next.thread == offer.pick.thread);
        let mark = if laid_out == Some(offer.pick) { '►' } else { ' ' };
        let name = safe::pad(names.get(offer.pick.thread).map_or("", String::as_str), cells);
        let what = next.map(|next| doing(game, next, offer.pick.way)).unwrap_or_default();
        let style = match offer.is_odd {
            true => Style::new().add_modifier(Modifier::DIM),
            false => Style::new(),
        };
        Line::styled(format!("{mark}{}  {name}  {what}", index + 1), style)
    };
    let mut lines: Vec<Line<'static>> =
        stands.offers.iter().enumerate().take(MOST_KEYS).map(offer).collect();
    if stands.offers.is_empty() {
        lines = found(game, width);
    }
    let is_offered = |next: &&NextStep| {
        stands.offers.iter().any(|offer| offer.pick.thread == next.thread && !offer.is_odd)
    };
    for next in stands.threads.iter().filter(|next| !is_offered(next)) {
        let name = safe::pad(names.get(next.thread).map_or("", String::as_str), cells);
        let text = format!(" –  {name}  waits at {}", place(game, &next.at));
        lines.push(Line::styled(text, Style::new().add_modifier(Modifier::DIM)));
    }
    lines
}

/// What a thread would do.
fn doing(game: &Game, next: &NextStep, way: Way) -> String {
    let place = place(game, &next.at);
    match way {
        Way::Run if next.operation == Operation::Start => format!("starts: {place}"),
        Way::Run => place,
        Way::TimeOut => format!("its time is up: {place}"),
        Way::Spurious => format!("for no reason: {place}"),
        Way::Queue => format!("stands in line behind a writer: {place}"),
    }
}

/// `41  let number = self.hits.load(SeqCst) + 1;`
fn place(game: &Game, at: &Location) -> String {
    let sources = Sources::of(&game.now);
    let line = at.line.saturating_sub(1) as usize;
    let text =
        sources.find(at).and_then(|source| source.text.lines().nth(line)).unwrap_or_default();
    let line = match at.file == ANSWER {
        true => at.line.to_string(),
        false => sources.place(at).unwrap_or_else(|| format!("line {}", at.line)),
    };
    safe::line(&format!("{line}  {}", text.trim()))
}

/// How a thread is called.
fn name(trace: &Trace, thread: usize) -> String {
    match trace.threads.get(thread).and_then(|info| info.name.as_deref()) {
        _ if thread == 0 => "check".to_owned(),
        Some(name) => safe::line(name),
        None => format!("thread {thread}"),
    }
}

fn short_name(thread: usize) -> String {
    if thread == 0 { "check".to_owned() } else { thread.to_string() }
}

/// What became of the check, or who holds what.
fn verdict(game: &Game, stands: &Steered) -> String {
    let Ok(outcome) = game.outcome() else { return String::new() };
    if stands.offers.is_empty() {
        return match (&outcome.failure, game.check().ok().and_then(|it| it.replay.as_deref())) {
            (Some(_), Some(token)) => {
                format!("You broke it! To see it again: replay {} {token}", game.now.name)
            }
            (Some(_), None) => "You broke it!".to_owned(),
            (None, _) => {
                "This schedule does not break it. `u` takes the last choice back.".to_owned()
            }
        };
    }
    let trace = outcome.trace.clone().unwrap_or_default();
    let held = |&(object, thread): &(usize, usize)| {
        let made = trace.objects.get(object).and_then(|object| object.made_at.as_ref())?;
        let sources = Sources::of(&game.now);
        Some(format!("{} holds the lock of {}", name(&trace, thread), sources.place(made)?))
    };
    let held: Vec<String> = stands.held.iter().filter_map(held).collect();
    match (held.is_empty(), game.laid_out()) {
        (false, _) => held.join(", "),
        (true, Some(_)) => "Enter follows the schedule that is laid out (►).".to_owned(),
        (true, None) => "Choose which thread runs next, so that the check fails.".to_owned(),
    }
}

fn cut(text: &str, width: usize) -> String {
    safe::head(text, width).to_owned()
}
