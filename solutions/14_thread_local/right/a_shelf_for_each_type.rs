//! Make: each thread has a shelf for each type of value, kept in a `Cell` and taken out only for a moment.

use std::any::{Any, TypeId};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The values of one type, each with the number of its variable.
type Shelf<T> = Cell<Vec<(u64, Rc<T>)>>;

thread_local! {
    /// A `Shelf<T>` for each type `T`.
    static SHELVES: RefCell<HashMap<TypeId, Rc<dyn Any>>> = RefCell::default();
}

static NEXT: AtomicU64 = AtomicU64::new(1);

pub struct Local<T: 'static> {
    number: u64,
    values: PhantomData<fn(T)>,
}

impl<T: 'static> Local<T> {
    pub fn new() -> Self {
        Local { number: NEXT.fetch_add(1, Relaxed), values: PhantomData }
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
            drop(self.replace(Some(Rc::clone(&value))));
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

    /// The calling thread's values of this type. `None` if the thread is ending.
    fn shelf() -> Option<Rc<Shelf<T>>> {
        let find = |shelves: &RefCell<HashMap<TypeId, Rc<dyn Any>>>| {
            let new_shelf = || Rc::new(Shelf::<T>::default()) as Rc<dyn Any>;
            Rc::clone(shelves.borrow_mut().entry(TypeId::of::<T>()).or_insert_with(new_shelf))
        };
        let shelf = SHELVES.try_with(find).ok()?;
        Some(shelf.downcast().expect("each shelf lies under the type of its values"))
    }

    fn current(&self) -> Option<Rc<T>> {
        let shelf = Self::shelf()?;
        let values = shelf.take();
        let found = values.iter().find(|(number, _)| *number == self.number);
        let value = found.map(|(_, value)| Rc::clone(value));
        shelf.set(values);
        value
    }

    fn replace(&self, value: Option<Rc<T>>) -> Option<Rc<T>> {
        let shelf = Self::shelf()?;
        let mut values = shelf.take();
        let place = values.iter().position(|(number, _)| *number == self.number);
        let former = place.map(|place| values.swap_remove(place).1);
        values.extend(value.map(|value| (self.number, value)));
        shelf.set(values);
        former
    }
}

/// Puts a former value back when it is dropped, even during a panic.
struct Restore<'a, T: 'static> {
    local: &'a Local<T>,
    former: Option<Rc<T>>,
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
