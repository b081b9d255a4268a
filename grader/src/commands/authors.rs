//! What the course's authors run: `new` and `verify`.

use super::{shown, with_pipeline};
use anyhow::Context;
use grader::course::Course;
use grader::exit::{Code, Stop};
use grader::mutants::{self, MutantKinds};
use grader::new_exercise;
use grader::pipeline::Pipeline;
use grader::submission;
use grader::verify::{self, AuthorsAnswers, VerifyOptions};

/// Creates a new exercise.
pub(crate) fn new(course: &Course, name: &str) -> Result<Code, Stop> {
    let folder = new_exercise::create(course, name).map_err(Stop::Usage)?;
    println!("Created {} and its folder in solutions/.", shown(course, &folder).display());
    println!("`cargo run -p grader -- verify {name}` lists what is still to be written.");
    Ok(Code::FullMarks)
}

/// Checks the course's own answers and, if `mutants` are wanted and all is well, these too.
pub(crate) fn verify(
    course: &Course,
    exercises: &[String],
    options: VerifyOptions,
    mutants: Option<MutantKinds>,
) -> Result<Code, Stop> {
    let code = verify_answers(course, exercises, options)?;
    let Some(kinds) = mutants else { return Ok(code) };
    if code != Code::FullMarks {
        eprintln!("note: mutants are graded only once all answers and documents are right");
        return Ok(code);
    }
    mutate(course, exercises, kinds)
}

fn verify_answers(
    course: &Course,
    exercises: &[String],
    options: VerifyOptions,
) -> Result<Code, Stop> {
    course.must_be_whole(exercises).map_err(Stop::usage)?;
    let chosen = submission::choose(course, exercises).map_err(Stop::usage)?;
    if options.bless {
        course.renew_patches(&chosen)?;
    }
    let shown = |path: &std::path::Path| shown(course, path);
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
