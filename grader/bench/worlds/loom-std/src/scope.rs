//! Scoped threads, which loom lacks, built on the threads it has.

use crate::check;
use loom::thread::JoinHandle;
use std::marker::PhantomData;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Result;

/// A thread's handle, until the thread is joined. Never contended: loom runs one thread at a time,
/// and switches only in its own primitives.
type Slot = Arc<Mutex<Option<JoinHandle<()>>>>;

/// Threads that may borrow anything that outlives `'scope`.
pub struct Scope<'scope, 'env: 'scope> {
    threads: Mutex<Vec<Slot>>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// A scoped thread that can be joined.
pub struct ScopedJoinHandle<'scope, T> {
    thread: Slot,
    result: Arc<Mutex<Option<T>>>,
    scope: PhantomData<&'scope ()>,
}

/// Runs `f`, then waits for the threads that it spawned. A panic ends the search and the process: a
/// remaining thread may have borrowed something that unwinding would destroy.
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let scope = Scope { threads: Mutex::new(Vec::new()), scope: PhantomData, env: PhantomData };
    or_fail(|| {
        let result = f(&scope);
        loop {
            let next = locked(&scope.threads).pop();
            let Some(slot) = next else { return result };
            join(&slot);
        }
    })
}

impl<'scope> Scope<'scope, '_> {
    /// Spawns a thread that ends before the scope does.
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let result = Arc::new(Mutex::new(None));
        let returned = Arc::clone(&result);
        let body: Box<dyn FnOnce() + Send + 'scope> =
            Box::new(move || *locked(&returned) = Some(or_fail(f)));
        // SAFETY: everything `f` may borrow outlives the call of `scope`, which returns only once
        // every thread has been joined. It does not unwind: if it or a thread panics, the process
        // ends.
        let body: Box<dyn FnOnce() + Send + 'static> = unsafe { mem::transmute(body) };
        let thread = Arc::new(Mutex::new(Some(loom::thread::spawn(body))));
        locked(&self.threads).push(Arc::clone(&thread));
        ScopedJoinHandle { thread, result, scope: PhantomData }
    }
}

impl<T> ScopedJoinHandle<'_, T> {
    /// Waits for the thread's result.
    pub fn join(self) -> Result<T> {
        join(&self.thread);
        // A thread without a result has ended the process.
        locked(&self.result).take().ok_or_else(|| Box::new("no result") as _)
    }
}

/// The result of `f`. If `f` panics, the schedule has failed.
fn or_fail<T>(f: impl FnOnce() -> T) -> T {
    panic::catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|_| check::fail())
}

fn join(slot: &Slot) {
    let thread = locked(slot).take();
    if let Some(thread) = thread {
        let _ = thread.join();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
