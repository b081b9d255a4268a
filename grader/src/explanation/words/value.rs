//! What a step read, wrote, woke or found out, as the picture writes it.

use super::super::code::Call;
use super::super::evidence::Evidence;
use super::step::operation;
use record::{ObjectKind, Operation, Step, Value};

/// Of a reading of the system's clock.
const CLOCK_SET_BACK: &str = "· the clock was set back an hour";

/// What the step at `index` read, wrote or returned.
pub(in super::super) fn value(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let step = &evidence.trace.steps[index];
    let value = value_alone(evidence, index)?;
    // What a step within a function found is not what the function returned.
    let is_within = |call| evidence.sources.is_helper(call) && step.value.is_some();
    let wakes = matches!(step.value, Some(Value::Woken(_)));
    if let (Operation::Overflow, Some(Value::Changed { from, to })) = (step.operation, step.value) {
        return Some(format!("{from} → {to}"));
    }
    match evidence.sources.call(&step.at) {
        Some(call) if is_within(call) && !wakes => {
            Some(format!("· {} {value}", operation(step.operation)))
        }
        _ => Some(value),
    }
}

fn value_alone(evidence: &Evidence<'_>, index: usize) -> Option<String> {
    let step = &evidence.trace.steps[index];
    if matches!(step.operation, Operation::Panic | Operation::Unlock | Operation::Disconnect) {
        return None;
    }
    if step.operation == Operation::SystemNow {
        return (step.value == Some(Value::Flag(true))).then(|| CLOCK_SET_BACK.to_owned());
    }
    let tries = matches!(
        step.operation,
        Operation::TryLock
            | Operation::TryRead
            | Operation::TryWrite
            | Operation::TrySend
            | Operation::TryRecv
            | Operation::Send
            | Operation::Recv
            | Operation::Set
    );
    let writes = matches!(step.operation, Operation::Store | Operation::Swap);
    let arrow = if writes { '←' } else { '→' };
    let read = |text: String| match step.operation {
        // It read a value other than the expected one, so it wrote nothing.
        Operation::CompareExchange => format!("→ Err({text})"),
        // Its closure refused the value. Where it does not, the value before and after are known.
        Operation::Load | Operation::FetchUpdate if is_fetch_update(evidence, step) => {
            format!("→ Err({text})")
        }
        _ => format!("{arrow} {text}"),
    };
    Some(match step.value? {
        Value::Flag(true) if is_poisoned(evidence, index) => "→ Err(Poisoned)".to_owned(),
        Value::Flag(true) if tries => "→ Ok".to_owned(),
        Value::Flag(false) if tries => refused(evidence, index),
        Value::Flag(there) if is_filled_once(evidence, step) => {
            if there {
                "→ Some(…)".to_owned()
            } else {
                "→ None".to_owned()
            }
        }
        Value::Flag(flag) => read(flag.to_string()),
        Value::Unsigned(value) => read(unsigned(value)),
        Value::Signed(value) => read(value.to_string()),
        Value::Switched { from, to } => format!("{from} → {to}"),
        Value::Changed { from, to } => changed(from, to),
        Value::Woken(0) => "wakes nobody".to_owned(),
        Value::Woken(woken) => wakes(evidence, index, woken),
    })
}

/// An attempt that failed: because of whom, if somebody holds the lock.
fn refused(evidence: &Evidence<'_>, index: usize) -> String {
    let step = &evidence.trace.steps[index];
    let is_lock = [Operation::TryLock, Operation::TryRead, Operation::TryWrite];
    let holder = is_lock.contains(&step.operation).then(|| evidence.holder(index));
    match holder.flatten() {
        Some(holder) if holder == step.thread => "→ Err, holds it itself".to_owned(),
        Some(holder) => format!("→ Err, {} holds it", evidence.names.thread(holder)),
        None => "→ Err".to_owned(),
    }
}

/// Whether a step is a call of `fetch_update`, which may refuse, and not of `fetch_add` or the like.
fn is_fetch_update(evidence: &Evidence<'_>, step: &Step) -> bool {
    let call = evidence.sources.call(&step.at);
    call.and_then(Call::name) == Some("fetch_update")
}

/// Whether a step looked into a cell that is filled once.
fn is_filled_once(evidence: &Evidence<'_>, step: &Step) -> bool {
    let object = step.object.and_then(|object| evidence.trace.objects.get(object));
    object.is_some_and(|it| matches!(it.kind, ObjectKind::OnceLock | ObjectKind::LazyLock))
}

/// Whether the step at `index` tried to acquire a lock that a panic had already poisoned. Asked
/// only of steps that got the lock.
fn is_poisoned(evidence: &Evidence<'_>, index: usize) -> bool {
    let steps = &evidence.trace.steps;
    let tried = steps[index].operation;
    let tries = matches!(tried, Operation::TryLock | Operation::TryRead | Operation::TryWrite);
    let same = |step: &&Step| step.object == steps[index].object;
    let mut before = steps[..index].iter().rev().filter(same);
    // A store clears the poison.
    let last = before.find(|step| step.poisons() || step.operation == Operation::Store);
    tries && last.is_some_and(Step::poisons)
}

/// A number. Large ones are in hexadecimal, because a value packed into the upper half of a word
/// cannot be read in decimal.
fn unsigned(value: u64) -> String {
    if value < 1 << 32 { value.to_string() } else { hexadecimal(value) }
}

fn hexadecimal(value: u64) -> String {
    let digits = format!("{value:x}");
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(4)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    format!("0x{}", groups.join("_"))
}

/// A number and the one that replaced it, both written in the same way.
fn changed(from: i128, to: i128) -> String {
    match (u64::try_from(from), u64::try_from(to)) {
        (Ok(from), Ok(to)) if from.max(to) >= 1 << 32 => {
            format!("{} → {}", hexadecimal(from), hexadecimal(to))
        }
        _ => format!("{from} → {to}"),
    }
}

/// Which threads a notification woke, by name if the schedule shows it: `wakes a`.
fn wakes(evidence: &Evidence<'_>, index: usize, count: u32) -> String {
    let woken = evidence.woken();
    let names: Vec<String> = woken
        .iter()
        .filter(|(notify, _)| *notify == index)
        .map(|&(_, thread)| evidence.names.thread(thread))
        .collect();
    if names.len() == count as usize && names.len() <= 2 {
        format!("wakes {}", super::list(&names))
    } else {
        match count {
            1 => "wakes another thread".to_owned(),
            _ => format!("wakes {count} threads"),
        }
    }
}
