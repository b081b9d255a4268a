//! Fault: with() keeps the thread's values borrowed while f runs, so f must not set anything.
//! Expect: with_inside_with = wrong

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

type Value = Box<dyn Any>;

thread_local! {
    static VALUES: RefCell<BTreeMap<u64, Value>> = const { RefCell::new(BTreeMap::new()) };
}

static NEXT: AtomicU64 = AtomicU64::new(0);

pub struct Local<T: 'static> {
    number: u64,
    values: PhantomData<fn() -> T>,
}

impl<T: 'static> Local<T> {
    pub fn new() -> Self {
        Local { number: NEXT.fetch_add(1, Relaxed), values: PhantomData }
    }

    pub fn set(&self, value: T) {
        drop(self.replace(Some(Box::new(value))));
    }

    pub fn unset(&self) -> bool {
        self.replace(None).is_some()
    }

    pub fn with<R>(&self, f: impl FnOnce(Option<&T>) -> R) -> R {
        VALUES.with(|values| {
            let values = values.borrow();
            f(values.get(&self.number).and_then(|value| value.downcast_ref()))
        })
    }

    pub fn with_or_init<R>(&self, init: impl FnOnce() -> T, f: impl FnOnce(&T) -> R) -> R {
        if self.with(|value| value.is_none()) {
            self.set(init());
        }
        self.with(|value| f(value.expect("it was set just now")))
    }

    pub fn scope<R>(&self, value: T, f: impl FnOnce() -> R) -> R {
        let _restore = Restore { local: self, former: self.replace(Some(Box::new(value))) };
        f()
    }

    pub fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        self.with(|value| value.cloned())
    }

    fn replace(&self, value: Option<Value>) -> Option<Value> {
        let replace = |values: &RefCell<BTreeMap<u64, Value>>| match value {
            Some(value) => values.borrow_mut().insert(self.number, value),
            None => values.borrow_mut().remove(&self.number),
        };
        // In a thread that is ending there is nowhere to put it, so it is dropped here.
        VALUES.try_with(replace).unwrap_or(None)
    }
}

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
    fn drop(&mut self) {
        self.unset();
    }
}

impl<T: 'static> Default for Local<T> {
    fn default() -> Self {
        Local::new()
    }
}
