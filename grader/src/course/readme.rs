//! Checks an exercise's README. It must be about this exercise, not the one it was copied from. It
//! must not rely on anything that a later exercise introduces. The exercises and checks that it
//! names must be those in exercise.yaml.

use super::exercise::Exercise;
use super::problem::Inspector;
use std::collections::BTreeSet;
use std::path::Path;

/// Commands whose next word is the exercise's name.
const COMMANDS: [&str; 2] = ["cargo test -p ", "cargo run -p grader -- grade "];

/// The heading under which a README recommends further reading.
const FURTHER: &str = "## What to read next";

/// The heading above the table that says which checks begin to pass after which piece of work.
const PLAN: &str = "## A good order";

/// Notes where the README of `exercise`, one of `all`, names another exercise or a later subject.
pub(super) fn inspect(all: &[Exercise], exercise: &Exercise, inspector: &mut Inspector<'_>) {
    let file = exercise.folder.join("README.md");
    let Some(text) = inspector.read(&file, "write the story and the task there") else { return };
    inspect_names(&file, &text, (&exercise.name, &exercise.title), inspector);
    inspect_order(&file, &text, (all, exercise), inspector);
    inspect_needs(&file, &text, exercise, inspector);
    inspect_plan(&file, &text, exercise, inspector);
}

/// Notes where the README of the exercise `name` names another one.
fn inspect_names(
    file: &Path,
    text: &str,
    (name, title): (&str, &str),
    inspector: &mut Inspector<'_>,
) {
    let heading = text.lines().next().unwrap_or_default();
    if heading != format!("# {title}") {
        let what = format!("the heading is `{heading}`, but the exercise is called `{title}`");
        let remedy = format!("begin with `# {title}`, or correct the title in exercise.yaml");
        inspector.note(file, 1, what, remedy);
    }
    for (index, line) in text.lines().enumerate() {
        for command in COMMANDS {
            let Some((_, rest)) = line.split_once(command) else { continue };
            let other: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !other.is_empty() && other != name {
                let what = format!("`{command}{other}` runs another exercise");
                inspector.note(file, index + 1, what, format!("write `{command}{name}`"));
            }
        }
    }
}

/// Notes where the README of `exercise` names a primitive that is the subject of a later exercise.
/// Code blocks and the section on further reading may name it.
fn inspect_order(
    file: &Path,
    text: &str,
    (all, exercise): (&[Exercise], &Exercise),
    inspector: &mut Inspector<'_>,
) {
    let number = |name: &str| {
        let first = all.iter().find(|it| primitives(&it.python).any(|known| known == name));
        first.map(|it| (it.number, it.name.as_str()))
    };
    let mut in_code = false;
    for (index, line) in text.lines().enumerate() {
        if line.starts_with(FURTHER) {
            return;
        }
        in_code ^= line.starts_with("```");
        let spans = line.split('`').skip(1).step_by(2).filter(|_| !in_code);
        for name in spans.flat_map(|span| span.split(|c: char| !c.is_alphanumeric())) {
            if let Some((later, subject)) = number(name)
                && later > exercise.number
            {
                let what = format!("`{name}` is the subject of `{subject}`, which comes later");
                let remedy = "leave it out, or describe it without naming it";
                inspector.note(file, index + 1, what, remedy);
            }
        }
    }
}

/// Notes where the README says that the exercise builds on other exercises than those in
/// `builds_on`.
fn inspect_needs(file: &Path, text: &str, exercise: &Exercise, inspector: &mut Inspector<'_>) {
    const SAYS: &str = " builds on ";
    let further = text.find(FURTHER).unwrap_or(text.len());
    let needs: Vec<String> = exercise.builds_on.iter().map(|name| format!("`{name}`")).collect();
    let remedy =
        format!("list {} there, or correct `builds_on` in exercise.yaml", needs.join(", "));
    let Some(at) = text[further..].find(SAYS).map(|at| further + at) else {
        if !needs.is_empty() {
            let line = text[..further].lines().count() + 1;
            inspector.note(file, line, "nothing here says what the exercise builds on", remedy);
        }
        return;
    };
    let sentence = &text[at..];
    let sentence = sentence.split_once(". ").map_or(sentence, |(sentence, _)| sentence);
    let said: BTreeSet<&str> = sentence.split('`').skip(1).step_by(2).collect();
    let listed: BTreeSet<&str> = exercise.builds_on.iter().map(String::as_str).collect();
    if said != listed && !listed.is_empty() {
        let said: Vec<String> = said.iter().map(|name| format!("`{name}`")).collect();
        let what = format!("the README says that the exercise builds on {}", said.join(", "));
        inspector.note(file, text[..at].lines().count(), what, remedy);
    }
}

/// Notes where the table under [`PLAN`] names a check that the exercise does not have.
fn inspect_plan(file: &Path, text: &str, exercise: &Exercise, inspector: &mut Inspector<'_>) {
    let lines = text.lines().enumerate().skip_while(|(_, line)| *line != PLAN).skip(1);
    for (index, line) in lines.take_while(|(_, line)| !line.starts_with('#')) {
        let Some((_, checks)) = line.trim_end_matches([' ', '|']).rsplit_once('|') else {
            continue;
        };
        for name in checks.split('`').skip(1).step_by(2).filter(|name| !name.contains('/')) {
            if !exercise.checks.iter().any(|check| check.name == name) {
                let what = format!("the exercise has no check `{name}`");
                inspector.note(file, index + 1, what, "name one that exercise.yaml lists");
            }
        }
    }
}

/// The classes in an exercise's Python counterpart, such as `Condition` in `threading.Condition`.
fn primitives(python: &str) -> impl Iterator<Item = &str> {
    let words = python.split(|c: char| !(c.is_alphanumeric() || c == '.' || c == '_'));
    words.filter_map(|word| {
        let (module, rest) = word.rsplit_once('.')?;
        let is_class = rest.starts_with(|c: char| c.is_ascii_uppercase());
        (is_class && !module.is_empty()).then_some(rest)
    })
}
