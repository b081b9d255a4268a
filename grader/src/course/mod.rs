//! The course on disk: its exercises, their checks, and everything wrong with them.

mod check;
mod check_file;
mod contract;
mod exercise;
mod head;
mod hints;
mod id;
mod kind;
mod manifest;
mod mistake;
mod naming;
mod page;
pub mod patch;
mod problem;
mod readme;
mod renewal;
mod solutions;
mod unwritten;
mod yaml;

pub use check::{Check, TestFile};
pub use contract::ContractHead;
pub use exercise::Exercise;
pub use kind::Kind;
pub use mistake::Mistake;
pub use naming::Unnamed;
pub(crate) use problem::nearest;
pub use problem::{Problem, Problems};
pub use solutions::{EXPLAINED, Solution};
pub use yaml::ArguedMutant;

use id::Id;
use manifest::CourseManifest;
use naming::Names;
use problem::Inspector;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// A course: the exercises that are sound, and the problems of those that are not.
#[derive(Debug)]
pub struct Course {
    /// The folder that holds `exercises/`, absolute.
    pub root: PathBuf,
    /// The sound exercises, in the order of their numbers.
    pub exercises: Vec<Exercise>,
    /// The problems of the other exercises, by folder name. These exercises are not graded.
    pub left_out: BTreeMap<String, Problems>,
}

/// The nearest folder that holds a course, from `start` upwards.
pub fn find_root(start: &Path) -> Option<PathBuf> {
    let holds_course =
        |folder: &&Path| folder.join("exercises").is_dir() && folder.join("Cargo.toml").is_file();
    start.ancestors().find(holds_course).map(Path::to_owned)
}

impl Course {
    /// Reads the course at `root`, an absolute path. An exercise with problems does not keep the
    /// others from being graded: it goes to [`left_out`](Self::left_out).
    ///
    /// # Errors
    /// The problems, if the course as a whole has any, or if every exercise has some.
    pub fn discover(root: &Path) -> Result<Self, Problems> {
        let mut inspector = Inspector::new(root);
        let manifest = CourseManifest::read(root, &mut inspector);
        let folders = exercise_folders(&root.join("exercises"), &mut inspector);
        let mut exercises = read_all(&folders, &manifest, &mut inspector);
        exercises.sort_by_key(|exercise| exercise.number);
        // Taken from the folders, so that unreadable exercises count too.
        let ids: Vec<_> = folders.iter().filter_map(|folder| Id::of(folder)).collect();
        note_clashes(&ids, &mut inspector);
        note_unknown_foundations(&exercises, &ids, &mut inspector);
        let left_out = inspector.by_exercise()?;
        exercises.retain(|exercise| !left_out.contains_key(&exercise.id));
        match Problems::join(left_out.values()).filter(|_| exercises.is_empty()) {
            Some(problems) => Err(problems),
            None => Ok(Self { root: root.to_owned(), exercises, left_out }),
        }
    }

    /// An easy mistake to make in the exercise in folder `id`, if its explanation shows one.
    pub fn mistake(&self, id: &str) -> Option<Mistake> {
        Mistake::of(&self.root, id)
    }

    /// Checks that no exercise named in `words` was left out. Without words, checks that none at
    /// all was left out.
    ///
    /// # Errors
    /// The problems of those that were left out.
    pub fn must_be_whole(&self, words: &[String]) -> Result<(), Problems> {
        let named = words.iter().filter_map(|word| self.left_out.get(self.id_of(word).ok()?));
        let problems = match words {
            [] => Problems::join(self.left_out.values()),
            _ => Problems::join(named),
        };
        problems.map_or(Ok(()), Err)
    }

    /// Sets the seed of the random strategies for every check.
    pub fn search_with_seed(&mut self, seed: u64) {
        let checks = self.exercises.iter_mut().flat_map(|exercise| &mut exercise.checks);
        checks.for_each(|check| check.budget.seed = seed);
    }

    /// The folder's name of the exercise that `word` means, sound or not. `word` is one of these,
    /// in upper or lower case:
    ///
    /// * a number, a name, a folder's name or a title: `7`, `07`, `lock`, `07_lock`, `Shared counter`
    /// * a path to something in an exercise's folder, or the folder itself: `.`, `07_lock/src/lib.rs`
    /// * the beginning of a name, or a part of it, if no other name has it too: `sema`, `bank`
    ///
    /// # Errors
    /// It means none, or several.
    pub fn id_of(&self, word: &str) -> Result<&str, Unnamed> {
        let sound = self.exercises.iter().map(|it| Names { id: &it.id, title: Some(&it.title) });
        let left_out = self.left_out.keys().map(|id| Names { id, title: None });
        let all: Vec<_> = sound.chain(left_out).collect();
        naming::id_of(&all, &self.root.join("exercises"), word)
    }

    /// The sound exercise that `word` means ([`id_of`](Self::id_of)).
    pub fn exercise(&self, word: &str) -> Option<&Exercise> {
        let id = self.id_of(word).ok()?;
        self.exercises.iter().find(|exercise| exercise.id == id)
    }

    /// The starter of the exercise in folder `id`, if the course keeps it in `solutions/`.
    pub fn starter(&self, id: &str) -> Option<String> {
        let file = self.root.join("solutions").join(id).join("starter.rs");
        std::fs::read_to_string(file).ok()
    }

    /// Reads the authors' answers to `exercises` from `solutions/`, right and wrong.
    ///
    /// # Errors
    /// Everything that is wrong with them, with file, line and remedy.
    pub fn solutions(&self, exercises: &[&Exercise]) -> Result<Vec<Vec<Solution>>, Problems> {
        let mut inspector = Inspector::new(&self.root);
        let folder = self.root.join("solutions");
        let read = |exercise: &&Exercise| {
            readme::inspect(&self.exercises, exercise, &mut inspector);
            solutions::read(&folder, exercise, &mut inspector)
        };
        let found = exercises.iter().map(read).collect();
        inspector.finish()?;
        Ok(found)
    }

    /// Renews the patches in `solutions/` for `exercises`: a whole wrong answer becomes a patch,
    /// and a patch whose right answer was edited is adapted to it.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn renew_patches(&self, exercises: &[&Exercise]) -> anyhow::Result<()> {
        let folder = self.root.join("solutions");
        exercises.iter().try_for_each(|exercise| renewal::renew(&folder.join(&exercise.id)))
    }

    /// Reads the author's reasons why some mutants of the reference for `exercise` cannot be
    /// killed.
    ///
    /// # Errors
    /// What is wrong with `mutants.yaml`.
    pub fn argued(&self, exercise: &Exercise) -> Result<Vec<ArguedMutant>, Problems> {
        let mut inspector = Inspector::new(&self.root);
        let argued = solutions::argued(&self.root.join("solutions"), exercise, &mut inspector);
        inspector.finish()?;
        Ok(argued)
    }
}

/// Reads the exercises in `folders` on two threads, because every run reads all of them while the
/// user waits. Each thread takes every second one, since later exercises are longer.
fn read_all(
    folders: &[PathBuf],
    manifest: &CourseManifest,
    inspector: &mut Inspector<'_>,
) -> Vec<Exercise> {
    let root = inspector.root();
    let read_from = |first: usize| {
        let mut inspector = Inspector::new(root);
        let read = |folder: &PathBuf| Exercise::read(folder, manifest, &mut inspector);
        let exercises: Vec<_> = folders.iter().skip(first).step_by(2).filter_map(read).collect();
        (exercises, inspector)
    };
    let (odd, even) = std::thread::scope(|scope| {
        let beside = scope.spawn(|| read_from(0));
        let even = read_from(1);
        (beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), even)
    });
    let mut all = Vec::new();
    for (exercises, found) in [odd, even] {
        all.extend(exercises);
        inspector.take(found);
    }
    all
}

/// The folders directly below `exercises/`. Notes stray files there: they may be misplaced parts of
/// an exercise.
fn exercise_folders(exercises: &Path, inspector: &mut Inspector<'_>) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for entry in WalkDir::new(exercises).min_depth(1).max_depth(1).sort_by_file_name() {
        match entry {
            // `.DS_Store` and the like belong to the machine, not to the course.
            Ok(entry) if entry.file_name().as_encoded_bytes().starts_with(b".") => {}
            Ok(entry) if entry.file_type().is_dir() => folders.push(entry.into_path()),
            Ok(entry) => inspector.note(
                entry.path(),
                None,
                "only exercise folders belong here",
                "move it into an exercise's folder, or out of `exercises/`",
            ),
            Err(error) => {
                let path = error.path().unwrap_or(exercises).to_owned();
                inspector.note(&path, None, error.to_string(), "make it readable");
            }
        }
    }
    if folders.is_empty() {
        let remedy = "an exercise is a folder such as `exercises/01_threads`";
        inspector.note(exercises, None, "the course has no exercises", remedy);
    }
    folders
}

/// Notes exercises that share a number or a name.
fn note_clashes(ids: &[Id<'_>], inspector: &mut Inspector<'_>) {
    for (index, id) in ids.iter().enumerate() {
        let earlier = || ids[..index].iter();
        let mut note = |first: &Id<'_>, what: &str, which: &str| {
            let what = format!("`{}` already has the {what} {which}", first.text);
            inspector.note(id.folder, None, what, "rename one of them");
        };
        if let Some(first) = earlier().find(|other| other.number == id.number) {
            note(first, "number", &format!("{:02}", id.number));
        }
        if let Some(first) = earlier().find(|other| other.name == id.name) {
            note(first, "name", &format!("`{}`", id.name));
        }
    }
}

/// Notes entries of `builds_on` that name no exercise, or a later one.
fn note_unknown_foundations(exercises: &[Exercise], ids: &[Id<'_>], inspector: &mut Inspector<'_>) {
    for exercise in exercises {
        let file = exercise.folder.join("exercise.yaml");
        for name in &exercise.builds_on {
            let (what, remedy) = match ids.iter().find(|id| id.name == name) {
                Some(known) if known.number < exercise.number => continue,
                Some(_) => (
                    format!("builds on `{name}`, which does not come before it"),
                    "name only earlier exercises".to_owned(),
                ),
                None => {
                    let remedy = match nearest(name, ids.iter().map(|id| id.name)) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "use the folder's name without its number".to_owned(),
                    };
                    (format!("builds on `{name}`, but there is no such exercise"), remedy)
                }
            };
            inspector.note(&file, exercise.builds_on_line, what, remedy);
        }
    }
}
