//! A lock for many readers or one writer, at which neither side waits for ever.

use std::error::Error;
use std::fmt;

/// A lock that any number of readers may hold together, or one writer alone.
///
/// It guards no data of its own. A thread that is inside holds a guard, and leaves when the guard is
/// dropped.
///
/// A thread that has to wait sleeps, and is let in by rules that starve nobody:
///
/// - Writers go in in the order in which they came.
/// - A writer does not go in before a reader that came first.
/// - A reader does not go in before a writer that came first. One exception is allowed: at the moment
///   when a writer leaves, the readers that are waiting may go in together before the next writer.
///
/// And nobody waits without need. A reader that finds no writer inside or waiting goes in at once,
/// and so does a writer that finds nobody at all. Waiting readers with no writer between them go in
/// together.
#[derive(Debug, Default)]
pub struct ReadWriteLock {
    // Who is inside, and as what? Who waits, and since when? And on what?
}

/// A reader's stay in a [`ReadWriteLock`], which ends when this is dropped.
///
/// It belongs to the thread that went in, and must stay on that thread.
#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct ReadGuard<'a> {
    lock: &'a ReadWriteLock,
}

/// A writer's stay in a [`ReadWriteLock`], which ends when this is dropped.
///
/// It belongs to the thread that went in, and must stay on that thread.
#[derive(Debug)]
#[must_use = "a guard that is not kept is left at once"]
pub struct WriteGuard<'a> {
    lock: &'a ReadWriteLock,
}

/// Why a thread is refused: it is inside already, and would wait for itself. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlreadyInside {
    /// It holds a [`ReadGuard`] of this lock.
    Reading,
    /// It holds a [`WriteGuard`] of this lock.
    Writing,
}

impl fmt::Display for AlreadyInside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AlreadyInside::Reading => "this thread is reading under the same lock",
            AlreadyInside::Writing => "this thread is writing under the same lock",
        })
    }
}

impl Error for AlreadyInside {}

impl ReadWriteLock {
    /// A lock with nobody inside.
    pub fn new() -> Self {
        ReadWriteLock {}
    }

    /// Goes in to read.
    ///
    /// A thread that is already inside as a reader goes in again at once, no matter who is waiting;
    /// it stays inside until all its guards are dropped.
    ///
    /// # Errors
    ///
    /// [`AlreadyInside::Writing`], at once, if the calling thread is inside as a writer.
    pub fn read(&self) -> Result<ReadGuard<'_>, AlreadyInside> {
        todo!("wait until a reader may go in, but never for the calling thread itself")
    }

    /// Goes in to write.
    ///
    /// # Errors
    ///
    /// [`AlreadyInside::Reading`] or [`AlreadyInside::Writing`], at once, if the calling thread is
    /// inside. A reader cannot become a writer without leaving: if two tried, each would wait for
    /// the other to leave.
    pub fn write(&self) -> Result<WriteGuard<'_>, AlreadyInside> {
        todo!("wait until a writer may go in, but never for the calling thread itself")
    }
}

impl Drop for ReadGuard<'_> {
    /// Leaves, even when the thread is panicking.
    fn drop(&mut self) {
        let _ = self.lock;
        todo!("leave; perhaps another thread may go in now")
    }
}

impl Drop for WriteGuard<'_> {
    /// Leaves, even when the thread is panicking.
    fn drop(&mut self) {
        let _ = self.lock;
        todo!("leave; perhaps another thread may go in now")
    }
}
