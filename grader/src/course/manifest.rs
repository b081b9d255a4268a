//! The course's `Cargo.toml` and those of its exercises.

use super::problem::Inspector;
use crate::ability::Ability;
use std::collections::BTreeSet;
use std::path::Path;
use toml::{Table, Value};

/// The tables that the stage needs from the course's own `Cargo.toml`.
#[derive(Debug)]
pub(super) struct CourseManifest {
    /// `[workspace.dependencies]`, with absolute paths.
    dependencies: Table,
}

/// What an exercise's `Cargo.toml` says.
#[derive(Debug)]
pub(super) struct ExerciseManifest {
    /// `package.name`.
    pub(super) name: String,
    /// `[dev-dependencies]`, each with the version that the course's workspace gives it.
    pub(super) dev_dependencies: Table,
    /// `[dependencies]`, likewise.
    pub(super) dependencies: Table,
}

impl CourseManifest {
    pub(super) fn read(root: &Path, inspector: &mut Inspector<'_>) -> Self {
        let table = read_table(&root.join("Cargo.toml"), inspector).unwrap_or_default();
        let dependencies = table.get("workspace").and_then(|w| w.get("dependencies"));
        let mut dependencies = dependencies.and_then(Value::as_table).cloned().unwrap_or_default();
        for (_, dependency) in &mut dependencies {
            if let Some(Value::String(path)) = dependency.get_mut("path") {
                *path = root.join(&*path).display().to_string();
            }
        }
        Self { dependencies }
    }
}

impl ExerciseManifest {
    /// Reads the manifest in `folder` and notes what is wrong with it.
    pub(super) fn read(
        folder: &Path,
        course: &CourseManifest,
        inspector: &mut Inspector<'_>,
    ) -> Option<Self> {
        let file = folder.join("Cargo.toml");
        let table = read_table(&file, inspector)?;
        let name = table.get("package").and_then(|p| p.get("name")).and_then(Value::as_str);
        let Some(name) = name else {
            let remedy = "give the package the folder's name without its number";
            inspector.note(&file, None, "`package.name` is missing", remedy);
            return None;
        };
        let mut section = |name| {
            let wanted = table.get(name).and_then(Value::as_table).cloned();
            if wanted.is_none() && table.contains_key(name) {
                let what = format!("`{name}` is not a table");
                inspector.note(&file, None, what, format!("write `[{name}]`"));
            }
            let mut dependencies = Table::new();
            for (name, wish) in wanted.unwrap_or_default() {
                match resolve(&name, wish, &course.dependencies) {
                    Some(dependency) => drop(dependencies.insert(name, dependency)),
                    None => inspector.note(
                        &file,
                        None,
                        format!("the workspace has no dependency `{name}`"),
                        "add it to `[workspace.dependencies]` in the course's Cargo.toml",
                    ),
                }
            }
            dependencies
        };
        let (dependencies, dev_dependencies) =
            (section("dependencies"), section("dev-dependencies"));
        Some(Self { name: name.to_owned(), dev_dependencies, dependencies })
    }

    /// Notes dependencies that none of `abilities` allows.
    pub(super) fn inspect(
        &self,
        folder: &Path,
        abilities: &BTreeSet<Ability>,
        inspector: &mut Inspector<'_>,
    ) {
        let allowed: Vec<_> = abilities.iter().filter_map(|a| a.dependency()).collect();
        if self.dependencies.keys().any(|name| !allowed.contains(&name.as_str())) {
            let remedy = "answers use `std` alone; move crates for checks to `[dev-dependencies]`";
            let what = "the exercise has `[dependencies]` that it may not use";
            inspector.note(&folder.join("Cargo.toml"), None, what, remedy);
        }
    }
}

/// The dependency `wish`, with `workspace = true` replaced by the workspace's entry for `name`.
fn resolve(name: &str, wish: Value, workspace: &Table) -> Option<Value> {
    let Value::Table(mut wish) = wish else { return Some(wish) };
    if wish.remove("workspace").is_none() {
        return Some(Value::Table(wish));
    }
    let mut resolved = match workspace.get(name)? {
        Value::Table(table) => table.clone(),
        version => Table::from_iter([("version".to_owned(), version.clone())]),
    };
    if let (Some(Value::Array(all)), Some(Value::Array(more))) =
        (resolved.get_mut("features"), wish.get("features"))
    {
        all.extend(more.iter().cloned());
        wish.remove("features");
    }
    resolved.extend(wish);
    Some(Value::Table(resolved))
}

fn read_table(file: &Path, inspector: &mut Inspector<'_>) -> Option<Table> {
    let text = inspector.read(file, "write it: each exercise is a package of the workspace")?;
    match text.parse() {
        Ok(table) => Some(table),
        Err(error) => {
            let error: toml::de::Error = error;
            let line = error.span().map(|span| text[..span.start].lines().count().max(1));
            inspector.note(file, line, error.message(), "correct the TOML");
            None
        }
    }
}
