//! Contract: threads can share a `Local`, whatever its values are.
//! About: Local
//! Broken: a `Local` of values that must stay on their thread (an `Rc`, say) cannot be shared between
//! threads. It must be possible to share it: no value ever leaves the thread that made it.

use std::cell::Cell;
use std::rc::Rc;
use thread_local::Local;

/// Neither `Send` nor `Sync`.
type Connection = Rc<Cell<u32>>;

fn may_cross_threads<T: Send + Sync>() {}

fn main() {
    may_cross_threads::<Local<Connection>>();

    // And the methods must accept such values.
    let _set: fn(&Local<Connection>, Connection) = Local::set;
    let _unset: fn(&Local<Connection>) -> bool = Local::unset;
}
