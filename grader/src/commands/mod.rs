//! The commands, one file for each group of them.

pub(crate) mod authors;
pub(crate) mod book;
pub(crate) mod grade;
pub(crate) mod guide;
pub(crate) mod play;
pub(crate) mod replay;
pub(crate) mod watch;
pub(crate) mod worker;

use grader::cache::Cache;
use grader::course::{Course, Exercise};
use grader::exit::Stop;
use grader::extent::Extent;
use grader::job::WorldLimits;
use grader::layout::Layout;
use grader::pipeline::Pipeline;
use grader::progress::{Event, Listener};
use grader::report::Progress;
use grader::submission::{self, Answer, Submission};
use std::path::{Path, PathBuf};

/// The answers to grade.
pub(crate) fn submit<'c>(
    course: &'c Course,
    exercises: &[String],
    path: Option<&Path>,
) -> Result<Submission<'c>, Stop> {
    let submission = match path {
        Some(path) => Submission::given(course, exercises, path).map_err(Stop::usage)?,
        None => {
            let chosen = submission::choose(course, exercises).map_err(Stop::usage)?;
            own(course, &chosen)?
        }
    };
    for stray in &submission.strays {
        eprintln!("note: the folder `{stray}` is not graded: the course has no such exercise");
    }
    Ok(submission)
}

/// The learner's own answers.
pub(crate) fn own<'c>(
    course: &'c Course,
    exercises: &[&'c Exercise],
) -> Result<Submission<'c>, Stop> {
    Submission::own(course, exercises, |path| shown(course, path)).map_err(Stop::usage)
}

/// What earlier runs know of `answers`, in the same order.
pub(crate) fn known(
    course: &Course,
    answers: &[Answer<'_>],
) -> anyhow::Result<Vec<Option<grader::graded::GradedExercise>>> {
    with_pipeline(course, "grade", |pipeline| pipeline.known(answers))
}

/// Runs `work` with a pipeline that shows its progress on standard error.
pub(crate) fn with_pipeline<T>(
    course: &Course,
    purpose: &str,
    work: impl FnOnce(&mut Pipeline<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let progress = Progress::new();
    let result = with_listener(course, purpose, &|event| progress.show(event), work);
    progress.show(Event::Finished);
    result
}

/// Runs `work` with a pipeline that tells `listener` what happens.
pub(crate) fn with_listener<T>(
    course: &Course,
    purpose: &str,
    listener: Listener<'_>,
    work: impl FnOnce(&mut Pipeline<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let layout = Layout::of(&course.root);
    let limits = WorldLimits::default();
    let cache = Some(Cache::open(&layout, &limits)?);
    let (layout, extent) = (&layout, Extent::Full);
    // A second look finds where a check hangs, which only learners need; authors need verdicts.
    let looks_again = purpose == "grade";
    let mut pipeline =
        Pipeline { course, layout, limits, cache, listener, purpose, extent, looks_again };
    work(&mut pipeline)
}

/// `path` as it is shown to the user. In the course it is relative to the course's folder, from
/// wherever below it the grader is run, as cargo does it too: a result then does not depend on the
/// current folder. Elsewhere it is relative to the current folder if it is below that.
pub(crate) fn shown(course: &Course, path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let base = if here.starts_with(&course.root) { &course.root } else { &here };
    path.strip_prefix(base).unwrap_or(path).to_owned()
}
