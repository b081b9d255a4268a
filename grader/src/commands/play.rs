//! `play`, and `replay --step`.

use super::{submit, with_listener};
use anyhow::{Context, anyhow};
use grader::course::{Check, Course, Exercise};
use grader::exit::{Code, Stop};
use grader::graded::GradedCheck;
use grader::pipeline::{Pipeline, Prepared};
use grader::play::{self, Ended};
use grader::progress::Event;
use grader::report::{self, Progress, ReportOptions};
use grader::submission::{self, Answer};
use grader::token::Token;
use grader::world::World;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// What to play on.
pub(crate) enum On<'a> {
    /// A check, by number or name, or the first one that fails.
    Check(Option<&'a str>),
    /// The schedule with this token, laid out step by step.
    Schedule(&'a Token),
}

/// Lets a person schedule a check of the exercise that `word` means.
pub(crate) fn run(
    course: &Course,
    word: &str,
    on: On<'_>,
    submission: Option<&Path>,
) -> Result<Code, Stop> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        let error = anyhow!("this needs a terminal; `replay` shows a schedule without one");
        return Err(Stop::Usage(error));
    }
    let submission = submit(course, &[word.to_owned()], submission)?;
    let answer = submission.answers.first().context("the submission contains no answer")?;
    let (check, token) = match on {
        On::Check(word) => (chosen(course, answer, word)?, None),
        On::Schedule(token) => {
            let check = answer.exercise.check(token.check).map_err(Stop::Usage)?;
            (check, Some(token.schedule.as_str()))
        }
    };
    let progress = Progress::new();
    let work = |pipeline: &mut Pipeline<'_>| pipeline.prepare(answer, check);
    let prepared = with_listener(course, "grade", &|event| progress.show(event), work);
    progress.show(Event::Finished);
    let steerable = match prepared? {
        Prepared::Steerable(steerable) => steerable,
        Prepared::Unbuilt(exercise) => {
            let graded = vec![*exercise].into();
            report::write(
                &graded,
                &ReportOptions::for_stdout().with_links(&course.root),
                &mut std::io::stdout().lock(),
            )?;
            return Ok(Code::NotFull);
        }
    };
    if let Ended::Broken(token) = play::run(&steerable, token)? {
        // `watch` looks for the command.
        eprintln!("You broke it. To see it again:");
        eprintln!("  cargo run -p grader -- replay {} {token}", answer.exercise.name);
    }
    Ok(Code::FullMarks)
}

/// The check that `word` means, or the first of those in the model that failed, or the first of those
/// in which there is something to choose.
fn chosen<'c>(course: &Course, answer: &Answer<'c>, word: Option<&str>) -> Result<&'c Check, Stop> {
    let exercise: &'c Exercise = answer.exercise;
    let in_model = || exercise.checks.iter().filter(|it| it.worlds.contains(&World::Model));
    let Some(word) = word else {
        let known = super::known(course, std::slice::from_ref(answer))?;
        let known: Vec<_> = known.into_iter().flatten().flat_map(|graded| graded.checks).collect();
        let those = |which: fn(&GradedCheck) -> bool| -> Vec<&str> {
            known.iter().filter(|it| which(it)).map(|it| it.name.as_str()).collect()
        };
        let failed = those(|it| !it.verdict.is_pass());
        let has_choices = those(|it| it.coverage.iter().any(|(_, it)| it.schedules() > 1));
        // Before anything is graded, what the starter fails is what breaks.
        let breaks =
            |check: &&Check| exercise.starter.get(&check.name).is_some_and(|it| !it.is_pass());
        let first = in_model().find(|check| failed.contains(&check.name.as_str()));
        let is_open = |check: &&Check| has_choices.contains(&check.name.as_str());
        let first = first.or_else(|| in_model().find(is_open));
        let first = first.or_else(|| in_model().find(breaks));
        let none = || anyhow!("no check of `{}` runs in the model", exercise.name);
        return first.or_else(|| in_model().next()).ok_or_else(none).map_err(Stop::Usage);
    };
    let number = word.parse::<usize>().ok();
    let found = exercise.checks.iter().find(|it| it.name == word || Some(it.number) == number);
    match found {
        Some(check) if check.worlds.contains(&World::Model) => Ok(check),
        Some(check) => {
            let name = &check.name;
            Err(Stop::Usage(anyhow!("`{name}` does not run in the model: nothing to choose")))
        }
        None => {
            let names: Vec<&str> = in_model().map(|check| check.name.as_str()).collect();
            let name = &exercise.name;
            let error = anyhow!("`{name}` has no check `{word}`; it has {}", names.join(", "));
            Err(Stop::Usage(error))
        }
    }
}

/// The file of the course's own answer called `label`, such as `audit_one_by_one`.
pub(crate) fn answer(course: &Course, word: &str, label: &str) -> Result<PathBuf, Stop> {
    let id = submission::id(course, word).map_err(Stop::usage)?;
    let folder = course.root.join("solutions").join(id);
    let below = ["wrong", "right", ""].iter().flat_map(|below| {
        ["patch", "rs"].map(|extension| folder.join(below).join(label).with_extension(extension))
    });
    let mut files = below.filter(|file| file.is_file());
    files.next().ok_or_else(|| {
        Stop::Usage(anyhow!(
            "`{}` has no answer `{label}`",
            Path::new("solutions").join(id).display()
        ))
    })
}
