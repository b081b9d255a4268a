//! Puts a lock in a `static` back to its first state, once in each execution.
//!
//! Every check in std's eyes is a program that runs once, so its statics begin with what their
//! constant initialisers say. Here one process runs the program thousands of times. What a constant
//! makes owns nothing: no heap memory, no file, no thread. So its bytes, copied before the first
//! use, are all there is to it, and copying them back makes the lock what it was. Whatever the last
//! execution left in it is leaked.

use ::std::mem::MaybeUninit;
use explorer::Use;
use std::collections::BTreeMap;
use std::ptr;
use std::sync::{Mutex, PoisonError};

/// The bytes of each lock in a `static`, before its first use, by its address.
static FIRST: Mutex<BTreeMap<usize, Box<[MaybeUninit<u8>]>>> = Mutex::new(BTreeMap::new());

/// A lock is about to be used in this execution for the first time, as `usage` says, or again.
/// Returns false if it has outlived an earlier execution and its first state is not known.
///
/// # Safety
/// All bytes of `lock` are in `UnsafeCell`s, and no reference to what is in them is ever used again
/// if `usage` is [`Use::Stale`].
pub(super) unsafe fn renew<L: ?Sized>(lock: &L, usage: Use) -> bool {
    let here = ptr::from_ref(lock).cast::<MaybeUninit<u8>>();
    let size = size_of_val(lock);
    match usage {
        Use::Again => true,
        Use::First => {
            if is_static(here.addr()) {
                let mut bytes = Box::new_uninit_slice(size);
                // SAFETY: `lock` is `size` bytes long, and so is the new allocation. A
                // `MaybeUninit<u8>` may be any byte, also padding or part of a pointer.
                let bytes = unsafe {
                    ptr::copy_nonoverlapping(here, bytes.as_mut_ptr().cast(), size);
                    bytes.assume_init()
                };
                FIRST.lock().unwrap_or_else(PoisonError::into_inner).insert(here.addr(), bytes);
            }
            true
        }
        Use::Stale => {
            let first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(bytes) = first.get(&here.addr()).filter(|bytes| bytes.len() == size) else {
                return false;
            };
            // SAFETY: the bytes were copied from this very place, a `static` that nothing moves or
            // frees. By this function's contract they may be written through a shared reference, and
            // nobody looks at what is overwritten.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), here.cast_mut(), size) };
            true
        }
    }
}

/// Whether the program's statics may be at `address`.
#[cfg(target_os = "linux")]
fn is_static(address: usize) -> bool {
    // SAFETY: the linker defines both, as the first and the last address of the program. They are
    // never read.
    unsafe extern "C" {
        static __executable_start: u8;
        static _end: u8;
    }
    (&raw const __executable_start).addr() <= address && address < (&raw const _end).addr()
}

/// Whether the program's statics may be at `address`. Unknown here, so the first states of all locks
/// are kept, which only costs time.
#[cfg(not(target_os = "linux"))]
fn is_static(_address: usize) -> bool {
    true
}
