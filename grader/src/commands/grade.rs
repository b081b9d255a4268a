//! `grade`, and the grader without a command.

use super::{submit, with_listener};
use anyhow::Context;
use grader::course::Course;
use grader::exit::{Code, Stop};
use grader::graded::Graded;
use grader::pipeline::Pipeline;
use grader::progress::{Event, Listener};
use grader::report::{self, Progress, ReportOptions};
use grader::submission::Submission;
use std::path::Path;

/// Grades the answers to `exercises`, or to all, and reports.
pub(crate) fn run(
    course: &Course,
    exercises: &[String],
    submission: Option<&Path>,
    options: &ReportOptions,
    output: Option<&Path>,
) -> Result<Code, Stop> {
    let answers = submit(course, exercises, submission)?;
    let progress = Progress::new();
    let graded = grade(course, &answers, &|event| progress.show(event));
    progress.show(Event::Finished);
    let graded = graded?;
    publish(&graded, options, &course.root, output)?;
    Ok(Code::of(&graded))
}

/// Grades the answers in `submission`.
pub(crate) fn grade(
    course: &Course,
    submission: &Submission<'_>,
    listener: Listener<'_>,
) -> anyhow::Result<Graded> {
    let work = |pipeline: &mut Pipeline<'_>| pipeline.grade(&submission.answers);
    let grades = with_listener(course, "grade", listener, work)?;
    let mut exercises: Vec<_> = grades.into_iter().map(|grade| grade.exercise).collect();
    for solved in exercises.iter_mut().filter(|exercise| exercise.verdict().is_pass()) {
        solved.mistake = course.mistake(&solved.id);
    }
    Ok(Graded { exercises, left_out: course.left_out.keys().cloned().collect() })
}

fn publish(
    graded: &Graded,
    options: &ReportOptions,
    root: &Path,
    file: Option<&Path>,
) -> Result<(), Stop> {
    let Some(file) = file else {
        let options = options.clone().with_links(root);
        return Ok(report::write(graded, &options, &mut std::io::stdout().lock())?);
    };
    let mut content = Vec::new();
    report::write(graded, options, &mut content)?;
    let written = std::fs::write(file, content);
    written.with_context(|| format!("writing {}", file.display())).map_err(Stop::Usage)
}
