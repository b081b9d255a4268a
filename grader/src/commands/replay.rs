//! `replay`.

use super::{submit, with_listener};
use anyhow::{Context, anyhow};
use grader::course::Course;
use grader::exit::{Code, Stop};
use grader::graded::{Facts, GradedExercise};
use grader::pipeline::Pipeline;
use grader::progress::{Event, Listener};
use grader::report::{self, Progress, ReportOptions};
use grader::submission::Submission;
use grader::token::Token;
use grader::world::World;
use std::path::Path;

/// Runs one schedule and shows it step by step.
pub(crate) fn run(
    course: &Course,
    exercise: String,
    token: &Token,
    submission: Option<&Path>,
) -> Result<Code, Stop> {
    let submission = submit(course, &[exercise], submission)?;
    let progress = Progress::new();
    let exercise = replay(course, &submission, token, &|event| progress.show(event));
    progress.show(Event::Finished);
    let exercise = exercise?;
    let graded = exercise.checks.first().context("the replay did not run its check")?;
    let (options, mut out) =
        (ReportOptions::for_stdout().with_links(&course.root), std::io::stdout().lock());
    match &graded.facts {
        Facts::Ended(outcome) => {
            report::write_replay(&exercise, graded, &options, &mut out)?;
            // Below a picture that may be longer than the screen.
            if outcome.failure.is_none() {
                eprintln!(
                    "note: the check passes under this schedule; a token is valid only for the source \
                     it was made from, so if the file has changed since, this is a different schedule"
                );
            }
        }
        // Nothing ran; the report says why.
        _ => report::write(&vec![exercise.clone()].into(), &options, &mut out)?,
    }
    Ok(Code::of(&vec![exercise].into()))
}

/// Runs one schedule of the answer in `submission`. The result has only that check.
pub(crate) fn replay(
    course: &Course,
    submission: &Submission<'_>,
    token: &Token,
    listener: Listener<'_>,
) -> Result<GradedExercise, Stop> {
    let answer = submission.answers.first().context("the submission contains no answer")?;
    let check = answer.exercise.check(token.check).map_err(Stop::Usage)?;
    if !check.worlds.contains(&World::Model) {
        let name = &check.name;
        return Err(Stop::Usage(anyhow!("`{name}` does not run in the model: nothing to replay")));
    }
    let work = |pipeline: &mut Pipeline<'_>| pipeline.replay(answer, check, &token.schedule);
    let exercise = with_listener(course, "grade", listener, work)?;
    let replayed = exercise.checks.first().context("the replay did not run its check")?;
    match &replayed.facts {
        Facts::Ended(outcome) if outcome.replay.is_none() => Err(Stop::Usage(anyhow!(
            "`{token}` does not name a schedule; copy the token from the report again"
        ))),
        _ => Ok(exercise),
    }
}
