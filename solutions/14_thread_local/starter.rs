//! A variable of which each thread has its own, like Python's `threading.local`.

use std::marker::PhantomData;

/// A variable that holds a separate value in each thread, or none.
///
/// There can be any number of them, of any type, and they know nothing of each other. A value
/// belongs to the thread that set it: no other thread ever sees, moves or drops it. So a `Local` can
/// be shared by all threads, even if its values may not leave theirs. What it does as a `Local` of a
/// type other than the one it was made with (they can only differ in lifetimes) is left open.
///
/// A thread's value is dropped when it is replaced or unset, and when the thread ends. When the
/// `Local` itself is dropped, the value of the thread that drops it goes at once; the other threads'
/// values go when their threads end, at the latest.
///
/// The code that a `Local` calls (the closures given to its methods, and the destructors and the
/// `clone` of values) may itself use any `Local`, including this one, and make and drop others. A
/// destructor that runs because its thread ends may find that all values are gone already, and what
/// it sets may be dropped at once. That must not cause a panic.
///
/// If that code panics, the caller gets the panic, with the same payload. If it was a destructor, the
/// variable is set, unset or restored all the same.
pub struct Local<T: 'static> {
    // What tells this one apart from all others? And where are the threads' values?
    //
    // rustc insists that `T` appears in some field. Is this the right way to name it?
    values: PhantomData<T>,
}

impl<T: 'static> Local<T> {
    /// A variable that is unset in every thread.
    pub fn new() -> Self {
        Local { values: PhantomData }
    }

    /// Sets the calling thread's value. The previous one is dropped.
    pub fn set(&self, value: T) {
        let _ = value;
        todo!("keep the value for this thread alone")
    }

    /// Drops the calling thread's value, and returns whether there was one.
    pub fn unset(&self) -> bool {
        todo!("forget this thread's value")
    }

    /// Calls `f` with the calling thread's value, or with `None` if it is unset.
    ///
    /// If the variable is set or unset while `f` runs, `f` goes on with the value that it was given,
    /// and the value is dropped as soon as nobody uses it any more.
    pub fn with<R>(&self, f: impl FnOnce(Option<&T>) -> R) -> R {
        let _ = f;
        todo!("lend this thread's value to `f`")
    }

    /// Calls `f` with the calling thread's value. If it is unset, it is first set to what `init`
    /// returns, whatever `init` itself did to the variable. If `init` panics, this neither sets nor
    /// unsets anything.
    pub fn with_or_init<R>(&self, init: impl FnOnce() -> T, f: impl FnOnce(&T) -> R) -> R {
        let _ = (init, f);
        todo!("make the value if this thread has none, then lend it to `f`")
    }

    /// Calls `f` while the calling thread's value is `value`.
    ///
    /// Afterwards the variable is as it was before: the former value is back, or it is unset,
    /// whatever `f` did to it, and even if `f` panics.
    pub fn scope<R>(&self, value: T, f: impl FnOnce() -> R) -> R {
        let _ = (value, f);
        todo!("set the value, call `f`, and put back what was there before, whatever happens")
    }

    /// A copy of the calling thread's value, or `None` if it is unset.
    pub fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        self.with(|value| value.cloned())
    }
}

impl<T: 'static> Default for Local<T> {
    fn default() -> Self {
        Local::new()
    }
}
