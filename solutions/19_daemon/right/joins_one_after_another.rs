//! Make: the threads are joined one after another until none is left; the interrupt is a flag and a list of wakers.

use std::error::Error;
use std::fmt;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;

/// The threads of a program, of two kinds. The program's end waits for those that do its work. It does
/// not wait for daemons, which serve the others and may never end.
///
/// Clones stand for the same threads.
#[derive(Clone, Debug, Default)]
pub struct Threads {
    roll: Arc<Roll>,
}

#[derive(Debug, Default)]
struct Roll {
    open: Mutex<Open>,
    /// The number of panics so far. Locked by the thread that is in `exit`.
    panicked: Mutex<usize>,
}

#[derive(Debug, Default)]
struct Open {
    handles: Vec<thread::JoinHandle<()>>,
    /// Panics of threads whose handles are no longer kept.
    panicked: usize,
    exited: bool,
}

impl Open {
    /// Joins the threads that have ended: until it is joined, an ended thread keeps its stack.
    fn tidy_up(&mut self) {
        for handle in self.handles.extract_if(.., |handle| handle.is_finished()) {
            self.panicked += usize::from(handle.join().is_err());
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
        let mut open = self.roll.open.lock().unwrap();
        if open.exited {
            return Err(Exited);
        }
        open.tidy_up();
        open.handles.push(thread::spawn(work));
        Ok(())
    }

    /// Starts a daemon: a thread that nobody waits for.
    ///
    /// # Errors
    ///
    /// [`Exited`], as for [`spawn`](Self::spawn).
    pub fn spawn_daemon(&self, work: impl FnOnce() + Send + 'static) -> Result<(), Exited> {
        if self.roll.open.lock().unwrap().exited {
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
        let mut panicked = self.roll.panicked.lock().unwrap();
        loop {
            let mut open = self.roll.open.lock().unwrap();
            *panicked += mem::take(&mut open.panicked);
            let Some(handle) = open.handles.pop() else {
                open.exited = true;
                return *panicked;
            };
            // Other threads may start new ones while we wait for this one.
            drop(open);
            *panicked += usize::from(handle.join().is_err());
        }
    }
}

/// The word that it is time to end. Any thread may give it, for instance one that handles signals; any
/// thread may have a function called when it comes.
///
/// Clones stand for the same interrupt.
#[derive(Clone, Default)]
pub struct Interrupt {
    news: Arc<News>,
}

#[derive(Default)]
struct News {
    raised: AtomicBool,
    wakers: Mutex<Vec<Box<dyn FnOnce() + Send>>>,
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
        self.news.raised.store(true, SeqCst);
        self.wake_all();
    }

    /// Whether the word has been given.
    pub fn is_raised(&self) -> bool {
        self.news.raised.load(SeqCst)
    }

    /// Has `wake` called when the interrupt is raised. If it is raised already, `wake` is called at
    /// once: it has returned when `on_raise` returns. Any number of functions may wait for that.
    pub fn on_raise(&self, wake: impl FnOnce() + Send + 'static) {
        if self.is_raised() {
            // The thread that raises it might take the waker off the list, and call it later.
            return wake();
        }
        self.news.wakers.lock().unwrap().push(Box::new(wake));
        // Checked again after the waker is on the list: if the flag was not set yet, the thread that
        // sets it will find the waker there.
        if self.is_raised() {
            self.wake_all();
        }
    }

    /// Each waker is called by the thread that takes it off the list.
    fn wake_all(&self) {
        let wakers = mem::take(&mut *self.news.wakers.lock().unwrap());
        for wake in wakers {
            wake();
        }
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
