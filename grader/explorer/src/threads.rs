//! Threads of the program: how they start, end, park and panic. For the worlds' `thread` module.

use crate::engine;
use crate::execution::MAX_THREADS;
use crate::footprint::Place;
use crate::operation::{Announcement, ThreadId, WaitResult};
use crate::session::Session;
use crate::thread::{Local, Thread};
use crate::{panics, scheduler};
use record::{Failure, Operation, Size};
use std::any::Any;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, Location};
use std::rc::Rc;

/// Starts a thread that runs `body`. Returns `None` if no execution is under way. `body` must not
/// unwind: the caller that wraps the learner's closure has to catch its panic.
pub fn spawn(
    name: Option<String>,
    body: Box<dyn FnOnce()>,
    at: &'static Location<'static>,
) -> Option<ThreadId> {
    if !scheduler::is_running() {
        return None;
    }
    let (next, alive) =
        Session::with(|session| (session.execution.threads.len(), session.execution.living()));
    if alive >= MAX_THREADS {
        let limit = MAX_THREADS as u64;
        scheduler::give_up(Failure::TooLarge { what: Size::Threads, limit, at: at.into() });
    }
    if scheduler::announce(Announcement::new(Operation::Spawn, at).of(next)) == WaitResult::Over {
        return None;
    }
    let (me, thread) = Session::with(|session| {
        let execution = &mut session.execution;
        let thread = execution.threads.len();
        let start = Announcement::new(Operation::Start, at);
        execution.threads.push(Thread::new(name, Some(at), start));
        execution.most_living = execution.most_living.max(execution.living() as u32);
        (execution.current, thread)
    });
    // The engine drops a body that it never ran; std does not.
    let body = ManuallyDrop::new(body);
    let run = move || {
        let body = ManuallyDrop::into_inner(body);
        let end = AssertUnwindSafe(|| {
            body();
            Session::try_with(|session| {
                let me = session.execution.current;
                session.execution.threads[me].returned = true;
                session.execution.footprint.change(Place::thread(me));
            });
            drop_locals();
        });
        match std::panic::catch_unwind(end) {
            Ok(()) => finish(),
            // The panic came from the destructor of a thread-local value. std aborts the process.
            Err(payload) => fail(&*payload),
        }
    };
    engine::spawn(me, Box::new(run), at);
    Some(thread)
}

/// The current thread's panic ends the check.
fn fail(payload: &(dyn Any + Send)) {
    let stop = Session::with(|session| {
        let failure = panics::failure(&session.execution, payload);
        (!session.execution.over).then(|| session.stop(failure))
    });
    if let Some(stop) = stop {
        engine::carry_out(stop);
    }
}

/// The current thread has nothing left to do.
fn finish() {
    Session::with(|session| {
        let execution = &mut session.execution;
        if execution.over {
            return;
        }
        let me = execution.current;
        let thread = &mut execution.threads[me];
        thread.finished = true;
        thread.announced += 1;
        execution.footprint.change(Place::thread(me));
        execution.footprint.look(Place::Living);
        let at = thread.pending.at.into();
        execution.record_fact(me, Operation::Exit, at);
    });
}

/// Runs the check's body as the main thread. When it is over, so is the execution: threads that are
/// still running end with it, as they do in std.
pub(crate) fn main(body: fn()) {
    let outcome = std::panic::catch_unwind(|| {
        body();
        drop_locals();
    });
    if let Err(payload) = &outcome {
        fail(&**payload);
    }
    let stop = Session::with(|session| {
        let execution = &mut session.execution;
        if execution.over {
            return true;
        }
        execution.threads[0].finished = true;
        execution.over = true;
        // It cuts off what the other threads would have done.
        execution.footprint.change_everything();
        let alone = execution.threads.iter().all(|thread| thread.finished);
        // If no other thread is left, the coroutine may run to its end and be reused. Otherwise the
        // engine abandons the execution and, with it, the other threads' stacks: no destructor
        // runs, as in std.
        session.next = alone.then_some(0);
        !alone
    });
    drop(outcome);
    if stop {
        engine::carry_out(crate::session::Decision::Stop);
    }
}

/// How many threads have not finished, the check's own included.
pub fn living() -> usize {
    let living = |session: &mut Session| {
        session.execution.footprint.change(Place::Living);
        session.execution.living()
    };
    Session::try_with(living).unwrap_or(0)
}

/// How often the current thread has gone to sleep: how many of its waits, other than for a lock,
/// could not end at once.
pub fn sleeps() -> u32 {
    let sleeps = |session: &mut Session| {
        let execution = &mut session.execution;
        execution.widened |= !std::mem::replace(&mut execution.sleep_matters, true);
        execution.threads.get(execution.current).map_or(0, |thread| thread.sleeps)
    };
    Session::try_with(sleeps).unwrap_or(0)
}

/// Nobody will join `thread` any more: what it returns is dropped by itself, or by the current thread
/// if it has ended. Not a scheduling point.
pub fn let_go(thread: ThreadId) {
    Session::try_with(|session| session.execution.footprint.change(Place::thread(thread)));
}

/// Whether `thread`'s closure has returned. It may still have thread-local values to drop.
pub fn has_returned(thread: ThreadId) -> bool {
    Session::try_with(|session| {
        session.execution.over || session.execution.threads[thread].returned
    })
    .unwrap_or(true)
}

/// Makes `thread`'s next `park` return at once. Not a scheduling point.
pub fn unpark(thread: ThreadId) {
    Session::try_with(|session| {
        if let Some(thread) = session.execution.threads.get_mut(thread) {
            thread.unparked = true;
        }
    });
}

/// The name of `thread`.
pub fn name(thread: ThreadId) -> Option<String> {
    Session::try_with(|session| session.execution.threads.get(thread)?.name.clone()).flatten()
}

/// The current thread's value for the thread-local key at address `key`, initialised by `init` on
/// first use. `None` if it has already been destroyed, or if no execution is under way.
pub fn local<T: 'static>(key: usize, init: impl FnOnce() -> T) -> Option<Rc<T>> {
    let found = Session::try_with(|session| {
        let locals = &session.execution.threads.get(session.execution.current)?.locals;
        Some(locals.iter().find(|local| local.key == key).map(|local| local.value.clone()))
    });
    let value = match found?? {
        Some(value) => ManuallyDrop::into_inner(value?),
        None => {
            let value: Rc<dyn Any> = Rc::new(init());
            let drops = std::mem::needs_drop::<T>();
            let local = Local { key, value: Some(ManuallyDrop::new(Rc::clone(&value))), drops };
            Session::with(|session| {
                let me = session.execution.current;
                session.execution.threads[me].locals.push(local);
            });
            value
        }
    };
    Some(value.downcast().expect("a thread-local key has one type"))
}

/// Destroys the current thread's thread-local values, the newest first, as std does on Linux. A
/// destructor may create new ones.
fn drop_locals() {
    let next = || {
        Session::with(|session| {
            if session.execution.over {
                return None;
            }
            let me = session.execution.current;
            let locals = &mut session.execution.threads[me].locals;
            let last = locals.iter_mut().rev().find(|local| local.drops && local.value.is_some());
            last?.value.take()
        })
    };
    while let Some(value) = next() {
        drop(ManuallyDrop::into_inner(value));
    }
    Session::with(|session| {
        if !session.execution.over {
            let me = session.execution.current;
            // What is left has no destructor.
            let left = std::mem::take(&mut session.execution.threads[me].locals);
            left.into_iter().filter_map(|local| local.value).for_each(|value| {
                drop(ManuallyDrop::into_inner(value));
            });
        }
    });
}
