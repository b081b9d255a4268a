//! Fault: The values are dropped by a destructor that runs once when the thread ends, and what is set after that is never dropped.
//! Expect: at_the_very_end = wrong

//! A variable of which each thread has its own, like Python's `threading.local`.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A value of any type. Reference-counted, so that code that is looking at it can keep it while it
/// is replaced.
type Value = Rc<dyn Any>;

thread_local! {
    /// The calling thread's values, by the number of their `Local`. Borrowed for one lookup at a
    /// time, never while foreign code runs. They stay within reach until the very end, for
    /// destructors that look for them.
    static VALUES: Values = const { ManuallyDrop::new(RefCell::new(BTreeMap::new())) };

    /// Drops the values when the thread ends.
    static SWEEP: Sweep = const { Sweep };
}

type Values = ManuallyDrop<RefCell<BTreeMap<u64, Value>>>;

struct Sweep;

impl Drop for Sweep {
    fn drop(&mut self) {
        // Destructors may set further values, until none are left.
        while VALUES.try_with(|values| values.take()).is_ok_and(|values| !values.is_empty()) {}
    }
}

/// The number of the next `Local`. No number is ever reused.
static NEXT: AtomicU64 = AtomicU64::new(0);

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
    number: u64,
    /// A function is `Send` and `Sync` whatever it takes and returns, so the `Local` is, too. This one also
    /// keeps a `Local` from passing for one of another type.
    values: PhantomData<fn(T) -> T>,
}

impl<T: 'static> Local<T> {
    /// A variable that is unset in every thread.
    pub fn new() -> Self {
        Local { number: NEXT.fetch_add(1, Relaxed), values: PhantomData }
    }

    /// Sets the calling thread's value. The previous one is dropped.
    pub fn set(&self, value: T) {
        drop(self.replace(Some(Rc::new(value))));
    }

    /// Drops the calling thread's value, and returns whether there was one.
    pub fn unset(&self) -> bool {
        self.replace(None).is_some()
    }

    /// Calls `f` with the calling thread's value, or with `None` if it is unset.
    ///
    /// If the variable is set or unset while `f` runs, `f` goes on with the value that it was given,
    /// and the value is dropped as soon as nobody uses it any more.
    pub fn with<R>(&self, f: impl FnOnce(Option<&T>) -> R) -> R {
        f(self.current().as_deref())
    }

    /// Calls `f` with the calling thread's value. If it is unset, it is first set to what `init`
    /// returns, whatever `init` itself did to the variable. If `init` panics, this neither sets nor
    /// unsets anything.
    pub fn with_or_init<R>(&self, init: impl FnOnce() -> T, f: impl FnOnce(&T) -> R) -> R {
        let value = self.current().unwrap_or_else(|| {
            let value = Rc::new(init());
            drop(self.replace(Some(Rc::clone(&value) as Value)));
            value
        });
        f(&value)
    }

    /// Calls `f` while the calling thread's value is `value`.
    ///
    /// Afterwards the variable is as it was before: the former value is back, or it is unset,
    /// whatever `f` did to it, and even if `f` panics.
    pub fn scope<R>(&self, value: T, f: impl FnOnce() -> R) -> R {
        let _restore = Restore { local: self, former: self.replace(Some(Rc::new(value))) };
        f()
    }

    /// A copy of the calling thread's value, or `None` if it is unset.
    pub fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        self.with(|value| value.cloned())
    }

    /// The calling thread's value. Also `None` if the thread is ending and its values are gone.
    fn current(&self) -> Option<Rc<T>> {
        let value = VALUES.try_with(|values| values.borrow().get(&self.number).cloned()).ok()??;
        Some(value.downcast().expect("a number stands for one `Local`, which has one type"))
    }

    /// Replaces the calling thread's value with `value`. Returns the previous one, so that its
    /// destructor runs when nothing is borrowed any more.
    fn replace(&self, value: Option<Value>) -> Option<Value> {
        // From now on, the sweep is to come when the thread ends.
        let _ = SWEEP.try_with(|_| ());
        let replace = |values: &Values| match value {
            Some(value) => values.borrow_mut().insert(self.number, value),
            None => values.borrow_mut().remove(&self.number),
        };
        VALUES.try_with(replace).unwrap_or(None)
    }
}

/// Puts a former value back when it is dropped, even during a panic.
struct Restore<'a, T: 'static> {
    local: &'a Local<T>,
    former: Option<Value>,
}

impl<T: 'static> Drop for Restore<'_, T> {
    fn drop(&mut self) {
        drop(self.local.replace(self.former.take()));
    }
}

impl<T: 'static> Drop for Local<T> {
    /// Drops the calling thread's value. The values of other threads cannot be reached from here.
    fn drop(&mut self) {
        self.unset();
    }
}

impl<T: 'static> Default for Local<T> {
    fn default() -> Self {
        Local::new()
    }
}
