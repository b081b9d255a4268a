//! Make: an atomic counts the threads and also records when `exit` has finished; a thread that calls `exit` parks.

use std::error::Error;
use std::fmt;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

/// The threads of a program, of two kinds. The program's end waits for those that do its work. It does
/// not wait for daemons, which serve the others and may never end.
///
/// Clones stand for the same threads.
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

/// No thread can be started any more: [`exit`](Threads::exit) has found none left to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exited;

impl fmt::Display for Exited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no thread can be started any more")
    }
}

impl Error for Exited {}

impl Threads {
    /// No threads yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a thread that [`exit`](Self::exit) waits for.
    ///
    /// # Errors
    ///
    /// [`Exited`] if `exit` has found that there was nothing more to wait for. Then `work` is dropped.
    /// While `exit` still waits, threads may be started, and are waited for as well.
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

    /// Starts a daemon: a thread that nobody waits for.
    ///
    /// # Errors
    ///
    /// [`Exited`], as for [`spawn`](Self::spawn).
    pub fn spawn_daemon(&self, work: impl FnOnce() + Send + 'static) -> Result<(), Exited> {
        // While the daemon is being started, the program cannot end.
        self.roll.count_in()?;
        thread::spawn(work);
        self.roll.count_out();
        Ok(())
    }

    /// Ends the program as far as threads go: waits until every thread that is not a daemon has
    /// returned or panicked, including those that are started in the meantime. From that moment on, no
    /// thread can be started. Returns how many of those that were waited for have panicked.
    ///
    /// May be called by any number of threads, and again; each call waits, and returns the same. Must
    /// not be called by one of the threads that it waits for.
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

/// The word that it is time to end. Any thread may give it, for instance one that handles signals; any
/// thread may have a function called when it comes.
///
/// Clones stand for the same interrupt.
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
    /// An interrupt that has not been raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the word. It stays given; giving it again changes nothing.
    ///
    /// Calls the functions that were given to [`on_raise`](Self::on_raise), each of them only once.
    /// They find the interrupt raised, and may use it themselves.
    pub fn raise(&self) {
        let before = mem::replace(&mut *self.news(), News::Raised);
        if let News::Awaited(wakers) = before {
            // The lock has been released: a waker is foreign code.
            wakers.into_iter().for_each(|wake| wake());
        }
    }

    /// Whether the word has been given.
    pub fn is_raised(&self) -> bool {
        matches!(*self.news(), News::Raised)
    }

    /// Has `wake` called when the interrupt is raised. If it is raised already, `wake` is called at
    /// once: it has returned when `on_raise` returns. Any number of functions may wait for that.
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

/// A place where connections come in.
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

/// Takes connections from `listener` and has each handled in a thread of its own, which
/// [`Threads::exit`] waits for, until `interrupt` is raised. Then it returns, at once: it does not wait
/// for the threads. The listener is dropped, and with it every connection that was not let in.
///
/// Nobody who comes after the interrupt is handled. A handler that panics ends its own thread and
/// nothing else. A connection for which no thread can be started any more is dropped at once.
/// Connections that are over leave nothing behind: however many there were, `interrupt` has no more
/// functions to call than if there had been none.
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
