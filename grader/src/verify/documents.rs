//! What the course's documents show, against what the grader shows.

use super::options::VerifyOptions;
use super::verified::Verified;
use crate::course::Course;
use crate::generated::{self, Refreshed};
use anyhow::Context;
use std::fs;
use std::path::Path;

/// The course's README, which maps the exercises if it has room for a map.
///
/// # Errors
/// Only what is the machine's fault.
pub fn readme(course: &Course, options: VerifyOptions) -> anyhow::Result<Option<Verified>> {
    let file = course.root.join(README);
    let has_map = fs::read_to_string(&file).is_ok_and(|text| generated::has_map(&text));
    if !has_map {
        return Ok(None);
    }
    let documents = refresh(&file, README, options.bless, |text| generated::readme(text, course))?;
    Ok(Some(Verified { id: README.to_owned(), answers: Vec::new(), documents }))
}

const README: &str = "README.md";

/// What is not as it should be in the document `file`, called `name`, once what is out of date was
/// written anew, if it may be.
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
            .extend(stale.map(|stale| format!("{name}, {stale}: `verify --bless` writes it")));
    }
    Ok(complaints)
}
