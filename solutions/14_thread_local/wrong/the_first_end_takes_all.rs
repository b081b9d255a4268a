//! Fault: when a thread ends, it clears the whole variable, including the values of all other threads.
//! Whole: here the values are stored in the variable, not in the threads.
//! Expect: dropped_when_the_thread_ends = wrong

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

pub struct Local<T: 'static> {
    values: Arc<Values<T>>,
}

type Values<T> = Mutex<HashMap<ThreadId, Arc<T>>>;

/// Runs when its thread ends.
struct AtTheEnd(Box<dyn Fn()>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        (self.0)();
    }
}

thread_local! {
    static CLEANERS: RefCell<Vec<AtTheEnd>> = const { RefCell::new(Vec::new()) };
}

struct Restore<'a, T: 'static> {
    local: &'a Local<T>,
    former: Option<Arc<T>>,
}

impl<T: 'static> Local<T> {
    pub fn new() -> Self {
        Local { values: Arc::default() }
    }

    fn values(&self) -> MutexGuard<'_, HashMap<ThreadId, Arc<T>>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, value: Option<Arc<T>>) -> Option<Arc<T>> {
        let me = thread::current().id();
        match value {
            Some(value) => {
                let values = Arc::downgrade(&self.values);
                let clean = move || {
                    if let Some(values) = values.upgrade() {
                        drop(std::mem::take(
                            &mut *values.lock().unwrap_or_else(PoisonError::into_inner),
                        ));
                    }
                };
                let cleaner = AtTheEnd(Box::new(clean));
                let _ = CLEANERS.try_with(|cleaners| cleaners.borrow_mut().push(cleaner));
                self.values().insert(me, value)
            }
            None => self.values().remove(&me),
        }
    }

    fn current(&self) -> Option<Arc<T>> {
        self.values().get(&thread::current().id()).cloned()
    }

    pub fn set(&self, value: T) {
        drop(self.replace(Some(Arc::new(value))));
    }

    pub fn unset(&self) -> bool {
        self.replace(None).is_some()
    }

    pub fn with<R>(&self, f: impl FnOnce(Option<&T>) -> R) -> R {
        f(self.current().as_deref())
    }

    pub fn with_or_init<R>(&self, init: impl FnOnce() -> T, f: impl FnOnce(&T) -> R) -> R {
        let value = self.current().unwrap_or_else(|| {
            let value = Arc::new(init());
            drop(self.replace(Some(Arc::clone(&value))));
            value
        });
        f(&value)
    }

    pub fn scope<R>(&self, value: T, f: impl FnOnce() -> R) -> R {
        let _restore = Restore { local: self, former: self.replace(Some(Arc::new(value))) };
        f()
    }

    pub fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        self.with(|value| value.cloned())
    }
}

impl<T: 'static> Drop for Restore<'_, T> {
    fn drop(&mut self) {
        drop(self.local.replace(self.former.take()));
    }
}

impl<T: 'static> Default for Local<T> {
    fn default() -> Self {
        Local::new()
    }
}
