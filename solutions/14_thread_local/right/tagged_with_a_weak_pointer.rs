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

/// A variable that holds a separate value in each thread, or none.
///
/// There can be any number of them, of any type, and they know nothing of each other. A value
/// belongs to the thread that set it: no other thread ever sees, moves or drops it. So a `Local` can
/// be shared by all threads, even if its values may not leave theirs. What it does as a `Local` of a
/// type other than the one it was made with (they can only differ in lifetimes) is left open.
///
/// A thread's value is dropped when it is replaced or unset, and when the thread ends. When the
/// `Local` itself is dropped, the value of the thread that drops it goes at once; the other threads'
/// values go when their threads end, at the latest.
///
/// The code that a `Local` calls (the closures given to its methods, and the destructors of values)
/// may itself use any `Local`, including this one, and make and drop others. A destructor that runs
/// because its thread ends may find that all values are gone already, and what it sets may be dropped
/// at once. That must not cause a panic.
///
/// If that code panics, the caller gets the panic, with the same payload. If it was a destructor, the
/// variable is set, unset or restored all the same.
pub struct Local<T: 'static> {
    tag: Arc<()>,
    values: PhantomData<fn(T) -> T>,
}

impl<T: 'static> Local<T> {
    /// A variable that is unset in every thread.
    pub fn new() -> Self {
        Local { tag: Arc::new(()), values: PhantomData }
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
    ///
    /// If the variable is set or unset while `f` runs, `f` goes on with the value that it was given,
    /// and the value is dropped as soon as nobody uses it any more.
    pub fn with<R>(&self, f: impl FnOnce(Option<&T>) -> R) -> R {
        f(self.current().as_deref())
    }

    /// Calls `f` with the calling thread's value. If it is unset, it is first set to what `init`
    /// returns, whatever `init` itself did to the variable. If `init` panics, this neither sets nor
    /// unsets anything.
    pub fn with_or_init<R>(&self, init: impl FnOnce() -> T, f: impl FnOnce(&T) -> R) -> R {
        let value = self.current().unwrap_or_else(|| {
            let value = Rc::new(init());
            drop(self.replace(Some(Rc::clone(&value) as Rc<dyn Any>)));
            value
        });
        f(&value)
    }

    /// Calls `f` while the calling thread's value is `value`.
    ///
    /// Afterwards the variable is as it was before: the former value is back, or it is unset,
    /// whatever `f` did to it, and even if `f` panics.
    pub fn scope<R>(&self, value: T, f: impl FnOnce() -> R) -> R {
        let (former, swept) = self.exchange(Some(Rc::new(value)));
        let _restore = Restore { local: self, former };
        // This may panic.
        drop(swept);
        f()
    }

    /// A copy of the calling thread's value, or `None` if it is unset.
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
