//! [`std::hint`], with a `spin_loop` that yields.

pub use ::std::hint::{
    assert_unchecked, black_box, cold_path, select_unpredictable, unreachable_unchecked,
};

use explorer::{Announcement, scheduler};
use record::Operation;
use std::panic::Location;

/// [`std::hint::spin_loop`]
#[track_caller]
pub fn spin_loop() {
    scheduler::announce(Announcement::new(Operation::SpinLoop, Location::caller()));
}
