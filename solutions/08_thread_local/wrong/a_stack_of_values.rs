//! Fault: a thread's values are a stack, and set() puts one more on top.
//! Expect: dropped_when_the_thread_ends = wrong
//! Expect: a_scope_ends = wrong

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

type Value = Rc<dyn Any>;

thread_local! {
    static VALUES: RefCell<BTreeMap<u64, Vec<Value>>> = const { RefCell::new(BTreeMap::new()) };
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
        self.push(Rc::new(value));
    }

    pub fn unset(&self) -> bool {
        self.pop().is_some()
    }

    pub fn with<R>(&self, f: impl FnOnce(Option<&T>) -> R) -> R {
        f(self.current().as_deref())
    }

    pub fn with_or_init<R>(&self, init: impl FnOnce() -> T, f: impl FnOnce(&T) -> R) -> R {
        let value = self.current().unwrap_or_else(|| {
            let value = Rc::new(init());
            self.push(Rc::clone(&value) as Value);
            value
        });
        f(&value)
    }

    pub fn scope<R>(&self, value: T, f: impl FnOnce() -> R) -> R {
        self.push(Rc::new(value));
        let _restore = Restore { local: self };
        f()
    }

    pub fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        self.with(|value| value.cloned())
    }

    fn current(&self) -> Option<Rc<T>> {
        let value =
            VALUES.try_with(|values| values.borrow().get(&self.number)?.last().cloned()).ok()??;
        Some(value.downcast().expect("a number stands for one `Local`, which has one type"))
    }

    fn push(&self, value: Value) {
        let push = |values: &RefCell<BTreeMap<u64, Vec<Value>>>| {
            values.borrow_mut().entry(self.number).or_default().push(value);
        };
        let _ = VALUES.try_with(push);
    }

    fn pop(&self) -> Option<Value> {
        VALUES.try_with(|values| values.borrow_mut().get_mut(&self.number)?.pop()).ok()?
    }
}

struct Restore<'a, T: 'static> {
    local: &'a Local<T>,
}

impl<T: 'static> Drop for Restore<'_, T> {
    fn drop(&mut self) {
        drop(self.local.pop());
    }
}

impl<T: 'static> Drop for Local<T> {
    fn drop(&mut self) {
        let values = VALUES.try_with(|values| values.borrow_mut().remove(&self.number));
        drop(values);
    }
}

impl<T: 'static> Default for Local<T> {
    fn default() -> Self {
        Local::new()
    }
}
