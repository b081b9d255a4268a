use super::check::{Check, TestFile};
use super::check_file::{self, TestFn};
use super::contract::ContractHead;
use super::hints;
use super::id::Id;
use super::manifest::{CourseManifest, ExerciseManifest};
use super::page::Page;
use super::problem::Inspector;
use super::unwritten;
use super::yaml::{self, ExerciseYaml};
use crate::ability::Ability;
use crate::verdict::Verdict;
use crate::world::{ANSWER, World};
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// An exercise as its author wrote it.
#[derive(Debug)]
pub struct Exercise {
    /// The folder's name, such as `08_rlock`.
    pub id: String,
    /// The number in the folder's name.
    pub number: u32,
    /// The package, such as `rlock`.
    pub name: String,
    /// The folder, absolute.
    pub folder: PathBuf,
    /// Title for people.
    pub title: String,
    /// What the exercise teaches, in one line.
    pub summary: String,
    /// The Python counterpart.
    pub python: String,
    /// Names of earlier exercises.
    pub builds_on: Vec<String>,
    /// Three hints in Markdown, each plainer than the one before.
    pub hints: Vec<String>,
    /// The verdicts that the unsolved starter must get, by check.
    pub starter: BTreeMap<String, Verdict>,
    /// The checks, in the order in which a learner should meet them.
    pub checks: Vec<Check>,
    /// All files below `tests/`.
    pub tests: Vec<TestFile>,
    /// What its answers and checks may use in the native world besides threads.
    pub abilities: BTreeSet<Ability>,
    /// The exercise's own programs, started by its checks: the files in `src/bin/`.
    pub programs: Vec<TestFile>,
    /// `[dev-dependencies]` of the exercise, with versions.
    pub dev_dependencies: toml::Table,
    /// `[dependencies]` of the exercise, with versions. Only crates that an ability allows.
    pub dependencies: toml::Table,
    pub(super) builds_on_line: Option<usize>,
}

/// The folder of an exercise's own programs.
const PROGRAMS: &str = "src/bin";

impl Exercise {
    /// The learner's file in the course's own folder.
    pub fn answer_path(&self) -> PathBuf {
        self.folder.join(ANSWER)
    }

    /// The files of `tests/` that belong to `world`. A file with checks belongs to the worlds of
    /// those checks. Other contract files belong to the compile world, all other files to model and
    /// native.
    pub fn tests_in(&self, world: World) -> impl Iterator<Item = &TestFile> {
        self.tests.iter().filter(move |file| {
            if file.is_contract() || world == World::Compile {
                return file.is_contract() && world == World::Compile;
            }
            let mut checks = self.checks.iter().filter(|check| check.file == file.path).peekable();
            checks.peek().is_none() || checks.any(|check| check.worlds.contains(&world))
        })
    }

    /// The check with this number, counted from 1.
    ///
    /// # Errors
    /// The exercise has no such check.
    pub fn check(&self, number: usize) -> anyhow::Result<&Check> {
        let check = number.checked_sub(1).and_then(|index| self.checks.get(index));
        check.with_context(|| {
            format!(
                "`{}` has no check number {number}; its checks are numbered 1 to {}",
                self.name,
                self.checks.len()
            )
        })
    }

    /// The sum of the points of its checks.
    pub fn max_score(&self) -> u32 {
        self.checks.iter().map(|check| check.points).sum()
    }

    /// Reads the exercise in `folder` and notes what is wrong with it.
    pub(super) fn read(
        folder: &Path,
        course: &CourseManifest,
        inspector: &mut Inspector<'_>,
    ) -> Option<Self> {
        let id = Id::of(folder);
        if id.is_none() {
            let remedy = "name it after its number and its package, such as `07_lock`";
            inspector.note(folder, None, "the folder's name is not of the form `NN_name`", remedy);
        }
        let readme = folder.join("README.md");
        let readme_text = inspector.read(&readme, "write the story and the task there");
        if !folder.join(ANSWER).is_file() {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            let remedy = format!("to begin again: cargo run -p grader -- reset {name}");
            inspector.note(&folder.join(ANSWER), None, "this file is missing", remedy);
        }
        let manifest = ExerciseManifest::read(folder, course, inspector);
        if let (Some(Id { text, name, .. }), Some(manifest)) = (&id, &manifest)
            && manifest.name != *name
        {
            let what = format!("the package is named `{}`, the folder `{text}`", manifest.name);
            let file = folder.join("Cargo.toml");
            inspector.note(&file, None, what, format!("rename the package to `{name}`"));
        }
        let hints = hints::read(folder, inspector);
        let tests = read_files(folder, "tests", inspector);
        let programs = match folder.join(PROGRAMS).is_dir() {
            true => read_files(folder, PROGRAMS, inspector),
            false => Vec::new(),
        };
        let functions = test_functions(folder, &tests, inspector);
        inspect_contracts(folder, &tests, inspector);
        let file = folder.join("exercise.yaml");
        let text = inspector.read(&file, "write the title and the checks' points there");
        let yaml =
            text.as_deref().and_then(|text| yaml::parse::<ExerciseYaml>(text, &file, inspector));
        for (file, text) in [(&readme, &readme_text), (&file, &text)] {
            unwritten::inspect(file, text.as_deref().unwrap_or_default(), inspector);
        }
        for file in &tests {
            let text = String::from_utf8_lossy(&file.content);
            unwritten::inspect(&folder.join(&file.path), &text, inspector);
        }
        let (text, yaml) = (text?, yaml?);
        let mut page = Page { file: &file, text: &text, inspector };
        page.inspect(&yaml);
        let starter = page.starter(&yaml);
        let abilities = page.abilities(&yaml);
        let builds_on_line = page.line("builds_on");
        let checks = page.checks(yaml.checks, functions, folder);
        if !programs.is_empty() && !abilities.contains(&Ability::Processes) {
            let remedy = "add `abilities: [processes]` to exercise.yaml, or remove the programs";
            let what = "the exercise has programs but may not start processes";
            inspector.note(&folder.join(PROGRAMS), None, what, remedy);
        }
        let (id, manifest) = (id?, manifest?);
        manifest.inspect(folder, &abilities, inspector);
        Some(Self {
            id: id.text.to_owned(),
            number: id.number,
            name: id.name.to_owned(),
            folder: folder.to_owned(),
            title: yaml.title,
            summary: yaml.summary,
            python: yaml.python,
            builds_on: yaml.builds_on,
            hints,
            starter,
            checks,
            tests,
            abilities,
            programs,
            dev_dependencies: manifest.dev_dependencies,
            dependencies: manifest.dependencies,
            builds_on_line,
        })
    }
}

/// All files in `below`, except what `cargo test` leaves there.
fn read_files(folder: &Path, below: &str, inspector: &mut Inspector<'_>) -> Vec<TestFile> {
    let tests = folder.join(below);
    let mut files = Vec::new();
    for entry in WalkDir::new(&tests).sort_by_file_name() {
        let (path, content) = match entry {
            Ok(entry) if entry.file_type().is_dir() => continue,
            Ok(entry) => {
                let content = std::fs::read(entry.path());
                (entry.into_path(), content.map_err(|error| error.to_string()))
            }
            Err(error) => {
                let path = error.path().unwrap_or(&tests).to_owned();
                (path, Err(error.to_string()))
            }
        };
        let leftover = path.extension().is_some_and(|e| e == "new" || e == "pending-snap");
        match content {
            Ok(_) if leftover => {}
            Ok(content) => {
                let path = path.strip_prefix(folder).unwrap_or(&path).to_owned();
                files.push(TestFile { path, content });
            }
            Err(error) => inspector.note(&path, None, error, "checks go into `tests/checks.rs`"),
        }
    }
    files
}

/// Notes each contract program that does not state its contract at the top.
fn inspect_contracts(folder: &Path, tests: &[TestFile], inspector: &mut Inspector<'_>) {
    let is_program = |file: &&TestFile| {
        file.path.starts_with("tests/contracts") && file.path.extension().is_some_and(|e| e == "rs")
    };
    for file in tests.iter().filter(is_program) {
        if ContractHead::of(&String::from_utf8_lossy(&file.content)).is_none() {
            let what = "this program does not state its contract";
            let remedy = "begin it with `//! Contract: …` (what must hold) and `//! Broken: …` (what \
                          a learner is told if it does not)";
            inspector.note(&folder.join(&file.path), 1, what, remedy);
        }
    }
}

/// The `#[test]` functions of all test files, by name. Duplicate names are noted.
fn test_functions(
    folder: &Path,
    tests: &[TestFile],
    inspector: &mut Inspector<'_>,
) -> BTreeMap<String, TestFn> {
    let mut functions: BTreeMap<String, TestFn> = BTreeMap::new();
    for file in tests.iter().filter(|file| file.is_target()) {
        for function in check_file::read(folder, &file.path, inspector) {
            if let Some(first) = functions.get(&function.name) {
                let place = format!("{}:{}", first.file.display(), first.line);
                let what = format!("check `{}` already exists at {place}", function.name);
                let path = folder.join(&function.file);
                inspector.note(&path, function.line, what, "give one of them another name");
            } else {
                functions.insert(function.name.clone(), function);
            }
        }
    }
    functions
}
