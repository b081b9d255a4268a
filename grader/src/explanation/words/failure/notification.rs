//! Notifications that did not help the threads that wait for ever, or that were never sent.

use super::super::super::evidence::{Evidence, takes};
use super::super::step::{object, subject, thread};
use super::super::{count, list_some, sentence};
use super::place::{MOST_NAMED, at};
use record::{Operation, Step, StepStatus, Value};

/// What became of the last notification of each of `condvars`.
/// If a notification would be `in_vain`, it does not matter that one came when nobody waited, or that one should
/// have come.
pub(super) fn last_notifications(
    evidence: &Evidence<'_>,
    condvars: &[usize],
    in_vain: bool,
) -> String {
    let mut each: Vec<usize> = Vec::new();
    for &condvar in condvars {
        if !each.contains(&condvar) {
            each.push(condvar);
        }
    }
    let is_notified = |condvar: &usize| last_notification(evidence, &[*condvar]).is_some();
    match &each[..] {
        [_] => last_notify(evidence, &each, in_vain),
        all if !all.iter().any(is_notified) => never_notified(evidence, all),
        all => {
            let told = all.iter().take(MOST_NAMED).map(|&condvar| {
                let last = last_notify(evidence, &[condvar], in_vain);
                format!("{}: {last}", object(evidence, condvar))
            });
            told.map(|text| sentence(&text)).collect::<Vec<_>>().join(" ")
        }
    }
}

/// What became of the last notification of `condvars`.
fn last_notify(evidence: &Evidence<'_>, condvars: &[usize], in_vain: bool) -> String {
    let Some(step) = last_notification(evidence, condvars) else {
        return never_notified(evidence, condvars);
    };
    let call = evidence.sources.call(&step.at).map(|call| format!("`{}`", call.text()));
    let call = call.unwrap_or_else(|| "a `notify`".to_owned());
    let who = sentence(&subject(evidence, step.thread));
    if let Some(vain) = woken_in_vain(evidence, condvars) {
        let call = evidence.sources.call(&vain.at).map(|call| format!("`{}`", call.text()));
        return format!(
            "{}{}, called by {}, woke it, but then it waited again.",
            sentence(&call.unwrap_or_else(|| "a `notify`".to_owned())),
            at(evidence, &vain.at),
            thread(evidence, vain.thread)
        );
    }
    match step.value {
        Some(Value::Woken(0)) if in_vain || comes_before_the_look(evidence, step, condvars) => {
            format!(
                "The last notification, {call} by {}{}, came before {} waited.{}",
                thread(evidence, step.thread),
                at(evidence, &step.at),
                if waiters(evidence, condvars).len() == 1 { "it" } else { "they" },
                if in_vain { String::new() } else { said_of_last_holder(evidence, condvars) }
            )
        }
        Some(Value::Woken(0)) => format!(
            "{who} called {call}{} when no thread was waiting, and a notification is not kept for \
             threads that wait later.",
            at(evidence, &step.at)
        ),
        Some(Value::Woken(woken)) => format!(
            "The last notification, {call} by {}{}, woke {}.",
            thread(evidence, step.thread),
            at(evidence, &step.at),
            woke(evidence, step, woken)
        ),
        _ => format!(
            "The last notification was {call} by {}{}.",
            thread(evidence, step.thread),
            at(evidence, &step.at)
        ),
    }
}

/// No thread ever notified `condvars`, though one may have notified other condition variables
/// meanwhile.
fn never_notified(evidence: &Evidence<'_>, condvars: &[usize]) -> String {
    let never = match condvars {
        [only] => format!("{} was never notified", object(evidence, *only)),
        _ => "None of these was ever notified".to_owned(),
    };
    let other = elsewhere(evidence, condvars);
    let call = other.and_then(|step| Some((step, evidence.sources.call(&step.at)?)));
    match call {
        Some((step, call)) => format!(
            "{never}: `{}` by {}{} is for another condition variable.",
            call.text(),
            thread(evidence, step.thread),
            at(evidence, &step.at)
        ),
        None => format!("{never}.{}", said_of_last_holder(evidence, condvars)),
    }
}

/// The last notification of other condition variables since a thread waits on one of `condvars`.
fn elsewhere<'s>(evidence: &'s Evidence<'_>, condvars: &[usize]) -> Option<&'s Step> {
    // What the dead would have done explains more than what others did elsewhere.
    if evidence.panic_before_standstill().is_some() {
        return None;
    }
    let steps = &evidence.trace.steps;
    let is_wait = |step: &Step| {
        let here = step.object.is_some_and(|object| condvars.contains(&object));
        here && matches!(step.operation, Operation::Wait | Operation::Relock)
    };
    let since = steps.iter().position(is_wait).unwrap_or(0);
    steps[since..].iter().rev().find(|step| {
        matches!(step.operation, Operation::NotifyOne | Operation::NotifyAll)
            && evidence.sources.is_answer(&step.at)
    })
}

/// The threads that wait for ever on one of `condvars`, each with the index of the step that locked
/// the mutex under which it began to wait, and that of the wait.
fn waiters(evidence: &Evidence<'_>, condvars: &[usize]) -> Vec<(usize, usize)> {
    let steps = &evidence.trace.steps;
    let waits = |step: &Step| {
        step.operation == Operation::Wait && step.object.is_some_and(|it| condvars.contains(&it))
    };
    let stuck = evidence.core();
    let found = stuck.iter().filter_map(|&who| {
        let its = |step: &&Step| step.thread == who;
        let wait = steps.iter().rposition(|step| its(&step) && waits(step))?;
        Some((steps[..wait].iter().rposition(|step| its(&step) && takes(step))?, wait))
    });
    found.collect()
}

/// Whether a notification came before the threads that wait for ever acquired the lock under which
/// they began to wait. If so, it did not come between a thread's look at its condition and its wait,
/// where it would have been lost.
fn comes_before_the_look(evidence: &Evidence<'_>, notify: &Step, condvars: &[usize]) -> bool {
    let steps = &evidence.trace.steps;
    let notified = steps.iter().position(|step| std::ptr::eq(step, notify)).unwrap_or(0);
    let waiters = waiters(evidence, condvars);
    !waiters.is_empty() && waiters.iter().all(|(look, _)| notified < *look)
}

/// The last notification of `condvars`, unless it came long before the threads that wait for ever,
/// so that it does not explain why they wait.
pub(in super::super::super) fn telling_notification<'s>(
    evidence: &'s Evidence<'_>,
    condvars: &[usize],
) -> Option<&'s Step> {
    if let Some(vain) = woken_in_vain(evidence, condvars) {
        return Some(vain);
    }
    let Some(last) = last_notification(evidence, condvars) else {
        return elsewhere(evidence, condvars);
    };
    (!comes_before_the_look(evidence, last, condvars)).then_some(last)
}

/// The notification that woke the only thread that waits for ever on `condvars`, if that thread did
/// nothing but wait again, and if every later notification came before it did: those were not lost
/// for want of a waiter, but because the thread did not see what it was woken for.
fn woken_in_vain<'s>(evidence: &'s Evidence<'_>, condvars: &[usize]) -> Option<&'s Step> {
    let steps = &evidence.trace.steps;
    let is_wait = |step: &Step| {
        step.operation == Operation::Wait && step.object.is_some_and(|it| condvars.contains(&it))
    };
    let &[who] = evidence.core().as_slice() else { return None };
    let mut its = (0..steps.len()).rev().filter(|&at| steps[at].thread == who);
    let wait = its.by_ref().find(|&at| is_wait(&steps[at]))?;
    let woke = its.find(|&at| steps[at].operation != Operation::Now)?;
    let wakes = steps[woke].operation == Operation::Relock && steps[woke].how == StepStatus::Done;
    let by = evidence
        .woken()
        .into_iter()
        .rfind(|&(at, thread)| thread == who && steps[at].object.is_some())?
        .0;
    let later = |step: &Step| {
        matches!(step.operation, Operation::NotifyOne | Operation::NotifyAll)
            && step.object.is_some_and(|it| condvars.contains(&it))
    };
    let in_between = by < woke && steps[by + 1..wait].iter().any(later);
    (wakes && in_between && !steps[wait..].iter().any(later)).then(|| &steps[by])
}

/// Where another thread last acquired the lock of the threads that wait for ever on `condvars`, after
/// they had begun to wait, if nobody has notified them since: what they wait for may have become
/// true there. A function that sometimes notifies is more likely to be the one that should have.
pub(in super::super::super) fn last_holder<'s>(
    evidence: &'s Evidence<'_>,
    condvars: &[usize],
) -> Option<&'s Step> {
    // What the dead would have done explains more than what others did.
    if evidence.panic_before_standstill().is_some() {
        return None;
    }
    let steps = &evidence.trace.steps;
    let last = last_notification(evidence, condvars);
    if last.is_some_and(|last| !comes_before_the_look(evidence, last, condvars)) {
        return None;
    }
    let waiters = waiters(evidence, condvars);
    let &(look, wait) = waiters.iter().max_by_key(|(_, wait)| *wait)?;
    let who: Vec<usize> = waiters.iter().map(|(_, wait)| steps[*wait].thread).collect();
    let lock = steps[look].object;
    let holders = || {
        steps[wait..].iter().rev().filter(|step| {
            takes(step)
                && step.object == lock
                && !who.contains(&step.thread)
                && evidence.sources.is_answer(&step.at)
        })
    };
    let may_notify = |step: &&Step| {
        let caller = step.called_from.as_ref();
        [Some(&step.at), caller].into_iter().flatten().any(|at| evidence.sources.may_notify(at))
    };
    holders().find(may_notify).or_else(|| holders().next())
}

fn said_of_last_holder(evidence: &Evidence<'_>, condvars: &[usize]) -> String {
    let Some((step, lock)) = last_holder(evidence, condvars).and_then(|it| Some((it, it.object?)))
    else {
        return String::new();
    };
    format!(
        " After {} had begun to wait, {} held {}{}, and did not notify.",
        if waiters(evidence, condvars).len() == 1 { "it" } else { "they" },
        thread(evidence, step.thread),
        object(evidence, lock),
        at(evidence, &step.at)
    )
}

/// Which threads a notification woke, and whether they went back to sleep:
/// `` `a`, which went back to sleep ``.
fn woke(evidence: &Evidence<'_>, step: &Step, woken: u32) -> String {
    let steps = &evidence.trace.steps;
    let notify = steps.iter().position(|other| std::ptr::eq(other, step));
    let by_this = evidence.woken().into_iter().filter(|(at, _)| Some(*at) == notify);
    let threads: Vec<usize> = by_this.map(|(_, thread)| thread).collect();
    if threads.len() != woken as usize || threads.is_empty() {
        return count(woken.into(), "thread");
    }
    let names: Vec<String> = threads.iter().map(|&who| thread(evidence, who)).collect();
    let sleeps_again = |who: &usize| {
        let later = steps.iter().skip(notify.unwrap_or(0));
        let mut later = later.filter(|step| step.thread == *who);
        later.by_ref().any(|step| step.operation == Operation::Relock && step.how != StepStatus::Blocked)
            // Otherwise it may have done what it waited for and come back later.
            && later.find(|step| step.operation != Operation::Now).is_some_and(|step| {
                step.object == steps[notify.unwrap_or(0)].object
                    && step.operation == Operation::Wait
            })
    };
    let again = if threads.iter().all(sleeps_again) { ", which went back to sleep" } else { "" };
    format!("{}{again}", list_some(&names, MOST_NAMED, "other thread"))
}

/// The last step that notified one of `condvars`.
pub(in super::super::super) fn last_notification<'s>(
    evidence: &'s Evidence<'_>,
    condvars: &[usize],
) -> Option<&'s Step> {
    evidence.trace.steps.iter().rev().find(|step| {
        matches!(step.operation, Operation::NotifyOne | Operation::NotifyAll)
            && step.object.is_some_and(|object| condvars.contains(&object))
    })
}
