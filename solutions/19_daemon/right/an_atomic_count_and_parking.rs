//! Make: an atomic counts the threads and also records when `exit` has finished; a thread that calls `exit` parks.

use std::error::Error;
use std::fmt;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

#[derive(Clone, Debug, Default)]
pub struct Threads {
    roll: Arc<Roll>,
}

/// The threads that have started and have not ended yet.
#[derive(Debug, Default)]
struct Roll {
    /// The number of threads that are waited for, or `OVER`.
    running: AtomicUsize,
    panicked: AtomicUsize,
    waiting: Mutex<Vec<Thread>>,
}

/// Marks that the program has ended: no thread can be started any more.
const OVER: usize = usize::MAX;

impl Roll {
    /// Counts one more thread, unless the program has ended.
    fn count_in(&self) -> Result<(), Exited> {
        let more = |running| if running == OVER { None } else { Some(running + 1) };
        self.running.fetch_update(SeqCst, SeqCst, more).map(drop).map_err(|_| Exited)
    }

    fn count_out(&self) {
        if self.running.fetch_sub(1, SeqCst) == 1 {
            for thread in mem::take(&mut *self.waiting.lock().unwrap()) {
                thread.unpark();
            }
        }
    }

    /// Marks the program as ended if no thread is left. Returns whether it has ended.
    fn is_over(&self) -> bool {
        let exchanged = self.running.compare_exchange(0, OVER, SeqCst, SeqCst);
        matches!(exchanged, Ok(0) | Err(OVER))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exited;

impl fmt::Display for Exited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no thread can be started any more")
    }
}

impl Error for Exited {}

impl Threads {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn spawn(&self, work: impl FnOnce() + Send + 'static) -> Result<(), Exited> {
        self.roll.count_in()?;
        let roll = Arc::clone(&self.roll);
        thread::spawn(move || {
            let ended = panic::catch_unwind(AssertUnwindSafe(work));
            roll.panicked.fetch_add(usize::from(ended.is_err()), SeqCst);
            roll.count_out();
        });
        Ok(())
    }

    pub fn spawn_daemon(&self, work: impl FnOnce() + Send + 'static) -> Result<(), Exited> {
        // While the daemon is being started, the program cannot end.
        self.roll.count_in()?;
        thread::spawn(work);
        self.roll.count_out();
        Ok(())
    }

    pub fn exit(&self) -> usize {
        while !self.roll.is_over() {
            // Join the list first, then check once more: the last thread to leave takes the list
            // only after it has counted itself out.
            self.roll.waiting.lock().unwrap().push(thread::current());
            if self.roll.is_over() {
                break;
            }
            thread::park();
        }
        self.roll.panicked.load(SeqCst)
    }
}

#[derive(Clone, Default)]
pub struct Interrupt {
    news: Arc<Mutex<News>>,
}

enum News {
    /// Not raised yet; these wakers are to be called when it is.
    Awaited(Vec<Box<dyn FnOnce() + Send>>),
    Raised,
}

impl Default for News {
    fn default() -> Self {
        News::Awaited(Vec::new())
    }
}

impl Interrupt {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn raise(&self) {
        let before = mem::replace(&mut *self.news(), News::Raised);
        if let News::Awaited(wakers) = before {
            // The lock has been released: a waker is foreign code.
            wakers.into_iter().for_each(|wake| wake());
        }
    }

    pub fn is_raised(&self) -> bool {
        matches!(*self.news(), News::Raised)
    }

    pub fn on_raise(&self, wake: impl FnOnce() + Send + 'static) {
        if let News::Awaited(wakers) = &mut *self.news() {
            wakers.push(Box::new(wake));
            return;
        }
        wake();
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub trait Listener {
    /// What comes in. It is closed when it is dropped.
    type Connection: Send + 'static;

    /// Waits until somebody has come. `None` if it turns out that nobody has: for instance, if a client
    /// has already gone again.
    fn accept(&mut self) -> Option<Self::Connection>;

    /// A function that makes `accept` return: the call that waits now, or else the next one. What
    /// `accept` returns then has no meaning, and may look like a connection.
    fn waker(&self) -> impl FnOnce() + Send + 'static;
}

pub fn serve<L: Listener>(
    mut listener: L,
    interrupt: &Interrupt,
    threads: &Threads,
    handle: impl Fn(L::Connection) + Send + Sync + 'static,
) {
    interrupt.on_raise(listener.waker());
    let handle = Arc::new(handle);
    loop {
        let connection = listener.accept();
        // Checked after each wait, and before anybody is let in.
        if interrupt.is_raised() {
            return;
        }
        if let Some(connection) = connection {
            let handle = Arc::clone(&handle);
            // If this fails, the connection is dropped with the closure.
            let _ = threads.spawn(move || handle(connection));
        }
    }
}
