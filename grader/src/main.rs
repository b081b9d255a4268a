//! The grader's command line.

use anyhow::{Context, anyhow};
use grader::cache::Cache;
use grader::cli::{self, Options, Task};
use grader::course::{Course, Exercise};
use grader::exit::{Code, Stop};
use grader::extent::Extent;
use grader::graded::{Facts, Graded};
use grader::job::WorldLimits;
use grader::layout::Layout;
use grader::mutants::{self, MutantKinds};
use grader::new_exercise;
use grader::pipeline::Pipeline;
use grader::process;
use grader::progress::Event;
use grader::report::{self, ExerciseSummary, Progress, ReportOptions};
use grader::submission::{self, Submission};
use grader::verify::{self, AuthorsAnswers, VerifyOptions};
use grader::world::World;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code.into(),
        Err(stop) => {
            eprintln!("{stop}");
            stop.code().into()
        }
    }
}

fn run() -> Result<Code, Stop> {
    let Options { root, task } = cli::options()?;
    process::end_children_on_interrupt().context("watching for interrupts")?;
    let mut course = Course::discover(&root).map_err(Stop::usage)?;
    match task {
        Task::Grade { exercises, submission, report, output } => {
            let answers = submit(&course, &exercises, submission.as_deref())?;
            let graded = grade(&course, &answers)?;
            publish(&graded, &report, output.as_deref())?;
            Ok(Code::of(&graded))
        }
        Task::List => list(&course),
        Task::New(name) => {
            let folder = new_exercise::create(&course, &name).map_err(Stop::Usage)?;
            println!("Created {} and its folder in solutions/.", shown(&folder).display());
            println!("`cargo run -p grader -- verify {name}` lists what is still to be written.");
            Ok(Code::FullMarks)
        }
        Task::Replay { exercise, check, schedule, submission } => {
            let answers = submit(&course, &[exercise], submission.as_deref())?;
            replay(&course, &answers, check, &schedule)
        }
        Task::Verify { exercises, options, mutants, seed } => {
            course.search_with_seed(seed);
            let code = verify(&course, &exercises, options)?;
            let Some(kinds) = mutants else { return Ok(code) };
            if code != Code::FullMarks {
                eprintln!("note: mutants are graded only once all answers and documents are right");
                return Ok(code);
            }
            mutate(&course, &exercises, kinds)
        }
    }
}

/// The answers to grade.
fn submit<'c>(
    course: &'c Course,
    exercises: &[String],
    path: Option<&Path>,
) -> Result<Submission<'c>, Stop> {
    let submission = match path {
        Some(path) => Submission::given(course, exercises, path),
        None => submission::choose(course, exercises)
            .and_then(|chosen| Submission::own(course, &chosen, shown)),
    };
    let submission = submission.map_err(Stop::usage)?;
    for stray in &submission.strays {
        eprintln!("note: the folder `{stray}` is not graded: the course has no such exercise");
    }
    Ok(submission)
}

fn grade(course: &Course, submission: &Submission<'_>) -> anyhow::Result<Graded> {
    let grades = with_pipeline(course, "grade", |pipeline| pipeline.grade(&submission.answers))?;
    let mut exercises: Vec<_> = grades.into_iter().map(|grade| grade.exercise).collect();
    for solved in exercises.iter_mut().filter(|exercise| exercise.verdict().is_pass()) {
        solved.mistake = course.mistake(&solved.id);
    }
    Ok(Graded { exercises, left_out: course.left_out.keys().cloned().collect() })
}

fn publish(graded: &Graded, options: &ReportOptions, file: Option<&Path>) -> Result<(), Stop> {
    let Some(file) = file else {
        return Ok(report::write(graded, options, &mut std::io::stdout().lock())?);
    };
    let mut content = Vec::new();
    report::write(graded, options, &mut content)?;
    let written = std::fs::write(file, content);
    written.with_context(|| format!("writing {}", file.display())).map_err(Stop::Usage)
}

fn list(course: &Course) -> Result<Code, Stop> {
    for id in course.left_out.keys() {
        eprintln!("note: {}", report::left_out(id));
    }
    let listed: Vec<_> = course.exercises.iter().map(listed).collect();
    report::list(&listed, &ReportOptions::for_stdout(), &mut std::io::stdout().lock())?;
    Ok(Code::FullMarks)
}

fn listed(exercise: &Exercise) -> ExerciseSummary {
    ExerciseSummary {
        number: exercise.number,
        name: exercise.name.clone(),
        title: exercise.title.clone(),
        checks: exercise.checks.len(),
        points: exercise.max_score(),
        builds_on: exercise.builds_on.clone(),
    }
}

fn replay(
    course: &Course,
    submission: &Submission<'_>,
    number: usize,
    schedule: &str,
) -> Result<Code, Stop> {
    let answer = submission.answers.first().context("the submission contains no answer")?;
    let check = answer.exercise.check(number).map_err(Stop::Usage)?;
    if !check.worlds.contains(&World::Model) {
        let name = &check.name;
        return Err(Stop::Usage(anyhow!("`{name}` does not run in the model: nothing to replay")));
    }
    let exercise =
        with_pipeline(course, "grade", |pipeline| pipeline.replay(answer, check, schedule))?;
    let graded = exercise.checks.first().context("the replay did not run its check")?;
    let (options, mut out) = (ReportOptions::for_stdout(), std::io::stdout().lock());
    match &graded.facts {
        Facts::Ended(outcome) if outcome.replay.is_none() => {
            let token = format!("{number}-{schedule}");
            return Err(Stop::Usage(anyhow!(
                "`{token}` does not name a schedule; copy the token from the report again"
            )));
        }
        Facts::Ended(outcome) => {
            if outcome.failure.is_none() {
                eprintln!(
                    "note: a token is valid only for the source it was made from; if the file \
                     has changed since, this is a different schedule"
                );
            }
            report::write_replay(&exercise, graded, &options, &mut out)?;
        }
        // Nothing ran; the report says why.
        _ => report::write(&vec![exercise.clone()].into(), &options, &mut out)?,
    }
    Ok(Code::of(&vec![exercise].into()))
}

fn verify(course: &Course, exercises: &[String], options: VerifyOptions) -> Result<Code, Stop> {
    course.must_be_whole(exercises).map_err(Stop::usage)?;
    let chosen = submission::choose(course, exercises).map_err(Stop::usage)?;
    if options.bless {
        course.renew_patches(&chosen)?;
    }
    let answers =
        AuthorsAnswers::read(course, chosen, options.quick, shown).map_err(Stop::usage)?;
    let purpose = if options.repeat > 1 { "repeat" } else { "verify" };
    let verified = with_pipeline(course, purpose, |pipeline| answers.verify(pipeline, options))?;
    verify::write(&verified, &mut std::io::stdout().lock()).context("writing the table")?;
    Ok(verify::code(&verified))
}

fn mutate(course: &Course, exercises: &[String], kinds: MutantKinds) -> Result<Code, Stop> {
    let chosen = submission::choose(course, exercises).map_err(Stop::usage)?;
    let work = |pipeline: &mut Pipeline<'_>| mutants::grade(pipeline, &chosen, kinds);
    let mutated = with_pipeline(course, "mutants", work)?;
    mutants::write(&mutated, &mut std::io::stdout().lock()).context("writing the table")?;
    let fine = mutants::all_accounted_for(&mutated);
    Ok(if fine { Code::FullMarks } else { Code::NotFull })
}

fn with_pipeline<T>(
    course: &Course,
    purpose: &str,
    work: impl FnOnce(&mut Pipeline<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let layout = Layout::of(&course.root);
    let limits = WorldLimits::default();
    let progress = Progress::new();
    let cache = Some(Cache::open(&layout, &limits)?);
    let listener = |event: Event<'_>| progress.show(event);
    let (layout, listener, extent) = (&layout, &listener, Extent::Full);
    // A second look finds where a check hangs, which only learners need; authors need verdicts.
    let looks_again = purpose == "grade";
    let mut pipeline =
        Pipeline { course, layout, limits, cache, listener, purpose, extent, looks_again };
    let result = work(&mut pipeline);
    progress.show(Event::Finished);
    result
}

/// `path` relative to the current folder if it is below that folder, and unchanged if not.
fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_owned()
}
