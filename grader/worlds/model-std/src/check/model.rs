//! The explorer, as checks may ask it.

use explorer::{scheduler, threads};

/// Answers the questions of the `probe` crate.
pub(super) struct Explorer;

impl probe::Model for Explorer {
    fn sleeps(&self) -> u32 {
        threads::sleeps()
    }

    fn living(&self) -> usize {
        threads::living()
    }

    fn set_uninterrupted(&self, on: bool) {
        scheduler::set_uninterrupted(on);
    }
}
