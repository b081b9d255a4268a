//! The cells of the interleaving picture, and the names of the threads and objects in it.

use super::super::evidence::Evidence;
use super::super::names::{Lettered, ObjectName};
use super::super::safe;
use record::{Call, ObjectKind, Operation, Step, StepStatus, Value, Wait};
use std::fmt;
use std::time::Duration;

/// A thread within a sentence: `` `a` ``, `thread 2`, `the check`.
pub(in super::super) fn thread(evidence: &Evidence<'_>, thread: usize) -> String {
    let name = evidence.names.thread(thread);
    let own = evidence.trace.threads.get(thread).is_some_and(|info| info.name.is_some());
    match thread {
        0 => "the check".to_owned(),
        _ if own => format!("`{name}`"),
        _ => name,
    }
}

/// The threads whose end a thread waits for.
pub(in super::super) fn joined(evidence: &Evidence<'_>, wait: &Wait) -> String {
    wait.joins.map_or_else(|| "its threads".to_owned(), |joined| thread(evidence, joined))
}

/// A thread as the subject of a sentence, not yet capitalised: `` thread `a` ``, `thread 2`,
/// `the check`.
pub(in super::super) fn subject(evidence: &Evidence<'_>, who: usize) -> String {
    let name = thread(evidence, who);
    if name.starts_with('`') { format!("thread {name}") } else { name }
}

/// An object within a sentence: `` `accounts[1]` ``, `the Mutex`, `Mutex (B)`.
pub(in super::super) fn object(evidence: &Evidence<'_>, object: usize) -> String {
    match evidence.names.object(object) {
        Some(ObjectName::Code(code)) => format!("`{code}`"),
        Some(ObjectName::Lettered(Lettered { code: Some(code), letter, .. })) => {
            format!("`{code}` ({letter})")
        }
        Some(name) => name.to_string(),
        None => "it".to_owned(),
    }
}

impl fmt::Display for ObjectName {
    /// As in a cell of the picture: `accounts[1]`, `the Mutex`, `Mutex (B)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => f.write_str(code),
            Self::Only(kind) => write!(f, "the {}", kind_name(*kind)),
            Self::Lettered(Lettered { kind, code: None, letter }) => {
                write!(f, "{} ({letter})", kind_name(*kind))
            }
            Self::Lettered(Lettered { code: Some(code), letter, .. }) => {
                write!(f, "{code} ({letter})")
            }
        }
    }
}

fn kind_name(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Mutex => "Mutex",
        ObjectKind::RwLock => "RwLock",
        ObjectKind::Condvar => "Condvar",
        ObjectKind::Barrier => "Barrier",
        ObjectKind::Once => "Once",
        ObjectKind::OnceLock => "OnceLock",
        ObjectKind::LazyLock => "LazyLock",
        ObjectKind::Atomic => "atomic",
        ObjectKind::Channel => "channel",
        ObjectKind::Scope => "scope",
    }
}

/// What a step does, in full and without the arguments: the learner's own code if it is known, else
/// words.
pub(in super::super) fn code(evidence: &Evidence<'_>, step: &Step) -> (String, String) {
    let name = step.object.and_then(|object| evidence.names.object(object));
    let in_words = matches!(
        step.operation,
        Operation::Unlock
            | Operation::Disconnect
            | Operation::Spawn
            | Operation::Start
            | Operation::Exit
    );
    if step.operation == Operation::Overflow
        && let Some(number) = evidence.sources.number(&step.at)
    {
        return (number.to_owned(), number.to_owned());
    }
    if let Some(call) = evidence.sources.call(&step.at).filter(|_| !in_words) {
        let letter = match name {
            Some(ObjectName::Lettered(it)) => format!(" ({})", it.letter),
            _ => String::new(),
        };
        return (format!("{}{letter}", call.text()), format!("{}{letter}", call.short()));
    }
    let mut text = operation(step.operation).to_owned();
    // The name of a channel may be that of either side.
    let side = match (step.operation, step.value) {
        (Operation::Disconnect, Some(Value::Flag(true))) => Some("the receiver"),
        (Operation::Disconnect, Some(Value::Flag(false))) => Some("the last sender"),
        _ => None,
    };
    if let Some(side) = side {
        let of = name.map(|name| format!(" of {name}")).unwrap_or_default();
        text = format!("{text} {side}{of}");
    } else if let Some(name) = name {
        text.push(' ');
        text.push_str(&name.to_string());
    } else if let Some(target) = step.target {
        text.push(' ');
        text.push_str(&evidence.names.thread(target));
    }
    (text.clone(), text)
}

pub(super) fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Start => "starts",
        Operation::Exit => "finishes",
        Operation::Panic => "panics",
        Operation::Spawn => "spawn",
        Operation::Join => "join",
        Operation::IsFinished => "is_finished",
        Operation::Park => "park",
        Operation::Unpark => "unpark",
        Operation::Sleep => "sleep",
        Operation::YieldNow => "yield_now",
        Operation::SpinLoop => "spin_loop",
        Operation::Now => "Instant::now",
        Operation::SystemNow => "SystemTime::now",
        Operation::ScopeEnd => "end of the scope",
        Operation::Lock => "lock",
        Operation::TryLock => "try_lock",
        Operation::Unlock => "unlock",
        Operation::Read => "read",
        Operation::TryRead => "try_read",
        Operation::Write => "write",
        Operation::TryWrite => "try_write",
        Operation::Wait | Operation::Relock => "wait",
        Operation::NotifyOne => "notify_one",
        Operation::NotifyAll => "notify_all",
        Operation::Load => "load",
        Operation::Store => "store",
        Operation::Swap => "swap",
        Operation::CompareExchange => "compare_exchange",
        Operation::FetchUpdate => "update",
        Operation::Fence => "fence",
        Operation::Statement => "next statement",
        Operation::Call => "call",
        Operation::Overflow => "a number changes",
        Operation::BarrierWait => "wait",
        Operation::CallOnce => "call_once",
        Operation::Get => "get",
        Operation::Set => "set",
        Operation::Send => "send",
        Operation::TrySend => "try_send",
        Operation::Recv => "recv",
        Operation::TryRecv => "try_recv",
        Operation::Disconnect => "drop",
    }
}

/// What happens to the thread at a step, beyond what the code says. `holder` is the thread that
/// holds what it waits for.
pub(in super::super) fn note(
    evidence: &Evidence<'_>,
    step: &Step,
    holder: Option<usize>,
) -> Option<String> {
    match step.how {
        StepStatus::Done if step.operation == Operation::Unpark => {
            step.target.map(|target| match target == step.thread {
                true => "→ itself".to_owned(),
                false => format!("→ {}", evidence.names.thread(target)),
            })
        }
        StepStatus::Done => None,
        // The code says so, and so does the bar below it.
        StepStatus::Blocked if step.operation == Operation::Sleep => None,
        StepStatus::Blocked => Some(blocked(evidence, step, holder)),
        StepStatus::TimedOut if step.operation == Operation::Sleep => Some("wakes up".to_owned()),
        StepStatus::TimedOut if step.preempts => Some("times out first".to_owned()),
        StepStatus::TimedOut => Some("times out".to_owned()),
        StepStatus::Spurious if step.operation == Operation::CompareExchange => {
            Some("fails for no reason".to_owned())
        }
        StepStatus::Spurious => Some("wakes for no reason".to_owned()),
    }
}

fn blocked(evidence: &Evidence<'_>, step: &Step, holder: Option<usize>) -> String {
    match step.operation {
        Operation::Read if is_queued(step) => {
            let writer = step.target.map(|writer| evidence.names.thread(writer));
            format!("waits behind {}", writer.unwrap_or_default())
        }
        Operation::Park => "waits for unpark".to_owned(),
        Operation::Recv => "waits for a message".to_owned(),
        Operation::Send => "waits for room".to_owned(),
        Operation::BarrierWait => "waits for the others".to_owned(),
        Operation::Wait | Operation::Relock => WAITS_FOR_NOTIFY.to_owned(),
        Operation::ScopeEnd => "waits for its threads".to_owned(),
        Operation::Join => match step.target {
            Some(target) => format!("waits for {}", evidence.names.thread(target)),
            None => "waits".to_owned(),
        },
        _ => match holder {
            Some(holder) if holder == step.thread => "waits for itself".to_owned(),
            Some(holder) => format!("waits for {}", evidence.names.thread(holder)),
            None => "waits".to_owned(),
        },
    }
}

/// Whether a reader stands in line behind a writer that is waiting, too.
pub(in super::super) fn is_queued(step: &Step) -> bool {
    step.how == StepStatus::Blocked && step.operation == Operation::Read && step.target.is_some()
}

const WAITS_FOR_NOTIFY: &str = "waits for notify";

/// A thread begins to wait on a condition variable, or was woken and waits there `again`.
pub(in super::super) fn waits_for_notify(again: bool) -> String {
    if again { "wakes, then waits again".to_owned() } else { WAITS_FOR_NOTIFY.to_owned() }
}

/// A thread gets the lock that it waited for.
pub(in super::super) const HAS_IT: &str = "gets it";
/// A thread gets something else that it waited for.
pub(in super::super) const GOES_ON: &str = "continues";
/// A wait on a condition variable, or a `park`, is over.
pub(in super::super) const WAKES: &str = "wakes up";
/// A lock is released by a thread that unwinds from a panic.
pub(in super::super) const POISONS: &str = "→ poisoned";
/// A lock is acquired that is poisoned.
pub(in super::super) const FINDS_POISON: &str = "finds it poisoned";
/// A lock is acquired and released, and nothing in between is shown.
pub(in super::super) const AND_UNLOCKS: &str = "… unlock";
/// A panic, in a cell. Its message stands above the picture if it is part of the failure.
pub(in super::super) fn panics(evidence: &Evidence<'_>, step: &Step) -> String {
    let panics = match evidence.panic_of(step) {
        Some(panic) if step.is_caught() && panic.thread != 0 => "panics (caught later)",
        Some(panic) if panic.thread == 0 && evidence.passed_on().is_some() => "sees the panic",
        // An assertion that fails on purpose, in code that the answer calls, is not the failure.
        Some(panic)
            if evidence.is_failed_assertion(panic)
                && !step.is_caught()
                && evidence.first_panic().is_none_or(|first| first.at == panic.at) =>
        {
            "fails"
        }
        Some(panic) if panic.thread == 0 && !evidence.sources.is_answer(&panic.at) => "fails",
        None if step.is_caught() => "panics (caught later)",
        _ => "panics",
    };
    // The row is about the learner's line that was running.
    let elsewhere = step.below.as_ref().and_then(|_| evidence.sources.short(&step.at));
    match elsewhere {
        Some(place) if panics.starts_with("panics") => {
            panics.replacen("panics", &format!("panics at {place}"), 1)
        }
        Some(place) => format!("{place} {panics}"),
        None => panics.to_owned(),
    }
}

/// What a step found, if that is written as `value`.
pub(in super::super) fn found(value: &str) -> String {
    format!("→ {value}")
}

/// A call of the learner's function `name`.
pub(in super::super) fn call(name: &str, call: &Call) -> String {
    /// In place of an argument that has no short form.
    const ELIDED: &str = "…";
    let arguments = match &call.arguments {
        all if all.iter().all(Option::is_none) && !all.is_empty() => ELIDED.to_owned(),
        all => {
            let texts = all.iter().map(|it| it.as_deref().map_or(ELIDED.to_owned(), safe::line));
            with_durations(&texts.collect::<Vec<_>>().join(", "))
        }
    };
    format!("{name}({arguments})")
}

/// What a call returned. `function` is named if the row is about a call within that call.
pub(in super::super) fn returns(function: Option<&str>, result: &str) -> String {
    match function {
        Some(function) => format!("{function} returns {result}"),
        None => format!("returns {result}"),
    }
}

/// A length of time. `None` if it is too short to matter.
pub(in super::super) fn duration(time: Duration) -> Option<String> {
    super::duration::duration(time)
}

pub(in super::super) use super::duration::with_durations;

/// A mark or phrase in the picture that needs explaining. Only those that occur are explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Sign {
    Decisive,
    Preempted,
    Spurious,
    WeakFailure,
    Early,
    Queued,
    WakesNobody,
    SetBack,
    CalledFrom,
    Letters,
    Numbered,
}

/// The explanation of a mark.
pub(in super::super) fn legend(sign: Sign) -> &'static str {
    match sign {
        Sign::Decisive => "►: before this step the check could still pass; after it, it cannot.",
        Sign::Preempted => "preempted: another thread runs first, which can happen at any point.",
        Sign::Spurious => "wakes for no reason: std allows a spurious wakeup in every wait.",
        Sign::WeakFailure => "fails for no reason: std allows that in any `compare_exchange_weak`.",
        Sign::Early => {
            "times out first: the other threads are slow, and this thread's deadline passes before \
             they continue."
        }
        Sign::Queued => {
            "waits behind a writer: std lets a waiting writer go first, even before a thread that is \
             already reading."
        }
        Sign::WakesNobody => "wakes nobody: a notification without a waiter is not kept.",
        Sign::SetBack => {
            "the clock was set back: std allows that of `SystemTime`, but not of `Instant`."
        }
        Sign::CalledFrom => "12 › 34: line 34, called from line 12.",
        Sign::Numbered => "(2nd), (3rd): threads of the same name, in the order of their start.",
        Sign::Letters => "(A), (B): objects of the same kind.",
    }
}
