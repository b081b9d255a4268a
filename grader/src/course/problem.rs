use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Something wrong in the course itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file or folder, relative to the course.
    pub file: PathBuf,
    /// The line, counted from 1, if the problem has one.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// All problems of a course, ordered by file and line. Never empty.
#[derive(Clone, Debug, thiserror::Error)]
pub struct Problems(Vec<Problem>);

/// Collects problems, so that an author sees all of them at once and not only the first.
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
        let found = if self.0.len() == 1 { "a problem" } else { "problems" };
        writeln!(f, "the course has {found}:")?;
        for problem in &self.0 {
            write!(f, "\n{problem}")?;
        }
        Ok(())
    }
}

impl Problems {
    /// All of `several` together. `None` if there are none.
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
    /// An inspector of the course at `root`, with no problems yet.
    pub(crate) fn new(root: &'a Path) -> Self {
        Self { root, found: Vec::new() }
    }

    /// The course's folder.
    pub(crate) fn root(&self) -> &'a Path {
        self.root
    }

    /// Adds the problems that another inspector found.
    pub(crate) fn take(&mut self, other: Self) {
        self.found.extend(other.found);
    }

    /// Notes a problem with `file`, at `line` if the problem has one.
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

    /// The content of a text file, or `None` after noting that it cannot be read.
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

    /// The problems by exercise folder, if each of them concerns a single exercise.
    ///
    /// # Errors
    /// All problems, if any of them concerns the course as a whole.
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

    /// Ends the inspection.
    ///
    /// # Errors
    /// All problems, if there are any.
    pub(crate) fn finish(mut self) -> Result<(), Problems> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort();
        self.found.dedup();
        Err(Problems(self.found))
    }
}

/// The entry of `known` that `word` is probably a misspelling of.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |candidate: &str| strsim::normalized_damerau_levenshtein(word, candidate);
    let mut rated: Vec<_> = known.into_iter().map(|k| (near(k), k)).collect();
    rated.sort_by(|a, b| b.0.total_cmp(&a.0));
    rated.first().filter(|(nearness, _)| *nearness > 0.5).map(|(_, candidate)| *candidate)
}
