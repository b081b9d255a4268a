//! Creates a new exercise: both folders, with templates for the author to fill in.
//!
//! Each placeholder is marked, and `verify` lists those that are left.

use crate::course::Course;
use anyhow::{Context, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// The templates, by path in the exercise's folder below `exercises/`.
const EXERCISE: [(&str, &str); 8] = [
    ("Cargo.toml", include_str!("../templates/exercise/manifest.toml")),
    ("README.md", include_str!("../templates/exercise/README.md")),
    ("exercise.yaml", include_str!("../templates/exercise/exercise.yaml")),
    ("hints/1.md", include_str!("../templates/exercise/hints/1.md")),
    ("hints/2.md", include_str!("../templates/exercise/hints/2.md")),
    ("hints/3.md", include_str!("../templates/exercise/hints/3.md")),
    ("src/lib.rs", include_str!("../templates/exercise/lib.rs")),
    ("tests/checks.rs", include_str!("../templates/exercise/checks.rs")),
];

/// The templates, by path in the exercise's folder below `solutions/`.
const SOLUTIONS: [(&str, &str); 3] = [
    ("starter.rs", include_str!("../templates/exercise/lib.rs")),
    ("reference.rs", include_str!("../templates/solutions/reference.rs")),
    ("EXPLAINED.md", include_str!("../templates/solutions/EXPLAINED.md")),
];

/// Creates the exercise `name` as the last one of the course. Returns its folder below
/// `exercises/`.
///
/// # Errors
/// The name is not valid or already taken, the course has 99 exercises, or a file cannot be
/// written.
pub fn create(course: &Course, name: &str) -> anyhow::Result<PathBuf> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    ensure!(
        name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_plain),
        "`{name}` is not a valid exercise name: use lowercase letters, digits and `_`, such as `rlock`"
    );
    let ids: Vec<&str> = course
        .exercises
        .iter()
        .map(|exercise| exercise.id.as_str())
        .chain(course.left_out.keys().map(String::as_str))
        .collect();
    let parts = || ids.iter().filter_map(|id| id.split_once('_'));
    if let Some(taken) = ids.iter().find(|id| id.split_once('_').is_some_and(|(_, it)| it == name))
    {
        bail!("an exercise with this name already exists: `{taken}`");
    }
    let last = parts().filter_map(|(number, _)| number.parse::<u32>().ok()).max().unwrap_or(0);
    ensure!(last < 99, "exercise numbers have two digits, and 99 is taken");
    let id = format!("{:02}_{name}", last + 1);
    let fill = |text: &str| text.replace("{{name}}", name).replace("{{title}}", &title(name));
    let folder = course.root.join("exercises").join(&id);
    for (file, text) in EXERCISE {
        write(&folder.join(file), &fill(text))?;
    }
    let solutions = course.root.join("solutions").join(&id);
    for (file, text) in SOLUTIONS {
        write(&solutions.join(file), &fill(text))?;
    }
    for below in ["right", "wrong"] {
        let folder = solutions.join(below);
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    Ok(folder)
}

/// Turns `bank_account` into `Bank account`.
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
}

/// Writes a file that must not exist yet.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    ensure!(!path.exists(), "{} already exists", path.display());
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}
