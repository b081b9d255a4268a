//! [`std::time`] without the calendar: a check must not depend on the date.

pub use ::std::time::{Duration, Instant, TryFromFloatSecsError};
