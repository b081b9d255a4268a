//! A wrong answer as a patch: a few lines of prose that say what is wrong with it, then a unified
//! diff against a right answer to the same exercise.
//!
//! ```text
//! Fault: the guard is dropped before the value is used.
//! Expect: counts_under_contention = wrong
//!
//! --- reference.rs
//! +++ wrong/guard_gone_at_once.rs
//! @@ -41,3 +41,3 @@ impl Counter {
//! ```
//!
//! A patch must fit its right answer exactly, line numbers included. If that answer has changed,
//! `verify --bless` writes a new patch, made by [`Patch::renewed`]. If the old patch does not fit
//! even approximately, the author has to write the wrong answer again.

use flickzeug::{ApplyConfig, Diff, DiffOptions, FuzzyConfig, Hunk, Line};

/// The file extension of a patch.
pub const EXTENSION: &str = "patch";

/// Unchanged lines shown before and after a change.
const CONTEXT: usize = 1;

/// A parsed patch file.
#[derive(Debug)]
pub struct Patch<'t> {
    /// The text before the diff.
    pub head: &'t str,
    /// The right answer that it changes: `reference.rs`, or `right/two_locks.rs`.
    pub base: String,
    /// The answer that it produces: `wrong/guard_gone_at_once.rs`.
    pub makes: String,
    /// The diff as written in the file.
    pub diff_text: &'t str,
    diff: Diff<'t, str>,
    /// The line of the patch file at which each hunk begins, counted from 1.
    hunk_lines: Vec<usize>,
}

/// Why a text is not a patch, or why a patch does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}\n    {remedy}")]
pub struct PatchError {
    /// Line of the patch file, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl PatchError {
    fn new(line: usize, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { line, what: what.into(), remedy: remedy.into() }
    }
}

const FORM: &str = "write a head, then a unified diff from `--- reference.rs` (or `--- right/….rs`) to \
    `+++ wrong/….rs`; or put the whole answer into `wrong/` and run `verify --bless`";

impl<'t> Patch<'t> {
    /// Parses the text of a patch file.
    ///
    /// # Errors
    /// It is not a patch, changes several files, or changes a file that is not a right answer.
    pub fn parse(text: &'t str) -> Result<Self, PatchError> {
        let Some((head, diff_text)) = split(text) else {
            return Err(PatchError::new(1, "this patch contains no diff", FORM));
        };
        let before = head.lines().count();
        let parsed = flickzeug::Patch::from_str(diff_text).map_err(|error| {
            PatchError::new(
                before + error.line().max(1),
                format!("this is not a valid diff: {}", error.kind()),
                FORM,
            )
        })?;
        let lines_with = |start: &str| {
            let numbered = diff_text.lines().enumerate();
            let found = numbered.filter(|(_, line)| line.starts_with(start));
            found.map(|(index, _)| before + index + 1).collect::<Vec<_>>()
        };
        let mut diffs = parsed.into_diffs();
        if diffs.len() != 1 {
            let what = format!("this patch changes {} files", diffs.len());
            let at = lines_with("--- ").get(1).copied().unwrap_or(before + 1);
            return Err(PatchError::new(at, what, "an answer is one file: keep only one diff"));
        }
        let diff = diffs.remove(0);
        let base = diff.original().unwrap_or_default().to_owned();
        let makes = diff.modified().unwrap_or_default().to_owned();
        if !is_right(&base) {
            let what = format!("this patch changes `{base}`, which is not a right answer");
            return Err(PatchError::new(before + 1, what, FORM));
        }
        Ok(Self { head, base, makes, diff_text, diff, hunk_lines: lines_with("@@ ") })
    }

    /// Applies the patch to `right`, the text of [`Patch::base`].
    ///
    /// # Errors
    /// A hunk does not fit at its line, or the patch changes nothing.
    pub fn apply(&self, right: &str) -> Result<String, PatchError> {
        let lines: Vec<&str> = right.lines().collect();
        for (index, hunk) in self.diff.hunks().iter().enumerate() {
            self.fits(index, hunk, &lines)?;
        }
        self.apply_with(
            right,
            FuzzyConfig { max_fuzz: 0, similarity_threshold: 1.0, ..FuzzyConfig::default() },
        )
    }

    /// The text of the patch file, adapted to `right`, in which the changed lines may have moved or
    /// lines near them may have been edited.
    ///
    /// # Errors
    /// It does not fit even approximately.
    pub fn renewed(&self, right: &str) -> Result<String, PatchError> {
        let made = self.apply_with(
            right,
            FuzzyConfig { similarity_threshold: 0.9, ..FuzzyConfig::default() },
        )?;
        Ok(format!("{}{}", self.head, diff(&self.base, right, &self.makes, &made)))
    }

    fn apply_with(&self, right: &str, fuzzy_config: FuzzyConfig) -> Result<String, PatchError> {
        let config = ApplyConfig { fuzzy_config, ..ApplyConfig::default() };
        let applied = flickzeug::apply_with_config(right, &self.diff, &config);
        let (made, _) = applied.map_err(|error| {
            let hunk = error.hunk_index();
            let what = format!("hunk {hunk} does not fit {}", self.base);
            PatchError::new(self.line_of(hunk.saturating_sub(1)), what, self.again())
        })?;
        if made == right {
            let what = format!("this patch does not change {}", self.base);
            let remedy = "add the fault, or remove the file";
            return Err(PatchError::new(self.line_of(0), what, remedy));
        }
        Ok(made)
    }

    /// Checks that a hunk fits exactly at the line that it names.
    fn fits(&self, index: usize, hunk: &Hunk<'_, str>, lines: &[&str]) -> Result<(), PatchError> {
        let old: Vec<&str> = hunk.lines().iter().filter_map(old_line).collect();
        let (said, has) = (hunk.old_range().len(), old.len());
        if said != has {
            let what = format!("hunk {} announces {said} lines but has {has}", index + 1);
            let remedy = "restore the missing lines, or correct the numbers after its `@@`";
            return Err(PatchError::new(self.line_of(index), what, remedy));
        }
        let is_at = |start: usize| lines.get(start..start + old.len()) == Some(&old[..]);
        let start = hunk.old_range().start().saturating_sub(usize::from(!old.is_empty()));
        if is_at(start) {
            return Ok(());
        }
        let places: Vec<String> = (0..lines.len())
            .filter(|&at| !old.is_empty() && is_at(at))
            .map(|at| (at + 1).to_string())
            .collect();
        let what = format!("hunk {} does not fit line {} of {}", index + 1, start + 1, self.base);
        let (what, remedy) = match &places[..] {
            [] => (what, self.again()),
            [place] => (
                format!("{what}, but fits line {place}"),
                "the code has moved: run `verify --bless` to renew the patch".to_owned(),
            ),
            several => (
                format!("{what}, but fits each of the lines {}", several.join(", ")),
                "choose one: correct the numbers after its `@@`, or add more context".to_owned(),
            ),
        };
        Err(PatchError::new(self.line_of(index), what, remedy))
    }

    fn line_of(&self, hunk: usize) -> usize {
        self.hunk_lines.get(hunk).copied().unwrap_or(1)
    }

    fn again(&self) -> String {
        format!(
            "{} has changed: run `verify --bless`, which renews a patch that almost fits; if this \
             one still does not fit, write the whole wrong answer again as `{}` and run \
             `verify --bless` to turn it into a patch",
            self.base, self.makes
        )
    }

    /// The number of lines that it removes or adds.
    pub fn changed_lines(&self) -> usize {
        let lines = self.diff.hunks().iter().flat_map(|hunk| hunk.lines());
        lines.filter(|line| !matches!(line, Line::Context(_))).count()
    }
}

/// The diff from `right`, the text of `base`, to `made`, the text of `makes`.
pub(super) fn diff(base: &str, right: &str, makes: &str, made: &str) -> String {
    let mut options = DiffOptions::new();
    options.set_context_len(CONTEXT);
    options.set_original_filename(base.to_owned()).set_modified_filename(makes.to_owned());
    options.create_patch(right, made).to_string()
}

/// The hunks of a diff, without the names of its files.
pub fn hunks(diff: &str) -> String {
    let hunks = diff.lines().skip_while(|line| !line.starts_with("@@ "));
    hunks.map(|line| format!("{line}\n")).collect()
}

/// Splits a patch file into its head, including the empty line at its end, and its diff.
fn split(text: &str) -> Option<(&str, &str)> {
    let start = if text.starts_with("--- ") { 0 } else { text.find("\n--- ")? + 1 };
    Some(text.split_at(start))
}

/// Whether a right answer may have this name.
fn is_right(name: &str) -> bool {
    let stem = |file: &str| {
        let stem = file.strip_suffix(".rs").unwrap_or_default();
        !stem.is_empty() && stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    name == "reference.rs" || name.strip_prefix("right/").is_some_and(stem)
}

/// The line of the original file, without its line break. `None` for an added line.
fn old_line<'h>(line: &'h Line<'_, str>) -> Option<&'h str> {
    match line {
        Line::Context(line) | Line::Delete(line) => Some(line.0),
        Line::Insert(_) => None,
    }
}
