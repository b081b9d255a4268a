//! Blocks in the course's documents that the grader generates and keeps up to date.
//!
//! A comment says what the block below it contains. There are four kinds:
//!
//! ````text
//! <!-- fault: wrong/if_for_while -->
//! ```diff
//! the change that makes that answer wrong, from its patch
//! ```
//!
//! <!-- picture: wrong/if_for_while excludes_others -->
//! ```text
//! the grader's report on that answer for that check
//! ```
//!
//! <!-- course map -->
//! | no. | exercise | …
//!
//! <!-- report: shared_counter -->
//! ```text
//! the report on that exercise's starter
//! ```
//! ````
//!
//! The first two appear in an exercise's explanation, the other two in the course's README.
//!
//! `verify` compares each block with what it would generate, and `verify --bless` rewrites it. The
//! [`book`](crate::book) has drawings in their place.

use crate::course::Course;
use crate::course::patch::hunks;
use crate::graded::GradedExercise;
use crate::report::{self, ReportOptions};
use crate::world::ANSWER;
use std::ops::Range;
use std::path::Path;

/// A generated block in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block<'t> {
    /// The text of the comment.
    order: &'t str,
    /// The comment's line, counted from 1.
    line: usize,
    /// The bytes of the comment and of what follows it, with the fences.
    whole: Range<usize>,
    /// The bytes to replace. `None` if neither a code block nor a table follows the comment.
    body: Option<Range<usize>>,
}

/// A document with its blocks regenerated, and what was wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// The whole text, with all blocks regenerated.
    pub text: String,
    /// A complaint for each block that was out of date, with its line.
    pub stale: Vec<String>,
    /// A complaint for each comment whose block cannot be generated.
    pub wrong: Vec<String>,
}

/// An answer that an explanation can show.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Its label, such as `wrong/if_for_while`.
    pub label: &'a str,
    /// For a patch, its diff.
    pub diff: Option<&'a str>,
    /// Its results.
    pub graded: &'a GradedExercise,
}

/// Regenerates the faults and pictures in an exercise's explanation.
pub fn explanation(text: &str, answers: &[Shown<'_>]) -> Refreshed {
    refresh(text, |order| match order.split_once(':')? {
        ("picture", wanted) => Some(picture(wanted.trim(), answers)),
        ("fault", wanted) => Some(fault(wanted.trim(), answers)),
        _ => None,
    })
}

/// The label and the check of each picture in an explanation.
pub fn pictured(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let orders = blocks(text).into_iter().map(|block| block.order);
    orders.filter_map(|order| order.strip_prefix("picture:")?.trim().split_once(' '))
}

/// Regenerates the map of `course` in its README, and the reports on `starters`, the starters that
/// were graded in this run.
pub fn readme(text: &str, course: &Course, starters: &[&GradedExercise]) -> Refreshed {
    refresh(text, |order| match order.split_once(':') {
        None => (order == "course map").then(|| Ok(map(course))),
        Some(("report", name)) => starter(name.trim(), course, starters),
        Some(_) => None,
    })
}

/// An explanation for readers of HTML: `draw` gets what stands in a comment and makes the text that
/// replaces it and the block below it. What it does not know stays.
pub fn illustrated(text: &str, draw: impl Fn(&str) -> Option<String>) -> String {
    let (mut illustrated, mut written) = (String::new(), 0);
    for block in blocks(text) {
        if let Some(drawn) = draw(block.order) {
            illustrated.push_str(&text[written..block.whole.start]);
            illustrated.push_str(drawn.trim_end());
            illustrated.push('\n');
            written = block.whole.end;
        }
    }
    illustrated + &text[written..]
}

/// Whether a README has a place for the map.
pub fn has_map(text: &str) -> bool {
    blocks(text).iter().any(|block| block.order == "course map")
}

fn find<'a>(label: &str, answers: &[Shown<'a>]) -> Result<Shown<'a>, String> {
    let found = answers.iter().find(|answer| answer.label == label);
    found.copied().ok_or_else(|| format!("there is no answer `{label}`"))
}

fn fault(label: &str, answers: &[Shown<'_>]) -> Result<String, String> {
    let diff = find(label, answers)?.diff;
    let diff = diff.ok_or_else(|| format!("`{label}` is not a patch: it has no diff to show"))?;
    // The text around the block says which file is changed, so the file names are omitted.
    Ok(hunks(diff))
}

fn picture(wanted: &str, answers: &[Shown<'_>]) -> Result<String, String> {
    let Some((label, name)) = wanted.split_once(' ') else {
        return Err("write `picture: wrong/answer check`".to_owned());
    };
    let exercise = find(label, answers)?.graded;
    let Some(check) = exercise.checks.iter().find(|check| check.name == name.trim()) else {
        return Err(format!("there is no check `{}`", name.trim()));
    };
    if check.verdict.is_pass() {
        return Err(format!("`{label}` passes `{}`, so there is nothing to show", check.name));
    }
    Ok(format!("{}\n", report::explain(exercise, check).trim_end()))
}

/// The report on a starter, as a learner first sees it. `None` if it was not graded in this run.
fn starter(
    name: &str,
    course: &Course,
    starters: &[&GradedExercise],
) -> Option<Result<String, String>> {
    if !course.exercises.iter().any(|exercise| exercise.name == name) {
        return Some(Err(format!("there is no exercise `{name}`")));
    }
    let mut graded = (*starters.iter().find(|graded| graded.name == name)?).clone();
    graded.answer_path = Path::new("exercises").join(&graded.id).join(ANSWER);
    let mut out = Vec::new();
    let written = report::write(&vec![graded].into(), &ReportOptions::default(), &mut out);
    let text = written.map_err(|error| error.to_string());
    Some(text.map(|()| format!("{}\n", String::from_utf8_lossy(&out).trim_end())))
}

/// The map of `course`: its exercises, what one learns, and what each needs.
pub fn map(course: &Course) -> String {
    let mut map = String::from(
        "| no. | exercise | what you learn | in Python | needs |\n| --- | --- | --- | --- | --- |\n",
    );
    for exercise in &course.exercises {
        let needed = course.exercises.iter().filter(|e| exercise.builds_on.contains(&e.name));
        let needs: Vec<_> = needed.map(|e| e.name.as_str()).collect();
        map.push_str(&format!(
            "| {:02} | [{}](exercises/{}/README.md) | {} | {} | {} |\n",
            exercise.number,
            exercise.title,
            exercise.id,
            exercise.summary,
            code_or_words(&exercise.python),
            needs.join(", ")
        ));
    }
    map
}

/// Formats a Python name as code, and leaves prose as it is.
fn code_or_words(text: &str) -> String {
    if text.contains(' ') { text.to_owned() } else { format!("`{text}`") }
}

/// Regenerates every block for which `make` returns a text.
fn refresh(text: &str, make: impl Fn(&str) -> Option<Result<String, String>>) -> Refreshed {
    let mut refreshed = Refreshed::default();
    let mut written = 0;
    for Block { order, line, body, .. } in blocks(text) {
        let body = body.ok_or_else(|| "no code block or table follows this comment".to_owned());
        let made = match (make(order), body) {
            (None, _) => continue,
            (Some(made), Ok(body)) => made.map(|content| (body, content)),
            (Some(_), Err(why)) => Err(why),
        };
        match made {
            Ok((body, content)) => {
                if text[body.clone()] != content {
                    refreshed.stale.push(format!("line {line}: `{order}` is out of date"));
                }
                refreshed.text.push_str(&text[written..body.start]);
                refreshed.text.push_str(&content);
                written = body.end;
            }
            Err(why) => refreshed.wrong.push(format!("line {line}: `{order}`: {why}")),
        }
    }
    refreshed.text.push_str(&text[written..]);
    refreshed
}

/// The comments of `text` that are alone on a line, with the blocks below them.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut starts = vec![0];
    starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
    let lines: Vec<_> = text.split('\n').collect();
    let order = |line: &str| -> Option<Range<usize>> {
        let order = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
        Some(5..5 + order.len())
    };
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(order) = order(line).map(|range| &line[range]) else { continue };
        let below = &lines[index + 1..];
        let length = match below.first() {
            Some(first) if first.starts_with("```") => {
                below[1..].iter().position(|line| *line == "```").map(|length| (1, length))
            }
            Some(first) if first.starts_with('|') => {
                Some((0, below.iter().take_while(|line| line.starts_with('|')).count()))
            }
            _ => None,
        };
        let start_of = |line: usize| starts.get(line).copied().unwrap_or(text.len());
        let body = length.map(|(skip, length)| {
            let first = index + 1 + skip;
            start_of(first)..start_of(first + length)
        });
        let lines = length.map_or(0, |(fence, length)| length + 2 * fence);
        let whole = starts[index]..start_of(index + 1 + lines);
        found.push(Block { order, line: index + 1, whole, body });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(order: &str) -> Option<Result<String, String>> {
        match order.strip_prefix("twice ")? {
            "nothing" => Some(Err("there is nothing".to_owned())),
            word => Some(Ok(format!("{word} {word}\n"))),
        }
    }

    #[test]
    fn what_is_stale_is_written_anew() {
        let text = "# A\n\n<!-- twice b -->\n```text\nold\nolder\n```\n\nand on\n";
        let refreshed = refresh(text, double);
        assert_eq!(refreshed.text, "# A\n\n<!-- twice b -->\n```text\nb b\n```\n\nand on\n");
        assert_eq!(refreshed.stale, ["line 3: `twice b` is out of date"]);
        let again = refresh(&refreshed.text, double);
        assert_eq!((again.text, again.stale.len()), (refreshed.text, 0));
    }

    #[test]
    fn an_empty_fence_and_a_table_are_filled() {
        let text = "<!-- twice b -->\n```text\n```\n<!-- twice |c -->\n| old |\n| x |\n\nend";
        let expected = "<!-- twice b -->\n```text\nb b\n```\n<!-- twice |c -->\n|c |c\n\nend";
        assert_eq!(refresh(text, double).text, expected);
    }

    #[test]
    fn a_drawing_replaces_the_comment_and_its_block() {
        let text =
            "# A\n\n<!-- twice b -->\n```text\nold\n\nolder\n```\n\n<!-- other -->\nand on\n";
        let drawn = illustrated(text, |order| order.strip_prefix("twice ").map(str::to_uppercase));
        assert_eq!(drawn, "# A\n\nB\n\n<!-- other -->\nand on\n");
    }

    #[test]
    fn what_cannot_be_written_is_told_and_left() {
        let text = "<!-- twice nothing -->\n```text\nx\n```\n<!-- twice b -->\n\n<!-- other -->\n";
        let refreshed = refresh(text, double);
        assert_eq!(refreshed.text, text);
        assert_eq!(refreshed.wrong.len(), 2);
        assert!(refreshed.wrong[1].contains("line 5") && refreshed.stale.is_empty());
    }
}
