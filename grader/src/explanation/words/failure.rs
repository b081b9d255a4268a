//! What happened in a failed check: a sentence or two of ours, with panic messages and the like
//! quoted.

mod loops;
mod notification;
mod place;
mod standstill;
mod way;

use super::super::evidence::Evidence;
use super::super::part::Part;
use super::super::safe;
use super::duration::with_durations;
use super::step::{subject, thread};
use super::{count, label, sentence};
use crate::graded::{Facts, Refusal};
use crate::verdict::Verdict;
use record::marks::Standing;
use record::{Failure, Location, Panic, Size, Step};

use loops::{busy_wait, endless_loop, livelock};
pub(in super::super) use notification::{last_holder, telling_notification};
use place::{at, place};
pub(super) use standstill::is_never_woken;
use standstill::{deadlock, lost_wakeup};

/// For a failure in which none of the learner's code took part.
pub(in super::super) const NO_OWN_CODE: &str = "No line of your file was involved in this.";

/// What happened, in order.
pub(in super::super) fn tell(evidence: &Evidence<'_>) -> Vec<Part> {
    // A standstill explains itself.
    let asserts = matches!(evidence.failure, Some(Failure::Panicked { .. }) | None);
    let meaning = meaning(evidence.check.verdict).filter(|_| asserts);
    let mut parts: Vec<Part> = meaning.map(|text| said(text.to_owned())).into_iter().collect();
    match (&evidence.check.facts, evidence.failure) {
        (Facts::Ended(outcome), Some(failure)) => {
            parts.extend(ended(evidence, failure));
            if outcome.nondeterministic {
                parts.push(said(NONDETERMINISTIC.to_owned()));
            }
        }
        (Facts::Died(exit), _) => parts.push(said(super::exit::died(exit, &evidence.check.output))),
        (Facts::ContractBroken(broken), _) => {
            for contract in broken {
                if contract.is_refused {
                    parts.push(said(REFUSED_OTHERWISE.to_owned()));
                }
                parts.push(said(safe::line(&contract.broken)));
                if !contract.errors.is_empty() {
                    parts.push(said("the compiler says of that program:".to_owned()));
                    parts.push(Part::Quoted(safe::text(&contract.errors.join("\n"))));
                }
            }
        }
        (Facts::Fault(text), _) => parts.push(Part::Quoted(safe::text(text))),
        _ => {}
    }
    parts
}

/// A sentence of ours, capitalised.
fn said(text: String) -> Part {
    Part::Said(sentence(&text))
}

/// What a verdict means, for verdicts that the failure itself does not make clear.
fn meaning(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Starvation => {
            Some("Starvation: a thread was overtaken more often than the check allows.")
        }
        Verdict::NotParallel => Some("Not parallel: work that should overlap ran sequentially."),
        _ => None,
    }
}

/// Before a contract that rustc does not say is broken, but that it cannot be seen to hold either.
const REFUSED_OTHERWISE: &str = "rustc refuses a program that must not compile, but not with the errors that it \
    should, so it is not certain that the contract holds. If it does not:";

/// For a program that behaves differently when its schedule is repeated.
const NONDETERMINISTIC: &str = "Your program is not deterministic: when it was run again under the \
    same schedule, it did something different. Its behaviour depends on something other than what \
    its threads do, such as a memory address, a random hash seed, or a `static` that keeps its \
    value. There is therefore no schedule to show.";

fn ended(evidence: &Evidence<'_>, failure: &Failure) -> Vec<Part> {
    match failure {
        Failure::Panicked { .. } if is_snapshot(evidence) => {
            vec![said("The transcript differs from the expected one.".to_owned())]
        }
        Failure::Panicked { panic, earlier } => {
            let mut parts = panicked(evidence, panic, earlier);
            parts.extend(panicked_elsewhere(evidence));
            if evidence.is_failed_assertion(panic) {
                parts.extend(way::of_the_call(evidence).map(said));
            }
            parts
        }
        Failure::Deadlock { waits, cycle } => {
            after_a_panic(evidence, deadlock(evidence, waits, cycle))
        }
        Failure::LostWakeup { waits, in_vain } => {
            after_a_panic(evidence, lost_wakeup(evidence, waits, *in_vain))
        }
        Failure::BusyWait { thread, at, waits } => {
            vec![said(busy_wait(evidence, *thread, at, waits))]
        }
        Failure::Livelock { threads, steps } => vec![said(livelock(evidence, threads, *steps))],
        Failure::EndlessLoop { at } => vec![said(endless_loop(evidence, at))],
        Failure::TooLarge { what, limit, at } => vec![said(too_large(evidence, *what, *limit, at))],
        Failure::Refused { message, at } => {
            vec![said(format!("{}{}", safe::line(message), place(evidence, at)))]
        }
    }
}

fn panicked(evidence: &Evidence<'_>, panic: &Panic, earlier: &[Panic]) -> Vec<Part> {
    let one = |who: String, panic: &Panic| {
        let mut message = safe::text(&panic.message).trim_end().to_owned();
        if !evidence.sources.is_answer(&panic.at) {
            message = compared(&message);
        }
        let message = with_names(evidence, &with_durations(&message));
        let is_it =
            |step: &Step| step.is_caught() && (step.thread, &step.at) == (panic.thread, &panic.at);
        let caught = match evidence.trace.steps.iter().any(is_it) {
            true => "; the panic was caught",
            false => "",
        };
        // Without a picture, its name leads nowhere.
        let is_shown = panic.thread != 0 && !evidence.trace.steps.is_empty();
        let in_thread = match evidence.is_failed_assertion(panic) && is_shown {
            true => format!(", in {}", thread(evidence, panic.thread)),
            false => String::new(),
        };
        let called = called_from(evidence, panic);
        let where_ = format!("{}{called}{in_thread}", at(evidence, &panic.at));
        [said(format!("{who}{where_}{caught}:")), Part::Quoted(message)]
    };
    let child = |panic: &Panic| match evidence.is_failed_assertion(panic) {
        true => "the check failed".to_owned(),
        false => format!("{} panicked", subject(evidence, panic.thread)),
    };
    let Some(first) = evidence.cause_among(earlier) else {
        return one(main_panic(evidence, panic), panic).to_vec();
    };
    if evidence.passed_on().is_some() {
        let mut parts = one(child(first), first).to_vec();
        if !evidence.failed_in_a_thread() {
            parts.push(said(format!("that panic surfaced{}.", at(evidence, &panic.at))));
        }
        return parts;
    }
    let mut parts = one(main_panic(evidence, panic), panic).to_vec();
    if let Some(spread) = evidence.spread() {
        let (who, where_) = (thread(evidence, spread.thread), at(evidence, &spread.at));
        parts.push(said(format!("this passes on the panic that {who} raised{where_}.")));
        return parts;
    }
    // A check may panic on purpose to see how the answer copes. Such a panic explains a later
    // failure only if that failure is about what the panic left behind.
    let on_purpose = !evidence.sources.is_answer(&first.at);
    if !on_purpose || panic.message.contains("Poison") {
        parts.extend(one(format!("before that, {}", child(first)), first));
    }
    parts
}

/// The panic that ended a child process, or a thread of one: the last one that was noted.
fn panicked_elsewhere(evidence: &Evidence<'_>) -> Vec<Part> {
    let ended = |it: &'_ Standing| it.panicked.is_some();
    let Some(it) = evidence.check.standing.iter().rfind(|it| ended(it)) else { return Vec::new() };
    let Some(panic) = &it.panicked else { return Vec::new() };
    let does = if it.thread == "main" { "ended with a panic" } else { "panicked" };
    let who = label::child(it);
    let where_ = at(evidence, &panic.at);
    // All that runs in a child is called by the learner's code, which serves there.
    let below = panic.below.as_ref().filter(|_| !evidence.sources.is_answer(&panic.at));
    let place = below.and_then(|at| evidence.sources.place(at));
    let called = place.map(|place| format!(", called from {place}")).unwrap_or_default();
    let quoted = safe::text(&panic.message).trim_end().to_owned();
    vec![said(format!("before that, {who} {does}{where_}{called}:")), Part::Quoted(quoted)]
}

/// The learner's line that ran the code in which a panic arose.
fn called_from(evidence: &Evidence<'_>, panic: &Panic) -> String {
    let place = evidence.below(panic).and_then(|at| evidence.sources.place(at));
    place.map(|place| format!(", called from {place}")).unwrap_or_default()
}

/// A message with `ThreadId(2)` replaced by the name that the thread has in the picture. The model
/// numbers its threads from 1.
fn with_names(evidence: &Evidence<'_>, message: &str) -> String {
    if evidence.trace.threads.is_empty() {
        return message.to_owned();
    }
    let mut parts = message.split("ThreadId(");
    let mut named = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let number = part
            .split_once(')')
            .and_then(|(number, rest)| Some((number.parse::<usize>().ok()?.checked_sub(1)?, rest)));
        match number {
            Some((thread, rest)) => {
                named.push_str(&evidence.names.thread(thread));
                named.push_str(rest);
            }
            None => {
                named.push_str("ThreadId(");
                named.push_str(part);
            }
        }
    }
    named
}

/// The message of an `assert_eq!` or `assert_ne!` in a check, whose first value is the answer's.
/// The second is what the first should be or, with `assert_ne!`, what it should not be. Then both
/// are the same, and one is enough.
fn compared(message: &str) -> String {
    let told = if let Some(rest) = message.strip_prefix("assertion `left == right` failed") {
        rest.replacen("\n  left: ", "\n     got: ", 1).replacen("\n right: ", "\n  wanted: ", 1)
    } else if let Some(rest) = message.strip_prefix("assertion `left != right` failed") {
        let same = rest.find("\n right: ").map_or(rest, |at| &rest[..at]);
        same.replacen("\n  left: ", "\n     got: ", 1) + "\n  wanted: anything else"
    } else {
        return message.to_owned();
    };
    let told = told.strip_prefix(": ").unwrap_or(&told);
    told.trim_start_matches('\n').to_owned()
}

fn main_panic(evidence: &Evidence<'_>, panic: &Panic) -> String {
    if evidence.sources.is_answer(&panic.at) {
        "your code panicked".to_owned()
    } else if evidence.sources.panics_in_closure(&panic.at) {
        "an uncaught panic came from a closure of the check".to_owned()
    } else if evidence.sources.find(&panic.at).is_some() {
        "the check failed".to_owned()
    } else {
        "the check's thread panicked in a library".to_owned()
    }
}

/// Whether the check failed because a transcript differs from its snapshot.
pub(in super::super) fn is_snapshot(evidence: &Evidence<'_>) -> bool {
    let Some(Failure::Panicked { panic, .. }) = evidence.failure else {
        return false;
    };
    panic.message.starts_with("snapshot assertion for ")
}

/// A standstill, preceded by the earlier panic that may have caused it, if there was one.
fn after_a_panic(evidence: &Evidence<'_>, standstill: String) -> Vec<Part> {
    let Some(index) = evidence.panic_before_standstill() else {
        return vec![said(standstill)];
    };
    let step = &evidence.trace.steps[index];
    let call = evidence.sources.call(&step.at).map(|call| format!(" (`{}`)", call.text()));
    let below = step.below.as_ref().and_then(|at| evidence.sources.place(at));
    let who = thread(evidence, step.thread);
    // An assertion or an `unwrap` of the check's does not panic on purpose.
    let on_purpose = evidence.sources.raises(&step.at) && !evidence.sources.is_answer(&step.at);
    if on_purpose && evidence.sources.is_in_destructor(&step.at) {
        let dropped = below.map(|place| format!(", which {who} dropped at {place},"));
        let whose = dropped.unwrap_or_else(|| format!(", dropped in {who},"));
        let panic = format!(
            "first, a value of the check's{whose} panicked on purpose{}{}. The run then ended like \
             this:",
            at(evidence, &step.at),
            call.unwrap_or_default()
        );
        return vec![said(panic), said(standstill)];
    }
    let panicked = match on_purpose {
        true => format!("code of the check panicked on purpose, in {who}"),
        false => format!("{who} panicked"),
    };
    let panic = format!(
        "first, {panicked}{}{}{}. The run then ended like this:",
        at(evidence, &step.at),
        call.unwrap_or_default(),
        below.map(|place| format!(", called from {place}")).unwrap_or_default()
    );
    vec![said(panic), said(standstill)]
}

fn too_large(evidence: &Evidence<'_>, what: Size, limit: u64, at: &Location) -> String {
    let place = place(evidence, at);
    let what = match what {
        Size::Threads => format!(
            "In one run of this check, more than {} live at the same time{place}: too many to try \
             in every order. Let fewer threads live at a time.",
            count(limit, "thread")
        ),
        Size::Steps => format!(
            "One run of this check takes more than {}{place}: too many to try in every order. Do \
             the same work with fewer locks, messages or atomic operations.",
            count(limit, "step")
        ),
    };
    format!("{what} No fault was found, but none can be ruled out.")
}

/// Why an answer was refused, and where: `lib.rs:3:5: …`.
pub(crate) fn refusal(label: &str, refusal: &Refusal) -> String {
    let message = safe::line(&refusal.message);
    match &refusal.at {
        Some(at) => format!("{label}:{}:{}: {message}", at.line, at.column),
        None => format!("{label}: {message}"),
    }
}
