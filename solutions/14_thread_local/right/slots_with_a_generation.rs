//! Make: numbered slots that are reused, like the keys of POSIX threads; a generation number tells old values from new ones.

use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// All slots in the program.
#[derive(Default)]
struct Slots {
    /// For each slot, how many variables have had it.
    generations: Vec<u64>,
    free: Vec<usize>,
}

static SLOTS: LazyLock<Mutex<Slots>> = LazyLock::new(Mutex::default);

fn slots() -> MutexGuard<'static, Slots> {
    SLOTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a thread keeps in a slot, with the generation in which it was put there.
type Kept = Option<(u64, Rc<dyn Any>)>;

thread_local! {
    static VALUES: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

pub struct Local<T: 'static> {
    slot: usize,
    generation: u64,
    values: PhantomData<fn(T) -> T>,
}

impl<T: 'static> Local<T> {
    pub fn new() -> Self {
        let mut slots = slots();
        let slot = slots.free.pop().unwrap_or(slots.generations.len());
        if slot == slots.generations.len() {
            slots.generations.push(0);
        }
        slots.generations[slot] += 1;
        Local { slot, generation: slots.generations[slot], values: PhantomData }
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
        // If this drops what an earlier variable has left in the slot, and that panics, there was no
        // former value.
        let mut restore = Restore { local: self, former: None };
        restore.former = self.replace(Some(Rc::new(value)));
        f()
    }

    pub fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        self.with(|value| value.cloned())
    }

    fn current(&self) -> Option<Rc<T>> {
        let value = VALUES.try_with(|values| match values.borrow().get(self.slot) {
            Some(Some((generation, value))) if *generation == self.generation => {
                Some(Rc::clone(value))
            }
            _ => None,
        });
        Some(value.ok()??.downcast().expect("a generation belongs to one `Local`"))
    }

    fn replace(&self, value: Option<Rc<dyn Any>>) -> Option<Rc<dyn Any>> {
        let kept = value.map(|value| (self.generation, value));
        let replace = |values: &RefCell<Vec<Kept>>| {
            let mut values = values.borrow_mut();
            if values.len() <= self.slot {
                values.resize_with(self.slot + 1, || None);
            }
            std::mem::replace(&mut values[self.slot], kept)
        };
        // A value left by an earlier variable that had this slot is dropped here.
        let former = VALUES.try_with(replace).ok()??;
        (former.0 == self.generation).then_some(former.1)
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
        slots().free.push(self.slot);
    }
}

impl<T: 'static> Default for Local<T> {
    fn default() -> Self {
        Local::new()
    }
}
