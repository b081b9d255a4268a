//! Fault: a variable is known by the place where it lies, and loses its values when it moves.
//! Expect: a_new_one_starts_empty = wrong

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::rc::Rc;

type Value = Rc<dyn Any>;

thread_local! {
    static VALUES: RefCell<BTreeMap<usize, Value>> = const { RefCell::new(BTreeMap::new()) };
}

pub struct Local<T: 'static> {
    // Something must lie there, or two of them lie in the same place.
    _room: u8,
    values: PhantomData<fn() -> T>,
}

impl<T: 'static> Local<T> {
    pub fn new() -> Self {
        Local { _room: 0, values: PhantomData }
    }

    pub fn set(&self, value: T) {
        drop(self.replace(Some(Rc::new(value))));
    }

    pub fn unset(&self) -> bool {
        self.replace(None).is_some()
    }

    pub fn with<R>(&self, f: impl FnOnce(Option<&T>) -> R) -> R {
        f(self.current().as_deref())
    }

    pub fn with_or_init<R>(&self, init: impl FnOnce() -> T, f: impl FnOnce(&T) -> R) -> R {
        let value = self.current().unwrap_or_else(|| {
            let value = Rc::new(init());
            drop(self.replace(Some(Rc::clone(&value) as Value)));
            value
        });
        f(&value)
    }

    pub fn scope<R>(&self, value: T, f: impl FnOnce() -> R) -> R {
        let _restore = Restore { local: self, former: self.replace(Some(Rc::new(value))) };
        f()
    }

    pub fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        self.with(|value| value.cloned())
    }

    fn key(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn current(&self) -> Option<Rc<T>> {
        let value = VALUES.try_with(|values| values.borrow().get(&self.key()).cloned()).ok()??;
        Some(value.downcast().expect("no two variables lie in one place"))
    }

    fn replace(&self, value: Option<Value>) -> Option<Value> {
        let replace = |values: &RefCell<BTreeMap<usize, Value>>| match value {
            Some(value) => values.borrow_mut().insert(self.key(), value),
            None => values.borrow_mut().remove(&self.key()),
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
