use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Something in the course itself that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file or folder, relative to the course.
    pub file: PathBuf,
    /// Line, counted from 1, where one can be named.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// All that is wrong with a course, in the order of files and lines. Never empty.
#[derive(Clone, Debug, thiserror::Error)]
pub struct Problems(Vec<Problem>);

/// Gathers problems, so that an author sees all of them at once and not the first only.
#[derive(Debug)]
pub(crate) struct Inspector<'a> {
    root: &'a Path,
    found: Vec<Problem>,
}

impl Problem {
    fn fmt_place(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_place(f)?;
        write!(f, ": {}\n    {}", self.what, self.remedy)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = if self.0.len() == 1 { "one problem" } else { "problems" };
        writeln!(f, "the course has {found}:")?;
        for problem in &self.0 {
            write!(f, "\n{problem}")?;
        }
        Ok(())
    }
}

impl Problems {
    /// All of `several` in one.
    pub(crate) fn join<'p>(several: impl IntoIterator<Item = &'p Self>) -> Option<Self> {
        let mut all: Vec<Problem> = several.into_iter().flat_map(Self::iter).cloned().collect();
        all.sort();
        (!all.is_empty()).then_some(Self(all))
    }

    /// The problems.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl<'a> Inspector<'a> {
    /// An inspector of the course at `root`, who has found nothing yet.
    pub(crate) fn new(root: &'a Path) -> Self {
        Self { root, found: Vec::new() }
    }

    /// The course's folder.
    pub(crate) fn root(&self) -> &'a Path {
        self.root
    }

    /// Take over what another inspector has found.
    pub(crate) fn take(&mut self, other: Self) {
        self.found.extend(other.found);
    }

    /// Note a problem with `file`, at `line` where one can be named.
    pub(crate) fn note(
        &mut self,
        file: &Path,
        line: impl Into<Option<usize>>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let file = file.strip_prefix(self.root).unwrap_or(file).to_owned();
        let (what, remedy) = (what.into(), remedy.into());
        self.found.push(Problem { file, line: line.into(), what, remedy });
    }

    /// The content of a text file, or `None` with the problem noted.
    pub(crate) fn read(&mut self, file: &Path, remedy: &str) -> Option<String> {
        match std::fs::read_to_string(file) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.note(file, None, "this file is missing", remedy);
                None
            }
            Err(error) => {
                self.note(file, None, format!("cannot be read: {error}"), remedy);
                None
            }
        }
    }

    /// What was found, by the names of the exercises' folders, if all of it concerns single exercises.
    ///
    /// # Errors
    /// All that was found, if some of it concerns the course as a whole.
    pub(crate) fn by_exercise(self) -> Result<BTreeMap<String, Problems>, Problems> {
        let exercise = |problem: &Problem| {
            let below = problem.file.strip_prefix("exercises").ok()?;
            let folder = below.iter().next()?.to_str()?;
            self.root.join("exercises").join(folder).is_dir().then(|| folder.to_owned())
        };
        let mut by_exercise: BTreeMap<String, Vec<Problem>> = BTreeMap::new();
        for problem in &self.found {
            match exercise(problem) {
                Some(id) => by_exercise.entry(id).or_default().push(problem.clone()),
                None => return self.finish().map(|()| BTreeMap::new()),
            }
        }
        let in_order = |(id, mut problems): (String, Vec<Problem>)| {
            problems.sort();
            problems.dedup();
            (id, Problems(problems))
        };
        Ok(by_exercise.into_iter().map(in_order).collect())
    }

    /// Nothing if nothing was found, or all of it.
    pub(crate) fn finish(mut self) -> Result<(), Problems> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort();
        self.found.dedup();
        Err(Problems(self.found))
    }
}

/// The one of `known` that a slip of the hand may have turned into `word`.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |candidate: &str| strsim::normalized_damerau_levenshtein(word, candidate);
    let mut rated: Vec<_> = known.into_iter().map(|k| (near(k), k)).collect();
    rated.sort_by(|a, b| b.0.total_cmp(&a.0));
    rated.first().filter(|(nearness, _)| *nearness > 0.5).map(|(_, candidate)| *candidate)
}
