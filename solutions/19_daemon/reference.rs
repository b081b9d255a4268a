//! Threads that a program waits for when it ends, threads that it leaves behind, and a server that can
//! be told to end.

use std::error::Error;
use std::fmt;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

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
    state: Mutex<State>,
    all_gone: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Threads that are not daemons, counted from before they start until after they end.
    running: usize,
    panicked: usize,
    exited: bool,
}

impl Roll {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread's place on the roll, for as long as it runs.
struct Place(Arc<Roll>);

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.running -= 1;
        state.panicked += usize::from(thread::panicking());
        if state.running == 0 {
            self.0.all_gone.notify_all();
        }
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
        let mut state = self.roll.state();
        if state.exited {
            return Err(Exited);
        }
        // Counted here and not in the new thread, which may take its time to start.
        state.running += 1;
        drop(state);
        let place = Place(Arc::clone(&self.roll));
        thread::spawn(move || {
            let _place = place;
            work();
        });
        Ok(())
    }

    /// Starts a daemon: a thread that nobody waits for.
    ///
    /// # Errors
    ///
    /// [`Exited`], as for [`spawn`](Self::spawn).
    pub fn spawn_daemon(&self, work: impl FnOnce() + Send + 'static) -> Result<(), Exited> {
        if self.roll.state().exited {
            return Err(Exited);
        }
        thread::spawn(work);
        Ok(())
    }

    /// Ends the program as far as threads go: waits until every thread that is not a daemon has
    /// returned or panicked, including those that are started in the meantime. From that moment on, no
    /// thread can be started. Returns how many of those that were waited for have panicked.
    ///
    /// May be called by any number of threads, and again; each call waits, and returns the same. Must
    /// not be called by one of the threads that it waits for.
    pub fn exit(&self) -> usize {
        let mut state = self.roll.state();
        while state.running > 0 {
            state = self.roll.all_gone.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.exited = true;
        state.panicked
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
    /// once: it has returned when `on_raise` returns. Any number of functions may wait for that. They
    /// must not panic.
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
/// However many connections there were, `interrupt` has no more functions to call than if there had
/// been none.
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
