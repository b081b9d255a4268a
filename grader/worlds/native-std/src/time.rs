//! [`std::time`] without the calendar: what day it is, a check must not depend on.

pub use ::std::time::{Duration, Instant, TryFromFloatSecsError};
