//! Synchronisation objects: what the explorer knows about a mutex, a condition variable or a
//! channel.

use crate::operation::ThreadId;
use record::ObjectKind;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The state of one object in one execution.
pub(crate) struct Object {
    pub(crate) kind: ObjectKind,
    pub(crate) made_at: Option<&'static Location<'static>>,
    /// The thread that holds it exclusively, and where it was acquired.
    pub(crate) holder: Option<(ThreadId, &'static Location<'static>)>,
    /// The threads that hold a share of it, and where each share was acquired.
    pub(crate) sharers: Vec<(ThreadId, &'static Location<'static>)>,
    /// The threads waiting to be notified, the longest-waiting first.
    waiters: Vec<Waiter>,
    /// The number of each thread that waits, by its id; `NOT_WAITING` for the others. The choices at
    /// every step ask for it, so it is not looked for among the waiters.
    numbers: Vec<u64>,
    /// How many threads have begun to wait so far.
    arrivals: u64,
    /// Notifications that no thread has taken yet, the oldest first. Each may wake any one of the
    /// threads that had begun to wait by then: those whose number is lower. The schedule picks which,
    /// where std leaves it to the system.
    notifications: Vec<u64>,
    /// The threads whose number is lower are all needed to take the notifications: none may leave.
    needed: u64,
}

/// The number of a thread that does not wait.
const NOT_WAITING: u64 = u64::MAX;

/// A thread waiting to be notified.
struct Waiter {
    thread: ThreadId,
    /// How many had begun to wait on the object before it.
    number: u64,
}

impl Object {
    pub(crate) fn new(kind: ObjectKind, made_at: Option<&'static Location<'static>>) -> Self {
        Self {
            kind,
            made_at,
            holder: None,
            sharers: Vec::new(),
            waiters: Vec::new(),
            numbers: Vec::new(),
            arrivals: 0,
            notifications: Vec::new(),
            needed: 0,
        }
    }

    /// `thread` begins to wait to be notified.
    pub(crate) fn arrive(&mut self, thread: ThreadId) {
        if self.numbers.len() <= thread {
            self.numbers.resize(thread + 1, NOT_WAITING);
        }
        self.numbers[thread] = self.arrivals;
        self.waiters.push(Waiter { thread, number: self.arrivals });
        self.arrivals += 1;
    }

    /// The number of a waiting thread.
    fn number(&self, thread: ThreadId) -> Option<u64> {
        self.numbers.get(thread).copied().filter(|&number| number != NOT_WAITING)
    }

    /// Whether a pending notification may wake `thread`.
    pub(crate) fn notifies(&self, thread: ThreadId) -> bool {
        // The last one reaches the furthest.
        let (number, last) = (self.number(thread), self.notifications.last());
        number.zip(last).is_some_and(|(number, last)| number < *last)
    }

    /// Whether `thread` can stop waiting without leaving behind a notification that no other thread
    /// can take. Such a notification must have been meant for it.
    pub(crate) fn may_leave(&self, thread: ThreadId) -> bool {
        self.number(thread).is_none_or(|number| number >= self.needed)
    }

    /// Works out anew which threads are needed. (Hall's condition: the threads that each notification
    /// may wake are among those that the later ones may wake, so the first i of them can all be taken
    /// only if at least i threads have numbers below the limit of the i-th. If there are no more than
    /// that, none of them can be spared.)
    fn recount(&mut self) {
        self.needed = 0;
        let mut fits = 0;
        for (i, &limit) in self.notifications.iter().enumerate() {
            fits += self.waiters[fits..].iter().take_while(|waiter| waiter.number < limit).count();
            if fits <= i + 1 {
                self.needed = limit;
            }
        }
    }

    /// Notifies one waiter, whichever the schedule picks. Returns how many were woken: 0 or 1.
    pub(crate) fn notify_one(&mut self) -> u32 {
        if self.notifications.len() >= self.waiters.len() {
            return 0;
        }
        self.notifications.push(self.arrivals);
        self.recount();
        1
    }

    /// Notifies every waiter. Returns how many were woken: those that no earlier notification is
    /// about to wake.
    pub(crate) fn notify_all(&mut self) -> u32 {
        let woken = self.waiters.len().saturating_sub(self.notifications.len());
        self.notifications.clear();
        self.notifications.resize(self.waiters.len(), self.arrivals);
        self.recount();
        woken as u32
    }

    /// `thread` stops waiting because it was notified. It takes the oldest notification that it may
    /// take. Later ones can wake at least the same threads, so none is lost.
    pub(crate) fn take_notification(&mut self, thread: ThreadId) {
        let number = self.number(thread);
        let mine = self.notifications.iter().position(|limit| number.is_some_and(|it| it < *limit));
        if let Some(mine) = mine {
            self.notifications.remove(mine);
        }
        self.leave(thread);
    }

    /// `thread` stops waiting for another reason.
    pub(crate) fn leave(&mut self, thread: ThreadId) {
        self.waiters.retain(|waiter| waiter.thread != thread);
        if let Some(number) = self.numbers.get_mut(thread) {
            *number = NOT_WAITING;
        }
        // A notification that can wake nobody any more is gone.
        let first = self.waiters.first().map_or(u64::MAX, |waiter| waiter.number);
        self.notifications.retain(|limit| first < *limit);
        self.recount();
    }
}

/// The part of a primitive that ties it to the explorer: it says which object the primitive is in
/// the current execution. `new` is `const`, so that primitives can live in statics.
#[derive(Debug)]
pub struct Handle {
    kind: ObjectKind,
    made_at: Option<&'static Location<'static>>,
    /// In the upper half, the epoch of the execution that last used it; in the lower half, the
    /// object index. The explorer runs on one OS thread; the atomic only makes the handle `Sync`
    /// without `unsafe`.
    place: AtomicU64,
}

/// Whether a primitive has been used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// In this execution.
    Again,
    /// Never.
    First,
    /// Only in an earlier execution, which it has outlived, as one in a `static` does.
    Stale,
}

/// What a [`Handle`] refers to in the current execution.
pub(crate) enum Place {
    /// Not used by any execution before.
    New,
    /// Used by an earlier execution, so the primitive lives in a `static` (or was leaked).
    Stale,
    /// Already known in this execution.
    Known(usize),
}

impl Handle {
    /// A handle for a primitive that was made at `made_at`.
    pub const fn new(kind: ObjectKind, made_at: &'static Location<'static>) -> Self {
        Self { kind, made_at: Some(made_at), place: AtomicU64::new(0) }
    }

    /// A handle for a primitive whose place of creation is not known.
    pub const fn unplaced(kind: ObjectKind) -> Self {
        Self { kind, made_at: None, place: AtomicU64::new(0) }
    }

    pub(crate) fn kind(&self) -> ObjectKind {
        self.kind
    }

    pub(crate) fn made_at(&self) -> Option<&'static Location<'static>> {
        self.made_at
    }

    pub(crate) fn place(&self, epoch: u32) -> Place {
        let place = self.place.load(Relaxed);
        match (place >> 32) as u32 {
            0 => Place::New,
            at if at == epoch => Place::Known(place as u32 as usize),
            _ => Place::Stale,
        }
    }

    pub(crate) fn settle(&self, epoch: u32, object: usize) {
        self.place.store(u64::from(epoch) << 32 | object as u64, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condvar(waiters: &[ThreadId]) -> Object {
        let mut object = Object::new(ObjectKind::Condvar, None);
        waiters.iter().for_each(|&thread| object.arrive(thread));
        object
    }

    #[test]
    fn one_notification_may_wake_either_waiter_but_only_one() {
        for (taker, other) in [(1, 2), (2, 1)] {
            let mut object = condvar(&[1, 2]);
            assert_eq!(object.notify_one(), 1);
            assert!(object.notifies(1) && object.notifies(2));
            object.take_notification(taker);
            assert!(!object.notifies(other));
        }
    }

    #[test]
    fn a_notification_is_not_remembered_for_those_who_come_later() {
        let mut object = condvar(&[]);
        assert_eq!(object.notify_one(), 0);
        object.arrive(1);
        assert!(!object.notifies(1));
    }

    #[test]
    fn a_notified_waiter_still_on_its_way_is_not_notified_again() {
        let mut object = condvar(&[1]);
        assert_eq!(object.notify_one(), 1);
        assert_eq!(object.notify_one(), 0);
    }

    #[test]
    fn a_waiter_that_gives_up_leaves_the_notification_to_the_others() {
        let mut object = condvar(&[1, 2]);
        object.notify_one();
        assert!(object.may_leave(1));
        object.leave(1);
        assert!(object.notifies(2));
        assert!(!object.may_leave(2), "the notification can now only be thread 2's");
    }

    #[test]
    fn two_notifications_for_two_waiters_let_neither_leave() {
        let mut object = condvar(&[1, 2]);
        object.notify_one();
        object.notify_one();
        assert!(!object.may_leave(1));
        assert!(!object.may_leave(2));
    }

    #[test]
    fn a_latecomer_may_leave_after_everyone_else_was_notified() {
        let mut object = condvar(&[1, 2]);
        object.notify_all();
        object.arrive(3);
        assert!(object.may_leave(3));
        object.notify_one();
        assert!(!object.may_leave(3));
    }

    /// Hall's condition as it is defined: without `thread`, can each notification still be taken by
    /// a waiter of its own?
    fn others_suffice(object: &Object, thread: ThreadId) -> bool {
        let mut others: Vec<u64> = object
            .waiters
            .iter()
            .filter(|waiter| waiter.thread != thread)
            .map(|waiter| waiter.number)
            .collect();
        object.notifications.iter().all(|limit| {
            let taker = others.iter().position(|number| number < limit);
            taker.map(|taker| others.remove(taker)).is_some()
        })
    }

    /// Every sequence of six events on a condition variable with up to three waiters: who may leave
    /// is who is not needed.
    #[test]
    fn a_thread_may_leave_exactly_if_the_others_suffice() {
        const EVENTS: usize = 8;
        for sequence in 0..EVENTS.pow(6) {
            let mut object = condvar(&[]);
            let mut rest = sequence;
            for _ in 0..6 {
                match rest % EVENTS {
                    0 => _ = object.notify_one(),
                    1 => _ = object.notify_all(),
                    event => {
                        let thread = event / 2;
                        let waits = object.number(thread).is_some();
                        match (waits, event % 2) {
                            (false, _) => object.arrive(thread),
                            (true, 0) if object.notifies(thread) => {
                                object.take_notification(thread)
                            }
                            (true, _) if object.may_leave(thread) => object.leave(thread),
                            _ => {}
                        }
                    }
                }
                rest /= EVENTS;
                for waiter in &object.waiters {
                    let asked = object.may_leave(waiter.thread);
                    assert_eq!(asked, others_suffice(&object, waiter.thread), "{sequence}");
                }
            }
        }
    }
}
