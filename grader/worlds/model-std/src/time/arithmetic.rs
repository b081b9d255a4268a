//! The operators of [`std::time`]'s two clocks: both add and subtract a duration, and panic if the
//! result cannot be told.

macro_rules! arithmetic {
    ($clock:ident) => {
        impl std::ops::Add<std::time::Duration> for $clock {
            type Output = Self;

            #[track_caller]
            fn add(self, other: std::time::Duration) -> Self {
                self.checked_add(other).expect("overflow when adding duration to instant")
            }
        }

        impl std::ops::AddAssign<std::time::Duration> for $clock {
            #[track_caller]
            fn add_assign(&mut self, other: std::time::Duration) {
                *self = *self + other;
            }
        }

        impl std::ops::Sub<std::time::Duration> for $clock {
            type Output = Self;

            #[track_caller]
            fn sub(self, other: std::time::Duration) -> Self {
                self.checked_sub(other).expect("overflow when subtracting duration from instant")
            }
        }

        impl std::ops::SubAssign<std::time::Duration> for $clock {
            #[track_caller]
            fn sub_assign(&mut self, other: std::time::Duration) {
                *self = *self - other;
            }
        }

        impl std::fmt::Debug for $clock {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}
