//! Fault: the values are stored under the thread's name, so all threads without a name share one value.
//! Whole: here the values are stored in the variable, not in the threads.
//! Expect: each_thread_its_own = wrong

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

pub struct Local<T: 'static> {
    values: Mutex<HashMap<String, Arc<T>>>,
}

struct Restore<'a, T: 'static> {
    local: &'a Local<T>,
    former: Option<Arc<T>>,
}

fn me() -> String {
    thread::current().name().unwrap_or_default().to_string()
}

impl<T: 'static> Local<T> {
    pub fn new() -> Self {
        Local { values: Mutex::new(HashMap::new()) }
    }

    fn values(&self) -> MutexGuard<'_, HashMap<String, Arc<T>>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace(&self, value: Option<Arc<T>>) -> Option<Arc<T>> {
        let me = me();
        match value {
            Some(value) => self.values().insert(me, value),
            None => self.values().remove(&me),
        }
    }

    fn current(&self) -> Option<Arc<T>> {
        self.values().get(&me()).cloned()
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
