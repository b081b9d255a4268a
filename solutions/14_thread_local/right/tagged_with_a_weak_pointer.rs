//! Make: a variable is identified by an `Arc` that only it holds; the values of dropped variables are swept out.

use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::{Arc, Weak};

thread_local! {
    /// The calling thread's values, in no particular order.
    static SHELF: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

/// A value and its owner. While the `Weak` exists, no other `Arc` gets the same address.
struct Kept {
    owner: Weak<()>,
    value: Rc<dyn Any>,
}

impl Kept {
    fn belongs_to(&self, tag: &Arc<()>) -> bool {
        self.owner.as_ptr() == Arc::as_ptr(tag)
    }
}

pub struct Local<T: 'static> {
    tag: Arc<()>,
    values: PhantomData<fn(T) -> T>,
}

impl<T: 'static> Local<T> {
    pub fn new() -> Self {
        Local { tag: Arc::new(()), values: PhantomData }
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
            drop(self.replace(Some(Rc::clone(&value) as Rc<dyn Any>)));
            value
        });
        f(&value)
    }

    pub fn scope<R>(&self, value: T, f: impl FnOnce() -> R) -> R {
        let (former, swept) = self.exchange(Some(Rc::new(value)));
        let _restore = Restore { local: self, former };
        // This may panic.
        drop(swept);
        f()
    }

    pub fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        self.with(|value| value.cloned())
    }

    fn current(&self) -> Option<Rc<T>> {
        let find = |shelf: &RefCell<Vec<Kept>>| {
            let shelf = shelf.borrow();
            let kept = shelf.iter().find(|kept| kept.belongs_to(&self.tag))?;
            Some(Rc::clone(&kept.value))
        };
        let value = SHELF.try_with(find).ok()??;
        Some(value.downcast().expect("a tag belongs to one `Local`, which has one type"))
    }

    fn replace(&self, value: Option<Rc<dyn Any>>) -> Option<Rc<dyn Any>> {
        self.exchange(value).0
    }

    fn exchange(&self, value: Option<Rc<dyn Any>>) -> (Option<Rc<dyn Any>>, Vec<Kept>) {
        let replace = |shelf: &RefCell<Vec<Kept>>| {
            let mut shelf = shelf.borrow_mut();
            let gone =
                |kept: &mut Kept| kept.belongs_to(&self.tag) || kept.owner.strong_count() == 0;
            let taken: Vec<Kept> = shelf.extract_if(.., gone).collect();
            if let Some(value) = value {
                shelf.push(Kept { owner: Arc::downgrade(&self.tag), value });
            }
            taken
        };
        // Values that were swept out are dropped only when nothing is borrowed any more.
        let mut taken = SHELF.try_with(replace).unwrap_or_default();
        let mine = taken.iter().position(|kept| kept.belongs_to(&self.tag));
        (mine.map(|place| taken.swap_remove(place).value), taken)
    }
}

/// Puts a former value back when it is dropped, even during a panic.
struct Restore<'a, T: 'static> {
    local: &'a Local<T>,
    former: Option<Rc<dyn Any>>,
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
