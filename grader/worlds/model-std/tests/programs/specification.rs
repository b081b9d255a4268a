//! What std's documentation allows a program to do.
//!
//! An interpreter that goes through every order in which the threads can take their steps. It knows
//! nothing of the explorer, and is written for reading, not for speed: a state is a value, and a step
//! makes another one.

use crate::program::{NOTHING, Operation, Outcome, POISONED, Program, REFUSED, Seen};
use std::collections::BTreeSet;

/// Everything that a program can do.
#[derive(Debug, Default)]
pub(crate) struct Behaviour {
    /// The outcomes of those runs that come to an end.
    pub(crate) outcomes: BTreeSet<Outcome>,
    /// Whether it can come to a point at which nothing but luck could help it on.
    pub(crate) can_get_stuck: bool,
}

/// The behaviour of `program`. `None` if it has more states than `most`.
pub(crate) fn behaviour(program: &Program, most: usize) -> Option<Behaviour> {
    let start = State::new(program);
    let mut behaviour = Behaviour::default();
    let mut seen = BTreeSet::from([start.clone()]);
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        let steps = state.steps(program);
        if state.is_over(program) {
            behaviour.outcomes.insert(state.outcome());
        } else if steps.iter().all(|(_, luck)| *luck) {
            behaviour.can_get_stuck = true;
        }
        for (next, _) in steps {
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
        if seen.len() > most {
            return None;
        }
    }
    Some(behaviour)
}

/// Where a thread is in its current operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// It has not begun.
    #[default]
    Start,
    /// It has what it needs: a lock, or the right to initialise.
    Inside,
    /// It has done what it wanted to do with that.
    Done,
    /// It waits to be notified.
    Waiting,
    /// It has been notified.
    Notified,
    /// It has arrived at the barrier as a member of this generation.
    Arrived(u8),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Thread {
    stage: Stage,
    /// What the current operation has found so far.
    found: Seen,
    seen: Vec<Seen>,
    /// `unpark` was called, and no `park` has noticed.
    token: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Init {
    #[default]
    Never,
    Running,
    Complete,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    threads: Vec<Thread>,
    atomics: [u8; 2],
    mutex: u8,
    held: bool,
    poisoned: bool,
    rwlock: u8,
    readers: u8,
    written: bool,
    messages: Vec<u8>,
    receiver_held: bool,
    once: Init,
    cell: Init,
    cell_value: u8,
    arrived: u8,
    generation: u8,
}

/// A state that may come next, and whether only luck leads there: a wakeup for no reason.
type Step = (State, bool);

impl State {
    fn new(program: &Program) -> Self {
        State { threads: vec![Thread::default(); program.threads.len()], ..State::default() }
    }

    fn is_over(&self, program: &Program) -> bool {
        let finished = |(thread, all): (&Thread, &Vec<Operation>)| thread.seen.len() == all.len();
        self.threads.iter().zip(&program.threads).all(finished)
    }

    fn outcome(&self) -> Outcome {
        let mut outcome: Outcome = self.threads.iter().map(|thread| thread.seen.clone()).collect();
        let values = [self.atomics[0], self.atomics[1], self.mutex, self.rwlock];
        outcome.push(values.map(Seen::from).to_vec());
        outcome
    }

    fn steps(&self, program: &Program) -> Vec<Step> {
        let mut steps = Vec::new();
        for (me, operations) in program.threads.iter().enumerate() {
            if let Some(operation) = operations.get(self.threads[me].seen.len()) {
                self.step(program, me, *operation, &mut steps);
            }
        }
        steps
    }

    /// The operation of thread `me` is over: it has observed `seen`.
    fn end(mut self, me: usize, seen: Seen) -> Self {
        let thread = &mut self.threads[me];
        thread.seen.push(seen);
        (thread.stage, thread.found) = (Stage::Start, 0);
        self
    }

    /// The operation of thread `me` goes on, at `stage`.
    fn at(mut self, me: usize, stage: Stage) -> Self {
        self.threads[me].stage = stage;
        self
    }

    fn with(&self, change: impl FnOnce(&mut State)) -> Self {
        let mut next = self.clone();
        change(&mut next);
        next
    }

    /// Adds the steps that thread `me` can take.
    fn step(&self, program: &Program, me: usize, operation: Operation, steps: &mut Vec<Step>) {
        use Operation as Op;
        use Stage::{Arrived, Done, Inside, Notified, Start, Waiting};
        let stage = self.threads[me].stage;
        let found = self.threads[me].found;
        let atomic = |a: usize| Seen::from(self.atomics[a]);
        let mut take = |next: State| steps.push((next, false));
        let store = |a: usize, v: u8| self.with(|next| next.atomics[a] = v);
        match (operation, stage) {
            (Op::Load(a), _) => take(self.clone().end(me, atomic(a))),
            (Op::Store(a, v), _) => take(store(a, v).end(me, NOTHING)),
            (Op::Add(a, v), _) => {
                take(store(a, self.atomics[a].wrapping_add(v)).end(me, atomic(a)));
            }
            (Op::Swap(a, v), _) => take(store(a, v).end(me, atomic(a))),
            (Op::Exchange(a, from, to) | Op::Weak(a, from, to), _) => {
                let fits = self.atomics[a] == from;
                if fits {
                    take(store(a, to).end(me, atomic(a)));
                }
                if !fits || matches!(operation, Op::Weak(..)) {
                    take(self.clone().end(me, REFUSED + atomic(a)));
                }
            }
            // The mutex.
            (Op::Locked(..) | Op::TryLocked(..), Start) => {
                if !self.held {
                    let poison = if self.poisoned { POISONED } else { 0 };
                    let seen = poison + Seen::from(self.mutex) * 10;
                    take(self.acquire(me, seen));
                } else if matches!(operation, Op::TryLocked(..)) {
                    take(self.clone().end(me, REFUSED));
                }
            }
            (Op::Locked(a, _) | Op::TryLocked(a, _), Inside) => {
                let next = self.with(|next| next.threads[me].found += atomic(a));
                take(next.at(me, Done));
            }
            (Op::Locked(_, v) | Op::TryLocked(_, v), _) => {
                take(self.with(|next| (next.mutex, next.held) = (v, false)).end(me, found));
            }
            (
                Op::PanicLocked | Op::WaitUntilSet | Op::WaitAMoment | Op::SetAndNotify(..),
                Start,
            ) => {
                if !self.held {
                    take(self.acquire(me, 0));
                }
            }
            (Op::PanicLocked, _) => {
                let next = self.with(|next| (next.poisoned, next.held) = (true, false));
                take(next.end(me, 1));
            }
            (Op::IsPoisoned, _) => take(self.clone().end(me, self.poisoned.into())),
            // The condition variable.
            (Op::WaitUntilSet | Op::WaitAMoment, Inside) if self.mutex == 0 => {
                take(self.with(|next| next.held = false).at(me, Waiting));
            }
            (Op::WaitUntilSet | Op::WaitAMoment, Inside | Done) => {
                let next = self.with(|next| next.held = false);
                take(next.end(me, self.mutex.into()));
            }
            (Op::WaitUntilSet | Op::WaitAMoment, _) => {
                if !self.held {
                    let moment = operation == Op::WaitAMoment;
                    let back = self.with(|next| next.held = true);
                    let back = back.at(me, if moment { Done } else { Inside });
                    steps.push((back, stage == Waiting && !moment));
                }
            }
            (Op::SetAndNotify(v, _), Inside) => {
                take(self.with(|next| (next.mutex, next.held) = (v, false)).at(me, Done));
            }
            (Op::SetAndNotify(_, all) | Op::Notify(all), _) => {
                let waiting = |thread: &usize| self.threads[*thread].stage == Waiting;
                let waiting: Vec<usize> = (0..self.threads.len()).filter(waiting).collect();
                if all || waiting.is_empty() {
                    let notify = |next: State, thread: &usize| next.at(*thread, Notified);
                    take(waiting.iter().fold(self.clone(), notify).end(me, NOTHING));
                } else {
                    for thread in waiting {
                        take(self.clone().at(thread, Notified).end(me, NOTHING));
                    }
                }
            }
            // The reader-writer lock.
            (Op::Read(_) | Op::TryRead, Start) => {
                if !self.written {
                    let seen = Seen::from(self.rwlock);
                    let next = self.with(|next| {
                        next.readers += 1;
                        next.threads[me].found = seen;
                    });
                    take(next.at(me, Inside));
                }
                let in_line = self.readers > 0 && self.writer_waits(program);
                if operation == Op::TryRead && (self.written || in_line) {
                    take(self.clone().end(me, REFUSED));
                }
            }
            (Op::Read(a), Inside) => {
                let next = self.with(|next| next.threads[me].found = found * 10 + atomic(a));
                take(next.at(me, Done));
            }
            (Op::Read(_) | Op::TryRead, _) => {
                take(self.with(|next| next.readers -= 1).end(me, found));
            }
            (Op::Write(..) | Op::TryWrite(_), Start) => {
                if !self.written && self.readers == 0 {
                    let seen = Seen::from(self.rwlock);
                    let next = self.with(|next| {
                        next.written = true;
                        next.threads[me].found = seen;
                    });
                    take(next.at(me, Inside));
                } else if matches!(operation, Op::TryWrite(_)) {
                    take(self.clone().end(me, REFUSED));
                }
            }
            (Op::Write(a, _), Inside) => {
                let next = self.with(|next| next.threads[me].found = found * 10 + atomic(a));
                take(next.at(me, Done));
            }
            (Op::Write(_, v) | Op::TryWrite(v), _) => {
                take(self.with(|next| (next.rwlock, next.written) = (v, false)).end(me, found));
            }
            // The channel. Its receiver is behind a mutex.
            (Op::Send(v), _) => take(self.with(|next| next.messages.push(v)).end(me, NOTHING)),
            (Op::TryRecv | Op::RecvAMoment, Start) => {
                if !self.receiver_held {
                    take(self.with(|next| next.receiver_held = true).at(me, Inside));
                }
            }
            (Op::TryRecv | Op::RecvAMoment, Inside) => {
                if let Some(first) = self.messages.first() {
                    let next = self.with(|next| {
                        next.messages.remove(0);
                        next.threads[me].found = Seen::from(*first);
                    });
                    take(next.at(me, Done));
                }
                // `recv_timeout` does not give up what is there.
                if self.messages.is_empty() {
                    take(self.with(|next| next.threads[me].found = REFUSED).at(me, Done));
                }
            }
            (Op::TryRecv | Op::RecvAMoment, _) => {
                take(self.with(|next| next.receiver_held = false).end(me, found));
            }
            // What is initialised once.
            (Op::CallOnce(..), Start) => match self.once {
                Init::Never => {
                    take(self.with(|next| next.once = Init::Running).at(me, Inside));
                }
                Init::Running => {}
                Init::Complete => take(self.clone().end(me, 0)),
            },
            (Op::CallOnce(a, v), Inside) => take(store(a, v).at(me, Done)),
            (Op::CallOnce(..), _) => take(self.with(|next| next.once = Init::Complete).end(me, 1)),
            (Op::IsCompleted, _) => {
                take(self.clone().end(me, (self.once == Init::Complete).into()));
            }
            (Op::Set(v), _) => match self.cell {
                Init::Never => {
                    let next = self.with(|next| {
                        (next.cell, next.cell_value) = (Init::Complete, v);
                    });
                    take(next.end(me, NOTHING));
                }
                Init::Running => {}
                Init::Complete => take(self.clone().end(me, REFUSED)),
            },
            (Op::Get, _) => {
                let there = self.cell == Init::Complete;
                let seen = if there { self.cell_value.into() } else { REFUSED };
                take(self.clone().end(me, seen));
            }
            (Op::GetOrInit(_), Start) => match self.cell {
                Init::Never => take(self.with(|next| next.cell = Init::Running).at(me, Inside)),
                Init::Running => {}
                Init::Complete => take(self.clone().end(me, self.cell_value.into())),
            },
            (Op::GetOrInit(v), _) => {
                let next = self.with(|next| (next.cell, next.cell_value) = (Init::Complete, v));
                take(next.end(me, 10 + Seen::from(v)));
            }
            // The barrier.
            (Op::Meet, Arrived(generation)) => {
                if self.generation != generation {
                    take(self.clone().end(me, 0));
                }
            }
            (Op::Meet, _) => {
                let is_last = usize::from(self.arrived) + 1 == self.threads.len();
                if is_last {
                    let next = self.with(|next| {
                        next.arrived = 0;
                        next.generation += 1;
                    });
                    take(next.end(me, 1));
                } else {
                    let next = self.with(|next| next.arrived += 1);
                    take(next.at(me, Arrived(self.generation)));
                }
            }
            // Parking.
            (Op::Unpark(thread), _) => {
                take(self.with(|next| next.threads[thread].token = true).end(me, NOTHING));
            }
            (Op::Park | Op::ParkAMoment, _) => {
                let token = self.threads[me].token;
                let next = self.with(|next| next.threads[me].token = false).end(me, NOTHING);
                steps.push((next, !token && operation == Op::Park));
            }
            (Op::Yield, _) => take(self.clone().end(me, NOTHING)),
        }
    }

    /// Thread `me` acquires the mutex, having found `seen`.
    fn acquire(&self, me: usize, seen: Seen) -> Self {
        let next = self.with(|next| {
            next.held = true;
            next.threads[me].found = seen;
        });
        next.at(me, Stage::Inside)
    }

    /// Whether a thread waits to write.
    fn writer_waits(&self, program: &Program) -> bool {
        let waits = |(thread, operations): (&Thread, &Vec<Operation>)| {
            let next = operations.get(thread.seen.len());
            thread.stage == Stage::Start && matches!(next, Some(Operation::Write(..)))
        };
        self.threads.iter().zip(&program.threads).any(waits)
    }
}
