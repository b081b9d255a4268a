//! `watch`.

use super::guide::standings;
use anyhow::anyhow;
use grader::course::Course;
use grader::exit::{Code, Stop};
use grader::layout::Layout;
use grader::submission;
use grader::watch::{self, Ended};
use std::io::IsTerminal;

/// Grades the exercise that `word` means, or the one that was open last, whenever it is saved.
pub(crate) fn run(course: &Course, word: Option<&str>) -> Result<Code, Stop> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        let error = anyhow!("`watch` needs a terminal; without one, use `grade`");
        return Err(Stop::Usage(error));
    }
    let mut ended = watch(course, word)?;
    while let Ended::Changed { course, exercise } = ended {
        ended = watch(&course, Some(&exercise))?;
    }
    Ok(Code::FullMarks)
}

fn watch(course: &Course, word: Option<&str>) -> Result<Ended, Stop> {
    let standings = standings(course)?;
    let layout = Layout::of(&course.root);
    let start = match word {
        Some(word) => {
            let exercise = submission::one(course, word).map_err(Stop::usage)?;
            standings.iter().position(|it| it.exercise.id == exercise.id)
        }
        None => watch::last_open(&layout, &standings),
    };
    Ok(watch::run(course, &layout, &standings, start)?)
}
