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
    /// How many threads have begun to wait so far.
    arrivals: u64,
    /// Notifications that no thread has taken yet, the oldest first. Each may wake any one of the
    /// threads that had begun to wait by then: those whose number is lower. The schedule picks which,
    /// where std leaves it to the system.
    notifications: Vec<u64>,
}

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
            arrivals: 0,
            notifications: Vec::new(),
        }
    }

    /// `thread` begins to wait to be notified.
    pub(crate) fn arrive(&mut self, thread: ThreadId) {
        self.waiters.push(Waiter { thread, number: self.arrivals });
        self.arrivals += 1;
    }

    /// The number of a waiting thread.
    fn number(&self, thread: ThreadId) -> Option<u64> {
        self.waiters.iter().find(|waiter| waiter.thread == thread).map(|waiter| waiter.number)
    }

    /// Whether a pending notification may wake `thread`.
    pub(crate) fn notifies(&self, thread: ThreadId) -> bool {
        // The last one reaches the furthest.
        let (number, last) = (self.number(thread), self.notifications.last());
        number.zip(last).is_some_and(|(number, last)| number < *last)
    }

    /// Whether `thread` can stop waiting without leaving behind a notification that no other thread
    /// can take. Such a notification must have been meant for it. (Hall's condition: the threads that
    /// each may wake are among those that the later ones may wake, so the i-th needs more than i
    /// threads.)
    pub(crate) fn may_leave(&self, thread: ThreadId) -> bool {
        let Some(number) = self.number(thread) else { return true };
        let others = |limit: u64| {
            let fits = |waiter: &&Waiter| waiter.thread != thread && waiter.number < limit;
            self.waiters.iter().filter(fits).count()
        };
        let enough = |(i, &limit): (usize, &u64)| number >= limit || others(limit) > i;
        self.notifications.iter().enumerate().all(enough)
    }

    /// Notifies one waiter, whichever the schedule picks. Returns how many were woken: 0 or 1.
    pub(crate) fn notify_one(&mut self) -> u32 {
        if self.notifications.len() >= self.waiters.len() {
            return 0;
        }
        self.notifications.push(self.arrivals);
        1
    }

    /// Notifies every waiter. Returns how many were woken: those that no earlier notification is
    /// about to wake.
    pub(crate) fn notify_all(&mut self) -> u32 {
        let woken = self.waiters.len().saturating_sub(self.notifications.len());
        self.notifications = vec![self.arrivals; self.waiters.len()];
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
        // A notification that can wake nobody any more is gone.
        let first = self.waiters.first().map_or(u64::MAX, |waiter| waiter.number);
        self.notifications.retain(|limit| first < *limit);
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
}
