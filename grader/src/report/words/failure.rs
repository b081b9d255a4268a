//! What happened in a failed check: a sentence or two, and the words of others as quotations.

use super::super::output;
use super::super::safe;
use super::super::scene::Scene;
use super::step::{object, subject, thread};
use super::{count, list, sentence};
use crate::graded::{Facts, Refusal};
use record::{Failure, How, Location, Operation, Panic, Step, Value, Wait};

/// A piece of the telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Part {
    /// Our words, to be wrapped.
    Said(String),
    /// The words of a panic or a tool, line by line.
    Quoted(String),
}

/// What happened.
pub(in super::super) fn tell(scene: &Scene) -> Vec<Part> {
    let mut parts: Vec<Part> = super::meaning(scene.check.verdict)
        .map(|text| Part::Said(text.to_owned()))
        .into_iter()
        .collect();
    match (&scene.check.facts, scene.failure) {
        (Facts::Ended(_), Some(failure)) => parts.extend(ended(scene, failure)),
        (Facts::Died(exit), _) => parts.push(Part::Said(super::exit::died(exit))),
        (Facts::ContractBroken(text), _) => {
            let said = "The compiler is the judge here: a program that must compile against your \
                        file did not, or one that must be refused was accepted.";
            parts.push(Part::Said(said.to_owned()));
            parts.push(Part::Quoted(output::readable(text)));
        }
        (Facts::Fault(text), _) => parts.push(Part::Quoted(safe::text(text))),
        _ => {}
    }
    parts
}

fn ended(scene: &Scene, failure: &Failure) -> Vec<Part> {
    match failure {
        Failure::Panicked { .. } if is_snapshot(scene) => {
            vec![Part::Said("The transcript is not the expected one.".to_owned())]
        }
        Failure::Panicked { panic, earlier } => panicked(scene, panic, earlier),
        Failure::Deadlock { waits, cycle } => vec![Part::Said(deadlock(scene, waits, cycle))],
        Failure::LostWakeup { waits } => vec![Part::Said(lost_wakeup(scene, waits))],
        Failure::BusyWait { thread, at, waits } => {
            vec![Part::Said(busy_wait(scene, *thread, at, waits))]
        }
        Failure::Livelock { threads, steps } => vec![Part::Said(livelock(scene, threads, *steps))],
        Failure::Refused { message, at } => {
            vec![Part::Said(format!("{}{}", safe::line(message), place(scene, at)))]
        }
    }
}

/// ` (lib.rs:31)`, or nothing where the place is in a library.
fn place(scene: &Scene, at: &Location) -> String {
    scene.sources.place(at).map(|place| format!(" ({place})")).unwrap_or_default()
}

/// ` at lib.rs:31`, or nothing.
fn at(scene: &Scene, at: &Location) -> String {
    scene.sources.place(at).map(|place| format!(" at {place}")).unwrap_or_default()
}

fn panicked(scene: &Scene, panic: &Panic, earlier: &[Panic]) -> Vec<Part> {
    let one = |who: String, panic: &Panic| {
        [
            Part::Said(format!("{}{}:", sentence(&who), at(scene, &panic.at))),
            Part::Quoted(safe::text(&panic.message).trim_end().to_owned()),
        ]
    };
    let child = |panic: &Panic| format!("{} panicked", subject(scene, panic.thread));
    let Some(first) = earlier.first() else {
        return one(main_panic(scene, panic), panic).to_vec();
    };
    if seen_through_join(&panic.message) {
        let mut parts = one(child(first), first).to_vec();
        let seen = format!(
            "The check saw it when it joined that thread{}.",
            scene.sources.place(&panic.at).map(|at| format!(" ({at})")).unwrap_or_default()
        );
        parts.push(Part::Said(seen));
        return parts;
    }
    let mut parts = one(main_panic(scene, panic), panic).to_vec();
    parts.extend(one(format!("before that, {}", child(first)), first));
    parts
}

fn main_panic(scene: &Scene, panic: &Panic) -> String {
    if scene.sources.is_answer(&panic.at) {
        "your code panicked".to_owned()
    } else if scene.sources.find(&panic.at).is_some() {
        "the check failed".to_owned()
    } else {
        "the check's thread panicked, in a library".to_owned()
    }
}

/// Whether a check failed because a transcript differs from its snapshot.
pub(in super::super) fn is_snapshot(scene: &Scene) -> bool {
    let Some(Failure::Panicked { panic, .. }) = scene.failure else {
        return false;
    };
    panic.message.starts_with("snapshot assertion for ")
}

/// Whether a panic only passes on what `join` or `scope` returned.
pub(in super::super) fn seen_through_join(message: &str) -> bool {
    message.contains("Any { .. }") || message.contains("a scoped thread panicked")
}

fn deadlock(scene: &Scene, waits: &[Wait], cycle: &[usize]) -> String {
    let ring: Vec<&Wait> = cycle.iter().filter_map(|&at| waits.get(at)).collect();
    match ring[..] {
        [] => standstill(scene, waits),
        [only] => format!(
            "{} {}{}, which it holds itself{}. It can never go on.",
            subject(scene, only.thread),
            wants(scene, only),
            place(scene, &only.at),
            since(scene, only, only)
        ),
        _ => {
            let links = ring.iter().enumerate().map(|(index, wait)| {
                let next = ring[(index + 1) % ring.len()];
                let who = if index == 0 {
                    subject(scene, wait.thread)
                } else {
                    thread(scene, wait.thread)
                };
                let holder = match wait.joins {
                    Some(_) => String::new(),
                    None => {
                        let since = since(scene, wait, next);
                        format!(", which {} holds{since}", thread(scene, next.thread))
                    }
                };
                format!("{who} {}{}{holder}", wants(scene, wait), place(scene, &wait.at))
            });
            let links: Vec<String> = links.collect();
            format!("{}. None of them can ever go on.", links.join("; "))
        }
    }
}

/// ` since lib.rs:30`: where `holder` took what `wait` waits for.
fn since(scene: &Scene, wait: &Wait, holder: &Wait) -> String {
    let same = holder.holds.iter().find(|held| Some(held.object) == wait.object);
    // Who takes a lock back after a wait names the condition variable.
    let held = same.or(if holder.holds.len() == 1 { holder.holds.first() } else { None });
    held.and_then(|held| scene.sources.place(&held.since))
        .map(|place| format!(" since {place}"))
        .unwrap_or_default()
}

/// Nobody can go on, and there is no ring: each wait for itself, the root first.
fn standstill(scene: &Scene, waits: &[Wait]) -> String {
    let core = scene.core();
    let mut said: Vec<String> = Vec::new();
    let (roots, others): (Vec<&Wait>, Vec<&Wait>) =
        waits.iter().filter(|wait| core.contains(&wait.thread)).partition(|w| w.held_by.is_empty());
    for wait in roots.into_iter().chain(others) {
        let holders: Vec<String> = wait.held_by.iter().map(|&t| thread(scene, t)).collect();
        let holders = match holders.len() {
            0 => String::new(),
            1 => {
                let holder = waits.iter().find(|w| w.thread == wait.held_by[0]);
                let since = holder.map(|holder| since(scene, wait, holder)).unwrap_or_default();
                format!(", which {} holds{since}", holders[0])
            }
            _ => format!(", which {} hold", list(&holders)),
        };
        let who =
            if said.is_empty() { subject(scene, wait.thread) } else { thread(scene, wait.thread) };
        said.push(format!("{who} {}{}{holders}", wants(scene, wait), place(scene, &wait.at)));
    }
    format!("{}. No thread can ever go on.", said.join("; "))
}

/// What a thread waits for, as a verb phrase.
fn wants(scene: &Scene, wait: &Wait) -> String {
    let what = wait.object.map(|object_| object(scene, object_));
    let the = |fallback: &str| what.clone().unwrap_or_else(|| fallback.to_owned());
    match wait.operation {
        Operation::Relock | Operation::Wait if wait.held_by.is_empty() => {
            format!("waits to be notified through {}", the("a condition variable"))
        }
        Operation::Relock | Operation::Wait => {
            format!("was notified through {} and waits for its lock", the("a condition variable"))
        }
        Operation::Read => format!("waits to read {}", the("a lock")),
        Operation::Write => format!("waits to write {}", the("a lock")),
        Operation::Join => match wait.joins {
            Some(other) => format!("waits for {} to finish", thread(scene, other)),
            None => "waits for a thread to finish".to_owned(),
        },
        Operation::ScopeEnd => "waits for its scoped threads to finish".to_owned(),
        Operation::Park => "is parked and waits for `unpark`".to_owned(),
        Operation::Sleep => "sleeps".to_owned(),
        Operation::BarrierWait => format!("waits at {} for more threads to come", the("a barrier")),
        Operation::CallOnce | Operation::Get => {
            format!("waits for {} to be initialised", the("a value"))
        }
        Operation::Recv => format!("waits for a message on {}", the("a channel")),
        Operation::Send => format!("waits for room in {}", the("a channel")),
        _ => format!("waits for {}", the("a lock")),
    }
}

fn lost_wakeup(scene: &Scene, waits: &[Wait]) -> String {
    let core = scene.core();
    let roots: Vec<&Wait> = waits.iter().filter(|wait| core.contains(&wait.thread)).collect();
    let said = sentence(&list(&together(scene, &roots)));
    let them = if roots.len() == 1 { "it" } else { "them" };
    let verb = if roots.iter().all(|wait| wait.operation == Operation::Park) {
        "unpark"
    } else {
        "notify"
    };
    let mut text = format!("{said}, and nobody is left to {verb} {them}.");
    let condvars: Vec<usize> = roots
        .iter()
        .filter(|wait| matches!(wait.operation, Operation::Relock | Operation::Wait))
        .filter_map(|wait| wait.object)
        .collect();
    if !condvars.is_empty() {
        text.push(' ');
        text.push_str(&last_notify(scene, &condvars));
    }
    text
}

/// What became of the last notification of `condvars`.
fn last_notify(scene: &Scene, condvars: &[usize]) -> String {
    let Some(step) = last_notification(scene, condvars) else {
        return "No notification was ever sent.".to_owned();
    };
    let call = scene.sources.call(&step.at).map(|call| format!(" `{}`", call.text()));
    let call = call.unwrap_or_else(|| " a notify".to_owned());
    let who = subject(scene, step.thread);
    match step.value {
        Some(Value::Woken(0)) => format!(
            "A notification went by unheard: {who} called{call}{} when nobody was waiting, and a \
             notification is not kept for those who come later.",
            at(scene, &step.at)
        ),
        Some(Value::Woken(woken)) => format!(
            "The last notification,{call} by {who}{}, woke {}.",
            at(scene, &step.at),
            count(woken.into(), "other thread")
        ),
        _ => format!("The last notification was{call} by {who}{}.", at(scene, &step.at)),
    }
}

/// The last step that notified one of `condvars`.
pub(in super::super) fn last_notification<'s>(
    scene: &'s Scene,
    condvars: &[usize],
) -> Option<&'s Step> {
    scene.trace.steps.iter().rev().find(|step| {
        matches!(step.operation, Operation::NotifyOne | Operation::NotifyAll)
            && step.object.is_some_and(|object| condvars.contains(&object))
    })
}

fn busy_wait(scene: &Scene, runner: usize, at: &[Location], waits: &[Wait]) -> String {
    let own = at.iter().filter(|at| scene.sources.is_answer(at));
    let mut places: Vec<String> = own.filter_map(|at| scene.sources.place(at)).collect();
    if places.is_empty() {
        places = at.iter().filter_map(|at| scene.sources.place(at)).collect();
    }
    places.dedup();
    places.truncate(4);
    let round =
        if places.is_empty() { "in a loop".to_owned() } else { format!("round {}", list(&places)) };
    let others = together(scene, &waits.iter().collect::<Vec<_>>());
    let meanwhile =
        if others.is_empty() { String::new() } else { format!(" while {}", list(&others)) };
    // Waiting in slices of a millisecond is no better than sleeping for one.
    let naps = scene.trace.steps.iter().any(|step| {
        let nap = step.operation == Operation::Sleep || step.how == How::TimedOut;
        step.thread == runner && nap
    });
    let why = if naps {
        "It looks every now and then where it should wait to be woken: too often for the \
         processor, and too seldom for who depends on it."
    } else if waits.iter().any(|wait| wait.deadline.is_some()) {
        "It asks where it should wait: a whole processor is burnt, and the clock of this world, \
         which moves only when all threads rest, stands still."
    } else {
        "It asks where it should wait: a whole processor is burnt."
    };
    format!("{} runs {round} again and again{meanwhile}. {why}", subject(scene, runner))
}

/// Who waits for what, those who wait for the same at the same place together: `` `a` and `b` wait
/// for `lock` (lib.rs:31) ``.
fn together(scene: &Scene, waits: &[&Wait]) -> Vec<String> {
    let mut groups: Vec<(String, String, Vec<usize>)> = Vec::new();
    for wait in waits {
        let (wants, place) = (wants(scene, wait), place(scene, &wait.at));
        match groups.iter_mut().find(|(w, p, _)| *w == wants && *p == place) {
            Some((_, _, threads)) => threads.push(wait.thread),
            None => groups.push((wants, place, vec![wait.thread])),
        }
    }
    let said = groups.into_iter().map(|(wants, place, threads)| match threads[..] {
        [only] => format!("{} {wants}{place}", subject(scene, only)),
        _ => {
            let names: Vec<String> = threads.iter().map(|&t| thread(scene, t)).collect();
            format!("{} {}{place}", list(&names), plural(&wants))
        }
    });
    said.collect()
}

/// What one thread does, said of several.
fn plural(verb: &str) -> String {
    const VERBS: [(&str, &str); 4] = [
        ("waits ", "wait "),
        ("sleeps", "sleep"),
        ("is parked and waits ", "are parked and wait "),
        ("was notified through", "were notified through"),
    ];
    let known = VERBS.iter().find_map(|(one, many)| Some((verb.strip_prefix(one)?, many)));
    known.map_or_else(|| verb.to_owned(), |(rest, many)| format!("{many}{rest}"))
}

fn livelock(scene: &Scene, threads: &[usize], steps: u64) -> String {
    let who: Vec<String> = threads.iter().map(|&t| thread(scene, t)).collect();
    let (was, get) = if who.len() == 1 { ("was", "it gets") } else { ("were", "they get") };
    format!(
        "{} {was} still running after {}, although every thread had its turn: {get} nowhere.",
        sentence(&list(&who)),
        count(steps, "step")
    )
}

/// Why an answer was refused, with its place: `lib.rs:3:5: …`.
pub(in super::super) fn refusal(label: &str, refusal: &Refusal) -> String {
    let message = safe::line(&refusal.message);
    match &refusal.at {
        Some(at) => format!("{label}:{}:{}: {message}", at.line, at.column),
        None => format!("{label}: {message}"),
    }
}
