//! Standstills: no thread can ever continue. What each of them waits for, and why it never comes.

use super::super::super::evidence::Evidence;
use super::super::step::{object, subject, thread};
use super::super::{count, list_some};
use super::notification::{last_notification, last_notifications};
use super::place::{MOST_NAMED, at, place};
use record::{Failure, Operation, Step, Wait};
use std::collections::BTreeSet;

/// Threads that wait for locks, in a cycle or behind a thread that waits for something else.
pub(super) fn deadlock(evidence: &Evidence<'_>, waits: &[Wait], cycle: &[usize]) -> String {
    let ring: Vec<&Wait> = cycle.iter().filter_map(|&at| waits.get(at)).collect();
    match ring[..] {
        [] => standstill(evidence, waits),
        [only] if only.joins.is_some() => format!(
            "{} waits for itself to finish{}, which can never happen.",
            subject(evidence, only.thread),
            place(evidence, &only.at)
        ),
        [only] => format!(
            "{} {}{}, which it has itself been holding{}. It can never continue.",
            subject(evidence, only.thread),
            wants(evidence, only),
            place(evidence, &only.at),
            since(evidence, only, only)
        ),
        _ => {
            let links = ring.iter().enumerate().map(|(index, wait)| {
                let next = ring[(index + 1) % ring.len()];
                let who = if index == 0 {
                    subject(evidence, wait.thread)
                } else {
                    thread(evidence, wait.thread)
                };
                let holder = match wait.joins {
                    Some(_) => String::new(),
                    None if stands_before(wait, next) => {
                        format!(
                            " behind {}, which waits to write it",
                            thread(evidence, next.thread)
                        )
                    }
                    None => {
                        let since = since(evidence, wait, next);
                        let holds = if since.is_empty() { "holds" } else { "has held" };
                        format!(", which {} {holds}{since}", thread(evidence, next.thread))
                    }
                };
                format!("{who} {}{}{holder}", wants(evidence, wait), place(evidence, &wait.at))
            });
            let links: Vec<String> = links.collect();
            let neither = if links.len() == 2 { "Neither" } else { "None of them" };
            format!("{}. {neither} can ever continue.", links.join("; "))
        }
    }
}

/// Whether a reader has to wait for a writer that does not hold the lock, but stands in line for it.
fn stands_before(reader: &Wait, writer: &Wait) -> bool {
    reader.operation == Operation::Read
        && writer.operation == Operation::Write
        && writer.object == reader.object
        && !writer.holds.iter().any(|held| Some(held.object) == reader.object)
}

/// ` since lib.rs:30`: where `holder` acquired what `wait` waits for.
fn since(evidence: &Evidence<'_>, wait: &Wait, holder: &Wait) -> String {
    let same = holder.holds.iter().find(|held| Some(held.object) == wait.object);
    // The wait of a thread that is reacquiring its lock names the condition variable, not the lock.
    let held = same.or(if holder.holds.len() == 1 { holder.holds.first() } else { None });
    held.and_then(|held| evidence.sources.place(&held.since))
        .map(|place| format!(" since {place}"))
        .unwrap_or_default()
}

/// A standstill without a cycle, told wait by wait: first waits in the learner's own lines for
/// something that no thread holds, then other such waits, then waits for what a thread holds.
fn standstill(evidence: &Evidence<'_>, waits: &[Wait]) -> String {
    let core = evidence.core();
    let own = |wait: &&Wait| evidence.sources.is_answer(&wait.at);
    let concerned =
        |wait: &&Wait| core.contains(&wait.thread) || own(wait) && wait.held_by.is_empty();
    let mut told: Vec<&Wait> = waits.iter().filter(concerned).collect();
    let rank = |wait: &&Wait| match (own(wait), wait.held_by.is_empty()) {
        (true, true) => 0,
        (false, true) => 1,
        _ => 2,
    };
    told.sort_by_key(rank);
    let mut said: Vec<String> = Vec::new();
    let (free, held): (Vec<&Wait>, Vec<&Wait>) =
        told.into_iter().partition(|wait| wait.held_by.is_empty());
    said.extend(together(evidence, &free));
    for wait in held {
        let holders: Vec<String> = wait.held_by.iter().map(|&t| thread(evidence, t)).collect();
        let holders = match holders.len() {
            1 => {
                let holder = waits.iter().find(|w| w.thread == wait.held_by[0]);
                let since = holder.map(|holder| since(evidence, wait, holder)).unwrap_or_default();
                let holds = if since.is_empty() { "holds" } else { "has held" };
                format!(", which {} {holds}{since}", holders[0])
            }
            _ => format!(", which {} hold", list_some(&holders, MOST_NAMED, "other thread")),
        };
        let who = thread(evidence, wait.thread);
        said.push(format!("{who} {}{}{holders}", wants(evidence, wait), place(evidence, &wait.at)));
    }
    if said.len() > MOST_NAMED {
        let left = said.len() - MOST_NAMED;
        said.truncate(MOST_NAMED);
        said.push(format!("and {} in other places", count(left as u64, "more thread")));
    }
    format!("{}. No thread can ever continue.", said.join("; "))
}

/// What a thread waits for, as a verb phrase. [`plural`] knows how each of them begins.
fn wants(evidence: &Evidence<'_>, wait: &Wait) -> String {
    wants_for(evidence, wait, wait.object.map(|object_| object(evidence, object_)))
}

/// The same, for an object that is called `what`.
fn wants_for(evidence: &Evidence<'_>, wait: &Wait, what: Option<String>) -> String {
    let the = |fallback: &str| what.clone().unwrap_or_else(|| fallback.to_owned());
    match wait.operation {
        Operation::Relock | Operation::Wait if wait.held_by.is_empty() => {
            format!("waits on {}", the("a condition variable"))
        }
        Operation::Relock | Operation::Wait => {
            format!("was notified on {} and must wait for its lock", the("a condition variable"))
        }
        Operation::Read => format!("waits to read {}", the("a lock")),
        Operation::Write => format!("waits to write {}", the("a lock")),
        Operation::Join => match wait.joins {
            Some(other) => format!("waits for {} to finish", thread(evidence, other)),
            None => "waits for a thread to finish".to_owned(),
        },
        Operation::ScopeEnd => "waits for its scoped threads to finish".to_owned(),
        Operation::Park => "is parked".to_owned(),
        Operation::Sleep => "sleeps".to_owned(),
        Operation::BarrierWait => {
            format!("waits at {} for more threads to arrive", the("a barrier"))
        }
        Operation::CallOnce | Operation::Get => {
            format!("waits for {} to be initialised", the("a value"))
        }
        Operation::Recv => format!("waits for a message on {}", the("a channel")),
        Operation::Send => format!("waits for room in {}", the("a channel")),
        _ => format!("waits for {}", the("a lock")),
    }
}

/// Threads that wait to be notified, although no notification will come, or one would be in vain.
pub(super) fn lost_wakeup(evidence: &Evidence<'_>, waits: &[Wait], in_vain: bool) -> String {
    let core = evidence.core();
    let roots: Vec<&Wait> = waits.iter().filter(|wait| core.contains(&wait.thread)).collect();
    let who = list_some(&together(evidence, &roots), MOST_NAMED, "other thread");
    let them = if roots.len() == 1 { "it" } else { "them" };
    let all = |operations: &[Operation]| roots.iter().all(|it| operations.contains(&it.operation));
    let verb = match () {
        () if all(&[Operation::Park]) => "unpark",
        () if all(&[Operation::Wait, Operation::Relock]) => "notify",
        () => "wake",
    };
    let nobody = match evidence.trace.threads.len() {
        1 => "there is no other thread",
        _ => "no thread is left",
    };
    let mut text = if in_vain {
        let wakeable = |wait: &&&Wait| {
            matches!(wait.operation, Operation::Park | Operation::Wait | Operation::Relock)
        };
        let wakeable: Vec<&&Wait> = roots.iter().filter(wakeable).collect();
        let (they, again, wait) = match (&wakeable[..], roots.len()) {
            ([_], 1) => ("it".to_owned(), "it", "it waits"),
            ([only], _) => (thread(evidence, only.thread), "it", "it waits"),
            _ => ("they".to_owned(), "they", "they wait"),
        };
        format!(
            "{who}. If {they} were woken now, {again} would only go back to waiting: what {wait} for has \
             not happened, and {nobody} that could bring it about."
        )
    } else {
        format!("{who}, and {nobody} that could {verb} {them}.")
    };
    let condvars: Vec<usize> = roots
        .iter()
        .filter(|wait| matches!(wait.operation, Operation::Relock | Operation::Wait))
        .filter_map(|wait| wait.object)
        .collect();
    // If that would be in vain, nobody would have had to notify.
    let tells = !in_vain || last_notification(evidence, &condvars).is_some();
    if !condvars.is_empty() && tells {
        text.push(' ');
        text.push_str(&last_notifications(evidence, &condvars, in_vain));
    } else if let [parked] = roots[..]
        && parked.operation == Operation::Park
        && !in_vain
    {
        text.push(' ');
        text.push_str(&last_unpark(evidence, parked.thread));
    }
    text
}

/// Whether the threads at the root of the standstill wait for something that has never been announced:
/// no notification of their condition variable, no `unpark`.
pub(in super::super) fn is_never_woken(evidence: &Evidence<'_>) -> bool {
    let Some(Failure::LostWakeup { waits, .. }) = evidence.failure else { return false };
    let core = evidence.core();
    let unparks = |thread: usize| {
        move |step: &&Step| step.operation == Operation::Unpark && step.target == Some(thread)
    };
    let announced = |wait: &&Wait| match (wait.operation, wait.object) {
        (Operation::Wait | Operation::Relock, Some(condvar)) => {
            last_notification(evidence, &[condvar]).is_some()
        }
        (Operation::Park, _) => evidence.trace.steps.iter().find(unparks(wait.thread)).is_some(),
        _ => false,
    };
    !waits.iter().filter(|wait| core.contains(&wait.thread)).any(|wait| announced(&wait))
}

/// What became of the last `unpark` call for a thread.
fn last_unpark(evidence: &Evidence<'_>, parked: usize) -> String {
    let steps = &evidence.trace.steps;
    let unpark = steps
        .iter()
        .rev()
        .find(|step| step.operation == Operation::Unpark && step.target == Some(parked));
    match unpark {
        None => "It was never unparked.".to_owned(),
        Some(step) => format!(
            "Its last `unpark`, by {}{}, was used up by an earlier `park`.",
            thread(evidence, step.thread),
            at(evidence, &step.at)
        ),
    }
}

/// What each thread waits for. Threads that wait for the same thing at the same place are named
/// together: `` `a` and `b` wait for `lock` (lib.rs:31) ``. So are those of a crowd, if each waits for a
/// thing of its own there.
pub(super) fn together(evidence: &Evidence<'_>, waits: &[&Wait]) -> Vec<String> {
    let mut groups: Vec<Group> = Vec::new();
    let crowds = crowds(evidence, waits);
    for wait in waits {
        let place = place(evidence, &wait.at);
        let crowd = crowds.iter().find(|(wants, at)| {
            *at == place && *wants == wants_for(evidence, wait, nameless(evidence, wait))
        });
        let wants = match crowd {
            Some((wants, _)) => format!("{wants}, each for a different one"),
            None => wants(evidence, wait),
        };
        match groups.iter_mut().find(|group| group.wants == wants && group.place == place) {
            Some(group) => group.threads.push(wait.thread),
            None => groups.push(Group { wants, place, threads: vec![wait.thread] }),
        }
    }
    let said = groups.into_iter().map(|Group { wants, place, threads }| match threads[..] {
        [only] => format!("{} {wants}{place}", thread(evidence, only)),
        _ => {
            let names: Vec<String> = threads.iter().map(|&t| thread(evidence, t)).collect();
            let names = list_some(&names, MOST_NAMED, "other thread");
            format!("{names} {}{place}", plural(&wants))
        }
    });
    said.collect()
}

/// Threads that are named together.
struct Group {
    wants: String,
    place: String,
    threads: Vec<usize>,
}

/// What many threads wait for at one place, each for an object of its own.
fn crowds(evidence: &Evidence<'_>, waits: &[&Wait]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String, BTreeSet<Option<usize>>)> = Vec::new();
    for wait in waits {
        let wants = wants_for(evidence, wait, nameless(evidence, wait));
        let place = place(evidence, &wait.at);
        match all.iter_mut().find(|(w, p, _)| *w == wants && *p == place) {
            Some((.., objects)) => {
                objects.insert(wait.object);
            }
            None => all.push((wants, place, BTreeSet::from([wait.object]))),
        }
    }
    let many = all.into_iter().filter(|(.., objects)| objects.len() > MOST_NAMED);
    many.map(|(wants, place, _)| (wants, place)).collect()
}

/// The object that a thread waits for, without what tells it from others of its kind.
fn nameless(evidence: &Evidence<'_>, wait: &Wait) -> Option<String> {
    let told = object(evidence, wait.object?);
    Some(told.split(" (").next().unwrap_or(&told).to_owned())
}

/// The verb phrase for one thread, turned into the plural.
fn plural(verb: &str) -> String {
    const VERBS: [(&str, &str); 4] = [
        ("waits ", "wait "),
        ("sleeps", "sleep"),
        ("is parked", "are parked"),
        ("was notified on", "were notified on"),
    ];
    let known = VERBS.iter().find_map(|(one, many)| Some((verb.strip_prefix(one)?, many)));
    known.map_or_else(|| verb.to_owned(), |(rest, many)| format!("{many}{rest}"))
}
