//! Fault: Each thread remembers the value that it looked at last, and does not forget it when the variable is dropped.
//! Expect: dropped_with_its_local = wrong
//! Expect: dropped_while_unwinding = wrong

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

#[derive(Default)]
struct Values {
    map: HashMap<u64, Value>,
    /// The variable that was looked at last: most programs look at the same one again and again.
    last: Option<(u64, Value)>,
}

/// The values of one thread.
struct Store(RefCell<Values>);

impl Drop for Store {
    fn drop(&mut self) {
        let values = mem::take(self.0.get_mut());
        discard(values.last);
        for (_, value) in values.map {
            discard(value);
        }
    }
}

thread_local! {
    static VALUES: Store = Store(RefCell::new(Values::default()));
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
        let found = VALUES.try_with(|store| {
            let mut values = store.0.borrow_mut();
            if let Some((id, value)) = &values.last
                && *id == self.id
            {
                return (Some(value.clone()), None);
            }
            let Some(value) = values.map.get(&self.id).cloned() else {
                return (None, None);
            };
            let forgotten = values.last.replace((self.id, value.clone()));
            (Some(value), forgotten)
        });
        let (value, forgotten) = found.ok()?;
        drop(forgotten);
        value?.downcast().ok()
    }

    /// Puts `new` in the place of the value, and hands out what was there.
    fn replace(&self, new: Option<Value>) -> Option<Value> {
        VALUES
            .try_with(|store| {
                let mut values = store.0.borrow_mut();
                let old = match new {
                    Some(value) => values.map.insert(self.id, value),
                    None => values.map.remove(&self.id),
                };
                if values.last.as_ref().is_some_and(|(id, _)| *id == self.id) {
                    values.last = None; // never the last reference: `old` is another
                }
                old
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
        self.with(|value| value.cloned())
    }
}

impl<T: 'static> Default for Local<T> {
    fn default() -> Self {
        Local::new()
    }
}

impl<T: 'static> Drop for Local<T> {
    fn drop(&mut self) {
        // Nobody will ever look for this id again.
        let value = VALUES.try_with(|store| store.0.borrow_mut().map.remove(&self.id));
        drop(value);
    }
}
