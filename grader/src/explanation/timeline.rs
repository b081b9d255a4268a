//! Which steps of a schedule are shown, and what each row says.
//!
//! A schedule has dozens of steps, but a reader can follow only about sixteen rows. First, steps
//! that cannot matter are dropped (threads that start and finish, objects that only one thread
//! touches). Then each loop is reduced to one round. Then the least relevant rows go until the rest
//! fits.

mod calls;
mod distance;
mod events;
mod length;
mod links;
mod loops;
mod named;
mod relevance;
mod room;
mod row;
mod scope;
mod signs;

use super::evidence::Evidence;
use super::foreign_code::calls_back;
use super::names::ObjectName;
use super::passed_over::PassedOver;
use super::safe;
use super::words::step as words;
use super::words::value::value;
use events::Event;
pub use length::Length;
use record::{Failure, Location, Operation, Step, StepStatus};
pub use row::{Repetition, Row, RowMark, Thread, Timeline};
use serde::Serialize;
use std::collections::BTreeSet;
use std::ops::Range;

/// How many rows fit on a screen together with what surrounds the picture.
pub const MAX_ROWS: usize = 16;

/// The same for a picture of one thread, which fails in any schedule.
const MAX_ROWS_OF_ONE: usize = 10;

impl Timeline {
    /// Whether a row is marked as the step that decides the outcome.
    pub fn shows_decisive_step(&self) -> bool {
        self.rows.iter().any(|row| row.mark == RowMark::Decisive)
    }

    /// The schedule of a failed or replayed check. The letters of its objects are given out in the
    /// order of its rows.
    pub(super) fn of(evidence: &mut Evidence<'_>, length: Length) -> Self {
        let events = shown(evidence, length);
        let mut objects: Vec<usize> =
            events.iter().filter_map(|event| evidence.trace.steps[event.step].object).collect();
        // Those that the sentence above the picture may name.
        objects.extend(evidence.objects_of_the_failure());
        evidence.names.letter_in_order(&objects);
        Self::drawn(evidence, length, &events)
    }

    fn drawn(evidence: &Evidence<'_>, length: Length, events: &[Event]) -> Self {
        let mut rows: Vec<Row> = events.iter().map(|event| row(evidence, event)).collect();
        calls::results(evidence, &mut rows);
        if length == Length::Short {
            calls::join_steps(evidence, &mut rows);
        }
        signs::time(evidence, &mut rows);
        // Under a fair schedule every thread is preempted all the time, and if every schedule
        // fails, it does not matter which one was picked.
        let is_fair = matches!(evidence.failure, Some(Failure::Livelock { .. }));
        let is_any = evidence.needs_no_luck() && length == Length::Short;
        if !is_fair && !is_any {
            signs::preemptions(evidence, &mut rows);
        }
        if length == Length::Short {
            signs::ends(evidence, &mut rows);
        }
        signs::decisive_and_failure(evidence, &mut rows);
        let mut threads: BTreeSet<usize> = rows.iter().map(|row| row.thread).collect();
        // Whoever is shown acting and then waits for others to end explains why it does not go on.
        let mut stuck = evidence.stuck();
        stuck.extend(threads.iter().filter(|&&thread| evidence.joins(thread).is_some()));
        threads.extend(&stuck);
        threads.extend(rows.iter().filter_map(|row| row.preempted));
        let threads: Vec<usize> = threads.into_iter().collect();
        waiting(evidence, &mut rows, &threads);
        let functions = name_functions(&mut rows, &threads);
        name_callers(&mut rows, &threads);
        let legend = signs::legend(evidence, &rows);
        let index = |thread: usize| threads.iter().position(|&t| t == thread).unwrap_or(0);
        for row in &mut rows {
            row.thread = index(row.thread);
            row.preempted = row.preempted.map(index);
        }
        // What a thread waits for is not said twice.
        let ends_in_its_wait = |thread: usize| {
            let mut own = evidence.trace.steps.iter().enumerate().rev();
            own.find(|(_, step)| step.thread == thread).is_some_and(|(last, step)| {
                step.how == StepStatus::Blocked && rows.iter().any(|row| row.step == last)
            })
        };
        let named = threads.iter().zip(functions).map(|(&thread, function)| Thread {
            name: evidence.names.thread(thread),
            function,
            stuck: stuck.contains(&thread),
            joins: evidence
                .joins(thread)
                .filter(|_| !ends_in_its_wait(thread))
                .map(|wait| words::joined(evidence, wait)),
        });
        Self {
            threads: named.collect(),
            rows,
            steps: evidence.recorded,
            dropped: evidence.trace.dropped,
            legend,
        }
    }

    /// The steps of the trace that have rows.
    pub(super) fn shown_steps(&self) -> impl Iterator<Item = usize> {
        self.rows.iter().map(|row| row.step)
    }

    /// Whether a row shows that a thread was preempted by the step at `index` of the trace.
    pub(super) fn shows_preemption(&self, index: usize) -> bool {
        let next = self.rows.partition_point(|row| row.step < index);
        self.rows.get(next).is_some_and(|row| row.preempted.is_some())
    }

    /// Whether more than one step of the schedule is left out of the rows.
    pub fn is_cut(&self) -> bool {
        self.rows.len() as u64 + 1 < self.steps && !self.rows.is_empty()
    }
}

/// The events that are worth a row.
fn shown(evidence: &Evidence<'_>, length: Length) -> Vec<Event> {
    let trace = &evidence.trace;
    let mut events = events::of(evidence, length);
    if length == Length::Short {
        match evidence.failure {
            Some(Failure::Livelock { .. }) => loops::last(trace, &mut events),
            Some(Failure::BusyWait { .. }) => loops::up_to_last(trace, &mut events),
            _ => loops::fold(trace, &mut events, |it| evidence.decisive_step() == Some(it.step)),
        }
        // If two transcripts differ, the difference says more than any step; in a busy wait, the loop
        // says more than what came before it; and so does who was woken in somebody's place.
        let says_it_all = super::words::failure::is_snapshot(evidence)
            || matches!(evidence.failure, Some(Failure::BusyWait { .. }))
            || PassedOver::all(evidence).iter().any(|it| !it.notifications.is_empty());
        let threads: BTreeSet<usize> =
            events.iter().map(|event| trace.steps[event.step].thread).collect();
        let most = match () {
            () if says_it_all => MAX_ROWS / 2,
            // What one thread does by itself, in any schedule, is told by its last calls.
            () if threads.len() == 1 && evidence.needs_no_luck() => MAX_ROWS_OF_ONE,
            () => MAX_ROWS,
        };
        relevance::cut(evidence, &mut events, most);
    }
    events
}

fn row(evidence: &Evidence<'_>, event: &Event) -> Row {
    let step = &evidence.trace.steps[event.step];
    let sources = evidence.sources;
    let note = if event.begins_wait && step.how == StepStatus::Done {
        Some(words::waits_for_notify(event.resumes))
    } else if event.resumes && step.how == StepStatus::Done {
        let text = match step.operation {
            Operation::Lock | Operation::Read | Operation::Write => words::HAS_IT,
            Operation::Relock | Operation::Park => words::WAKES,
            _ => words::GOES_ON,
        };
        // What it got says so, too.
        let is_said = text == words::GOES_ON && value(evidence, event.step).is_some();
        (!is_said).then(|| text.to_owned())
    } else {
        words::note(evidence, step, event.holder)
    };
    let (code, short) = if step.operation == Operation::Panic {
        let text = words::panics(evidence, step);
        (text.clone(), text)
    } else if step.operation == Operation::Call {
        let text = calls::around(evidence, event.step).unwrap_or_default();
        (text.clone(), text)
    } else {
        words::code(evidence, step)
    };
    let note = match () {
        () if step.poisons() => Some(words::POISONS.to_owned()),
        () if evidence.finds_poison(event.step) => Some(words::FINDS_POISON.to_owned()),
        () => note,
    };
    let unlocks = event.unlocks.then(|| match events::poisons_in_the_end(evidence, event.step) {
        true => format!("{} {}", words::AND_UNLOCKS, words::POISONS),
        false => words::AND_UNLOCKS.to_owned(),
    });
    let gone_at = step.gone_at.as_ref().filter(|at| sources.is_answer(at));
    let at = step.below.as_ref().or(gone_at).unwrap_or(&step.at);
    let is_placed = has_place(step) || gone_at.is_some();
    let source = sources.find(at);
    let is_clear = |caller: &Location| {
        let call = event.call.map(|call| &evidence.trace.calls[call]);
        call.is_some_and(|call| sources.is_clear(&call.function, at, caller))
    };
    let caller = step.called_from.as_ref();
    let caller = caller.filter(|it| sources.is_told_apart_by(at, it) && !is_clear(it));
    let calls_back = calls_back(evidence, event.step).filter(|_| sources.is_answer(at));
    let caller = calls_back.map(|(from, _)| from).or(caller);
    let object = step.object.and_then(|object| evidence.names.object(object));
    // A call without steps says itself which call it is.
    let is_within = is_placed && step.operation != Operation::Call;
    // The recorder drops steps from the middle.
    let front = evidence.trace.steps.len() as u64 / 4;
    let dropped = if event.step as u64 >= front { evidence.trace.dropped } else { 0 };
    Row {
        number: event.step as u64 + 1 + dropped,
        thread: step.thread,
        file: source.map(|source| source.path.clone()),
        line: source.map(|_| at.line),
        column: source.map(|_| at.column),
        place: is_placed.then(|| sources.short(at)).flatten(),
        called_from: caller.filter(|_| has_place(step)).map(|caller| caller.line),
        own: sources.is_answer(at),
        function: is_within.then(|| sources.function(at)).flatten(),
        call: is_within.then(|| calls::around(evidence, event.step)).flatten(),
        names_function: false,
        code,
        short,
        operation: kebab(&step.operation),
        object: object.map(ObjectName::to_string).map(|name| safe::line(&name)),
        how: kebab(&step.how),
        value: value(evidence, event.step),
        note: match (note, unlocks) {
            (Some(note), Some(unlocks)) => Some(format!("{note} {unlocks}")),
            (note, unlocks) => note.or(unlocks),
        },
        returns: None,
        returned_at: None,
        ends: false,
        mark: RowMark::None,
        preempted: None,
        waiting: Vec::new(),
        later: None,
        clock_ns: step.clock,
        // If steps were dropped, rounds were too, so their number is unknown.
        again: event.again.map(|(rows, times)| Repetition {
            rows,
            times: (evidence.trace.dropped == 0).then_some(times),
        }),
        others: event.others,
        step: event.step,
        call_index: event.call,
    }
}

/// Whether a step's place is where it happens. The place of an unlock is where the lock was
/// acquired, wherever it was released; that of a thread's start is where it was spawned.
pub(super) fn has_place(step: &Step) -> bool {
    !matches!(
        step.operation,
        Operation::Unlock | Operation::Disconnect | Operation::Start | Operation::Exit
    )
}

/// Note in which rows the call or function has to be named: those in which it differs from the one
/// in the thread's previous row. Returns, for each thread, the one that all its rows are part of, if
/// there is one; that is named once, above them.
fn name_functions(rows: &mut [Row], threads: &[usize]) -> Vec<Option<String>> {
    let mut functions = Vec::new();
    for &thread in threads {
        // A row of the check's is in none. In the check's own thread that is clear; in another one,
        // it may be a closure that a function of the learner's has called.
        let its = rows.iter().filter(|row| row.thread == thread && row.place.is_some());
        let its = its.filter(|row| thread != 0 || row.own);
        let all: BTreeSet<Option<&str>> = its.map(Row::within).collect();
        let only = all.first().filter(|_| all.len() == 1).and_then(|name| name.map(str::to_owned));
        if only.is_none() {
            let mut last = None;
            for row in rows.iter_mut().filter(|row| row.thread == thread) {
                // The same function may be called again.
                let within = row.within().map(|within| (within.to_owned(), row.call_index));
                row.names_function = within.is_some() && within != last;
                last = within;
            }
        }
        functions.push(only);
    }
    functions
}

/// Say which line called the function of a row only where it differs from the thread's previous row, or
/// where the thread does the same again, or something further up: then the function may have been
/// called again.
fn name_callers(rows: &mut [Row], threads: &[usize]) {
    for &thread in threads {
        let mut last = None;
        let mut before = None;
        let its = |row: &&mut Row| row.thread == thread && row.place.is_some();
        for row in rows.iter_mut().filter(its) {
            let called = (row.called_from, row.own, row.function.clone(), row.call_index);
            let now = (row.line, row.operation.clone());
            let goes_on = before.is_none_or(|(line, operation)| {
                line < now.0 || line == now.0 && operation != now.1
            });
            if last.as_ref() == Some(&called) && goes_on {
                row.called_from = None;
            }
            last = Some(called);
            before = Some(now);
        }
    }
}

/// Note for each row which other threads are waiting.
fn waiting(evidence: &Evidence<'_>, rows: &mut [Row], threads: &[usize]) {
    let steps = &evidence.trace.steps;
    for (index, &thread) in threads.iter().enumerate() {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut since = None;
        for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.thread == thread) {
            if step.how == StepStatus::Blocked || step.operation == Operation::Wait {
                since.get_or_insert(at);
            } else if let Some(since) = since.take() {
                ranges.push(since..at);
            }
        }
        ranges.extend(since.map(|since| since..steps.len()));
        // A wait whose start is not shown would come out of nowhere.
        ranges.retain(|range| rows.iter().any(|row| row.step == range.start));
        for row in rows.iter_mut().filter(|row| row.thread != thread) {
            if ranges.iter().any(|range| range.contains(&row.step)) {
                row.waiting.push(index);
            }
        }
    }
}

/// The name by which records serialize a unit variant.
fn kebab(kind: &impl Serialize) -> String {
    let value = serde_json::to_value(kind).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
