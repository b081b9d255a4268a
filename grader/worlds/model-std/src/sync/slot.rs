use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::OnceLock;

/// A place for one value that is written once in each execution.
///
/// References to a value stay valid for as long as the slot lives, even when the next execution
/// writes another value: a value in a `static` is handed out as `&'static`. So a value that is
/// forgotten for the next execution is leaked.
///
/// The slot itself has no destructor: as with std's `OnceLock`, a value may borrow what does not
/// outlive it.
pub(super) struct Slot<T> {
    value: UnsafeCell<Option<Box<T>>>,
    /// Makes it `Send` exactly when `OnceLock<T>` is.
    like: PhantomData<OnceLock<T>>,
}

// SAFETY: `set` and `forget` write through a shared reference. Only the explorer's one OS thread
// calls them, between two scheduling points, and never while a value that they replace is being
// read: `set` replaces none, and `forget` leaves the old value where it is. Apart from that, the
// slot is a `OnceLock`, whose bound this is.
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

impl<T: RefUnwindSafe + UnwindSafe> RefUnwindSafe for Slot<T> {}

impl<T> Slot<T> {
    pub(super) const fn new() -> Self {
        Self { value: UnsafeCell::new(None), like: PhantomData }
    }

    pub(super) fn get(&self) -> Option<&T> {
        // SAFETY: nobody writes to the option while this reads it, as argued above. The value is
        // in a box of its own, which stays until `take` or the slot's end, and both need exclusive
        // access to the slot.
        let value = unsafe { &*self.value.get() };
        value.as_deref()
    }

    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut().as_deref_mut()
    }

    /// Writes the value of this execution. If there is one already, that one stays.
    pub(super) fn set(&self, value: T) {
        if self.get().is_none() {
            // SAFETY: as argued above. The option is empty, so no reference points into it.
            unsafe { *self.value.get() = Some(Box::new(value)) };
        }
    }

    /// Another execution has begun: forgets the value, but keeps it alive.
    pub(super) fn forget(&self) {
        // SAFETY: as argued above. The box is leaked, so references to its value stay valid.
        let old = unsafe { (*self.value.get()).take() };
        old.map(Box::leak);
    }

    pub(super) fn take(&mut self) -> Option<T> {
        self.value.get_mut().take().map(|value| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    #[test]
    fn a_forgotten_value_stays_alive() {
        let slot = Slot::new();
        slot.set(String::from("first"));
        let first = slot.get().unwrap();
        slot.forget();
        assert_eq!(slot.get(), None);
        slot.set(String::from("second"));
        assert_eq!((first.as_str(), slot.get().unwrap().as_str()), ("first", "second"));
    }

    #[test]
    fn a_value_is_dropped_once() {
        let (value, other) = (Rc::new(()), Rc::new(()));
        let mut slot = Slot::new();
        slot.set(Rc::clone(&value));
        slot.set(Rc::clone(&other));
        assert_eq!((Rc::strong_count(&value), Rc::strong_count(&other)), (2, 1));
        drop(slot.take());
        assert_eq!(Rc::strong_count(&value), 1);
        assert!(slot.take().is_none() && slot.get_mut().is_none());
        slot.set(Rc::clone(&value));
        drop(slot);
        assert_eq!(Rc::strong_count(&value), 1);
    }

    #[test]
    fn a_value_may_borrow_what_does_not_outlive_the_slot() {
        let slot = Slot::new();
        {
            let text = String::from("borrowed");
            slot.set(&text);
        }
    }
}
