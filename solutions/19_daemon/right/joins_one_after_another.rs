//! Make: the threads are joined one after another until none is left; the interrupt is a flag and a list of wakers.

use std::error::Error;
use std::fmt;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;

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
    /// Returns how they ended.
    fn tidy_up(&mut self) -> Vec<thread::Result<()>> {
        let ended = self.handles.extract_if(.., |handle| handle.is_finished());
        let ended: Vec<_> = ended.map(|handle| handle.join()).collect();
        self.panicked += ended.iter().filter(|end| end.is_err()).count();
        ended
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
        let mut open = self.roll.open.lock().unwrap();
        if open.exited {
            return Err(Exited);
        }
        let ended = open.tidy_up();
        open.handles.push(thread::spawn(work));
        // Unlocked first: the destructor of what a panic carried may start a thread.
        drop(open);
        drop(ended);
        Ok(())
    }

    pub fn spawn_daemon(&self, work: impl FnOnce() + Send + 'static) -> Result<(), Exited> {
        if self.roll.open.lock().unwrap().exited {
            return Err(Exited);
        }
        thread::spawn(work);
        Ok(())
    }

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
    pub fn new() -> Self {
        Self::default()
    }

    pub fn raise(&self) {
        self.news.raised.store(true, SeqCst);
        self.wake_all();
    }

    pub fn is_raised(&self) -> bool {
        self.news.raised.load(SeqCst)
    }

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
