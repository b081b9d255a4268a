//! Why an execution can go no further: which thread waits for which.

use crate::execution::Execution;
use crate::execution::limits::BUSY_STEPS;
use crate::operation::{ThreadId, Until};
use record::{Failure, HeldLock, Location, Size, Wait};

impl Execution {
    /// No thread can ever run again. Tells a deadlock from a lost wakeup.
    ///
    /// Each waiting thread points at the threads that hold what it waits for. A cycle of such
    /// pointers is a deadlock. Without a cycle, every chain ends in a thread that waits for an
    /// event. If that thread holds a lock that another thread waits for, it is still a deadlock:
    /// the thread that could have caused the event cannot get there. Otherwise, if it waits to be
    /// notified, the wakeup was lost (or never sent).
    pub(crate) fn diagnose_standstill(&self) -> Failure {
        let waits = self.waits();
        let cycle = ring(&waits);
        let roots = waits.iter().filter(|wait| wait.held_by.is_empty() && wait.joins.is_none());
        let blocks_a_lock =
            roots.clone().any(|root| waits.iter().any(|wait| wait.held_by.contains(&root.thread)));
        let unnotified = roots.clone().any(|root| {
            let until = self.threads[root.thread].pending.until;
            matches!(until, Until::Notified { .. } | Until::Unparked)
        });
        if cycle.is_empty() && !blocks_a_lock && unnotified {
            // Whether it would help to notify them now is found out by trial.
            Failure::LostWakeup { waits, in_vain: false }
        } else {
            Failure::Deadlock { waits, cycle }
        }
    }

    /// Whether the execution seems to loop forever: one thread runs alone, or all threads have run
    /// for too long.
    pub(crate) fn goes_round(&self, me: ThreadId) -> Option<Failure> {
        if self.alone >= BUSY_STEPS && self.lives_beside(me) {
            return Some(self.diagnose_busy_wait());
        }
        if self.counted() < self.last_step() {
            return None;
        }
        // Several threads that keep polling together hold up the clock just as one does.
        let holds_up = self.holds_up_time();
        Some(if holds_up { self.diagnose_busy_wait() } else { self.diagnose_livelock() })
    }

    /// Where most of the last steps took place.
    pub(crate) fn most_recent_place(&self) -> Option<&'static std::panic::Location<'static>> {
        let times = |at| self.recent.iter().filter(|recent| recent.at == at).count();
        self.recent.iter().map(|recent| recent.at).max_by_key(|at| times(*at))
    }

    /// The execution ended by itself, but took more steps than can be searched.
    pub(crate) fn too_long(&self) -> Option<Failure> {
        let at = self.suspicious_at.or(self.recent.last().map(|recent| recent.at))?.into();
        Some(Failure::TooLarge { what: Size::Steps, limit: self.last_step().into(), at })
    }

    /// The current thread has run alone for too long.
    pub(crate) fn diagnose_busy_wait(&self) -> Failure {
        let thread = self.current;
        let mut at: Vec<Location> = Vec::new();
        for recent in self.recent.iter().rev() {
            let location = Location::from(recent.at);
            if recent.thread == thread && !at.contains(&location) {
                at.push(location);
            }
        }
        at.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        let mut waits = self.waits();
        waits.retain(|wait| wait.thread != thread);
        Failure::BusyWait { thread, at, waits }
    }

    /// The execution has run for too long.
    pub(crate) fn diagnose_livelock(&self) -> Failure {
        let mut threads: Vec<ThreadId> = self.recent.iter().map(|recent| recent.thread).collect();
        threads.sort_unstable();
        threads.dedup();
        Failure::Livelock { threads, steps: u64::from(self.steps) }
    }

    /// Every thread that has not finished, with what it waits for.
    fn waits(&self) -> Vec<Wait> {
        let waiting = (0..self.threads.len()).filter(|&thread| !self.threads[thread].finished);
        waiting.map(|thread| self.wait_of(thread)).collect()
    }

    fn wait_of(&self, thread: ThreadId) -> Wait {
        let pending = &self.threads[thread].pending;
        let (held_by, joins) = match pending.until {
            Until::Free(object) => (self.holders(object), None),
            Until::Shared(object) => {
                let holder = self.objects[object].holder.map(|(holder, _)| holder);
                let writer = self.writer_waiting(object).filter(|_| self.threads[thread].queues);
                (holder.into_iter().chain(writer).collect(), None)
            }
            // A notified waiter waits for the mutex like any other thread.
            Until::Notified { condvar, mutex } if self.objects[condvar].notifies(thread) => {
                (self.holders(mutex), None)
            }
            Until::Finished(other) | Until::Returned(other) => (Vec::new(), Some(other)),
            _ => (Vec::new(), None),
        };
        Wait {
            thread,
            operation: pending.operation,
            object: pending.object,
            joins,
            at: pending.at.into(),
            held_by,
            deadline: pending.deadline,
            holds: self.held_by(thread),
        }
    }

    fn holders(&self, object: usize) -> Vec<ThreadId> {
        let object = &self.objects[object];
        object.holder.iter().chain(&object.sharers).map(|&(holder, _)| holder).collect()
    }

    fn held_by(&self, thread: ThreadId) -> Vec<HeldLock> {
        let mut held = Vec::new();
        for (index, object) in self.objects.iter().enumerate() {
            for &(holder, since) in object.holder.iter().chain(&object.sharers) {
                if holder == thread {
                    held.push(HeldLock { object: index, since: since.into() });
                }
            }
        }
        held
    }
}

/// The first cycle of waits, as indices into `waits`: each thread waits for the next one, and the
/// last waits for the first.
fn ring(waits: &[Wait]) -> Vec<usize> {
    let index_of = |thread: ThreadId| waits.iter().position(|wait| wait.thread == thread);
    let next = |at: usize| {
        let wait: &Wait = &waits[at];
        wait.held_by.iter().copied().chain(wait.joins).filter_map(index_of)
    };
    // Search depth-first from each wait for a way back to it. Cycles are short and few.
    fn back<I: Iterator<Item = usize>>(
        start: usize,
        path: &mut Vec<usize>,
        next: &impl Fn(usize) -> I,
    ) -> bool {
        let last = path[path.len() - 1];
        for to in next(last) {
            if to == start {
                return true;
            }
            if !path.contains(&to) {
                path.push(to);
                if back(start, path, next) {
                    return true;
                }
                path.pop();
            }
        }
        false
    }
    for start in 0..waits.len() {
        let mut path = vec![start];
        if back(start, &mut path, &next) {
            return path;
        }
    }
    Vec::new()
}
