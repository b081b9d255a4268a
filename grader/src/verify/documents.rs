//! Compares the generated parts of the course's documents with the grader's current output.

use super::options::VerifyOptions;
use super::verified::Verified;
use crate::course::Course;
use crate::generated::{self, Refreshed};
use crate::graded::GradedExercise;
use anyhow::Context;
use std::fs;
use std::path::Path;

/// Checks the map of the exercises in the course's README, and the reports on `starters`, the
/// starters that were graded in this run. `None` if the README has no place for a map.
///
/// # Errors
/// The README cannot be read or written.
pub(super) fn readme(
    course: &Course,
    options: VerifyOptions,
    starters: &[&GradedExercise],
) -> anyhow::Result<Option<Verified>> {
    let file = course.root.join(README);
    let has_map = fs::read_to_string(&file).is_ok_and(|text| generated::has_map(&text));
    if !has_map {
        return Ok(None);
    }
    let make = |text: &str| generated::readme(text, course, starters);
    let documents = refresh(&file, README, options.bless, make)?;
    Ok(Some(Verified { id: README.to_owned(), answers: Vec::new(), documents }))
}

const README: &str = "README.md";

/// Complaints about the document `file`, called `name`. With `bless`, blocks that are out of date
/// are rewritten instead.
pub(super) fn refresh(
    file: &Path,
    name: &str,
    bless: bool,
    make: impl Fn(&str) -> Refreshed,
) -> anyhow::Result<Vec<String>> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let Refreshed { text: fresh, stale, wrong } = make(&text);
    let mut complaints: Vec<_> = wrong.iter().map(|wrong| format!("{name}, {wrong}")).collect();
    if bless && fresh != text {
        fs::write(file, fresh).with_context(|| format!("writing {}", file.display()))?;
    } else {
        let stale = stale.iter();
        complaints
            .extend(stale.map(|stale| format!("{name}, {stale}: run `verify --bless` to fix it")));
    }
    Ok(complaints)
}
