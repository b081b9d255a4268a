//! Fault: `get` clones the value while the thread's values are borrowed.
//! Expect: with_inside_with = wrong

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

type Value = Rc<dyn Any>;

static NEXT: AtomicU64 = AtomicU64::new(0);

/// The values of one thread.
struct Store(RefCell<HashMap<u64, Value>>);

impl Drop for Store {
    fn drop(&mut self) {
        for (_, value) in mem::take(self.0.get_mut()) {
            discard(value);
        }
    }
}

thread_local! {
    static VALUES: Store = Store(RefCell::new(HashMap::new()));
}

/// Drops `value`; if that panics, nobody hears of it (another panic is on its way, or no caller is left).
fn discard<V>(value: V) {
    let mut outcome = panic::catch_unwind(AssertUnwindSafe(|| drop(value)));
    while let Err(payload) = outcome {
        outcome = panic::catch_unwind(AssertUnwindSafe(|| drop(payload)));
    }
}

/// Calls `f` with `value`, and lets go of `value` afterwards.
fn lend<T, R>(value: Rc<T>, f: impl FnOnce(&T) -> R) -> R {
    match panic::catch_unwind(AssertUnwindSafe(|| f(&value))) {
        Ok(result) => {
            drop(value);
            result
        }
        Err(payload) => {
            discard(value);
            panic::resume_unwind(payload)
        }
    }
}

pub struct Local<T: 'static> {
    id: u64,
    values: PhantomData<fn() -> T>,
}

impl<T: 'static> Local<T> {
    /// A variable that is unset in every thread.
    pub fn new() -> Self {
        Local { id: NEXT.fetch_add(1, Ordering::Relaxed), values: PhantomData }
    }

    fn current(&self) -> Option<Rc<T>> {
        let value = VALUES.try_with(|store| store.0.borrow().get(&self.id).cloned());
        value.ok().flatten()?.downcast().ok()
    }

    /// Puts `new` in the place of the value, and hands out what was there.
    fn replace(&self, new: Option<Value>) -> Option<Value> {
        VALUES
            .try_with(|store| {
                let mut values = store.0.borrow_mut();
                match new {
                    Some(value) => values.insert(self.id, value),
                    None => values.remove(&self.id),
                }
            })
            .ok()
            .flatten()
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
    pub fn with<R>(&self, f: impl FnOnce(Option<&T>) -> R) -> R {
        match self.current() {
            Some(value) => lend(value, |value| f(Some(value))),
            None => f(None),
        }
    }

    /// Calls `f` with the calling thread's value; if it is unset, it is first set to what `init` returns.
    pub fn with_or_init<R>(&self, init: impl FnOnce() -> T, f: impl FnOnce(&T) -> R) -> R {
        if let Some(value) = self.current() {
            return lend(value, f);
        }
        let value = Rc::new(init());
        let previous = self.replace(Some(value.clone()));
        lend(value, |value| {
            drop(previous);
            f(value)
        })
    }

    /// Calls `f` while the calling thread's value is `value`.
    pub fn scope<R>(&self, value: T, f: impl FnOnce() -> R) -> R {
        let former = self.replace(Some(Rc::new(value)));
        let result = panic::catch_unwind(AssertUnwindSafe(f));
        let left = self.replace(former);
        match result {
            Ok(result) => {
                drop(left);
                result
            }
            Err(payload) => {
                discard(left);
                panic::resume_unwind(payload)
            }
        }
    }

    /// A copy of the calling thread's value, or `None` if it is unset.
    pub fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        VALUES
            .try_with(|store| store.0.borrow().get(&self.id)?.downcast_ref::<T>().cloned())
            .ok()
            .flatten()
    }
}

impl<T: 'static> Default for Local<T> {
    fn default() -> Self {
        Local::new()
    }
}

impl<T: 'static> Drop for Local<T> {
    fn drop(&mut self) {
        drop(self.replace(None));
    }
}
