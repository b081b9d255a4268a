//! Fault: there is only one value, and all threads share it.
//! Whole: here the value is stored in the variable, not in the threads.
//! Expect: each_thread_its_own = wrong
//! Expect: two_instances = wrong

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub struct Local<T: 'static> {
    value: Mutex<Option<Arc<T>>>,
}

struct Restore<'a, T: 'static> {
    local: &'a Local<T>,
    former: Option<Arc<T>>,
}

impl<T: 'static> Local<T> {
    pub fn new() -> Self {
        Local { value: Mutex::new(None) }
    }

    fn value(&self) -> MutexGuard<'_, Option<Arc<T>>> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, value: Option<Arc<T>>) -> Option<Arc<T>> {
        let mut current = self.value();
        let former = current.take();
        *current = value;
        former
    }

    fn current(&self) -> Option<Arc<T>> {
        self.value().clone()
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
