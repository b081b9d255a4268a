//! The files that a report quotes: the learner's and the checks'.

use super::code::way::Way;
use super::code::{Call, Calls};
use super::safe;
use crate::graded::GradedExercise;
use crate::world::ANSWER;
use record::Location;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::Path;

/// An assertion about the results of more functions than this does not say which result is wrong.
const MOST_EXAMINED: usize = 2;

/// The functions that say how long something took.
const TIMING: [&str; 3] = ["elapsed", "duration_since", "saturating_duration_since"];

/// One file, safe to print.
#[derive(Debug)]
pub(crate) struct Source {
    /// The file's name alone, such as `lib.rs`.
    pub(crate) label: String,
    /// The path that the learner would open.
    pub(crate) path: String,
    /// The content, with the lines and columns of the original.
    pub(crate) text: String,
    calls: OnceCell<Calls>,
}

impl Source {
    pub(crate) fn new(path: &Path, text: &str) -> Self {
        let label = path.file_name().map_or(path, Path::new);
        Self {
            label: safe::path(label),
            path: safe::path(path),
            text: safe::source(text),
            calls: OnceCell::new(),
        }
    }

    fn calls(&self) -> &Calls {
        self.calls.get_or_init(|| Calls::of(&self.text))
    }
}

/// The files of one exercise.
#[derive(Debug)]
pub(crate) struct Sources {
    answer: Source,
    /// Each with the name that locations in a record use for it.
    checks: Vec<(String, Source)>,
}

impl Sources {
    pub(crate) fn of(exercise: &GradedExercise) -> Self {
        let folder = Path::new("exercises").join(&exercise.id);
        let checks = exercise.check_files.iter().map(|file| {
            (file.path.display().to_string(), Source::new(&folder.join(&file.path), &file.text))
        });
        Self {
            answer: Source::new(&exercise.answer_path, &exercise.answer_text),
            checks: checks.collect(),
        }
    }

    /// The learner's file.
    pub(crate) fn answer(&self) -> &Source {
        &self.answer
    }

    /// Whether a location is in the learner's file.
    pub(crate) fn is_answer(&self, at: &Location) -> bool {
        at.file == ANSWER
    }

    /// The file of a location. `None` if it is a library's.
    pub(crate) fn find(&self, at: &Location) -> Option<&Source> {
        if self.is_answer(at) {
            return Some(&self.answer);
        }
        self.checks.iter().find(|(file, _)| *file == at.file).map(|(_, source)| source)
    }

    /// The call at a location.
    pub(super) fn call(&self, at: &Location) -> Option<&Call> {
        self.find(at)?.calls().at(at.line, at.column)
    }

    /// The cast or wrapping operation that begins at a location.
    pub(super) fn number(&self, at: &Location) -> Option<&str> {
        self.find(at)?.calls().number_at(at.line, at.column)
    }

    /// The lock that a call of one of the learner's own small functions acquires: `free` for
    /// `permits.free()`, if that calls `self.free.lock()`.
    pub(super) fn acquired_by(&self, call: &Call) -> Option<String> {
        self.answer.calls().acquired_in(call.name()?)
    }

    /// Which statements of the answer a call has run that came to these lines.
    pub(super) fn way(&self, lines: &[u32]) -> Way {
        self.answer.calls().way(lines)
    }

    /// Whether a call is one of the learner's own small functions, so that what happened there
    /// happened within that function.
    pub(super) fn is_helper(&self, call: &Call) -> bool {
        call.name().is_some_and(|name| self.answer.calls().private(name).is_some())
    }

    /// The learner's function that contains a location.
    pub(super) fn function(&self, at: &Location) -> Option<String> {
        self.is_answer(at).then(|| self.answer.calls().function_at(at.line))?
    }

    /// Whether it is clear that what happens at `at` was called from `caller` if the row names the call of
    /// the learner's `function`: there is no other call in it.
    pub(super) fn is_clear(&self, function: &Location, at: &Location, caller: &Location) -> bool {
        let calls = self.answer.calls();
        self.is_answer(at) && calls.is_called_once(function.line, caller.line, at.line)
    }

    /// Whether the learner's function `outer` calls their function `inner`, or one of the same name.
    pub(super) fn calls(&self, outer: &Location, inner: &Location) -> bool {
        let calls = self.answer.calls();
        let name = calls.around(inner.line).map(|function| function.name.as_str());
        name.is_some_and(|name| calls.calls_any_of(outer.line, &[name]))
    }

    /// Whether a thread that came into the learner's file at `line` was started by the check, which then
    /// called a public function there.
    pub(super) fn is_entry(&self, line: u32) -> bool {
        self.answer.calls().is_in_public_function(line)
    }

    /// Whether it helps to know that what happens at `at` was called from `caller`: it is not in the
    /// learner's file, or it is in a function that several of the learner's lines call, and this one is
    /// in another function.
    pub(super) fn is_told_apart_by(&self, at: &Location, caller: &Location) -> bool {
        let calls = self.answer.calls();
        let is_told_apart = || {
            calls.calls_of_function_at(at.line) > 1
                && !calls.are_in_one_function(at.line, caller.line)
        };
        self.is_answer(caller) && (!self.is_answer(at) || is_told_apart())
    }

    /// Whether the learner's statement at `caller` runs code of somebody else's, such as a closure or a
    /// destructor, which calls the learner's function around `at`.
    pub(super) fn runs_other_code(&self, caller: &Location, at: &Location) -> bool {
        let calls = self.answer.calls();
        self.is_answer(caller)
            && self.is_answer(at)
            && calls.runs_other_code((caller.line, caller.column), at.line)
    }

    /// Where in the learner's statement at `caller` their function around `at` is called.
    pub(super) fn call_of(&self, caller: &Location, at: &Location) -> Option<Location> {
        let is_own = self.is_answer(caller) && self.is_answer(at);
        let calls = self.answer.calls();
        let (line, column) = calls.call_of((caller.line, caller.column), at.line)?;
        is_own.then(|| Location { file: caller.file.clone(), line, column })
    }

    /// The learner's functions whose results the assertion at `at` examines, the nearest first:
    /// those that its `message` names, and those that it calls.
    pub(super) fn functions_examined(&self, at: &Location, message: &str) -> Vec<Location> {
        let Some(check) = self.check(at) else { return Vec::new() };
        let found = check.calls().examined_by(at.line, at.column);
        let calls = self.answer.calls();
        // Without a result, there is nothing to find wrong.
        let returns =
            |name: &&str| calls.public(name, &found.types).is_some_and(|function| function.returns);
        let mut names: Vec<&str> = named(message).filter(returns).collect();
        if names.is_empty() {
            names = found.functions.iter().copied().filter(returns).collect();
            let distinct: BTreeSet<&str> = names.iter().copied().collect();
            // Nobody can tell which of many results is the wrong one.
            if distinct.len() > MOST_EXAMINED {
                return Vec::new();
            }
        }
        self.public(&names, &found.types)
    }

    /// Whether the assertion at `at` examines how long something took.
    pub(super) fn examines_time(&self, at: &Location) -> bool {
        let found = self.check(at).map(|check| check.calls().examined_by(at.line, at.column));
        found.is_some_and(|it| it.functions.iter().any(|name| TIMING.contains(name)))
    }

    /// The learner's functions that the check calls at `at` or before, the nearest first.
    pub(super) fn functions_called(&self, at: &Location) -> Vec<Location> {
        let Some(check) = self.check(at) else { return Vec::new() };
        self.public(&check.calls().called_before(at.line), &[])
    }

    /// Whether a closure of a check panics at `at`, which is no assertion.
    pub(super) fn panics_in_closure(&self, at: &Location) -> bool {
        self.check(at).is_some_and(|check| check.calls().panics_in_closure(at.line, at.column))
    }

    /// Whether a block ends at `at`, so that what happens there is that values are dropped.
    pub(super) fn is_end_of_block(&self, at: &Location) -> bool {
        let letter = |text: &str| text.chars().nth(at.column.checked_sub(1)? as usize);
        self.line(at).and_then(|(_, text)| letter(text)) == Some('}')
    }

    /// Whether `at` is in the body of the learner's function whose name is at `function`.
    pub(super) fn is_within(&self, at: &Location, function: &Location) -> bool {
        self.is_answer(at)
            && self.is_answer(function)
            && self.answer.calls().are_in_one_function(at.line, function.line)
    }

    /// Whether it says nothing that a function ended with the statement at `at`: it has no other way out,
    /// or only on failure, and has `succeeded`.
    pub(super) fn is_plain_end(&self, at: &Location, succeeded: bool) -> bool {
        let (calls, place) = (self.answer.calls(), (at.line, at.column));
        calls.is_only_end(place) || succeeded && calls.is_tail(place)
    }

    /// Whether the learner's function around `at` contains a notification.
    pub(super) fn may_notify(&self, at: &Location) -> bool {
        self.is_answer(at)
            && self.answer.calls().calls_any_of(at.line, &["notify_one", "notify_all"])
    }

    /// Whether the learner's statement at `at` is only a call of the function that `inner` is in.
    pub(super) fn passes_on(&self, at: &Location, inner: &Location) -> bool {
        self.is_answer(at)
            && self.is_answer(inner)
            && self.answer.calls().passes_on((at.line, at.column), inner.line)
    }

    /// Whether there is a call at `at` that does nothing but panic.
    pub(super) fn raises(&self, at: &Location) -> bool {
        self.call(at).is_some_and(Call::raises)
    }

    /// Whether `at` is in a destructor of the check's.
    pub(super) fn is_in_destructor(&self, at: &Location) -> bool {
        let function = self.check(at).and_then(|check| check.calls().function_at(at.line));
        function.is_some_and(|name| name.ends_with("drop"))
    }

    /// Whether a panic at `at` is an assertion's, so that it is a finding of the check's.
    pub(super) fn is_assertion(&self, at: &Location) -> bool {
        self.call(at).is_some_and(|call| call.call.starts_with("assert"))
    }

    /// The learner's functions that the check called `name` calls, in order.
    pub(super) fn functions_of_check(&self, name: &str) -> Vec<Location> {
        let called = self.checks.iter().find_map(|(_, check)| check.calls().called_in(name));
        called.map_or_else(Vec::new, |names| self.public(&names, &[]))
    }

    fn check(&self, at: &Location) -> Option<&Source> {
        self.find(at).filter(|_| !self.is_answer(at))
    }

    /// The places of those of these functions that are the learner's, and that others can call. No
    /// check examines what a constructor returns: it examines what is done with that.
    fn public(&self, names: &[&str], types: &[&str]) -> Vec<Location> {
        let calls = self.answer.calls();
        let names = names.iter().filter(|name| !["new", "default"].contains(name));
        names
            .filter_map(|name| calls.public(name, types))
            .map(|function| function.place)
            .map(|(line, column)| Location { file: ANSWER.to_owned(), line, column })
            .collect()
    }

    /// The path of a location's file, and the text of its line.
    pub(super) fn line(&self, at: &Location) -> Option<(&str, &str)> {
        let source = self.find(at)?;
        let line = source.text.lines().nth(at.line.checked_sub(1)? as usize)?;
        Some((&source.path, line))
    }

    /// `lib.rs:31`. `None` for a place inside a library, which means nothing to a learner.
    pub(crate) fn place(&self, at: &Location) -> Option<String> {
        Some(format!("{}:{}", self.find(at)?.label, at.line))
    }

    /// The shortest form: only the line in the learner's file, `checks.rs:12` elsewhere.
    pub(super) fn short(&self, at: &Location) -> Option<String> {
        if self.is_answer(at) { Some(at.line.to_string()) } else { self.place(at) }
    }
}

/// The functions that a text names with parentheses, as in `release() refused the owner`.
fn named(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('(').filter_map(|(at, _)| {
        let front = &text[..at];
        let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
        let name = &front[front.trim_end_matches(is_name).len()..];
        (!name.is_empty()).then_some(name)
    })
}
