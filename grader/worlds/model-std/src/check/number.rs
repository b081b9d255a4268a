//! Numbers that do not fit into their types.
//!
//! A counter of eight bits, or a length cut to 32, takes no step: nothing in a schedule shows that it
//! is at fault. The grader has the answer's casts evaluated by [`cast`], and its `wrapping_add` and
//! `wrapping_sub` of a constant by [`added`] and [`subtracted`], which record where a number changes.

use explorer::scheduler;
use record::Location;

/// A place in the answer: its file, the line, and the column.
type Place = (&'static str, u32, u32);

/// The result `to` of a cast, before which the number was `from`.
pub fn cast<T: Integer>(place: Place, (from, to): (i128, T)) -> T {
    note(place, from, to, from != to.widened());
    to
}

/// The result `to` of adding a constant above zero to the number `from`.
pub fn added<T: Integer>(place: Place, (from, to): (i128, T)) -> T {
    note(place, from, to, to.widened() < from);
    to
}

/// The result `to` of subtracting a constant above zero from the number `from`.
pub fn subtracted<T: Integer>(place: Place, (from, to): (i128, T)) -> T {
    note(place, from, to, to.widened() > from);
    to
}

fn note(place: Place, from: i128, to: impl Integer, has_changed: bool) {
    if has_changed && scheduler::is_traced() {
        let (file, line, column) = place;
        let at = Location { file: file.to_owned(), line, column };
        scheduler::note_overflow(at, from, to.widened());
    }
}

/// An integer of at most 64 bits, or a larger one below 2^127.
pub trait Integer: Copy {
    /// The same number.
    fn widened(&self) -> i128;
}

macro_rules! integers {
    ($($type:ty)*) => { $(
        impl Integer for $type {
            fn widened(&self) -> i128 {
                *self as i128
            }
        }
    )* };
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);
