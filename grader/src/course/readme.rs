//! An exercise's README: whether it is its own, and not that of the exercise it was copied from.

use super::problem::Inspector;
use std::path::Path;

/// Commands whose next word is the exercise's name.
const COMMANDS: [&str; 2] = ["cargo test -p ", "cargo run -p grader -- grade "];

/// Note where the README of the exercise `name` speaks of another one.
pub(super) fn inspect(
    file: &Path,
    text: &str,
    (name, title): (&str, &str),
    inspector: &mut Inspector<'_>,
) {
    let heading = text.lines().next().unwrap_or_default();
    if heading != format!("# {title}") {
        let what = format!("the heading is `{heading}`, and the exercise is called `{title}`");
        let remedy = format!("begin with `# {title}`, or mend the title in exercise.yaml");
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
