//! Compiles only if a `Local` may be shared between threads even if its values may not.

use std::cell::Cell;
use std::rc::Rc;
use thread_local::Local;

/// Neither `Send` nor `Sync`.
type Connection = Rc<Cell<u32>>;

fn may_cross_threads<T: Send + Sync>() {}

fn main() {
    may_cross_threads::<Local<Connection>>();

    // And the methods take such values.
    let _set: fn(&Local<Connection>, Connection) = Local::set;
    let _unset: fn(&Local<Connection>) -> bool = Local::unset;
}
