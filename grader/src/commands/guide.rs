//! What a learner asks for between two runs: `list`, `next`, `hint`, `reset` and `solution`.

use super::{known, own, shown};
use crate::pager;
use anyhow::Context;
use grader::course::{Course, Exercise};
use grader::exit::{Code, Stop};
use grader::guide::{self, Hint, SolutionError, Standing};
use grader::layout::Layout;
use grader::report::{self, ReportOptions};
use grader::submission;

/// The exercises, and where the learner stands.
pub(crate) fn list(course: &Course) -> Result<Code, Stop> {
    for id in course.left_out.keys() {
        eprintln!("note: {}", report::left_out(id));
    }
    let standings = standings(course)?;
    let (current, options) =
        (guide::current(&standings), ReportOptions::for_stdout().with_links(&course.root));
    report::standings(&standings, current, &options, &mut std::io::stdout().lock())?;
    Ok(Code::FullMarks)
}

/// The exercise that comes next.
pub(crate) fn next(course: &Course) -> Result<Code, Stop> {
    let standings = standings(course)?;
    let options = ReportOptions::for_stdout().with_links(&course.root);
    let mut out = std::io::stdout().lock();
    match guide::current(&standings).and_then(|index| standings.get(index)) {
        Some(standing) => {
            let answer = shown(course, &standing.exercise.answer_path());
            report::introduction(standing, &answer.display().to_string(), &options, &mut out)?;
        }
        None => report::standings(&standings, None, &options, &mut out)?,
    }
    Ok(Code::FullMarks)
}

/// The next hint for the exercise that `word` means, or for the one that comes next; or all hints.
pub(crate) fn hint(course: &Course, word: Option<&str>, all: bool) -> Result<Code, Stop> {
    let exercise = match word {
        Some(word) => submission::one(course, word).map_err(Stop::usage)?,
        None => current(course)?,
    };
    let hints = if all {
        let of = exercise.hints.len();
        let hint = |(index, text)| Hint { number: index + 1, of, text, again: false };
        exercise.hints.iter().map(String::as_str).enumerate().map(hint).collect()
    } else {
        Vec::from_iter(guide::hint(&Layout::of(&course.root), exercise)?)
    };
    let options = ReportOptions::for_stdout().with_links(&course.root);
    report::hints(exercise, &hints, &options, &mut std::io::stdout().lock())?;
    Ok(Code::FullMarks)
}

/// Restores the starter of the exercise that `word` means.
pub(crate) fn reset(course: &Course, word: &str) -> Result<Code, Stop> {
    let id = submission::id(course, word).map_err(Stop::usage)?;
    println!("{}", guide::reset(course, id).map_err(Stop::usage)?);
    Ok(Code::FullMarks)
}

/// The reference for the exercise that `word` means, with its explanation, if it is solved or the
/// learner wants it `anyway`.
pub(crate) fn solution(course: &Course, word: &str, anyway: bool) -> Result<Code, Stop> {
    let exercise = submission::one(course, word).map_err(Stop::usage)?;
    if !anyway {
        let standings = standings_of(course, &[exercise])?;
        if !standings.iter().all(Standing::is_solved) {
            let name = exercise.name.clone();
            return Err(Stop::usage(SolutionError::NotSolved { name }));
        }
    }
    let solution = guide::solution(course, exercise).map_err(Stop::usage)?;
    let mut text = Vec::new();
    report::solution(exercise, &solution, &ReportOptions::for_stdout(), &mut text)?;
    pager::show(&text).context("showing the solution")?;
    Ok(Code::FullMarks)
}

/// The exercise that comes next.
fn current(course: &Course) -> Result<&Exercise, Stop> {
    let standings = standings(course)?;
    let current = guide::current(&standings).unwrap_or(standings.len().saturating_sub(1));
    let standing = standings.get(current).context("the course has no exercises")?;
    Ok(standing.exercise)
}

/// Where the learner stands in each exercise.
pub(crate) fn standings(course: &Course) -> Result<Vec<Standing<'_>>, Stop> {
    standings_of(course, &course.exercises.iter().collect::<Vec<_>>())
}

fn standings_of<'c>(
    course: &'c Course,
    exercises: &[&'c Exercise],
) -> Result<Vec<Standing<'c>>, Stop> {
    let answers = own(course, exercises)?.answers;
    let known = known(course, &answers)?;
    Ok(guide::standings(course, &answers, &known))
}
