use super::current::Thread;
use super::join::{JoinHandle, Packet, body};
use explorer::{scheduler, threads};
use std::ffi::CString;
use std::io;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

/// [`std::thread::Builder`]
#[must_use = "must eventually spawn the thread"]
#[derive(Debug, Default)]
pub struct Builder {
    pub(super) name: Option<String>,
}

impl Builder {
    /// [`std::thread::Builder::new`]
    pub fn new() -> Self {
        Self::default()
    }

    /// [`std::thread::Builder::name`]
    pub fn name(mut self, name: String) -> Self {
        self.name = Some(name);
        self
    }

    /// [`std::thread::Builder::stack_size`]. All stacks here have the same size.
    pub fn stack_size(self, _size: usize) -> Self {
        self
    }

    /// [`std::thread::Builder::spawn`]
    ///
    /// # Errors
    /// None: creating a thread always succeeds.
    ///
    /// # Panics
    /// If the name contains a null byte.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let packet = Packet::default();
        let theirs = Arc::clone(&packet);
        let thread = start(self.name, Box::new(move || body(f, &theirs)), Location::caller());
        Ok(JoinHandle { thread, packet, like: PhantomData })
    }
}

/// Starts a thread that runs `body`, which must not unwind.
#[track_caller]
pub(super) fn start(
    name: Option<String>,
    body: Box<dyn FnOnce()>,
    at: &'static Location<'static>,
) -> Thread {
    if let Some(name) = &name {
        CString::new(name.as_str()).expect("thread name may not contain interior null bytes");
    }
    match threads::spawn(name, body, at) {
        Some(thread) => Thread::new(thread),
        // A destructor is starting a thread after the execution is over.
        None => scheduler::abandon(),
    }
}

/// [`std::thread::spawn`]
///
/// # Panics
/// Never: creating a thread always succeeds.
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Builder::new().spawn(f).expect("failed to spawn thread")
}
