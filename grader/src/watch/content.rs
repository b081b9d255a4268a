//! The text in the middle of the screen, as the reports have it.

use super::app::{App, View};
use crate::graded::Graded;
use crate::guide::{self, Hint, Standing, State};
use crate::report::{self, Controls, Detail, ReportOptions};
use ansi_to_tui::IntoText;
use ratatui::text::{Line, Text};

/// What the view shows, in lines of at most `width` cells where they can be broken.
pub(super) fn text(app: &App<'_>, width: usize, color: bool) -> Text<'static> {
    let controls = Controls::Keys;
    let options = ReportOptions { width, color, controls, ..ReportOptions::default() };
    let mut out = Vec::new();
    let written = match &app.view {
        View::Report => graded(app, &options, &mut out),
        View::All => graded(app, &ReportOptions { detail: Detail::All, ..options }, &mut out),
        View::Task => {
            let file = app.exercise().folder.join("README.md");
            let text = std::fs::read_to_string(&file);
            let text = text.unwrap_or_else(|error| format!("{}: {error}", file.display()));
            report::document(&text, &options, &mut out)
        }
        View::Hints => hints(app, &options, &mut out),
        View::Solution => match guide::solution(app.course, app.exercise()) {
            Ok(solution) => report::solution(app.exercise(), &solution, &options, &mut out),
            Err(error) => {
                out = error.to_string().into_bytes();
                Ok(())
            }
        },
        View::Replay(exercise) => match exercise.checks.first() {
            Some(check) => report::write_replay(exercise, check, &options, &mut out),
            None => Ok(()),
        },
        View::List(_) | View::Reset | View::Keys => Ok(()),
    };
    if let Err(error) = written {
        return Text::raw(format!("{error:#}"));
    }
    let parsed = out.into_text();
    parsed.unwrap_or_else(|_| Text::raw(String::from_utf8_lossy(&out).into_owned()))
}

fn graded(app: &App<'_>, options: &ReportOptions, out: &mut Vec<u8>) -> anyhow::Result<()> {
    if let Some(why) = &app.refused {
        out.extend_from_slice(why.as_bytes());
        return Ok(());
    }
    match &app.graded {
        // A starter is introduced: what it fails is what the task says.
        Some(graded) if !is_untouched(graded) || options.detail == Detail::All => {
            report::write(graded, options, out)
        }
        _ => {
            let (state, changed) = app.places[app.current];
            let standing = Standing { exercise: app.exercise(), state, changed };
            let answer = format!("exercises/{}/{}", app.exercise().id, crate::world::ANSWER);
            report::introduction(&standing, &answer, options, out)
        }
    }
}

fn is_untouched(graded: &Graded) -> bool {
    graded.exercises.iter().all(|exercise| exercise.is_starter)
}

fn hints(app: &App<'_>, options: &ReportOptions, out: &mut Vec<u8>) -> anyhow::Result<()> {
    let exercise = app.exercise();
    let of = exercise.hints.len();
    let given = exercise.hints.iter().take(app.hints).enumerate();
    let hint = |(index, text): (usize, &'_ String)| (index + 1, text.clone());
    let given: Vec<(usize, String)> = given.map(hint).collect();
    let hints: Vec<Hint<'_>> = given
        .iter()
        .map(|(number, text)| Hint { number: *number, of, text, again: false })
        .collect();
    report::hints(exercise, &hints, options, out)
}

/// The list of exercises, and the number of the line that is marked.
pub(super) fn list(app: &App<'_>) -> (Vec<Line<'static>>, usize) {
    let View::List(choice) = &app.view else { return (Vec::new(), 0) };
    let shown = choice.shown(&app.course.exercises);
    let marked = shown.iter().position(|index| *index == choice.at).unwrap_or(0);
    let line = |&index: &usize| {
        let (exercise, (state, _)) = (&app.course.exercises[index], app.places[index]);
        let score = match state {
            State::NotStarted | State::NotGraded => "–".to_owned(),
            State::Unsolved(_) | State::Solved => state.earned(exercise.max_score()).to_string(),
        };
        let state = report::state(state);
        let mark = if index == choice.at { '>' } else { ' ' };
        let (number, title, max) = (exercise.number, &exercise.title, exercise.max_score());
        Line::raw(format!("{mark} {number:>2}  {title:<18} {score:>3}/{max:<3} {state}"))
    };
    (shown.iter().map(line).collect(), marked)
}
