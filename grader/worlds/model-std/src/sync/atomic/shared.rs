//! What all atomics share.

/// The type, and the operations that all atomics have.
macro_rules! atomic {
    ($(#[$doc:meta])* $name:ident $(<$parameter:ident>)?, $value:ty, $real:ty) => {
        $(#[$doc])*
        pub struct $name $(<$parameter>)? {
            handle: Handle,
            value: $real,
            /// The value at the very first use. An atomic in a `static` is reset to it in each
            /// execution.
            initial: $real,
        }

        impl $(<$parameter>)? $name $(<$parameter>)? {
            /// As in [`std::sync::atomic`].
            #[track_caller]
            #[must_use]
            pub const fn new(value: $value) -> Self {
                Self {
                    handle: Handle::new(ObjectKind::Atomic, Location::caller()),
                    value: <$real>::new(value),
                    initial: <$real>::new(value),
                }
            }

            fn enter(
                &self,
                operation: Operation,
                may_fail: bool,
                at: &'static Location<'static>,
            ) -> WaitResult {
                let Some(object) = self.object() else {
                    return WaitResult::Over;
                };
                let announcement = Announcement::new(operation, at).on(object);
                scheduler::announce(if may_fail { announcement.may_fail() } else { announcement })
            }

            fn object(&self) -> Option<ObjectId> {
                let (object, usage) = scheduler::object(&self.handle)?;
                if usage == Use::Stale {
                    self.value.store(self.initial.load(Relaxed), Relaxed);
                }
                Some(object)
            }

            /// As in [`std::sync::atomic`].
            pub fn get_mut(&mut self) -> &mut $value {
                self.value.get_mut()
            }

            /// As in [`std::sync::atomic`].
            #[must_use]
            pub const fn into_inner(self) -> $value {
                self.value.into_inner()
            }

            /// As in [`std::sync::atomic`].
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $value {
                self.enter(Operation::Load, false, Location::caller());
                let value = self.value.load(order);
                note(|| Recordable::read(value));
                value
            }

            /// As in [`std::sync::atomic`].
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                self.enter(Operation::Store, false, Location::caller());
                self.value.store(value, order);
                note(|| Recordable::read(value));
            }

            /// As in [`std::sync::atomic`].
            #[track_caller]
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                self.enter(Operation::Swap, false, Location::caller());
                let before = self.value.swap(value, order);
                note(|| Recordable::change(before, value));
                before
            }

            /// As in [`std::sync::atomic`].
            #[deprecated(since = "1.50.0", note = "Use `compare_exchange` or `compare_exchange_weak` instead")]
            #[track_caller]
            pub fn compare_and_swap(&self, current: $value, new: $value, order: Ordering) -> $value {
                self.enter(Operation::CompareExchange, false, Location::caller());
                let result = self.value.compare_exchange(current, new, order, SeqCst);
                note(|| result.map_or_else(Recordable::read, |before| Recordable::change(before, new)));
                result.unwrap_or_else(|found| found)
            }

            /// As in [`std::sync::atomic`].
            ///
            /// # Errors
            /// The value found, if it is not `current`.
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.enter(Operation::CompareExchange, false, Location::caller());
                let result = self.value.compare_exchange(current, new, success, failure);
                note(|| result.map_or_else(Recordable::read, |before| Recordable::change(before, new)));
                result
            }

            /// As in [`std::sync::atomic`]: it may fail even if the value is `current`.
            ///
            /// # Errors
            /// The value found.
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let at = Location::caller();
                if self.enter(Operation::CompareExchange, true, at) == WaitResult::Spurious {
                    return Err(self.value.load(SeqCst));
                }
                let result = self.value.compare_exchange(current, new, success, failure);
                note(|| result.map_or_else(Recordable::read, |before| Recordable::change(before, new)));
                result
            }

            /// As in [`std::sync::atomic`]: a loop of a load and weak compare-exchanges.
            ///
            /// # Errors
            /// The value found, if `f` returns `None`.
            #[track_caller]
            pub fn fetch_update<F>(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut f: F,
            ) -> Result<$value, $value>
            where
                F: FnMut($value) -> Option<$value>,
            {
                let mut before = self.load(fetch_order);
                while let Some(next) = f(before) {
                    match self.compare_exchange_weak(before, next, set_order, fetch_order) {
                        done @ Ok(_) => return done,
                        Err(found) => before = found,
                    }
                }
                Err(before)
            }
        }

        impl $(<$parameter>)? $name $(<$parameter>)? {
            /// As in [`std::sync::atomic`].
            ///
            /// # Errors
            /// The value found, if `f` returns `None`.
            #[track_caller]
            pub fn try_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                f: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                self.fetch_update(set_order, fetch_order, f)
            }

            /// As in [`std::sync::atomic`].
            #[track_caller]
            pub fn update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                mut f: impl FnMut($value) -> $value,
            ) -> $value {
                let mut before = self.load(fetch_order);
                loop {
                    let next = f(before);
                    match self.compare_exchange_weak(before, next, set_order, fetch_order) {
                        Ok(before) => return before,
                        Err(found) => before = found,
                    }
                }
            }
        }

        impl $(<$parameter>)? fmt::Debug for $name $(<$parameter>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.object();
                fmt::Debug::fmt(&self.value, f)
            }
        }

        impl $(<$parameter>)? From<$value> for $name $(<$parameter>)? {
            #[track_caller]
            fn from(value: $value) -> Self {
                Self::new(value)
            }
        }
    };
}

/// Operations that read a value and write one computed from it.
macro_rules! fetch {
    ($name:ident, $value:ty, $($method:ident),+ $(,)?) => {
        impl $name {
            $(
                /// As in [`std::sync::atomic`].
                #[track_caller]
                pub fn $method(&self, value: $value, order: Ordering) -> $value {
                    self.enter(Operation::FetchUpdate, false, Location::caller());
                    let before = self.value.$method(value, order);
                    note(|| Recordable::change(before, self.value.load(SeqCst)));
                    before
                }
            )+
        }
    };
}

/// Operations on an address.
macro_rules! fetch_pointer {
    ($($method:ident),+ $(,)?) => {
        impl<T> AtomicPtr<T> {
            $(
                /// As in [`std::sync::atomic`].
                #[track_caller]
                pub fn $method(&self, value: usize, order: Ordering) -> *mut T {
                    self.enter(Operation::FetchUpdate, false, Location::caller());
                    let before = self.value.$method(value, order);
                    note(|| Recordable::change(before, self.value.load(SeqCst)));
                    before
                }
            )+
        }
    };
}

pub(super) use {atomic, fetch, fetch_pointer};
