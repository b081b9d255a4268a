//! The few words beside a line of source.

use super::super::evidence::Evidence;
use super::step::{object, thread};
use super::{count, list_some};
use record::marks::{MAX_THREADS, Standing};
use record::{Operation, Step, StepStatus, Wait};

/// What is said of one thread and of several: `waits here`, `wait here`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Phrase {
    one: String,
    many: String,
}

fn phrase(one: &str, many: &str) -> Phrase {
    Phrase { one: one.to_owned(), many: many.to_owned() }
}

/// The label that says `phrase` of `threads`.
pub(in super::super) fn label(
    evidence: &Evidence<'_>,
    threads: &[usize],
    phrase: &Phrase,
) -> String {
    let names: Vec<String> = threads.iter().map(|&who| thread(evidence, who)).collect();
    let verb = if names.len() <= 1 { &phrase.one } else { &phrase.many };
    let who = list_some(&names, 3, "other thread");
    // It need not be named twice.
    let of_check = |verb: &str| verb.replace(", and the check can no", ", and can no");
    let verb = if threads == [0] { &of_check(verb) } else { verb };
    if who.is_empty() { verb.clone() } else { format!("{who} {verb}").trim_end().to_owned() }
}

pub(in super::super) fn panics(in_answer: bool) -> Phrase {
    if in_answer { phrase("panics here", "panic here") } else { phrase("fails here", "fail here") }
}

/// Of a statement of the answer's that runs other code, which panics, or that `drops` a value whose
/// destructor does; or of the end of a block.
pub(in super::super) fn panics_below(is_end_of_block: bool, drops: bool) -> Phrase {
    if drops && !is_end_of_block {
        return phrase(
            "drops a value here whose destructor panics",
            "drop a value here whose destructor panics",
        );
    }
    if is_end_of_block {
        return phrase(
            "drops a value at the end of this block, and its destructor panics",
            "drop a value at the end of this block, and its destructor panics",
        );
    }
    phrase(
        "runs other code in this statement, which panics",
        "run other code in this statement, which panics",
    )
}

/// Of a number that does not fit.
pub(in super::super) fn overflows(from: i128, to: i128) -> Phrase {
    phrase(&format!("{from} becomes {to} here"), "")
}

pub(in super::super) fn decisive(wakes: bool) -> Phrase {
    if wakes {
        return phrase(
            "wakes up here, and the check can no longer pass (►)",
            "wake up here, and the check can no longer pass (►)",
        );
    }
    phrase(
        "gets here, and the check can no longer pass (►)",
        "get here, and the check can no longer pass (►)",
    )
}

/// Of a thread that was preempted after a step, or after it had also `released` the lock that it took there.
pub(in super::super) fn preempted(released: bool) -> Phrase {
    if released {
        return phrase("is preempted after unlocking this", "are preempted after unlocking this");
    }
    phrase("is preempted after this", "are preempted after this")
}

/// Of the thread that next meets what the decisive step was about.
pub(in super::super) fn comes_next() -> Phrase {
    phrase("comes here next", "come here next")
}

/// Of a thread that starts another one.
pub(in super::super) fn starts(evidence: &Evidence<'_>, started: usize) -> Phrase {
    let who = thread(evidence, started);
    phrase(&format!("starts {who} here"), &format!("start {who} here"))
}

/// Of a thread that wakes the one that fails.
pub(in super::super) fn wakes(evidence: &Evidence<'_>, woken: usize) -> Phrase {
    let who = thread(evidence, woken);
    phrase(&format!("wakes {who} here"), &format!("wake {who} here"))
}

pub(in super::super) fn goes_on() -> Phrase {
    phrase("continues here", "continue here")
}

pub(in super::super) fn was_here_last() -> Phrase {
    phrase("was here last", "were here last")
}

/// Of the thread of the decisive step, which is not in the learner's file.
pub(in super::super) fn was_here_before_it() -> Phrase {
    phrase("was here last before ►", "were here last before ►")
}

pub(in super::super) fn endless() -> Phrase {
    phrase("this loop never ends", "")
}

pub(in super::super) fn contract() -> Phrase {
    phrase("this breaks the contract", "")
}

/// Who started a thread of a run on real threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Starter {
    /// The check's own thread.
    Check,
    /// The check has started it.
    ThreadOfCheck,
    /// The learner's code has started it, or nobody knows.
    Other,
}

/// Where a thread was in a run on real threads, or where as many threads of the same name were.
pub(in super::super) fn stands(
    it: &Standing,
    threads: usize,
    starter: Starter,
    is_running: bool,
) -> Phrase {
    let name = super::super::safe::line(&it.thread);
    let who = match (name.as_str(), it.process) {
        _ if threads > 1 => {
            let does = if is_running { "are here" } else { "were last seen here" };
            // The threads after that have no mark.
            let at_least = if threads as u64 + 1 >= MAX_THREADS { "at least " } else { "" };
            return phrase(&format!("{at_least}{} {does}", count(threads as u64, "thread")), "");
        }
        _ if starter == Starter::Check => "the check".to_owned(),
        _ if starter == Starter::ThreadOfCheck => "a thread of the check".to_owned(),
        ("", _) => "a thread".to_owned(),
        (name, 0) => format!("`{name}`"),
        ("main", _) => "a child process".to_owned(),
        (name, _) => format!("`{name}` of a child process"),
    };
    let does = if is_running { "is here" } else { "was last seen here" };
    phrase(&format!("{who} {does}"), "")
}

/// Where a panic ended a child process, or one of its threads. It arose in the statement itself unless
/// it arose `below` it.
pub(in super::super) fn ended_by_panic(it: &Standing, below: bool) -> Phrase {
    let who = child(it);
    match below {
        true => phrase(&format!("{who} runs other code in this statement, which panics"), ""),
        false => phrase(&format!("{who} panics here"), ""),
    }
}

/// A child process or, if it is not about its first thread, one of its threads.
pub(in super::super) fn child(it: &Standing) -> &'static str {
    if it.thread == "main" { "a child process" } else { "a thread of a child process" }
}

pub(in super::super) fn result_is_examined() -> Phrase {
    phrase("the check examines its result", "")
}

/// Of the statement with which `function` ended, perhaps with a result that `is_wrong`.
pub(in super::super) fn returns(function: &str, result: Option<&str>, is_wrong: bool) -> Phrase {
    let what = result.map(|result| format!(" {result}")).unwrap_or_default();
    let but = if is_wrong { "; the check expects something else" } else { "" };
    let text = format!("`{function}` returns{what} here{but}");
    phrase(&text, &text)
}

/// Of a function whose result is right, but which takes too long or is over too soon.
pub(in super::super) fn timed() -> Phrase {
    phrase("the check measures how long this takes", "")
}

/// Of a statement of the answer's that runs other code.
pub(in super::super) fn sleeps_below() -> Phrase {
    phrase("runs other code here, which sleeps", "run other code here, which sleeps")
}

/// Of a statement of the answer's that calls another function of the answer's.
pub(in super::super) fn calls(function: &str) -> Phrase {
    phrase(&format!("calls `{function}` here"), &format!("call `{function}` here"))
}

/// Of a statement of the answer's that runs other code, which calls a function of the answer's.
pub(in super::super) fn calls_back(function: &str) -> Phrase {
    phrase(
        &format!("runs other code here, which calls `{function}`"),
        &format!("run other code here, which calls `{function}`"),
    )
}

/// Of a destructor of the answer's that runs after a panic.
pub(in super::super) fn drops_after(function: &str) -> Phrase {
    phrase(
        &format!("runs `{function}` after the panic"),
        &format!("run `{function}` after the panic"),
    )
}

pub(in super::super) fn sleeps() -> Phrase {
    phrase("sleeps here", "sleep here")
}

/// Of the thread that runs while another one is preempted.
pub(in super::super) fn runs_meanwhile() -> Phrase {
    phrase("runs meanwhile", "run meanwhile")
}

pub(in super::super) fn called() -> Phrase {
    phrase("the check calls this", "")
}

pub(in super::super) fn called_last() -> Phrase {
    phrase("the check calls this before it fails", "")
}

pub(in super::super) fn round() -> Phrase {
    phrase("keeps coming back here", "keep coming back here")
}

pub(in super::super) fn odd(step: &Step) -> Phrase {
    match (step.how, step.operation) {
        (StepStatus::Spurious, Operation::CompareExchange) => {
            phrase("fails here for no reason", "fail here for no reason")
        }
        (StepStatus::Spurious, Operation::Park) => {
            phrase("wakes up, but nobody unparked it", "wake up, but nobody unparked them")
        }
        (StepStatus::Spurious, _) => {
            phrase("wakes up, but nobody notified it", "wake up, but nobody notified them")
        }
        _ => phrase("times out here", "time out here"),
    }
}

pub(in super::super) fn waits(evidence: &Evidence<'_>, wait: &Wait) -> Phrase {
    let what = match (wait.joins, wait.object) {
        (Some(other), _) => format!("{} to finish", thread(evidence, other)),
        (None, Some(what)) => object(evidence, what),
        (None, None) => return phrase("waits here", "wait here"),
    };
    phrase(&format!("waits for {what}"), &format!("wait for {what}"))
}

pub(in super::super) fn holds(evidence: &Evidence<'_>, what: usize) -> Phrase {
    let took = format!("acquired {} here", object(evidence, what));
    phrase(&took, &took)
}

pub(in super::super) fn waits_a_while() -> Phrase {
    phrase("waits here", "wait here")
}

pub(in super::super) fn waits_for_ever() -> Phrase {
    phrase("waits here for ever", "wait here for ever")
}

/// Of a statement of the answer's that runs other code, which waits.
pub(in super::super) fn waits_below_for_ever() -> Phrase {
    phrase(
        "runs other code here, which waits for ever",
        "run other code here, which waits for ever",
    )
}

/// Of the thread that last held the lock of those that wait for ever.
pub(in super::super) fn notifies_nobody() -> Phrase {
    phrase("has the lock here, and does not notify", "")
}

pub(in super::super) fn notifies(unheard: bool) -> Phrase {
    if unheard {
        phrase("notifies, but nobody is waiting", "notify, but nobody is waiting")
    } else {
        phrase("notifies here", "notify here")
    }
}

/// Of a notification that woke another thread than the one that goes on waiting.
pub(in super::super) fn wakes_another(
    evidence: &Evidence<'_>,
    woken: usize,
    waiting: usize,
) -> Phrase {
    let (woken, waiting) = (thread(evidence, woken), thread(evidence, waiting));
    phrase(
        &format!("wakes {woken}, and not {waiting}"),
        &format!("wake {woken}, and not {waiting}"),
    )
}

/// Of more threads at the same place than are named.
pub(in super::super) fn others(threads: usize) -> String {
    match threads {
        1 => "1 other thread is here, too".to_owned(),
        _ => format!("{} are here, too", count(threads as u64, "other thread")),
    }
}

/// For a mark that needs no label, because the message says it all.
pub(in super::super) fn nothing() -> Phrase {
    phrase("", "")
}
