//! `exercise.yaml`. Only this module uses the YAML crate, so that the crate can be replaced.

use super::problem::{Inspector, nearest};
use record::TimeMode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

/// `exercise.yaml` as written. The names of verdicts are still strings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExerciseYaml {
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) python: String,
    #[serde(default)]
    pub(super) builds_on: Vec<String>,
    #[serde(default)]
    pub(super) abilities: Vec<String>,
    #[serde(default)]
    pub(super) starter: BTreeMap<String, String>,
    pub(super) checks: Vec<CheckYaml>,
}

/// One entry under `checks`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckYaml {
    pub(super) name: String,
    pub(super) points: u32,
    #[serde(default = "both_worlds")]
    pub(super) worlds: Vec<String>,
    #[serde(default)]
    pub(super) time: TimeMode,
    #[serde(default)]
    pub(super) means: BTreeMap<String, String>,
    pub(super) schedules: Option<u64>,
    pub(super) rounds: Option<u64>,
}

/// One entry of `mutants.yaml`: why a change to a right answer does not change its behaviour.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArguedMutant {
    /// The change, as `verify --mutants` prints it, without its location.
    pub mutant: String,
    /// The right answer that is changed, such as `right/handed_on_in_line`; any if left out.
    pub answer: Option<String>,
    /// The source line that is changed, if the same description fits several.
    pub line: Option<String>,
    /// Why no check can tell the difference.
    pub why: String,
}

fn both_worlds() -> Vec<String> {
    vec!["model".to_owned(), "native".to_owned()]
}

/// Parses `text`, the content of `file`, or notes why it cannot.
pub(super) fn parse<T: DeserializeOwned>(
    text: &str,
    file: &Path,
    inspector: &mut Inspector<'_>,
) -> Option<T> {
    match serde_yaml::from_str(text) {
        Ok(yaml) => Some(yaml),
        Err(error) => {
            let line = error.location().map(|location| location.line());
            let what = without_place(&error.to_string());
            inspector.note(file, line, &what, remedy(&what));
            None
        }
    }
}

/// The parser's message without its "at line 3 column 5", since the problem has its own line
/// number.
fn without_place(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(what, _)| what).to_owned()
}

/// What to do about the parser's message. For an unknown word, the message names that word first
/// and then the known ones, each in backticks.
fn remedy(message: &str) -> String {
    let mut words = message.split('`').skip(1).step_by(2);
    let word = words.next();
    let slip = word.filter(|_| message.contains("unknown")).and_then(|w| nearest(w, words));
    match (slip, word) {
        (Some(known), _) => format!("did you mean `{known}`?"),
        (None, Some(word)) if message.contains("unknown field") => format!("remove `{word}`"),
        (None, Some(word)) if message.contains("missing field") => format!("add `{word}: …`"),
        (None, _) => "compare it with the other exercises".to_owned(),
    }
}

/// The lines, counted from 1, that contain `key: value`, by itself or as the first key of a list
/// item.
pub(super) fn lines_of(text: &str, key: &str, value: &str) -> Vec<usize> {
    // Compare the key first: it rules out most lines, and every page is searched once per check.
    let states = |line: &str| {
        let line = line.trim_start();
        let entry = line.strip_prefix('-').map_or(line, str::trim_start);
        let rest = entry.strip_prefix(key)?.trim_start().strip_prefix(':')?;
        let rest = rest.split(" #").next()?.trim().trim_matches(['"', '\'']);
        (rest == value).then_some(())
    };
    text.lines().zip(1..).filter_map(|(line, number)| states(line).map(|()| number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_word_is_answered_with_the_nearest_known_one() {
        let message = "checks[0]: unknown field `point`, expected one of `name`, `points`, `time`";
        assert_eq!(remedy(message), "did you mean `points`?");
    }

    #[test]
    fn a_line_is_found_in_a_list_and_with_a_comment() {
        let text = "title: x\nchecks:\n  - name: nests # first\n    points: 2\n";
        assert_eq!(lines_of(text, "name", "nests"), [3]);
        assert_eq!(lines_of(text, "checks", ""), [2]);
        assert!(lines_of(text, "name", "other").is_empty());
    }
}
