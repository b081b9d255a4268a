//! Places to mark if the failure itself names none of the learner's.

use super::super::evidence::{Evidence, waits_for_lock};
use super::super::safe;
use super::super::timeline::{Timeline, has_place};
use super::super::words::label::{self, Starter};
use super::fact::{Fact, panics_below};
use crate::graded::Facts;
use crate::verdict::Verdict;
use record::marks::Standing;
use record::{Call, Failure, Operation, Step, StepStatus, Trace};

/// The last step in the learner's file up to the decisive step or the failure: by the thread of the
/// decisive step, or else by one of those that the failure is about, or else by any other. Waiting
/// for a thread to finish says little, so such steps are considered only if `waits`, and then no
/// others are.
pub(super) fn last_own_steps(evidence: &Evidence<'_>, waits: bool) -> Vec<Fact> {
    let steps = &evidence.trace.steps;
    let fails =
        |step: &Step| step.operation == Operation::Panic && evidence.panic_of(step).is_some();
    let failed = || steps.iter().rposition(fails).unwrap_or(steps.len());
    let end = evidence.decisive_step().map_or_else(failed, |step| step + 1);
    let says = |step: &&Step| {
        let is_wait = matches!(step.operation, Operation::Join | Operation::ScopeEnd);
        let is_here = evidence.sources.is_answer(&step.at) && has_place(step);
        let is_step = !matches!(step.operation, Operation::Now | Operation::Call);
        is_here && is_step && is_wait == waits
    };
    let before = || steps[..end].iter().rev().filter(says);
    let core = evidence.core();
    let decisive = evidence.decisive_step().map(|step| &steps[step]);
    let decides = decisive.map(|step| step.thread);
    let by_decider = before().find(|step| decides == Some(step.thread));
    let by_core = || before().find(|step| core.contains(&step.thread));
    let last = by_decider.or_else(by_core).or_else(|| before().next());
    let phrase = |step: &Step| match step.operation {
        Operation::Panic => label::panics(true),
        _ if decisive.is_some_and(|it| std::ptr::eq(it, step)) => label::decisive(false),
        _ if decides == Some(step.thread) => label::was_here_before_it(),
        _ => label::was_here_last(),
    };
    last.map(|step| Fact::cause(&step.at, step.thread, phrase(step))).into_iter().collect()
}

/// Where the learner's code panics in the rows of the picture, even if the panic was caught, and the
/// destructors of the learner's that ran next. A panic after which the check has called more was what it
/// wanted.
pub(super) fn shown_panics(evidence: &Evidence<'_>, shown: &Timeline) -> Vec<Fact> {
    let Trace { steps, calls, .. } = &evidence.trace;
    let name = |call: &Call| evidence.sources.function(&call.function).unwrap_or_default();
    let is_drop = |call: &Call| name(call).ends_with("drop");
    let after = |at: usize| {
        let its = move |call: &&Call| call.thread == steps[at].thread && call.steps.start > at;
        calls.iter().filter(its)
    };
    let panics = shown.shown_steps().filter(|&at| steps[at].operation == Operation::Panic);
    let wanted = |at: usize| steps[at].is_caught() && after(at).any(|call| !is_drop(call));
    let panics: Vec<usize> = panics.filter(|&at| !wanted(at)).collect();
    let unwinds = panics.iter().filter(|&&at| steps[at].is_caught() && steps[at].below.is_some());
    let dropped = unwinds.flat_map(|&at| after(at).filter(|call| is_drop(call)));
    let dropped = dropped
        .map(|call| Fact::cause(&call.function, call.thread, label::drops_after(&name(call))));
    let fact = |step: &Step| match &step.below {
        _ if evidence.sources.is_answer(&step.at) => {
            Some(Fact::cause(&step.at, step.thread, label::panics(true)))
        }
        // What the check raises on purpose explains nothing if it is caught.
        Some(at) if !step.is_caught() && !evidence.sources.is_assertion(&step.at) => {
            Some(panics_below(evidence, at, step.thread, &step.at))
        }
        _ => None,
    };
    panics.iter().filter_map(|&at| fact(&steps[at])).chain(dropped).collect()
}

/// The learner's statement that ran the last code in the rows of the picture that panicked. The check
/// wants that panic; what it did to the learner's code may be what is wrong.
pub(super) fn wanted_panic(evidence: &Evidence<'_>, shown: &Timeline) -> Option<Fact> {
    let steps: Vec<&Step> = shown.shown_steps().map(|at| &evidence.trace.steps[at]).collect();
    let panic = |step: &&Step| {
        let at = step.below.clone().filter(|_| step.operation == Operation::Panic)?;
        let is_own = evidence.sources.is_answer(&at);
        is_own.then(|| panics_below(evidence, &at, step.thread, &step.at))
    };
    steps.iter().rev().find_map(panic)
}

/// If the check finds that something took too long or was over too soon: where the learner's code
/// sleeps or waits in the rows of the picture, or else the function that the check calls.
pub(super) fn what_took_time(evidence: &Evidence<'_>, shown: &Timeline) -> Vec<Fact> {
    let Some(Failure::Panicked { panic, .. }) = evidence.failure else {
        return Vec::new();
    };
    if !evidence.is_about_time() {
        return Vec::new();
    }
    let steps: Vec<&Step> = shown.shown_steps().map(|at| &evidence.trace.steps[at]).collect();
    // Whoever waits for a lock meanwhile is kept from working by code that the holder runs.
    let below = |step: &&Step| {
        let at = step.called_from.as_ref().filter(|_| step.operation == Operation::Sleep)?;
        let is_own = evidence.sources.is_answer(at);
        is_own.then(|| Fact::cause(at, step.thread, label::sleeps_below()))
    };
    let locks: Vec<Fact> = steps
        .iter()
        .filter(|step| waits_for_lock(step))
        .filter(|step| evidence.sources.is_answer(&step.at))
        .map(|step| Fact::cause(&step.at, step.thread, label::waits_a_while()))
        .collect();
    let slept: Vec<Fact> = steps.iter().filter_map(below).collect();
    if !locks.is_empty() && !slept.is_empty() {
        return slept.into_iter().chain(locks).collect();
    }
    let own = steps.into_iter().filter(|step| evidence.sources.is_answer(&step.at));
    let own: Vec<&Step> = own.collect();
    let of = |operations: &[Operation], phrase: fn() -> label::Phrase| {
        let its = own.iter().filter(|step| {
            operations.contains(&step.operation) && step.how != StepStatus::TimedOut
        });
        its.map(|step| Fact::cause(&step.at, step.thread, phrase())).collect::<Vec<_>>()
    };
    let waits = [Operation::Wait, Operation::Park, Operation::Recv];
    let mut facts = of(&[Operation::Sleep], label::sleeps);
    if facts.is_empty() {
        facts = of(&waits, label::waits_a_while);
    }
    if facts.is_empty() {
        // The message may name the call.
        let named = evidence.asserted().first().map(|&at| &evidence.trace.calls[at].function);
        let called = evidence.sources.functions_called(&panic.at);
        let timed = named.or(called.first());
        facts.extend(timed.map(|at| Fact::plain(at, label::timed())));
    }
    facts
}

/// Where the learner's code waits, in the rows of the picture: for a lock or, if threads waited for
/// too long, for anything.
pub(super) fn shown_waits(evidence: &Evidence<'_>, shown: &Timeline) -> Vec<Fact> {
    let steps: Vec<&Step> = shown.shown_steps().map(|at| &evidence.trace.steps[at]).collect();
    let own = |step: &&&Step| evidence.sources.is_answer(&step.at);
    let lock = |step: &&&Step| waits_for_lock(step);
    let any = |step: &&&Step| {
        let is_wait = matches!(step.operation, Operation::Wait | Operation::Park | Operation::Recv);
        is_wait && step.how != StepStatus::TimedOut
    };
    let too_long = matches!(evidence.check.verdict, Verdict::Starvation | Verdict::NotParallel);
    let fact = |step: &&Step| Fact::cause(&step.at, step.thread, label::waits_a_while());
    let locks: Vec<Fact> = steps.iter().filter(own).filter(lock).map(fact).collect();
    match locks.is_empty() && too_long {
        true => steps.iter().filter(own).filter(any).map(fact).collect(),
        false => locks,
    }
}

/// Where the threads were, as far as a second run with marks could tell.
pub(super) fn standing(evidence: &Evidence<'_>) -> Vec<Fact> {
    let standing = &evidence.check.standing;
    let alike = |it: &Standing| standing.iter().filter(|other| *other == it).count();
    let starter = |it: &Standing| {
        let entered = || it.entered.is_some_and(|line| evidence.sources.is_entry(line));
        match it.thread.as_str() {
            _ if it.process != 0 => Starter::Other,
            name if name == evidence.check.name => Starter::Check,
            "" if entered() => Starter::ThreadOfCheck,
            _ => Starter::Other,
        }
    };
    let fact = |it: &Standing| {
        if it.panicked.is_some() {
            return None;
        }
        let starter = starter(it);
        let phrase = label::stands(it, alike(it), starter, is_running(evidence));
        // What the check has called, and waits for, is where it hangs.
        Some(Fact { fails: starter != Starter::Other, ..Fact::plain(&it.at, phrase) })
    };
    ended_by_panic(evidence).into_iter().chain(standing.iter().filter_map(fact)).collect()
}

/// Where panics ended child processes or threads of theirs.
pub(super) fn ended_by_panic(evidence: &Evidence<'_>) -> Vec<Fact> {
    let fact = |it: &Standing| {
        let raised = &it.panicked.as_ref()?.at;
        let below = !evidence.sources.is_answer(raised);
        let at = if below { &it.at } else { raised };
        Some(Fact::plain(at, label::ended_by_panic(it, below)))
    };
    evidence.check.standing.iter().filter_map(fact).collect()
}

/// Whether the failing run was still going and had to be stopped.
fn is_running(evidence: &Evidence<'_>) -> bool {
    matches!(&evidence.check.facts, Facts::Died(exit) if exit.is_hang())
}

/// The learner's function whose result the failing assertion of the check examines: where it ended, or
/// else its name if the `name_will_do`.
pub(super) fn examined_functions(evidence: &Evidence<'_>, name_will_do: bool) -> Vec<Fact> {
    let Some(Failure::Panicked { panic, .. }) = evidence.failure else {
        return Vec::new();
    };
    let examined = evidence.sources.functions_examined(&panic.at, &panic.message);
    let name = |call: &Call| evidence.sources.function(&call.function).unwrap_or_default();
    let fact = |at| match evidence.ended_with(at) {
        Some((call, _)) if evidence.is_wanted(call) => None,
        Some((call, end)) => {
            let result = call.result.as_deref().map(safe::line);
            // The assertion may be about something else that the function has done.
            let is_it =
                evidence.is_got(call) || matches!(result.as_deref(), Some("true" | "false"));
            Some(Fact::plain(end, label::returns(&name(call), result.as_deref(), is_it)))
        }
        None => name_will_do.then(|| Fact::plain(at, label::result_is_examined())),
    };
    // The check may have been told by another thread, or in a destructor.
    let told = || {
        let call = &evidence.trace.calls[*evidence.asserted().first()?];
        let result = call.result.as_deref().map(safe::line);
        Some(Fact::plain(
            evidence.end_of_call(call)?,
            label::returns(&name(call), result.as_deref(), false),
        ))
    };
    examined.iter().find_map(fact).or_else(told).into_iter().collect()
}

/// The learner's function called nearest to the failing line of the check, or the first one that it
/// calls if there is no such line.
pub(super) fn called_functions(evidence: &Evidence<'_>, shown: &Timeline) -> Vec<Fact> {
    let Some(Failure::Panicked { panic, .. }) = evidence.failure else {
        return Vec::new();
    };
    // What has run is known better than what stands nearest to the failing line.
    let is_shown = |call: &&Call| {
        call.thread == panic.thread && shown.shown_steps().any(|step| call.steps.contains(&step))
    };
    let last = evidence.trace.calls.iter().filter(is_shown).max_by_key(|call| call.steps.start);
    if let Some(last) = last {
        return vec![Fact::plain(&last.function, label::called_last())];
    }
    // A panic inside a library does not tell where in the check it came from.
    let (called, phrase) = match evidence.sources.find(&panic.at) {
        Some(_) => (evidence.sources.functions_called(&panic.at), label::called_last()),
        None => (evidence.sources.functions_of_check(&evidence.check.name), label::called()),
    };
    let first = called.iter().take(1);
    first.map(|at| Fact { fails: false, ..Fact::plain(at, phrase.clone()) }).collect()
}
