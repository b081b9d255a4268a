//! Finds the answers in a submission: a folder of exercises, one exercise's folder, or one file.
//!
//! Only the answers are read, whatever else a submission contains.

use crate::course::patch::{self, Patch, PatchError};
use crate::course::{Course, Exercise, Problems, Unnamed};
use crate::source::Source;
use crate::world::ANSWER;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// An answer to one exercise, right or wrong.
#[derive(Clone, Debug)]
pub struct Answer<'c> {
    /// The exercise that it answers.
    pub exercise: &'c Exercise,
    /// Distinguishes answers to the same exercise, such as `wrong/anyone_may_release`. `None` if
    /// there is only one.
    pub label: Option<String>,
    /// The path of its file, as shown to the user.
    pub shown_as: PathBuf,
    /// Its content.
    pub source: Source,
    /// When its file was last changed, if known.
    pub changed: Option<SystemTime>,
    /// The checks to run. `None` means all.
    pub wanted: Option<BTreeSet<String>>,
}

impl<'c> Answer<'c> {
    /// The only answer to `exercise`, with all checks to run.
    fn new(exercise: &'c Exercise, shown_as: PathBuf, source: Source) -> Self {
        let changed = changed(&shown_as);
        Self { exercise, label: None, shown_as, source, changed, wanted: None }
    }
}

fn changed(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).and_then(|file| file.modified()).ok()
}

/// The content of a submission.
#[derive(Debug)]
pub struct Submission<'c> {
    /// An answer to each exercise that is graded, in the order of the exercises.
    pub answers: Vec<Answer<'c>>,
    /// Names of folders that look like exercises but are not in the course.
    pub strays: Vec<String>,
}

/// Why a submission or a choice of exercises cannot be graded at all.
#[derive(Debug, thiserror::Error)]
pub enum Mistake {
    /// The word means no exercise.
    #[error("there is no exercise `{word}`{}", suggestion(.near))]
    NoSuchExercise {
        /// The word that the user gave.
        word: String,
        /// The exercise that was probably meant.
        near: Option<String>,
    },
    /// The word may mean any of several exercises.
    #[error("`{word}` could be {}; write one of these", any_of(.names))]
    SeveralExercises {
        /// The word that the user gave.
        word: String,
        /// The names of the exercises.
        names: Vec<String>,
    },
    /// The exercise has problems, so answers to it cannot be graded.
    #[error("the exercise `{id}` is unfinished or broken, so it cannot be graded: {problems}")]
    Unfinished {
        /// The name of its folder.
        id: String,
        /// Its problems.
        problems: Problems,
    },
    /// The folder contains no answer.
    #[error(
        "`{}` contains no answer: neither a folder such as `{example}`, nor `{ANSWER}`{}",
        .folder.display(),
        suggestion(.near)
    )]
    NothingInFolder {
        /// The folder.
        folder: PathBuf,
        /// The name of an exercise's folder.
        example: String,
        /// The folder that was probably meant.
        near: Option<String>,
    },
    /// The path does not identify an exercise.
    #[error(
        "cannot tell which exercise `{}` answers; name it: `grade {example} --submission {}`",
        .path.display(),
        .path.display()
    )]
    WhichExercise {
        /// The file or folder.
        path: PathBuf,
        /// The name of an exercise.
        example: String,
    },
    /// The file is not a valid patch, or does not fit the answer that it changes.
    #[error("{}:{}: {error}", .path.display(), .error.line)]
    BadPatch {
        /// The patch.
        path: PathBuf,
        /// What is wrong with it.
        error: PatchError,
    },
    /// A file or folder cannot be read.
    #[error("`{}` cannot be read: {error}", .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        error: io::Error,
    },
}

fn suggestion(near: &Option<String>) -> String {
    near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// "`a`, `b` or `c`".
fn any_of(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// Where the answer is in an exercise's folder: as in `exercises/`, or as in `solutions/`.
const PLACES: [&str; 2] = [ANSWER, "reference.rs"];

/// The folder's name of the exercise that `word` means ([`Course::id_of`]), sound or not.
///
/// # Errors
/// The word means no exercise, or several.
pub fn id<'c>(course: &'c Course, word: &str) -> Result<&'c str, Mistake> {
    let word_of = || word.to_owned();
    course.id_of(word).map_err(|unnamed| match unnamed {
        Unnamed::Unknown { near } => Mistake::NoSuchExercise { word: word_of(), near },
        Unnamed::Several(names) => Mistake::SeveralExercises { word: word_of(), names },
    })
}

/// The exercise that `word` means.
///
/// # Errors
/// The word means no exercise, several, or one that was left out.
pub fn one<'c>(course: &'c Course, word: &str) -> Result<&'c Exercise, Mistake> {
    let id = id(course, word)?;
    if let Some(problems) = course.left_out.get(id) {
        return Err(Mistake::Unfinished { id: id.to_owned(), problems: problems.clone() });
    }
    let sound = course.exercises.iter().find(|exercise| exercise.id == id);
    sound.ok_or_else(|| Mistake::NoSuchExercise { word: word.to_owned(), near: None })
}

/// The exercises that `words` mean ([`Course::id_of`]), or all exercises if there are no words.
///
/// # Errors
/// A word means no exercise, several, or one that was left out.
pub fn choose<'c>(course: &'c Course, words: &[String]) -> Result<Vec<&'c Exercise>, Mistake> {
    let chosen: BTreeSet<u32> = words
        .iter()
        .map(|word| one(course, word).map(|exercise| exercise.number))
        .collect::<Result<_, _>>()?;
    let wanted = |e: &&Exercise| words.is_empty() || chosen.contains(&e.number);
    Ok(course.exercises.iter().filter(wanted).collect())
}

impl<'c> Submission<'c> {
    /// The learner's own answers, in the course's `exercises/`. `shown` turns a path into the one
    /// shown to the user.
    ///
    /// # Errors
    /// An answer cannot be read.
    pub fn own(
        course: &'c Course,
        exercises: &[&'c Exercise],
        shown: impl Fn(&Path) -> PathBuf,
    ) -> Result<Self, Mistake> {
        let folder = course.root.join("exercises");
        let answer = |exercise: &&'c Exercise| {
            let path = exercise.answer_path();
            let source = Source::read(&folder, &path).map_err(unreadable(&path))?;
            let answer = Answer::new(exercise, shown(&path), source);
            Ok(Answer { changed: changed(&path), ..answer })
        };
        let answers = exercises.iter().map(answer).collect::<Result<_, _>>()?;
        Ok(Self { answers, strays: Vec::new() })
    }

    /// The answers at `path`, given by the user; `words` are the exercises that the user named.
    ///
    /// # Errors
    /// There is no answer at `path`, it is unclear which exercise it answers, or a word names no
    /// exercise.
    pub fn given(course: &'c Course, words: &[String], path: &Path) -> Result<Self, Mistake> {
        let chosen = choose(course, words)?;
        let named = (words.len() == 1).then(|| chosen.first().copied()).flatten();
        if !path.is_dir() {
            return Self::file(course, named, path);
        }
        let folders = folders(path).map_err(unreadable(path))?;
        if course.exercises.iter().any(|exercise| folders.contains(&exercise.id)) {
            let answer = |exercise: &&'c Exercise| in_folder(exercise, path, &exercise.id);
            let answers = chosen.iter().map(answer).collect::<Result<_, _>>()?;
            let looks_like_one = |name: &String| name.starts_with(|c: char| c.is_ascii_digit());
            let unknown = |name: &String| {
                !course.exercises.iter().any(|e| e.id == *name)
                    && !course.left_out.contains_key(name)
            };
            let strays = folders.into_iter().filter(looks_like_one).filter(unknown).collect();
            return Ok(Self { answers, strays });
        }
        if !PLACES.iter().any(|place| path.join(place).symlink_metadata().is_ok()) {
            let near = folders.contains("exercises").then(|| path.join("exercises"));
            return Err(Mistake::NothingInFolder {
                folder: path.to_owned(),
                example: example(course, |e| &e.id),
                near: near.map(|near| near.display().to_string()),
            });
        }
        let exercise = named.or_else(|| guess(course, path)).ok_or_else(|| which(course, path))?;
        Ok(Self { answers: vec![in_folder(exercise, path, "")?], strays: Vec::new() })
    }

    fn file(course: &'c Course, named: Option<&'c Exercise>, path: &Path) -> Result<Self, Mistake> {
        // Reports name the file that a patch produces. If it does not exist, look for the patch.
        let patch = path.with_extension(patch::EXTENSION);
        let path = if !path.exists() && patch.is_file() { &patch } else { path };
        let mut source = Source::read_named(path).map_err(unreadable(path))?;
        let exercise = named.or_else(|| guess(course, path)).ok_or_else(|| which(course, path))?;
        let mut shown_as = path.to_owned();
        if path.extension().is_some_and(|e| e == patch::EXTENSION)
            && let Source::Text(text) = &source
        {
            source = Source::Text(patched(course, exercise, path, text)?);
            shown_as.set_extension("rs");
        }
        let answer = Answer::new(exercise, shown_as, source);
        Ok(Self { answers: vec![answer], strays: Vec::new() })
    }
}

/// The answer that a patch produces from one of the course's right answers.
fn patched(
    course: &Course,
    exercise: &Exercise,
    path: &Path,
    text: &str,
) -> Result<String, Mistake> {
    let broken = |error| Mistake::BadPatch { path: path.to_owned(), error };
    let patch = Patch::parse(text).map_err(broken)?;
    let right = course.root.join("solutions").join(&exercise.id).join(&patch.base);
    let right = std::fs::read_to_string(&right).map_err(unreadable(&right))?;
    patch.apply(&right).map_err(broken)
}

/// The answer in `folder/below`, at the first of [`PLACES`] that exists.
fn in_folder<'c>(
    exercise: &'c Exercise,
    folder: &Path,
    below: &str,
) -> Result<Answer<'c>, Mistake> {
    let home = if below.is_empty() { folder.to_owned() } else { folder.join(below) };
    let [first, _] = PLACES;
    let mut answer = Answer::new(exercise, home.join(first), Source::Absent);
    for place in PLACES {
        let path = home.join(place);
        let source = Source::read(folder, &path).map_err(unreadable(&path))?;
        if source != Source::Absent {
            answer.shown_as = path;
            answer.source = source;
            break;
        }
    }
    Ok(answer)
}

/// The names of entries in `path` that may be folders. Links are included: they are refused when
/// read.
fn folders(path: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in path.read_dir()? {
        let entry = entry?;
        if !entry.file_type()?.is_file()
            && let Ok(name) = entry.file_name().into_string()
        {
            names.insert(name);
        }
    }
    Ok(names)
}

/// The exercise that a folder or file on the path is named after.
fn guess<'c>(course: &'c Course, path: &Path) -> Option<&'c Exercise> {
    let path = path.canonicalize().ok()?;
    path.ancestors().find_map(|part| {
        let word = part.file_stem()?.to_str()?;
        course.exercises.iter().find(|e| e.id == word || (part == path && e.name == word))
    })
}

fn which(course: &Course, path: &Path) -> Mistake {
    Mistake::WhichExercise { path: path.to_owned(), example: example(course, |e| &e.name) }
}

fn example(course: &Course, word: impl Fn(&Exercise) -> &String) -> String {
    course.exercises.first().map(word).cloned().unwrap_or_default()
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Mistake {
    move |error| Mistake::Unreadable { path: path.to_owned(), error }
}
