use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering::AcqRel, Ordering::Acquire, Ordering::Release};

/// A place for one value that is written once in each execution.
///
/// References to a value stay valid for as long as the slot lives, even when the next execution
/// writes another value: a value in a `static` is handed out as `&'static`. So a value that is
/// forgotten for the next execution is leaked.
pub(super) struct Slot<T> {
    /// From a `Box<T>`, or null. `T` does not appear, so `like` alone decides on `Send` and `Sync`.
    value: AtomicPtr<()>,
    /// Makes it `Send` and `Sync` exactly when `OnceLock<T>` is.
    like: PhantomData<OnceLock<T>>,
}

impl<T> Slot<T> {
    pub(super) const fn new() -> Self {
        Self { value: AtomicPtr::new(std::ptr::null_mut()), like: PhantomData }
    }

    pub(super) fn get(&self) -> Option<&T> {
        let value = self.value.load(Acquire).cast::<T>();
        // SAFETY: a pointer in `value` comes from `Box::into_raw`. Only `take` frees it, and `take`
        // needs exclusive access to the slot, so it cannot run while `self` is borrowed. A `&mut`
        // to the value also needs exclusive access.
        unsafe { value.as_ref() }
    }

    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        // SAFETY: as in `get`, and nothing else can reach the value: the slot is borrowed uniquely.
        unsafe { self.value.get_mut().cast::<T>().as_mut() }
    }

    /// Writes the value of this execution. If there is one already, that one stays.
    pub(super) fn set(&self, value: T) {
        let new = Box::into_raw(Box::new(value));
        if self.value.compare_exchange(std::ptr::null_mut(), new.cast(), AcqRel, Acquire).is_err() {
            // SAFETY: it was made above, and nothing else knows of it.
            drop(unsafe { Box::from_raw(new) });
        }
    }

    /// Another execution has begun: forgets the value, but keeps it alive.
    pub(super) fn forget(&self) {
        self.value.store(std::ptr::null_mut(), Release);
    }

    pub(super) fn take(&mut self) -> Option<T> {
        let value = std::mem::replace(self.value.get_mut(), std::ptr::null_mut());
        // SAFETY: as in `get_mut`, and the slot no longer holds the pointer.
        (!value.is_null()).then(|| *unsafe { Box::from_raw(value.cast::<T>()) })
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        self.take();
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
}
