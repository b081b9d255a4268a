use super::builder::{Builder, start};
use super::current::Thread;
use super::join::{self, Packet, Result, body};
use explorer::{Announcement, ThreadId, Until, WaitResult, scheduler, unwinding};
use record::Operation;
use std::io;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// [`std::thread::Scope`]
#[derive(Debug)]
pub struct Scope<'scope, 'env: 'scope> {
    data: Arc<ScopeData>,
    // Both lifetimes are invariant, as in std: otherwise a scope could be used with a longer one.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

#[derive(Debug, Default)]
struct ScopeData {
    /// The threads started in the scope, each with a flag that says whether it left a panic that no
    /// thread has joined.
    threads: Mutex<Vec<(ThreadId, Arc<AtomicBool>)>>,
}

/// [`std::thread::ScopedJoinHandle`]
pub struct ScopedJoinHandle<'scope, T> {
    thread: Thread,
    packet: Packet<T>,
    panicked: Arc<AtomicBool>,
    scope: PhantomData<&'scope mut &'scope ()>,
    /// Not unwind-safe, as in std.
    like: PhantomData<std::thread::ScopedJoinHandle<'scope, T>>,
}

/// [`std::thread::scope`]
///
/// # Panics
/// If a thread that was not joined panicked.
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let at = Location::caller();
    let scope = Scope { data: Arc::default(), scope: PhantomData, env: PhantomData };
    let result = std::panic::catch_unwind(AssertUnwindSafe(|| f(&scope)));
    // The closure's panic has been caught. While the scope waits for its threads, nothing is
    // unwinding, so `panicking` must not report that panic.
    if result.is_err() {
        unwinding::pass_on();
    }
    let mut waited = 0;
    let mut panicked = false;
    while let Some((thread, flag)) = scope.data.thread(waited) {
        let end = Announcement::new(Operation::ScopeEnd, at).of(thread);
        if scheduler::announce(end.until(Until::Returned(thread))) == WaitResult::Over {
            scheduler::abandon();
        }
        panicked |= flag.load(Relaxed);
        waited += 1;
    }
    match result {
        Err(payload) => {
            unwinding::begin();
            std::panic::resume_unwind(payload)
        }
        Ok(_) if panicked => panic!("a scoped thread panicked"),
        Ok(result) => result,
    }
}

impl ScopeData {
    fn thread(&self, index: usize) -> Option<(ThreadId, Arc<AtomicBool>)> {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.get(index).cloned()
    }
}

impl<'scope> Scope<'scope, '_> {
    /// [`std::thread::Scope::spawn`]
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        Builder::new().spawn_scoped(self, f).expect("failed to spawn thread")
    }
}

impl Builder {
    /// [`std::thread::Builder::spawn_scoped`]
    ///
    /// # Errors
    /// None: creating a thread always succeeds.
    #[track_caller]
    pub fn spawn_scoped<'scope, 'env, F, T>(
        self,
        scope: &'scope Scope<'scope, 'env>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let packet = Packet::default();
        let theirs = Arc::clone(&packet);
        let panicked = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&panicked);
        let run: Box<dyn FnOnce() + 'scope> = Box::new(move || {
            body(f, &theirs);
            let result = theirs.lock().unwrap_or_else(PoisonError::into_inner);
            flag.store(matches!(&*result, Some(Err(_))), Relaxed);
        });
        // SAFETY: the closure borrows from the caller of `scope`, which does not return, normally
        // or by unwinding, before every thread in `threads` has returned, and a thread has returned
        // only when its closure is gone. If the execution is abandoned first, neither the thread
        // nor the caller ever runs again: their stacks are leaked, and so are closures that never
        // began.
        let run: Box<dyn FnOnce() + 'static> = unsafe { std::mem::transmute(run) };
        let thread = start(self.name, run, Location::caller());
        let mut threads = scope.data.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.push((thread.index(), Arc::clone(&panicked)));
        Ok(ScopedJoinHandle { thread, packet, panicked, scope: PhantomData, like: PhantomData })
    }
}

impl<T> ScopedJoinHandle<'_, T> {
    /// [`std::thread::ScopedJoinHandle::thread`]
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// [`std::thread::ScopedJoinHandle::join`]
    ///
    /// # Errors
    /// The payload of the thread's panic.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        let result = join::join(&self.thread, &self.packet, Location::caller());
        self.panicked.store(false, Relaxed);
        result
    }

    /// [`std::thread::ScopedJoinHandle::is_finished`]
    #[track_caller]
    #[must_use]
    pub fn is_finished(&self) -> bool {
        join::is_finished(&self.thread, Location::caller())
    }
}

impl<T> std::fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScopedJoinHandle").finish_non_exhaustive()
    }
}
