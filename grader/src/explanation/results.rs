//! What is known of the results of the learner's functions.

use super::evidence::Evidence;
use super::safe;
use super::words::step::{self as words, with_durations};
use record::{Call, Failure, Location, Operation, Panic, Step};

impl Evidence<'_> {
    /// The calls that the failed assertion is about: those that its message names with their
    /// arguments, or else the last one that it names and that has none, or else the only one that
    /// returned what it got. As indices into the trace's calls.
    pub(super) fn asserted(&self) -> Vec<usize> {
        /// If more calls than this are named, none of them is the one.
        const FEW: usize = 2;
        let Some(panic) = self.first_panic() else { return Vec::new() };
        let message = with_durations(&safe::text(&panic.message));
        let calls = &self.trace.calls;
        let named = (0..calls.len()).filter(|&call| {
            let name = self.sources.function(&calls[call].function);
            let is_known = calls[call].arguments.iter().any(Option::is_some);
            is_known
                && name
                    .is_some_and(|name| contains_word(&message, &words::call(&name, &calls[call])))
        });
        let named: Vec<usize> = named.collect();
        if (1..=FEW).contains(&named.len()) {
            return named;
        }
        // A call without arguments may occur often. The last one that has returned is meant.
        let without = (0..calls.len()).rev().find(|&call| {
            let name = self.sources.function(&calls[call].function);
            let has_returned = calls[call].ended_at.is_some();
            let is_plain = calls[call].arguments.is_empty() && has_returned;
            is_plain && name.is_some_and(|name| contains_word(&message, &format!("{name}()")))
        });
        if let Some(call) = without {
            return vec![call];
        }
        let got = self.got();
        let returned_it = |call: &usize| calls[*call].result.as_deref() == got;
        let found = match (0..calls.len()).filter(returned_it).collect::<Vec<_>>()[..] {
            [only] if got.is_some() => vec![only],
            _ => self.with_unexpected_parts(),
        };
        // A number or a `bool` says little: what the message counts may be something else. A list is most
        // often of results.
        let is_list = got.is_some_and(|got| got.starts_with('['));
        let is_it = |call: &usize| {
            let result = calls[*call].result.as_deref().unwrap_or_default();
            if is_list && !result.chars().all(char::is_alphanumeric) {
                return true;
            }
            let name = self.sources.function(&calls[*call].function);
            !is_plain(result) || name.is_some_and(|name| contains_word(&message, &name))
        };
        found.into_iter().filter(is_it).collect()
    }

    /// The few calls whose results are part of what the failed assertion got, and no part of what it
    /// wanted, or are so more often: then the last ones.
    fn with_unexpected_parts(&self) -> Vec<usize> {
        const FEW: usize = 2;
        let (Some(got), Some(wanted)) = (self.got(), self.wanted()) else { return Vec::new() };
        let calls = &self.trace.calls;
        // How often it was got, if that is more often than it was wanted.
        let times = |call: &usize| {
            let result = calls[*call].result.as_deref()?;
            let times = count_of(got, result);
            (times > count_of(wanted, result)).then_some(times)
        };
        let found = (0..calls.len()).filter_map(|call| Some((call, times(&call)?)));
        let mut found: Vec<(usize, usize)> = found.collect();
        if let Some(&(first, times)) = found.first()
            && found.len() > FEW
            && times == FEW
            && found.iter().all(|&(call, _)| calls[call].result == calls[first].result)
        {
            found.sort_by_key(|&(call, _)| calls[call].steps.end);
            found.drain(..found.len() - times);
        }
        if found.len() <= FEW {
            found.into_iter().map(|(call, _)| call).collect()
        } else {
            Vec::new()
        }
    }

    /// Whether the result of this call is what the failed assertion got.
    pub(super) fn is_got(&self, call: &Call) -> bool {
        self.got().is_some_and(|got| call.result.as_deref() == Some(got))
    }

    /// Whether the result of this call is part of what the failed assertion wanted, so that it is
    /// about something else.
    pub(super) fn is_wanted(&self, call: &Call) -> bool {
        let (result, wanted) = (call.result.as_deref(), self.wanted());
        let is_part =
            result.zip(wanted).is_some_and(|(result, wanted)| contains_word(wanted, result));
        is_part && !self.is_got(call)
    }

    /// Whether the step at `index` is the last one in the answer by the thread whose panic is the failure.
    pub(super) fn is_last_before_failure(&self, index: usize) -> bool {
        let Some(panic) = self.first_panic() else { return false };
        let is_own = |step: &Step| {
            step.thread == panic.thread
                && !matches!(step.operation, Operation::Panic | Operation::Unlock)
                && self.sources.is_answer(&step.at)
                && !self.sources.function(&step.at).is_some_and(|name| name.ends_with("drop"))
        };
        self.trace.steps.iter().rposition(is_own) == Some(index)
    }

    /// The panic that is the failure, or the one that it only passes on.
    pub(super) fn first_panic(&self) -> Option<&Panic> {
        let Some(Failure::Panicked { panic, .. }) = self.failure else { return None };
        Some(self.passed_on().unwrap_or(panic))
    }

    /// The value that a failed `assert_eq!` got.
    fn got(&self) -> Option<&str> {
        self.value_after("  left: ")
    }

    /// The value that it wanted.
    fn wanted(&self) -> Option<&str> {
        self.value_after(" right: ")
    }

    fn value_after(&self, prefix: &str) -> Option<&str> {
        self.first_panic()?.message.lines().find_map(|line| line.strip_prefix(prefix))
    }

    /// The threads that the failed assertion names, apart from the one that it failed in. None if there
    /// are more than a few.
    pub(super) fn named_threads(&self) -> Vec<usize> {
        const FEW: usize = 2;
        let Some(panic) = self.first_panic() else { return Vec::new() };
        let is_named = |&thread: &usize| {
            let name = self.trace.threads[thread].name.as_deref();
            thread != panic.thread && name.is_some_and(|name| contains_word(&panic.message, name))
        };
        let named: Vec<usize> = (0..self.trace.threads.len()).filter(is_named).collect();
        if named.len() <= FEW { named } else { Vec::new() }
    }

    /// Where the learner's code started the threads that the failed assertion found by name, and did not
    /// expect, as indices into the trace's steps.
    pub(super) fn unexpected_threads(&self) -> Vec<usize> {
        let (Some(got), Some(wanted)) = (self.got(), self.wanted()) else { return Vec::new() };
        let threads = self.trace.threads.iter().enumerate().filter(|(_, it)| {
            let quoted = it.name.as_ref().map(|name| format!("\"{name}\""));
            quoted.is_some_and(|name| got.contains(&name) && !wanted.contains(&name))
        });
        let unexpected: Vec<usize> = threads.map(|(thread, _)| thread).collect();
        let starts = |step: &Step| {
            let is_it = step.target.is_some_and(|thread| unexpected.contains(&thread));
            step.operation == Operation::Spawn && is_it && self.sources.is_answer(&step.at)
        };
        let steps = self.trace.steps.iter().enumerate().filter(|(_, step)| starts(step));
        steps.map(|(at, _)| at).collect()
    }

    /// The statement with which a call of the learner's ended, if that says more than where the body of
    /// the function ends. If it only passes on what another function returns, the last statement of
    /// that one.
    pub(super) fn end_of_call<'c>(&self, call: &'c Call) -> Option<&'c Location> {
        let at = call.ended_at.as_ref()?;
        if self.sources.is_end_of_block(at) || !self.sources.is_within(at, &call.function) {
            return None;
        }
        let inner = call.ended_in.as_ref().filter(|inner| self.sources.passes_on(at, inner));
        Some(inner.filter(|inner| !self.sources.is_end_of_block(inner)).unwrap_or(at))
    }

    /// Of the calls of a function of the learner's, the one that the failed assertion is about, and the
    /// statement with which it ended. If that is not known, the last one, if all ended with the
    /// same statement.
    pub(super) fn ended_with<'s>(
        &'s self,
        function: &Location,
    ) -> Option<(&'s Call, &'s Location)> {
        let calls = &self.trace.calls;
        let asserted = self.asserted();
        let its = |call: &usize| calls[*call].function.line == function.line;
        let (about, all): (Vec<usize>, Vec<usize>) =
            (0..calls.len()).filter(its).partition(|call| asserted.contains(call));
        let about = if about.is_empty() { all } else { about };
        let ends = about.iter().map(|&at| Some((&calls[at], self.end_of_call(&calls[at])?)));
        let ends: Vec<(&Call, &Location)> = ends.collect::<Option<_>>()?;
        let (last, end) = *ends.last()?;
        ends.iter().all(|(_, other)| *other == end).then_some((last, end))
    }
}

/// Whether many a value looks like this one.
fn is_plain(value: &str) -> bool {
    value.parse::<i128>().is_ok() || value.parse::<bool>().is_ok()
}

/// Whether `text` contains `word`, and not only as part of a longer word or number.
fn contains_word(text: &str, word: &str) -> bool {
    count_of(text, word) > 0
}

/// How often a text contains a word as a whole.
fn count_of(text: &str, word: &str) -> usize {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let is_whole =
        |at: usize| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part);
    text.match_indices(word).filter(|(at, _)| is_whole(*at)).count()
}

#[cfg(test)]
mod tests {
    use super::contains_word;

    #[test]
    fn a_word_is_not_part_of_a_longer_one() {
        assert!(contains_word(
            "[Ok(()), Err(TooLittle { available: 0 })]",
            "Err(TooLittle { available: 0 })"
        ));
        assert!(contains_word("[1, 12]", "1") && !contains_word("[12, 21]", "1"));
    }
}
